//! One pass over the findings: every sum a report needs, in bounded memory.
//!
//! Findings arrive sorted as in `findings.csv`, so an institution's and a visit's findings are
//! neighbours: distinct visits and a doctor's sums need no table of everything seen. What stays is a
//! row for each rule, institution, month and their pairs, and the greatest few samples. Dimensions
//! are summed apart from each other, and [`Tally::finish`] refuses to hand out sums that disagree.
//!
//! Where to look next: [`crate::Figures`] joins these sums with what was billed.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::sample::{FindingView, Sample};
use crate::sums::{Split, Sums};
use crate::tallied::{DoctorSums, InstitutionSums, RuleSums, Tallied, VisitSums};
use crate::top::Top;
use crate::{Month, ReportError};

/// Samples kept for each rule.
pub(crate) const SAMPLES_A_RULE: usize = 100;
/// Visits kept, by money counted.
pub(crate) const VISITS_KEPT: usize = 200;
/// Findings kept for each of these visits.
const SAMPLES_A_VISIT: usize = 20;
/// Doctors kept, by money counted.
pub(crate) const DOCTORS_KEPT: usize = 50;

/// Is fed every finding once and adds it up.
#[derive(Debug)]
pub struct Tally {
    tallied: Tallied,
    rule_indices: BTreeMap<String, u32>,
    rule_tops: Vec<Top<Arc<Sample>>>,
    visits: Top<VisitSums>,
    doctors: Top<DoctorSums>,
    last_key: Option<[String; 4]>,
    institution: Option<OpenInstitution>,
    visit: Option<OpenVisit>,
}

#[derive(Debug)]
struct OpenInstitution {
    code: String,
    sums: InstitutionSums,
    doctors: BTreeMap<String, Split>,
}

#[derive(Debug)]
struct OpenVisit {
    sums: VisitSums,
    samples: Top<Arc<Sample>>,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            tallied: Tallied::default(),
            rule_indices: BTreeMap::new(),
            rule_tops: Vec::new(),
            visits: Top::new(VISITS_KEPT),
            doctors: Top::new(DOCTORS_KEPT),
            last_key: None,
            institution: None,
            visit: None,
        }
    }
}

impl Tally {
    /// An empty tally.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one finding; they must come sorted by (institution, visit, rule, line).
    pub fn add(&mut self, view: &FindingView<'_>) -> Result<(), ReportError> {
        self.check_order(view)?;
        self.turn_pages(view);
        let sums = Sums { findings: 1, amount_fen: view.amount_fen, counted_fen: view.counted_fen };
        let rule = self.rule_index(view);
        let sample = Arc::new(Sample::of(view));
        self.tallied.total.add(view.severity, sums);
        self.tallied.months.entry(Month::of(view.occurred_on)).or_default().add(view.severity, sums);
        if let Some(entry) = self.tallied.rules.get_mut(rule as usize) {
            entry.split.add(view.severity, sums);
        }
        if let Some(top) = self.rule_tops.get_mut(rule as usize) {
            top.offer(Arc::clone(&sample));
        }
        if let Some(open) = &mut self.institution {
            open.sums.split.add(view.severity, sums);
            *open.sums.by_rule.entry(rule).or_default() += sums;
            if !view.orders_dr_code.is_empty() {
                match open.doctors.get_mut(view.orders_dr_code) {
                    Some(split) => split.add(view.severity, sums),
                    None => open.doctors.entry(view.orders_dr_code.into()).or_default().add(view.severity, sums),
                }
            }
        }
        if let Some(open) = &mut self.visit {
            open.sums.split.add(view.severity, sums);
            open.samples.offer(sample);
        }
        Ok(())
    }

    /// Closes the books; an error when one dimension adds up to something else than the total.
    pub fn finish(mut self) -> Result<Tallied, ReportError> {
        self.close_visit();
        self.close_institution();
        for (rule, top) in self.tallied.rules.iter_mut().zip(self.rule_tops) {
            rule.samples = top.into_descending();
        }
        self.tallied.doctors = self.doctors.into_descending();
        self.tallied.visits = self.visits.into_descending();
        self.tallied.check_adds_up()?;
        Ok(self.tallied)
    }

    fn check_order(&mut self, view: &FindingView<'_>) -> Result<(), ReportError> {
        let key = view.key();
        if let Some(last) = &mut self.last_key {
            if key < [last[0].as_str(), last[1].as_str(), last[2].as_str(), last[3].as_str()] {
                return Err(ReportError::OutOfOrder {
                    position: self.tallied.total.total().findings + 1,
                    institution: view.fixmedins_code.into(),
                    rule: view.rule_id.into(),
                });
            }
            // Reuses the four buffers: one finding is not worth four allocations.
            for (kept, now) in last.iter_mut().zip(key) {
                kept.clear();
                kept.push_str(now);
            }
        } else {
            self.last_key = Some(key.map(Into::into));
        }
        Ok(())
    }

    /// Closes the visit and the institution that this finding has left, and opens its own.
    fn turn_pages(&mut self, view: &FindingView<'_>) {
        let same_institution = self.institution.as_ref().is_some_and(|open| open.code == view.fixmedins_code);
        let same_visit = same_institution && self.visit.as_ref().is_some_and(|open| open.sums.visit == view.mdtrt_id);
        if !same_visit {
            self.close_visit();
        }
        if !same_institution {
            self.close_institution();
            self.institution = Some(OpenInstitution {
                code: view.fixmedins_code.into(),
                sums: InstitutionSums::default(),
                doctors: BTreeMap::new(),
            });
        }
        // A finding without a visit is about a person, a doctor or an institution: it is no case.
        if !same_visit && !view.mdtrt_id.is_empty() {
            self.visit = Some(OpenVisit {
                sums: VisitSums {
                    visit: view.mdtrt_id.into(),
                    person: view.psn_no.into(),
                    institution: view.fixmedins_code.into(),
                    split: Split::default(),
                    samples: Vec::new(),
                },
                samples: Top::new(SAMPLES_A_VISIT),
            });
        }
    }

    fn close_visit(&mut self) {
        let Some(OpenVisit { mut sums, samples }) = self.visit.take() else { return };
        // Indicators accuse nobody: a visit that only they touch is not flagged.
        if sums.split.clear.findings + sums.split.suspicious.findings > 0 {
            self.tallied.flagged_visits += 1;
            if let Some(open) = &mut self.institution {
                open.sums.flagged_visits += 1;
            }
        }
        if !self.visits.surely_refuses(|least| sums.counted() < least.counted()) {
            sums.samples = samples.into_descending();
            self.visits.offer(sums);
        }
    }

    fn close_institution(&mut self) {
        let Some(open) = self.institution.take() else { return };
        for (doctor, split) in open.doctors {
            self.doctors.offer(DoctorSums { doctor, institution: open.code.clone(), split });
        }
        self.tallied.institutions.insert(open.code, open.sums);
    }

    fn rule_index(&mut self, view: &FindingView<'_>) -> u32 {
        if let Some(index) = self.rule_indices.get(view.rule_id) {
            return *index;
        }
        let index = u32::try_from(self.tallied.rules.len()).unwrap_or(u32::MAX);
        self.rule_indices.insert(view.rule_id.into(), index);
        self.rule_tops.push(Top::new(SAMPLES_A_RULE));
        self.tallied.rules.push(RuleSums {
            rule_id: view.rule_id.into(),
            rule_version: view.rule_version.into(),
            official_code: view.official_code.into(),
            rule_name: view.rule_name.into(),
            split: Split::default(),
            samples: Vec::new(),
        });
        index
    }
}
