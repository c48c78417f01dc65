//! Findings become items: once, whoever found them first.

use super::records::{Bill, ReviewChanges, ReviewFile, ReviewJob, Reviewed};
use crate::error::StoreError;
use crate::store::Store;
use model::Stamp;
use review::{Facts, Item};
use std::collections::HashMap;
use std::sync::Arc;

/// Items of one transaction.
const CHUNK: usize = 1_000;

impl Store {
    /// Takes findings in as items, with the bills that they are about; how many were new. What was found before
    /// ([`Facts::repeats`]) is left as it stands, decided or not.
    ///
    /// # Errors
    /// At the first transaction that fails; those before it are kept, and taking all in again does no harm.
    pub async fn review_intake(
        &self,
        items: Vec<Item>,
        at: Stamp,
        bill: impl Fn(&Facts) -> Option<Bill> + Send + Sync + 'static,
    ) -> Result<usize, StoreError> {
        let bill = Arc::new(bill);
        let mut added = 0;
        for chunk in items.chunks(CHUNK) {
            let of = |part: fn(&Facts) -> &String| {
                let pairs = chunk.iter().map(|item| (item.facts.institution.clone(), part(&item.facts).clone()));
                pairs.filter(|(_, name)| !name.is_empty()).collect::<Vec<_>>()
            };
            let (keys, visits) = (of(|facts| &facts.id), of(|facts| &facts.visit));
            let (chunk, bill) = (chunk.to_vec(), Arc::clone(&bill));
            let take = move |file: &ReviewFile, _: &mut dyn agency::Ids| {
                let items = fresh(&chunk, file);
                let bills = items.iter().filter_map(|item| bill(&item.facts)).collect();
                Ok(ReviewChanges { bills, reply: items.len().to_string(), items, ..ReviewChanges::default() })
            };
            let reviewed = self.review(ReviewJob::new(at, take).on(keys).of_visits(visits)).await?;
            if let Reviewed::Fresh(reply) = reviewed {
                added += reply.parse::<usize>().unwrap_or_default();
            }
        }
        Ok(added)
    }
}

/// Those that nobody found before.
fn fresh(items: &[Item], file: &ReviewFile) -> Vec<Item> {
    let mut known: HashMap<(&str, &str), Vec<&Facts>> = HashMap::new();
    for item in &file.items {
        known.entry((&item.facts.institution, &item.facts.visit)).or_default().push(&item.facts);
    }
    let is_new = |item: &&Item| {
        let of_visit = known.get(&(item.facts.institution.as_str(), item.facts.visit.as_str()));
        !of_visit.is_some_and(|known| known.iter().any(|known| item.facts.repeats(known)))
    };
    items.iter().filter(is_new).cloned().collect()
}
