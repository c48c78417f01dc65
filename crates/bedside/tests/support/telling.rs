//! A visit of a case as people tell it: as the records hold it, and as the message of a hospital does.

use bedside::{Diagnosis, Inquiry, Line, Operation, Patient, Stage, Visit};
use model::{CaseDiagnosis, CaseLine, CaseProcedure, PersonCase, Text};

/// What a hospital asks of a visit before it is settled: the columns that a message carries (`audit-3101.md`), and no more.
pub fn inquiry(case: &PersonCase, index: usize, stage: Stage) -> Inquiry {
    let person = &case.person;
    let mut visit = unsettled(visit(case, index));
    visit.discharge_way = 0;
    visit.diagnoses.iter_mut().for_each(|diagnosis| diagnosis.kind = 0);
    for line in &mut visit.lines {
        *line = Line {
            performing_department: String::new(),
            order: String::new(),
            route: String::new(),
            procedure: String::new(),
            trace_codes: String::new(),
            in_scope: None,
            refund_of: String::new(),
            take_home: false,
            self_declared_unpayable: false,
            piece_use: 0,
            ..std::mem::take(line)
        };
    }
    Inquiry {
        stage,
        scenes: Vec::new(),
        rules: Vec::new(),
        patient: Patient {
            id: case.text(person.psn_no).to_owned(),
            sex: person.sex,
            born_on: person.born_on,
            died_on: person.died_on,
            insurance: person.insurance,
            kind: case.text(person.kind).to_owned(),
            special_kind: case.text(person.special_kind).to_owned(),
            area: case.text(person.insured_area).to_owned(),
        },
        current: visit.id.clone(),
        visits: vec![visit],
    }
}

/// A visit without what nobody knows before its settlement.
pub fn unsettled(visit: Visit) -> Visit {
    Visit {
        fund_paid: None,
        account_paid: None,
        cash_paid: None,
        in_scope: None,
        settlement: String::new(),
        settled_at: None,
        ..visit
    }
}

/// A visit as the records hold it.
pub fn visit(case: &PersonCase, index: usize) -> Visit {
    let visit = &case.visits[index];
    let text = |text: Text| case.text(text).to_owned();
    let diagnosis = |known: &CaseDiagnosis| Diagnosis {
        code: text(known.code),
        main: known.main,
        kind: known.kind,
        rank: known.rank,
    };
    let operation = |known: &CaseProcedure| Operation { code: text(known.code), at: known.at, main: known.main };
    Visit {
        id: text(visit.mdtrt_id),
        institution: text(visit.fixmedins_code),
        setting: visit.setting,
        care: text(visit.med_type),
        begins_at: visit.begins_at,
        ends_at: visit.ends_at,
        insurance: visit.insurance,
        maternal: visit.maternal,
        discharge_way: visit.discharge_way,
        admission_department: text(visit.admission_department),
        discharge_department: text(visit.discharge_department),
        doctor: text(visit.doctor),
        programme: text(visit.programme),
        treatment_area: text(visit.treatment_area),
        insured_area: text(visit.insured_area),
        total: visit.total,
        fund_paid: visit.fund_paid,
        account_paid: visit.account_paid,
        cash_paid: visit.cash_paid,
        self_funded: visit.self_funded,
        in_scope: visit.in_scope,
        settlement: text(visit.settlement),
        settled_at: visit.settled_at,
        reversed: visit.reversed,
        diagnoses: case.diagnoses_of(index as u32).iter().map(diagnosis).collect(),
        operations: case.procedures_of(index as u32).iter().map(operation).collect(),
        lines: case.lines[case.lines_of(index as u32)].iter().map(|known| line(case, known)).collect(),
        ..Visit::default()
    }
}

fn line(case: &PersonCase, line: &CaseLine) -> Line {
    let text = |text: Text| case.text(text).to_owned();
    Line {
        id: text(line.sn),
        current: true,
        item: text(line.code),
        name: text(line.name),
        at: line.at,
        quantity: line.quantity,
        price: line.price,
        amount: line.amount,
        prescription: text(line.prescription),
        doctor: text(line.doctor),
        billing_department: text(line.billing_department),
        performing_department: text(line.performing_department),
        order: text(line.order),
        route: text(line.route),
        procedure: text(line.procedure_code),
        trace_codes: text(line.trace_codes),
        in_scope: line.in_scope,
        refund_of: text(line.refund_of),
        list_type: line.list_type,
        charge_type: line.charge_type,
        supply_days: line.supply_days,
        take_home: line.take_home,
        self_declared_unpayable: line.self_declared_unpayable,
        piece_use: line.piece_use,
        charge_level: line.charge_level,
    }
}
