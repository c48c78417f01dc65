//! The figures as CSV tables, one file a question.

use super::ReformReport;
use super::rows::{class_name, month_name};
use crate::ReportError;
use model::Fen;
use simulation::Sums;
use std::path::Path;

const SUMS: [&str; 9] = [
    "settlements",
    "changed",
    "total",
    "in_scope",
    "fund_before",
    "fund_after",
    "change",
    "personal_before",
    "personal_after",
];

/// Writes `funds.csv`, `groups.csv`, `months.csv`, `institutions.csv`, `persons.csv`, `most_affected.csv`, `not_replayed.csv`.
pub fn write_reform_tables(report: &ReformReport<'_>, out: &Path) -> Result<(), ReportError> {
    let effects = report.effects;
    let funds = report.funds();
    let rows = funds.iter().map(|row| {
        let change = Fen(row.after.0 - row.before.0);
        vec![row.word.into(), row.title.into(), row.before.to_string(), row.after.to_string(), change.to_string()]
    });
    write(out, "funds.csv", &["fund", "name", "before", "after", "change"], rows)?;
    let rows = report.groups().map(|(key, sums)| with(&[key.dimension.word(), key.label()], sums));
    write(out, "groups.csv", &head(&["dimension", "group"]), rows)?;
    let rows = effects.months.iter().map(|(month, sums)| with(&[&month_name(*month)], sums));
    write(out, "months.csv", &head(&["month"]), rows)?;
    let institutions = report.institution_rows();
    let rows = institutions.iter().map(|row| with(&[row.code, row.name, row.level], &row.sums));
    write(out, "institutions.csv", &head(&["fixmedins_code", "fixmedins_name", "level"]), rows)?;
    let rows = effects.persons.classes.iter().enumerate();
    let rows = rows.map(|(class, persons)| vec![class_name(class), persons.to_string()]);
    write(out, "persons.csv", &["class", "persons"], rows)?;
    let sides = [("winner", &effects.persons.winners), ("loser", &effects.persons.losers)];
    let rows = sides.iter().flat_map(|(side, list)| {
        (1..).zip(list.iter()).map(move |(place, one): (u32, _)| {
            vec![
                (*side).to_owned(),
                place.to_string(),
                one.age.label().to_owned(),
                one.income.label().to_owned(),
                one.settlements.to_string(),
                Fen(one.before).to_string(),
                Fen(one.after).to_string(),
                Fen(one.change).to_string(),
            ]
        })
    });
    let names = ["side", "place", "age_band", "income", "settlements", "personal_before", "personal_after", "change"];
    write(out, "most_affected.csv", &names, rows)?;
    let rows = effects.not_replayed.iter().map(|(reason, count)| vec![reason.clone(), count.to_string()]);
    write(out, "not_replayed.csv", &["reason", "settlements"], rows)
}

fn head<'a>(first: &[&'a str]) -> Vec<&'a str> {
    first.iter().copied().chain(SUMS).collect()
}

fn with(first: &[&str], sums: &Sums) -> Vec<String> {
    let money = [sums.total, sums.in_scope, sums.before, sums.after, sums.change()];
    let personal = [sums.personal_before(), sums.personal_after()];
    let counts = [sums.settlements.to_string(), sums.changed.to_string()];
    let amounts = money.into_iter().chain(personal).map(|fen| Fen(fen).to_string());
    first.iter().map(|text| (*text).to_owned()).chain(counts).chain(amounts).collect()
}

fn write(out: &Path, name: &str, head: &[&str], rows: impl Iterator<Item = Vec<String>>) -> Result<(), ReportError> {
    let path = out.join(name);
    let failed = |error: csv::Error| ReportError::File { path: path.clone(), source: std::io::Error::other(error) };
    let mut writer = csv::Writer::from_path(&path).map_err(failed)?;
    writer.write_record(head).map_err(failed)?;
    for row in rows {
        writer.write_record(row).map_err(failed)?;
    }
    writer.flush().map_err(|source| ReportError::File { path: path.clone(), source })
}
