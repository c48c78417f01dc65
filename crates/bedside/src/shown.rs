//! What is kept of a reminder that was shown, and what was answered to it (3103).

use crate::advice::{Reminder, Role};
use crate::inquiry::Stage;
use model::{Day, Fen, Severity, Stamp};
use serde::{Deserialize, Serialize};

/// A reminder that was shown, with the latest answer to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shown {
    /// `jr_id`
    pub id: String,
    /// Whom it is about.
    pub person: String,
    /// Rule id.
    pub rule: String,
    /// Version of the rule.
    pub version: u32,
    /// Name of the rule.
    pub name: String,
    /// Which library judged.
    pub library: String,
    /// How sure it is.
    pub severity: Severity,
    /// At which moment of care it was shown.
    pub stage: Stage,
    /// The visit in which it was shown.
    pub visit: String,
    /// Where.
    pub institution: String,
    /// Who ordered; empty when unknown.
    pub doctor: String,
    /// Department that ordered; empty when unknown.
    pub department: String,
    /// The line at fault; empty when the visit is.
    pub line: String,
    /// Which line, in words.
    pub place: String,
    /// Why.
    pub why: String,
    /// What would make it right.
    pub remedy: String,
    /// What it means in money.
    pub effect: String,
    /// Document and article.
    pub basis: String,
    /// The money at stake.
    pub amount: Fen,
    /// Day of the fact.
    pub occurred_on: Day,
    /// When it was first shown.
    pub shown_at: Stamp,
    /// The message in answer to which it was first shown: asked again, it gets the same answer.
    pub message: String,
    /// The latest answer; `None` before the first.
    pub answered: Option<Answered>,
}

/// What was answered to a reminder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answered {
    /// What is done.
    pub way: Way,
    /// Why; not empty when care goes on unchanged.
    pub reason: String,
    /// When.
    pub at: Stamp,
    /// Who: the operator of the message; empty when unknown.
    pub by: String,
}

/// `dspo_way`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// 1 继续执行
    Continued,
    /// 2 返回修改
    Returned,
}

impl Way {
    /// From `dspo_way`.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        match code {
            "1" => Some(Self::Continued),
            "2" => Some(Self::Returned),
            _ => None,
        }
    }

    /// `dspo_way`
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Continued => "1",
            Self::Returned => "2",
        }
    }
}

impl Shown {
    /// What is kept of a reminder shown to `person`, at a stage of `visit`, by a library, at a moment, to a message.
    #[must_use]
    pub fn of(
        reminder: &Reminder,
        person: &str,
        stage: Stage,
        visit: &str,
        library: &str,
        at: Stamp,
        message: &str,
    ) -> Self {
        let fault = reminder.lines.iter().find(|line| line.role == Role::AtFault);
        Self {
            id: reminder.id.clone(),
            person: person.to_owned(),
            rule: reminder.rule.clone(),
            version: reminder.version,
            name: reminder.name.clone(),
            library: library.to_owned(),
            severity: reminder.severity,
            stage,
            visit: visit.to_owned(),
            institution: reminder.institution.clone(),
            doctor: reminder.doctor.clone(),
            department: reminder.department.clone(),
            line: fault.map(|line| line.id.clone()).unwrap_or_default(),
            place: reminder.place.clone(),
            why: reminder.why.clone(),
            remedy: reminder.remedy.clone(),
            effect: reminder.effect.clone(),
            basis: reminder.basis.clone(),
            amount: reminder.amount,
            occurred_on: reminder.occurred_on,
            shown_at: at,
            message: message.to_owned(),
            answered: None,
        }
    }

    /// Whether it need not be shown again in answer to another message: it was, and nobody promised to change the order. A
    /// reminder at another moment of care is another one: what an ordering doctor was told is news to the cashier.
    #[must_use]
    pub fn is_enough(&self, message: &str) -> bool {
        let promised = self.answered.as_ref().is_some_and(|answered| answered.way == Way::Returned);
        self.message != message && !promised
    }
}
