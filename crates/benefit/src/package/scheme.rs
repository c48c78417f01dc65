//! `scheme.toml`: the structure of a scheme (chains, tiers, programmes), and the value files beside it.

use super::area::{Area, Register, flag};
use super::value::{self, Home, ValueRow};
use super::{CASES_FILE, condition};
use crate::condition::Condition;
use crate::words::{Fund, Kind, Status};
use datafile::{Problem, Reading, Table, did_you_mean};

/// What a tier looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Base {
    InScope,
    OverCap(String),
    AboveDeductible(String),
    Rest,
}

/// Over what a deductible or a band counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Per {
    Year,
    Visit,
}

/// What a band bound is measured on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Measure {
    WithDeductible,
    AboveDeductible,
    Paid,
}

/// Where a tier's payment becomes whole fen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rounding {
    Total,
    EachFund,
    InOrder,
}

/// Whose day's law judges a stay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LawDay {
    Discharge,
    Admission,
    Service,
}

/// A tier as written.
#[derive(Debug, Clone)]
pub(crate) struct TierText {
    pub(crate) name: String,
    pub(crate) title: String,
    pub(crate) base: Base,
    pub(crate) fund: Fund,
    pub(crate) deductible_per: Option<Per>,
    pub(crate) bands_measure: Measure,
    pub(crate) bands_per: Per,
    pub(crate) rounding: Rounding,
    pub(crate) when: Condition,
    pub(crate) feeds: Vec<String>,
    pub(crate) line: usize,
}

/// The tiers a kind of visit goes through.
#[derive(Debug, Clone)]
pub(crate) struct Chain {
    pub(crate) condition: Condition,
    pub(crate) tiers: Vec<String>,
    pub(crate) line: usize,
}

/// A chronic or special-disease programme.
#[derive(Debug, Clone)]
pub(crate) struct Programme {
    pub(crate) id: String,
    pub(crate) name: String,
    /// Diseases it holds, as people name them.
    pub(crate) names: Vec<String>,
}

impl Programme {
    /// Whether a case's word means this programme.
    pub(crate) fn is_called(&self, text: &str) -> bool {
        self.id == text || self.name == text || self.names.iter().any(|name| name == text)
    }
}

/// A sentence of the law that the package does not hold.
#[derive(Debug, Clone)]
pub(crate) struct Unmodelled {
    pub(crate) text: String,
    pub(crate) condition: Condition,
    /// The tier it explains the absence of.
    pub(crate) tier: Option<String>,
    pub(crate) from: Option<model::Day>,
    pub(crate) until: Option<model::Day>,
    /// The tier is not computed for these cases: the check accepts that values are missing.
    pub(crate) not_computed: bool,
    /// Shown on contributions, not on settlements.
    pub(crate) contribution: bool,
}

/// A legal exception to a monotonicity check.
#[derive(Debug, Clone)]
pub(crate) struct Lawful {
    pub(crate) area: String,
    pub(crate) scheme: String,
    /// `level` or `amount`.
    pub(crate) check: String,
    pub(crate) kind: Option<Kind>,
    pub(crate) line: usize,
}

/// A folder `<area>/<scheme>`; at upper levels it may hold values only.
#[derive(Debug, Clone)]
pub(crate) struct Scheme {
    pub(crate) area: String,
    /// The folder's name: what a case calls it.
    pub(crate) scheme: String,
    pub(crate) name: String,
    /// The folder of the upper levels whose values it takes.
    pub(crate) inherits: String,
    /// Whether `scheme.toml` is there.
    pub(crate) whole: bool,
    pub(crate) statuses: u16,
    pub(crate) special_order: Vec<u8>,
    pub(crate) law_day: LawDay,
    pub(crate) chains: Vec<Chain>,
    pub(crate) tiers: Vec<TierText>,
    pub(crate) programmes: Vec<Programme>,
    pub(crate) unmodelled: Vec<Unmodelled>,
    pub(crate) values: Vec<ValueRow>,
    pub(crate) file: String,
}

pub(super) fn read_all(texts: &[(&str, &str)], register: &Register, problems: &mut Vec<Problem>) -> Vec<Scheme> {
    let mut schemes: Vec<Scheme> = Vec::new();
    for area in &register.areas {
        let prefix = format!("{}/", area.code);
        let inside: Vec<(&str, &str)> =
            texts.iter().filter_map(|(name, text)| Some((name.strip_prefix(&prefix)?, *text))).collect();
        let mut folders: Vec<&str> = inside.iter().filter_map(|(name, _)| Some(name.split_once('/')?.0)).collect();
        folders.dedup();
        for folder in folders {
            let files: Vec<(String, &str)> = inside
                .iter()
                .filter(|(name, _)| name.starts_with(folder) && name[folder.len()..].starts_with('/'))
                .map(|(name, text)| (format!("policy/{prefix}{name}"), *text))
                .collect();
            schemes.push(read_one(area, folder, &files, register, problems));
        }
    }
    schemes
}

fn read_one(
    area: &Area,
    folder: &str,
    files: &[(String, &str)],
    register: &Register,
    problems: &mut Vec<Problem>,
) -> Scheme {
    let structure_file = format!("policy/{}/{folder}/scheme.toml", area.code);
    let mut scheme = Scheme {
        area: area.code.clone(),
        scheme: folder.to_owned(),
        name: String::new(),
        inherits: folder.to_owned(),
        whole: false,
        statuses: crate::slots::ALL_STATUSES,
        special_order: (0..register.words.special.len() as u8).collect(),
        law_day: LawDay::Discharge,
        chains: Vec::new(),
        tiers: Vec::new(),
        programmes: Vec::new(),
        unmodelled: Vec::new(),
        values: Vec::new(),
        file: structure_file.clone(),
    };
    if let Some((file, text)) = files.iter().find(|(file, _)| *file == structure_file) {
        let mut reading = Reading::new(file, text, 0);
        if let Some(parsed) = reading.parse() {
            let mut table = Table::new("", &parsed, 1);
            scheme.structure(&mut reading, &mut table, register);
            table.finish(&mut reading);
        }
        problems.append(&mut reading.problems);
    }
    let documents = documents_of(area, register);
    let programmes: Vec<String> = scheme.programmes.iter().map(|programme| programme.id.clone()).collect();
    let tiers: Vec<String> = scheme.tiers.iter().map(|tier| tier.name.clone()).collect();
    for (file, text) in files.iter().filter(|(file, _)| *file != structure_file && !file.ends_with(CASES_FILE)) {
        let mut reading = Reading::new(file, text, 0);
        if let Some(parsed) = reading.parse() {
            let mut table = Table::new("", &parsed, 1);
            let home = Home {
                layer: area.layer,
                area: &area.code,
                file,
                words: &register.words,
                programmes: &programmes,
                tiers: scheme.whole.then_some(&tiers),
                documents: &documents,
                dates: None,
                source: None,
            };
            scheme.values.extend(value::rows(&mut reading, &mut table, &home));
            table.finish(&mut reading);
        }
        problems.append(&mut reading.problems);
    }
    scheme
}

/// Documents of the area and of those above it.
fn documents_of(area: &Area, register: &Register) -> Vec<String> {
    let mut documents = Vec::new();
    let mut next = Some(area);
    while let Some(area) = next {
        documents.extend(area.documents.iter().map(|document| document.id.clone()));
        let parent = area.parent.as_deref();
        next = register.areas.iter().find(|other| Some(other.code.as_str()) == parent && other.layer < area.layer);
    }
    documents
}

impl Scheme {
    fn structure(&mut self, reading: &mut Reading<'_>, table: &mut Table<'_, '_>, register: &Register) {
        self.whole = true;
        let named = table.text(reading, "scheme");
        if named != self.scheme {
            reading.report(1, "scheme", format!("应与目录名相同：{}", self.scheme));
        }
        self.name = table.text(reading, "name");
        if let Some(inherits) = table.optional_text(reading, "inherits") {
            self.inherits = inherits;
        }
        let statuses = table.texts(reading, "statuses");
        self.statuses = 0;
        for text in &statuses {
            match Status::parse(text) {
                Some(status) => self.statuses |= status.bit(),
                None => {
                    let hint = did_you_mean(text, Status::names());
                    reading.report(1, "statuses", format!("不认识“{text}”{hint}"));
                }
            }
        }
        if self.statuses == 0 {
            reading.report(1, "statuses", "至少要有一种人员类别");
        }
        self.specials(reading, table, register);
        let law_days =
            [("discharge", LawDay::Discharge), ("admission", LawDay::Admission), ("service", LawDay::Service)];
        self.law_day = table.word(reading, "law_day", &law_days).unwrap_or(LawDay::Discharge);
        for mut programme in table.tables(reading, "programme") {
            let id = programme.text(reading, "id");
            let title = programme.optional_text(reading, "title");
            let name = title.unwrap_or_else(|| programme.text(reading, "name"));
            let names = programme.texts(reading, "names");
            self.programmes.push(Programme { id, name, names });
            programme.texts(reading, "diagnoses");
            programme.optional_text(reading, "note");
            programme.finish(reading);
        }
        if self.programmes.len() > 62 {
            reading.report(1, "programme", "至多 62 个病种项目；请按待遇类别合并");
        }
        let programmes: Vec<String> = self.programmes.iter().map(|programme| programme.id.clone()).collect();
        self.read_tiers(reading, table, register, &programmes);
        self.read_chains(reading, table, register, &programmes);
        for mut row in table.tables(reading, "unmodelled") {
            let unmodelled = Unmodelled {
                text: row.text(reading, "text"),
                condition: condition::read(reading, &mut row, &register.words, &programmes),
                tier: row.optional_text(reading, "tier"),
                from: row.day(reading, "from"),
                until: row.day(reading, "until"),
                not_computed: flag(reading, &mut row, "not_computed"),
                contribution: flag(reading, &mut row, "contribution"),
            };
            row.optional_text(reading, "source");
            if unmodelled.tier.as_ref().is_some_and(|tier| !self.tiers.iter().any(|known| known.name == *tier)) {
                reading.report(row.line(), row.key("tier"), "没有这一层待遇（tier）");
            }
            row.finish(reading);
            self.unmodelled.push(unmodelled);
        }
    }

    fn specials(&mut self, reading: &mut Reading<'_>, table: &mut Table<'_, '_>, register: &Register) {
        if !table.holds("special_order") {
            return;
        }
        let mut order = Vec::new();
        for text in table.texts(reading, "special_order") {
            match register.words.special.iter().position(|word| *word == text) {
                Some(index) => order.push(index as u8),
                None => {
                    let hint = did_you_mean(&text, register.words.special.iter().map(String::as_str));
                    reading.report(1, "special_order", format!("未声明的词“{text}”{hint}"));
                }
            }
        }
        // Groups the scheme does not rank come after those it does.
        order.extend(self.special_order.iter().filter(|index| !order.contains(index)).copied().collect::<Vec<_>>());
        self.special_order = order;
    }

    fn read_tiers(
        &mut self,
        reading: &mut Reading<'_>,
        table: &mut Table<'_, '_>,
        register: &Register,
        programmes: &[String],
    ) {
        let Some(value) = table.get("tier") else {
            return;
        };
        let toml::de::DeValue::Table(tiers) = value.get_ref() else {
            table.wrong(reading, value, "tier", "表（[tier.名称]）");
            return;
        };
        for (name, body) in tiers {
            let line = reading.line_at(name.span().start);
            let toml::de::DeValue::Table(body) = body.get_ref() else { continue };
            let name: &str = name.get_ref();
            let mut tier = Table::new(format!("tier.{name}"), body, line);
            self.tiers.push(read_tier(reading, &mut tier, name, register, programmes));
            tier.finish(reading);
        }
        let names: Vec<String> = self.tiers.iter().map(|tier| tier.name.clone()).collect();
        for tier in &self.tiers {
            let of = match &tier.base {
                Base::OverCap(of) | Base::AboveDeductible(of) => Some(of),
                Base::InScope | Base::Rest => None,
            };
            for other in of.into_iter().chain(&tier.feeds) {
                if !names.contains(other) {
                    let hint = did_you_mean(other, names.iter().map(String::as_str));
                    reading.report(tier.line, format!("tier.{}", tier.name), format!("没有这一层待遇“{other}”{hint}"));
                }
            }
        }
    }

    fn read_chains(
        &mut self,
        reading: &mut Reading<'_>,
        table: &mut Table<'_, '_>,
        register: &Register,
        programmes: &[String],
    ) {
        for mut row in table.tables(reading, "chain") {
            let mut condition = condition::read(reading, &mut row, &register.words, programmes);
            let mut kinds = 0;
            for text in row.texts(reading, "kinds") {
                match Kind::parse(&text) {
                    Some(kind) => kinds |= kind.bit(),
                    None => {
                        let hint = did_you_mean(&text, Kind::names());
                        reading.report(row.line(), row.key("kinds"), format!("不认识“{text}”{hint}"));
                    }
                }
            }
            condition.kinds &= kinds;
            let tiers = row.texts(reading, "tiers");
            for name in &tiers {
                if !self.tiers.iter().any(|tier| tier.name == *name) {
                    let hint = did_you_mean(name, self.tiers.iter().map(|tier| tier.name.as_str()));
                    reading.report(row.line(), row.key("tiers"), format!("没有这一层待遇“{name}”{hint}"));
                }
            }
            if tiers.is_empty() || kinds == 0 {
                reading.report(row.line(), row.key("tiers"), "kinds 与 tiers 都至少要有一项");
            }
            self.chains.push(Chain { condition, tiers, line: row.line() });
            row.finish(reading);
        }
    }
}

fn read_tier(
    reading: &mut Reading<'_>,
    tier: &mut Table<'_, '_>,
    name: &str,
    register: &Register,
    programmes: &[String],
) -> TierText {
    let of = tier.optional_text(reading, "of");
    let base = tier.text(reading, "base");
    let base = match (base.as_str(), of) {
        ("in_scope", None) => Base::InScope,
        ("rest", None) => Base::Rest,
        ("over_cap", Some(of)) => Base::OverCap(of),
        ("above_deductible", Some(of)) => Base::AboveDeductible(of),
        _ => {
            let message = "应为 in_scope、rest，或 over_cap、above_deductible（并写 of = \"哪一层\"）";
            reading.report(tier.line(), tier.key("base"), message);
            Base::Rest
        }
    };
    let funds: Vec<(&str, Fund)> = Fund::ALL.iter().map(|fund| (fund.name(), *fund)).collect();
    let periods = [("year", Some(Per::Year)), ("visit", Some(Per::Visit)), ("none", None)];
    let measures = [
        ("with_deductible", Measure::WithDeductible),
        ("above_deductible", Measure::AboveDeductible),
        ("paid", Measure::Paid),
    ];
    let roundings = [("total", Rounding::Total), ("each_fund", Rounding::EachFund), ("in_order", Rounding::InOrder)];
    TierText {
        title: tier.text(reading, "title"),
        base,
        fund: tier.required_word(reading, "fund", &funds).unwrap_or(Fund::Other),
        deductible_per: tier.word(reading, "deductible_per", &periods).unwrap_or(None),
        bands_measure: tier.word(reading, "bands_measure", &measures).unwrap_or(Measure::WithDeductible),
        bands_per: tier.word(reading, "bands_per", &periods[..2]).flatten().unwrap_or(Per::Year),
        rounding: tier.word(reading, "rounding", &roundings).unwrap_or(Rounding::Total),
        when: condition::read(reading, tier, &register.words, programmes),
        feeds: tier.texts(reading, "feeds"),
        line: tier.line(),
        name: name.to_owned(),
    }
}
