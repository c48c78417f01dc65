//! `slots.toml` and `<area>/area.toml`: what lower levels may fill, and who the areas are.

use super::Words;
use crate::slots::{self, SLOTS};
use datafile::{Problem, Reading, Table, did_you_mean};
use model::{Day, Fen};

/// How local a source of values is; the later the more local.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Layer {
    /// 国家
    Nation,
    /// 省
    Province,
    /// 统筹区
    Area,
    /// 临时政策
    Overlay,
}

impl Layer {
    const WORDS: &[(&str, Self)] = &[("nation", Self::Nation), ("province", Self::Province), ("area", Self::Area)];

    /// For people.
    pub(crate) const fn title(self) -> &'static str {
        match self {
            Self::Nation => "国家",
            Self::Province => "省",
            Self::Area => "统筹区",
            Self::Overlay => "临时政策",
        }
    }
}

/// Which levels may replace a value of a higher level, slot by slot.
#[derive(Debug, Clone)]
pub(crate) struct Opening {
    pub(crate) slot: usize,
    pub(crate) open_to: Vec<Layer>,
}

/// A decree or page that values rest on.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    pub(crate) id: String,
    pub(crate) title: String,
    pub(crate) number: String,
    pub(crate) grade: String,
}

/// A yearly figure that caps may be multiples of.
#[derive(Debug, Clone)]
pub(crate) struct Index {
    pub(crate) id: String,
    pub(crate) name: String,
    /// The value of year `y - lag` holds in year `y`.
    pub(crate) lag: i32,
    pub(crate) values: Vec<IndexValue>,
}

/// An index in one year.
#[derive(Debug, Clone)]
pub(crate) struct IndexValue {
    pub(crate) year: i32,
    pub(crate) value: Fen,
    /// Document and article, or why it is assumed.
    pub(crate) source: String,
    pub(crate) assumed: bool,
}

/// A nation, province or pooling area.
#[derive(Debug, Clone)]
pub(crate) struct Area {
    pub(crate) code: String,
    pub(crate) name: String,
    pub(crate) parent: Option<String>,
    pub(crate) layer: Layer,
    pub(crate) invented: bool,
    pub(crate) documents: Vec<Document>,
    pub(crate) indices: Vec<Index>,
}

/// What all files share.
#[derive(Debug, Default)]
pub(crate) struct Register {
    pub(crate) words: Words,
    pub(crate) openings: Vec<Opening>,
    pub(crate) areas: Vec<Area>,
}

impl Register {
    pub(super) fn read(texts: &[(&str, &str)], problems: &mut Vec<Problem>) -> Self {
        let mut register = Self::default();
        for &(name, text) in texts {
            let file = format!("policy/{name}");
            let mut reading = Reading::new(&file, text, 0);
            let area_file = name.strip_suffix("/area.toml");
            if name != "slots.toml" && area_file.is_none() {
                continue;
            }
            if let Some(parsed) = reading.parse() {
                let mut table = Table::new("", &parsed, 1);
                match area_file {
                    None => register.slots(&mut reading, &mut table),
                    Some(folder) => register.area(&mut reading, &mut table, folder),
                }
                table.finish(&mut reading);
            }
            problems.append(&mut reading.problems);
        }
        register.parents(problems);
        if register.words.special.len() > 62 || register.words.supplements.len() > 32 {
            problems.push(Problem {
                file: "policy/slots.toml".into(),
                line: 0,
                key: "words".into(),
                message: "特殊人群至多 62 种、补充保障至多 32 种；请合并".into(),
            });
        }
        register
    }

    fn slots(&mut self, reading: &mut Reading<'_>, table: &mut Table<'_, '_>) {
        self.words(reading, table);
        for mut slot in table.tables(reading, "slot") {
            let name = slot.text(reading, "name");
            let unit = slot.text(reading, "unit");
            let open_to = layers(reading, &mut slot, "open_to");
            slot.optional_text(reading, "title");
            match slots::index_of(&name) {
                None => {
                    let hint = did_you_mean(&name, SLOTS.iter().map(|info| info.name));
                    reading.report(slot.line(), slot.key("name"), format!("没有参数位“{name}”{hint}"));
                }
                Some(index) => {
                    let expected = SLOTS[index].unit.name();
                    if unit != expected {
                        let message = format!("参数位 {name} 的单位是 {expected}，不是“{unit}”");
                        reading.report(slot.line(), slot.key("unit"), message);
                    }
                    self.openings.push(Opening { slot: index, open_to });
                }
            }
            slot.finish(reading);
        }
    }

    fn words(&mut self, reading: &mut Reading<'_>, table: &mut Table<'_, '_>) {
        let Some(mut words) = table.table(reading, "words") else { return };
        for (key, list) in [("special", &mut self.words.special), ("supplement", &mut self.words.supplements)] {
            for word in words.texts(reading, key) {
                if !list.contains(&word) {
                    list.push(word);
                }
            }
        }
        words.finish(reading);
    }

    fn area(&mut self, reading: &mut Reading<'_>, table: &mut Table<'_, '_>, folder: &str) {
        let code = table.text(reading, "area");
        if code != folder {
            reading.report(1, "area", format!("应与目录名相同：{folder}"));
        }
        let name = table.text(reading, "name");
        let layer = table.required_word(reading, "level", Layer::WORDS).unwrap_or(Layer::Area);
        let parent = table.optional_text(reading, "parent");
        let invented = flag(reading, table, "invented");
        self.words(reading, table);
        let documents = table.tables(reading, "document").into_iter().map(|t| document(reading, t)).collect();
        let indices = table.tables(reading, "index").into_iter().map(|t| index(reading, t)).collect();
        self.areas.push(Area { code, name, parent, layer, invented, documents, indices });
    }

    fn parents(&self, problems: &mut Vec<Problem>) {
        for area in &self.areas {
            let fine = match &area.parent {
                None => area.layer == Layer::Nation,
                Some(code) => self.areas.iter().any(|parent| parent.code == *code && parent.layer < area.layer),
            };
            if !fine {
                problems.push(Problem {
                    file: format!("policy/{}/area.toml", area.code),
                    line: 1,
                    key: "parent".into(),
                    message: "应写明上级地区的代码（国家 000000 除外），且上级的层级更高并有自己的 area.toml".into(),
                });
            }
        }
    }
}

fn document(reading: &mut Reading<'_>, mut table: Table<'_, '_>) -> Document {
    let document = Document {
        id: table.text(reading, "id"),
        title: table.text(reading, "title"),
        number: table.optional_text(reading, "number").unwrap_or_default(),
        grade: table.text(reading, "grade"),
    };
    table.day(reading, "on");
    table.optional_text(reading, "url");
    table.optional_text(reading, "note");
    table.finish(reading);
    document
}

fn index(reading: &mut Reading<'_>, mut table: Table<'_, '_>) -> Index {
    let id = table.text(reading, "id");
    let name = table.text(reading, "name");
    let lag = table.integer(reading, "lag").unwrap_or(0) as i32;
    table.optional_text(reading, "unit");
    table.optional_text(reading, "note");
    let mut values = Vec::new();
    for mut row in table.tables(reading, "value") {
        let year = row.integer(reading, "year").unwrap_or(0) as i32;
        let value = row.money(reading, "value").unwrap_or(Fen::ZERO);
        let document = row.optional_text(reading, "document");
        let article = row.optional_text(reading, "article");
        let reason = row.optional_text(reading, "assumed");
        let assumed = reason.is_some();
        let source = match (document, article, reason) {
            (Some(document), article, None) => format!("{document} {}", article.unwrap_or_default()),
            (None, None, Some(reason)) => format!("假定：{reason}"),
            _ => {
                reading.report(row.line(), row.key("document"), "应写 document 与 article，或只写 assumed（理由）");
                String::new()
            }
        };
        row.finish(reading);
        values.push(IndexValue { year, value, source, assumed });
    }
    table.finish(reading);
    Index { id, name, lag, values }
}

fn layers(reading: &mut Reading<'_>, table: &mut Table<'_, '_>, key: &'static str) -> Vec<Layer> {
    let mut layers = Vec::new();
    for text in table.texts(reading, key) {
        match Layer::WORDS.iter().find(|(word, _)| *word == text) {
            Some(&(_, layer)) => layers.push(layer),
            None => {
                let hint = did_you_mean(&text, Layer::WORDS.iter().map(|(word, _)| *word));
                reading.report(table.line(), table.key(key), format!("不认识“{text}”{hint}"));
            }
        }
    }
    layers
}

/// A yes-no key; absent is no.
pub(super) fn flag(reading: &mut Reading<'_>, table: &mut Table<'_, '_>, key: &'static str) -> bool {
    let Some(value) = table.get(key) else { return false };
    match value.get_ref() {
        toml::de::DeValue::Boolean(flag) => *flag,
        _ => {
            table.wrong(reading, value, key, "true 或 false");
            false
        }
    }
}

/// The day a text names, for spans given as text.
pub(super) fn span(reading: &mut Reading<'_>, table: &mut Table<'_, '_>) -> (Day, Option<Day>) {
    if !table.holds("from") {
        reading.report(table.line(), table.key("from"), "缺少生效日期");
    }
    let from = table.day(reading, "from").unwrap_or(Day(0));
    let until = table.day(reading, "until");
    if until.is_some_and(|until| until <= from) {
        reading.report(table.line(), table.key("until"), "失效日期应晚于生效日期（失效日期当天已不适用）");
    }
    (from, until)
}
