//! Answers that did not come in time. The institution's silence is consent (医保办发〔2023〕14号), whether or not anybody opens the
//! item; the agency's own deadlines never lapse, they stay overdue and are counted.

use crate::desk::Desk;
use model::Stamp;
use review::{Act, Actor, Command, SYSTEM, Stage, decide};
use rights::Scope;
use store::{ItemQuery, LogEntry, ReviewChanges, ReviewFile, ReviewJob, Reviewed, SortBy, StoreError};

/// Items of one transaction.
const CHUNK: u64 = 200;

impl Desk {
    /// Lets every answer lapse whose last day is over at a moment, Beijing time; how many did. Whoever acted first, this or an
    /// institution at midnight, is right: items are held while they are decided, and what is no longer due stays as it is.
    ///
    /// # Errors
    /// When the store cannot be read or written; what lapsed before that has lapsed.
    pub async fn lapse(&self, at: Stamp) -> Result<usize, StoreError> {
        let mut query = ItemQuery {
            stages: vec![Stage::Provider],
            due_until: Some(i64::from(at.day().0) - 1),
            sort: SortBy::DueOn,
            descending: false,
            limit: CHUNK,
            ..ItemQuery::of(Scope::everywhere())
        };
        let mut lapsed = 0;
        loop {
            let page = self.store.review_page(&query).await?;
            let named = |item: &review::Item| (item.facts.institution.clone(), item.facts.id.clone());
            lapsed += self.lapse_all(page.items.iter().map(named).collect(), at).await?;
            match page.next {
                Some(next) => query.after = Some(next),
                None => return Ok(lapsed),
            }
        }
    }

    async fn lapse_all(&self, keys: Vec<(String, String)>, at: Stamp) -> Result<usize, StoreError> {
        if keys.is_empty() {
            return Ok(0);
        }
        let (wanted, clock) = (keys.clone(), self.review_clock().clone());
        let expire = move |file: &ReviewFile, _: &mut dyn agency::Ids| {
            let mut changes = ReviewChanges::default();
            let items = wanted.iter().filter_map(|(institution, id)| file.item(institution, id));
            for (after, event) in items.filter_map(|item| decide(item, &act(at), &clock).ok()) {
                changes.log.push(entry(&after.key(), at));
                changes.events.push((after.facts.institution.clone(), after.facts.id.clone(), event));
                changes.items.push(after);
            }
            changes.reply = changes.items.len().to_string();
            Ok(changes)
        };
        match self.store.review(ReviewJob::new(at, expire).on(keys)).await? {
            Reviewed::Fresh(count) => Ok(count.parse().unwrap_or_default()),
            Reviewed::Stored(_) | Reviewed::OtherBody | Reviewed::Refused(_) => Ok(0),
        }
    }
}

fn act(at: Stamp) -> Act {
    Act {
        actor: Actor { user: SYSTEM.to_owned(), role: None },
        command: Command::Expire,
        reason: String::new(),
        text: String::new(),
        evidence: Vec::new(),
        at,
        seen: None,
        batch: String::new(),
    }
}

fn entry(key: &str, at: Stamp) -> LogEntry {
    LogEntry {
        account: SYSTEM.to_owned(),
        id: String::new(),
        at,
        action: Command::Expire.word().to_owned(),
        subject: key.to_owned(),
        outcome: "done".to_owned(),
        reason: String::new(),
    }
}
