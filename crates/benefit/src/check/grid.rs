//! Representative cases: one for every combination that some conditions tell apart.
//!
//! Only the dimensions that the conditions ask about are varied, each over its words or, for ranges, over one
//! value in every stretch between their bounds.

use crate::condition::{Bounds, Condition, mask};
use crate::facts::{Facts, Told};
use crate::policy::{Policies, Scheme};
use crate::words::{Filing, Kind, Level, Portion, Region, Status};

/// Every combination is tried up to this many; beyond it a slot is told apart too finely to check.
const MOST: usize = 200_000;

/// A plain case: an adult at a first-level institution, everything told.
pub(super) const PLAIN: Facts = Facts {
    kind: Kind::Outpatient,
    level: Level::First,
    community: false,
    status: Status::Active,
    age: Some(40),
    special: 0,
    supplements: 0,
    programme: 0,
    filing: Filing::None,
    region: Region::Local,
    selected: Told::Yes,
    referred: Told::Yes,
    admission: 1,
    cover_months: Some(120),
    portion: Portion::General,
};

/// All cases that the conditions tell apart, within the scheme's statuses and the kinds given.
pub(super) fn cases(policies: &Policies, scheme: &Scheme, kinds: u16, conditions: &[&Condition]) -> Vec<Facts> {
    let asks = |get: fn(&Condition) -> u16, all: u16| conditions.iter().any(|c| get(c) & all != all);
    let mut cases = vec![PLAIN];
    let vary = |cases: &mut Vec<Facts>, variants: &dyn Fn(&Facts) -> Vec<Facts>| {
        if cases.len() < MOST {
            *cases = cases.iter().flat_map(variants).collect();
        }
    };
    vary(&mut cases, &|case| {
        Kind::ALL.iter().filter(|kind| kinds & kind.bit() != 0).map(|&kind| Facts { kind, ..*case }).collect()
    });
    vary(&mut cases, &|case| {
        let known = Status::ALL.iter().filter(|status| scheme.statuses & status.bit() != 0);
        known.map(|&status| Facts { status, ..*case }).collect()
    });
    if asks(|c| c.levels, mask(Level::COUNT)) {
        vary(&mut cases, &|case| Level::ALL.iter().map(|&level| Facts { level, ..*case }).collect());
    }
    if asks(|c| c.community, 0b11) {
        vary(&mut cases, &|case| [false, true].map(|community| Facts { community, ..*case }).to_vec());
    }
    if asks(|c| c.filings, mask(Filing::COUNT)) {
        vary(&mut cases, &|case| Filing::ALL.iter().map(|&filing| Facts { filing, ..*case }).collect());
    }
    if asks(|c| c.regions, mask(Region::COUNT)) {
        vary(&mut cases, &|case| Region::ALL.iter().map(|&region| Facts { region, ..*case }).collect());
    }
    if asks(|c| c.portions, mask(Portion::COUNT)) {
        vary(&mut cases, &|case| Portion::ALL.iter().map(|&portion| Facts { portion, ..*case }).collect());
    }
    let told = [Told::Unknown, Told::No, Told::Yes];
    if asks(|c| c.selected, 0b111) {
        vary(&mut cases, &|case| told.map(|selected| Facts { selected, ..*case }).to_vec());
    }
    if asks(|c| c.referred, 0b111) {
        vary(&mut cases, &|case| told.map(|referred| Facts { referred, ..*case }).to_vec());
    }
    if conditions.iter().any(|c| c.special != u64::MAX) {
        let words = policies.words.special.len() as u8;
        vary(&mut cases, &|case| (0..=words).map(|special| Facts { special, ..*case }).collect());
    }
    if conditions.iter().any(|c| c.programmes != u64::MAX) {
        let words = scheme.programmes.len() as u8;
        // A chronic visit names its programme; `prepare` refuses one that does not.
        let least = |case: &Facts| u8::from(case.kind == Kind::Chronic && words > 0);
        vary(&mut cases, &|case| (least(case)..=words).map(|programme| Facts { programme, ..*case }).collect());
    }
    let asked = conditions.iter().fold(0, |mask, condition| mask | condition.supplements);
    if asked != 0 {
        let held: Vec<u32> =
            std::iter::once(0).chain((0..32).map(|bit| 1 << bit).filter(|bit| asked & bit != 0)).collect();
        vary(&mut cases, &|case| held.iter().map(|&supplements| Facts { supplements, ..*case }).collect());
    }
    for (get, set) in RANGES {
        let values = stretches(conditions.iter().map(|condition| get(condition)));
        if values.len() > 1 {
            vary(&mut cases, &|case| values.iter().map(|&value| set(case, value)).collect());
        }
    }
    cases
}

type Get = fn(&Condition) -> Bounds;
type Set = fn(&Facts, u16) -> Facts;

const RANGES: [(Get, Set); 3] = [
    (|condition| condition.age, |case, value| Facts { age: Some(value), ..*case }),
    (|condition| condition.admission, |case, value| Facts { admission: value.max(1), ..*case }),
    (|condition| condition.cover_months, |case, value| Facts { cover_months: Some(value), ..*case }),
];

/// One value in every stretch between bounds.
fn stretches(bounds: impl Iterator<Item = Bounds>) -> Vec<u16> {
    let mut values: Vec<u16> = vec![0];
    for bounds in bounds {
        values.push(bounds.from);
        if bounds.until != u16::MAX {
            values.push(bounds.until);
        }
    }
    values.sort_unstable();
    values.dedup();
    values
}

/// The case in words, for a message.
pub(super) fn described(policies: &Policies, scheme: &Scheme, facts: &Facts, conditions: &[&Condition]) -> String {
    let mut words = vec![facts.kind.title().to_owned(), facts.status.title().to_owned()];
    let asks = |get: &dyn Fn(&Condition) -> bool| conditions.iter().any(|condition| get(condition));
    if asks(&|c| c.levels & mask(Level::COUNT) != mask(Level::COUNT)) {
        words.push(facts.level.title().to_owned());
    }
    if asks(&|c| c.community & 0b11 != 0b11) {
        words.push(if facts.community { "社区机构" } else { "非社区机构" }.to_owned());
    }
    if asks(&|c| c.age != Bounds::ALL) {
        words.push(format!("{} 岁", facts.age.unwrap_or(0)));
    }
    if asks(&|c| c.admission != Bounds::ALL) {
        words.push(format!("第 {} 次住院", facts.admission));
    }
    if asks(&|c| c.cover_months != Bounds::ALL) {
        words.push(format!("参保 {} 个月", facts.cover_months.unwrap_or(0)));
    }
    if facts.special > 0
        && let Some(word) = policies.words.special.get(usize::from(facts.special) - 1)
    {
        words.push(word.clone());
    }
    if facts.programme > 0
        && let Some(programme) = scheme.programmes.get(usize::from(facts.programme) - 1)
    {
        words.push(programme.id.clone());
    }
    if asks(&|c| c.filings & mask(Filing::COUNT) != mask(Filing::COUNT)) {
        words.push(facts.filing.title().to_owned());
    }
    if asks(&|c| c.regions & mask(Region::COUNT) != mask(Region::COUNT)) {
        words.push(facts.region.title().to_owned());
    }
    for (told, yes, no, asked) in [
        (facts.selected, "选定机构", "非选定机构", asks(&|c| c.selected & 0b111 != 0b111)),
        (facts.referred, "已转诊", "未转诊", asks(&|c| c.referred & 0b111 != 0b111)),
    ] {
        if asked {
            let word = match told {
                Told::Yes => yes.to_owned(),
                Told::No => no.to_owned(),
                Told::Unknown => format!("未说明是否{yes}"),
            };
            words.push(word);
        }
    }
    if asks(&|c| c.portions & mask(Portion::COUNT) != mask(Portion::COUNT)) {
        words.push(facts.portion.title().to_owned());
    }
    words.join("、")
}
