//! Points derived here from official texts (`derived/*.csv`); every row cites what it rests on.
//!
//! They exist because some classes have a rule and no published points, and the price book or the
//! classification itself says enough. They are marked [`Source::Derived`] and carry ids `YB-…`, so that
//! nobody takes them for published ones.

use crate::class::class_of;
use crate::load::{Draft, Load, Side};
use crate::point::Source;
use crate::predicate::Window;
use crate::sheet::{self, Problems, Row};
use crate::text::Wording;
use model::Span;

/// The tables of this module.
pub const TABLES: [&str; 7] = [
    "derived/diagnosis_age.csv",
    "derived/diagnosis_sex.csv",
    "derived/drug_interactions.csv",
    "derived/service_care_setting.csv",
    "derived/service_child.csv",
    "derived/service_indication.csv",
    "derived/service_neonate.csv",
];

/// What the six tables of one code a row have in common.
const COLUMNS: &[&str] = &["code", "name", "predicate", "basis", "valid_from"];
const INTERACTION_COLUMNS: &[&str] = &["point_id", "generic_name", "partner_names", "partner_codes", "basis"];

/// Reads one derived table.
pub fn read(table: &str, (name, bytes): (&str, &[u8]), load: &mut Load, problems: &mut Problems) {
    let rule_id = match table {
        "diagnosis_age.csv" => "dx-age-conflict",
        "diagnosis_sex.csv" => "dx-sex-conflict",
        "service_care_setting.csv" => "service-care-setting",
        "service_child.csv" => "service-child-payment-limit",
        "service_indication.csv" => "service-payment-indication",
        "service_neonate.csv" => "service-neonate-only",
        "drug_interactions.csv" => {
            return sheet::read(name, bytes, INTERACTION_COLUMNS, problems, |row, problems| {
                interaction(row, load, problems)
            });
        }
        _ => return,
    };
    sheet::read(name, bytes, COLUMNS, problems, |row, problems| point(rule_id, row, load, problems));
}

fn point(rule_id: &str, row: &Row<'_>, load: &mut Load, problems: &mut Problems) {
    let (Some(class), Some(from)) = (class_of(rule_id), row.day(4, problems)) else { return };
    let (code, basis) = (row.required(0, problems), row.required(3, problems));
    if row.required(2, problems).is_empty() {
        return;
    }
    let id = format!("YB-{rule_id}-{code}");
    let draft = Draft {
        id: &id,
        kind: class.kind,
        wording: Wording { rule_id, name: row.get(1), text: basis, logic: "" },
        given: row.get(2),
        given_column: 2,
        valid: Span { from, until: None },
        batch: "derived",
        source: Source::Derived,
    };
    let Some(place) = load.point(&draft, row, problems) else { return };
    if let Some(point) = load.at(place) {
        point.basis = point.text;
    }
    load.link(place, Side::Subject, code);
}

/// The partner drugs of an interaction of the book, found by name in the drug catalogue.
fn interaction(row: &Row<'_>, load: &mut Load, problems: &mut Problems) {
    let Some(place) = load.find(row.get(0)) else {
        return problems.push(row.problem(0, "没有这个编号的知识点，请核对 book/drug_safety.csv"));
    };
    let basis = row.required(4, problems);
    let basis = load.share(basis);
    if let Some(point) = load.at(place) {
        point.basis = basis;
        point.predicate.window = Some(Window::Visit);
    }
    for code in row.get(3).split(';').filter(|code| !code.is_empty()) {
        load.link(place, Side::Partner, code);
    }
}
