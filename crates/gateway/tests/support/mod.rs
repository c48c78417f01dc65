//! Messages made from the field table, valid by construction, and what hostile or careless senders make of them.
#![allow(dead_code, reason = "each test uses its part")]

use gateway::{Field, FieldKind, Node, NodeKind, Transaction};
use std::time::{Duration, Instant};

/// Seeded randomness (splitmix64): the same seed makes the same messages.
#[derive(Debug, Clone)]
pub struct Dice(pub u64);

impl Dice {
    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// Below `bound`; zero when it is zero.
    pub fn below(&mut self, bound: usize) -> usize {
        let bound = u64::try_from(bound).unwrap_or(u64::MAX).max(1);
        usize::try_from(self.next() % bound).unwrap_or(0)
    }

    pub fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    pub fn pick<T: Copy>(&mut self, all: &[T], otherwise: T) -> T {
        all.get(self.below(all.len())).copied().unwrap_or(otherwise)
    }
}

/// Which optional fields a message carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fill {
    /// All.
    All,
    /// None: only what must be there.
    Required,
    /// Each as the dice say.
    Some,
}

/// A message and where each of its values stands, with the path `node.field`.
#[derive(Debug, Clone, Default)]
pub struct Message {
    pub text: String,
    pub values: Vec<(String, usize, usize)>,
}

/// A valid message of a transaction.
pub fn valid(transaction: &Transaction, fill: Fill, dice: &mut Dice) -> Message {
    let mut message = Message::default();
    message.text.push_str("{\"infno\":");
    message.value("infno", |text| text.push_str(&format!("\"{}\"", transaction.infno)));
    let serial = dice.next() % 10_000;
    let around = [
        ("msgid", format!("H99990000001{:014}{serial:04}", 20_250_110_101_500_u64)),
        ("mdtrtarea_admvs", "999900".to_owned()),
        ("insuplc_admdvs", "999901".to_owned()),
        ("recer_sys_code", "HIS01".to_owned()),
        ("dev_no", String::new()),
        ("dev_safe_info", String::new()),
        ("cainfo", String::new()),
        ("signtype", String::new()),
        ("infver", "V1.0".to_owned()),
        ("opter_type", "1".to_owned()),
        ("opter", "0001".to_owned()),
        ("opter_name", "测试员".to_owned()),
        ("inf_time", "2025-01-10 10:15:00".to_owned()),
        ("fixmedins_code", "H99990000001".to_owned()),
        ("fixmedins_name", "示例医院".to_owned()),
        ("sign_no", "S0001".to_owned()),
    ];
    for (name, value) in around {
        message.text.push_str(&format!(",\"{name}\":"));
        message.value(name, |text| text.push_str(&format!("\"{value}\"")));
    }
    message.text.push_str(",\"input\":");
    let start = message.text.len();
    message.row(&transaction.request, "", fill, dice);
    let end = message.text.len();
    message.values.push(("input".to_owned(), start, end));
    message.text.push('}');
    message
}

impl Message {
    fn value(&mut self, path: &str, write: impl FnOnce(&mut String)) {
        let start = self.text.len();
        write(&mut self.text);
        self.values.push((path.to_owned(), start, self.text.len()));
    }

    fn row(&mut self, node: &Node, path: &str, fill: Fill, dice: &mut Dice) {
        let join = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
        self.text.push('{');
        let mut first = true;
        for field in &node.fields {
            let wanted = field.required || wanted(fill, dice);
            if wanted {
                self.text.push_str(if first { "" } else { "," });
                first = false;
                self.text.push_str(&format!("\"{}\":", field.name));
                let value = valid_value(field, dice);
                self.value(&join(field.name), |text| text.push_str(&value));
            }
        }
        for child in &node.children {
            if !child.required && !wanted(fill, dice) {
                continue;
            }
            self.text.push_str(if first { "" } else { "," });
            first = false;
            self.text.push_str(&format!("\"{}\":", child.name));
            let start = self.text.len();
            let path = join(child.name);
            if child.kind == NodeKind::List {
                self.text.push('[');
                for index in 0..=dice.below(2) {
                    self.text.push_str(if index > 0 { "," } else { "" });
                    self.row(child, &path, fill, dice);
                }
                self.text.push(']');
            } else {
                self.row(child, &path, fill, dice);
            }
            self.values.push((path, start, self.text.len()));
        }
        self.text.push('}');
    }

    /// The message with one value replaced.
    pub fn with(&self, path: &str, value: &str) -> String {
        let found = self.values.iter().find(|(known, _, _)| known == path);
        let (_, start, end) = found.unwrap_or_else(|| panic!("no value {path} in {}", self.text));
        format!("{}{value}{}", &self.text[..*start], &self.text[*end..])
    }
}

fn wanted(fill: Fill, dice: &mut Dice) -> bool {
    match fill {
        Fill::All => true,
        Fill::Required => false,
        Fill::Some => dice.chance(50),
    }
}

fn valid_value(field: &Field, dice: &mut Dice) -> String {
    if let Some(dictionary) = field.dictionary {
        let codes: Vec<&str> = dictionary.codes().map(|(code, _)| code).collect();
        return format!("\"{}\"", dice.pick(&codes, ""));
    }
    match field.kind {
        FieldKind::Text(length) => {
            let length = length.unwrap_or(20).min(12);
            let text: String = (0..length.max(1)).map(|_| char::from(b'0' + dice.below(10) as u8)).collect();
            format!("\"{text}\"")
        }
        FieldKind::Number(size) => {
            let (digits, decimals) = size.unwrap_or((6, 2));
            let whole = dice.below(10_usize.pow(digits.saturating_sub(decimals).min(5) as u32));
            let fraction = dice.below(10_usize.pow(decimals.min(4) as u32));
            let number = if decimals == 0 {
                whole.to_string()
            } else {
                format!("{whole}.{fraction:0width$}", width = decimals.min(4))
            };
            if dice.chance(50) { format!("\"{number}\"") } else { number }
        }
        FieldKind::Day => "\"2025-01-10\"".to_owned(),
        FieldKind::Stamp => "\"2025-01-10 09:30:00\"".to_owned(),
        FieldKind::Bytes => "\"UEsDBA==\"".to_owned(),
        FieldKind::Any => "{\"k\":\"v\"}".to_owned(),
    }
}

/// Values that were seen in bad messages, or that somebody might try.
const BAD: [&str; 40] = [
    "null",
    "\"\"",
    "\" \"",
    "true",
    "0",
    "-1",
    "-0",
    "1e5",
    "1.0E7",
    "1e999999999",
    "0.1000000000000000055511151231257827",
    "99999999999999999999",
    "-99999999999999.99",
    "100000000000000",
    "\"1,000\"",
    "\"NaN\"",
    "\"０\"",
    "[]",
    "{}",
    "[[]]",
    "[{}]",
    "[null]",
    "\"[]\"",
    "\"{}\"",
    "\"[{}]\"",
    "\"{\\\"psn_no\\\":\\\"1\\\"}\"",
    "\"2025-02-30\"",
    "\"2025-13-01 00:00:00\"",
    "\"9999-12-31 23:59:59\"",
    "\"0001-01-01\"",
    "\"\\u0000\"",
    "\"\\ud83d\\ude00\"",
    "\"\\ud800\"",
    "\"'; DROP TABLE visit;--\"",
    "\"=cmd|' /C calc'!A0\"",
    "\"../../etc/passwd\"",
    "\"<script>\"",
    "[80,75,3,4,-1,256]",
    "\"UEsDBAoAAAAAAA\"",
    "0000",
];

/// A mutated message: one to five values replaced, dropped or nested, then perhaps a few bytes.
pub fn mutated(message: &Message, dice: &mut Dice, into: &mut Vec<u8>) {
    let mut chosen: Vec<(usize, usize)> = (0..=dice.below(5))
        .filter_map(|_| message.values.get(dice.below(message.values.len())).map(|(_, start, end)| (*start, *end)))
        .collect();
    chosen.sort_unstable();
    let text = message.text.as_bytes();
    into.clear();
    let mut at = 0;
    for (start, end) in chosen {
        if start < at {
            continue;
        }
        into.extend_from_slice(&text[at..start]);
        replacement(&text[start..end], dice, into);
        at = end;
    }
    into.extend_from_slice(&text[at..]);
    if dice.chance(20) {
        break_bytes(dice, into);
    }
}

fn replacement(old: &[u8], dice: &mut Dice, into: &mut Vec<u8>) {
    match dice.below(10) {
        0 => {
            let levels = dice.below(70);
            into.resize(into.len() + levels, b'[');
            into.extend_from_slice(old);
            into.resize(into.len() + levels, b']');
        }
        1 => {
            let length = 1 + dice.below(5000);
            into.push(b'"');
            into.extend(std::iter::repeat_n("国".as_bytes(), length / 3).flatten());
            into.push(b'"');
        }
        2 => {
            // The value as the text of itself, as some clients send nodes.
            let text = String::from_utf8_lossy(old);
            into.extend_from_slice(serde_json::Value::from(text.as_ref()).to_string().as_bytes());
        }
        3 => {
            into.push(b'[');
            for index in 0..dice.below(40) {
                into.extend_from_slice(if index > 0 { b"," } else { b"" });
                into.extend_from_slice(old);
            }
            into.push(b']');
        }
        4 => {
            let digits = dice.below(40);
            into.extend((0..=digits).map(|_| b'0' + dice.below(10) as u8));
            into.push(b'.');
            into.extend((0..=dice.below(12)).map(|_| b'0' + dice.below(10) as u8));
        }
        _ => into.extend_from_slice(dice.pick(&BAD, "null").as_bytes()),
    }
}

/// Flips, drops, doubles or cuts bytes.
pub fn break_bytes(dice: &mut Dice, bytes: &mut Vec<u8>) {
    for _ in 0..=dice.below(3) {
        let at = dice.below(bytes.len());
        match dice.below(4) {
            0 => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << dice.below(8);
                }
            }
            1 if !bytes.is_empty() => {
                bytes.remove(at);
            }
            2 => bytes.insert(at.min(bytes.len()), dice.next() as u8),
            _ => bytes.truncate(at),
        }
    }
}

/// Time on the processor, where the system tells it: a machine that is busy with other work is not a hang. Wall time else.
pub fn worked(started: Instant) -> Duration {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanoseconds = told.and_then(|text| text.split_whitespace().next()?.parse().ok());
    nanoseconds.map_or_else(|| started.elapsed(), Duration::from_nanos)
}
