//! An invented city as text tables, the forms it can be written in, and a dump of what was read.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::sync::{Arc, Mutex};

use arrow::array::{Array, ArrayRef, Decimal128Array, Int64Array, RecordBatch, StringArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, TimeUnit};
use model::{CodeBook, PersonCase, Text, UNKNOWN_CODE, UNKNOWN_ITEM};
use parquet::arrow::ArrowWriter;
use parquet::file::properties::WriterProperties;
use rand::rngs::SmallRng;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};

use crate::parse::{Parsed, number};
use crate::tables::{Kind, Table};
use crate::{IntakeReport, LakeError, Options, Silent, open};

/// Tables as texts: name, header, rows.
#[derive(Debug, Clone)]
pub(super) struct City(pub(super) Vec<TextTable>);

/// Name, header, rows.
type TextTable = (&'static str, Vec<&'static str>, Vec<Vec<String>>);

/// Knows items whose code begins with X, by their number.
pub(super) struct Book;

impl CodeBook for Book {
    fn item(&self, code: &str) -> u32 {
        code.strip_prefix('X').and_then(|rest| rest.parse().ok()).unwrap_or(UNKNOWN_ITEM)
    }
    fn diagnosis(&self, code: &str) -> u32 {
        code.strip_prefix('J').and_then(|rest| rest.parse().ok()).unwrap_or(UNKNOWN_CODE)
    }
    fn procedure(&self, _: &str) -> u32 {
        7
    }
}

/// What a run of the intake made of a folder.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) persons: Vec<String>,
    pub(super) report: IntakeReport,
    pub(super) out: tempfile::TempDir,
}

impl Taken {
    pub(super) fn rejects(&self, table: &str) -> String {
        std::fs::read_to_string(self.out.path().join(format!("rejects/{table}.csv"))).unwrap_or_default()
    }

    /// Read, accepted, corrected, rejected.
    pub(super) fn counts(&self, table: &str) -> (u64, u64, u64, u64) {
        let intake = self.report.tables.iter().find(|intake| intake.table == table).unwrap();
        (intake.read, intake.accepted, intake.corrected, intake.rejected)
    }

    pub(super) fn all(&self) -> String {
        self.persons.join("\n")
    }
}

pub(super) fn options(temp: &Path) -> Options {
    Options { temp: temp.to_path_buf(), threads: 2, from: None, until: None }
}

pub(super) fn take(folder: &Path) -> Result<Taken, LakeError> {
    let temp = tempfile::tempdir().unwrap();
    take_with(folder, options(temp.path()))
}

pub(super) fn take_with(folder: &Path, options: Options) -> Result<Taken, LakeError> {
    let prepared = open(folder)?.prepare(options, &Silent)?;
    let persons = Mutex::new(Vec::new());
    let parts = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for thread in 0..2 {
            let (prepared, persons, parts) = (&prepared, &persons, &parts);
            scope.spawn(move || {
                for slice in (0..prepared.slices()).filter(|slice| slice % 2 == thread) {
                    let mut sink = |case: &mut PersonCase| persons.lock().unwrap().push(dump(case));
                    parts.lock().unwrap().push(prepared.read_slice(slice, &Book, &mut sink).unwrap());
                }
            });
        }
    });
    let out = tempfile::tempdir().unwrap();
    let report = prepared.finish(parts.into_inner().unwrap(), out.path())?;
    let mut persons = persons.into_inner().unwrap();
    persons.sort();
    Ok(Taken { persons, report, out })
}

/// A case with its texts spelled out: where they lie in the arena says nothing.
pub(super) fn dump(case: &PersonCase) -> String {
    let spelled = |debug: String, texts: &[Text]| {
        let mut texts = texts.iter().map(|text| case.text(*text));
        let mut spelled = String::new();
        let mut rest = debug.as_str();
        while let Some(start) = rest.find("Text {") {
            let end = start + rest[start..].find('}').unwrap() + 1;
            write!(spelled, "{}{:?}", &rest[..start], texts.next().unwrap()).unwrap();
            rest = &rest[end..];
        }
        spelled + rest
    };
    let p = case.person;
    let texts = [p.psn_no, p.kind, p.special_kind, p.insured_area, p.family, p.employer];
    let mut out = spelled(format!("{p:?}"), &texts);
    for v in &case.visits {
        let texts = [
            v.mdtrt_id,
            v.fixmedins_code,
            v.med_type,
            v.admission_department,
            v.discharge_department,
            v.doctor,
            v.programme,
            v.treatment_area,
            v.insured_area,
            v.settlement,
        ];
        write!(out, "\n  {}", spelled(format!("{v:?}"), &texts)).unwrap();
    }
    for l in &case.lines {
        let texts = [
            l.code,
            l.sn,
            l.name,
            l.prescription,
            l.doctor,
            l.billing_department,
            l.performing_department,
            l.order,
            l.route,
            l.procedure_code,
            l.trace_codes,
            l.refund_of,
        ];
        write!(out, "\n  {}", spelled(format!("{l:?}"), &texts)).unwrap();
    }
    case.diagnoses.iter().for_each(|d| write!(out, "\n  {}", spelled(format!("{d:?}"), &[d.code])).unwrap());
    case.procedures.iter().for_each(|p| write!(out, "\n  {}", spelled(format!("{p:?}"), &[p.code])).unwrap());
    out
}

fn row(cells: &[&str]) -> Vec<String> {
    cells.iter().map(|cell| (*cell).to_owned()).collect()
}

impl City {
    /// `persons` persons with visits, diagnoses, procedures, lines and a few refunds.
    pub(super) fn new(persons: usize) -> Self {
        let mut dice = SmallRng::seed_from_u64(7);
        let mut city = Self(vec![
            ("persons", vec!["psn_no", "gend", "brdy", "insutype", "dth_date"], Vec::new()),
            (
                "institutions",
                vec!["fixmedins_code", "fixmedins_name", "fixmedins_type", "hosp_lv", "bed_cnt"],
                Vec::new(),
            ),
            (
                "visits",
                vec![
                    "mdtrt_id",
                    "psn_no",
                    "fixmedins_code",
                    "med_type",
                    "begntime",
                    "endtime",
                    "atddr_no",
                    "medfee_sumamt",
                    "matn_stas",
                ],
                Vec::new(),
            ),
            ("diagnoses", vec!["mdtrt_id", "diag_code", "diag_srt_no", "diag_type", "maindiag_flag"], Vec::new()),
            ("procedures", vec!["mdtrt_id", "oprn_oprt_code", "oprn_oprt_date"], Vec::new()),
            (
                "charge_lines",
                vec![
                    "feedetl_sn",
                    "mdtrt_id",
                    "med_list_codg",
                    "fee_ocur_time",
                    "cnt",
                    "pric",
                    "det_item_fee_sumamt",
                    "psn_no",
                    "medins_list_name",
                    "list_type",
                    "orders_dr_code",
                    "prd_days",
                    "init_feedetl_sn",
                ],
                Vec::new(),
            ),
        ]);
        for (number, level) in ["3", "9", "11"].iter().enumerate() {
            city.add("institutions", &[&format!("H{number}"), "虚构医院", "1", level, "120"]);
        }
        for person in 0..persons {
            let psn = format!("P{person:05}");
            let died = if person % 17 == 3 { "2025-12-31" } else { "" };
            city.add(
                "persons",
                &[
                    &psn,
                    ["1", "2"][person % 2],
                    &format!("19{:02}-0{}-15", 30 + person % 60, 1 + person % 9),
                    "310",
                    died,
                ],
            );
            for visit in 0..dice.random_range(1..4) {
                city.add_visit(&mut dice, &psn, &format!("V{:05}-{visit}", (person * 7919) % 100_000));
            }
        }
        city
    }

    fn add_visit(&mut self, dice: &mut SmallRng, psn: &str, visit: &str) {
        let day = dice.random_range(1..28);
        let institution = format!("H{}", dice.random_range(0..3));
        let at = |hour: i32| format!("2025-06-{day:02} {hour:02}:30:00");
        self.add("visits", &[visit, psn, &institution, ["11", "21"][day % 2], &at(8), &at(17), "D01", "321.50", ""]);
        for rank in 0..dice.random_range(0..3) {
            self.add(
                "diagnoses",
                &[visit, &format!("J{rank}"), &rank.to_string(), "1", if rank == 0 { "1" } else { "0" }],
            );
        }
        if day % 5 == 0 {
            self.add("procedures", &[visit, "47.0900", &at(10)]);
        }
        for line in 0..dice.random_range(0..7) {
            let item = dice.random_range(0..5);
            let count = dice.random_range(1..9);
            let (sn, code, count_text) = (format!("{line:02}"), format!("X{item}"), count.to_string());
            let amount = format!("{}.{:02}", 150 * count / 100, 150 * count % 100);
            let name = format!("虚构药品{item}");
            let doctor = ["", "D01", "D02"][dice.random_range(0..3)];
            self.add(
                "charge_lines",
                &[&sn, visit, &code, &at(9 + line), &count_text, "1.5", &amount, psn, &name, "101", doctor, "7", ""],
            );
            if dice.random_range(0..6) == 0 {
                let (back, pointer) = (format!("{line:02}R"), if count % 2 == 0 { &sn } else { "" });
                self.add(
                    "charge_lines",
                    &[&back, visit, &code, &at(17), "-1", "1.5", "-1.50", psn, &name, "101", doctor, "", pointer],
                );
            }
        }
    }

    pub(super) fn add(&mut self, table: &str, cells: &[&str]) {
        self.rows(table).push(row(cells));
    }

    pub(super) fn rows(&mut self, table: &str) -> &mut Vec<Vec<String>> {
        &mut self.0.iter_mut().find(|(name, ..)| *name == table).unwrap().2
    }

    /// Sets one cell of one row.
    pub(super) fn set(&mut self, table: &str, row: usize, column: &str, value: &str) {
        let (_, header, rows) = self.0.iter_mut().find(|(name, ..)| *name == table).unwrap();
        let column = header.iter().position(|name| *name == column).unwrap();
        rows[row][column] = value.to_owned();
    }

    pub(super) fn get(&self, table: &str, row: usize, column: &str) -> &str {
        let (_, header, rows) = self.0.iter().find(|(name, ..)| *name == table).unwrap();
        &rows[row][header.iter().position(|name| *name == column).unwrap()]
    }

    pub(super) fn shuffled(&self, seed: u64) -> Self {
        let mut city = self.clone();
        let mut dice = SmallRng::seed_from_u64(seed);
        city.0.iter_mut().for_each(|(_, _, rows)| rows.shuffle(&mut dice));
        city
    }

    pub(super) fn csv_text(&self, table: &str) -> Vec<u8> {
        let (_, header, rows) = self.0.iter().find(|(name, ..)| *name == table).unwrap();
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(header).unwrap();
        rows.iter().for_each(|row| writer.write_record(row).unwrap());
        writer.into_inner().unwrap()
    }

    pub(super) fn write_csv(&self, folder: &Path) {
        for (name, ..) in &self.0 {
            std::fs::write(folder.join(format!("{name}.csv")), self.csv_text(name)).unwrap();
        }
    }

    pub(super) fn write_packed(&self, folder: &Path) {
        for (index, (name, ..)) in self.0.iter().enumerate() {
            let text = [&[0xef, 0xbb, 0xbf], self.csv_text(name).as_slice()].concat();
            if index % 2 == 0 {
                let file = File::create(folder.join(format!("{name}.csv.gz"))).unwrap();
                let mut packer = flate2::write::GzEncoder::new(file, flate2::Compression::fast());
                packer.write_all(&text).unwrap();
                packer.finish().unwrap();
            } else {
                std::fs::write(folder.join(format!("{name}.csv.zst")), zstd::encode_all(text.as_slice(), 1).unwrap())
                    .unwrap();
            }
        }
    }

    pub(super) fn write_xlsx(&self, folder: &Path) {
        let mut book = rust_xlsxwriter::Workbook::new();
        for (name, header, rows) in &self.0 {
            let sheet = book.add_worksheet();
            sheet.set_name(*name).unwrap();
            for (column, title) in header.iter().enumerate() {
                sheet.write_string(0, column as u16, *title).unwrap();
            }
            let spec = Table::named(name).unwrap().spec();
            for (number, row) in rows.iter().enumerate() {
                for (column, cell) in row.iter().enumerate() {
                    let kind = spec.columns[spec.position(header[column]).unwrap()].kind;
                    let (at, column) = (number as u32 + 1, column as u16);
                    match (kind, cell.parse::<f64>()) {
                        (Kind::Fen | Kind::Price | Kind::Quantity | Kind::Whole, Ok(value)) => {
                            sheet.write_number(at, column, value).unwrap()
                        }
                        _ => sheet.write_string(at, column, cell).unwrap(),
                    };
                }
            }
        }
        book.save(folder.join("claims.xlsx")).unwrap();
    }

    /// Parquet; `form` picks how columns are typed, `parts` makes tables folders of files.
    pub(super) fn write_parquet(&self, folder: &Path, form: Typing, parts: usize) {
        for (name, header, rows) in &self.0 {
            let spec = Table::named(name).unwrap().spec();
            let size = rows.len().div_ceil(parts).max(1);
            for (part, rows) in rows.chunks(size).enumerate() {
                let columns: Vec<(&str, ArrayRef)> = header
                    .iter()
                    .enumerate()
                    .map(|(column, title)| {
                        let kind = spec.columns[spec.position(title).unwrap()].kind;
                        let cells: Vec<&str> = rows.iter().map(|row| row[column].as_str()).collect();
                        (*title, form.array(kind, &cells))
                    })
                    .collect();
                let batch =
                    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(n, a)| (n, a, true))).unwrap();
                let path = if parts == 1 {
                    folder.join(format!("{name}.parquet"))
                } else {
                    std::fs::create_dir_all(folder.join(name)).unwrap();
                    folder.join(format!("{name}/part-{part}.parquet"))
                };
                let properties = WriterProperties::builder().set_max_row_group_row_count(Some(64)).build();
                let mut writer =
                    ArrowWriter::try_new(File::create(path).unwrap(), batch.schema(), Some(properties)).unwrap();
                writer.write(&batch).unwrap();
                writer.close().unwrap();
            }
        }
    }
}

/// How Parquet columns are typed.
#[derive(Debug, Clone)]
pub(super) struct Typing {
    pub(super) text: DataType,
    /// `None`: everything is text.
    pub(super) money: Option<DataType>,
    pub(super) unit: TimeUnit,
}

impl Typing {
    fn array(&self, kind: Kind, cells: &[&str]) -> ArrayRef {
        let numbers: Vec<Option<i64>> = match kind {
            Kind::Code | Kind::Name => Vec::new(),
            _ => {
                let parsed = cells.iter().map(|cell| match number(kind, cell) {
                    Parsed::Clean(value) => Some(value),
                    Parsed::Empty => None,
                    other => panic!("{cell}: {other:?}"),
                });
                if self.money.is_some() { parsed.collect() } else { Vec::new() }
            }
        };
        let integers = || Arc::new(Int64Array::from(numbers.clone())) as ArrayRef;
        let decimal = |scale: i8, to: &DataType| {
            let wide: Decimal128Array = numbers.iter().map(|value| value.map(i128::from)).collect();
            let wide: ArrayRef = Arc::new(wide.with_precision_and_scale(16, scale).unwrap());
            let to = match to {
                DataType::Decimal32(p, _) => DataType::Decimal32(*p, scale),
                DataType::Decimal64(p, _) => DataType::Decimal64(*p, scale),
                DataType::Decimal128(p, _) => DataType::Decimal128(*p, scale),
                other => other.clone(),
            };
            cast(&wide, &to).unwrap()
        };
        match (kind, &self.money) {
            (Kind::Fen, Some(money)) => decimal(2, money),
            (Kind::Price | Kind::Quantity, Some(money)) => decimal(4, money),
            (Kind::Whole, Some(_)) => cast(&integers(), &DataType::Int16).unwrap(),
            (Kind::Day, Some(_)) => cast(&cast(&integers(), &DataType::Int32).unwrap(), &DataType::Date32).unwrap(),
            (Kind::Stamp, Some(_)) => {
                let seconds = cast(&integers(), &DataType::Timestamp(TimeUnit::Second, None)).unwrap();
                cast(&seconds, &DataType::Timestamp(self.unit, None)).unwrap()
            }
            _ => {
                let texts: StringArray = cells.iter().map(|cell| (!cell.is_empty()).then_some(*cell)).collect();
                assert_eq!(texts.len(), cells.len());
                cast(&(Arc::new(texts) as ArrayRef), &self.text).unwrap()
            }
        }
    }
}

pub(super) fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}
