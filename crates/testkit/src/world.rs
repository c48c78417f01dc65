//! Everything that is fixed before the first person is made.

use model::{Day, Fen, HospitalLevel, UnitPrice};

use crate::bundles::{ADMISSION, BUNDLES, Bundle, CONSULTATION, DAILY, PIECES, SINGLE_PIECES, Setting};
use crate::error::TestkitError;
use crate::shelf::{ItemId, Shelf};
use crate::tables::{Inputs, Tables};
use crate::town::Town;

/// A bundle with its items found.
#[derive(Debug)]
pub(crate) struct Ready {
    pub bundle: &'static Bundle,
    pub services: Vec<(ItemId, u32)>,
    pub drugs: Vec<(ItemId, u16)>,
    pub surgery: Option<(&'static str, ItemId)>,
}

/// Days, tables, items, institutions.
#[derive(Debug)]
pub(crate) struct World {
    pub first_day: Day,
    pub days: u32,
    pub tables: Tables,
    pub shelf: Shelf,
    pub town: Town,
    pub ready: Vec<Ready>,
    pub daily: Vec<(ItemId, u32)>,
    pub admission: Vec<(ItemId, u32)>,
    /// As in [`CONSULTATION`].
    pub consultation: Vec<ItemId>,
    pub bed: ItemId,
    pub pieces: Vec<ItemId>,
    pub single_pieces: Vec<ItemId>,
}

/// How big the world is and when.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extent {
    pub first_day: Day,
    pub days: u32,
    pub persons: u32,
    pub seed: u64,
}

impl World {
    pub fn new(extent: Extent, inputs: Inputs<'_>) -> Result<Self, TestkitError> {
        let tables = Tables::read(inputs)?;
        let mut shelf = Shelf::new(&tables);
        let town = Town::new(extent);
        let ready: Vec<Ready> = BUNDLES.iter().map(|bundle| make_ready(bundle, &mut shelf, &tables)).collect();
        let daily = services(DAILY, &mut shelf, &tables);
        let admission = services(ADMISSION, &mut shelf, &tables);
        let consultation: Vec<ItemId> = CONSULTATION.iter().filter_map(|code| shelf.service(&tables, code)).collect();
        let bed = shelf.service(&tables, "110900001");
        let pieces = PIECES.iter().map(|(name, price)| shelf.piece(&tables, name, UnitPrice(*price))).collect();
        let single = SINGLE_PIECES.iter().map(|(name, price)| shelf.piece(&tables, name, UnitPrice(*price))).collect();
        let (Some(bed), true) = (bed, shelf.problems.is_empty()) else {
            return Err(TestkitError::Tables(shelf.problems));
        };
        // The price book prices wards by the number of beds; the national item is the ward as such.
        if let Some(item) = shelf.items.get_mut(bed.0 as usize) {
            item.price = [UnitPrice(400_000), UnitPrice(300_000), UnitPrice(200_000)];
        }
        let Extent { first_day, days, .. } = extent;
        let mut world = Self {
            first_day,
            days,
            tables,
            shelf,
            town,
            ready,
            daily,
            admission,
            consultation,
            bed,
            pieces,
            single_pieces: single,
        };
        world.drop_included_services();
        Ok(world)
    }

    /// Leaves out of every bundle what another of its items is said to include.
    fn drop_included_services(&mut self) {
        let always: Vec<ItemId> = self.daily.iter().chain(&self.admission).map(|(item, _)| *item).collect();
        let consultation = self.consultation.clone();
        for ready in &mut self.ready {
            let mut kept: Vec<ItemId> = match ready.bundle.setting {
                Setting::Stay => {
                    always.iter().copied().chain([self.bed]).chain(ready.surgery.map(|(_, item)| item)).collect()
                }
                _ => always.iter().copied().chain(consultation.iter().copied()).collect(),
            };
            ready.services.retain(|(item, _)| {
                let clash = kept
                    .iter()
                    .any(|k| k != item && (self.shelf.includes(*k, *item) || self.shelf.includes(*item, *k)));
                if !clash {
                    kept.push(*item);
                }
                !clash
            });
        }
    }

    /// What an institution of a level charges for an item.
    pub fn price(&self, item: ItemId, level: HospitalLevel) -> UnitPrice {
        self.shelf.item(item).price.get(crate::shelf::tier(level)).copied().unwrap_or_default()
    }
}

fn services(list: &[(&str, u32)], shelf: &mut Shelf, tables: &Tables) -> Vec<(ItemId, u32)> {
    list.iter().filter_map(|(code, share)| Some((shelf.service(tables, code)?, *share))).collect()
}

fn make_ready(bundle: &'static Bundle, shelf: &mut Shelf, tables: &Tables) -> Ready {
    for code in bundle.main.iter().chain(bundle.others) {
        if !tables.diagnoses.contains_key(*code) {
            shelf.problems.push(format!("diagnoses.csv 中没有诊断 {code}"));
        }
    }
    let drugs =
        bundle.drugs.iter().filter_map(|(name, price, days)| Some((shelf.drug(tables, name, Fen(*price))?, *days)));
    let drugs = drugs.collect();
    let surgery = bundle.surgery.and_then(|(operation, service)| Some((operation, shelf.service(tables, service)?)));
    if let Some((operation, _)) = surgery
        && !tables.procedures.contains_key(operation)
    {
        shelf.problems.push(format!("procedures.csv 中没有手术操作 {operation}"));
    }
    Ready { bundle, services: services(bundle.services, shelf, tables), drugs, surgery }
}
