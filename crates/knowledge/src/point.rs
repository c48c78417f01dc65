//! One point, and the table of all of them.

use crate::predicate::Predicate;
use model::{Day, ItemKind, Span};

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
    /// ICD-10 diagnosis. Codes are prefixes: `O80` covers every code below it, a full code itself.
    Diagnosis,
    /// ICD-9-CM-3 procedure
    Procedure,
}

impl PointKind {
    /// The word in tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Drug => "drug",
            Self::Service => "service",
            Self::Consumable => "consumable",
            Self::Piece => "tcm",
            Self::Diagnosis => "dx",
            Self::Procedure => "proc",
        }
    }

    /// The word on screens.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Drug => "药品",
            Self::Service => "医疗服务项目",
            Self::Consumable => "医用耗材",
            Self::Piece => "中药饮片",
            Self::Diagnosis => "疾病诊断",
            Self::Procedure => "手术操作",
        }
    }

    /// From the shape of a national code: `X…`/`Z…` of twenty letters, `T…`, `C…`, fifteen digits, or the
    /// ICD forms `A00.000` and `00.0100`.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        if code.contains('.') || code.len() <= 5 {
            let letter = code.starts_with(|first: char| first.is_ascii_alphabetic());
            return if letter { Self::Diagnosis } else { Self::Procedure };
        }
        match ItemKind::from_code(code) {
            ItemKind::WesternDrug | ItemKind::PatentDrug => Self::Drug,
            ItemKind::DecoctionPiece => Self::Piece,
            ItemKind::Consumable => Self::Consumable,
            ItemKind::Service | ItemKind::Other => Self::Service,
        }
    }
}

/// Whether claims can decide the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Status {
    /// The predicate says it all.
    Executable,
    /// Kept, shown, never judged: the reason.
    TextOnly(Reason),
}

/// Where a point comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// A published batch (`points.csv`).
    #[default]
    Published,
    /// The 2025 book (`book/`).
    Book,
    /// Derived or reviewed here from official texts (`derived/`, `reviewed/`), each row with its basis.
    Derived,
    /// A figure that the nation left to localities, assumed here with its reason until the locality gives its own
    /// (`assumed/`).
    Assumed,
    /// A locality's own table (`local/`).
    Local,
    /// A made-up table that shows the schema (`examples/`); loaded only on request.
    Example,
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
    /// Of these, so many are the subject (A); the rest are partners (B). Equal to `codes_len` where
    /// the point is no pair.
    pub subjects_len: u32,
    /// Where the point comes from.
    pub source: Source,
    /// The detection logic as published.
    pub logic: Str,
    /// The point this one replaces; empty when none.
    pub supersedes: Str,
    /// When it was published.
    pub published_on: Option<Day>,
}

/// A reviewed set of codes (`code_sets.csv`).
#[derive(Debug, Clone)]
pub struct CodeSet {
    /// The name that `dx=` and `not_dx=` use.
    pub id: Str,
    /// What it covers, in Chinese.
    pub title: Str,
    /// Whose codes.
    pub system: CodeSystem,
    /// Code prefixes; a code is in the set when one of them begins it.
    pub prefixes: Vec<Str>,
}

/// Whose codes a code set speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CodeSystem {
    /// ICD-10 医保版
    Icd10,
    /// ICD-9-CM-3 医保版
    Icd9Cm3,
    /// National item codes
    Item,
}

/// The whole library.
#[derive(Debug, Clone, Default)]
pub struct Knowledge {
    arena: String,
    /// Every point, ordered by rule, then id.
    pub points: Vec<Point>,
    /// The codes of all points, one run a point. A decoction piece that has no national code is
    /// named instead: `name:玄明粉`.
    pub codes: Vec<Str>,
    /// The reviewed code sets, ordered by id.
    pub code_sets: Vec<CodeSet>,
}

impl Knowledge {
    /// Makes room for so many bytes of text.
    pub(crate) fn reserve(&mut self, bytes: usize) {
        self.arena.reserve(bytes);
    }

    /// Keeps what is written, without a string in between.
    pub(crate) fn keep_written(&mut self, write: impl FnOnce(&mut String)) -> Str {
        let start = self.arena.len();
        write(&mut self.arena);
        Str { start: start as u32, length: (self.arena.len() - start) as u32 }
    }

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
    pub fn codes_of<'k>(&'k self, point: &Point) -> impl ExactSizeIterator<Item = &'k str> + use<'k> {
        self.run(point.codes_from, point.codes_len)
    }

    /// The codes the point speaks of: A of a pair, all of them otherwise.
    pub fn subjects_of<'k>(&'k self, point: &Point) -> impl ExactSizeIterator<Item = &'k str> + use<'k> {
        self.run(point.codes_from, point.subjects_len)
    }

    /// The codes of the other side of a pair: B. Empty where the point is no pair.
    pub fn partners_of<'k>(&'k self, point: &Point) -> impl ExactSizeIterator<Item = &'k str> + use<'k> {
        self.run(point.codes_from + point.subjects_len, point.codes_len - point.subjects_len)
    }

    /// A code set by its id.
    #[must_use]
    pub fn code_set(&self, id: &str) -> Option<&CodeSet> {
        let place = self.code_sets.binary_search_by(|set| self.text(set.id).cmp(id)).ok()?;
        self.code_sets.get(place)
    }

    /// The prefixes of a code set.
    pub fn prefixes_of<'k>(&'k self, set: &'k CodeSet) -> impl ExactSizeIterator<Item = &'k str> {
        set.prefixes.iter().map(|&prefix| self.text(prefix))
    }

    fn run(&self, from: u32, length: u32) -> impl ExactSizeIterator<Item = &str> + use<'_> {
        let from = from as usize;
        let run = self.codes.get(from..from + length as usize).unwrap_or_default();
        run.iter().map(|&code| self.text(code))
    }
}
