//! An invented world to try the server on.
//!
//! Two pooling areas: one whose law is shipped under its real name (360100 南昌市), one invented (990400 示例丁市). Each has a
//! tertiary and a secondary hospital, a community institution and a pharmacy with departments and staff, and more than three
//! hundred persons of every kind with cover, accounts, filings; both charge the same items at their own ceilings and shares.
//! What must be refused is there too: a paused institution, a suspended doctor, persons whose cover is paused.
//!
//! Everybody is invented: names are cycle signs, identity numbers begin with 99, a division that does not exist, and have the
//! right check digit. Nothing is random but by the seed: the same seed and day make the same world (I1: no clock, no files).
//! Classes, ceilings and shares of the items are not written down here: the law says them on the day asked for, so that a
//! client's world and the server's answers cannot differ.
//!
//! Where to look next: `places` for areas and institutions, `people` for persons, `goods` for items, `file` for `world.json`.

mod file;
mod goods;
mod identity;
mod people;
mod places;
mod seed;

pub use file::{Insured, Item, Place, WorldFile};
pub use identity::check_digit;

use agency::{Area, Booking, BookingKind, Changes, Document, Entry, Institution, Law, Staff};
use model::{Day, Fen};
use serde::Serialize;

/// Owner of the documents that hold the registers of areas, institutions and staff.
pub const REGISTRY: &str = "registry";

/// What world is wanted.
#[derive(Debug, Clone, Copy)]
pub struct Wish<'a> {
    /// Chooses names, days of birth and balances.
    pub seed: u64,
    /// The day on which care falls.
    pub today: Day,
    /// What the test issuer seals vouchers with.
    pub voucher_secret: &'a str,
}

/// A world: records for the store, registers for the snapshot, and the file that clients are given.
#[derive(Debug, Clone)]
pub struct Demo {
    /// Persons, cover, accounts, filings, opening bookings, and the registers as documents of [`REGISTRY`].
    pub changes: Changes,
    /// Institutions.
    pub institutions: Vec<Institution>,
    /// Staff.
    pub staff: Vec<Staff>,
    /// Areas.
    pub areas: Vec<Area>,
    /// `world.json`.
    pub file: WorldFile,
}

/// Why there is no world on this day.
#[derive(Debug, thiserror::Error)]
pub enum DemoError {
    /// The law or the catalogue does not know what the demo needs.
    #[error("演示数据缺少依据：{what}；请核对 policy/{area}/items.csv 与 catalog/ 在 {on} 是否有效")]
    NotCovered {
        /// Area.
        area: String,
        /// Day.
        on: Day,
        /// What is missing.
        what: String,
    },
    /// The table of items that ships with the demo is broken.
    #[error("演示项目表 items.csv 第 {line} 行不可用：{what}")]
    Table {
        /// Line in the file.
        line: u64,
        /// What is wrong.
        what: String,
    },
}

/// Makes the world.
///
/// # Errors
/// An item or a diagnosis that the law or the catalogue does not know on the day.
pub fn world(wish: &Wish<'_>, law: &Law) -> Result<Demo, DemoError> {
    let areas = places::areas();
    let institutions = places::institutions(wish.today);
    let staff = places::staff(&institutions, wish.today);
    let people = people::people(wish, &areas);
    let goods = goods::goods(wish.today, law, &areas)?;
    let file = file::file(
        wish,
        &file::Parts { areas: &areas, institutions: &institutions, staff: &staff, people: &people, goods },
    );
    let mut changes = Changes::default();
    for human in people {
        human.into_changes(&mut changes);
    }
    changes.bookings.extend(areas.iter().flat_map(|area| opening_funds(area, wish.today)));
    let on = wish.today;
    changes.documents.extend(areas.iter().map(|area| registered("area", &area.code, area, on)));
    changes.documents.extend(institutions.iter().map(|one| registered("institution", &one.code, one, on)));
    changes.documents.extend(staff.iter().map(|one| registered("staff", &one.code, one, on)));
    Ok(Demo { changes, institutions, staff, areas, file })
}

/// A register's entry as a document.
fn registered<T: Serialize>(kind: &str, code: &str, entry: &T, on: Day) -> Document {
    Document {
        owner: REGISTRY.to_owned(),
        kind: kind.to_owned(),
        key: code.to_owned(),
        state: String::new(),
        on,
        at: on.start(),
        deleted: false,
        // Plain data with text keys: writing it cannot fail.
        content: serde_json::to_string(entry).unwrap_or_default(),
    }
}

/// What the pools of an area start with: a hundred million yuan for employees, half of it for residents.
fn opening_funds(area: &Area, today: Day) -> Vec<Booking> {
    [("310", "310100", Fen(10_000_000_000)), ("390", "390100", Fen(5_000_000_000))]
        .into_iter()
        .map(|(insurance, fund, amount)| Booking {
            id: format!("BO{}{insurance}", area.code),
            owner: area.code.clone(),
            kind: BookingKind::Contribution,
            refers: "opening".to_owned(),
            on: today,
            at: today.start(),
            entries: vec![
                Entry {
                    account: agency::Account::Income { area: area.code.clone(), insurance: insurance.to_owned() },
                    amount,
                },
                Entry {
                    account: agency::Account::Fund {
                        area: area.code.clone(),
                        insurance: insurance.to_owned(),
                        fund: fund.to_owned(),
                    },
                    amount: -amount,
                },
            ],
        })
        .collect()
}
