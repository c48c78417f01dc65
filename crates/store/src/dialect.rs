//! Where the two databases differ in words. Everything else of the SQL is written once.

use crate::options::Database;
use crate::table::Table;
use std::collections::HashMap;
use std::sync::Arc;

/// Which words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

/// Rows of one SQLite INSERT come in these numbers, so that few texts serve all batches.
const STEPS: [usize; 7] = [64, 32, 16, 8, 4, 2, 1];

impl Dialect {
    /// The one that a database speaks.
    pub(crate) const fn of(database: &Database) -> Self {
        match database {
            Database::Sqlite(_) => Self::Sqlite,
            Database::Postgres(_) => Self::Postgres,
        }
    }

    /// A FROM item that yields one row, `value`, for each element of a JSON array given as parameter `number`;
    /// elements are arrays themselves, read as `value ->> 0`, `value ->> 1`.
    pub(crate) fn each(self, number: usize) -> String {
        match self {
            Self::Sqlite => format!("json_each(${number})"),
            Self::Postgres => format!("jsonb_array_elements(${number}::jsonb) AS each_{number} (value)"),
        }
    }

    /// Has a table read by one of its indexes. PostgreSQL's planner knows how many rows there are, and decides itself.
    pub(crate) fn by_index(self, index: &str) -> String {
        match self {
            Self::Sqlite => format!(" INDEXED BY {index}"),
            Self::Postgres => String::new(),
        }
    }

    /// Begins a transaction that writes. SQLite takes its write lock now, so that it never has to give up half-way.
    pub(crate) const fn begin(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN",
        }
    }

    /// Keeps the rows just read for this transaction. SQLite's one writer needs no such thing.
    pub(crate) const fn for_update(self) -> &'static str {
        match self {
            Self::Sqlite => "",
            Self::Postgres => " FOR UPDATE",
        }
    }

    /// Whether several writers must be kept off one owner. SQLite has one writer.
    pub(crate) const fn locks_owners(self) -> bool {
        matches!(self, Self::Postgres)
    }

    /// Keeps everybody from booking until the transaction ends; what was begun is waited for.
    pub(crate) const fn hold_ledger(self) -> Option<&'static str> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some("LOCK TABLE ledger_transaction IN SHARE ROW EXCLUSIVE MODE"),
        }
    }

    /// Begins a transaction that reads one state of the database from its first statement to its last.
    pub(crate) const fn begin_snapshot(self) -> &'static str {
        match self {
            Self::Sqlite => "BEGIN",
            Self::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        }
    }

    /// The schema in this dialect. Texts compare by their bytes in both.
    pub(crate) fn schema(self, text: &str) -> String {
        match self {
            Self::Sqlite => text.to_owned(),
            Self::Postgres => text.replace(" TEXT ", " TEXT COLLATE \"C\" "),
        }
    }
}

/// Texts of INSERT statements, made once.
#[derive(Debug, Clone)]
pub(crate) struct Inserts {
    texts: Arc<HashMap<(&'static Table, usize), Arc<str>>>,
}

impl Inserts {
    pub(crate) fn new(dialect: Dialect, tables: &[&'static Table]) -> Self {
        let mut texts = HashMap::new();
        for table in tables {
            match dialect {
                Dialect::Sqlite => {
                    for rows in STEPS {
                        texts.insert((*table, rows), Arc::from(with_values(table, rows)));
                    }
                }
                Dialect::Postgres => {
                    texts.insert((*table, 0), Arc::from(with_arrays(table)));
                }
            }
        }
        Self { texts: Arc::new(texts) }
    }

    /// PostgreSQL: one statement for any number of rows.
    pub(crate) fn whole(&self, table: &'static Table) -> Option<Arc<str>> {
        self.texts.get(&(table, 0)).cloned()
    }

    /// SQLite: the largest step that fits into what is left.
    pub(crate) fn step(&self, table: &'static Table, left: usize) -> Option<(usize, Arc<str>)> {
        let rows = STEPS.into_iter().find(|step| *step <= left)?;
        Some((rows, self.texts.get(&(table, rows))?.clone()))
    }
}

/// `INSERT … VALUES (?, ?), (?, ?) …`. Numbered parameters are looked up by name, one after the other: with a thousand of
/// them that costs more than the rows.
fn with_values(table: &Table, rows: usize) -> String {
    let row = format!("({})", vec!["?"; table.columns.len()].join(", "));
    let rows = vec![row; rows];
    format!(
        "INSERT INTO {} ({}) VALUES {}{}",
        table.name,
        table.columns.join(", "),
        rows.join(", "),
        table.on_conflict()
    )
}

/// `INSERT … SELECT * FROM UNNEST($1::text[], $2::bigint[] …)`
fn with_arrays(table: &Table) -> String {
    let array = |(number, kind)| format!("${}::{}[]", number + 1, if kind == 'n' { "bigint" } else { "text" });
    let arrays: Vec<String> = table.kinds.chars().enumerate().map(array).collect();
    format!(
        "INSERT INTO {} ({}) SELECT * FROM UNNEST({}){}",
        table.name,
        table.columns.join(", "),
        arrays.join(", "),
        table.on_conflict()
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::ACCOUNT;

    #[test]
    fn one_insert_in_both_dialects() {
        let update = "ON CONFLICT (owner_id) DO UPDATE SET balance = excluded.balance, family = excluded.family";
        assert_eq!(
            with_values(&ACCOUNT, 2),
            format!("INSERT INTO account (owner_id, balance, family) VALUES (?, ?, ?), (?, ?, ?) {update}")
        );
        assert_eq!(
            with_arrays(&ACCOUNT),
            format!(
                "INSERT INTO account (owner_id, balance, family) \
                 SELECT * FROM UNNEST($1::text[], $2::bigint[], $3::bigint[]) {update}"
            )
        );
    }

    #[test]
    fn steps_cover_any_number_of_rows() {
        let inserts = Inserts::new(Dialect::Sqlite, &[&ACCOUNT]);
        for count in 1..300 {
            let (mut left, mut statements) = (count, 0);
            while let Some((rows, _)) = inserts.step(&ACCOUNT, left) {
                left -= rows;
                statements += 1;
            }
            assert_eq!(left, 0);
            assert!(statements <= 6 + count / 64, "{count} rows took {statements} statements");
        }
    }
}
