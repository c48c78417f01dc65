//! Visits, the lines charged to them, and what institutions file.

use model::{Day, Fen, Quantity, Stamp, UnitPrice};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What kind of visit, by how it is opened and closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitKind {
    /// Registered by 2201.
    Outpatient,
    /// Admitted by 2401.
    Inpatient,
    /// A purchase, 2102.
    Pharmacy,
}

/// Where a visit stands (protocol.md §8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum VisitState {
    /// Registered or admitted.
    Open,
    /// Discharged (inpatient only).
    Discharged,
    /// Settled for good: an inpatient stay or a purchase. Outpatient visits stay open, batch by batch.
    Settled,
    /// Taken back before anything was settled.
    Cancelled,
}

/// A diagnosis.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// `diag_srt_no`
    pub number: String,
    /// `diag_type`
    pub kind: String,
    /// Main diagnosis.
    pub main: bool,
    /// National code.
    pub code: String,
    /// Name as sent.
    pub name: String,
    /// Whether it was a discharge diagnosis (2402).
    pub at_discharge: bool,
    /// What the wire carried beyond this, by wire name.
    pub extra: BTreeMap<String, String>,
}

/// A visit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// 就诊ID
    pub id: String,
    /// Who.
    pub person: String,
    /// Where.
    pub institution: String,
    /// The message that opened it.
    pub opened_by: String,
    /// How it is opened and closed.
    pub kind: VisitKind,
    /// State.
    pub state: VisitState,
    /// 险种类型
    pub insurance: String,
    /// 医疗类别; empty until 2203 says
    pub care: String,
    /// 参保地
    pub coverage_area: String,
    /// 就医地
    pub treatment_area: String,
    /// Certificate shown (`mdtrt_cert_type`).
    pub certificate: String,
    /// The institution's own number (`ipt_otp_no`).
    pub local_number: String,
    /// Begin.
    pub begun_at: Stamp,
    /// End: discharge, or the last settlement.
    pub ended_at: Option<Stamp>,
    /// 病种编码; empty when none
    pub disease: String,
    /// Ordinal of the stay within the year and scheme; 0 before it is known.
    pub admission_ordinal: u16,
    /// Doctor code.
    pub doctor: String,
    /// Department code.
    pub department: String,
    /// Department name.
    pub department_name: String,
    /// Diagnoses.
    pub diagnoses: Vec<Diagnosis>,
    /// What the wire carried beyond this, by wire name.
    pub extra: BTreeMap<String, String>,
}

/// How a line was split (settlement.md §2, `detlcutinfo`).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Split {
    /// 全自费
    pub self_funded: Fen,
    /// 超限价
    pub over_limit: Fen,
    /// 先行自付
    pub upfront: Fen,
    /// 符合政策范围
    pub in_scope: Fen,
    /// Highest price; `None` when there is none.
    pub ceiling: Option<UnitPrice>,
    /// First share in millionths.
    pub upfront_ratio: i64,
    /// `01` 甲, `02` 乙, `03` 丙
    pub class: String,
    /// `med_chrgitm_type`
    pub category: String,
    /// Word of the benefit portion, `general`, `drug`, …
    pub portion: String,
    /// Whether the catalogue restricts payment (`lmt_used_flag`).
    pub restricted: bool,
    /// What the split rests on (I4).
    pub basis: String,
}

/// A charge line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Charge {
    /// `feedetl_sn`, unique in the visit
    pub number: String,
    /// The line it refunds (`init_feedetl_sn`); empty for a charge.
    pub refunds: String,
    /// National code.
    pub item: String,
    /// Quantity; negative for a refund.
    pub quantity: Quantity,
    /// Unit price.
    pub price: UnitPrice,
    /// Amount.
    pub amount: Fen,
    /// When.
    pub at: Stamp,
    /// `hosp_appr_flag`
    pub approval: String,
    /// Its split.
    pub split: Split,
    /// What the wire carried beyond this, by wire name.
    pub extra: BTreeMap<String, String>,
}

/// Lines that came together. Working state until settled; a settled one never changes (I5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Upload {
    /// Number within the visit, from 1.
    pub number: u32,
    /// Whose.
    pub person: String,
    /// Visit.
    pub visit: String,
    /// `chrg_bchno`; empty for inpatient lines.
    pub batch: String,
    /// The settlement that holds; `None` while unsettled. A reversal frees the lines.
    pub settled_by: Option<String>,
    /// Lines; those deleted before settlement are gone.
    pub charges: Vec<Charge>,
}

/// Something filed by an institution or about a person that settles nothing: goods, mappings, departments, lists.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    /// Who it belongs to: an institution or a person.
    pub owner: String,
    /// What it is: the transaction that files it, `3505`, `3301`, `4101`.
    pub kind: String,
    /// Its own key within owner and kind.
    pub key: String,
    /// State, in the words of its kind; empty when it has none.
    pub state: String,
    /// Day it is about, for queries by day.
    pub on: Day,
    /// When it was last changed.
    pub at: Stamp,
    /// Whether it was taken back.
    pub deleted: bool,
    /// What was filed, as JSON text.
    pub content: String,
}
