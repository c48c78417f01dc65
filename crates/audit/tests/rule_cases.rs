//! Every case of every rule file, and what holds over the whole registry of rules.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]

use audit::{Cases, Library, Problem, Rule, Sources, Status, run_cases};
use catalog::Catalogue;
use knowledge::{Knowledge, Source};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn files(folder: &Path, prefix: &str, into: &mut Vec<(String, Vec<u8>)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = format!("{prefix}{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            files(&path, &format!("{name}/"), into);
        } else if !name.ends_with("README.md") {
            into.push((name, std::fs::read(&path).unwrap()));
        }
    }
    into.sort();
}

fn folder(name: &str) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    files(&root().join(name), "", &mut found);
    found
}

fn borrowed(files: &[(String, Vec<u8>)]) -> Vec<(&str, &[u8])> {
    files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect()
}

struct Shelf {
    catalogue: Arc<Catalogue>,
    knowledge: Arc<Knowledge>,
}

/// The shipped tables, read once for all tests of this file.
fn shelf() -> &'static Shelf {
    static SHELF: OnceLock<Shelf> = OnceLock::new();
    SHELF.get_or_init(|| {
        let tables = folder("knowledge");
        let sources = [Source::Published, Source::Book, Source::Derived, Source::Assumed, Source::Example];
        Shelf {
            catalogue: Arc::new(Catalogue::read(&borrowed(&folder("catalog"))).unwrap()),
            knowledge: Arc::new(Knowledge::read_sources(&borrowed(&tables), &sources).unwrap()),
        }
    })
}

fn compile(rules: &[(String, String)]) -> Result<Library, Vec<Problem>> {
    let shelf = shelf();
    Library::compile(&Sources {
        rules,
        knowledge: Arc::clone(&shelf.knowledge),
        catalogue: Arc::clone(&shelf.catalogue),
        cases: Cases::Required,
    })
}

fn shipped_rules() -> Vec<(String, String)> {
    let named = |(name, bytes): (String, Vec<u8>)| (format!("rules/{name}"), String::from_utf8(bytes).unwrap());
    folder("rules").into_iter().map(named).collect()
}

#[test]
fn every_case_of_every_rule_holds() {
    let library = compile(&shipped_rules()).unwrap();
    let failures: Vec<String> = run_cases(&library, &[])
        .into_iter()
        .filter_map(|outcome| Some(format!("{} {}: {}", outcome.place, outcome.case, outcome.failure?)))
        .collect();
    assert!(failures.is_empty(), "{} failing cases:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn all_88_national_classes_are_there_and_at_least_80_run() {
    let library = compile(&shipped_rules()).unwrap();
    let national: Vec<&Rule> =
        library.rules().iter().filter(|rule| rule.framework.iter().any(|f| f == "2025")).collect();
    assert_eq!(national.len(), 88);
    let running = national.iter().filter(|rule| rule.status == Status::Running).count();
    assert!(running >= 80, "{running} running");
    let mut codes: Vec<&str> =
        national.iter().map(|rule| rule.official_code.as_str()).filter(|code| !code.is_empty()).collect();
    codes.sort_unstable();
    let before = codes.len();
    codes.dedup();
    assert_eq!(codes.len(), before, "official codes are unique");
}

#[test]
fn i8_a_case_does_not_depend_on_which_other_rules_run() {
    // Every hit case, with every rule on: the rule's own findings are the same.
    let library = compile(&shipped_rules()).unwrap();
    let everything = run_cases(&library, &[]);
    let one_by_one: Vec<_> =
        library.rules().iter().flat_map(|rule| run_cases(&library, std::slice::from_ref(&rule.id))).collect();
    let key = |outcomes: &[audit::CaseOutcome]| {
        outcomes.iter().map(|o| (o.place.clone(), o.findings.clone())).collect::<Vec<_>>()
    };
    assert_eq!(key(&everything), key(&one_by_one));
}

/// A rule file with one thing changed, and the problems it must produce; returns how many there were.
fn check(change: (&str, &str), expect: &[(&str, &str)]) -> usize {
    let mut rules = shipped_rules();
    let (_, text) = rules.iter_mut().find(|(name, _)| name.ends_with("/drug-sex-specific.md")).unwrap();
    assert!(text.contains(change.0), "{} is in the file", change.0);
    *text = text.replacen(change.0, change.1, 1);
    let problems = compile(&rules).err().unwrap_or_default();
    for (key, words) in expect {
        let found = problems.iter().any(|p| p.key == *key && p.message.contains(words) && p.line > 0);
        assert!(found, "{key}: {words} not in {problems:#?}");
    }
    problems.len()
}

#[test]
fn a_broken_rule_says_where_and_what_to_write() {
    check(("severity = \"clear\"", "severity = \"cleer\""), &[("severity", "是否应为“clear”")]);
    check(
        ("detector = \"attribute_limit\"", "detector = \"atribute_limit\""),
        &[("detector", "是否应为“attribute_limit”")],
    );
    check(
        ("attribute = \"sex\"", "atribute = \"sex\""),
        &[("params.atribute", "是否应为“attribute”"), ("params.attribute", "缺少参数")],
    );
    check(("version = 1", "version = \"1\"\nverson = 2"), &[("version", "应为整数"), ("verson", "是否应为“version”")]);
    check(("effective_from = ", "effective_from = 2025-02-30 # "), &[("", "不是合法的 TOML")]);
    check(("kind = \"hit\"", "kind = \"hits\""), &[("case[1].kind", "是否应为“hit”")]);
    let negative = "attribute = \"sex\"\nchild_until_years = -1";
    assert_eq!(check(("attribute = \"sex\"", negative), &[("params.child_until_years", "不得为负")]), 1);
    check(("## 例外", "## 例 外"), &[("", "正文缺少“## 例外”一节")]);
}

/// Every finding of every case in one file: figures, lines, points and sentences, to be read in review.
/// Refresh with `make accept`.
#[test]
fn i4_findings_of_all_cases_read_as_expected() {
    let library = compile(&shipped_rules()).unwrap();
    let mut text = String::new();
    for outcome in run_cases(&library, &[]) {
        for finding in &outcome.findings {
            let line = if finding.feedetl_sn.is_empty() { "-" } else { &finding.feedetl_sn };
            let day = finding.occurred_on;
            text += &format!("{} · {}\n    {} {line}", outcome.rule_id, outcome.case, finding.mdtrt_id);
            text += &format!(
                " [{}] {day} {} × {}元 计入{}元",
                finding.related_feedetl_sn, finding.cnt_over, finding.amount, finding.counted
            );
            text += &format!(" {} {}\n", finding.orders_dr_code, library.finding_id(finding));
            text += &format!("    {}\n    {} {}\n", finding.evidence, finding.knowledge_point_id, finding.basis);
            assert!(!finding.evidence.is_empty() && !finding.basis.is_empty(), "I4: {}", outcome.case);
        }
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/findings.txt");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    let different = text.lines().zip(expected.lines()).find(|(now, then)| now != then);
    assert!(text == expected, "first difference: {different:#?}; refresh with make accept and read the diff");
}

/// A person with 200,000 lines, in three shapes: many visits, one endless stay, one item on one day.
fn long_history(library: &Library, shape: usize) -> model::PersonCase {
    use model::{CaseDiagnosis, CaseLine, CaseVisit, CodeBook, Fen, Quantity, Stamp, UnitPrice};
    const LINES: usize = 200_000;
    let codes: Vec<String> = {
        let knowledge = &shelf().knowledge;
        let texts = knowledge.codes.iter().map(|&code| knowledge.text(code).to_owned());
        texts.filter(|code| !code.starts_with("name:") && !code.starts_with("prefix:")).step_by(37).take(600).collect()
    };
    let mut case = model::PersonCase::default();
    case.person.psn_no = case.keep("P1");
    let lines_of_visit = if shape == 0 { 20 } else { LINES };
    let first = model::Day::from_civil(2025, 1, 1).unwrap().start().0;
    for number in 0..LINES / lines_of_visit {
        let begins_at = Stamp(first + number as i64 * 7_000);
        let mdtrt_id = case.keep(&format!("V{number:06}"));
        let code = case.keep("I10.x00x002");
        let house = case.keep(["H1", "H2", "H3"][number % 3]);
        case.visits.push(CaseVisit {
            mdtrt_id,
            fixmedins_code: house,
            begins_at,
            ends_at: Some(Stamp(begins_at.0 + if shape == 1 { 360 * 86_400 } else { 1_800 })),
            setting: if shape == 1 { model::CareSetting::Inpatient } else { model::CareSetting::Outpatient },
            ..CaseVisit::default()
        });
        let diagnosis = library.diagnosis("I10.x00x002");
        let visit = number as u32;
        case.diagnoses.push(CaseDiagnosis { visit, diagnosis, code, main: true, kind: 1, rank: 1 });
        for line in 0..lines_of_visit {
            let code = if shape == 2 { &codes[0] } else { &codes[(number * 7 + line) % codes.len()] };
            let at = match shape {
                1 => Stamp(begins_at.0 + line as i64 * 150),
                _ => Stamp(begins_at.0 + (line % 20) as i64),
            };
            let (sn, kept) = (case.keep(&format!("{number:06}{line:06}")), case.keep(code));
            let prescription = case.keep(&format!("R{}", line / 4));
            case.lines.push(CaseLine {
                visit: number as u32,
                item: library.item(code),
                code: kept,
                sn,
                at,
                quantity: Quantity::whole(1),
                price: UnitPrice(10_000),
                amount: Fen(100),
                prescription,
                supply_days: if code.starts_with('X') { 7 } else { 0 },
                ..CaseLine::default()
            });
        }
    }
    case.put_in_order();
    case
}

#[test]
fn a_person_with_200_000_lines_costs_what_his_lines_cost() {
    let library = compile(&shipped_rules()).unwrap();
    let selection = library.select(&[], |_, _| true).unwrap();
    let registers = audit::Registers::default();
    for shape in 0..3 {
        let case = long_history(&library, shape);
        let mut findings = Vec::new();
        let started = std::time::Instant::now();
        audit::Auditor::new(&library, &selection, &registers).audit(&case, &mut findings);
        let took = started.elapsed();
        // A step a line is done in a second or two without optimisation; a step a pair of lines takes hours.
        assert!(took.as_secs() < 60, "shape {shape}: {took:?} for {} findings", findings.len());
        let related = findings.iter().map(|finding| finding.related_feedetl_sn.len()).sum::<usize>();
        assert!(related < 200_000_000, "shape {shape}: {related} bytes of related lines");
        println!("shape {shape}: {took:?}, {} findings, {related} bytes related", findings.len());
    }
}
