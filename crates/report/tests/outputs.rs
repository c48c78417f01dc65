//! The outputs of an invented city, read back: sums, bytes, markup, rows.

#![expect(clippy::unwrap_used, reason = "a test that panics has failed, which is its job")]

#[path = "../examples/sample/city.rs"]
mod city;

use calamine::Reader;
use city::{City, Size};
use proptest::prelude::*;
use report::{DetailRows, Figures, ReportError, Tallied, Tally, Workbook, terminal_summary, write_html, write_summary};

fn small(seed: u64) -> City {
    City::new(seed, &Size { institutions: 30, rules: 66, months: 8, findings: 700 })
}

fn tallied(city: &City) -> Tallied {
    let mut tally = Tally::new();
    for finding in &city.findings {
        tally.add(&city.view(finding)).unwrap();
    }
    tally.finish().unwrap()
}

fn html(city: &City, tallied: &Tallied) -> String {
    let mut out = Vec::new();
    write_html(&Figures::new(&city.report, tallied), &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn summary(city: &City, tallied: &Tallied) -> serde_json::Value {
    let mut out = Vec::new();
    write_summary(&Figures::new(&city.report, tallied), &mut out).unwrap();
    serde_json::from_slice(&out).unwrap()
}

fn embedded(page: &str) -> serde_json::Value {
    let start = "<script id=\"data\" type=\"application/json\">";
    let from = page.find(start).unwrap() + start.len();
    let until = page[from..].find("</script>").unwrap() + from;
    serde_json::from_str(&page[from..until]).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn i11_money_is_the_same_whichever_way_it_is_cut(seed in 1_u64..1_000_000, findings in 0_u64..400) {
        let city = City::new(seed, &Size { institutions: 12, rules: 40, months: 5, findings });
        let tallied = tallied(&city);
        let summary = summary(&city, &tallied);
        let whole: i64 = city.findings.iter().map(|finding| finding.counted.0).sum();
        for key in ["total", "by_severity", "by_rule", "by_institution", "by_month"] {
            prop_assert_eq!(summary["adding_up"][format!("{key}_counted_fen")].as_i64(), Some(whole), "{}", key);
        }
        for key in ["by_severity", "by_rule", "by_institution", "by_month"] {
            let rows = summary[key].as_array().unwrap();
            let counted: i64 = rows.iter().map(|row| row["counted_fen"].as_i64().unwrap()).sum();
            let number: u64 = rows.iter().map(|row| row["findings"].as_u64().unwrap()).sum();
            prop_assert_eq!((counted, number), (whole, findings), "{}", key);
        }
    }

    #[test]
    fn flagged_visits_are_distinct_and_not_indicators(seed in 1_u64..1_000_000) {
        let city = City::new(seed, &Size { institutions: 5, rules: 40, months: 3, findings: 200 });
        let mut visits: Vec<_> = city.findings.iter()
            .map(|finding| city.view(finding))
            .filter(|view| !view.mdtrt_id.is_empty() && view.severity != model::Severity::Indicator)
            .map(|view| (view.fixmedins_code, view.mdtrt_id))
            .collect();
        visits.sort_unstable();
        visits.dedup();
        prop_assert_eq!(tallied(&city).flagged_visits, visits.len() as u64);
    }
}

#[test]
fn the_samples_of_a_rule_are_its_greatest_findings() {
    let city = City::new(3, &Size { institutions: 20, rules: 6, months: 4, findings: 3_000 });
    let tallied = tallied(&city);
    for rule in &tallied.rules {
        let mut counted: Vec<i64> =
            city.findings.iter().filter(|f| city.view(f).rule_id == rule.rule_id).map(|f| f.counted.0).collect();
        counted.sort_unstable_by(|a, b| b.cmp(a));
        counted.truncate(100);
        let kept: Vec<i64> = rule.samples.iter().map(|sample| sample.counted_fen.0).collect();
        assert_eq!(kept, counted, "{}", rule.rule_id);
    }
}

#[test]
fn i8_the_same_data_gives_the_same_bytes_but_for_the_run() {
    let (city, mut again) = (small(11), small(11));
    assert_eq!(html(&city, &tallied(&city)), html(&again, &tallied(&again)));
    again.report.run.started = "another day".into();
    again.report.run.stages.clear();
    let (mut one, mut two) = (summary(&city, &tallied(&city)), summary(&again, &tallied(&again)));
    assert_ne!(one, two);
    for summary in [&mut one, &mut two] {
        summary.as_object_mut().unwrap().remove("run");
    }
    assert_eq!(one.to_string(), two.to_string());
}

#[test]
fn findings_out_of_order_are_refused_without_naming_a_visit() {
    let city = small(5);
    let earlier = city.findings.iter().find(|finding| !finding.visit.is_empty()).unwrap();
    let later = city.findings.last().unwrap();
    let mut tally = Tally::new();
    tally.add(&city.view(later)).unwrap();
    let error = tally.add(&city.view(earlier)).unwrap_err();
    assert!(matches!(error, ReportError::OutOfOrder { position: 2, .. }), "{error}");
    assert!(!error.to_string().contains(&earlier.visit), "I12: {error}");
}

#[test]
fn foreign_text_stays_text_on_the_page() {
    let evil = "</script><script>alert(1)</script><img src=x onerror='a(\"b\")'>&\u{2028}";
    let mut city = small(2);
    for line in &mut city.report.institutions {
        line.name = evil.into();
    }
    for rule in &mut city.report.rules {
        rule.name = evil.into();
        rule.basis = evil.into();
        rule.family = evil.into();
        if let Some(reason) = &mut rule.not_run_reason {
            *reason = evil.into();
        }
    }
    for finding in &mut city.findings {
        finding.evidence = evil.into();
        finding.doctor = evil.into();
    }
    for table in &mut city.report.intake {
        table.notes.push(evil.into());
    }
    city.report.receipt.input_hash = evil.into();
    city.report.run.command = evil.into();
    let page = html(&city, &tallied(&city));
    assert_eq!(page.matches("<script").count(), 2);
    assert_eq!(page.matches("</script").count(), 2);
    assert!(!page.contains("<img"));
    let markup = page.split("<script").next().unwrap();
    assert!(!markup.contains("onerror='"), "quotes are escaped too");
    let findings = embedded(&page)["findings"].as_array().unwrap().clone();
    assert!(findings.iter().all(|row| row[15] == evil));
}

#[test]
fn the_page_is_one_file_that_fetches_nothing() {
    let city = small(4);
    let page = html(&city, &tallied(&city));
    for word in ["http://", "https://", "src=", "@import", "url(", "<link"] {
        assert!(!page.contains(word), "{word}");
    }
}

#[test]
fn what_is_left_out_is_said_and_the_page_stays_small() {
    let mut city = City::new(6, &Size { institutions: 40, rules: 88, months: 12, findings: 20_000 });
    let page = html(&city, &tallied(&city));
    assert!(page.contains("仅列出每条规则金额最高的 100 条"), "a cut is said");
    assert!(page.len() < 6_000_000, "{}", page.len());
    for finding in &mut city.findings {
        finding.evidence = "证".repeat(590);
    }
    let page = html(&city, &tallied(&city));
    assert!(page.contains("仅列出每条规则金额最高的 25 条"), "the budget cuts deeper, and says so");
    assert!(page.len() < 6_000_000, "{}", page.len());
    let few = City::new(6, &Size { institutions: 4, rules: 88, months: 2, findings: 50 });
    assert!(html(&few, &tallied(&few)).contains("列出全部 50 条疑点"));
}

#[test]
fn rules_that_did_not_run_are_listed_with_their_reason_everywhere() {
    let city = small(8);
    let tallied = tallied(&city);
    let figures = Figures::new(&city.report, &tallied);
    assert!(!figures.not_run.is_empty());
    let (page, summary) = (html(&city, &tallied), summary(&city, &tallied));
    assert_eq!(summary["rules_not_run"].as_array().unwrap().len(), figures.not_run.len());
    for line in &figures.not_run {
        assert!(page.contains(&line.rule_id) && page.contains(line.not_run_reason.as_deref().unwrap()));
    }
    let text = terminal_summary(&figures, &["报告 x".into()]);
    assert!(text.contains(&format!("未运行 {} 条", figures.not_run.len())), "{text}");
}

#[test]
fn figures_that_do_not_fit_together_are_doubted_aloud() {
    let mut city = small(9);
    city.report.totals.lines += 7;
    city.report.intake[0].read += 1;
    let tallied = tallied(&city);
    let figures = Figures::new(&city.report, &tallied);
    assert_eq!(figures.doubts.len(), 2, "{:?}", figures.doubts);
    assert!(html(&city, &tallied).contains(&figures.doubts[0]));
    assert!(terminal_summary(&figures, &[]).contains(&figures.doubts[1]));
}

#[test]
fn an_empty_run_is_a_report_too() {
    let (report, tallied) = (report::AuditReport::default(), Tally::new().finish().unwrap());
    let figures = Figures::new(&report, &tallied);
    let mut out = Vec::new();
    write_html(&figures, &mut out).unwrap();
    assert!(String::from_utf8(out).unwrap().contains("没有发现疑点"));
    assert!(terminal_summary(&figures, &[]).contains("没有疑点"));
}

#[test]
fn the_workbook_has_every_row() {
    let city = small(12);
    let tallied = tallied(&city);
    let figures = Figures::new(&city.report, &tallied);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("report.xlsx");
    let mut book = Workbook::create(&path, DetailRows::All).unwrap();
    for finding in &city.findings {
        book.add(&city.view(finding)).unwrap();
    }
    book.finish(&figures).unwrap();
    let mut book = calamine::open_workbook_auto(&path).unwrap();
    for (sheet, rows) in [
        ("按规则", figures.rules.len()),
        ("按机构", figures.institutions.len()),
        ("按月", figures.months.len()),
        ("数据质量", city.report.intake.len()),
        ("未运行规则", figures.not_run.len()),
        ("疑点明细", city.findings.len()),
    ] {
        assert_eq!(book.worksheet_range(sheet).unwrap().height(), rows + 1, "{sheet}");
    }
    let counted: f64 = book
        .worksheet_range("疑点明细")
        .unwrap()
        .rows()
        .skip(1)
        .map(|row| row[11].to_string().parse::<f64>().unwrap() * 100.0)
        .map(f64::round)
        .sum();
    assert_eq!(counted as i64, figures.total().counted_fen.0);
}
