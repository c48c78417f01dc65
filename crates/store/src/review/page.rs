//! Pages of items: any column in order, from where the last page ended.
//!
//! Each stage has an index for each column, so a page is read off the index of each wanted stage and merged. A filter that picks few
//! items is read off its own index instead ([`Driver`]), which holds everything that a page is put in order of. Either way only places
//! are sorted; the bodies of the page's items are read last. How many a filter picks, the figures know.

use super::tally::TallyFilter;
use crate::dialect::Dialect;
use crate::error::StoreError;
use crate::query::Select;
use crate::read::parse;
use crate::store::Store;
use crate::value::Value;
use model::Fen;
use review::{Item, Stage, State};
use rights::Scope;

/// Items of a filter that are sorted rather than walked to, where its index holds what they are sorted by.
const COVERED: i64 = 500_000;
/// The same where it does not.
const LOOKED_UP: i64 = 20_000;

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

    /// The column so that no index serves it.
    const fn hidden(self) -> &'static str {
        match self {
            Self::AtStake => "at_stake + 0",
            Self::Amount => "amount + 0",
            Self::Decided => "decided + 0",
            Self::OccurredOn => "occurred_on + 0",
            Self::DueOn => "due_on + 0",
            Self::ImportedAt => "imported_at + 0",
            Self::Rule => "rule || ''",
            Self::Institution => "owner_id || ''",
            Self::Severity => "severity || ''",
            Self::State => "state || ''",
            Self::Assignee => "assignee || ''",
        }
    }

    /// The index of a stage in this order.
    const fn index(self) -> &'static str {
        match self {
            Self::AtStake => "review_item_by_stake",
            Self::Amount => "review_item_by_amount",
            Self::Decided => "review_item_by_decision",
            Self::OccurredOn => "review_item_by_day",
            Self::DueOn => "review_item_by_deadline",
            Self::ImportedAt => "review_item_by_import",
            Self::Rule => "review_item_by_rule",
            Self::Institution => "review_item_by_institution",
            Self::Severity => "review_item_by_severity",
            Self::State => "review_item_by_state",
            Self::Assignee => "review_item_by_assignee",
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

    /// Conditions other than the stage and the place in the order. Only those of the driver may use an index.
    fn narrowed(&self, select: Select, driver: Driver) -> Select {
        let institutions: Vec<&str> = self.scope.institutions.iter().map(String::as_str).collect();
        let states: Vec<&str> = self.states.iter().map(|state| state.word()).collect();
        let by = |of: Driver, column: &'static str, hidden: &'static str| if driver == of { column } else { hidden };
        let institution = by(Driver::Institution, "owner_id", "owner_id || ''");
        // The index of institutions goes on with the rule.
        let rule = if driver == Driver::Institution { "rule" } else { by(Driver::Rule, "rule", "rule || ''") };
        let due = by(Driver::Due, "due_on", "due_on + 0");
        let select = match driver {
            // The index holds what is somebody's, and is used where that is asked for in so many words.
            Driver::Assignee => select.holds("assignee > ''"),
            _ => select,
        };
        select
            .any_beginning("area", &self.scope.area_stems())
            .any_of(institution, &institutions)
            .maybe(institution, self.institution.as_deref())
            .maybe(rule, self.rule.as_deref())
            .any_of(by(Driver::State, "state", "state || ''"), &states)
            .maybe(by(Driver::Severity, "severity", "severity || ''"), self.severity.as_deref())
            .maybe(by(Driver::Assignee, "assignee", "assignee || ''"), self.assignee.as_deref())
            .begins(by(Driver::Visit, "visit", "visit || ''"), self.visit.as_deref().unwrap_or_default())
            .until(due, self.due_until.map(|day| day + 1))
            .from(due, self.due_until.map(|_| NO_DAY + 1))
    }
}

/// What items are found by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Driver {
    /// The order: the index of each stage is walked, and filters are tested on the way.
    Order,
    /// Institutions, and within them a rule.
    Institution,
    /// A rule.
    Rule,
    /// Somebody's work.
    Assignee,
    /// Visits.
    Visit,
    /// A severity: what is sorted by money or by rule is sorted by severity, too, so that a walk would pass all others.
    Severity,
    /// States within their stages.
    State,
    /// Deadlines.
    Due,
}

impl Driver {
    /// The index that serves it; the order has its own.
    const fn index(self, sort: SortBy) -> &'static str {
        match self {
            Self::Order => sort.index(),
            Self::Institution => "review_item_of_institution",
            Self::Rule => "review_item_of_rule",
            Self::Assignee => "review_item_of_assignee",
            Self::Visit => "review_item_of_visit",
            Self::Severity => "review_item_of_severity",
            Self::State => "review_item_by_state",
            Self::Due => "review_item_by_deadline",
        }
    }
}

/// Stands for "no deadline": before every day, and never asked for.
pub(super) const NO_DAY: i64 = -1;

impl Store {
    /// A page of items.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn review_page(&self, query: &ItemQuery) -> Result<ItemPage, StoreError> {
        let driver = self.driver(query).await?;
        let order = if driver == Driver::Order { query.sort.column() } else { query.sort.hidden() };
        let from = format!("review_item{}", self.dialect().by_index(driver.index(query.sort)));
        let direction = if query.descending { "DESC" } else { "ASC" };
        let wanted = query.limit.saturating_add(1);
        let mut union: Option<Select> = None;
        for stage in query.wanted_stages() {
            let head = format!("SELECT {order} AS place, id, owner_id FROM {from}");
            let mut select = query.narrowed(Select::owned(head).text("stage", stage.word()), driver);
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
        let (places, parameters) =
            union.tail(&format!(" ORDER BY place {direction}, id {direction} LIMIT {wanted}")).finish();
        let sql = format!(
            "SELECT page.place, page.id, item.body FROM ({places}) AS page CROSS JOIN review_item AS item \
             WHERE item.owner_id = page.owner_id AND item.id = page.id ORDER BY page.place {direction}, page.id {direction}"
        );
        let mut rows = self.shared.readers.rows(&sql.into(), parameters).await?.into_iter();
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
        let somebody = ItemQuery { assignee: None, ..query.clone() };
        match (query.assignee.as_deref(), &query.visit, query.due_until) {
            (None, None, None) => self.review_sum(&query.scope, &query.tally_filter()).await,
            (None, None, Some(until)) if query.rule.is_none() => {
                self.review_due(&query.scope, &query.tally_filter(), until).await
            }
            // Most items are nobody's: what is somebody's is counted, and taken from the whole.
            (Some(""), None, _) => {
                let (all, whole) = Box::pin(self.review_total(&somebody)).await?;
                let (count, sum) = self.counted(&somebody, Driver::Assignee).await?;
                Ok((all - count, whole - sum))
            }
            (Some(_), None, _) => self.counted(query, Driver::Assignee).await,
            (_, Some(_), _) => self.counted(query, Driver::Visit).await,
            (None, None, Some(_)) if query.institution.is_some() => self.counted(query, Driver::Institution).await,
            (None, None, Some(_)) => self.counted(query, Driver::Rule).await,
        }
    }

    fn dialect(&self) -> Dialect {
        Dialect::of(self.shared.readers.database())
    }

    /// Items counted one by one.
    async fn counted(&self, query: &ItemQuery, driver: Driver) -> Result<(i64, Fen), StoreError> {
        let stages: Vec<&str> = query.wanted_stages().iter().map(|stage| stage.word()).collect();
        let from = self.dialect().by_index(driver.index(query.sort));
        let head = format!("SELECT COUNT(*), CAST(COALESCE(SUM(at_stake), 0) AS BIGINT) FROM review_item{from}");
        self.pair(query.narrowed(Select::owned(head).any_of("stage", &stages), driver)).await
    }

    /// What finds the items of a query with the least work: the filter that picks fewest, unless all pick many.
    async fn driver(&self, query: &ItemQuery) -> Result<Driver, StoreError> {
        if query.visit.is_some() {
            return Ok(Driver::Visit);
        }
        if query.assignee.as_ref().is_some_and(|account| !account.is_empty()) {
            return Ok(Driver::Assignee);
        }
        let everywhere = Scope::everywhere();
        let mut found = Vec::new();
        let institutions: Vec<&String> = match &query.institution {
            Some(institution) => vec![institution],
            None => query.scope.institutions.iter().collect(),
        };
        if !institutions.is_empty() {
            let institutions = institutions.into_iter().cloned().collect();
            let scope = Scope { institutions, ..everywhere.clone() };
            let filter = TallyFilter { rule: query.rule.clone(), ..TallyFilter::default() };
            found.push((self.review_sum(&scope, &filter).await?.0, COVERED, Driver::Institution));
        } else if query.rule.is_some() {
            let filter = TallyFilter { rule: query.rule.clone(), ..TallyFilter::default() };
            found.push((self.review_sum(&everywhere, &filter).await?.0, COVERED, Driver::Rule));
        }
        if query.severity.is_some() {
            let filter = TallyFilter { severity: query.severity.clone(), ..TallyFilter::default() };
            found.push((self.review_sum(&everywhere, &filter).await?.0, COVERED, Driver::Severity));
        }
        if !query.states.is_empty() {
            let filter =
                TallyFilter { stages: query.wanted_stages(), states: query.states.clone(), ..TallyFilter::default() };
            found.push((self.review_sum(&everywhere, &filter).await?.0, LOOKED_UP, Driver::State));
        }
        if let Some(until) = query.due_until {
            let filter = TallyFilter { stages: query.wanted_stages(), ..TallyFilter::default() };
            found.push((self.review_due(&everywhere, &filter, until).await?.0, LOOKED_UP, Driver::Due));
        }
        let few = found.into_iter().filter(|(items, most, _)| items <= most);
        Ok(few.min_by_key(|(items, ..)| *items).map_or(Driver::Order, |(.., driver)| driver))
    }
}
