//! What becomes of reminders: how often they are answered, followed or overridden, a rule, doctor, department or
//! institution; and reasons that are always the same.

use crate::shown::{Shown, Way};
use std::collections::BTreeMap;

/// Overrides from which on a reason that repeats says something.
const OVERRIDES_MIN: u64 = 5;

/// By what reminders are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// 规则
    Rule,
    /// 医师
    Doctor,
    /// 科室 of an institution
    Department,
    /// 机构
    Institution,
}

/// What became of the reminders of one of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rate {
    /// Rule id, doctor, department (after its institution and a slash), institution.
    pub key: String,
    /// Shown.
    pub shown: u64,
    /// Answered in whichever way.
    pub answered: u64,
    /// 继续执行
    pub continued: u64,
    /// 返回修改
    pub returned: u64,
    /// The reason given most often for going on, and how often.
    pub reason: Option<(String, u64)>,
}

impl Rate {
    /// Answered of shown, in ten-thousandths.
    #[must_use]
    pub const fn answered_share(&self) -> u64 {
        share(self.answered, self.shown)
    }

    /// Followed of shown (遵从率), in ten-thousandths.
    #[must_use]
    pub const fn followed_share(&self) -> u64 {
        share(self.returned, self.shown)
    }

    /// Whether one reason stands behind more than nine of ten overrides: nobody thinks about it any more.
    #[must_use]
    pub fn is_rote(&self) -> bool {
        self.continued >= OVERRIDES_MIN
            && self.reason.as_ref().is_some_and(|(_, times)| times * 10 > self.continued * 9)
    }
}

const fn share(part: u64, whole: u64) -> u64 {
    match (part * 10_000).checked_div(whole) {
        Some(share) => share,
        None => 0,
    }
}

/// Counts reminders, by key.
#[must_use]
pub fn rates<'s>(shown: impl IntoIterator<Item = &'s Shown>, by: By) -> Vec<Rate> {
    let mut rates: BTreeMap<String, (Rate, BTreeMap<&'s str, u64>)> = BTreeMap::new();
    for one in shown {
        let key = match by {
            By::Rule => one.rule.clone(),
            By::Doctor => one.doctor.clone(),
            By::Department => format!("{}/{}", one.institution, one.department),
            By::Institution => one.institution.clone(),
        };
        let (rate, reasons) = rates.entry(key).or_default();
        rate.shown += 1;
        if let Some(answered) = &one.answered {
            rate.answered += 1;
            match answered.way {
                Way::Returned => rate.returned += 1,
                Way::Continued => {
                    rate.continued += 1;
                    *reasons.entry(answered.reason.trim()).or_default() += 1;
                }
            }
        }
    }
    let most = |reasons: BTreeMap<&str, u64>| {
        // Of two reasons given as often, the first by its text.
        reasons.into_iter().rev().max_by_key(|(_, times)| *times).map(|(text, times)| (text.to_owned(), times))
    };
    rates.into_iter().map(|(key, (rate, reasons))| Rate { key, reason: most(reasons), ..rate }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inquiry::Stage;
    use crate::shown::Answered;
    use model::{Day, Fen, Severity};

    fn shown(rule: &str, answer: Option<(Way, &str)>) -> Shown {
        Shown {
            id: String::new(),
            person: String::new(),
            rule: rule.to_owned(),
            version: 1,
            name: String::new(),
            library: String::new(),
            severity: Severity::Clear,
            stage: Stage::Before,
            visit: String::new(),
            institution: "H1".to_owned(),
            doctor: "D1".to_owned(),
            department: "A03".to_owned(),
            line: String::new(),
            place: String::new(),
            why: String::new(),
            remedy: String::new(),
            effect: String::new(),
            basis: String::new(),
            amount: Fen::ZERO,
            occurred_on: Day::default(),
            shown_at: Day::default().start(),
            message: String::new(),
            answered: answer.map(|(way, reason)| Answered {
                way,
                reason: reason.to_owned(),
                at: Day::default().start(),
                by: String::new(),
            }),
        }
    }

    #[test]
    fn what_became_of_reminders_is_counted_and_a_reason_by_rote_is_seen() {
        let mut all = vec![shown("a", None), shown("a", Some((Way::Returned, ""))), shown("b", None)];
        all.extend((0..19).map(|_| shown("a", Some((Way::Continued, "病情需要 ")))));
        all.push(shown("a", Some((Way::Continued, "联合用药有指征"))));
        let by_rule = rates(&all, By::Rule);
        let [a, b] = by_rule.as_slice() else { panic!("{by_rule:?}") };
        assert_eq!((a.shown, a.answered, a.continued, a.returned), (22, 21, 20, 1));
        assert_eq!((a.answered_share(), a.followed_share()), (9545, 454));
        assert_eq!(a.reason, Some(("病情需要".to_owned(), 19)));
        assert!(a.is_rote());
        assert_eq!((b.shown, b.answered_share(), b.is_rote()), (1, 0, false));
        all.extend((0..2).map(|_| shown("a", Some((Way::Continued, "已与患者沟通")))));
        assert!(!rates(&all, By::Rule)[0].is_rote(), "19 of 22 are not more than nine of ten");
        for (by, key) in [(By::Doctor, "D1"), (By::Department, "H1/A03"), (By::Institution, "H1")] {
            assert_eq!(rates(&all, by)[0].key, key);
        }
    }
}
