//! The registers in the store: what a file must be judged against, and how what came of it is written.
//!
//! Cover and money of a person change under the person's lock: each person's rows are one job, decided over the file as it is
//! at that moment, so that an import and a settlement at the same time cannot lose each other's money (I6). Who somebody is,
//! institutions and staff are nobody else's to write and go in bulk.

use agency::{File, Ids, Needs};
use anyhow::{Context, Result};
use model::{Day, Stamp};
use registers::{CONTRIBUTION, Import, Kind, Known, Mentioned, REGISTRY, Report, Table, by_person, import};
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};
use store::{Answered, Decision, DocumentFilter, Job, MessageKey, PersonFilter, Store};

/// Who sends the messages of an import.
const SENDER: &str = "REGISTER";
/// Seconds that Beijing is ahead of UTC.
const BEIJING: i64 = 8 * 3600;

/// Now, in Beijing.
pub fn now() -> Stamp {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Stamp(i64::try_from(since).unwrap_or(0) + BEIJING)
}

/// Today, in Beijing.
pub fn today() -> Day {
    now().day()
}

/// What belongs to a person's file when registers are concerned.
fn needs() -> Needs {
    Needs { documents: vec![(CONTRIBUTION.to_owned(), String::new())], ..Needs::default() }
}

/// The file of a person.
pub async fn file(store: &Store, person: &str) -> Result<File> {
    Ok(store.load(person, &needs()).await?)
}

/// What is known of everything that a file names.
async fn known(store: &Store, kind: Kind, table: &Table) -> Result<Known> {
    let mentioned = Mentioned::of(kind, table);
    let mut known = Known::default();
    for person in &mentioned.persons {
        known.add(&file(store, person).await?);
    }
    for (kind, number) in mentioned.certificates {
        if let Some(person) = store.person_by_certificate(&kind, &number).await? {
            known.certificates.insert((kind, number), person.id);
        }
    }
    if matches!(kind, Kind::Institutions | Kind::Staff) {
        places(store, &mut known).await?;
    }
    Ok(known)
}

async fn places(store: &Store, known: &mut Known) -> Result<()> {
    known.institutions = entries(store, "institution").await?;
    known.staff = entries(store, "staff").await?;
    Ok(())
}

async fn entries<T: DeserializeOwned>(store: &Store, kind: &str) -> Result<BTreeMap<String, T>> {
    let documents = store.documents(REGISTRY, kind, &DocumentFilter::default(), None).await?;
    let entry = |document: agency::Document| {
        let read = serde_json::from_str(&document.content);
        let entry = read.with_context(|| format!("登记簿中的 {kind} {} 不能读取", document.key))?;
        Ok((document.key, entry))
    };
    documents.into_iter().map(entry).collect()
}

/// Everything a register holds, for export.
pub async fn everything(store: &Store, kind: Kind) -> Result<Known> {
    let mut known = Known::default();
    if matches!(kind, Kind::Institutions | Kind::Staff) {
        places(store, &mut known).await?;
        return Ok(known);
    }
    for person in store.persons(&PersonFilter::default(), None).await? {
        known.add(&file(store, &person.id).await?);
    }
    Ok(known)
}

/// Judges a file and writes nothing.
pub async fn validate(store: &Store, kind: Kind, table: &Table) -> Result<Report> {
    Ok(judge(store, kind, table).await?.report)
}

async fn judge(store: &Store, kind: Kind, table: &Table) -> Result<Import> {
    let known = known(store, kind, table).await?;
    Ok(import(kind, table, known, now(), &mut store.ids())?)
}

/// Judges a file and writes what is taken.
pub async fn take_in(store: &Store, kind: Kind, table: &Table) -> Result<Report> {
    if !matches!(kind, Kind::Coverage | Kind::Contributions | Kind::Events) {
        let import = judge(store, kind, table).await?;
        store.write(import.changes).await?;
        return Ok(import.report);
    }
    // The columns once for all, so that a file without them is refused whole.
    import(kind, &Table { header: table.header.clone(), rows: Vec::new() }, Known::default(), now(), &mut store.ids())?;
    let mut report = Report::default();
    for (person, rows) in by_person(kind, table) {
        let part = if person.is_empty() {
            import(kind, &rows, Known::default(), now(), &mut store.ids())?.report
        } else {
            decided(store, kind, person, rows).await?
        };
        report.add(part);
    }
    Ok(report)
}

/// One person's rows as one job.
async fn decided(store: &Store, kind: Kind, person: String, rows: Table) -> Result<Report> {
    let (at, moment) = (now(), SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_nanos()));
    let body = Sha256::digest(format!("{kind:?} {rows:?}"));
    let decide = move |file: &File, ids: &mut dyn Ids| {
        let judged = import(kind, &rows, Known::of_file(file), at, ids).unwrap_or_default();
        let reply = serde_json::to_vec(&judged.report).unwrap_or_default();
        Decision { changes: judged.changes, reply, refused: false }
    };
    let job = Job {
        owner: person,
        // Each run is a message of its own: that a row is taken once is for the register to see.
        key: MessageKey { institution: SENDER.to_owned(), msgid: format!("R{moment}"), infno: "REG".to_owned() },
        body_hash: body.into(),
        needs: needs(),
        now: at,
        decide: Arc::new(decide),
    };
    match store.submit(job).await? {
        Answered::Fresh(reply) | Answered::Stored(reply) => {
            serde_json::from_slice(&reply).context("导入的结果不能读取；请核对登记簿后重试")
        }
        Answered::OtherBody | Answered::Busy => anyhow::bail!("另一个导入正在进行；请稍后重试"),
    }
}
