//! Adding a claims folder to the lake: all of it, or nothing.
//!
//! Order of work: lock → check and sweep → gather rows by bucket → make every place anew → restatement
//! checks → changes file → wait for the disk → manifest. Until the manifest is renamed nobody sees anything of it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, OpenOptions};
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use sha2::{Digest, Sha256};

use super::gather::{BUCKETED, Gathered, Gatherer};
use super::manifest::{AddEntry, FileEntry, Lake, Manifest, hex, sync_all, write_through};
use super::month::Month;
use super::partition::{Made, Making, merge_register};
use super::read::read_file;
use super::root::Root;
use super::sweep::sweep;
use super::write::{Ordered, Written, write_file};
use crate::LakeError;
use crate::prepare::{Options, Prepared, Progress};
use crate::report::{IntakeReport, SliceIntake};
use crate::tables::{Reading, Table, institution, staff, stock, visit};

/// What happens to a month that the lake holds already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Restatement {
    /// It gets more rows.
    #[default]
    None,
    /// It is replaced, unless the new one has fewer rows.
    Replace,
    /// It is replaced, fewer rows or not.
    ReplaceWithFewer,
}

/// How to add a folder.
#[derive(Debug, Clone)]
pub struct AddOptions {
    /// Worker threads.
    pub threads: usize,
    /// The month that everything is filed under; without it each visit says its own.
    pub month: Option<Month>,
    /// What happens to months that are there.
    pub restatement: Restatement,
    /// Buckets of a new lake; without it a number that fits the folder.
    pub buckets: Option<u16>,
    /// Who writes: name and version.
    pub written_by: String,
}

/// What an add did.
#[derive(Debug)]
pub struct Added {
    /// The lake as it is now.
    pub lake: Lake,
    /// What became of the rows of the folder.
    pub intake: IntakeReport,
    /// Per month of the folder, charge lines before and after.
    pub months: BTreeMap<Month, (u64, u64)>,
    /// Persons who have other rows than before.
    pub touched: usize,
    /// Whether a register changed under everybody.
    pub everybody: bool,
}

/// Buckets of a new lake, least and most.
const BUCKETS: (u64, u64) = (4, 256);
/// Persons and visits of the first folder that make one bucket.
const BUCKET_PERSONS: u64 = 5_000;
const BUCKET_VISITS: u64 = 40_000;

impl Lake {
    /// Adds a claims folder to the lake at `root`, which is made when it is not there.
    pub fn add(root: &Path, claims: &Path, options: &AddOptions, progress: &dyn Progress) -> Result<Added, LakeError> {
        let home = Root::folder(root)?;
        let folder = crate::open(claims)?;
        std::fs::create_dir_all(root).map_err(|e| LakeError::disk(root, e))?;
        let _lock = lock(root)?;
        let before = match Self::open(root) {
            Err(LakeError::NoLake(_)) => None,
            other => Some(other?.manifest),
        };
        sweep(root, before.as_ref())?;
        let temp =
            tempfile::Builder::new().prefix(".adding-").tempdir_in(root).map_err(|e| LakeError::disk(root, e))?;
        let reading = Options { temp: temp.path().to_path_buf(), threads: options.threads, from: None, until: None };
        let mut prepared = folder.prepare_reading(Reading::Everything, reading, progress)?;
        let buckets = match (&before, options.buckets) {
            (Some(manifest), Some(wanted)) if wanted != manifest.buckets => {
                let text = format!("数据湖已按 {} 个桶建立，不能改为 {wanted}；请去掉 --buckets", manifest.buckets);
                return Err(LakeError::Refused(text));
            }
            (Some(manifest), _) => manifest.buckets,
            (None, wanted) => wanted.unwrap_or_else(|| buckets_for(&prepared)).clamp(1, 4096),
        };
        let before = before.unwrap_or_else(|| Manifest::new(buckets));
        let gathered = Gathered::create(temp.path())?;
        let mut parts = gather(&prepared, &gathered, (buckets, options), progress)?;
        let input_hash = prepared.input_hash()?.to_owned();
        refuse_twice(&before, &input_hash, options)?;
        let adding = Adding { root: &home, options, before, gathered: &gathered, input_hash };
        let mut draft = adding.make(&prepared, progress)?;
        adding.check_rows(&draft)?;
        parts.append(&mut draft.parts);
        let intake = prepared.finish(parts, &root.join(format!("intake/g{:06}", adding.generation())))?;
        let entry = adding.changes(&draft)?;
        let months = adding.rows_by_month(&draft, Table::Lines);
        let (touched, everybody) = (draft.touched.len(), draft.everybody);
        sync_all(root, draft.written.iter().map(|written| written.entry.path.as_str()))?;
        let manifest = adding.manifest(draft, entry);
        manifest.publish(root)?;
        let lake = Self { root: home, manifest };
        Ok(Added { lake, intake, months, touched, everybody })
    }
}

/// Holds others off while the lake is being written.
fn lock(root: &Path) -> Result<File, LakeError> {
    let path = root.join(".lock");
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|e| LakeError::disk(&path, e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(_) => {
            let text = format!("另一个 yibao lake add 正在写数据湖 {}；请等它结束后再运行", root.display());
            Err(LakeError::Refused(text))
        }
    }
}

fn buckets_for(prepared: &Prepared) -> u16 {
    let rows = |table| prepared.source(table).map_or(0, crate::source::Source::rows_about);
    let wanted = (rows(Table::Persons) / BUCKET_PERSONS).max(rows(Table::Visits) / BUCKET_VISITS);
    u16::try_from(wanted.next_power_of_two().clamp(BUCKETS.0, BUCKETS.1)).unwrap_or(4)
}

/// One folder is not added twice; a restatement with the same content changes nothing and may be.
fn refuse_twice(before: &Manifest, input_hash: &str, options: &AddOptions) -> Result<(), LakeError> {
    let last = before.adds.iter().rev().find(|add| add.input_hash == input_hash);
    match last {
        Some(add) if options.restatement == Restatement::None => Err(LakeError::Refused(format!(
            "这批数据（内容完全相同）已在第 {} 次加入，未作任何改动；如要重报该月请加 --restate",
            add.generation
        ))),
        _ => Ok(()),
    }
}

/// Runs `work` on every item, on some threads; the first failure ends it.
fn in_parallel<T: Sync, R: Send>(
    threads: usize,
    items: &[T],
    work: impl Fn(&T) -> Result<R, LakeError> + Sync,
) -> Result<Vec<R>, LakeError> {
    let next = AtomicUsize::new(0);
    let done: Mutex<Vec<(usize, R)>> = Mutex::default();
    let failure: Mutex<Option<LakeError>> = Mutex::default();
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, items.len().max(1)) {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(item) = items.get(number) else { break };
                    match (work(item), done.lock(), failure.lock()) {
                        (Ok(result), Ok(mut done), _) => done.push((number, result)),
                        (Err(error), _, Ok(mut failure)) => {
                            next.store(usize::MAX / 2, Ordering::Relaxed);
                            failure.get_or_insert(error);
                        }
                        _ => break,
                    }
                }
            });
        }
    });
    if let Ok(Some(error)) = failure.into_inner() {
        return Err(error);
    }
    let mut done = done.into_inner().map_err(|_| LakeError::Bug("a worker died".into()))?;
    if done.len() != items.len() {
        return Err(LakeError::Bug("a worker died".into()));
    }
    done.sort_by_key(|(number, _)| *number);
    Ok(done.into_iter().map(|(_, result)| result).collect())
}

fn gather(
    prepared: &Prepared,
    gathered: &Gathered,
    (buckets, options): (u16, &AddOptions),
    progress: &dyn Progress,
) -> Result<Vec<SliceIntake>, LakeError> {
    progress.stage("按月份与人员分桶", prepared.line_count());
    let slices: Vec<usize> = (0..prepared.slices()).collect();
    in_parallel(options.threads, &slices, |slice| {
        let mut gatherer = Gatherer::new(gathered, buckets, options.month);
        let mut part = prepared.gather_slice(*slice, &mut gatherer)?;
        gatherer.flush()?;
        progress.advance(part.lines_read());
        // Rows are counted when it is known that the lake does not hold them: see `partition`.
        for table in BUCKETED {
            let counts = part.issues.table(table);
            (counts.accepted, counts.corrected) = (0, 0);
        }
        Ok(part)
    })
}

/// An add under way.
struct Adding<'a> {
    root: &'a Root,
    options: &'a AddOptions,
    before: Manifest,
    gathered: &'a Gathered,
    input_hash: String,
}

/// What an add has written, before it is published.
#[derive(Default)]
struct Draft {
    written: Vec<Written>,
    /// The lake's files that stay.
    staying: Vec<FileEntry>,
    /// The months that are replaced.
    restated: BTreeSet<Month>,
    touched: BTreeSet<String>,
    parts: Vec<SliceIntake>,
    everybody: bool,
}

impl Adding<'_> {
    fn generation(&self) -> u64 {
        self.before.generation + 1
    }

    /// Makes every place that gets rows anew.
    fn make(&self, prepared: &Prepared, progress: &dyn Progress) -> Result<Draft, LakeError> {
        let buckets = self.gathered.filled();
        let mut draft = Draft { restated: self.restated(), ..Draft::default() };
        let is_restated = |file: &FileEntry| file.month.is_some_and(|month| draft.restated.contains(&month));
        let (replaced, staying): (Vec<FileEntry>, Vec<FileEntry>) =
            self.before.files.iter().cloned().partition(is_restated);
        for file in replaced.iter().filter(|file| file.table == Table::Visits.spec().name) {
            read_file(self.root, file, Table::Visits, Reading::Judged, &mut |block| {
                draft.touched.extend((0..block.rows).map(|row| block.text(visit::psn_no, row).to_owned()));
                Ok(())
            })?;
        }
        let making =
            Making { root: self.root, gathered: self.gathered, generation: self.generation(), files: &staying };
        progress.stage("写入数据湖", buckets.len() as u64);
        let made = in_parallel(self.options.threads, &buckets, |bucket| {
            let made = making.bucket(*bucket);
            progress.advance(1);
            made
        })?;
        for Made { written, touched, issues } in made {
            draft.written.extend(written);
            draft.touched.extend(touched);
            draft.parts.push(SliceIntake { issues });
        }
        draft.staying = staying;
        self.registers(prepared, &mut draft)?;
        let fresh: BTreeSet<(String, Option<Month>, Option<u16>)> =
            draft.written.iter().map(|written| place_of(&written.entry)).collect();
        draft.staying.retain(|file| !fresh.contains(&place_of(file)));
        Ok(draft)
    }

    /// The months that the folder replaces.
    fn restated(&self) -> BTreeSet<Month> {
        if self.options.restatement == Restatement::None {
            return BTreeSet::new();
        }
        let mut months = self.gathered.months();
        months.extend(self.options.month);
        months
    }

    /// Institutions, staff and stock, each in one file.
    fn registers(&self, prepared: &Prepared, draft: &mut Draft) -> Result<(), LakeError> {
        for (table, rows) in &prepared.registers {
            let table = *table;
            let key: &[usize] = match table {
                Table::Institutions => &[institution::fixmedins_code],
                Table::Stock => &[stock::fixmedins_code, stock::med_list_codg, stock::begndate],
                _ => &[staff::prac_psn_code, staff::fixmedins_code],
            };
            let mut old = Vec::new();
            for file in self.before.files.iter().filter(|file| file.table == table.spec().name) {
                read_file(self.root, file, table, Reading::Everything, &mut |block| {
                    old.push(block);
                    Ok(())
                })?;
            }
            let was_there = !old.is_empty();
            let merged = merge_register(table, old, rows, key);
            // A visit at an institution that was not registered was refused; a doctor who was not may have been named.
            let is_late = merged.grown && (table == Table::Staff || !was_there);
            // Stock is held against everybody's lines anyhow.
            draft.everybody |= table != Table::Stock && self.before.generation > 0 && (merged.changed || is_late);
            if !merged.rows.is_empty() {
                let ordered = Ordered { table, blocks: &merged.blocks, rows: &merged.rows, persons: None };
                draft.written.push(write_file(self.root.name(), (None, None), self.generation(), &ordered)?);
            }
        }
        Ok(())
    }

    /// Rows of visits and lines by month, before and after.
    fn rows_by_month(&self, draft: &Draft, table: Table) -> BTreeMap<Month, (u64, u64)> {
        let name = table.spec().name;
        let mut months: BTreeMap<Month, (u64, u64)> = BTreeMap::new();
        let written = || draft.written.iter().map(|written| &written.entry);
        for file in self.before.files.iter().filter(|file| file.table == name) {
            months.entry(file.month.unwrap_or(Month::NONE)).or_default().0 += file.rows;
        }
        for file in written().chain(&draft.staying).filter(|file| file.table == name) {
            months.entry(file.month.unwrap_or(Month::NONE)).or_default().1 += file.rows;
        }
        let of_folder: BTreeSet<Month> =
            written().filter_map(|file| file.month).chain(draft.restated.iter().copied()).collect();
        months.retain(|month, _| of_folder.contains(month));
        months
    }

    /// A month restated with fewer rows is most likely an export that broke off.
    fn check_rows(&self, draft: &Draft) -> Result<(), LakeError> {
        if self.options.restatement != Restatement::Replace {
            return Ok(());
        }
        let mut fewer = Vec::new();
        for (table, word) in [(Table::Visits, "就诊"), (Table::Lines, "费用明细")] {
            for (month, (before, after)) in self.rows_by_month(draft, table) {
                if draft.restated.contains(&month) && after < before {
                    fewer.push(format!("{month} 的{word}由 {before} 行变为 {after} 行，少 {} 行", before - after));
                }
            }
        }
        if fewer.is_empty() {
            return Ok(());
        }
        Err(LakeError::Refused(format!(
            "重报的数据比湖中的少：{}；未作任何改动。请核对导出是否完整，确认无误请加 --allow-fewer",
            fewer.join("；")
        )))
    }

    /// Writes down whom this add touched.
    fn changes(&self, draft: &Draft) -> Result<AddEntry, LakeError> {
        let folder = self.root.shown("changes");
        std::fs::create_dir_all(&folder).map_err(|e| LakeError::disk(&folder, e))?;
        let changes = format!("changes/g{:06}.txt", self.generation());
        let mut text = String::new();
        for psn_no in &draft.touched {
            text.push_str(psn_no);
            text.push('\n');
        }
        write_through(&self.root.shown(&changes), text.as_bytes())?;
        let mut months = draft.restated.clone();
        months.extend(draft.written.iter().filter_map(|written| written.entry.month));
        Ok(AddEntry {
            generation: self.generation(),
            restated: self.options.restatement != Restatement::None,
            months: months.into_iter().collect(),
            input_hash: self.input_hash.clone(),
            changes,
            changes_sha256: hex(Sha256::new_with_prefix(text.as_bytes())),
            everybody: draft.everybody,
        })
    }

    /// The manifest with the add in it.
    fn manifest(self, draft: Draft, entry: AddEntry) -> Manifest {
        let generation = self.generation();
        let mut manifest = self.before;
        manifest.written_by.clone_from(&self.options.written_by);
        manifest.generation = generation;
        manifest.adds.push(entry);
        manifest.files = draft.staying;
        for Written { entry, filled } in draft.written {
            manifest.columns.entry(entry.table.clone()).or_default().extend(filled);
            manifest.files.push(entry);
        }
        manifest.files.sort_by_key(place_of);
        manifest
    }
}

fn place_of(file: &FileEntry) -> (String, Option<Month>, Option<u16>) {
    (file.table.clone(), file.month, file.bucket)
}
