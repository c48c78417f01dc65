//! One point, and the table of all of them.

use crate::predicate::Predicate;
use model::Span;

/// A text of the table's arena. A million points would otherwise be ten million small strings.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Str {
    start: u32,
    length: u32,
}

/// What a point speaks of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PointKind {
    /// Western or patent medicine
    Drug,
    /// 医疗服务项目
    Service,
    /// 医用耗材
    Consumable,
    /// 中药饮片
    Piece,
    /// ICD-10 diagnosis
    Diagnosis,
    /// ICD-9-CM-3 procedure
    Procedure,
}

/// Whether claims can decide the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// The predicate says it all.
    Executable,
    /// Kept, shown, never judged: the reason.
    TextOnly(Reason),
}

/// Why a point is text-only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The text names diseases that no reviewed code set covers yet.
    NoDiagnosisMapping,
    /// The text needs clinical findings that claims do not carry (staging, genes, laboratory values, screening).
    ClinicalFinding,
    /// The text needs earlier treatment of the person (first line failed, first prescription).
    NeedsHistory,
    /// The text needs the institution's speciality or the prescriber's, which the level does not say.
    NeedsSpeciality,
    /// A remark about other rows (exemptions), not a point of its own.
    Remark,
    /// The row has no code, and its name matches no catalogue item.
    NoCode,
    /// The label also gives an adult dose, so the limit does not hold.
    AlsoForAdults,
    /// The limit could not be read from the text.
    Unreadable,
}

/// One knowledge point.
#[derive(Debug, Clone)]
pub struct Point {
    /// `KP-…`, `KB25-…` or a local id
    pub id: Str,
    /// The rule it serves.
    pub rule_id: Str,
    /// What it speaks of.
    pub kind: PointKind,
    /// Item name as published.
    pub name: Str,
    /// The limit as published.
    pub text: Str,
    /// What must hold.
    pub predicate: Predicate,
    /// Whether claims can decide it.
    pub status: Status,
    /// When it judges (by service date).
    pub valid: Span,
    /// Batch tag.
    pub batch: Str,
    /// Attachment and row, or document and article.
    pub basis: Str,
    /// First of this point's codes in [`Knowledge::codes`].
    pub codes_from: u32,
    /// Number of codes. For pairs the first is A, the second B.
    pub codes_len: u32,
}

/// The whole library.
#[derive(Debug, Clone, Default)]
pub struct Knowledge {
    arena: String,
    /// Every point, ordered by rule, then id.
    pub points: Vec<Point>,
    /// The codes of all points, one run a point.
    pub codes: Vec<Str>,
}

impl Knowledge {
    /// Keeps a text in the arena.
    pub fn keep(&mut self, text: &str) -> Str {
        let start = self.arena.len() as u32;
        self.arena.push_str(text);
        Str { start, length: text.len() as u32 }
    }

    /// The text behind a name.
    #[must_use]
    pub fn text(&self, text: Str) -> &str {
        let start = text.start as usize;
        self.arena.get(start..start + text.length as usize).unwrap_or_default()
    }

    /// The codes of a point.
    pub fn codes_of<'k>(&'k self, point: &Point) -> impl ExactSizeIterator<Item = &'k str> {
        let from = point.codes_from as usize;
        self.codes[from..from + point.codes_len as usize].iter().map(|&code| self.text(code))
    }
}
