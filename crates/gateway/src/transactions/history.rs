//! A visit of the agency's records as an audit reads it: what a record keeps beyond what it knows is kept by wire name, and
//! wire names live here.

use super::bedside::small;
use agency::{Charge, File, Settlement, VisitKind};
use bedside::{Diagnosis, Line, Visit};
use model::{CareSetting, Fen, Insurance, MaternalState};
use std::collections::BTreeMap;

/// What the records hold of a visit, with its lines and its settlement. `None` for a visit that was taken back or that the
/// file does not hold.
#[must_use]
pub fn kept_visit(file: &File, id: &str) -> Option<Visit> {
    let visit = file.visit(id).filter(|visit| visit.state != agency::VisitState::Cancelled)?;
    let extra = |name: &str| visit.extra.get(name).cloned().unwrap_or_default();
    let setting = match visit.kind {
        VisitKind::Pharmacy => CareSetting::Pharmacy,
        VisitKind::Inpatient if visit.care.is_empty() => CareSetting::Inpatient,
        _ => CareSetting::from_med_type(&visit.care),
    };
    let of_visit = || file.settlements.iter().filter(|settlement| settlement.visit == id);
    let live: Vec<&Settlement> = file.live_settlements(id).collect();
    let last = live.iter().max_by_key(|settlement| (settlement.at, &settlement.id));
    let sum = |amount: fn(&Settlement) -> Fen| last.map(|_| live.iter().map(|settlement| amount(settlement)).sum());
    Some(Visit {
        id: visit.id.clone(),
        institution: visit.institution.clone(),
        setting,
        care: visit.care.clone(),
        begins_at: visit.begun_at,
        ends_at: visit.ended_at,
        insurance: Insurance::from_code(&visit.insurance),
        maternal: MaternalState::from_code(&extra("matn_stas"), false),
        discharge_way: small(&extra("dscg_way")),
        admission_department: match extra("adm_dept_codg") {
            department if department.is_empty() => visit.department.clone(),
            department => department,
        },
        discharge_department: extra("dscg_dept_codg"),
        doctor: visit.doctor.clone(),
        programme: visit.disease.clone(),
        treatment_area: visit.treatment_area.clone(),
        insured_area: visit.coverage_area.clone(),
        total: sum(|settlement| settlement.total),
        fund_paid: sum(|settlement| settlement.fund_total),
        account_paid: sum(|settlement| settlement.account),
        cash_paid: sum(|settlement| settlement.cash),
        settlement: last.map(|settlement| settlement.id.clone()).unwrap_or_default(),
        settled_at: last.map(|settlement| settlement.at),
        reversed: live.is_empty()
            && of_visit().next().is_some()
            && !file.uploads_of(id).any(|one| one.settled_by.is_none()),
        diagnoses: diagnoses(&visit.diagnoses),
        lines: file.uploads_of(id).flat_map(|upload| &upload.charges).map(line).collect(),
        ..Visit::default()
    })
}

/// Once there are discharge diagnoses, they count.
fn diagnoses(kept: &[agency::Diagnosis]) -> Vec<Diagnosis> {
    let discharged = kept.iter().any(|diagnosis| diagnosis.at_discharge);
    let counted = kept.iter().filter(|diagnosis| diagnosis.at_discharge == discharged);
    let diagnosis = |known: &agency::Diagnosis| Diagnosis {
        code: known.code.clone(),
        main: known.main,
        kind: small(&known.kind),
        rank: small(&known.number),
    };
    counted.map(diagnosis).collect()
}

fn line(charge: &Charge) -> Line {
    let extra = |name: &str| text(&charge.extra, name);
    let doctor = match extra("bilg_dr_codg") {
        doctor if doctor.is_empty() => extra("orders_dr_code"),
        doctor => doctor,
    };
    Line {
        id: charge.number.clone(),
        current: false,
        item: charge.item.clone(),
        name: extra("medins_list_name"),
        at: charge.at,
        quantity: charge.quantity,
        price: charge.price,
        amount: charge.amount,
        prescription: extra("rxno"),
        doctor,
        billing_department: extra("bilg_dept_codg"),
        performing_department: extra("acord_dept_codg"),
        order: extra("drord_no"),
        route: extra("medc_way_dscr"),
        procedure: extra("oprn_oprt_code"),
        trace_codes: extra("drug_trac_codg"),
        in_scope: Some(charge.split.in_scope),
        refund_of: charge.refunds.clone(),
        list_type: small(&extra("list_type")),
        charge_type: small(&charge.split.category),
        supply_days: small(&extra("prd_days")),
        take_home: extra("dscg_tkdrug_flag") == "1",
        self_declared_unpayable: charge.approval == "2",
        piece_use: small(&extra("tcmdrug_used_way")),
        charge_level: small(&charge.split.class),
    }
}

fn text(extra: &BTreeMap<String, String>, name: &str) -> String {
    extra.get(name).cloned().unwrap_or_default()
}
