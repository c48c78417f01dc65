//! The lake from the command line: what it finds is what the folder says, however the claims came.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]

use std::collections::BTreeSet;
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

fn refused(arguments: &[&str]) -> String {
    let output = yibao(arguments);
    assert!(!output.status.success(), "{arguments:?} was not refused");
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn path(path: &Path) -> &str {
    path.to_str().unwrap()
}

struct Place {
    temp: tempfile::TempDir,
}

impl Place {
    fn new(persons: &str, days: &str) -> Self {
        let place = Self { temp: tempfile::tempdir().unwrap() };
        let city = place.at("city");
        run(&[
            "generate",
            "--persons",
            persons,
            "--days",
            days,
            "--seed",
            "11",
            "--violations",
            "heavy",
            "--format",
            "csv",
            "--out",
            path(&city),
        ]);
        place
    }

    fn at(&self, name: &str) -> PathBuf {
        self.temp.path().join(name)
    }

    fn add(&self, claims: &str, more: &[&str]) -> String {
        let (claims, lake) = (self.at(claims), self.at("lake"));
        run(&[&["lake", "add", path(&claims), "--lake", path(&lake)], more].concat())
    }

    /// Without rules about institutions: they read the whole lake every time (`population.rs` has them).
    fn audit_lake(&self, out: &str, more: &[&str]) -> (String, String) {
        let (lake, out) = (self.at("lake"), self.at(out));
        let told =
            run(&[&["audit", "--lake", path(&lake), "--out", path(&out), "--without-population"], more].concat());
        (std::fs::read_to_string(out.join("findings.csv")).unwrap(), told)
    }

    /// The claims of the visits that begin on the days for which `wanted` holds, as a folder of its own.
    fn part(&self, name: &str, wanted: impl Fn(&str) -> bool) {
        let folder = self.at(name);
        std::fs::create_dir_all(&folder).unwrap();
        let mut visits = BTreeSet::new();
        for table in ["persons", "institutions", "staff", "visits", "diagnoses", "procedures", "charge_lines"] {
            let file = format!("{table}.csv");
            let mut reader = csv::Reader::from_path(self.at("city").join(&file)).unwrap();
            let mut writer = csv::Writer::from_path(folder.join(&file)).unwrap();
            let header = reader.headers().unwrap().clone();
            writer.write_record(&header).unwrap();
            let column = |name: &str| header.iter().position(|column| column == name);
            let (id, begins) = (column("mdtrt_id"), column("begntime"));
            for record in reader.records().map(Result::unwrap) {
                let keep = match (table, id) {
                    ("visits", Some(id)) => {
                        let keep = wanted(&record[begins.unwrap()][..10]);
                        keep.then(|| visits.insert(record[id].to_owned()));
                        keep
                    }
                    (_, Some(id)) => visits.contains(&record[id]),
                    _ => true,
                };
                if keep {
                    writer.write_record(&record).unwrap();
                }
            }
            writer.flush().unwrap();
        }
    }

    /// Days on which visits begin, in order.
    fn days(&self) -> Vec<String> {
        let mut reader = csv::Reader::from_path(self.at("city/visits.csv")).unwrap();
        let begins = reader.headers().unwrap().iter().position(|column| column == "begntime").unwrap();
        let days: BTreeSet<String> = reader.records().map(|record| record.unwrap()[begins][..10].to_owned()).collect();
        days.into_iter().collect()
    }
}

#[test]
fn i8_ten_days_added_one_by_one_are_the_audit_from_scratch() {
    let place = Place::new("700", "150");
    let days = place.days();
    // Days far apart, chosen by a fixed stride: within stays, at month ends, at both ends of the period.
    let later: Vec<&String> = (0..10).map(|n| &days[(n * 37 + 11) % days.len()]).collect();
    place.part("base", |day| !later.iter().any(|later| *later == day));
    place.add("base", &[]);
    place.audit_lake("run-0", &[]);
    let mut incremental = 0;
    for (number, day) in later.iter().enumerate() {
        let (name, before) = (format!("day-{number}"), place.at(&format!("run-{number}")));
        place.part(&name, |other| other == day.as_str());
        place.add(&name, &[]);
        let (found, told) = place.audit_lake(&format!("run-{}", number + 1), &["--since-run", path(&before)]);
        match told.split("数据有变的 ").nth(1) {
            Some(named) => {
                let again: usize = named.split(' ').next().unwrap().parse().unwrap();
                assert!(again > 0 && again < 350, "{again} persons for one day\n{told}");
                incremental += 1;
            }
            // A day that fills a column for the first time lets further rules run: everybody is judged again.
            None => assert!(told.contains("运行的规则不同"), "{told}"),
        }
        let (scratch, _) = place.audit_lake("scratch", &[]);
        assert!(found == scratch, "day {day}: findings differ");
        let summary = |out: &str| {
            let text = std::fs::read_to_string(place.at(out).join("summary.json")).unwrap();
            serde_json::from_str::<serde_json::Value>(&text).unwrap()
        };
        let (one, other) = (summary(&format!("run-{}", number + 1)), summary("scratch"));
        for part in ["totals", "by_rule", "by_institution", "by_month"] {
            assert_eq!(one.get(part), other.get(part), "{part} on day {day}");
        }
    }
    assert!(incremental >= 8, "only {incremental} of ten days took the earlier run over");
    // And all of it is what the folder says.
    let (city, out) = (place.at("city"), place.at("folder"));
    run(&["audit", path(&city), "--out", path(&out), "--without-population"]);
    let folder = std::fs::read_to_string(out.join("findings.csv")).unwrap();
    assert!(folder.lines().count() > 100);
    assert!(folder == std::fs::read_to_string(place.at("run-10/findings.csv")).unwrap());
    assert_eq!(
        std::fs::read(out.join("findings.parquet")).unwrap(),
        std::fs::read(place.at("run-10/findings.parquet")).unwrap()
    );
}

#[test]
fn a_run_that_cannot_be_taken_over_says_why_and_judges_all() {
    let place = Place::new("300", "60");
    place.add("city", &[]);
    let (all, _) = place.audit_lake("first", &[]);
    let before = place.at("first");
    let (some, told) = place.audit_lake("second", &["--since-run", path(&before), "--until", "2025-08-01"]);
    assert!(told.contains("审核期间不同"), "{told}");
    assert!(some.lines().count() < all.lines().count());
    let text = refused(&[
        "audit",
        "--lake",
        path(&place.at("lake")),
        "--out",
        path(&place.at("x")),
        "--since-run",
        "/nowhere",
    ]);
    assert!(text.contains("没有可沿用的状态"), "{text}");
}

#[test]
fn stock_is_kept_and_held_against_everybody() {
    let place = Place::new("300", "60");
    // One house, one medicine: nothing was ever bought, so whatever was charged is too much.
    let rows = |table: &str| {
        let mut reader = csv::Reader::from_path(place.at("city").join(format!("{table}.csv"))).unwrap();
        let header = reader.headers().unwrap().clone();
        let column = move |name: &str| header.iter().position(|column| column == name).unwrap();
        (column, reader.records().map(Result::unwrap).collect::<Vec<_>>())
    };
    let (column, visits) = rows("visits");
    let (id, house) = (column("mdtrt_id"), column("fixmedins_code"));
    let (column, lines) = rows("charge_lines");
    let (visit, item) = (column("mdtrt_id"), column("med_list_codg"));
    let line = lines.iter().find(|line| line[item].starts_with('X')).unwrap();
    let house = visits.iter().find(|row| row[id] == line[visit]).unwrap()[house].to_owned();
    let header = "fixmedins_code,med_list_codg,begndate,enddate,begn_inv_cnt,purc_cnt,purc_retn_cnt,end_inv_cnt";
    let row = format!("{house},{},2025-01-01,2026-12-31,0,0,0,0", &line[item]);
    std::fs::write(place.at("city/stock.csv"), format!("{header}\n{row}\n")).unwrap();
    place.add("city", &[]);
    let (city, out) = (place.at("city"), place.at("folder"));
    run(&["audit", path(&city), "--out", path(&out), "--without-population"]);
    let folder = std::fs::read_to_string(out.join("findings.csv")).unwrap();
    assert_eq!(folder.matches("drug-stock-flow-anomaly").count(), 1);
    let (found, _) = place.audit_lake("first", &[]);
    assert!(found == folder);
    let (again, told) = place.audit_lake("second", &["--since-run", path(&place.at("first"))]);
    assert!(again == folder && told.contains("库存规则要看全部明细"), "{told}");
}

#[test]
fn a_cut_file_ends_the_audit_and_nothing_is_published() {
    let place = Place::new("300", "60");
    place.add("city", &[]);
    let (before, _) = place.audit_lake("out", &[]);
    let lines = place.at("lake/charge_lines");
    let mut files = Vec::new();
    for month in std::fs::read_dir(lines).unwrap() {
        for bucket in std::fs::read_dir(month.unwrap().path()).unwrap() {
            files.extend(std::fs::read_dir(bucket.unwrap().path()).unwrap().map(|file| file.unwrap().path()));
        }
    }
    files.sort();
    let bytes = std::fs::read(&files[0]).unwrap();
    // The length stays, the end is lost: only reading finds out.
    let mut broken = bytes.clone();
    broken[bytes.len() / 3..].fill(0);
    std::fs::write(&files[0], broken).unwrap();
    let text = refused(&["audit", "--lake", path(&place.at("lake")), "--out", path(&place.at("out"))]);
    assert!(text.contains(path(files[0].strip_prefix(place.at("lake")).unwrap())), "{text}");
    assert_eq!(std::fs::read_to_string(place.at("out/findings.csv")).unwrap(), before);
    std::fs::remove_file(&files[0]).unwrap();
    let text = refused(&["audit", "--lake", path(&place.at("lake")), "--out", path(&place.at("new"))]);
    assert!(text.contains("不见了") && text.contains("--restate"), "{text}");
    assert!(!place.at("new").exists());
}

#[test]
#[cfg(feature = "sql")]
fn questions_are_answered_and_mistakes_explained() {
    let place = Place::new("300", "60");
    place.add("city", &[]);
    let lake = place.at("lake");
    let sql = |statement: &str, more: &[&str]| run(&[&["sql", statement, "--lake", path(&lake)], more].concat());
    let rows = csv::Reader::from_path(place.at("city/charge_lines.csv")).unwrap().into_records().count();
    let count = sql("SELECT count(*) AS n FROM charge_lines", &["--format", "csv"]);
    assert_eq!(count, format!("n\n{rows}\n"));
    let sum = "SELECT sum(det_item_fee_sumamt) AS s FROM charge_lines l JOIN visits v ON l.mdtrt_id = v.mdtrt_id";
    let by_month =
        format!("{sum} WHERE v.month = '2025-07' UNION ALL {sum} WHERE v.month <> '2025-07' UNION ALL {sum}");
    let fen = |text: &str| text.replace('.', "").parse::<i64>().unwrap();
    let sums: Vec<i64> = sql(&by_month, &["--format", "csv"]).lines().skip(1).map(fen).collect();
    assert!(sums.contains(&(sums.iter().sum::<i64>() / 2)), "{sums:?}: months add up to all");
    let json = sql("SELECT psn_no, brdy FROM persons ORDER BY 1 LIMIT 2", &["--format", "json"]);
    let parsed: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(parsed.as_array().unwrap().len(), 2);
    let table = sql("SELECT mdtrt_id FROM visits", &["--limit", "3"]);
    assert!(table.contains("只显示前 3 行"), "{table}");
    let wrong = |statement: &str| refused(&["sql", statement, "--lake", path(&lake)]);
    assert!(wrong("SELECT psn_o FROM visits").contains("是否应为 psn_no"), "{}", wrong("SELECT psn_o FROM visits"));
    assert!(wrong("SELECT 1 FROM visit").contains("可查询的表"), "{}", wrong("SELECT 1 FROM visit"));
    assert!(wrong("DROP TABLE visits").contains("只能查询"), "{}", wrong("DROP TABLE visits"));
    assert!(wrong("SELEC 1").contains("语法"), "{}", wrong("SELEC 1"));
    let text = run(&["indicators", "--lake", path(&lake), "--month", "2025-07", "--by", "level"]);
    assert!(text.contains("住院次均费用") && text.contains("药占比"), "{text}");
    let text = refused(&["indicators", "--lake", path(&lake), "--month", "2031-01"]);
    assert!(text.contains("已有月份"), "{text}");
}
