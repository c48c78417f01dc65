//! Whole bills against the real catalogue of this repository.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]

use benefit::{BillLine, Portion, Ratio};
use catalog::{Catalogue, PaymentClass};
use model::{Day, Fen, HospitalLevel, Quantity, Span, UnitPrice};
use pricing::{AreaItems, LineProblem, Overlaid, Pricer, SplitBill};
use std::path::Path;
use std::sync::LazyLock;

static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../catalog");
    let paths = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files: Vec<(String, Vec<u8>)> = paths
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect();
    let named: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    Catalogue::read(&named).unwrap_or_else(|problems| panic!("{} problems", problems.len()))
});

/// Class 乙 of the 2024 list; a drug whose class the catalogue leaves open.
const CLASS_B: &str = "XA02BCA084B001010100453";
const NO_CLASS: &str = "XA02BCA084A012010100453";
/// 普通门诊诊查费: 8 / 6.5 / 5 yuan in Shaanxi.
const CONSULTATION: &str = "001102000010000";

fn day(text: &str) -> Day {
    Day::parse(text.as_bytes()).unwrap()
}

fn line(item: &str, quantity: &str, price: &str, on: &str) -> BillLine {
    BillLine {
        item: item.into(),
        quantity: Quantity::parse(quantity.as_bytes()).unwrap(),
        unit_price: UnitPrice::parse(price.as_bytes()).unwrap(),
        on: day(on),
    }
}

fn tenth(_: Day) -> Option<Ratio> {
    Some(Ratio(100_000))
}

fn no_overlay(_: &str, _: Day) -> Option<Overlaid> {
    None
}

fn pricer<'a>(area: &'a str, items: &'a AreaItems) -> Pricer<'a> {
    let (class_b, overlay) = (&tenth, &no_overlay);
    Pricer { catalogue: &CATALOGUE, items, area, level: HospitalLevel::Secondary, class_b, overlay }
}

fn price(area: &str, items: &AreaItems, lines: &[BillLine]) -> Result<SplitBill, Vec<LineProblem>> {
    pricer(area, items).price(lines)
}

#[test]
fn a_line_is_judged_by_the_catalogue_of_its_day_and_the_price_book_of_its_area() {
    let none = AreaItems::default();
    let lines = [line(CLASS_B, "2", "10", "2025-06-01"), line(CONSULTATION, "1", "8", "2025-06-01")];
    let bill = price("610100", &none, &lines).unwrap();
    let [drug, visit] = bill.lines.as_slice() else { panic!("two lines") };
    assert_eq!((drug.class, drug.portion), (PaymentClass::B, Portion::Drug));
    assert_eq!((drug.parts.upfront, drug.parts.in_scope), (Fen(200), Fen(1_800)));
    assert!(drug.basis.contains("药品目录（2024 年）") && drug.basis.contains("upfront.class_b 10%"), "{}", drug.basis);
    assert_eq!((visit.class, visit.portion), (PaymentClass::A, Portion::Consultation));
    assert_eq!((visit.ceiling, visit.parts.over_limit), (Some(UnitPrice(65_000)), Fen(150)));
    assert_eq!(bill.parts().total(), Fen(2_800));
    // Shaanxi's prices bind nobody in Beijing; that they were not checked is said.
    let bill = price("110000", &none, &lines).unwrap();
    assert_eq!(bill.lines[1].parts.over_limit, Fen::ZERO);
    assert!(bill.remarks.iter().any(|remark| remark.contains("未核对最高限价")), "{:?}", bill.remarks);
}

#[test]
fn what_no_table_knows_is_refused_with_line_and_remedy() {
    let lines = [
        line(CLASS_B, "1", "1", "2025-06-01"),
        line("001102000010009x", "1", "1", "2025-06-01"),
        line(NO_CLASS, "1", "1", "2025-06-01"),
        line(CLASS_B, "1", "1", "2024-05-06"),
        line(CONSULTATION, "-1", "8", "2025-06-01"),
    ];
    let problems = price("610100", &AreaItems::default(), &lines).unwrap_err();
    let text: Vec<String> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems.iter().map(|problem| problem.number).collect::<Vec<_>>(), [2, 3, 4, 5], "{text:#?}");
    for (at, words) in [
        (0, ["目录中没有这个编码", "items.csv"]),
        (1, ["没有给出这个项目的甲乙丙类", "class"]),
        (2, ["2024-05-06 没有可用的目录", "2025-01-01"]),
        (3, ["数量不大于 0", "冲减"]),
    ] {
        for word in words {
            assert!(text[at].contains(word), "“{word}” not in {}", text[at]);
        }
    }
}

#[test]
fn without_a_general_share_class_b_needs_its_own() {
    let items = AreaItems::default();
    let pricer = Pricer { class_b: &|_| None, ..pricer("990100", &items) };
    let problems = pricer.price(&[line(CLASS_B, "1", "1", "2025-06-01")]).unwrap_err();
    assert!(problems[0].to_string().contains("upfront.class_b"), "{}", problems[0]);
}

#[test]
fn for_whom_an_item_is_paid_comes_from_the_area_s_table_or_the_drug_list_of_the_day() {
    let table = format!(
        "item,class,upfront_ratio,ceiling,portion,from,until,document,article,restriction\n\
         {CLASS_B},乙,0.10,,,2026-01-01,,d,一,限消化性溃疡出血\n"
    );
    let items = AreaItems::read("policy/990100/items.csv", table.as_bytes(), &["d"]).unwrap();
    let restriction = |item: &str, on: &str| {
        let bill = price("990100", &items, &[line(item, "1", "10", on)]).unwrap();
        (bill.lines[0].restriction.clone(), bill.remarks.len())
    };
    assert_eq!(restriction(CLASS_B, "2026-03-01"), ("限消化性溃疡出血".to_owned(), 1));
    let (listed, _) = restriction(CLASS_B, "2025-03-01");
    assert!(listed.contains("预防重症患者应激性溃疡出血"), "{listed}");
    let book = price("610100", &items, &[line(CONSULTATION, "1", "5", "2026-03-01")]).unwrap();
    assert_eq!(book.lines[0].restriction, "", "everybody's consultation is paid");
}

#[test]
fn the_area_s_table_and_overlays_go_before_the_catalogue() {
    let table = format!(
        "item,class,upfront_ratio,ceiling,portion,from,until,document,article\n\
         {CLASS_B},,0.30,9.50,,2025-01-01,,d,一\n\
         {NO_CLASS},丙,,,,2020-01-01,,d,二\n\
         LOCAL-1,乙,,none,consumable,2020-01-01,,d,三\n"
    );
    let items = AreaItems::read("policy/990100/items.csv", table.as_bytes(), &["d"]).unwrap();
    let lines = [
        line(CLASS_B, "1", "10", "2025-06-01"),
        line(NO_CLASS, "1", "10", "2024-06-01"),
        line("LOCAL-1", "1", "100", "2024-06-01"),
    ];
    let bill = price("990100", &items, &lines).unwrap();
    let [own_ratio, self_funded, local] = bill.lines.as_slice() else { panic!("three lines") };
    assert_eq!(own_ratio.parts.over_limit, Fen(50));
    assert_eq!(own_ratio.parts.upfront, Fen(285));
    assert_eq!(self_funded.parts.self_funded, Fen(1_000));
    assert_eq!((local.portion, local.parts.upfront), (Portion::Consumable, Fen(1_000)));
    assert!(local.basis.contains("items.csv 第 4 行（d 三）"), "{}", local.basis);
    // A temporary policy pays the item as 甲, within its days only.
    let valid = Span { from: day("2025-05-01"), until: Some(day("2025-06-02")) };
    let epidemic = |item: &str, on: Day| {
        let title = "疫情临时政策".to_owned();
        (item == CLASS_B && valid.contains(on)).then_some(Overlaid { class: PaymentClass::A, title })
    };
    let pricer = Pricer { overlay: &epidemic, ..pricer("990100", &items) };
    let bill = pricer.price(&lines[..1]).unwrap();
    assert_eq!((bill.lines[0].class, bill.lines[0].parts.upfront), (PaymentClass::A, Fen::ZERO));
    assert!(bill.lines[0].basis.starts_with("疫情临时政策：按甲类"));
    let later = pricer.price(&[line(CLASS_B, "1", "10", "2025-06-02")]).unwrap();
    assert_eq!(later.lines[0].class, PaymentClass::B);
}

#[test]
fn i8_the_order_of_lines_changes_no_line() {
    let mut lines = vec![
        line(CLASS_B, "3", "4.52", "2025-06-01"),
        line(CONSULTATION, "1", "12", "2025-06-02"),
        line(CLASS_B, "1", "0.05", "2025-06-03"),
    ];
    let forward = price("610100", &AreaItems::default(), &lines).unwrap();
    lines.reverse();
    let mut backward = price("610100", &AreaItems::default(), &lines).unwrap();
    backward.lines.reverse();
    assert_eq!(forward.parts(), backward.parts());
    for (one, other) in forward.lines.iter().zip(&backward.lines) {
        assert_eq!((&one.item, one.parts), (&other.item, other.parts));
    }
}
