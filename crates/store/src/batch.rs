//! One batch: the files of all its jobs are read at once, each job is decided in turn on its file as the jobs before it
//! left it, and everything is written and committed as one transaction. Nobody is answered before the commit (I6).

use crate::cache::{Cache, Versions};
use crate::connection::Connection;
use crate::error::StoreError;
use crate::ids::Numbers;
use crate::job::{Answered, Decision, Job};
use crate::read::{KeptAnswer, Loaded, Message, Reads, Wanted, list};
use crate::review::ReviewTables;
use crate::table;
use crate::value::{Rows, Said, clean};
use crate::written::{AnswerRow, Writes, Written};
use agency::{Changes, File};
use std::collections::BTreeSet;
use std::panic::AssertUnwindSafe;

/// What became of each job, in their order.
pub(crate) type Answers = Vec<Result<Answered, StoreError>>;

/// Statements of a dialect, made once.
#[derive(Debug, Clone)]
pub(crate) struct Statements {
    pub(crate) reads: Reads,
    pub(crate) writes: Writes,
    pub(crate) review: ReviewTables,
}

/// Carries out jobs in the open transaction and commits it. The caller rolls back after an error.
pub(crate) async fn carry_out(
    connection: &mut Connection,
    statements: &Statements,
    numbers: &mut Numbers,
    cache: &mut Cache,
    jobs: &[&Job],
) -> Said<Answers> {
    let mut wanted = Wanted::default();
    for job in jobs {
        wanted.add(&job.owner, &job.needs, Some(&job.key));
    }
    let owners = wanted.owners();
    let mut versions = hold(connection, statements, &owners).await?;
    cache.trust(connection.data_version().await?);
    let at_hand = cache.take(&mut wanted, &versions);
    let mut loaded = statements.reads.load(connection, &wanted, at_hand).await?;
    let mut written = Written::new();
    let mut answers = Answers::with_capacity(jobs.len());
    for job in jobs {
        answers.push(decide(job, &mut loaded, &mut written, numbers)?);
    }
    if written.is_empty() {
        connection.rollback().await?;
    } else {
        written.write(connection, &statements.writes).await?;
        count_up(connection, statements, &owners).await?;
        connection.commit().await?;
        versions.values_mut().for_each(|version| *version += 1);
    }
    cache.keep(loaded, &versions);
    Ok(answers)
}

/// Writes records that no message asked for in the open transaction and commits it.
pub(crate) async fn write(
    connection: &mut Connection,
    statements: &Statements,
    changes: &Changes,
    written: Written,
) -> Said<()> {
    let owners: BTreeSet<String> = owners_of(changes).map(|owner| clean(owner.to_owned())).collect();
    let owners: Vec<String> = owners.into_iter().collect();
    hold(connection, statements, &owners).await?;
    written.write(connection, &statements.writes).await?;
    count_up(connection, statements, &owners).await?;
    connection.commit().await
}

/// Keeps other processes off these owners until the transaction ends, and gives their versions; owners are held in one
/// order everywhere.
pub(crate) async fn hold(connection: &mut Connection, statements: &Statements, owners: &[String]) -> Said<Versions> {
    if !connection.dialect().locks_owners() {
        return Ok(Versions::default());
    }
    let mut known = statements.reads.lock(connection, owners).await?;
    let missing: Vec<String> = owners.iter().filter(|owner| !known.contains_key(*owner)).cloned().collect();
    if missing.is_empty() {
        return Ok(known);
    }
    let mut rows = Rows::new(&table::OWNER);
    for owner in &missing {
        rows.put([owner.as_str().into()]);
    }
    connection.insert(&statements.writes.inserts, rows).await?;
    // Those that another process added meanwhile are not ours by the insert.
    known.extend(statements.reads.lock(connection, &missing).await?);
    Ok(known)
}

/// Tells other processes that these owners' files are no longer what they were.
async fn count_up(connection: &mut Connection, statements: &Statements, owners: &[String]) -> Said<()> {
    if connection.dialect().locks_owners() {
        connection.rows(&statements.writes.count_up, vec![list(owners.iter().map(|owner| [owner]))?.into()]).await?;
    }
    Ok(())
}

/// Decides one job and lays its effect over what the next ones see. The outer error spoils the batch.
fn decide(
    job: &Job,
    loaded: &mut Loaded,
    written: &mut Written,
    numbers: &mut Numbers,
) -> Said<Result<Answered, StoreError>> {
    let message: Message = (job.key.institution.clone(), job.key.msgid.clone());
    let body_hash = hexadecimal(&job.body_hash);
    let kept = loaded.answers.entry(message).or_default();
    if let Some(answer) = kept.iter().find(|kept| kept.infno == job.key.infno && kept.body_hash == body_hash) {
        return Ok(Ok(Answered::Stored(answer.reply.clone().into_bytes())));
    }
    if kept.iter().any(|kept| !kept.refused) {
        return Ok(Ok(Answered::OtherBody));
    }
    let owner = clean(job.owner.clone());
    let file = loaded.files.entry(owner.clone()).or_insert_with(|| File { owner: owner.clone(), ..File::default() });
    let (decision, reply) = match ask(job, file, numbers) {
        Ok(decided) => decided,
        Err(error) => return Ok(Err(error)),
    };
    written.take(&decision.changes, &job.key.msgid, file)?;
    written.answer(&AnswerRow {
        owner: &owner,
        key: &job.key,
        body_hash: &body_hash,
        refused: decision.refused,
        settlements: decision.changes.settlements.len(),
        answered_at: job.now.0,
        reply: &reply,
    });
    file.absorb(&decision.changes);
    kept.retain(|kept| kept.owner != owner);
    kept.push(KeptAnswer { owner, infno: job.key.infno.clone(), body_hash, refused: decision.refused, reply });
    Ok(Ok(Answered::Fresh(decision.reply)))
}

/// The decision and its reply as text. One that panics, replies with no text or reaches into another's file is that job's
/// misfortune, not the batch's.
fn ask(job: &Job, file: &File, numbers: &mut Numbers) -> Result<(Decision, String), StoreError> {
    let bug = |what| StoreError::Bug(format!("{} 的决定{what}", job.key.infno));
    let decision =
        std::panic::catch_unwind(AssertUnwindSafe(|| (job.decide)(file, numbers))).map_err(|_| bug("中断了"))?;
    let reply = String::from_utf8(decision.reply.clone()).map_err(|_| bug("没有 UTF-8 文本的应答"))?;
    if reply.contains('\0') {
        return Err(bug("的应答含有 U+0000 字符"));
    }
    if owners_of(&decision.changes).any(|other| other != job.owner) {
        return Err(bug("要改动他人的档案"));
    }
    Ok((decision, reply))
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whose records the changes touch.
fn owners_of(changes: &Changes) -> impl Iterator<Item = &str> {
    let cover = changes.persons.iter().map(|person| person.id.as_str());
    cover
        .chain(changes.coverages.iter().map(|spell| spell.person.as_str()))
        .chain(changes.accounts.iter().map(|account| account.person.as_str()))
        .chain(changes.accumulators.iter().map(|accumulator| accumulator.person.as_str()))
        .chain(changes.filings.iter().map(|filing| filing.person.as_str()))
        .chain(changes.visits.iter().map(|visit| visit.person.as_str()))
        .chain(changes.uploads.iter().map(|upload| upload.person.as_str()))
        .chain(changes.settlements.iter().map(|settlement| settlement.person.as_str()))
        .chain(changes.bookings.iter().map(|booking| booking.owner.as_str()))
        .chain(changes.documents.iter().map(|document| document.owner.as_str()))
}
