//! A changed rule on its way into force: written, tried on past claims, run in the shadow, released to some, published.
//!
//! `state` says who may do what when, and knows nothing else. `back_test` judges past claims by both versions of the rule;
//! `jobs` runs it beside the requests. In the shadow the changed rule is asked wherever the one in force is, and `shadow` counts
//! where the two differ. `way_back` goes to another publication, past several revisions at once. What is on trial and what is
//! published is the library's (`crate::library`): a step of a revision and what comes into force by it are written in one
//! transaction.
//!
//! Where to look next: `review::revisions` for the routes.

pub(crate) mod back_test;
mod jobs;
mod kept;
pub(crate) mod shadow;
mod state;
mod way_back;

pub(crate) use jobs::{BackTests, Ended, begin};
pub(crate) use kept::Kept;
pub(crate) use shadow::Shadows;
use state::decide;
pub(crate) use state::{Act, Command, Revision, Stage, Step, may};

use crate::desk::Desk;
use crate::library::{Beside, NotPublished, Offer, Reach, TRIALS_MAX, Trial, hash};
use review::Refusal;
use store::StoreError;

/// Why a step was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotTaken {
    /// It may not be.
    #[error("{0}")]
    Refused(Refusal),
    /// The library did not take it.
    #[error(transparent)]
    Library(#[from] NotPublished),
}

impl From<StoreError> for NotTaken {
    fn from(error: StoreError) -> Self {
        Self::Library(error.into())
    }
}

impl Desk {
    /// All revisions, the latest first.
    pub(crate) async fn revisions(&self) -> Result<Vec<Revision>, StoreError> {
        kept::revisions(&self.store).await
    }

    /// One revision.
    pub(crate) async fn revision(&self, number: u64) -> Result<Option<Kept>, StoreError> {
        kept::revision(&self.store, number).await
    }

    /// Keeps a new one; gives it with its number.
    pub(crate) async fn begin_revision(&self, revision: Revision) -> Result<Revision, StoreError> {
        kept::add(&self.store, revision).await
    }

    /// What the last back-test of a revision found.
    pub(crate) async fn back_test(&self, number: u64) -> Result<Option<Ended>, StoreError> {
        kept::back_test(&self.store, number).await
    }

    /// Takes a step: the revision and, where it has a part in what is in force, the library, in one transaction.
    pub(crate) async fn step(&self, kept: Kept, command: Command, act: Act<'_>) -> Result<Revision, NotTaken> {
        let next = decide(&kept.revision, &command, act).map_err(NotTaken::Refused)?;
        let beside = |next: &Revision| Beside {
            was: kept.document.clone(),
            becomes: {
                let next = next.clone();
                Box::new(move |publication| {
                    let publication = if next.stage == Stage::Published { Some(publication) } else { next.publication };
                    kept::written(&Revision { publication, ..next.clone() })
                })
            },
        };
        match command {
            Command::Publish => {
                let edition = self.edition();
                let mut files = edition.files().manifest();
                files.insert(next.file.clone(), hash(&next.text));
                let offer = Offer {
                    files,
                    texts: vec![next.text.clone()],
                    by: act.by.to_owned(),
                    note: format!("第 {} 号修订：{}", next.number, next.note),
                    serial: Some(edition.head().serial),
                    revision: Some(next.number),
                };
                let published = self.library.publish_beside(&self.store, offer, vec![beside(&next)]).await?;
                Ok(Revision { publication: Some(published.edition.head().publication), ..next })
            }
            Command::RollBack => {
                let head = self.edition().head().clone();
                let in_force = head.publication;
                if next.publication != Some(in_force) {
                    return Err(NotTaken::Refused(Refusal {
                        code: "stage",
                        what: format!("当前生效的是第 {in_force} 次发布，不是本修订的发布"),
                        remedy: "请在发布记录中选择要回到的一次发布".to_owned(),
                    }));
                }
                // Its own publication is all that comes out of force: no other revision changes.
                let before = self.library.before(&self.store, in_force).await?;
                self.library.roll_back(&self.store, before, head.serial, vec![beside(&next)]).await?;
                Ok(next)
            }
            Command::Shadow | Command::Release { .. } | Command::Withdraw => {
                let trial = next.stage.is_open().then(|| on_trial(&next));
                self.has_room(trial.as_ref())?;
                let number = next.number;
                let change = move |settings: &mut crate::library::Settings| {
                    settings.trials.retain(|known| known.revision != number);
                    settings.trials.extend(trial);
                };
                self.library.set_beside(&self.store, change, vec![beside(&next)]).await?;
                Ok(next)
            }
            Command::Edit { .. } | Command::Tested { .. } => {
                if kept::change(&self.store, &kept.document, &next).await? {
                    return Ok(next);
                }
                Err(NotTaken::Library(NotPublished::Moved { serial: self.edition().head().serial }))
            }
        }
    }

    /// Trials are few, of a rule one, and one at a time is heard: else nobody could tell what does what.
    fn has_room(&self, trial: Option<&Trial>) -> Result<(), NotTaken> {
        let Some(trial) = trial else { return Ok(()) };
        let edition = self.edition();
        let others: Vec<&Trial> =
            edition.head().settings.trials.iter().filter(|known| known.revision != trial.revision).collect();
        let refused = |what: String, remedy: &str| {
            Err(NotTaken::Refused(Refusal { code: "trials", what, remedy: remedy.to_owned() }))
        };
        if let Some(same) = others.iter().find(|known| known.rule == trial.rule) {
            return refused(format!("这条规则的第 {} 号修订正在试行", same.revision), "请先撤回或发布它");
        }
        if others.len() >= TRIALS_MAX {
            return refused(format!("已有 {TRIALS_MAX} 条修订在试行"), "请先撤回或发布其中一条");
        }
        match others.iter().find(|known| !known.is_shadow()).filter(|_| !trial.is_shadow()) {
            Some(heard) => refused(format!("第 {} 号修订正在灰度，一次只灰度一条", heard.revision), "请等它发布或撤回"),
            None => Ok(()),
        }
    }
}

fn on_trial(revision: &Revision) -> Trial {
    Trial {
        revision: revision.number,
        rule: revision.rule.clone(),
        file: revision.file.clone(),
        text: revision.text.clone(),
        reach: if revision.stage == Stage::Released { revision.reach.clone() } else { Reach::Shadow },
    }
}
