//! The slots of one version: rows in force, the most specific first, compiled to plain values.

use super::Compiler;
use super::value::{count, money, plain, ratio, split};
use crate::package::{Base, CapText, Layer, TierText, Value, ValueRow};
use crate::policy::{Band, Ceiling, Row, Slot, Tier, TierBase, TierName};
use crate::ratio::Ratio;
use model::{Day, Fen};
use std::collections::BTreeMap;

/// Rows of one slot, of one band.
pub(super) type SlotRows<'a> = BTreeMap<(String, &'static str, String, u8), Vec<&'a ValueRow>>;

/// A ceiling that an index was looked up for.
pub(super) struct Resolved {
    pub(super) text: String,
    /// Why the index's value is assumed, when it is.
    pub(super) assumed: Option<String>,
}

/// The slots of one version while it is compiled.
pub(super) struct Slots<'c, 'a> {
    pub(super) compiler: &'c mut Compiler<'a>,
    pub(super) slots: SlotRows<'a>,
    pub(super) area: &'c str,
    pub(super) on: Day,
}

impl<'a> Slots<'_, 'a> {
    pub(super) fn tier(&mut self, text: &TierText, name: &TierName, names: &[TierName]) -> Tier {
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

    pub(super) fn slot<T>(
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
