//! A TOML table read key by key, so that every mistake of a file is reported at once, with its line.

use crate::{Problem, did_you_mean};
use model::{Day, Fen, Quantity, UnitPrice};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Where problems go while a file is read.
pub struct Reading<'a> {
    file: &'a str,
    text: &'a str,
    /// Line of the file on which `text` starts, less one.
    offset: usize,
    /// What is wrong so far.
    pub problems: Vec<Problem>,
}

/// One table of the file. Keys that nobody asked for are mistakes.
pub struct Table<'t, 'i> {
    name: String,
    table: &'t DeTable<'i>,
    line: usize,
    asked: Vec<&'static str>,
}

impl<'a> Reading<'a> {
    /// A file's text, which begins after `offset` lines of it.
    pub fn new(file: &'a str, text: &'a str, offset: usize) -> Self {
        Self { file, text, offset, problems: Vec::new() }
    }

    /// The line of the file that a byte of the text is on.
    pub fn line_at(&self, byte: usize) -> usize {
        self.offset + 1 + self.text.as_bytes().iter().take(byte).filter(|&&b| b == b'\n').count()
    }

    /// Notes a mistake.
    pub fn report(&mut self, line: usize, key: impl Into<String>, message: impl Into<String>) {
        self.problems.push(Problem { file: self.file.into(), line, key: key.into(), message: message.into() });
    }

    /// Parses the text, or reports why it is not TOML.
    pub fn parse(&mut self) -> Option<DeTable<'a>> {
        match DeTable::parse(self.text) {
            Ok(table) => Some(table.into_inner()),
            Err(error) => {
                let line = self.line_at(error.span().map_or(0, |s| s.start));
                self.report(line, "", format!("不是合法的 TOML：{}", error.message()));
                None
            }
        }
    }
}

impl<'t, 'i> Table<'t, 'i> {
    /// A table under a name for messages, starting on a line.
    pub fn new(name: impl Into<String>, table: &'t DeTable<'i>, line: usize) -> Self {
        Self { name: name.into(), table, line, asked: Vec::new() }
    }

    /// The line on which the table starts.
    pub fn line(&self) -> usize {
        self.line
    }

    /// The full name of one of its keys, for messages.
    pub fn key(&self, key: &str) -> String {
        if self.name.is_empty() { key.to_owned() } else { format!("{}.{key}", self.name) }
    }

    /// Whether the key is there.
    pub fn holds(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    /// Makes a key known without reading it.
    pub fn allow(&mut self, key: &'static str) {
        self.asked.push(key);
    }

    /// The raw value of a key.
    pub fn get(&mut self, key: &'static str) -> Option<&'t Spanned<DeValue<'i>>> {
        self.asked.push(key);
        self.table.get(key)
    }

    /// A value of the wrong kind: says so.
    pub fn wrong(&self, reading: &mut Reading<'_>, value: &Spanned<DeValue<'_>>, key: &str, wanted: &str) {
        let line = reading.line_at(value.span().start);
        reading.report(line, self.key(key), format!("应为{wanted}，实为 {}", value.get_ref().type_str()));
    }

    /// A text, when the key is there.
    pub fn optional_text(&mut self, reading: &mut Reading<'_>, key: &'static str) -> Option<String> {
        let value = self.get(key)?;
        match value.get_ref() {
            DeValue::String(text) => Some(text.to_string()),
            _ => {
                self.wrong(reading, value, key, "字符串");
                None
            }
        }
    }

    /// A required text; missing or empty is reported and read as "".
    pub fn text(&mut self, reading: &mut Reading<'_>, key: &'static str) -> String {
        let present = self.table.contains_key(key);
        let text = self.optional_text(reading, key);
        if !present || text.as_deref() == Some("") {
            reading.report(self.line, self.key(key), "缺少此键，必须填写");
        }
        text.unwrap_or_default()
    }

    /// One word of a closed list.
    pub fn word<T: Copy>(&mut self, reading: &mut Reading<'_>, key: &'static str, words: &[(&str, T)]) -> Option<T> {
        let value = self.get(key)?;
        let DeValue::String(text) = value.get_ref() else {
            self.wrong(reading, value, key, "字符串");
            return None;
        };
        let found = words.iter().find(|(word, _)| word == text).map(|&(_, value)| value);
        if found.is_none() {
            let line = reading.line_at(value.span().start);
            let hint = did_you_mean(text, words.iter().map(|(word, _)| *word));
            reading.report(line, self.key(key), format!("不认识“{text}”{hint}"));
        }
        found
    }

    /// One word of a closed list; missing is reported.
    pub fn required_word<T: Copy>(
        &mut self,
        reading: &mut Reading<'_>,
        key: &'static str,
        words: &[(&str, T)],
    ) -> Option<T> {
        if !self.table.contains_key(key) {
            reading.report(self.line, self.key(key), "缺少此键，必须填写");
        }
        self.word(reading, key, words)
    }

    /// A list of texts; empty when the key is missing.
    pub fn texts(&mut self, reading: &mut Reading<'_>, key: &'static str) -> Vec<String> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong(reading, value, key, "字符串列表");
            return Vec::new();
        };
        let mut texts = Vec::new();
        for item in items.iter() {
            match item.get_ref() {
                DeValue::String(text) => texts.push(text.to_string()),
                _ => self.wrong(reading, item, key, "字符串"),
            }
        }
        texts
    }

    /// A whole number.
    pub fn integer(&mut self, reading: &mut Reading<'_>, key: &'static str) -> Option<i64> {
        let value = self.get(key)?;
        let parsed = match value.get_ref() {
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        if parsed.is_none() {
            self.wrong(reading, value, key, "整数");
        }
        parsed
    }

    /// A decimal written as a string (or a TOML integer), never as a float.
    fn decimal<T>(
        &mut self,
        reading: &mut Reading<'_>,
        key: &'static str,
        parse: fn(&[u8]) -> Result<T, model::DecimalError>,
    ) -> Option<T> {
        let value = self.get(key)?;
        let text = match value.get_ref() {
            DeValue::String(text) => text.to_string(),
            DeValue::Integer(number) => number.as_str().to_owned(),
            _ => {
                self.wrong(reading, value, key, "用引号括起的小数");
                return None;
            }
        };
        match parse(text.as_bytes()) {
            Ok(number) => Some(number),
            Err(error) => {
                let line = reading.line_at(value.span().start);
                reading.report(line, self.key(key), format!("“{text}” 不是合法的数值（{error}）"));
                None
            }
        }
    }

    /// A decimal with at most four places.
    pub fn quantity(&mut self, reading: &mut Reading<'_>, key: &'static str) -> Option<Quantity> {
        self.decimal(reading, key, Quantity::parse)
    }

    /// A unit price in yuan.
    pub fn price(&mut self, reading: &mut Reading<'_>, key: &'static str) -> Option<UnitPrice> {
        self.decimal(reading, key, UnitPrice::parse)
    }

    /// Money in yuan with at most two decimals.
    pub fn money(&mut self, reading: &mut Reading<'_>, key: &'static str) -> Option<Fen> {
        self.decimal(reading, key, Fen::parse)
    }

    /// A TOML date or moment, or one in quotes.
    pub fn moment(&mut self, reading: &mut Reading<'_>, key: &'static str) -> Option<model::Stamp> {
        let value = self.get(key)?;
        let text = match value.get_ref() {
            DeValue::Datetime(moment) => moment.to_string(),
            DeValue::String(text) => text.to_string(),
            _ => {
                self.wrong(reading, value, key, "日期");
                return None;
            }
        };
        match model::Stamp::parse(text.as_bytes()) {
            Ok(stamp) => Some(stamp),
            Err(_) => {
                let line = reading.line_at(value.span().start);
                reading.report(line, self.key(key), format!("“{text}” 不是日期，应为 yyyy-MM-dd"));
                None
            }
        }
    }

    /// A day.
    pub fn day(&mut self, reading: &mut Reading<'_>, key: &'static str) -> Option<Day> {
        self.moment(reading, key).map(model::Stamp::day)
    }

    /// A table inside the table.
    pub fn table(&mut self, reading: &mut Reading<'_>, key: &'static str) -> Option<Table<'t, 'i>> {
        let value = self.get(key)?;
        let line = reading.line_at(value.span().start);
        match value.get_ref() {
            DeValue::Table(table) => Some(Table::new(self.key(key), table, line)),
            _ => {
                self.wrong(reading, value, key, "表");
                None
            }
        }
    }

    /// An array of tables (`[[key]]`).
    pub fn tables(&mut self, reading: &mut Reading<'_>, key: &'static str) -> Vec<Table<'t, 'i>> {
        let Some(value) = self.get(key) else { return Vec::new() };
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong(reading, value, key, "表的列表（[[…]]）");
            return Vec::new();
        };
        let mut tables = Vec::new();
        for (index, item) in items.iter().enumerate() {
            let line = reading.line_at(item.span().start);
            match item.get_ref() {
                DeValue::Table(table) => {
                    tables.push(Table::new(format!("{}[{}]", self.key(key), index + 1), table, line))
                }
                _ => self.wrong(reading, item, key, "表"),
            }
        }
        tables
    }

    /// Every entry, for tables whose keys are free; such a table is not finished.
    pub fn take_entries(&mut self) -> Vec<(String, &'t Spanned<DeValue<'i>>)> {
        self.table.iter().map(|(key, value)| (key.get_ref().to_string(), value)).collect()
    }

    /// Reports a free entry of the wrong kind.
    pub fn report_wrong(&self, reading: &mut Reading<'_>, value: &Spanned<DeValue<'_>>, key: &str, wanted: &str) {
        self.wrong(reading, value, key, wanted);
    }

    /// Reports the keys nobody asked for.
    pub fn finish(self, reading: &mut Reading<'_>) {
        for (key, _) in self.table.iter() {
            let name: &str = key.get_ref();
            if !self.asked.contains(&name) {
                let line = reading.line_at(key.span().start);
                let hint = did_you_mean(name, self.asked.iter().copied());
                reading.report(line, self.key(name), format!("不认识的键{hint}"));
            }
        }
    }
}
