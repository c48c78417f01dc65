//! Runs the cases of rules with a query: the case's claims folder goes through the same statements as a lake.

use audit::{CaseOutcome, ExpectedRow, QueryCase, Rule, Status};
use model::Finding;

use crate::case_table::batch;
use crate::population::{IndexedRule, prepare_facts, query_rules, run_queries};
use crate::{LakeSession, QueryError, SessionOptions};

/// Runs the cases of the given rules (of all when `only` is empty); planned rules have none to run.
pub fn run_query_cases(rules: &[Rule], only: &[String]) -> Result<Vec<CaseOutcome>, QueryError> {
    let wanted = |index: u32| {
        let rule = rules.get(index as usize);
        rule.is_some_and(|rule| rule.status == Status::Running && (only.is_empty() || only.contains(&rule.id)))
    };
    let mut outcomes = Vec::new();
    let session = LakeSession::in_memory(&SessionOptions { threads: 1, ..SessionOptions::default() })?;
    for indexed in query_rules(rules, wanted) {
        for case in &indexed.1.query_cases {
            outcomes.push(run_case(&session, indexed, case)?);
        }
    }
    Ok(outcomes)
}

fn run_case(session: &LakeSession, indexed: IndexedRule<'_>, case: &QueryCase) -> Result<CaseOutcome, QueryError> {
    let rule = indexed.1;
    for (table, rows) in case.tables.all() {
        let batch = batch(table, rows)?;
        session.register(table, batch.schema(), vec![batch])?;
    }
    prepare_facts(session, &[indexed])?;
    let found = run_queries(session, &[indexed])?;
    if let Some((_, reason)) = found.not_run.into_iter().next() {
        return Err(QueryError::Rule { rule: rule.id.clone(), reason });
    }
    let mut findings = found.findings;
    findings.sort_by(|a, b| key(a).cmp(&key(b)));
    let mut expected = case.findings.clone();
    expected.sort();
    let agrees = findings.len() == expected.len() && findings.iter().zip(&expected).all(|(f, e)| matches(f, e));
    let failure = (!agrees).then(|| {
        let wanted: Vec<String> = expected.iter().map(words_of_expected).collect();
        let came: Vec<String> = findings.iter().map(words_of_finding).collect();
        format!("预期 [{}]，实得 [{}]", wanted.join("；"), came.join("；"))
    });
    Ok(CaseOutcome {
        rule_id: rule.id.clone(),
        case: case.name.clone(),
        kind: case.kind,
        place: format!("{}:{}", rule.file, case.line),
        failure,
        findings,
    })
}

/// In the order of [`ExpectedRow`].
fn key(finding: &Finding) -> [&str; 4] {
    [&finding.fixmedins_code, &finding.psn_no, &finding.mdtrt_id, &finding.feedetl_sn]
}

fn matches(finding: &Finding, expected: &ExpectedRow) -> bool {
    key(finding) == [&expected.fixmedins_code, &expected.psn_no, &expected.mdtrt_id, &expected.feedetl_sn]
        && expected.cnt_over.is_none_or(|quantity| quantity == finding.cnt_over)
        && expected.amount.is_none_or(|amount| amount == finding.amount)
        && finding.evidence.contains(&expected.says)
}

fn words_of_expected(expected: &ExpectedRow) -> String {
    let ExpectedRow { fixmedins_code, psn_no, mdtrt_id, feedetl_sn, cnt_over, amount, says } = expected;
    let quantity = cnt_over.map(|q| format!(" 数量{q}")).unwrap_or_default();
    let amount = amount.map(|a| format!(" {a}元")).unwrap_or_default();
    format!("{fixmedins_code} {psn_no} {mdtrt_id} {feedetl_sn}{quantity}{amount} {says}")
}

fn words_of_finding(finding: &Finding) -> String {
    let [institution, person, visit, line] = key(finding);
    format!("{institution} {person} {visit} {line} 数量{} {}元：{}", finding.cnt_over, finding.amount, finding.evidence)
}
