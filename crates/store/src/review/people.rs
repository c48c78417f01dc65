//! People who sign in, their sessions, and the log of what they did and saw.

use crate::error::StoreError;
use crate::query::Select;
use crate::store::Store;
use model::Stamp;
use rights::{Role, Scope};
use serde::{Deserialize, Serialize};
use std::fmt;

/// An account.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct User {
    /// Name to sign in with.
    pub account: String,
    /// Name of the person.
    pub name: String,
    /// Role; none until rights are given.
    pub role: Option<Role>,
    /// Where.
    pub scope: Scope,
    /// Argon2id hash of the password, in PHC form.
    pub password: String,
    /// The password was given by somebody else and must be changed first.
    pub must_change: bool,
    /// Secret of the second factor, base32; none without one.
    pub totp: Option<String>,
    /// A secret that is not confirmed yet.
    pub totp_pending: Option<String>,
    /// Last time step whose code was used: none is used twice.
    pub totp_step: i64,
    /// Wrong passwords in a row.
    pub failures: u32,
    /// Locked until then by wrong passwords.
    pub locked_until: Stamp,
    /// Locked by an administrator.
    pub disabled: bool,
    /// Last change of role, scope or state.
    pub changed_at: Stamp,
}

impl fmt::Debug for User {
    /// Neither password nor second factor (I12).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User").field("account", &self.account).field("role", &self.role).finish_non_exhaustive()
    }
}

/// A session: whoever knows the secret is the account's holder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Account.
    pub account: String,
    /// SHA-256 of the secret, hexadecimal.
    pub secret: String,
    /// Since.
    pub begun_at: Stamp,
    /// Until.
    pub expires_at: Stamp,
}

/// Something done or seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogEntry {
    /// Account.
    pub account: String,
    /// Id; empty gets one.
    pub id: String,
    /// When.
    pub at: Stamp,
    /// What, a word of the permission table.
    pub action: String,
    /// On what: an item's key, an account; never personal data (I12).
    pub subject: String,
    /// `done`, `refused`, `failed`.
    pub outcome: String,
    /// Why, when a reason was given.
    pub reason: String,
}

/// Which entries of the log; what is `None` does not matter.
#[derive(Debug, Clone, Default)]
pub struct LogQuery {
    /// Account.
    pub account: Option<String>,
    /// What.
    pub action: Option<String>,
    /// Before this entry: time and id.
    pub before: Option<(i64, String)>,
    /// Most entries.
    pub limit: u64,
}

impl Store {
    /// An account.
    ///
    /// # Errors
    /// When the database cannot be read; as for all look-ups.
    pub async fn user(&self, account: &str) -> Result<Option<User>, StoreError> {
        let select = Select::of("SELECT body FROM account_user").text("owner_id", account);
        Ok(self.records(select).await?.into_iter().next())
    }

    /// All accounts, by name.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn users(&self) -> Result<Vec<User>, StoreError> {
        self.records(Select::of("SELECT body FROM account_user").order("owner_id")).await
    }

    /// The account of a session that has not ended, by the hash of its secret.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn signed_in(&self, account: &str, secret: &str, now: Stamp) -> Result<Option<User>, StoreError> {
        let select = Select::of("SELECT u.body FROM session AS s JOIN account_user AS u ON u.owner_id = s.owner_id")
            .text("s.owner_id", account)
            .text("s.secret", secret)
            .from("s.expires_at", Some(now.0));
        Ok(self.records(select).await?.into_iter().next())
    }

    /// The log, newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn access_log(&self, query: &LogQuery) -> Result<Vec<LogEntry>, StoreError> {
        let mut select = Select::of("SELECT owner_id, id, at, action, subject, outcome, reason FROM access_log")
            .maybe("owner_id", query.account.as_deref())
            .maybe("action", query.action.as_deref());
        if let Some((at, id)) = &query.before {
            select = select.below("at", *at, "id", id);
        }
        let page = crate::Page { skip: 0, limit: query.limit };
        let (sql, parameters) = select.order("at DESC, id DESC").page(Some(page)).finish();
        let rows = self.shared.readers.rows(&sql, parameters).await?;
        let entry = |mut row: crate::value::Row| LogEntry {
            account: row.text(),
            id: row.text(),
            at: Stamp(row.number()),
            action: row.text(),
            subject: row.text(),
            outcome: row.text(),
            reason: row.text(),
        };
        Ok(rows.into_iter().map(entry).collect())
    }
}
