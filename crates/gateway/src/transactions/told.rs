//! Records as the `output` of a question.

use super::catalogue::{CatalogueEntry, page_row};
use super::questions::{Answer, Entitlement, Kept};
use super::{care, lines, settle, statement};
use crate::dictionary::Dictionaries;
use crate::output::{Shape, Values, write_output};
use crate::profile::Profile;
use crate::request::Request;
use agency::{
    AccountState, Accumulator, Coverage, CoverageState, Department, Document, Filing, Institution, Person, Profession,
    Settlement, Staff, Upload, Visit, VisitState,
};
use model::{Age, Day};

/// The `output` of a question.
#[must_use]
pub fn told(request: &Request, answer: &Answer, profile: &Profile) -> String {
    let infno = request.transaction.infno;
    let values = match answer {
        Answer::Person { person, token, .. } if infno == "1162" => voucher(person, token),
        Answer::Person { person, covers, account, on, .. } => identity(person, covers, account, *on),
        Answer::Institutions(all) => Values::new().list("medinsinfo", all.iter().map(institution).collect()),
        Answer::Entitlements { person, rows } => {
            Values::new().list("trtinfo", rows.iter().map(|row| entitlement(person, row)).collect())
        }
        Answer::Settlements(settlements) => statement::totals(request, settlements, profile),
        Answer::Settlement { settlement, .. } if infno == "100001" => policy_items(settlement),
        Answer::Settlement { settlement, person, visit, institution } => {
            settlement_told(settlement, person, visit, institution)
        }
        Answer::Visits { person, covers, visits } => match infno {
            "5202" => Values::new().list("diseinfo", visits.iter().flat_map(diagnoses).collect()),
            "5303" => Values::new().list("data", visits.iter().map(|visit| stay(person, visit)).collect()),
            _ => {
                Values::new().list("mdtrtinfo", visits.iter().map(|visit| care::told(person, covers, visit)).collect())
            }
        },
        Answer::Charges { visits, uploads } => {
            let node = if infno == "5204" { "" } else { "feedetail" };
            Values::new().list(node, charges(visits, uploads))
        }
        Answer::Accumulators(all) => Values::new().list("cuminfo", all.iter().map(accumulator).collect()),
        Answer::Filings { person, filings } => filings_told(infno, person, filings),
        Answer::Departments(all) => Values::new().list("feedetail", all.iter().map(department).collect()),
        Answer::Staff(all) => Values::new().list("feedetail", all.iter().map(staff).collect()),
        Answer::Documents(all) => documents(request, all),
        Answer::Nothing => dictionary(request.only("data").text("type")),
        Answer::File(kept) => file(infno, kept),
        Answer::Page { rows, total } => page(request, rows, *total),
        Answer::SignedIn { at, number } => {
            Values::new().object("signinoutb", Values::new().stamp("sign_time", *at).text("sign_no", number))
        }
        Answer::SignedOut { at } => Values::new().object("sign_time", Values::new().stamp("sign_time", *at)),
    };
    let single = profile.single_object.iter().any(|known| known == infno);
    write_output(request.transaction, &values, if single { Shape::Single } else { Shape::Declared })
}

fn identity(person: &Person, covers: &[Coverage], account: &AccountState, on: Day) -> Values {
    let base = demographics(person, on).text("psn_no", &person.id);
    let cover = |cover: &Coverage| {
        let state = match cover.state {
            CoverageState::Normal if cover.until.is_none_or(|until| on < until) => "1",
            CoverageState::Paused => "2",
            CoverageState::Normal | CoverageState::Ended => "4",
        };
        let values = Values::new()
            .fen("balc", if cover.insurance == "310" { account.balance } else { model::Fen::ZERO })
            .text("insutype", &cover.insurance)
            .text("psn_type", &cover.person_kind)
            .text("psn_insu_stas", state)
            .day("psn_insu_date", cover.from)
            .flag("cvlserv_flag", cover.civil_servant)
            .text("insuplc_admdvs", &cover.area)
            .text("emp_name", &cover.employer);
        if state == "2" { values.day("paus_insu_date", cover.from) } else { values }
    };
    let special = person.special.iter().map(|status| {
        let values = Values::new().text("psn_idet_type", &status.code).stamp("begntime", status.from.start());
        status.until.map_or_else(|| values.clone(), |until| values.clone().stamp("endtime", until.start()))
    });
    Values::new()
        .object("baseinfo", base)
        .list("insuinfo", covers.iter().map(cover).collect())
        .list("idetinfo", special.collect())
}

/// What replies repeat of a person.
pub(crate) fn demographics(person: &Person, on: Day) -> Values {
    Values::new()
        .text("psn_no", &person.id)
        .text("psn_cert_type", &person.certificate_kind)
        .text("certno", &person.certificate)
        .text("psn_name", &person.name)
        .text("gend", &person.sex)
        .text("naty", &person.nation)
        .day("brdy", person.born_on)
        .text("age", format!("{}.0", Age::on(person.born_on, on).years.max(0)))
}

fn voucher(person: &Person, token: &str) -> Values {
    Values::new()
        .text("psn_cert_type", &person.certificate_kind)
        .text("certno", &person.certificate)
        .text("psn_name", &person.name)
        .text("cardno", &person.card)
        .text("ecToken", token)
}

fn institution(institution: &Institution) -> Values {
    Values::new()
        .text("fixmedins_code", &institution.code)
        .text("fixmedins_name", &institution.name)
        .text("uscc", &institution.credit_code)
        .text("fixmedins_type", if institution.is_pharmacy() { "2" } else { "1" })
        .text("hosp_lv", &institution.level)
}

fn entitlement(person: &str, row: &Entitlement) -> Values {
    let values = Values::new()
        .text("psn_no", person)
        .text("trt_chk_type", "01")
        .text("fund_pay_type", &row.fund)
        .flag("trt_enjymnt_flag", row.refused.is_none())
        .day("begndate", row.from)
        .text("trt_chk_rslt", row.refused.clone().unwrap_or_default());
    row.until.map_or_else(|| values.clone(), |until| values.clone().day("enddate", until))
}

fn settlement_told(settlement: &Settlement, person: &Person, visit: &Visit, institution: &Institution) -> Values {
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
fn policy_items(settlement: &Settlement) -> Values {
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

fn diagnoses(visit: &Visit) -> Vec<Values> {
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

fn stay(person: &Person, visit: &Visit) -> Values {
    demographics(person, visit.begun_at.day())
        .text("mdtrt_id", &visit.id)
        .text("insutype", &visit.insurance)
        .day("begndate", visit.begun_at.day())
        .text("med_type", &visit.care)
        .text("ipt_otp_no", &visit.local_number)
        .flag("out_flag", visit.coverage_area != visit.treatment_area)
}

/// Lines with their splits, each with its visit.
fn charges(visits: &[Visit], uploads: &[Upload]) -> Vec<Values> {
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
            }
            rows.push(row.or(charge.extra.clone()));
        }
    }
    rows
}

fn accumulator(used: &Accumulator) -> Values {
    let values = Values::new()
        .text("insutype", &used.insurance)
        .text("year", used.year.to_string())
        .text("cum_ym", format!("{}12", used.year))
        .text("cum_type_code", &used.key);
    if used.key == "admissions" { values.whole("cum", used.value) } else { values.fen("cum", model::Fen(used.value)) }
}

fn filings_told(infno: &str, person: &Person, filings: &[Filing]) -> Values {
    let row = |filing: &Filing| {
        let values = match infno {
            "5301" => Values::new().text("opsp_dise_code", &filing.code).text("opsp_dise_name", &filing.name),
            "5302" => Values::new()
                .text("psn_no", &filing.person)
                .text("insutype", &filing.insurance)
                .text("fixmedins_code", &filing.institution)
                .text("fixmedins_name", &filing.name),
            _ => demographics(person, filing.from)
                .text("insutype", &filing.insurance)
                .text("dcla_souc", "01")
                .text("reflin_medins_no", &filing.institution)
                .text("reflin_medins_name", &filing.name)
                .day("refl_date", filing.from)
                .stamp("opt_time", filing.filed_at),
        };
        let values = values.day("begndate", filing.from);
        let values = filing.until.map_or_else(|| values.clone(), |until| values.clone().day("enddate", until));
        if infno == "5301" { values } else { values.or(filing.extra.clone()) }
    };
    let node = match infno {
        "5301" => "feedetail",
        "5302" => "psnfixmedin",
        _ => "refmedin",
    };
    Values::new().list(node, filings.iter().map(row).collect())
}

fn department(department: &Department) -> Values {
    Values::new()
        .text("hosp_dept_codg", &department.code)
        .text("hosp_dept_name", &department.name)
        .text("caty", &department.discipline)
}

fn staff(staff: &Staff) -> Values {
    let state = staff.states.last();
    let values = Values::new()
        .text("prac_psn_no", &staff.code)
        .text("prac_psn_code", &staff.code)
        .text("prac_psn_name", &staff.name)
        .text(
            "prac_psn_type",
            match staff.profession {
                Profession::Doctor => "1",
                Profession::Nurse => "2",
                Profession::Pharmacist => "3",
            },
        )
        .flag("hi_dr_flag", state.is_none_or(|state| state.state == agency::PractiseState::Active))
        .text("chg_rea", state.map(|state| state.reason.clone()).unwrap_or_default());
    let values = state.map_or_else(|| values.clone(), |state| values.clone().stamp("begntime", state.from.start()));
    match state.and_then(|state| state.until) {
        Some(until) => values.stamp("endtime", until.start()),
        None => values,
    }
}

/// 4103: the nodes of the list as they were sent, with where it stands.
fn documents(request: &Request, documents: &[Document]) -> Values {
    let mut values = Values::new();
    let Some(document) = documents.first() else { return values };
    let content: serde_json::Value = serde_json::from_str(&document.content).unwrap_or_default();
    for child in &request.transaction.response.children {
        let rows = content.get(child.name).and_then(serde_json::Value::as_array).cloned().unwrap_or_default();
        let row = |row: &serde_json::Value| {
            let fields = row.as_object().into_iter().flatten();
            let texts = fields.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())));
            let key = Values::new().text("setl_id", &document.key);
            let key = if child.name == "setlinfo" {
                key.text("setl_list_sn", &document.key).text("stas_type", &document.state)
            } else {
                key
            };
            key.or(texts)
        };
        values = values.list(child.name, rows.iter().map(row).collect());
    }
    values
}

/// Day of the edition whose codes come first (Hunan V1.1.27).
const DICTIONARY_EDITION: &str = "2024-10-01";

fn dictionary(name: &str) -> Values {
    let table = Dictionaries::get().named(name);
    let rows = table.into_iter().flat_map(|table| table.codes().enumerate()).map(|(index, (code, label))| {
        Values::new()
            .text("type", name)
            .text("label", label)
            .text("value", code)
            .whole("sort", i64::try_from(index + 1).unwrap_or(0))
            .text("valiFlag", "1")
            .text("parentValue", name)
            .text("createUser", "national")
            .text("createDate", DICTIONARY_EDITION)
            .text("version", "1")
    });
    Values::new().list("list", rows.collect())
}

fn file(infno: &str, kept: &Kept) -> Values {
    let rows = i64::try_from(kept.rows).unwrap_or(i64::MAX);
    let values = Values::new().text("file_qury_no", &kept.number).text("filename", &kept.filename);
    match infno {
        "3202" => Values::new().object("fileinfo", values.stamp("dld_endtime", kept.until)),
        "9101" => values.stamp("dld_endtime", kept.until),
        _ => values.stamp("dld_end_time", kept.until).whole("data_cnt", rows),
    }
}

fn page(request: &Request, rows: &[CatalogueEntry], total: usize) -> Values {
    let data = request.only("data");
    let number = |value: usize| i64::try_from(value).unwrap_or(i64::MAX);
    let page = data.whole("page_num").unwrap_or(1).max(1);
    let size = data.whole("page_size").unwrap_or(100).max(1);
    let pages = (number(total) + size - 1) / size;
    let node = request.transaction.response.child("data");
    Values::new()
        .truth("firstPage", page <= 1)
        .truth("lastPage", page >= pages)
        .whole("size", number(rows.len()))
        .whole("startRow", (page - 1).saturating_mul(size).saturating_add(1))
        .whole("pageSize", size)
        .whole("pageNum", page)
        .whole("recordCounts", number(total))
        .whole("pages", pages)
        .list("data", rows.iter().filter_map(|entry| Some(page_row(node?, entry))).collect())
}

/// Whether a visit is a stay that goes on.
pub(crate) const fn in_hospital(visit: &Visit) -> bool {
    matches!((visit.kind, visit.state), (agency::VisitKind::Inpatient, VisitState::Open))
}
