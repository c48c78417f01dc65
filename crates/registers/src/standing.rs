//! Who was covered on a day, as it was known at a moment.

use agency::{Coverage, CoverageState};
use model::{Day, Stamp};
use std::fmt;

/// Cover of a person on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Standing {
    /// The spell.
    pub spell: Coverage,
    /// Whether it pays.
    pub pays: bool,
}

/// Every spell that holds on the day as known at the moment, in order of insurance.
#[must_use]
pub fn standing(coverages: &[Coverage], on: Day, known_at: Stamp) -> Vec<Standing> {
    let holding = coverages.iter().filter(|spell| spell.holds(on, known_at));
    let mut standings: Vec<Standing> =
        holding.map(|spell| Standing { pays: spell.state == CoverageState::Normal, spell: spell.clone() }).collect();
    standings.sort_by(|a, b| a.spell.insurance.cmp(&b.spell.insurance));
    standings
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Coverage { insurance, person_kind, area, from, until, employer, state, .. } = &self.spell;
        let state = match state {
            CoverageState::Normal => "正常参保",
            CoverageState::Paused => "暂停参保",
            CoverageState::Ended => "终止参保",
        };
        let until = until.map_or_else(|| "今".to_owned(), |until| format!("{until}（不含）"));
        write!(f, "险种 {insurance}，人员类别 {person_kind}，参保地 {area}，{state}，{from} 至 {until}")?;
        if employer.is_empty() { Ok(()) } else { write!(f, "，{employer}") }
    }
}
