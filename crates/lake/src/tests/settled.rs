//! Settlements read without their lines.

use model::{Day, Fen, Insurance};

use super::city::folder;
use crate::settled::{Settled, SettledScope, read_settled};
use crate::{ClaimsWriter, Format, LakeError, PersonRow, VisitRow};

const PERSONS: &str = "psn_no,gend,brdy,insutype,psn_type,insuplc_admdvs,spec_psn_type\n\
    P2,2,1950-05-05,390,16,990105,2\n\
    P1,1,1980-01-01,310,11,990100,\n\
    P3,1,1980-01-01,310,11,110105,\n";
const INSTITUTIONS: &str = "fixmedins_code,fixmedins_name,fixmedins_type,hosp_lv\nH1,示例医院,1,2\n";
const HEADER: &str = "mdtrt_id,psn_no,fixmedins_code,med_type,begntime,endtime,setl_time,medfee_sumamt,fulamt_ownpay_amt,\
    overlmt_selfpay,preselfpay_amt,inscp_scp_amt,fund_pay_sumamt,refd_setl_flag\n";
const GOOD: &str = "V2,P1,H1,21,2025-03-01,2025-03-09,2025-03-09 10:00:00,100.00,1.00,2.00,3.00,94.00,80.00,0\n\
    V1,P1,H1,11,2025-02-01,2025-02-01,2025-02-01 09:00:00,50.00,,,,50.00,,0\n\
    V3,P2,H9,11,2025-02-02,,,20.00,0,0,0,20.00,10.00,0\n";

fn read(visits: &str) -> (tempfile::TempDir, Result<Settled, LakeError>) {
    let (claims, out) = (folder(), folder());
    for (name, text) in [("persons.csv", PERSONS), ("institutions.csv", INSTITUTIONS), ("visits.csv", visits)] {
        std::fs::write(claims.path().join(name), text).unwrap();
    }
    let day = |text: &str| Day::parse(text.as_bytes()).unwrap();
    let scope = SettledScope { area: "990100".into(), from: day("2025-01-01"), until: day("2026-01-01") };
    let settled = read_settled(claims.path(), &scope, out.path());
    (out, settled)
}

#[test]
fn settlements_come_by_person_and_time_with_what_they_rest_on() {
    let (_out, settled) = read(&format!("{HEADER}{GOOD}"));
    let settled = settled.unwrap();
    let ids: Vec<&str> = settled.visits.iter().map(|visit| &*visit.mdtrt_id).collect();
    assert_eq!(ids, ["V1", "V2", "V3"]);
    assert_eq!(settled.persons.len(), 2);
    let stay = &settled.visits[1];
    assert_eq!(
        (stay.self_funded, stay.over_limit, stay.upfront, stay.in_scope),
        (Fen(100), Fen(200), Fen(300), Fen(9_400))
    );
    assert_eq!((stay.fund_paid, stay.insurance, stay.institution), (Some(Fen(8_000)), Insurance(310), 0));
    let other = &settled.visits[2];
    assert_eq!((other.insurance, other.institution, other.ends_on), (Insurance(390), u32::MAX, other.begins_on));
    assert_eq!(settled.persons[1].special_kind, "2");
    assert_eq!(settled.by_person().map(<[_]>::len).collect::<Vec<_>>(), [2, 1]);
    assert_eq!((settled.rejected(), settled.left_out.len()), (0, 0));
}

#[test]
fn rows_that_cannot_be_replayed_are_refused_or_left_out_with_a_count() {
    let bad = "B1,P1,H1,11,2025-02-01,,,50.00,0,0,0,49.99,,0\n\
        B2,P1,H1,11,2025-02-01,,,50.00,0,0,0,,,0\n\
        B3,P9,H1,11,2025-02-01,,,50.00,0,0,0,50.00,,0\n\
        B4,P1,H1,11,2025-02-01,,,-5.00,0,0,0,-5.00,,0\n\
        B5,P1,H1,11,2025-02-01,2025-01-01,,50.00,0,0,0,50.00,,0\n\
        V1,P1,H1,11,2025-02-01,2025-02-01,2025-02-01 09:00:00,50.00,,,,50.00,,0\n\
        L1,P1,H1,11,2024-02-01,,,50.00,0,0,0,50.00,,0\n\
        L2,P3,H1,11,2025-02-01,,,50.00,0,0,0,50.00,,0\n\
        L3,P1,H1,11,2025-02-01,,,50.00,0,0,0,50.00,,1\n";
    let (out, settled) = read(&format!("{HEADER}{GOOD}{bad}"));
    let settled = settled.unwrap();
    assert_eq!(settled.visits.len(), 3);
    let visits = settled.intake.iter().find(|table| table.table == "visits").unwrap();
    assert_eq!((visits.read, visits.rejected), (12, 6));
    assert_eq!(visits.read, visits.accepted + visits.corrected + visits.rejected);
    assert_eq!(settled.left_out.iter().map(|(_, count)| count).sum::<u64>(), 3);
    let rejects = std::fs::read_to_string(out.path().join("rejects/visits.csv")).unwrap();
    for words in [
        ["visits.csv,5,medfee_sumamt,50.00", "= 49.99，与医疗费总额不等"],
        ["visits.csv,6,inscp_scp_amt,", "没有符合政策范围金额"],
        ["visits.csv,7,psn_no,P9", "persons 中没有这个人员"],
        ["visits.csv,8,inscp_scp_amt,-5.00", "金额为负"],
        ["visits.csv,9,endtime,2025-01-01", "结束早于开始"],
        ["mdtrt_id,V1", "同一就诊ID出现多次"],
    ] {
        assert!(
            rejects.lines().any(|line| words.iter().all(|word| line.contains(word))),
            "{words:?} not in\n{rejects}"
        );
    }
}

#[test]
fn without_amounts_nothing_is_read() {
    let (_out, settled) =
        read("mdtrt_id,psn_no,fixmedins_code,med_type,begntime,medfee_sumamt\nV1,P1,H1,11,2025-02-01,5\n");
    let error = settled.unwrap_err().to_string();
    assert!(error.contains("缺少 inscp_scp_amt") && error.contains("无法重算待遇"), "{error}");
}

#[test]
fn of_a_lake_only_what_its_manifest_names_counts() {
    let (lake, out) = (folder(), folder());
    let plain = folder();
    let mut writer = ClaimsWriter::create(plain.path(), Format::Parquet).unwrap();
    let day = |text: &str| Day::parse(text.as_bytes()).unwrap();
    let person =
        PersonRow { psn_no: "P1", gend: "1", brdy: Some(day("1980-01-01")), insutype: "310", ..PersonRow::default() };
    writer.person(&PersonRow { insuplc_admdvs: "990100", ..person }).unwrap();
    let visit = |id| VisitRow {
        mdtrt_id: id,
        psn_no: "P1",
        fixmedins_code: "H1",
        med_type: "11",
        begntime: day("2025-02-01").start(),
        medfee_sumamt: Some(Fen(100)),
        inscp_scp_amt: Some(Fen(100)),
        ..VisitRow::default()
    };
    writer.visit(&visit("V1")).unwrap();
    writer.finish().unwrap();
    for (table, part) in [("visits", "visits/month=2025-02/bucket=000"), ("persons", "persons/bucket=000")] {
        std::fs::create_dir_all(lake.path().join(part)).unwrap();
        for generation in ["g000001", "g000002"] {
            let place = lake.path().join(part).join(format!("{generation}.parquet"));
            std::fs::copy(plain.path().join(format!("{table}.parquet")), place).unwrap();
        }
    }
    let visits = "visits/month=2025-02/bucket=000/g000002.parquet";
    let persons = "persons/bucket=000/g000002.parquet";
    let entry = |table: &str, path: &str| {
        let bytes = lake.path().join(path).metadata().unwrap().len();
        serde_json::json!({"table": table, "path": path, "rows": 1, "bytes": bytes, "sha256": ""})
    };
    let manifest = |format: u32| {
        serde_json::json!({
            "format": format, "written_by": "test 2", "generation": 2, "buckets": 1, "adds": [], "columns": {},
            "files": [entry("visits", visits), entry("persons", persons)],
        })
        .to_string()
    };
    let whole = manifest(1);
    std::fs::write(lake.path().join("manifest.json"), &whole).unwrap();
    let scope = SettledScope { area: "990100".into(), from: day("2025-01-01"), until: day("2026-01-01") };
    let settled = read_settled(lake.path(), &scope, out.path()).unwrap();
    assert_eq!((settled.visits.len(), settled.rejected()), (1, 0), "the first generation is left alone");
    let refusal = || read_settled(lake.path(), &scope, out.path()).unwrap_err().to_string();
    std::fs::write(lake.path().join("manifest.json"), manifest(99)).unwrap();
    assert!(refusal().contains("99"), "a newer lake: {}", refusal());
    std::fs::write(lake.path().join("manifest.json"), &whole).unwrap();
    std::fs::write(lake.path().join(visits), b"cut short").unwrap();
    assert!(refusal().contains("g000002.parquet"), "a cut file: {}", refusal());
    std::fs::write(lake.path().join("manifest.json"), "{").unwrap();
    assert!(refusal().contains("manifest.json"), "{}", refusal());
}
