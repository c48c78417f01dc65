//! What the registers hold already, as far as a file touches it.

use crate::columns::{Kind, places};
use crate::contributions::DOCUMENT as CONTRIBUTION;
use crate::table::Table;
use agency::{AccountState, Coverage, Document, File, Institution, Person, Staff};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Owner of the documents that hold institutions, staff and areas.
pub const REGISTRY: &str = "registry";

/// What is known; the caller loads what [`Mentioned`] asks for.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// Persons by number.
    pub persons: HashMap<String, Person>,
    /// Numbers of persons by certificate kind and number.
    pub certificates: HashMap<(String, String), String>,
    /// All spells of a person, as ever known.
    pub coverages: HashMap<String, Vec<Coverage>>,
    /// Accounts by person.
    pub accounts: HashMap<String, AccountState>,
    /// Contributions that were booked, by person and by insurance and period (`310-202611`).
    pub contributions: BTreeMap<(String, String), Document>,
    /// Institutions by code.
    pub institutions: BTreeMap<String, Institution>,
    /// Staff by code.
    pub staff: BTreeMap<String, Staff>,
}

/// Which persons and certificates a file names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mentioned {
    /// Persons.
    pub persons: BTreeSet<String>,
    /// Certificates: kind and number.
    pub certificates: BTreeSet<(String, String)>,
}

impl Known {
    /// What the file of one person holds.
    #[must_use]
    pub fn of_file(file: &File) -> Self {
        let mut known = Self::default();
        known.add(file);
        known
    }

    /// Adds what the file of a person holds.
    pub fn add(&mut self, file: &File) {
        let Some(person) = &file.person else { return };
        let certificate = (person.certificate_kind.clone(), person.certificate.clone());
        self.certificates.insert(certificate, person.id.clone());
        self.coverages.insert(person.id.clone(), file.coverages.clone());
        self.accounts.extend(file.account.iter().map(|account| (person.id.clone(), account.clone())));
        let booked = file.documents.iter().filter(|document| document.kind == CONTRIBUTION && !document.deleted);
        let booked = booked.map(|document| ((person.id.clone(), document.key.clone()), document.clone()));
        self.contributions.extend(booked);
        self.persons.insert(person.id.clone(), person.clone());
    }
}

/// The rows of each person, in the order in which persons first appear: what a store decides one by one. Rows that name
/// nobody go together under the empty name. Nothing when the columns are not found.
#[must_use]
pub fn by_person(kind: Kind, table: &Table) -> Vec<(String, Table)> {
    let Ok(places) = places(kind, table) else { return Vec::new() };
    let mut order: Vec<(String, Table)> = Vec::new();
    let mut index: HashMap<String, usize> = HashMap::new();
    for (number, cells) in &table.rows {
        let person = crate::row::Row::new(*number, cells, &places).text("psn_no");
        let at = *index.entry(person.clone()).or_insert(order.len());
        if at == order.len() {
            order.push((person, Table { header: table.header.clone(), rows: Vec::new() }));
        }
        if let Some((_, rows)) = order.get_mut(at) {
            rows.rows.push((*number, cells.clone()));
        }
    }
    order
}

impl Mentioned {
    /// What of the registers must be known to judge a file. Nothing when its columns are not found: the import says why.
    #[must_use]
    pub fn of(kind: Kind, table: &Table) -> Self {
        let Ok(places) = places(kind, table) else { return Self::default() };
        let mut mentioned = Self::default();
        for (number, cells) in &table.rows {
            let mut row = crate::row::Row::new(*number, cells, &places);
            if matches!(kind, Kind::Institutions | Kind::Staff) {
                continue;
            }
            mentioned.persons.insert(row.text("psn_no"));
            if kind == Kind::Persons {
                let (kind, certificate) = (row.text("psn_cert_type"), row.text("certno").to_ascii_uppercase());
                mentioned.certificates.insert((kind, certificate));
                mentioned.persons.extend(crate::persons::family(&row.text("family")));
            }
        }
        mentioned.persons.remove("");
        mentioned
    }
}
