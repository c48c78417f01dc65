//! `policy show` and `policy diff`: the law of an area on a day, and what a new edition changes.

use crate::compile::shown;
use crate::describe;
use crate::package::{Base, LawDay, Packages, Per, Scheme, Source, TierText, ValueRow};
use model::Day;
use std::collections::BTreeMap;
use std::fmt::Write;

impl Packages {
    /// The law of an area on a day: chains, tiers, and every value in force with its source. `None` when the
    /// area is not among the packages.
    #[must_use]
    pub fn show(&self, area: &str, on: Day) -> Option<String> {
        let known = self.area(area)?;
        let mut text = String::new();
        let invented = if known.invented { "（虚构）" } else { "" };
        let _ = writeln!(text, "{} {}{invented}，{on} 的待遇政策", known.code, known.name);
        for scheme in self.schemes.iter().filter(|scheme| scheme.area == area && scheme.whole) {
            let _ = writeln!(text, "\n险种 {}  {}", scheme.scheme, scheme.name);
            self.show_chains(&mut text, scheme);
            for tier in &scheme.tiers {
                self.show_tier(&mut text, scheme, tier, on);
            }
            self.show_values(&mut text, scheme, "", on, "险种");
            for sentence in &scheme.unmodelled {
                let in_force =
                    sentence.from.is_none_or(|from| from <= on) && sentence.until.is_none_or(|until| on < until);
                if in_force {
                    let _ = writeln!(text, "  未计入：{}", sentence.text);
                }
            }
        }
        Some(text)
    }

    fn show_chains(&self, text: &mut String, scheme: &Scheme) {
        for chain in &scheme.chains {
            let when = describe::condition(&chain.condition, &self.words, &scheme.programmes);
            let tiers: Vec<&str> = chain
                .tiers
                .iter()
                .map(|name| {
                    let tier = scheme.tiers.iter().find(|tier| tier.name == *name);
                    tier.map_or(name.as_str(), |tier| tier.title.as_str())
                })
                .collect();
            let _ = writeln!(text, "  {when}：{}", tiers.join(" → "));
        }
        let law_day = match scheme.law_day {
            LawDay::Discharge => "出院日",
            LawDay::Admission => "入院日",
            LawDay::Service => "每笔费用发生日",
        };
        if scheme.chains.iter().any(|chain| chain.condition.kinds & crate::words::Kind::Inpatient.bit() != 0) {
            let _ = writeln!(text, "  住院适用{law_day}的政策");
        }
    }

    fn show_tier(&self, text: &mut String, scheme: &Scheme, tier: &TierText, on: Day) {
        let base = match &tier.base {
            Base::InScope => "政策范围内费用".to_owned(),
            Base::OverCap(of) => format!("{of} 限额以上的费用"),
            Base::AboveDeductible(of) => format!("{of} 起付标准以上的费用"),
            Base::Rest => "前面各层之后的个人负担".to_owned(),
        };
        let per = match tier.deductible_per {
            None => "无起付标准",
            Some(Per::Year) => "起付标准按年",
            Some(Per::Visit) => "起付标准按次",
        };
        let _ = writeln!(text, "  [{}] {}：{base}；{per}；由{}支付", tier.name, tier.title, tier.fund.title());
        self.show_values(text, scheme, &tier.name, on, "");
    }

    fn show_values(&self, text: &mut String, scheme: &Scheme, tier: &str, on: Day, heading: &str) {
        let rows = self.rows_of(scheme).into_iter().filter(|row| row.key.tier == tier && row.in_force(on));
        let mut rows: Vec<&ValueRow> = rows.collect();
        rows.sort_by_key(|row| (row.key.clone(), row.band));
        if !rows.is_empty() && !heading.is_empty() {
            let _ = writeln!(text, "  [{heading}]");
        }
        for row in rows {
            let band = if matches!(row.key.info().name, "rate" | "band_upper") {
                format!("[{}]", row.band + 1)
            } else {
                String::new()
            };
            let when = describe::condition(&row.condition, &self.words, &scheme.programmes);
            let _ = writeln!(text, "    {}{band} = {}　{when}", row.slot, shown(&row.value));
            let until = row.until.map_or_else(String::new, |until| format!(" 至 {until}（不含）"));
            let _ = writeln!(text, "      {}，{} 起{until}，{}", self.source(row), row.from, row.place());
        }
    }

    fn rows_of(&self, scheme: &Scheme) -> Vec<&ValueRow> {
        let lineage = self.lineage(&scheme.area);
        let mut rows: Vec<&ValueRow> = Vec::new();
        for other in &self.schemes {
            let own = other.area == scheme.area && other.scheme == scheme.scheme;
            let above = lineage.iter().any(|area| area.code == other.area)
                && (other.scheme == crate::package::ALL_SCHEMES
                    || (other.area != scheme.area && other.scheme == scheme.inherits));
            if own || above {
                rows.extend(other.values.iter());
            }
        }
        for overlay in &self.overlays {
            let here = overlay.areas.is_empty() || overlay.areas.contains(&scheme.area);
            let this = overlay.schemes.is_empty() || overlay.schemes.contains(&scheme.scheme);
            if here && this {
                rows.extend(overlay.values.iter());
            }
        }
        rows.retain(|row| row.key.tier.is_empty() || scheme.tiers.iter().any(|tier| tier.name == row.key.tier));
        rows
    }

    fn source(&self, row: &ValueRow) -> String {
        match &row.source {
            Source::Assumed(reason) => format!("假定：{reason}"),
            Source::Document { document, article } => {
                let known = self.areas.iter().flat_map(|area| &area.documents).find(|known| known.id == *document);
                let title = known.map_or(document.as_str(), |known| known.title.as_str());
                let number = known.map_or("", |known| known.number.as_str());
                format!("{title} {number} {article}")
            }
        }
    }

    /// What `newer` changes: one line a value added, removed or changed, and a line a structure that differs.
    #[must_use]
    pub fn diff(&self, newer: &Self) -> Vec<Change> {
        let (before, after) = (self.described(), newer.described());
        let mut changes = Vec::new();
        for (key, (value, place)) in &before {
            match after.get(key) {
                None => changes.push(Change::new(key, Some(value.clone()), None, place)),
                Some((now, place)) if now != value => {
                    changes.push(Change::new(key, Some(value.clone()), Some(now.clone()), place));
                }
                Some(_) => {}
            }
        }
        for (key, (value, place)) in after.iter().filter(|(key, _)| !before.contains_key(*key)) {
            changes.push(Change::new(key, None, Some(value.clone()), place));
        }
        changes.sort();
        changes
    }

    /// Every value and structure under a name that stays the same while it changes.
    fn described(&self) -> BTreeMap<(String, String, String), (String, String)> {
        let mut all = BTreeMap::new();
        for scheme in &self.schemes {
            let home = format!("{} {}", scheme.area, scheme.scheme);
            for row in &scheme.values {
                let when = describe::condition(&row.condition, &self.words, &scheme.programmes);
                let until = row.until.map_or_else(|| "起".to_owned(), |until| format!("至 {until}"));
                let slot = format!("{}[{}]", row.slot, row.band + 1);
                let value = format!("{}（{} {until}；{}）", shown(&row.value), row.from, self.source(row));
                all.insert((home.clone(), slot, format!("{when}　{}", row.from)), (value, row.place()));
            }
            for tier in &scheme.tiers {
                let value = format!(
                    "{:?} {:?} {:?} {:?} {:?} {:?}",
                    tier.base, tier.fund, tier.deductible_per, tier.bands_measure, tier.bands_per, tier.rounding
                );
                let place = format!("{}:{}", scheme.file, tier.line);
                all.insert((home.clone(), format!("tier.{}", tier.name), String::new()), (value, place));
            }
            for (number, chain) in scheme.chains.iter().enumerate() {
                let when = describe::condition(&chain.condition, &self.words, &scheme.programmes);
                let place = format!("{}:{}", scheme.file, chain.line);
                all.insert((home.clone(), format!("chain[{}]", number + 1), when), (chain.tiers.join(" → "), place));
            }
        }
        all
    }
}

/// One difference between two editions of the law.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// Area and scheme.
    pub home: String,
    /// The slot, tier or chain.
    pub slot: String,
    /// For whom, since when.
    pub when: String,
    /// The older value; `None` when added.
    pub before: Option<String>,
    /// The newer value; `None` when removed.
    pub after: Option<String>,
    /// `file:line` of the newer value, else of the older.
    pub place: String,
}

impl Change {
    fn new(key: &(String, String, String), before: Option<String>, after: Option<String>, place: &str) -> Self {
        let (home, slot, when) = key.clone();
        Self { home, slot, when, before, after, place: place.to_owned() }
    }
}
