//! The tables of `knowledge/`: bytes in, [`Knowledge`] out, or every problem at once (I1).
//!
//! | file | rows |
//! |---|---|
//! | `batches.csv` | batch × rule class: title, when published, when in force |
//! | `points.csv` | published points |
//! | `codes.csv` | their codes |
//! | `code_sets.csv`, `mappings.csv` | reviewed diagnosis sets, and which point they serve (`mapping`) |
//! | `book/*.csv` | the 2025 book's points (`book`) |
//! | `derived/*.csv` | points derived here from official texts (`derived`) |
//! | `reviewed/RULE.csv` | lists reviewed here by hand from official texts (`local`) |
//! | `assumed/RULE.csv` | figures that the nation left to localities, assumed until one gives its own (`local`) |
//! | `local/RULE.csv`, `examples/RULE.csv` | a locality's own points; made-up ones (`local`) |
//!
//! Order of files does not matter (I8); a file that is not given is empty; a name that is not known is
//! a problem. Examples are loaded only on request; what is assumed of a rule gives way to `local/` for that rule.

use crate::class::class_of;
use crate::load::{Draft, Load};
use crate::point::{Knowledge, Source};
use crate::problem::{Problem, nearest};
use crate::sheet::{self, Problems, Row};
use crate::text::Wording;
use crate::{book, derived, local, mapping};
use model::{Day, Span};
use rustc_hash::FxHashMap;

/// The columns of `points.csv`.
pub const POINT_COLUMNS: &[&str] = &[
    "point_id",
    "rule_id",
    "rule_class",
    "item_kind",
    "name",
    "text",
    "logic",
    "predicate",
    "valid_from",
    "valid_until",
    "batch",
    "published_on",
    "supersedes",
    "source",
    "source_row",
];
/// The columns of `codes.csv`.
pub const CODE_COLUMNS: &[&str] = &["point_id", "seq", "code"];
/// The columns of `batches.csv`.
pub const BATCH_COLUMNS: &[&str] =
    &["batch", "title", "rule_class", "published_on", "in_force_from", "in_force_until", "reason"];

/// Folders whose tables are named after the rule that they serve.
const FOLDERS_BY_RULE: [&str; 4] = ["reviewed/", "assumed/", "local/", "examples/"];

/// A batch of one rule class.
#[derive(Debug, Clone)]
pub struct Batch {
    /// What it is called, without the list of its classes
    pub title: String,
    /// When it was published
    pub published_on: Option<Day>,
    /// When its points judge
    pub valid: Span,
}

/// Batches by tag, then rule class.
pub type Batches = FxHashMap<String, FxHashMap<String, Batch>>;

impl Knowledge {
    /// Reads every table but the examples.
    ///
    /// # Errors
    /// Every problem of every table, in the order of file and line; nothing is loaded then.
    pub fn read(files: &[(&str, &[u8])]) -> Result<Self, Vec<Problem>> {
        Self::read_sources(files, &[Source::Published, Source::Book, Source::Derived, Source::Assumed, Source::Local])
    }

    /// Reads the tables of these sources.
    ///
    /// # Errors
    /// As [`Knowledge::read`].
    pub fn read_sources(files: &[(&str, &[u8])], sources: &[Source]) -> Result<Self, Vec<Problem>> {
        let mut problems = Problems::new();
        let file = |name: &str| files.iter().find(|(known, _)| *known == name).map(|&(name, bytes)| (name, bytes));
        let lines = |name: &str| file(name).map_or(0, |(_, bytes)| bytes.iter().filter(|&&byte| byte == b'\n').count());
        let bytes = files.iter().map(|(_, bytes)| bytes.len()).sum();
        let mut load = Load::with_room(lines("points.csv"), lines("codes.csv"), bytes);
        check_names(files, &mut problems);
        let batches = file("batches.csv").map(|f| read_batches(f, &mut problems)).unwrap_or_default();
        if sources.contains(&Source::Published) {
            if let Some(points) = file("points.csv") {
                read_points(points, &batches, &mut load, &mut problems);
            }
            if let Some((name, bytes)) = file("codes.csv") {
                sheet::read(name, bytes, CODE_COLUMNS, &mut problems, |row, problems| load.link_row(row, problems));
            }
        }
        let mut sorted: Vec<(&str, &[u8])> = files.to_vec();
        sorted.sort_by_key(|(name, _)| *name);
        for (name, bytes) in sorted {
            match name.split_once('/') {
                Some(("book", table)) if sources.contains(&Source::Book) => {
                    book::read(table, (name, bytes), &batches, &mut load, &mut problems);
                }
                Some(("derived", table)) if sources.contains(&Source::Derived) => {
                    derived::read(table, (name, bytes), &mut load, &mut problems);
                }
                Some(("reviewed", _)) if sources.contains(&Source::Derived) => {
                    local::read(Source::Derived, (name, bytes), &mut load, &mut problems);
                }
                Some(("assumed", table)) if sources.contains(&Source::Assumed) => {
                    let given = file(&format!("local/{table}")).is_some() && sources.contains(&Source::Local);
                    if !given {
                        local::read(Source::Assumed, (name, bytes), &mut load, &mut problems);
                    }
                }
                Some(("local", _)) if sources.contains(&Source::Local) => {
                    local::read(Source::Local, (name, bytes), &mut load, &mut problems);
                }
                Some(("examples", _)) if sources.contains(&Source::Example) => {
                    local::read(Source::Example, (name, bytes), &mut load, &mut problems);
                }
                _ => {}
            }
        }
        mapping::read(file("code_sets.csv"), file("mappings.csv"), &mut load, &mut problems);
        load.finish(problems)
    }
}

fn check_names(files: &[(&str, &[u8])], problems: &mut Problems) {
    let known = || {
        ["batches.csv", "points.csv", "codes.csv", "code_sets.csv", "mappings.csv"]
            .into_iter()
            .chain(book::TABLES)
            .chain(derived::TABLES)
    };
    for (name, _) in files {
        let of_a_rule = FOLDERS_BY_RULE.iter().any(|folder| name.starts_with(folder)) && name.ends_with(".csv");
        if !of_a_rule && !known().any(|table| table == *name) {
            problems.push(Problem {
                file: (*name).to_owned(),
                line: 0,
                column: String::new(),
                value: String::new(),
                message: "不是知识库的表，请更名或移走".to_owned(),
                nearest: nearest(name, known()),
            });
        }
    }
}

fn read_batches((name, bytes): (&str, &[u8]), problems: &mut Problems) -> Batches {
    let mut batches = Batches::default();
    sheet::read(name, bytes, BATCH_COLUMNS, problems, |row, problems| {
        let title = row.get(1);
        let batch = Batch {
            title: title
                .split('（')
                .next()
                .filter(|short| !short.is_empty() && !title.starts_with('《'))
                .unwrap_or(title)
                .to_owned(),
            published_on: row.optional_day(3, problems),
            valid: span(row, 4, problems),
        };
        let classes = batches.entry(row.required(0, problems).to_owned()).or_default();
        if classes.insert(row.required(2, problems).to_owned(), batch).is_some() {
            problems.push(row.problem(2, "这一批次的这一类重复"));
        }
    });
    batches
}

/// Two neighbouring columns, from and until; an empty `from` is a problem.
pub fn span(row: &Row<'_>, from: usize, problems: &mut Problems) -> Span {
    let valid = Span { from: row.day(from, problems).unwrap_or_default(), until: row.optional_day(from + 1, problems) };
    if valid.until.is_some_and(|until| until <= valid.from) {
        problems.push(row.problem(from + 1, "不晚于开始日期，这条知识点永远不会生效"));
    }
    valid
}

fn read_points((name, bytes): (&str, &[u8]), batches: &Batches, load: &mut Load, problems: &mut Problems) {
    // Neighbouring rows mostly share their batch, class and dates.
    let mut last = LastRow::default();
    sheet::read(name, bytes, POINT_COLUMNS, problems, |row, problems| {
        let id = row.required(0, problems);
        let rule_id = row.get(1);
        let Some(class) = class_of(rule_id) else {
            let mut problem = row.problem(1, "不是有知识点的规则");
            problem.nearest = nearest(rule_id, crate::CLASSES.iter().map(|class| class.rule_id));
            return problems.push(problem);
        };
        if row.get(2) != class.name {
            let mut problem = row.problem(2, format!("与规则 {rule_id} 的类名“{}”不符", class.name));
            problem.nearest = nearest(row.get(2), crate::CLASSES.iter().map(|class| class.name));
            problems.push(problem);
        }
        if row.get(3) != class.kind.word() {
            problems.push(row.problem(3, format!("规则 {rule_id} 的对象应为 {}", class.kind.word())));
        }
        let Some(title) = batch_title(row, batches, class.name, problems) else { return };
        let valid = last.valid(row, problems);
        let draft = Draft {
            id,
            kind: class.kind,
            wording: Wording { rule_id, name: row.get(4), text: row.get(5), logic: row.get(6) },
            given: row.get(7),
            given_column: 7,
            valid,
            batch: row.get(10),
            source: Source::Published,
        };
        let Some(place) = load.point(&draft, row, problems) else { return };
        let published_on = last.published_on(row, problems);
        let supersedes = if row.get(12).is_empty() { crate::Str::default() } else { load.knowledge.keep(row.get(12)) };
        let basis = load.knowledge.keep_written(|out| write_basis(out, title, class.name, row));
        if let Some(point) = load.at(place) {
            (point.published_on, point.supersedes, point.basis) = (published_on, supersedes, basis);
        }
    });
}

/// «第一批知识点“药品区分性别使用”明细第2行（2025-05-23）»
fn write_basis(out: &mut String, title: &str, class: &str, row: &Row<'_>) {
    let row_number = row.get(14);
    let (before, behind) = if row_number.is_empty() { ("", "") } else { ("第", "行") };
    for part in [title, "“", class, "”明细", before, row_number, behind, "（", row.get(11), "）"] {
        out.push_str(part);
    }
}

fn batch_title<'b>(row: &Row<'_>, batches: &'b Batches, class: &str, problems: &mut Problems) -> Option<&'b str> {
    let Some(classes) = batches.get(row.get(10)) else {
        let mut problem = row.problem(10, "不是 batches.csv 中的批次");
        problem.nearest = nearest(row.get(10), batches.keys().map(String::as_str));
        problems.push(problem);
        return None;
    };
    let Some(batch) = classes.get(class) else {
        problems.push(row.problem(10, format!("这一批次在 batches.csv 中没有“{class}”")));
        return None;
    };
    Some(&batch.title)
}

/// Dates of the row before, so that a run of equal ones is parsed once.
#[derive(Default)]
struct LastRow {
    validity: String,
    valid: Option<Span>,
    published: String,
    published_on: Option<Day>,
}

impl LastRow {
    fn valid(&mut self, row: &Row<'_>, problems: &mut Problems) -> Span {
        let same = self.validity.split_once('/') == Some((row.get(8), row.get(9)));
        if let Some(valid) = self.valid.filter(|_| same) {
            return valid;
        }
        let before = problems.len();
        let valid = span(row, 8, problems);
        self.valid = (problems.len() == before).then_some(valid);
        self.validity = format!("{}/{}", row.get(8), row.get(9));
        valid
    }

    fn published_on(&mut self, row: &Row<'_>, problems: &mut Problems) -> Option<Day> {
        if self.published != row.get(11) || self.published_on.is_none() {
            self.published = row.get(11).to_owned();
            self.published_on = row.optional_day(11, problems);
        }
        self.published_on
    }
}
