//! What somebody does to an item.

use model::{Fen, Stamp};
use rights::Role;
use serde::{Deserialize, Serialize};

/// The account of the clock.
pub const SYSTEM: &str = "system";

/// What a first reviewer says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "verdict")]
pub enum Verdict {
    /// A violation; `amount` when only part of it is. A clear one is refused, a suspicious one sent to the provider.
    Violation {
        /// What is to be refused; the whole when absent.
        amount: Option<Fen>,
    },
    /// Nothing wrong.
    NoViolation,
    /// The provider is to explain, with documents.
    NeedDocuments,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Command {
    /// Given to somebody; empty takes it away.
    Assign {
        /// Account.
        to: String,
    },
    /// 初审
    FirstReview(Verdict),
    /// 认可
    Accept,
    /// 申诉, 再申诉
    Appeal,
    /// 撤回申诉
    WithdrawAppeal,
    /// 复审: what is upheld, nothing reverses.
    SecondReview {
        /// Amount upheld; the whole when absent.
        amount: Option<Fen>,
    },
    /// 组成合议
    Convene {
        /// Accounts of its members.
        members: Vec<String>,
    },
    /// 合议表决
    Vote {
        /// Amount; the whole when absent.
        amount: Option<Fen>,
    },
    /// The deadline passed.
    Expire,
    /// 转调查
    Escalate,
    /// 调查退回: the review goes on where it stood.
    Resume,
    /// 扣款: `amount` as booked.
    Deduct {
        /// What the booking moved (I11: what this item adds to its visit).
        amount: Fen,
        /// Its id; empty when nothing was left to move.
        booking: String,
    },
    /// 扣款冲回
    Restore {
        /// What the booking gave back.
        amount: Fen,
        /// Its id; empty when nothing was given back.
        booking: String,
    },
    /// 撤回本人刚作的决定
    Undo,
}

impl Command {
    /// The word in messages.
    #[must_use]
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Assign { .. } => "assign",
            Self::FirstReview(_) => "first_review",
            Self::Accept => "accept",
            Self::Appeal => "appeal",
            Self::WithdrawAppeal => "withdraw_appeal",
            Self::SecondReview { .. } => "second_review",
            Self::Convene { .. } => "convene",
            Self::Vote { .. } => "vote",
            Self::Expire => "expire",
            Self::Escalate => "escalate",
            Self::Resume => "resume",
            Self::Deduct { .. } => "deduct",
            Self::Restore { .. } => "restore",
            Self::Undo => "undo",
        }
    }

    /// The word on screens.
    #[must_use]
    pub const fn label(&self) -> &'static str {
        match self {
            Self::Assign { .. } => "分派",
            Self::FirstReview(Verdict::Violation { .. }) => "初审：违规",
            Self::FirstReview(Verdict::NoViolation) => "初审：不违规",
            Self::FirstReview(Verdict::NeedDocuments) => "初审：要求说明",
            Self::Accept => "认可",
            Self::Appeal => "申诉",
            Self::WithdrawAppeal => "撤回申诉",
            Self::SecondReview { .. } => "复审",
            Self::Convene { .. } => "组成合议",
            Self::Vote { .. } => "合议表决",
            Self::Expire => "逾期",
            Self::Escalate => "转调查",
            Self::Resume => "调查退回",
            Self::Deduct { .. } => "扣款",
            Self::Restore { .. } => "扣款冲回",
            Self::Undo => "撤回决定",
        }
    }

    /// Who may, whatever the state. The clock may nothing but let time pass.
    #[must_use]
    pub const fn roles(&self) -> &'static [Role] {
        match self {
            Self::Assign { .. } => &[Role::FirstReviewer, Role::SecondReviewer],
            Self::FirstReview(_) => &[Role::FirstReviewer],
            Self::Accept | Self::Appeal | Self::WithdrawAppeal => &[Role::HospitalOffice],
            Self::SecondReview { .. } | Self::Convene { .. } => &[Role::SecondReviewer],
            Self::Vote { .. } => &[Role::Panelist],
            Self::Expire => &[],
            Self::Escalate => &[Role::FirstReviewer, Role::SecondReviewer, Role::Supervisor],
            Self::Resume => &[Role::Supervisor],
            Self::Deduct { .. } => &[Role::Finance],
            Self::Restore { .. } => &[Role::SecondReviewer],
            Self::Undo => &[Role::FirstReviewer, Role::SecondReviewer],
        }
    }

    /// Whether a reason must be given.
    #[must_use]
    pub const fn needs_reason(&self) -> bool {
        !matches!(
            self,
            Self::Assign { .. }
                | Self::Accept
                | Self::WithdrawAppeal
                | Self::Convene { .. }
                | Self::Expire
                | Self::Deduct { .. }
                | Self::Undo
        )
    }
}

/// Who acts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Actor {
    /// Account.
    pub user: String,
    /// Its role; `None` is the clock.
    pub role: Option<Role>,
}

/// Somebody does something, for a reason, at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// Who.
    pub actor: Actor,
    /// What.
    pub command: Command,
    /// Reason code, see [`crate::REASONS`].
    pub reason: String,
    /// In words.
    pub text: String,
    /// Attachments.
    pub evidence: Vec<String>,
    /// When.
    pub at: Stamp,
    /// The version that was looked at; `None` does not care.
    pub seen: Option<u32>,
    /// The batch it is part of; empty when it is not.
    pub batch: String,
}
