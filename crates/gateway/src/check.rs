//! Checks a node against the field table and keeps what it holds.
//!
//! Tolerant in form, as live clients need it (numbers as strings, one object for a list, a list of one for an object, a
//! node as its own text, unknown keys), strict in content: what must be there is there, and every value is of its kind.

use crate::fault::{Faults, quote};
use crate::json::Json;
use crate::node::Row;
use crate::number::{number, plain};
use crate::profile::Profile;
use crate::table::{Field, FieldKind, Node, NodeKind};
use model::{Day, Stamp};
use std::borrow::Cow;

/// Rows of one node. The largest real ones are inpatient uploads of a hundred lines; goods come in thousands.
const ROWS_MAX: usize = 10_000;

/// Where a check stands, for messages.
#[derive(Clone, Copy)]
struct Place<'a> {
    above: Option<&'a Place<'a>>,
    name: &'a str,
    /// From 1; 0 when the node has one row.
    row: usize,
}

impl Place<'_> {
    fn node(&self) -> String {
        let mut text = self.above.map(Place::node).unwrap_or_default();
        if !self.name.is_empty() {
            text = if text.is_empty() { format!("节点 {}", self.name) } else { format!("{text} › {}", self.name) };
        }
        if self.row > 0 { format!("{text} 第 {} 行", self.row) } else { text }
    }

    fn field(&self, field: &Field) -> String {
        let node = self.node();
        let blank = if node.is_empty() { "" } else { " " };
        format!("{node}{blank}字段 {}（{}）", field.name, field.label)
    }
}

/// Checks and keeps.
pub(crate) struct Check<'a> {
    pub(crate) profile: &'a Profile,
    pub(crate) faults: Faults,
}

impl Check<'_> {
    /// The one row of a root node: `input`, or the fields around it.
    pub(crate) fn root(&mut self, node: &'static Node, json: &Json<'_>) -> Row {
        self.row(node, json, Place { above: None, name: "", row: 0 })
    }

    fn row(&mut self, node: &'static Node, json: &Json<'_>, place: Place<'_>) -> Row {
        let mut row = Row::empty(node);
        let sent = sent(node, json);
        let (fields, children) = sent.split_at(node.fields.len().min(sent.len()));
        for ((field, kept), json) in node.fields.iter().zip(&mut row.values).zip(fields) {
            *kept = self.value(field, *json, place);
        }
        for ((child, kept), json) in node.children.iter().zip(&mut row.below).zip(children) {
            *kept = self.rows(child, *json, place);
        }
        row
    }

    /// The rows of a node, in whichever form they came.
    fn rows(&mut self, node: &'static Node, json: Option<&Json<'_>>, above: Place<'_>) -> Vec<Row> {
        let place = Place { above: Some(&above), name: node.name, row: 0 };
        match json {
            None | Some(Json::Null) => self.missing(node, place),
            Some(Json::Object(_)) => {
                let row = usize::from(node.kind == NodeKind::List);
                json.map(|json| self.row(node, json, Place { row, ..place })).into_iter().collect()
            }
            Some(Json::List(items)) => self.list(node, items, place),
            Some(Json::Text(text)) if text.trim().is_empty() => self.missing(node, place),
            Some(Json::Text(text)) => match Json::parse(text) {
                Ok(inner @ (Json::Object(_) | Json::List(_))) => self.rows(node, Some(&inner), above),
                _ => self.not_a_node(node, place),
            },
            Some(_) => self.not_a_node(node, place),
        }
    }

    fn list(&mut self, node: &'static Node, items: &[Json<'_>], place: Place<'_>) -> Vec<Row> {
        if items.is_empty() {
            return self.missing(node, place);
        }
        if node.kind == NodeKind::Object && items.len() > 1 {
            self.faults.add(|| place.node(), format!("只能有一行，收到 {} 行", items.len()), "请分次上传");
            return Vec::new();
        }
        if items.len() > ROWS_MAX {
            self.faults.add(|| place.node(), format!("超过 {ROWS_MAX} 行"), "请分批上传");
            return Vec::new();
        }
        let mut rows = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            if self.faults.is_full() {
                break;
            }
            let here = Place { row: if node.kind == NodeKind::List { index + 1 } else { 0 }, ..place };
            match item {
                Json::Object(_) => rows.push(self.row(node, item, here)),
                _ => self.faults.add(|| here.node(), "不是 JSON 对象", "请按接口规范填写各字段"),
            }
        }
        rows
    }

    fn missing(&mut self, node: &'static Node, place: Place<'_>) -> Vec<Row> {
        if node.required {
            self.faults.add(|| place.node(), "缺少该节点", "请按接口规范上传");
        }
        Vec::new()
    }

    fn not_a_node(&mut self, node: &'static Node, place: Place<'_>) -> Vec<Row> {
        let form = if node.kind == NodeKind::List { "JSON 数组" } else { "JSON 对象" };
        self.faults.add(|| place.node(), format!("不是{form}"), format!("请改为{form}"));
        Vec::new()
    }

    /// A value in its canonical text, or `None` when nothing was sent.
    fn value(&mut self, field: &'static Field, json: Option<&Json<'_>>, place: Place<'_>) -> Option<Box<str>> {
        let Some(json) = json.filter(|json| !json.is_empty()) else {
            if field.required {
                self.faults.add(|| place.field(field), "不能为空", "请填写");
            }
            return None;
        };
        match self.kept(field, json) {
            Ok(text) => Some(text),
            Err((what, remedy)) => {
                self.faults.add(|| place.field(field), what, remedy);
                None
            }
        }
    }

    fn kept(&self, field: &Field, json: &Json<'_>) -> Result<Box<str>, (String, String)> {
        if let Json::Text(text) = json
            && let Some(control) = text.chars().find(|c| *c < ' ' && !matches!(c, '\t' | '\n' | '\r'))
        {
            // No database keeps U+0000, and nobody means the others.
            return Err((format!("含有控制字符 U+{:04X}", u32::from(control)), "请去掉后重发".into()));
        }
        if matches!(field.kind, FieldKind::Any | FieldKind::Bytes) {
            return Ok(written(json).into());
        }
        let text: Cow<'_, str> = match json {
            Json::Text(text) => Cow::Borrowed(text.as_ref()),
            Json::Number(text) => plain(text),
            Json::Bool(flag) => Cow::Borrowed(if *flag { "1" } else { "0" }),
            _ => return Err(("应为单个值，不是对象或数组".into(), "请改为文本或数字".into())),
        };
        match field.kind {
            FieldKind::Number(size) => number(text.trim(), size),
            FieldKind::Day => match Day::parse(text.as_bytes()) {
                Ok(day) => Ok(day.to_string().into()),
                Err(_) => Err((format!("{}不是日期", quote(&text)), "请按 yyyy-MM-dd 填写".into())),
            },
            FieldKind::Stamp => match Stamp::parse(text.as_bytes()) {
                Ok(stamp) => Ok(stamp.to_string().into()),
                Err(_) => Err((format!("{}不是日期时间", quote(&text)), "请按 yyyy-MM-dd HH:mm:ss 填写".into())),
            },
            FieldKind::Text(length) => self.text(field, &text, length),
            FieldKind::Any | FieldKind::Bytes => Ok(text.into()),
        }
    }

    fn text(&self, field: &Field, text: &str, length: Option<usize>) -> Result<Box<str>, (String, String)> {
        let text = text.trim();
        if let Some(dictionary) = field.dictionary {
            // A code is as long as its dictionary says (the tables are sometimes shorter).
            return if self.profile.accepts(dictionary, text) {
                Ok(text.into())
            } else {
                Err((format!("{}不在字典 {} 中", quote(text), dictionary.name), self.profile.suggest(dictionary)))
            };
        }
        match length.map(|most| self.profile.length(field.name, most)) {
            // Bytes are never fewer than characters: counting is needed only for long texts.
            Some(most) if text.len() > most && text.chars().count() > most => {
                Err((format!("超过 {most} 个字符（实为 {} 个）", text.chars().count()), "请缩短".into()))
            }
            _ => Ok(text.into()),
        }
    }
}

/// What was sent for each field and child of a node. One pass over the members, however many there are. Of several for
/// one place, the exact spelling counts; some clients send a member twice, as a list and as its text: structure counts
/// before text; otherwise the last does.
fn sent<'j, 'a>(node: &Node, json: &'j Json<'a>) -> Vec<Option<&'j Json<'a>>> {
    let mut sent: Vec<Option<(bool, bool, &Json<'a>)>> = vec![None; node.fields.len() + node.children.len()];
    let Json::Object(members) = json else { return vec![None; sent.len()] };
    for (name, value) in members {
        for place in node.places(name) {
            let declared = node.fields.get(*place).map(|field| field.name);
            let declared = declared.or_else(|| Some(node.children.get(place - node.fields.len())?.name));
            let exact = declared == Some(name.as_ref());
            let structured = matches!(value, Json::List(_) | Json::Object(_));
            if let Some(known) = sent.get_mut(*place)
                && known.is_none_or(|(was_exact, was_structured, _)| (was_exact, was_structured) <= (exact, structured))
            {
                *known = Some((exact, structured, value));
            }
        }
    }
    sent.into_iter().map(|found| found.map(|(_, _, value)| value)).collect()
}

/// Any JSON as its text; a string as itself.
fn written(json: &Json<'_>) -> String {
    fn write(json: &Json<'_>, into: &mut String) {
        let string = |text: &str| serde_json::Value::from(text).to_string();
        match json {
            Json::Null => into.push_str("null"),
            Json::Bool(flag) => into.push_str(if *flag { "true" } else { "false" }),
            Json::Number(text) => into.push_str(text),
            Json::Text(text) => into.push_str(&string(text)),
            Json::List(items) => {
                into.push('[');
                for (index, item) in items.iter().enumerate() {
                    into.push_str(if index > 0 { "," } else { "" });
                    write(item, into);
                }
                into.push(']');
            }
            Json::Object(members) => {
                into.push('{');
                for (index, (name, value)) in members.iter().enumerate() {
                    into.push_str(if index > 0 { "," } else { "" });
                    into.push_str(&string(name));
                    into.push(':');
                    write(value, into);
                }
                into.push('}');
            }
        }
    }
    match json {
        Json::Text(text) => text.to_string(),
        other => {
            let mut text = String::new();
            write(other, &mut text);
            text
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_json_is_kept_as_its_text() {
        for text in [r#"{"a":[1,2.50,null,true],"b":"引\"号"}"#, "[]", "1.0"] {
            assert_eq!(Json::parse(text).map(|json| written(&json)).as_deref(), Ok(text));
        }
    }
}
