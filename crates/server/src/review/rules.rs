//! Rules for people: the list by status with precision and impact, the page of one generated from its file.
//! `rule_settings` changes its switches and parameters.

use super::guard::{Caller, missing};
use super::item::RuleText;
use super::views::{RuleFigure, institution_name, rule_figures};
use crate::api::Problem;
use crate::api::rules::stage_word;
use crate::desk::Desk;
use crate::library::{Edition, Publication};
use audit::{CaseKind, Mode, ParamKind, Rule, Setting, Switch, detectors};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Extension, Json};
use rights::Action;
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use utoipa::ToSchema;

/// A rule in a list, with what became of its findings within the caller's scope.
#[derive(Serialize, ToSchema)]
pub struct RuleSummary {
    /// 规则编号
    id: String,
    /// 国家编码; empty when it has none
    official_code: String,
    name: String,
    version: u32,
    category: String,
    family: String,
    /// `clear`, `suspicious`, `indicator`
    severity: String,
    /// `running`, `planned`, `needs-local-data`; `gone` when findings are of a rule that is in the library no more
    status: String,
    /// `pre`, `mid`, `post`
    stages: Vec<String>,
    /// `on`, `shadow`, `off`, everywhere
    mode: String,
    /// Areas and institutions where it is another one
    exceptions: usize,
    /// Areas with parameters of their own
    areas_with_parameters: usize,
    /// Number of the revision under way, for those who may read it
    #[schema(required)]
    revision: Option<u64>,
    items: i64,
    at_stake_fen: i64,
    upheld: i64,
    reversed: i64,
    open: i64,
    /// upheld / (upheld + reversed) in ten-thousandths; none before anything was decided
    #[schema(required)]
    precision_parts: Option<i64>,
}

/// A parameter of a rule.
#[derive(Serialize, ToSchema)]
pub struct ParameterView {
    name: String,
    title: String,
    /// `integer`, `word`, `texts`, `words`
    kind: String,
    /// Of `word` and `words`: what may be chosen
    choices: Vec<String>,
    /// As the rule file has it, words of a list separated by spaces
    value: String,
}

/// Values of an area's own.
#[derive(Serialize, ToSchema)]
pub struct AreaParameters {
    area: String,
    area_name: String,
    /// Parameter and value, words of a list separated by spaces
    values: BTreeMap<String, String>,
}

/// A switch.
#[derive(Serialize, ToSchema)]
pub struct SwitchView {
    /// 医保区划; everywhere when absent
    #[schema(required)]
    area: Option<String>,
    /// 定点医药机构编号; all when absent
    #[schema(required)]
    institution: Option<String>,
    /// Both in words
    place: String,
    /// `on`, `shadow`, `off`
    mode: String,
    reason: String,
}

/// A case of the rule file.
#[derive(Serialize, ToSchema)]
pub struct RuleCaseView {
    name: String,
    /// `hit`, `near_miss`, `exemption`
    kind: String,
}

/// A version of the rule file that was or is in force.
#[derive(Serialize, ToSchema)]
pub struct RuleVersion {
    /// 发布序号; 0 for what the program came with
    publication: u64,
    /// When; empty for what the program came with
    at: String,
    by: String,
    note: String,
    in_force: bool,
}

/// Knowledge points of a rule.
#[derive(Serialize, ToSchema)]
pub struct PointCounts {
    all: usize,
    /// Claims can decide them
    executable: usize,
    /// Figures assumed until a locality gives its own
    assumed: usize,
}

/// A rule as its file says it.
#[derive(Serialize, ToSchema)]
pub struct RulePage {
    summary: RuleSummary,
    text: RuleText,
    /// Name of its file
    file: String,
    /// `line`, `visit`, `person-history`, `institution`, `population`
    grain: String,
    detector: String,
    detector_title: String,
    effective_from: String,
    #[schema(required)]
    effective_until: Option<String>,
    /// Columns it cannot do without
    needs: Vec<String>,
    /// What is missing, of one that does not run
    lacks: String,
    /// Whether it asks about many visits at once: only `yibao audit` runs it
    is_query: bool,
    parameters: Vec<ParameterView>,
    areas: Vec<AreaParameters>,
    switches: Vec<SwitchView>,
    cases: Vec<RuleCaseView>,
    points: PointCounts,
    /// Publications that changed it, the latest first
    versions: Vec<RuleVersion>,
    /// The rule file, for those who may change it
    source: String,
}

/// Everything in force, and rules that findings are of though they are gone; dearest first is the reader's to ask for.
#[utoipa::path(get, path = "/api/rules", tag = "rules", operation_id = "listLibraryRules", responses((status = 200, body = Vec<RuleSummary>)))]
pub(super) async fn rules(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Vec<RuleSummary>>, Problem> {
    let figures = rule_figures(&desk, &caller).await?;
    let mut figures: HashMap<String, RuleFigure> =
        figures.into_iter().map(|figure| (figure.rule.clone(), figure)).collect();
    let under_way = under_way(&desk, &caller).await?;
    let edition = desk.edition();
    let known = edition.library("").rules().iter();
    let mut rows: Vec<RuleSummary> = known
        .map(|rule| {
            let figure = figures.remove(&rule.id).unwrap_or_default();
            summary(rule, &edition, &caller, figure, under_way.get(&rule.id).copied())
        })
        .collect();
    rows.extend(figures.into_values().map(gone));
    rows.sort_by(|one, other| one.id.cmp(&other.id));
    Ok(Json(rows))
}

/// Numbers of revisions under way by rule; nothing for those who may not read them.
async fn under_way(desk: &Desk, caller: &Caller) -> Result<HashMap<String, u64>, Problem> {
    if !Action::ReadRevisions.allows(caller.role()) {
        return Ok(HashMap::new());
    }
    let open = desk.revisions().await?.into_iter().filter(|revision| revision.stage.is_open());
    Ok(open.map(|revision| (revision.rule, revision.number)).collect())
}

fn summary(rule: &Rule, edition: &Edition, caller: &Caller, figure: RuleFigure, revision: Option<u64>) -> RuleSummary {
    let settings = &edition.head().settings;
    let sees = |switch: &&Switch| switch.rule == rule.id && is_within(caller, switch);
    let everywhere = |switch: &&Switch| switch.area.is_none() && switch.institution.is_none();
    let switches = || settings.switches.iter().filter(sees);
    RuleSummary {
        id: rule.id.clone(),
        official_code: rule.official_code.clone(),
        name: rule.name.clone(),
        version: rule.version,
        category: rule.category.clone(),
        family: rule.family.clone(),
        severity: rule.severity.word().to_owned(),
        status: rule.status.word().to_owned(),
        stages: rule.stages.iter().map(|stage| stage_word(*stage).to_owned()).collect(),
        mode: mode_word(switches().find(everywhere).map_or(Mode::On, |switch| switch.mode)).to_owned(),
        exceptions: switches().filter(|switch| !everywhere(switch)).count(),
        areas_with_parameters: own_values(edition, caller, rule).count(),
        revision,
        items: figure.items,
        at_stake_fen: figure.at_stake_fen,
        upheld: figure.upheld,
        reversed: figure.reversed,
        open: figure.open,
        precision_parts: figure.precision_parts,
    }
}

/// Findings of a rule that is in the library no more.
fn gone(figure: RuleFigure) -> RuleSummary {
    RuleSummary {
        id: figure.rule,
        official_code: String::new(),
        name: figure.rule_name,
        version: 0,
        category: String::new(),
        family: String::new(),
        severity: String::new(),
        status: "gone".to_owned(),
        stages: Vec::new(),
        mode: mode_word(Mode::Off).to_owned(),
        exceptions: 0,
        areas_with_parameters: 0,
        revision: None,
        items: figure.items,
        at_stake_fen: figure.at_stake_fen,
        upheld: figure.upheld,
        reversed: figure.reversed,
        open: figure.open,
        precision_parts: figure.precision_parts,
    }
}

/// What is decided for others is nobody's business; what is decided for all is everybody's.
fn is_within(caller: &Caller, switch: &Switch) -> bool {
    match (&switch.area, &switch.institution) {
        (None, None) => true,
        (area, None) => caller.scope().areas.iter().any(|own| meets(own, area.as_deref().unwrap_or_default())),
        (area, Some(institution)) => {
            let area = area.clone().or_else(|| institution.get(1..7).map(str::to_owned)).unwrap_or_default();
            caller.scope().covers(&area, institution)
        }
    }
}

/// Whether one area's code lies within the other's.
fn meets(one: &str, other: &str) -> bool {
    let stem = |code: &str| code.trim_end_matches("00").to_owned();
    stem(one).starts_with(&stem(other)) || stem(other).starts_with(&stem(one))
}

fn own_values<'e>(
    edition: &'e Edition,
    caller: &'e Caller,
    rule: &'e Rule,
) -> impl Iterator<Item = (&'e String, &'e BTreeMap<String, Setting>)> {
    let all = edition.head().settings.parameters.iter();
    all.filter_map(move |(area, values)| {
        let sees = caller.scope().areas.iter().any(|own| meets(own, area));
        values.get(&rule.id).filter(|_| sees).map(|values| (area, values))
    })
}

pub(super) const fn mode_word(mode: Mode) -> &'static str {
    match mode {
        Mode::On => "on",
        Mode::Shadow => "shadow",
        Mode::Off => "off",
    }
}

/// One rule: statement, basis, parameters, cases, versions, where it speaks.
#[utoipa::path(get, path = "/api/rules/{id}", tag = "rules", operation_id = "getRule", params(("id" = String, Path)),
    responses((status = 200, body = RulePage), (status = 404, body = Problem)))]
pub(super) async fn rule(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
) -> Result<Json<RulePage>, Problem> {
    page(&desk, &caller, &id).await.map(Json)
}

pub(super) async fn page(desk: &Desk, caller: &Caller, id: &str) -> Result<RulePage, Problem> {
    let edition = desk.edition();
    let library = edition.library("");
    let rule = library.rules().iter().find(|rule| rule.id == id).ok_or_else(|| missing("规则"))?;
    let figure = rule_figures(desk, caller).await?.into_iter().find(|figure| figure.rule == id).unwrap_or_default();
    let revision = under_way(desk, caller).await?.get(id).copied();
    let source = edition.files().text(&rule.file).filter(|_| Action::ReadRevisions.allows(caller.role()));
    let detector = detectors().iter().find(|info| info.name == rule.detector);
    Ok(RulePage {
        summary: summary(rule, &edition, caller, figure, revision),
        text: RuleText::of(rule),
        file: rule.file.clone(),
        grain: rule.grain.word().to_owned(),
        detector: rule.detector.clone(),
        detector_title: detector.map(|info| info.title).unwrap_or_default().to_owned(),
        effective_from: rule.effective.from.to_string(),
        effective_until: rule.effective.until.map(|day| day.to_string()),
        needs: rule.needs.clone(),
        lacks: rule.lacks.clone(),
        is_query: rule.query.is_some(),
        parameters: parameters_of(rule),
        areas: own_values(&edition, caller, rule)
            .map(|(area, values)| AreaParameters {
                area: area.clone(),
                area_name: area_name(desk, area),
                values: values.iter().map(|(name, value)| (name.clone(), shown(value))).collect(),
            })
            .collect(),
        switches: switches_of(desk, &edition, caller, id),
        cases: cases_of(rule),
        points: points_of(&edition, id),
        versions: versions_of(desk, &edition, &rule.file).await?,
        source: source.map(|text| text.to_string()).unwrap_or_default(),
    })
}

fn parameters_of(rule: &Rule) -> Vec<ParameterView> {
    let specs = detectors().iter().find(|info| info.name == rule.detector).map_or(&[][..], |info| info.params);
    let of_detector = rule.params.shown().filter_map(|(name, value)| {
        let spec = specs.iter().find(|spec| spec.name == name)?;
        let (kind, choices): (_, &[&str]) = match spec.kind {
            ParamKind::Integer => ("integer", &[]),
            ParamKind::Word(words) => ("word", words),
            ParamKind::Texts => ("texts", &[]),
            ParamKind::Words(words) => ("words", words),
        };
        Some(ParameterView {
            name: name.to_owned(),
            title: spec.title.to_owned(),
            kind: kind.to_owned(),
            choices: choices.iter().map(|word| (*word).to_owned()).collect(),
            value,
        })
    });
    let of_query = rule.query.iter().flat_map(|query| &query.params).map(|param| ParameterView {
        name: param.name.clone(),
        title: String::new(),
        kind: "query".to_owned(),
        choices: Vec::new(),
        value: param.shown.clone(),
    });
    of_detector.chain(of_query).collect()
}

fn shown(value: &Setting) -> String {
    match value {
        Setting::Integer(number) => number.to_string(),
        Setting::Text(text) => text.clone(),
        Setting::Texts(texts) => texts.join(" "),
    }
}

fn area_name(desk: &Desk, area: &str) -> String {
    desk.world().areas.get(area).map_or_else(|| area.to_owned(), |known| known.name.clone())
}

fn switches_of(desk: &Desk, edition: &Edition, caller: &Caller, rule: &str) -> Vec<SwitchView> {
    let own = edition.head().settings.switches.iter().filter(|switch| switch.rule == rule && is_within(caller, switch));
    let place = |switch: &Switch| match (&switch.institution, &switch.area) {
        (Some(institution), _) => institution_name(desk, institution),
        (None, Some(area)) => area_name(desk, area),
        (None, None) => "各地".to_owned(),
    };
    own.map(|switch| SwitchView {
        place: place(switch),
        area: switch.area.clone(),
        institution: switch.institution.clone(),
        mode: mode_word(switch.mode).to_owned(),
        reason: switch.reason.clone(),
    })
    .collect()
}

fn cases_of(rule: &Rule) -> Vec<RuleCaseView> {
    let view = |name: &String, kind: CaseKind| RuleCaseView {
        name: name.clone(),
        kind: match kind {
            CaseKind::Hit => "hit",
            CaseKind::NearMiss => "near_miss",
            CaseKind::Exemption => "exemption",
        }
        .to_owned(),
    };
    let persons = rule.cases.iter().map(|case| view(&case.name, case.kind));
    persons.chain(rule.query_cases.iter().map(|case| view(&case.name, case.kind))).collect()
}

fn points_of(edition: &Edition, rule: &str) -> PointCounts {
    let knowledge = edition.knowledge();
    let own = || knowledge.points.iter().filter(|point| knowledge.text(point.rule_id) == rule);
    PointCounts {
        all: own().count(),
        executable: own().filter(|point| point.status == knowledge::Status::Executable).count(),
        assumed: own().filter(|point| point.source == knowledge::Source::Assumed).count(),
    }
}

/// Publications that brought another text for a file.
async fn versions_of(desk: &Desk, edition: &Edition, file: &str) -> Result<Vec<RuleVersion>, Problem> {
    let mut publications = desk.library.publications(&desk.store).await?;
    publications.reverse();
    let in_force = edition.files().manifest().get(file).cloned();
    let packed = desk.library.packed_hash(file);
    let first = (packed.clone(), None::<Publication>);
    let mut before = packed;
    let mut versions = vec![first];
    for publication in publications {
        let hash = publication.files.get(file).cloned();
        if hash != before {
            before.clone_from(&hash);
            versions.push((hash, Some(publication)));
        }
    }
    // Of several publications of one text the last counts as the one in force.
    let current = versions.iter().rposition(|(hash, _)| *hash == in_force);
    let view = |(place, (_, publication)): (usize, (Option<String>, Option<Publication>))| {
        let (number, at, by, note) = publication.map_or_else(
            || (0, String::new(), String::new(), String::new()),
            |known| (known.number, known.at, known.by, known.note),
        );
        RuleVersion { publication: number, at, by, note, in_force: Some(place) == current }
    };
    let mut versions: Vec<RuleVersion> = versions.into_iter().enumerate().map(view).collect();
    versions.reverse();
    Ok(versions)
}

/// Four letters at least: what is changed for many is explained.
pub(super) fn has_reason(reason: &str) -> Result<(), Problem> {
    if (4..=200).contains(&reason.trim().chars().count()) {
        return Ok(());
    }
    Err(Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "须写明原因", "4 至 200 字，将记入日志").code("reason"))
}

pub(super) fn out_of_scope() -> Problem {
    let detail = "规则的开关、参数与修订只能用于您数据范围内的医保区划与机构";
    Problem::new(StatusCode::FORBIDDEN, "超出您的数据范围", detail).code("scope")
}
