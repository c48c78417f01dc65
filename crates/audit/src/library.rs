//! The compiled library: rules + knowledge + catalogue, as per-item checks.
//!
//! Compiling is a counting sort: every (item, check) pair a detector binds, grouped by item. A line
//! without knowledge then costs one look-up. Compiling reports every problem of every rule and
//! table at once; a library with problems is never returned, so nothing runs half.

use crate::binder::{Binder, Items};
use crate::code_sets::{CodeSets, SetId};
use crate::detectors::{self, Detector};
use crate::engine::finding_id;
use crate::rule::{Rule, Status};
use catalog::Catalogue;
use datafile::{Problem, did_you_mean};
use detectors::AgeLimit;
use knowledge::{Knowledge, Point, Status as PointStatus};
use model::{CodeBook, Finding, HospitalLevel, Sex, UNKNOWN_CODE, UNKNOWN_ITEM};
use rustc_hash::FxHashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Whether a mark is wanted when the visit or when the person is complete.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Scope {
    Visit,
    Person,
}

/// The side of a point on which a marked item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Side {
    /// A, or the only side
    Subject,
    /// B
    Partner,
}

/// What must hold for a line of the item, or that the line is to be marked.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Limit {
    Mark(Scope, Side),
    /// The item is at fault wherever it appears.
    Always,
    Sex(Sex),
    Age(AgeLimit),
    Level(HospitalLevel),
    /// Bits in the order of `CareSetting`.
    Settings(u8),
    Insurance(u32),
    Offline,
    Maternal {
        pregnant: bool,
        lactating: bool,
    },
    Needs(SetId),
    Forbids(SetId),
    /// Row of the price table.
    Price(u32),
}

/// One limit of one rule on one item, while it is valid.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Check {
    pub(crate) limit: Limit,
    /// First day of validity.
    pub(crate) from: i32,
    /// First day after.
    pub(crate) until: i32,
    /// Knowledge point, or `NO_POINT`.
    pub(crate) point: u32,
    pub(crate) rule: u16,
}

/// Libraries compiled so far.
static COMPILED: AtomicU64 = AtomicU64::new(0);

/// What a library is compiled from.
pub struct Sources<'a> {
    /// Rule files: name relative to the data folder, and text.
    pub rules: &'a [(String, String)],
    /// The knowledge, read.
    pub knowledge: Arc<Knowledge>,
    /// The catalogue.
    pub catalogue: Arc<Catalogue>,
    /// Whether running rules must come with their cases.
    pub cases: Cases,
}

/// Whether a rule that runs must bring a hit, a near miss and an exemption.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cases {
    /// It must: what ships.
    Required,
    /// It may lack them: a rule being written.
    MayLack,
}

/// The compiled library.
pub struct Library {
    number: u64,
    rules: Vec<Rule>,
    detectors: Vec<Box<dyn Detector>>,
    has_points: Vec<bool>,
    catalogue: Arc<Catalogue>,
    knowledge: Arc<Knowledge>,
    sets: CodeSets,
    items: Items,
    starts: Vec<u32>,
    checks: Vec<Check>,
    ceilings: Vec<[i64; 5]>,
    every_visit: Vec<u16>,
    every_person: Vec<u16>,
    /// By catalogue item: the national item it stands for, itself where there is none or more than one.
    national: Vec<u32>,
}

/// Why a rule does not run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inactive {
    /// The rule.
    pub rule_id: String,
    /// The reason, in Chinese.
    pub reason: String,
}

/// Which rules run on a folder, and why the others do not.
#[derive(Debug, Clone, Default)]
pub struct Selection {
    active: Vec<bool>,
    inactive: Vec<Inactive>,
}

impl Selection {
    pub(crate) fn active(&self) -> &[bool] {
        &self.active
    }

    /// Whether the rule (by index) runs.
    #[must_use]
    pub fn runs(&self, rule: u32) -> bool {
        self.active.get(rule as usize).copied().unwrap_or(false)
    }

    /// How many rules run.
    #[must_use]
    pub fn running(&self) -> usize {
        self.active.iter().filter(|runs| **runs).count()
    }

    /// The same without the rules that have a query, for those who cannot run one.
    #[must_use]
    pub fn without_queries(mut self, rules: &[Rule], reason: &str) -> Self {
        for (rule, active) in rules.iter().zip(&mut self.active) {
            if *active && rule.query.is_some() {
                *active = false;
                self.inactive.push(Inactive { rule_id: rule.id.clone(), reason: reason.to_owned() });
            }
        }
        self
    }

    /// The same without one rule (by index), which turned out not to run.
    #[must_use]
    pub fn without(mut self, rules: &[Rule], index: u32, reason: &str) -> Self {
        let place = index as usize;
        if let (Some(rule), Some(active)) = (rules.get(place), self.active.get_mut(place))
            && std::mem::take(active)
        {
            self.inactive.push(Inactive { rule_id: rule.id.clone(), reason: reason.to_owned() });
        }
        self
    }

    /// The rules that do not run, and why.
    #[must_use]
    pub fn inactive(&self) -> &[Inactive] {
        &self.inactive
    }
}

impl Library {
    /// Compiles the library, or says everything that is wrong.
    pub fn compile(sources: &Sources<'_>) -> Result<Self, Vec<Problem>> {
        let mut problems = Vec::new();
        let mut rules: Vec<Rule> =
            sources.rules.iter().filter_map(|(file, text)| Rule::read(file, text, &mut problems)).collect();
        rules.sort_by(|a, b| a.id.cmp(&b.id));
        for pair in rules.windows(2) {
            if pair[0].id == pair[1].id {
                let message = format!("规则编号与 {} 重复", pair[0].file);
                problems.push(Problem { file: pair[1].file.clone(), line: 1, key: "id".into(), message });
            }
        }
        if sources.cases == Cases::Required {
            problems.extend(rules.iter().flat_map(Rule::missing_cases));
        }
        let mut sets = CodeSets::of(&sources.knowledge, &sources.catalogue, &mut problems);
        let points = points_by_rule(&sources.knowledge, &rules, &mut problems);
        let mut items = Items { from_catalogue: sources.catalogue.item_count(), ..Items::default() };
        let mut bound = Vec::with_capacity(sources.knowledge.codes.len() + 8192);
        let mut ceilings = Vec::new();
        let mut built: Vec<Box<dyn Detector>> = Vec::with_capacity(rules.len());
        for (index, rule) in rules.iter().enumerate() {
            let mut binder = Binder {
                rule,
                catalogue: &sources.catalogue,
                knowledge: &sources.knowledge,
                sets: &mut sets,
                points: &points[index],
                index: index as u16,
                items: &mut items,
                bound: &mut bound,
                ceilings: &mut ceilings,
                problems: &mut problems,
            };
            built.push(match detectors::find(&rule.detector) {
                Some(info) if rule.status != Status::Planned => (info.build)(&mut binder),
                _ => Box::new(detectors::Silent),
            });
        }
        if !problems.is_empty() {
            problems.sort();
            problems.dedup();
            return Err(problems);
        }
        let national = national_items(&sources.catalogue);
        bind_prefixes(&items, &mut bound);
        bind_local_codes(&national, &mut bound);
        let (starts, checks) = group_by_item(items.from_catalogue as usize + items.extra_names.len(), bound);
        let indices = |wants: fn(&dyn Detector) -> bool| {
            let indexed = built.iter().enumerate().filter(|(_, d)| wants(d.as_ref()));
            indexed.map(|(index, _)| index as u16).collect::<Vec<u16>>()
        };
        Ok(Self {
            number: COMPILED.fetch_add(1, Ordering::Relaxed),
            every_visit: indices(|d| d.every_visit()),
            every_person: indices(|d| d.every_person()),
            has_points: points
                .iter()
                .map(|all| {
                    all.iter().any(|&point| sources.knowledge.points[point as usize].status == PointStatus::Executable)
                })
                .collect(),
            rules,
            detectors: built,
            catalogue: Arc::clone(&sources.catalogue),
            knowledge: Arc::clone(&sources.knowledge),
            sets,
            items,
            starts,
            checks,
            ceilings,
            national,
        })
    }

    /// Number of this compilation in the process: indices of items, diagnoses and procedures are those of one library.
    #[must_use]
    pub const fn number(&self) -> u64 {
        self.number
    }

    /// The rules, by id; findings name them by index.
    #[must_use]
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// How many checks are bound, for the record.
    #[must_use]
    pub fn check_count(&self) -> usize {
        self.checks.len()
    }

    /// Chooses the rules to run: `only` (all when empty) of those whose status and columns allow it.
    /// Unknown names in `only` are an error that offers the nearest.
    pub fn select(&self, only: &[String], has_column: impl Fn(&str, &str) -> bool) -> Result<Selection, Vec<Problem>> {
        let unknown: Vec<Problem> = only
            .iter()
            .filter(|id| {
                !self.rules.iter().any(|rule| rule.id == **id || (rule.official_code == **id && !id.is_empty()))
            })
            .map(|id| {
                let hint = did_you_mean(id, self.rules.iter().map(|rule| rule.id.as_str()));
                Problem {
                    file: "--rules".into(),
                    line: 0,
                    key: String::new(),
                    message: format!("没有规则“{id}”{hint}"),
                }
            })
            .collect();
        if !unknown.is_empty() {
            return Err(unknown);
        }
        let mut inactive = Vec::new();
        let active = self.rules.iter().enumerate().map(|(index, rule)| {
            let asked = only.is_empty() || only.contains(&rule.id) || only.contains(&rule.official_code);
            let lacking = rule.needs.iter().find(|need| {
                let (table, column) = need.split_once('.').unwrap_or((need, ""));
                !has_column(table, column)
            });
            let reason = if !asked {
                Some("本次未选择".to_owned())
            } else if rule.status == Status::Planned {
                Some(format!("计划中：{}", rule.lacks))
            } else if rule.status == Status::NeedsLocalData && !self.has_points[index] {
                Some(format!("需要本地数据：{}", rule.lacks))
            } else {
                lacking.map(|need| format!("数据缺列：{need}"))
            };
            let runs = reason.is_none();
            if let Some(reason) = reason {
                inactive.push(Inactive { rule_id: rule.id.clone(), reason });
            }
            runs
        });
        let active = active.collect();
        Ok(Selection { active, inactive })
    }

    /// The stable id of a finding.
    #[must_use]
    pub fn finding_id(&self, finding: &Finding) -> String {
        let rule = &self.rules[finding.rule as usize];
        finding_id(finding, &rule.id, rule.version)
    }

    pub(crate) fn rule(&self, rule: u16) -> &Rule {
        &self.rules[usize::from(rule)]
    }

    pub(crate) fn detector(&self, rule: u16) -> &dyn Detector {
        self.detectors[usize::from(rule)].as_ref()
    }

    pub(crate) fn every_visit(&self) -> &[u16] {
        &self.every_visit
    }

    pub(crate) fn every_person(&self) -> &[u16] {
        &self.every_person
    }

    /// The checks of an item, and the index of the first.
    pub(crate) fn checks(&self, item: u32) -> (u32, &[Check]) {
        let Some(&[from, until]) = self.starts.get(item as usize..item as usize + 2) else { return (0, &[]) };
        (from, &self.checks[from as usize..until as usize])
    }

    pub(crate) fn check(&self, check: u32) -> &Check {
        &self.checks[check as usize]
    }

    pub(crate) fn point(&self, point: u32) -> &Point {
        &self.knowledge.points[point as usize]
    }

    pub(crate) fn point_id(&self, point: u32) -> &str {
        self.knowledge.text(self.point(point).id)
    }

    pub(crate) fn point_name(&self, point: u32) -> &str {
        self.knowledge.text(self.point(point).name)
    }

    pub(crate) fn point_text(&self, point: u32) -> &str {
        self.knowledge.text(self.point(point).text)
    }

    pub(crate) fn point_basis(&self, point: u32) -> &str {
        self.knowledge.text(self.point(point).basis)
    }

    /// The item to which a check is bound.
    pub(crate) fn item_of_check(&self, check: u32) -> u32 {
        self.starts.partition_point(|&start| start <= check) as u32 - 1
    }

    /// The national item a local one stands for; the item itself when it is national already.
    pub(crate) fn national_of(&self, item: u32) -> u32 {
        self.national.get(item as usize).copied().unwrap_or(item)
    }

    pub(crate) fn sets(&self) -> &CodeSets {
        &self.sets
    }

    pub(crate) fn catalogue(&self) -> &Catalogue {
        &self.catalogue
    }

    /// The ceiling of a price row for a level, in ten-thousandths of a yuan.
    pub(crate) fn ceiling(&self, row: u32, level: HospitalLevel) -> i64 {
        self.ceilings[row as usize][level as usize]
    }

    /// The catalogue's (or a piece's) name of an item; empty when it has none.
    #[must_use]
    pub fn item_name(&self, item: u32) -> &str {
        if item < self.items.from_catalogue {
            self.catalogue.item_name(item)
        } else {
            let extra = (item - self.items.from_catalogue) as usize;
            self.items.extra_names.get(extra).map_or("", String::as_str)
        }
    }

    /// The piece of this name; `UNKNOWN_ITEM` when no rule speaks of it.
    pub(crate) fn piece_named(&self, name: &str) -> u32 {
        self.items.pieces.get(&catalog::normalise(name)).copied().unwrap_or(UNKNOWN_ITEM)
    }
}

impl CodeBook for Library {
    fn item(&self, code: &str) -> u32 {
        let known = |code: &str| self.catalogue.item(code).or_else(|| self.items.extra.get(code).copied());
        // Areas hang their own suffix behind a national code: 002101030300000-210103030.
        known(code)
            .or_else(|| known(code.split_once('-')?.0))
            .or_else(|| self.items.longest_prefix_of(code))
            .unwrap_or(UNKNOWN_ITEM)
    }

    fn diagnosis(&self, code: &str) -> u32 {
        self.catalogue.diagnosis(code).unwrap_or(UNKNOWN_CODE)
    }

    fn procedure(&self, code: &str) -> u32 {
        self.catalogue.procedure(code).unwrap_or(UNKNOWN_CODE)
    }
}

/// Indices of points by rule; a point of an unknown rule is a problem.
fn points_by_rule(knowledge: &Knowledge, rules: &[Rule], problems: &mut Vec<Problem>) -> Vec<Vec<u32>> {
    let index: FxHashMap<&str, usize> = rules.iter().enumerate().map(|(i, rule)| (rule.id.as_str(), i)).collect();
    let mut points = vec![Vec::new(); rules.len()];
    let mut unknown: Vec<&str> = Vec::new();
    for (number, point) in knowledge.points.iter().enumerate() {
        let rule = knowledge.text(point.rule_id);
        match index.get(rule) {
            Some(&rule) => points[rule].push(number as u32),
            None if !unknown.contains(&rule) => {
                unknown.push(rule);
                let hint = did_you_mean(rule, rules.iter().map(|r| r.id.as_str()));
                let message = format!("知识点 {} 指向不存在的规则“{rule}”{hint}", knowledge.text(point.id));
                problems.push(Problem { file: "knowledge".into(), line: 0, key: "rule_id".into(), message });
            }
            None => {}
        }
    }
    points
}

/// For each catalogue item the national item it stands for: itself, unless it is a local service item that
/// stands for exactly one.
fn national_items(catalogue: &Catalogue) -> Vec<u32> {
    let stands_for = |item: u32| {
        let mut codes = catalogue.national_codes_of_local(catalogue.item_code(item));
        match (codes.next(), codes.next()) {
            (Some(code), None) => catalogue.item(code).unwrap_or(item),
            _ => item,
        }
    };
    (0..catalogue.item_count()).map(stands_for).collect()
}

/// A code that only the knowledge knows, and a longer prefix, answer to the checks of every prefix that begins them.
fn bind_prefixes(items: &Items, bound: &mut Vec<(u32, Check)>) {
    let mut inherited = Vec::new();
    for (prefix, family) in &items.prefixes {
        let longer = items.prefixes.iter().map(|(code, item)| (code.as_str(), *item));
        let extra = items.extra.iter().map(|(code, item)| (code.as_str(), *item));
        let members = longer.chain(extra).filter(|(code, item)| item != family && code.starts_with(prefix.as_str()));
        let mut members: Vec<u32> = members.map(|(_, item)| item).collect();
        members.sort_unstable();
        for (_, check) in bound.iter().filter(|(item, _)| item == family) {
            inherited.extend(members.iter().map(|&member| (member, *check)));
        }
    }
    bound.extend(inherited);
}

/// Local service codes answer to the checks of the national item they stand for.
fn bind_local_codes(national: &[u32], bound: &mut Vec<(u32, Check)>) {
    let mut locals: FxHashMap<u32, Vec<u32>> = FxHashMap::default();
    for (local, &item) in national.iter().enumerate().filter(|(local, item)| *local as u32 != **item) {
        locals.entry(item).or_default().push(local as u32);
    }
    let of_locals: Vec<(u32, Check)> = bound
        .iter()
        // A local item has its own row in the price book.
        .filter(|(_, check)| !matches!(check.limit, Limit::Price(_)))
        .flat_map(|(item, check)| locals.get(item).into_iter().flatten().map(|&local| (local, *check)))
        .collect();
    bound.extend(of_locals);
}

/// Counting sort of the bound checks by item, stable in rule order.
fn group_by_item(items: usize, bound: Vec<(u32, Check)>) -> (Vec<u32>, Vec<Check>) {
    let mut starts = vec![0_u32; items + 1];
    for (item, _) in &bound {
        starts[*item as usize + 1] += 1;
    }
    for index in 1..starts.len() {
        starts[index] += starts[index - 1];
    }
    let mut place = starts.clone();
    let nothing = Check { limit: Limit::Always, from: 0, until: 0, point: 0, rule: 0 };
    let mut checks = vec![nothing; bound.len()];
    for (item, check) in bound {
        let at = &mut place[item as usize];
        checks[*at as usize] = check;
        *at += 1;
    }
    (starts, checks)
}
