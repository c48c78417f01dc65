//! The lake as the audit reads it: a bucket is a slice.
//!
//! A bucket's small tables are loaded whole, all months; its lines are streamed month beside month (see
//! `merge`). Everything was checked when it was added, so persons and institutions that a register does not
//! hold were allowed then and are allowed now.

use std::path::PathBuf;

use model::Institution;
use rustc_hash::FxHashSet;

use super::manifest::{FileEntry, Lake, bucket_of};
use super::merge::MonthLines;
use super::root::{Fetched, Root};
use crate::LakeError;
use crate::block::Block;
use crate::decode::{Decoder, Raw};
use crate::issues::Issues;
use crate::parquet_file::{Batches, ParquetFile};
use crate::prepare::{Options, Prepared};
use crate::report::{IntakeReport, SliceIntake};
use crate::route::Placement;
use crate::tables::{Need, Reading, Table};

/// Which persons of a lake are read.
#[derive(Debug, Clone, Default)]
pub enum Persons {
    /// All.
    #[default]
    All,
    /// These, by `psn_no`.
    Only(FxHashSet<String>),
}

impl Persons {
    pub(crate) fn include(&self, psn_no: &str) -> bool {
        match self {
            Self::All => true,
            Self::Only(persons) => persons.contains(psn_no),
        }
    }
}

/// What a prepared lake knows beyond a prepared folder.
#[derive(Debug)]
pub(crate) struct Basin {
    pub(crate) lake: Lake,
    pub(crate) persons: Persons,
}

impl Lake {
    /// Makes the lake ready to be read bucket by bucket.
    pub fn prepare(self, options: Options, persons: Persons) -> Result<Prepared, LakeError> {
        let audit_profile = self.audit_profile();
        let slices = usize::from(self.manifest.buckets);
        let mut prepared = Prepared::empty(options)?;
        prepared.set_slices(slices);
        prepared.audit_profile = audit_profile;
        for table in Table::ALL {
            let mut files = vec![Vec::new(); slices];
            for file in self.files_of(table.spec().name) {
                if let Some(place) = files.get_mut(usize::from(file.bucket.unwrap_or_default())) {
                    place.push(file.clone());
                }
            }
            if files.iter().any(|files| !files.is_empty()) {
                prepared.put(table, Placement::Bucketed { files });
            }
        }
        prepared.basin = Some(Basin { lake: self, persons });
        prepared.read_registers()?;
        Ok(prepared)
    }
}

impl Prepared {
    /// The lake, when this is one.
    #[must_use]
    pub fn lake(&self) -> Option<&Lake> {
        self.basin.as_ref().map(|basin| &basin.lake)
    }

    /// Where the lake is, when this is one.
    pub(crate) fn root(&self) -> Option<&Root> {
        self.basin.as_ref().map(|basin| &basin.lake.root)
    }

    /// Whether anybody of the slice may be wanted.
    pub(crate) fn wants_slice(&self, slice: usize) -> bool {
        self.basin.as_ref().is_none_or(|basin| match &basin.persons {
            Persons::All => true,
            Persons::Only(persons) => {
                let buckets = basin.lake.buckets();
                persons.iter().any(|psn_no| usize::from(bucket_of(psn_no, buckets)) == slice)
            }
        })
    }

    /// Whether the person is to be shown.
    pub(crate) fn includes(&self, psn_no: &str) -> bool {
        self.basin.as_ref().is_none_or(|basin| basin.persons.include(psn_no))
    }

    /// Whether rows were checked against the registers when they were added.
    pub(crate) fn is_rooted(&self) -> bool {
        self.basin.is_some()
    }

    /// Reads the blocks of a bucket's files.
    pub(crate) fn each_kept(
        &self,
        table: Table,
        files: &[FileEntry],
        issues: &mut Issues,
        each: &mut dyn FnMut(Block, &mut Issues) -> Result<(), LakeError>,
    ) -> Result<(), LakeError> {
        let Some(root) = self.root() else { return Ok(()) };
        files.iter().try_for_each(|file| {
            issues.table(table).read += file.rows;
            read_file(root, file, table, self.reading, &mut |block| each(block, issues))
        })
    }

    /// The months of a bucket's lines, each ready to be pulled.
    pub(crate) fn months_of_lines(&self, files: &[FileEntry]) -> Result<Vec<MonthLines>, LakeError> {
        let Some(root) = self.root() else { return Ok(Vec::new()) };
        let open = |file| Opened::open(root, file, Table::Lines, self.reading).map(MonthLines::new);
        files.iter().map(open).collect()
    }

    /// What reading the lake found; there is nothing to refuse that `add` did not refuse.
    pub(crate) fn finish_kept(self, parts: &[SliceIntake]) -> Result<IntakeReport, LakeError> {
        let mut issues = self.issues;
        parts.iter().for_each(|part| issues.add(&part.issues));
        let tables = crate::report::kept_tables(&self.placements, &issues);
        let input_hash = self.basin.map(|basin| basin.lake.content_hash()).unwrap_or_default();
        Ok(IntakeReport {
            tables,
            notes: Vec::new(),
            incomplete: false,
            sorted_lines: 0,
            sort_time: std::time::Duration::ZERO,
            input_hash,
        })
    }

    /// The institutions, by code: what a worker elsewhere needs beside a bucket.
    #[must_use]
    pub fn institution(&self, index: u32) -> Option<&Institution> {
        self.institutions.get(index as usize)
    }
}

/// A file of the lake, opened: checked against the manifest, its columns found.
pub(crate) struct Opened {
    /// As it is called in messages.
    shown: PathBuf,
    fetched: Fetched,
    file: ParquetFile,
    places: Vec<Option<usize>>,
    decoder: Decoder,
}

impl Opened {
    pub(crate) fn open(root: &Root, entry: &FileEntry, table: Table, reading: Reading) -> Result<Self, LakeError> {
        let shown = root.shown(&entry.path);
        let fetched = root.fetch(&entry.path)?;
        let (file, header) = ParquetFile::open(&fetched.path).map_err(|reason| LakeError::damaged(&shown, reason))?;
        if file.rows() != entry.rows {
            return Err(LakeError::damaged(&shown, format!("有 {} 行，清单记载 {} 行", file.rows(), entry.rows)));
        }
        let place = |column: &crate::tables::ColumnSpec| {
            let place = header.iter().position(|name| name == column.name)?;
            let worth = column.need == Need::Required || !file.is_empty_column(place);
            (reading.wants(column.need) && worth).then_some(place)
        };
        let places = table.spec().columns.iter().map(place).collect();
        Ok(Self { shown, fetched, file, places, decoder: Decoder::new(table) })
    }

    fn decode(&mut self, raw: Raw) -> Block {
        // What stands in the lake is clean: there is nothing to count.
        self.decoder.decode(raw, &mut Issues::default())
    }

    pub(crate) fn batches(self) -> KeptBlocks {
        let batches = Batches::new(&self.file, &self.places);
        KeptBlocks { opened: self, batches }
    }
}

/// The blocks of a file, one after the other.
pub(crate) struct KeptBlocks {
    opened: Opened,
    batches: Batches,
}

impl KeptBlocks {
    pub(crate) fn next(&mut self) -> Result<Option<Block>, LakeError> {
        let Opened { shown, fetched, file, places, .. } = &self.opened;
        let raw = self.batches.next(file, &fetched.path, places).map_err(|error| match error {
            LakeError::Unreadable { reason, .. } => LakeError::damaged(shown, reason),
            other => other,
        })?;
        Ok(raw.map(|raw| self.opened.decode(raw)))
    }
}

/// Shows the blocks of a file of the lake.
pub(crate) fn read_file(
    root: &Root,
    entry: &FileEntry,
    table: Table,
    reading: Reading,
    each: &mut dyn FnMut(Block) -> Result<(), LakeError>,
) -> Result<(), LakeError> {
    let mut blocks = Opened::open(root, entry, table, reading)?.batches();
    while let Some(block) = blocks.next()? {
        each(block)?;
    }
    Ok(())
}
