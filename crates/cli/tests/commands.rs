//! The commands that answer questions, and what they say when the question is wrong.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]

use std::path::Path;
use std::process::Command;

/// Runs a command; expects the exit code and that the answer (both streams) holds every word.
fn check(arguments: &[&str], code: i32, words: &[&str]) {
    let output = Command::new(env!("CARGO_BIN_EXE_yibao"))
        .args(["--data", concat!(env!("CARGO_MANIFEST_DIR"), "/../..")])
        .args(arguments)
        .output()
        .unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{arguments:?}\n{text}");
    for word in words {
        assert!(text.contains(word), "{arguments:?}: “{word}” not in\n{text}");
    }
}

#[test]
fn questions_are_answered() {
    check(&["rule", "list"], 0, &["drug-sex-specific", "GZ10000301004000", "共 "]);
    check(&["rule", "list", "--status", "running"], 0, &["overlapping-stays", "drug-stock-flow-anomaly", "共 "]);
    check(&["rule", "show", "antibiotic-tier"], 0, &["示例（假定值）6 个", "knowledge/local/antibiotic-tier.csv"]);
    check(
        &["rule", "show", "GZ10000301004000"],
        0,
        &["药品区分性别使用", "attribute_limit", "attribute = sex　限定的属性", "查什么"],
    );
    check(&["rule", "show", "drug-sex-specfic"], 2, &["是否要找“drug-sex-specific”"]);
    check(&["rule", "test", "drug-sex-specific"], 0, &["0 个失败"]);
    check(&["knowledge", "stats"], 0, &["3,671", "29,307", "药品区分性别使用"]);
    check(&["knowledge", "show", "ZC01AAA0042010105549", "--on", "2025-03-01"], 0, &["KP-179b4e80cac4d79f", "第五批"]);
    check(&["knowledge", "show", "ZC01AAA0042010105549", "--on", "2026-03-01"], 0, &["KP-f6a6300879e29bd6"]);
    check(&["knowledge", "derive"], 0, &["一致"]);
    check(&["catalog", "lookup", "E11.900"], 0, &["2型糖尿病"]);
    check(&["catalog", "lookup", "住院诊查费"], 0, &["110200005"]);
    check(&["catalog", "lookup", "没有这种东西的名字"], 1, &["目录中没有"]);
    check(&["catalog", "lookup", "E11", "--on", "昨天"], 2, &["不是日期"]);
}

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let temp = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(temp.path().join(name), text).unwrap();
    }
    temp
}

fn audit(claims: &Path, code: i32, words: &[&str]) -> tempfile::TempDir {
    let out = tempfile::tempdir().unwrap();
    check(&["audit", claims.to_str().unwrap(), "--out", out.path().to_str().unwrap()], code, words);
    out
}

const PERSONS: &str = "psn_no,gend,brdy\nP1,1,1980-01-01\nP2,2,1990-05-05\n";
const INSTITUTIONS: &str = "fixmedins_code,fixmedins_name,fixmedins_type,hosp_lv\nH1,示例医院,1,2\n";
const VISITS: &str =
    "mdtrt_id,psn_no,fixmedins_code,med_type,begntime,endtime\nV1,P1,H1,11,2025-06-01 09:00:00,2025-06-01 10:00:00\n";
const LINES: &str =
    "feedetl_sn,mdtrt_id,med_list_codg,fee_ocur_time,cnt,pric,det_item_fee_sumamt,psn_no,orders_dr_code\n";

#[test]
fn bad_input_is_said_clearly_and_the_rest_is_audited() {
    audit(folder(&[]).path(), 2, &["visits", "charge_lines"]);
    audit(Path::new("/nonexistent-folder"), 2, &["/nonexistent-folder"]);
    let lines = format!(
        "{LINES}L1,V1,ZD03AAA0043010100166,2025/6/1 09:30:00,2,12.50,25.00,P1,D1\nL2,V9,110200001,2025-06-01,1,8,8.00,P1,D1\n\
         L3,V1,110200001,2025-06-01,x,8,8.00,P1,D1\nL1,V1,ZD03AAA0043010100166,2025/6/1 09:30:00,2,12.50,25.00,P1,D1\n"
    );
    let claims = folder(&[
        ("persons.csv", PERSONS),
        ("institutions.csv", INSTITUTIONS),
        ("visits.csv", VISITS),
        ("charge_lines.csv", &lines),
    ]);
    let out = audit(claims.path(), 1, &["charge_lines"]);
    let findings = std::fs::read_to_string(out.path().join("findings.csv")).unwrap();
    assert!(findings.contains("drug-sex-specific") && findings.contains("25.00元"), "{findings}");
    let rejects = std::fs::read_to_string(out.path().join("rejects/charge_lines.csv")).unwrap();
    assert_eq!(rejects.lines().count(), 4, "{rejects}");
    let summary = std::fs::read_to_string(out.path().join("summary.json")).unwrap();
    assert!(summary.contains("数据缺列") || summary.contains("needs"), "rules not run are listed");
}

#[test]
fn odd_values_are_taken_as_meant_and_noted() {
    let persons = "psn_no,gend,brdy\nP1,男,1980-01-01\n";
    let lines = format!(
        "{LINES}L1,V1,002101030300000-210103030,2025-06-01 09:30:00,1,50,50.00,P1,D1\nL2,V1,110200001,9999-12-31,1,8,8.00,P1,D1\n\
         L3,V1,ZD03AAA0043010100166,2025-06-01 09:30:00,1,9,9.00,P1,D1\n"
    );
    let claims = folder(&[
        ("persons.csv", persons),
        ("institutions.csv", INSTITUTIONS),
        ("visits.csv", VISITS),
        ("charge_lines.csv", &lines),
    ]);
    let out = audit(claims.path(), 0, &["charge_lines"]);
    let findings = std::fs::read_to_string(out.path().join("findings.csv")).unwrap();
    assert!(findings.contains("service-sex-specific"), "a local suffix hides nothing: {findings}");
    assert!(findings.contains("drug-sex-specific"), "男 is 1: {findings}");
    let summary = std::fs::read_to_string(out.path().join("summary.json")).unwrap();
    assert!(summary.contains("性别写成男、女"), "{summary}");
    let foreign = format!(
        "{LINES}L1,V1,ZD03AAA0043010100166,2025-06-01 09:30:00,2,9,18.00,P1,D1\nL2,V1,110200001,2025-06-01 09:40:00,-1,8,-8.00,P1,D1\n"
    )
    .replace("orders_dr_code\n", "orders_dr_code,init_feedetl_sn\n")
    .replace("P1,D1\nL2", "P1,D1,\nL2")
    .replace("-8.00,P1,D1", "-8.00,P1,D1,L1");
    std::fs::write(claims.path().join("charge_lines.csv"), foreign).unwrap();
    let out = audit(claims.path(), 0, &[]);
    let findings = std::fs::read_to_string(out.path().join("findings.csv")).unwrap();
    assert!(findings.contains("涉及18.00元"), "a refund of another item takes nothing back: {findings}");
}

#[test]
fn a_broken_rule_or_table_stops_everything_with_every_mistake_named() {
    let temp = tempfile::tempdir().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for part in ["rules", "knowledge", "catalog"] {
        let copied = Command::new("cp").arg("-r").arg(root.join(part)).arg(temp.path()).status().unwrap();
        assert!(copied.success());
    }
    let rule = temp.path().join("rules/drug-use/drug-sex-specific.md");
    let text = std::fs::read_to_string(&rule).unwrap().replace("severity = \"clear\"", "severty = \"clear\"");
    std::fs::write(&rule, text).unwrap();
    let sets = temp.path().join("knowledge/code_sets.csv");
    let text = std::fs::read_to_string(&sets).unwrap() + "x,某集,icd10,ZZZZ9,\n";
    std::fs::write(&sets, text).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_yibao"))
        .arg("--data")
        .arg(temp.path())
        .args(["rule", "list"])
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2));
    for word in ["severty", "severity", "drug-sex-specific.md", "ZZZZ9", "未运行"] {
        assert!(text.contains(word), "“{word}” not in\n{text}");
    }
}
