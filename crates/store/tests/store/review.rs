//! The review in both databases: pages in any order, figures that are what the items say, requests that take effect once.

use crate::on_both_databases;
use crate::support::{Guards, NOW, Opened, execute};
use model::{Day, Fen, Severity, Stamp};
use rand::{Rng, SeedableRng};
use review::{Act, Actor, Calendar, Clock, Command, Facts, Item, Limits, Stage, State, Verdict, decide};
use rights::{Role, Scope};
use std::collections::BTreeMap;
use store::{
    ItemQuery, LogEntry, LogQuery, Note, RequestKey, ReviewChanges, ReviewJob, Reviewed, Session, SortBy, Store,
    TallyBy, User,
};

fn item(number: u64, random: &mut impl Rng) -> Item {
    let severity = [Severity::Clear, Severity::Suspicious, Severity::Indicator][random.random_range(0..3)];
    let institution = format!("H{}", random.random_range(0..4));
    let text = str::to_owned;
    let facts = Facts {
        id: format!("F{number:05}"),
        area: text(if institution < text("H2") { "610100" } else { "620100" }),
        visit: format!("V{}-{}", institution, number / 3),
        institution,
        person: text("P1"),
        physician: text("D1"),
        line: format!("L{}", number % 2),
        related_lines: String::new(),
        rule: format!("rule-{}", random.random_range(0..3)),
        rule_version: text("1"),
        rule_name: text("规则"),
        official_code: String::new(),
        severity,
        occurred_on: Day(20_700 + random.random_range(0..60)),
        quantity_over: text("1"),
        amount: Fen(random.random_range(1..40)),
        counted: Fen(0),
        point: String::new(),
        basis: text("文件"),
        evidence: text("事实"),
        reminder: String::new(),
        insurance: text("310"),
        share: None,
        snapshot: text("abc"),
        imported_at: NOW,
    };
    Item::new(facts, Some(Day(20_800)))
}

fn job(
    keys: Vec<(String, String)>,
    changes: impl Fn(&store::ReviewFile) -> ReviewChanges + Send + Sync + 'static,
) -> ReviewJob {
    ReviewJob::new(NOW, move |file, _| Ok(changes(file))).on(keys)
}

fn key(item: &Item) -> (String, String) {
    (item.facts.institution.clone(), item.facts.id.clone())
}

async fn put(store: &Store, items: Vec<Item>) {
    let keys = items.iter().map(key).collect();
    let reviewed = store.review(job(keys, move |_| ReviewChanges { items: items.clone(), ..ReviewChanges::default() }));
    assert_eq!(reviewed.await.unwrap(), Reviewed::Fresh(String::new()));
}

/// All pages, one after the other.
async fn all(store: &Store, mut query: ItemQuery) -> Vec<Item> {
    let mut items = Vec::new();
    loop {
        let page = store.review_page(&query).await.unwrap();
        assert!(page.items.len() as u64 <= query.limit);
        items.extend(page.items);
        match page.next {
            Some(next) => query.after = Some(next),
            None => return items,
        }
    }
}

async fn pages_in_any_order_show_everything_once(opened: Opened) {
    let store = &opened.store;
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(7);
    let items: Vec<Item> = (0..240).map(|number| item(number, &mut random)).collect();
    put(store, items.clone()).await;
    decide_some(store, &items[..90]).await;
    let value = |item: &Item, sort: SortBy| -> (i64, String) {
        let (facts, standing) = (&item.facts, &item.standing);
        match sort {
            SortBy::AtStake => (facts.at_stake().0, String::new()),
            SortBy::Amount => (facts.amount.0, String::new()),
            SortBy::Decided => (standing.decided.0, String::new()),
            SortBy::OccurredOn => (facts.occurred_on.0.into(), String::new()),
            SortBy::DueOn => (standing.due_on.map_or(-1, |day| day.0.into()), String::new()),
            SortBy::ImportedAt => (facts.imported_at.0, String::new()),
            SortBy::Rule => (0, facts.rule.clone()),
            SortBy::Institution => (0, facts.institution.clone()),
            SortBy::Severity => (0, facts.severity.word().to_owned()),
            SortBy::State => (0, standing.state.word().to_owned()),
            SortBy::Assignee => (0, item.assignee.clone()),
        }
    };
    for sort in SortBy::ALL {
        for descending in [false, true] {
            let query = ItemQuery { sort, descending, limit: 37, ..ItemQuery::of(Scope::everywhere()) };
            let found = all(store, query).await;
            assert_eq!(found.len(), items.len(), "{sort:?}");
            let places: Vec<((i64, String), String)> =
                found.iter().map(|item| (value(item, sort), item.facts.id.clone())).collect();
            let mut sorted = places.clone();
            sorted.sort();
            if descending {
                sorted.reverse();
            }
            assert_eq!(places, sorted, "{sort:?} descending {descending}");
        }
    }
}

/// First reviews of a third, dismissals of another.
async fn decide_some(store: &Store, items: &[Item]) {
    let clock = Clock { calendar: Calendar::shipped().unwrap(), limits: Limits::default() };
    let act = |verdict| Act {
        actor: Actor { user: "a".to_owned(), role: Some(Role::FirstReviewer) },
        command: Command::FirstReview(verdict),
        reason: "rule_confirmed".to_owned(),
        text: String::new(),
        evidence: Vec::new(),
        at: NOW,
        seen: None,
        batch: String::new(),
    };
    for (number, item) in items.iter().enumerate() {
        let verdict = match number % 3 {
            0 => Verdict::Violation { amount: None },
            1 => Verdict::NoViolation,
            _ => continue,
        };
        let (act, clock, wanted) = (act(verdict), clock.clone(), key(item));
        let changes = move |file: &store::ReviewFile| {
            let (after, event) = decide(file.item(&wanted.0, &wanted.1).unwrap(), &act, &clock).unwrap();
            ReviewChanges {
                items: vec![after],
                events: vec![(wanted.0.clone(), wanted.1.clone(), event)],
                ..ReviewChanges::default()
            }
        };
        store.review(job(vec![key(item)], changes)).await.unwrap();
    }
}

async fn figures_are_what_the_items_say(opened: Opened) {
    let store = &opened.store;
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(8);
    let items: Vec<Item> = (0..120).map(|number| item(number, &mut random)).collect();
    put(store, items.clone()).await;
    decide_some(store, &items).await;
    // The same again changes nothing.
    let again = store.review_item(&items[0].facts.institution, &items[0].facts.id).await.unwrap().unwrap();
    put(store, vec![again]).await;
    let everything = all(store, ItemQuery::of(Scope::everywhere())).await;
    type Figures = BTreeMap<(String, String), [i64; 4]>;
    let add = |sums: &mut Figures, place: (String, String), figures: [i64; 4]| {
        let row = sums.entry(place).or_default();
        row.iter_mut().zip(figures).for_each(|(sum, figure)| *sum += figure);
    };
    for by in [TallyBy::Rule, TallyBy::Institution] {
        let mut expected = Figures::new();
        for item in &everything {
            let name = if by == TallyBy::Rule { &item.facts.rule } else { &item.facts.institution };
            let figures = [1, item.facts.amount.0, item.facts.at_stake().0, item.standing.decided.0];
            add(&mut expected, (name.clone(), item.standing.state.word().to_owned()), figures);
        }
        let mut found = Figures::new();
        for tally in store.review_tallies(&Scope::everywhere(), by).await.unwrap() {
            let name = format!("{}{}", tally.rule, tally.institution);
            let figures = [tally.items, tally.amount.0, tally.at_stake.0, tally.decided.0];
            add(&mut found, (name, tally.state), figures);
        }
        assert_eq!(found, expected);
        assert!(found.len() > 5);
    }
    let cells =
        store.review_cells(&Scope::everywhere(), &["rule-0", "rule-2"], &["H1", "H3"], &[State::Sent]).await.unwrap();
    for cell in &cells {
        let fits = |item: &&Item| {
            let (facts, state) = (&item.facts, item.standing.state);
            facts.rule == cell.rule && facts.institution == cell.institution && state == State::Sent
        };
        assert_eq!(everything.iter().filter(fits).count() as i64, cell.items);
    }
    assert!(!cells.is_empty());
    let mut by_month: BTreeMap<(i64, String), i64> = BTreeMap::new();
    for item in &everything {
        let month = i64::from(item.facts.occurred_on.month_key());
        *by_month.entry((month, item.standing.state.word().to_owned())).or_default() += 1;
    }
    let months = store.review_months(&Scope::everywhere()).await.unwrap();
    let months: BTreeMap<(i64, String), i64> =
        months.into_iter().map(|tally| ((tally.month, tally.state), tally.items)).collect();
    assert_eq!(months, by_month);
    let some = everything.iter().find(|item| item.standing.state == State::Dismissed).unwrap();
    let events = store.review_events(&some.facts.institution, &some.facts.id).await.unwrap();
    assert_eq!((events.len(), events[0].to), (1, State::Dismissed));
}

async fn filters_and_scope_narrow_pages_and_totals_alike(opened: Opened) {
    let store = &opened.store;
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(9);
    let items: Vec<Item> = (0..150).map(|number| item(number, &mut random)).collect();
    put(store, items.clone()).await;
    decide_some(store, &items[..60]).await;
    let scope = |areas: &[&str], institutions: &[&str]| Scope {
        areas: areas.iter().map(|code| (*code).to_owned()).collect(),
        institutions: institutions.iter().map(|code| (*code).to_owned()).collect(),
    };
    let whole = all(store, ItemQuery::of(Scope::everywhere())).await;
    for scope in [
        scope(&["610100"], &[]),
        scope(&["620000"], &[]),
        scope(&["610100"], &["H1"]),
        scope(&["610100"], &["H3"]),
        scope(&[], &[]),
    ] {
        for (stages, states, rule, severity) in [
            (vec![], vec![], None, None),
            (vec![Stage::First], vec![], Some("rule-1"), None),
            (vec![Stage::Provider, Stage::Closed], vec![], None, Some("clear")),
            (vec![], vec![State::Dismissed, State::Sent], None, None),
            (vec![Stage::First], vec![State::Dismissed], None, None),
        ] {
            let query = ItemQuery {
                stages: stages.clone(),
                states: states.clone(),
                rule: rule.map(str::to_owned),
                severity: severity.map(str::to_owned),
                limit: 11,
                ..ItemQuery::of(scope.clone())
            };
            let fits = |item: &&Item| {
                let (facts, state) = (&item.facts, item.standing.state);
                scope.covers(&facts.area, &facts.institution)
                    && (stages.is_empty() || stages.contains(&state.stage()))
                    && (states.is_empty() || states.contains(&state))
                    && rule.is_none_or(|rule| rule == facts.rule)
                    && severity.is_none_or(|severity| severity == facts.severity.word())
            };
            let mut expected: Vec<String> = whole.iter().filter(fits).map(|item| item.facts.id.clone()).collect();
            let mut found: Vec<String> =
                all(store, query.clone()).await.into_iter().map(|item| item.facts.id).collect();
            expected.sort();
            found.sort();
            assert_eq!(found, expected, "{scope:?} {stages:?} {states:?}");
            let (total, at_stake) = store.review_total(&query).await.unwrap();
            let sum: Fen = whole.iter().filter(fits).map(|item| item.facts.at_stake()).sum();
            assert_eq!((total, at_stake), (expected.len() as i64, sum));
            let assigned = ItemQuery { assignee: Some(String::new()), ..query };
            assert_eq!(store.review_total(&assigned).await.unwrap(), (total, at_stake), "counted row by row");
            assert_eq!(all(store, assigned).await.len() as i64, total);
        }
    }
}

/// One of these, half of the time.
fn maybe(random: &mut impl Rng, of: &[&str]) -> Option<String> {
    random.random_bool(0.5).then(|| of[random.random_range(0..of.len())].to_owned())
}

/// Every combination of filters finds what reading everything finds, whichever index serves it, and counts the same.
async fn any_filters_together_find_what_there_is(opened: Opened) {
    let store = &opened.store;
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(10);
    let items: Vec<Item> = (0..200).map(|number| item(number, &mut random)).collect();
    put(store, items.clone()).await;
    decide_some(store, &items[..120]).await;
    let mut held = all(store, ItemQuery::of(Scope::everywhere())).await;
    for (number, item) in held.iter_mut().enumerate() {
        item.assignee = ["", "", "anna", "bert"][number % 4].to_owned();
    }
    put(store, held.clone()).await;
    for _ in 0..300 {
        let query = ItemQuery {
            institution: maybe(&mut random, &["H0", "H1", "H3", "H9"]),
            rule: maybe(&mut random, &["rule-0", "rule-1", "rule-9"]),
            severity: maybe(&mut random, &["clear", "indicator"]),
            assignee: maybe(&mut random, &["", "anna", "carl"]),
            visit: maybe(&mut random, &["VH1-", "VH2-1", "VX"]).filter(|_| random.random_bool(0.3)),
            due_until: random.random_bool(0.4).then(|| random.random_range(20_780..20_830)),
            states: if random.random_bool(0.3) { vec![State::Dismissed, State::Sent] } else { Vec::new() },
            stages: if random.random_bool(0.5) { vec![Stage::First, Stage::Provider] } else { Vec::new() },
            sort: SortBy::ALL[random.random_range(0..SortBy::ALL.len())],
            descending: random.random_bool(0.5),
            limit: 7,
            ..ItemQuery::of(Scope::everywhere())
        };
        let is = |wanted: &Option<String>, value: &str| wanted.as_ref().is_none_or(|wanted| wanted == value);
        let fits = |item: &&Item| {
            let (facts, state) = (&item.facts, item.standing.state);
            is(&query.institution, &facts.institution)
                && is(&query.rule, &facts.rule)
                && is(&query.severity, facts.severity.word())
                && is(&query.assignee, &item.assignee)
                && query.visit.as_ref().is_none_or(|start| facts.visit.starts_with(start))
                && query.due_until.is_none_or(|day| item.standing.due_on.is_some_and(|due| i64::from(due.0) <= day))
                && (query.states.is_empty() || query.states.contains(&state))
                && (query.stages.is_empty() || query.stages.contains(&state.stage()))
        };
        let mut expected: Vec<&str> = held.iter().filter(fits).map(|item| item.facts.id.as_str()).collect();
        let found = all(store, query.clone()).await;
        let mut found: Vec<&str> = found.iter().map(|item| item.facts.id.as_str()).collect();
        expected.sort_unstable();
        found.sort_unstable();
        assert_eq!(found, expected, "{query:?}");
        let sum: Fen = held.iter().filter(fits).map(|item| item.facts.at_stake()).sum();
        assert_eq!(store.review_total(&query).await.unwrap(), (expected.len() as i64, sum), "{query:?}");
    }
}

async fn i6_a_request_takes_effect_once(opened: Opened) {
    let store = &opened.store;
    let request =
        |body: &str| Some(RequestKey { user: "a".to_owned(), key: "k1".to_owned(), body_hash: body.to_owned() });
    let submit = |body: &'static str, name: &'static str| {
        let note = Note {
            owner: "a".to_owned(),
            kind: "view".to_owned(),
            name: name.to_owned(),
            at: NOW,
            body: "{}".to_owned(),
        };
        let changes = move |_: &store::ReviewFile| ReviewChanges {
            notes: vec![note.clone()],
            reply: name.to_owned(),
            ..ReviewChanges::default()
        };
        job(Vec::new(), changes).once(request(body))
    };
    assert_eq!(store.review(submit("one", "first")).await.unwrap(), Reviewed::Fresh("first".to_owned()));
    assert_eq!(store.review(submit("one", "second")).await.unwrap(), Reviewed::Stored("first".to_owned()));
    assert_eq!(store.review(submit("two", "third")).await.unwrap(), Reviewed::OtherBody);
    let names: Vec<String> = store.notes("a", "view", None).await.unwrap().into_iter().map(|note| note.name).collect();
    assert_eq!(names, ["first"]);
    let refuse = |_: &store::ReviewFile, _: &mut dyn agency::Ids| {
        Err(review::Refusal { code: "amount", what: "x".to_owned(), remedy: "y".to_owned() })
    };
    let again = RequestKey { user: "a".to_owned(), key: "k2".to_owned(), body_hash: "four".to_owned() };
    let refusal = ReviewJob::new(NOW, refuse).once(Some(again));
    assert!(matches!(store.review(refusal).await.unwrap(), Reviewed::Refused(_)));
}

async fn sessions_end_and_the_log_stays(opened: Opened) {
    let store = &opened.store;
    let user = User {
        account: "anna".to_owned(),
        name: "安娜".to_owned(),
        role: Some(Role::Auditor),
        scope: Scope::everywhere(),
        password: "$argon2id$geheim".to_owned(),
        must_change: false,
        totp: None,
        totp_pending: None,
        totp_step: 0,
        failures: 0,
        locked_until: Stamp(0),
        disabled: false,
        changed_at: NOW,
    };
    assert!(!format!("{user:?}").contains("geheim"), "I12");
    let session = |secret: &str| Session {
        account: "anna".to_owned(),
        secret: secret.to_owned(),
        begun_at: NOW,
        expires_at: Stamp(NOW.0 + 60),
    };
    let sessions = vec![session("one"), session("two")];
    let kept = user.clone();
    let begin = job(Vec::new(), move |_| ReviewChanges {
        users: vec![kept.clone()],
        sessions: sessions.clone(),
        ..ReviewChanges::default()
    });
    store.review(begin).await.unwrap();
    assert_eq!(store.signed_in("anna", "one", NOW).await.unwrap(), Some(user));
    assert_eq!(store.signed_in("anna", "one", Stamp(NOW.0 + 61)).await.unwrap(), None, "it has run out");
    let end = job(Vec::new(), |_| ReviewChanges {
        ended: vec![("anna".to_owned(), "one".to_owned())],
        ..ReviewChanges::default()
    });
    store.review(end).await.unwrap();
    assert_eq!(store.signed_in("anna", "one", NOW).await.unwrap(), None);
    assert!(store.signed_in("anna", "two", NOW).await.unwrap().is_some());
    let entry = |number: i64| LogEntry {
        account: "anna".to_owned(),
        id: String::new(),
        at: Stamp(NOW.0 + number / 2),
        action: "read_item".to_owned(),
        subject: number.to_string(),
        outcome: "done".to_owned(),
        reason: String::new(),
    };
    let entries: Vec<LogEntry> = (0..9).map(entry).collect();
    let out = job(Vec::new(), move |_| ReviewChanges {
        signed_out: vec!["anna".to_owned()],
        log: entries.clone(),
        ..ReviewChanges::default()
    });
    store.review(out).await.unwrap();
    assert_eq!(store.signed_in("anna", "two", NOW).await.unwrap(), None);
    let mut query = LogQuery { account: Some("anna".to_owned()), limit: 4, ..LogQuery::default() };
    let mut seen = Vec::new();
    loop {
        let page = store.access_log(&query).await.unwrap();
        let Some(last) = page.last() else { break };
        query.before = Some((last.at.0, last.id.clone()));
        seen.extend(page.into_iter().map(|entry| entry.subject));
    }
    assert_eq!(seen.len(), 9);
    assert_eq!(seen.iter().collect::<std::collections::BTreeSet<_>>().len(), 9, "every entry once");
    for statement in ["UPDATE access_log SET outcome = 'x'", "DELETE FROM access_log"] {
        assert!(execute(&opened.database, Guards::On, statement).await.unwrap_err().contains("I5"), "{statement}");
    }
}

on_both_databases!(
    pages_in_any_order_show_everything_once,
    figures_are_what_the_items_say,
    filters_and_scope_narrow_pages_and_totals_alike,
    any_filters_together_find_what_there_is,
    i6_a_request_takes_effect_once,
    sessions_end_and_the_log_stays,
);
