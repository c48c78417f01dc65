//! Look-ups for queries and reconciliation: by what a record is found by, in a fixed order, with a page when asked.

mod select;

use crate::error::StoreError;
use crate::read::{parse, upload};
use crate::store::Store;
use agency::{Document, Filing, Person, Settlement, Upload, Visit, VisitKind, VisitState};
use model::{Day, Stamp};
use rights::Scope;
pub(crate) use select::Select;
use serde::de::DeserializeOwned;

/// A piece of a long answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    /// Rows passed over.
    pub skip: u64,
    /// Most rows.
    pub limit: u64,
}

/// Which persons; what is `None` does not matter.
#[derive(Debug, Clone, Default)]
pub struct PersonFilter {
    /// 参保地 of any spell.
    pub area: Option<String>,
    /// 险种类型 of any spell.
    pub insurance: Option<String>,
    /// 单位名称 of any spell.
    pub employer: Option<String>,
    /// 姓名
    pub name: Option<String>,
}

/// Which settlements, reversals among them; what is `None` does not matter.
#[derive(Debug, Clone, Default)]
pub struct SettlementFilter {
    /// Institution code.
    pub institution: Option<String>,
    /// First moment.
    pub from: Option<Stamp>,
    /// First moment after.
    pub until: Option<Stamp>,
    /// 险种类型
    pub insurance: Option<String>,
    /// 清算类别
    pub clearing_kind: Option<String>,
    /// 清算经办机构
    pub clearing_office: Option<String>,
    /// 参保地
    pub coverage_area: Option<String>,
    /// 就医地
    pub treatment_area: Option<String>,
    /// Person.
    pub person: Option<String>,
    /// Visit.
    pub visit: Option<String>,
    /// The message that asked.
    pub msgid: Option<String>,
    /// 结算ID
    pub id: Option<String>,
    /// Those of institutions within.
    pub scope: Option<Scope>,
}

/// Which visits; what is `None` does not matter.
#[derive(Debug, Clone, Default)]
pub struct VisitFilter {
    /// Institution code.
    pub institution: Option<String>,
    /// Person.
    pub person: Option<String>,
    /// 就诊ID
    pub id: Option<String>,
    /// Kind.
    pub kind: Option<VisitKind>,
    /// State.
    pub state: Option<VisitState>,
    /// Begun at or after.
    pub from: Option<Stamp>,
    /// Begun before.
    pub until: Option<Stamp>,
}

/// Which documents of an owner and kind; what is `None` does not matter.
#[derive(Debug, Clone, Default)]
pub struct DocumentFilter {
    /// Own key.
    pub key: Option<String>,
    /// State.
    pub state: Option<String>,
    /// About this day or later.
    pub from: Option<Day>,
    /// About a day before this one.
    pub until: Option<Day>,
    /// Changed at or after.
    pub changed_from: Option<Stamp>,
    /// With those taken back.
    pub deleted: bool,
}

impl Store {
    /// The person with a certificate; the first by id when a number was registered twice.
    ///
    /// # Errors
    /// When the database cannot be read; as for all look-ups.
    pub async fn person_by_certificate(&self, kind: &str, number: &str) -> Result<Option<Person>, StoreError> {
        let select = Select::of("SELECT body FROM person").text("certificate", number).text("certificate_kind", kind);
        Ok(self.records(select.order("owner_id")).await?.into_iter().next())
    }

    /// The person with a social security card.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn person_by_card(&self, card: &str) -> Result<Option<Person>, StoreError> {
        if card.is_empty() {
            return Ok(None);
        }
        let select = Select::of("SELECT body FROM person").text("card", card).order("owner_id");
        Ok(self.records(select).await?.into_iter().next())
    }

    /// Persons by id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn persons(&self, filter: &PersonFilter, page: Option<Page>) -> Result<Vec<Person>, StoreError> {
        let spells = Select::of("SELECT owner_id FROM coverage")
            .maybe("area", filter.area.as_deref())
            .maybe("insurance", filter.insurance.as_deref())
            .maybe("employer", filter.employer.as_deref());
        let select = Select::of("SELECT body FROM person").maybe("name", filter.name.as_deref());
        let select = if spells.is_whole() { select } else { select.within("owner_id", spells) };
        self.records(select.order("owner_id").page(page)).await
    }

    /// Settlements by time and id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn settlements(
        &self,
        filter: &SettlementFilter,
        page: Option<Page>,
    ) -> Result<Vec<Settlement>, StoreError> {
        let select = Select::of("SELECT body FROM settlement")
            .maybe("owner_id", filter.person.as_deref())
            .maybe("id", filter.id.as_deref())
            .maybe("visit", filter.visit.as_deref())
            .maybe("institution", filter.institution.as_deref())
            .maybe("msgid", filter.msgid.as_deref())
            .maybe("insurance", filter.insurance.as_deref())
            .maybe("clearing_kind", filter.clearing_kind.as_deref())
            .maybe("clearing_office", filter.clearing_office.as_deref())
            .maybe("coverage_area", filter.coverage_area.as_deref())
            .maybe("treatment_area", filter.treatment_area.as_deref())
            .from("settled_at", filter.from.map(|stamp| stamp.0))
            .until("settled_at", filter.until.map(|stamp| stamp.0));
        let select = match &filter.scope {
            Some(scope) => {
                let institutions: Vec<&str> = scope.institutions.iter().map(String::as_str).collect();
                select.any_beginning("treatment_area", &scope.area_stems()).any_of("institution", &institutions)
            }
            None => select,
        };
        self.records(select.order("settled_at, id").page(page)).await
    }

    /// Visits by begin and id.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn visits(&self, filter: &VisitFilter, page: Option<Page>) -> Result<Vec<Visit>, StoreError> {
        let select = Select::of("SELECT body FROM visit")
            .maybe("owner_id", filter.person.as_deref())
            .maybe("id", filter.id.as_deref())
            .maybe("institution", filter.institution.as_deref())
            .maybe("kind", filter.kind.map(crate::written::visit_kind))
            .maybe("state", filter.state.map(crate::written::visit_state))
            .from("begun_at", filter.from.map(|stamp| stamp.0))
            .until("begun_at", filter.until.map(|stamp| stamp.0));
        self.records(select.order("begun_at, id").page(page)).await
    }

    /// Uploads of a person's visit, by number.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn uploads(&self, person: &str, visit: &str) -> Result<Vec<Upload>, StoreError> {
        let select = Select::of("SELECT settled_by, body FROM upload");
        let (sql, parameters) = select.text("owner_id", person).text("visit", visit).order("number").finish();
        let rows = self.shared.readers.rows(&sql, parameters).await?;
        rows.into_iter().map(|mut row| Ok(upload(row.text(), &row.text())?)).collect()
    }

    /// Filings of a person, by time and id, those taken back among them.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn filings(&self, person: &str) -> Result<Vec<Filing>, StoreError> {
        self.records(Select::of("SELECT body FROM filing").text("owner_id", person).order("filed_at, id")).await
    }

    /// Documents of an owner and kind, by key.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn documents(
        &self,
        owner: &str,
        kind: &str,
        filter: &DocumentFilter,
        page: Option<Page>,
    ) -> Result<Vec<Document>, StoreError> {
        let select = Select::of("SELECT body FROM document")
            .text("owner_id", owner)
            .text("kind", kind)
            .maybe("name", filter.key.as_deref())
            .maybe("state", filter.state.as_deref())
            .from("day", filter.from.map(|day| i64::from(day.0)))
            .until("day", filter.until.map(|day| i64::from(day.0)))
            .from("changed_at", filter.changed_from.map(|stamp| stamp.0))
            .until("deleted", (!filter.deleted).then_some(1));
        self.records(select.order("name").page(page)).await
    }

    /// The document of a kind with a key that only one owner has, whoever it is.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn document_named(&self, kind: &str, key: &str) -> Result<Option<Document>, StoreError> {
        let select = Select::of("SELECT body FROM document").text("kind", kind).text("name", key);
        Ok(self.records(select.order("owner_id")).await?.into_iter().next())
    }

    /// Documents of a kind of all owners, about days from the first on and before the second.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub async fn documents_of_kind(&self, kind: &str, days: (Day, Day)) -> Result<Vec<Document>, StoreError> {
        let select = Select::of("SELECT body FROM document")
            .text("kind", kind)
            .from("day", Some(i64::from(days.0.0)))
            .until("day", Some(i64::from(days.1.0)));
        self.records(select.order("day, owner_id, name")).await
    }

    /// Records whose JSON is the one column of a selection.
    pub(crate) async fn records<R: DeserializeOwned>(&self, select: Select) -> Result<Vec<R>, StoreError> {
        let (sql, parameters) = select.finish();
        let rows = self.shared.readers.rows(&sql, parameters).await?;
        rows.into_iter().map(|mut row| Ok(parse(&row.text())?)).collect()
    }
}
