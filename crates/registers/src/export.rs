//! The way out: a register as the file it could be imported from.
//!
//! Headers are the Chinese titles, days are ISO, CSV is UTF-8 with a mark so that Excel reads it. Cover is written as it is
//! believed now, agreements and eligibility by the state of the day; what they were before stays in the register.

use crate::columns::Kind;
use crate::coverage::believed;
use crate::known::Known;
use crate::table::FileFault;
use agency::{AgreementState, Coverage, CoverageState, Institution, Person, PractiseState, Profession, Service, Staff};
use model::Stamp;
use rust_xlsxwriter::Workbook;
use serde_json::Value;

/// Form of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// CSV.
    Csv,
    /// Excel.
    Xlsx,
}

/// Writes a register as known at a moment. Events are no register: asked for them, cover is written.
///
/// # Errors
/// The file cannot be made: more rows than a sheet holds.
pub fn write(kind: Kind, known: &Known, now: Stamp, format: Format) -> Result<Vec<u8>, FileFault> {
    let kind = if kind == Kind::Events { Kind::Coverage } else { kind };
    let mut rows: Vec<Vec<String>> = match kind {
        Kind::Persons => known.persons.values().map(person).collect(),
        Kind::Coverage | Kind::Events => {
            known.coverages.values().flat_map(|spells| believed(spells, now).map(spell)).collect()
        }
        Kind::Contributions => {
            known.contributions.iter().map(|((person, _), kept)| contribution(person, &kept.content)).collect()
        }
        Kind::Institutions => known.institutions.values().map(|one| institution(one, now)).collect(),
        Kind::Staff => known.staff.values().map(|one| member(one, now)).collect(),
    };
    rows.sort();
    let header: Vec<String> = kind.columns().iter().map(|column| column.title.to_owned()).collect();
    match format {
        Format::Csv => csv(&header, &rows),
        Format::Xlsx => workbook(kind, &header, &rows),
    }
}

fn csv(header: &[String], rows: &[Vec<String>]) -> Result<Vec<u8>, FileFault> {
    let mut writer = csv::Writer::from_writer(b"\xEF\xBB\xBF".to_vec());
    let failed = |error: &dyn std::fmt::Display| FileFault::new(format!("不能写出 CSV：{error}"), "请重试");
    for row in std::iter::once(header).chain(rows.iter().map(Vec::as_slice)) {
        writer.write_record(row).map_err(|error| failed(&error))?;
    }
    writer.into_inner().map_err(|error| failed(&error))
}

fn workbook(kind: Kind, header: &[String], rows: &[Vec<String>]) -> Result<Vec<u8>, FileFault> {
    let failed =
        |error: rust_xlsxwriter::XlsxError| FileFault::new(format!("不能写出 Excel：{error}"), "行数过多时请导出 CSV");
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.set_name(kind.title()).map_err(failed)?;
    let all = std::iter::once(header).chain(rows.iter().map(Vec::as_slice));
    for (row, cells) in (0_u32..).zip(all) {
        for (column, cell) in (0_u16..).zip(cells) {
            // Texts all: an identity number must not become a number.
            sheet.write_string(row, column, cell).map_err(failed)?;
        }
    }
    workbook.save_to_buffer().map_err(failed)
}

fn person(person: &Person) -> Vec<String> {
    let special: Vec<String> = person
        .special
        .iter()
        .map(|status| {
            let until = status.until.map_or_else(String::new, |until| format!(":{until}"));
            format!("{}:{}{until}", status.group, status.from)
        })
        .collect();
    vec![
        person.id.clone(),
        person.name.clone(),
        person.certificate_kind.clone(),
        person.certificate.clone(),
        person.sex.clone(),
        person.nation.clone(),
        person.born_on.to_string(),
        person.died_on.map_or_else(String::new, |day| day.to_string()),
        person.card.clone(),
        person.family.join(";"),
        special.join(";"),
    ]
}

fn flag(is: bool) -> String {
    String::from(if is { "1" } else { "0" })
}

fn spell(spell: &Coverage) -> Vec<String> {
    let state = match spell.state {
        CoverageState::Normal => "1",
        CoverageState::Paused => "2",
        CoverageState::Ended => "4",
    };
    vec![
        spell.person.clone(),
        spell.insurance.clone(),
        spell.person_kind.clone(),
        spell.area.clone(),
        state.to_owned(),
        flag(spell.civil_servant),
        spell.supplements.join(";"),
        spell.employer.clone(),
        spell.from.to_string(),
        spell.until.map_or_else(String::new, |day| day.to_string()),
        spell.months_before.to_string(),
    ]
}

fn contribution(person: &str, content: &str) -> Vec<String> {
    let content: Value = serde_json::from_str(content).unwrap_or_default();
    let text = |key: &str| content.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let cells = ["insutype", "period", "individual", "employer", "account_credit", "paid_on", "voucher_no"].map(text);
    std::iter::once(person.to_owned()).chain(cells).collect()
}

fn institution(one: &Institution, now: Stamp) -> Vec<String> {
    let services: Vec<&str> = one.services.iter().map(|service: &Service| service.label()).collect();
    let departments: Vec<String> =
        one.departments.iter().map(|d| format!("{}:{}:{}", d.code, d.name, d.discipline)).collect();
    let state = |state: AgreementState| match state {
        AgreementState::Applied => "applied",
        AgreementState::Trial => "trial",
        AgreementState::Signed => "signed",
        AgreementState::Paused => "paused",
        AgreementState::Exited => "exited",
    };
    let spell = one.agreement_on(now.day()).or_else(|| one.agreement.last());
    vec![
        one.code.clone(),
        one.name.clone(),
        one.area.clone(),
        one.kind.clone(),
        one.level.clone(),
        flag(one.community),
        one.credit_code.clone(),
        one.beds.to_string(),
        services.join(";"),
        departments.join(";"),
        spell.map_or("", |spell| state(spell.state)).to_owned(),
        spell.map_or_else(String::new, |spell| spell.from.to_string()),
        spell.map_or_else(String::new, |spell| spell.reason.clone()),
    ]
}

fn member(one: &Staff, now: Stamp) -> Vec<String> {
    let profession = match one.profession {
        Profession::Doctor => "doctor",
        Profession::Nurse => "nurse",
        Profession::Pharmacist => "pharmacist",
    };
    let state = |state: PractiseState| match state {
        PractiseState::Active => "active",
        PractiseState::Suspended => "suspended",
        PractiseState::Ended => "ended",
    };
    let spell = one.state_on(now.day()).or_else(|| one.states.last());
    vec![
        one.code.clone(),
        one.name.clone(),
        one.institution.clone(),
        profession.to_owned(),
        one.department.clone(),
        one.points_left.to_string(),
        spell.map_or("", |spell| state(spell.state)).to_owned(),
        spell.map_or_else(String::new, |spell| spell.from.to_string()),
        spell.map_or_else(String::new, |spell| spell.reason.clone()),
    ]
}
