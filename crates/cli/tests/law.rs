//! `yibao settle`, `contribution`, `policy`, `simulate` from outside: answers, tables, and what is said when the input is wrong.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]

use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

const DATA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

struct Ran {
    code: Option<i32>,
    out: String,
    err: String,
}

fn yibao(arguments: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_yibao")).args(["--data", DATA]).args(arguments).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ran { code: output.status.code(), out: text(&output.stdout), err: text(&output.stderr) }
}

/// Runs a command; expects the exit code and that the answer (both streams) holds every word.
#[track_caller]
fn check(arguments: &[&str], code: i32, words: &[&str]) -> Ran {
    let ran = yibao(arguments);
    assert_eq!(ran.code, Some(code), "{arguments:?}\n{}\n{}", ran.out, ran.err);
    for word in words {
        let found = ran.out.contains(word) || ran.err.contains(word);
        assert!(found, "{arguments:?}: “{word}” not in\n{}\n{}", ran.out, ran.err);
    }
    ran
}

struct Folder(tempfile::TempDir);

impl Folder {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Writes a file, folders and all; returns its path as text.
    fn put(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

/// A retired employee's outpatient visit in Beijing, 2024.
fn case() -> Value {
    json!({
        "id": "demo-1", "on": "2024-05-06", "area": "110000", "scheme": "employee",
        "person": { "status": "retired", "age": 68, "cover_months": 240, "supplements": ["unit"], "account_balance": "1200.00" },
        "visit": { "kind": "outpatient", "institution_level": "3", "community": false,
            "begin": "2024-05-06", "end": "2024-05-06", "treatment_area": "110000", "filing": "none" },
        "amounts": { "total": "1916.72", "upfront_self_paid": "104.35", "in_scope": "1812.37" },
        "year_to_date": { "outpatient.deductible": "961.44" },
        "use_account": true
    })
}

fn fen(answer: &Value, field: &str) -> i64 {
    let text = answer["settlement"][field].as_str().unwrap();
    model::Fen::parse(text.as_bytes()).unwrap().0
}

#[test]
fn i3_one_case_is_answered_and_the_identities_hold() {
    let folder = Folder::new();
    let file = folder.put("case.json", &case().to_string());
    let ran = check(&["settle", &file], 0, &[]);
    let answer: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(answer["id"], "demo-1");
    let f = |name| fen(&answer, name);
    assert_eq!(
        f("medfee_sumamt"),
        f("fulamt_ownpay_amt") + f("overlmt_selfpay") + f("preselfpay_amt") + f("inscp_scp_amt")
    );
    assert_eq!(f("medfee_sumamt"), f("fund_pay_sumamt") + f("psn_part_amt"));
    assert_eq!(f("psn_part_amt"), f("acct_pay") + f("psn_cash_pay"));
    // 1,300.00 − 961.44 of the deductible; 70 % and 15 % of the rest, booked apart.
    assert_eq!((f("act_pay_dedc"), f("hifob_pay")), (33_856, 103_167));
    assert_eq!(answer["year_to_date"]["outpatient.deductible"], "1300.00");
    assert!(answer["trace"].as_array().unwrap().iter().any(|step| step["parameter"] == "outpatient.deductible"));
    check(&["settle", &file, "--explain", "person"], 0, &["您负担", "起付标准 1300.00 元", "338.56"]);
    check(&["settle", &file, "--explain", "officer"], 0, &["参数 outpatient.deductible", "依据", "policy/110000"]);
    check(&["settle", &file, "--on", "1990-01-01", "--explain", "person"], 0, &["您负担"]);
}

#[test]
fn lines_are_priced_by_the_area_s_table_and_the_catalogue_of_their_day() {
    let folder = Folder::new();
    let mut case = case();
    case["area"] = "990400".into();
    case["person"]["status"] = "active".into();
    case.as_object_mut().unwrap().remove("amounts");
    case["year_to_date"] = json!({});
    case["visit"]["begin"] = "2025-06-02".into();
    case["visit"]["end"] = "2025-06-02".into();
    case["visit"]["treatment_area"] = "990400".into();
    let line = |item: &str, quantity: &str, price: &str, on: &str| json!({ "item": item, "quantity": quantity, "unit_price": price, "on": on });
    case["lines"] = json!([
        line("001102000010000", "1", "15", "2025-06-02"),
        line("XA02BCA084B001010100453", "2", "45.20", "2025-06-02"),
        line("SL990400002", "1", "30", "2025-06-02"),
    ]);
    let file = folder.put("lines.json", &case.to_string());
    let answer: Value = serde_json::from_str(&check(&["settle", &file], 0, &[]).out).unwrap();
    // Ceiling 12; 15 % of 90.40; class 丙.
    assert_eq!(fen(&answer, "overlmt_selfpay"), 300);
    assert_eq!(fen(&answer, "preselfpay_amt"), 1_356);
    assert_eq!(fen(&answer, "fulamt_ownpay_amt"), 3_000);
    assert_eq!(fen(&answer, "inscp_scp_amt"), 1_200 + 9_040 - 1_356);
    case["lines"] = json!([
        line("001102000010000", "1", "15", "2025-06-02"),
        line("XA02BCA084B001010100453", "2", "45.20", "2026-06-02"),
        line("NOSUCHCODE", "1", "1", "2025-06-02"),
    ]);
    let file = folder.put("bad-lines.json", &case.to_string());
    let words = ["lines[2].item", "2026-06-02 没有可用的目录", "lines[3].item", "目录中没有这个编码", "items.csv"];
    check(&["settle", &file], 1, &words);
}

#[test]
fn wrong_input_is_named_with_key_row_and_remedy() {
    let folder = Folder::new();
    let mut wrong = case();
    wrong["visit"]["institution_levl"] = "3".into();
    let file = folder.put("wrong.json", &wrong.to_string());
    check(&["settle", &file], 1, &["visit.institution_levl", "是否应为“institution_level”", "demo-1"]);
    let mut far = case();
    far["area"] = "999999".into();
    let file = folder.put("far.json", &json!([case(), far]).to_string());
    let ran = check(&["settle", &file], 1, &["第 2 例", "999999", "已收录", "读入 2 例：结算 1 例，退回 1 例"]);
    assert_eq!(serde_json::from_str::<Value>(&ran.out).unwrap().as_array().unwrap().len(), 1);
    for (name, text, words) in [
        ("broken.json", "{\"id\":", vec!["第 1 行第", "JSON"]),
        ("empty.json", "[]", vec!["没有案例"]),
        ("cases.txt", "", vec!["应为 .json、.csv 或 .parquet"]),
        ("head.csv", "id,visit.kin\n1,x\n", vec!["不认识的列 visit.kin", "是否应为 visit.kind"]),
        ("rows.csv", "id,area\n", vec!["只有表头"]),
    ] {
        let file = folder.put(name, text);
        check(&["settle", &file], 2, &words);
    }
    check(&["settle", "/nonexistent.json"], 2, &["/nonexistent.json"]);
    let file = folder.put("case.json", &case().to_string());
    check(&["settle", &file, "--policy", "/nonexistent"], 2, &["找不到政策目录"]);
    check(&["settle", &file, "--out", "answers.txt"], 2, &[".csv 或 .parquet"]);
    check(&["settle", &file, "--on", "昨天"], 2, &["不是日期"]);
}

const TABLE: &str = "id,on,area,scheme,person.status,person.age,person.supplements,visit.kind,visit.institution_level,visit.community,\
    visit.begin,amounts.total,amounts.upfront_self_paid,amounts.in_scope,year_to_date.outpatient.deductible,use_account\n\
    a,2024-05-06,110000,employee,retired,68,unit,outpatient,3,false,2024-05-06,1916.72,104.35,1812.37,961.44,\n\
    b,2024-05-06,110000,employee,retired,68,,outpatient,3,false,2024-05-06,100.00,,90.00,,\n\
    c,2024-05-06,110000,employee,king,68,,outpatient,3,maybe,2024-05-06,100.00,,100.00,,\n\
    d,2024-05-06,110000,employee,active,40,,outpatient,3,0,2024-05-06,100.00,0,100.00,,1\n\
    e,2024-05-06\n";

#[test]
fn a_table_is_settled_row_by_row_and_what_is_refused_lies_beside_it() {
    let folder = Folder::new();
    let file = folder.put("cases.csv", TABLE);
    let out = folder.path("answers.csv");
    check(&["settle", &file, "--out", out.to_str().unwrap()], 1, &["读入 5 例：结算 2 例，退回 3 例", "rejects.csv"]);
    let text = std::fs::read_to_string(&out).unwrap();
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    let head = reader.headers().unwrap().clone();
    let at = |name: &str| head.iter().position(|column| column == name).unwrap_or_else(|| panic!("no {name}"));
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!(rows.iter().map(|row| &row[at("id")]).collect::<Vec<_>>(), ["a", "d"]);
    assert_eq!(&rows[0][at("row")], "2");
    assert_eq!(&rows[0][at("hifob_pay")], "1031.67");
    assert_eq!(&rows[0][at("fund.large_amount")], "1031.67");
    assert!(rows[0][at("year_to_date")].contains("\"outpatient.deductible\":\"1300.00\""));
    let rejects = std::fs::read_to_string(folder.path("answers.rejects.csv")).unwrap();
    for words in [["3,b,amounts.total", "应等于"], ["4,c,person.status", "king"], ["4,c,visit.community", "maybe"]] {
        let found = rejects.lines().any(|line| line.contains(words[0]));
        assert!(found, "{words:?} not in\n{rejects}");
    }
    // The same rows as Parquet, read back from Parquet: the same answers.
    let parquet = folder.path("answers.parquet");
    check(&["settle", &file, "--out", parquet.to_str().unwrap()], 1, &["结算 2 例"]);
    assert!(std::fs::read(&parquet).unwrap().starts_with(b"PAR1"));
    // A clean run leaves no refusals of an earlier one behind.
    let clean: String = TABLE.lines().take(2).map(|line| format!("{line}\n")).collect();
    let file = folder.put("clean.csv", &clean);
    check(&["settle", &file, "--out", out.to_str().unwrap()], 0, &["结算 1 例，退回 0 例"]);
    assert!(!folder.path("answers.rejects.csv").exists());
}

#[test]
fn contributions_are_answered_with_their_sources() {
    let folder = Folder::new();
    let file = folder
        .put("c.json", r#"{"area":"310000","on":"2025-08-01","scheme":"employee","status":"active","wage":"5000"}"#);
    let answer: Value = serde_json::from_str(&check(&["contribution", &file], 0, &[]).out).unwrap();
    // Below the floor of 7,460 from 2025-07-01 (policies.md §6): 2 % and 9 % of the floor.
    assert_eq!((answer["base"].as_str(), answer["employee"].as_str()), (Some("7460.00"), Some("149.20")));
    assert!(!answer["trace"].as_array().unwrap().is_empty());
    let file = folder.put("d.json", r#"{"area":"310000","on":"2025-08-01","scheme":"employee","wag":"5000"}"#);
    check(&["contribution", &file], 1, &["wag", "是否应为“wage”"]);
}

#[test]
fn the_shipped_policy_is_checked_shown_and_compared() {
    check(&["policy", "check"], 0, &["0 处问题"]);
    check(&["policy", "show", "990100", "--on", "2025-06-01"], 0, &["示例甲市", "门诊统筹", "2025-06-01"]);
    check(&["policy", "show", "123456", "--on", "2025-06-01"], 2, &["没有收录统筹区 123456", "990100"]);
    let folder = Folder::new();
    let copied =
        Command::new("cp").arg("-r").arg(Path::new(DATA).join("policy")).arg(folder.0.path()).status().unwrap();
    assert!(copied.success());
    let file = folder.path("policy/990100/employee/inpatient.toml");
    let text = std::fs::read_to_string(&file).unwrap().replacen("value = \"150000\"", "value = \"160000\"", 1);
    std::fs::write(&file, &text).unwrap();
    let (shipped, changed) = (format!("{DATA}/policy"), folder.path("policy"));
    let changed = changed.to_str().unwrap();
    check(&["policy", "diff", &shipped, changed], 0, &["pool.cap", "150000", "160000", "共 1 处不同"]);
    std::fs::write(&file, text.replacen("slot = \"pool.rate\"", "slot = \"pool.rat\"", 1)).unwrap();
    folder.put("policy/990400/items.csv", "item,class\nA,甲\n");
    check(&["policy", "check", changed], 1, &["inpatient.toml", "pool.rat"]);
    check(&["policy", "check", "/nonexistent"], 2, &["找不到政策目录"]);
}

/// A small city whose persons are insured in 610100, replayed under the law of an invented city.
fn simulate(folder: &Folder, reform: &str, arguments: &[&str]) -> Vec<String> {
    let city = folder.path("city");
    if !city.exists() {
        let city = city.to_str().unwrap();
        let generate = ["generate", "--persons", "400", "--days", "365", "--seed", "7", "--violations", "none"];
        check(&[&generate[..], &["--first-day", "2025-01-01", "--format", "csv", "--out", city]].concat(), 0, &[]);
    }
    let mut all: Vec<String> = ["simulate", "--lake"].iter().map(|word| (*word).to_owned()).collect();
    let places = [&city, &folder.path(reform), &folder.path("out")].map(|path| path.to_str().unwrap().to_owned());
    let [city, reform, out] = places;
    all.extend([city, "--reform".into(), reform, "--out".into(), out]);
    all.extend(arguments.iter().map(|word| (*word).to_owned()));
    all
}

const WHERE: [&str; 6] = ["--area", "990100", "--data-area", "610100", "--year", "2025"];

#[track_caller]
fn run(arguments: &[String], code: i32, words: &[&str]) -> Ran {
    let texts: Vec<&str> = arguments.iter().map(String::as_str).collect();
    check(&texts, code, words)
}

fn money(value: &Value) -> i64 {
    model::Fen::parse(value.as_str().unwrap().as_bytes()).unwrap().0
}

#[test]
fn i3_a_simulation_adds_up_in_every_table() {
    let folder = Folder::new();
    let rows = "[[value]]\nslot = \"pool.rate\"\nvalue = \"0.95\"\nwhen = { community = false }\n";
    folder.put("reform/reform.toml", "name = \"提高住院比例\"\n");
    folder.put("reform/990100/employee/rate.toml", rows);
    run(&simulate(&folder, "reform", &WHERE), 0, &["提高住院比例", "两次重放一致", "report.html"]);
    let summary: Value =
        serde_json::from_str(&std::fs::read_to_string(folder.path("out/summary.json")).unwrap()).unwrap();
    let change = money(&summary["total"]["change"]);
    assert!(change > 0 && summary["total"]["changed"].as_u64().unwrap() > 0, "{}", summary["total"]);
    let sum = |rows: &Value, key: &str| rows.as_array().unwrap().iter().map(|row| money(&row[key])).sum::<i64>();
    assert_eq!(sum(&summary["funds"], "change"), change);
    assert_eq!(sum(&summary["months"], "change"), change);
    let groups = summary["groups"].as_array().unwrap();
    for dimension in ["scheme", "kind", "level", "age_band", "income"] {
        let of = groups.iter().filter(|row| row["dimension"] == dimension);
        assert_eq!(of.map(|row| money(&row["change"])).sum::<i64>(), change, "{dimension}");
    }
    let outpatient = groups.iter().find(|row| row["group"] == "门诊").unwrap();
    assert_eq!((money(&outpatient["change"]), &outpatient["changed"]), (0, &json!(0)));
    let all = &summary["persons"]["all"];
    assert_eq!(money(&all["gain"]) - money(&all["loss"]), change);
    let mut reader = csv::Reader::from_path(folder.path("out/institutions.csv")).unwrap();
    let at = reader.headers().unwrap().iter().position(|name| name == "change").unwrap();
    let institutions: i64 = reader.records().map(|row| model::Fen::parse(row.unwrap()[at].as_bytes()).unwrap().0).sum();
    assert_eq!(institutions, change);
    let page = std::fs::read_to_string(folder.path("out/report.html")).unwrap();
    assert!(page.contains("<svg") && page.contains("提高住院比例") && !page.contains("http://"));
    // I12: nobody is named, neither on the page nor in a table.
    let persons = std::fs::read_to_string(folder.path("city/persons.csv")).unwrap();
    let numbers: Vec<&str> = persons.lines().skip(1).filter_map(|line| line.split(',').next()).collect();
    assert!(numbers.len() == 400 && numbers.iter().all(|number| number.len() > 6));
    for name in ["report.html", "summary.json", "most_affected.csv", "institutions.csv"] {
        let text = std::fs::read_to_string(folder.path("out").join(name)).unwrap();
        assert!(numbers.iter().all(|number| !text.contains(number)), "a person is named in {name}");
    }
}

#[test]
fn a_simulation_that_cannot_be_run_says_why() {
    let folder = Folder::new();
    let rows = |slot: &str| format!("[[value]]\nslot = \"{slot}\"\nvalue = \"0.95\"\n");
    folder.put("good/990100/employee/rate.toml", &rows("pool.rate"));
    folder.put("tier/990100/employee/rate.toml", &rows("pol.rate"));
    let two = rows("pool.rate").replace("value = \"0.95\"", "value = \"0.95\"\nwhen = { level = [\"3\"] }")
        + &rows("pool.rate").replace("value = \"0.95\"", "value = \"0.96\"\nwhen = { status = [\"retired\"] }");
    folder.put("two/990100/employee/rate.toml", &two);
    std::fs::create_dir(folder.path("empty")).unwrap();
    let run = |reform: &str, arguments: &[&str], words: &[&str]| run(&simulate(&folder, reform, arguments), 2, words);
    run("tier", &WHERE, &["改革方案", "没有待遇层“pol”", "rate.toml:2", "pool.rate"]);
    run("two", &WHERE, &["改革方案/990100/employee/rate.toml:1", "两行同时适用"]);
    run("empty", &WHERE, &["没有任何参数值"]);
    run("nowhere", &WHERE, &["找不到改革方案目录"]);
    run("good", &["--area", "999999", "--year", "2025"], &["没有统筹区 999999", "990100"]);
    run("good", &["--area", "990100", "--year", "2025"], &["没有统筹区 990100 在 2025 年的结算", "--data-area"]);
    let visits = "mdtrt_id,psn_no,fixmedins_code,med_type,begntime\nV1,P1,H1,11,2025-01-01\n";
    folder.put("bare/visits.csv", visits);
    folder.put("bare/persons.csv", "psn_no,gend,brdy\nP1,1,1980-01-01\n");
    let bare = folder.path("bare");
    let (bare, good, out) = (bare.to_str().unwrap(), folder.path("good"), folder.path("out"));
    let arguments = ["simulate", "--lake", bare, "--reform", good.to_str().unwrap(), "--out", out.to_str().unwrap()];
    check(&[&arguments[..], &WHERE].concat(), 2, &["缺少 inscp_scp_amt", "无法重算待遇"]);
}
