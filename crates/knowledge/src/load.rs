//! The library under construction: points as they are read, links not yet laid out.
//!
//! Every table ends in [`Load::point`] and [`Load::link`]; [`Load::finish`] lays the codes out in runs,
//! orders the points, decides which lack the codes they need, and checks supersession. A million
//! points pass through here, so nothing is copied that was seen before: wordings, predicates and
//! days are remembered.

use crate::class::class_of;
use crate::point::{Knowledge, Point, PointKind, Reason, Source, Status, Str};
use crate::predicate::Predicate;
use crate::problem::Problem;
use crate::sheet::{Problems, Row};
use crate::text::{Wording, derive};
use model::Span;
use rustc_hash::{FxBuildHasher, FxHashMap};
use std::collections::hash_map::Entry;
use std::hash::BuildHasher;

/// Which side of a pair a code stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// A, or the only side
    Subject,
    /// B
    Partner,
}

struct Link {
    point: u32,
    side: Side,
    seq: u32,
    code: Str,
}

/// What was read once of a wording and its parameter.
struct Reading {
    wording: Box<str>,
    text: Str,
    logic: Str,
    predicate: Predicate,
    status: Status,
}

/// Where a point stood, for problems found only at the end.
struct Origin {
    file: u16,
    line: u32,
}

/// A point as its table gives it.
pub struct Draft<'d> {
    /// Its id
    pub id: &'d str,
    /// What it speaks of
    pub kind: PointKind,
    /// Its wording
    pub wording: Wording<'d>,
    /// The `predicate` column
    pub given: &'d str,
    /// The column it stands in, for messages
    pub given_column: usize,
    /// When it judges
    pub valid: Span,
    /// Batch tag
    pub batch: &'d str,
    /// Where from
    pub source: Source,
}

/// The library under construction.
#[derive(Default)]
pub struct Load {
    /// What has been read.
    pub knowledge: Knowledge,
    links: Vec<Link>,
    ids: FxHashMap<u64, u32>,
    clashing_ids: Vec<u32>,
    readings: FxHashMap<u64, Reading>,
    shared: FxHashMap<Box<str>, Str>,
    last_shared: [Str; 4],
    files: Vec<String>,
    origins: Vec<Origin>,
    last_linked: Option<u32>,
}

impl Load {
    /// Room for so many points and links, and about so many bytes of text.
    pub fn with_room(points: usize, links: usize, bytes: usize) -> Self {
        let mut load = Self::default();
        load.knowledge.reserve(bytes + bytes / 2);
        load.knowledge.points.reserve(points);
        load.ids.reserve(points);
        load.origins.reserve(points);
        load.links.reserve(links);
        load
    }

    /// A text that many points share, kept once.
    pub fn share(&mut self, text: &str) -> Str {
        // Neighbouring rows share their rule and their batch, so the last ones are tried first.
        if let Some(&known) = self.last_shared.iter().find(|&&known| self.knowledge.text(known) == text) {
            return known;
        }
        if let Some(&known) = self.shared.get(text) {
            self.last_shared.rotate_right(1);
            self.last_shared[0] = known;
            return known;
        }
        let kept = self.knowledge.keep(text);
        self.shared.insert(text.into(), kept);
        kept
    }

    /// The point of this id, if it was read.
    pub fn find(&self, id: &str) -> Option<u32> {
        let is_it = |&&place: &&u32| {
            self.knowledge.points.get(place as usize).is_some_and(|point| self.knowledge.text(point.id) == id)
        };
        self.ids.get(&hash(id)).filter(is_it).or_else(|| self.clashing_ids.iter().find(is_it)).copied()
    }

    /// Adds a point. A repeated id, a bad predicate are problems; the point is then left out.
    pub fn point(&mut self, draft: &Draft<'_>, row: &Row<'_>, problems: &mut Problems) -> Option<u32> {
        let (text, logic, predicate, status) = self.reading(draft, row, problems)?;
        let place = u32::try_from(self.knowledge.points.len()).ok()?;
        if !self.is_new(draft.id, place) {
            problems.push(row.problem(0, format!("编号 {} 重复，每个知识点的编号只能出现一次", draft.id)));
            return None;
        }
        let point = Point {
            id: self.knowledge.keep(draft.id),
            rule_id: self.share(draft.wording.rule_id),
            kind: draft.kind,
            name: self.knowledge.keep(draft.wording.name),
            text,
            predicate,
            status,
            valid: draft.valid,
            batch: self.share(draft.batch),
            basis: Str::default(),
            codes_from: 0,
            codes_len: 0,
            subjects_len: 0,
            source: draft.source,
            logic,
            supersedes: Str::default(),
            published_on: None,
        };
        self.knowledge.points.push(point);
        self.remember_origin(row);
        Some(place)
    }

    /// Enters an id for the point about to stand at `place`; false when it is taken.
    fn is_new(&mut self, id: &str, place: u32) -> bool {
        match self.ids.entry(hash(id)) {
            Entry::Vacant(free) => {
                free.insert(place);
                return true;
            }
            Entry::Occupied(_) => {}
        }
        // Another id under the same hash, or the same id.
        if self.find(id).is_some() {
            return false;
        }
        self.clashing_ids.push(place);
        true
    }

    /// The point at a place that [`Load::point`] gave.
    pub fn at(&mut self, place: u32) -> Option<&mut Point> {
        self.knowledge.points.get_mut(place as usize)
    }

    /// Links a code to a point.
    pub fn link(&mut self, point: u32, side: Side, code: &str) {
        let seq = u32::try_from(self.links.len()).unwrap_or(u32::MAX);
        let code = self.knowledge.keep(code);
        self.links.push(Link { point, side, seq, code });
    }

    /// A row of `codes.csv`: the point by its id, the place among its codes as published. In a pair the
    /// first code is A and the rest are B.
    pub fn link_row(&mut self, row: &Row<'_>, problems: &mut Problems) {
        let id = row.get(0);
        let same = self.last_linked.filter(|&last| {
            self.knowledge.points.get(last as usize).is_some_and(|point| self.knowledge.text(point.id) == id)
        });
        let Some(point) = same.or_else(|| self.find(id)) else {
            problems.push(row.problem(0, "没有这个编号的知识点，请先在 points.csv 中登记"));
            return;
        };
        self.last_linked = Some(point);
        let Ok(seq) = row.get(1).parse::<u32>() else {
            problems.push(row.problem(1, "不是正整数"));
            return;
        };
        let code = row.required(2, problems);
        let pair = self.knowledge.points.get(point as usize).is_some_and(|p| is_pair(self.knowledge.text(p.rule_id)));
        let side = if pair && seq > 1 { Side::Partner } else { Side::Subject };
        let code = self.knowledge.keep(code);
        self.links.push(Link { point, side, seq, code });
    }

    /// The finished library, or every problem.
    pub fn finish(mut self, mut problems: Problems) -> Result<Knowledge, Problems> {
        self.lay_out_codes(&mut problems);
        self.require_codes();
        self.check_supersession(&mut problems);
        if problems.is_empty() {
            Ok(in_order(self.knowledge))
        } else {
            problems.sort();
            problems.dedup();
            Err(problems)
        }
    }

    /// What the wording says, with the texts kept once for all points that share them.
    fn reading(
        &mut self,
        draft: &Draft<'_>,
        row: &Row<'_>,
        problems: &mut Problems,
    ) -> Option<(Str, Str, Predicate, Status)> {
        let wording = draft.wording;
        let name = if wording.text.is_empty() { wording.name } else { "" };
        let parts = [wording.rule_id, wording.text, wording.logic, draft.given, name];
        let key = FxBuildHasher.hash_one(parts);
        let same = |whole: &str| {
            let mut rest = whole;
            parts.iter().all(|part| {
                rest.strip_prefix(*part).and_then(|r| r.strip_prefix('\0')).is_some_and(|r| {
                    rest = r;
                    true
                })
            })
        };
        if let Some(known) = self.readings.get(&key).filter(|reading| same(&reading.wording)) {
            return Some((known.text, known.logic, known.predicate.clone(), known.status));
        }
        let given = match draft.given.parse::<Predicate>() {
            Ok(given) => given,
            Err(error) => {
                problems.push(row.problem(draft.given_column, format!("不是有效的限定条件：{error}")));
                return None;
            }
        };
        let (predicate, status) = match class_of(wording.rule_id) {
            Some(_) => derive(wording, &given),
            // A locality may give points to any rule: what it lists, it means.
            None => (given, Status::Executable),
        };
        let (text, logic) = (self.knowledge.keep(wording.text), self.share(wording.logic));
        let whole = parts.iter().flat_map(|part| [*part, "\0"]).collect::<String>().into();
        self.readings.insert(key, Reading { wording: whole, text, logic, predicate: predicate.clone(), status });
        Some((text, logic, predicate, status))
    }

    fn remember_origin(&mut self, row: &Row<'_>) {
        if self.files.last().is_none_or(|last| last != row.file) {
            self.files.push(row.file.to_owned());
        }
        let file = u16::try_from(self.files.len() - 1).unwrap_or(u16::MAX);
        self.origins.push(Origin { file, line: u32::try_from(row.line).unwrap_or(u32::MAX) });
    }

    fn problem_of(&self, point: usize, column: &str, value: &str, message: String) -> Problem {
        let origin = self.origins.get(point);
        Problem {
            file: origin.and_then(|o| self.files.get(o.file as usize)).cloned().unwrap_or_default(),
            line: origin.map_or(0, |o| u64::from(o.line)),
            column: column.to_owned(),
            value: value.to_owned(),
            message,
            nearest: None,
        }
    }

    fn lay_out_codes(&mut self, problems: &mut Problems) {
        let order = |link: &Link| (link.point, link.side, link.seq);
        if !self.links.is_sorted_by_key(order) {
            self.links.sort_by_key(order);
        }
        for pair in self.links.windows(2) {
            if let [a, b] = pair
                && a.point == b.point
                && self.knowledge.text(a.code) == self.knowledge.text(b.code)
            {
                let (code, place) = (self.knowledge.text(a.code), a.point as usize);
                let id = self.knowledge.points.get(place).map_or("", |point| self.knowledge.text(point.id));
                problems.push(self.problem_of(place, "code", code, format!("在知识点 {id} 下重复登记")));
            }
        }
        self.knowledge.codes.reserve(self.links.len());
        for link in &self.links {
            let from = self.knowledge.codes.len() as u32;
            if let Some(point) = self.knowledge.points.get_mut(link.point as usize) {
                if point.codes_len == 0 {
                    point.codes_from = from;
                }
                point.codes_len += 1;
                point.subjects_len += u32::from(link.side == Side::Subject);
            }
            self.knowledge.codes.push(link.code);
        }
    }

    /// A limit that no code carries cannot be judged, however well its text was read.
    fn require_codes(&mut self) {
        let pairs: Vec<bool> =
            self.knowledge.points.iter().map(|point| is_pair(self.knowledge.text(point.rule_id))).collect();
        for (point, pair) in self.knowledge.points.iter_mut().zip(pairs) {
            let partners = point.codes_len - point.subjects_len;
            if point.status == Status::Executable && (point.subjects_len == 0 || (pair && partners == 0)) {
                point.status = Status::TextOnly(Reason::NoCode);
            }
        }
    }

    /// I9 for knowledge: on each day one version of a point is in force, never the old and the new.
    fn check_supersession(&self, problems: &mut Problems) {
        for (place, point) in self.knowledge.points.iter().enumerate() {
            for old_id in self.knowledge.text(point.supersedes).split(';').filter(|id| !id.is_empty()) {
                if let Some(message) = self.fault_of_succession(point, old_id) {
                    problems.push(self.problem_of(place, "supersedes", old_id, message));
                }
            }
        }
    }

    fn fault_of_succession(&self, point: &Point, old_id: &str) -> Option<String> {
        let Some(old) = self.find(old_id).and_then(|old| self.knowledge.points.get(old as usize)) else {
            return Some("没有这个编号的知识点，无从替代".to_owned());
        };
        if old.rule_id != point.rule_id {
            return Some("属于另一条规则，不能被本知识点替代".to_owned());
        }
        let overlaps = old.valid.until.is_none_or(|until| until > point.valid.from);
        overlaps.then(|| format!("与替代它的知识点有效期重叠：请把它的 valid_until 写成 {} 或更早", point.valid.from))
    }
}

/// Whether the points of a rule are pairs, A and B.
fn is_pair(rule_id: &str) -> bool {
    matches!(rule_id, "service-duplicate-charge" | "dx-procedure-mismatch" | "drug-interaction" | "tcm-incompatibility")
}

fn hash(text: &str) -> u64 {
    FxBuildHasher.hash_one(text)
}

/// Points by rule, then id; code sets by id. Both look-ups and reports rely on it (I8).
fn in_order(mut knowledge: Knowledge) -> Knowledge {
    let mut points = std::mem::take(&mut knowledge.points);
    let key = |point: &Point| (knowledge.text(point.rule_id), knowledge.text(point.id));
    if !points.is_sorted_by(|a, b| key(a) <= key(b)) {
        points.sort_by(|a, b| key(a).cmp(&key(b)));
    }
    knowledge.points = points;
    let mut sets = std::mem::take(&mut knowledge.code_sets);
    sets.sort_by(|a, b| knowledge.text(a.id).cmp(knowledge.text(b.id)));
    knowledge.code_sets = sets;
    knowledge
}
