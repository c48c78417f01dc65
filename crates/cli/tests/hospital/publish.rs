//! `yibao rule publish | switch | set | roll-back` against the served product: what a person types, and what the server then has in force.

use crate::served::{YIBAO, free_port, serve};
use std::path::{Path, PathBuf};
use std::process::Command;

const TOKEN: &str = "geheim";
const RULE: &str = "behaviour/dx-age-conflict.md";

/// Whether a command succeeded, and what it said on both streams.
fn yibao(data: &Path, server: &str, token: &str, arguments: &[&str]) -> (bool, String) {
    let output = Command::new(YIBAO)
        .args(["--data", data.to_str().unwrap(), "rule"])
        .args(arguments)
        .args(["--server", server])
        .env("YIBAO_TOKEN", token)
        .output()
        .unwrap();
    let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).concat();
    (output.status.success(), said)
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(std::fs::copy(entry.path(), target).unwrap()),
        }
    }
}

/// The shipped data as somebody's own folder, to be changed.
fn own_data(folder: &Path) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for part in ["rules", "knowledge", "catalog"] {
        copy(&root.join(part), &folder.join(part));
    }
    folder.to_path_buf()
}

/// What stands behind the words “规则库版本”.
fn version(said: &str) -> String {
    let (_, after) = said.split_once("规则库版本 ").unwrap_or_else(|| panic!("no version in: {said}"));
    after.chars().take_while(char::is_ascii_alphanumeric).collect()
}

#[test]
fn a_changed_rule_is_published_switched_set_and_rolled_back_from_the_command_line() {
    let folder = tempfile::tempdir().unwrap();
    let data = own_data(&folder.path().join("own"));
    let config = folder.path().join("yibao.toml");
    std::fs::write(&config, format!("management_token = \"{TOKEN}\"\n")).unwrap();
    let server = serve(&folder.path().join("server"), &["--config", config.to_str().unwrap()]);
    let url = server.url.as_str();

    let publish = ["publish", "--by", "张三", "--note", "第一批"];
    let (done, said) = yibao(&data, url, "another", &publish);
    assert!(!done && said.contains("服务器未接受（401）"), "{said}");

    let (done, said) = yibao(&data, url, TOKEN, &publish);
    assert!(done && said.contains("其中 0 个是服务器没有的") && said.contains("第 1 次发布"), "{said}");
    let unchanged = version(&said);

    let file = data.join("rules").join(RULE);
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("\nversion = 1\n", "\nversion = 2\n")).unwrap();
    let (done, said) = yibao(&data, url, TOKEN, &publish);
    assert!(done && said.contains("其中 1 个是服务器没有的") && said.contains("第 2 次发布"), "{said}");
    let changed = version(&said);
    assert_ne!(changed, unchanged);

    // A rule whose own case does not hold stays outside, and the one in force stays in force.
    std::fs::write(&file, text.replace("\nversion = 1\n", "\nversion = x\n")).unwrap();
    let (done, said) = yibao(&data, url, TOKEN, &publish);
    assert!(!done && said.contains("dx-age-conflict"), "{said}");
    std::fs::write(&file, &text).unwrap();

    let (done, said) =
        yibao(&data, url, TOKEN, &["switch", "dx-age-conflict", "off", "--area", "610100", "--reason", "试"]);
    assert!(done && version(&said) != changed, "switches are part of the version: {said}");
    let (done, said) = yibao(&data, url, TOKEN, &["switch", "dx-age-conflict", "default", "--area", "610100"]);
    assert!(done && version(&said) == changed, "{said}");
    let (done, said) = yibao(&data, url, TOKEN, &["switch", "dx-age-conflict", "away"]);
    assert!(!done && said.contains("可写 on、shadow、off、default"), "{said}");
    let (done, said) = yibao(&data, url, TOKEN, &["set", "dx-age-conflict", "--area", "610100", "no_such=7"]);
    assert!(!done && said.contains("no_such"), "{said}");

    let (done, said) = yibao(&data, url, TOKEN, &["roll-back", "--by", "李四", "--reason", "误报增多"]);
    assert!(done && said.contains("已回到第 1 次发布") && version(&said) == unchanged, "{said}");
    let (done, said) = yibao(&data, url, TOKEN, &["roll-back", "--to", "9"]);
    assert!(!done && said.contains("服务器未接受（404）"), "{said}");
}

#[test]
fn a_server_that_is_not_there_is_named_with_the_remedy() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let nobody = format!("http://127.0.0.1:{}", free_port());
    let (done, said) = yibao(&data, &nobody, TOKEN, &["roll-back"]);
    assert!(!done && said.contains("请核对 --server，并确认服务已启动"), "{said}");
}
