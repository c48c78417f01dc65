//! Records as the `output` of a question.

use super::answers::{Answer, Kept};
use super::catalogue::{CatalogueEntry, page_row};
use super::{persons, statement, visits};
use crate::dictionary::Dictionaries;
use crate::output::{Shape, Values, write_output};
use crate::profile::Profile;
use crate::request::Request;
use agency::{Department, Document, Institution, Profession, Staff};

/// The `output` of a question.
#[must_use]
pub fn told(request: &Request, answer: &Answer, profile: &Profile) -> String {
    let infno = request.transaction.infno;
    let values = match answer {
        Answer::Person { person, token, .. } if infno == "1162" => persons::voucher(person, token),
        Answer::Person { person, covers, account, on, .. } => persons::identity(person, covers, account, *on),
        Answer::Institutions(all) => Values::new().list("medinsinfo", all.iter().map(institution).collect()),
        Answer::Entitlements { person, rows } => {
            Values::new().list("trtinfo", rows.iter().map(|row| persons::entitlement(person, row)).collect())
        }
        Answer::Settlements(settlements) => statement::totals(request, settlements, profile),
        Answer::Settlement { settlement, .. } if infno == "100001" => visits::policy_items(settlement),
        Answer::Settlement { settlement, person, visit, institution } => {
            visits::settlement_told(settlement, person, visit, institution)
        }
        Answer::Visits { person, covers, visits } => match infno {
            "5202" => Values::new().list("diseinfo", visits.iter().flat_map(visits::diagnoses).collect()),
            "5303" => Values::new().list("data", visits.iter().map(|visit| visits::stay(person, visit)).collect()),
            _ => Values::new()
                .list("mdtrtinfo", visits.iter().map(|visit| visits::visit_told(person, covers, visit)).collect()),
        },
        Answer::Charges { visits, uploads, items, institutions } => {
            let node = if infno == "5204" { "" } else { "feedetail" };
            Values::new().list(node, visits::charges(visits, uploads, items, institutions))
        }
        Answer::Accumulators(all) => Values::new().list("cuminfo", all.iter().map(persons::accumulator).collect()),
        Answer::Filings { person, filings } => persons::filings_told(infno, person, filings),
        Answer::Departments { registered, filed } => Values::new().list("feedetail", departments(registered, filed)),
        Answer::Staff(all) => Values::new().list("feedetail", all.iter().map(staff).collect()),
        Answer::Documents(all) => documents(request, all),
        Answer::Nothing => dictionary(request.only("data").text("type")),
        Answer::File(kept) => file(request, kept),
        Answer::Page { rows, total } => page(request, rows, *total),
        Answer::SignedIn { at, number } => {
            Values::new().object("signinoutb", Values::new().stamp("sign_time", *at).text("sign_no", number))
        }
        Answer::SignedOut { at } => Values::new().object("sign_time", Values::new().stamp("sign_time", *at)),
    };
    let single = profile.single_object.iter().any(|known| known == infno);
    write_output(request.transaction, &values, if single { Shape::Single } else { Shape::Declared })
}

fn institution(institution: &Institution) -> Values {
    Values::new()
        .text("fixmedins_code", &institution.code)
        .text("fixmedins_name", &institution.name)
        .text("uscc", &institution.credit_code)
        .text("fixmedins_type", if institution.is_pharmacy() { "2" } else { "1" })
        .text("hosp_lv", &institution.level)
}

/// 5101: a department as it was filed (3401), or as the register has it.
fn departments(registered: &[Department], filed: &[Document]) -> Vec<Values> {
    let filed: Vec<&Document> = filed.iter().filter(|document| !document.deleted).collect();
    let known = |code: &str| filed.iter().any(|document| document.key == code);
    let of_register = registered.iter().filter(|department| !known(&department.code)).map(|department| {
        Values::new()
            .text("hosp_dept_codg", &department.code)
            .text("hosp_dept_name", &department.name)
            .text("caty", &department.discipline)
    });
    of_register.chain(filed.iter().map(|document| Values::new().or(texts(&document.content)))).collect()
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
            let key = Values::new().text("setl_id", &document.key);
            let key = if child.name == "setlinfo" {
                key.text("setl_list_sn", &document.key).text("stas_type", &document.state)
            } else {
                key
            };
            key.or(texts_of(row))
        };
        values = values.list(child.name, rows.iter().map(row).collect());
    }
    values
}

/// The texts of a document's content, by wire name.
pub(crate) fn texts(content: &str) -> Vec<(String, String)> {
    texts_of(&serde_json::from_str(content).unwrap_or_default())
}

fn texts_of(row: &serde_json::Value) -> Vec<(String, String)> {
    let fields = row.as_object().into_iter().flatten();
    fields.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
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

fn file(request: &Request, kept: &Kept) -> Values {
    let rows = i64::try_from(kept.rows).unwrap_or(i64::MAX);
    let values = Values::new().text("file_qury_no", &kept.number).text("filename", &kept.filename);
    match request.transaction.infno {
        "3202" => Values::new().object("fileinfo", values.stamp("dld_endtime", kept.until)),
        "9101" => values.text("fixmedins_code", &request.envelope.institution).stamp("dld_endtime", kept.until),
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
