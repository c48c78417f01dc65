//! The cases of a rule about institutions or groups: a small claims folder, and the findings expected.
//!
//! ~~~text
//! [[case]]
//! name = "九家中一家药占比 60%"
//! kind = "hit"
//! institutions = [{ fixmedins_code = "H1..H9", hosp_lv = "5" }]
//! visits = [{ fixmedins_code = "H1..H8", times = 40, begntime = "2025-06-01 09:00:00", every = "1d", line = [{ … }] }]
//! finding = [{ fixmedins_code = "H9" }]
//! ~~~
//!
//! Rows carry the national columns as text. A range (`H1..H9`) stands for one row each, `times` repeats a visit,
//! `every` sets the repeats apart, `stay_days` and `stay_minutes` say when it ends. A visit without `psn_no` is a
//! person of its own; ids that are not given are counted up (`V1`, `L1`). Persons and institutions that no row
//! describes are ordinary ones. Nothing else is invented: a column that a case leaves out is empty.

use crate::query_rows::{CaseTables, Expansion};
use datafile::{Reading, Table};
use model::{Fen, Quantity};

/// A case of a rule with a query.
#[derive(Debug, Clone)]
pub struct QueryCase {
    /// A sentence.
    pub name: String,
    /// What it shows.
    pub kind: crate::rule_case::CaseKind,
    /// First line in the file.
    pub line: usize,
    /// The claims folder.
    pub tables: CaseTables,
    /// Findings expected; none means that the rule must stay silent.
    pub findings: Vec<ExpectedRow>,
}

/// A finding that a case expects; ids that are empty must be empty in the finding too.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExpectedRow {
    /// `fixmedins_code`
    pub fixmedins_code: String,
    /// `psn_no`
    pub psn_no: String,
    /// `mdtrt_id`
    pub mdtrt_id: String,
    /// `feedetl_sn`
    pub feedetl_sn: String,
    /// Quantity at stake, when the case says it.
    pub cnt_over: Option<Quantity>,
    /// Money at stake, when the case says it.
    pub amount: Option<Fen>,
    /// A piece of the evidence, when the case says it.
    pub says: String,
}

impl QueryCase {
    pub(crate) fn read(mut table: Table<'_, '_>, reading: &mut Reading<'_>) -> Option<Self> {
        let line = table.line();
        let name = table.text(reading, "name");
        let kind = table.required_word(reading, "kind", &crate::rule_case::KINDS);
        let mut expansion = Expansion::default();
        for (key, place) in [("institutions", 0), ("persons", 1), ("staff", 2)] {
            for row in table.tables(reading, key) {
                expansion.register(place, row, reading);
            }
        }
        for visit in table.tables(reading, "visits") {
            expansion.visit(visit, reading);
        }
        let mut findings = Vec::new();
        for expected in table.tables(reading, "finding") {
            read_expected(expected, reading, &mut findings);
        }
        table.finish(reading);
        Some(Self { name, kind: kind?, line, tables: expansion.finish(), findings })
    }
}

/// One expected finding, or one each of a range.
fn read_expected(mut table: Table<'_, '_>, reading: &mut Reading<'_>, into: &mut Vec<ExpectedRow>) {
    let mut text = |key| table.optional_text(reading, key).unwrap_or_default();
    let (institution, person, visit) = (text("fixmedins_code"), text("psn_no"), text("mdtrt_id"));
    let (line, says) = (text("feedetl_sn"), text("says"));
    let (cnt_over, amount) = (table.quantity(reading, "cnt_over"), table.money(reading, "amount"));
    table.finish(reading);
    let ranges = [institution, person, visit, line].map(|text| crate::query_rows::range(&text));
    let count = ranges.iter().map(Vec::len).max().unwrap_or(1);
    let at = |list: &[String], index: usize| list.get(index).or(list.last()).cloned().unwrap_or_default();
    let [institutions, persons, visits, lines] = &ranges;
    into.extend((0..count).map(|index| ExpectedRow {
        fixmedins_code: at(institutions, index),
        psn_no: at(persons, index),
        mdtrt_id: at(visits, index),
        feedetl_sn: at(lines, index),
        cnt_over,
        amount,
        says: says.clone(),
    }));
}
