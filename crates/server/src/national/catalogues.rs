//! 13xx: the catalogues, as files and as pages. A file is made when it is fetched: its number says which it is, so that
//! nothing is kept for institutions that never come back.

use super::Message;
use crate::observe::Ending;
use agency::{Law, Place, words};
use benefit::{BillLine, Level};
use catalog::PaymentClass;
use gateway::{Answer, CatalogueEntry, Kept, Rejection};
use model::{Day, ItemKind, Quantity, Stamp, UnitPrice};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use store::DocumentFilter;

/// What file numbers of catalogues begin with; those of kept files begin with another letter.
const NUMBER: &str = "CAT";
/// A file number of a catalogue is good for a day.
const DAY: i64 = 86_400;
/// Since when entries without a day of their own are told to hold.
const ALWAYS: Day = Day(18_262);

/// The version of the catalogues: it changes when they do.
fn version(law: &Law) -> String {
    let mut version = String::from("v");
    for byte in law.catalogue.hash().0.iter().take(5) {
        // Writing to a String does not fail.
        let _ = write!(version, "{byte:02x}");
    }
    version
}

/// Which kinds of items a transaction is about; `None` for those that are about something else.
fn kinds(infno: &str) -> Option<&'static [ItemKind]> {
    Some(match infno {
        "1301" => &[ItemKind::WesternDrug, ItemKind::PatentDrug],
        "1302" => &[ItemKind::DecoctionPiece],
        "1305" => &[ItemKind::Service],
        "1306" | "1306A" => &[ItemKind::Consumable],
        "1312" | "1316" | "1318" | "1319" => &[
            ItemKind::WesternDrug,
            ItemKind::PatentDrug,
            ItemKind::DecoctionPiece,
            ItemKind::Service,
            ItemKind::Consumable,
        ],
        _ => return None,
    })
}

/// 目录类别
fn list_type(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::WesternDrug | ItemKind::PatentDrug => "101",
        ItemKind::DecoctionPiece => "102",
        ItemKind::Consumable => "301",
        ItemKind::Service | ItemKind::Other => "201",
    }
}

/// Code and name of everything a catalogue holds, in its order.
fn names(law: &Law, infno: &str, programmes: &[agency::Programme]) -> Vec<CatalogueEntry> {
    let catalogue = &law.catalogue;
    let entry = |code: &str, name: &str| CatalogueEntry {
        code: code.to_owned(),
        name: name.to_owned(),
        from: ALWAYS,
        ..CatalogueEntry::default()
    };
    match (infno, kinds(infno)) {
        ("1307", _) => (0..catalogue.diagnosis_count())
            .map(|id| entry(catalogue.diagnosis_code(id), catalogue.diagnosis_name(id)))
            .collect(),
        ("1308", _) => (0..catalogue.procedure_count())
            .map(|id| entry(catalogue.procedure_code(id), catalogue.procedure_name(id)))
            .collect(),
        ("1309", _) => programmes.iter().map(|known| entry(&known.disease, &known.name)).collect(),
        (_, Some(kinds)) => (0..catalogue.item_count())
            .filter(|id| kinds.contains(&catalogue.item_kind(*id)))
            .map(|id| CatalogueEntry {
                kind: list_type(catalogue.item_kind(id)).to_owned(),
                category: words::category(catalogue, Some(id), catalogue.item_code(id)).to_owned(),
                ..entry(catalogue.item_code(id), catalogue.item_name(id))
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// What items are called, by their codes; those that the catalogue does not hold are left out.
pub(super) fn called(law: &Law, codes: BTreeSet<&str>) -> Vec<CatalogueEntry> {
    let catalogue = &law.catalogue;
    let known = codes.into_iter().filter_map(|code| Some((code, catalogue.item(code)?)));
    let entry = |(code, id): (&str, u32)| CatalogueEntry {
        code: code.to_owned(),
        name: catalogue.item_name(id).to_owned(),
        kind: list_type(catalogue.item_kind(id)).to_owned(),
        ..CatalogueEntry::default()
    };
    known.map(entry).collect()
}

/// Class, first share and highest price, as a line of one unit would be split today: what is told is what is settled by.
fn priced(law: &Law, area: &str, on: Day, entry: &mut CatalogueEntry) {
    entry.area = area.to_owned();
    let place = Place { area, scheme: "employee", level: Level::Third, on };
    let line = BillLine { item: entry.code.clone(), quantity: Quantity(10_000), unit_price: UnitPrice(10_000), on };
    let Ok(split) = law.split(place, &[line]) else { return };
    let Some(split) = split.first() else { return };
    entry.class = match split.class {
        PaymentClass::A => "01",
        PaymentClass::B => "02",
        PaymentClass::C => "03",
    }
    .to_owned();
    entry.upfront_ratio = split.upfront_ratio.0;
    entry.ceiling = split.ceiling;
    entry.restricted = !split.restriction.is_empty();
    entry.area = area.to_owned();
}

impl Message<'_> {
    fn programmes(&self) -> Vec<agency::Programme> {
        let world = self.desk.world();
        world.areas.get(&self.request.envelope.treatment_area).map_or_else(Vec::new, |area| area.programmes.clone())
    }

    /// 1301–1311 and kin: where the file is. Who holds the newest version is told so by a count of zero.
    pub(super) fn catalogue_file(&self, infno: &str, held: &str) -> Answer {
        let world = self.desk.world();
        let current = version(&world.law);
        let rows = if held == current { 0 } else { names(&world.law, infno, &self.programmes()).len() };
        Answer::File(Kept {
            number: format!("{NUMBER}{infno}-{current}"),
            filename: format!("{infno}_{current}.zip"),
            until: Stamp(self.received.stamp.0 + DAY),
            rows,
        })
    }

    /// The file that a number of [`Message::catalogue_file`] means; `None` for other numbers.
    pub(super) fn made_catalogue(&self, number: &str) -> Option<Result<(String, Vec<u8>), String>> {
        let (infno, asked) = number.strip_prefix(NUMBER)?.split_once('-')?;
        let world = self.desk.world();
        let current = version(&world.law);
        if asked != current {
            return Some(Err(format!(
                "字段 file_qury_no：目录版本“{asked}”已不是现行版本；请重新调用 {infno} 取得文件号"
            )));
        }
        let mut entries = names(&world.law, infno, &self.programmes());
        if kinds(infno).is_some() {
            let (area, on) = (&self.request.envelope.treatment_area, self.received.stamp.day());
            entries.iter_mut().for_each(|entry| priced(&world.law, area, on, entry));
        }
        let file = gateway::catalogue_file(infno, &current, &entries);
        Some(file.map(|bytes| (format!("{infno}_{current}.zip"), bytes)))
    }

    /// 1304, 1312, 1316–1319.
    /// 1317: how the institution's own codes map to the national ones, as it filed them (3301).
    pub(super) async fn mappings(
        &self,
        filters: &BTreeMap<String, String>,
        page: usize,
        size: usize,
    ) -> Result<Answer, (Rejection, Ending)> {
        let institution = &self.request.envelope.institution;
        let filed = self.desk.store.documents(institution, "3301", &DocumentFilter::default(), None).await;
        let filed = filed.map_err(|error| self.unavailable(&error))?;
        let fits = |name: &str, value: &str| filters.get(name).is_none_or(|asked| asked.is_empty() || asked == value);
        let mut entries: Vec<CatalogueEntry> =
            filed.iter().filter(|document| !document.deleted).map(gateway::mapping).collect();
        entries.retain(|entry| {
            fits("med_list_codg", &entry.code)
                && fits("medins_list_codg", &entry.local.0)
                && fits("list_type", &entry.kind)
        });
        for entry in &mut entries {
            entry.area.clone_from(&self.request.envelope.treatment_area);
        }
        let total = entries.len();
        let rows = entries.into_iter().skip((page - 1).saturating_mul(size)).take(size).collect();
        Ok(Answer::Page { rows, total })
    }

    pub(super) fn catalogue_page(
        &self,
        infno: &str,
        filters: &BTreeMap<String, String>,
        page: usize,
        size: usize,
    ) -> Answer {
        let world = self.desk.world();
        let area = &self.request.envelope.treatment_area;
        let wanted = |names: &[&str]| {
            names.iter().find_map(|name| filters.get(*name)).map(String::as_str).filter(|value| !value.is_empty())
        };
        let code = wanted(&["med_list_codg", "hilist_code"]);
        let name = wanted(&["hilist_name", "drug_genname", "drug_prodname"]);
        let list = wanted(&["list_type"]);
        let mut entries = names(&world.law, infno, &self.programmes());
        entries.retain(|entry| {
            code.is_none_or(|code| entry.code == code)
                && name.is_none_or(|name| entry.name.contains(name))
                && list.is_none_or(|list| entry.kind == list)
        });
        let total = entries.len();
        let on = self.received.stamp.day();
        let mut rows: Vec<CatalogueEntry> =
            entries.into_iter().skip((page - 1).saturating_mul(size)).take(size).collect();
        rows.iter_mut().for_each(|entry| priced(&world.law, area, on, entry));
        Answer::Page { rows, total }
    }
}
