//! 在院核查: who is in hospital now, and what would be found of the stay as it is.

use super::Problem;
use super::asker::{Asker, missing};
use crate::desk::Desk;
use crate::stays::Stay;
use axum::extract::{Query, State};
use axum::{Extension, Json};
use bedside::Reminder;
use model::Fen;
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Whose stays.
#[derive(Deserialize, IntoParams)]
pub(super) struct Which {
    /// 定点医药机构编号
    institution: String,
}

/// A stay in a list; amounts in yuan.
#[derive(Serialize, ToSchema)]
pub struct StayRow {
    /// 就诊ID
    pub visit: String,
    /// 人员编号
    pub person: String,
    /// 科室
    pub department: String,
    /// 医师
    pub doctor: String,
    /// 入院时间
    pub begun_at: String,
    /// 已上传费用
    pub charged: String,
    /// Money at stake, findings that overlap counted each
    pub at_stake: String,
    /// When it was judged
    pub judged_at: String,
    /// Version of the library that judged
    pub library: String,
    /// Judged for this answer; else nothing had changed since `judged_at`
    pub fresh: bool,
    /// 疑点, most severe first
    pub findings: Vec<StayFinding>,
}

/// What is found of a stay.
#[derive(Serialize, ToSchema)]
pub struct StayFinding {
    /// 规则编号
    pub rule: String,
    /// 规则名称
    pub name: String,
    /// `clear`, `suspicious`, `indicator`
    pub severity: String,
    /// Which line
    pub place: String,
    /// Why
    pub why: String,
    /// What would make it right
    pub remedy: String,
    /// 涉及金额
    pub amount: String,
}

impl From<&Reminder> for StayFinding {
    fn from(found: &Reminder) -> Self {
        Self {
            rule: found.rule.clone(),
            name: found.name.clone(),
            severity: found.severity.word().to_owned(),
            place: found.place.clone(),
            why: found.why.clone(),
            remedy: found.remedy.clone(),
            amount: found.amount.to_string(),
        }
    }
}

impl From<Stay> for StayRow {
    fn from(stay: Stay) -> Self {
        let at_stake: Fen = stay.found.iter().map(|found| found.amount).sum();
        Self {
            visit: stay.visit.id,
            person: stay.visit.person,
            department: stay.visit.department_name,
            doctor: stay.visit.doctor,
            begun_at: stay.visit.begun_at.to_string(),
            charged: stay.charged.to_string(),
            at_stake: at_stake.to_string(),
            judged_at: stay.judged_at,
            library: stay.library,
            fresh: stay.fresh,
            findings: stay.found.iter().map(StayFinding::from).collect(),
        }
    }
}

/// The open stays of an institution with what is found of them now. Only stays that changed are judged again.
#[utoipa::path(get, path = "/api/v1/stays", params(Which), responses((status = 200, body = Vec<StayRow>), (status = 401, body = Problem)))]
pub(super) async fn stays(
    State(desk): State<Arc<Desk>>,
    Extension(asker): Extension<Asker>,
    Query(which): Query<Which>,
) -> Result<Json<Vec<StayRow>>, Problem> {
    if !asker.covers_institution(&desk, &which.institution) {
        return Err(missing("机构"));
    }
    let stays = desk.stays(&which.institution).await?;
    Ok(Json(stays.into_iter().map(StayRow::from).collect()))
}
