//! Many items decided at once: looked at as a whole first, a sample of them one by one, then all or none.

use crate::clock::Limits;
use crate::item::Item;
use crate::refusal::Refusal;
use crate::sample::draw;
use model::Fen;
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::fmt::Write;

/// What a batch would decide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// Items.
    pub items: usize,
    /// Visits.
    pub visits: usize,
    /// Lines.
    pub lines: usize,
    /// Institutions.
    pub institutions: usize,
    /// What is at stake in all.
    pub at_stake: Fen,
    /// Items left out because they are too dear to be decided in a batch.
    pub left_out: usize,
    /// Keys of the items that must be opened first.
    pub recheck: Vec<String>,
    /// Names exactly these items as they stand now; a batch on anything else is refused.
    pub token: String,
}

/// What a batch of these items would decide; those too dear for it are left out.
///
/// # Errors
/// Nothing to decide, or too much.
pub fn preview(items: &[Item], limits: &Limits) -> Result<(Preview, Vec<usize>), Refusal> {
    let fits = |item: &Item| item.facts.at_stake() < limits.alone_from;
    let places: Vec<usize> = items.iter().enumerate().filter(|(_, item)| fits(item)).map(|(place, _)| place).collect();
    if places.is_empty() {
        return Err(Refusal::new(
            "batch",
            "没有可以批量审核的案件",
            format!("金额达到 {} 元的案件须逐件审核", limits.alone_from),
        ));
    }
    if places.len() > limits.batch_max {
        let what = format!("一次最多批量审核 {} 件，本次 {} 件", limits.batch_max, places.len());
        return Err(Refusal::new("batch", what, "请缩小筛选范围"));
    }
    let chosen: Vec<&Item> = places.iter().filter_map(|place| items.get(*place)).collect();
    let distinct = |of: &dyn Fn(&Item) -> String| chosen.iter().map(|item| of(item)).collect::<BTreeSet<_>>().len();
    let mut named: Vec<String> = chosen.iter().map(|item| format!("{} {}", item.key(), item.version)).collect();
    named.sort_unstable();
    let digest = named.iter().fold(Sha256::new(), |hash, name| hash.chain_update(name).chain_update("\n")).finalize();
    let token = digest.iter().fold(String::with_capacity(64), |mut text, byte| {
        // Writing to a String does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    });
    let keys: Vec<String> = chosen.iter().map(|item| item.key()).collect();
    let names: Vec<&str> = keys.iter().map(String::as_str).collect();
    let preview = Preview {
        items: chosen.len(),
        visits: distinct(&|item| format!("{}~{}", item.facts.institution, item.facts.visit)),
        lines: distinct(&|item| format!("{}~{}~{}", item.facts.institution, item.facts.visit, item.facts.line)),
        institutions: distinct(&|item| item.facts.institution.clone()),
        at_stake: chosen.iter().map(|item| item.facts.at_stake()).sum(),
        left_out: items.len() - chosen.len(),
        recheck: draw(&names, &token, limits.recheck).into_iter().map(str::to_owned).collect(),
        token,
    };
    Ok((preview, places))
}

/// Refuses a batch that is not the one that was looked at, or whose sample was not opened.
///
/// # Errors
/// As said.
pub fn rechecked(preview: &Preview, token: &str, opened: &BTreeSet<String>) -> Result<(), Refusal> {
    if preview.token != token {
        return Err(Refusal::new("outdated", "预览之后案件有变化", "请重新预览后再提交"));
    }
    let missing = preview.recheck.iter().filter(|key| !opened.contains(*key)).count();
    if missing > 0 {
        let what = format!("抽查未完成：还有 {missing} 件没有打开核对");
        return Err(Refusal::new("recheck", what, "请逐件打开预览列出的抽查案件"));
    }
    Ok(())
}
