//! What is told of visits: their course, diagnoses, lines and settlements (5201–5205, 100001).

use super::catalogue::CatalogueEntry;
use super::persons::demographics;
use super::{lines, settle};
use crate::dictionary::Dictionaries;
use crate::output::Values;
use agency::{Coverage, Institution, Person, Settlement, Upload, Visit, VisitState};
use std::collections::HashMap;

pub(crate) fn settlement_told(
    settlement: &Settlement,
    person: &Person,
    visit: &Visit,
    institution: &Institution,
) -> Values {
    let cross = settlement.coverage_area != settlement.treatment_area;
    let same_province = settlement.coverage_area.get(..2) == settlement.treatment_area.get(..2);
    let info = settle::figures(settlement, person)
        .text("mdtrt_cert_type", &visit.certificate)
        .text("insu_optins", &settlement.coverage_area)
        .text(
            "pay_loc",
            if !cross {
                "2"
            } else if same_province {
                "3"
            } else {
                "4"
            },
        )
        .text("fixmedins_code", &institution.code)
        .text("fixmedins_name", &institution.name)
        .text("hosp_lv", &institution.level)
        .text("fixmedins_poolarea", &settlement.treatment_area)
        .day("begndate", visit.begun_at.day())
        .day("enddate", visit.ended_at.unwrap_or(settlement.at).day())
        .fen("psn_pay", settlement.person_total)
        .fen("cash_payamt", settlement.cash)
        .flag("refd_setl_flag", settlement.reverses.is_some())
        .text("year", settlement.law_on.civil().0.to_string())
        .text("dise_codg", &visit.disease)
        .stamp("opt_time", settlement.at);
    Values::new().object("setlinfo", info).list("setldetail", settle::details(settlement))
}

/// 100001: one item a fund, and the deductible.
pub(crate) fn policy_items(settlement: &Settlement) -> Values {
    let names = Dictionaries::get().named("fund_pay_type");
    let base = || {
        Values::new()
            .text("setlId", &settlement.id)
            .text("mdtrtId", &settlement.visit)
            .text("psnNo", &settlement.person)
    };
    let deductible = base()
        .text("polItemCode", "dedc")
        .text("polItemName", "起付线")
        .fen("selfPayAmt", settlement.deductible)
        .ratio("selfPayProp", 1_000_000)
        .fen("polItemPaySum", settlement.deductible);
    let funds = settlement.funds.iter().map(|fund| {
        base()
            .text("polItemCode", &fund.fund)
            .text("polItemName", names.and_then(|names| names.label(&fund.fund)).unwrap_or_default())
            .fen("selfPayAmt", fund.in_scope - fund.amount)
            .fen("fundPayAmt", fund.amount)
            .fen("polItemPaySum", fund.amount)
    });
    Values::new().list("result", std::iter::once(deductible).chain(funds).collect())
}

pub(crate) fn diagnoses(visit: &Visit) -> Vec<Values> {
    let row = |diagnosis: &agency::Diagnosis| {
        Values::new()
            .text("diag_info_id", format!("{}-{}", visit.id, diagnosis.number))
            .text("mdtrt_id", &visit.id)
            .text("psn_no", &visit.person)
            .text("inout_diag_type", if diagnosis.at_discharge { "2" } else { "1" })
            .text("diag_type", &diagnosis.kind)
            .flag("maindiag_flag", diagnosis.main)
            .text("diag_srt_no", &diagnosis.number)
            .text("diag_code", &diagnosis.code)
            .text("diag_name", &diagnosis.name)
            .or(diagnosis.extra.clone())
    };
    visit.diagnoses.iter().map(row).collect()
}

pub(crate) fn stay(person: &Person, visit: &Visit) -> Values {
    demographics(person, visit.begun_at.day())
        .text("mdtrt_id", &visit.id)
        .text("insutype", &visit.insurance)
        .day("begndate", visit.begun_at.day())
        .text("med_type", &visit.care)
        .text("ipt_otp_no", &visit.local_number)
        .flag("out_flag", visit.coverage_area != visit.treatment_area)
}

/// Lines with their splits, each with its visit.
pub(crate) fn charges(
    visits: &[Visit],
    uploads: &[Upload],
    items: &[CatalogueEntry],
    institutions: &[Institution],
) -> Vec<Values> {
    let items: HashMap<&str, &CatalogueEntry> = items.iter().map(|item| (item.code.as_str(), item)).collect();
    let mut rows = Vec::new();
    for upload in uploads {
        let visit = visits.iter().find(|visit| visit.id == upload.visit);
        for charge in &upload.charges {
            let mut row = lines::split(charge)
                .text("mdtrt_id", &upload.visit)
                .text("psn_no", &upload.person)
                .text("setl_id", upload.settled_by.clone().unwrap_or_default())
                .stamp("fee_ocur_time", charge.at)
                .text("hilist_code", &charge.item)
                .text("med_list_codg", &charge.item)
                .text("hosp_appr_flag", &charge.approval);
            for (from, to) in [("rxno", "rx_drord_no"), ("drord_no", "rx_drord_no")] {
                if let Some(number) = charge.extra.get(from) {
                    row = row.text(to, number);
                }
            }
            if let Some(visit) = visit {
                row = row.text("med_type", &visit.care).text("fixmedins_code", &visit.institution);
                if let Some(place) = institutions.iter().find(|known| known.code == visit.institution) {
                    row = row.text("fixmedins_name", &place.name);
                }
            }
            let mut row = row.or(charge.extra.clone());
            if let Some(item) = items.get(charge.item.as_str()) {
                // What the institution sent with the line comes before what the catalogue says.
                let named = [
                    ("hilist_name", &item.name),
                    ("medins_list_name", &item.name),
                    ("list_type", &item.kind),
                    ("spec", &item.specification),
                    ("dosform_name", &item.form),
                ];
                row = row.or(named.map(|(name, text)| (name.to_owned(), text.clone())));
            }
            rows.push(row);
        }
    }
    rows
}

/// Whether a visit is a stay that goes on.
pub(crate) const fn in_hospital(visit: &Visit) -> bool {
    matches!((visit.kind, visit.state), (agency::VisitKind::Inpatient, VisitState::Open))
}

/// 5201: a visit with its person.
pub(crate) fn visit_told(person: &Person, covers: &[Coverage], visit: &Visit) -> Values {
    let on = visit.begun_at.day();
    let cover = covers.iter().find(|cover| {
        cover.insurance == visit.insurance && cover.from <= on && cover.until.is_none_or(|until| on < until)
    });
    let main = visit.diagnoses.iter().rfind(|diagnosis| diagnosis.main).or_else(|| visit.diagnoses.last());
    let mut values = demographics(person, on)
        .text("mdtrt_id", &visit.id)
        .text("insutype", &visit.insurance)
        .text("insu_optins", &visit.coverage_area)
        .stamp("begntime", visit.begun_at)
        .text("mdtrt_cert_type", &visit.certificate)
        .text("med_type", &visit.care)
        .text("ipt_otp_no", &visit.local_number)
        .text("atddr_no", &visit.doctor)
        .text("adm_dept_codg", &visit.department)
        .text("adm_dept_name", &visit.department_name)
        .text("dise_codg", &visit.disease)
        .flag("inhosp_stas", in_hospital(visit));
    if let Some(ended_at) = visit.ended_at {
        values = values.stamp("endtime", ended_at).whole("ipt_days", i64::from(ended_at.day().0 - on.0).max(1));
    }
    if let Some(cover) = cover {
        values = values
            .text("psn_type", &cover.person_kind)
            .flag("cvlserv_flag", cover.civil_servant)
            .text("emp_name", &cover.employer);
    }
    if let Some(main) = main {
        values = values.text("dscg_maindiag_code", &main.code).text("dscg_maindiag_name", &main.name);
    }
    values.or(visit.extra.clone())
}
