//! The served product against the hospital simulator: a small day, and a few kills under it. The full sizes are
//! `yibao hospital-sim --visits 1000` and `tools/crash/run.sh 200`.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]

mod publish;
mod served;

use served::{YIBAO, free_port, serve};
use std::path::Path;
use std::process::Command;

#[test]
fn i3_i6_i7_a_day_of_hospitals_has_no_deviation_and_balances_to_the_fen() {
    let folder = tempfile::tempdir().unwrap();
    let _server = serve(folder.path(), &[]);
    let world = folder.path().join("world.json");
    let output = Command::new(YIBAO)
        .args(["hospital-sim", "--world", world.to_str().unwrap(), "--visits", "120", "--clients", "8"])
        .args(["--seed", "5", "--duplicates", "1-3"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("偏差 0"), "{said}");
}

#[test]
fn i6_messages_sent_one_to_ten_times_in_any_order_have_one_effect_and_one_answer() {
    let folder = tempfile::tempdir().unwrap();
    let _server = serve(folder.path(), &[]);
    let world = folder.path().join("world.json");
    let output = Command::new(YIBAO)
        .args(["hospital-sim", "repeat", "--world", world.to_str().unwrap(), "--messages", "200", "--clients", "16"])
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("生效 200，拒绝 0，应答不同 0，无应答 0"), "{said}");
}

#[test]
fn i6_kills_lose_and_double_nothing() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let output = Command::new("bash")
        .args(["tools/crash/run.sh", "3"])
        .current_dir(root)
        .env("YIBAO", YIBAO)
        .env("PORT", free_port().to_string())
        .env("CLIENTS", "8")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("nothing lost, nothing doubled"), "{said}");
}
