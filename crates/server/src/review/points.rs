//! Search in the knowledge: by code, by name, by the words of a limit.

use crate::api::Problem;
use crate::desk::Desk;
use axum::Json;
use axum::extract::{Query, State};
use knowledge::{Knowledge, Point, Status, fold};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Most points of an answer.
const POINTS_MAX: usize = 200;
/// Codes told of a point.
const CODES_MAX: usize = 12;

/// What is looked for.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct WhichPoints {
    /// Beginning of a code or an id, or words of name, limit or logic; several must all be there
    q: Option<String>,
    /// Rule
    rule: Option<String>,
}

/// A knowledge point.
#[derive(Serialize, ToSchema)]
pub struct PointRow {
    id: String,
    rule: String,
    rule_name: String,
    kind_label: String,
    /// As published
    name: String,
    /// The limit as published
    text: String,
    /// The detection logic as published
    logic: String,
    /// What must hold, in the predicate language
    predicate: String,
    /// Whether claims can decide it
    executable: bool,
    /// Why not
    why_not: String,
    valid_from: String,
    #[schema(required)]
    valid_until: Option<String>,
    source_label: String,
    basis: String,
    /// Some of its codes
    codes: Vec<String>,
    code_count: usize,
}

/// What was found.
#[derive(Serialize, ToSchema)]
pub struct PointList {
    /// Points in all
    total: usize,
    /// The first of them, at most 200
    points: Vec<PointRow>,
}

/// Knowledge points in force, by id.
#[utoipa::path(get, path = "/api/knowledge", tag = "rules", operation_id = "searchKnowledge", params(WhichPoints), responses((status = 200, body = PointList)))]
pub(super) async fn knowledge(
    State(desk): State<Arc<Desk>>,
    Query(which): Query<WhichPoints>,
) -> Result<Json<PointList>, Problem> {
    let edition = desk.edition();
    let wanted = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let (words, rule) = (wanted(which.q), wanted(which.rule));
    // Eight thousand points are read through in some milliseconds, beside the requests all the same.
    let found = tokio::task::spawn_blocking(move || {
        let knowledge = edition.knowledge();
        let words: Vec<String> = words.iter().flat_map(|text| text.split_whitespace()).map(normal).collect();
        let of_rule = |point: &&Point| rule.as_deref().is_none_or(|rule| knowledge.text(point.rule_id) == rule);
        let found = knowledge.points.iter().filter(of_rule).filter(|point| holds(knowledge, point, &words));
        let found: Vec<&Point> = found.collect();
        let name = |id: &str| {
            let rules = edition.library("").rules();
            rules.iter().find(|rule| rule.id == id).map_or_else(|| id.to_owned(), |rule| rule.name.clone())
        };
        let points = found.iter().take(POINTS_MAX).map(|point| row(knowledge, point, &name));
        PointList { total: found.len(), points: points.collect() }
    });
    let failed = |error: tokio::task::JoinError| {
        Problem::new(axum::http::StatusCode::INTERNAL_SERVER_ERROR, "检索时程序出错", error.to_string())
    };
    Ok(Json(found.await.map_err(failed)?))
}

fn normal(text: &str) -> String {
    fold(text).to_lowercase()
}

/// Whether every word begins a code or the id, or stands in one of the texts.
fn holds(knowledge: &Knowledge, point: &Point, words: &[String]) -> bool {
    words.iter().all(|word| {
        let begins = |code: &str| code.to_lowercase().starts_with(word.as_str());
        let texts = [point.name, point.text, point.logic];
        begins(knowledge.text(point.id))
            || knowledge.codes_of(point).any(begins)
            || texts.iter().any(|text| normal(knowledge.text(*text)).contains(word.as_str()))
    })
}

fn row(knowledge: &Knowledge, point: &Point, rule_name: &impl Fn(&str) -> String) -> PointRow {
    let text = |name| knowledge.text(name).to_owned();
    PointRow {
        id: text(point.id),
        rule_name: rule_name(knowledge.text(point.rule_id)),
        rule: text(point.rule_id),
        kind_label: point.kind.label().to_owned(),
        name: text(point.name),
        text: text(point.text),
        logic: text(point.logic),
        predicate: point.predicate.to_string(),
        executable: point.status == Status::Executable,
        why_not: match point.status {
            Status::Executable => String::new(),
            Status::TextOnly(reason) => reason.label().to_owned(),
        },
        valid_from: point.valid.from.to_string(),
        valid_until: point.valid.until.map(|day| day.to_string()),
        source_label: point.source.label().to_owned(),
        basis: text(point.basis),
        codes: knowledge.codes_of(point).take(CODES_MAX).map(str::to_owned).collect(),
        code_count: knowledge.codes_of(point).len(),
    }
}
