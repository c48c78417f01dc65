//! How many bills a second one core settles: `cargo run --release -p benefit --example throughput -- policy 2000000`.
//! Bills are made up, spread over the shipped areas; prints bills/s without and with trace, and with preparation.

use benefit::{Calculator, Case, NoTrace, Packages, Policies, Prepared, Step};
use std::path::Path;
use std::time::Instant;

fn collect(folder: &Path, name: &str, files: &mut Vec<(String, Vec<u8>)>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        let leaf = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let inner = if name.is_empty() { leaf } else { format!("{name}/{leaf}") };
        if path.is_dir() {
            collect(&path, &inner, files)?;
        } else {
            files.push((inner, std::fs::read(&path)?));
        }
    }
    Ok(())
}

fn case(number: u64) -> Option<Case> {
    let places = [
        ("110000", "employee", "retired", "outpatient", "3"),
        ("110000", "employee", "active", "inpatient", "3"),
        ("360100", "employee", "active", "inpatient", "2"),
        ("440300", "employee", "active", "outpatient", "2"),
        ("990100", "employee", "retired", "inpatient", "3"),
        ("990500", "resident", "adult", "inpatient", "3"),
    ];
    let (area, scheme, status, kind, level) = places[(number % 6) as usize];
    let fen = 1_000 + number.wrapping_mul(2_654_435_761) % 9_000_000;
    let amount = format!("{}.{:02}", fen / 100, fen % 100);
    let value = serde_json::json!({
        "id": number.to_string(), "on": "2024-05-06", "area": area, "scheme": scheme,
        "person": {"status": status, "age": 40 + number % 45, "cover_months": 120},
        "visit": {"kind": kind, "institution_level": level, "admission_ordinal": 1 + number % 3},
        "amounts": {"total": amount, "in_scope": amount},
        "year_to_date": {"pool.paid": "1000.00", "outpatient.deductible": "300.00"},
    });
    Case::from_json(&value).ok()
}

#[expect(clippy::float_arithmetic, reason = "a rate for people, no money")]
fn rate(count: usize, started: Instant) -> f64 {
    count as f64 / started.elapsed().as_secs_f64()
}

fn main() -> std::io::Result<()> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap_or_else(|| "policy".to_owned());
    let count: usize = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(1_000_000);
    let mut files = Vec::new();
    collect(Path::new(&folder), "", &mut files)?;
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let policies = match Packages::read(&files).and_then(|packages| Policies::compile(&packages)) {
        Ok(policies) => policies,
        Err(problems) => {
            problems.iter().for_each(|problem| println!("{problem}"));
            return Ok(());
        }
    };
    let cases: Vec<Case> = (0..6_000).filter_map(case).collect();
    let prepared: Vec<Prepared> = cases.iter().filter_map(|case| policies.prepare(case).ok()).collect();
    println!("{} cases of {} prepared", prepared.len(), cases.len());
    let mut calculator = Calculator::new(&policies);
    let (mut sum, mut refused) = (0_i64, 0_usize);
    let started = Instant::now();
    for case in prepared.iter().cycle().take(count) {
        match calculator.settle(case, &mut NoTrace) {
            Ok(outcome) => sum += outcome.fund_total,
            Err(_) => refused += 1,
        }
    }
    println!("settle, no trace      {:>12.0} bills/s (fund total {sum} fen, {refused} refused)", rate(count, started));
    let mut steps: Vec<Step> = Vec::new();
    let started = Instant::now();
    for case in prepared.iter().cycle().take(count) {
        steps.clear();
        let _ = calculator.settle(case, &mut steps);
    }
    println!("settle, traced        {:>12.0} bills/s", rate(count, started));
    let started = Instant::now();
    for case in cases.iter().cycle().take(count) {
        if let Ok(prepared) = policies.prepare(case) {
            let _ = calculator.settle(&prepared, &mut NoTrace);
        }
    }
    println!("prepare and settle    {:>12.0} bills/s", rate(count, started));
    let answers = count / 20;
    let started = Instant::now();
    for case in cases.iter().cycle().take(answers) {
        let _ = policies.settle(case);
    }
    println!("full answer with text {:>12.0} bills/s", rate(answers, started));
    Ok(())
}
