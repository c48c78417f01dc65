//! Fills one reusable [`PersonCase`] and completes it: duplicates out, refunds netted, in order.
//!
//! Texts that repeat the line before (item, doctor, department, prescription) are kept once: lines of a
//! visit come together, and comparing is cheaper than copying.

use arrow::array::Array;
use model::{
    CareSetting, CaseDiagnosis, CaseLine, CaseProcedure, CaseVisit, CodeBook, Day, Fen, Institution, Insurance,
    MaternalState, Person, PersonCase, Quantity, Sex, Stamp, Text, UNKNOWN_CODE, UNKNOWN_ITEM, UnitPrice,
};

use crate::block::{Block, NONE, Origin, State};
use crate::issues::{Issues, Mark};
use crate::prepare::day_of;
use crate::refunds;
use crate::route::hash_of;
use crate::tables::{Table, diagnosis, line, person, procedure, visit};
use crate::view::{Field, LineView};

/// The case being filled.
pub(crate) struct Assembler<'a> {
    book: &'a dyn CodeBook,
    pub(crate) case: PersonCase,
    origins: Vec<Origin>,
    states: Vec<State>,
    /// Per visit, whether it is to be judged.
    judged: Vec<bool>,
    /// The row of the last line in the block being read; `None` when that is of another block or person.
    last_row: Option<usize>,
    /// By the file that is read: months side by side have dictionaries of their own.
    items: Vec<ItemMemory>,
    slot: usize,
    hashes: Vec<(u64, u32)>,
}

/// Item ids of the dictionary that the codes of a block share.
#[derive(Default)]
struct ItemMemory {
    source: Option<arrow::array::StringArray>,
    items: Vec<Option<u32>>,
}

fn stamp(number: i64) -> Option<Stamp> {
    (number != NONE).then_some(Stamp(number))
}

fn fen(number: i64) -> Option<Fen> {
    (number != NONE).then_some(Fen(number))
}

/// A small code; what does not fit is as good as absent.
fn small<T: TryFrom<i64> + Default>(number: i64) -> T {
    T::try_from(number).unwrap_or_default()
}

impl<'a> Assembler<'a> {
    pub(crate) fn new(book: &'a dyn CodeBook) -> Self {
        Self {
            book,
            case: PersonCase::default(),
            origins: Vec::new(),
            states: Vec::new(),
            judged: Vec::new(),
            last_row: None,
            items: vec![ItemMemory::default()],
            slot: 0,
            hashes: Vec::new(),
        }
    }

    /// Begins a person; `row` is absent when nothing but the number is known.
    pub(crate) fn begin(&mut self, psn_no: &str, row: Option<(&Block, usize)>) {
        self.case.clear();
        self.origins.clear();
        self.states.clear();
        self.judged.clear();
        self.last_row = None;
        let psn_no = self.case.keep(psn_no);
        let mut keep = |block: &Block, column, row| {
            let text = block.text(column, row);
            if text.is_empty() { Text::default() } else { self.case.keep(text) }
        };
        self.case.person = match row {
            None => Person { psn_no, ..Person::default() },
            Some((block, row)) => Person {
                psn_no,
                kind: keep(block, person::psn_type, row),
                special_kind: keep(block, person::spec_psn_type, row),
                insured_area: keep(block, person::insuplc_admdvs, row),
                family: keep(block, person::family_no, row),
                employer: keep(block, person::employer_no, row),
                sex: Sex::from_code(block.text(person::gend, row)),
                born_on: day_of(block.number(person::brdy, row)),
                died_on: day_of(block.number(person::dth_date, row)),
                insurance: Insurance(small(block.number(person::insutype, row))),
            },
        };
    }

    pub(crate) fn visit(
        &mut self,
        block: &Block,
        row: usize,
        (index, institution): (u32, Option<&Institution>),
        (audit_profile, judged): (AuditProfile, bool),
    ) {
        let case = &mut self.case;
        let number = |column| block.number(column, row);
        let med_type = block.text(visit::med_type, row);
        let setting = match institution {
            Some(institution) if institution.pharmacy => CareSetting::Pharmacy,
            _ => CareSetting::from_med_type(med_type),
        };
        let insurance = match number(visit::insutype) {
            NONE => case.person.insurance,
            code => Insurance(small(code)),
        };
        let mut keep = |column| {
            let text = block.text(column, row);
            if text.is_empty() { Text::default() } else { case.keep(text) }
        };
        let visit = CaseVisit {
            mdtrt_id: keep(visit::mdtrt_id),
            institution: index,
            fixmedins_code: keep(visit::fixmedins_code),
            setting,
            med_type: keep(visit::med_type),
            begins_at: Stamp(number(visit::begntime)),
            ends_at: stamp(number(visit::endtime)),
            insurance,
            maternal: MaternalState::from_code(block.text(visit::matn_stas, row), audit_profile.0),
            discharge_way: small(number(visit::dscg_way)),
            admission_department: keep(visit::adm_dept_codg),
            discharge_department: keep(visit::dscg_dept_codg),
            doctor: keep(visit::atddr_no),
            programme: keep(visit::dise_codg),
            treatment_area: keep(visit::mdtrtarea_admvs),
            insured_area: keep(visit::insuplc_admdvs),
            total: fen(number(visit::medfee_sumamt)),
            fund_paid: fen(number(visit::fund_pay_sumamt)),
            account_paid: fen(number(visit::acct_pay)),
            cash_paid: fen(number(visit::psn_cash_pay)),
            self_funded: fen(number(visit::fulamt_ownpay_amt)),
            over_limit: fen(number(visit::overlmt_selfpay)),
            upfront_self_paid: fen(number(visit::preselfpay_amt)),
            in_scope: fen(number(visit::inscp_scp_amt)),
            settlement: keep(visit::setl_id),
            settled_at: stamp(number(visit::setl_time)),
            uploaded_at: stamp(number(visit::upload_time)),
            reversed: block.text(visit::refd_setl_flag, row) == "1",
        };
        case.visits.push(visit);
        self.judged.push(judged);
    }

    pub(crate) fn diagnosis(&mut self, block: &Block, row: usize, visit: u32, issues: &mut Issues) {
        let text = block.text(diagnosis::diag_code, row);
        let index = self.book.diagnosis(text);
        if index == UNKNOWN_CODE {
            issues.mark(Table::Diagnoses, Mark::UnknownCode);
        }
        let code = self.case.keep(text);
        self.case.diagnoses.push(CaseDiagnosis {
            visit,
            diagnosis: index,
            code,
            main: block.text(diagnosis::maindiag_flag, row) == "1",
            kind: small(block.number(diagnosis::diag_type, row)),
            rank: small(block.number(diagnosis::diag_srt_no, row)),
        });
    }

    pub(crate) fn procedure(&mut self, block: &Block, row: usize, visit: u32, issues: &mut Issues) {
        let text = block.text(procedure::oprn_oprt_code, row);
        let index = self.book.procedure(text);
        if index == UNKNOWN_CODE {
            issues.mark(Table::Procedures, Mark::UnknownCode);
        }
        let code = self.case.keep(text);
        self.case.procedures.push(CaseProcedure {
            visit,
            procedure: index,
            code,
            at: stamp(block.number(procedure::oprn_oprt_date, row)),
            main: block.text(procedure::main_oprn_flag, row) == "1",
            anaesthesia_from: stamp(block.number(procedure::anst_begntime, row)),
            anaesthesia_until: stamp(block.number(procedure::anst_endtime, row)),
        });
    }

    /// Rows of another block come now, of the file in the slot.
    pub(crate) fn turn_page(&mut self, slot: usize) {
        self.last_row = None;
        self.slot = slot;
        if self.items.len() <= slot {
            self.items.resize_with(slot + 1, ItemMemory::default);
        }
    }

    /// Adds a line that was not refused.
    #[inline]
    pub(crate) fn line(&mut self, view: &LineView<'_>, row: usize, visit: u32, issues: &mut Issues) {
        let number = |column| view.number(column, row);
        let code = view.field(line::med_list_codg);
        let item = match self.items.get_mut(self.slot) {
            Some(memory) => memory.item(self.book, code, row),
            None => self.book.item(code.get(row)),
        };
        let follows = row > 0 && self.last_row == Some(row - 1);
        let case = &mut self.case;
        let last = case.lines.last().map(Repeated::of).unwrap_or_default();
        let mut keep = |column| {
            let text = view.field(column).get(row);
            if text.is_empty() { Text::default() } else { case.keep(text) }
        };
        let (code, sn) = (keep(line::med_list_codg), keep(line::feedetl_sn));
        let (refund_of, trace_codes) = (keep(line::init_feedetl_sn), keep(line::drug_trac_codg));
        let mut again = |column, before: Text| {
            let field = view.field(column);
            if follows && field.repeats(row) {
                return before;
            }
            let text = field.get(row);
            if text.is_empty() {
                Text::default()
            } else if !(follows && field.is_coded()) && case.text(before) == text {
                // Two keys of a dictionary would have told the texts apart.
                before
            } else {
                case.keep(text)
            }
        };
        let filled = CaseLine {
            visit,
            item,
            code,
            sn,
            at: Stamp(number(line::fee_ocur_time)),
            quantity: Quantity(number(line::cnt)),
            price: UnitPrice(number(line::pric)),
            amount: Fen(number(line::det_item_fee_sumamt)),
            name: again(line::medins_list_name, last.name),
            prescription: again(line::rxno, last.prescription),
            doctor: again(line::orders_dr_code, last.doctor),
            billing_department: again(line::bilg_dept_codg, last.billing_department),
            performing_department: again(line::acord_dept_codg, last.performing_department),
            order: again(line::drord_no, last.order),
            route: again(line::medc_way_dscr, last.route),
            procedure_code: again(line::oprn_oprt_code, last.procedure_code),
            trace_codes,
            in_scope: fen(number(line::inscp_scp_amt)),
            refund_of,
            uploaded_at: stamp(number(line::upload_time)),
            list_type: small(number(line::list_type)),
            charge_type: small(number(line::med_chrgitm_type)),
            supply_days: small(number(line::prd_days)),
            take_home: number(line::dscg_tkdrug_flag) == 1,
            self_declared_unpayable: number(line::hosp_appr_flag) == 2,
            piece_use: small(number(line::tcmdrug_used_way)),
            charge_level: small(number(line::chrgitm_lv)),
        };
        if item == UNKNOWN_ITEM {
            issues.mark(Table::Lines, Mark::UnknownCode);
        }
        if !adds_up(&filled) {
            issues.mark(Table::Lines, Mark::AmountMismatch);
        }
        self.case.lines.push(filled);
        self.last_row = Some(row);
        self.origins.push(view.block.origin(row));
        self.states.push(view.block.state(row));
    }

    /// Completes the case: one line a key, refunds netted, everything in order.
    pub(crate) fn complete(&mut self, issues: &mut Issues) {
        self.drop_duplicates(issues);
        refunds::net(&mut self.case, &mut self.states, issues);
        self.states.drain(..).for_each(|state| issues.settle(Table::Lines, state));
        self.leave_out_unjudged();
        self.case.put_in_order();
    }

    /// Of lines with one (visit, `feedetl_sn`) keeps the smallest by content.
    fn drop_duplicates(&mut self, issues: &mut Issues) {
        let Self { case, origins, states, hashes, .. } = self;
        let key = |at: usize| (case.lines[at].visit, case.text(case.lines[at].sn));
        // Numbers that rise within each visit, the usual case, are unique.
        if case
            .lines
            .is_sorted_by(|a, b| a.visit < b.visit || (a.visit == b.visit && case.text(a.sn) < case.text(b.sn)))
        {
            return;
        }
        hashes.clear();
        hashes.extend(case.lines.iter().enumerate().map(|(at, line)| {
            (hash_of(case.text(line.sn)) ^ u64::from(line.visit).wrapping_mul(0x9e37_79b9_7f4a_7c15), at as u32)
        }));
        hashes.sort_unstable();
        let mut dropped: Vec<usize> = Vec::new();
        for group in hashes.chunk_by(|a, b| a.0 == b.0).filter(|group| group.len() > 1) {
            let mut group: Vec<usize> = group.iter().map(|&(_, at)| at as usize).collect();
            group.sort_by(|&a, &b| {
                key(a).cmp(&key(b)).then_with(|| compare(case, a, b)).then_with(|| origins[a].cmp(&origins[b]))
            });
            dropped.extend(group.windows(2).filter(|pair| key(pair[0]) == key(pair[1])).map(|pair| pair[1]));
        }
        dropped.sort_unstable();
        for at in dropped.into_iter().rev() {
            let reason = "主键重复：同一就诊的同一费用明细流水号只保留一行；请删除重复行或更正主键".to_owned();
            let value = case.text(case.lines[at].sn).to_owned();
            issues.reject(Table::Lines, origins[at], "mdtrt_id+feedetl_sn", &value, reason);
            case.lines.remove(at);
            origins.remove(at);
            states.remove(at);
        }
    }

    /// Takes out visits that are not to be judged, with all that hangs on them.
    fn leave_out_unjudged(&mut self) {
        if self.judged.iter().all(|judged| *judged) {
            return;
        }
        let mut place = Vec::with_capacity(self.judged.len());
        let mut next = 0_u32;
        for judged in &self.judged {
            place.push(judged.then_some(next));
            next += u32::from(*judged);
        }
        let moved = |visit: &mut u32| match place.get(*visit as usize).copied().flatten() {
            Some(to) => {
                *visit = to;
                true
            }
            None => false,
        };
        let case = &mut self.case;
        case.lines.retain_mut(|line| moved(&mut line.visit));
        case.diagnoses.retain_mut(|diagnosis| moved(&mut diagnosis.visit));
        case.procedures.retain_mut(|procedure| moved(&mut procedure.visit));
        let mut judged = self.judged.iter();
        case.visits.retain(|_| judged.next().copied().unwrap_or_default());
    }
}

/// The texts of a line that the next line is likely to share.
#[derive(Default)]
struct Repeated {
    name: Text,
    prescription: Text,
    doctor: Text,
    procedure_code: Text,
    billing_department: Text,
    performing_department: Text,
    order: Text,
    route: Text,
}

impl Repeated {
    fn of(line: &CaseLine) -> Self {
        Self {
            name: line.name,
            prescription: line.prescription,
            doctor: line.doctor,
            procedure_code: line.procedure_code,
            billing_department: line.billing_department,
            performing_department: line.performing_department,
            order: line.order,
            route: line.route,
        }
    }
}

/// Which dictionary `matn_stas` speaks in this folder.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AuditProfile(pub(crate) bool);

impl ItemMemory {
    fn item(&mut self, book: &dyn CodeBook, code: Field<'_>, row: usize) -> u32 {
        let Field::Coded { keys, values } = code else { return book.item(code.get(row)) };
        let known = self.source.as_ref().is_some_and(|source| {
            source.len() == values.len() && source.value_data().as_ptr() == values.value_data().as_ptr()
        });
        if !known {
            self.source = Some(values.clone());
            self.items.clear();
            self.items.resize(values.len(), None);
        }
        match keys.get(row).and_then(|&key| self.items.get_mut(key as usize)) {
            Some(Some(item)) => *item,
            Some(unknown) => *unknown.insert(book.item(code.get(row))),
            None => book.item(""),
        }
    }
}

/// Whether the amount is price × quantity, within a fen a unit.
fn adds_up(line: &CaseLine) -> bool {
    let Some(product) = line.price.0.checked_mul(line.quantity.0) else {
        return (line.price.times(line.quantity).0 - line.amount.0).abs()
            <= 1 + line.quantity.0.abs() / Quantity::SCALE;
    };
    // Ten-thousandths times ten-thousandths: a fen is a million of these.
    let half = if product < 0 { -500_000 } else { 500_000 };
    let expected = product.saturating_add(half) / 1_000_000;
    let difference = line.amount.0.abs_diff(expected);
    difference <= 1 || difference.saturating_mul(10_000) <= line.quantity.0.unsigned_abs()
}

/// Everything that is kept of two lines with one key, compared.
fn compare(case: &PersonCase, a: usize, b: usize) -> std::cmp::Ordering {
    let content = |at: usize| {
        let line = &case.lines[at];
        let texts = [line.code, line.name, line.prescription, line.trace_codes, line.order, line.route];
        let more = [line.doctor, line.procedure_code, line.refund_of];
        let departments = [line.billing_department, line.performing_department];
        (
            (line.at, line.quantity, line.price, line.amount, line.uploaded_at, line.list_type),
            (line.charge_type, line.supply_days, line.take_home, line.self_declared_unpayable),
            (line.piece_use, line.charge_level, line.in_scope),
            (texts.map(|text| case.text(text)), more.map(|text| case.text(text))),
            departments.map(|text| case.text(text)),
        )
    };
    content(a).cmp(&content(b))
}

/// Whether a visit overlaps the judged period.
pub(crate) fn overlaps(begins: Stamp, ends: Option<Stamp>, from: Option<Day>, until: Option<Day>) -> bool {
    let last = ends.unwrap_or(begins).max(begins).day();
    from.is_none_or(|from| last >= from) && until.is_none_or(|until| begins.day() < until)
}
