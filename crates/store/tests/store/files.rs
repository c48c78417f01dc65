//! Files come back as they were written, with what was needed and nothing else.

use crate::on_both_databases;
use crate::support::records::{document, filing, registered, settle, upload, visit};
use crate::support::{INSTITUTION, Opened, done, job};
use agency::{Changes, Needs, Settlement, VisitKind, VisitState};
use store::{DocumentFilter, Page, PersonFilter, SettlementFilter, Store, VisitFilter};

on_both_databases!(
    a_file_holds_what_was_written,
    what_a_message_made_is_found_by_it,
    open_stays_and_documents_come_when_needed,
    an_upload_without_charges_is_deleted,
    look_ups_narrow_and_page,
);

/// Submits a settlement and gives it.
async fn settled(store: &Store, person: &str, msgid: &str, total: i64) -> Settlement {
    let said = msgid.to_owned();
    let settling = job(person, msgid, "body", Needs::default(), move |file, ids| {
        done(settle(file, ids, &said, total).0, "settled")
    });
    store.submit(settling).await.unwrap();
    let filter = SettlementFilter { msgid: Some(msgid.to_owned()), ..Default::default() };
    store.settlements(&filter, None).await.unwrap().pop().unwrap()
}

async fn a_file_holds_what_was_written(opened: Opened) {
    let store = &opened.store;
    let mut world = registered("P1", 100_000);
    world.filings.push(filing("P1", "F1"));
    store.write(world.clone()).await.unwrap();
    store.write(registered("P2", 7)).await.unwrap();
    let settled = settled(store, "P1", "m1", 3_000).await;

    let file = store.load("P1", &Needs::default()).await.unwrap();
    assert_eq!(file.owner, "P1");
    assert_eq!(file.person, Some(world.persons[0].clone()));
    assert_eq!(file.coverages, world.coverages);
    assert_eq!(file.filings, world.filings);
    assert_eq!(file.account.as_ref().map(|account| account.balance.0), Some(99_700));
    assert_eq!(file.used(2026, "990100", "310"), [("outpatient.pool".to_owned(), 2_100)]);
    assert!(file.visits.is_empty() && file.settlements.is_empty() && file.uploads.is_empty(), "they were not needed");

    let needs = Needs { visits: vec![settled.visit.clone(), "M-none".to_owned()], ..Needs::default() };
    let file = store.load("P1", &needs).await.unwrap();
    assert_eq!(file.settlements, std::slice::from_ref(&settled));
    assert_eq!(file.visits.len(), 1);
    assert_eq!(file.uploads[0].charges.len(), 3);
    assert_eq!(file.uploads[0].settled_by, Some(settled.id));

    let stranger = store.load("P9", &Needs::default()).await.unwrap();
    assert_eq!((stranger.owner.as_str(), stranger.person), ("P9", None));
    let other = store.load("P2", &needs).await.unwrap();
    assert!(other.visits.is_empty(), "another's visit is not in this file");
}

async fn what_a_message_made_is_found_by_it(opened: Opened) {
    let store = &opened.store;
    store.write(registered("P1", 100_000)).await.unwrap();
    let one = settled(store, "P1", "m1", 3_000).await;
    settled(store, "P1", "m2", 4_000).await;
    let admitting = job("P1", "m3", "body", Needs::default(), |_, _| {
        let mut stay = visit("P1", "M-stay", VisitKind::Inpatient);
        stay.opened_by = "m3".to_owned();
        let changes = Changes { visits: vec![stay], filings: vec![filing("P1", "F1")], ..Changes::default() };
        done(changes, "admitted")
    });
    store.submit(admitting).await.unwrap();
    // A later message changes the stay; it is still the one that m3 made.
    let discharging = job("P1", "m4", "body", Needs::default(), |_, _| {
        let mut stay = visit("P1", "M-stay", VisitKind::Inpatient);
        stay.opened_by = "m3".to_owned();
        stay.department_name = "外科".to_owned();
        done(Changes { visits: vec![stay], ..Changes::default() }, "changed")
    });
    store.submit(discharging).await.unwrap();

    let needs = |msgid: &str| Needs { messages: vec![msgid.to_owned()], ..Needs::default() };
    let file = store.load("P1", &needs("m1")).await.unwrap();
    assert_eq!(file.settlements, std::slice::from_ref(&one));
    assert_eq!(file.visits[0].id, one.visit);
    let file = store.load("P1", &needs("m3")).await.unwrap();
    assert_eq!(file.visits.iter().map(|visit| visit.id.as_str()).collect::<Vec<_>>(), ["M-stay"]);
    assert_eq!(file.visits[0].department_name, "外科");
    assert!(store.load("P1", &needs("m4")).await.unwrap().visits.is_empty());
}

async fn open_stays_and_documents_come_when_needed(opened: Opened) {
    let store = &opened.store;
    let mut closed = visit("P1", "M-closed", VisitKind::Inpatient);
    closed.state = VisitState::Settled;
    let changes = Changes {
        visits: vec![visit("P1", "M-stay", VisitKind::Inpatient), closed, visit("P1", "M-op", VisitKind::Outpatient)],
        documents: vec![
            document(INSTITUTION, "3505", "a"),
            document(INSTITUTION, "3505", "b"),
            document(INSTITUTION, "3301", "c"),
        ],
        ..Changes::default()
    };
    store.write(changes).await.unwrap();
    let file = store.load("P1", &Needs { open_stays: true, ..Needs::default() }).await.unwrap();
    assert_eq!(file.visits.iter().map(|visit| visit.id.as_str()).collect::<Vec<_>>(), ["M-stay"]);
    let pair = |kind: &str, key: &str| (kind.to_owned(), key.to_owned());
    let documents = vec![pair("3505", ""), pair("3505", "b"), pair("3301", "missing")];
    let file = store.load(INSTITUTION, &Needs { documents, ..Needs::default() }).await.unwrap();
    assert_eq!(file.documents.iter().map(|found| found.key.as_str()).collect::<Vec<_>>(), ["a", "b"]);
}

async fn an_upload_without_charges_is_deleted(opened: Opened) {
    let store = &opened.store;
    let uploads = vec![upload("P1", "M1", 1, 2), upload("P1", "M1", 2, 2)];
    let visits = vec![visit("P1", "M1", VisitKind::Outpatient)];
    store.write(Changes { visits, uploads, ..Changes::default() }).await.unwrap();
    let emptied = job("P1", "m1", "body", Needs::default(), |_, _| {
        done(Changes { uploads: vec![upload("P1", "M1", 1, 0)], ..Changes::default() }, "deleted")
    });
    store.submit(emptied).await.unwrap();
    let left = store.uploads("P1", "M1").await.unwrap();
    assert_eq!(left.iter().map(|upload| upload.number).collect::<Vec<_>>(), [2]);
}

async fn look_ups_narrow_and_page(opened: Opened) {
    let store = &opened.store;
    for number in 0..25 {
        let mut changes = registered(&format!("P{number:02}"), 1_000);
        if number % 5 == 0 {
            changes.coverages[0].area = "990200".to_owned();
        }
        changes.visits.push(visit(&format!("P{number:02}"), &format!("M{number:02}"), VisitKind::Outpatient));
        changes.documents.push(document(&format!("P{number:02}"), "4101", "x"));
        store.write(changes).await.unwrap();
    }
    let found = store.person_by_certificate("01", "CP07").await.unwrap().unwrap();
    assert_eq!(found.id, "P07");
    assert_eq!(store.person_by_certificate("02", "CP07").await.unwrap(), None);
    assert_eq!(store.person_by_card("KP08").await.unwrap().unwrap().id, "P08");
    assert_eq!(store.person_by_card("").await.unwrap(), None);

    let area = PersonFilter { area: Some("990200".to_owned()), ..PersonFilter::default() };
    let ids = |persons: Vec<agency::Person>| persons.into_iter().map(|person| person.id).collect::<Vec<_>>();
    assert_eq!(ids(store.persons(&area, None).await.unwrap()), ["P00", "P05", "P10", "P15", "P20"]);
    let page = Some(Page { skip: 2, limit: 2 });
    assert_eq!(ids(store.persons(&area, page).await.unwrap()), ["P10", "P15"]);

    let filter = VisitFilter {
        institution: Some(INSTITUTION.to_owned()),
        kind: Some(VisitKind::Outpatient),
        ..VisitFilter::default()
    };
    assert_eq!(store.visits(&filter, None).await.unwrap().len(), 25);
    let none = VisitFilter { state: Some(VisitState::Settled), ..filter };
    assert_eq!(store.visits(&none, None).await.unwrap().len(), 0);
    let documents = store.documents("P03", "4101", &DocumentFilter::default(), None).await.unwrap();
    assert_eq!(documents.len(), 1);
}
