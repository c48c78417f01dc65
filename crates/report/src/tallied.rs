//! What a tally knows at the end, and the check that it adds up.
//!
//! Plain sums and the greatest few of each kind. Orders are total, so that ties never depend on the
//! order of arrival (I8).

use std::cmp::{Ordering, Reverse};
use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Fen, Severity};

use crate::sample::Sample;
use crate::sums::{Split, Sums};
use crate::{Month, ReportError};

/// What a [`Tally`] knows at the end.
#[derive(Debug, Default)]
pub struct Tallied {
    /// Over all findings.
    pub total: Split,
    /// Visits with a finding that is clear or suspicious.
    pub flagged_visits: u64,
    /// By rule, in the order of first appearance; [`InstitutionSums::by_rule`] points here.
    pub rules: Vec<RuleSums>,
    /// By institution.
    pub institutions: BTreeMap<String, InstitutionSums>,
    /// By month of the fact.
    pub months: BTreeMap<Month, Split>,
    /// The doctors with most money counted, greatest first.
    pub doctors: Vec<DoctorSums>,
    /// The visits with most money counted, greatest first.
    pub visits: Vec<VisitSums>,
}

/// The sums of one rule.
#[derive(Debug)]
pub struct RuleSums {
    /// Its id.
    pub rule_id: String,
    /// Its version.
    pub rule_version: String,
    /// Its national code.
    pub official_code: String,
    /// Its name.
    pub rule_name: String,
    /// Its findings.
    pub split: Split,
    /// Its findings with most money counted, greatest first.
    pub samples: Vec<Arc<Sample>>,
}

/// The sums of one institution.
#[derive(Debug, Default)]
pub struct InstitutionSums {
    /// Its findings.
    pub split: Split,
    /// Its visits with a finding that is clear or suspicious.
    pub flagged_visits: u64,
    /// Its findings by rule.
    pub by_rule: BTreeMap<u32, Sums>,
}

/// The sums of one doctor at one institution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DoctorSums {
    /// `orders_dr_code`
    pub doctor: String,
    /// `fixmedins_code`
    pub institution: String,
    /// The doctor's findings.
    pub split: Split,
}

/// The sums of one visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitSums {
    /// `mdtrt_id`
    pub visit: String,
    /// `psn_no`
    pub person: String,
    /// `fixmedins_code`
    pub institution: String,
    /// The visit's findings.
    pub split: Split,
    /// Its findings with most money counted, greatest first.
    pub samples: Vec<Arc<Sample>>,
}

impl Tallied {
    /// The sums of a rule that found something.
    #[must_use]
    pub fn rule(&self, rule_id: &str) -> Option<&RuleSums> {
        self.rules.iter().find(|rule| rule.rule_id == rule_id)
    }

    /// I11: counted money is the same sum whichever way it is cut.
    pub(crate) fn check_adds_up(&self) -> Result<(), ReportError> {
        let whole = self.total.total();
        let by_rule = sum(self.rules.iter().map(|rule| rule.split.total()));
        let by_institution = sum(self.institutions.values().map(|one| one.split.total()));
        let by_cell = sum(self.institutions.values().flat_map(|one| one.by_rule.values().copied()));
        let by_month = sum(self.months.values().map(Split::total));
        for (dimension, sums) in
            [("规则", by_rule), ("机构", by_institution), ("规则×机构", by_cell), ("月份", by_month)]
        {
            if sums != whole {
                let (found, total) = (sums.counted_fen.0, whole.counted_fen.0);
                return Err(ReportError::DoesNotAddUp { dimension, found, total });
            }
        }
        Ok(())
    }
}

impl VisitSums {
    pub(crate) fn counted(&self) -> Fen {
        self.split.total().counted_fen
    }

    fn rank(&self) -> (Fen, u64, Reverse<[&str; 2]>) {
        let total = self.split.total();
        (total.counted_fen, total.findings, Reverse([self.institution.as_str(), self.visit.as_str()]))
    }
}

impl DoctorSums {
    fn rank(&self) -> (Fen, u64, Reverse<[&str; 2]>) {
        let total = self.split.total();
        (total.counted_fen, total.findings, Reverse([self.institution.as_str(), self.doctor.as_str()]))
    }
}

macro_rules! ordered_by_rank {
    ($($name:ident),*) => {$(
        impl Ord for $name { fn cmp(&self, other: &Self) -> Ordering { self.rank().cmp(&other.rank()) } }
        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> { Some(self.cmp(other)) }
        }
    )*};
}
ordered_by_rank!(VisitSums, DoctorSums);

fn sum(all: impl Iterator<Item = Sums>) -> Sums {
    all.fold(Sums::default(), |mut total, one| {
        total += one;
        total
    })
}

/// The severity that weighs most in a split, for marking a row.
#[must_use]
pub(crate) fn leading_severity(split: &Split) -> Severity {
    if split.clear.findings > 0 {
        Severity::Clear
    } else if split.suspicious.findings > 0 {
        Severity::Suspicious
    } else {
        Severity::Indicator
    }
}
