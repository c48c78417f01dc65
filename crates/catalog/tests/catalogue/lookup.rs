//! What a person asks.

use crate::small::catalogue;
use catalog::{EntryKind, Hit, Match, Validity};
use model::Day;

fn day(text: &str) -> Day {
    Day::parse(text.as_bytes()).unwrap()
}

fn ask(query: &str) -> Vec<(Match, EntryKind, String)> {
    catalogue().lookup(query, None).into_iter().map(|hit| (hit.matched, hit.kind, hit.code)).collect()
}

fn detail<'a>(hit: &'a Hit, label: &str) -> Option<&'a str> {
    hit.details.iter().find(|(found, _)| found == label).map(|(_, value)| value.as_str())
}

#[test]
fn answers_are_ranked() {
    use EntryKind::{Diagnosis, DiagnosisCategory, Division, Drug, Hospital, LocalService, NationalService, NrdlDrug};
    use Match::{CodeExact, CodePrefix, NameContains, NameExact, Similar};
    for (query, expect) in [
        (
            "i10",
            vec![
                (CodeExact, DiagnosisCategory, "I10"),
                (CodePrefix, Diagnosis, "I10.x00"),
                (CodePrefix, Diagnosis, "I10.x00x002"),
            ],
        ),
        ("BEX", vec![(CodeExact, DiagnosisCategory, "BEX")]),
        ("a01.000x002", vec![(CodeExact, Diagnosis, "A01.003")]),
        (
            "高血压",
            vec![
                (NameExact, Diagnosis, "I10.x00x002"),
                (NameExact, DiagnosisCategory, "I10"),
                (NameContains, Diagnosis, "I10.x00"),
            ],
        ),
        (
            "氨基酸注射液（18aa",
            vec![
                (NameContains, Drug, "XB05BAF001A001010100001"),
                (NameContains, Drug, "XB05BAF001A001010100002"),
                (NameContains, NrdlDrug, "XB05BA"),
            ],
        ),
        ("小儿清热口服液", vec![(NameExact, Drug, "ZA01AAA0001010100001")]),
        (
            "月骨摘除",
            vec![(NameContains, NationalService, "003315180050000"), (NameContains, LocalService, "331518005")],
        ),
        ("110900004A", vec![(CodeExact, LocalService, "110900004a")]),
        ("肿瘤医院", vec![(NameContains, Hospital, "")]),
        ("610102", vec![(CodeExact, Division, "610102")]),
        ("月骨切除术", vec![(Similar, NationalService, "003315180050000"), (Similar, LocalService, "331518005")]),
        ("HC00102", vec![(Similar, EntryKind::Material, "HC00101")]),
        ("毫不相干的名称", vec![]),
        ("  ", vec![]),
    ] {
        let expect: Vec<_> = expect.into_iter().map(|(matched, kind, code)| (matched, kind, code.to_owned())).collect();
        assert_eq!(ask(query), expect, "{query}");
    }
}

#[test]
fn a_hit_says_what_there_is_to_say() {
    let catalogue = catalogue();
    let service = &catalogue.lookup("003315180050000", None)[0];
    for (label, expect) in [
        ("本地项目代码", Some("331518005")),
        ("对照方式", Some("编码规则")),
        ("计价单位", Some("次")),
        ("三级最高价（元）", Some("1290")),
        ("价格依据", Some("service_items_shaanxi_2021.csv 的标题 331518005 月骨摘除术")),
        ("项目内涵", None),
    ] {
        assert_eq!(detail(service, label), expect, "{label}");
    }
    assert_eq!(service.source_title, "service_crosswalk.csv 的标题");
    let drug = &catalogue.lookup("XB05BAF001A001010100001", None)[0];
    for (label, expect) in [
        ("类别", Some("西药")),
        ("药品目录·甲乙类", Some("乙")),
        ("药品目录·限定支付", Some("限住院。")),
        ("药品目录·支付标准", Some("12.30元(250ml/袋)")),
    ] {
        assert_eq!(detail(drug, label), expect, "{label}");
    }
    let local = &catalogue.lookup("110100001", None)[0];
    assert_eq!(detail(local, "国家项目代码"), Some("001101000010000、001101000010001"));
    let clinical = &catalogue.lookup("A01.000X002", None)[0];
    assert_eq!(clinical.via, "国家临床版代码 A01.000x002");
    assert_eq!(catalogue.lookup("a01.003", None)[0].via, "");
}

#[test]
fn the_day_decides_what_holds() {
    let catalogue = catalogue();
    for (query, on, expect) in [
        ("复方硼砂", "2025-06-01", vec![Validity::Valid]),
        ("复方硼砂", "2026-01-01", vec![Validity::Ended(day("2026-01-01"))]),
        ("复方硼砂", "2024-12-31", vec![Validity::NotYet(day("2025-01-01"))]),
        // A vague answer that does not hold is better than none, and worse than one that does.
        ("硼砂", "2026-01-01", vec![Validity::Ended(day("2026-01-01"))]),
        ("氨基酸", "2026-01-01", vec![Validity::Valid, Validity::Valid]),
        ("硼砂", "2025-12-31", vec![Validity::Valid]),
        ("610102", "2020-12-31", vec![Validity::NotYet(day("2021-01-01"))]),
        ("肿瘤医院", "2024-01-01", vec![Validity::Ended(day("2024-01-01"))]),
        ("肿瘤", "2024-01-01", vec![Validity::Valid]),
    ] {
        let found: Vec<_> = catalogue.lookup(query, Some(day(on))).into_iter().map(|hit| hit.validity).collect();
        assert_eq!(found, expect, "{query} {on}");
    }
    let ended = &catalogue.lookup("复方硼砂", Some(day("2026-01-01")))[0];
    assert_eq!(ended.validity.note().as_deref(), Some("所查日期已失效：自 2026-01-01 起不再有效"));
    // What the drug list said of a drug is left out once it no longer holds.
    let drug = |on: &str| catalogue.lookup("XB05BAF001A001010100001", Some(day(on))).remove(0);
    assert_eq!(detail(&drug("2025-06-01"), "药品目录·限定支付"), Some("限住院。"));
    assert_eq!(detail(&drug("2026-06-01"), "药品目录·限定支付"), None);
}
