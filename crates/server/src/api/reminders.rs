//! What became of reminders.

use super::asker::Asker;
use super::{Problem, parse_day, today};
use crate::bedside::REMINDER;
use crate::clock;
use crate::desk::Desk;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use bedside::{By, Rate, Shown, rates};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::{IntoParams, ToSchema};

/// Days that one question covers at most.
const DAYS_MAX: i32 = 92;

/// Which reminders, counted how.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// 首日，如 2026-11-01；缺省为今天
    from: Option<String>,
    /// 末日（含）；缺省为今天
    to: Option<String>,
    /// 统计口径：`rule`、`doctor`、`department`、`institution`
    by: String,
    /// 只看一家机构
    institution: Option<String>,
}

/// What became of the reminders of a rule, doctor, department or institution.
#[derive(Serialize, ToSchema)]
pub struct RateRow {
    /// 规则、医师、机构/科室、机构
    pub key: String,
    /// 提醒数
    pub shown: u64,
    /// 已反馈数
    pub answered: u64,
    /// 继续执行数
    pub continued: u64,
    /// 返回修改数
    pub returned: u64,
    /// 反馈率，万分之
    pub answered_share: u64,
    /// 遵从率（返回修改占提醒），万分之
    pub followed_share: u64,
    /// 最常用的继续理由
    pub reason: Option<String>,
    /// 用它的次数
    pub reason_times: u64,
    /// 九成以上的继续用同一理由，是一项指标
    pub rote: bool,
}

/// Rates, and as of when.
#[derive(Serialize, ToSchema)]
pub struct Rates {
    /// 截至
    pub as_of: String,
    /// 行
    pub rows: Vec<RateRow>,
}

/// 提醒的反馈率、遵从率与重复理由。
#[utoipa::path(get, path = "/api/v1/reminders/rates", params(Asked),
    responses((status = 200, body = Rates), (status = 400, body = Problem)))]
pub async fn reminder_rates(
    State(desk): State<Arc<Desk>>,
    Extension(asker): Extension<Asker>,
    Query(asked): Query<Asked>,
) -> Result<Json<Rates>, Problem> {
    let by = match asked.by.as_str() {
        "rule" => By::Rule,
        "doctor" => By::Doctor,
        "department" => By::Department,
        "institution" => By::Institution,
        other => {
            let title = format!("by“{other}”不是统计口径");
            return Err(Problem::new(StatusCode::BAD_REQUEST, title, "可填 rule、doctor、department、institution"));
        }
    };
    let day = |field: &str, text: &Option<String>| match text {
        Some(text) => parse_day(field, text),
        None => Ok(today()),
    };
    let (from, to) = (day("from", &asked.from)?, day("to", &asked.to)?);
    if to < from || to.0 - from.0 >= DAYS_MAX {
        let title = "日期范围不合适";
        return Err(Problem::new(StatusCode::BAD_REQUEST, title, format!("末日不早于首日，至多 {DAYS_MAX} 天")));
    }
    desk.bedside.recorder.flush().await;
    let documents = desk.store.documents_of_kind(REMINDER, (from, to.plus(1))).await?;
    let shown = documents.iter().filter_map(|document| serde_json::from_str::<Shown>(&document.content).ok());
    let wanted = |shown: &Shown| {
        asked.institution.as_ref().is_none_or(|code| *code == shown.institution)
            && asker.covers_institution(&desk, &shown.institution)
    };
    let shown: Vec<Shown> = shown.filter(wanted).collect();
    let rows = rates(&shown, by).into_iter().map(row).collect();
    Ok(Json(Rates { as_of: clock::now().stamp.to_string(), rows }))
}

fn row(rate: Rate) -> RateRow {
    let (answered_share, followed_share, rote) = (rate.answered_share(), rate.followed_share(), rate.is_rote());
    let (reason, reason_times) = rate.reason.map_or((None, 0), |(text, times)| (Some(text), times));
    RateRow {
        key: rate.key,
        shown: rate.shown,
        answered: rate.answered,
        continued: rate.continued,
        returned: rate.returned,
        answered_share,
        followed_share,
        reason,
        reason_times,
        rote,
    }
}
