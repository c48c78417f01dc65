//! Look-ups of the review: an item with all that belongs to it.

use super::records::{Attachment, Bill, Note, RequestKey, Reviewed};
use super::write::{Kept, REQUEST};
use crate::error::StoreError;
use crate::query::Select;
use crate::read::parse;
use crate::store::Store;
use crate::value::Row;
use model::Stamp;
use review::{Event, Item};

impl Store {
    /// An item.
    ///
    /// # Errors
    /// When the database cannot be read; as for all look-ups.
    pub async fn review_item(&self, institution: &str, id: &str) -> Result<Option<Item>, StoreError> {
        let select = Select::of("SELECT body FROM review_item").text("owner_id", institution).text("id", id);
        Ok(self.records(select).await?.into_iter().next())
    }

    /// All items of a visit, by id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn review_items_of_visit(&self, institution: &str, visit: &str) -> Result<Vec<Item>, StoreError> {
        let select = Select::of("SELECT body FROM review_item").text("owner_id", institution).text("visit", visit);
        self.records(select.order("id")).await
    }

    /// What happened to an item, in order.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn review_events(&self, institution: &str, id: &str) -> Result<Vec<Event>, StoreError> {
        let select = Select::of("SELECT body FROM review_event").text("owner_id", institution).text("item", id);
        self.records(select.order("number")).await
    }

    /// A bill.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn review_bill(&self, institution: &str, visit: &str) -> Result<Option<Bill>, StoreError> {
        let select = Select::of("SELECT body FROM review_visit").text("owner_id", institution).text("visit", visit);
        Ok(self.records(select).await?.into_iter().next())
    }

    /// Bills of a person at all institutions, by time.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn review_bills_of(&self, person: &str) -> Result<Vec<Bill>, StoreError> {
        let select = Select::of("SELECT body FROM review_visit").text("person", person);
        self.records(select.order("begun_at, visit")).await
    }

    /// Attachments of an item without their contents, by time.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn review_attachments(&self, institution: &str, item: &str) -> Result<Vec<Attachment>, StoreError> {
        let select = Select::of(
            "SELECT owner_id, id, item, name, kind, size, hash, uploaded_by, uploaded_at, '' FROM review_attachment",
        );
        let select = select.text("owner_id", institution).text("item", item).order("uploaded_at, id");
        self.attachments(select).await
    }

    /// An attachment with its content.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn review_attachment(&self, institution: &str, id: &str) -> Result<Option<Attachment>, StoreError> {
        let select = Select::of(
            "SELECT owner_id, id, item, name, kind, size, hash, uploaded_by, uploaded_at, content FROM review_attachment",
        );
        Ok(self.attachments(select.text("owner_id", institution).text("id", id)).await?.into_iter().next())
    }

    async fn attachments(&self, select: Select) -> Result<Vec<Attachment>, StoreError> {
        let (sql, parameters) = select.finish();
        let rows = self.shared.readers.rows(&sql, parameters).await?;
        let attachment = |mut row: Row| Attachment {
            institution: row.text(),
            id: row.text(),
            item: row.text(),
            name: row.text(),
            kind: row.text(),
            size: row.number().unsigned_abs(),
            hash: row.text(),
            uploaded_by: row.text(),
            uploaded_at: Stamp(row.number()),
            content: row.text(),
        };
        Ok(rows.into_iter().map(attachment).collect())
    }

    /// What was answered to a request under its key; none when it was not carried out yet.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn review_reply(&self, request: &RequestKey) -> Result<Option<Reviewed>, StoreError> {
        let notes = self.notes(&request.user, REQUEST, Some(&request.key)).await?;
        let kept = notes.first().map(|note| parse::<Kept>(&note.body)).transpose()?;
        Ok(kept.map(|kept| kept.answer(request)))
    }

    /// Notes of an owner and kind, by name; one of them when it is named.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn notes(&self, owner: &str, kind: &str, name: Option<&str>) -> Result<Vec<Note>, StoreError> {
        let select = Select::of("SELECT owner_id, kind, name, at, body FROM note");
        let select = select.text("owner_id", owner).text("kind", kind).maybe("name", name).order("name");
        let (sql, parameters) = select.finish();
        let rows = self.shared.readers.rows(&sql, parameters).await?;
        let note = |mut row: Row| Note {
            owner: row.text(),
            kind: row.text(),
            name: row.text(),
            at: Stamp(row.number()),
            body: row.text(),
        };
        Ok(rows.into_iter().map(note).collect())
    }
}
