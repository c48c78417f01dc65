//! What detectors bind while the library is compiled: items to limits, or to marks.
//!
//! The binder knows items (by code, and decoction pieces by name), the days on which a point judges, code sets
//! and the price table. It refuses to judge; `library` groups what was bound by item.

use crate::code_sets::{CodeSets, SetId};
use crate::detectors::ParamValues;
use crate::library::{Check, Limit, Scope, Side};
use crate::rule::Rule;
use catalog::Catalogue;
use datafile::{Problem, did_you_mean};
use knowledge::{Knowledge, Point, PointKind, Status as PointStatus};
use model::Day;
use rustc_hash::FxHashMap;

/// Item ids beyond the catalogue: codes only the knowledge knows, and pieces by name.
#[derive(Default)]
pub(crate) struct Items {
    pub(crate) from_catalogue: u32,
    pub(crate) extra: FxHashMap<String, u32>,
    pub(crate) extra_names: Vec<String>,
    pub(crate) pieces: FxHashMap<String, u32>,
    /// Families of codes that begin alike, each an item of its own: what the catalogue does not know of them.
    pub(crate) prefixes: Vec<(String, u32)>,
}

impl Items {
    /// The family with the longest prefix that begins the code.
    pub(crate) fn longest_prefix_of(&self, code: &str) -> Option<u32> {
        let families = self.prefixes.iter().filter(|(prefix, _)| code.starts_with(prefix.as_str()));
        families.max_by_key(|(prefix, _)| prefix.len()).map(|&(_, item)| item)
    }
}

/// Collects what detectors bind while the library is compiled.
pub(crate) struct Binder<'a> {
    pub(crate) rule: &'a Rule,
    pub(crate) catalogue: &'a Catalogue,
    pub(crate) knowledge: &'a Knowledge,
    pub(crate) sets: &'a mut CodeSets,
    pub(crate) points: &'a [u32],
    pub(crate) index: u16,
    pub(crate) items: &'a mut Items,
    pub(crate) bound: &'a mut Vec<(u32, Check)>,
    pub(crate) ceilings: &'a mut Vec<[i64; 5]>,
    pub(crate) problems: &'a mut Vec<Problem>,
}

impl<'a> Binder<'a> {
    pub(crate) fn params(&self) -> &'a ParamValues {
        &self.rule.params
    }

    /// A mistake that only shows when the rule meets the data.
    pub(crate) fn report(&mut self, key: &str, message: String) {
        self.problems.push(Problem { file: self.rule.file.clone(), line: 0, key: key.into(), message });
    }

    /// The rule's executable points.
    pub(crate) fn points(&self) -> impl Iterator<Item = (u32, &'a Point)> + use<'a> {
        let knowledge = self.knowledge;
        self.points
            .iter()
            .map(move |&index| (index, &knowledge.points[index as usize]))
            .filter(|(_, point)| point.status == PointStatus::Executable)
    }

    /// The set of a parameter with diagnosis prefixes.
    pub(crate) fn diagnosis_set(&mut self, param: &'static str) -> Option<SetId> {
        match self.sets.of_diagnoses(self.rule.params.texts(param), self.catalogue) {
            Ok(set) => set,
            Err(message) => {
                self.report(&format!("params.{param}"), message);
                None
            }
        }
    }

    /// The set of a parameter with procedure prefixes.
    pub(crate) fn procedure_set(&mut self, param: &'static str) -> Option<SetId> {
        match self.sets.of_procedures(self.rule.params.texts(param), self.catalogue) {
            Ok(set) => set,
            Err(message) => {
                self.report(&format!("params.{param}"), message);
                None
            }
        }
    }

    /// The set that a point names.
    pub(crate) fn named_set(&mut self, name: &str) -> Option<SetId> {
        let found = self.sets.named(name);
        if found.is_none() {
            let hint = did_you_mean(name, self.sets.names());
            self.report("dx", format!("没有编码集“{name}”{hint}"));
        }
        found
    }

    /// The item behind a code; codes the catalogue does not hold get an id of their own. A piece
    /// without a national code is named (`name:玄明粉`).
    pub(crate) fn item(&mut self, code: &str) -> u32 {
        if let Some(name) = code.strip_prefix("name:") {
            return self.piece(name);
        }
        if let Some(item) = self.catalogue.item(code) {
            return item;
        }
        if let Some(&item) = self.items.extra.get(code) {
            return item;
        }
        let item = self.items.from_catalogue + self.items.extra_names.len() as u32;
        self.items.extra.insert(code.to_owned(), item);
        self.items.extra_names.push(String::new());
        item
    }

    /// The piece of this name (normalised), as an item of its own.
    pub(crate) fn piece(&mut self, name: &str) -> u32 {
        let key = catalog::normalise(name);
        if let Some(&item) = self.items.pieces.get(&key) {
            return item;
        }
        let item = self.items.from_catalogue + self.items.extra_names.len() as u32;
        self.items.extra_names.push(name.to_owned());
        self.items.pieces.insert(key, item);
        item
    }

    /// Every item that begins with a prefix: those of the catalogue, and the family that stands for the rest.
    fn family(&mut self, prefix: &str) -> Vec<u32> {
        let of_catalogue = 0..self.items.from_catalogue;
        let mut items: Vec<u32> =
            of_catalogue.filter(|&item| self.catalogue.item_code(item).starts_with(prefix)).collect();
        let known = self.items.prefixes.iter().find(|(known, _)| known == prefix).map(|&(_, item)| item);
        items.push(known.unwrap_or_else(|| {
            let item = self.items.from_catalogue + self.items.extra_names.len() as u32;
            self.items.extra_names.push(String::new());
            self.items.prefixes.push((prefix.to_owned(), item));
            item
        }));
        items
    }

    /// The items behind a code of a point; `prefix:XB05Z` stands for every code that begins so.
    fn items_of_code(&mut self, code: &str) -> Vec<u32> {
        match code.strip_prefix("prefix:") {
            Some(prefix) => self.family(prefix),
            None => vec![self.item(code)],
        }
    }

    /// Marks the items of both sides of a point, for the end of the visit or of the person.
    pub(crate) fn mark_sides(&mut self, index: u32, point: &Point, scope: Scope) {
        let knowledge = self.knowledge;
        for (side, codes) in [
            (Side::Subject, knowledge.subjects_of(point).collect::<Vec<_>>()),
            (Side::Partner, knowledge.partners_of(point).collect()),
        ] {
            let mut items: Vec<u32> = codes.into_iter().flat_map(|code| self.items_of_code(code)).collect();
            items.sort_unstable();
            items.dedup();
            for item in items {
                self.bind(item, Limit::Mark(scope, side), Some(index));
            }
        }
    }

    /// Marks both sides where B is evidence for A: the point judges A in its days, evidence may be older.
    pub(crate) fn mark_evidence(&mut self, index: u32, point: &Point, scope: Scope) {
        let first = self.bound.len();
        self.mark_sides(index, point, scope);
        for (_, check) in self.bound.iter_mut().skip(first) {
            if matches!(check.limit, Limit::Mark(_, Side::Partner)) {
                (check.from, check.until) = (i32::MIN, i32::MAX);
            }
        }
    }

    /// Every item a point speaks of: its codes and, for decoction pieces, its name.
    pub(crate) fn items_of(&mut self, point: &Point) -> Vec<u32> {
        let knowledge = self.knowledge;
        let mut items: Vec<u32> = knowledge.subjects_of(point).flat_map(|code| self.items_of_code(code)).collect();
        if point.kind == PointKind::Piece {
            items.push(self.piece(knowledge.text(point.name)));
        }
        items.sort_unstable();
        items.dedup();
        items
    }

    /// Every (subject, partner) of a pair point, as items.
    pub(crate) fn pairs_of(&mut self, point: &Point) -> Vec<(u32, u32)> {
        let knowledge = self.knowledge;
        let partners: Vec<u32> = knowledge.partners_of(point).flat_map(|code| self.items_of_code(code)).collect();
        let subjects: Vec<u32> = knowledge.subjects_of(point).flat_map(|code| self.items_of_code(code)).collect();
        subjects.iter().flat_map(|&a| partners.iter().map(move |&b| (a, b))).collect()
    }

    /// Binds a limit to an item for the days of a point (and of the rule).
    pub(crate) fn bind(&mut self, item: u32, limit: Limit, point: Option<u32>) {
        let always = model::Span::ALWAYS;
        let valid = point.map_or(always, |index| self.knowledge.points[index as usize].valid);
        let last = |until: Option<Day>| until.map_or(i32::MAX, |day| day.0);
        let check = Check {
            limit,
            from: valid.from.0.max(self.rule.effective.from.0),
            until: last(valid.until).min(last(self.rule.effective.until)),
            point: point.unwrap_or(crate::hit::NO_POINT),
            rule: self.index,
        };
        if check.from < check.until {
            self.bound.push((item, check));
        }
    }

    /// Marks lines of an item for the end of the visit.
    pub(crate) fn mark(&mut self, item: u32, point: Option<u32>) {
        self.bind(item, Limit::Mark(Scope::Visit, Side::Subject), point);
    }

    /// Marks lines of an item for the end of the person.
    pub(crate) fn mark_person(&mut self, item: u32, point: Option<u32>) {
        self.bind(item, Limit::Mark(Scope::Person, Side::Subject), point);
    }

    /// A row of the price table: ceilings by level.
    pub(crate) fn ceiling_row(&mut self, ceilings: [i64; 5]) -> u32 {
        self.ceilings.push(ceilings);
        self.ceilings.len() as u32 - 1
    }
}
