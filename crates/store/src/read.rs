//! Reading files: one statement for all owners of a batch, whatever they need.

use crate::cache::Versions;
use crate::connection::Connection;
use crate::dialect::Dialect;
use crate::error::{Failed, Failure};
use crate::job::MessageKey;
use crate::value::{Row, Said, clean};
use agency::{AccountState, Accumulator, File, Needs, Upload};
use model::Fen;
use rustc_hash::{FxHashMap, FxHashSet};
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// An answer that is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KeptAnswer {
    pub(crate) owner: String,
    pub(crate) infno: String,
    pub(crate) body_hash: String,
    pub(crate) refused: bool,
    pub(crate) reply: String,
}

/// Institution and message id.
pub(crate) type Message = (String, String);

/// What a batch needs of the database.
#[derive(Debug, Default)]
pub(crate) struct Wanted {
    owners: FxHashSet<String>,
    visits: FxHashSet<(String, String)>,
    messages: FxHashSet<(String, String)>,
    documents: FxHashSet<(String, String, String)>,
    open_stays: FxHashSet<String>,
    keys: FxHashSet<Message>,
}

impl Wanted {
    /// Adds what one job needs.
    pub(crate) fn add(&mut self, owner: &str, needs: &Needs, key: Option<&MessageKey>) {
        let owner = clean(owner.to_owned());
        for visit in &needs.visits {
            self.visits.insert((owner.clone(), clean(visit.clone())));
        }
        for message in &needs.messages {
            self.messages.insert((owner.clone(), clean(message.clone())));
        }
        for (kind, name) in &needs.documents {
            self.documents.insert((owner.clone(), clean(kind.clone()), clean(name.clone())));
        }
        if needs.open_stays {
            self.open_stays.insert(owner.clone());
        }
        if let Some(key) = key {
            self.keys.insert((key.institution.clone(), key.msgid.clone()));
        }
        self.owners.insert(owner);
    }

    /// The owners in the order in which everybody locks them.
    pub(crate) fn owners(&self) -> Vec<String> {
        let mut owners: Vec<String> = self.owners.iter().cloned().collect();
        owners.sort_unstable();
        owners
    }

    /// Takes off what a file at hand has already. It does not do, and nothing is taken off, when visits are wanted that
    /// nobody knows the ids of.
    pub(crate) fn spare(&mut self, file: &File) -> bool {
        let owner = &file.owner;
        if self.open_stays.contains(owner) || self.messages.iter().any(|(of, _)| of == owner) {
            return false;
        }
        self.owners.remove(owner);
        for visit in &file.visits {
            self.visits.remove(&(owner.clone(), visit.id.clone()));
        }
        true
    }

    /// Whether files hold all that is wanted.
    fn is_at_hand(&self) -> bool {
        self.owners.is_empty()
            && self.visits.is_empty()
            && self.messages.is_empty()
            && self.documents.is_empty()
            && self.open_stays.is_empty()
    }
}

/// What was read.
#[derive(Debug, Default)]
pub(crate) struct Loaded {
    pub(crate) files: FxHashMap<String, File>,
    pub(crate) answers: FxHashMap<Message, Vec<KeptAnswer>>,
}

/// Statements that read files.
#[derive(Debug, Clone)]
pub(crate) struct Reads {
    files: Arc<str>,
    answers: Arc<str>,
    lock: Arc<str>,
}

impl Reads {
    pub(crate) fn new(dialect: Dialect) -> Self {
        Self { files: files(dialect).into(), answers: answers(dialect).into(), lock: lock(dialect).into() }
    }

    /// Keeps the owners for this transaction; gives those that are known, with their versions.
    pub(crate) async fn lock(&self, connection: &mut Connection, owners: &[String]) -> Said<Versions> {
        let rows = connection.rows(&self.lock, vec![list(owners.iter().map(|owner| [owner]))?.into()]).await?;
        Ok(rows.into_iter().map(|mut row| (row.text(), row.number())).collect())
    }

    /// Reads what is wanted beside the files at hand.
    pub(crate) async fn load(
        &self,
        connection: &mut Connection,
        wanted: &Wanted,
        at_hand: FxHashMap<String, File>,
    ) -> Said<Loaded> {
        let mut loaded = Loaded { files: at_hand, ..Loaded::default() };
        for owner in &wanted.owners {
            loaded.files.insert(owner.clone(), File { owner: owner.clone(), ..File::default() });
        }
        if !wanted.keys.is_empty() {
            for row in connection.rows(&self.answers, vec![list(wanted.keys.iter())?.into()]).await? {
                let (message, answer) = answer(row);
                loaded.answers.entry(message).or_default().push(answer);
            }
        }
        if wanted.is_at_hand() {
            loaded.files.values_mut().for_each(put_in_order);
            return Ok(loaded);
        }
        let parameters = vec![
            list(wanted.owners.iter().map(|owner| [owner]))?.into(),
            list(wanted.visits.iter())?.into(),
            list(wanted.messages.iter())?.into(),
            list(wanted.documents.iter())?.into(),
            list(wanted.open_stays.iter().map(|owner| [owner]))?.into(),
        ];
        for row in connection.rows(&self.files, parameters).await? {
            place(&mut loaded.files, row)?;
        }
        loaded.files.values_mut().for_each(put_in_order);
        Ok(loaded)
    }
}

/// A parameter of [`Dialect::each`].
pub(crate) fn list<T: serde::Serialize>(elements: impl Iterator<Item = T>) -> Said<String> {
    let elements: Vec<T> = elements.collect();
    serde_json::to_string(&elements).map_err(|error| damaged("parameter", &error))
}

fn answer(mut row: Row) -> (Message, KeptAnswer) {
    let message = (row.text(), row.text());
    let owner = row.text();
    let infno = row.text();
    let body_hash = row.text();
    let refused = row.text() == "refused";
    (message, KeptAnswer { owner, infno, body_hash, refused, reply: row.text() })
}

fn answers(dialect: Dialect) -> String {
    format!(
        "SELECT a.institution, a.msgid, a.owner_id, a.infno, a.body_hash, a.outcome, a.reply FROM \
         (SELECT value ->> 0 AS institution, value ->> 1 AS msgid FROM {}) AS w \
         CROSS JOIN answer AS a WHERE a.institution = w.institution AND a.msgid = w.msgid",
        dialect.each(1)
    )
}

fn lock(dialect: Dialect) -> String {
    format!(
        "SELECT owner_id, version FROM owner WHERE owner_id IN (SELECT value ->> 0 FROM {}) ORDER BY owner_id{}",
        dialect.each(1),
        dialect.for_update()
    )
}

/// Every branch gives: number of the kind, owner, two numbers, a short text, a record. SQLite takes the tables of a CROSS
/// JOIN in the order written: what is wanted first, and of the records only those. Left to itself it scans all uploads for
/// one visit. PostgreSQL chooses by what it knows of the tables; open stays have an index of their own for it.
fn files(dialect: Dialect) -> String {
    let each = |number| dialect.each(number);
    format!(
        "WITH owners AS (SELECT value ->> 0 AS owner_id FROM {owners}), \
         messages AS (SELECT value ->> 0 AS owner_id, value ->> 1 AS msgid FROM {messages}), \
         documents AS (SELECT value ->> 0 AS owner_id, value ->> 1 AS kind, value ->> 2 AS name FROM {documents}), \
         visits AS (\
           SELECT value ->> 0 AS owner_id, value ->> 1 AS id FROM {visits} \
           UNION SELECT v.owner_id, v.id FROM (SELECT value ->> 0 AS owner_id FROM {stays}) AS o CROSS JOIN visit AS v \
             WHERE v.owner_id = o.owner_id AND v.kind = 'inpatient' AND v.state = 'open' \
           UNION SELECT v.owner_id, v.id FROM messages AS w CROSS JOIN visit AS v \
             WHERE v.owner_id = w.owner_id AND v.opened_by = w.msgid \
           UNION SELECT s.owner_id, s.visit FROM messages AS w CROSS JOIN settlement AS s \
             WHERE s.owner_id = w.owner_id AND s.msgid = w.msgid) \
         SELECT 1, p.owner_id, 0, 0, '', p.body FROM owners AS w CROSS JOIN person AS p WHERE p.owner_id = w.owner_id \
         UNION ALL SELECT 2, c.owner_id, 0, 0, '', c.body FROM owners AS w CROSS JOIN coverage AS c \
           WHERE c.owner_id = w.owner_id \
         UNION ALL SELECT 3, a.owner_id, a.balance, a.family, '', '' FROM owners AS w CROSS JOIN account AS a \
           WHERE a.owner_id = w.owner_id \
         UNION ALL SELECT 4, a.owner_id, a.year, a.value, a.area || '/' || a.insurance || '/' || a.name, '' \
           FROM owners AS w CROSS JOIN accumulator AS a WHERE a.owner_id = w.owner_id \
         UNION ALL SELECT 5, f.owner_id, 0, 0, '', f.body FROM owners AS w CROSS JOIN filing AS f \
           WHERE f.owner_id = w.owner_id \
         UNION ALL SELECT 6, v.owner_id, 0, 0, '', v.body FROM visits AS w CROSS JOIN visit AS v \
           WHERE v.owner_id = w.owner_id AND v.id = w.id \
         UNION ALL SELECT 7, u.owner_id, 0, 0, u.settled_by, u.body FROM visits AS w CROSS JOIN upload AS u \
           WHERE u.owner_id = w.owner_id AND u.visit = w.id \
         UNION ALL SELECT 8, s.owner_id, 0, 0, '', s.body FROM visits AS w CROSS JOIN settlement AS s \
           WHERE s.owner_id = w.owner_id AND s.visit = w.id \
         UNION ALL SELECT 9, d.owner_id, 0, 0, '', d.body FROM documents AS w CROSS JOIN document AS d \
           WHERE d.owner_id = w.owner_id AND d.kind = w.kind AND (d.name = w.name OR w.name = '')",
        owners = each(1),
        visits = each(2),
        messages = each(3),
        documents = each(4),
        stays = each(5),
    )
}

fn damaged(what: &str, error: &dyn std::fmt::Display) -> Failed {
    Failed { failure: Failure::Lost, reason: format!("{what}：{error}") }
}

/// A record from its JSON. A record that cannot be read is a damaged database: nothing is decided on it.
pub(crate) fn parse<R: DeserializeOwned>(text: &str) -> Said<R> {
    serde_json::from_str(text).map_err(|error| damaged("库中的记录无法读出", &error))
}

/// An upload: who settled it, which changes, and its lines, which do not.
pub(crate) fn upload(settled_by: String, body: &str) -> Said<Upload> {
    let settled_by = (!settled_by.is_empty()).then_some(settled_by);
    Ok(Upload { settled_by, ..parse(body)? })
}

/// Puts a row where it belongs in its owner's file.
fn place(files: &mut FxHashMap<String, File>, mut row: Row) -> Said<()> {
    let (kind, owner, first, second) = (row.number(), row.text(), row.number(), row.number());
    let (text, body) = (row.text(), row.text());
    let Some(file) = files.get_mut(&owner) else { return Ok(()) };
    match kind {
        1 => file.person = Some(parse(&body)?),
        2 => file.coverages.push(parse(&body)?),
        3 => file.account = Some(AccountState { person: owner, balance: Fen(first), family: Fen(second) }),
        4 => {
            let mut parts = text.splitn(3, '/').map(str::to_owned);
            let mut part = || parts.next().unwrap_or_default();
            let year = i32::try_from(first).map_err(|error| damaged("year", &error))?;
            file.accumulators.push(Accumulator {
                person: owner,
                year,
                area: part(),
                insurance: part(),
                key: part(),
                value: second,
            });
        }
        5 => file.filings.push(parse(&body)?),
        6 => file.visits.push(parse(&body)?),
        7 => file.uploads.push(upload(text, &body)?),
        8 => file.settlements.push(parse(&body)?),
        _ => file.documents.push(parse(&body)?),
    }
    Ok(())
}

/// The order does not depend on the database: decisions made again come out the same.
fn put_in_order(file: &mut File) {
    file.coverages.sort_by_key(|spell| (spell.spell, spell.known_from));
    file.accumulators
        .sort_by(|a, b| (a.year, &a.area, &a.insurance, &a.key).cmp(&(b.year, &b.area, &b.insurance, &b.key)));
    file.filings.sort_by(|a, b| (a.filed_at, &a.id).cmp(&(b.filed_at, &b.id)));
    file.visits.sort_by(|a, b| (a.begun_at, &a.id).cmp(&(b.begun_at, &b.id)));
    file.uploads.sort_by(|a, b| (&a.visit, a.number).cmp(&(&b.visit, b.number)));
    file.settlements.sort_by(|a, b| (a.at, &a.id).cmp(&(b.at, &b.id)));
    file.documents.sort_by(|a, b| (&a.kind, &a.key).cmp(&(&b.kind, &b.key)));
    // Two needs may name one document: all of a kind, and one by its key.
    file.documents.dedup_by(|a, b| (&a.kind, &a.key) == (&b.kind, &b.key));
}

#[cfg(test)]
#[path = "../tests/support/postgres.rs"]
mod postgres;

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot prepare its database should stop there")]
mod tests {
    use super::*;
    use crate::connection::Purpose;
    use crate::options::{Database, Options};
    use crate::schema;
    use crate::value::Value;

    /// What a batch may go through whole: its own lists.
    const LISTS: [&str; 4] = ["SCAN json_each", "SCAN w", "SCAN o", "SCAN CONSTANT ROW"];

    #[tokio::test]
    async fn no_table_of_records_is_scanned_on_sqlite() {
        let folder = tempfile::tempdir().unwrap();
        let database = Database::Sqlite(folder.path().to_owned());
        let mut connection = Connection::open(&database, &Options::default(), Purpose::Write).await.unwrap();
        schema::apply(&mut connection).await.unwrap();
        let reads = Reads::new(Dialect::Sqlite);
        for (statement, parameters) in [(&reads.files, 5), (&reads.answers, 1), (&reads.lock, 1)] {
            let explain = format!("EXPLAIN QUERY PLAN {statement}").into();
            let steps = connection.rows(&explain, vec!["[]".into(); parameters]).await.unwrap();
            let steps: Vec<String> = steps.into_iter().filter_map(|row| row.0.last().map(Value::text)).collect();
            assert!(steps.iter().any(|step| step.starts_with("SEARCH")), "{steps:?}");
            let is_list =
                |step: &String| LISTS.iter().any(|list| step == list || step.starts_with(&format!("{list} ")));
            let scanned: Vec<&String> =
                steps.iter().filter(|step| step.starts_with("SCAN") && !is_list(step)).collect();
            assert!(scanned.is_empty(), "{scanned:?}");
        }
    }

    /// Many visits of few persons, none of them an open stay: the tables for which an index looked through whole seems cheap.
    const MANY_VISITS: &str = "INSERT INTO visit (owner_id, id, institution, kind, state, begun_at, opened_by, body) \
        SELECT 'P' || n % 40, 'V' || n, 'H1', 'outpatient', 'open', n, 'm' || n, '' FROM generate_series(1, 20000) AS n";

    #[tokio::test]
    async fn no_table_of_records_is_gone_through_on_postgres() {
        let database = Database::Postgres(postgres::shared().database());
        let mut connection = Connection::open(&database, &Options::default(), Purpose::Write).await.unwrap();
        schema::apply(&mut connection).await.unwrap();
        connection.run(MANY_VISITS).await.unwrap();
        connection.run("ANALYZE").await.unwrap();
        let explain = format!("EXPLAIN {}", Reads::new(Dialect::Postgres).files).into();
        let lines = connection.rows(&explain, vec!["[]".into(); 5]).await.unwrap();
        let plan: Vec<String> = lines.into_iter().map(|mut line| line.text()).collect();
        let scans_visits = |line: &&String| line.contains("Scan") && line.contains(" on visit ");
        assert!(plan.iter().any(|line| scans_visits(&line)), "{plan:#?}");
        for pair in plan.windows(2).filter(|pair| pair.first().is_some_and(|line| scans_visits(&line))) {
            let is_by_key = pair.iter().any(|line| line.contains("Cond:") || line.contains("using visit_open "));
            assert!(is_by_key, "{pair:#?} of {plan:#?}");
        }
    }
}
