//! A review item: what was found, and how it stands.

use crate::command::Command;
use crate::facts::Facts;
use model::{Day, Fen, Stamp};
use rights::Role;
use serde::{Deserialize, Serialize};

macro_rules! states {
    ($($(#[$doc:meta])* $state:ident $word:literal $label:literal $stage:ident;)+) => {
        /// Where an item stands.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum State { $($(#[$doc])* $state,)+ }

        impl State {
            /// All, in the order of the way.
            pub const ALL: &[Self] = &[$(Self::$state,)+];

            /// The word in files and messages.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$state => $word,)+ }
            }

            /// The word on screens.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $(Self::$state => $label,)+ }
            }

            /// Whose turn it is.
            #[must_use]
            pub const fn stage(self) -> Stage {
                match self { $(Self::$state => Stage::$stage,)+ }
            }

            /// Reads what [`State::word`] wrote.
            #[must_use]
            pub fn parse(word: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|state| state.word() == word)
            }
        }
    };
}

states! {
    /// Nobody has looked.
    Suspected "suspected" "待初审" First;
    /// A clear violation that was refused; the provider may appeal.
    RefusalPending "refusal_pending" "初审扣款待确认" Provider;
    /// A suspicion that the provider must be heard on.
    Sent "sent" "下发待反馈" Provider;
    /// The provider does not agree.
    Appealed "appealed" "申诉待复审" Second;
    /// The second review upheld it whole; the provider may appeal again.
    Upheld "upheld" "复审维持" Provider;
    /// The second review upheld part of it; the provider may appeal again.
    PartlyUpheld "partly_upheld" "复审部分维持" Provider;
    /// The provider does not agree again; a panel is to be called.
    Reappealed "reappealed" "再申诉待合议" Panel;
    /// The panel votes.
    InPanel "in_panel" "合议中" Panel;
    /// The provider agrees.
    Accepted "accepted" "机构认可" Deduction;
    /// The provider let the time pass.
    TimedOut "timed_out" "逾期视同认可" Deduction;
    /// The last word.
    Final "final" "终审" Deduction;
    /// Taken from what the institution is owed.
    Deducted "deducted" "已扣款" Closed;
    /// Deducted, and given back.
    Restored "restored" "扣款已冲回" Closed;
    /// The first review found nothing wrong.
    Dismissed "dismissed" "初审不违规" Closed;
    /// Taken back by the second review or the panel.
    Reversed "reversed" "已撤销" Closed;
    /// A hint without money, which the provider took note of.
    Noted "noted" "已提示" Closed;
    /// With the investigators.
    Escalated "escalated" "转稽核调查" Investigation;
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// First reviewers.
    First,
    /// The institution.
    Provider,
    /// Second reviewers.
    Second,
    /// The panel.
    Panel,
    /// Finance.
    Deduction,
    /// Investigators.
    Investigation,
    /// Nobody's.
    Closed,
}

impl Stage {
    /// All, in the order of the way.
    pub const ALL: [Self; 7] =
        [Self::First, Self::Provider, Self::Second, Self::Panel, Self::Deduction, Self::Investigation, Self::Closed];

    /// The word in files and messages.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Provider => "provider",
            Self::Second => "second",
            Self::Panel => "panel",
            Self::Deduction => "deduction",
            Self::Investigation => "investigation",
            Self::Closed => "closed",
        }
    }

    /// The word on screens.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::First => "待初审",
            Self::Provider => "待机构反馈",
            Self::Second => "待复审",
            Self::Panel => "待合议",
            Self::Deduction => "待扣款",
            Self::Investigation => "调查中",
            Self::Closed => "已办结",
        }
    }

    /// Reads what [`Stage::word`] wrote.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stage| stage.word() == word)
    }
}

/// What became of a finding, for the precision of its rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Not decided for good.
    Open,
    /// It stood.
    Upheld,
    /// It did not stand: the rule was wrong here.
    Reversed,
}

/// Somebody who decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hand {
    /// Account.
    pub user: String,
    /// When.
    pub at: Stamp,
}

/// A seat on the panel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// Account.
    pub user: String,
    /// How it voted; `None` until it has.
    pub vote: Option<Vote>,
}

/// A vote: what should be refused. Nothing is a reversal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vote {
    /// Amount.
    pub amount: Fen,
    /// Written reason.
    pub text: String,
    /// When.
    pub at: Stamp,
}

/// How an item stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// State.
    pub state: State,
    /// What is to be refused as things stand.
    pub decided: Fen,
    /// Last day of whoever's turn it is; none when time does not run.
    pub due_on: Option<Day>,
    /// First reviewer.
    pub first: Option<Hand>,
    /// Second reviewer.
    pub second: Option<Hand>,
    /// The panel.
    pub panel: Vec<Seat>,
    /// Where an investigation came from.
    pub escalated_from: Option<State>,
    /// What its bookings come to; debit of the institution positive.
    pub deducted: Fen,
    /// Bookings of its deduction and what took them back, in order.
    pub bookings: Vec<String>,
}

/// What an undo brings back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undo {
    /// Who may.
    pub user: String,
    /// Last moment.
    pub until: Stamp,
    /// How it stood.
    pub before: Box<Standing>,
}

/// A review item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// What was found.
    pub facts: Facts,
    /// How it stands.
    pub standing: Standing,
    /// Who works on it; empty when nobody does.
    pub assignee: String,
    /// Events so far; an act on an older number is refused.
    pub version: u32,
    /// The last decision, while it can be undone.
    pub undo: Option<Undo>,
    /// The batch that decided it last; empty when it was decided alone.
    pub batch: String,
}

/// What happened to an item. Never changed, never deleted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// 1, 2, …
    pub number: u32,
    /// When.
    pub at: Stamp,
    /// Who.
    pub user: String,
    /// As what; `None` is the system's clock.
    pub role: Option<Role>,
    /// What.
    pub command: Command,
    /// From where.
    pub from: State,
    /// To where.
    pub to: State,
    /// What is to be refused afterwards.
    pub decided: Fen,
    /// Reason code.
    pub reason: String,
    /// In words.
    pub text: String,
    /// Attachments.
    pub evidence: Vec<String>,
    /// Rule, version and knowledge point that it was about, and hash of the data: the receipt of the decision (I10).
    pub receipt: String,
}

impl Item {
    /// An item that just came in; `due_on` is the last day of its first review.
    #[must_use]
    pub fn new(facts: Facts, due_on: Option<Day>) -> Self {
        let standing = Standing {
            state: State::Suspected,
            decided: Fen::ZERO,
            due_on,
            first: None,
            second: None,
            panel: Vec::new(),
            escalated_from: None,
            deducted: Fen::ZERO,
            bookings: Vec::new(),
        };
        Self { facts, standing, assignee: String::new(), version: 0, undo: None, batch: String::new() }
    }

    /// `institution~finding`, by which an item is named outside.
    #[must_use]
    pub fn key(&self) -> String {
        format!("{}~{}", self.facts.institution, self.facts.id)
    }

    /// What became of the finding.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        self.standing.state.outcome()
    }
}

impl State {
    /// Whether the institution is told of an item in this state. What nobody has looked at, what first review dismissed and what
    /// is being investigated is not for its eyes.
    #[must_use]
    pub const fn is_told(self) -> bool {
        !matches!(self, Self::Suspected | Self::Dismissed | Self::Escalated)
    }

    /// What an item in this state says of its rule.
    #[must_use]
    pub const fn outcome(self) -> Outcome {
        match self {
            Self::Accepted | Self::TimedOut | Self::Final | Self::Deducted | Self::Noted => Outcome::Upheld,
            Self::Dismissed | Self::Reversed | Self::Restored => Outcome::Reversed,
            _ => Outcome::Open,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back_and_are_those_of_the_json() {
        for &state in State::ALL {
            assert_eq!(State::parse(state.word()), Some(state));
            assert_eq!(serde_json::to_string(&state).ok(), Some(format!("\"{}\"", state.word())));
        }
        for stage in Stage::ALL {
            assert_eq!(Stage::parse(stage.word()), Some(stage));
            assert_eq!(serde_json::to_string(&stage).ok(), Some(format!("\"{}\"", stage.word())));
        }
    }
}
