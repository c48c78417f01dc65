//! What the audit asks: codes, names, prefixes, prices.

use crate::small::{catalogue, tables};
use model::{CodeBook, HospitalLevel, ItemKind, UNKNOWN_CODE, UNKNOWN_ITEM, UnitPrice};

#[test]
fn items_are_dense_and_found_by_code() {
    let catalogue = catalogue();
    // Drugs, national services, local services, pieces, materials; by code within each.
    let expect = [
        ("XB05BAF001A001010100001", "复方氨基酸注射液(18AA)", ItemKind::WesternDrug),
        ("XB05BAF001A001010100002", "复方氨基酸注射液(18AA)", ItemKind::WesternDrug),
        ("ZA01AAA0001010100001", "小儿清热合剂", ItemKind::PatentDrug),
        ("001101000010000", "方便门诊", ItemKind::Service),
        ("001101000010001", "方便门诊(加收)", ItemKind::Service),
        ("003315180050000", "月骨摘除术", ItemKind::Service),
        ("009999000000000", "", ItemKind::Service),
        ("110100001", "方便门诊", ItemKind::Service),
        ("110900004a", "特殊病房床位费", ItemKind::Service),
        ("331518005", "月骨摘除术", ItemKind::Service),
        ("T000100057", "薄荷", ItemKind::DecoctionPiece),
        ("HC00101", "留置针", ItemKind::Consumable),
    ];
    assert_eq!(catalogue.item_count() as usize, expect.len());
    for (id, (code, name, kind)) in (0..).zip(expect) {
        assert_eq!(catalogue.item(&format!(" {code} ")), Some(id), "{code}");
        assert_eq!((catalogue.item_code(id), catalogue.item_name(id), catalogue.item_kind(id)), (code, name, kind));
    }
    let beyond = catalogue.item_count();
    assert_eq!((catalogue.item_code(beyond), catalogue.item_kind(beyond)), ("", ItemKind::Other));
    for unknown in ["", "I10.x00", "11010000", "110900004A"] {
        assert_eq!(catalogue.item(unknown), None, "{unknown}");
        assert_eq!(CodeBook::item(&catalogue, unknown), UNKNOWN_ITEM);
    }
    assert_eq!(catalogue.item_generic_group(0), Some("XB05BA"));
    assert_eq!(catalogue.item_generic_group(2), None);
    assert_eq!(catalogue.item_generic_group(3), None);
}

#[test]
fn items_are_found_by_name_however_spelt() {
    let catalogue = catalogue();
    for (name, expect) in [
        ("复方氨基酸注射液（18ＡＡ）", vec![0, 1]),
        ("小儿清热口服液", vec![2]),
        ("方便 门诊", vec![3, 7]),
        ("薄荷", vec![10]),
        // Names of diagnoses and of the drug list are no items.
        ("复方硼砂", vec![]),
        ("高血压", vec![]),
        ("", vec![]),
    ] {
        assert_eq!(catalogue.items_named(name), expect, "{name}");
    }
    assert_eq!(catalogue.piece_named("薄荷"), Some(10));
    assert_eq!(catalogue.piece_named("留置针"), None);
}

#[test]
fn diagnoses_and_procedures_are_found_through_both_editions() {
    let catalogue = catalogue();
    for (code, expect) in [
        ("A01.003", Some("A01.003")),
        (" a01.003", Some("A01.003")),
        ("I10.X00X002", Some("I10.x00x002")),
        ("a01.000X002", Some("A01.003")),
        ("A01.000x003+G01*", Some("A01.002+G01*")),
        ("A01.002†G01＊", Some("A01.002+G01*")),
        ("A01.002", None),
        ("47.0901", None),
        ("", None),
    ] {
        assert_eq!(catalogue.diagnosis(code).map(|id| catalogue.diagnosis_code(id)), expect, "{code}");
    }
    // A code that both editions have means what 医保版 says.
    let own = catalogue.diagnosis("I10.x00x002").unwrap();
    assert_eq!(catalogue.diagnosis_name(own), "高血压");
    for (code, expect) in
        [("47.0901", Some("47.0901")), ("47.09X01", Some("47.0901")), ("17.912a0", Some("17.912A0")), ("A01.003", None)]
    {
        assert_eq!(catalogue.procedure(code).map(|id| catalogue.procedure_code(id)), expect, "{code}");
    }
    assert_eq!(catalogue.procedure_name(0), "耳针");
    assert_eq!((catalogue.diagnosis_count(), catalogue.procedure_count()), (4, 2));
    assert_eq!(CodeBook::diagnosis(&catalogue, "Z99"), UNKNOWN_CODE);
    assert_eq!(CodeBook::procedure(&catalogue, "47.0901"), 1);
    assert_eq!(catalogue.diagnosis_code(4), "");
}

#[test]
fn a_prefix_is_a_range_of_ids() {
    let catalogue = catalogue();
    let codes = |range: std::ops::Range<u32>| range.map(|id| catalogue.diagnosis_code(id)).collect::<Vec<_>>();
    assert_eq!(codes(catalogue.diagnoses_with_prefix("A01")), ["A01.002+G01*", "A01.003"]);
    assert_eq!(codes(catalogue.diagnoses_with_prefix("i10")), ["I10.x00", "I10.x00x002"]);
    assert_eq!(codes(catalogue.diagnoses_with_prefix("")).len(), 4);
    assert!(catalogue.diagnoses_with_prefix("B").is_empty());
    assert!(catalogue.diagnoses_with_prefix("Z").is_empty());
    assert_eq!(catalogue.procedures_with_prefix("47"), 1..2);
}

#[test]
fn prices_depend_on_the_level_and_pass_through_the_crosswalk() {
    use HospitalLevel::{Primary, Secondary, Tertiary, Unknown, Unrated};
    let catalogue = catalogue();
    let yuan = |text: &str| UnitPrice::parse(text.as_bytes()).unwrap();
    for (code, level, expect) in [
        ("003315180050000", Tertiary, Some("1610")),
        ("331518005", Tertiary, Some("1610")),
        ("331518005", Secondary, Some("1030")),
        ("331518005", Primary, Some("830")),
        ("331518005", Unrated, Some("830")),
        ("331518005", Unknown, Some("1610")),
        ("001101000010001", Tertiary, Some("1.5")),
        ("110100001", Primary, Some("0.5")),
        ("110100001", Unknown, Some("1.5")),
        ("110900004a", Unknown, None),
        ("009999000000000", Tertiary, None),
        ("T000100057", Tertiary, None),
        ("XB05BAF001A001010100001", Unknown, None),
    ] {
        let id = catalogue.item(code).unwrap();
        assert_eq!(catalogue.price_ceiling(id, level), expect.map(yuan), "{code} {level:?}");
    }
    let id = |code: &str| catalogue.item(code).unwrap();
    let basis = catalogue.price_basis(id("003315180050000"));
    assert_eq!(basis.as_deref(), Some("service_items_shaanxi_2021.csv 的标题 331518005 月骨摘除术"));
    assert_eq!(catalogue.price_basis(id("110900004a")), None);
    assert_eq!(catalogue.unit(id("001101000010000")), Some("次"));
    assert_eq!(catalogue.unit(id("HC00101")), None);
    assert_eq!(catalogue.local_code(id("001101000010000")), Some("110100001"));
    assert_eq!(catalogue.local_code(id("009999000000000")), None);
    let nationals = |code: &str| catalogue.national_codes_of_local(code).map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(nationals("110100001"), ["001101000010000", "001101000010001"]);
    assert!(nationals("110900004a").is_empty());
    assert!(nationals("no such").is_empty());
}

#[test]
fn i8_the_order_of_files_and_rows_changes_no_id() {
    let one = tables();
    let other = tables().reversed().with(
        "procedures.csv",
        "47.0901,阑尾切除术,1\n17.912A0,耳针,0\n",
        "17.912A0,耳针,0\n47.0901,阑尾切除术,1\n",
    );
    let (one, other) = (one.read().unwrap(), other.read().unwrap());
    assert_eq!(one.procedure("47.0901"), other.procedure("47.0901"));
    assert_eq!(one.to_image()[76..], other.to_image()[76..]);
    assert_eq!(tables().read().unwrap().hash(), tables().reversed().read().unwrap().hash());
    assert_ne!(one.hash(), other.hash());
}
