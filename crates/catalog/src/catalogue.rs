//! The catalogue itself: entries in order of kind and code, and the questions an audit asks.
//!
//! An entry is a position; its texts are names in one arena and its other columns are cells in one
//! table, so that 90,000 entries cost a few megabytes and no allocation each. Ids that leave this
//! crate are positions within a group: items (drugs, national services, local services, pieces,
//! materials) from 0, diagnoses from 0, procedures from 0. Within a kind they follow the code, so
//! that a code prefix is a range. Prices are in `price`, questions of people in `lookup`.

use crate::code_index::{CodeIndex, fold_icd};
use crate::local_map::LocalMap;
use crate::normalise::normalise;
use crate::sources::Source;
use crate::strings::{EMPTY, Strings, TextId};
use crate::tables::{ENTRY_TABLES, EntryKind, EntryTable, ITEM_TABLES};
use model::{CodeBook, Day, ItemKind, UNKNOWN_CODE, UNKNOWN_ITEM};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::ops::Range;

/// A SHA-256 value; shown as hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Digest(pub [u8; 32]);

/// The reference catalogue.
pub struct Catalogue {
    pub(crate) tables: Tables,
    pub(crate) input_hash: Digest,
    pub(crate) local_map: Option<LocalMap>,
}

/// What the image stores. Positions are `u32`; `entry` is a position over all kinds.
#[derive(Serialize, Deserialize)]
pub(crate) struct Tables {
    pub(crate) strings: Strings,
    pub(crate) sources: Vec<Source>,
    /// First entry of each kind, and one more: the number of entries.
    pub(crate) kind_starts: Vec<u32>,
    /// First cell of each kind.
    pub(crate) cell_starts: Vec<u32>,
    #[serde(with = "crate::image::words")]
    pub(crate) codes: Vec<TextId>,
    #[serde(with = "crate::image::words")]
    pub(crate) names: Vec<TextId>,
    /// The other columns, entry after entry.
    #[serde(with = "crate::image::words")]
    pub(crate) cells: Vec<TextId>,
    /// Normalised names in byte order, and beside each the entry that has it; equal names by entry.
    #[serde(with = "crate::image::words")]
    pub(crate) normal_names: Vec<TextId>,
    #[serde(with = "crate::image::words")]
    pub(crate) named_entries: Vec<u32>,
    pub(crate) item_codes: CodeIndex,
    pub(crate) diagnosis_codes: CodeIndex,
    pub(crate) procedure_codes: CodeIndex,
    /// The local service entry of each national one; `NO_ENTRY` when the crosswalk has none.
    #[serde(with = "crate::image::words")]
    pub(crate) local_of_national: Vec<u32>,
    /// The same the other way, sorted: local entries, and beside each a national one.
    #[serde(with = "crate::image::words")]
    pub(crate) crossed_locals: Vec<u32>,
    #[serde(with = "crate::image::words")]
    pub(crate) crossed_nationals: Vec<u32>,
}

/// No such entry.
pub(crate) const NO_ENTRY: u32 = u32::MAX;

impl Catalogue {
    /// What the catalogue was made from: SHA-256 over its input tables and, when there is one, the
    /// local map. Goes into the receipt of every run (I10).
    #[must_use]
    pub fn hash(&self) -> Digest {
        self.local_map.as_ref().map_or(self.input_hash, |map| map.hash_with(self.input_hash))
    }

    /// Where the tables come from.
    #[must_use]
    pub fn sources(&self) -> &[Source] {
        &self.tables.sources
    }

    /// The same catalogue, with an area's own codes understood too.
    #[must_use]
    pub fn with_local_map(mut self, map: LocalMap) -> Self {
        self.local_map = Some(map);
        self
    }

    /// How many items there are; their ids are 0 until here.
    #[must_use]
    pub fn item_count(&self) -> u32 {
        self.tables.kind_starts.get(ITEM_TABLES).copied().unwrap_or(0)
    }

    /// The item of a code: an area's own code through the local map (its newest mapping), else a
    /// code of the catalogue. The area comes first, because the local price book's codes and those
    /// of another area look alike and mean different things.
    #[must_use]
    pub fn item(&self, code: &str) -> Option<u32> {
        let code = code.trim();
        self.mapped(code, None).or_else(|| self.listed_item(code))
    }

    /// The item of a code on a day: as [`Self::item`], with the local mapping of that day.
    #[must_use]
    pub fn item_on(&self, code: &str, on: Day) -> Option<u32> {
        let code = code.trim();
        self.mapped(code, Some(on)).or_else(|| self.listed_item(code))
    }

    fn mapped(&self, code: &str, on: Option<Day>) -> Option<u32> {
        self.local_map.as_ref().and_then(|map| map.national(code, on)).and_then(|national| self.listed_item(national))
    }

    /// The item of a code of the catalogue's own tables.
    pub(crate) fn listed_item(&self, code: &str) -> Option<u32> {
        self.tables.item_codes.find(code, &self.tables.strings)
    }

    /// The code of an item; empty for an id that does not exist, as all texts here.
    #[must_use]
    pub fn item_code(&self, id: u32) -> &str {
        self.tables.code(self.item_entry(id))
    }

    /// The name of an item.
    #[must_use]
    pub fn item_name(&self, id: u32) -> &str {
        self.tables.name(self.item_entry(id))
    }

    /// What an item is.
    #[must_use]
    pub fn item_kind(&self, id: u32) -> ItemKind {
        let entry = self.item_entry(id);
        match self.tables.kind(entry) {
            Some(EntryKind::Drug) if self.tables.cell(entry, "medicine_kind") == "patent" => ItemKind::PatentDrug,
            Some(EntryKind::Drug) => ItemKind::WesternDrug,
            Some(EntryKind::NationalService | EntryKind::LocalService) => ItemKind::Service,
            Some(EntryKind::Piece) => ItemKind::DecoctionPiece,
            Some(EntryKind::Material) => ItemKind::Consumable,
            _ => ItemKind::Other,
        }
    }

    /// The group of drugs that stand for one another: the category of the national drug list.
    #[must_use]
    pub fn item_generic_group(&self, id: u32) -> Option<&str> {
        let entry = self.item_entry(id);
        (self.tables.kind(entry) == Some(EntryKind::Drug))
            .then(|| self.tables.cell(entry, "nrdl_category"))
            .filter(|group| !group.is_empty())
    }

    /// The items of a name, however it is spelt, by id; for drugs also their other names.
    #[must_use]
    pub fn items_named(&self, name: &str) -> &[u32] {
        let named = self.tables.entries_named(name);
        // Items are the first entries, and equal names are in order of entries.
        named.get(..named.partition_point(|&entry| entry < self.item_count())).unwrap_or_default()
    }

    /// The decoction piece of a name. None of the listed pieces share a name.
    #[must_use]
    pub fn piece_named(&self, name: &str) -> Option<u32> {
        let pieces = self.tables.entries(EntryKind::Piece);
        self.items_named(name).iter().copied().find(|id| pieces.contains(id))
    }

    /// How many diagnoses there are.
    #[must_use]
    pub fn diagnosis_count(&self) -> u32 {
        self.count(EntryKind::Diagnosis)
    }

    /// The diagnosis of a code: 医保版 first, else the clinical edition's through the map. Letter
    /// case, spaces and the form of `+` and `*` do not matter.
    #[must_use]
    pub fn diagnosis(&self, code: &str) -> Option<u32> {
        self.coded(code, EntryKind::Diagnosis)
    }

    /// The 医保版 code of a diagnosis.
    #[must_use]
    pub fn diagnosis_code(&self, id: u32) -> &str {
        self.tables.code(self.entry_of(EntryKind::Diagnosis, id))
    }

    /// The name of a diagnosis.
    #[must_use]
    pub fn diagnosis_name(&self, id: u32) -> &str {
        self.tables.name(self.entry_of(EntryKind::Diagnosis, id))
    }

    /// The diagnoses whose codes begin so, as a range of ids.
    #[must_use]
    pub fn diagnoses_with_prefix(&self, prefix: &str) -> Range<u32> {
        self.with_prefix(EntryKind::Diagnosis, prefix)
    }

    /// How many procedures there are.
    #[must_use]
    pub fn procedure_count(&self) -> u32 {
        self.count(EntryKind::Procedure)
    }

    /// The procedure of a code, as [`Self::diagnosis`].
    #[must_use]
    pub fn procedure(&self, code: &str) -> Option<u32> {
        self.coded(code, EntryKind::Procedure)
    }

    /// The 医保版 code of a procedure.
    #[must_use]
    pub fn procedure_code(&self, id: u32) -> &str {
        self.tables.code(self.entry_of(EntryKind::Procedure, id))
    }

    /// The name of a procedure.
    #[must_use]
    pub fn procedure_name(&self, id: u32) -> &str {
        self.tables.name(self.entry_of(EntryKind::Procedure, id))
    }

    /// The procedures whose codes begin so, as a range of ids.
    #[must_use]
    pub fn procedures_with_prefix(&self, prefix: &str) -> Range<u32> {
        self.with_prefix(EntryKind::Procedure, prefix)
    }

    fn coded(&self, code: &str, kind: EntryKind) -> Option<u32> {
        let tables = &self.tables;
        let index = if kind == EntryKind::Procedure { &tables.procedure_codes } else { &tables.diagnosis_codes };
        // Most codes arrive in the listed form: fold only those that do not.
        let entry = index.find(code, &tables.strings).or_else(|| index.find(&fold_icd(code), &tables.strings))?;
        entry.checked_sub(tables.entries(kind).start)
    }

    fn with_prefix(&self, kind: EntryKind, prefix: &str) -> Range<u32> {
        let start = self.tables.entries(kind).start;
        let range = self.tables.code_prefix(kind, &fold_icd(prefix));
        range.start - start..range.end - start
    }

    fn count(&self, kind: EntryKind) -> u32 {
        let range = self.tables.entries(kind);
        range.end - range.start
    }

    /// Item ids are entries, as long as they lie among the items.
    fn item_entry(&self, id: u32) -> u32 {
        if id < self.item_count() { id } else { NO_ENTRY }
    }

    /// The entry of an id within one kind.
    fn entry_of(&self, kind: EntryKind, id: u32) -> u32 {
        let range = self.tables.entries(kind);
        range.start.checked_add(id).filter(|entry| *entry < range.end).unwrap_or(NO_ENTRY)
    }
}

impl CodeBook for Catalogue {
    fn item(&self, code: &str) -> u32 {
        Self::item(self, code).unwrap_or(UNKNOWN_ITEM)
    }

    fn diagnosis(&self, code: &str) -> u32 {
        Self::diagnosis(self, code).unwrap_or(UNKNOWN_CODE)
    }

    fn procedure(&self, code: &str) -> u32 {
        Self::procedure(self, code).unwrap_or(UNKNOWN_CODE)
    }
}

impl Tables {
    pub(crate) fn code(&self, entry: u32) -> &str {
        self.strings.get(self.codes.get(entry as usize).copied().unwrap_or(EMPTY))
    }

    pub(crate) fn name(&self, entry: u32) -> &str {
        self.strings.get(self.names.get(entry as usize).copied().unwrap_or(EMPTY))
    }

    /// The entries of one kind.
    pub(crate) fn entries(&self, kind: EntryKind) -> Range<u32> {
        let at = |place: usize| self.kind_starts.get(place).copied().unwrap_or(0);
        at(kind as usize)..at(kind as usize + 1)
    }

    pub(crate) fn kind(&self, entry: u32) -> Option<EntryKind> {
        ENTRY_TABLES.iter().map(|table| table.kind).find(|&kind| self.entries(kind).contains(&entry))
    }

    /// The cell of an entry in a column of its table; empty when there is none.
    pub(crate) fn cell(&self, entry: u32, column: &str) -> &str {
        let Some(kind) = self.kind(entry) else { return "" };
        let Some(table) = ENTRY_TABLES.get(kind as usize) else { return "" };
        let place = table.columns.iter().position(|c| c.name == column);
        debug_assert!(place.is_some(), "{} has no column {column}", table.file);
        place.map_or("", |place| self.cell_at(table, entry, place))
    }

    /// The cell of an entry in the column at a place.
    pub(crate) fn cell_at(&self, table: &EntryTable, entry: u32, place: usize) -> &str {
        let start = self.cell_starts.get(table.kind as usize).copied().unwrap_or(0) as usize;
        let row = entry.saturating_sub(self.entries(table.kind).start) as usize;
        self.strings.get(self.cells.get(start + row * table.columns.len() + place).copied().unwrap_or(EMPTY))
    }

    /// The entries of one kind whose codes begin so.
    pub(crate) fn code_prefix(&self, kind: EntryKind, prefix: &str) -> Range<u32> {
        let range = self.entries(kind);
        let codes = self.codes.get(range.start as usize..range.end as usize).unwrap_or_default();
        let before = codes.partition_point(|&code| self.strings.get(code) < prefix);
        let rest = codes.get(before..).unwrap_or_default();
        let length = rest.partition_point(|&code| self.strings.get(code).starts_with(prefix));
        let start = range.start + before as u32;
        start..start + length as u32
    }

    /// The entries of a name, in order.
    pub(crate) fn entries_named(&self, name: &str) -> &[u32] {
        let normal = normalise(name);
        if normal.is_empty() {
            return &[];
        }
        let start = self.normal_names.partition_point(|&id| self.strings.get(id) < normal.as_str());
        let rest = self.normal_names.get(start..).unwrap_or_default();
        let length = rest.partition_point(|&id| self.strings.get(id) == normal);
        self.named_entries.get(start..start + length).unwrap_or_default()
    }

    /// The source of a kind's table.
    pub(crate) fn source(&self, kind: EntryKind) -> Option<&Source> {
        let file = ENTRY_TABLES.get(kind as usize)?.file;
        self.sources.iter().find(|source| source.file == file)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl fmt::Debug for Catalogue {
    /// The hash stands for the content, which nobody wants printed.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalogue")
            .field("hash", &self.hash())
            .field("items", &self.item_count())
            .finish_non_exhaustive()
    }
}
