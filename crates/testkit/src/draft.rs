//! A person's visits while they are being made: small values, no ids yet.
//!
//! Ids are given when the visit is written (`write`), in person order; until then a mark for the
//! truth names its line by the order in which it was added.

use model::{Day, Fen, Insurance, Quantity, Sex, Stamp, UnitPrice};

use crate::shelf::ItemId;

/// The person.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Facts {
    /// `gend`
    pub gender: &'static str,
    pub born_on: Day,
    pub died_on: Option<Day>,
    pub insurance: Insurance,
    pub family: u32,
    /// `insuplc_admdvs`
    pub area: &'static str,
}

/// A charge line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct DraftLine {
    pub item: ItemId,
    pub at: Stamp,
    pub quantity: Quantity,
    pub price: UnitPrice,
    /// Stands in for price × quantity where something is to be wrong with it.
    pub amount: Option<Fen>,
    /// Prescription within the visit; 0 is none.
    pub prescription: u8,
    pub supply_days: u16,
    pub upload_delay_s: u32,
    /// Stands in for the doctor's department as the one that carried it out; empty for the doctor's own.
    pub performed_in: &'static str,
    /// The line that this one refunds, by the order in which it was added.
    pub refund_of: Option<u16>,
    pub remark: Remark,
    /// The pack that a pharmacy scans.
    pub pack: Pack,
}

/// What few lines say beside the usual.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Remark {
    /// `medc_way_dscr`
    pub route: &'static str,
    /// `dscg_tkdrug_flag`
    pub take_home: bool,
    /// `chrgitm_lv`, where it is not the usual one.
    pub charge_level: Option<&'static str>,
    /// `inscp_scp_amt`, in percent of the amount.
    pub in_scope_percent: Option<u8>,
}

/// The traceability code of a pack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pack {
    /// A pack of its own.
    Own,
    /// A certain pack of the drug, which may be sold more than once.
    Numbered(u64),
    /// A certain pack of another drug.
    Other(ItemId, u64),
    /// Nothing was scanned.
    Unscanned,
}

/// A diagnosis.
#[derive(Debug, Clone)]
pub(crate) struct DraftDiagnosis {
    pub code: std::borrow::Cow<'static, str>,
    pub main: bool,
}

/// A procedure.
#[derive(Debug, Clone)]
pub(crate) struct DraftProcedure {
    pub code: std::borrow::Cow<'static, str>,
    pub at: Stamp,
    pub main: bool,
    /// `anst_begntime` and `anst_endtime`, where they are not the usual two hours.
    pub anaesthesia: Option<(Stamp, Stamp)>,
}

/// Whether a mark names something to be found or something to be left alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MarkKind {
    /// An ideal auditor reports it.
    Violation,
    /// An ideal auditor does not.
    LookAlike,
}

/// The money at stake of a mark.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum AtStake {
    /// The whole line, or nothing when the visit is at fault.
    Whole,
    Exactly(Fen),
    /// The rule does not fix an amount: it is not compared.
    NotJudged,
}

/// A row of the truth to be.
#[derive(Debug, Clone)]
pub(crate) struct Mark {
    pub rule: &'static str,
    pub kind: MarkKind,
    /// The order in which the line was added; `None` when the visit is meant.
    pub line: Option<u16>,
    pub dose: &'static str,
    pub over: Option<Quantity>,
    pub at_stake: AtStake,
    /// How blatant it is (1 to 3), where the scene has degrees.
    pub degree: Option<u8>,
}

/// A visit.
#[derive(Debug, Clone)]
pub(crate) struct DraftVisit {
    pub institution: u32,
    pub doctor: u32,
    pub med_type: &'static str,
    pub begins: Stamp,
    pub ends: Stamp,
    pub insurance: Option<Insurance>,
    /// `matn_stas`
    pub maternal: &'static str,
    pub reversed: bool,
    /// `dscg_way` of a stay
    pub discharge_way: &'static str,
    pub diagnoses: Vec<DraftDiagnosis>,
    pub procedures: Vec<DraftProcedure>,
    pub lines: Vec<DraftLine>,
    pub marks: Vec<Mark>,
    /// Whether the person pays nothing of it.
    pub free: bool,
    /// Added to the total that is reported, so that it no longer is the sum of the lines.
    pub total_shift: Fen,
    /// Added to the cash that is reported, so that the payments no longer make up the total.
    pub cash_shift: Fen,
}

/// A person with all visits, in time order.
#[derive(Debug)]
pub(crate) struct Draft {
    pub facts: Facts,
    pub visits: Vec<DraftVisit>,
}

impl Facts {
    pub fn sex(&self) -> Sex {
        Sex::from_code(self.gender)
    }
}

impl DraftVisit {
    pub fn is_stay(&self) -> bool {
        self.med_type.starts_with('2') || self.med_type == "52"
    }

    /// Adds a line and says where it went.
    pub fn push(&mut self, line: DraftLine) -> u16 {
        self.lines.push(line);
        (self.lines.len() - 1) as u16
    }

    /// Refunds `quantity` of a line.
    pub fn refund(&mut self, line: u16, quantity: Quantity) {
        if let Some(original) = self.lines.get(line as usize).copied() {
            let at = Stamp(original.at.0 + 1800);
            self.push(DraftLine { at, quantity: -quantity, amount: None, refund_of: Some(line), ..original });
        }
    }

    pub fn mark_line(&mut self, rule: &'static str, dose: &'static str, line: u16, over: Quantity, at_stake: AtStake) {
        self.marks.push(Mark {
            rule,
            kind: MarkKind::Violation,
            line: Some(line),
            dose,
            over: Some(over),
            at_stake,
            degree: None,
        });
    }

    pub fn mark_visit(&mut self, rule: &'static str, dose: &'static str, at_stake: AtStake) {
        let kind = MarkKind::Violation;
        self.marks.push(Mark { rule, kind, line: None, dose, over: None, at_stake, degree: None });
    }

    /// Says that this line, or the whole visit, must not be reported for the rule.
    pub fn look_alike(&mut self, rule: &'static str, dose: &'static str, line: Option<u16>) {
        let at_stake = AtStake::NotJudged;
        self.marks.push(Mark { rule, kind: MarkKind::LookAlike, line, dose, over: None, at_stake, degree: None });
    }
}
