//! Two versions of a rule file, line by line.

use super::guard::missing;
use crate::api::Problem;
use crate::desk::Desk;
use axum::Json;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Longest file that is compared, lines: the table of both is held in memory.
const LINES_MAX: usize = 4_000;

/// Which two.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhichVersions {
    /// 发布序号 (0 for what the program came with), or `revision-N`
    from: String,
    /// The same
    to: String,
}

/// A line of either version, or of both.
#[derive(Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct ComparedLine {
    /// `same`, `removed`, `added`
    mark: String,
    text: String,
}

/// Both versions in one.
#[derive(Serialize, ToSchema)]
pub struct Comparison {
    added: usize,
    removed: usize,
    lines: Vec<ComparedLine>,
}

/// Compares two versions of a rule file.
#[utoipa::path(get, path = "/api/rules/{id}/comparison", tag = "rules", operation_id = "compareRule", params(("id" = String, Path), WhichVersions),
    responses((status = 200, body = Comparison), (status = 404, body = Problem)))]
pub(super) async fn comparison(
    State(desk): State<Arc<Desk>>,
    Path(id): Path<String>,
    Query(which): Query<WhichVersions>,
) -> Result<Json<Comparison>, Problem> {
    let (from, to) = (version(&desk, &id, &which.from).await?, version(&desk, &id, &which.to).await?);
    let longest = from.lines().count().max(to.lines().count());
    if longest > LINES_MAX {
        let detail = format!("最多 {LINES_MAX} 行；请下载后用其他工具比较");
        return Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "规则文件过长", detail).code("rows"));
    }
    let lines = compare(&from, &to);
    let count = |mark: &str| lines.iter().filter(|line| line.mark == mark).count();
    Ok(Json(Comparison { added: count("added"), removed: count("removed"), lines }))
}

/// The text of a version of a rule.
async fn version(desk: &Desk, rule: &str, named: &str) -> Result<String, Problem> {
    if let Some(number) = named.strip_prefix("revision-").and_then(|number| number.parse().ok()) {
        let kept = desk.revision(number).await?.filter(|kept| kept.revision.rule == rule);
        return kept.map(|kept| kept.revision.text).ok_or_else(|| missing("修订"));
    }
    let edition = desk.edition();
    let file = edition.library("").rules().iter().find(|known| known.id == rule).map(|known| known.file.clone());
    let number = named.parse().map_err(|_| missing("版本"))?;
    let text = desk.library.text_of(&desk.store, number, &file.ok_or_else(|| missing("规则"))?).await?;
    text.map(|text| text.to_string()).ok_or_else(|| missing("版本"))
}

/// The longest common run of lines stays, the rest is removed or added.
fn compare(from: &str, to: &str) -> Vec<ComparedLine> {
    let (old, new): (Vec<&str>, Vec<&str>) = (from.lines().collect(), to.lines().collect());
    let width = new.len() + 1;
    // Cell (i, j): length of what old[i..] and new[j..] have in common.
    let mut common = vec![0_u16; (old.len() + 1) * width];
    let at = |table: &[u16], i: usize, j: usize| table.get(i * width + j).copied().unwrap_or(0);
    for (i, left) in old.iter().enumerate().rev() {
        for (j, right) in new.iter().enumerate().rev() {
            let length = if left == right {
                at(&common, i + 1, j + 1) + 1
            } else {
                at(&common, i + 1, j).max(at(&common, i, j + 1))
            };
            if let Some(cell) = common.get_mut(i * width + j) {
                *cell = length;
            }
        }
    }
    let line = |mark: &str, text: &str| ComparedLine { mark: mark.to_owned(), text: text.to_owned() };
    let (mut lines, mut i, mut j) = (Vec::with_capacity(old.len().max(new.len())), 0, 0);
    loop {
        match (old.get(i), new.get(j)) {
            (Some(left), Some(right)) if left == right => {
                lines.push(line("same", left));
                (i, j) = (i + 1, j + 1);
            }
            (Some(left), right) if right.is_none() || at(&common, i + 1, j) >= at(&common, i, j + 1) => {
                lines.push(line("removed", left));
                i += 1;
            }
            (_, Some(right)) => {
                lines.push(line("added", right));
                j += 1;
            }
            (_, None) => return lines,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marked(from: &str, to: &str) -> String {
        let sign = |line: &ComparedLine| match line.mark.as_str() {
            "added" => '+',
            "removed" => '-',
            _ => ' ',
        };
        compare(from, to).iter().map(|line| format!("{}{}", sign(line), line.text)).collect::<Vec<_>>().join("|")
    }

    #[test]
    fn lines_stay_go_and_come() {
        for (from, to, expected) in [
            ("", "", ""),
            ("a\nb", "a\nb", " a| b"),
            ("a\nb\nc", "a\nx\nc", " a|-b|+x| c"),
            ("a\nb", "b\nc", "-a| b|+c"),
            ("", "a", "+a"),
            ("a", "", "-a"),
            ("version = 1\nmax = 5", "version = 2\nmax = 4", "-version = 1|-max = 5|+version = 2|+max = 4"),
        ] {
            assert_eq!(marked(from, to), expected, "{from:?} {to:?}");
        }
    }
}
