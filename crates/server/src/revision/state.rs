//! The way of a changed rule: who may do what when. Pure: the moment and the account come in, a record goes out.
//!
//! Draft → shadow → released to some → published; from each of them it can be withdrawn, from published rolled back. Nothing
//! leaves the draft before its text was back-tested, and nobody lets a hospital hear what they wrote themselves.

use crate::library::Reach;
use model::Stamp;
use review::Refusal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Where a revision stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Being written.
    Draft,
    /// Evaluated, heard by nobody.
    Shadow,
    /// Heard at some institutions.
    Released,
    /// In force.
    Published,
    /// Was in force, and was taken back.
    RolledBack,
    /// Given up.
    Withdrawn,
}

impl Stage {
    /// The word in messages.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Shadow => "shadow",
            Self::Released => "released",
            Self::Published => "published",
            Self::RolledBack => "rolled_back",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether it is under way.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Draft | Self::Shadow | Self::Released)
    }
}

/// Something done to a revision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// When.
    pub at: Stamp,
    /// Account.
    pub by: String,
    /// A word of [`Command::word`], `draft` for the first; `restore` when a roll-back brought it into force again.
    pub kind: String,
    /// In words: a note, a reason, where it was released to.
    pub text: String,
}

/// A changed rule on its way.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Revision {
    /// From 1.
    pub number: u64,
    /// Id of the rule.
    pub rule: String,
    /// Name of its file.
    pub file: String,
    /// Version of the rule in force when it was begun.
    pub follows: u32,
    /// Its own.
    pub version: u32,
    /// The rule file.
    pub text: String,
    /// Why.
    pub note: String,
    /// Accounts that wrote it.
    pub authors: Vec<String>,
    /// Where it stands.
    pub stage: Stage,
    /// Where it is heard; the shadow before and after.
    pub reach: Reach,
    /// Hash of the text that the last finished back-test judged.
    pub tested: String,
    /// Number of its publication.
    pub publication: Option<u64>,
    /// Raised with every change.
    pub serial: u32,
    /// All that was done, in order.
    pub history: Vec<Step>,
}

/// What can be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Another text.
    Edit {
        /// The rule file.
        text: String,
        /// Version it states.
        version: u32,
        /// Why.
        note: String,
    },
    /// A back-test of this text was finished.
    Tested {
        /// Hash of the text.
        hash: String,
    },
    /// Into the shadow.
    Shadow,
    /// To some institutions.
    Release {
        /// Share in hundredths.
        percent: u8,
        /// And these.
        institutions: Vec<String>,
    },
    /// Into force.
    Publish,
    /// Given up.
    Withdraw,
    /// Out of force.
    RollBack,
}

impl Command {
    /// The word in history and access log.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Edit { .. } => "edit",
            Self::Tested { .. } => "tested",
            Self::Shadow => "shadow",
            Self::Release { .. } => "release",
            Self::Publish => "publish",
            Self::Withdraw => "withdraw",
            Self::RollBack => "roll_back",
        }
    }
}

/// Who does it, when, and why.
#[derive(Debug, Clone, Copy)]
pub struct Act<'a> {
    /// Account.
    pub by: &'a str,
    /// When.
    pub at: Stamp,
    /// Why.
    pub reason: &'a str,
    /// Hash of the text as it is.
    pub hash: &'a str,
}

/// The revision after a command.
///
/// # Errors
/// The command does not fit where the revision stands, lacks a reason, or is not this account's to give.
pub fn decide(revision: &Revision, command: &Command, act: Act<'_>) -> Result<Revision, Refusal> {
    let mut next = revision.clone();
    let mut told = act.reason.trim().to_owned();
    match command {
        Command::Edit { text, version, note } => {
            fits(revision, &[Stage::Draft], "只有草稿可以修改；试行中的请先撤回，再另起修订")?;
            (next.text, next.version, next.note) = (text.clone(), *version, note.clone());
            told.clone_from(note);
            if !next.authors.iter().any(|author| author == act.by) {
                next.authors.push(act.by.to_owned());
            }
        }
        Command::Tested { hash } => next.tested.clone_from(hash),
        Command::Shadow => {
            fits(revision, &[Stage::Draft, Stage::Released], "草稿或灰度中的修订才能转入影子运行")?;
            was_tested(revision, act.hash)?;
            (next.stage, next.reach) = (Stage::Shadow, Reach::Shadow);
        }
        Command::Release { percent, institutions } => {
            fits(revision, &[Stage::Shadow, Stage::Released], "请先影子运行")?;
            another(revision, act.by)?;
            if (*percent == 0 && institutions.is_empty()) || *percent > 100 {
                return Err(refusal("reach", "灰度范围不正确", "比例取 1 至 100，或列出定点医药机构编号"));
            }
            next.stage = Stage::Released;
            next.reach = Reach::Some { percent: *percent, institutions: institutions.clone() };
            told = format!(
                "{percent}%{}{}",
                if institutions.is_empty() { "" } else { "，另加 " },
                institutions.join("、")
            );
        }
        Command::Publish => {
            fits(revision, &[Stage::Shadow, Stage::Released], "请先回测并影子运行")?;
            another(revision, act.by)?;
            next.stage = Stage::Published;
        }
        Command::Withdraw => {
            fits(revision, &[Stage::Draft, Stage::Shadow, Stage::Released], "已经发布的请回滚")?;
            has_reason(&told)?;
            (next.stage, next.reach) = (Stage::Withdrawn, Reach::Shadow);
        }
        Command::RollBack => {
            fits(revision, &[Stage::Published], "只有已发布的修订可以回滚")?;
            has_reason(&told)?;
            next.stage = Stage::RolledBack;
        }
    }
    next.serial += 1;
    next.history.push(Step { at: act.at, by: act.by.to_owned(), kind: command.word().to_owned(), text: told });
    Ok(next)
}

/// The revision after the library went to other publications than its own, or back to it: `None` when nothing changes for it.
#[must_use]
pub fn settle(revision: &Revision, heard: &BTreeSet<u64>, act: Act<'_>) -> Option<Revision> {
    let is_heard = heard.contains(&revision.publication?);
    let (stage, kind) = match (revision.stage, is_heard) {
        (Stage::Published, false) => (Stage::RolledBack, "roll_back"),
        (Stage::RolledBack, true) => (Stage::Published, "restore"),
        _ => return None,
    };
    let mut next = Revision { stage, serial: revision.serial + 1, ..revision.clone() };
    next.history.push(Step { at: act.at, by: act.by.to_owned(), kind: kind.to_owned(), text: act.reason.to_owned() });
    Some(next)
}

/// Words of the commands that an account could give now.
#[must_use]
pub fn may(revision: &Revision, by: &str, hash: &str) -> Vec<&'static str> {
    let act = Act { by, at: Stamp(0), reason: "任何原因", hash };
    let edit = Command::Edit { text: String::new(), version: 0, note: String::new() };
    let release = Command::Release { percent: 1, institutions: Vec::new() };
    let all = [edit, Command::Shadow, release, Command::Publish, Command::Withdraw, Command::RollBack];
    all.iter().filter(|command| decide(revision, command, act).is_ok()).map(Command::word).collect()
}

fn fits(revision: &Revision, stages: &[Stage], remedy: &str) -> Result<(), Refusal> {
    if stages.contains(&revision.stage) {
        return Ok(());
    }
    Err(refusal("stage", "修订的当前状态不允许此操作", remedy))
}

/// Four eyes: what hospitals hear, somebody else has read.
fn another(revision: &Revision, by: &str) -> Result<(), Refusal> {
    if revision.authors.iter().any(|author| author == by) {
        return Err(refusal("four_eyes", "起草人不能放行自己的修订", "请由另一名规则管理员灰度或发布"));
    }
    Ok(())
}

fn was_tested(revision: &Revision, hash: &str) -> Result<(), Refusal> {
    if revision.tested == hash {
        return Ok(());
    }
    Err(refusal("tested", "当前文本尚未回测", "请先运行回测并查看影响"))
}

fn has_reason(reason: &str) -> Result<(), Refusal> {
    if reason.chars().count() >= 4 {
        return Ok(());
    }
    Err(refusal("reason", "请写明原因", "至少 4 个字，将记入修订历史"))
}

fn refusal(code: &'static str, what: &str, remedy: &str) -> Refusal {
    Refusal { code, what: what.to_owned(), remedy: remedy.to_owned() }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]
mod tests {
    use super::*;

    fn draft() -> Revision {
        Revision {
            number: 1,
            rule: "drug-kinds-over-limit".to_owned(),
            file: "rules/drug-management/drug-kinds-over-limit.md".to_owned(),
            follows: 1,
            version: 2,
            text: "文本".to_owned(),
            note: "放宽".to_owned(),
            authors: vec!["jia".to_owned()],
            stage: Stage::Draft,
            reach: Reach::Shadow,
            tested: String::new(),
            publication: None,
            serial: 0,
            history: Vec::new(),
        }
    }

    fn act<'a>(by: &'a str, reason: &'a str) -> Act<'a> {
        Act { by, at: Stamp(0), reason, hash: "h" }
    }

    fn code(revision: &Revision, command: &Command, by: &str) -> &'static str {
        decide(revision, command, act(by, "")).map_or_else(|refusal| refusal.code, |_| "done")
    }

    const RELEASE: Command = Command::Release { percent: 10, institutions: Vec::new() };

    #[test]
    fn nothing_leaves_the_draft_untested_and_no_author_lets_hospitals_hear() {
        let revision = draft();
        assert_eq!(code(&revision, &Command::Shadow, "jia"), "tested");
        assert_eq!(code(&revision, &Command::Publish, "yi"), "stage");
        let tested = decide(&revision, &Command::Tested { hash: "h".to_owned() }, act("jia", "")).unwrap();
        let shadow = decide(&tested, &Command::Shadow, act("jia", "")).unwrap();
        assert_eq!(code(&shadow, &RELEASE, "jia"), "four_eyes");
        assert_eq!(code(&shadow, &Command::Publish, "jia"), "four_eyes");
        let released = decide(&shadow, &RELEASE, act("yi", "")).unwrap();
        assert_eq!((released.stage, may(&released, "jia", "h")), (Stage::Released, vec!["shadow", "withdraw"]));
        let published = decide(&released, &Command::Publish, act("yi", "")).unwrap();
        assert_eq!(may(&published, "jia", "h"), ["roll_back"]);
        let kinds: Vec<&str> = published.history.iter().map(|step| step.kind.as_str()).collect();
        assert_eq!((kinds, published.serial), (vec!["tested", "shadow", "release", "publish"], 4));
    }

    #[test]
    fn whoever_touched_the_text_is_an_author_and_another_text_is_not_tested() {
        let tested = Revision { tested: "h".to_owned(), ..draft() };
        let edit = Command::Edit { text: "别的".to_owned(), version: 3, note: String::new() };
        let edited = decide(&tested, &edit, act("yi", "")).unwrap();
        assert_eq!((edited.authors.as_slice(), edited.version), (["jia".to_owned(), "yi".to_owned()].as_slice(), 3));
        let other = Act { hash: "h2", ..act("jia", "") };
        assert_eq!(decide(&edited, &Command::Shadow, other).unwrap_err().code, "tested");
        let shadow = Revision { stage: Stage::Shadow, ..edited };
        assert_eq!(code(&shadow, &Command::Publish, "yi"), "four_eyes");
        assert_eq!(code(&shadow, &edit, "jia"), "stage");
    }

    #[test]
    fn what_is_no_longer_heard_is_rolled_back_and_what_is_heard_again_is_published() {
        let published = Revision { stage: Stage::Published, publication: Some(2), ..draft() };
        let heard = |numbers: &[u64]| numbers.iter().copied().collect::<BTreeSet<u64>>();
        assert_eq!(settle(&published, &heard(&[0, 1, 2, 3]), act("yi", "")), None);
        let back = settle(&published, &heard(&[0, 1]), act("yi", "误报过多")).unwrap();
        let step = back.history.last().unwrap();
        assert_eq!((back.stage, step.by.as_str(), step.kind.as_str()), (Stage::RolledBack, "yi", "roll_back"));
        assert_eq!((step.text.as_str(), back.serial), ("误报过多", 1));
        assert_eq!(settle(&back, &heard(&[0]), act("yi", "")), None);
        let again = settle(&back, &heard(&[0, 1, 2]), act("yi", "")).unwrap();
        assert_eq!((again.stage, again.history.last().unwrap().kind.as_str()), (Stage::Published, "restore"));
        let withdrawn = Revision { stage: Stage::Withdrawn, ..draft() };
        assert_eq!(settle(&withdrawn, &heard(&[0]), act("yi", "")), None);
    }

    #[test]
    fn giving_up_and_going_back_have_a_reason() {
        let published = Revision { stage: Stage::Published, ..draft() };
        assert_eq!(code(&published, &Command::RollBack, "jia"), "reason");
        let back = decide(&published, &Command::RollBack, act("jia", "误报过多")).unwrap();
        assert_eq!((back.stage, may(&back, "yi", "h").len()), (Stage::RolledBack, 0));
        assert_eq!(code(&draft(), &Command::Withdraw, "jia"), "reason");
        let nowhere = Command::Release { percent: 0, institutions: Vec::new() };
        assert_eq!(code(&Revision { stage: Stage::Shadow, ..draft() }, &nowhere, "yi"), "reach");
    }
}
