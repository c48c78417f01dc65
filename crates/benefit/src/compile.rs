//! Packages in, flat tables out.
//!
//! For every area and scheme the rows of nation, province, area and overlays are gathered, cut into
//! versions at every day on which one begins or ends, ordered so that the most specific row comes
//! first, and checked: two rows that both hold without one being the more specific are refused with both
//! their places (I9).

use crate::package::{
    ALL_SCHEMES, Area, Base, CapText, Layer, Opening, Packages, Scheme as SchemeText, Source, TierText, Value, ValueRow,
};
use crate::policy::{
    Band, Ceiling, ContributionRow, FUNDS_MAX, OverlayInForce, Parameter, Policies, Row, SUBCAPS_MAX, Scheme, Sentence,
    Slot, Split, TIERS_MAX, Tier, TierBase, TierName, Version,
};
use crate::ratio::Ratio;
use crate::slots::Place;
use crate::words::{Borne, Fund};
use datafile::Problem;
use model::{Day, Fen};
use rustc_hash::FxHashMap;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

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

/// Rows of one slot, of one band.
type SlotRows<'a> = BTreeMap<(String, &'static str, String, u8), Vec<&'a ValueRow>>;

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

/// A ceiling that an index was looked up for.
struct Resolved {
    text: String,
    /// Why the index's value is assumed, when it is.
    assumed: Option<String>,
}

/// The slots of one version while it is compiled.
struct Slots<'c, 'a> {
    compiler: &'c mut Compiler<'a>,
    slots: SlotRows<'a>,
    area: &'c str,
    on: Day,
}

impl<'a> Slots<'_, 'a> {
    fn tier(&mut self, text: &TierText, name: &TierName, names: &[TierName]) -> Tier {
        let index_of = |wanted: &str| names.iter().position(|tier| tier.name == wanted).unwrap_or_default() as u8;
        let own = text.name.as_str();
        let bands = (0..9)
            .map(|band| Band {
                upper: self.slot(own, "band_upper", "", band, money),
                rate: self.slot(own, "rate", "", band, |value| split(value, text.fund)),
            })
            .collect::<Vec<_>>();
        let used = bands.iter().rposition(|band| !band.rate.is_empty()).map_or(0, |last| last + 1);
        Tier {
            base: match &text.base {
                Base::InScope => TierBase::InScope,
                Base::OverCap(of) => TierBase::OverCap(index_of(of)),
                Base::AboveDeductible(of) => TierBase::AboveDeductible(index_of(of)),
                Base::Rest => TierBase::Rest,
            },
            fund: text.fund,
            deductible_per: text.deductible_per,
            bands_measure: text.bands_measure,
            bands_per: text.bands_per,
            rounding: text.rounding,
            when: text.when,
            feeds: text.feeds.iter().map(|feed| index_of(feed)).collect(),
            deductible: self.slot(own, "deductible", "", 0, money),
            deductible_factors: self.named(own, "deductible_factor.<name>"),
            bands: bands.into_iter().take(used).collect(),
            points: self.named(own, "points.<name>"),
            self_factors: self.named(own, "self_factor.<name>"),
            rate_factors: self.named(own, "rate_factor.<name>"),
            cap: self.ceiling(own, "cap", ""),
            visit_cap: self.ceiling(own, "visit_cap", ""),
            subcaps: name.subcaps.iter().map(|subcap| self.ceiling(own, "subcap.<name>", subcap)).collect(),
            growth_step: self.slot(own, "cap_growth.step", "", 0, money),
            growth_after_years: self.slot(own, "cap_growth.after_years", "", 0, count),
            growth_max_share: self.slot(own, "cap_growth.max_share", "", 0, ratio),
        }
    }

    /// Every modifier of a kind, each a slot of its own, in name order.
    fn named(&mut self, tier: &str, slot: &'static str) -> Vec<Slot<Ratio>> {
        let names: Vec<String> = self
            .slots
            .keys()
            .filter(|(of, kind, _, _)| of == tier && *kind == slot)
            .map(|(_, _, name, _)| name.clone())
            .collect();
        names.iter().map(|name| self.slot(tier, slot, name, 0, ratio)).collect()
    }

    fn ceiling(&mut self, tier: &str, slot: &'static str, name: &str) -> Slot<Ceiling> {
        let rows = self.ordered(tier, slot, name, 0);
        let area = self.area;
        let year = self.on.civil().0;
        let mut compiled = Vec::new();
        for row in rows {
            let Value::Cap(text) = &row.value else { continue };
            let (value, shown) = match text {
                CapText::Unlimited => (Ceiling::Unlimited, None),
                CapText::Sum(fen) => (Ceiling::Sum(*fen), None),
                CapText::Index { index, factor } => match self.compiler.index(area, index) {
                    None => {
                        let message = format!("没有指数“{index}”；在 area.toml 中登记 [[index]]");
                        self.compiler.report(&row.file, row.line, &row.slot, message);
                        (Ceiling::Unknown, None)
                    }
                    Some(known) => match known.values.iter().find(|value| value.year + known.lag == year) {
                        Some(found) => {
                            let sum = Fen(factor.of_fen(found.value.0));
                            let text = format!(
                                "{sum} 元 = {} × {}（{} 年，{} 元；{}）",
                                plain(*factor),
                                known.name,
                                found.year,
                                found.value,
                                found.source.trim()
                            );
                            let assumed = found.assumed.then(|| format!("{} {}", known.name, found.source));
                            (Ceiling::Sum(sum), Some(Resolved { text, assumed }))
                        }
                        None => {
                            let text =
                                format!("{} × {}（{} 年的数值未收录）", plain(*factor), known.name, year - known.lag);
                            (Ceiling::Unknown, Some(Resolved { text, assumed: None }))
                        }
                    },
                },
            };
            let parameter = self.compiler.parameter(row, shown);
            compiled.push(Row { condition: row.condition, value, parameter });
        }
        Slot { rows: compiled.into_boxed_slice() }
    }

    fn slot<T>(
        &mut self,
        tier: &str,
        slot: &'static str,
        name: &str,
        band: u8,
        compile: impl Fn(&Value) -> Option<T>,
    ) -> Slot<T> {
        let rows = self.ordered(tier, slot, name, band);
        let mut compiled = Vec::new();
        for row in rows {
            if let Some(value) = compile(&row.value) {
                let parameter = self.compiler.parameter(row, None);
                compiled.push(Row { condition: row.condition, value, parameter });
            }
        }
        Slot { rows: compiled.into_boxed_slice() }
    }

    /// The rows of a slot, the most specific first; of equal conditions the most local one only.
    fn ordered(&mut self, tier: &str, slot: &'static str, name: &str, band: u8) -> Vec<&'a ValueRow> {
        let key = (tier.to_owned(), slot, name.to_owned(), band);
        let Some(mut rows) = self.slots.get(&key).cloned() else { return Vec::new() };
        for (index, row) in rows.iter().enumerate() {
            for other in &rows[index + 1..] {
                let settled = || {
                    let Some(met) = row.condition.meet(&other.condition) else { return true };
                    let both = |third: &&&ValueRow| {
                        third.condition.implies(&row.condition)
                            && third.condition.implies(&other.condition)
                            && met.implies(&third.condition)
                    };
                    // Overlays need not be finer than what they replace.
                    row.condition != other.condition
                        && (rows.iter().any(|third| both(&third))
                            || (row.layer == Layer::Overlay) != (other.layer == Layer::Overlay))
                };
                if !settled() {
                    self.compiler.clash(row, other);
                }
            }
        }
        rows.sort_by_key(|row| std::cmp::Reverse(row.layer));
        let mut kept: Vec<&ValueRow> = Vec::new();
        for row in rows {
            if !kept.iter().any(|known| known.condition == row.condition) {
                kept.push(row);
            }
        }
        most_specific_first(kept)
    }
}

/// Orders rows so that no row comes after one that it implies; overlays come before all others.
fn most_specific_first(mut rows: Vec<&ValueRow>) -> Vec<&ValueRow> {
    let mut ordered = Vec::with_capacity(rows.len());
    while !rows.is_empty() {
        let next = rows
            .iter()
            .position(|row| {
                let blocked = rows.iter().any(|other| {
                    other.condition != row.condition
                        && other.layer_rank() == row.layer_rank()
                        && other.condition.implies(&row.condition)
                });
                let overlay_waits = row.layer_rank() == 1 && rows.iter().any(|other| other.layer_rank() == 0);
                !blocked && !overlay_waits
            })
            .unwrap_or(0);
        ordered.push(rows.remove(next));
    }
    ordered
}

impl ValueRow {
    /// 0 for overlays, which win over every other row, 1 for the rest.
    fn layer_rank(&self) -> u8 {
        u8::from(self.layer != Layer::Overlay)
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

fn money(value: &Value) -> Option<Fen> {
    if let Value::Money(fen) = value { Some(*fen) } else { None }
}

fn ratio(value: &Value) -> Option<Ratio> {
    if let Value::Ratio(ratio) = value { Some(*ratio) } else { None }
}

fn count(value: &Value) -> Option<u16> {
    if let Value::Count(count) = value { Some(*count) } else { None }
}

fn covers(value: &Value) -> Option<u8> {
    let Value::Covers(words) = value else { return None };
    Some(words.iter().fold(0, |mask, word| mask | 1 << *word as u8))
}

/// The tier's own fund first, at nothing when the split does not name it.
fn split(value: &Value, own: Fund) -> Option<Split> {
    let Value::Split(written) = value else { return None };
    let mut parts = [(own, Ratio::ZERO); FUNDS_MAX];
    let mut len = 1;
    for (fund, ratio) in written {
        let fund = fund.unwrap_or(own);
        if fund == own {
            parts[0].1 = *ratio;
        } else if let Some(part) = parts.get_mut(len) {
            *part = (fund, *ratio);
            len += 1;
        }
    }
    Some(Split { parts, len: len as u8 })
}

/// A factor without the percent sign: `6`, `0.06`.
fn plain(ratio: Ratio) -> String {
    let fraction = format!("{:06}", ratio.0 % Ratio::ONE.0);
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    format!("{}{point}{fraction}", ratio.0 / Ratio::ONE.0)
}

/// A value for people.
pub(crate) fn shown(value: &Value) -> String {
    match value {
        Value::Money(fen) => format!("{fen} 元"),
        Value::Ratio(ratio) => ratio.to_string(),
        Value::Split(parts) => {
            let named = parts.iter().map(|(fund, ratio)| match fund {
                None => ratio.to_string(),
                Some(fund) => format!("{} {ratio}", fund.title()),
            });
            named.collect::<Vec<_>>().join(" + ")
        }
        Value::Cap(CapText::Unlimited) => "不封顶".to_owned(),
        Value::Cap(CapText::Sum(fen)) => format!("{fen} 元"),
        Value::Cap(CapText::Index { index, factor }) => format!("{} × {index}", plain(*factor)),
        Value::Count(count) => count.to_string(),
        Value::Covers(words) => words.iter().map(|word: &Borne| word.title()).collect::<Vec<_>>().join("、"),
    }
}
