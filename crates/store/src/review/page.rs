//! Pages of items: any column in order, from where the last page ended.
//!
//! Each stage has an index for each column, so a page is read off the index of each wanted stage and merged. A filter that
//! picks many rows must not pull the planner away from that index: it is tested row by row instead (`column || ''`, which no
//! index serves). One that picks few is served by its own index and the few are sorted.

use super::tally::TallyFilter;
use crate::error::StoreError;
use crate::query::Select;
use crate::read::parse;
use crate::store::Store;
use crate::value::Value;
use model::Fen;
use review::{Item, Stage, State};
use rights::Scope;

/// Up to so many rows of a filter are sorted; beyond it the order's index is walked.
const NARROW: i64 = 2_000;

/// What a page is in order of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortBy {
    /// Funds' part of the money at fault.
    AtStake,
    /// Money at fault.
    Amount,
    /// Decided.
    Decided,
    /// Day of the fact.
    OccurredOn,
    /// Deadline.
    DueOn,
    /// When it came in.
    ImportedAt,
    /// Rule.
    Rule,
    /// Institution.
    Institution,
    /// Severity.
    Severity,
    /// State.
    State,
    /// Who works on it.
    Assignee,
}

impl SortBy {
    /// All.
    pub const ALL: [Self; 11] = [
        Self::AtStake,
        Self::Amount,
        Self::Decided,
        Self::OccurredOn,
        Self::DueOn,
        Self::ImportedAt,
        Self::Rule,
        Self::Institution,
        Self::Severity,
        Self::State,
        Self::Assignee,
    ];

    /// The word in requests.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Institution => "institution",
            other => other.column(),
        }
    }

    const fn column(self) -> &'static str {
        match self {
            Self::AtStake => "at_stake",
            Self::Amount => "amount",
            Self::Decided => "decided",
            Self::OccurredOn => "occurred_on",
            Self::DueOn => "due_on",
            Self::ImportedAt => "imported_at",
            Self::Rule => "rule",
            Self::Institution => "owner_id",
            Self::Severity => "severity",
            Self::State => "state",
            Self::Assignee => "assignee",
        }
    }

    /// Reads what [`SortBy::word`] wrote.
    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sort| sort.word() == word)
    }

    const fn is_number(self) -> bool {
        !matches!(self, Self::Rule | Self::Institution | Self::Severity | Self::State | Self::Assignee)
    }
}

/// Which items, in which order; what is `None` does not matter.
#[derive(Debug, Clone)]
pub struct ItemQuery {
    /// Whose.
    pub scope: Scope,
    /// Stages; empty: all.
    pub stages: Vec<Stage>,
    /// States; empty: all.
    pub states: Vec<State>,
    /// Institution.
    pub institution: Option<String>,
    /// Rule.
    pub rule: Option<String>,
    /// Severity.
    pub severity: Option<String>,
    /// Who works on it; empty: nobody.
    pub assignee: Option<String>,
    /// Beginning of the 就诊ID.
    pub visit: Option<String>,
    /// Only what is due on this day or before.
    pub due_until: Option<i64>,
    /// Order.
    pub sort: SortBy,
    /// Largest first.
    pub descending: bool,
    /// After this item: value of the order's column as text, and id.
    pub after: Option<(String, String)>,
    /// Most items.
    pub limit: u64,
}

/// A page.
#[derive(Debug, Clone)]
pub struct ItemPage {
    /// Items.
    pub items: Vec<Item>,
    /// Where the next page begins; none at the end.
    pub next: Option<(String, String)>,
}

impl ItemQuery {
    /// Everything within a scope, dearest first.
    #[must_use]
    pub fn of(scope: Scope) -> Self {
        Self {
            scope,
            stages: Vec::new(),
            states: Vec::new(),
            institution: None,
            rule: None,
            severity: None,
            assignee: None,
            visit: None,
            due_until: None,
            sort: SortBy::AtStake,
            descending: true,
            after: None,
            limit: 50,
        }
    }

    /// The same selection as figures; what they do not know does not narrow them.
    #[must_use]
    pub fn tally_filter(&self) -> TallyFilter {
        TallyFilter {
            institution: self.institution.clone(),
            rule: self.rule.clone(),
            severity: self.severity.clone(),
            stages: self.wanted_stages(),
            states: self.states.clone(),
        }
    }

    /// Stages that can have the wanted states.
    fn wanted_stages(&self) -> Vec<Stage> {
        let stages = if self.stages.is_empty() { Stage::ALL.to_vec() } else { self.stages.clone() };
        let has = |stage: &Stage| self.states.is_empty() || self.states.iter().any(|state| state.stage() == *stage);
        stages.into_iter().filter(has).collect()
    }

    /// Conditions other than the stage and the place in the order.
    fn narrowed(&self, select: Select, wide: Wide) -> Select {
        let institutions: Vec<&str> = self.scope.institutions.iter().map(String::as_str).collect();
        let states: Vec<&str> = self.states.iter().map(|state| state.word()).collect();
        let institution = if wide.institution { "owner_id || ''" } else { "owner_id" };
        let rule = if wide.rule { "rule || ''" } else { "rule" };
        select
            .any_beginning("area", &self.scope.area_stems())
            .any_of(institution, &institutions)
            .maybe(institution, self.institution.as_deref())
            .maybe(rule, self.rule.as_deref())
            .any_of("state || ''", &states)
            .maybe("severity || ''", self.severity.as_deref())
            .maybe("assignee", self.assignee.as_deref())
            .begins("visit", self.visit.as_deref().unwrap_or_default())
            .until("due_on + 0", self.due_until.map(|day| day + 1))
            .from("due_on + 0", self.due_until.map(|_| NO_DAY + 1))
    }
}

/// Which filters pick too many rows for their own index.
#[derive(Debug, Clone, Copy, Default)]
struct Wide {
    institution: bool,
    rule: bool,
}

/// Stands for "no deadline": behind every day.
pub(super) const NO_DAY: i64 = -1;

impl Store {
    /// A page of items.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn review_page(&self, query: &ItemQuery) -> Result<ItemPage, StoreError> {
        let wide = self.wide(query).await?;
        let order = query.sort.column();
        let direction = if query.descending { "DESC" } else { "ASC" };
        let wanted = query.limit.saturating_add(1);
        let mut union: Option<Select> = None;
        for stage in query.wanted_stages() {
            let head = format!("SELECT {order} AS place, id, body FROM review_item");
            let mut select = query.narrowed(Select::owned(head).text("stage", stage.word()), wide);
            if let Some((value, id)) = &query.after {
                let value = if query.sort.is_number() {
                    Value::Number(value.parse().unwrap_or_default())
                } else {
                    Value::Text(value.clone())
                };
                select = select.beyond(order, value, id, query.descending);
            }
            let select = select.tail(&format!(" ORDER BY {order} {direction}, id {direction} LIMIT {wanted}"));
            union = Some(match union {
                Some(others) => others.union(select),
                None => select.wrapped(),
            });
        }
        let Some(union) = union else { return Ok(ItemPage { items: Vec::new(), next: None }) };
        let (sql, parameters) =
            union.tail(&format!(" ORDER BY place {direction}, id {direction} LIMIT {wanted}")).finish();
        let mut rows = self.shared.readers.rows(&sql, parameters).await?.into_iter();
        let (mut items, mut last) = (Vec::new(), None);
        for mut row in rows.by_ref().take(usize::try_from(query.limit).unwrap_or(usize::MAX)) {
            let place = match row.value() {
                Value::Text(text) => text,
                Value::Number(number) => number.to_string(),
            };
            last = Some((place, row.text()));
            items.push(parse::<Item>(&row.text())?);
        }
        let next = if rows.next().is_some() { last } else { None };
        Ok(ItemPage { items, next })
    }

    /// How many items there are in all, and what they come to: from the figures when they know all of the filter.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn review_total(&self, query: &ItemQuery) -> Result<(i64, Fen), StoreError> {
        // No stage has the wanted states: to the figures no stage would mean all.
        if query.wanted_stages().is_empty() {
            return Ok((0, Fen::ZERO));
        }
        if query.assignee.is_none() && query.visit.is_none() && query.due_until.is_none() {
            return self.review_sum(&query.scope, &query.tally_filter()).await;
        }
        let stages: Vec<&str> = query.wanted_stages().iter().map(|stage| stage.word()).collect();
        let head = "SELECT COUNT(*), CAST(COALESCE(SUM(at_stake), 0) AS BIGINT) FROM review_item";
        let select = query.narrowed(Select::of(head).any_of("stage", &stages), Wide::default());
        let (sql, parameters) = select.finish();
        let rows = self.shared.readers.rows(&sql, parameters).await?;
        Ok(rows.into_iter().next().map_or((0, Fen::ZERO), |mut row| (row.number(), Fen(row.number()))))
    }

    async fn wide(&self, query: &ItemQuery) -> Result<Wide, StoreError> {
        let mut wide = Wide::default();
        let count = async |filter: TallyFilter| -> Result<i64, StoreError> {
            let everywhere = Scope::everywhere();
            Ok(self.review_sum(&everywhere, &filter).await?.0)
        };
        if query.rule.is_some() {
            let filter = TallyFilter { rule: query.rule.clone(), ..TallyFilter::default() };
            wide.rule = count(filter).await? > NARROW;
        }
        let institutions = query.institution.iter().chain(&query.scope.institutions);
        let mut of_institutions = 0;
        for institution in institutions {
            let filter = TallyFilter { institution: Some(institution.clone()), ..TallyFilter::default() };
            of_institutions += count(filter).await?;
        }
        wide.institution = of_institutions > NARROW;
        Ok(wide)
    }
}
