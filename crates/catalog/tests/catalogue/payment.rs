//! How an item is paid on a day.

use crate::small::{catalogue, tables};
use catalog::{PaymentClass, Unclassed};
use model::Day;

fn day(text: &str) -> Day {
    Day::parse(text.as_bytes()).unwrap()
}

#[test]
fn a_class_is_that_of_the_edition_of_the_day() {
    let catalogue = catalogue();
    let class = |code: &str, on: &str| catalogue.payment_class(catalogue.item(code).unwrap(), day(on));
    let tables = tables().with(
        "SOURCES.toml",
        "title = \"drugs_nrdl.csv 的标题\"\nsource = \"虚构\"\nvalid_from = \"2021-01-01\"",
        "title = \"2024 版\"\nsource = \"虚构\"\nvalid_from = \"2025-01-01\"\nvalid_until = \"2026-01-01\"",
    );
    let dated = tables.read().unwrap();
    let drug = dated.item("XB05BAF001A001010100002").unwrap();
    let found = dated.payment_class(drug, day("2025-12-31")).unwrap();
    assert_eq!(found.class, PaymentClass::B);
    assert_eq!((found.basis.as_str(), found.restriction.as_str()), ("2024 版 乙类 第 7 号", "限住院。"));
    for outside in ["2024-12-31", "2026-01-01"] {
        let Err(Unclassed::OtherDays { title, valid }) = dated.payment_class(drug, day(outside)) else {
            panic!("{outside} has no edition");
        };
        assert_eq!((title.as_str(), valid.from), ("2024 版", day("2025-01-01")));
    }
    assert_eq!(class("ZA01AAA0001010100001", "2025-06-01"), Err(Unclassed::NoClass), "no class is no class");
    assert_eq!(class("T000100057", "2025-06-01"), Err(Unclassed::NoClass), "pieces have no table of classes");
    assert_eq!(class("003315180050000", "2025-06-01").unwrap().class, PaymentClass::A);
}

#[test]
fn a_price_book_speaks_for_its_areas_only() {
    let book = "file = \"service_items_shaanxi_2021.csv\"\n";
    let shaanxi = tables().with("SOURCES.toml", book, &format!("{book}areas = [\"61\"]\n")).read().unwrap();
    assert!(shaanxi.price_book_holds("610100", day("2025-06-01")));
    assert!(!shaanxi.price_book_holds("110000", day("2025-06-01")));
    assert!(!shaanxi.price_book_holds("610100", day("2020-12-31")));
    assert!(catalogue().price_book_holds("110000", day("2025-06-01")), "a table without areas is national");
    let wrong = tables().with("SOURCES.toml", book, &format!("{book}areas = [\"陕西\"]\n")).read();
    let problems = wrong.err().unwrap();
    assert!(problems[0].to_string().contains("不是区划代码前缀"), "{}", problems[0]);
}

#[test]
fn services_have_the_number_of_their_price_book() {
    let catalogue = catalogue();
    for (code, number) in
        [("003315180050000", Some("331518005")), ("110900004a", Some("110900004")), ("T000100057", None)]
    {
        assert_eq!(catalogue.service_number(catalogue.item(code).unwrap()), number, "{code}");
    }
}
