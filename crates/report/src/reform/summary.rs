//! `summary.json`: every figure of the report, for machines. Money in yuan as decimal strings.

use super::ReformReport;
use super::rows::{class_name, month_name};
use crate::ReportError;
use model::Fen;
use serde_json::{Value, json};
use simulation::{Affected, PersonGroup, Sums};
use std::io::Write;

/// Writes `summary.json`.
pub fn write_reform_summary(report: &ReformReport<'_>, out: impl Write) -> Result<(), ReportError> {
    serde_json::to_writer_pretty(out, &summary(report))
        .map_err(|error| ReportError::File { path: "summary.json".into(), source: error.into() })
}

fn summary(report: &ReformReport<'_>) -> Value {
    let effects = report.effects;
    let funds = report.funds();
    let groups = report.groups().map(|(key, sums)| {
        let mut row = sums_of(sums);
        row["dimension"] = key.dimension.word().into();
        row["group"] = key.label().into();
        row
    });
    let months = effects.months.iter().map(|(month, sums)| {
        let mut row = sums_of(sums);
        row["month"] = month_name(*month).into();
        row
    });
    let person_groups = effects.person_groups.iter().map(|(key, group)| {
        let mut row = group_of(group);
        row["dimension"] = key.dimension.word().into();
        row["group"] = key.label().into();
        row
    });
    let classes = effects.persons.classes.iter().enumerate();
    let recorded = &effects.recorded;
    json!({
        "area": report.area, "area_name": report.area_name, "year": report.year, "reform": report.reform,
        "total": sums_of(&effects.total),
        "funds": funds.iter().map(|row| json!({
            "fund": row.word, "before": row.before.to_string(), "after": row.after.to_string(),
            "change": Fen(row.after.0 - row.before.0).to_string(),
        })).collect::<Vec<_>>(),
        "groups": groups.collect::<Vec<_>>(),
        "months": months.collect::<Vec<_>>(),
        "persons": {
            "all": group_of(&effects.persons.all),
            "groups": person_groups.collect::<Vec<_>>(),
            "classes": classes.map(|(class, persons)| json!({ "class": class_name(class), "persons": persons })).collect::<Vec<_>>(),
            "winners": effects.persons.winners.iter().map(affected).collect::<Vec<_>>(),
            "losers": effects.persons.losers.iter().map(affected).collect::<Vec<_>>(),
        },
        "baseline": {
            "unstable": effects.unstable,
            "recorded": { "settlements": recorded.settlements, "equal": recorded.equal,
                "recorded": Fen(recorded.recorded).to_string(), "computed": Fen(recorded.computed).to_string() },
        },
        "not_replayed": effects.not_replayed.iter().map(|(reason, count)| json!({ "reason": reason, "settlements": count })).collect::<Vec<_>>(),
        "left_out": report.left_out.iter().map(|(reason, count)| json!({ "reason": reason, "rows": count })).collect::<Vec<_>>(),
        "assumptions": effects.assumptions().map(|(text, count)| json!({ "assumption": text, "settlements": count })).collect::<Vec<_>>(),
        "intake": report.intake.iter().map(|table| json!({
            "table": table.table, "read": table.read, "accepted": table.accepted, "corrected": table.corrected, "rejected": table.rejected,
        })).collect::<Vec<_>>(),
        "receipt": report.receipt.iter().map(|(label, value)| ((*label).to_owned(), Value::from(value.as_str()))).collect::<serde_json::Map<_, _>>(),
    })
}

fn sums_of(sums: &Sums) -> Value {
    json!({
        "settlements": sums.settlements, "changed": sums.changed,
        "total": Fen(sums.total).to_string(), "in_scope": Fen(sums.in_scope).to_string(),
        "fund_before": Fen(sums.before).to_string(), "fund_after": Fen(sums.after).to_string(),
        "change": Fen(sums.change()).to_string(),
        "personal_before": Fen(sums.personal_before()).to_string(),
        "personal_after": Fen(sums.personal_after()).to_string(),
    })
}

fn group_of(group: &PersonGroup) -> Value {
    json!({
        "persons": group.persons, "winners": group.winners, "losers": group.losers,
        "gain": Fen(group.gain).to_string(), "loss": Fen(group.loss).to_string(),
    })
}

fn affected(person: &Affected) -> Value {
    json!({
        "change": Fen(person.change).to_string(), "before": Fen(person.before).to_string(),
        "after": Fen(person.after).to_string(), "age": person.age.label(), "income": person.income.label(),
        "settlements": person.settlements,
    })
}
