//! How long the prepared tables and each rule with a query take over a lake.
//!
//! `cargo run --release -p query --example rule_times -- LAKE [RULES_DIR] [THREADS]`.

use std::error::Error;
use std::path::Path;
use std::time::Instant;

use audit::Rule;
use query::{LakeSession, SessionOptions, prepare_fact, query_rules, run_queries, wanted_facts};

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let argument = |n: usize, otherwise: &str| arguments.get(n).cloned().unwrap_or_else(|| otherwise.into());
    let mut library = Vec::new();
    read(Path::new(&argument(1, "rules")), &mut library)?;
    let options = SessionOptions { threads: argument(2, "2").parse()?, memory_bytes: 6 << 30 };
    let session = LakeSession::open(Path::new(&argument(0, "lake")), &options)?;
    let rules = query_rules(&library, |_| true);
    let whole = Instant::now();
    for fact in wanted_facts(&rules) {
        let started = Instant::now();
        let rows = prepare_fact(&session, fact)?;
        println!("{:>8} ms  {rows:>10} rows      table {}", started.elapsed().as_millis(), fact.name);
    }
    for rule in &rules {
        let started = Instant::now();
        let found = run_queries(&session, std::slice::from_ref(rule))?;
        let note = found.not_run.first().map_or("", |(_, reason)| reason.as_str());
        let findings = found.findings.len();
        println!("{:>8} ms  {findings:>10} findings  {} {note}", started.elapsed().as_millis(), rule.1.id);
    }
    println!("{:>8} ms  in all", whole.elapsed().as_millis());
    Ok(())
}

/// Every rule file below a folder.
fn read(folder: &Path, rules: &mut Vec<Rule>) -> Result<(), Box<dyn Error>> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            read(&path, rules)?;
        } else if path.extension().is_some_and(|end| end == "md") {
            let mut problems = Vec::new();
            rules.extend(Rule::read(&path.to_string_lossy(), &std::fs::read_to_string(&path)?, &mut problems));
            if let Some(problem) = problems.first() {
                return Err(format!("{problem:?}").into());
            }
        }
    }
    Ok(())
}
