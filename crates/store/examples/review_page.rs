//! How long a page of the queue takes: `cargo run --release -p store --example review_page -- FOLDER 1000000`.
//!
//! Fills a SQLite store with invented items, then reads first pages and pages from the middle in every order, with and
//! without filters, and tells the slowest of each.
#![allow(clippy::unwrap_used, reason = "an example that cannot prepare its input should stop there")]

use model::{Day, Fen, Severity, Stamp};
use review::{Facts, Item};
use rights::Scope;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use store::{Database, ItemQuery, Options, ReviewChanges, ReviewJob, SortBy, Store};

const AT: Stamp = Stamp(1_790_000_000);

fn item(number: u64) -> Item {
    // A multiplication that scatters: neighbours in time are none in any order.
    let scattered = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let part = |shift: u32, most: u64| (scattered >> shift) % most;
    let facts = Facts {
        id: format!("F{scattered:016x}"),
        institution: format!("H6101{:07}", part(3, 300)),
        area: "610100".to_owned(),
        visit: format!("V{}", number / 3),
        person: format!("P{}", number / 9),
        physician: format!("D{}", part(7, 5_000)),
        line: format!("L{number}"),
        related_lines: String::new(),
        // Some rules find most: the first tenth of a square distribution.
        rule: format!("rule-{}", part(11, 150) * part(19, 150) / 150),
        rule_version: "1".to_owned(),
        rule_name: "示例规则".to_owned(),
        official_code: String::new(),
        severity: [Severity::Clear, Severity::Suspicious, Severity::Indicator][usize::try_from(part(5, 3)).unwrap()],
        occurred_on: Day(20_454 + i32::try_from(part(13, 330)).unwrap()),
        quantity_over: "1".to_owned(),
        amount: Fen(i64::try_from(part(17, 500_000)).unwrap()),
        counted: Fen::ZERO,
        point: "K1".to_owned(),
        basis: "国家医保药品目录（2024年）".to_owned(),
        evidence: "限二级及以上医疗机构使用，本次就诊机构为一级".to_owned(),
        reminder: String::new(),
        insurance: "310".to_owned(),
        share: None,
        snapshot: "0123456789abcdef".to_owned(),
        imported_at: AT,
    };
    Item::new(facts, Some(Day(20_790 + i32::try_from(part(23, 10)).unwrap())))
}

async fn fill(store: &Store, count: u64) {
    for first in (0..count).step_by(5_000) {
        let items: Vec<Item> = (first..count.min(first + 5_000)).map(item).collect();
        let changes = move || ReviewChanges { items: items.clone(), ..ReviewChanges::default() };
        let job = ReviewJob::new(AT, move |_, _| Ok(changes()));
        store.review(job).await.unwrap();
    }
}

/// The first page and ten more, each with its total as the server reads it; the slowest.
async fn slowest(store: &Store, mut query: ItemQuery) -> Duration {
    let mut slowest = Duration::ZERO;
    for _ in 0..11 {
        let begun = Instant::now();
        let page = store.review_page(&query).await.unwrap();
        store.review_total(&query).await.unwrap();
        slowest = slowest.max(begun.elapsed());
        match page.next {
            Some(next) => query.after = Some(next),
            None => break,
        }
    }
    slowest
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().unwrap());
    let count: u64 = arguments.next().unwrap().parse().unwrap();
    let store = Store::open(Database::Sqlite(folder), Options::default()).await.unwrap();
    let begun = Instant::now();
    if store.review_total(&ItemQuery::of(Scope::everywhere())).await.unwrap().0 == 0 {
        fill(&store, count).await;
        println!("{count} items in {:?}", begun.elapsed());
    }
    let everywhere = || ItemQuery { limit: 100, ..ItemQuery::of(Scope::everywhere()) };
    for sort in SortBy::ALL {
        for descending in [false, true] {
            let taken = slowest(&store, ItemQuery { sort, descending, ..everywhere() }).await;
            println!("{:12} {:5} {taken:?}", sort.word(), if descending { "desc" } else { "asc" });
        }
    }
    let institution = || Some("H61010000007".to_owned());
    let filters = [
        ("a rule with many", ItemQuery { rule: Some("rule-0".to_owned()), ..everywhere() }),
        ("a rule with few", ItemQuery { rule: Some("rule-120".to_owned()), ..everywhere() }),
        ("an institution", ItemQuery { institution: institution(), ..everywhere() }),
        ("both", ItemQuery { institution: institution(), rule: Some("rule-0".to_owned()), ..everywhere() }),
        ("indicators", ItemQuery { severity: Some("indicator".to_owned()), ..everywhere() }),
        ("nobody's", ItemQuery { assignee: Some(String::new()), ..everywhere() }),
    ];
    for (name, query) in filters {
        println!("{name:18} {:?}", slowest(&store, query).await);
    }
}
