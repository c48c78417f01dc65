//! What can be charged: items with code, name, prices and the limits that published points put on them.
//!
//! The limits are this crate's own, deliberately cautious reading of the tables: an item counts as
//! limited when any code that shares its place in the price book is, on any day. A clean city is
//! built of what [`Shelf::fits`] lets through. Where to look next: `bundles` for which items go together.

use model::{CareSetting, Day, Fen, HospitalLevel, ItemKind, Sex, UnitPrice};
use rustc_hash::{FxHashMap, FxHashSet};

use crate::tables::{PointRow, Tables};

/// Index of an item on the shelf.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ItemId(pub u32);

/// The part of an item's limits that a clean city must respect when it chooses items.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Limits {
    pub sex: Option<Sex>,
    pub children_only: bool,
    pub neonates_only: bool,
    pub level_min: Option<HospitalLevel>,
    pub inpatient_only: bool,
    pub not_for_elderly: bool,
    pub not_in_pregnancy: bool,
    /// Something that no bundle may use without being built for it.
    pub never: bool,
}

/// An item that can be charged.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub code: String,
    pub name: String,
    pub local: String,
    pub kind: ItemKind,
    /// `list_type`
    pub list_type: &'static str,
    /// `med_chrgitm_type`
    pub charge_type: &'static str,
    /// Catalogue category of a drug, the mark of its kind.
    pub category: String,
    /// What tertiary, secondary and primary institutions charge.
    pub price: [UnitPrice; 3],
    /// The ceiling of the price book for these levels; drugs have none.
    pub ceiling: [Option<UnitPrice>; 3],
    pub limits: Limits,
}

/// Everything that can be charged, and where the points are.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    pub items: Vec<Item>,
    /// By drug name, local service code or piece name.
    by_key: FxHashMap<String, ItemId>,
    points_of_code: FxHashMap<String, Vec<u32>>,
    nationals_of_local: FxHashMap<String, Vec<u32>>,
    pub pairs: FxHashSet<(String, String)>,
    pub problems: Vec<String>,
}

/// The place of a level among the three prices.
pub(crate) fn tier(level: HospitalLevel) -> usize {
    match level {
        HospitalLevel::Tertiary => 0,
        HospitalLevel::Secondary => 1,
        _ => 2,
    }
}

impl Shelf {
    pub fn new(tables: &Tables) -> Self {
        let mut shelf = Self::default();
        for (index, point) in tables.points.iter().enumerate() {
            for code in &point.codes {
                shelf.points_of_code.entry(code.clone()).or_default().push(index as u32);
            }
            if let (true, [a, b]) = (point.rule == "service-duplicate-charge", point.codes.as_slice()) {
                shelf.pairs.insert((a.clone(), b.clone()));
            }
        }
        for (index, row) in tables.crosswalk.iter().enumerate() {
            if !row[1].is_empty() {
                shelf.nationals_of_local.entry(row[1].clone()).or_default().push(index as u32);
            }
        }
        shelf
    }

    pub fn item(&self, id: ItemId) -> &Item {
        #[expect(clippy::indexing_slicing, reason = "an ItemId is only made by putting an item on the shelf")]
        &self.items[id.0 as usize]
    }

    /// The item on the shelf under a key.
    pub fn find(&self, key: &str) -> Option<ItemId> {
        self.by_key.get(key).copied()
    }

    fn put(&mut self, key: &str, item: Item) -> ItemId {
        let id = ItemId(self.items.len() as u32);
        self.items.push(item);
        self.by_key.insert(key.to_owned(), id);
        id
    }

    /// The points that name a code.
    pub fn points<'t>(&self, tables: &'t Tables, code: &str) -> impl Iterator<Item = &'t PointRow> {
        let list = self.points_of_code.get(code).map(Vec::as_slice).unwrap_or_default();
        list.iter().filter_map(|&p| tables.points.get(p as usize))
    }

    /// Puts a drug on the shelf: of its codes the one that most points name, so that it is limited as
    /// its generic is.
    pub fn drug(&mut self, tables: &Tables, name: &str, price: Fen) -> Option<ItemId> {
        if let Some(id) = self.find(name) {
            return Some(id);
        }
        let Some(rows) = tables.drugs.get(name) else {
            self.problems.push(format!("drug_codes.csv 中没有药品“{name}”；请改用表中已有的通用名"));
            return None;
        };
        let count = |code: &str| self.points_of_code.get(code).map_or(0, Vec::len);
        let row = rows.iter().max_by_key(|row| (count(&row.code), std::cmp::Reverse(&row.code)))?;
        let (code, category) = (row.code.clone(), row.category.clone());
        Some(self.drug_of_code(tables, name, &code, &category, price))
    }

    /// Puts one drug code on the shelf under its own code as key, or its name when that is free.
    pub fn drug_of_code(&mut self, tables: &Tables, name: &str, code: &str, category: &str, price: Fen) -> ItemId {
        let kind = ItemKind::from_code(code);
        let price = UnitPrice(price.0 * 100);
        let mut limits = Limits::default();
        for point in self.points(tables, code) {
            limits.take(point);
        }
        for [rule, generic, _] in &tables.drug_safety {
            if generic == name {
                limits.not_for_elderly |= rule == "drug-elderly-safety";
                limits.not_in_pregnancy |= rule == "drug-pregnancy-lactation";
            }
        }
        let item = Item {
            code: code.to_owned(),
            name: name.to_owned(),
            local: code.to_owned(),
            kind,
            list_type: "101",
            charge_type: if kind == ItemKind::PatentDrug { "11" } else { "09" },
            category: category.to_owned(),
            price: [price; 3],
            ceiling: [None; 3],
            limits,
        };
        let key = if self.find(name).is_none() { name } else { code };
        self.put(key, item)
    }

    /// Puts a service on the shelf, by its code in the provincial price book, charged at its ceiling.
    pub fn service(&mut self, tables: &Tables, local: &str) -> Option<ItemId> {
        if let Some(id) = self.find(local) {
            return Some(id);
        }
        let row = tables.services.iter().find(|row| row.local == local);
        let nationals = self.nationals_of_local.get(local).cloned().unwrap_or_default();
        let rows = || nationals.iter().filter_map(|&n| tables.crosswalk.get(n as usize));
        let national = rows().find(|row| row[3] == "base").or_else(|| rows().next());
        let Some(row) = row else {
            self.problems.push(format!("service_items_shaanxi_2021.csv 中没有项目 {local}；请改用表中已有的项目代码"));
            return None;
        };
        // An item without a national counterpart is charged under its local code.
        let code = national.map_or_else(|| local.to_owned(), |national| national[0].clone());
        let [special, tertiary, secondary, primary] = row.price.map(|price| price.map(UnitPrice));
        let mut limits = Limits::default();
        for row in rows() {
            for point in self.points(tables, &row[0]) {
                limits.take(point);
            }
        }
        let item = Item {
            code,
            name: row.name.clone(),
            local: local.to_owned(),
            kind: ItemKind::Service,
            list_type: "201",
            charge_type: charge_type_of(local),
            category: String::new(),
            price: [tertiary, secondary, primary].map(Option::unwrap_or_default),
            ceiling: [special.max(tertiary), secondary, primary],
            limits,
        };
        Some(self.put(local, item))
    }

    /// Puts an item on the shelf that no table has, or only an example one: its code and name are invented.
    pub fn invented(&mut self, code: &str, name: &str, price: Fen) -> ItemId {
        if let Some(id) = self.find(code) {
            return id;
        }
        let kind = ItemKind::from_code(code);
        let (list_type, charge_type) = match kind {
            ItemKind::Consumable => ("301", "08"),
            ItemKind::Service => ("201", "05"),
            _ => ("101", "09"),
        };
        let item = Item {
            code: code.to_owned(),
            name: name.to_owned(),
            local: code.to_owned(),
            kind,
            list_type,
            charge_type,
            category: code.to_owned(),
            price: [UnitPrice(price.0 * 100); 3],
            ceiling: [None; 3],
            limits: Limits::default(),
        };
        self.put(code, item)
    }

    /// Puts a decoction piece on the shelf; pieces that the catalogue does not list get a code of ours.
    pub fn piece(&mut self, tables: &Tables, name: &str, price: UnitPrice) -> ItemId {
        if let Some(id) = self.find(name) {
            return id;
        }
        let known = tables.pieces.iter().find(|row| row[1] == name).map(|row| row[0].clone());
        // The published tables hold only the pieces that are not payable. T0098 is not used by them.
        let code = known.unwrap_or_else(|| format!("T0098{:05}", self.items.len()));
        let mut limits = Limits::default();
        for point in self.points(tables, &code) {
            limits.take(point);
        }
        let item = Item {
            local: code.clone(),
            code,
            name: name.to_owned(),
            kind: ItemKind::DecoctionPiece,
            list_type: "102",
            charge_type: "10",
            category: String::new(),
            price: [price; 3],
            ceiling: [None; 3],
            limits,
        };
        self.put(name, item)
    }

    /// Whether A is said to include B.
    pub fn includes(&self, a: ItemId, b: ItemId) -> bool {
        let pair = (self.item(a).code.clone(), self.item(b).code.clone());
        self.pairs.contains(&pair)
    }

    /// Whether a clean visit may charge the item.
    pub fn fits(&self, id: ItemId, at: &Circumstances) -> bool {
        let limits = &self.item(id).limits;
        !limits.never
            && limits.sex.is_none_or(|sex| sex == at.sex)
            && (!limits.children_only || at.age_years < 14)
            && (!limits.neonates_only || at.age_days <= 28)
            && limits.level_min.is_none_or(|level| at.level >= level)
            && (!limits.inpatient_only || at.setting == CareSetting::Inpatient)
            && (!limits.not_for_elderly || at.age_years < 60)
            && (!limits.not_in_pregnancy || !at.pregnant)
    }
}

/// What an item's limits are held against.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Circumstances {
    pub sex: Sex,
    pub age_years: i32,
    pub age_days: i32,
    pub level: HospitalLevel,
    pub setting: CareSetting,
    pub pregnant: bool,
}

impl Limits {
    /// Takes over what a point says, whatever the day: a clean city keeps away from old limits too.
    fn take(&mut self, point: &PointRow) {
        match point.rule.as_str() {
            "drug-sex-specific" | "service-sex-specific" => {
                self.sex = self.sex.or(sex_of(&point.predicate));
                self.never |= sex_of(&point.predicate).is_none();
            }
            "drug-child-exclusive" | "drug-child-payment-limit" => self.children_only = true,
            "service-child-exclusive" => {
                self.children_only = true;
                self.neonates_only |= point.name.starts_with("新生儿");
            }
            "drug-institution-level" => {
                let three = point.text.contains("三级");
                self.level_min =
                    self.level_min.max(Some(if three { HospitalLevel::Tertiary } else { HospitalLevel::Secondary }));
            }
            "drug-care-setting" => self.inpatient_only = true,
            "drug-work-injury-only"
            | "drug-maternity-only"
            | "tcm-slice-never-payable"
            | "drug-second-line-only"
            | "internet-hospital-drug-scope"
            | "service-age-limit" => self.never = true,
            // Indications, courses, frequencies, pairs and groups are kept by how bundles are built.
            _ => {}
        }
    }
}

/// `sex=M` or `sex=F`.
pub(crate) fn sex_of(predicate: &str) -> Option<Sex> {
    match predicate {
        "sex=M" | "M" => Some(Sex::Male),
        "sex=F" | "F" => Some(Sex::Female),
        _ => None,
    }
}

/// Whether a point is in force on a day.
pub(crate) fn in_force(point: &PointRow, day: Day) -> bool {
    day >= point.from && point.until.is_none_or(|until| day < until)
}

fn charge_type_of(local: &str) -> &'static str {
    match local.get(..4).unwrap_or_default() {
        "1101" => "13",
        "1102" => "02",
        "1109" => "01",
        "1103" | "1201" => "07",
        code if code.starts_with("21") || code.starts_with("22") || code.starts_with("23") || code == "3107" => "03",
        code if code.starts_with("25") || code.starts_with("26") => "04",
        code if code.starts_with("33") => "06",
        _ => "05",
    }
}
