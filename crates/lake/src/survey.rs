//! One look at keys, before anything is decoded: how many visits, where to cut, what lies in order.
//!
//! Only key columns are read here. Whether a table can be read in place is decided by its rows, not by
//! statistics: a file may be sorted in all its groups and still not from row to row.

use rustc_hash::FxHashSet;

use crate::LakeError;
use crate::block::{Origin, State, Texts};
use crate::decode::{Decoder, key_texts};
use crate::issues::Issues;
use crate::prepare::Progress;
use crate::route::{Boundaries, Order, Placement, VisitMap};
use crate::rowset::RowSet;
use crate::source::Source;
use crate::tables::{Reading, Table, line, visit};

/// Persons looked at to place the cuts.
const SAMPLE: usize = 1 << 16;

/// What one pass over the visits tells.
pub(crate) struct Survey {
    pub(crate) rows: u64,
    pub(crate) sample: Vec<String>,
    pub(crate) audit_profile: bool,
}

/// Counts visits, samples persons, and finds out which dictionary `matn_stas` speaks.
pub(crate) fn survey_visits(visits: &Source, progress: &dyn Progress) -> Result<Survey, LakeError> {
    let mut survey = Survey { rows: 0, sample: Vec::new(), audit_profile: false };
    let mut step = 1;
    let (mut low, mut high) = (0_u64, 0_u64);
    visits.scan(&[visit::psn_no, visit::matn_stas], &mut |raw| {
        let column = |column: usize| raw.arrays.get(column).and_then(Option::as_ref);
        if let Some(array) = column(visit::psn_no) {
            let texts = key_texts(array);
            for row in (0..raw.rows).filter(|row| (survey.rows + *row as u64).is_multiple_of(step)) {
                survey.sample.push(texts.get(row).to_owned());
            }
        }
        if let Some(array) = column(visit::matn_stas) {
            let texts = key_texts(array);
            for row in 0..raw.rows {
                match texts.get(row) {
                    "1" | "2" => low += 1,
                    "3" | "4" => high += 1,
                    _ => {}
                }
            }
        }
        survey.rows += raw.rows as u64;
        while survey.sample.len() > SAMPLE {
            step *= 2;
            let mut even = false;
            survey.sample.retain(|_| {
                even = !even;
                even
            });
        }
        progress.advance(raw.rows as u64);
        Ok(())
    })?;
    survey.audit_profile = is_audit_profile(low, high, survey.rows);
    Ok(survey)
}

/// Which dictionary `matn_stas` speaks, from how many of `rows` say 1 or 2, and 3 or 4. The audit interface
/// fills 1 (妊娠) and 2 (哺乳) for few; the platform's 1 (neither) is for most.
pub(crate) fn is_audit_profile(low: u64, high: u64, rows: u64) -> bool {
    high == 0 && low * 2 < rows.max(1)
}

/// Whether lines lie ordered by person, and if so where each slice begins.
pub(crate) fn lines_in_place(
    lines: &Source,
    boundaries: &Boundaries,
    progress: &dyn Progress,
) -> Result<Option<Placement>, LakeError> {
    let mut order = Order::new();
    let mut previous = String::new();
    let mut slice = 0;
    let mut sorted = true;
    let outcome = lines.scan(&[line::psn_no], &mut |raw| {
        let Some(Some(array)) = raw.arrays.get(line::psn_no) else {
            // The column is wholly empty: persons are found through their visits.
            sorted = false;
            return Err(LakeError::Bug(String::new()));
        };
        let texts = key_texts(array);
        let mut last_key = u32::MAX;
        for row in 0..raw.rows {
            if let Texts::Coded { keys, .. } = &texts {
                let key = keys.get(row).copied().unwrap_or(u32::MAX);
                if key == last_key && key != u32::MAX {
                    order.same(1);
                    continue;
                }
                last_key = key;
            }
            let psn_no = texts.get(row);
            if psn_no == previous && !psn_no.is_empty() {
                order.same(1);
                continue;
            }
            if psn_no.is_empty() || psn_no < previous.as_str() {
                sorted = false;
                return Err(LakeError::Bug(String::new()));
            }
            slice = boundaries.slice_near(psn_no, slice);
            order.row(Some(slice));
            previous.clear();
            previous.push_str(psn_no);
        }
        progress.advance(raw.rows as u64);
        Ok(())
    });
    match outcome {
        Err(_) if !sorted => Ok(None),
        Err(error) => Err(error),
        Ok(()) => Ok(order.placement(boundaries.slices())),
    }
}

/// Enters every visit in the map and watches the order of the rows.
pub(crate) fn enter_visits(
    visits: &Source,
    boundaries: &Boundaries,
    rows: u64,
) -> Result<(VisitMap, Order), LakeError> {
    let mut map = VisitMap::with_rows(rows);
    let mut order = Order::new();
    let mut slice = 0;
    visits.scan(&[visit::psn_no, visit::mdtrt_id], &mut |raw| {
        let column = |column: usize| raw.arrays.get(column).and_then(Option::as_ref).map(key_texts);
        if let (Some(persons), Some(ids)) = (column(visit::psn_no), column(visit::mdtrt_id)) {
            for row in 0..raw.rows {
                let (psn_no, mdtrt_id) = (persons.get(row), ids.get(row));
                if psn_no.is_empty() || mdtrt_id.is_empty() {
                    order.row(None);
                    continue;
                }
                slice = boundaries.slice_near(psn_no, slice);
                order.row(Some(slice));
                map.insert(mdtrt_id, slice);
            }
        }
        Ok(())
    })?;
    Ok((map, order))
}

/// Decides which of several visits with one id in several slices is kept; returns the others' rows.
pub(crate) fn settle_contested(
    visits: &Source,
    boundaries: &Boundaries,
    map: &mut VisitMap,
) -> Result<FxHashSet<Origin>, LakeError> {
    let spec = Table::Visits.spec();
    let mut decoder = Decoder::new(Table::Visits);
    let mut gathered = RowSet::new(spec, Reading::Judged);
    visits.scan(&spec.read_columns(Reading::Judged), &mut |raw| {
        // The rows are decoded again when their slice is read: only then do they count.
        let block = decoder.decode(raw, &mut Issues::default());
        for row in 0..block.rows {
            if block.state(row) != State::Rejected && map.is_contested(block.text(visit::mdtrt_id, row)) {
                gathered.push(&block, row);
            }
        }
        Ok(())
    })?;
    let block = gathered.take_block();
    let mut rows: Vec<usize> = (0..block.rows).collect();
    rows.sort_by(|&a, &b| {
        let id = |row| block.text(visit::mdtrt_id, row);
        id(a).cmp(id(b)).then_with(|| block.compare(a, &block, b)).then_with(|| block.origin(a).cmp(&block.origin(b)))
    });
    let mut displaced = FxHashSet::default();
    let mut kept = "";
    for row in rows {
        let mdtrt_id = block.text(visit::mdtrt_id, row);
        if mdtrt_id == kept {
            displaced.insert(block.origin(row));
        } else {
            kept = mdtrt_id;
            map.settle(mdtrt_id, boundaries.slice_of(block.text(visit::psn_no, row)));
        }
    }
    Ok(displaced)
}

/// Watches the order of a table's rows by the slice of their key.
pub(crate) fn in_slice_order(
    source: &Source,
    key: usize,
    slice_of: &dyn Fn(&str, u16) -> Option<u16>,
    progress: &dyn Progress,
) -> Result<Order, LakeError> {
    let mut order = Order::new();
    let mut last = 0;
    let mut previous = String::new();
    source.scan(&[key], &mut |raw| {
        let Some(Some(array)) = raw.arrays.get(key) else { return Ok(()) };
        let texts = key_texts(array);
        for row in 0..raw.rows {
            let text = texts.get(row);
            if text == previous || order.is_broken() {
                order.same(1);
                continue;
            }
            previous.clear();
            previous.push_str(text);
            let slice = slice_of(text, last);
            last = slice.unwrap_or(last);
            order.row(slice);
        }
        progress.advance(raw.rows as u64);
        Ok(())
    })?;
    Ok(order)
}
