//! Figures of the cockpit in one request, rules with what became of their findings, institutions within the scope.

use super::guard::Caller;
use super::shown::moment;
use crate::api::Problem;
use crate::desk::Desk;
use axum::extract::State;
use axum::{Extension, Json};
use review::{Outcome, Stage, State as ItemState};
use rights::{Role, RoleGroup, Scope};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{ItemQuery, MonthTally, Tally, TallyBy};
use utoipa::ToSchema;

/// Cells of the heat map: so many rules and institutions with the most money at stake.
const HEAT_ROWS: usize = 15;
const HEAT_COLUMNS: usize = 20;

/// Name of an institution, its code when it is not known.
pub(super) fn institution_name(desk: &Desk, code: &str) -> String {
    let world = desk.world();
    let registered = world.institutions.get(code).map(|known| known.name.clone());
    registered.or_else(|| desk.reviewed(code).map(|(name, _)| name)).unwrap_or_else(|| code.to_owned())
}

/// 医保区划 of an institution, when it is known.
pub(super) fn institution_area(desk: &Desk, code: &str) -> Option<String> {
    let world = desk.world();
    world.institutions.get(code).map(|known| known.area.clone()).or_else(|| desk.reviewed(code).map(|(_, area)| area))
}

/// A figure with what it means and where its items are.
#[derive(Serialize, ToSchema)]
pub struct Figure {
    /// A word
    name: String,
    label: String,
    /// 口径
    definition: String,
    items: i64,
    amount_fen: i64,
    /// Query of `/api/review/items` whose items add up to it
    query: String,
}

/// Items of a stage.
#[derive(Serialize, ToSchema)]
pub struct StageFigure {
    stage: String,
    label: String,
    items: i64,
    at_stake_fen: i64,
}

/// Findings of a month.
#[derive(Serialize, ToSchema)]
pub struct MonthFigure {
    /// yyyyMM
    month: i64,
    items: i64,
    at_stake_fen: i64,
    decided_fen: i64,
    deducted_fen: i64,
}

/// A cell of the heat map.
#[derive(Serialize, ToSchema)]
pub struct HeatCell {
    rule: String,
    institution: String,
    items: i64,
    at_stake_fen: i64,
}

/// A rule, by what became of its findings.
#[derive(Serialize, ToSchema, Clone, Default)]
pub struct RuleFigure {
    pub(super) rule: String,
    pub(super) rule_name: String,
    pub(super) items: i64,
    pub(super) at_stake_fen: i64,
    /// Findings that stood
    pub(super) upheld: i64,
    /// Findings that did not: dismissed, reversed, given back
    pub(super) reversed: i64,
    pub(super) open: i64,
    /// upheld / (upheld + reversed) in ten-thousandths; none before anything was decided
    #[schema(required)]
    pub(super) precision_parts: Option<i64>,
}

/// An institution, by what became of its findings.
#[derive(Serialize, ToSchema)]
pub struct InstitutionFigure {
    institution: String,
    institution_name: String,
    area: String,
    /// Visits that were judged where the findings come from; 0 when nobody said
    visits: i64,
    items: i64,
    at_stake_fen: i64,
    decided_fen: i64,
    deducted_fen: i64,
    upheld: i64,
    reversed: i64,
    open: i64,
}

/// All of the cockpit.
#[derive(Serialize, ToSchema)]
pub struct Dashboard {
    as_of: String,
    figures: Vec<Figure>,
    stages: Vec<StageFigure>,
    months: Vec<MonthFigure>,
    /// Rules and institutions with the most money at stake
    heat: Vec<HeatCell>,
    rules: Vec<RuleFigure>,
    institutions: Vec<InstitutionFigure>,
}

/// Everything that the cockpit shows, from one state of the figures.
#[utoipa::path(get, path = "/api/review/dashboard", tag = "review", operation_id = "getDashboard", responses((status = 200, body = Dashboard)))]
pub(super) async fn dashboard(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
) -> Result<Json<Dashboard>, Problem> {
    let by_rule = tallies(&desk, &caller, TallyBy::Rule).await?;
    let by_institution = tallies(&desk, &caller, TallyBy::Institution).await?;
    let mut by_month = desk.store.review_months(caller.scope()).await?;
    by_month.retain(|tally| tells(&caller, &tally.state));
    Ok(Json(Dashboard {
        as_of: moment(caller.at),
        figures: figures(&desk, &caller, &by_rule).await?,
        stages: stages(&by_rule),
        months: months(&by_month),
        heat: heat(&desk, &caller, &by_rule, &by_institution).await?,
        rules: rules_of(&desk, &by_rule),
        institutions: institutions_of(&desk, &by_institution).await?,
    }))
}

/// What the caller may see of the figures: institutions what was sent to them.
async fn tallies(desk: &Desk, caller: &Caller, by: TallyBy) -> Result<Vec<Tally>, Problem> {
    let mut tallies = desk.store.review_tallies(caller.scope(), by).await?;
    tallies.retain(|tally| tells(caller, &tally.state));
    Ok(tallies)
}

/// Whether the caller is told of items in a state.
fn tells(caller: &Caller, state: &str) -> bool {
    let is_provider = caller.role().group() == RoleGroup::Provider;
    !is_provider || ItemState::parse(state).is_some_and(ItemState::is_told)
}

async fn figures(desk: &Desk, caller: &Caller, tallies: &[Tally]) -> Result<Vec<Figure>, Problem> {
    let figure = |name: &str, label: &str, definition: &str, query: String, of: &dyn Fn(&Tally) -> Option<i64>| {
        let parts = tallies.iter().filter_map(|tally| of(tally).map(|amount| (tally.items, amount)));
        let (items, amount_fen) = parts.fold((0, 0), |sum, part| (sum.0 + part.0, sum.1 + part.1));
        Figure {
            name: name.to_owned(),
            label: label.to_owned(),
            definition: definition.to_owned(),
            items,
            amount_fen,
            query,
        }
    };
    let closed = Stage::Closed.word();
    let states = |of: &dyn Fn(ItemState) -> bool| {
        let words: Vec<&str> = ItemState::ALL.iter().filter(|state| of(**state)).map(|state| state.word()).collect();
        words.join(",")
    };
    let upheld = states(&|state| state.outcome() == Outcome::Upheld);
    let is_upheld =
        |tally: &Tally| ItemState::parse(&tally.state).is_some_and(|state| state.outcome() == Outcome::Upheld);
    let mut figures = vec![
        figure(
            "open",
            "在办案件",
            "尚未办结的案件数与涉及基金金额（违规金额 × 基金支付比例）",
            String::new(),
            &|tally| (tally.stage != closed).then_some(tally.at_stake.0),
        ),
        figure(
            "suspected",
            "待初审",
            "尚无人审核的疑点数与涉及基金金额",
            "stage=first".to_owned(),
            &|tally| (tally.stage == Stage::First.word()).then_some(tally.at_stake.0),
        ),
        figure(
            "confirmed",
            "已认定",
            "机构认可、逾期视同认可、终审或已扣款的案件数与决定金额",
            format!("state={upheld}"),
            &|tally| is_upheld(tally).then_some(tally.decided.0),
        ),
        figure(
            "recovered",
            "已扣回",
            "已入账扣款的案件数与入账金额（同一明细只扣一次）",
            format!("state={}", ItemState::Deducted.word()),
            &|tally| (tally.state == ItemState::Deducted.word()).then_some(tally.deducted.0),
        ),
        figure(
            "reversed",
            "撤销",
            "初审不违规、复审或合议撤销、扣款冲回的案件数与原涉及金额",
            format!("state={}", states(&|state| state.outcome() == Outcome::Reversed)),
            &|tally| {
                ItemState::parse(&tally.state)
                    .is_some_and(|state| state.outcome() == Outcome::Reversed)
                    .then_some(tally.at_stake.0)
            },
        ),
    ];
    let yesterday = caller.at.day().plus(-1);
    let mut overdue = ItemQuery::of(caller.scope().clone());
    overdue.stages = Stage::ALL.into_iter().filter(|stage| *stage != Stage::Closed).collect();
    overdue.due_until = Some(i64::from(yesterday.0));
    if matches!(caller.role(), Role::HospitalOffice) {
        overdue.stages = vec![Stage::Provider, Stage::Second, Stage::Panel];
    }
    let (items, at_stake) = desk.store.review_total(&overdue).await?;
    figures.push(Figure {
        name: "overdue".to_owned(),
        label: "已逾期".to_owned(),
        definition: "超过当前环节期限（工作日）仍未办理的案件数与涉及基金金额".to_owned(),
        items,
        amount_fen: at_stake.0,
        query: format!("due_until={yesterday}&sort=due_on.asc"),
    });
    Ok(figures)
}

fn stages(tallies: &[Tally]) -> Vec<StageFigure> {
    let of = |stage: Stage| {
        let parts = tallies.iter().filter(|tally| tally.stage == stage.word());
        let (items, at_stake_fen) = parts.fold((0, 0), |sum, tally| (sum.0 + tally.items, sum.1 + tally.at_stake.0));
        StageFigure { stage: stage.word().to_owned(), label: stage.label().to_owned(), items, at_stake_fen }
    };
    Stage::ALL.into_iter().map(of).collect()
}

fn months(tallies: &[MonthTally]) -> Vec<MonthFigure> {
    let mut months: BTreeMap<i64, MonthFigure> = BTreeMap::new();
    for tally in tallies {
        let month = months.entry(tally.month).or_insert(MonthFigure {
            month: tally.month,
            items: 0,
            at_stake_fen: 0,
            decided_fen: 0,
            deducted_fen: 0,
        });
        month.items += tally.items;
        month.at_stake_fen += tally.at_stake.0;
        month.decided_fen += tally.decided.0;
        month.deducted_fen += tally.deducted.0;
    }
    months.into_values().collect()
}

/// Rules and institutions with the most money at stake, and what each found at each.
async fn heat(
    desk: &Desk,
    caller: &Caller,
    by_rule: &[Tally],
    by_institution: &[Tally],
) -> Result<Vec<HeatCell>, Problem> {
    let rules = dearest(by_rule.iter().map(|tally| (tally.rule.as_str(), tally.at_stake.0)), HEAT_ROWS);
    let places = by_institution.iter().map(|tally| (tally.institution.as_str(), tally.at_stake.0));
    let institutions = dearest(places, HEAT_COLUMNS);
    let told: Vec<ItemState> = match caller.role().group() {
        RoleGroup::Provider => ItemState::ALL.iter().filter(|state| state.is_told()).copied().collect(),
        RoleGroup::Agency | RoleGroup::System => Vec::new(),
    };
    let cells = desk.store.review_cells(caller.scope(), &rules, &institutions, &told).await?;
    let cell = |tally: Tally| HeatCell {
        rule: tally.rule,
        institution: tally.institution,
        items: tally.items,
        at_stake_fen: tally.at_stake.0,
    };
    Ok(cells.into_iter().map(cell).collect())
}

/// The names with the largest sums.
fn dearest<'a>(amounts: impl Iterator<Item = (&'a str, i64)>, most: usize) -> Vec<&'a str> {
    let mut sums: BTreeMap<&str, i64> = BTreeMap::new();
    amounts.for_each(|(name, amount)| *sums.entry(name).or_default() += amount);
    let mut sums: Vec<(&str, i64)> = sums.into_iter().collect();
    sums.sort_by_key(|(_, sum)| std::cmp::Reverse(*sum));
    sums.into_iter().take(most).map(|(name, _)| name).collect()
}

/// Upheld, reversed, open.
fn outcomes<'a>(tallies: impl Iterator<Item = &'a Tally>) -> [i64; 3] {
    tallies.fold([0; 3], |[upheld, reversed, open], tally| {
        match ItemState::parse(&tally.state).map(ItemState::outcome) {
            Some(Outcome::Upheld) => [upheld + tally.items, reversed, open],
            Some(Outcome::Reversed) => [upheld, reversed + tally.items, open],
            Some(Outcome::Open) | None => [upheld, reversed, open + tally.items],
        }
    })
}

fn rules_of(desk: &Desk, tallies: &[Tally]) -> Vec<RuleFigure> {
    let edition = desk.edition();
    let library = edition.library("");
    let mut groups: BTreeMap<&str, Vec<&Tally>> = BTreeMap::new();
    tallies.iter().for_each(|tally| groups.entry(&tally.rule).or_default().push(tally));
    let figure = |(rule, group): (&str, Vec<&Tally>)| {
        let [upheld, reversed, open] = outcomes(group.iter().copied());
        let decided = upheld + reversed;
        let name = library.rules().iter().find(|known| known.id == rule).map_or(rule, |known| known.name.as_str());
        RuleFigure {
            rule: rule.to_owned(),
            rule_name: name.to_owned(),
            items: upheld + reversed + open,
            at_stake_fen: group.iter().map(|tally| tally.at_stake.0).sum(),
            upheld,
            reversed,
            open,
            precision_parts: (decided > 0).then(|| (upheld * 10_000 + decided / 2) / decided.max(1)),
        }
    };
    groups.into_iter().map(figure).collect()
}

async fn institutions_of(desk: &Desk, tallies: &[Tally]) -> Result<Vec<InstitutionFigure>, Problem> {
    let mut visits: BTreeMap<String, i64> = BTreeMap::new();
    for note in desk.store.notes("agency", "visits", None).await? {
        let institution = note.name.split('/').next().unwrap_or_default().to_owned();
        *visits.entry(institution).or_default() += note.body.parse::<i64>().unwrap_or_default();
    }
    let mut groups: BTreeMap<&str, Vec<&Tally>> = BTreeMap::new();
    tallies.iter().for_each(|tally| groups.entry(&tally.institution).or_default().push(tally));
    let figure = |(institution, group): (&str, Vec<&Tally>)| {
        let [upheld, reversed, open] = outcomes(group.iter().copied());
        InstitutionFigure {
            institution: institution.to_owned(),
            institution_name: institution_name(desk, institution),
            area: group.first().map(|tally| tally.area.clone()).unwrap_or_default(),
            visits: visits.get(institution).copied().unwrap_or_default(),
            items: upheld + reversed + open,
            at_stake_fen: group.iter().map(|tally| tally.at_stake.0).sum(),
            decided_fen: group.iter().map(|tally| tally.decided.0).sum(),
            deducted_fen: group.iter().map(|tally| tally.deducted.0).sum(),
            upheld,
            reversed,
            open,
        }
    };
    Ok(groups.into_iter().map(figure).collect())
}

/// What became of the findings of each rule, as far as the caller sees them.
pub(super) async fn rule_figures(desk: &Desk, caller: &Caller) -> Result<Vec<RuleFigure>, Problem> {
    Ok(rules_of(desk, &tallies(desk, caller, TallyBy::Rule).await?))
}

/// An institution.
#[derive(Serialize, ToSchema)]
pub struct InstitutionName {
    code: String,
    name: String,
    area: String,
}

/// Institutions within the scope: registered ones and those that findings are about.
#[utoipa::path(get, path = "/api/review/institutions", tag = "review", operation_id = "listInstitutions", responses((status = 200, body = Vec<InstitutionName>)))]
pub(super) async fn institutions(
    State(desk): State<Arc<Desk>>,
    Extension(caller): Extension<Caller>,
) -> Json<Vec<InstitutionName>> {
    if caller.role() == Role::Panelist {
        return Json(Vec::new());
    }
    let world = desk.world();
    let mut known: BTreeMap<String, (String, String)> = desk.all_reviewed();
    known.extend(world.institutions.values().map(|one| (one.code.clone(), (one.name.clone(), one.area.clone()))));
    let covered = |scope: &Scope, code: &str, area: &str| scope.covers(area, code);
    let within = known.into_iter().filter(|(code, (_, area))| covered(caller.scope(), code, area));
    Json(within.map(|(code, (name, area))| InstitutionName { code, name, area }).collect())
}
