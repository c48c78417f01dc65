//! The points of the 2025 book (`book/*.csv`), one small schema a table.
//!
//! The book was extracted from print: texts can be cut off (`complete` = 0), and most drugs stand there
//! by name only. A cut text is unreadable, a name without codes is text-only; neither is repaired
//! here. Decoction pieces have no national codes either, but their claims carry the name: pairs are
//! kept as `name:三棱` × `name:玄明粉`, to be matched by folded name.

use crate::class::class_of;
use crate::fold::fold;
use crate::load::{Draft, Load, Side};
use crate::point::{Reason, Source, Status};
use crate::problem::nearest;
use crate::sheet::{self, Problems, Row};
use crate::table::{Batch, Batches};
use crate::text::Wording;

/// The tables of this module.
pub const TABLES: [&str; 10] = [
    "book/consumable_disease.csv",
    "book/diagnosis_age.csv",
    "book/diagnosis_sex.csv",
    "book/drug_safety.csv",
    "book/duplicate_class.csv",
    "book/procedure_diagnosis.csv",
    "book/procedure_sex.csv",
    "book/rejected.csv",
    "book/tcm_incompatible.csv",
    "book/tcm_incompatible_unresolved.csv",
];

const BATCH: &str = "book_2025";

/// One row, in the words that all tables share.
struct BookRow<'r> {
    rule_id: &'r str,
    name: &'r str,
    text: &'r str,
    given: String,
    given_column: usize,
    subjects: Vec<&'r str>,
    partners: Vec<&'r str>,
    cut_off: bool,
}

impl<'r> BookRow<'r> {
    const fn new(rule_id: &'r str, name: &'r str) -> Self {
        Self {
            rule_id,
            name,
            text: "",
            given: String::new(),
            given_column: 0,
            subjects: Vec::new(),
            partners: Vec::new(),
            cut_off: false,
        }
    }
}

/// Reads one table of the book.
pub fn read(table: &str, (name, bytes): (&str, &[u8]), batches: &Batches, load: &mut Load, problems: &mut Problems) {
    let columns: &'static [&'static str] = match table {
        "consumable_disease.csv" => &["point_id", "name", "disease_text"],
        "diagnosis_age.csv" => &["point_id", "code", "name", "age_group"],
        "diagnosis_sex.csv" => &["point_id", "code", "name", "sex"],
        "drug_safety.csv" => &["point_id", "rule_id", "generic_name", "text", "codes", "complete"],
        "duplicate_class.csv" => &["point_id", "generic_name", "group", "codes"],
        "procedure_diagnosis.csv" => &["point_id", "op_code", "op_name", "dx_code", "dx_name"],
        "procedure_sex.csv" => &["point_id", "code", "name", "sex", "in_catalogue"],
        "tcm_incompatible.csv" => &["point_id", "piece_a", "piece_b", "repaired", "source_text"],
        // What could not be used is kept beside the tables for the reader, not for the library.
        _ => return,
    };
    sheet::read(name, bytes, columns, problems, |row, problems| {
        let Some(read) = book_row(table, row, problems) else { return };
        add(&read, row, batches, load, problems);
    });
}

fn book_row<'r>(table: &str, row: &Row<'r>, problems: &mut Problems) -> Option<BookRow<'r>> {
    let with_code = |rule_id, name, code| BookRow { subjects: vec![code], ..BookRow::new(rule_id, name) };
    Some(match table {
        "consumable_disease.csv" => {
            BookRow { text: row.get(2), ..BookRow::new("consumable-disease-limit", row.get(1)) }
        }
        "diagnosis_age.csv" => {
            let given = age_group(row, problems)?.to_owned();
            BookRow { given, given_column: 3, ..with_code("dx-age-conflict", row.get(2), row.required(1, problems)) }
        }
        "diagnosis_sex.csv" | "procedure_sex.csv" => {
            let rule = if table == "diagnosis_sex.csv" { "dx-sex-conflict" } else { "procedure-sex-conflict" };
            let given = format!("sex={}", row.get(3));
            BookRow { given, given_column: 3, ..with_code(rule, row.get(2), row.required(1, problems)) }
        }
        "drug_safety.csv" => BookRow {
            text: row.get(3),
            subjects: codes(row.get(4)),
            cut_off: row.get(5) != "1",
            ..BookRow::new(row.get(1), row.get(2))
        },
        "duplicate_class.csv" => {
            let given = if row.get(2).is_empty() { String::new() } else { format!("group={}", row.get(2)) };
            BookRow {
                given,
                given_column: 2,
                subjects: codes(row.get(3)),
                ..BookRow::new("drug-duplicate-class", row.get(1))
            }
        }
        "procedure_diagnosis.csv" => BookRow {
            text: row.get(4),
            // A whitelist: the procedure is in order when one of its diagnoses is the main one.
            given: "window=visit".to_owned(),
            partners: vec![row.required(3, problems)],
            ..with_code("dx-procedure-mismatch", row.get(2), row.required(1, problems))
        },
        _ => BookRow {
            text: row.get(2),
            given: "window=prescription".to_owned(),
            subjects: vec![row.required(1, problems)],
            partners: vec![row.required(2, problems)],
            ..BookRow::new("tcm-incompatibility", row.get(1))
        },
    })
}

fn codes(list: &str) -> Vec<&str> {
    list.split(';').map(str::trim).filter(|code| !code.is_empty()).collect()
}

/// The book's words for ages. 幼年 and 婴幼儿 have no fixed end, so the wide one is taken.
fn age_group(row: &Row<'_>, problems: &mut Problems) -> Option<&'static str> {
    match row.get(3) {
        "新生儿" => Some("age=..29d"),
        "婴儿" => Some("age=..1y"),
        "婴幼儿" => Some("age=..4y"),
        "幼年" | "儿童" | "小儿" => Some("age=child"),
        "老年" => Some("age=60y.."),
        other => {
            let mut problem = row.problem(3, "不是已知的年龄组");
            problem.nearest = nearest(other, ["新生儿", "婴儿", "婴幼儿", "幼年", "儿童", "小儿", "老年"]);
            problems.push(problem);
            None
        }
    }
}

fn add(read: &BookRow<'_>, row: &Row<'_>, batches: &Batches, load: &mut Load, problems: &mut Problems) {
    let Some(class) = class_of(read.rule_id) else {
        let mut problem = row.problem(1, "不是有知识点的规则");
        problem.nearest = nearest(read.rule_id, crate::CLASSES.iter().map(|class| class.rule_id));
        return problems.push(problem);
    };
    let Some(batch) = batches.get(BATCH).and_then(|classes| classes.get(class.name)) else {
        return problems.push(row.problem(0, format!("batches.csv 的批次 {BATCH} 中没有“{}”，请补上", class.name)));
    };
    let draft = Draft {
        id: row.required(0, problems),
        kind: class.kind,
        wording: Wording {
            rule_id: read.rule_id,
            name: read.name,
            text: if read.cut_off { "" } else { read.text },
            logic: "",
        },
        given: &read.given,
        given_column: read.given_column,
        valid: batch.valid,
        batch: BATCH,
        source: Source::Book,
    };
    let Some(place) = load.point(&draft, row, problems) else { return };
    finish(place, read, batch, class.name, load);
}

fn finish(place: u32, read: &BookRow<'_>, batch: &Batch, class: &str, load: &mut Load) {
    let date = batch.published_on.map(|day| format!("（{day}）")).unwrap_or_default();
    let basis = load.share(&format!("{}“{class}”{date}", batch.title));
    // A cut text is shown, but was not read.
    let text = read.cut_off.then(|| load.knowledge.keep(read.text));
    if let Some(point) = load.at(place) {
        point.basis = basis;
        point.published_on = batch.published_on;
        point.text = text.unwrap_or(point.text);
        if read.cut_off {
            point.status = Status::TextOnly(Reason::Unreadable);
        } else if read.rule_id == "drug-duplicate-class" && read.subjects.is_empty() {
            // Neither class nor codes were published for these.
            point.status = Status::TextOnly(Reason::NoCode);
        }
    }
    let by_name = read.rule_id == "tcm-incompatibility";
    for (side, codes) in [(Side::Subject, &read.subjects), (Side::Partner, &read.partners)] {
        for code in codes {
            if by_name {
                load.link(place, side, &format!("name:{}", fold(code)));
            } else {
                load.link(place, side, code);
            }
        }
    }
}
