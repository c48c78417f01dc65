//! From an opened folder to slices that can be read: one look at keys, and routing where needed.
//!
//! Order of work: sample persons → cut slices → see whether lines lie in order → enter every visit in
//! the map → place the other tables. A Parquet table in slice order is only looked at by its key;
//! everything else is decoded once here and sent to temporary files (外部排序).

use std::path::{Path, PathBuf};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use model::{Day, Institution, Staff, Stock};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::LakeError;
use crate::block::{Block, NONE, Origin, State};
use crate::decode::Decoder;
use crate::folder::{Folder, hash};
use crate::issues::{Counts, Issues, Reject};
use crate::kept::Basin;
use crate::note::{Level, Note};
use crate::report::{IntakeReport, SliceIntake, tables_of, write_rejects};
use crate::route::{Boundaries, Placement, Router};
use crate::rowset::RowSet;
use crate::runs::Runs;
use crate::source::Source;
use crate::survey::{enter_visits, in_slice_order, lines_in_place, settle_contested, survey_visits};
use crate::tables::{Reading, Table, line, person, visit};

/// How to read a folder.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where temporary files go.
    pub temp: PathBuf,
    /// Threads that will read slices.
    pub threads: usize,
    /// Judge only visits that overlap `[from, until)`.
    pub from: Option<Day>,
    /// The first day no longer judged.
    pub until: Option<Day>,
}

/// Is told how far reading has come.
pub trait Progress: Sync {
    /// A stage begins; `total` is its rows (0 when unknown).
    fn stage(&self, title: &str, total: u64);
    /// So many rows more.
    fn advance(&self, rows: u64);
}

/// Progress that nobody watches.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn stage(&self, _: &str, _: u64) {}
    fn advance(&self, _: u64) {}
}

/// A folder whose slices can be read, in any order, on any thread.
pub struct Prepared {
    pub(crate) options: Options,
    pub(crate) sources: [Option<Source>; Table::ALL.len()],
    pub(crate) placements: [Placement; Table::ALL.len()],
    pub(crate) rejects: Runs<Reject>,
    pub(crate) institutions: Vec<Institution>,
    pub(crate) institution_index: FxHashMap<String, u32>,
    /// Rows of `visits` that lost their id to a row of another slice.
    pub(crate) displaced: FxHashSet<Origin>,
    pub(crate) audit_profile: bool,
    pub(crate) reading: Reading,
    pub(crate) staff: Vec<Staff>,
    pub(crate) stock: Vec<Stock>,
    /// The lake, when this is one and not a folder.
    pub(crate) basin: Option<Basin>,
    /// The rows of the small tables, when everything is read.
    pub(crate) registers: Vec<(Table, RowSet)>,
    pub(crate) issues: Issues,
    slices: usize,
    pub(crate) notes: Vec<Note>,
    /// Per routed table, the columns that hold a value.
    filled: [Option<FxHashSet<usize>>; Table::ALL.len()],
    hash: Option<JoinHandle<Result<String, LakeError>>>,
    input_hash: String,
    sorted_lines: u64,
    sort_time: Duration,
}

/// Visits of a slice, at most about.
const SLICE_VISITS: u64 = if cfg!(test) { 40 } else { 150_000 };
/// Lines of a slice that is sorted in memory, at most about.
const SLICE_LINES: u64 = if cfg!(test) { 200 } else { 400_000 };
/// Visits below which cutting is not worth it.
const CUT_VISITS: u64 = if cfg!(test) { 50 } else { 20_000 };

impl Folder {
    /// Cuts the folder into slices and routes what does not lie in order.
    pub fn prepare(self, options: Options, progress: &dyn Progress) -> Result<Prepared, LakeError> {
        self.prepare_reading(Reading::Judged, options, progress)
    }

    pub(crate) fn prepare_reading(
        self,
        reading: Reading,
        options: Options,
        progress: &dyn Progress,
    ) -> Result<Prepared, LakeError> {
        let paths = self.paths();
        let hash = std::thread::spawn(move || hash(&paths));
        let Self { sources, notes, .. } = self;
        let mut prepared = Prepared::empty(options)?;
        prepared.hash = Some(hash);
        prepared.sources = sources;
        prepared.reading = reading;
        prepared.notes = notes;
        prepared.read_registers()?;
        prepared.place(progress)?;
        Ok(prepared)
    }
}

impl Prepared {
    /// Nothing yet.
    pub(crate) fn empty(options: Options) -> Result<Self, LakeError> {
        Ok(Self {
            rejects: Runs::create(&options.temp)?,
            options,
            sources: Default::default(),
            placements: std::array::from_fn(|_| Placement::Absent),
            institutions: Vec::new(),
            institution_index: FxHashMap::default(),
            displaced: FxHashSet::default(),
            audit_profile: false,
            reading: Reading::Judged,
            staff: Vec::new(),
            stock: Vec::new(),
            registers: Vec::new(),
            basin: None,
            slices: 1,
            issues: Issues::default(),
            notes: Vec::new(),
            filled: Default::default(),
            hash: None,
            input_hash: String::new(),
            sorted_lines: 0,
            sort_time: Duration::ZERO,
        })
    }

    pub(crate) fn set_slices(&mut self, slices: usize) {
        self.slices = slices;
    }

    /// How many slices there are to read.
    #[must_use]
    pub fn slices(&self) -> usize {
        self.slices
    }

    /// The institutions, in the order that `CaseVisit::institution` indexes.
    #[must_use]
    pub fn institutions(&self) -> &[Institution] {
        &self.institutions
    }

    /// The members of staff.
    #[must_use]
    pub fn staff(&self) -> &[Staff] {
        &self.staff
    }

    /// What institutions had of items, by institution, item and period.
    #[must_use]
    pub fn stock(&self) -> &[Stock] {
        &self.stock
    }

    /// Whether the column is there and not wholly empty.
    #[must_use]
    pub fn has_column(&self, table: &str, column: &str) -> bool {
        if let Some(basin) = &self.basin {
            return basin.lake.has_column(table, column);
        }
        let Some(table) = Table::named(table) else { return false };
        let (Some(source), Some(column)) = (self.source(table), table.spec().position(column)) else { return false };
        let is_read = table.spec().read_columns(self.reading).contains(&column);
        let filled = self.filled.get(table as usize).and_then(Option::as_ref).filter(|_| is_read);
        source.may_hold(column) && filled.is_none_or(|filled| filled.contains(&column))
    }

    /// Where temporary files of the run go.
    #[must_use]
    pub fn temp(&self) -> &Path {
        &self.options.temp
    }

    /// Charge lines in the folder: exact for Parquet and for lines that were routed.
    #[must_use]
    pub fn line_count(&self) -> u64 {
        if let Some(basin) = &self.basin {
            return basin.lake.files_of(Table::Lines.spec().name).map(|file| file.rows).sum();
        }
        if self.sorted_lines > 0 { self.sorted_lines } else { self.lines_about() }
    }

    fn lines_about(&self) -> u64 {
        self.source(Table::Lines).map_or(0, Source::rows_about)
    }

    /// Writes `rejects/` below `out`, checks the sums and says what was read.
    pub fn finish(mut self, parts: Vec<SliceIntake>, out: &Path) -> Result<IntakeReport, LakeError> {
        if self.basin.is_some() {
            return self.finish_kept(&parts);
        }
        let mut issues = std::mem::take(&mut self.issues);
        for mut part in parts {
            part.issues.flush(&self.rejects)?;
            issues.add(&part.issues);
        }
        issues.flush(&self.rejects)?;
        self.check_all_read(&issues)?;
        let mut tables = tables_of(&self.sources, &issues, &self.notes)?;
        let input_hash = self.input_hash()?.to_owned();
        write_rejects(self.rejects, &self.sources, out, &mut tables)?;
        let Self { notes, sorted_lines, sort_time, .. } = self;
        let incomplete = notes.iter().any(|note| note.level == Level::Problem);
        Ok(IntakeReport { tables, notes, incomplete, sorted_lines, sort_time, input_hash })
    }

    /// SHA-256 over the files of the folder; waits until they are read.
    pub(crate) fn input_hash(&mut self) -> Result<&str, LakeError> {
        if let Some(hashing) = self.hash.take() {
            self.input_hash = hashing.join().map_err(|_| LakeError::Bug("the hashing thread died".into()))??;
        }
        Ok(&self.input_hash)
    }

    /// Parquet says how many rows it holds: each was read, and once.
    fn check_all_read(&self, issues: &Issues) -> Result<(), LakeError> {
        for (table, counts) in Table::ALL.into_iter().zip(issues.counts()) {
            let Some(source) = self.source(table).filter(|source| source.is_parquet()) else { continue };
            if source.rows_about() != counts.read {
                let name = table.spec().name;
                let text = format!(
                    "intake counts do not add up: {name}: {} of {} rows read",
                    counts.read,
                    source.rows_about()
                );
                return Err(LakeError::Bug(text));
            }
        }
        Ok(())
    }

    /// Gives up a table that broke half-way: nothing of it was read, and a note says so.
    pub(crate) fn leave_out(&mut self, table: Table, error: LakeError, before: Counts) -> Result<(), LakeError> {
        let LakeError::Unreadable { file, reason } = error else { return Err(error) };
        let name = file.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let text = format!("读到中途失败（{reason}），这张表未使用；请重新导出该文件");
        self.notes.push(Note::problem(name, text));
        *self.issues.table(table) = before;
        self.issues.forget(table);
        if let Some(source) = self.sources.get_mut(table as usize) {
            *source = None;
        }
        Ok(())
    }

    fn place(&mut self, progress: &dyn Progress) -> Result<(), LakeError> {
        let (Some(Some(visits)), Some(Some(lines))) =
            (self.sources.get(Table::Visits as usize), self.sources.get(Table::Lines as usize))
        else {
            return Err(LakeError::Bug("prepare without visits or charge_lines".into()));
        };
        progress.stage("读取就诊索引", visits.rows_about());
        let mut survey = survey_visits(visits, progress)?;
        self.audit_profile = survey.audit_profile;
        let whole = if self.options.threads > 1 { 2 * self.options.threads as u64 } else { 4 };
        let by_visits = if survey.rows < CUT_VISITS { 1 } else { survey.rows.div_ceil(SLICE_VISITS).max(whole) };
        let by_lines = lines.rows_about().div_ceil(SLICE_LINES).max(1);
        let cut = |sample: &mut Vec<String>, slices: u64| Boundaries::cut(sample, usize::try_from(slices).unwrap_or(1));
        let mut boundaries = cut(&mut survey.sample, by_visits);
        progress.stage("检查明细顺序", lines.rows_about());
        let (in_place, entered) = std::thread::scope(|scope| {
            let entering = scope.spawn(|| enter_visits(visits, &boundaries, survey.rows));
            let checkable = lines.is_parquet() && lines.has(line::psn_no);
            let in_place = if checkable { lines_in_place(lines, &boundaries, progress) } else { Ok(None) };
            (in_place, entering.join())
        });
        let in_place = in_place?;
        let (mut map, mut order) = entered.map_err(|_| LakeError::Bug("the visit thread died".into()))??;
        if in_place.is_none() && by_lines > by_visits {
            boundaries = cut(&mut survey.sample, by_lines);
            progress.stage("建立就诊索引", survey.rows);
            (map, order) = enter_visits(visits, &boundaries, survey.rows)?;
        }
        self.slices = boundaries.slices();
        if map.any_contested() {
            self.displaced = settle_contested(visits, &boundaries, &mut map)?;
        }
        let by_person = |psn_no: &str, last: u16| Some(boundaries.slice_near(psn_no, last));
        let by_visit = |mdtrt_id: &str, _: u16| map.slice_of(mdtrt_id);
        let in_order = order.placement(self.slices).filter(|_| visits.is_parquet());
        let placement = match in_order {
            Some(placement) => placement,
            None => self.route(Table::Visits, visit::psn_no, &by_person, progress)?,
        };
        self.put(Table::Visits, placement);
        if let Some(placement) = self.place_by(Table::Persons, person::psn_no, &by_person, progress)? {
            self.put(Table::Persons, placement);
        }
        for table in [Table::Diagnoses, Table::Procedures] {
            // Both name their visit in their first column.
            if let Some(placement) = self.place_by(table, 0, &by_visit, progress)? {
                self.put(table, placement);
            }
        }
        let placement = match in_place {
            Some(placement) => placement,
            None => {
                let started = Instant::now();
                progress.stage("外部排序费用明细", self.lines_about());
                let placement = self.route(Table::Lines, line::mdtrt_id, &by_visit, progress)?;
                self.sort_time = started.elapsed();
                placement
            }
        };
        self.put(Table::Lines, placement);
        Ok(())
    }

    pub(crate) fn put(&mut self, table: Table, placement: Placement) {
        if let Some(place) = self.placements.get_mut(table as usize) {
            *place = placement;
        }
    }

    /// Places an optional table; one that cannot be read to its end is left out, with a note.
    fn place_by(
        &mut self,
        table: Table,
        key: usize,
        slice_of: &dyn Fn(&str, u16) -> Option<u16>,
        progress: &dyn Progress,
    ) -> Result<Option<Placement>, LakeError> {
        let Some(Some(source)) = self.sources.get(table as usize) else { return Ok(None) };
        progress.stage(&format!("整理 {}", table.spec().name), source.rows_about());
        let placed = if source.is_parquet() {
            in_slice_order(source, key, slice_of, progress).map(|order| order.placement(self.slices))
        } else {
            Ok(None)
        };
        let before = *self.issues.table(table);
        let placed = match placed {
            Ok(Some(placement)) => Ok(placement),
            Ok(None) => self.route(table, key, slice_of, progress),
            Err(error) => Err(error),
        };
        match placed {
            Ok(placement) => Ok(Some(placement)),
            Err(error) => self.leave_out(table, error, before).map(|()| None),
        }
    }

    /// Decodes a table and sends its rows to their slices.
    fn route(
        &mut self,
        table: Table,
        key: usize,
        slice_of: &dyn Fn(&str, u16) -> Option<u16>,
        progress: &dyn Progress,
    ) -> Result<Placement, LakeError> {
        let Some(Some(source)) = self.sources.get(table as usize) else { return Ok(Placement::Absent) };
        let spec = table.spec();
        let mut router = Router::create(&self.options.temp, spec, self.reading, self.slices)?;
        let mut decoder = Decoder::new(table);
        let mut filled = FxHashSet::default();
        let (issues, rejects) = (&mut self.issues, &self.rejects);
        source.scan_ahead(&spec.read_columns(self.reading), &mut |raw| {
            issues.table(table).read += raw.rows as u64;
            progress.advance(raw.rows as u64);
            let block = decoder.decode(raw, issues);
            note_filled(&block, &mut filled);
            let mut last = 0;
            for row in (0..block.rows).filter(|&row| block.state(row) != State::Rejected) {
                match slice_of(block.text(key, row), last) {
                    Some(slice) => {
                        last = slice;
                        router.send(slice, &block, row)?;
                    }
                    None => reject_orphan(issues, table, &block, row),
                }
            }
            issues.relieve(rejects)
        })?;
        if table == Table::Lines {
            self.sorted_lines = router.rows();
        }
        if let Some(place) = self.filled.get_mut(table as usize) {
            *place = Some(filled);
        }
        router.finish()
    }
}

/// Rejects a row whose visit there is not (or which was refused itself).
pub(crate) fn reject_orphan(issues: &mut Issues, table: Table, block: &Block, row: usize) {
    let key = if table == Table::Lines { line::mdtrt_id } else { 0 };
    let reason = match table {
        Table::Lines => "visits 中没有这位参保人的这次就诊（或该就诊已被拒收）；请补充就诊记录或更正 mdtrt_id、psn_no",
        _ => "visits 中没有这次就诊（或该就诊已被拒收）；请补充就诊记录或更正 mdtrt_id",
    };
    issues.reject(table, block.origin(row), "mdtrt_id", block.text(key, row), reason.to_owned());
}

/// Rejects a row whose key another row has.
pub(crate) fn reject_duplicate(issues: &mut Issues, table: Table, block: &Block, row: usize, key: &[usize]) {
    let names: Vec<&str> = key.iter().filter_map(|&c| table.spec().columns.get(c).map(|c| c.name)).collect();
    let values: Vec<&str> = key.iter().map(|&column| block.text(column, row)).filter(|text| !text.is_empty()).collect();
    let reason = "主键重复：同一主键只保留一行；请删除重复行或更正主键".to_owned();
    issues.reject(table, block.origin(row), &names.join("+"), &values.join("+"), reason);
}

pub(crate) fn day_of(number: i64) -> Option<Day> {
    i32::try_from(number).ok().map(Day)
}

fn note_filled(block: &Block, filled: &mut FxHashSet<usize>) {
    for column in 0..block.columns.len() {
        let holds = |row| block.number(column, row) != NONE || !block.text(column, row).is_empty();
        if !filled.contains(&column) && (0..block.rows).any(holds) {
            filled.insert(column);
        }
    }
}
