//! Packages in, flat tables out.
//!
//! For every area and scheme the rows of nation, province, area and overlays are gathered, cut into
//! versions at every day on which one begins or ends, ordered so that the most specific row comes
//! first, and checked: two rows that both hold without one being the more specific are refused with both
//! their places (I9).

mod slots;
mod value;

pub(crate) use value::shown;

use crate::package::{
    ALL_SCHEMES, Area, Base, CapText, Layer, Opening, Packages, Scheme as SchemeText, Source, Value, ValueRow,
};
use crate::policy::{
    ContributionRow, OverlayInForce, Parameter, Policies, SUBCAPS_MAX, Scheme, Sentence, TIERS_MAX, TierName, Version,
};
use crate::ratio::Ratio;
use crate::slots::Place;
use datafile::Problem;
use model::{Day, Fen};
use rustc_hash::FxHashMap;
use slots::{Resolved, SlotRows, Slots};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use value::{count, covers, ratio};

impl Policies {
    /// Compiles packages.
    ///
    /// # Errors
    /// Rows that contradict each other, slots filled by a level they are not open to, references to
    /// indices that do not exist: all of them, each with its place.
    pub fn compile(packages: &Packages) -> Result<Self, Vec<Problem>> {
        let mut compiler = Compiler { packages, parameters: Vec::new(), problems: BTreeSet::new() };
        let mut schemes = Vec::new();
        for text in packages.schemes.iter().filter(|scheme| scheme.whole) {
            schemes.push(compiler.scheme(text));
        }
        if !compiler.problems.is_empty() {
            return Err(compiler.problems.into_iter().collect());
        }
        let mut by_name: FxHashMap<String, FxHashMap<String, u32>> = FxHashMap::default();
        for (index, scheme) in schemes.iter().enumerate() {
            by_name.entry(scheme.area.clone()).or_default().insert(scheme.scheme.clone(), index as u32);
        }
        let overlays = packages.overlays.iter().map(|overlay| OverlayInForce {
            title: overlay.title.clone(),
            areas: overlay.areas.clone(),
            schemes: overlay.schemes.clone(),
            from: overlay.from,
            until: overlay.until,
            items: overlay.items.clone(),
        });
        Ok(Self {
            schemes,
            by_name,
            parameters: compiler.parameters.into_iter().map(Arc::new).collect(),
            words: packages.words.clone(),
            overlays: overlays.collect(),
            hash: packages.hash.clone(),
        })
    }
}

struct Compiler<'a> {
    packages: &'a Packages,
    parameters: Vec<Parameter>,
    problems: BTreeSet<Problem>,
}

impl<'a> Compiler<'a> {
    fn scheme(&mut self, text: &'a SchemeText) -> Scheme {
        let rows = self.rows_for(text);
        let tiers = tier_names(text, &rows);
        self.check_structure(text, &tiers);
        let index_of = |name: &str| tiers.iter().position(|tier| tier.name == name).unwrap_or_default() as u8;
        let (of_scheme, of_contribution): (Vec<&ValueRow>, Vec<&ValueRow>) =
            rows.iter().partition(|row| row.key.info().place != Place::Contribution);
        let versions = self.versions(text, &tiers, &of_scheme);
        let contribution = self.contribution(&text.area, &of_contribution);
        let area = self.packages.area(&text.area);
        Scheme {
            area: text.area.clone(),
            area_name: area.map(|area| area.name.clone()).unwrap_or_default(),
            invented: area.is_some_and(|area| area.invented),
            scheme: text.scheme.clone(),
            name: text.name.clone(),
            statuses: text.statuses,
            special_order: text.special_order.clone(),
            law_day: text.law_day,
            programmes: text.programmes.clone(),
            chains: text
                .chains
                .iter()
                .map(|chain| (chain.condition, chain.tiers.iter().map(|name| index_of(name)).collect()))
                .collect(),
            unmodelled: text
                .unmodelled
                .iter()
                .map(|row| Sentence {
                    text: row.text.clone(),
                    condition: row.condition,
                    tier: row.tier.as_deref().map(index_of),
                    from: row.from,
                    until: row.until,
                    not_computed: row.not_computed,
                    contribution: row.contribution,
                })
                .collect(),
            tiers,
            versions,
            contribution,
        }
    }

    /// The rows that can apply to a scheme: its own, those above it, overlays.
    fn rows_for(&self, text: &SchemeText) -> Vec<&'a ValueRow> {
        let lineage = self.packages.lineage(&text.area);
        let mut rows = Vec::new();
        for scheme in &self.packages.schemes {
            let own = scheme.area == text.area && scheme.scheme == text.scheme;
            let above = lineage.iter().any(|area| area.code == scheme.area)
                && (scheme.scheme == ALL_SCHEMES || (scheme.area != text.area && scheme.scheme == text.inherits));
            if own || above {
                rows.extend(scheme.values.iter());
            }
        }
        for overlay in &self.packages.overlays {
            let here = overlay.areas.is_empty() || overlay.areas.contains(&text.area);
            let this = overlay.schemes.is_empty() || overlay.schemes.contains(&text.scheme);
            if here && this {
                rows.extend(overlay.values.iter());
            }
        }
        // Values for tiers that this scheme does not have are for others.
        rows.retain(|row| row.key.tier.is_empty() || text.tiers.iter().any(|tier| tier.name == row.key.tier));
        rows
    }

    fn check_structure(&mut self, text: &SchemeText, tiers: &[TierName]) {
        if tiers.len() > TIERS_MAX {
            self.report(&text.file, 1, "tier", format!("至多 {TIERS_MAX} 层待遇"));
        }
        for tier in tiers.iter().filter(|tier| tier.subcaps.len() > SUBCAPS_MAX) {
            self.report(&text.file, 1, &format!("tier.{}", tier.name), format!("至多 {SUBCAPS_MAX} 个分项限额"));
        }
        for (index, chain) in text.chains.iter().enumerate() {
            for other in text.chains.iter().skip(index + 1) {
                let overlap = chain.condition.meet(&other.condition);
                let ordered = chain.condition.implies(&other.condition) || other.condition.implies(&chain.condition);
                if overlap.is_some() && (!ordered || chain.condition == other.condition) {
                    let message = format!("与第 {} 行的待遇链同时适用，无法判定先后；请收窄 when", chain.line);
                    self.report(&text.file, other.line, "chain", message);
                }
            }
            let mut rest_before = false;
            for (position, name) in chain.tiers.iter().enumerate() {
                let tier = text.tiers.iter().find(|tier| tier.name == *name);
                let is_rest = tier.is_some_and(|tier| tier.base == Base::Rest);
                if rest_before && !is_rest {
                    let message = format!("base = \"rest\" 的各层排在链的最后，{name} 应移到它们之前");
                    self.report(&text.file, chain.line, "chain.tiers", message);
                }
                rest_before |= is_rest;
                if let Some(Base::OverCap(of) | Base::AboveDeductible(of)) = tier.map(|tier| &tier.base)
                    && !chain.tiers[..position].contains(of)
                {
                    let message = format!("{name} 依赖 {of}，链中 {of} 必须排在它之前");
                    self.report(&text.file, chain.line, "chain.tiers", message);
                }
                if chain.tiers[..position].contains(name) {
                    self.report(&text.file, chain.line, "chain.tiers", format!("{name} 在链中出现两次"));
                }
            }
        }
    }

    fn versions(&mut self, text: &SchemeText, tiers: &[TierName], rows: &[&'a ValueRow]) -> Vec<Version> {
        let own = rows.iter().filter(|row| row.layer >= Layer::Province && row.layer != Layer::Overlay);
        let Some(first) = own.map(|row| row.from).min() else { return Vec::new() };
        let mut cuts: BTreeSet<Day> = BTreeSet::new();
        for row in rows {
            cuts.insert(row.from.max(first));
            cuts.extend(row.until);
            if let Value::Cap(CapText::Index { index, .. }) = &row.value {
                cuts.extend(self.index_years(&text.area, index));
            }
        }
        cuts.retain(|&day| day >= first);
        let cuts: Vec<Day> = cuts.into_iter().collect();
        let mut versions: Vec<Version> = Vec::new();
        for (position, &from) in cuts.iter().enumerate() {
            let until = cuts.get(position + 1).copied();
            let in_force: Vec<&ValueRow> = rows.iter().copied().filter(|row| row.in_force(from)).collect();
            let mut version = self.version(text, tiers, &in_force, from);
            version.until = until;
            match versions.last_mut() {
                Some(before) if same_law(before, &version) => before.until = until,
                _ => versions.push(version),
            }
        }
        versions
    }

    /// January firsts between which an index has another value.
    fn index_years(&self, area: &str, id: &str) -> Vec<Day> {
        let Some(index) = self.index(area, id) else { return Vec::new() };
        let years = index.values.iter().flat_map(|value| [value.year + index.lag, value.year + index.lag + 1]);
        years.filter_map(|year| Day::from_civil(year, 1, 1)).collect()
    }

    fn index(&self, area: &str, id: &str) -> Option<&'a crate::package::Index> {
        self.packages.lineage(area).into_iter().find_map(|area| {
            let area: &Area = area;
            area.indices.iter().find(|index| index.id == id)
        })
    }

    fn version(&mut self, text: &SchemeText, names: &[TierName], in_force: &[&'a ValueRow], on: Day) -> Version {
        let mut slots: SlotRows<'a> = BTreeMap::new();
        for row in in_force {
            let key = (row.key.tier.clone(), row.key.info().name, row.key.name.clone(), row.band);
            slots.entry(key).or_default().push(row);
        }
        let mut view = Slots { compiler: self, slots, area: &text.area, on };
        let tiers = text.tiers.iter().zip(names).map(|(tier, name)| view.tier(tier, name, names)).collect();
        Version {
            from: on,
            until: None,
            tiers,
            first_share: view.slot("", "first_share", "", 0, ratio),
            waiting_months: view.slot("", "waiting_months", "", 0, count),
            account_covers: view.slot("", "account_covers", "", 0, covers),
            cycle_days: view.slot("", "cycle_days", "", 0, count),
            upfront_class_b: view.slot("", "upfront.class_b", "", 0, ratio),
        }
    }

    fn contribution(&mut self, area: &str, rows: &[&'a ValueRow]) -> Vec<ContributionRow> {
        for (index, row) in rows.iter().enumerate() {
            for other in &rows[index + 1..] {
                let together = row.until.is_none_or(|until| other.from < until)
                    && other.until.is_none_or(|until| row.from < until);
                if row.key == other.key && together {
                    self.clash(row, other);
                }
            }
        }
        rows.iter()
            .map(|row| ContributionRow {
                slot: row.key.info().name,
                condition: row.condition,
                money: if let Value::Money(fen) = row.value { fen } else { Fen::ZERO },
                ratio: if let Value::Ratio(ratio) = row.value { ratio } else { Ratio::ZERO },
                from: row.from,
                until: row.until,
                parameter: self.parameter(row, None),
                own: row.area == area || row.layer > Layer::Nation,
            })
            .collect()
    }

    /// Two rows of one slot, both in force: refused when neither is the more specific.
    fn clash(&mut self, row: &ValueRow, other: &ValueRow) {
        let Some(_) = row.condition.meet(&other.condition) else { return };
        if row.condition == other.condition {
            self.same_condition(row, other);
        } else if !row.condition.implies(&other.condition) && !other.condition.implies(&row.condition) {
            self.report_pair(row, other, "两行同时适用，且没有一行更具体");
        }
    }

    fn same_condition(&mut self, row: &ValueRow, other: &ValueRow) {
        let (upper, lower) = if row.layer <= other.layer { (row, other) } else { (other, row) };
        if upper.layer == lower.layer {
            self.report_pair(upper, lower, "同一参数位在同一时段、同一条件下有两个值");
        } else if lower.layer != Layer::Overlay && !is_open(&self.packages.openings, lower) {
            let message = format!("参数位未向{}开放，不能改写{}的值", lower.layer.title(), upper.layer.title());
            self.report_pair(upper, lower, &message);
        }
    }

    fn report_pair(&mut self, row: &ValueRow, other: &ValueRow, what: &str) {
        let (first, second) =
            if (&row.file, row.line) <= (&other.file, other.line) { (row, other) } else { (other, row) };
        let message = format!("{what}：另一行在 {}；请改日期、收窄条件，或删去其一", first.place());
        let slot = second.slot.clone();
        self.report(&second.file, second.line, &slot, message);
    }

    fn report(&mut self, file: &str, line: usize, key: &str, message: String) {
        self.problems.insert(Problem { file: file.to_owned(), line, key: key.to_owned(), message });
    }

    fn parameter(&mut self, row: &ValueRow, resolved: Option<Resolved>) -> u32 {
        let banded = matches!(row.key.info().name, "rate" | "band_upper");
        let mut parameter = Parameter {
            slot: if banded { format!("{}[{}]", row.slot, row.band + 1) } else { row.slot.clone() },
            value: resolved.as_ref().map_or_else(|| shown(&row.value), |resolved| resolved.text.clone()),
            document: String::new(),
            article: String::new(),
            assumed: String::new(),
            grade: String::new(),
            from: row.from,
            until: row.until,
            file: row.file.clone(),
            line: row.line,
            layer: row.layer,
        };
        match &row.source {
            Source::Assumed(reason) => parameter.assumed = reason.clone(),
            Source::Document { document, article } => {
                let lineage = self.packages.lineage(&row.area);
                let known = lineage.iter().flat_map(|area| &area.documents);
                let anywhere = self.packages.areas.iter().flat_map(|area| &area.documents);
                if let Some(found) = known.chain(anywhere).find(|known| known.id == *document) {
                    parameter.document = if found.number.is_empty() {
                        found.title.clone()
                    } else {
                        format!("{}（{}）", found.title, found.number)
                    };
                    parameter.grade = found.grade.clone();
                }
                parameter.article = article.clone();
            }
        }
        // A ceiling rests on its index too: where that is assumed, so is the ceiling.
        if let Some(assumed) = resolved.and_then(|resolved| resolved.assumed) {
            parameter.assumed = assumed;
        }
        if !parameter.assumed.is_empty() {
            parameter.document = format!("假定：{}", parameter.assumed);
        }
        if let Some(known) = self.parameters.iter().position(|known| *known == parameter) {
            return known as u32;
        }
        self.parameters.push(parameter);
        (self.parameters.len() - 1) as u32
    }
}

fn is_open(openings: &[Opening], row: &ValueRow) -> bool {
    openings.iter().any(|opening| opening.slot == row.key.slot && opening.open_to.contains(&row.layer))
}

fn tier_names(text: &SchemeText, rows: &[&ValueRow]) -> Vec<TierName> {
    text.tiers
        .iter()
        .map(|tier| {
            let named = rows.iter().filter(|row| row.key.tier == tier.name && row.key.info().name == "subcap.<name>");
            let subcaps: BTreeSet<String> = named.map(|row| row.key.name.clone()).collect();
            TierName { name: tier.name.clone(), title: tier.title.clone(), subcaps: subcaps.into_iter().collect() }
        })
        .collect()
}

fn same_law(before: &Version, after: &Version) -> bool {
    let moved = Version { from: after.from, until: after.until, ..before.clone() };
    moved == *after
}
