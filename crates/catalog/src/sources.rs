//! `SOURCES.toml`: where each table comes from and on which days it holds (I4).
//!
//! A table without a source is refused: what cannot be traced must not decide anything.

use crate::problem::Problem;
use crate::tables::{SOURCES_FILE, known_files};
use model::nearest;
use model::{Day, Span};
use serde::{Deserialize, Serialize};

/// The origin of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// File name.
    pub file: String,
    /// Title in Chinese.
    pub title: String,
    /// Document, repository or announcement it was taken from.
    pub source: String,
    /// Edition.
    pub edition: String,
    /// The days on which it holds; the end is not included.
    pub valid: Span,
    /// Where it holds: division code prefixes (`61` is Shaanxi). Empty for a national table.
    pub areas: Vec<String>,
    /// Terms under which it may be passed on.
    pub licence: String,
    /// Remarks.
    pub note: String,
    /// Rows that the file must have, when stated.
    pub rows: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    table: Vec<toml::Spanned<Draft>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Draft {
    file: String,
    title: String,
    source: String,
    #[serde(default)]
    edition: String,
    valid_from: String,
    valid_until: Option<String>,
    #[serde(default)]
    areas: Vec<String>,
    #[serde(default)]
    licence: String,
    #[serde(default)]
    note: String,
    rows: Option<u32>,
}

/// Reads the file; entries with faults are left out and reported.
pub(crate) fn read_sources(bytes: &[u8], problems: &mut Vec<Problem>) -> Vec<Source> {
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.strip_prefix('\u{FEFF}').unwrap_or(text),
        Err(_) => {
            problems.push(Problem::of_file(SOURCES_FILE, "不是 UTF-8 文本", "请用 UTF-8 编码另存"));
            return Vec::new();
        }
    };
    let document: Document = match toml::from_str(text) {
        Ok(document) => document,
        Err(error) => {
            let what = format!("不能解析：{}", error.message());
            let mut problem = Problem::of_file(SOURCES_FILE, what, "请按 [[table]] 的格式改正");
            problem.line = error.span().map_or(0, |span| line_at(text, span.start));
            problems.push(problem);
            return Vec::new();
        }
    };
    let mut sources: Vec<Source> = Vec::new();
    for spanned in document.table {
        let line = line_at(text, spanned.span().start);
        let draft = spanned.into_inner();
        let mut fault = |column: &str, value: &str, what: &str, remedy: String| {
            problems.push(Problem {
                file: SOURCES_FILE.to_owned(),
                line,
                column: column.to_owned(),
                value: value.to_owned(),
                what: what.to_owned(),
                remedy,
            });
        };
        if sources.iter().any(|known| known.file == draft.file) {
            fault("file", &draft.file, "同一个文件写了两次来源", "请只保留一处".to_owned());
            continue;
        }
        if !known_files().any(|known| known == draft.file) {
            // Tables that other crates read may be listed here too; only a likely slip is reported.
            if let Some(near) = nearest(&draft.file, known_files()) {
                fault("file", &draft.file, "没有这个表", format!("是否应为 {near}"));
                continue;
            }
        }
        let mut day = |key: &str, text: &str| {
            let parsed = Day::parse(text.as_bytes());
            if parsed.is_err() {
                fault(key, text, "不是日期", "请写成 2025-01-01 的形式".to_owned());
            }
            parsed.ok()
        };
        let from = day("valid_from", &draft.valid_from);
        let until = draft.valid_until.as_deref().map(|text| day("valid_until", text));
        let (Some(from), None | Some(Some(_))) = (from, until) else { continue };
        let until = until.flatten();
        if until.is_some_and(|until| until <= from) {
            let value = draft.valid_until.as_deref().unwrap_or_default();
            fault("valid_until", value, "截止日期不晚于起始日期", "截止日期不含当日，应晚于 valid_from".to_owned());
            continue;
        }
        if let Some(wrong) = draft.areas.iter().find(|area| !is_prefix(area)) {
            fault("areas", wrong, "不是区划代码前缀", "请写成 [\"61\"] 或 [\"6101\"] 的形式".to_owned());
            continue;
        }
        sources.push(Source {
            file: draft.file,
            title: draft.title,
            source: draft.source,
            edition: draft.edition,
            valid: Span { from, until },
            areas: draft.areas,
            licence: draft.licence,
            note: draft.note,
            rows: draft.rows,
        });
    }
    sources
}

impl Source {
    /// Whether the table speaks for an area on a day.
    #[must_use]
    pub fn holds(&self, area: &str, on: Day) -> bool {
        let here = self.areas.is_empty() || self.areas.iter().any(|prefix| area.starts_with(prefix.as_str()));
        here && self.valid.contains(on)
    }
}

/// Two, four or six digits: a province, a prefecture, a county.
fn is_prefix(text: &str) -> bool {
    matches!(text.len(), 2 | 4 | 6) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn line_at(text: &str, offset: usize) -> u32 {
    1 + text.bytes().take(offset).filter(|&b| b == b'\n').count() as u32
}
