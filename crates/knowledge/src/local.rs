//! Points in one plain form, a file a rule: lists reviewed here (`reviewed/RULE.csv`), assumed figures
//! (`assumed/RULE.csv`), a locality's own points (`local/RULE.csv`) and made-up ones that show the schema
//! (`examples/RULE.csv`).
//!
//! | column | meaning |
//! |---|---|
//! | `code` | item, diagnosis (prefix) or procedure code; several with `;` |
//! | `name` | what it is called here |
//! | `predicate` | what must hold (`predicate`); empty where being listed is the condition |
//! | `partner_code` | the other side of a pair; several with `;`; else empty |
//! | `valid_from`, `valid_until` | when it judges; the second may be empty |
//! | `basis` | document and article: required, for a finding must say what it rests on (I4) |
//!
//! Any rule can be given points: the file is named after it. Whether the rule exists is for the rule
//! library to say.

use crate::class::class_of;
use crate::load::{Draft, Load, Side};
use crate::point::{PointKind, Source};
use crate::sheet::{self, Problems, Row};
use crate::table::span;
use crate::text::Wording;

/// The columns of a local table.
pub const COLUMNS: &[&str] = &["code", "name", "predicate", "partner_code", "valid_from", "valid_until", "basis"];

/// Reads one table; its rule is its file name.
pub fn read(source: Source, (name, bytes): (&str, &[u8]), load: &mut Load, problems: &mut Problems) {
    let rule_id = name.rsplit('/').next().and_then(|file| file.strip_suffix(".csv")).unwrap_or_default();
    sheet::read(name, bytes, COLUMNS, problems, |row, problems| point(rule_id, source, row, load, problems));
}

fn point(rule_id: &str, source: Source, row: &Row<'_>, load: &mut Load, problems: &mut Problems) {
    let code = row.required(0, problems);
    let basis = row.required(6, problems);
    let valid = span(row, 4, problems);
    let kind = class_of(rule_id).map_or_else(|| PointKind::from_code(code), |class| class.kind);
    let (mark, batch) = match source {
        Source::Example => ("EX", "example"),
        Source::Assumed => ("ASSUMED", "assumed"),
        Source::Derived => ("YB", "derived"),
        _ => ("LOCAL", "local"),
    };
    let id = format!("{mark}-{rule_id}-{}", row.line);
    let draft = Draft {
        id: &id,
        kind,
        wording: Wording { rule_id, name: row.get(1), text: basis, logic: "" },
        given: row.get(2),
        given_column: 2,
        valid,
        batch,
        source,
    };
    let Some(place) = load.point(&draft, row, problems) else { return };
    if let Some(point) = load.at(place) {
        point.basis = point.text;
    }
    for (side, column) in [(Side::Subject, 0), (Side::Partner, 3)] {
        for code in row.get(column).split(';').map(str::trim).filter(|code| !code.is_empty()) {
            load.link(place, side, code);
        }
    }
}
