//! How the insurance pays an item on a day: its class (甲, 乙, 丙) and where the price book speaks.
//!
//! A class belongs to an edition of the national drug list, and an edition has days: on a day that no
//! edition here covers there is no class, and the caller must say so ([`Unclassed`]). Services of the
//! catalogue are in scope (甲) unless an area's own table says otherwise, which is not known here.

use crate::catalogue::Catalogue;
use crate::tables::EntryKind;
use model::{Day, Span};

/// The payment class of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PaymentClass {
    /// 甲: wholly in scope
    A,
    /// 乙: the insured bears a first share
    B,
    /// 丙: outside the catalogue, wholly self-funded
    C,
}

/// A class with what it rests on (I4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Classed {
    /// The class.
    pub class: PaymentClass,
    /// Table, and entry where there is one.
    pub basis: String,
    /// Conditions of payment that the drug list states and nobody here can verify; empty when none.
    pub restriction: String,
}

/// Why an item has no class on a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unclassed {
    /// The edition that has it does not cover the day.
    OtherDays {
        /// Title of the edition.
        title: String,
        /// Its days.
        valid: Span,
    },
    /// No table gives this item a class.
    NoClass,
}

impl PaymentClass {
    /// From 甲, 乙, 丙.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "甲" => Some(Self::A),
            "乙" => Some(Self::B),
            "丙" => Some(Self::C),
            _ => None,
        }
    }

    /// 甲, 乙 or 丙.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::A => "甲",
            Self::B => "乙",
            Self::C => "丙",
        }
    }
}

impl Catalogue {
    /// The class of an item on a day.
    pub fn payment_class(&self, id: u32, on: Day) -> Result<Classed, Unclassed> {
        match self.tables.kind(id) {
            Some(EntryKind::Drug) => self.drug_class(id, on),
            Some(kind @ (EntryKind::NationalService | EntryKind::LocalService)) => {
                let title = self.tables.source(kind).map_or("", |source| &source.title);
                let basis = format!("{title}：医疗服务项目按甲类，除非本地项目表另有规定");
                Ok(Classed { class: PaymentClass::A, basis, restriction: String::new() })
            }
            _ => Err(Unclassed::NoClass),
        }
    }

    fn drug_class(&self, id: u32, on: Day) -> Result<Classed, Unclassed> {
        let class = PaymentClass::from_word(self.tables.cell(id, "nrdl_class")).ok_or(Unclassed::NoClass)?;
        let list = self.tables.source(EntryKind::NrdlDrug).ok_or(Unclassed::NoClass)?;
        if !list.valid.contains(on) {
            return Err(Unclassed::OtherDays { title: list.title.clone(), valid: list.valid });
        }
        let rows = self.tables.entries(EntryKind::NrdlDrug);
        let named = self.tables.entries_named(self.tables.name(id)).iter().copied();
        let mut listed = named.filter(|entry| {
            rows.contains(entry)
                && self.tables.cell(*entry, "class") == class.word()
                && self.entry_validity(EntryKind::NrdlDrug, *entry).contains(on)
        });
        let (title, word) = (&list.title, class.word());
        let Some(entry) = listed.next() else {
            // The list names the drug with a form in brackets: the table of codes has matched it.
            return Ok(Classed { class, basis: format!("{title} {word}类"), restriction: String::new() });
        };
        let number = self.tables.cell(entry, "seq_no");
        let mut restriction = self.tables.cell(entry, "restriction_note").to_owned();
        // Forms of one drug may be limited differently; which one is meant cannot be told, so all are said.
        for other in listed.map(|entry| self.tables.cell(entry, "restriction_note")) {
            if !other.is_empty() && !restriction.contains(other) {
                restriction.push_str(other);
            }
        }
        Ok(Classed { class, basis: format!("{title} {word}类 第 {number} 号"), restriction })
    }

    /// Whether the price book is one of this area, on this day. Ceilings of another province's book bind nobody.
    #[must_use]
    pub fn price_book_holds(&self, area: &str, on: Day) -> bool {
        self.tables.source(EntryKind::LocalService).is_some_and(|source| source.holds(area, on))
    }

    /// The nine digits of a medical service's number, by which price books are ordered; `None` for other items.
    #[must_use]
    pub fn service_number(&self, id: u32) -> Option<&str> {
        let code = self.tables.code(id);
        match self.tables.kind(id)? {
            EntryKind::NationalService => code.get(2..11),
            EntryKind::LocalService => code.get(..9),
            _ => None,
        }
    }
}
