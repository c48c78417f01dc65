//! Highest prices of items, from the local price book.
//!
//! A national service code has no price of its own: it goes through the crosswalk to the local item.
//! Prices are read from their cells when asked for; reading has checked every one of them, so a
//! cell here is a price or empty.

use crate::catalogue::{Catalogue, NO_ENTRY};
use crate::tables::EntryKind;
use model::{HospitalLevel, UnitPrice};

impl Catalogue {
    /// The highest price that an institution of this level may charge for one unit; `None` when the
    /// price book has none. The special tier is for institutions that the book names in prose, which
    /// a level cannot tell: a tertiary hospital is measured by the higher of special and third tier,
    /// an unknown level by the highest of all, so that doubt is never held against it.
    #[must_use]
    pub fn price_ceiling(&self, id: u32, level: HospitalLevel) -> Option<UnitPrice> {
        let local = self.local_service(id)?;
        let tiers: &[&str] = match level {
            HospitalLevel::Tertiary => &["price_special", "price_tier3"],
            HospitalLevel::Secondary => &["price_tier2"],
            HospitalLevel::Primary | HospitalLevel::Unrated => &["price_tier1"],
            HospitalLevel::Unknown => &["price_special", "price_tier3", "price_tier2", "price_tier1"],
        };
        tiers.iter().filter_map(|tier| UnitPrice::parse(self.tables.cell(local, tier).as_bytes()).ok()).max()
    }

    /// What a price ceiling rests on: price book, local code and item name (I4). `None` when the
    /// item has no price at any level.
    #[must_use]
    pub fn price_basis(&self, id: u32) -> Option<String> {
        self.price_ceiling(id, HospitalLevel::Unknown)?;
        let local = self.local_service(id)?;
        let book = self.tables.source(EntryKind::LocalService).map_or("", |source| &source.title);
        Some(format!("{book} {} {}", self.tables.code(local), self.tables.name(local)))
    }

    /// The unit that a price is for, in the price book's words.
    #[must_use]
    pub fn unit(&self, id: u32) -> Option<&str> {
        let local = self.local_service(id)?;
        Some(self.tables.cell(local, "unit")).filter(|unit| !unit.is_empty())
    }

    /// The code under which the local price book has an item.
    #[must_use]
    pub fn local_code(&self, id: u32) -> Option<&str> {
        self.local_service(id).map(|local| self.tables.code(local))
    }

    /// The national codes that the crosswalk leads to a local one, in order.
    pub fn national_codes_of_local(&self, code: &str) -> impl Iterator<Item = &str> {
        self.nationals_of(self.listed_item(code.trim())).iter().map(|&entry| self.tables.code(entry))
    }

    pub(crate) fn nationals_of(&self, local: Option<u32>) -> &[u32] {
        let local = local.unwrap_or(NO_ENTRY);
        let start = self.tables.crossed_locals.partition_point(|&found| found < local);
        let end = self.tables.crossed_locals.partition_point(|&found| found <= local);
        self.tables.crossed_nationals.get(start..end).unwrap_or_default()
    }

    /// The local service entry of an item, when it is one or the crosswalk leads to one.
    pub(crate) fn local_service(&self, id: u32) -> Option<u32> {
        if self.tables.entries(EntryKind::LocalService).contains(&id) {
            return Some(id);
        }
        let national = id.checked_sub(self.tables.entries(EntryKind::NationalService).start)?;
        self.tables.local_of_national.get(national as usize).copied().filter(|&local| local != NO_ENTRY)
    }
}
