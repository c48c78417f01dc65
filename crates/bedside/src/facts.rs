//! One case of an inquiry and a history: what the auditor reads.
//!
//! A visit that both tell of is taken once. The current one is the asker's: what the message says wins, and what it leaves
//! out is filled from the records, field by field, lines by their number. An earlier one is the records', because
//! they have the whole of it. While orders are being written a message may hold no more than the new ones: then the lines
//! already charged to the visit are added, so that they count; before settlement the message speaks for the whole visit.

use crate::history::{History, KeptVisit};
use crate::inquiry::{Inquiry, Patient, Stage};
use crate::visit::{Line, Visit};
use model::{
    CaseDiagnosis, CaseLine, CaseProcedure, CaseVisit, CodeBook, Insurance, Person, PersonCase, Sex, Text,
    UNKNOWN_CODE, UNKNOWN_ITEM,
};
use rustc_hash::FxHashMap;

/// Fills the case, which is not in order yet. `library` is the number of the library that `book` is of.
pub(crate) fn fill(case: &mut PersonCase, inquiry: &Inquiry, history: &History, book: &dyn CodeBook, library: u64) {
    case.clear();
    case.person = person(case, &inquiry.patient, &history.patient, inquiry.current_visit());
    let told = |id: &str| inquiry.visits.iter().any(|visit| visit.id == id);
    for (id, kept) in history.visits() {
        if id != inquiry.current {
            append(case, kept, book, library);
        }
    }
    for visit in inquiry.visits.iter().filter(|visit| visit.id != inquiry.current && history.visit(&visit.id).is_none())
    {
        add(case, visit, book);
    }
    let current = inquiry.current_visit();
    debug_assert_eq!(current.is_some(), told(&inquiry.current));
    if let Some(visit) = current {
        let (first_line, index) = (case.lines.len(), case.visits.len() as u32);
        add(case, visit, book);
        if let Some(kept) = history.visit(&visit.id) {
            let partly = inquiry.stage == Stage::Before && visit.lines.iter().all(|line| line.current);
            complete(case, index, first_line, kept, partly);
            resolve(case, first_line, index, book);
        }
    }
}

fn person(case: &mut PersonCase, told: &Patient, known: &Patient, current: Option<&Visit>) -> Person {
    let mut text = |told: &str, known: &str| case.keep(if told.is_empty() { known } else { told });
    let or = |one: Insurance, other: Insurance| if one.0 == 0 { other } else { one };
    let of_visit = current.map(|visit| visit.insurance).unwrap_or_default();
    Person {
        psn_no: text(&told.id, &known.id),
        sex: if told.sex == Sex::Unknown { known.sex } else { told.sex },
        born_on: told.born_on.or(known.born_on),
        died_on: told.died_on.or(known.died_on),
        insurance: or(or(told.insurance, known.insurance), of_visit),
        kind: text(&told.kind, &known.kind),
        special_kind: text(&told.special_kind, &known.special_kind),
        insured_area: text(&told.area, &known.area),
        family: Text::default(),
        employer: Text::default(),
    }
}

/// Adds what is kept of a visit, its codes resolved anew when it was kept under another library.
fn append(case: &mut PersonCase, kept: &KeptVisit, book: &dyn CodeBook, library: u64) {
    let (first_line, first_visit) = (case.lines.len(), case.visits.len() as u32);
    case.append(&kept.case);
    if kept.library != library {
        resolve(case, first_line, first_visit, book);
    }
}

/// Resolves the codes of lines from one on, and of the diagnoses and procedures of visits from one on.
fn resolve(case: &mut PersonCase, first_line: usize, first_visit: u32, book: &dyn CodeBook) {
    for at in first_line..case.lines.len() {
        let item = book.item(case.text(case.lines[at].code));
        case.lines[at].item = item;
    }
    for at in
        (0..case.diagnoses.len()).rev().take_while(|&at| case.diagnoses[at].visit >= first_visit).collect::<Vec<_>>()
    {
        let code = book.diagnosis(case.text(case.diagnoses[at].code));
        case.diagnoses[at].diagnosis = code;
    }
    for at in
        (0..case.procedures.len()).rev().take_while(|&at| case.procedures[at].visit >= first_visit).collect::<Vec<_>>()
    {
        let code = book.procedure(case.text(case.procedures[at].code));
        case.procedures[at].procedure = code;
    }
}

/// Adds a told visit behind the others. The institution is left open: it depends on the register.
pub(crate) fn add(case: &mut PersonCase, visit: &Visit, book: &dyn CodeBook) {
    let index = case.visits.len() as u32;
    let mut keep = |text: &str| if text.is_empty() { Text::default() } else { case.keep(text) };
    let filled = CaseVisit {
        mdtrt_id: keep(&visit.id),
        institution: u32::MAX,
        fixmedins_code: keep(&visit.institution),
        setting: visit.setting,
        med_type: keep(&visit.care),
        begins_at: visit.begins_at,
        ends_at: visit.ends_at,
        insurance: visit.insurance,
        maternal: visit.maternal,
        discharge_way: visit.discharge_way,
        admission_department: keep(&visit.admission_department),
        discharge_department: keep(&visit.discharge_department),
        doctor: keep(&visit.doctor),
        programme: keep(&visit.programme),
        treatment_area: keep(&visit.treatment_area),
        insured_area: keep(&visit.insured_area),
        total: visit.total,
        fund_paid: visit.fund_paid,
        account_paid: visit.account_paid,
        cash_paid: visit.cash_paid,
        self_funded: visit.self_funded,
        over_limit: None,
        upfront_self_paid: None,
        in_scope: visit.in_scope,
        settlement: keep(&visit.settlement),
        settled_at: visit.settled_at,
        uploaded_at: None,
        reversed: visit.reversed,
    };
    case.visits.push(filled);
    for diagnosis in &visit.diagnoses {
        let code = case.keep(&diagnosis.code);
        let (main, kind, rank) = (diagnosis.main, diagnosis.kind, diagnosis.rank);
        let known = book.diagnosis(&diagnosis.code);
        case.diagnoses.push(CaseDiagnosis { visit: index, diagnosis: known, code, main, kind, rank });
    }
    for operation in &visit.operations {
        let code = case.keep(&operation.code);
        case.procedures.push(CaseProcedure {
            visit: index,
            procedure: if operation.code.is_empty() { UNKNOWN_CODE } else { book.procedure(&operation.code) },
            code,
            at: operation.at,
            main: operation.main,
            anaesthesia_from: None,
            anaesthesia_until: None,
        });
    }
    case.lines.reserve(visit.lines.len());
    for line in &visit.lines {
        add_line(case, index, line, book);
    }
}

/// Adds a line; texts that the line before has too are kept once.
fn add_line(case: &mut PersonCase, visit: u32, line: &Line, book: &dyn CodeBook) {
    let before = case.lines.last().filter(|last| last.visit == visit).copied().unwrap_or_default();
    let mut keep = |text: &str, before: Text| match text {
        "" => Text::default(),
        text if case.text(before) == text => before,
        text => case.keep(text),
    };
    let filled = CaseLine {
        visit,
        item: if line.item.is_empty() { UNKNOWN_ITEM } else { book.item(&line.item) },
        code: keep(&line.item, before.code),
        sn: keep(&line.id, before.sn),
        at: line.at,
        quantity: line.quantity,
        price: line.price,
        amount: line.amount,
        name: keep(&line.name, before.name),
        prescription: keep(&line.prescription, before.prescription),
        doctor: keep(&line.doctor, before.doctor),
        billing_department: keep(&line.billing_department, before.billing_department),
        performing_department: keep(&line.performing_department, before.performing_department),
        order: keep(&line.order, before.order),
        route: keep(&line.route, before.route),
        procedure_code: keep(&line.procedure, before.procedure_code),
        trace_codes: keep(&line.trace_codes, before.trace_codes),
        in_scope: line.in_scope,
        refund_of: keep(&line.refund_of, before.refund_of),
        uploaded_at: None,
        list_type: line.list_type,
        charge_type: line.charge_type,
        supply_days: line.supply_days,
        take_home: line.take_home,
        self_declared_unpayable: line.self_declared_unpayable,
        piece_use: line.piece_use,
        charge_level: line.charge_level,
    };
    case.lines.push(filled);
}

/// Takes from one record what the other leaves open.
macro_rules! fill_from {
    ($mine:ident, $theirs:ident; open: $($open:ident),*; zero: $($zero:ident),*; flag: $($flag:ident),*) => {
        $($mine.$open = $mine.$open.or($theirs.$open);)*
        $(if $mine.$zero == Default::default() { $mine.$zero = $theirs.$zero; })*
        $($mine.$flag |= $theirs.$flag;)*
    };
}

/// Fills what the message left out of the current visit, the last one of the case, from what is kept of it. When the
/// message holds `partly` no more than new orders, the kept lines that it does not name are added.
fn complete(case: &mut PersonCase, index: u32, first_line: usize, kept: &KeptVisit, partly: bool) {
    let Some(known) = kept.case.visits.first() else { return };
    let (mut visit, mut known) = (case.visits[index as usize], *known);
    for (mine, theirs) in visit.texts().into_iter().zip(known.texts()) {
        fill_text(case, mine, kept, *theirs);
    }
    fill_from!(visit, known;
        open: ends_at, total, fund_paid, account_paid, cash_paid, self_funded, over_limit, upfront_self_paid, in_scope,
            settled_at, uploaded_at;
        zero: insurance, maternal, discharge_way; flag: reversed);
    case.visits[index as usize] = visit;
    let mut known: FxHashMap<&str, CaseLine> =
        kept.case.lines.iter().map(|line| (kept.case.text(line.sn), *line)).collect();
    for at in first_line..case.lines.len() {
        let mut line = case.lines[at];
        let Some(mut theirs) = known.remove(case.text(line.sn)) else { continue };
        for (mine, theirs) in line.texts().into_iter().zip(theirs.texts()) {
            fill_text(case, mine, kept, *theirs);
        }
        fill_from!(line, theirs;
            open: in_scope, uploaded_at;
            zero: list_type, charge_type, supply_days, piece_use, charge_level; flag: take_home, self_declared_unpayable);
        case.lines[at] = line;
    }
    if partly {
        let unnamed = kept.case.lines.iter().filter(|line| known.contains_key(kept.case.text(line.sn)));
        for line in unnamed.copied() {
            let mut moved = CaseLine { visit: index, ..line };
            let mut theirs = line;
            for (mine, theirs) in moved.texts().into_iter().zip(theirs.texts()) {
                *mine = Text::default();
                fill_text(case, mine, kept, *theirs);
            }
            case.lines.push(moved);
        }
    }
    // No message says whether a diagnosis is of Chinese medicine.
    for at in 0..case.diagnoses.len() {
        let told = case.diagnoses[at];
        if told.visit == index && told.kind == 0 {
            let same = |known: &&CaseDiagnosis| kept.case.text(known.code) == case.text(told.code);
            case.diagnoses[at].kind = kept.case.diagnoses.iter().find(same).map_or(0, |known| known.kind);
        }
    }
    if !case.diagnoses.iter().any(|diagnosis| diagnosis.visit == index) {
        for diagnosis in &kept.case.diagnoses {
            let code = case.keep(kept.case.text(diagnosis.code));
            case.diagnoses.push(CaseDiagnosis { visit: index, code, ..*diagnosis });
        }
    }
    if !case.procedures.iter().any(|procedure| procedure.visit == index) {
        for procedure in &kept.case.procedures {
            let code = case.keep(kept.case.text(procedure.code));
            case.procedures.push(CaseProcedure { visit: index, code, ..*procedure });
        }
    }
}

fn fill_text(case: &mut PersonCase, mine: &mut Text, kept: &KeptVisit, theirs: Text) {
    if mine.is_empty() && !theirs.is_empty() {
        *mine = case.keep(kept.case.text(theirs));
    }
}
