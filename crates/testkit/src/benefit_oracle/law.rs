//! Which value of a slot holds: by day, by the facts of the case, the most specific first.
//!
//! The rows of a slot are searched from end to end for every question. Two rows of which neither implies the other
//! are a fault of the policy and refused, never decided by their order (I9).

use super::case::Case;
use super::exact::Exact;
use super::policy::{Origin, Policy, Setting, Test, Value, When};
use model::Day;

/// The law of one day for one case, at one admission and for one portion of the bill.
#[derive(Debug, Clone, Copy)]
pub struct Law<'p> {
    pub policy: &'p Policy,
    pub case: &'p Case,
    /// The day whose law counts.
    pub day: Day,
    /// The admission in question; only an inpatient visit is one.
    pub admission: Option<i64>,
    /// The portion of the bill in question.
    pub portion: &'p str,
}

/// A slot for which two rows hold and neither implies the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contested(pub String);

impl<'p> Law<'p> {
    /// The row in force for a slot, if any.
    pub fn row(&self, slot: &str, band: Option<usize>) -> Result<Option<&'p Value>, Contested> {
        let holding: Vec<&Value> = self
            .policy
            .values
            .get(slot)
            .into_iter()
            .flatten()
            .filter(|row| row.band == band)
            .filter(|row| row.from <= self.day && row.until.is_none_or(|until| self.day < until))
            .filter(|row| self.holds(&row.when))
            .collect();
        let above_all: Vec<&Value> = holding.iter().filter(|row| row.origin == Origin::Overlay).copied().collect();
        let candidates = if above_all.is_empty() { holding } else { above_all };
        if candidates.is_empty() {
            return Ok(None);
        }
        let wins = |row: &Value| {
            candidates.iter().all(|other| {
                std::ptr::eq(row, *other)
                    || (implies(&row.when, &other.when)
                        && (!implies(&other.when, &row.when) || row.origin > other.origin))
            })
        };
        match candidates.iter().find(|row| wins(row)) {
            Some(row) => Ok(Some(row)),
            None => Err(Contested(slot.to_owned())),
        }
    }

    /// Every slot that begins with `prefix`, with the row in force for it.
    pub fn family(&self, prefix: &str) -> Result<Vec<(&'p str, &'p Value)>, Contested> {
        let mut rows = Vec::new();
        for slot in self.policy.values.keys().filter(|slot| slot.starts_with(prefix)) {
            rows.extend(self.row(slot, None)?.map(|row| (slot.as_str(), row)));
        }
        Ok(rows)
    }

    /// A ratio; nothing when no row holds.
    pub fn ratio(&self, slot: &str) -> Result<Exact, Contested> {
        Ok(self.row(slot, None)?.map_or(Exact::ZERO, |row| ratio_of(&row.setting)))
    }

    /// A count, when a row holds.
    pub fn count(&self, slot: &str) -> Result<Option<i64>, Contested> {
        Ok(self.row(slot, None)?.and_then(|row| match row.setting {
            Setting::Count(count) => Some(count),
            _ => None,
        }))
    }

    /// An amount of fen; nothing when no row holds.
    pub fn money(&self, slot: &str, band: Option<usize>) -> Result<Option<i64>, Contested> {
        Ok(self.row(slot, band)?.and_then(|row| self.fen(&row.setting)))
    }

    /// The fen of an amount or of a multiple of an index; `None` for no limit.
    pub fn fen(&self, setting: &Setting) -> Option<i64> {
        match setting {
            Setting::Money(fen) => Some(*fen),
            Setting::Indexed(name, factor) => {
                let index = self.policy.indices.iter().find(|index| index.name == *name)?;
                let year = self.day.civil().0 - index.lag;
                let (_, fen) = index.years.iter().find(|(of, _)| *of == year)?;
                Some((Exact::whole(*fen) * Exact::ratio(*factor)).half_up())
            }
            _ => None,
        }
    }

    /// Whether every test of a condition holds.
    pub fn holds(&self, when: &When) -> bool {
        when.0.iter().all(|(key, test)| match test {
            Test::AnyOf(words) => self.words(key).iter().any(|word| words.iter().any(|wanted| covers(wanted, word))),
            Test::Range(from, until) => self.number(key).is_some_and(|number| {
                from.is_none_or(|from| from <= number) && until.is_none_or(|until| number < until)
            }),
            Test::Is(wanted) => self.flag(key) == Some(*wanted),
        })
    }

    fn words(&self, key: &str) -> Vec<&'p str> {
        let case = self.case;
        match key {
            "kind" => vec![&case.kind],
            "level" => vec![&case.level],
            "status" => vec![&case.status],
            "special" => self.special().into_iter().collect(),
            "supplement" => case.supplements.iter().map(String::as_str).collect(),
            "programme" => case.programme.iter().map(String::as_str).collect(),
            "filing" => vec![&case.filing],
            "region" => vec![self.region()],
            "portion" => vec![self.portion],
            _ => Vec::new(),
        }
    }

    fn number(&self, key: &str) -> Option<i64> {
        match key {
            "age" => self.case.age,
            "admission" => self.admission,
            "cover_months" => self.case.cover_months,
            _ => None,
        }
    }

    fn flag(&self, key: &str) -> Option<bool> {
        match key {
            "community" => Some(self.case.community),
            "selected" => self.case.selected,
            "referred" => self.case.referred,
            _ => None,
        }
    }

    /// One group a person: the first of the scheme's order.
    fn special(&self) -> Option<&'p str> {
        self.policy.special_order.iter().find(|group| self.case.special.contains(group)).map(String::as_str)
    }

    /// By the first four digits, then the first two; a municipality is local by its first two.
    fn region(&self) -> &'static str {
        let (cover, treatment) = (&self.policy.area, &self.case.treatment_area);
        let local = if cover.ends_with("0000") { 2 } else { 4 };
        if cover[..local] == treatment[..local] {
            "local"
        } else if cover[..2] == treatment[..2] {
            "in_province"
        } else {
            "out_of_province"
        }
    }
}

/// The fraction of a ratio; nothing for other settings.
pub fn ratio_of(setting: &Setting) -> Exact {
    match setting {
        Setting::Ratio(ten_thousandths) => Exact::ratio(*ten_thousandths),
        _ => Exact::ZERO,
    }
}

/// A word of a condition means itself; level 3 also means a provincial one.
fn covers(wanted: &str, word: &str) -> bool {
    wanted == word || (wanted == "3" && word == "3p")
}

/// Whether a case for which `narrow` holds is always one for which `wide` holds.
fn implies(narrow: &When, wide: &When) -> bool {
    wide.0.iter().all(|(key, wanted)| narrow.0.iter().any(|(own, test)| own == key && test_implies(test, wanted)))
}

fn test_implies(narrow: &Test, wide: &Test) -> bool {
    match (narrow, wide) {
        (Test::AnyOf(few), Test::AnyOf(many)) => few.iter().all(|word| many.iter().any(|wanted| covers(wanted, word))),
        (Test::Is(one), Test::Is(other)) => one == other,
        (Test::Range(from, until), Test::Range(wide_from, wide_until)) => {
            wide_from.is_none_or(|wide| from.is_some_and(|from| wide <= from))
                && wide_until.is_none_or(|wide| until.is_some_and(|until| until <= wide))
        }
        _ => false,
    }
}
