//! Writing: claims folders come back as they went, findings are sorted whatever the runs.

use model::{Day, Fen, Quantity, Severity, Stamp, UnitPrice};

use super::city::{folder, take};
use crate::{
    ClaimsWriter, DiagnosisRow, FindingRow, FindingWriter, Format, InstitutionRow, LineRow, PersonRow, ProcedureRow,
    StaffRow, VisitRow,
};

#[test]
fn i8_claims_written_in_both_formats_read_the_same() {
    let read = |format: Format| {
        let folder = folder();
        let mut writer = ClaimsWriter::create(folder.path(), format).unwrap();
        let day = Day::parse(b"1960-02-29").unwrap();
        let at = Stamp::parse(b"2025-06-01 08:15:30").unwrap();
        writer
            .institution(&InstitutionRow {
                fixmedins_code: "H1",
                hosp_lv: "3",
                bed_cnt: Some(9),
                ..InstitutionRow::default()
            })
            .unwrap();
        writer.staff(&StaffRow { prac_psn_code: "D1", susp_from: Some(day), ..StaffRow::default() }).unwrap();
        for person in ["P1", "P2"] {
            writer.person(&PersonRow { psn_no: person, gend: "2", brdy: Some(day), ..PersonRow::default() }).unwrap();
            writer
                .visit(&VisitRow {
                    mdtrt_id: person,
                    psn_no: person,
                    fixmedins_code: "H1",
                    med_type: "21",
                    begntime: at,
                    medfee_sumamt: Some(Fen(1250)),
                    ..VisitRow::default()
                })
                .unwrap();
            writer.diagnosis(&DiagnosisRow { mdtrt_id: person, diag_code: "J1", ..DiagnosisRow::default() }).unwrap();
            writer
                .procedure(&ProcedureRow { mdtrt_id: person, oprn_oprt_code: "1", ..ProcedureRow::default() })
                .unwrap();
            writer
                .line(&LineRow {
                    feedetl_sn: "1",
                    mdtrt_id: person,
                    psn_no: person,
                    med_list_codg: "X1",
                    fee_ocur_time: at,
                    cnt: Quantity(25_000),
                    pric: UnitPrice(50_000),
                    det_item_fee_sumamt: Fen(1250),
                    prd_days: Some(3),
                    ..LineRow::default()
                })
                .unwrap();
        }
        writer.finish().unwrap();
        let taken = take(folder.path()).unwrap();
        assert!(taken.report.tables.len() == 7 && !taken.report.incomplete);
        assert!(taken.report.tables.iter().all(|table| table.rejected == 0 && table.corrected == 0));
        taken.all()
    };
    let text = read(Format::Csv);
    assert!(text.contains("Fen(1250)") && text.contains("supply_days: 3"));
    assert_eq!(text, read(Format::Parquet));
}

fn finding(number: usize) -> FindingRow {
    FindingRow {
        finding_id: format!("F{number:04}"),
        rule_id: format!("R{}", number % 3),
        rule_version: "1".into(),
        official_code: String::new(),
        rule_name: "虚构规则".into(),
        severity: [Severity::Clear, Severity::Suspicious, Severity::Indicator][number % 3],
        psn_no: "P1".into(),
        mdtrt_id: format!("V{}", number % 11),
        fixmedins_code: format!("H{}", number % 2),
        orders_dr_code: String::new(),
        occurred_on: Day(20_000),
        feedetl_sn: number.to_string(),
        related_feedetl_sn: "1;2".into(),
        cnt_over: Quantity(15_000),
        amount_fen: Fen(150),
        counted_fen: Fen(100),
        knowledge_point_id: String::new(),
        basis: "虚构依据，第\"一\"条".into(),
        evidence: "例句".into(),
    }
}

#[test]
fn i8_findings_are_byte_identical_whatever_the_runs() {
    let write = |run: usize, reverse: bool| {
        let (temp, out) = (folder(), folder());
        let writer = FindingWriter::new(temp.path()).unwrap();
        let mut numbers: Vec<usize> = (0..500).collect();
        if reverse {
            numbers.reverse();
        }
        numbers.chunks(run).for_each(|numbers| writer.add_run(numbers.iter().map(|n| finding(*n)).collect()).unwrap());
        let mut seen = Vec::new();
        assert_eq!(writer.finish(out.path(), &mut |row| seen.push(row.clone())).unwrap(), 500);
        let key = |row: &FindingRow| {
            (
                row.fixmedins_code.clone(),
                row.mdtrt_id.clone(),
                row.rule_id.clone(),
                row.feedetl_sn.clone(),
                row.finding_id.clone(),
            )
        };
        assert!(seen.is_sorted_by_key(key));
        let read = |name: &str| std::fs::read(out.path().join(name)).unwrap();
        (read("findings.csv"), read("findings.parquet"))
    };
    let expect = write(500, false);
    for (run, reverse) in [(1, false), (7, true), (100, true)] {
        assert!(write(run, reverse) == expect, "runs of {run}");
    }
    let text = String::from_utf8(expect.0).unwrap();
    let second = text.lines().nth(1).unwrap();
    assert_eq!(
        second,
        "F0000,R0,1,,虚构规则,clear,P1,V0,H0,,2024-10-04,0,1;2,1.5,150,100,,\"虚构依据，第\"\"一\"\"条\",例句"
    );
}
