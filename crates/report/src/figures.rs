//! The sums joined with what was billed: the one set of figures behind every output.
//!
//! JSON, page, workbook and terminal all read from [`Figures`], so that they cannot disagree. Rows
//! come in the order in which people want them: most money first, ties by code.
//!
//! Where to look next: `join` makes the rows; `summary`, `html`, `xlsx` and `text` each put these figures on paper.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::{Fen, HospitalLevel, Severity};

use crate::funnel::{Funnel, Standing};
use crate::join::{doubts, institution_rows, month_rows, not_run, rule_rows};
use crate::sample::Sample;
use crate::sums::{Split, Sums};
use crate::tallied::{Tallied, leading_severity};
use crate::wording::Ratio;
use crate::{AuditReport, InstitutionLine, Month, RuleLine};

/// Everything the outputs show.
#[derive(Debug)]
pub struct Figures<'a> {
    /// What the caller said.
    pub report: &'a AuditReport,
    /// What the findings add up to.
    pub tallied: &'a Tallied,
    /// Rules that ran, most money counted first.
    pub rules: Vec<RuleRow<'a>>,
    /// Rules that did not, by id.
    pub not_run: Vec<&'a RuleLine>,
    /// Institutions that billed or have findings, most money counted first.
    pub institutions: Vec<InstitutionRow>,
    /// Months without gaps, in time order.
    pub months: Vec<MonthRow>,
    /// Net money billed.
    pub billed: Fen,
    /// The pooled rate around which institutions are judged.
    pub(crate) funnel: Funnel,
    /// Where what the caller told us does not fit together, in Chinese.
    pub doubts: Vec<String>,
}

/// A rule that ran.
#[derive(Debug)]
pub struct RuleRow<'a> {
    /// The rule.
    pub line: RuleLine,
    /// Its findings.
    pub split: Split,
    /// Institutions it touches.
    pub institutions: u64,
    /// Its findings with most money counted.
    pub samples: &'a [Arc<Sample>],
}

/// An institution.
#[derive(Debug)]
pub struct InstitutionRow {
    /// `fixmedins_code`
    pub code: String,
    /// Its name, or its code when nobody told us the name.
    pub name: String,
    /// Level or kind.
    pub group: Group,
    /// Charge lines billed.
    pub lines: u64,
    /// Visits.
    pub visits: u64,
    /// Net money billed.
    pub billed: Fen,
    /// Visits with a finding that is clear or suspicious.
    pub flagged_visits: u64,
    /// Its findings.
    pub split: Split,
    /// Its findings by rule id.
    pub by_rule: BTreeMap<String, Sums>,
    /// Where its rate of flagged visits lies.
    pub standing: Standing,
}

/// A month.
#[derive(Debug)]
pub struct MonthRow {
    /// The month.
    pub month: Month,
    /// Charge lines billed.
    pub lines: u64,
    /// Visits that began in it.
    pub visits: u64,
    /// Net money billed.
    pub billed: Fen,
    /// Findings on facts of this month.
    pub split: Split,
}

/// Institutions that may be compared with each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Group {
    /// 三级
    Tertiary,
    /// 二级
    Secondary,
    /// 一级
    Primary,
    /// 无等级
    Unrated,
    /// 零售药店
    Pharmacy,
    /// Nobody told us.
    Unknown,
}

impl<'a> Figures<'a> {
    /// Joins the two.
    #[must_use]
    pub fn new(report: &'a AuditReport, tallied: &'a Tallied) -> Self {
        let flagged = tallied.flagged_visits;
        let funnel = Funnel { rate_ppm: Ratio::of_counts(flagged, report.billed.iter().map(|b| b.visits).sum()).ppm() };
        Self {
            report,
            tallied,
            rules: rule_rows(report, tallied),
            not_run: not_run(report),
            institutions: institution_rows(report, tallied, funnel),
            months: month_rows(report, tallied),
            billed: report.totals.amount_fen,
            funnel,
            doubts: doubts(report),
        }
    }

    /// The sums over all findings.
    #[must_use]
    pub fn total(&self) -> Sums {
        self.tallied.total.total()
    }

    /// Institutions with at least one finding.
    #[must_use]
    pub fn flagged_institutions(&self) -> usize {
        self.tallied.institutions.len()
    }

    /// Rules that ran and found something.
    #[must_use]
    pub fn rules_with_findings(&self) -> usize {
        self.rules.iter().filter(|rule| rule.split.total().findings > 0).count()
    }

    /// Flagged visits of all visits of all institutions.
    pub(crate) fn pooled(&self) -> Ratio {
        rate(self.tallied.flagged_visits, self.institutions.iter().map(|row| row.visits).sum())
    }

    /// Names by code, for showing.
    pub(crate) fn institution_names(&self) -> BTreeMap<&str, &str> {
        self.institutions.iter().map(|row| (row.code.as_str(), row.name.as_str())).collect()
    }
}

impl RuleRow<'_> {
    /// The severity to mark the rule with: that of its findings, else its own.
    #[must_use]
    pub fn severity(&self) -> Severity {
        if self.split.total().findings > 0 { leading_severity(&self.split) } else { self.line.severity }
    }
}

impl InstitutionRow {
    /// Flagged visits of all visits; never above one, even when the caller's visit count is short.
    pub(crate) fn rate(&self) -> Ratio {
        rate(self.flagged_visits, self.visits)
    }
}

impl Group {
    /// All groups, in the order they are shown.
    pub const ALL: [Self; 6] =
        [Self::Tertiary, Self::Secondary, Self::Primary, Self::Unrated, Self::Pharmacy, Self::Unknown];

    /// In Chinese.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Tertiary => "三级医院",
            Self::Secondary => "二级医院",
            Self::Primary => "一级医院",
            Self::Unrated => "无等级",
            Self::Pharmacy => "零售药店",
            Self::Unknown => "级别未知",
        }
    }

    pub(crate) fn of(line: &InstitutionLine) -> Self {
        match line.level {
            _ if line.pharmacy => Self::Pharmacy,
            HospitalLevel::Tertiary => Self::Tertiary,
            HospitalLevel::Secondary => Self::Secondary,
            HospitalLevel::Primary => Self::Primary,
            HospitalLevel::Unrated => Self::Unrated,
            HospitalLevel::Unknown => Self::Unknown,
        }
    }
}

fn rate(flagged: u64, visits: u64) -> Ratio {
    Ratio::of_counts(flagged.min(visits), visits)
}
