//! A prepared case through its chain: the total function at the centre.
//!
//! Nothing here looks anything up by text, allocates a case, or knows an area. In-scope, over-cap and
//! above-deductible tiers run for each segment of the bill (a portion, a cycle of a long stay, a stretch under
//! one law); rest tiers run once, on what the insured still bears.

mod run;

use crate::facts::Facts;
use crate::policy::{Policies, Scheme};
use crate::state::YearToDate;
use crate::tier::Cell;
use crate::trace::Tracer;
use crate::words::{Fund, Portion};
use run::CaseRun;

/// The four classes of a bill, in fen (identity 1).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Amounts {
    /// `medfee_sumamt`
    pub total: i64,
    /// `fulamt_ownpay_amt`
    pub self_funded: i64,
    /// `overlmt_selfpay`
    pub over_limit: i64,
    /// `preselfpay_amt`
    pub upfront: i64,
    /// `inscp_scp_amt`
    pub in_scope: i64,
}

/// A part of the in-scope amount that is judged on its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Segment {
    pub(crate) version: u16,
    pub(crate) portion: Portion,
    /// 0 for the first cycle of a stay.
    pub(crate) cycle: u16,
    pub(crate) in_scope: i64,
}

/// A case with every text resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prepared {
    pub(crate) scheme: u32,
    pub(crate) law_day: model::Day,
    pub(crate) facts: Facts,
    pub(crate) amounts: Amounts,
    pub(crate) first: Segment,
    pub(crate) more: Vec<Segment>,
    /// Cycles of a stay beyond the first that the amounts could not be cut into.
    pub(crate) uncut_cycles: u16,
    pub(crate) year: YearToDate,
    pub(crate) use_account: bool,
    pub(crate) account_balance: i64,
    pub(crate) family_balance: i64,
}

impl Prepared {
    /// The day whose law judges the case.
    #[must_use]
    pub const fn law_day(&self) -> model::Day {
        self.law_day
    }

    /// The same case as the next of a year: accumulators as the settlement before left them. An admission
    /// without an ordinal of its own must be prepared with the year's count ([`YearToDate::admissions`]).
    #[must_use]
    pub fn continuing(mut self, year: YearToDate) -> Self {
        self.year = year;
        self
    }
}

/// What the funds and the insured pay, in fen, and the year after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Outcome {
    /// The bill after a cross-region first share.
    pub amounts: Amounts,
    /// `act_pay_dedc`: deductible of the in-scope tiers really consumed.
    pub deductible: i64,
    /// Paid by each fund.
    pub funds: [i64; Fund::COUNT],
    /// The amount each fund looked at.
    pub fund_bases: [i64; Fund::COUNT],
    /// `fund_pay_sumamt`
    pub fund_total: i64,
    /// `acct_pay` without the family's part.
    pub own_account: i64,
    /// `acct_mulaid_pay`
    pub family_account: i64,
    /// `psn_cash_pay`
    pub cash: i64,
    /// Accumulators after the case.
    pub year: YearToDate,
}

impl Outcome {
    /// `psn_part_amt`
    #[must_use]
    pub const fn personal(&self) -> i64 {
        self.amounts.total - self.fund_total
    }

    /// `acct_pay`, the family's part included (identity 4).
    #[must_use]
    pub const fn account(&self) -> i64 {
        self.own_account + self.family_account
    }
}

/// Why the engine cannot settle a prepared case; [`Policies::explain`](crate::Policies) words it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// No chain for this kind of visit.
    NoChain,
    /// The first tier has no rate on the day.
    NoTier {
        /// Index of the tier.
        tier: u8,
    },
    /// No value of a slot holds for the case.
    NoValue {
        /// Index of the tier.
        tier: u8,
        /// Band from 1; 0 for the deductible.
        band: u8,
    },
    /// A ceiling depends on a figure that is not loaded.
    UnknownCeiling {
        /// The parameter that asks for it.
        parameter: u32,
    },
}

/// Settles prepared cases; keeps its buffer, so that a case allocates nothing.
#[derive(Debug)]
pub struct Calculator<'p> {
    policies: &'p Policies,
    cells: Vec<Cell>,
}

impl<'p> Calculator<'p> {
    /// A calculator over compiled law. Each worker has its own.
    #[must_use]
    pub fn new(policies: &'p Policies) -> Self {
        Self { policies, cells: Vec::with_capacity(16) }
    }

    /// Settles a case.
    ///
    /// # Errors
    /// The law does not cover the case; nothing is guessed.
    pub fn settle(&mut self, case: &Prepared, tracer: &mut impl Tracer) -> Result<Outcome, Fault> {
        let scheme = &self.policies.schemes[case.scheme as usize];
        let mut run = CaseRun::new(scheme, case);
        run.first_share(case, tracer);
        if run.waits(case, tracer) {
            return Ok(run.finish(case, tracer));
        }
        let chain = scheme.chain(&case.facts).ok_or(Fault::NoChain)?;
        run.segments(case, chain, &mut self.cells, tracer)?;
        run.rest_tiers(case, chain, &mut self.cells, tracer)?;
        Ok(run.finish(case, tracer))
    }
}

impl Scheme {
    /// The chain of the case: the most specific one that holds.
    pub(crate) fn chain(&self, facts: &Facts) -> Option<&[u8]> {
        let mut found: Option<&(crate::condition::Condition, Vec<u8>)> = None;
        for chain in self.chains.iter().filter(|(condition, _)| condition.holds(facts)) {
            if found.is_none_or(|(condition, _)| chain.0.implies(condition)) {
                found = Some(chain);
            }
        }
        found.map(|(_, tiers)| tiers.as_slice())
    }
}
