//! Figures over many items, from the rows that every change keeps.

use crate::error::StoreError;
use crate::query::Select;
use crate::store::Store;
use crate::value::Row;
use model::Fen;
use review::{Item, Stage, State};
use rights::Scope;

/// How many items, and what they come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// 定点医药机构编号
    pub institution: String,
    /// Rule.
    pub rule: String,
    /// Month of the facts, `yyyyMM`.
    pub month: i64,
    /// Severity.
    pub severity: String,
    /// Whose turn it is.
    pub stage: String,
    /// State.
    pub state: String,
    /// 医保区划
    pub area: String,
    /// Items.
    pub items: i64,
    /// Money at fault.
    pub amount: Fen,
    /// The funds' part of it.
    pub at_stake: Fen,
    /// Decided to be refused.
    pub decided: Fen,
    /// Deducted.
    pub deducted: Fen,
}

/// Which rows; what is `None` does not matter.
#[derive(Debug, Clone, Default)]
pub struct TallyFilter {
    /// Institution.
    pub institution: Option<String>,
    /// Rule.
    pub rule: Option<String>,
    /// Severity.
    pub severity: Option<String>,
    /// Stages; empty: all.
    pub stages: Vec<Stage>,
    /// States; empty: all.
    pub states: Vec<State>,
}

impl Store {
    /// Figures within a scope.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn review_tallies(&self, scope: &Scope, filter: &TallyFilter) -> Result<Vec<Tally>, StoreError> {
        let head = "SELECT owner_id, rule, month, severity, stage, state, area, items, amount, at_stake, decided, deducted FROM review_tally";
        let select = narrowed(Select::of(head), scope, filter).order("owner_id, rule, month, severity, stage, state");
        let (sql, parameters) = select.finish();
        let rows = self.shared.readers.rows(&sql, parameters).await?;
        let tally = |mut row: Row| Tally {
            institution: row.text(),
            rule: row.text(),
            month: row.number(),
            severity: row.text(),
            stage: row.text(),
            state: row.text(),
            area: row.text(),
            items: row.number(),
            amount: Fen(row.number()),
            at_stake: Fen(row.number()),
            decided: Fen(row.number()),
            deducted: Fen(row.number()),
        };
        Ok(rows.into_iter().map(tally).collect())
    }
}

impl Store {
    /// Items within a scope and what is at stake in them, added up by the database.
    pub(super) async fn review_sum(&self, scope: &Scope, filter: &TallyFilter) -> Result<(i64, Fen), StoreError> {
        let head = "SELECT CAST(COALESCE(SUM(items), 0) AS BIGINT), CAST(COALESCE(SUM(at_stake), 0) AS BIGINT) FROM review_tally";
        let (sql, parameters) = narrowed(Select::of(head), scope, filter).finish();
        let rows = self.shared.readers.rows(&sql, parameters).await?;
        Ok(rows.into_iter().next().map_or((0, Fen::ZERO), |mut row| (row.number(), Fen(row.number()))))
    }
}

fn narrowed(select: Select, scope: &Scope, filter: &TallyFilter) -> Select {
    let institutions: Vec<&str> = scope.institutions.iter().map(String::as_str).collect();
    let stages: Vec<&str> = filter.stages.iter().map(|stage| stage.word()).collect();
    let states: Vec<&str> = filter.states.iter().map(|state| state.word()).collect();
    select
        .any_beginning("area", &scope.area_stems())
        .any_of("owner_id", &institutions)
        .maybe("owner_id", filter.institution.as_deref())
        .maybe("rule", filter.rule.as_deref())
        .maybe("severity", filter.severity.as_deref())
        .any_of("stage", &stages)
        .any_of("state", &states)
        .from("items", Some(1))
}

/// The row that an item is counted in.
pub(super) type Place = (String, String, i64, String, String, String, String);

/// Where an item is counted, and as what: items, amount, at stake, decided, deducted.
pub(super) fn counted(item: &Item) -> (Place, [i64; 5]) {
    let (facts, standing) = (&item.facts, &item.standing);
    let place = (
        facts.institution.clone(),
        facts.rule.clone(),
        i64::from(facts.occurred_on.month_key()),
        facts.severity.word().to_owned(),
        standing.state.stage().word().to_owned(),
        standing.state.word().to_owned(),
        facts.area.clone(),
    );
    (place, [1, facts.amount.0, facts.at_stake().0, standing.decided.0, standing.deducted.0])
}
