//! SQL schema, migrations, group commit, ledger and registers on SQLite and PostgreSQL behind one interface.
