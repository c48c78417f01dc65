//! How long a page of the queue takes: `cargo run --release -p store --example review_page -- DATABASE 1000000`, where the database is
//! a folder or a `postgres://…` URL. `make bench-queue` does it on both.
//!
//! Fills the store with invented items, a part of them decided and assigned, then reads the first eleven pages in every order, with
//! and without filters, each with its total as the server reads it, and tells the slowest of each in milliseconds.
#![allow(clippy::unwrap_used, reason = "an example that cannot prepare its input should stop there")]

use model::{Day, Fen, Severity, Stamp};
use review::{Facts, Item, Stage, State};
use rights::Scope;
use std::time::{Duration, Instant};
use store::{Database, ItemQuery, Options, ReviewChanges, ReviewJob, SortBy, Store, TallyBy};

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

/// Every third item is decided one way or another, every tenth is somebody's.
fn worked_on(number: u64) -> Item {
    let mut item = item(number);
    if number.is_multiple_of(3) {
        let states = [State::Sent, State::RefusalPending, State::Dismissed, State::TimedOut, State::Deducted];
        item.standing.state = states[usize::try_from(number / 3 % 5).unwrap()];
    }
    if number.is_multiple_of(10) {
        item.assignee = format!("anna{}", number / 10 % 20);
    }
    item
}

async fn fill(store: &Store, count: u64) {
    for first in (0..count).step_by(5_000) {
        let items: Vec<Item> = (first..count.min(first + 5_000)).map(worked_on).collect();
        let changes = move || ReviewChanges { items: items.clone(), ..ReviewChanges::default() };
        let job = ReviewJob::new(AT, move |_, _| Ok(changes()));
        store.review(job).await.unwrap();
    }
}

/// Milliseconds of the slowest of the first page and ten more, each with its total.
async fn slowest(store: &Store, mut query: ItemQuery) -> u128 {
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
    slowest.as_millis()
}

/// Filters of one, two and three columns, of many items and of few.
fn filters() -> Vec<(&'static str, ItemQuery)> {
    let text = |text: &str| Some(text.to_owned());
    let everywhere = || ItemQuery { limit: 100, ..ItemQuery::of(Scope::everywhere()) };
    let institution = text("H61010000007");
    let office = Scope { areas: vec!["610100".to_owned()], institutions: vec!["H61010000007".to_owned()] };
    vec![
        ("open", ItemQuery { stages: vec![Stage::First, Stage::Provider, Stage::Deduction], ..everywhere() }),
        ("rule, many", ItemQuery { rule: text("rule-0"), ..everywhere() }),
        ("rule, few", ItemQuery { rule: text("rule-120"), ..everywhere() }),
        ("rule, few, stage", ItemQuery { rule: text("rule-120"), stages: vec![Stage::Provider], ..everywhere() }),
        ("institution", ItemQuery { institution: institution.clone(), ..everywhere() }),
        ("its office", ItemQuery::of(office)),
        ("institution, rule", ItemQuery { institution: institution.clone(), rule: text("rule-0"), ..everywhere() }),
        (
            "institution, rule, severity",
            ItemQuery { institution, rule: text("rule-90"), severity: text("clear"), ..everywhere() },
        ),
        ("severity", ItemQuery { severity: text("indicator"), ..everywhere() }),
        ("severity, rule", ItemQuery { severity: text("indicator"), rule: text("rule-77"), ..everywhere() }),
        ("states", ItemQuery { states: vec![State::Sent, State::Deducted], ..everywhere() }),
        ("nobody's", ItemQuery { assignee: text(""), ..everywhere() }),
        ("nobody's, rule", ItemQuery { assignee: text(""), rule: text("rule-0"), ..everywhere() }),
        ("somebody's", ItemQuery { assignee: text("anna7"), ..everywhere() }),
        ("overdue", ItemQuery { due_until: Some(20_794), sort: SortBy::DueOn, descending: false, ..everywhere() }),
        ("overdue, rule", ItemQuery { due_until: Some(20_794), rule: text("rule-0"), ..everywhere() }),
        ("visit", ItemQuery { visit: text("V33333"), ..everywhere() }),
    ]
}

#[tokio::main]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let database = Database::parse(&arguments.next().unwrap()).unwrap();
    let count: u64 = arguments.next().unwrap().parse().unwrap();
    let store = Store::open(database, Options::default()).await.unwrap();
    let begun = Instant::now();
    if store.review_total(&ItemQuery::of(Scope::everywhere())).await.unwrap().0 == 0 {
        fill(&store, count).await;
        println!("{count} items in {} s", begun.elapsed().as_secs());
    }
    let mut worst = 0;
    for sort in SortBy::ALL {
        let mut taken = [0; 2];
        for (descending, taken) in [false, true].into_iter().zip(&mut taken) {
            let query = ItemQuery { sort, descending, limit: 100, ..ItemQuery::of(Scope::everywhere()) };
            *taken = slowest(&store, query).await;
        }
        worst = worst.max(taken[0]).max(taken[1]);
        println!("by {:28} {:5} {:5} ms", sort.word(), taken[0], taken[1]);
    }
    for (name, query) in filters() {
        let mut taken = [0; 2];
        for (sort, taken) in [query.sort, SortBy::OccurredOn].into_iter().zip(&mut taken) {
            *taken = slowest(&store, ItemQuery { sort, ..query.clone() }).await;
        }
        worst = worst.max(taken[0]).max(taken[1]);
        println!("{name:31} {:5} {:5} ms", taken[0], taken[1]);
    }
    println!("slowest page with its total      {worst:5} ms");
    let begun = Instant::now();
    let mut tallies = store.review_tallies(&Scope::everywhere(), TallyBy::Rule).await.unwrap();
    tallies.extend(store.review_tallies(&Scope::everywhere(), TallyBy::Institution).await.unwrap());
    let months = store.review_months(&Scope::everywhere()).await.unwrap();
    println!("cockpit, {} rows {:17} ms", tallies.len() + months.len(), begun.elapsed().as_millis());
    store.drain().await;
}
