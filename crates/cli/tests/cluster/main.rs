//! The audit on a cluster of processes on this machine: what it finds is what one machine finds, whatever happens to
//! the executors; or it finds nothing and says why. Run by `make test-cluster`.
#![cfg(feature = "cluster")]
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]

mod place;
mod store;

use place::{Cluster, Place, skewed};
use std::time::{Duration, Instant};
use store::Store;

#[test]
fn i8_one_two_or_three_executors_find_what_one_machine_finds() {
    let place = Place::new("600", 24);
    let local = place.audit("local", &[]);
    assert!(local.findings.lines().count() > 100);
    assert_eq!(local.findings.matches("drug-stock-flow-anomaly").count(), 1, "a rule over everybody's sums");
    let mut cluster = Cluster::start(&place);
    for executors in 1..=3 {
        cluster.add_executor(&[]);
        let found = place.audit(&format!("by-{executors}"), &cluster.flag());
        assert!(found.findings == local.findings, "{executors} executors: findings differ");
        assert!(found.parquet == local.parquet, "{executors} executors: findings.parquet differs");
        for part in ["totals", "intake", "receipt", "by_rule", "by_institution", "by_month"] {
            assert!(local.summary.get(part).is_some(), "{part}");
            assert_eq!(found.summary.get(part), local.summary.get(part), "{part} by {executors} executors");
        }
    }
    let shares: Vec<usize> = (0..3).map(|number| cluster.buckets_done(number)).collect();
    assert!(shares.iter().all(|share| *share > 0), "every executor had work: {shares:?}");
}

#[test]
fn i8_an_executor_killed_in_the_middle_changes_nothing() {
    let place = Place::new("1500", 48);
    let local = place.audit("local", &[]);
    let mut cluster = Cluster::start(&place);
    (0..3).for_each(|_| cluster.add_executor(&[]));
    let mut run = place.submit("killed", &cluster.flag());
    // It has finished a bucket, whose result dies with it, and has begun another.
    let since = Instant::now();
    while cluster.buckets_done(1) < 2 {
        assert!(since.elapsed() < Duration::from_secs(120), "the executor never got work");
        std::thread::sleep(Duration::from_millis(5));
    }
    cluster.kill(1);
    assert!(run.try_wait().unwrap().is_none(), "the run was over before the executor was killed");
    assert!(!place.at("killed").exists(), "nothing is published before the run is whole");
    let output = run.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let found = place.results("killed");
    assert!(found.findings == local.findings && found.parquet == local.parquet, "findings differ");
    assert_eq!(found.summary.get("totals"), local.summary.get("totals"));
    assert!(cluster.buckets_done(0) + cluster.buckets_done(2) >= 48, "what the killed one had done was done again");
}

#[test]
fn a_run_whose_executors_all_die_leaves_what_was_there() {
    let place = Place::new("1500", 48);
    let before = place.audit("out", &["--until", "2025-08-01"]);
    let mut cluster = Cluster::start(&place);
    cluster.add_executor(&[]);
    let run = place.submit("out", &cluster.flag());
    while cluster.buckets_done(0) == 0 {
        std::thread::sleep(Duration::from_millis(5));
    }
    cluster.kill(0);
    let output = run.wait_with_output().unwrap();
    assert!(!output.status.success());
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.contains("没有执行器"), "{told}");
    let after = place.results("out");
    assert!(before.findings == after.findings && before.summary == after.summary, "results of before were touched");
    assert_eq!(place.hidden_folders(), 0, "nothing half-made is left beside");
}

#[test]
fn i8_clocks_that_disagree_change_nothing() {
    let place = Place::new("600", 24);
    let local = place.audit("local", &[]);
    let mut cluster = Cluster::start(&place);
    // Half a year ahead, and a year behind.
    cluster.add_executor(&skewed(&place, 183 * 86_400));
    cluster.add_executor(&skewed(&place, -365 * 86_400));
    let found = place.audit("skewed", &cluster.flag());
    assert!(found.findings == local.findings && found.parquet == local.parquet, "findings differ");
    assert!(cluster.buckets_done(0) > 0 && cluster.buckets_done(1) > 0, "both had work");
}

#[test]
fn i10_an_executor_that_would_judge_otherwise_is_refused() {
    let place = Place::new("300", 8);
    let rules = place.altered_rules();
    let mut cluster = Cluster::start(&place);
    cluster.add_executor_of(&place.yibao(), &rules, &[]);
    let told = place.refused("rules", &cluster.flag());
    assert!(told.contains("规则与提交方不同") && told.contains("--data"), "{told}");
    cluster.kill(0);
    let other = place.rebuilt_program();
    cluster.add_executor_of(&other, &place.data(), &[]);
    // The killed one is forgotten after some seconds; work waits for whoever lives.
    let told = place.refused("program", &cluster.flag());
    assert!(told.contains("程序文件与提交方不同") && told.contains("127.0.0.1:"), "{told}");
    assert!(!place.at("rules").exists() && !place.at("program").exists());
}

#[test]
fn what_is_not_there_is_named() {
    let place = Place::new("300", 8);
    let told = place.refused("out", &["--cluster", "127.0.0.1:9"]);
    assert!(told.contains("连不上调度器 127.0.0.1:9"), "{told}");
    let told = place.refused("out", &["--cluster", "nonsense"]);
    assert!(told.contains("主机:端口"), "{told}");
    // A file that was lost after the submitter looked: the executor names it.
    let mut cluster = Cluster::start(&place);
    let told = place.refused("out", &cluster.flag());
    assert!(told.contains("没有执行器"), "{told}");
    cluster.add_executor(&[]);
    place.damage_a_file();
    let told = place.refused("out", &cluster.flag());
    assert!(told.contains("charge_lines") && told.contains("损坏"), "{told}");
    assert!(!place.at("out").exists());
}

#[test]
fn i8_a_lake_in_an_object_store_is_the_lake() {
    let place = Place::new("600", 8);
    let local = place.audit("local", &[]);
    let questions = [
        ["sql", "SELECT v.month, count(*), sum(l.det_item_fee_sumamt) FROM visits v JOIN charge_lines l ON v.mdtrt_id = l.mdtrt_id WHERE v.month > '2025-07' GROUP BY 1 ORDER BY 1"].as_slice(),
        &["indicators", "--month", "2025-07", "--by", "institution"],
        &["lake", "show"],
        &["lake", "verify"],
    ];
    let here: Vec<String> = questions.iter().map(|question| place.ask(question, None)).collect();
    let mut store = Store::holding(&place);
    let there: Vec<String> = questions.iter().map(|question| place.ask(question, Some(&store))).collect();
    assert_eq!(there, here);
    let found = place.audit_in(&store, "remote", &[]);
    assert!(found.findings == local.findings && found.parquet == local.parquet, "findings differ");
    assert_eq!(found.summary.get("receipt"), local.summary.get("receipt"));
    // Machines of a cluster share the store and nothing else.
    let mut cluster = Cluster::start(&place);
    (0..2).for_each(|_| cluster.add_executor(&store.environment()));
    let found = place.audit_in(&store, "cluster", &cluster.flag());
    assert!(found.findings == local.findings && found.parquet == local.parquet, "findings on a cluster differ");
    // An object that is lost is named; so is a store that is gone.
    let lost = store.lose_an_object();
    let told = place.refused_in(&store, "lost");
    assert!(told.contains(&lost) && told.contains("不见了"), "{told}");
    store.stop();
    let told = place.refused_in(&store, "gone");
    assert!(told.contains("读取对象存储") && told.contains("AWS_ENDPOINT"), "{told}");
    assert!(!place.at("lost").exists() && !place.at("gone").exists());
}

#[test]
fn an_object_store_is_read_only_and_named_rightly() {
    let place = Place::new("300", 4);
    let told = place.told(&["lake", "add", "city", "--lake", "s3://bucket/lake"]);
    assert!(told.contains("只能写入本地目录") && !place.at("s3:").exists(), "{told}");
    let told = place.told(&["lake", "show", "--lake", "s3://"]);
    assert!(told.contains("s3://桶/前缀"), "{told}");
}
