//! Records as rows: everything a batch changes, table by table, ready to be written by one statement each.

use crate::connection::Connection;
use crate::dialect::{Dialect, Inserts};
use crate::error::{Failed, Failure};
use crate::read::list;
use crate::table::{self, Table};
use crate::value::{Rows, Said, Value, clean};
use agency::{Changes, File, Upload, VisitKind, VisitState};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// All tables, in the order of writing: entries before the header that closes them, answers last.
pub(crate) static ALL: [&Table; 14] = [
    &table::OWNER,
    &table::PERSON,
    &table::COVERAGE,
    &table::ACCOUNT,
    &table::ACCUMULATOR,
    &table::FILING,
    &table::VISIT,
    &table::UPLOAD,
    &table::UPLOAD_SETTLED,
    &table::SETTLEMENT,
    &table::DOCUMENT,
    &table::LEDGER_ENTRY,
    &table::LEDGER_TRANSACTION,
    &table::ANSWER,
];

/// What is to be written in one transaction.
#[derive(Debug)]
pub(crate) struct Written {
    persons: Rows,
    coverages: Rows,
    accounts: Rows,
    accumulators: Rows,
    filings: Rows,
    visits: Rows,
    /// By owner, visit and number.
    uploads: BTreeMap<(String, String, i64), UploadRow>,
    settlements: Rows,
    documents: Rows,
    entries: Rows,
    transactions: Rows,
    answers: Rows,
}

/// What becomes of an upload.
#[derive(Debug)]
enum UploadRow {
    /// Written: who settled it, and its lines.
    Put(String, Value),
    /// Its lines are there and stay; somebody settled it, or a reversal freed it.
    Settle(String),
    Delete,
}

/// An answer to be kept.
pub(crate) struct AnswerRow<'a> {
    pub(crate) owner: &'a str,
    pub(crate) key: &'a crate::MessageKey,
    pub(crate) body_hash: &'a str,
    pub(crate) refused: bool,
    pub(crate) settlements: usize,
    pub(crate) answered_at: i64,
    pub(crate) reply: &'a str,
}

/// A record as JSON.
fn body<R: Serialize>(record: &R) -> Said<Value> {
    let unwritable = |error| Failed { failure: Failure::Data, reason: format!("记录无法写成 JSON：{error}") };
    serde_json::to_string(record).map(Value::Text).map_err(unwritable)
}

/// Whether the upload is there with the same lines, so that only who settled it is new.
fn has_lines(before: &File, upload: &Upload) -> bool {
    let known = before.uploads.iter().find(|known| known.visit == upload.visit && known.number == upload.number);
    known.is_some_and(|known| known.batch == upload.batch && known.charges == upload.charges)
}

/// The word of an enumeration, as its JSON has it.
fn word<E: Serialize>(value: &E) -> String {
    serde_json::to_value(value).ok().and_then(|value| value.as_str().map(str::to_owned)).unwrap_or_default()
}

impl Written {
    pub(crate) fn new() -> Self {
        Self {
            persons: Rows::new(&table::PERSON),
            coverages: Rows::new(&table::COVERAGE),
            accounts: Rows::new(&table::ACCOUNT),
            accumulators: Rows::new(&table::ACCUMULATOR),
            filings: Rows::new(&table::FILING),
            visits: Rows::new(&table::VISIT),
            uploads: BTreeMap::new(),
            settlements: Rows::new(&table::SETTLEMENT),
            documents: Rows::new(&table::DOCUMENT),
            entries: Rows::new(&table::LEDGER_ENTRY),
            transactions: Rows::new(&table::LEDGER_TRANSACTION),
            answers: Rows::new(&table::ANSWER),
        }
    }

    /// Takes changes in; `msgid` is the message that made them, empty when none did; `before` is the file as far as known.
    pub(crate) fn take(&mut self, changes: &Changes, msgid: &str, before: &File) -> Said<()> {
        self.take_cover(changes, msgid)?;
        self.take_care(changes, before)?;
        self.take_money(changes)
    }

    fn take_cover(&mut self, changes: &Changes, msgid: &str) -> Said<()> {
        for person in &changes.persons {
            self.persons.put([
                person.id.as_str().into(),
                person.certificate_kind.as_str().into(),
                person.certificate.as_str().into(),
                person.card.as_str().into(),
                person.name.as_str().into(),
                body(person)?,
            ]);
        }
        for spell in &changes.coverages {
            self.coverages.put([
                spell.person.as_str().into(),
                i64::from(spell.spell).into(),
                spell.known_from.0.into(),
                spell.area.as_str().into(),
                spell.insurance.as_str().into(),
                spell.employer.as_str().into(),
                body(spell)?,
            ]);
        }
        for account in &changes.accounts {
            self.accounts.put([account.person.as_str().into(), account.balance.0.into(), account.family.0.into()]);
        }
        for accumulator in &changes.accumulators {
            self.accumulators.put([
                accumulator.person.as_str().into(),
                i64::from(accumulator.year).into(),
                accumulator.area.as_str().into(),
                accumulator.insurance.as_str().into(),
                accumulator.key.as_str().into(),
                accumulator.value.into(),
            ]);
        }
        for filing in &changes.filings {
            self.filings.put([
                filing.person.as_str().into(),
                filing.id.as_str().into(),
                word(&filing.kind).into(),
                filing.filed_by.as_str().into(),
                filing.filed_at.0.into(),
                msgid.into(),
                body(filing)?,
            ]);
        }
        Ok(())
    }

    fn take_care(&mut self, changes: &Changes, before: &File) -> Said<()> {
        for visit in &changes.visits {
            self.visits.put([
                visit.person.as_str().into(),
                visit.id.as_str().into(),
                visit.institution.as_str().into(),
                visit_kind(visit.kind).into(),
                visit_state(visit.state).into(),
                visit.begun_at.0.into(),
                visit.opened_by.as_str().into(),
                body(visit)?,
            ]);
        }
        for upload in &changes.uploads {
            let key = (upload.person.clone(), upload.visit.clone(), i64::from(upload.number));
            let settled_by = upload.settled_by.clone().unwrap_or_default();
            let row = match self.uploads.remove(&key) {
                _ if upload.charges.is_empty() => UploadRow::Delete,
                known if has_lines(before, upload) => match known {
                    Some(UploadRow::Put(_, body)) => UploadRow::Put(settled_by, body),
                    _ => UploadRow::Settle(settled_by),
                },
                _ => UploadRow::Put(settled_by, body(&Upload { settled_by: None, ..upload.clone() })?),
            };
            self.uploads.insert(key, row);
        }
        for document in &changes.documents {
            self.documents.put([
                document.owner.as_str().into(),
                document.kind.as_str().into(),
                document.key.as_str().into(),
                document.state.as_str().into(),
                i64::from(document.on.0).into(),
                document.at.0.into(),
                i64::from(document.deleted).into(),
                body(document)?,
            ]);
        }
        Ok(())
    }

    fn take_money(&mut self, changes: &Changes) -> Said<()> {
        for settlement in &changes.settlements {
            self.settlements.put([
                settlement.person.as_str().into(),
                settlement.id.as_str().into(),
                settlement.visit.as_str().into(),
                settlement.institution.as_str().into(),
                settlement.msgid.as_str().into(),
                settlement.at.0.into(),
                settlement.insurance.as_str().into(),
                settlement.coverage_area.as_str().into(),
                settlement.treatment_area.as_str().into(),
                settlement.clearing_kind.as_str().into(),
                settlement.clearing_office.as_str().into(),
                settlement.reverses.as_deref().unwrap_or_default().into(),
                settlement.total.0.into(),
                settlement.fund_total.0.into(),
                settlement.account.0.into(),
                settlement.cash.0.into(),
                body(settlement)?,
            ]);
        }
        for booking in &changes.bookings {
            let day = i64::from(booking.on.0);
            for (number, entry) in (1_i64..).zip(&booking.entries) {
                self.entries.put([
                    booking.owner.as_str().into(),
                    booking.id.as_str().into(),
                    number.into(),
                    entry.account.to_string().into(),
                    entry.amount.0.into(),
                    day.into(),
                ]);
            }
            self.transactions.put([
                booking.owner.as_str().into(),
                booking.id.as_str().into(),
                word(&booking.kind).into(),
                booking.refers.as_str().into(),
                day.into(),
                booking.at.0.into(),
                i64::try_from(booking.entries.len()).unwrap_or(i64::MAX).into(),
            ]);
        }
        Ok(())
    }

    /// Whether there is nothing to write.
    pub(crate) const fn is_empty(&self) -> bool {
        // Whatever a job changes, its answer is kept with it.
        self.answers.count == 0
    }

    /// Keeps an answer.
    pub(crate) fn answer(&mut self, answer: &AnswerRow) {
        self.answers.put([
            answer.owner.into(),
            answer.key.institution.as_str().into(),
            answer.key.msgid.as_str().into(),
            answer.key.infno.as_str().into(),
            answer.body_hash.into(),
            if answer.refused { "refused" } else { "done" }.into(),
            i64::try_from(answer.settlements).unwrap_or(i64::MAX).into(),
            answer.answered_at.into(),
            answer.reply.into(),
        ]);
    }

    /// Writes it all within the open transaction: at most one statement a table, and one for what is deleted.
    pub(crate) async fn write(self, connection: &mut Connection, statements: &Writes) -> Said<()> {
        let mut uploads = Rows::new(&table::UPLOAD);
        let mut settled = Rows::new(&table::UPLOAD_SETTLED);
        let mut deleted = Vec::new();
        for ((owner, visit, number), row) in self.uploads {
            match row {
                UploadRow::Put(settled_by, body) => {
                    uploads.put([owner.into(), visit.into(), number.into(), settled_by.into(), body]);
                }
                UploadRow::Settle(settled_by) => {
                    settled.put([owner.into(), visit.into(), number.into(), settled_by.into(), "".into()]);
                }
                UploadRow::Delete => deleted.push((clean(owner), clean(visit), number)),
            }
        }
        if !deleted.is_empty() {
            connection.rows(&statements.delete_uploads, vec![list(deleted.iter())?.into()]).await?;
        }
        for rows in [
            self.persons,
            self.coverages,
            self.accounts,
            self.accumulators,
            self.filings,
            self.visits,
            uploads,
            settled,
            self.settlements,
            self.documents,
            self.entries,
            self.transactions,
            self.answers,
        ] {
            connection.insert(&statements.inserts, rows).await?;
        }
        Ok(())
    }
}

/// Statements that write.
#[derive(Debug, Clone)]
pub(crate) struct Writes {
    pub(crate) inserts: Inserts,
    /// Counts up the versions of owners.
    pub(crate) count_up: Arc<str>,
    delete_uploads: Arc<str>,
}

impl Writes {
    pub(crate) fn new(dialect: Dialect) -> Self {
        let delete_uploads = format!(
            "DELETE FROM upload WHERE (owner_id, visit, number) IN \
             (SELECT value ->> 0, value ->> 1, CAST(value ->> 2 AS BIGINT) FROM {})",
            dialect.each(1)
        );
        let count_up = format!(
            "UPDATE owner SET version = version + 1 WHERE owner_id IN (SELECT value ->> 0 FROM {})",
            dialect.each(1)
        );
        Self { inserts: Inserts::new(dialect, &ALL), count_up: count_up.into(), delete_uploads: delete_uploads.into() }
    }
}

/// Words of the `kind` column.
pub(crate) const fn visit_kind(kind: VisitKind) -> &'static str {
    match kind {
        VisitKind::Outpatient => "outpatient",
        VisitKind::Inpatient => "inpatient",
        VisitKind::Pharmacy => "pharmacy",
    }
}

/// Words of the `state` column.
pub(crate) const fn visit_state(state: VisitState) -> &'static str {
    match state {
        VisitState::Open => "open",
        VisitState::Discharged => "discharged",
        VisitState::Settled => "settled",
        VisitState::Cancelled => "cancelled",
    }
}
