//! The tables of this repository.

use catalog::{Catalogue, EntryKind, Match};
use model::{Day, HospitalLevel, ItemKind, UnitPrice};
use std::path::Path;
use std::sync::LazyLock;

static FILES: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog");
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect()
});

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    Catalogue::read(&files()).unwrap_or_else(|problems| {
        let lines: Vec<_> = problems.iter().take(20).map(ToString::to_string).collect();
        panic!("{} problems:\n{}", problems.len(), lines.join("\n"))
    })
});

fn files() -> Vec<(&'static str, &'static [u8])> {
    FILES.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect()
}

#[test]
fn counts_are_those_of_the_sources() {
    let catalogue = &*CATALOGUE;
    assert_eq!(catalogue.diagnosis_count(), 33_304);
    assert_eq!(catalogue.procedure_count(), 13_686);
    assert_eq!(catalogue.item_count(), 17_728 + 5_721 + 5_171 + 153 + 215);
    assert_eq!(catalogue.sources().len(), 13);
}

#[test]
fn every_item_diagnosis_and_procedure_is_found_by_its_own_code() {
    let catalogue = &*CATALOGUE;
    for id in 0..catalogue.item_count() {
        assert_eq!(catalogue.item(catalogue.item_code(id)), Some(id));
        let kind = catalogue.item_kind(id);
        assert!(kind == ItemKind::from_code(catalogue.item_code(id)) || kind == ItemKind::Consumable);
    }
    for id in 0..catalogue.diagnosis_count() {
        assert_eq!(catalogue.diagnosis(catalogue.diagnosis_code(id)), Some(id));
    }
    for id in 0..catalogue.procedure_count() {
        assert_eq!(catalogue.procedure(&catalogue.procedure_code(id).to_lowercase()), Some(id));
    }
}

#[test]
fn well_known_codes_and_prices_are_right() {
    use HospitalLevel::{Primary, Secondary, Tertiary, Unknown};
    let catalogue = &*CATALOGUE;
    for (code, name) in [
        ("I10.x00x002", "高血压"),
        ("A01.000x002", "伤寒杆菌性脓毒症"),
        ("c22.101M81600/3", catalogue.diagnosis_name(catalogue.diagnosis("C22.101").unwrap())),
    ] {
        assert_eq!(catalogue.diagnosis(code).map(|id| catalogue.diagnosis_name(id)), Some(name), "{code}");
    }
    for (code, level, yuan) in [
        ("001102000010000", Tertiary, "8"),
        ("001102000010000", Secondary, "6.5"),
        ("001102000010000", Primary, "5"),
        ("003315180050000", Tertiary, "1610"),
        ("331518005", Unknown, "1610"),
        ("003105100110000", Secondary, "9.5"),
        ("002503020030100", Tertiary, "68"),
    ] {
        let id = catalogue.item(code).unwrap();
        assert_eq!(catalogue.price_ceiling(id, level), UnitPrice::parse(yuan.as_bytes()).ok(), "{code} {level:?}");
        assert!(catalogue.price_basis(id).unwrap().starts_with("陕西省医疗服务项目价格（2021 版） "), "{code}");
    }
    assert_eq!(catalogue.unit(catalogue.item("003105100110000").unwrap()), Some("每牙"));
    let mint = catalogue.piece_named("薄荷").unwrap();
    assert_eq!(catalogue.item_code(mint), "T000100057");
    assert_eq!(
        catalogue.items_named("注射用艾普拉唑钠").len(),
        catalogue.lookup("注射用艾普拉唑钠", None).iter().filter(|hit| hit.kind == EntryKind::Drug).count()
    );
    let hypertension = catalogue.diagnoses_with_prefix("I10");
    assert_eq!(hypertension.len(), 20);
}

#[test]
fn the_drug_list_answers_by_name_and_day() {
    let catalogue = &*CATALOGUE;
    let on = |text: &str| Day::parse(text.as_bytes()).ok();
    let hits = catalogue.lookup("注射用艾普拉唑钠", on("2025-03-01"));
    let listed = hits.iter().find(|hit| hit.kind == EntryKind::NrdlDrug).unwrap();
    assert_eq!(listed.matched, Match::NameExact);
    assert!(listed.details.iter().any(|(label, value)| label == "支付标准" && value == "63.00元(10mg/支)"));
    assert!(listed.is_valid());
    let later = catalogue.lookup("注射用艾普拉唑钠", on("2026-03-01"));
    assert!(later.iter().any(|hit| hit.kind == EntryKind::NrdlDrug && !hit.is_valid()));
}

#[test]
fn the_image_brings_everything_back() {
    let image = CATALOGUE.to_image();
    let loaded = Catalogue::from_image(&image, Catalogue::hash_of(&files())).unwrap();
    assert!(loaded.to_image() == image);
    assert_eq!(loaded.lookup("高血压", None), CATALOGUE.lookup("高血压", None));
    let mut broken = image;
    let middle = broken.len() / 2;
    broken[middle] ^= 1;
    assert!(Catalogue::from_image(&broken, CATALOGUE.hash()).is_err());
}
