//! `yibao register` from outside: files in, a register in a data directory, files out.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]

use std::path::Path;
use std::process::Command;

struct Ran {
    code: Option<i32>,
    text: String,
}

fn register(folder: &Path, arguments: &[&str]) -> Ran {
    let output = Command::new(env!("CARGO_BIN_EXE_yibao"))
        .arg("register")
        .args(arguments)
        .arg("--data")
        .arg(folder.join("data"))
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    Ran { code: output.status.code(), text: text(&output.stdout) + &text(&output.stderr) }
}

fn example(name: &str) -> String {
    format!("{}/../../docs/examples/registers/{name}", env!("CARGO_MANIFEST_DIR"))
}

/// Runs a command; expects the exit code and every word.
#[track_caller]
fn check(folder: &Path, arguments: &[&str], code: i32, words: &[&str]) {
    let ran = register(folder, arguments);
    assert_eq!(ran.code, Some(code), "{arguments:?}\n{}", ran.text);
    for word in words {
        assert!(ran.text.contains(word), "{arguments:?}: “{word}” not in\n{}", ran.text);
    }
}

#[test]
fn registers_fill_change_and_come_out_again() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let import =
        |kind: &str, file: &str| vec!["import".to_owned(), example(file), "--kind".to_owned(), kind.to_owned()];
    let run = |arguments: Vec<String>, code: i32, words: &[&str]| {
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        check(at, &arguments, code, words);
    };
    // Cover of nobody is refused; a dry run writes nothing.
    run(import("coverage", "coverage.csv"), 1, &["读入 4 行：接受 0，修正 0，退回 4", "没有登记的人员编号"]);
    let mut dry = import("persons", "persons.csv");
    dry[0] = "validate".to_owned();
    run(dry, 0, &["没有写入", "修正 4"]);
    run(import("coverage", "coverage.csv"), 1, &["退回 4"]);

    run(import("persons", "persons.csv"), 0, &["已导入。读入 4 行：接受 0，修正 4，退回 0", "按字典改为代码"]);
    run(import("coverage", "coverage.csv"), 0, &["接受 4"]);
    run(import("contributions", "contributions.csv"), 0, &["接受 3"]);
    run(import("contributions", "contributions.csv"), 1, &["退回 3", "已经入账"]);
    run(import("institutions", "institutions.csv"), 0, &["接受 1，修正 2，退回 0"]);
    run(import("staff", "staff.csv"), 0, &["修正 3"]);

    let yesterday = ["show", "99040000009001", "--on", "2026-11-15", "--known-on", "2026-01-01"];
    check(at, &yesterday, 0, &["赵甲子", "个人账户 120.00 元", "没有"]);
    check(at, &["show", "99040000009001", "--on", "2026-11-15"], 0, &["人员类别 11", "正常参保"]);
    check(at, &["event", &example("events.csv")], 0, &["修正 3，退回 0"]);
    check(at, &["show", "99040000009001", "--on", "2026-11-15"], 0, &["人员类别 12", "2026-11-01 至 今"]);
    check(at, &["show", "404"], 2, &["没有人员编号“404”的登记"]);

    let out = at.join("persons.xlsx");
    check(at, &["export", out.to_str().unwrap(), "--kind", "persons"], 0, &["参保人已写入"]);
    check(at, &["import", out.to_str().unwrap(), "--kind", "persons"], 0, &["接受 4，修正 0"]);
    check(at, &["export", at.join("persons.txt").to_str().unwrap(), "--kind", "persons"], 2, &[".csv 或 .xlsx"]);
}

#[test]
fn rejected_rows_are_written_down() {
    let folder = tempfile::tempdir().unwrap();
    let rejects = folder.path().join("rejects.csv");
    let file = example("persons-with-mistakes.csv");
    let arguments = ["import", &file, "--kind", "persons", "--rejects", rejects.to_str().unwrap()];
    check(folder.path(), &arguments, 1, &["读入 6 行：接受 0，修正 1，退回 5"]);
    let text = std::fs::read_to_string(rejects).unwrap();
    assert!(text.starts_with("行,列,值,原因,办法\n3,certno,"), "{text}");
    assert!(text.lines().count() > 5, "{text}");
    // A file of another kind is refused whole.
    check(folder.path(), &["import", &file, "--kind", "staff"], 2, &["不认识的列", "缺少列“人员代码”"]);
}
