//! Many items at once: what a selection names, handing it out, deciding it as a batch, drawing a sample of it.

pub(super) mod assignments;
pub(super) mod batches;
pub(super) mod samples;

use super::guard::Caller;
use super::items::{Which, query};
use crate::api::Problem;
use crate::desk::Desk;
use axum::http::StatusCode;
use review::Item;
use store::{ItemQuery, Note};

/// Most items of one assignment or sample frame.
const FRAME_MAX: u64 = 20_000;

/// The items that a selection names, at most so many.
async fn selected(desk: &Desk, caller: &Caller, which: &Which, most: u64) -> Result<Vec<Item>, Problem> {
    let selection = ItemQuery { after: None, limit: most + 1, ..query(caller, which)? };
    let items: Vec<Item> =
        desk.store.review_page(&selection).await?.items.into_iter().filter(|item| caller.sees(item)).collect();
    if items.len() as u64 > most {
        let detail = format!("一次最多 {most} 件；请缩小筛选范围");
        return Err(refused("选中的案件过多", &detail, "rows"));
    }
    Ok(items)
}

/// Institution and finding of an item.
fn key(item: &Item) -> (String, String) {
    (item.facts.institution.clone(), item.facts.id.clone())
}

fn refused(title: &str, detail: &str, code: &str) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, title, detail).code(code)
}

/// Something of the caller's own, kept for lists.
fn note(caller: &Caller, kind: &str, name: &str, record: &impl serde::Serialize) -> Note {
    Note {
        owner: caller.user.account.clone(),
        kind: kind.to_owned(),
        name: name.to_owned(),
        at: caller.at,
        body: serde_json::to_string(record).unwrap_or_default(),
    }
}
