//! A settlement without its lines: what it rested on and what was paid, as a replay of a year reads it.
//!
//! Filled by an edge, read by `simulation`. Codes stay as the national interface writes them: what they mean
//! for a policy is the reader's to say.

use crate::{Day, Fen, Insurance, Stamp};

/// An insured person.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettledPerson {
    /// `psn_no`
    pub psn_no: String,
    /// `brdy`
    pub born_on: Option<Day>,
    /// `psn_type`
    pub kind: String,
    /// `spec_psn_type`
    pub special_kind: String,
}

/// One settlement.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SettledVisit {
    /// `mdtrt_id`
    pub mdtrt_id: Box<str>,
    /// Index into the persons.
    pub person: u32,
    /// Index into the institutions; `u32::MAX` when the register lacks it.
    pub institution: u32,
    /// `insutype` of the visit, or else of the person.
    pub insurance: Insurance,
    /// `med_type`
    pub med_type: Box<str>,
    /// `dise_codg`
    pub programme: Box<str>,
    /// `mdtrtarea_admvs`; empty when not given
    pub treatment_area: Box<str>,
    /// `begntime`
    pub begins_on: Day,
    /// `endtime`, else `begntime`
    pub ends_on: Day,
    /// `setl_time`, else `endtime`, else `begntime`: the order of replay.
    pub settled_at: Stamp,
    /// `fulamt_ownpay_amt`
    pub self_funded: Fen,
    /// `overlmt_selfpay`
    pub over_limit: Fen,
    /// `preselfpay_amt`
    pub upfront: Fen,
    /// `inscp_scp_amt`
    pub in_scope: Fen,
    /// `fund_pay_sumamt`: what was paid in fact; `None` when not given.
    pub fund_paid: Option<Fen>,
}
