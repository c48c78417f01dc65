//! One person's facts, as an audit reads them.
//!
//! A `PersonCase` is filled by an edge (files, database, message) and read by `audit`. Texts live in
//! one arena per case and are named by [`Text`]; codes are already indices of the compiled
//! library. The buffers are reused from person to person, so that a run allocates nothing a line.
//!
//! Order is part of the contract: visits by (begin, `mdtrt_id`), lines by (visit, time,
//! `feedetl_sn`); [`PersonCase::put_in_order`] establishes it.

use crate::{CareSetting, Day, Fen, HospitalLevel, Insurance, MaternalState, Quantity, Sex, Stamp, UnitPrice};

/// A piece of the case's arena.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Text {
    start: u32,
    length: u32,
}

impl Text {
    /// Whether nothing was given.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.length == 0
    }
}

/// The insured person.
#[derive(Debug, Clone, Copy, Default)]
pub struct Person {
    /// `psn_no`
    pub psn_no: Text,
    /// `gend`
    pub sex: Sex,
    /// `brdy`
    pub born_on: Option<Day>,
    /// `dth_date`
    pub died_on: Option<Day>,
    /// `insutype`
    pub insurance: Insurance,
    /// `psn_type`
    pub kind: Text,
    /// `spec_psn_type`
    pub special_kind: Text,
    /// `insuplc_admdvs`: the pooling area where the person is insured
    pub insured_area: Text,
    /// `family_no`
    pub family: Text,
    /// `employer_no`
    pub employer: Text,
}

/// A visit: outpatient contact, stay or purchase.
#[derive(Debug, Clone, Copy, Default)]
pub struct CaseVisit {
    /// `mdtrt_id`
    pub mdtrt_id: Text,
    /// Index into the institutions given to the audit; `u32::MAX` when unknown.
    pub institution: u32,
    /// `fixmedins_code`
    pub fixmedins_code: Text,
    /// From `med_type` and the institution's kind.
    pub setting: CareSetting,
    /// `med_type`
    pub med_type: Text,
    /// `begntime`
    pub begins_at: Stamp,
    /// `endtime`; `None` while the visit lasts or when not given
    pub ends_at: Option<Stamp>,
    /// `insutype` of the visit, or else of the person.
    pub insurance: Insurance,
    /// `matn_stas`
    pub maternal: MaternalState,
    /// `dscg_way`
    pub discharge_way: u8,
    /// `adm_dept_codg`
    pub admission_department: Text,
    /// `dscg_dept_codg`
    pub discharge_department: Text,
    /// `atddr_no`
    pub doctor: Text,
    /// `dise_codg`
    pub programme: Text,
    /// `mdtrtarea_admvs`: the area where care was given
    pub treatment_area: Text,
    /// `insuplc_admdvs` of the visit
    pub insured_area: Text,
    /// `medfee_sumamt`
    pub total: Option<Fen>,
    /// `fund_pay_sumamt`
    pub fund_paid: Option<Fen>,
    /// `acct_pay`
    pub account_paid: Option<Fen>,
    /// `psn_cash_pay`
    pub cash_paid: Option<Fen>,
    /// `fulamt_ownpay_amt`
    pub self_funded: Option<Fen>,
    /// `overlmt_selfpay`
    pub over_limit: Option<Fen>,
    /// `preselfpay_amt`
    pub upfront_self_paid: Option<Fen>,
    /// `inscp_scp_amt`
    pub in_scope: Option<Fen>,
    /// `setl_id`
    pub settlement: Text,
    /// `setl_time`
    pub settled_at: Option<Stamp>,
    /// `upload_time`
    pub uploaded_at: Option<Stamp>,
    /// `refd_setl_flag` is 1: the settlement was reversed, nothing of it is judged.
    pub reversed: bool,
}

/// A charge line, net of its refunds.
#[derive(Debug, Clone, Copy, Default)]
pub struct CaseLine {
    /// Index into the case's visits.
    pub visit: u32,
    /// Index into the compiled library's items; `UNKNOWN_ITEM` when the code is not known.
    pub item: u32,
    /// `med_list_codg` as sent.
    pub code: Text,
    /// `feedetl_sn`
    pub sn: Text,
    /// `fee_ocur_time`
    pub at: Stamp,
    /// `cnt`, net of refunds
    pub quantity: Quantity,
    /// `pric`
    pub price: UnitPrice,
    /// `det_item_fee_sumamt`, net of refunds
    pub amount: Fen,
    /// `medins_list_name`
    pub name: Text,
    /// `rxno`
    pub prescription: Text,
    /// `orders_dr_code`
    pub doctor: Text,
    /// `bilg_dept_codg`: the department that ordered
    pub billing_department: Text,
    /// `acord_dept_codg`: the department that carried it out
    pub performing_department: Text,
    /// `drord_no`
    pub order: Text,
    /// `medc_way_dscr`: how the medicine was given, as the hospital words it
    pub route: Text,
    /// `oprn_oprt_code`
    pub procedure_code: Text,
    /// `drug_trac_codg`: traceability codes, `;`-separated
    pub trace_codes: Text,
    /// `inscp_scp_amt`
    pub in_scope: Option<Fen>,
    /// `init_feedetl_sn`
    pub refund_of: Text,
    /// `upload_time`
    pub uploaded_at: Option<Stamp>,
    /// `list_type` (101, 102, 201, 301 …); 0 when not given
    pub list_type: u16,
    /// `med_chrgitm_type` (1–14); 0 when not given
    pub charge_type: u8,
    /// `prd_days`; 0 when not given
    pub supply_days: u16,
    /// `dscg_tkdrug_flag` is 1
    pub take_home: bool,
    /// `hosp_appr_flag` is 2: the hospital itself marked the line as not payable
    pub self_declared_unpayable: bool,
    /// `tcmdrug_used_way`: 1 复方, 2 单方, 0 not given
    pub piece_use: u8,
    /// `chrgitm_lv` (1 甲, 2 乙, 3 丙); 0 when not given
    pub charge_level: u8,
}

/// A diagnosis of a visit.
#[derive(Debug, Clone, Copy, Default)]
pub struct CaseDiagnosis {
    /// Index into the case's visits.
    pub visit: u32,
    /// Index into the catalogue's diagnoses; `UNKNOWN_CODE` when not known.
    pub diagnosis: u32,
    /// `diag_code` as sent.
    pub code: Text,
    /// `maindiag_flag` is 1
    pub main: bool,
    /// `diag_type` (1 western, 2 and 3 Chinese medicine)
    pub kind: u8,
    /// `diag_srt_no`
    pub rank: u16,
}

/// A procedure of a visit.
#[derive(Debug, Clone, Copy, Default)]
pub struct CaseProcedure {
    /// Index into the case's visits.
    pub visit: u32,
    /// Index into the catalogue's procedures; `UNKNOWN_CODE` when not known.
    pub procedure: u32,
    /// `oprn_oprt_code` as sent.
    pub code: Text,
    /// `oprn_oprt_date`
    pub at: Option<Stamp>,
    /// `main_oprn_flag` is 1
    pub main: bool,
    /// `anst_begntime`
    pub anaesthesia_from: Option<Stamp>,
    /// `anst_endtime`
    pub anaesthesia_until: Option<Stamp>,
}

/// A designated institution.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Institution {
    /// `fixmedins_code`
    pub code: String,
    /// `fixmedins_name`
    pub name: String,
    /// `fixmedins_type` is 2
    pub pharmacy: bool,
    /// `hosp_lv`
    pub level: HospitalLevel,
    /// `admdvs`
    pub area: String,
    /// `bed_cnt`
    pub beds: Option<u32>,
    /// `internet_flag` is 1
    pub internet: bool,
}

/// A member of an institution's staff.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Staff {
    /// `prac_psn_code`
    pub code: String,
    /// `prac_psn_name`
    pub name: String,
    /// `fixmedins_code`
    pub institution: String,
    /// `title`
    pub title: String,
    /// `dept_code`
    pub department: String,
    /// `susp_from` and `susp_until`
    pub suspended: Option<crate::Span>,
    /// `dth_date`
    pub died_on: Option<Day>,
}

/// What an institution had of an item over a period, in the unit in which the item is charged.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stock {
    /// `fixmedins_code`
    pub institution: String,
    /// `med_list_codg`
    pub code: String,
    /// `begndate`: the first day of the period
    pub from: Day,
    /// `enddate`: the last day of the period
    pub to: Day,
    /// `begn_inv_cnt`: counted at the beginning
    pub opening: Quantity,
    /// `purc_cnt`
    pub purchased: Quantity,
    /// `purc_retn_cnt`: sent back to the supplier
    pub returned: Quantity,
    /// `end_inv_cnt`: counted at the end
    pub closing: Quantity,
}

/// Everything known of one person.
#[derive(Debug, Default)]
pub struct PersonCase {
    arena: String,
    /// Who.
    pub person: Person,
    /// Visits, in order.
    pub visits: Vec<CaseVisit>,
    /// Charge lines, in order; refunds netted.
    pub lines: Vec<CaseLine>,
    /// Diagnoses, by visit, then rank.
    pub diagnoses: Vec<CaseDiagnosis>,
    /// Procedures, by visit.
    pub procedures: Vec<CaseProcedure>,
}

impl CaseVisit {
    /// All its texts.
    pub fn texts(&mut self) -> [&mut Text; 10] {
        [
            &mut self.mdtrt_id,
            &mut self.fixmedins_code,
            &mut self.med_type,
            &mut self.admission_department,
            &mut self.discharge_department,
            &mut self.doctor,
            &mut self.programme,
            &mut self.treatment_area,
            &mut self.insured_area,
            &mut self.settlement,
        ]
    }
}

impl CaseLine {
    /// All its texts.
    pub fn texts(&mut self) -> [&mut Text; 12] {
        [
            &mut self.code,
            &mut self.sn,
            &mut self.name,
            &mut self.prescription,
            &mut self.doctor,
            &mut self.billing_department,
            &mut self.performing_department,
            &mut self.order,
            &mut self.route,
            &mut self.procedure_code,
            &mut self.trace_codes,
            &mut self.refund_of,
        ]
    }
}

impl PersonCase {
    /// Empties the case, keeping its buffers.
    pub fn clear(&mut self) {
        self.arena.clear();
        self.person = Person::default();
        self.visits.clear();
        self.lines.clear();
        self.diagnoses.clear();
        self.procedures.clear();
    }

    /// Keeps a text; the empty text costs nothing.
    #[inline]
    pub fn keep(&mut self, text: &str) -> Text {
        let start = self.arena.len();
        self.arena.push_str(text);
        Text { start: start as u32, length: text.len() as u32 }
    }

    /// The text behind a name.
    #[must_use]
    #[inline]
    pub fn text(&self, text: Text) -> &str {
        let start = text.start as usize;
        self.arena.get(start..start + text.length as usize).unwrap_or_default()
    }

    /// Adds all visits of another case, with what hangs on them, behind those of this one. Who it is about stays.
    pub fn append(&mut self, other: &Self) {
        let (texts, visits) = (self.arena.len() as u32, self.visits.len() as u32);
        self.arena.push_str(&other.arena);
        let moved = |text: &mut Text| text.start += if text.is_empty() { 0 } else { texts };
        self.visits.extend(other.visits.iter().map(|visit| {
            let mut visit = *visit;
            visit.texts().into_iter().for_each(moved);
            visit
        }));
        self.lines.extend(other.lines.iter().map(|line| {
            let mut line = CaseLine { visit: line.visit + visits, ..*line };
            line.texts().into_iter().for_each(moved);
            line
        }));
        self.diagnoses.extend(other.diagnoses.iter().map(|diagnosis| {
            let mut diagnosis = CaseDiagnosis { visit: diagnosis.visit + visits, ..*diagnosis };
            moved(&mut diagnosis.code);
            diagnosis
        }));
        self.procedures.extend(other.procedures.iter().map(|procedure| {
            let mut procedure = CaseProcedure { visit: procedure.visit + visits, ..*procedure };
            moved(&mut procedure.code);
            procedure
        }));
    }

    /// Bytes that the case takes, about.
    #[must_use]
    pub fn size(&self) -> usize {
        self.arena.capacity()
            + self.visits.capacity() * size_of::<CaseVisit>()
            + self.lines.capacity() * size_of::<CaseLine>()
            + self.diagnoses.capacity() * size_of::<CaseDiagnosis>()
            + self.procedures.capacity() * size_of::<CaseProcedure>()
    }

    /// Gives back what the buffers hold too much: for a case that is kept.
    pub fn shrink(&mut self) {
        self.arena.shrink_to_fit();
        self.visits.shrink_to_fit();
        self.lines.shrink_to_fit();
        self.diagnoses.shrink_to_fit();
        self.procedures.shrink_to_fit();
    }

    /// Establishes the order that detectors rely on (I8): nothing depends on how the input lay.
    pub fn put_in_order(&mut self) {
        let Self { arena, visits, lines, diagnoses, procedures, .. } = self;
        let text = |t: Text| arena.get(t.start as usize..(t.start + t.length) as usize).unwrap_or_default();
        let visit_key = |v: &CaseVisit| (v.begins_at, text(v.mdtrt_id));
        if !visits.is_sorted_by(|a, b| visit_key(a) <= visit_key(b)) {
            let mut order: Vec<u32> = (0..visits.len() as u32).collect();
            order.sort_by(|&a, &b| visit_key(&visits[a as usize]).cmp(&visit_key(&visits[b as usize])));
            let mut place = vec![0_u32; visits.len()];
            for (new, &old) in order.iter().enumerate() {
                place[old as usize] = new as u32;
            }
            *visits = order.iter().map(|&old| visits[old as usize]).collect();
            lines.iter_mut().for_each(|l| l.visit = place[l.visit as usize]);
            diagnoses.iter_mut().for_each(|d| d.visit = place[d.visit as usize]);
            procedures.iter_mut().for_each(|p| p.visit = place[p.visit as usize]);
        }
        let line_order =
            |a: &CaseLine, b: &CaseLine| (a.visit, a.at).cmp(&(b.visit, b.at)).then_with(|| text(a.sn).cmp(text(b.sn)));
        if !lines.is_sorted_by(|a, b| line_order(a, b).is_le()) {
            lines.sort_by(line_order);
        }
        diagnoses.sort_by(|a, b| {
            (a.visit, !a.main, a.rank).cmp(&(b.visit, !b.main, b.rank)).then_with(|| text(a.code).cmp(text(b.code)))
        });
        procedures.sort_by(|a, b| {
            (a.visit, !a.main, a.at).cmp(&(b.visit, !b.main, b.at)).then_with(|| text(a.code).cmp(text(b.code)))
        });
    }

    /// The lines of one visit (the case must be in order).
    #[must_use]
    #[inline]
    pub fn lines_of(&self, visit: u32) -> std::ops::Range<usize> {
        range_of(&self.lines, visit, |l| l.visit)
    }

    /// The diagnoses of one visit (the case must be in order).
    #[must_use]
    #[inline]
    pub fn diagnoses_of(&self, visit: u32) -> &[CaseDiagnosis] {
        &self.diagnoses[range_of(&self.diagnoses, visit, |d| d.visit)]
    }

    /// The procedures of one visit (the case must be in order).
    #[must_use]
    #[inline]
    pub fn procedures_of(&self, visit: u32) -> &[CaseProcedure] {
        &self.procedures[range_of(&self.procedures, visit, |p| p.visit)]
    }
}

#[inline]
fn range_of<T>(rows: &[T], visit: u32, key: impl Fn(&T) -> u32) -> std::ops::Range<usize> {
    let start = rows.partition_point(|row| key(row) < visit);
    let length = rows[start..].partition_point(|row| key(row) == visit);
    start..start + length
}
