//! A visit as it is told: by the asker, or by the agency's records. Texts are empty, numbers zero or `None`, where nothing
//! was said.

use model::{CareSetting, Fen, HospitalLevel, Insurance, MaternalState, Quantity, Stamp, UnitPrice};

/// A visit with its diagnoses, operations and lines.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Visit {
    /// `mdtrt_id`
    pub id: String,
    /// `fixmedins_code`
    pub institution: String,
    /// What the asker says of the institution's level; the register, where it knows the institution, knows better.
    pub level: HospitalLevel,
    /// Where care happens.
    pub setting: CareSetting,
    /// `med_type`
    pub care: String,
    /// Begin.
    pub begins_at: Stamp,
    /// End; `None` while it lasts
    pub ends_at: Option<Stamp>,
    /// 险种类型; of the person when not said
    pub insurance: Insurance,
    /// 生育状态
    pub maternal: MaternalState,
    /// 离院方式; 0 when not said
    pub discharge_way: u8,
    /// 入院科室
    pub admission_department: String,
    /// 出院科室
    pub discharge_department: String,
    /// 医师
    pub doctor: String,
    /// 病种编码 of a programme
    pub programme: String,
    /// 就医地
    pub treatment_area: String,
    /// 参保地
    pub insured_area: String,
    /// 总费用
    pub total: Option<Fen>,
    /// 基金支付总额
    pub fund_paid: Option<Fen>,
    /// 个人账户支付
    pub account_paid: Option<Fen>,
    /// 个人现金支付
    pub cash_paid: Option<Fen>,
    /// 全自费
    pub self_funded: Option<Fen>,
    /// 符合政策范围
    pub in_scope: Option<Fen>,
    /// 结算ID; empty before it is settled
    pub settlement: String,
    /// 结算时间
    pub settled_at: Option<Stamp>,
    /// Its settlement was taken back: nothing of it is judged.
    pub reversed: bool,
    /// Diagnoses.
    pub diagnoses: Vec<Diagnosis>,
    /// Operations.
    pub operations: Vec<Operation>,
    /// Order or charge lines; negative ones take back.
    pub lines: Vec<Line>,
}

/// A diagnosis.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Diagnosis {
    /// National code.
    pub code: String,
    /// Main diagnosis.
    pub main: bool,
    /// `diag_type` (1 western, 2 and 3 Chinese medicine)
    pub kind: u8,
    /// Ordinal.
    pub rank: u16,
}

/// An operation.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Operation {
    /// National code.
    pub code: String,
    /// When.
    pub at: Option<Stamp>,
    /// Main operation.
    pub main: bool,
}

/// An order or charge line.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Line {
    /// `rx_id` of an order, `feedetl_sn` of a charge: unique in the visit.
    pub id: String,
    /// Belongs to the orders that are being asked about.
    pub current: bool,
    /// National code.
    pub item: String,
    /// Name as the hospital says it.
    pub name: String,
    /// When.
    pub at: Stamp,
    /// Quantity.
    pub quantity: Quantity,
    /// Price of one.
    pub price: UnitPrice,
    /// Amount.
    pub amount: Fen,
    /// 处方号
    pub prescription: String,
    /// 开单医师
    pub doctor: String,
    /// 开单科室
    pub billing_department: String,
    /// 受单科室
    pub performing_department: String,
    /// 医嘱号: what is given together
    pub order: String,
    /// 用药途径
    pub route: String,
    /// 手术操作代码
    pub procedure: String,
    /// 药品追溯码, `;`-separated
    pub trace_codes: String,
    /// 符合政策范围金额; `None` before a split is known
    pub in_scope: Option<Fen>,
    /// The line that it takes back; empty for a charge.
    pub refund_of: String,
    /// `list_type`; 0 when not said
    pub list_type: u16,
    /// `med_chrgitm_type`; 0 when not said
    pub charge_type: u8,
    /// 周期天数; 0 when not said
    pub supply_days: u16,
    /// 出院带药
    pub take_home: bool,
    /// The hospital itself calls it not payable (`hosp_appr_flag` 2).
    pub self_declared_unpayable: bool,
    /// `tcmdrug_used_way`; 0 when not said
    pub piece_use: u8,
    /// 1 甲, 2 乙, 3 丙; 0 when not said
    pub charge_level: u8,
}
