//! Changed rules on their way into force: writing, shadow, release, publication, and the way back. `back_tests` tries them,
//! `publications` lists what came into force.

use super::back_tests::{BackTestView, back_test};
use super::guard::{Caller, missing, note};
use super::items::Names;
use super::rules::{has_reason, out_of_scope};
use super::shown::moment;
use crate::api::Problem;
use crate::desk::Desk;
use crate::library::{Reach, hash};
use crate::revision::shadow::{Counted, counted};
use crate::revision::{Act, Command, Kept, NotTaken, Revision, Stage, Step, may};
use audit::{Rule, run_cases};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use std::sync::Arc;
use utoipa::ToSchema;

/// A revision in a list.
#[derive(Serialize, ToSchema)]
pub struct RevisionRow {
    number: u64,
    rule: String,
    rule_name: String,
    /// Version of the rule in force when it was begun
    follows: u32,
    version: u32,
    note: String,
    /// `draft`, `shadow`, `released`, `published`, `rolled_back`, `withdrawn`
    stage: String,
    author_name: String,
    changed_at: String,
}

/// Something done to a revision.
#[derive(Serialize, ToSchema)]
pub struct RevisionStep {
    at: String,
    user_name: String,
    /// `draft`, `edit`, `tested`, `shadow`, `release`, `publish`, `withdraw`, `roll_back`, `restore`
    kind: String,
    text: String,
}

/// Where a revision is heard.
#[derive(Serialize, ToSchema)]
pub struct ReleaseView {
    percent: u8,
    /// Named ones
    institutions: Vec<String>,
    /// Names of all institutions it is heard at
    heard_at: Vec<String>,
    /// Institutions in all
    of: usize,
}

/// A revision with everything about it.
#[derive(Serialize, ToSchema)]
pub struct RevisionPage {
    row: RevisionRow,
    text: String,
    /// What the caller may do now: `edit`, `shadow`, `release`, `publish`, `withdraw`, `roll_back`
    may: Vec<String>,
    /// To be stated with an act
    serial: u32,
    history: Vec<RevisionStep>,
    /// Whether the server has claims to try it on
    can_back_test: bool,
    #[schema(required)]
    back_test: Option<BackTestView>,
    /// What both versions said since it is in the shadow
    shadow: Counted,
    #[schema(required)]
    release: Option<ReleaseView>,
    /// 发布序号 of its publication
    #[schema(required)]
    publication: Option<u64>,
}

/// All revisions, the latest first.
#[utoipa::path(get, path = "/api/revisions", tag = "rules", operation_id = "listRevisions", responses((status = 200, body = Vec<RevisionRow>)))]
pub(super) async fn revisions(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Vec<RevisionRow>>, Problem> {
    let names = Names::read(&desk, &caller).await?;
    Ok(Json(desk.revisions().await?.iter().map(|revision| row(&desk, revision, &names)).collect()))
}

fn row(desk: &Desk, revision: &Revision, names: &Names) -> RevisionRow {
    let edition = desk.edition();
    let rule = edition.library("").rules().iter().find(|rule| rule.id == revision.rule);
    let authors: Vec<String> = revision.authors.iter().map(|author| names.name(author)).collect();
    RevisionRow {
        number: revision.number,
        rule: revision.rule.clone(),
        rule_name: rule.map_or_else(|| revision.rule.clone(), |rule| rule.name.clone()),
        follows: revision.follows,
        version: revision.version,
        note: revision.note.clone(),
        stage: revision.stage.word().to_owned(),
        author_name: authors.join("、"),
        changed_at: revision.history.last().map(|step| moment(step.at)).unwrap_or_default(),
    }
}

/// One revision with its back-test, its shadow and its history.
#[utoipa::path(get, path = "/api/revisions/{number}", tag = "rules", operation_id = "getRevision", params(("number" = u64, Path)),
    responses((status = 200, body = RevisionPage), (status = 404, body = Problem)))]
pub(super) async fn revision(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Path(number): Path<u64>,
) -> Result<Json<RevisionPage>, Problem> {
    let kept = kept(&desk, number).await?;
    page(&desk, &caller, &kept.revision).await.map(Json)
}

pub(super) async fn kept(desk: &Desk, number: u64) -> Result<Kept, Problem> {
    desk.revision(number).await?.ok_or_else(|| missing("修订"))
}

pub(super) async fn page(desk: &Desk, caller: &Caller, revision: &Revision) -> Result<RevisionPage, Problem> {
    let names = Names::read(desk, caller).await?;
    let hashed = hash(&revision.text);
    let manages = rights::Action::ManageRules.allows(caller.role()) && caller.scope().is_everywhere();
    let may = if manages { may(revision, &caller.user.account, &hashed) } else { Vec::new() };
    let step = |step: &Step| RevisionStep {
        at: moment(step.at),
        user_name: names.name(&step.by),
        kind: step.kind.clone(),
        text: step.text.clone(),
    };
    Ok(RevisionPage {
        row: row(desk, revision, &names),
        text: revision.text.clone(),
        may: may.into_iter().map(str::to_owned).collect(),
        serial: revision.serial,
        history: revision.history.iter().map(step).collect(),
        can_back_test: manages && desk.config.claims.is_some() && revision.stage.is_open(),
        back_test: back_test(desk, revision.number, &hashed, &names).await?,
        shadow: counted(&desk.store, revision.number).await?,
        release: release(desk, revision),
        publication: revision.publication,
    })
}

fn release(desk: &Desk, revision: &Revision) -> Option<ReleaseView> {
    let Reach::Some { percent, institutions } = &revision.reach else { return None };
    let edition = desk.edition();
    let trial = edition.head().settings.trials.iter().find(|trial| trial.revision == revision.number);
    let world = desk.world();
    let heard = |code: &&String| trial.is_some_and(|trial| trial.is_released_to(code));
    let mut codes: Vec<&String> = world.institutions.keys().filter(heard).collect();
    codes.sort();
    let name = |code: &String| world.institutions.get(code).map_or_else(|| code.clone(), |known| known.name.clone());
    Some(ReleaseView {
        percent: *percent,
        institutions: institutions.clone(),
        heard_at: codes.into_iter().map(name).collect(),
        of: world.institutions.len(),
    })
}

/// A changed rule.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevisionDraft {
    /// 规则编号
    rule: String,
    /// The whole rule file
    text: String,
    /// Why
    note: String,
}

/// Begins a revision: the file is read, compiled with the others, and its own cases run. What is wrong is told, all at once.
#[utoipa::path(post, path = "/api/revisions", tag = "rules", operation_id = "beginRevision", request_body = RevisionDraft,
    responses((status = 200, body = RevisionPage), (status = 404, body = Problem), (status = 422, body = Problem, description = "每一处错误各一行")))]
pub(super) async fn begin(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Json(draft): Json<RevisionDraft>,
) -> Result<Json<RevisionPage>, Problem> {
    everywhere(&caller)?;
    has_reason(&draft.note)?;
    let edition = desk.edition();
    let known = edition.library("").rules().iter().find(|rule| rule.id == draft.rule).ok_or_else(|| missing("规则"))?;
    judges_claims(known)?;
    let (file, follows, text) = (known.file.clone(), known.version, normal(&draft.text));
    let version = checked(&desk, &draft.rule, &file, follows, &text).await?;
    let by = caller.user.account.clone();
    let first = Step { at: caller.at, by: by.clone(), kind: "draft".to_owned(), text: draft.note.trim().to_owned() };
    let revision = Revision {
        number: 0,
        rule: draft.rule,
        file,
        follows,
        version,
        text,
        note: draft.note.trim().to_owned(),
        authors: vec![by],
        stage: Stage::Draft,
        reach: Reach::Shadow,
        tested: String::new(),
        publication: None,
        serial: 0,
        history: vec![first],
    };
    let kept = desk.begin_revision(revision).await?;
    note(&desk, caller.entry("begin_revision", &subject(&kept), "done", &kept.note)).await?;
    page(&desk, &caller, &kept).await.map(Json)
}

/// A rule with a query asks about the whole lake, and the server has no engine for that: it could neither be tried here nor
/// be heard in the shadow. Who would change it is told at once, not after the draft is written.
pub(super) fn judges_claims(rule: &Rule) -> Result<(), Problem> {
    if rule.query.is_none() {
        return Ok(());
    }
    let detail = format!(
        "这类规则用查询统计整个数据湖，服务器不带查询引擎，既不能回测，也不参与事前提醒。\
         请修改规则文件 {file}，用 yibao --data DIR audit --lake LAKE --rules {id} --out OUT 比较修改前后的结果，再用 yibao rule publish 发布",
        file = rule.file,
        id = rule.id
    );
    let title = "关于机构与群体的规则不在工作台修订";
    Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, title, detail).code("query_rule"))
}

/// What the access log calls it.
pub(super) fn subject(revision: &Revision) -> String {
    format!("{}#{}", revision.rule, revision.number)
}

/// A revision holds for the whole library.
pub(super) fn everywhere(caller: &Caller) -> Result<(), Problem> {
    if caller.scope().is_everywhere() { Ok(()) } else { Err(out_of_scope()) }
}

/// Lines end as in the files of the library, whatever a browser sent.
fn normal(text: &str) -> String {
    let text = text.replace("\r\n", "\n");
    if text.ends_with('\n') { text } else { text + "\n" }
}

/// The version of a changed rule that reads, compiles, states a later version and keeps its cases.
async fn checked(desk: &Desk, id: &str, file: &str, follows: u32, text: &str) -> Result<u32, Problem> {
    let mut problems = Vec::new();
    let read = Rule::read(file, text, &mut problems);
    if let Some(rule) = &read {
        let mut fault = |key: &str, message: String| {
            problems.push(audit::Problem { file: file.to_owned(), line: 2, key: key.to_owned(), message });
        };
        if rule.id != id {
            fault("id", format!("修订不能改变规则编号，应为“{id}”"));
        }
        if rule.version <= follows {
            fault("version", format!("现行为版本 {follows}，修订须写更大的版本号"));
        }
    }
    let Some(rule) = read.filter(|_| problems.is_empty()) else { return Err(wrong(&problems)) };
    let (edition, file, text, id) = (desk.edition(), file.to_owned(), text.to_owned(), id.to_owned());
    let tried = tokio::task::spawn_blocking(move || {
        let libraries = edition.with_rule(&file, &text)?;
        let failures = run_cases(libraries.of(""), &[id]).into_iter().filter_map(|outcome| {
            let failure = outcome.failure?;
            let message = format!("用例“{}”不成立：{failure}", outcome.case);
            Some(audit::Problem { file: outcome.place, line: 0, key: String::new(), message })
        });
        let failures: Vec<audit::Problem> = failures.collect();
        if failures.is_empty() { Ok(()) } else { Err(failures) }
    });
    match tried.await {
        Ok(Ok(())) => Ok(rule.version),
        Ok(Err(problems)) => Err(wrong(&problems)),
        Err(error) => {
            Err(Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "编译规则时程序出错", error.to_string()).code("bug"))
        }
    }
}

fn wrong(problems: &[audit::Problem]) -> Problem {
    let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
    let title = format!("规则文件有 {} 处问题，未保存", problems.len());
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, title, lines.join("\n")).code("rule")
}

/// Another text for a draft.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevisionEdit {
    /// The whole rule file
    text: String,
    /// Why
    note: String,
    /// Serial of the revision that was looked at
    serial: u32,
}

/// Gives a draft another text, checked as the first one was. Who does it becomes an author.
#[utoipa::path(put, path = "/api/revisions/{number}", tag = "rules", operation_id = "editRevision", params(("number" = u64, Path)), request_body = RevisionEdit,
    responses((status = 200, body = RevisionPage), (status = 404, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn edit(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Path(number): Path<u64>,
    Json(edit): Json<RevisionEdit>,
) -> Result<Json<RevisionPage>, Problem> {
    everywhere(&caller)?;
    has_reason(&edit.note)?;
    let kept = unchanged(kept(&desk, number).await?, edit.serial)?;
    let text = normal(&edit.text);
    let revision = &kept.revision;
    let version = checked(&desk, &revision.rule, &revision.file, revision.follows, &text).await?;
    let command = Command::Edit { text, version, note: edit.note.trim().to_owned() };
    step(&desk, &caller, kept, command, &edit.note).await
}

fn unchanged(kept: Kept, serial: u32) -> Result<Kept, Problem> {
    if kept.revision.serial == serial {
        return Ok(kept);
    }
    Err(Problem::new(StatusCode::CONFLICT, "修订在您查看后有了变化", "请刷新后再操作").code("outdated"))
}

async fn step(
    desk: &Desk,
    caller: &Caller,
    kept: Kept,
    command: Command,
    reason: &str,
) -> Result<Json<RevisionPage>, Problem> {
    let (hashed, word) = (hash(&kept.revision.text), command.word());
    let act = Act { by: &caller.user.account, at: caller.at, reason, hash: &hashed };
    let next = desk.step(kept, command, act).await.map_err(|error| match error {
        NotTaken::Refused(refusal) => Problem::from(refusal),
        NotTaken::Library(error) => Problem::from(error),
    })?;
    note(desk, caller.entry(&format!("{word}_revision"), &subject(&next), "done", reason.trim())).await?;
    page(desk, caller, &next).await.map(Json)
}

/// A step of a revision.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RevisionAct {
    /// `shadow`, `release`, `publish`, `withdraw`, `roll_back`
    kind: String,
    /// Serial of the revision that was looked at
    serial: u32,
    /// Why; needed to withdraw and to roll back
    #[serde(default)]
    reason: String,
    /// Of a release: share of institutions in hundredths
    #[serde(default)]
    percent: u8,
    /// Of a release: and these, by code
    #[serde(default)]
    institutions: Vec<String>,
}

/// Takes a step: into the shadow, to some institutions, into force, and back. Who wrote it lets nobody hear it.
#[utoipa::path(post, path = "/api/revisions/{number}/acts", tag = "rules", operation_id = "actOnRevision", params(("number" = u64, Path)), request_body = RevisionAct,
    responses((status = 200, body = RevisionPage), (status = 403, body = Problem), (status = 409, body = Problem), (status = 422, body = Problem)))]
pub(super) async fn act(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Path(number): Path<u64>,
    Json(wish): Json<RevisionAct>,
) -> Result<Json<RevisionPage>, Problem> {
    everywhere(&caller)?;
    let command = match wish.kind.as_str() {
        "shadow" => Command::Shadow,
        "release" => Command::Release { percent: wish.percent, institutions: wish.institutions },
        "publish" => Command::Publish,
        "withdraw" => Command::Withdraw,
        "roll_back" => Command::RollBack,
        _ => {
            let detail = "取 shadow、release、publish、withdraw、roll_back";
            return Err(Problem::new(StatusCode::BAD_REQUEST, "kind 不正确", detail).code("parameter"));
        }
    };
    let kept = unchanged(kept(&desk, number).await?, wish.serial)?;
    step(&desk, &caller, kept, command, &wish.reason).await
}
