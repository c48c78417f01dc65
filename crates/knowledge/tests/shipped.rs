//! The tables as shipped: they load, and what was promised of them holds.

#![expect(clippy::expect_used, reason = "a test says what it expects")]

mod shipped_tables;

use knowledge::{Reason, Source, Stats, Status, with_predicates};
use shipped_tables::{shipped, table};

#[test]
fn every_published_point_is_accounted_for() {
    let knowledge = shipped();
    let stats = Stats::of(&knowledge);
    let published = stats.total(Source::Published);
    assert_eq!(published.points, 3671);
    assert_eq!(published.codes, 29_307);
    let text_only: u32 = published.text_only.values().sum();
    assert_eq!(published.executable + text_only, published.points);
    assert_eq!(published.text_only.get(&Reason::Unreadable), None, "no published text is left unread");
    for class in &stats.classes {
        let text_only: u32 = class.counts.text_only.values().sum();
        assert_eq!(class.counts.executable + text_only, class.counts.points, "{}", class.name);
    }
    assert!(stats.total(Source::Book).points > 4000);
    assert!(stats.total(Source::Derived).executable > 400);
    let indications = stats.classes.iter().find(|class| class.rule_id == "drug-payment-indication").expect("a class");
    assert!(indications.counts.executable >= 150, "{indications:?}");
    assert!(
        knowledge.points.iter().all(|point| !knowledge.text(point.basis).is_empty()),
        "I4: every point cites its basis"
    );
    assert!(knowledge.points.iter().filter(|p| p.status == Status::Executable).all(|p| p.codes_len > 0));
}

#[test]
fn i8_the_order_of_files_does_not_matter() {
    let mut files = shipped_tables::tables();
    let forward = shipped_tables::read(&files).expect("a library");
    files.reverse();
    let backward = shipped_tables::read(&files).expect("a library");
    assert_eq!(forward.points.len(), backward.points.len());
    for (a, b) in forward.points.iter().zip(&backward.points) {
        assert_eq!(forward.details(a).to_string(), backward.details(b).to_string());
        if a.source == Source::Published {
            break;
        }
    }
}

/// The first line that differs, so that a failure does not print two tables.
fn same(found: &str, expect: &str) {
    for (number, (found, expect)) in found.lines().zip(expect.lines()).enumerate() {
        assert_eq!(found, expect, "line {}", number + 1);
    }
    assert_eq!(found.lines().count(), expect.lines().count());
}

/// `YIBAO_ACCEPT=1 cargo test -p knowledge` writes the derived column, to be read in review.
#[test]
fn the_shipped_predicates_are_those_derived_from_the_texts() {
    let points = table("points.csv");
    let derived = with_predicates(points.as_bytes()).expect("a table");
    if std::env::var_os("YIBAO_ACCEPT").is_some() {
        std::fs::write(shipped_tables::folder().join("points.csv"), &derived).expect("written");
        return;
    }
    same(&points, &derived);
}

#[test]
fn an_emptied_predicate_column_is_filled_again() {
    let points = table("points.csv");
    let mut reader = csv::Reader::from_reader(points.as_bytes());
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::Any(b'\n')).from_writer(Vec::new());
    writer.write_record(reader.headers().expect("a header")).expect("written");
    for record in reader.records() {
        let record = record.expect("a row");
        let read_from_text =
            ["drug-institution-level", "drug-care-setting", "drug-paid-course-limit", "drug-child-exclusive"]
                .contains(&&record[1]);
        writer
            .write_record(record.iter().enumerate().map(|(i, v)| if i == 7 && read_from_text { "" } else { v }))
            .expect("written");
    }
    let emptied = writer.into_inner().expect("bytes");
    assert_ne!(emptied.len(), points.len());
    same(&with_predicates(&emptied).expect("a table"), &points);
}
