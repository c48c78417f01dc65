//! From the rows that a query case writes to the seven tables of a claims folder.
//!
//! See `query_case` for the form. Columns are checked against the contract, so a misspelt one is told.

use datafile::did_you_mean;
use datafile::{Reading, Table};
use model::{Fen, Quantity, Stamp, UnitPrice};
use std::collections::BTreeMap;
use toml::de::DeValue;

/// A row: column → text as in a CSV file.
pub type CaseRow = BTreeMap<&'static str, String>;

/// The claims folder of a case.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, reason = "fields are the contract's tables of the same name")]
pub struct CaseTables {
    pub persons: Vec<CaseRow>,
    pub institutions: Vec<CaseRow>,
    pub staff: Vec<CaseRow>,
    pub visits: Vec<CaseRow>,
    pub diagnoses: Vec<CaseRow>,
    pub procedures: Vec<CaseRow>,
    pub charge_lines: Vec<CaseRow>,
}

impl CaseTables {
    /// Table names and their rows.
    #[must_use]
    pub fn all(&self) -> [(&'static str, &[CaseRow]); 7] {
        [
            ("persons", &self.persons),
            ("institutions", &self.institutions),
            ("staff", &self.staff),
            ("visits", &self.visits),
            ("diagnoses", &self.diagnoses),
            ("procedures", &self.procedures),
            ("charge_lines", &self.charge_lines),
        ]
    }
}

const INSTITUTIONS: &[&str] =
    &["fixmedins_code", "fixmedins_name", "fixmedins_type", "hosp_lv", "admdvs", "bed_cnt", "internet_flag"];
const PERSONS: &[&str] = &[
    "psn_no",
    "gend",
    "brdy",
    "insutype",
    "psn_type",
    "insuplc_admdvs",
    "dth_date",
    "family_no",
    "spec_psn_type",
    "employer_no",
];
const STAFF: &[&str] =
    &["prac_psn_code", "prac_psn_name", "fixmedins_code", "title", "dept_code", "susp_from", "susp_until", "dth_date"];
const VISITS: &[&str] = &[
    "mdtrt_id",
    "psn_no",
    "fixmedins_code",
    "med_type",
    "begntime",
    "endtime",
    "insutype",
    "mdtrtarea_admvs",
    "insuplc_admdvs",
    "adm_dept_codg",
    "dscg_dept_codg",
    "atddr_no",
    "dscg_way",
    "matn_stas",
    "setl_id",
    "setl_time",
    "dise_codg",
    "medfee_sumamt",
    "fulamt_ownpay_amt",
    "overlmt_selfpay",
    "preselfpay_amt",
    "inscp_scp_amt",
    "fund_pay_sumamt",
    "acct_pay",
    "psn_cash_pay",
    "refd_setl_flag",
    "upload_time",
];
const LINES: &[&str] = &[
    "feedetl_sn",
    "med_list_codg",
    "fee_ocur_time",
    "cnt",
    "pric",
    "det_item_fee_sumamt",
    "medins_list_name",
    "list_type",
    "med_chrgitm_type",
    "chrgitm_lv",
    "bilg_dept_codg",
    "acord_dept_codg",
    "orders_dr_code",
    "rxno",
    "prd_days",
    "oprn_oprt_code",
    "upload_time",
    "init_feedetl_sn",
    "drug_trac_codg",
];

/// Collects the rows of a case.
#[derive(Default)]
pub(crate) struct Expansion {
    tables: CaseTables,
    lines: usize,
    /// Visits so far by the prefix of their ids.
    visits: BTreeMap<String, usize>,
}

impl Expansion {
    /// A row (or one each of a range) of a register: 0 institutions, 1 persons, 2 staff.
    pub(crate) fn register(&mut self, which: usize, table: Table<'_, '_>, reading: &mut Reading<'_>) {
        let (columns, key) = match which {
            0 => (INSTITUTIONS, "fixmedins_code"),
            1 => (PERSONS, "psn_no"),
            _ => (STAFF, "prac_psn_code"),
        };
        let row = read_row(table, columns, &[], reading);
        let rows = match which {
            0 => &mut self.tables.institutions,
            1 => &mut self.tables.persons,
            _ => &mut self.tables.staff,
        };
        rows.extend(
            range(row.get(key).map_or("", String::as_str))
                .into_iter()
                .map(|id| row.clone().into_iter().chain([(key, id)]).collect::<CaseRow>()),
        );
    }

    /// A visit, as often as its ranges and `times` say.
    pub(crate) fn visit(&mut self, mut table: Table<'_, '_>, reading: &mut Reading<'_>) {
        let times = if table.holds("times") { table.integer(reading, "times").unwrap_or(1) } else { 1 };
        let every = table.optional_text(reading, "every").map_or(0, |text| seconds(&text));
        let mut extent = |key| if table.holds(key) { table.integer(reading, key) } else { None };
        let stay = extent("stay_days").map(|days| days * 86_400).or(extent("stay_minutes").map(|m| m * 60));
        let diagnoses = table.texts(reading, "diagnoses");
        let procedures = table.texts(reading, "procedures");
        let lines: Vec<(CaseRow, i64)> = table
            .tables(reading, "line")
            .into_iter()
            .map(|mut line| {
                let repeats = if line.holds("times") { line.integer(reading, "times").unwrap_or(1) } else { 1 };
                (read_row(line, LINES, &["times"], reading), repeats)
            })
            .collect();
        let handled = ["times", "every", "stay_days", "stay_minutes", "diagnoses", "procedures", "line"];
        let row = read_row(table, VISITS, &handled, reading);
        let of = |key: &str| row.get(key).map_or("", String::as_str);
        let begins = Stamp::parse(of("begntime").as_bytes()).unwrap_or_default();
        let prefix = if of("mdtrt_id").is_empty() { "V" } else { of("mdtrt_id") }.to_owned();
        for institution in range(of("fixmedins_code")) {
            for repeat in 0..times {
                for person in range(of("psn_no")) {
                    let counter = self.visits.entry(prefix.clone()).or_default();
                    *counter += 1;
                    let id = format!("{prefix}{counter}");
                    let at = Stamp(begins.0 + repeat * every);
                    let mut visit = row.clone();
                    let person = if person.is_empty() { format!("N-{id}") } else { person };
                    visit.insert("mdtrt_id", id.clone());
                    visit.insert("psn_no", person.clone());
                    visit.insert("fixmedins_code", institution.clone());
                    visit.insert("begntime", at.to_string());
                    if let Some(stay) = stay {
                        visit.insert("endtime", Stamp(at.0 + stay).to_string());
                    }
                    let total = self.lines_of(&lines, &id, &person, at);
                    visit.entry("medfee_sumamt").or_insert_with(|| total.to_string());
                    self.codes(&id, &diagnoses, &procedures, at);
                    self.tables.visits.push(visit);
                }
            }
        }
    }

    fn lines_of(&mut self, lines: &[(CaseRow, i64)], visit: &str, person: &str, at: Stamp) -> Fen {
        let mut total = Fen::ZERO;
        for (line, repeats) in lines {
            for _ in 0..*repeats {
                self.lines += 1;
                let mut row = line.clone();
                let quantity =
                    row.get("cnt").and_then(|t| Quantity::parse(t.as_bytes()).ok()).unwrap_or(Quantity::whole(1));
                let price =
                    row.get("pric").and_then(|t| UnitPrice::parse(t.as_bytes()).ok()).unwrap_or(UnitPrice(100_000));
                let amount = price.times(quantity);
                total += amount;
                row.entry("feedetl_sn").or_insert_with(|| format!("L{}", self.lines));
                row.entry("fee_ocur_time").or_insert_with(|| at.to_string());
                row.insert("cnt", quantity.to_string());
                row.insert("pric", price.to_string());
                row.entry("det_item_fee_sumamt").or_insert_with(|| amount.to_string());
                row.insert("mdtrt_id", visit.to_owned());
                row.insert("psn_no", person.to_owned());
                self.tables.charge_lines.push(row);
            }
        }
        total
    }

    fn codes(&mut self, visit: &str, diagnoses: &[String], procedures: &[String], at: Stamp) {
        for (rank, code) in diagnoses.iter().enumerate() {
            let main = if rank == 0 { "1" } else { "0" };
            self.tables.diagnoses.push(CaseRow::from([
                ("mdtrt_id", visit.to_owned()),
                ("diag_code", code.clone()),
                ("diag_srt_no", (rank + 1).to_string()),
                ("diag_type", "1".into()),
                ("maindiag_flag", main.into()),
            ]));
        }
        for (rank, code) in procedures.iter().enumerate() {
            let main = if rank == 0 { "1" } else { "0" };
            self.tables.procedures.push(CaseRow::from([
                ("mdtrt_id", visit.to_owned()),
                ("oprn_oprt_code", code.clone()),
                ("oprn_oprt_date", at.to_string()),
                ("main_oprn_flag", main.into()),
            ]));
        }
    }

    /// The tables, with the persons and institutions that only visits name.
    pub(crate) fn finish(mut self) -> CaseTables {
        for visit in &self.tables.visits {
            let of = |key: &str| visit.get(key).cloned().unwrap_or_default();
            let (person, institution) = (of("psn_no"), of("fixmedins_code"));
            if !self.tables.persons.iter().any(|row| row.get("psn_no") == Some(&person)) {
                self.tables.persons.push(CaseRow::from([
                    ("psn_no", person),
                    ("gend", "1".into()),
                    ("brdy", "1980-01-01".into()),
                    ("insutype", "310".into()),
                ]));
            }
            if !self.tables.institutions.iter().any(|row| row.get("fixmedins_code") == Some(&institution)) {
                self.tables.institutions.push(CaseRow::from([
                    ("fixmedins_code", institution),
                    ("fixmedins_type", "1".into()),
                    ("hosp_lv", "5".into()),
                    ("admdvs", "610100".into()),
                ]));
            }
        }
        self.tables
    }
}

/// The columns of a row as text; keys beyond the contract are told.
fn read_row(
    mut table: Table<'_, '_>,
    columns: &'static [&'static str],
    handled: &[&str],
    reading: &mut Reading<'_>,
) -> CaseRow {
    let mut row = CaseRow::new();
    for (key, value) in table.take_entries() {
        if handled.contains(&key.as_str()) {
            continue;
        }
        let Some(column) = columns.iter().find(|column| **column == key) else {
            let hint = did_you_mean(&key, columns.iter().copied());
            table.report_wrong(reading, value, &key, &format!("该表的列名{hint}"));
            continue;
        };
        match value.get_ref() {
            DeValue::String(text) => drop(row.insert(column, text.to_string())),
            DeValue::Integer(number) => drop(row.insert(column, number.as_str().to_owned())),
            DeValue::Datetime(moment) => drop(row.insert(column, moment.to_string().replace('T', " "))),
            _ => table.report_wrong(reading, value, &key, "字符串、整数或日期"),
        }
    }
    row
}

/// `H1..H3` → H1, H2, H3; anything else stands for itself.
pub(crate) fn range(text: &str) -> Vec<String> {
    let whole = || vec![text.to_owned()];
    let Some((first, last)) = text.split_once("..") else { return whole() };
    let digits = first.len() - first.trim_end_matches(|c: char| c.is_ascii_digit()).len();
    let (prefix, from) = first.split_at(first.len() - digits);
    match (from.parse::<u32>(), last.strip_prefix(prefix).and_then(|until| until.parse::<u32>().ok())) {
        (Ok(from), Some(until)) => (from..=until).map(|n| format!("{prefix}{n}")).collect(),
        _ => whole(),
    }
}

/// `30s`, `10m`, `2h`, `7d` in seconds; 0 for anything else.
fn seconds(text: &str) -> i64 {
    let unit = match text.bytes().last() {
        Some(b's') => 1,
        Some(b'm') => 60,
        Some(b'h') => 3_600,
        Some(b'd') => 86_400,
        _ => 0,
    };
    text.get(..text.len().saturating_sub(1)).and_then(|number| number.parse::<i64>().ok()).unwrap_or(0) * unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_stand_for_one_each() {
        assert_eq!(range("H1..H3"), ["H1", "H2", "H3"]);
        assert_eq!(range("P9..P10"), ["P9", "P10"]);
        assert_eq!(range("H1"), ["H1"]);
        assert_eq!(range("H1..P3"), ["H1..P3"]);
        assert_eq!(range(""), [""]);
    }

    #[test]
    fn steps_are_seconds() {
        assert_eq!(
            [seconds("30s"), seconds("10m"), seconds("2h"), seconds("7d"), seconds("x")],
            [30, 600, 7_200, 604_800, 0]
        );
    }
}
