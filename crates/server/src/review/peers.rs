//! Where an institution stands among its peers by a rule: what a reviewer looks at before calling one hit a habit.

use super::guard::Caller;
use super::views::institution_name;
use crate::api::Problem;
use crate::desk::Desk;
use review::Item;
use rights::{Role, RoleGroup};
use serde::Serialize;
use utoipa::ToSchema;

/// Institutions that are named: those with the most.
const NAMED: usize = 5;

/// An institution by what a rule found there.
#[derive(Serialize, ToSchema)]
pub struct PeerRow {
    institution: String,
    institution_name: String,
    items: i64,
    at_stake_fen: i64,
    /// The one that the item is about
    this: bool,
}

/// Institutions within the scope by what a rule found there.
#[derive(Serialize, ToSchema)]
pub struct PeersView {
    /// Institutions where the rule found something
    institutions: usize,
    /// Place of this one by the number of findings, the most first
    rank: usize,
    /// Findings at the institution in the middle
    median: i64,
    /// Those with the most, and this one
    rows: Vec<PeerRow>,
}

/// What is known of the rule elsewhere; nothing for institutions, which are not told of each other, and for experts, who do not know
/// whose work they judge.
pub(super) async fn peers(desk: &Desk, caller: &Caller, item: &Item) -> Result<Option<PeersView>, Problem> {
    if caller.role().group() == RoleGroup::Provider || caller.role() == Role::Panelist {
        return Ok(None);
    }
    let mut found = desk.store.review_by_institution(caller.scope(), &item.facts.rule).await?;
    found.sort_by(|one, other| (other.1, &one.0).cmp(&(one.1, &other.0)));
    let own = |code: &str| code == item.facts.institution;
    let rank = found.iter().position(|(code, ..)| own(code)).map_or(found.len(), |place| place) + 1;
    let rows = found.iter().enumerate().filter(|(place, (code, ..))| *place < NAMED || own(code));
    let row = |(_, (code, items, at_stake)): (usize, &(String, i64, model::Fen))| PeerRow {
        institution: code.clone(),
        institution_name: institution_name(desk, code),
        items: *items,
        at_stake_fen: at_stake.0,
        this: own(code),
    };
    Ok(Some(PeersView {
        institutions: found.len(),
        rank,
        median: found.get(found.len() / 2).map_or(0, |(_, items, _)| *items),
        rows: rows.map(row).collect(),
    }))
}
