//! How much of the library can be judged: a class a row, every point accounted for.
//!
//! The renderer writes plain text with columns that line up where letters are of two widths.

use crate::class::CLASSES;
use crate::point::{Knowledge, Point, Reason, Source, Status};
use std::collections::BTreeMap;

/// Every reason, in the order of columns.
pub const REASONS: [Reason; 8] = [
    Reason::NoDiagnosisMapping,
    Reason::ClinicalFinding,
    Reason::NeedsHistory,
    Reason::NeedsSpeciality,
    Reason::Remark,
    Reason::NoCode,
    Reason::AlsoForAdults,
    Reason::Unreadable,
];

/// Every source, in the order of blocks.
const SOURCES: [Source; 6] =
    [Source::Published, Source::Book, Source::Derived, Source::Assumed, Source::Local, Source::Example];

impl Reason {
    /// The reason in Chinese.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::NoDiagnosisMapping => "诊断未映射",
            Self::ClinicalFinding => "需临床所见",
            Self::NeedsHistory => "需既往史",
            Self::NeedsSpeciality => "需专科资质",
            Self::Remark => "备注行",
            Self::NoCode => "无编码",
            Self::AlsoForAdults => "亦用于成人",
            Self::Unreadable => "文字不全",
        }
    }
}

impl Source {
    /// The source in Chinese.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Published => "公布批次",
            Self::Book => "2025年版书",
            Self::Derived => "自官方文本导出",
            Self::Assumed => "假定的地方参数",
            Self::Local => "本地",
            Self::Example => "示例",
        }
    }
}

/// The counts of one class, or of several together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Points.
    pub points: u32,
    /// Links from points to codes.
    pub codes: u32,
    /// Points that claims can decide.
    pub executable: u32,
    /// The others, by reason.
    pub text_only: BTreeMap<Reason, u32>,
}

/// The counts of one class from one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassStats {
    /// Where the points come from.
    pub source: Source,
    /// The rule.
    pub rule_id: String,
    /// The class in Chinese; the rule id where the class has no official name.
    pub name: String,
    /// How many.
    pub counts: Counts,
}

/// The counts of the whole library.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stats {
    /// By source, then in the order of the framework.
    pub classes: Vec<ClassStats>,
}

impl Counts {
    fn add(&mut self, point: &Point) {
        self.points += 1;
        self.codes += point.codes_len;
        match point.status {
            Status::Executable => self.executable += 1,
            Status::TextOnly(reason) => *self.text_only.entry(reason).or_default() += 1,
        }
    }

    fn merge(&mut self, other: &Self) {
        self.points += other.points;
        self.codes += other.codes;
        self.executable += other.executable;
        for (&reason, &count) in &other.text_only {
            *self.text_only.entry(reason).or_default() += count;
        }
    }
}

impl Stats {
    /// Counts a library.
    #[must_use]
    pub fn of(knowledge: &Knowledge) -> Self {
        let mut counts: BTreeMap<(Source, usize, &str), Counts> = BTreeMap::new();
        for point in &knowledge.points {
            let rule_id = knowledge.text(point.rule_id);
            let place = CLASSES.iter().position(|class| class.rule_id == rule_id).unwrap_or(CLASSES.len());
            counts.entry((point.source, place, rule_id)).or_default().add(point);
        }
        let row = |((source, place, rule_id), counts): ((Source, usize, &str), Counts)| ClassStats {
            source,
            rule_id: rule_id.to_owned(),
            name: CLASSES.get(place).map_or(rule_id, |class| class.name).to_owned(),
            counts,
        };
        Self { classes: counts.into_iter().map(row).collect() }
    }

    /// All classes of one source together.
    #[must_use]
    pub fn total(&self, source: Source) -> Counts {
        let mut total = Counts::default();
        self.classes.iter().filter(|class| class.source == source).for_each(|class| total.merge(&class.counts));
        total
    }

    /// The counts as a plain-text table in Chinese, a block a source.
    #[must_use]
    pub fn table(&self) -> String {
        let mut header: Vec<String> = ["规则类", "知识点", "编码", "可执行"].map(str::to_owned).to_vec();
        header.extend(REASONS.map(|reason| reason.label().to_owned()));
        let mut out = String::new();
        for source in SOURCES {
            let mut rows: Vec<Vec<String>> = vec![header.clone()];
            let of_source = self.classes.iter().filter(|class| class.source == source);
            rows.extend(of_source.map(|class| cells(&class.name, &class.counts)));
            if rows.len() == 1 {
                continue;
            }
            rows.push(cells("合计", &self.total(source)));
            out.push_str(&format!("【{}】\n{}\n", source.label(), aligned(&rows)));
        }
        out
    }
}

fn cells(name: &str, counts: &Counts) -> Vec<String> {
    let share = (counts.executable * 100).checked_div(counts.points).unwrap_or(0);
    let mut cells = vec![name.to_owned(), grouped(counts.points), grouped(counts.codes)];
    cells.push(format!("{}（{share}%）", grouped(counts.executable)));
    cells.extend(REASONS.map(|reason| match counts.text_only.get(&reason) {
        Some(&count) => grouped(count),
        None => "-".to_owned(),
    }));
    cells
}

/// `29307` as `29,307`.
fn grouped(number: u32) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Columns that line up: the first to the left, the others to the right.
#[must_use]
pub fn aligned(rows: &[Vec<String>]) -> String {
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns)
        .map(|column| rows.iter().filter_map(|row| row.get(column)).map(|cell| width(cell)).max().unwrap_or(0))
        .collect();
    let mut out = String::new();
    for row in rows {
        let mut line = String::new();
        for (column, (cell, &wide)) in row.iter().zip(&widths).enumerate() {
            let gap = " ".repeat(wide - width(cell));
            let (before, behind) = if column == 0 { ("", gap.as_str()) } else { (gap.as_str(), "") };
            line.push_str(&format!("{}{before}{cell}{behind}", if column == 0 { "" } else { "  " }));
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// How many terminal columns a text takes: East Asian letters and full-width marks take two.
#[must_use]
pub fn width(text: &str) -> usize {
    text.chars().map(|letter| if is_wide(letter) { 2 } else { 1 }).sum()
}

const fn is_wide(letter: char) -> bool {
    matches!(letter as u32,
        0x1100..=0x115F | 0x2E80..=0x303E | 0x3041..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF
        | 0xFE30..=0xFE6F | 0xFF00..=0xFF60 | 0xFFE0..=0xFFE6 | 0x20000..=0x3FFFD)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wide_letters_take_two_columns() {
        for (text, expect) in [("", 0), ("abc", 3), ("知识点", 6), ("（95%）", 7), ("Ⅲ", 1)] {
            assert_eq!(width(text), expect, "{text}");
        }
        let rows = [vec!["规则类".to_owned(), "数".to_owned()], vec!["a".to_owned(), "12".to_owned()]];
        assert_eq!(aligned(&rows), "规则类  数\na       12\n");
        for (number, expect) in [(0, "0"), (999, "999"), (29_307, "29,307"), (1_000_000, "1,000,000")] {
            assert_eq!(grouped(number), expect);
        }
    }
}
