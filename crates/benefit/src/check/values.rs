//! Checks of the compiled values: gaps in time and among cases, bands in order, caps in order.

use super::{Found, grid};
use crate::condition::Condition;
use crate::facts::Facts;
use crate::package::{Measure, Scheme as SchemeText};
use crate::policy::{Ceiling, Policies, Row, Scheme, Slot, Tier, Version};
use model::Fen;

pub(super) fn check(policies: &Policies, scheme: &Scheme, text: &SchemeText, found: &mut Found) {
    for index in 0..scheme.tiers.len() {
        gaps_in_time(scheme, text, index, found);
        for version in &scheme.versions {
            let Some(tier) = version.tiers.get(index) else { continue };
            if tier.bands.is_empty() {
                continue;
            }
            let view = TierView { policies, scheme, text, version, tier, index };
            view.values(found);
            view.ceilings(found);
        }
    }
    indices(policies, scheme, found);
    never_computed(scheme, text, found);
}

/// A tier that never has a rate must be explained by an unmodelled sentence.
fn never_computed(scheme: &Scheme, text: &SchemeText, found: &mut Found) {
    for (index, tier) in scheme.tiers.iter().enumerate() {
        let never =
            scheme.versions.iter().all(|version| version.tiers.get(index).is_none_or(|tier| tier.bands.is_empty()));
        let line = text.tiers.get(index).map_or(1, |tier| tier.line);
        if never && !scheme.versions.is_empty() && !explained(scheme, index) {
            let message = "这一层没有任何支付比例；补 rate，或用 [[unmodelled]] tier、not_computed = true 说明缺少什么";
            found.report(&text.file, line, format!("tier.{}", tier.name), message);
        }
    }
}

fn explained(scheme: &Scheme, index: usize) -> bool {
    scheme.unmodelled.iter().any(|sentence| sentence.not_computed && sentence.tier.map(usize::from) == Some(index))
}

/// Days in the middle of a tier's life on which it has no rate.
fn gaps_in_time(scheme: &Scheme, text: &SchemeText, index: usize, found: &mut Found) {
    let has = |version: &Version| version.tiers.get(index).is_some_and(|tier| !tier.bands.is_empty());
    let Some(first) = scheme.versions.iter().position(has) else { return };
    let Some(last) = scheme.versions.iter().rposition(has) else { return };
    let tier = &scheme.tiers[index];
    let line = text.tiers.get(index).map_or(1, |tier| tier.line);
    for version in scheme.versions.get(first..last).unwrap_or_default().iter().filter(|version| !has(version)) {
        let until = version.until.map_or_else(String::new, |until| until.to_string());
        let message = format!("{} 至 {until}（不含）没有支付比例：时间上有空档", version.from);
        found.report(&text.file, line, format!("{}.rate", tier.name), message);
    }
}

/// Indices that a ceiling needs in years before the last one known.
fn indices(policies: &Policies, scheme: &Scheme, found: &mut Found) {
    let unknown = |version: &Version| -> Vec<u32> {
        let modelled = version.tiers.iter().enumerate().filter(|(index, _)| !explained(scheme, *index));
        let slots =
            modelled.map(|(_, tier)| tier).flat_map(|tier| tier.subcaps.iter().chain([&tier.cap, &tier.visit_cap]));
        slots
            .flat_map(|slot| slot.rows.iter())
            .filter(|row| row.value == Ceiling::Unknown)
            .map(|row| row.parameter)
            .collect()
    };
    let resolved = |version: &Version| {
        let slots = version.tiers.iter().flat_map(|tier| tier.subcaps.iter().chain([&tier.cap, &tier.visit_cap]));
        slots
            .flat_map(|slot| slot.rows.iter())
            .any(|row| matches!(row.value, Ceiling::Sum(_)) && policies.parameter(row.parameter).value.contains(" = "))
    };
    let Some(last) = scheme.versions.iter().rposition(resolved) else {
        for parameter in scheme.versions.iter().flat_map(unknown) {
            found.at(policies, parameter, "限额依据的指数一年也没有收录；在 area.toml 的 [[index.value]] 中补录");
        }
        return;
    };
    for version in scheme.versions.iter().take(last) {
        for parameter in unknown(version) {
            let message = format!("{} 起的一年缺少指数值；在 area.toml 的 [[index.value]] 中补录", version.from);
            found.at(policies, parameter, message);
        }
    }
}

struct TierView<'a> {
    policies: &'a Policies,
    scheme: &'a Scheme,
    text: &'a SchemeText,
    version: &'a Version,
    tier: &'a Tier,
    index: usize,
}

impl TierView<'_> {
    /// Cases that reach the tier, told apart by the conditions of some slots.
    fn cases<'c>(&self, conditions: &mut Vec<&'c Condition>, own: impl Iterator<Item = &'c Condition>) -> Vec<Facts>
    where
        Self: 'c,
    {
        conditions.extend(own);
        let chains: Vec<&Condition> = self
            .scheme
            .chains
            .iter()
            .filter(|(_, tiers)| tiers.contains(&(self.index as u8)))
            .map(|(condition, _)| condition)
            .collect();
        let kinds = chains.iter().fold(0, |kinds, chain| kinds | chain.kinds);
        let mut all: Vec<&Condition> = conditions.clone();
        all.extend(self.scheme.chains.iter().map(|(condition, _)| condition));
        all.push(&self.tier.when);
        let cases = grid::cases(self.policies, self.scheme, kinds, &all);
        let reaches = |facts: &Facts| {
            self.tier.when.holds(facts)
                && self.scheme.chain(facts).is_some_and(|chain| chain.contains(&(self.index as u8)))
                && !self.is_explained(facts)
        };
        cases.into_iter().filter(reaches).collect()
    }

    /// Whether an unmodelled sentence says that the tier is not held for the case.
    fn is_explained(&self, facts: &Facts) -> bool {
        self.scheme.unmodelled.iter().any(|sentence| {
            let of_tier = sentence.not_computed && sentence.tier.map(usize::from) == Some(self.index);
            of_tier && sentence.touches(facts, self.version.from)
        })
    }

    fn name(&self) -> &str {
        &self.scheme.tiers[self.index].name
    }

    /// Where to point when no row is to blame: the first row of the slot, else the tier's first rate.
    fn report<T>(&self, slot: &Slot<T>, key: String, message: impl FnOnce() -> String, found: &mut Found) {
        let own = slot.rows.first().map(|row| row.parameter);
        let rate = || self.tier.bands.iter().find_map(|band| band.rate.rows.first()).map(|row| row.parameter);
        let place = own.or_else(rate).map(|parameter| self.policies.parameter(parameter));
        let (file, line) = place.map_or((self.text.file.as_str(), 1), |p| (p.file.as_str(), p.line));
        found.report_case(file, line, key, message);
    }

    fn span(&self) -> String {
        let until = self.version.until.map_or_else(String::new, |until| format!("至 {until}（不含）"));
        format!("{} 起{until}", self.version.from)
    }

    /// A deductible and a rate for every case, bounds that rise, no money beyond the last bound.
    fn values(&self, found: &mut Found) {
        let tier = self.tier;
        let mut conditions = Vec::new();
        let bands = tier.bands.iter();
        let own = conditions_of(&tier.deductible)
            .chain(bands.flat_map(|band| conditions_of(&band.rate).chain(conditions_of(&band.upper))));
        for facts in self.cases(&mut conditions, own) {
            let who = || grid::described(self.policies, self.scheme, &facts, &conditions);
            if !tier.deductible.is_empty() && tier.deductible_per.is_some() && tier.deductible.choose(&facts).is_none()
            {
                let message = || format!("{}，{}：没有起付标准", self.span(), who());
                self.report(&tier.deductible, format!("{}.deductible", self.name()), message, found);
            }
            self.bands(&facts, &who, found);
        }
        if tier.deductible_per.is_none() && !tier.deductible.is_empty() {
            let message = || "有起付标准而 deductible_per 未写，起付标准不会生效".to_owned();
            self.report(&tier.deductible, format!("{}.deductible", self.name()), message, found);
        }
    }

    fn bands(&self, facts: &Facts, who: &dyn Fn() -> String, found: &mut Found) {
        let tier = self.tier;
        let mut below: Option<&Row<Fen>> = None;
        for (number, band) in tier.bands.iter().enumerate() {
            let upper = band.upper.choose(facts);
            if band.rate.choose(facts).is_none() {
                let message = || format!("{}，{}：第 {} 段没有支付比例", self.span(), who(), number + 1);
                self.report(&band.rate, format!("{}.rate[{}]", self.name(), number + 1), message, found);
            }
            if let (Some(below), Some(upper)) = (below, upper)
                && upper.value <= below.value
            {
                found.at_case(self.policies, upper.parameter, || {
                    format!("分段上限 {} 应高于前一段的 {}（{}）", upper.value, below.value, who())
                });
            }
            let last = number + 1 == tier.bands.len();
            if let (Some(upper), true) = (upper, last) {
                let message =
                    format!("最后一段写了上限 {}，超出部分没有支付比例；不封顶就删去，封顶请写 cap", upper.value);
                found.at(self.policies, upper.parameter, message);
            }
            if upper.is_none() && !last {
                let message =
                    || format!("{}，{}：第 {} 段没有上限，后面的段永远到不了", self.span(), who(), number + 1);
                self.report(
                    &tier.bands[number + 1].rate,
                    format!("{}.band_upper[{}]", self.name(), number + 1),
                    message,
                    found,
                );
            }
            below = upper.or(below);
        }
        if let (Some(upper), Some(deductible)) = (tier.bands[0].upper.choose(facts), tier.deductible.choose(facts))
            && tier.bands_measure == Measure::WithDeductible
            && upper.value <= deductible.value
        {
            found.at_case(self.policies, upper.parameter, || {
                format!("第一段上限 {} 不高于起付标准 {}（{}）", upper.value, deductible.value, who())
            });
        }
    }

    /// Sub-caps and visit caps within the cap.
    fn ceilings(&self, found: &mut Found) {
        let tier = self.tier;
        let inner: Vec<&Slot<Ceiling>> =
            tier.subcaps.iter().chain([&tier.visit_cap]).filter(|slot| !slot.is_empty()).collect();
        if inner.is_empty() || tier.cap.is_empty() {
            return;
        }
        let mut conditions = Vec::new();
        let own = inner.iter().flat_map(|slot| conditions_of(slot)).chain(conditions_of(&tier.cap));
        for facts in self.cases(&mut conditions, own) {
            let Some(Row { value: Ceiling::Sum(cap), .. }) = tier.cap.choose(&facts) else { continue };
            for slot in &inner {
                if let Some(Row { value: Ceiling::Sum(part), parameter, .. }) = slot.choose(&facts)
                    && part > cap
                {
                    found.at_case(self.policies, *parameter, || {
                        let who = grid::described(self.policies, self.scheme, &facts, &conditions);
                        format!("分项限额 {part} 高于年度限额 {cap}（{who}）")
                    });
                }
            }
        }
    }
}

fn conditions_of<T>(slot: &Slot<T>) -> impl Iterator<Item = &Condition> {
    slot.rows.iter().map(|row| &row.condition)
}
