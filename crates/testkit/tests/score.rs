//! The scorer on hand-made files.

#![allow(clippy::expect_used, reason = "a helper that fails is a failed test")]

use std::collections::BTreeMap;

use model::{Fen, Severity};
use testkit::{Ratio, Score, Target, TestkitError, score_bytes};

const TRUTH: &str = "rule_id,psn_no,mdtrt_id,feedetl_sn,kind,dose,cnt_over,amount_fen,note\n";
const FINDINGS: &str = "finding_id,rule_id,severity,mdtrt_id,feedetl_sn,amount_fen,evidence\n";

fn scored(truth: &str, findings: &str) -> Result<Score, TestkitError> {
    let severities = BTreeMap::from([("r-quiet".to_owned(), Severity::Suspicious)]);
    score_bytes(format!("{TRUTH}{truth}").as_bytes(), format!("{FINDINGS}{findings}").as_bytes(), &severities)
}

/// Planted, found, missed, unexpected, look-alikes, of these hit, amount off; recall, precision.
fn check(truth: &str, findings: &str, rule: &str, expect: [i64; 7], ratios: [&str; 2]) {
    let score = scored(truth, findings).expect("a score");
    let c = score.rules[rule].counts;
    let counts = [c.planted, c.found, c.missed, c.unexpected, c.look_alikes, c.look_alikes_hit].map(|n| n as i64);
    let actual = [counts[0], counts[1], counts[2], counts[3], counts[4], counts[5], c.amount_off.0];
    assert_eq!(actual, expect, "{rule}: {truth} against {findings}");
    assert_eq!([c.recall().to_string(), c.precision().to_string()], ratios, "{rule}");
}

#[test]
fn rows_match_by_rule_visit_and_line() {
    let all = "r1,p,v1,l1,violation,d,1,500,\nr1,p,v1,l2,violation,d,1,300,\nr1,p,v2,l9,look-alike,d,0,,\n";
    check(all, "f,r1,clear,v1,l1,500,e\nf,r1,clear,v1,l2,300,e\n", "r1", [2, 2, 0, 0, 1, 0, 0], ["1.0000", "1.0000"]);
    check(all, "f,r1,clear,v1,l1,520,e\n", "r1", [2, 1, 1, 0, 1, 0, 20], ["0.5000", "1.0000"]);
    check(all, "f,r1,clear,v1,l1,470,e\nf,r1,clear,v2,l9,1,e\n", "r1", [2, 1, 1, 1, 1, 1, 30], ["0.5000", "0.5000"]);
    check(all, "", "r1", [2, 0, 2, 0, 1, 0, 0], ["0.0000", "1.0000"]);
    // Another visit's line of the same number is another line; so is the visit itself.
    check(all, "f,r1,clear,v9,l1,500,e\nf,r1,clear,v1,,500,e\n", "r1", [2, 0, 2, 2, 1, 0, 0], ["0.0000", "0.0000"]);
    check(all, "f,r2,clear,v1,l1,500,e\n", "r2", [0, 0, 0, 1, 0, 0, 0], ["1.0000", "0.0000"]);
}

#[test]
fn an_institution_as_a_whole_is_matched_by_its_code() {
    let truth = "rule_id,psn_no,mdtrt_id,feedetl_sn,kind,dose,cnt_over,amount_fen,note,fixmedins_code\n\
                 r1,,,,violation,d,0,,,H1\nr1,,,,look-alike,d,0,,,H2\n";
    let counts = |findings: &str| {
        let findings = format!("rule_id,severity,mdtrt_id,feedetl_sn,amount_fen,evidence,fixmedins_code\n{findings}");
        let score = score_bytes(truth.as_bytes(), findings.as_bytes(), &BTreeMap::new()).expect("a score");
        let c = score.rules["r1"].counts;
        [c.found, c.missed, c.unexpected, c.look_alikes_hit]
    };
    assert_eq!(counts("r1,suspicious,,,0,e,H1\nr1,suspicious,,,0,another month,H1\n"), [1, 0, 0, 0]);
    assert_eq!(counts("r1,suspicious,,,0,e,H2\n"), [0, 1, 1, 1]);
    // A visit's finding is not one about its institution.
    assert_eq!(counts("r1,suspicious,v1,,0,e,H1\n"), [0, 1, 1, 0]);
}

#[test]
fn money_is_compared_only_where_the_truth_fixes_it() {
    let truth = "r1,p,v1,,violation,d,1,,\nr1,p,v2,,violation,d,1,100,\n";
    check(truth, "f,r1,clear,v1,,999,e\nf,r1,clear,v2,,90,e\n", "r1", [2, 2, 0, 0, 0, 0, 10], ["1.0000", "1.0000"]);
    // Two points of one rule on one line are one finding, the dearer.
    check(truth, "f,r1,clear,v2,,90,e\nf,r1,clear,v2,,100,e\n", "r1", [2, 1, 1, 0, 0, 0, 0], ["0.5000", "1.0000"]);
}

#[test]
fn severities_come_from_findings_or_from_the_caller() {
    let truth = "r-loud,p,v1,l1,violation,d,1,5,\nr-quiet,p,v1,l2,violation,d,1,5,\nr-odd,p,v1,l3,violation,d,1,5,\n";
    let score = scored(truth, "f,r-loud,clear,v1,l1,5,e\n").expect("a score");
    assert_eq!(score.rules["r-loud"].severity, Some(Severity::Clear));
    assert_eq!(score.rules["r-quiet"].severity, Some(Severity::Suspicious));
    assert_eq!(score.rules["r-odd"].severity, None);
    assert_eq!(score.of_severity(Some(Severity::Clear)).amount_planted, Fen(5));
    assert_eq!(score.exit_status(Target::REQUIRED), 1, "two are missed");
    let text = score.text();
    assert!(text.contains("明确违规") && text.contains("可疑") && text.contains("未知"), "{text}");
    assert!(text.contains("漏查  r-quiet  就诊 v1  明细 l2"), "{text}");
}

#[test]
fn the_target_is_all_of_the_clear_and_most_of_the_suspicious() {
    let truth: String = (0..20).map(|n| format!("r-quiet,p,v{n},,violation,d,1,,\n")).collect();
    let found = |count: usize| -> String { (0..count).map(|n| format!("f,r-quiet,suspicious,v{n},,0,e\n")).collect() };
    for (count, status) in [(20, 0), (19, 0), (18, 1)] {
        let score = scored(&truth, &found(count)).expect("a score");
        assert_eq!(score.exit_status(Target::REQUIRED), status, "{count} of 20");
    }
    let nothing = scored("", "").expect("a score");
    assert_eq!(nothing.exit_status(Target::REQUIRED), 0);
}

#[test]
fn a_ratio_is_rounded_down() {
    for (part, whole, expect) in
        [(0, 0, "1.0000"), (0, 3, "0.0000"), (2, 3, "0.6666"), (99_999, 100_000, "0.9999"), (7, 7, "1.0000")]
    {
        assert_eq!(Ratio::of(part, whole).to_string(), expect, "{part}/{whole}");
    }
}

#[test]
fn a_bad_file_says_where_and_what() {
    for (truth, findings, words) in [
        ("r1,p,v1,l1,maybe,d,1,5,\n", "", ["truth.csv 第 2 行", "maybe"]),
        ("r1,p,v1,l1,violation,d,1,five,\n", "", ["truth.csv 第 2 行", "five"]),
        ("", "f,r1,clear,v1,l1,x,e\n", ["findings.csv 第 2 行", "“x”"]),
    ] {
        let message = scored(truth, findings).expect_err("refused").to_string();
        assert!(words.iter().all(|word| message.contains(word)), "{message}");
    }
    let message = score_bytes(b"rule_id\n", FINDINGS.as_bytes(), &BTreeMap::new()).expect_err("refused").to_string();
    assert!(message.contains("缺少列 psn_no"), "{message}");
}
