//! What a caller asks for and what it is told, in the words of the field; the wire's names live in `gateway`.

use crate::records::{Charge, Diagnosis, Document, Filing, FilingKind, Settlement, Visit, VisitKind};
use model::{Day, Fen, Quantity, Stamp, UnitPrice};
use std::collections::BTreeMap;

/// Who asks, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Institution code.
    pub institution: String,
    /// Message id.
    pub msgid: String,
    /// Operator.
    pub operator: String,
    /// 就医地
    pub treatment_area: String,
    /// 参保地 as the caller believes; empty when not said.
    pub coverage_area: String,
}

/// When and by whom a command is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Occasion<'a> {
    /// Who asks.
    pub caller: &'a Caller,
    /// The moment, by the server's clock.
    pub now: Stamp,
}

/// 2201.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// Who.
    pub person: String,
    /// 险种类型
    pub insurance: String,
    /// When.
    pub begun_at: Stamp,
    /// Certificate shown: `mdtrt_cert_type` and number (or token).
    pub certificate: (String, String),
    /// 医疗类别 when given (2201A).
    pub care: String,
    /// The institution's own number.
    pub local_number: String,
    /// Doctor code; may be empty.
    pub doctor: String,
    /// Department code and name.
    pub department: (String, String),
    /// The rest of the message, by wire name.
    pub extra: BTreeMap<String, String>,
}

/// 2203, 2403.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitDetails {
    /// Who.
    pub person: String,
    /// Visit.
    pub visit: String,
    /// 医疗类别; empty leaves it.
    pub care: String,
    /// 病种编码; empty leaves it.
    pub disease: String,
    /// Begin, when it changes.
    pub begun_at: Option<Stamp>,
    /// Doctor code; empty leaves it.
    pub doctor: String,
    /// Department code and name; empty leaves them.
    pub department: (String, String),
    /// Diagnoses to add or replace by number; the flag says whether it is valid (`vali_flag`).
    pub diagnoses: Vec<(Diagnosis, bool)>,
    /// The rest of the message, by wire name.
    pub extra: BTreeMap<String, String>,
}

/// 2401.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admission {
    /// As for a registration; `care` is required.
    pub registration: Registration,
    /// 病种编码
    pub disease: String,
    /// Admission diagnoses.
    pub diagnoses: Vec<Diagnosis>,
}

/// 2402.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discharge {
    /// Who.
    pub person: String,
    /// Visit.
    pub visit: String,
    /// When.
    pub ended_at: Stamp,
    /// 病种编码; empty leaves it.
    pub disease: String,
    /// Died in hospital.
    pub died_on: Option<Day>,
    /// Discharge diagnoses.
    pub diagnoses: Vec<Diagnosis>,
    /// The rest of the message, by wire name.
    pub extra: BTreeMap<String, String>,
}

/// A line as sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineRequest {
    /// `feedetl_sn`
    pub number: String,
    /// `init_feedetl_sn`; empty for a charge
    pub refunds: String,
    /// `chrg_bchno`; empty for inpatient and pharmacy lines
    pub batch: String,
    /// National code.
    pub item: String,
    /// Quantity.
    pub quantity: Quantity,
    /// Unit price.
    pub price: UnitPrice,
    /// Amount.
    pub amount: Fen,
    /// When.
    pub at: Stamp,
    /// `hosp_appr_flag`; empty counts as `0`
    pub approval: String,
    /// Prescribing doctor; may be empty.
    pub doctor: String,
    /// The rest of the line, by wire name.
    pub extra: BTreeMap<String, String>,
}

/// Which lines to delete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinesScope {
    /// All that are not settled (`0000`).
    All,
    /// A batch (2205).
    Batch(String),
    /// Single lines (2302).
    Lines(Vec<String>),
}

/// 2206, 2207, 2303, 2304.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SettleRequest {
    /// Who.
    pub person: String,
    /// Visit.
    pub visit: String,
    /// Which kind of visit the transaction is for.
    pub kind: VisitKind,
    /// Batch (outpatient); empty or `0000` is all unsettled lines.
    pub batch: String,
    /// 险种类型
    pub insurance: String,
    /// 医疗类别 of the message; empty takes the visit's.
    pub care: String,
    /// Total as the institution has it.
    pub total: Fen,
    /// The four parts as the institution had them from the trial, when it sends them.
    pub parts: Option<[Fen; 4]>,
    /// 0 none, 1 own account, 2 family account too.
    pub account_use: u8,
    /// 中途结算
    pub interim: bool,
    /// Certificate shown.
    pub certificate: (String, String),
    /// The rest of the message, by wire name.
    pub extra: BTreeMap<String, String>,
}

/// 2101, 2102.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Purchase {
    /// The visit it makes: `begun_at`, insurance, certificate, care; person.
    pub registration: Registration,
    /// 病种编码
    pub disease: String,
    /// Total as the pharmacy has it.
    pub total: Fen,
    /// 0 none, 1 own account, 2 family account too.
    pub account_use: u8,
    /// Lines.
    pub lines: Vec<LineRequest>,
}

/// 2501, 2503, 2505, 2507.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilingRequest {
    /// Who.
    pub person: String,
    /// What.
    pub kind: FilingKind,
    /// See [`Filing`].
    pub insurance: String,
    /// See [`Filing`].
    pub code: String,
    /// See [`Filing`].
    pub name: String,
    /// See [`Filing`].
    pub institution: String,
    /// See [`Filing`].
    pub area: String,
    /// First day.
    pub from: Day,
    /// Last day.
    pub until: Option<Day>,
    /// The rest of the message, by wire name.
    pub extra: BTreeMap<String, String>,
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// 2201
    Register(Registration),
    /// 2202
    CancelRegistration {
        /// Who.
        person: String,
        /// Visit.
        visit: String,
    },
    /// 2203 (outpatient), 2403 (inpatient)
    Describe(VisitKind, VisitDetails),
    /// 2204, 2301
    Charge {
        /// Who.
        person: String,
        /// Visit.
        visit: String,
        /// Which kind of visit the transaction is for.
        kind: VisitKind,
        /// Lines.
        lines: Vec<LineRequest>,
    },
    /// 2205, 2302
    DeleteLines {
        /// Who.
        person: String,
        /// Visit.
        visit: String,
        /// Which kind of visit the transaction is for.
        kind: VisitKind,
        /// Which.
        scope: LinesScope,
    },
    /// 2206, 2303: nothing changes.
    Trial(SettleRequest),
    /// 2207, 2304
    Settle(SettleRequest),
    /// 2208, 2305, 2103
    Reverse {
        /// Who.
        person: String,
        /// Visit.
        visit: String,
        /// Settlement.
        settlement: String,
        /// Which kind of visit the transaction is for.
        kind: VisitKind,
    },
    /// 2101: nothing changes.
    TrialPurchase(Purchase),
    /// 2102
    Buy(Purchase),
    /// 2401
    Admit(Admission),
    /// 2402
    Discharge(Discharge),
    /// 2404
    CancelAdmission {
        /// Who.
        person: String,
        /// Visit.
        visit: String,
    },
    /// 2405
    UndoDischarge {
        /// Who.
        person: String,
        /// Visit.
        visit: String,
    },
    /// 2501, 2503, 2505, 2507
    File(FilingRequest),
    /// 2502, 2504, 2506
    CancelFiling {
        /// Who.
        person: String,
        /// Filing.
        filing: String,
        /// Of which kind the transaction is.
        kind: FilingKind,
    },
    /// 2601: undo whatever the message did, if it did anything.
    Undo {
        /// Who.
        person: String,
        /// `omsgid`
        msgid: String,
        /// `oinfno`
        infno: String,
    },
    /// Files or replaces documents, all or none.
    Keep {
        /// The documents.
        documents: Vec<Document>,
        /// States that an older document with the same key may be in; empty when any will do.
        only_over: Vec<String>,
    },
    /// Moves documents that exist to another state, all or none.
    Advance {
        /// Whose.
        owner: String,
        /// Of which kind.
        kind: String,
        /// Which.
        keys: Vec<String>,
        /// States it may be moved from.
        from: Vec<String>,
        /// The new state.
        to: String,
        /// Whether it is taken back by it.
        delete: bool,
    },
}

/// What is said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Done; nothing to say.
    Done,
    /// A visit was opened.
    Opened(Visit),
    /// Lines with their splits, in the order sent.
    Charged(Vec<Charge>),
    /// A settlement, its trial or its reversal. `id` and `at` of a trial are empty. With the lines for purchases.
    Settled {
        /// The settlement.
        settlement: Box<Settlement>,
        /// The person's data that replies repeat.
        person: Box<crate::records::Person>,
        /// Certificate shown (`mdtrt_cert_type`).
        certificate: String,
        /// Whether it is only a trial.
        trial: bool,
        /// Lines (purchases).
        charges: Vec<Charge>,
    },
    /// A filing was made.
    Filed(Filing),
}
