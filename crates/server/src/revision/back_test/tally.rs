//! What both libraries found, compared finding by finding and added up; of the cases a sample that nobody chooses.

use super::outcome::{Change, InstitutionChange, Outcome, SampledCase, SampledSide};
use super::places::Places;
use audit::Mode;
use lake::Prepared;
use model::{Day, Fen, Finding, PersonCase, Quantity, Severity};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};

/// Cases shown of each kind.
const SAMPLE: usize = 20;
const KINDS: [&str; 3] = ["added", "removed", "changed"];

/// What of a finding both libraries are compared by, and told.
#[derive(Debug, Clone)]
pub(super) struct Hit {
    institution: String,
    visit: String,
    line: String,
    /// Knowledge point, of what is about no visit.
    subject: String,
    on: Day,
    related: String,
    quantity: Quantity,
    amount: Fen,
    severity: Severity,
    evidence: String,
}

impl Hit {
    pub(super) fn of(finding: Finding, severity: Severity) -> Self {
        let subject = if finding.mdtrt_id.is_empty() { finding.knowledge_point_id } else { String::new() };
        Self {
            subject,
            institution: finding.fixmedins_code,
            visit: finding.mdtrt_id,
            line: finding.feedetl_sn,
            related: finding.related_feedetl_sn,
            on: finding.occurred_on,
            quantity: finding.cnt_over,
            amount: finding.amount,
            severity,
            evidence: finding.evidence,
        }
    }

    /// What it is about.
    fn key(&self) -> (&str, &str, &str, &str, Day) {
        (&self.institution, &self.visit, &self.line, &self.subject, self.on)
    }

    fn figures(&self) -> (Quantity, Fen, Severity, &str) {
        (self.quantity, self.amount, self.severity, &self.related)
    }

    fn side(&self) -> SampledSide {
        SampledSide { amount_fen: self.amount.0, evidence: self.evidence.clone() }
    }
}

/// What is known so far.
pub(super) struct Tally<'a> {
    decided: &'a HashMap<(String, String), bool>,
    places: &'a Places<'a>,
    outcome: Outcome,
    first: Option<Day>,
    last: Option<Day>,
    institutions: BTreeMap<String, InstitutionChange>,
    /// By kind, then by hash of the key: the lowest few.
    sample: [BTreeMap<u64, SampledCase>; 3],
}

impl<'a> Tally<'a> {
    pub(super) fn new(decided: &'a HashMap<(String, String), bool>, places: &'a Places<'a>) -> Self {
        Self {
            decided,
            places,
            outcome: Outcome::default(),
            first: None,
            last: None,
            institutions: BTreeMap::new(),
            sample: Default::default(),
        }
    }

    pub(super) fn see(&mut self, case: &PersonCase) {
        self.outcome.persons += 1;
        self.outcome.visits += case.visits.len() as u64;
        self.outcome.lines += case.lines.len() as u64;
        for visit in &case.visits {
            let day = visit.begins_at.day();
            self.first = Some(self.first.map_or(day, |first| first.min(day)));
            self.last = Some(self.last.map_or(day, |last| last.max(day)));
            self.institution(case.text(visit.fixmedins_code)).visits += 1;
        }
    }

    fn institution(&mut self, code: &str) -> &mut InstitutionChange {
        self.institutions.entry(code.to_owned()).or_default()
    }

    /// Walks both lists side by side, in the order of their keys.
    pub(super) fn compare(&mut self, mut before: Vec<Hit>, mut after: Vec<Hit>) {
        let order = |one: &Hit, other: &Hit| {
            one.key().cmp(&other.key()).then_with(|| (one.quantity, one.amount).cmp(&(other.quantity, other.amount)))
        };
        before.sort_by(order);
        after.sort_by(order);
        let (mut before, mut after) = (before.into_iter().peekable(), after.into_iter().peekable());
        loop {
            let side = match (before.peek(), after.peek()) {
                (None, None) => return,
                (Some(_), None) => std::cmp::Ordering::Less,
                (None, Some(_)) => std::cmp::Ordering::Greater,
                (Some(old), Some(new)) => old.key().cmp(&new.key()),
            };
            let old = if side.is_le() { before.next() } else { None };
            let new = if side.is_ge() { after.next() } else { None };
            self.take(old, new);
        }
    }

    /// One finding, of the rule in force, of the changed one, or of both.
    fn take(&mut self, old: Option<Hit>, new: Option<Hit>) {
        let Some(told) = old.as_ref().or(new.as_ref()) else { return };
        let upheld = self.decided.get(&(told.visit.clone(), told.line.clone())).copied();
        let (code, kind) = match (&old, &new) {
            (Some(old), Some(new)) if old.figures() == new.figures() => (old.institution.clone(), None),
            (Some(old), Some(_)) => (old.institution.clone(), Some(2)),
            (Some(old), None) => (old.institution.clone(), Some(1)),
            _ => (told.institution.clone(), Some(0)),
        };
        match (&old, &new) {
            (Some(_), None) => self.outcome.removed_known.add(upheld),
            (Some(_), Some(_)) => self.outcome.kept_known.add(upheld),
            _ => {}
        }
        let add = |change: &mut Change| {
            if let Some(old) = &old {
                change.before.add(old.amount);
            }
            if let Some(new) = &new {
                change.after.add(new.amount);
            }
            match kind {
                Some(0) => change.added.add(told.amount),
                Some(1) => change.removed.add(told.amount),
                Some(_) => change.changed.add(new.as_ref().map_or(Fen::ZERO, |new| new.amount)),
                None => {}
            }
        };
        add(&mut self.outcome.change);
        if self.places.mode(&code) != Mode::On {
            add(&mut self.outcome.unheard);
        }
        add(&mut self.institutions.entry(code).or_default().change);
        if let Some(kind) = kind {
            self.sampled(kind, told, (old.as_ref(), new.as_ref()), upheld);
        }
    }

    fn sampled(&mut self, kind: usize, told: &Hit, (old, new): (Option<&Hit>, Option<&Hit>), upheld: Option<bool>) {
        let (Some(sample), Some(word)) = (self.sample.get_mut(kind), KINDS.get(kind)) else { return };
        let digest = Sha256::digest(format!("{:?}", told.key()));
        let place = digest.iter().take(8).fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
        if sample.len() >= SAMPLE && sample.last_key_value().is_some_and(|(last, _)| *last <= place) {
            return;
        }
        let case = SampledCase {
            kind: (*word).to_owned(),
            institution: told.institution.clone(),
            institution_name: String::new(),
            visit: told.visit.clone(),
            line: told.line.clone(),
            on: told.on.to_string(),
            before: old.map(Hit::side),
            after: new.map(Hit::side),
            upheld,
        };
        sample.insert(place, case);
        if sample.len() > SAMPLE {
            sample.pop_last();
        }
    }

    pub(super) fn finish(self, prepared: &Prepared) -> Outcome {
        let named: HashMap<&str, &str> =
            prepared.institutions().iter().map(|known| (known.code.as_str(), known.name.as_str())).collect();
        let name = |code: &str| named.get(code).copied().unwrap_or(code).to_owned();
        let mut outcome = self.outcome;
        outcome.areas = self.places.own_areas();
        outcome.from = self.first.map(|day| day.to_string());
        outcome.to = self.last.map(|day| day.to_string());
        let all = self.institutions.into_iter().map(|(code, row)| InstitutionChange {
            institution_name: name(&code),
            mode: self.places.mode(&code),
            institution: code,
            ..row
        });
        outcome.institutions = all.filter(|row| row.change != Change::default()).collect();
        outcome.institutions.sort_by_key(|row| {
            let moved = row.change.added.amount_fen + row.change.removed.amount_fen + row.change.changed.amount_fen;
            (std::cmp::Reverse((moved, row.change.after.hits)), row.institution.clone())
        });
        let cases = self.sample.into_iter().flat_map(BTreeMap::into_values);
        outcome.sample = cases.map(|case| SampledCase { institution_name: name(&case.institution), ..case }).collect();
        outcome
    }
}
