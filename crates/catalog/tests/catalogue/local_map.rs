//! An area's own codes.

use crate::small::{catalogue, lines};
use catalog::LocalMap;
use model::{Day, HospitalLevel, UnitPrice};

const HEADER: &str = "local_code,national_code,valid_from,valid_until,source\n";

fn day(text: &str) -> Day {
    Day::parse(text.as_bytes()).unwrap()
}

fn read(rows: &str) -> Result<LocalMap, String> {
    LocalMap::read("local_map.csv", format!("{HEADER}{rows}").as_bytes(), &catalogue()).map_err(|p| lines(&p))
}

#[test]
fn a_mapped_code_is_its_national_item() {
    let map = read(
        "L1,003315180050000,2025-01-01,,某市对照表\n\
         L1,001101000010000,2023-01-01,2025-01-01,某市对照表\n\
         110100001,003315180050000,2023-01-01,,某市对照表\n",
    )
    .unwrap();
    assert_eq!(map.row_count(), 3);
    let plain = catalogue();
    let hash = plain.hash();
    let catalogue = plain.with_local_map(map);
    assert_ne!(catalogue.hash(), hash, "a map is part of what results rest on");
    let code = |id: Option<u32>| id.map(|id| catalogue.item_code(id));
    assert_eq!(code(catalogue.item(" L1 ")), Some("003315180050000"));
    assert_eq!(code(catalogue.item_on("L1", day("2024-12-31"))), Some("001101000010000"));
    assert_eq!(code(catalogue.item_on("L1", day("2025-01-01"))), Some("003315180050000"));
    assert_eq!(code(catalogue.item_on("L1", day("2022-12-31"))), None);
    // The area's meaning of a code goes before the default price book's.
    assert_eq!(code(catalogue.item("110100001")), Some("003315180050000"));
    assert_eq!(code(catalogue.item_on("110100001", day("2022-01-01"))), Some("110100001"));
    let price = catalogue.price_ceiling(catalogue.item("L1").unwrap(), HospitalLevel::Secondary);
    assert_eq!(price, UnitPrice::parse(b"1030").ok());
    let hits = catalogue.lookup("L1", Some(day("2024-06-01")));
    assert_eq!(hits.len(), 1);
    assert_eq!(
        (hits[0].code.as_str(), hits[0].via.as_str()),
        ("001101000010000", "本地代码 L1（某市对照表，自 2023-01-01，2025-01-01 前有效）")
    );
}

#[test]
fn faults_are_told_all_at_once() {
    let found = read(
        "L1,003315180050001,2025-01-01,,甲\n\
         L2,001101000010000,2025-01-01,,甲\n\
         L2,001101000010001,2025-06-01,2026-01-01,甲\n\
         ,001101000010001,someday,,\n\
         001101000010000,003315180050000,2025-01-01,,甲\n\
         L3,T000100057,2025-01-01,2025-01-01,甲\n",
    )
    .unwrap_err();
    for expect in [
        "第 2 行，national_code 列，值「003315180050001」：目录中没有这个代码。最接近的是 003315180050000 月骨摘除术，请核对。",
        "第 4 行，valid_from 列，值「2025-06-01」：L2 的有效期与第 3 行重叠。请把第 3 行的 valid_until 填为不晚于 2025-06-01 的日期",
        "第 5 行，local_code 列：没有填写",
        "第 5 行，source 列：没有填写",
        "第 5 行，valid_from 列，值「someday」：不是日期",
        "第 6 行，local_code 列，值「001101000010000」：这是国家代码，不能改指其他代码",
        "第 7 行，valid_until 列，值「2025-01-01」：截止日期不晚于起始日期",
    ] {
        assert!(found.contains(expect), "wanted {expect}\nfound\n{found}");
    }
    assert_eq!(found.lines().count(), 7, "{found}");
}

#[test]
fn spans_that_touch_do_not_overlap() {
    assert!(read("L,T000100057,2024-01-01,2025-01-01,甲\nL,HC00101,2025-01-01,,甲\n").is_ok());
    assert!(read("L,T000100057,2024-01-01,2025-01-02,甲\nL,HC00101,2025-01-01,,甲\n").is_err());
}
