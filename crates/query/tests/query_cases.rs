//! Every case of every rule with a query: the case's claims folder through the rule's statement and judge.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]

use audit::Rule;
use model::Severity;
use query::run_query_cases;
use std::path::Path;

/// The shipped rules that have a query.
fn rules() -> Vec<Rule> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../rules");
    let mut rules = Vec::new();
    let mut problems = Vec::new();
    for folder in std::fs::read_dir(root).unwrap().filter_map(|entry| std::fs::read_dir(entry.unwrap().path()).ok()) {
        for file in folder {
            let path = file.unwrap().path();
            let text = std::fs::read_to_string(&path).unwrap();
            if text.contains("\n[query]\n") {
                rules.extend(Rule::read(&path.to_string_lossy(), &text, &mut problems));
            }
        }
    }
    assert!(problems.is_empty(), "{problems:#?}");
    rules.sort_by(|a, b| a.id.cmp(&b.id));
    rules
}

#[test]
fn every_case_of_every_rule_with_a_query_holds() {
    let outcomes = run_query_cases(&rules(), &[]).unwrap();
    assert!(outcomes.len() >= 100, "{} cases", outcomes.len());
    let failures: Vec<String> = outcomes
        .into_iter()
        .filter_map(|outcome| Some(format!("{} {}: {}", outcome.place, outcome.case, outcome.failure?)))
        .collect();
    assert!(failures.is_empty(), "{} failing cases:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn a_rule_about_many_visits_never_claims_a_clear_violation() {
    let clear: Vec<String> = rules().into_iter().filter(|r| r.severity == Severity::Clear).map(|r| r.id).collect();
    assert_eq!(clear, [""; 0], "figures are suspicions or indicators");
}
