//! Rules about institutions and groups on the command line: the same from a folder and from a lake of it.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]

use std::path::Path;
use std::process::Command;

fn run(arguments: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_yibao"))
        .args(["--data", concat!(env!("CARGO_MANIFEST_DIR"), "/../..")])
        .args(arguments)
        .output()
        .unwrap();
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{arguments:?} → {}\n{text}", output.status);
    text
}

/// Three persons settle the same pack at one pharmacy, a fourth one another pack.
fn claims(folder: &Path) {
    let write = |name: &str, text: String| std::fs::write(folder.join(name), text).unwrap();
    std::fs::create_dir_all(folder).unwrap();
    let persons: String = (1..=4).map(|n| format!("P{n},1,1980-01-0{n},310\n")).collect();
    write("persons.csv", format!("psn_no,gend,brdy,insutype\n{persons}"));
    write("institutions.csv", "fixmedins_code,fixmedins_type,admdvs\nY1,2,610100\n".into());
    let visits: String =
        (1..=4).map(|n| format!("V{n},P{n},Y1,41,2025-08-0{n} 10:00:00,2025-08-0{n} 10:05:00\n")).collect();
    write("visits.csv", format!("mdtrt_id,psn_no,fixmedins_code,med_type,begntime,endtime\n{visits}"));
    let pack = |n: u32| if n == 4 { "81000010000000000002" } else { "81000010000000000001" };
    let line = |n: u32| format!("L{n},V{n},XA02BCA084A012010100453,2025-08-0{n} 10:00:00,1,60,60,{}\n", pack(n));
    let head = "feedetl_sn,mdtrt_id,med_list_codg,fee_ocur_time,cnt,pric,det_item_fee_sumamt,drug_trac_codg";
    write("charge_lines.csv", format!("{head}\n{}", (1..=4).map(line).collect::<String>()));
}

#[test]
fn i8_a_folder_and_its_lake_say_the_same_of_a_pack_sold_thrice() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name).to_str().unwrap().to_owned();
    claims(&place.path().join("claims"));
    run(&["lake", "add", &at("claims"), "--lake", &at("lake")]);
    let rules = ["--rules", "trace-repeat-same-institution,trace-missing"];
    run(&[&["audit", &at("claims"), "--out", &at("a")], &rules[..]].concat());
    run(&[&["audit", "--lake", &at("lake"), "--out", &at("b")], &rules[..]].concat());
    let findings = |name: &str| std::fs::read_to_string(place.path().join(name).join("findings.csv")).unwrap();
    assert_eq!(findings("a"), findings("b"));
    let rows: Vec<String> = findings("a").lines().skip(1).map(str::to_owned).collect();
    assert_eq!(rows.len(), 2, "{rows:?}");
    for (row, (visit, ordinal)) in rows.iter().zip([("V2", "第2次"), ("V3", "第3次")]) {
        assert!(row.contains(visit) && row.contains(ordinal) && row.contains("suspicious"), "{row}");
        // Suspicions of many visits count no money.
        assert!(row.contains(",6000,0,"), "{row}");
    }
    // The later visits lie outside the period; what made them suspicious may not.
    run(&[&["audit", &at("claims"), "--out", &at("c"), "--until", "2025-08-03"], &rules[..]].concat());
    assert_eq!(findings("c").lines().count(), 2);
}

#[test]
fn rules_about_institutions_run_unless_they_are_left_out_or_named() {
    let place = tempfile::tempdir().unwrap();
    let at = |name: &str| place.path().join(name).to_str().unwrap().to_owned();
    claims(&place.path().join("claims"));
    let found = |out: &str, more: &[&str]| {
        run(&[&["audit", &at("claims"), "--out", &at(out)], more].concat());
        let text = std::fs::read_to_string(place.path().join(out).join("findings.csv")).unwrap();
        text.matches("trace-repeat-same-institution").count()
    };
    assert_eq!(found("by-default", &[]), 2);
    assert_eq!(found("left-out", &["--without-population"]), 0);
    let told = std::fs::read_to_string(place.path().join("left-out/summary.json")).unwrap();
    assert!(told.contains("本次以 --without-population 略过"), "the report says which rules did not run, and why");
    assert_eq!(found("named", &["--without-population", "--rules", "trace-repeat-same-institution"]), 2);
}
