//! The whole product on a generated city: what a user gets, in every form the input may take.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn yibao(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_yibao"))
        .args(["--data", concat!(env!("CARGO_MANIFEST_DIR"), "/../..")])
        .args(arguments)
        .output()
        .unwrap()
}

fn run(arguments: &[&str]) -> String {
    let output = yibao(arguments);
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{arguments:?} → {}\n{text}", output.status);
    text
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn generate(folder: &Path, persons: &str, violations: &str, format: &str) {
    let arguments = [
        "generate",
        "--persons",
        persons,
        "--days",
        "365",
        "--seed",
        "5",
        "--violations",
        violations,
        "--format",
        format,
        "--out",
    ];
    run(&[&arguments[..], &[path(folder)]].concat());
}

fn audit(claims: &Path, out: &Path, threads: &str) -> String {
    run(&["audit", path(claims), "--out", path(out), "--threads", threads]);
    std::fs::read_to_string(out.join("findings.csv")).unwrap()
}

#[test]
fn planted_violations_are_found_and_look_alikes_are_not() {
    let temp = tempfile::tempdir().unwrap();
    let (city, out) = (temp.path().join("city"), temp.path().join("out"));
    generate(&city, "6000", "heavy", "parquet");
    // What institutions and groups do is planted in larger cities (`docs/BENCHMARKS.md` has their score).
    run(&["audit", path(&city), "--out", path(&out), "--without-population"]);
    let text = run(&["score", "--truth", path(&city.join("truth.csv")), "--findings", path(&out.join("findings.csv"))]);
    assert!(text.contains("合计"), "{text}");
    for name in ["findings.parquet", "summary.json", "report.html", "report.xlsx"] {
        assert!(out.join(name).metadata().unwrap().len() > 1000, "{name}");
    }
}

#[test]
fn a_clean_city_has_no_findings_but_a_few_indicators() {
    let temp = tempfile::tempdir().unwrap();
    let (city, out) = (temp.path().join("city"), temp.path().join("out"));
    generate(&city, "4000", "none", "parquet");
    let findings = audit(&city, &out, "2");
    // Somebody is always the furthest of many honest peers: indicators and scores say so, and say no more.
    let judged: Vec<&str> = findings.lines().skip(1).filter(|row| !row.contains(",indicator,")).collect();
    assert!(judged.is_empty(), "{}", judged.into_iter().take(5).collect::<Vec<_>>().join("\n"));
    let indicators = findings.lines().count() - 1;
    assert!(indicators <= 10, "{indicators} indicators of a clean city of 4,000 are a flood");
}

/// The rows of a CSV file in another order: reversed, then halves exchanged.
fn shuffle(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let file = entry.unwrap().path();
        if file.extension().is_some_and(|e| e == "csv") {
            let text = std::fs::read_to_string(&file).unwrap();
            let (header, rows) = text.split_once('\n').unwrap();
            let mut rows: Vec<&str> = rows.lines().rev().collect();
            let half = rows.len() / 2;
            rows.rotate_left(half);
            std::fs::write(to.join(file.file_name().unwrap()), format!("{header}\n{}\n", rows.join("\n"))).unwrap();
        }
    }
}

#[test]
fn i8_findings_are_the_same_bytes_in_every_format_order_and_thread_count() {
    let temp = tempfile::tempdir().unwrap();
    let city = temp.path().join("city");
    generate(&city, "2500", "heavy", "both");
    let csv: PathBuf = city.join("csv");
    let shuffled = temp.path().join("shuffled");
    shuffle(&csv, &shuffled);
    let parquet = audit(&city, &temp.path().join("1"), "1");
    assert!(parquet.lines().count() > 100);
    for (what, claims, threads) in [
        ("again", &city, "1"),
        ("two threads", &city, "2"),
        ("csv", &csv, "1"),
        ("csv, two threads", &csv, "2"),
        ("shuffled", &shuffled, "2"),
    ] {
        let out = temp.path().join(what.replace([' ', ','], "-"));
        assert_eq!(audit(claims, &out, threads), parquet, "{what}");
        let bytes = |folder: &Path| std::fs::read(folder.join("findings.parquet")).unwrap();
        assert_eq!(bytes(&out), bytes(&temp.path().join("1")), "{what}: findings.parquet");
    }
}

#[test]
fn i3_i11_counted_money_adds_up_and_never_exceeds_a_line() {
    let temp = tempfile::tempdir().unwrap();
    let (city, out) = (temp.path().join("city"), temp.path().join("out"));
    generate(&city, "2500", "heavy", "csv");
    // Rules about institutions count no money.
    run(&["audit", path(&city), "--out", path(&out), "--without-population"]);
    let mut reader = csv::Reader::from_path(out.join("findings.csv")).unwrap();
    let headers = reader.headers().unwrap().clone();
    let column = |name: &str| headers.iter().position(|h| h == name).unwrap();
    let (visit, line, amount, counted) =
        (column("mdtrt_id"), column("feedetl_sn"), column("amount_fen"), column("counted_fen"));
    let mut by_line = std::collections::BTreeMap::new();
    let mut total = 0_i64;
    for record in reader.records() {
        let record = record.unwrap();
        let number = |at: usize| record[at].parse::<i64>().unwrap();
        assert!((0..=number(amount).max(0)).contains(&number(counted)));
        total += number(counted);
        if !record[line].is_empty() {
            *by_line.entry((record[visit].to_owned(), record[line].to_owned())).or_insert(0) += number(counted);
        }
    }
    let mut lines = csv::Reader::from_path(city.join("charge_lines.csv")).unwrap();
    let headers = lines.headers().unwrap().clone();
    let column = |name: &str| headers.iter().position(|h| h == name).unwrap();
    let (visit, line, sum) = (column("mdtrt_id"), column("feedetl_sn"), column("det_item_fee_sumamt"));
    for record in lines.records() {
        let record = record.unwrap();
        if let Some(counted) = by_line.get(&(record[visit].to_owned(), record[line].to_owned())) {
            assert!(model::Fen(*counted) <= model::Fen::parse(record[sum].as_bytes()).unwrap(), "{record:?}");
        }
    }
    let summary: serde_json::Value = serde_json::from_slice(&std::fs::read(out.join("summary.json")).unwrap()).unwrap();
    let text = summary.to_string();
    assert!(text.contains(&format!("\"counted_fen\":{total}")), "the total {total} stands in summary.json");
}

#[test]
fn rules_can_be_chosen_and_a_misspelt_one_is_refused() {
    let temp = tempfile::tempdir().unwrap();
    let (city, out) = (temp.path().join("city"), temp.path().join("out"));
    generate(&city, "2000", "heavy", "parquet");
    run(&["audit", path(&city), "--out", path(&out), "--rules", "drug-sex-specific,service-sex-specific"]);
    let findings = std::fs::read_to_string(out.join("findings.csv")).unwrap();
    assert!(findings.lines().count() > 1);
    assert!(findings.lines().skip(1).all(|line| line.contains("-sex-specific")));
    let output = yibao(&["audit", path(&city), "--out", path(&out), "--rules", "drug-sex-specfic"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("drug-sex-specific"));
}
