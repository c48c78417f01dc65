//! What an attachment would change, before anything is written.
//!
//! Every row read is added, changed, unchanged, a remark or rejected, and the counts add up. A changed
//! point never overwrites: a new version is added that supersedes the old one, whose validity ends
//! the day the new one begins (time-point method: an old line is judged by the old point).

use crate::attachment::{Attachment, AttachmentRow, RejectedRow};
use crate::fold::fold;
use crate::grid::ImportError;
use crate::point::{Knowledge, Point};
use crate::predicate::Predicate;
use crate::table::{CODE_COLUMNS, POINT_COLUMNS};
use crate::text::{Wording, derive};
use model::Day;
use rustc_hash::{FxHashMap, FxHashSet};
use sha2::{Digest as _, Sha256};
use std::fmt::Write as _;

/// What the publisher says of the batch, which the sheet itself does not.
#[derive(Debug, Clone)]
pub struct Release {
    /// Batch tag
    pub batch: String,
    /// When it was published
    pub published_on: Day,
    /// When its points begin to judge
    pub valid_from: Day,
}

/// A field that differs between the version in force and the new one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldChange {
    /// Name of the column
    pub field: &'static str,
    /// As it stands
    pub before: String,
    /// As it will be
    pub after: String,
}

/// What happens with one row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// No point of this name was in force.
    Added,
    /// A new version, field by field; it supersedes the point named.
    Changed {
        /// The point it supersedes
        old_id: String,
        /// What differs
        changes: Vec<FieldChange>,
    },
    /// The point named says the same.
    Unchanged {
        /// The point in force
        id: String,
    },
}

/// One row and what happens with it.
#[derive(Debug, Clone)]
pub struct Planned {
    /// The id it will have
    pub id: String,
    /// The row
    pub row: AttachmentRow,
    /// The predicate it will have
    pub predicate: String,
    /// What happens
    pub step: Step,
}

/// What an attachment would change.
#[derive(Debug, Clone)]
pub struct Plan {
    attachment: Attachment,
    release: Release,
    /// Every row that is taken, in the order of the sheet.
    pub rows: Vec<Planned>,
    /// Rows not taken.
    pub rejected: Vec<RejectedRow>,
}

/// The tables that a plan extends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tables {
    /// `points.csv`
    pub points: String,
    /// `codes.csv`
    pub codes: String,
    /// `batches.csv`
    pub batches: String,
}

impl Plan {
    /// Compares an attachment with what is in force on the day it begins to judge.
    #[must_use]
    pub fn against(knowledge: &Knowledge, attachment: Attachment, release: Release) -> Self {
        let mut in_force: FxHashMap<String, &Point> = FxHashMap::default();
        for point in &knowledge.points {
            if knowledge.text(point.rule_id) == attachment.class.rule_id
                && point.valid.until.is_none_or(|until| until > release.valid_from)
            {
                in_force.insert(key(knowledge.text(point.name), knowledge.codes_of(point)), point);
            }
        }
        let mut plan = Self { rejected: attachment.rejected.clone(), rows: Vec::new(), attachment, release };
        let mut seen = FxHashSet::default();
        for row in plan.attachment.rows.clone() {
            let key = key(&row.name, row.codes.iter().map(String::as_str));
            let old = in_force.get(&key).copied();
            if !seen.insert(key) {
                plan.reject(&row, "同一附件中出现了两次");
            } else if old
                .is_some_and(|old| old.valid.from >= plan.release.valid_from && plan.differs(knowledge, old, &row))
            {
                plan.reject(&row, "已有同日或更晚生效的另一版本，不能再替代它");
            } else if old.is_some_and(|old| old.predicate != Predicate::default()) && plan.predicate(&row).is_empty() {
                plan.reject(
                    &row,
                    "原知识点可执行，这一行却读不出限定条件，不予替代；请检查表头（逻辑依据、限定性别等列）与内容",
                );
            } else {
                let planned = plan.planned(knowledge, old, row);
                plan.rows.push(planned);
            }
        }
        plan
    }

    /// Added, changed, unchanged, remarks, rejected rows of the detail sheet: they add up to the rows read.
    #[must_use]
    pub fn counts(&self) -> [u32; 5] {
        let count = |is: fn(&Step) -> bool| self.rows.iter().filter(|row| is(&row.step)).count() as u32;
        let remarks = self.attachment.remarks.len() as u32;
        let added = count(|step| matches!(step, Step::Added));
        let changed = count(|step| matches!(step, Step::Changed { .. }));
        let unchanged = count(|step| matches!(step, Step::Unchanged { .. }));
        [added, changed, unchanged, remarks, self.attachment.read - added - changed - unchanged - remarks]
    }

    /// The ids that end the day the new versions begin.
    pub fn superseded(&self) -> impl Iterator<Item = &str> {
        self.rows.iter().filter_map(|row| match &row.step {
            Step::Changed { old_id, .. } => Some(old_id.as_str()),
            _ => None,
        })
    }

    /// The plan in Chinese, for reading before it is applied.
    #[must_use]
    pub fn report(&self) -> String {
        let [added, changed, unchanged, remarks, rejected] = self.counts();
        let mut out = String::new();
        // Writing into a String cannot fail.
        let _ = writeln!(
            out,
            "{}：{}（{}）",
            self.attachment.file, self.attachment.class.name, self.attachment.class.rule_id
        );
        let _ = writeln!(
            out,
            "读入 {} 行：新增 {added}，变更 {changed}（替代旧版 {changed}），不变 {unchanged}，说明 {remarks}，退回 {rejected}",
            self.attachment.read
        );
        for row in &self.rows {
            match &row.step {
                Step::Unchanged { .. } => {}
                Step::Added => {
                    let _ = writeln!(
                        out,
                        "  + {} {}（{} 个编码）{}",
                        row.id,
                        row.row.name,
                        row.row.codes.len(),
                        row.predicate
                    );
                }
                Step::Changed { old_id, changes } => {
                    let _ = writeln!(out, "  ~ {} {} 替代 {old_id}", row.id, row.row.name);
                    for change in changes {
                        let _ = writeln!(out, "      {}：{} → {}", change.field, change.before, change.after);
                    }
                }
            }
        }
        for row in &self.rejected {
            let _ = writeln!(
                out,
                "  ! 工作表“{}”第 {} 行 {}“{}”：{}",
                row.sheet, row.row, row.column, row.value, row.reason
            );
        }
        out
    }

    /// The tables with the plan carried out: rows appended, the old versions ended, the batch entered.
    ///
    /// # Errors
    /// A table cannot be read.
    pub fn apply(&self, tables: &Tables) -> Result<Tables, ImportError> {
        Ok(Tables {
            points: self.points(&tables.points)?,
            codes: self.codes(&tables.codes)?,
            batches: self.batches(&tables.batches)?,
        })
    }

    fn reject(&mut self, row: &AttachmentRow, reason: &str) {
        self.rejected.push(RejectedRow {
            sheet: String::new(),
            row: row.row,
            column: String::new(),
            value: row.name.clone(),
            reason: reason.to_owned(),
        });
    }

    fn differs(&self, knowledge: &Knowledge, old: &Point, row: &AttachmentRow) -> bool {
        !changes(knowledge, old, row, &self.predicate(row)).is_empty()
    }

    fn predicate(&self, row: &AttachmentRow) -> String {
        let wording =
            Wording { rule_id: self.attachment.class.rule_id, name: &row.name, text: &row.text, logic: &row.logic };
        // The attachment has been read with this very parser, so it cannot fail here.
        derive(wording, &row.given.parse::<Predicate>().unwrap_or_default()).0.to_string()
    }

    fn planned(&self, knowledge: &Knowledge, old: Option<&Point>, row: AttachmentRow) -> Planned {
        let predicate = self.predicate(&row);
        let step = match old {
            None => Step::Added,
            Some(old) => {
                let (id, changes) = (knowledge.text(old.id).to_owned(), changes(knowledge, old, &row, &predicate));
                if changes.is_empty() { Step::Unchanged { id } } else { Step::Changed { old_id: id, changes } }
            }
        };
        let seed =
            [self.attachment.class.rule_id, &self.release.batch, &row.name, &row.text, &row.codes.join(";")].join("\0");
        let digest = Sha256::digest(seed.as_bytes());
        let id = digest.iter().take(8).fold("KP-".to_owned(), |id, byte| format!("{id}{byte:02x}"));
        Planned { id, row, predicate, step }
    }

    fn taken(&self) -> impl Iterator<Item = &Planned> {
        self.rows.iter().filter(|row| !matches!(row.step, Step::Unchanged { .. }))
    }

    fn points(&self, table: &str) -> Result<String, ImportError> {
        let fault = |reason: String| ImportError::Tables { table: "points.csv", reason };
        let ended: FxHashSet<&str> = self.superseded().collect();
        let from = self.release.valid_from.to_string();
        let mut rows = rows_of(table, POINT_COLUMNS).map_err(fault)?;
        for row in &mut rows {
            if row.first().is_some_and(|id| ended.contains(id.as_str()))
                && let Some(until) = row.get_mut(9)
            {
                until.clone_from(&from);
            }
        }
        let class = self.attachment.class;
        for planned in self.taken() {
            let old = if let Step::Changed { old_id, .. } = &planned.step { old_id } else { "" };
            let (row, number) = (&planned.row, planned.row.row.to_string());
            let published = self.release.published_on.to_string();
            let cells: [&str; 15] = [
                &planned.id,
                class.rule_id,
                class.name,
                class.kind.word(),
                &row.name,
                &row.text,
                &row.logic,
                &planned.predicate,
                &from,
                "",
                &self.release.batch,
                &published,
                old,
                &self.attachment.file,
                &number,
            ];
            rows.push(cells.map(str::to_owned).to_vec());
        }
        written(POINT_COLUMNS, &rows).map_err(fault)
    }

    fn codes(&self, table: &str) -> Result<String, ImportError> {
        let fault = |reason: String| ImportError::Tables { table: "codes.csv", reason };
        let mut rows = rows_of(table, CODE_COLUMNS).map_err(fault)?;
        for planned in self.taken() {
            for (seq, code) in planned.row.codes.iter().enumerate() {
                rows.push(vec![planned.id.clone(), (seq + 1).to_string(), code.clone()]);
            }
        }
        written(CODE_COLUMNS, &rows).map_err(fault)
    }

    fn batches(&self, table: &str) -> Result<String, ImportError> {
        use crate::table::BATCH_COLUMNS;
        let fault = |reason: String| ImportError::Tables { table: "batches.csv", reason };
        let mut rows = rows_of(table, BATCH_COLUMNS).map_err(fault)?;
        let class = self.attachment.class.name;
        let known = rows
            .iter()
            .any(|row| row.first() == Some(&self.release.batch) && row.get(2).is_some_and(|name| name == class));
        if !known && self.taken().next().is_some() {
            let (published, from) = (self.release.published_on.to_string(), self.release.valid_from.to_string());
            let title = format!("{}（{class}）", self.release.batch);
            let cells = [&self.release.batch, &title, class, &published, &from, "", "由 yibao knowledge import 导入"];
            rows.push(cells.map(str::to_owned).to_vec());
        }
        written(BATCH_COLUMNS, &rows).map_err(fault)
    }
}

/// What makes two rows the same point: the folded name, and for services (where names repeat) the code.
fn key<'c>(name: &str, mut codes: impl Iterator<Item = &'c str>) -> String {
    let first = codes.next().unwrap_or_default();
    let service = first.len() == 15 && first.bytes().all(|byte| byte.is_ascii_digit());
    if service { format!("{}|{first}|{}", fold(name), codes.next().unwrap_or_default()) } else { fold(name) }
}

fn changes(knowledge: &Knowledge, old: &Point, row: &AttachmentRow, predicate: &str) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    let mut compare = |field, before: &str, after: &str| {
        if fold(before) != fold(after) {
            changes.push(FieldChange { field, before: before.to_owned(), after: after.to_owned() });
        }
    };
    compare("text", knowledge.text(old.text), &row.text);
    compare("logic", knowledge.text(old.logic), &row.logic);
    // The reviewed disease mapping is not part of the published row.
    let published = Predicate { diagnoses: None, excluded_diagnoses: None, ..old.predicate.clone() };
    compare("predicate", &published.to_string(), predicate);
    let (mut before, mut after): (Vec<&str>, Vec<&str>) =
        (knowledge.codes_of(old).collect(), row.codes.iter().map(String::as_str).collect());
    if knowledge.partners_of(old).len() == 0 {
        before.sort_unstable();
        after.sort_unstable();
    }
    if before != after {
        let gone = before.iter().filter(|code| !after.contains(code)).count();
        let new = after.iter().filter(|code| !before.contains(code)).count();
        let after = format!("{} 个编码（增 {new}，减 {gone}）", after.len());
        changes.push(FieldChange { field: "codes", before: format!("{} 个编码", before.len()), after });
    }
    changes
}

fn rows_of(table: &str, columns: &[&str]) -> Result<Vec<Vec<String>>, String> {
    let mut reader = csv::Reader::from_reader(table.trim_start_matches('\u{feff}').as_bytes());
    let header = reader.headers().map_err(|error| error.to_string())?;
    if !header.iter().eq(columns.iter().copied()) {
        return Err(format!("表头应为 {}", columns.join(",")));
    }
    reader
        .records()
        .map(|row| row.map(|row| row.iter().map(str::to_owned).collect()).map_err(|error| error.to_string()))
        .collect()
}

fn written(columns: &[&str], rows: &[Vec<String>]) -> Result<String, String> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
    writer.write_record(columns).map_err(|error| error.to_string())?;
    for row in rows {
        writer.write_record(row).map_err(|error| error.to_string())?;
    }
    let bytes = writer.into_inner().map_err(|error| error.to_string())?;
    String::from_utf8(bytes).map_err(|error| error.to_string())
}
