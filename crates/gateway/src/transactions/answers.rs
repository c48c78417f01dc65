//! What answers a question: records, as the server loaded them.

use super::catalogue::CatalogueEntry;
use agency::{
    AccountState, Accumulator, Coverage, Department, Document, Filing, Institution, Person, Settlement, Staff, Upload,
    Visit,
};
use model::{Day, Stamp};

/// What answers a question: records, and nothing computed from them but what is said here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A person with covers as now known, the account, and the day on which to tell the age.
    Person {
        /// The person.
        person: Box<Person>,
        /// Covers.
        covers: Vec<Coverage>,
        /// Account.
        account: AccountState,
        /// Day of the question.
        on: Day,
        /// Voucher token, for 1162; empty otherwise.
        token: String,
    },
    /// Institutions.
    Institutions(Vec<Institution>),
    /// Funds with what they say.
    Entitlements {
        /// Whose.
        person: String,
        /// One a fund.
        rows: Vec<Entitlement>,
    },
    /// Settlements, of whatever person: 3201.
    Settlements(Vec<Settlement>),
    /// One settlement with its person and visit: 5203, 100001.
    Settlement {
        /// The settlement.
        settlement: Box<Settlement>,
        /// Whose.
        person: Box<Person>,
        /// Of which visit.
        visit: Box<Visit>,
        /// Where.
        institution: Box<Institution>,
    },
    /// Visits of a person.
    Visits {
        /// Whose.
        person: Box<Person>,
        /// The cover of each visit is looked up here.
        covers: Vec<Coverage>,
        /// Visits.
        visits: Vec<Visit>,
    },
    /// Lines with the visits they belong to.
    Charges {
        /// Visits.
        visits: Vec<Visit>,
        /// Lines as they were uploaded.
        uploads: Vec<Upload>,
        /// What the items of the lines are called; those that no catalogue holds are left out.
        items: Vec<CatalogueEntry>,
        /// Where the visits were.
        institutions: Vec<Institution>,
    },
    /// What was used.
    Accumulators(Vec<Accumulator>),
    /// Filings of a person.
    Filings {
        /// Whose.
        person: Box<Person>,
        /// Filings.
        filings: Vec<Filing>,
    },
    /// Departments: of the register, and as the institution filed them (3401), which say more.
    Departments {
        /// Of the register.
        registered: Vec<Department>,
        /// Documents of kind `3401`.
        filed: Vec<Document>,
    },
    /// Staff.
    Staff(Vec<Staff>),
    /// Documents.
    Documents(Vec<Document>),
    /// The answer is the gateway's own (1901).
    Nothing,
    /// A file to be fetched by 9102.
    File(Kept),
    /// A page of rows, with how many there are in all.
    Page {
        /// Entries of the page.
        rows: Vec<CatalogueEntry>,
        /// Of all pages.
        total: usize,
    },
    /// 9001
    SignedIn {
        /// When.
        at: Stamp,
        /// 签到编号
        number: String,
    },
    /// 9002
    SignedOut {
        /// When.
        at: Stamp,
    },
}

/// What one fund may pay, or why it does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entitlement {
    /// 基金支付类型
    pub fund: String,
    /// First day.
    pub from: Day,
    /// Last day; open when `None`.
    pub until: Option<Day>,
    /// Why it does not pay; `None` when it does.
    pub refused: Option<String>,
}

/// A file that is kept for fetching.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// 文件查询号
    pub number: String,
    /// 文件名
    pub filename: String,
    /// Until when it can be fetched.
    pub until: Stamp,
    /// Rows in it.
    pub rows: usize,
}
