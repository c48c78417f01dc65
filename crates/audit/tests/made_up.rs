//! Made-up rules and points on the real catalogue: branches that no shipped rule can show, since they need a
//! locality's table or a day on the very edge of validity.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]

use audit::{Cases, Library, Sources, run_cases};
use catalog::Catalogue;
use knowledge::Knowledge;
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

/// A rule of a national id with another head, and its cases; the cases must hold.
fn check(id: &str, detector: &str, params: &str, points: &str, cases: &str) {
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
    let library =
        Library::compile(&Sources { rules: &rules, knowledge, catalogue: catalogue(), cases: Cases::MayLack }).unwrap();
    let outcomes = run_cases(&library, &[]);
    assert!(!outcomes.is_empty());
    for outcome in outcomes {
        assert_eq!(outcome.failure, None, "{}", outcome.case);
    }
}

fn visit(day: &str, diagnoses: &str, line: &str) -> String {
    format!(
        "[[case.visit]]\nbegntime = \"{day} 08:00:00\"\nmed_type = \"21\"\nendtime = \"2027-01-01 08:00:00\"\ndiagnoses = [{diagnoses}]\n{line}"
    )
}

fn line(item: &str, at: &str, more: &str) -> String {
    format!("[[case.visit.line]]\nitem = \"{item}\"\nat = \"{at}\"\n{more}\n")
}

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
        check("consumable-quantity-over", "quantity_in_window", "", &points, &cases.join("\n"));
    }
}
