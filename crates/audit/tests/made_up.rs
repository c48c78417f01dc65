//! Made-up rules and points on the real catalogue: branches that no shipped rule can show, since they need a
//! locality's table or a day on the very edge of validity.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]

use audit::{Auditor, Cases, Library, Sources, run_cases};
use catalog::Catalogue;
use knowledge::Knowledge;
use model::{CareSetting, CaseDiagnosis, CaseVisit, PersonCase, UNKNOWN_CODE};
use std::path::Path;
use std::sync::{Arc, OnceLock};

fn catalogue() -> Arc<Catalogue> {
    static CATALOGUE: OnceLock<Arc<Catalogue>> = OnceLock::new();
    let read = || {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog");
        let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
        let files: Vec<(String, Vec<u8>)> = entries
            .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(&path).unwrap()))
            .collect();
        let borrowed: Vec<(&str, &[u8])> =
            files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        Arc::new(Catalogue::read(&borrowed).unwrap())
    };
    Arc::clone(CATALOGUE.get_or_init(read))
}

const LOCAL_HEADER: &str = "code,name,predicate,partner_code,valid_from,valid_until,basis\n";

/// A rule of a national id with another head, and its cases; the cases must hold. Returns what was said.
fn check(id: &str, detector: &str, params: &str, points: &str, cases: &str) -> String {
    let outcomes = run_cases(&library(id, detector, params, points, cases), &[]);
    assert!(!outcomes.is_empty());
    let mut said = String::new();
    for outcome in outcomes {
        assert_eq!(outcome.failure, None, "{}", outcome.case);
        outcome.findings.iter().for_each(|finding| said += &finding.evidence);
    }
    said
}

fn library(id: &str, detector: &str, params: &str, points: &str, cases: &str) -> Library {
    let rule = format!(
        "+++\nid = \"{id}\"\nversion = 1\nname = \"示例\"\ncategory = \"示例\"\nfamily = \"示例\"\nstage = [\"post\"]\nseverity = \"clear\"\n\
         grain = \"line\"\nstatus = \"running\"\ndetector = \"{detector}\"\neffective_from = 2021-05-01\n[params]\n{params}\n\
         [[basis]]\ndocument = \"示例\"\n+++\n# 示例\n## 查什么\n## 为什么\n## 例外\n## 如何核实\n## 用例\n```toml\n{cases}\n```\n"
    );
    let sets = "set_id,title,code_system,code_prefix,note\nx-diabetes,糖尿病,icd10,E11,\n";
    let local = format!("{LOCAL_HEADER}{points}");
    let name = format!("local/{id}.csv");
    let files: [(&str, &[u8]); 2] = [("code_sets.csv", sets.as_bytes()), (&name, local.as_bytes())];
    let knowledge = Arc::new(Knowledge::read(&files).unwrap());
    let rules = [(format!("rules/x/{id}.md"), rule)];
    let cases = Cases::MayLack;
    Library::compile(&Sources { rules: &rules, knowledge, catalogue: catalogue(), cases }).unwrap()
}

/// One visit, judged: a hit on the first line, on the visit, or nothing.
fn one(name: &str, expected: &str, facts: &str) -> String {
    let kind = if expected.is_empty() { "near-miss" } else { "hit" };
    format!("[[case]]\nname = \"{name}\"\nkind = \"{kind}\"\n[case.person]\ngend = \"1\"\n{facts}\n{expected}")
}

fn visit(day: &str, diagnoses: &str, line: &str) -> String {
    format!(
        "[[case.visit]]\nbegntime = \"{day} 08:00:00\"\nmed_type = \"21\"\nendtime = \"2027-01-01 08:00:00\"\ndiagnoses = [{diagnoses}]\n{line}"
    )
}

fn line(item: &str, at: &str, more: &str) -> String {
    format!("[[case.visit.line]]\nitem = \"{item}\"\nat = \"{at}\"\n{more}\n")
}

const VISIT_HIT: &str = "[[case.finding]]\n";
const HIT: &str = "[[case.finding]]\nline = \"L1\"\n";
const DRUG: &str = "XN05AHA000A000000000001";

#[test]
fn a_point_judges_from_its_first_day_until_the_day_before_its_last() {
    let case = |name: &str, day: &str, hit: &str| {
        let kind = if hit.is_empty() { "near-miss" } else { "hit" };
        let facts = visit(day, "", &line(DRUG, &format!("{day} 09:00:00"), ""));
        format!("[[case]]\nname = \"{name}\"\nkind = \"{kind}\"\n[case.person]\ngend = \"1\"\n{facts}{hit}")
    };
    let cases = [
        case("前一日", "2025-05-31", ""),
        case("首日", "2025-06-01", HIT),
        case("末日", "2025-06-30", HIT),
        case("次日", "2025-07-01", ""),
    ];
    let points = format!("{DRUG},示例药,sex=F,,2025-06-01,2025-07-01,示例\n");
    check("drug-sex-specific", "attribute_limit", "attribute = \"sex\"", &points, &cases.join("\n"));
}

#[test]
fn a_contraindication_needs_the_diagnosis_and_the_right_kind_of_visit() {
    let case = |name: &str, diagnoses: &str, hit: &str| {
        let kind = if hit.is_empty() { "near-miss" } else { "hit" };
        format!(
            "[[case]]\nname = \"{name}\"\nkind = \"{kind}\"\n{}{hit}",
            visit("2025-06-01", diagnoses, &line(DRUG, "2025-06-01", ""))
        )
    };
    let cases = [
        case("有禁忌诊断", "\"I10.x00\", \"E11.900\"", HIT),
        case("没有", "\"I10.x00\"", ""),
        case("诊断不在目录", "\"不明\"", ""),
        case("没有诊断", "", ""),
    ];
    let points = format!("{DRUG},示例药,not_dx=x-diabetes,,2021-05-01,,示例\n");
    check("drug-contraindication", "diagnosis_limit", "mode = \"forbid\"", &points, &cases.join("\n"));
    let other_kind = case("医疗类别不在范围", "\"E11.900\"", "");
    check("drug-contraindication", "diagnosis_limit", "mode = \"forbid\"\nmed_types = [\"14\"]", &points, &other_kind);
    let same_kind = case("医疗类别在范围", "\"E11.900\"", HIT);
    check(
        "drug-contraindication",
        "diagnosis_limit",
        "mode = \"forbid\"\nmed_types = [\"14\", \"21\"]",
        &points,
        &same_kind,
    );
}

#[test]
fn a_pair_may_be_refused_only_as_far_as_the_including_item_reaches() {
    let lines = line("A1", "2025-06-01", "cnt = \"2\"") + &line("B1", "2025-06-01", "cnt = \"5\"\npric = \"3\"");
    let case = |quantity: &str, amount: &str| {
        let expected = format!("[[case.finding]]\nline = \"L2\"\ncnt_over = \"{quantity}\"\namount = \"{amount}\"\n");
        format!("[[case]]\nname = \"甲 2 乙 5\"\nkind = \"hit\"\n{}{expected}", visit("2025-06-01", "", &lines))
    };
    let points = "A1,甲,window=day,B1,2021-05-01,,示例\n";
    check("service-unbundling", "pair_in_window", "denied_quantity = \"min\"", points, &case("2", "6.00"));
    check("service-unbundling", "pair_in_window", "denied_quantity = \"all\"", points, &case("5", "15.00"));
}

#[test]
fn quantities_are_counted_by_hour_day_or_visit() {
    let case = |name: &str, second: &str, hit: bool| {
        let lines = line("Q1", "2025-06-01 09:10:00", "") + &line("Q1", second, "");
        let (kind, expected) =
            if hit { ("hit", "[[case.finding]]\nline = \"L2\"\ncnt_over = \"1\"\n") } else { ("near-miss", "") };
        format!("[[case]]\nname = \"{name}\"\nkind = \"{kind}\"\n{}{expected}", visit("2025-06-01", "", &lines))
    };
    for (window, cases) in [
        ("hour", [case("同一小时", "2025-06-01 09:59:00", true), case("下一小时", "2025-06-01 10:00:00", false)]),
        ("day", [case("同日", "2025-06-01 23:00:00", true), case("次日", "2025-06-02 00:00:00", false)]),
        ("operation", [case("同日手术", "2025-06-01 23:00:00", true), case("次日手术", "2025-06-02 00:00:00", false)]),
        ("visit", [case("同次就诊", "2025-06-09 09:00:00", true), case("同次就诊跨月", "2025-07-09 09:00:00", true)]),
    ] {
        let points = format!("Q1,示例耗材,max_qty=1 window={window},,2021-05-01,,示例\n");
        let said = check("consumable-quantity-over", "quantity_in_window", "", &points, &cases.join("\n"));
        assert_eq!(said.contains("同一小时"), window == "hour", "{said}");
    }
}

#[test]
fn only_the_diagnoses_named_exempt() {
    let drug = |diagnoses| visit("2025-06-01", diagnoses, &line(DRUG, "2025-06-01", ""));
    let cases = one("普通诊断不豁免", HIT, &drug("\"I10.x00\"")) + &one("性发育异常豁免", "", &drug("\"E25.900\""));
    let points = format!("{DRUG},示例药,sex=F,,2021-05-01,,示例\n");
    check("drug-sex-specific", "attribute_limit", "attribute = \"sex\"\nexempt_diagnoses = [\"E25\"]", &points, &cases);
}

#[test]
fn a_stay_may_have_days_of_grace() {
    let stay = |at: &str| {
        let facts = visit("2025-06-10", "", &line("110900001", at, ""));
        facts.replace("2027-01-01 08:00:00", "2025-06-20 10:00:00")
    };
    let cases = one("入院前 2 天", "", &stay("2025-06-08"))
        + &one("入院前 3 天", HIT, &stay("2025-06-07"))
        + &one("出院后 1 天", "", &stay("2025-06-21"))
        + &one("出院后 4 天", HIT, &stay("2025-06-24"));
    let params = "grace_before_days = 2\ngrace_after_days = 1";
    let said = check("charge-date-outside-stay", "date_outside_stay", params, "", &cases);
    assert!(said.contains("入院前3天") && said.contains("出院后4天"), "{said}");
}

#[test]
fn empty_days_count_from_exactly_their_share_of_the_stay() {
    // Care on the second to the eighth, three empty days before the discharge: of ten whole days 30 %, of eleven with one
    // more of care 27 %.
    let care = |days: std::ops::RangeInclusive<u32>| -> String {
        days.map(|day| line("R1", &format!("2025-06-{day:02}"), "med_chrgitm_type = 5")).collect()
    };
    let stay =
        |until: u32, lines: &str| visit("2025-06-01", "", lines).replace("2027-01-01", &format!("2025-06-{until}"));
    let cases = one("恰三成", "[[case.finding]]\ncnt_over = \"3\"\n", &stay(12, &care(2..=8)))
        + &one("不到三成", "", &stay(13, &care(2..=9)));
    check("bed-hanging", "empty_stay_days", "min_empty_days = 3\nmin_empty_percent = 30", "", &cases);
}

#[test]
fn a_check_that_is_off_is_silent() {
    let stay = visit("2025-06-01", "\"V01.000\", \"不明\"", "main_diagnoses = []\n");
    for (checks, expected) in
        [("\"unknown-code\"", VISIT_HIT), ("\"main-diagnosis\"", VISIT_HIT), ("\"external-cause\"", ""), ("", "")]
    {
        let params = format!("checks = [{checks}]");
        let said = check(
            "diagnosis-code-anomaly",
            "diagnosis_coding",
            &params,
            "",
            &one(checks_name(checks), expected, &stay),
        );
        assert!(said.matches("诊断").count() <= 3, "one complaint only: {said}");
    }
    let wrong = visit("2025-06-01", "", &line("12345", "2025-06-01", "amount = \"99\""));
    for (checks, expected) in
        [("\"code-shape\"", HIT), ("\"amount\"", HIT), ("\"prescriber\"", ""), ("\"after-death\"", "")]
    {
        let params = format!("checks = [{checks}]");
        let said =
            check("detail-line-anomaly", "line_anomaly", &params, "", &one(checks_name(checks), expected, &wrong));
        assert_eq!(said.contains("金额99.00元"), checks.contains("amount"), "{checks}: {said}");
    }
}

fn checks_name(checks: &str) -> &str {
    if checks.is_empty() { "无" } else { checks.trim_matches('"') }
}

#[test]
fn a_date_without_a_time_of_day_may_be_any_time_of_that_day() {
    let uploaded = |at: &str, upload: &str| {
        visit("2025-06-01", "", &line("110900001", at, &format!("upload_time = \"{upload}\"")))
    };
    let cases = one("次日 23 时上传", "", &uploaded("2025-06-01", "2025-06-02 23:00:00"))
        + &one("第三日上传", VISIT_HIT, &uploaded("2025-06-01", "2025-06-03 01:00:00"))
        + &one("有时刻，次日同时刻", "", &uploaded("2025-06-01 09:00:00", "2025-06-02 09:00:00"))
        + &one("有时刻，过一秒", VISIT_HIT, &uploaded("2025-06-01 09:00:00", "2025-06-02 09:00:01"));
    check("non-realtime-upload", "late_upload", "", "", &cases);
}

#[test]
fn pairs_know_runs_of_days_and_more_than_two_lines() {
    let lines = |second: &str| line("A1", "2025-06-01", "") + &line("B1", second, "") + &line("B1", "2025-06-20", "");
    let expected = "[[case.finding]]\nline = \"L2\"\n";
    let cases = one("第三日在窗内", expected, &visit("2025-06-01", "", &lines("2025-06-03")))
        + &one("第四日在窗外", "", &visit("2025-06-01", "", &lines("2025-06-04")))
        + &one("窗口两边都算", expected, &visit("2025-05-01", "", &lines("2025-05-30")));
    check(
        "service-unbundling",
        "pair_in_window",
        "",
        "A1,甲,window=rolling period_days=3,B1,2021-05-01,,示例\n",
        &cases,
    );
}

#[test]
fn diagnoses_of_chinese_medicine_have_code_tables_of_their_own() {
    let library = library("diagnosis-code-anomaly", "diagnosis_coding", "", "", "");
    let selection = library.select(&[], |_, _| true).unwrap();
    // Where nobody says of which medicine a diagnosis is, the form of its code does.
    let of_both = [("BNP120", 0, 0), ("A04.03.12", 0, 0), ("B02.07.01", 0, 0), ("ZYVXB0", 0, 0)];
    let of_none = [("BNP120", 1, 1), ("BNP12", 0, 1), ("A04.0312", 0, 1), ("A04", 0, 1), ("ABC.123", 0, 1)];
    for (code, kind, found) in of_both.into_iter().chain(of_none).chain([("ABC.123", 2, 0), ("ABC.123", 3, 0)]) {
        let mut case = PersonCase::default();
        case.visits.push(CaseVisit { setting: CareSetting::Outpatient, ..CaseVisit::default() });
        let code = case.keep(code);
        case.diagnoses.push(CaseDiagnosis { diagnosis: UNKNOWN_CODE, code, kind, ..CaseDiagnosis::default() });
        case.put_in_order();
        let mut findings = Vec::new();
        let registers = audit::Registers::default();
        Auditor::new(&library, &selection, &registers).audit(&case, &mut findings);
        assert_eq!(findings.len(), found, "{} diag_type {kind}", case.text(code));
    }
}

#[test]
fn a_rolling_window_forgets_what_was_refused() {
    let use_on = |day: u32, cnt: u32| line("R1", &format!("2025-06-{day:02}"), &format!("cnt = \"{cnt}\""));
    let lines = use_on(1, 2) + &use_on(2, 2) + &use_on(8, 3);
    let expected =
        "[[case.finding]]\nline = \"L2\"\ncnt_over = \"1\"\n[[case.finding]]\nline = \"L3\"\ncnt_over = \"1\"\n";
    let points = "R1,示例项目,max_qty=3 window=rolling period_days=7,,2021-05-01,,示例\n";
    check(
        "service-period-frequency",
        "quantity_in_window",
        "",
        points,
        &one("七天三次", expected, &visit("2025-06-01", "", &lines)),
    );
}

#[test]
fn a_cap_in_a_rolling_window_lets_go_of_what_was_paid_before_it() {
    let paid_on = |day: u32, pric: u32| line("R1", &format!("2025-06-{day:02}"), &format!("pric = \"{pric}\""));
    // The seventh still shares seven days with the first, the eighth no more; what was over the cap takes up none of it.
    let lines = paid_on(1, 60) + &paid_on(7, 60) + &paid_on(8, 70);
    let expected =
        "[[case.finding]]\nline = \"L2\"\namount = \"20.00\"\n[[case.finding]]\nline = \"L3\"\namount = \"10.00\"\n";
    let points = "R1,示例项目,max_amount=100.00 window=rolling period_days=7,,2021-05-01,,示例\n";
    let cases = one("七天一百元", expected, &visit("2025-06-01", "", &lines));
    check("service-total-reimbursement-cap", "amount_in_window", "", points, &cases);
}

#[test]
fn a_price_book_may_be_for_some_areas_and_children_cost_more() {
    // 住院诊查费 110200005: 20 yuan in a tertiary hospital.
    let charged =
        |price: &str| visit("2025-06-01", "", &line("110200005", "2025-06-01", &format!("pric = \"{price}\"")));
    let over = |amount: &str| format!("[[case.finding]]\nline = \"L1\"\namount = \"{amount}\"\n");
    let aged = |name: &str, born: &str, expected: &str, facts: &str| {
        one(name, expected, facts).replace("gend = \"1\"", &format!("brdy = {born}"))
    };
    let cases = aged("成人超一分", "1980-01-01", &over("0.01"), &charged("20.01"))
        + &aged("成人等于限价", "1980-01-01", "", &charged("20"))
        + &aged("儿童加收三成", "2020-01-01", "", &charged("26"))
        + &aged("儿童超一分", "2020-01-01", &over("0.01"), &charged("26.01"))
        + &aged("满七岁不再加收", "2018-06-01", &over("6.00"), &charged("26"));
    check("service-unit-price-over-cap", "price_ceiling", "areas = [\"61\"]", "", &cases);
    let elsewhere = one("不在适用地区", "", &charged("99"));
    check("service-unit-price-over-cap", "price_ceiling", "areas = [\"99\"]", "", &elsewhere);
}

#[test]
fn surgery_without_a_procedure_is_seen_only_when_asked_for_and_in_stays() {
    let surgery =
        |kind: u32| visit("2025-06-01", "", &line("331000001", "2025-06-01", &format!("med_chrgitm_type = {kind}")));
    let outpatient = surgery(6).replace("med_type = \"21\"", "med_type = \"11\"");
    let cases =
        one("有手术费", VISIT_HIT, &surgery(6)) + &one("治疗费", "", &surgery(5)) + &one("门诊", "", &outpatient);
    check("procedure-code-anomaly", "procedure_coding", "checks = [\"missing\"]", "", &cases);
    check("procedure-code-anomaly", "procedure_coding", "", "", &one("未启用", "", &surgery(6)));
}

#[test]
fn settlement_checks_are_separate_and_tolerate_a_fen_a_line() {
    let stay = |end: &str, total: &str| {
        let lines = line("a", "2025-06-01", "pric = \"1\"").repeat(3);
        let facts = visit("2025-06-01", "\"I10.x00\"", &format!("medfee_sumamt = \"{total}\"\n{lines}"));
        facts.replace("2027-01-01 08:00:00", end)
    };
    let run = |checks: &str, cases: &str| {
        check("settlement-list-anomaly", "visit_anomaly", &format!("checks = [{checks}]"), "", cases);
    };
    let sums = one("差三分", "", &stay("2025-06-05 10:00:00", "3.03"))
        + &one("差四分", VISIT_HIT, &stay("2025-06-05 10:00:00", "3.04"));
    run("\"line-sum\"", &sums);
    let dates = one("正常住院", "", &stay("2025-06-05 10:00:00", "9"))
        + &one("早一日", VISIT_HIT, &stay("2025-05-31 00:00:00", "9"))
        + &one("同日早一刻", VISIT_HIT, &stay("2025-06-01 07:59:59", "9"))
        + &one("同日无时刻", "", &stay("2025-06-01", "9"));
    run("\"dates\"", &dates);
    run("\"diagnosis\", \"payer-sum\"", &one("都未启用", "", &stay("2025-05-31 00:00:00", "9")));
}

#[test]
fn frequencies_speak_once_a_month_or_once_a_run() {
    let on = |days: &[u32]| {
        let visits = days
            .iter()
            .map(|day| format!("[[case.visit]]\nbegntime = \"2025-06-{day:02} 08:00:00\"\nmed_type = \"21\"\n"));
        visits.collect::<String>()
    };
    let hits = |count: usize| "[[case.finding]]\ncnt_over = \"1\"\n".repeat(count);
    let params = |days: u32| format!("of = \"stay\"\nmax_visits = 1\nperiod_days = {days}");
    check("frequent-admission", "visit_frequency", &params(10), "", &one("两轮", &hits(2), &on(&[1, 5, 8, 9])));
    check("frequent-admission", "visit_frequency", &params(10), "", &one("相隔十天", "", &on(&[1, 11])));
    check("frequent-admission", "visit_frequency", &params(0), "", &one("一月一次", &hits(1), &on(&[1, 5, 8, 9])));
}

#[test]
fn an_unknown_main_diagnosis_says_nothing_of_the_same_disease() {
    let stays = |main: &str| {
        ["2025-06-01|2025-06-03", "2025-06-05|2025-06-08"].map(|span| {
            let (from, until) = span.split_once('|').unwrap();
            visit(from, &format!("\"{main}\", \"I10.x00\""), "").replace("2027-01-01", until)
        })
    };
    let cases = one("主诊断不明", "", &stays("不明").concat()) + &one("同类", VISIT_HIT, &stays("J18.900").concat());
    let [stay, again] = stays("J18.900");
    let cases =
        cases + &one("出院次日门诊复查", "", &(stay + &again.replace("med_type = \"21\"", "med_type = \"11\"")));
    check("split-admission", "repeat_admission", "", "", &cases);
}
