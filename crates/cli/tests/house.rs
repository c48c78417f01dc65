//! The house rules as tests: what the code must not do, and that the documents are true.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

fn rust_files(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            rust_files(&path, files);
        } else if path.extension().is_some_and(|e| e == "rs") {
            files.push(path);
        }
    }
}

fn crates() -> BTreeSet<String> {
    let entries = std::fs::read_dir(root().join("crates")).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

/// Lines of product code (not comments, not test modules) that contain one of the words.
fn offending(crate_name: &str, words: &[&str]) -> Vec<String> {
    let mut files = Vec::new();
    rust_files(&root().join("crates").join(crate_name).join("src"), &mut files);
    let mut found = Vec::new();
    for file in files.iter().filter(|f| !f.to_string_lossy().ends_with("_tests.rs")) {
        let text = std::fs::read_to_string(file).unwrap();
        let product = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (number, line) in product.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if words.iter().any(|word| code.contains(word)) {
                found.push(format!("{}:{}: {}", file.display(), number + 1, line.trim()));
            }
        }
    }
    found
}

#[test]
fn i1_pure_crates_touch_neither_clock_nor_files_nor_environment() {
    let words = ["std::fs", "std::env", "std::net", "SystemTime", "Instant::now", "std::process", "File::open"];
    for name in [
        "model",
        "catalog",
        "knowledge",
        "datafile",
        "audit",
        "bedside",
        "hooks",
        "population",
        "benefit",
        "pricing",
        "simulation",
        "agency",
        "demo",
        "registers",
        "gateway",
        "rights",
        "review",
    ] {
        assert_eq!(offending(name, &words), Vec::<String>::new(), "crate {name}");
    }
}

#[test]
fn i2_no_floats_where_money_is() {
    for name in [
        "model",
        "catalog",
        "knowledge",
        "datafile",
        "audit",
        "bedside",
        "hooks",
        "benefit",
        "pricing",
        "simulation",
        "agency",
        "demo",
        "registers",
        "gateway",
        "store",
        "rights",
        "review",
    ] {
        assert_eq!(offending(name, &["f64", "f32"]), Vec::<String>::new(), "crate {name}");
    }
}

#[test]
fn arrows_point_one_way() {
    // A row a crate, counted by nobody: two branches may each add one.
    let allowed: &[(&str, &[&str])] = &[
        ("model", &[]),
        ("catalog", &["model"]),
        ("knowledge", &["model"]),
        ("datafile", &["model"]),
        ("audit", &["model", "catalog", "knowledge", "datafile"]),
        ("bedside", &["model", "audit"]),
        ("hooks", &["model", "catalog", "bedside"]),
        ("benefit", &["model", "datafile"]),
        ("pricing", &["model", "catalog", "benefit"]),
        ("simulation", &["model", "datafile", "benefit"]),
        ("population", &["model", "audit"]),
        ("lake", &["model"]),
        ("query", &["model", "lake", "audit", "population"]),
        ("cluster", &["lake", "query"]),
        ("report", &["model", "benefit", "simulation"]),
        ("testkit", &["model", "lake", "benefit"]),
        ("agency", &["model", "catalog", "benefit", "pricing"]),
        ("demo", &["model", "catalog", "benefit", "agency"]),
        ("shipped", &["catalog", "agency"]),
        ("registers", &["model", "agency"]),
        ("gateway", &["model", "agency", "bedside"]),
        ("rights", &[]),
        ("review", &["model", "agency", "rights"]),
        ("store", &["model", "agency", "rights", "review"]),
        (
            "server",
            &[
                "model",
                "catalog",
                "knowledge",
                "audit",
                "lake",
                "bedside",
                "hooks",
                "benefit",
                "pricing",
                "agency",
                "demo",
                "registers",
                "gateway",
                "store",
                "rights",
                "review",
                "report",
                "console",
            ],
        ),
        ("console", &[]),
        ("hospital", &["model"]),
        (
            "cli",
            &[
                "model",
                "catalog",
                "knowledge",
                "audit",
                "bedside",
                "benefit",
                "pricing",
                "simulation",
                "lake",
                "query",
                "cluster",
                "report",
                "testkit",
                "agency",
                "registers",
                "store",
                "server",
                "hospital",
                "rights",
                "review",
            ],
        ),
    ];
    let crates = crates();
    assert_eq!(crates, allowed.iter().map(|(name, _)| (*name).to_owned()).collect(), "every crate has its row here");
    for (name, may) in allowed {
        let manifest = std::fs::read_to_string(root().join("crates").join(name).join("Cargo.toml")).unwrap();
        let normal = manifest.split("[dev-dependencies]").next().unwrap();
        for other in &crates {
            let depends = normal
                .lines()
                .any(|line| line.starts_with(&format!("{other}.")) || line.starts_with(&format!("{other} =")));
            assert!(!depends || may.contains(&other.as_str()), "{name} must not depend on {other}");
        }
    }
}

#[test]
fn the_architecture_page_names_every_crate_and_only_paths_that_exist() {
    let page = std::fs::read_to_string(root().join("docs/ARCHITECTURE.md")).unwrap();
    assert!(page.lines().count() <= 200, "at most 200 lines");
    for name in crates() {
        assert!(page.contains(&format!("`{name}`")), "crate {name} is not named");
    }
    for part in page.split('`').skip(1).step_by(2) {
        let is_path = part.contains('/') && !part.contains(' ') && !part.contains('<') && !part.starts_with('/');
        if is_path && !part.starts_with("OUT/") && !part.contains('*') {
            assert!(root().join(part).exists(), "{part} does not exist");
        }
    }
}

#[test]
fn the_glossary_has_one_word_for_one_idea() {
    let text = std::fs::read_to_string(root().join("docs/glossary.tsv")).unwrap();
    let mut words = BTreeSet::new();
    let mut identifiers = BTreeSet::new();
    for line in text.lines().skip(1) {
        let fields: Vec<&str> = line.split('\t').collect();
        assert_eq!(fields.len(), 5, "{line}");
        assert!(words.insert(fields[0]), "twice: {}", fields[0]);
        assert!(identifiers.insert(fields[1]), "twice: {}", fields[1]);
    }
}

#[test]
fn licences_are_compatible_with_apache_2() {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--locked", "--all-features"])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let deny = std::fs::read_to_string(root().join("deny.toml")).unwrap();
    let list = deny.split("allow = [").nth(1).unwrap().split(']').next().unwrap();
    let allowed: BTreeSet<&str> = list.split('"').skip(1).step_by(2).collect();
    let fine = |licence: &str| {
        let any = licence.split(" OR ").flat_map(|part| part.split('/'));
        any.map(str::trim).any(|choice| {
            choice.trim_matches(['(', ')']).split(" AND ").all(|one| allowed.contains(one.trim_matches(['(', ')'])))
        })
    };
    for package in metadata["packages"].as_array().unwrap() {
        let licence = package["license"].as_str().unwrap_or("none");
        assert!(fine(licence), "{} {}: {licence}", package["name"], package["version"]);
    }
}

#[test]
fn the_product_never_reads_the_shared_folder() {
    for name in crates() {
        assert_eq!(offending(&name, &["../shared", "work/shared"]), Vec::<String>::new(), "crate {name}");
    }
}
