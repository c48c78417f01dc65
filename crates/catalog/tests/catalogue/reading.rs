//! Faults of input tables: each is told with file, line, column, value and remedy; all at once.

use crate::small::{Tables, lines, tables};

#[track_caller]
fn check(tables: Tables, expect: &[&str]) {
    let problems = tables.read().expect_err("a fault should be found");
    let found = lines(&problems);
    assert_eq!(problems.len(), expect.len(), "{found}");
    for wanted in expect {
        assert!(found.contains(wanted), "wanted {wanted}\nfound\n{found}");
    }
}

#[test]
fn each_fault_names_its_place_and_remedy() {
    for (file, from, to, expect) in [
        (
            "drug_codes.csv",
            "100001,复方",
            "100002,复方",
            "drug_codes.csv 第 3 行，code 列，值「XB05BAF001A001010100002」：与第 2 行重复。",
        ),
        (
            "drug_codes.csv",
            ",patent",
            ",pattent",
            "第 4 行，medicine_kind 列，值「pattent」：不在允许的取值中。是否应为 patent（",
        ),
        (
            "drug_codes.csv",
            "generic_name",
            "generic_nam",
            "第 1 行，generic_name 列：缺少这一列。表头有「generic_nam」",
        ),
        ("drug_codes.csv", ",,,patent", ",,patent", "第 4 行：有 5 格，表头有 6 列。"),
        ("tcm_pieces.csv", "code,name", "code,name,code", "第 1 行，code 列：列名重复。"),
        ("tcm_pieces.csv", ",薄荷", ", ", "第 2 行，name 列：没有名称。"),
        ("special_materials.csv", "HC00101,", ",", "第 2 行，code 列：没有代码。"),
        ("service_items_shaanxi_2021.csv", "1290", "1290元", "第 2 行，price_tier3 列，值「1290元」：不是价格。"),
        ("service_items_shaanxi_2021.csv", "1290", "-1", "第 2 行，price_tier3 列，值「-1」：不是价格。"),
        (
            "service_crosswalk.csv",
            ",331518005,",
            ",331518050,",
            "第 4 行，local_code 列，值「331518050」：service_items_shaanxi_2021.csv 中没有这个代码。最接近的是 331518005",
        ),
        (
            "service_crosswalk.csv",
            "009999000000000,,,unmatched",
            "009999000000000,,,base",
            "第 5 行，method 列，值「base」：local_code 与 method 不符",
        ),
        (
            "diagnosis_clinical_map.csv",
            "A01.000x002,A01.003",
            "A01.000x002,A01.004",
            "第 2 行，code 列，值「A01.004」：diagnoses.csv 中没有这个代码。最接近的是 A01.003",
        ),
        (
            "diagnosis_clinical_map.csv",
            "I10.x00x002,",
            "A01.000x002,",
            "第 4 行，clinical_code 列，值「A01.000x002」：与第 2 行重复",
        ),
        (
            "drugs_nrdl.csv",
            "甲,1,1,复方硼砂,外用液体剂,,,2025-01-01",
            "甲,1,1,复方硼砂,外用液体剂,,,2025-02-30",
            "第 3 行，valid_from 列，值「2025-02-30」：不是日期。",
        ),
        ("divisions.csv", "county,610100", "county,610200", "第 4 行，parent 列，值「610200」：表中没有这个上级代码"),
        ("divisions.csv", "prefecture,610000", "prefecture,", "第 3 行，parent 列：省级没有上级"),
        (
            "SOURCES.toml",
            "file = \"tcm_pieces.csv\"",
            "file = \"tcm_piece.csv\"",
            "SOURCES.toml 第 19 行，file 列，值「tcm_piece.csv」：没有这个表。是否应为 tcm_pieces.csv",
        ),
        ("SOURCES.toml", "2021-01-01", "2021-13-01", "SOURCES.toml 第 1 行，valid_from 列，值「2021-13-01」：不是日期"),
        (
            "SOURCES.toml",
            "valid_until = \"2024-01-01\"",
            "valid_until = \"2021-01-01\"",
            "valid_until 列，值「2021-01-01」：截止日期不晚于起始日期",
        ),
        ("SOURCES.toml", "source = \"虚构\"", "sorce = \"虚构\"", "SOURCES.toml 第 4 行：不能解析"),
    ] {
        let problems = tables().with(file, from, to).read().expect_err(expect);
        assert!(lines(&problems).contains(expect), "wanted {expect}\nfound\n{}", lines(&problems));
    }
}

#[test]
fn all_faults_are_told_at_once() {
    let broken = tables()
        .with("tcm_pieces.csv", ",薄荷", ",")
        .with("special_materials.csv", "HC00101,", ",")
        .with("service_items_shaanxi_2021.csv", "1290", "x")
        .with("service_items_shaanxi_2021.csv", "1.5", "y")
        .with("procedures.csv", "耳针,0", "耳针,2");
    check(
        broken,
        &[
            "没有名称",
            "没有代码",
            "值「x」：不是价格",
            "值「y」：不是价格",
            "procedures.csv 第 3 行，grouping_valid 列，值「2」",
        ],
    );
}

#[test]
fn a_missing_file_is_named_with_the_file_that_may_be_meant() {
    check(
        tables().renamed("diagnoses.csv", "diagnosis.csv").renamed("tcm_pieces.csv", "other.txt"),
        &[
            "diagnoses.csv：没有这个文件。有文件 diagnosis.csv，是否应改名为 diagnoses.csv。",
            "tcm_pieces.csv：没有这个文件。请把它放进目录文件夹。",
        ],
    );
}

#[test]
fn the_stated_number_of_rows_must_be_there() {
    let stated = |rows: &str| {
        tables().with("SOURCES.toml", "file = \"tcm_pieces.csv\"", &format!("file = \"tcm_pieces.csv\"\nrows = {rows}"))
    };
    assert!(stated("1").read().is_ok());
    check(stated("2"), &["tcm_pieces.csv：SOURCES.toml 写明 2 行，实有可读的 1 行。"]);
}

#[test]
fn bytes_that_are_not_utf8_are_refused_with_their_line() {
    let tables = tables();
    let mut files = tables.files();
    let broken = b"code,name\nT000100057,\xB1\xA1\xBA\xC9\n";
    files.iter_mut().find(|(name, _)| *name == "tcm_pieces.csv").unwrap().1 = broken;
    let problems = catalog::Catalogue::read(&files).unwrap_err();
    assert_eq!(lines(&problems), "tcm_pieces.csv 第 2 行：不是 UTF-8 文本。请用 UTF-8 编码另存。\n");
    files.iter_mut().find(|(name, _)| *name == "tcm_pieces.csv").unwrap().1 =
        b"\xEF\xBB\xBFcode,name\r\nT000100057,\xE8\x96\x84\xE8\x8D\xB7\r\n";
    let read = catalog::Catalogue::read(&files).unwrap();
    assert!(read.piece_named("薄荷").is_some());
}

#[test]
fn an_empty_folder_is_a_list_of_missing_files() {
    let problems = catalog::Catalogue::read(&[]).unwrap_err();
    assert_eq!(problems.len(), 14, "{}", lines(&problems));
}
