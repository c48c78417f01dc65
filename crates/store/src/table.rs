//! The tables that are written in bulk: columns in order, keys first, and what happens to a row that is there already.

use crate::value::Column;

/// What happens when a row with the same key is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Present {
    /// The statement fails: rows of this table are only ever added.
    Refuse,
    /// The row is replaced, but for the columns that only the first writer knows.
    Replace {
        /// Columns that keep what they hold.
        keep: &'static [&'static str],
    },
    /// The row stays.
    Keep,
    /// Its numbers are added to those there.
    Add,
}

/// A table as the writers see it.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    /// Names of columns; the first `keys` make the primary key.
    pub(crate) columns: &'static [&'static str],
    /// What the columns hold, by letter: `t` text, `p` long text that SQLite keeps packed, `n` number.
    pub(crate) kinds: &'static str,
    pub(crate) keys: usize,
    pub(crate) present: Present,
}

const REPLACE: Present = Present::Replace { keep: &[] };

/// In the order of writing: what others refer to comes first; entries before the header that closes them.
pub(crate) static OWNER: Table =
    Table { name: "owner", columns: &["owner_id"], kinds: "t", keys: 1, present: Present::Keep };
pub(crate) static PERSON: Table = Table {
    name: "person",
    columns: &["owner_id", "certificate_kind", "certificate", "card", "name", "body"],
    kinds: "tttttp",
    keys: 1,
    present: REPLACE,
};
pub(crate) static COVERAGE: Table = Table {
    name: "coverage",
    columns: &["owner_id", "spell", "known_from", "area", "insurance", "employer", "body"],
    kinds: "tnntttp",
    keys: 3,
    present: REPLACE,
};
pub(crate) static ACCOUNT: Table =
    Table { name: "account", columns: &["owner_id", "balance", "family"], kinds: "tnn", keys: 1, present: REPLACE };
pub(crate) static ACCUMULATOR: Table = Table {
    name: "accumulator",
    columns: &["owner_id", "year", "area", "insurance", "name", "value"],
    kinds: "tntttn",
    keys: 5,
    present: REPLACE,
};
pub(crate) static FILING: Table = Table {
    name: "filing",
    columns: &["owner_id", "id", "kind", "filed_by", "filed_at", "msgid", "body"],
    kinds: "ttttntp",
    keys: 2,
    present: Present::Replace { keep: &["msgid"] },
};
pub(crate) static VISIT: Table = Table {
    name: "visit",
    columns: &["owner_id", "id", "institution", "kind", "state", "begun_at", "opened_by", "body"],
    kinds: "tttttntp",
    keys: 2,
    present: REPLACE,
};
pub(crate) static UPLOAD: Table = Table {
    name: "upload",
    columns: &["owner_id", "visit", "number", "settled_by", "body"],
    kinds: "ttntp",
    keys: 3,
    present: REPLACE,
};
/// Uploads that are there: who settled them changes, their lines stay.
pub(crate) static UPLOAD_SETTLED: Table = Table { present: Present::Replace { keep: &["body"] }, ..UPLOAD };
pub(crate) static SETTLEMENT: Table = Table {
    name: "settlement",
    columns: &[
        "owner_id",
        "id",
        "visit",
        "institution",
        "msgid",
        "settled_at",
        "insurance",
        "coverage_area",
        "treatment_area",
        "clearing_kind",
        "clearing_office",
        "reverses",
        "total",
        "fund_total",
        "account",
        "cash",
        "body",
    ],
    kinds: "tttttnttttttnnnnp",
    keys: 2,
    present: Present::Refuse,
};
pub(crate) static DOCUMENT: Table = Table {
    name: "document",
    columns: &["owner_id", "kind", "name", "state", "day", "changed_at", "deleted", "body"],
    kinds: "ttttnnnp",
    keys: 3,
    present: REPLACE,
};
pub(crate) static LEDGER_ENTRY: Table = Table {
    name: "ledger_entry",
    columns: &["owner_id", "transaction_id", "number", "account", "amount", "day"],
    kinds: "ttntnn",
    keys: 3,
    present: Present::Refuse,
};
pub(crate) static LEDGER_TRANSACTION: Table = Table {
    name: "ledger_transaction",
    columns: &["owner_id", "id", "kind", "refers", "day", "booked_at", "entries"],
    kinds: "ttttnnn",
    keys: 2,
    present: Present::Refuse,
};
/// Done answers are kept by a trigger; a refused one gives way.
pub(crate) static ANSWER: Table = Table {
    name: "answer",
    columns: &[
        "owner_id",
        "institution",
        "msgid",
        "infno",
        "body_hash",
        "outcome",
        "settlements",
        "answered_at",
        "reply",
    ],
    kinds: "ttttttnnp",
    keys: 3,
    present: REPLACE,
};

impl Table {
    /// An empty column for each.
    pub(crate) fn empty_columns(&self) -> Vec<Column> {
        let column = |kind| if kind == 'n' { Column::Numbers(Vec::new()) } else { Column::Texts(Vec::new()) };
        self.kinds.chars().map(column).collect()
    }

    /// What follows the rows in an INSERT.
    pub(crate) fn on_conflict(&self) -> String {
        let keys = self.columns.get(..self.keys).unwrap_or_default().join(", ");
        match self.present {
            Present::Refuse => String::new(),
            Present::Keep => format!(" ON CONFLICT ({keys}) DO NOTHING"),
            Present::Add => {
                let added = self.columns.iter().skip(self.keys);
                let set: Vec<String> =
                    added.map(|column| format!("{column} = {}.{column} + excluded.{column}", self.name)).collect();
                format!(" ON CONFLICT ({keys}) DO UPDATE SET {}", set.join(", "))
            }
            Present::Replace { keep } => {
                let replaced = self.columns.iter().skip(self.keys).filter(|column| !keep.contains(column));
                let set: Vec<String> = replaced.map(|column| format!("{column} = excluded.{column}")).collect();
                format!(" ON CONFLICT ({keys}) DO UPDATE SET {}", set.join(", "))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_has_its_kind() {
        for table in [
            &OWNER,
            &PERSON,
            &COVERAGE,
            &ACCOUNT,
            &ACCUMULATOR,
            &FILING,
            &VISIT,
            &UPLOAD,
            &SETTLEMENT,
            &DOCUMENT,
            &LEDGER_ENTRY,
            &LEDGER_TRANSACTION,
            &ANSWER,
        ] {
            assert_eq!(table.columns.len(), table.kinds.len(), "{}", table.name);
            assert_eq!(table.columns[0], "owner_id", "{}: the sharding key leads", table.name);
        }
    }

    #[test]
    fn what_the_first_writer_knows_is_kept() {
        let text = FILING.on_conflict();
        assert!(text.starts_with(" ON CONFLICT (owner_id, id) DO UPDATE SET kind = excluded.kind"));
        assert!(!text.contains("msgid"), "{text}");
        assert_eq!(SETTLEMENT.on_conflict(), "");
    }
}
