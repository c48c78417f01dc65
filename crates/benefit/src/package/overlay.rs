//! `overlays/*.toml`: temporary policies; and `lawful.toml`: legal exceptions to the monotonicity checks.

use super::area::{Layer, Register, span};
use super::value::{self, Home, Source};
use super::{Lawful, Overlay, OverlayItem};
use crate::words::Kind;
use datafile::{Problem, Reading, Table};

pub(super) fn read_overlays(texts: &[(&str, &str)], register: &Register, problems: &mut Vec<Problem>) -> Vec<Overlay> {
    let mut overlays = Vec::new();
    for &(name, text) in texts.iter().filter(|(name, _)| name.starts_with("overlays/")) {
        let file = format!("policy/{name}");
        let mut reading = Reading::new(&file, text, 0);
        if let Some(parsed) = reading.parse() {
            let mut table = Table::new("", &parsed, 1);
            overlays.push(read_overlay(&mut reading, &mut table, &file, register));
            table.finish(&mut reading);
        }
        problems.append(&mut reading.problems);
    }
    overlays
}

fn read_overlay(reading: &mut Reading<'_>, table: &mut Table<'_, '_>, file: &str, register: &Register) -> Overlay {
    let name = table.text(reading, "overlay");
    let title = table.text(reading, "name");
    let areas = table.texts(reading, "areas");
    for code in &areas {
        if !register.areas.iter().any(|area| area.code == *code) {
            reading.report(1, "areas", format!("没有地区 {code} 的 area.toml"));
        }
    }
    let schemes = table.texts(reading, "schemes");
    let dates = span(reading, table);
    let documents: Vec<String> =
        register.areas.iter().flat_map(|area| area.documents.iter().map(|document| document.id.clone())).collect();
    let mut home = Home {
        layer: Layer::Overlay,
        area: &name,
        file,
        words: &register.words,
        programmes: &[],
        tiers: None,
        documents: &documents,
        dates: Some(dates),
        source: None,
    };
    let source = value::source(reading, table, &home).unwrap_or(Source::Assumed(String::new()));
    home.source = Some(&source);
    let mut items = Vec::new();
    for mut row in table.tables(reading, "item") {
        let class = row.text(reading, "class");
        if !matches!(class.as_str(), "A" | "B" | "C") {
            reading.report(row.line(), row.key("class"), "应为 A（甲类）、B（乙类）或 C（丙类）");
        }
        items.push(OverlayItem {
            item: row.text(reading, "item"),
            name: row.text(reading, "name"),
            class: class.chars().next().unwrap_or('C'),
        });
        row.optional_text(reading, "note");
        row.finish(reading);
    }
    let values = value::rows(reading, table, &home);
    table.optional_text(reading, "note");
    Overlay { title, areas, schemes, from: dates.0, until: dates.1, items, values }
}

pub(super) fn read_lawful(texts: &[(&str, &str)], problems: &mut Vec<Problem>) -> Vec<Lawful> {
    let Some(&(_, text)) = texts.iter().find(|(name, _)| *name == "lawful.toml") else { return Vec::new() };
    let mut reading = Reading::new("policy/lawful.toml", text, 0);
    let mut lawful = Vec::new();
    if let Some(parsed) = reading.parse() {
        let mut table = Table::new("", &parsed, 1);
        let kinds: Vec<(&str, Kind)> = Kind::ALL.iter().map(|kind| (kind.name(), *kind)).collect();
        let checks = [("level", "level"), ("amount", "amount")];
        for mut row in table.tables(&mut reading, "exception") {
            lawful.push(Lawful {
                area: row.text(&mut reading, "area"),
                scheme: row.text(&mut reading, "scheme"),
                check: row.required_word(&mut reading, "check", &checks).unwrap_or_default().to_owned(),
                kind: row.word(&mut reading, "kind", &kinds),
                line: row.line(),
            });
            row.text(&mut reading, "reason");
            row.optional_text(&mut reading, "document");
            row.optional_text(&mut reading, "article");
            row.finish(&mut reading);
        }
        table.finish(&mut reading);
    }
    problems.append(&mut reading.problems);
    lawful
}
