//! Measures the intake alone: `measure write FOLDER LINES [csv]` makes a plain city, `measure read FOLDER
//! [THREADS]` reads it person by person with a sink that only counts.

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use lake::{
    ClaimsWriter, DiagnosisRow, Format, InstitutionRow, LineRow, Options, PersonRow, ProcedureRow, Silent, VisitRow,
};
use model::{CodeBook, Day, Fen, PersonCase, Quantity, Stamp, UnitPrice};

struct Book;

impl CodeBook for Book {
    fn item(&self, code: &str) -> u32 {
        code.len() as u32
    }
    fn diagnosis(&self, code: &str) -> u32 {
        code.len() as u32
    }
    fn procedure(&self, code: &str) -> u32 {
        code.len() as u32
    }
}

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["write", folder, lines] => write(Path::new(folder), lines.parse()?, Format::Parquet),
        ["write", folder, lines, "csv"] => write(Path::new(folder), lines.parse()?, Format::Csv),
        ["read", folder] => read(Path::new(folder), 2),
        ["read", folder, threads] => read(Path::new(folder), threads.parse()?),
        _ => Err("measure write FOLDER LINES [csv] | read FOLDER [THREADS]".into()),
    }
}

/// A cheap, repeatable source of variety.
fn mix(seed: u64) -> u64 {
    let mut value = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    value ^= value >> 29;
    value = value.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    value ^ (value >> 32)
}

fn write(folder: &Path, lines: u64, format: Format) -> Result<(), Failure> {
    let mut writer = ClaimsWriter::create(folder, format)?;
    for number in 0..300 {
        let code = format!("H{number:011}");
        writer.institution(&InstitutionRow { fixmedins_code: &code, hosp_lv: "3", ..InstitutionRow::default() })?;
    }
    let start = Day(20_089).start();
    for person in 0..lines / 64 {
        let psn = format!("6101{person:020}");
        writer.person(&PersonRow {
            psn_no: &psn,
            gend: "1",
            brdy: Some(Day(-5000)),
            insutype: "310",
            ..PersonRow::default()
        })?;
        for visit in 0..8 {
            visit_rows(&mut writer, (&psn, person * 8 + visit), Stamp(start.0 + visit as i64 * 30 * 86_400))?;
        }
    }
    Ok(writer.finish()?)
}

fn visit_rows(writer: &mut ClaimsWriter, (psn, number): (&str, u64), at: Stamp) -> Result<(), Failure> {
    let id = format!("MZ{number:018}");
    let dice = mix(number);
    let (institution, doctor) = (format!("H{:011}", dice % 300), format!("D6101{:08}", dice % 3000));
    let department = format!("A{:02}", dice % 40);
    writer.visit(&VisitRow {
        mdtrt_id: &id,
        psn_no: psn,
        fixmedins_code: &institution,
        med_type: "11",
        begntime: at,
        endtime: Some(Stamp(at.0 + 3600)),
        insutype: "310",
        adm_dept_codg: &department,
        atddr_no: &doctor,
        setl_id: &id,
        setl_time: Some(Stamp(at.0 + 3700)),
        medfee_sumamt: Some(Fen(12_345)),
        fund_pay_sumamt: Some(Fen(8_000)),
        acct_pay: Some(Fen(2_000)),
        psn_cash_pay: Some(Fen(2_345)),
        ..VisitRow::default()
    })?;
    for rank in 0..2 {
        let code = format!("J{:02}.{}00", mix(number + rank) % 99, rank);
        let row = DiagnosisRow {
            mdtrt_id: &id,
            diag_code: &code,
            diag_srt_no: Some(1),
            diag_type: "1",
            ..DiagnosisRow::default()
        };
        writer.diagnosis(&row)?;
    }
    if number.is_multiple_of(20) {
        writer.procedure(&ProcedureRow { mdtrt_id: &id, oprn_oprt_code: "47.0900", ..ProcedureRow::default() })?;
    }
    for line in 0..8_u64 {
        let dice = mix(number * 8 + line);
        let item = dice % 9000;
        let (sn, code) = (format!("{:020}", number * 8 + line), format!("XA{item:05}A001010100{:05}", item * 7));
        let (name, count) = (format!("虚构药品名称{item}片"), 1 + (dice % 5) as i64);
        let price = 1000 + (item as i64) * 100;
        writer.line(&LineRow {
            feedetl_sn: &sn,
            mdtrt_id: &id,
            med_list_codg: &code,
            fee_ocur_time: Stamp(at.0 + line as i64 * 60),
            cnt: Quantity::whole(count),
            pric: UnitPrice(price),
            det_item_fee_sumamt: Fen(price * count / 100),
            psn_no: psn,
            medins_list_name: &name,
            list_type: "101",
            med_chrgitm_type: "9",
            chrgitm_lv: "1",
            bilg_dept_codg: &department,
            orders_dr_code: &doctor,
            rxno: &id,
            prd_days: Some(7),
            ..LineRow::default()
        })?;
    }
    Ok(())
}

fn read(folder: &Path, threads: usize) -> Result<(), Failure> {
    let started = Instant::now();
    let temp = folder.with_extension("temp");
    let options = Options { temp: temp.clone(), threads, from: None, until: None };
    let prepared = lake::open(folder)?.prepare(options, &Silent)?;
    println!("prepare {:?}, {} slices", started.elapsed(), prepared.slices());
    let next = AtomicUsize::new(0);
    let parts = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let slice = next.fetch_add(1, Ordering::Relaxed);
                    if slice >= prepared.slices() {
                        return;
                    }
                    let mut persons = 0;
                    match prepared.read_slice(slice, &Book, &mut |_: &mut PersonCase| persons += 1) {
                        Ok(part) => parts.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(part),
                        Err(error) => eprintln!("{error}"),
                    }
                }
            });
        }
    });
    println!("slices done {:?}", started.elapsed());
    let parts = parts.into_inner().unwrap_or_default();
    let report = prepared.finish(parts, &temp)?;
    let elapsed = started.elapsed();
    for table in &report.tables {
        println!("{}: {} read, {} accepted, {} rejected", table.table, table.read, table.accepted, table.rejected);
    }
    println!("sorted {} lines in {:?}; whole run {elapsed:?}", report.sorted_lines, report.sort_time);
    Ok(())
}
