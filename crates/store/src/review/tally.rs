//! Figures over many items, from the rows that every change keeps: by institution, rule and state; by month; by deadline.

use crate::error::StoreError;
use crate::query::Select;
use crate::store::Store;
use crate::value::Row;
use model::Fen;
use review::{Stage, State};
use rights::Scope;

/// How many items, and what they come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// 定点医药机构编号
    pub institution: String,
    /// Rule.
    pub rule: String,
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

/// Items of a month, in a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthTally {
    /// Month of the facts, `yyyyMM`.
    pub month: i64,
    /// State.
    pub state: String,
    /// Items.
    pub items: i64,
    /// The funds' part of the money at fault.
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

/// What figures are told by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TallyBy {
    /// By rule.
    Rule,
    /// By institution.
    Institution,
}

/// The sums of a tally.
const SUMS: &str = ", CAST(SUM(items) AS BIGINT), CAST(SUM(amount) AS BIGINT), CAST(SUM(at_stake) AS BIGINT), \
                    CAST(SUM(decided) AS BIGINT), CAST(SUM(deducted) AS BIGINT) FROM review_figure";

impl Store {
    /// Figures within a scope by state and one thing more, whatever the severity; the other one is left empty.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn review_tallies(&self, scope: &Scope, by: TallyBy) -> Result<Vec<Tally>, StoreError> {
        let (columns, group) = match by {
            TallyBy::Rule => ("'', rule, stage, state, ''", "rule, stage, state"),
            TallyBy::Institution => ("owner_id, '', stage, state, area", "owner_id, stage, state, area"),
        };
        self.tallied(within(Select::owned(format!("SELECT {columns}{SUMS}")), scope), group).await
    }

    /// Figures within a scope by institution and rule, of these rules, institutions and states; no state is all of them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn review_cells(
        &self,
        scope: &Scope,
        rules: &[&str],
        institutions: &[&str],
        states: &[State],
    ) -> Result<Vec<Tally>, StoreError> {
        if rules.is_empty() || institutions.is_empty() {
            return Ok(Vec::new());
        }
        let select = within(Select::owned(format!("SELECT owner_id, rule, '', '', ''{SUMS}")), scope);
        let states: Vec<&str> = states.iter().map(|state| state.word()).collect();
        let select = select.any_of("owner_id", institutions).any_of("rule", rules).any_of("state", &states);
        self.tallied(select, "owner_id, rule").await
    }

    async fn tallied(&self, select: Select, group: &str) -> Result<Vec<Tally>, StoreError> {
        let select = select.from("items", Some(1)).tail(&format!(" GROUP BY {group} ORDER BY {group}"));
        let (sql, parameters) = select.finish();
        let rows = self.shared.readers.rows(&sql, parameters).await?;
        let tally = |mut row: Row| Tally {
            institution: row.text(),
            rule: row.text(),
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

    /// Figures by month and state within a scope, the first month first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn review_months(&self, scope: &Scope) -> Result<Vec<MonthTally>, StoreError> {
        let head = "SELECT month, state, CAST(SUM(items) AS BIGINT), CAST(SUM(at_stake) AS BIGINT), CAST(SUM(decided) AS BIGINT), \
                    CAST(SUM(deducted) AS BIGINT) FROM review_month";
        let select = within(Select::of(head), scope).from("items", Some(1));
        let (sql, parameters) = select.tail(" GROUP BY month, state ORDER BY month, state").finish();
        let rows = self.shared.readers.rows(&sql, parameters).await?;
        let tally = |mut row: Row| MonthTally {
            month: row.number(),
            state: row.text(),
            items: row.number(),
            at_stake: Fen(row.number()),
            decided: Fen(row.number()),
            deducted: Fen(row.number()),
        };
        Ok(rows.into_iter().map(tally).collect())
    }

    /// Institutions within a scope where a rule found something: code, items, what is at stake.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn review_by_institution(
        &self,
        scope: &Scope,
        rule: &str,
    ) -> Result<Vec<(String, i64, Fen)>, StoreError> {
        let head = "SELECT owner_id, CAST(SUM(items) AS BIGINT), CAST(SUM(at_stake) AS BIGINT) FROM review_figure";
        let select = within(Select::of(head), scope).text("rule", rule).from("items", Some(1));
        let (sql, parameters) = select.tail(" GROUP BY owner_id ORDER BY owner_id").finish();
        let rows = self.shared.readers.rows(&sql, parameters).await?;
        Ok(rows.into_iter().map(|mut row| (row.text(), row.number(), Fen(row.number()))).collect())
    }

    /// Items within a scope and what is at stake in them, added up by the database.
    pub(super) async fn review_sum(&self, scope: &Scope, filter: &TallyFilter) -> Result<(i64, Fen), StoreError> {
        let select = of_stages(within(Select::owned(sum_of("review_figure")), scope), filter)
            .maybe("rule", filter.rule.as_deref());
        self.pair(select).await
    }

    /// The same of those due on a day or before, whatever the rule.
    pub(super) async fn review_due(
        &self,
        scope: &Scope,
        filter: &TallyFilter,
        until: i64,
    ) -> Result<(i64, Fen), StoreError> {
        let select = of_stages(within(Select::owned(sum_of("review_due")), scope), filter);
        self.pair(select.until("due_on", Some(until + 1))).await
    }

    /// A count and a sum.
    pub(super) async fn pair(&self, select: Select) -> Result<(i64, Fen), StoreError> {
        let (sql, parameters) = select.finish();
        let rows = self.shared.readers.rows(&sql, parameters).await?;
        Ok(rows.into_iter().next().map_or((0, Fen::ZERO), |mut row| (row.number(), Fen(row.number()))))
    }
}

fn sum_of(table: &str) -> String {
    format!("SELECT CAST(COALESCE(SUM(items), 0) AS BIGINT), CAST(COALESCE(SUM(at_stake), 0) AS BIGINT) FROM {table}")
}

fn within(select: Select, scope: &Scope) -> Select {
    let institutions: Vec<&str> = scope.institutions.iter().map(String::as_str).collect();
    select.any_beginning("area", &scope.area_stems()).any_of("owner_id", &institutions)
}

fn of_stages(select: Select, filter: &TallyFilter) -> Select {
    let stages: Vec<&str> = filter.stages.iter().map(|stage| stage.word()).collect();
    let states: Vec<&str> = filter.states.iter().map(|state| state.word()).collect();
    select
        .maybe("owner_id", filter.institution.as_deref())
        .maybe("severity", filter.severity.as_deref())
        .any_of("stage", &stages)
        .any_of("state", &states)
}
