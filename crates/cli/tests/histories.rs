//! Rules about a person's history, held against naive oracles on random folders: overlaps, readmissions, frequencies,
//! supply. What the random persons do is far denser than life, so that windows and runs meet in every way.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]

use lake::{ClaimsWriter, DiagnosisRow, Format, InstitutionRow, LineRow, PersonRow, VisitRow};
use model::{CareSetting, Day, Fen, Quantity, Stamp, UnitPrice};
use std::path::Path;
use std::process::Command;
use testkit::history_oracle as oracle;
use testkit::oracle::OracleFinding;
use testkit::{Claims, Sink};

/// A small linear congruential generator: the same seed, the same folder.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len() as u64) as usize]
    }
}

const HOUSES: [&str; 4] = ["H61010000001", "H61010000002", "H61010000003", "P61010000001"];
const DIAGNOSES: [&str; 4] = ["M51.200", "M51.202", "J18.900", "K29.000"];
/// Two ingredients, one of them in two packs.
const DRUGS: [&str; 3] = ["XC09CAA284A001010100553", "XC09CAA284A001010200553", "XA10BKA338A001010178001"];

/// Writes the same rows to the folder and to memory.
struct Both<'c>(ClaimsWriter, &'c mut Claims);

impl Both<'_> {
    fn visit(&mut self, row: &VisitRow<'_>) {
        self.0.visit(row).unwrap();
        self.1.visit(row).unwrap();
    }

    fn line(&mut self, row: &LineRow<'_>) {
        self.0.line(row).unwrap();
        self.1.line(row).unwrap();
    }
}

fn random_folder(folder: &Path, seed: u64) -> Claims {
    let mut dice = Dice(seed);
    let mut claims = Claims::default();
    let mut both = Both(ClaimsWriter::create(folder, Format::Csv).unwrap(), &mut claims);
    for code in HOUSES {
        let kind = if code.starts_with('P') { "2" } else { "1" };
        let row =
            InstitutionRow { fixmedins_code: code, fixmedins_type: kind, hosp_lv: "5", ..InstitutionRow::default() };
        both.0.institution(&row).unwrap();
        both.1.institution(&row).unwrap();
    }
    let first = Day::from_civil(2025, 3, 1).unwrap();
    for person in 0..60 {
        let psn_no = format!("{person:05}");
        let row = PersonRow { psn_no: &psn_no, gend: "1", brdy: Day::from_civil(1970, 1, 1), ..PersonRow::default() };
        both.0.person(&row).unwrap();
        both.1.person(&row).unwrap();
        for number in 0..3 + dice.below(18) {
            let day = dice.below(150) as i32;
            random_visit(&mut dice, &mut both, (&psn_no, number), first.plus(day));
        }
    }
    both.0.finish().unwrap();
    claims
}

fn random_visit(dice: &mut Dice, both: &mut Both<'_>, (psn_no, number): (&str, u64), day: Day) {
    let mdtrt_id = format!("{psn_no}{number:03}");
    let stay = dice.below(3) == 0;
    let house = if stay { HOUSES[dice.below(3) as usize] } else { dice.pick(&HOUSES) };
    let begins = Stamp(day.start().0 + dice.below(86_000) as i64);
    let ends = if stay { Stamp(begins.0 + dice.below(12 * 86_400) as i64) } else { Stamp(begins.0 + 1800) };
    both.visit(&VisitRow {
        mdtrt_id: &mdtrt_id,
        psn_no,
        fixmedins_code: house,
        med_type: if stay { "21" } else { "11" },
        begntime: begins,
        endtime: (dice.below(12) > 0).then_some(ends),
        refd_setl_flag: if dice.below(15) == 0 { "1" } else { "0" },
        ..VisitRow::default()
    });
    let row = DiagnosisRow {
        mdtrt_id: &mdtrt_id,
        diag_code: dice.pick(&DIAGNOSES),
        maindiag_flag: "1",
        ..DiagnosisRow::default()
    };
    both.0.diagnosis(&row).unwrap();
    both.1.diagnosis(&row).unwrap();
    for line in 0..1 + dice.below(3) {
        let sn = format!("{mdtrt_id}{line}");
        let quantity = Quantity::whole(1 + dice.below(4) as i64);
        let price = UnitPrice(10_000 * (1 + dice.below(50) as i64));
        let row = LineRow {
            feedetl_sn: &sn,
            mdtrt_id: &mdtrt_id,
            psn_no,
            med_list_codg: dice.pick(&DRUGS),
            fee_ocur_time: Stamp(begins.0 + 60 * line as i64),
            cnt: quantity,
            pric: price,
            det_item_fee_sumamt: price.times(quantity),
            prd_days: (dice.below(4) > 0).then(|| 1 + dice.below(40) as u32),
            ..LineRow::default()
        };
        both.line(&row);
        if dice.below(10) == 0 {
            let back = format!("{sn}R");
            let (cnt, amount) = (-quantity, -price.times(quantity));
            both.line(&LineRow { feedetl_sn: &back, cnt, det_item_fee_sumamt: amount, init_feedetl_sn: &sn, ..row });
        }
    }
}

/// What the oracles say of the folder.
fn expected(claims: &Claims) -> Vec<OracleFinding> {
    let mut all = oracle::overlapping_stays(claims, "overlapping-stays", 24);
    let settings = [CareSetting::Outpatient, CareSetting::Pharmacy];
    all.extend(oracle::outpatient_during_stay(claims, "outpatient-during-stay", &settings));
    all.extend(oracle::repeat_admission(claims, "split-admission", 7));
    all.extend(oracle::frequent_stays(claims, "frequent-admission", (3, 90)));
    all.extend(oracle::cumulative_supply(claims, "cumulative-overquantity", (90, 104)));
    all.extend(oracle::early_refill(claims, "multi-institution-prescribing", (7, 3)));
    all.sort();
    all
}

const RULES: [&str; 6] = [
    "overlapping-stays",
    "outpatient-during-stay",
    "split-admission",
    "frequent-admission",
    "cumulative-overquantity",
    "multi-institution-prescribing",
];

fn audited(folder: &Path, threads: &str, rules: &[&str]) -> Vec<OracleFinding> {
    let out = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_yibao"));
    command.args(["--data", concat!(env!("CARGO_MANIFEST_DIR"), "/../.."), "audit"]).arg(folder);
    command.arg("--out").arg(out.path()).args(["--threads", threads, "--rules", &rules.join(",")]);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut reader = csv::Reader::from_path(out.path().join("findings.csv")).unwrap();
    let headers = reader.headers().unwrap().clone();
    let mut findings: Vec<OracleFinding> = reader
        .records()
        .map(|record| {
            let record = record.unwrap();
            let get = |name: &str| &record[headers.iter().position(|header| header == name).unwrap()];
            OracleFinding {
                rule_id: get("rule_id").into(),
                mdtrt_id: get("mdtrt_id").into(),
                feedetl_sn: get("feedetl_sn").into(),
                cnt_over: Quantity::parse(get("cnt_over").as_bytes()).unwrap(),
                amount: Fen(get("amount_fen").parse().unwrap()),
            }
        })
        .collect();
    findings.sort();
    findings
}

#[test]
fn i8_history_rules_agree_with_naive_oracles_on_random_folders() {
    for seed in 1..=4 {
        let folder = tempfile::tempdir().unwrap();
        let claims = random_folder(folder.path(), seed);
        let expected = expected(&claims);
        for rule in RULES {
            assert!(expected.iter().any(|finding| finding.rule_id == rule), "seed {seed} never violates {rule}");
        }
        let found = audited(folder.path(), if seed % 2 == 0 { "2" } else { "1" }, &RULES);
        let lacking: Vec<&OracleFinding> = expected.iter().filter(|finding| !found.contains(finding)).collect();
        let surplus: Vec<&OracleFinding> = found.iter().filter(|finding| !expected.contains(finding)).collect();
        assert!(
            lacking.is_empty() && surplus.is_empty(),
            "seed {seed}: the engine lacks {lacking:#?}, has besides {surplus:#?}"
        );
    }
}

/// What an institution sold of a drug, reversed settlements and refunds left out.
fn sold(claims: &Claims, house: &str, code: &str) -> (Quantity, Fen) {
    let judged = |mdtrt_id: &str| {
        claims.visits.iter().any(|visit| visit.mdtrt_id == mdtrt_id && visit.institution == house && !visit.reversed)
    };
    let lines = || claims.lines.iter().filter(|line| line.code == code && judged(&line.mdtrt_id));
    (lines().map(|line| line.quantity).sum(), lines().map(|line| line.amount).sum())
}

#[test]
fn a_stock_table_beside_the_claims_lets_the_rules_on_stock_run() {
    let folder = tempfile::tempdir().unwrap();
    let claims = random_folder(folder.path(), 9);
    let rules = ["drug-stock-flow-anomaly"];
    let (short, enough) = (DRUGS[0], DRUGS[1]);
    let (quantity, amount) = sold(&claims, HOUSES[0], short);
    let purchased = Quantity::whole(quantity.0 / Quantity::SCALE / 2);
    let all = sold(&claims, HOUSES[0], enough).0;
    let rows = [(short, purchased), (enough, all)]
        .map(|(code, purchased)| format!("{},{code},2025-01-01,2025-12-31,10,{purchased},0,10", HOUSES[0]));
    let header = "fixmedins_code,med_list_codg,begndate,enddate,begn_inv_cnt,purc_cnt,purc_retn_cnt,end_inv_cnt";
    std::fs::write(folder.path().join("stock.csv"), format!("{header}\n{}\n", rows.join("\n"))).unwrap();
    let over = quantity - purchased;
    let expected = OracleFinding {
        rule_id: rules[0].into(),
        mdtrt_id: String::new(),
        feedetl_sn: String::new(),
        cnt_over: over,
        amount: amount.share(over, quantity),
    };
    for threads in ["1", "2"] {
        assert_eq!(audited(folder.path(), threads, &rules), std::slice::from_ref(&expected));
    }
}
