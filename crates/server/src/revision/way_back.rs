//! Going back to another publication, and what that does to the revisions that were published on the way.
//!
//! A publication holds what the one it followed held, and its own. So of the publications only the line from the one in force
//! down to what the program came with is heard; a revision beside this line is rolled back, whoever gave the word and wherever,
//! and one that lies on it again is published again. The revisions change with the head, in one transaction.

use super::kept;
use super::state::{Act, Revision, settle};
use crate::desk::Desk;
use crate::library::{Beside, NotPublished, Publication, Published};
use std::collections::{BTreeMap, BTreeSet};

impl Desk {
    /// Goes back to a publication, the one before when none is named; 0 is what the program came with. Every revision that
    /// comes out of force thereby, or into force again, says so: by whom, when and why.
    ///
    /// # Errors
    /// There is no such publication, it no longer compiles, or somebody changed the library at the same moment.
    pub(crate) async fn roll_back(&self, to: Option<u64>, act: Act<'_>) -> Result<Published, NotPublished> {
        let publications = self.library.publications(&self.store).await?;
        // The store's head, which another process may just have moved: `serial` holds the roll-back to what was seen here.
        let head = self.library.head(&self.store).await?;
        let to = match to {
            Some(to) => to,
            None => self.library.before(&self.store, head.publication).await?,
        };
        let heard = line(&publications, to);
        let told = format!("第 {} 次发布 → 第 {to} 次发布", head.publication);
        let told = if act.reason.trim().is_empty() { told } else { format!("{told}：{}", act.reason.trim()) };
        let mut beside = Vec::new();
        for revision in kept::revisions(&self.store).await? {
            let Some(next) = settle(&revision, &heard, Act { reason: &told, ..act }) else { continue };
            let Some(was) = kept::revision(&self.store, revision.number).await? else { continue };
            beside.push(changed(was.document, next));
        }
        self.library.roll_back(&self.store, to, head.serial, beside).await
    }
}

fn changed(was: agency::Document, next: Revision) -> Beside {
    Beside { was, becomes: Box::new(move |_| kept::written(&next)) }
}

/// The publications that are heard when one of them is in force: itself and what it was built on.
fn line(publications: &[Publication], from: u64) -> BTreeSet<u64> {
    let follows: BTreeMap<u64, u64> = publications.iter().map(|known| (known.number, known.follows)).collect();
    // A publication follows an earlier one: the way down ends.
    std::iter::successors(Some(from), |number| follows.get(number).copied().filter(|before| before < number)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn publication(number: u64, follows: u64) -> Publication {
        let (at, by, note) = (String::new(), String::new(), String::new());
        Publication { number, follows, at, by, note, files: BTreeMap::new() }
    }

    #[test]
    fn of_a_fork_only_the_line_in_force_is_heard() {
        // 1 and 2, back to 1, then 3 on top of it.
        let all = [publication(3, 1), publication(2, 1), publication(1, 0)];
        let heard = |from| line(&all, from).into_iter().collect::<Vec<u64>>();
        assert_eq!(heard(3), [0, 1, 3]);
        assert_eq!(heard(2), [0, 1, 2]);
        assert_eq!(heard(0), [0]);
    }
}
