//! The words of the review with their labels: once for a page.

use crate::api::Problem;
use axum::Json;
use model::Severity;
use review::{REASONS, Stage, State};
use rights::{Action, Role};
use serde::Serialize;
use utoipa::ToSchema;

/// A word with its label.
#[derive(Serialize, ToSchema)]
pub struct Word {
    word: String,
    label: String,
}

/// A state.
#[derive(Serialize, ToSchema)]
pub struct StateWord {
    word: String,
    label: String,
    stage: String,
}

/// A reason.
#[derive(Serialize, ToSchema)]
pub struct ReasonWord {
    code: String,
    label: String,
    /// Acts that it may stand for
    commands: Vec<String>,
}

/// All words.
#[derive(Serialize, ToSchema)]
pub struct Vocabulary {
    states: Vec<StateWord>,
    stages: Vec<Word>,
    severities: Vec<Word>,
    reasons: Vec<ReasonWord>,
    roles: Vec<Word>,
}

fn word(word: &str, label: &str) -> Word {
    Word { word: word.to_owned(), label: label.to_owned() }
}

/// States, stages, reasons, roles.
#[utoipa::path(get, path = "/api/review/vocabulary", tag = "review", operation_id = "getVocabulary", responses((status = 200, body = Vocabulary), (status = 401, body = Problem)))]
pub(super) async fn vocabulary() -> Json<Vocabulary> {
    let states = State::ALL.iter().map(|state| StateWord {
        word: state.word().to_owned(),
        label: state.label().to_owned(),
        stage: state.stage().word().to_owned(),
    });
    let reasons = REASONS.iter().map(|reason| ReasonWord {
        code: reason.code.to_owned(),
        label: reason.label.to_owned(),
        commands: reason.commands.iter().map(|command| (*command).to_owned()).collect(),
    });
    let severities = [Severity::Clear, Severity::Suspicious, Severity::Indicator];
    Json(Vocabulary {
        states: states.collect(),
        stages: Stage::ALL.into_iter().map(|stage| word(stage.word(), stage.label())).collect(),
        severities: severities.into_iter().map(|severity| word(severity.word(), severity.label())).collect(),
        reasons: reasons.collect(),
        roles: Role::ALL.into_iter().map(|role| word(role.word(), role.label())).collect(),
    })
}

/// A row of the permission table.
#[derive(Serialize, ToSchema)]
pub struct RightRow {
    action: String,
    label: String,
    /// Roles that may
    roles: Vec<String>,
}

/// The permission table.
#[utoipa::path(get, path = "/api/rights", tag = "users", operation_id = "getRights", responses((status = 200, body = Vec<RightRow>)))]
pub(super) async fn rights() -> Json<Vec<RightRow>> {
    let row = |action: &Action| RightRow {
        action: action.word().to_owned(),
        label: action.label().to_owned(),
        roles: action.roles().iter().map(|role| role.word().to_owned()).collect(),
    };
    Json(Action::ALL.iter().map(row).collect())
}
