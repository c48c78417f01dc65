//! What a person asks of the catalogue: anything, by code or by name, on a day.
//!
//! Owns the ranking of answers and what is shown of an entry. An exact answer is given even when it
//! does not hold on the day asked for, and says so; vaguer answers that do not hold are left out as
//! long as others do. When nothing fits, the nearest codes and names are offered, marked as such.
//! Printing is the caller's.

use crate::catalogue::Catalogue;
use crate::code_index::fold_icd;
use crate::local_map::Mapping;
use crate::normalise::normalise;
use crate::strings::TextId;
use crate::tables::{Check, ENTRY_TABLES, EntryKind, EntryTable};
use model::Search;
use model::{Day, Span};
use rustc_hash::FxHashSet;

/// How a query led to an entry, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Match {
    /// The code is the query, or leads to it through a map.
    CodeExact,
    /// The code begins with the query.
    CodePrefix,
    /// The name is the query, however spelt.
    NameExact,
    /// The name contains the query.
    NameContains,
    /// Nothing fits; this is near.
    Similar,
}

/// Whether an entry holds on the day asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Validity {
    /// No day was asked for.
    NotAsked,
    /// It holds.
    Valid,
    /// It holds only from this day.
    NotYet(Day),
    /// It held until the day before this one.
    Ended(Day),
}

/// One answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hit {
    /// What the entry is.
    pub kind: EntryKind,
    /// Its code; empty when it has none.
    pub code: String,
    /// Its name.
    pub name: String,
    /// How the query led to it.
    pub matched: Match,
    /// By which other code it was reached (a clinical edition's, an area's own); empty when directly.
    pub via: String,
    /// Label and value, in the order to be shown.
    pub details: Vec<(String, String)>,
    /// Title of the table that it stands in.
    pub source_title: String,
    /// The days on which it holds; the end is not included.
    pub valid: Span,
    /// Whether it holds on the day asked for.
    pub validity: Validity,
}

/// Most near entries offered when nothing fits.
const SIMILAR_MAX: usize = 8;

/// An entry on its way to becoming a hit.
struct Found {
    matched: Match,
    entry: u32,
    via: String,
}

impl Catalogue {
    /// Everything that a code or a name could mean, best first: by exact code, code prefix, exact
    /// name, part of a name; within each by kind and code.
    #[must_use]
    pub fn lookup(&self, query: &str, on: Option<Day>) -> Vec<Hit> {
        let query = query.trim();
        if query.is_empty() {
            return Vec::new();
        }
        let mut found = self.by_code(query, on);
        found.extend(self.by_name(query));
        if found.is_empty() {
            found = self.similar(query);
        }
        found.sort_by_key(|one| (one.matched, one.entry));
        let mut seen = FxHashSet::default();
        found.retain(|one| seen.insert(one.entry));
        let mut hits: Vec<Hit> = found.into_iter().filter_map(|one| self.hit(one, on)).collect();
        // When nothing holds on the day, what would fit on another is the answer, not silence.
        if hits.iter().any(Hit::is_valid) {
            hits.retain(|hit| hit.is_valid() || matches!(hit.matched, Match::CodeExact | Match::NameExact));
        }
        hits
    }

    fn by_code(&self, query: &str, on: Option<Day>) -> Vec<Found> {
        let mut found = Vec::new();
        if let Some(map) = &self.local_map {
            let rows = map.mappings(query).iter().filter(|row| on.is_none_or(|on| row.valid.contains(on)));
            found.extend(rows.filter_map(|row| {
                let entry = self.listed_item(&row.national)?;
                Some(Found { matched: Match::CodeExact, entry, via: mapped_from(row) })
            }));
        }
        for (kind, id) in [(EntryKind::Diagnosis, self.diagnosis(query)), (EntryKind::Procedure, self.procedure(query))]
        {
            let Some(entry) = id.map(|id| self.tables.entries(kind).start + id) else { continue };
            let foreign = self.tables.code(entry) != fold_icd(query);
            let via = if foreign { format!("国家临床版代码 {}", fold_icd(query)) } else { String::new() };
            found.push(Found { matched: Match::CodeExact, entry, via });
        }
        for table in ENTRY_TABLES.iter().filter(|table| !table.code.is_empty()) {
            for spelling in spellings(query, table.kind) {
                found.extend(self.tables.code_prefix(table.kind, &spelling).map(|entry| {
                    let exact = self.tables.code(entry) == spelling;
                    let matched = if exact { Match::CodeExact } else { Match::CodePrefix };
                    Found { matched, entry, via: String::new() }
                }));
            }
        }
        found
    }

    fn by_name(&self, query: &str) -> Vec<Found> {
        let normal = normalise(query);
        if normal.is_empty() {
            return Vec::new();
        }
        self.names()
            .filter(|(name, _)| name.contains(&normal))
            .map(|(name, entry)| {
                let matched = if name == normal { Match::NameExact } else { Match::NameContains };
                Found { matched, entry, via: String::new() }
            })
            .collect()
    }

    /// The entries whose code or name is fewest edits away.
    fn similar(&self, query: &str) -> Vec<Found> {
        let mut near: Vec<(usize, u32)> = Vec::new();
        // Of one or two characters an edit leaves nothing in common.
        if query.chars().count() < 3 {
            return Vec::new();
        }
        let mut names = Search::new(&normalise(query));
        near.extend(self.names().filter_map(|(name, entry)| Some((names.distance(name)?, entry))));
        for table in ENTRY_TABLES.iter().filter(|table| !table.code.is_empty()) {
            for spelling in spellings(query, table.kind) {
                let mut codes = Search::new(&spelling);
                // A code says less a character than a name: two edits lead anywhere.
                codes.limit = codes.limit.min(2);
                let entries = self.tables.entries(table.kind);
                near.extend(entries.filter_map(|entry| Some((codes.distance(self.tables.code(entry))?, entry))));
            }
        }
        let least = near.iter().map(|&(distance, _)| distance).min();
        near.retain(|&(distance, _)| Some(distance) == least);
        near.sort_unstable();
        near.truncate(SIMILAR_MAX);
        near.into_iter().map(|(_, entry)| Found { matched: Match::Similar, entry, via: String::new() }).collect()
    }

    /// Every normalised name with its entry.
    fn names(&self) -> impl Iterator<Item = (&str, u32)> {
        let names = self.tables.normal_names.iter().map(|&id: &TextId| self.tables.strings.get(id));
        names.zip(self.tables.named_entries.iter().copied())
    }

    fn hit(&self, found: Found, on: Option<Day>) -> Option<Hit> {
        let tables = &self.tables;
        let kind = tables.kind(found.entry)?;
        let valid = self.entry_validity(kind, found.entry);
        let mut details = Vec::new();
        self.push_cells(ENTRY_TABLES.get(kind as usize)?, found.entry, "", &mut details);
        self.push_related(kind, found.entry, on, &mut details);
        Some(Hit {
            kind,
            code: tables.code(found.entry).to_owned(),
            name: tables.name(found.entry).to_owned(),
            matched: found.matched,
            via: found.via,
            details,
            source_title: tables.source(kind).map(|source| source.title.clone()).unwrap_or_default(),
            valid,
            validity: Validity::of(valid, on),
        })
    }

    /// The days of an entry: its own where the table dates its rows, else the table's.
    pub(crate) fn entry_validity(&self, kind: EntryKind, entry: u32) -> Span {
        let whole = self.tables.source(kind).map_or(Span::ALWAYS, |source| source.valid);
        if kind != EntryKind::NrdlDrug {
            return whole;
        }
        let day = |column: &str| Day::parse(self.tables.cell(entry, column).as_bytes()).ok();
        Span { from: day("valid_from").unwrap_or(whole.from), until: day("valid_until").or(whole.until) }
    }

    /// The columns of an entry that are shown and filled.
    fn push_cells(&self, table: &EntryTable, entry: u32, about: &str, details: &mut Vec<(String, String)>) {
        for (place, column) in table.columns.iter().enumerate().filter(|(_, column)| !column.label.is_empty()) {
            let value = self.tables.cell_at(table, entry, place);
            let shown = match column.check {
                Check::OneOf(values) => {
                    values.iter().find(|(known, _)| *known == value).map_or(value, |(_, word)| word)
                }
                _ => value,
            };
            if !shown.is_empty() {
                details.push((format!("{about}{}", column.label), shown.to_owned()));
            }
        }
    }

    /// What other tables know of an entry.
    fn push_related(&self, kind: EntryKind, entry: u32, on: Option<Day>, details: &mut Vec<(String, String)>) {
        let tables = &self.tables;
        match kind {
            EntryKind::NationalService => {
                let Some(local) = self.local_service(entry) else { return };
                details.push(("本地项目".to_owned(), tables.name(local).to_owned()));
                if let Some(table) = ENTRY_TABLES.get(EntryKind::LocalService as usize) {
                    self.push_cells(table, local, "", details);
                }
                if let Some(basis) = self.price_basis(entry) {
                    details.push(("价格依据".to_owned(), basis));
                }
            }
            EntryKind::LocalService => {
                let codes: Vec<&str> = self.nationals_of(Some(entry)).iter().map(|&id| tables.code(id)).collect();
                if !codes.is_empty() {
                    details.push(("国家项目代码".to_owned(), codes.join("、")));
                }
            }
            EntryKind::Drug => {
                let Some(table) = ENTRY_TABLES.get(EntryKind::NrdlDrug as usize) else { return };
                let rows = tables.entries(EntryKind::NrdlDrug);
                for &listed in tables.entries_named(tables.name(entry)).iter().filter(|id| rows.contains(id)) {
                    if on.is_none_or(|on| self.entry_validity(EntryKind::NrdlDrug, listed).contains(on)) {
                        self.push_cells(table, listed, "药品目录·", details);
                    }
                }
            }
            _ => {}
        }
    }
}

impl Hit {
    /// Whether the entry holds on the day asked for, or no day was asked for.
    #[must_use]
    pub const fn is_valid(&self) -> bool {
        matches!(self.validity, Validity::NotAsked | Validity::Valid)
    }
}

impl Validity {
    fn of(span: Span, on: Option<Day>) -> Self {
        match (on, span.until) {
            (None, _) => Self::NotAsked,
            (Some(on), _) if on < span.from => Self::NotYet(span.from),
            (Some(on), Some(until)) if on >= until => Self::Ended(until),
            _ => Self::Valid,
        }
    }

    /// One sentence for the screen; `None` when there is nothing to warn of.
    #[must_use]
    pub fn note(self) -> Option<String> {
        match self {
            Self::NotAsked | Self::Valid => None,
            Self::NotYet(from) => Some(format!("所查日期尚未生效：自 {from} 起生效")),
            Self::Ended(until) => Some(format!("所查日期已失效：自 {until} 起不再有效")),
        }
    }
}

impl Match {
    /// How it was found, in Chinese.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::CodeExact => "代码相同",
            Self::CodePrefix => "代码前缀",
            Self::NameExact => "名称相同",
            Self::NameContains => "名称包含",
            Self::Similar => "相近",
        }
    }
}

fn mapped_from(row: &Mapping) -> String {
    let until = row.valid.until.map_or(String::new(), |until| format!("，{until} 前有效"));
    format!("本地代码 {}（{}，自 {}{until}）", row.local, row.source, row.valid.from)
}

/// The ways in which a code of this kind may be typed for the listed one.
fn spellings(query: &str, kind: EntryKind) -> Vec<String> {
    let mut spellings = match kind {
        EntryKind::Diagnosis | EntryKind::Procedure => vec![fold_icd(query)],
        EntryKind::LocalService => vec![query.to_lowercase()],
        // Morphology categories end in a capital X, which the ICD form would turn around.
        _ => vec![query.to_uppercase()],
    };
    if !spellings.iter().any(|spelling| spelling == query) {
        spellings.push(query.to_owned());
    }
    spellings
}
