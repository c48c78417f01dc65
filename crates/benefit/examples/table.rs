//! The hospital table of an invented area over many bills, for `tools/bench/benefit.py` to hold other engines against:
//! `cargo run --release -p benefit --example table -- policy cases.csv 200000`. Writes the bills with the engine's
//! answers and prints bills a CPU second without and with trace (Linux: from `/proc/self/schedstat`).

use benefit::{Calculator, Case, Fund, NoTrace, Packages, Policies, Prepared, Step};
use std::fmt::Write as _;
use std::path::Path;

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

/// Nanoseconds this process was on a core.
fn cpu_nanoseconds() -> std::io::Result<u64> {
    let text = std::fs::read_to_string("/proc/self/schedstat")?;
    Ok(text.split(' ').next().and_then(|field| field.parse().ok()).unwrap_or(0))
}

/// A bill and the columns of it that decide.
fn bill(number: u64) -> Option<(String, Case)> {
    let pick = |salt: u64, count: u64| (number.wrapping_mul(6_364_136_223_846_793_005).rotate_left(23) ^ salt) % count;
    let status = ["active", "retired"][pick(7, 2) as usize];
    let level = ["none", "1", "2", "3", "3p"][pick(11, 5) as usize];
    let community = pick(13, 4) == 0;
    let admission = 1 + pick(17, 3);
    let fen = 1_000 + number.wrapping_mul(2_654_435_761) % 30_000_000;
    let amount = format!("{}.{:02}", fen / 100, fen % 100);
    let value = serde_json::json!({
        "id": number.to_string(), "on": "2024-05-06", "area": "990100", "scheme": "employee",
        "person": {"status": status, "age": 60},
        "visit": {"kind": "inpatient", "institution_level": level, "community": community,
                  "admission_ordinal": admission, "begin": "2024-05-01", "end": "2024-05-06"},
        "amounts": {"total": amount, "in_scope": amount},
    });
    Some((format!("{status},{level},{community},{admission},{fen}"), Case::from_json(&value).ok()?))
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = arguments.next().unwrap_or_else(|| "policy".to_owned());
    let output = arguments.next().unwrap_or_else(|| "cases.csv".to_owned());
    let count: u64 = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(200_000);
    let mut files = Vec::new();
    collect(Path::new(&folder), "", &mut files)?;
    let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let compiled = Packages::read(&files).and_then(|packages| Policies::compile(&packages));
    let Ok(policies) = compiled else { return Err("the policy folder has problems: yibao policy check".into()) };
    let bills: Vec<(String, Case)> = (0..count).filter_map(bill).collect();
    let prepared: Vec<Prepared> = bills.iter().filter_map(|(_, case)| policies.prepare(case).ok()).collect();
    let mut calculator = Calculator::new(&policies);
    let mut text = String::from("status,level,community,admission,in_scope_fen,pool_fen,large_fen\n");
    for ((columns, _), case) in bills.iter().zip(&prepared) {
        let Ok(outcome) = calculator.settle(case, &mut NoTrace) else { return Err("a bill is refused".into()) };
        let of = |fund: Fund| outcome.funds[fund as usize];
        writeln!(text, "{columns},{},{}", of(Fund::Pool), of(Fund::LargeAmount))?;
    }
    std::fs::write(output, text)?;
    let mut steps: Vec<Step> = Vec::new();
    let (rounds, mut sum) = (5, 0_i64);
    for traced in [false, true] {
        let before = cpu_nanoseconds()?;
        for case in prepared.iter().cycle().take(prepared.len() * rounds) {
            steps.clear();
            let outcome =
                if traced { calculator.settle(case, &mut steps) } else { calculator.settle(case, &mut NoTrace) };
            sum = sum.wrapping_add(outcome.map_or(0, |outcome| outcome.fund_total));
        }
        let spent = cpu_nanoseconds()? - before;
        let rate = prepared.len() as u64 * rounds as u64 * 1_000_000_000 / spent.max(1);
        println!("yibao_{}={rate}", if traced { "traced" } else { "plain" });
    }
    println!("checksum={sum}");
    Ok(())
}
