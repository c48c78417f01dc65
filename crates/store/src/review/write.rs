//! One change of the review, in one transaction: items are read and held, the job decides, everything is written.

use super::moved::moved;
use super::page::NO_DAY;
use super::records::{RequestKey, ReviewChanges, ReviewFile, ReviewJob, Reviewed};
use crate::batch::{Statements, hold};
use crate::connection::Connection;
use crate::dialect::{Dialect, Inserts};
use crate::error::{Failed, Failure};
use crate::ids::Numbers;
use crate::read::parse;
use crate::table::{Present, Table};
use crate::value::{Rows, Said, Value};
use crate::written::Written;
use agency::{Changes, File};
use review::Item;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

const REPLACE: Present = Present::Replace { keep: &[] };

/// Kind of the note that keeps the reply to a request.
pub(super) const REQUEST: &str = "request";

macro_rules! tables {
    ($($name:ident $table:literal $kinds:literal $keys:literal $present:expr, [$($column:literal),+];)+) => {
        $(pub(super) static $name: Table = Table { name: $table, columns: &[$($column),+], kinds: $kinds, keys: $keys, present: $present };)+
        /// All tables of the review.
        pub(crate) static REVIEW_TABLES: &[&Table] = &[$(&$name),+];
    };
}

tables! {
    ITEM "review_item" "ttttttttnnnnnntnt" 2 REPLACE, [
        "owner_id", "id", "stage", "state", "area", "visit", "rule", "severity", "occurred_on", "imported_at", "amount", "at_stake",
        "decided", "due_on", "assignee", "version", "body"];
    EVENT "review_event" "ttnntt" 3 Present::Refuse, ["owner_id", "item", "number", "at", "actor", "body"];
    FIGURE "review_figure" "ttttttnnnnn" 6 Present::Add, [
        "owner_id", "rule", "severity", "stage", "state", "area", "items", "amount", "at_stake", "decided", "deducted"];
    MONTH "review_month" "tnttnnnn" 4 Present::Add, [
        "owner_id", "month", "state", "area", "items", "at_stake", "decided", "deducted"];
    DUE "review_due" "tnttttnn" 6 Present::Add, ["owner_id", "due_on", "severity", "stage", "state", "area", "items", "at_stake"];
    VISIT "review_visit" "tttnp" 2 Present::Keep, ["owner_id", "visit", "person", "begun_at", "body"];
    ATTACHMENT "review_attachment" "tttttnttnt" 2 Present::Refuse, [
        "owner_id", "id", "item", "name", "kind", "size", "hash", "uploaded_by", "uploaded_at", "content"];
    NOTE "note" "tttnt" 3 REPLACE, ["owner_id", "kind", "name", "at", "body"];
    USER "account_user" "ttnt" 1 REPLACE, ["owner_id", "role", "changed_at", "body"];
    SESSION "session" "ttnn" 2 REPLACE, ["owner_id", "secret", "begun_at", "expires_at"];
    LOG "access_log" "ttntttt" 2 Present::Refuse, ["owner_id", "id", "at", "action", "subject", "outcome", "reason"];
}

/// Statements of the review in a dialect.
#[derive(Debug, Clone)]
pub(crate) struct ReviewTables {
    inserts: Inserts,
    load: Arc<str>,
    load_visits: Arc<str>,
    forget: Arc<str>,
    end: Arc<str>,
}

impl ReviewTables {
    pub(crate) fn new(dialect: Dialect) -> Self {
        let pairs = format!("(SELECT value ->> 0, value ->> 1 FROM {})", dialect.each(1));
        Self {
            inserts: Inserts::new(dialect, REVIEW_TABLES),
            load: format!(
                "SELECT body FROM review_item WHERE (owner_id, visit) IN \
                 (SELECT owner_id, visit FROM review_item WHERE (owner_id, id) IN {pairs}) ORDER BY owner_id, id{}",
                dialect.for_update()
            )
            .into(),
            load_visits: format!(
                "SELECT body FROM review_item WHERE (owner_id, visit) IN {pairs} ORDER BY owner_id, id{}",
                dialect.for_update()
            )
            .into(),
            forget: format!(
                "DELETE FROM note WHERE (owner_id, kind, name) IN \
                 (SELECT value ->> 0, value ->> 1, value ->> 2 FROM {})",
                dialect.each(1)
            )
            .into(),
            end: format!("DELETE FROM session WHERE (owner_id, secret) IN {pairs}").into(),
        }
    }
}

/// The reply to a request, as it is kept.
#[derive(Serialize, Deserialize)]
pub(super) struct Kept {
    body_hash: String,
    reply: String,
}

impl Kept {
    /// What the same request is answered.
    pub(super) fn answer(self, request: &RequestKey) -> Reviewed {
        if self.body_hash == request.body_hash { Reviewed::Stored(self.reply) } else { Reviewed::OtherBody }
    }
}

/// Carries out a job in the open transaction and ends it. The caller rolls back after an error.
pub(crate) async fn carry_out(
    connection: &mut Connection,
    statements: &Statements,
    numbers: &mut Numbers,
    job: &ReviewJob,
) -> Said<Reviewed> {
    if let Some(request) = &job.request
        && let Some(kept) = kept(connection, request).await?
    {
        connection.rollback().await?;
        return Ok(kept.answer(request));
    }
    let file = file(connection, statements, job).await?;
    let mut changes = match (job.decide)(&file, numbers) {
        Ok(changes) => changes,
        Err(refusal) => {
            connection.rollback().await?;
            return Ok(Reviewed::Refused(refusal));
        }
    };
    if let Some(request) = &job.request {
        let kept = Kept { body_hash: request.body_hash.clone(), reply: changes.reply.clone() };
        changes.notes.push(super::Note {
            owner: request.user.clone(),
            kind: REQUEST.to_owned(),
            name: request.key.clone(),
            at: job.at,
            body: json(&kept)?,
        });
    }
    let reply = std::mem::take(&mut changes.reply);
    write(connection, statements, numbers, &file, changes).await?;
    connection.commit().await?;
    Ok(Reviewed::Fresh(reply))
}

/// What the job is to see, held until the transaction ends. Where a visit has no items yet no row holds it: its institution does.
async fn file(connection: &mut Connection, statements: &Statements, job: &ReviewJob) -> Said<ReviewFile> {
    let tables = &statements.review;
    let mut items: BTreeMap<(String, String), Item> = BTreeMap::new();
    if !job.visits.is_empty() {
        let institutions: BTreeSet<String> = job.visits.iter().map(|(institution, _)| institution.clone()).collect();
        hold(connection, statements, &institutions.into_iter().collect::<Vec<_>>()).await?;
    }
    for (statement, wanted) in [(&tables.load, &job.keys), (&tables.load_visits, &job.visits)] {
        if wanted.is_empty() {
            continue;
        }
        for mut row in connection.rows(statement, vec![json(wanted)?.into()]).await? {
            let item: Item = parse(&row.text())?;
            items.insert((item.facts.institution.clone(), item.facts.id.clone()), item);
        }
    }
    Ok(ReviewFile { items: items.into_values().collect() })
}

async fn kept(connection: &mut Connection, request: &RequestKey) -> Said<Option<Kept>> {
    let sql = "SELECT body FROM note WHERE owner_id = $1 AND kind = $2 AND name = $3".into();
    let parameters = vec![request.user.as_str().into(), REQUEST.into(), request.key.as_str().into()];
    let row = connection.rows(&sql, parameters).await?.into_iter().next();
    row.map(|mut row| parse(&row.text())).transpose()
}

async fn write(
    connection: &mut Connection,
    statements: &Statements,
    numbers: &mut Numbers,
    file: &ReviewFile,
    changes: ReviewChanges,
) -> Said<()> {
    let tables = &statements.review;
    for rows in [items(&changes)?, events(&changes)?, bills(&changes)?, attachments(&changes)] {
        connection.insert(&tables.inserts, rows).await?;
    }
    for rows in moved(file, &changes.items) {
        connection.insert(&tables.inserts, rows).await?;
    }
    if !changes.forgotten.is_empty() {
        connection.rows(&tables.forget, vec![json(&changes.forgotten)?.into()]).await?;
    }
    for account in &changes.signed_out {
        connection.rows(&"DELETE FROM session WHERE owner_id = $1".into(), vec![account.as_str().into()]).await?;
    }
    if !changes.ended.is_empty() {
        connection.rows(&tables.end, vec![json(&changes.ended)?.into()]).await?;
    }
    for rows in [notes(&changes), users(&changes)?, sessions(&changes), log(&changes, numbers)] {
        connection.insert(&tables.inserts, rows).await?;
    }
    if changes.changes != Changes::default() {
        let mut written = Written::new();
        written.take(&changes.changes, "", &File::default())?;
        written.write(connection, &statements.writes).await?;
    }
    Ok(())
}

fn json<R: Serialize>(record: &R) -> Said<String> {
    let unwritable = |error| Failed { failure: Failure::Data, reason: format!("记录无法写成 JSON：{error}") };
    serde_json::to_string(record).map_err(unwritable)
}

fn items(changes: &ReviewChanges) -> Said<Rows> {
    let mut rows = Rows::new(&ITEM);
    for item in &changes.items {
        let (facts, standing) = (&item.facts, &item.standing);
        rows.put([
            facts.institution.as_str().into(),
            facts.id.as_str().into(),
            standing.state.stage().word().into(),
            standing.state.word().into(),
            facts.area.as_str().into(),
            facts.visit.as_str().into(),
            facts.rule.as_str().into(),
            facts.severity.word().into(),
            i64::from(facts.occurred_on.0).into(),
            facts.imported_at.0.into(),
            facts.amount.0.into(),
            facts.at_stake().0.into(),
            standing.decided.0.into(),
            standing.due_on.map_or(NO_DAY, |day| i64::from(day.0)).into(),
            item.assignee.as_str().into(),
            i64::from(item.version).into(),
            Value::Text(json(item)?),
        ]);
    }
    Ok(rows)
}

fn events(changes: &ReviewChanges) -> Said<Rows> {
    let mut rows = Rows::new(&EVENT);
    for (institution, item, event) in &changes.events {
        rows.put([
            institution.as_str().into(),
            item.as_str().into(),
            i64::from(event.number).into(),
            event.at.0.into(),
            event.user.as_str().into(),
            Value::Text(json(event)?),
        ]);
    }
    Ok(rows)
}

fn bills(changes: &ReviewChanges) -> Said<Rows> {
    let mut rows = Rows::new(&VISIT);
    for bill in &changes.bills {
        rows.put([
            bill.institution.as_str().into(),
            bill.visit.as_str().into(),
            bill.person.as_str().into(),
            bill.begun_at.0.into(),
            Value::Text(json(bill)?),
        ]);
    }
    Ok(rows)
}

fn attachments(changes: &ReviewChanges) -> Rows {
    let mut rows = Rows::new(&ATTACHMENT);
    for attachment in &changes.attachments {
        rows.put([
            attachment.institution.as_str().into(),
            attachment.id.as_str().into(),
            attachment.item.as_str().into(),
            attachment.name.as_str().into(),
            attachment.kind.as_str().into(),
            i64::try_from(attachment.size).unwrap_or(i64::MAX).into(),
            attachment.hash.as_str().into(),
            attachment.uploaded_by.as_str().into(),
            attachment.uploaded_at.0.into(),
            attachment.content.as_str().into(),
        ]);
    }
    rows
}

fn notes(changes: &ReviewChanges) -> Rows {
    let mut rows = Rows::new(&NOTE);
    for note in &changes.notes {
        rows.put([
            note.owner.as_str().into(),
            note.kind.as_str().into(),
            note.name.as_str().into(),
            note.at.0.into(),
            note.body.as_str().into(),
        ]);
    }
    rows
}

fn users(changes: &ReviewChanges) -> Said<Rows> {
    let mut rows = Rows::new(&USER);
    for user in &changes.users {
        rows.put([
            user.account.as_str().into(),
            user.role.map_or("", rights::Role::word).into(),
            user.changed_at.0.into(),
            Value::Text(json(user)?),
        ]);
    }
    Ok(rows)
}

fn sessions(changes: &ReviewChanges) -> Rows {
    let mut rows = Rows::new(&SESSION);
    for session in &changes.sessions {
        rows.put([
            session.account.as_str().into(),
            session.secret.as_str().into(),
            session.begun_at.0.into(),
            session.expires_at.0.into(),
        ]);
    }
    rows
}

fn log(changes: &ReviewChanges, numbers: &mut Numbers) -> Rows {
    let mut rows = Rows::new(&LOG);
    for entry in &changes.log {
        rows.put([
            entry.account.as_str().into(),
            agency::Ids::next(numbers, agency::IdKind::Document).into(),
            entry.at.0.into(),
            entry.action.as_str().into(),
            entry.subject.as_str().into(),
            entry.outcome.as_str().into(),
            entry.reason.as_str().into(),
        ]);
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_its_kind() {
        for table in REVIEW_TABLES {
            assert_eq!(table.columns.len(), table.kinds.len(), "{}", table.name);
            assert_eq!(table.columns[0], "owner_id", "{}: the sharding key leads", table.name);
        }
    }

    #[test]
    fn figures_are_added_to() {
        let text = DUE.on_conflict();
        assert!(
            text.ends_with(
                "SET items = review_due.items + excluded.items, at_stake = review_due.at_stake + excluded.at_stake"
            ),
            "{text}"
        );
    }
}
