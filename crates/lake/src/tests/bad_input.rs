//! Every kind of bad input, with what is said about it.

use std::path::Path;

use super::city::{City, Typing, folder, take};
use crate::LakeError;
use arrow::datatypes::{DataType, TimeUnit};

/// Spoils a city, reads it and looks for a reject of `table` that has all of `parts`.
fn rejected(spoil: impl Fn(&mut City), table: &str, parts: &[&str]) {
    let mut city = City::new(10);
    spoil(&mut city);
    let folder = folder();
    city.write_csv(folder.path());
    let taken = take(folder.path()).unwrap();
    let rejects = taken.rejects(table);
    assert!(rejects.lines().any(|line| parts.iter().all(|part| line.contains(part))), "{parts:?} in\n{rejects}");
    let (read, accepted, corrected, rejected) = taken.counts(table);
    assert!(rejected > 0 && accepted + corrected + rejected == read);
    assert!(!taken.persons.is_empty(), "the rest is still read");
}

#[test]
fn bad_rows_are_rejected_with_a_reason() {
    rejected(
        |city| city.set("charge_lines", 1, "cnt", "两片"),
        "charge_lines",
        &["charge_lines.csv,3,cnt,两片", "应为最多四位小数的数量"],
    );
    rejected(
        |city| city.set("charge_lines", 1, "cnt", ""),
        "charge_lines",
        &["charge_lines.csv,3,cnt,,", "必填列 cnt 为空"],
    );
    rejected(|city| city.set("charge_lines", 1, "det_item_fee_sumamt", "1,5"), "charge_lines", &["\"1,5\"", "金额"]);
    rejected(
        |city| city.set("charge_lines", 1, "fee_ocur_time", "2025-02-30"),
        "charge_lines",
        &["2025-02-30", "日历"],
    );
    rejected(|city| city.set("charge_lines", 1, "mdtrt_id", "V?"), "charge_lines", &["mdtrt_id,V?", "visits 中没有"]);
    rejected(|city| city.set("charge_lines", 1, "psn_no", "P?"), "charge_lines", &["mdtrt_id", "visits 中没有"]);
    rejected(|city| city.set("visits", 1, "psn_no", "P?"), "visits", &["psn_no,P?", "persons 中没有"]);
    rejected(
        |city| city.set("visits", 1, "fixmedins_code", "H?"),
        "visits",
        &["fixmedins_code,H?", "institutions 中没有"],
    );
    rejected(|city| city.set("persons", 1, "brdy", "不详"), "persons", &["brdy,不详"]);
    rejected(|city| city.set("diagnoses", 1, "mdtrt_id", "V?"), "diagnoses", &["mdtrt_id,V?", "visits 中没有"]);
    for table in ["persons", "institutions", "visits", "diagnoses", "charge_lines"] {
        let duplicate = |city: &mut City| {
            let row = city.rows(table)[0].clone();
            city.rows(table).push(row);
        };
        rejected(duplicate, table, &["主键重复"]);
    }
    let short = |city: &mut City| {
        city.rows("charge_lines").pop();
    };
    let mut city = City::new(10);
    short(&mut city);
    let folder = folder();
    city.write_csv(folder.path());
    let mut text = city.csv_text("charge_lines");
    text.extend(b"1,2,3\n");
    std::fs::write(folder.path().join("charge_lines.csv"), text).unwrap();
    assert!(take(folder.path()).unwrap().rejects("charge_lines").contains("这一行有 3 列，表头有 13 列"));
    let text = String::from_utf8(city.csv_text("charge_lines")).unwrap().replace('\n', ",\n").replacen(",\n", "\n", 1);
    std::fs::write(folder.path().join("charge_lines.csv"), text).unwrap();
    assert_eq!(take(folder.path()).unwrap().counts("charge_lines").3, 0, "separators at the end are harmless");
}

#[test]
fn small_slips_are_mended_and_counted() {
    let clean = City::new(10);
    let mut city = clean.clone();
    let at = city.get("visits", 0, "begntime").to_owned();
    city.set("visits", 0, "begntime", &at.replace('-', "/"));
    let at = city.get("visits", 1, "begntime").to_owned();
    city.set("visits", 1, "begntime", &at.replace(['-', ' ', ':'], ""));
    let psn = city.get("visits", 2, "psn_no").to_owned();
    city.set("visits", 2, "psn_no", &format!(" {psn}　"));
    city.set("visits", 3, "medfee_sumamt", "３２１．５０");
    city.set("visits", 4, "endtime", "NULL");
    let (clean_folder, spoiled) = (folder(), folder());
    let mut expect = clean.clone();
    expect.set("visits", 4, "endtime", "");
    expect.write_csv(clean_folder.path());
    city.write_csv(spoiled.path());
    let (expect, found) = (take(clean_folder.path()).unwrap(), take(spoiled.path()).unwrap());
    assert_eq!(found.persons, expect.persons);
    let visits = found.report.tables.iter().find(|table| table.table == "visits").unwrap();
    assert_eq!(visits.corrected, 5);
    for (label, count) in [("日期写法统一", 2), ("去除首尾空白", 1), ("全角字符转半角", 1), ("空值写法", 1)]
    {
        assert!(
            visits.corrections.iter().any(|(l, n)| l.starts_with(label) && *n == count),
            "{:?}",
            visits.corrections
        );
    }
    let mut city = clean;
    city.set("visits", 0, "medfee_sumamt", "很多");
    city.write_csv(spoiled.path());
    assert!(
        take(spoiled.path())
            .unwrap()
            .report
            .tables
            .iter()
            .any(|t| t.corrections.iter().any(|(l, _)| l.contains("可选列")))
    );
}

#[test]
fn odd_rows_are_accepted_and_marked() {
    let mut city = City::new(10);
    city.set("charge_lines", 0, "med_list_codg", "Q1");
    city.set("charge_lines", 1, "det_item_fee_sumamt", "9999");
    let folder = folder();
    city.write_csv(folder.path());
    let report = take(folder.path()).unwrap().report;
    let lines = report.tables.iter().find(|table| table.table == "charge_lines").unwrap();
    assert_eq!(lines.rejected, 0);
    for label in ["编码不在目录中", "金额与单价×数量不符"] {
        assert!(lines.marks.contains(&(label.to_owned(), 1)), "{:?}", lines.marks);
    }
}

/// What is said when a folder is refused.
fn refused(write: impl Fn(&Path), parts: &[&str]) {
    let folder = folder();
    write(folder.path());
    let Err(error @ LakeError::Folder { .. }) = take(folder.path()) else { panic!("not refused") };
    let text = error.to_string();
    assert!(parts.iter().all(|part| text.contains(part)), "{parts:?} in {text}");
}

#[test]
fn folders_without_the_main_tables_are_refused_with_all_problems() {
    refused(|_| (), &["visits：目录里没有", "charge_lines：目录里没有", "persons"]);
    let city = City::new(5);
    refused(
        |folder| {
            city.write_csv(folder);
            let text = String::from_utf8(city.csv_text("charge_lines")).unwrap().replace("pric", "price");
            std::fs::write(folder.join("charge_lines.csv"), text).unwrap();
        },
        &["charge_lines.csv：缺少必填列 pric", "price"],
    );
    refused(
        |folder| {
            city.write_csv(folder);
            std::fs::rename(folder.join("visits.csv"), folder.join("visit.csv")).unwrap();
        },
        &["是否应为 visits", "visits：目录里没有"],
    );
    refused(
        |folder| {
            city.write_csv(folder);
            let header = city.csv_text("visits").split(|b| *b == b'\n').next().unwrap().to_vec();
            let gbk = [header.as_slice(), b"\nV1,P1,\xd0\xe9\xb9\xb9,11,2025-06-01,,,,\n"].concat();
            std::fs::write(folder.join("visits.csv"), gbk).unwrap();
        },
        &["visits.csv：文件不是 UTF-8 编码（可能是 GBK）"],
    );
    refused(
        |folder| {
            city.write_csv(folder);
            let text = String::from_utf8(city.csv_text("visits")).unwrap().replace(',', ";");
            std::fs::write(folder.join("visits.csv"), text).unwrap();
        },
        &["visits.csv：各列不是以逗号分隔"],
    );
    refused(
        |folder| {
            city.write_csv(folder);
            std::fs::write(folder.join("visits.csv"), "").unwrap();
        },
        &["visits.csv：文件是空的"],
    );
    refused(
        |folder| {
            let typing = Typing { text: DataType::Utf8, money: None, unit: TimeUnit::Second };
            city.write_parquet(folder, typing, 1);
            let path = folder.join("charge_lines.parquet");
            let bytes = std::fs::read(&path).unwrap();
            std::fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
        },
        &["charge_lines.parquet：不是完整的 Parquet 文件", "重新导出"],
    );
}

#[test]
fn a_broken_side_table_or_part_is_named_and_the_rest_is_read() {
    let city = City::new(30);
    let typing = || Typing { text: DataType::Utf8, money: None, unit: TimeUnit::Second };
    let cut = |path: std::path::PathBuf| {
        let bytes = std::fs::read(&path).unwrap();
        std::fs::write(path, &bytes[..bytes.len() / 2]).unwrap();
    };
    let folder1 = folder();
    city.write_parquet(folder1.path(), typing(), 1);
    cut(folder1.path().join("persons.parquet"));
    std::fs::remove_file(folder1.path().join("procedures.parquet")).unwrap();
    let taken = take(folder1.path()).unwrap();
    assert_eq!(taken.persons.len(), 30);
    assert!(taken.report.incomplete && taken.report.notes.iter().any(|note| note.file == "persons.parquet"));
    assert!(
        taken.report.tables.iter().any(|t| t.table == "persons" && t.notes.iter().any(|n| n.contains("不是完整的")))
    );
    assert!(!taken.all().contains("Male"));
    let folder2 = folder();
    city.write_parquet(folder2.path(), typing(), 3);
    cut(folder2.path().join("charge_lines/part-1.parquet"));
    let taken = take(folder2.path()).unwrap();
    assert!(taken.report.notes.iter().any(|note| note.file == "charge_lines/part-1.parquet"));
    let (read, ..) = taken.counts("charge_lines");
    assert!(read > 0 && read < city.clone().rows("charge_lines").len() as u64);
}

#[test]
fn a_packed_file_that_breaks_off_is_named() {
    let city = City::new(300);
    let cut = |folder: &Path, name: &str| {
        let bytes = std::fs::read(folder.join(name)).unwrap();
        std::fs::write(folder.join(name), &bytes[..bytes.len() - 200]).unwrap();
    };
    let packed = folder();
    city.write_packed(packed.path());
    cut(packed.path(), "diagnoses.csv.zst");
    let taken = take(packed.path()).unwrap();
    assert!(taken.persons.len() == 300 && taken.report.incomplete);
    assert!(taken.report.notes.iter().any(|note| note.file == "diagnoses.csv.zst"), "{:?}", taken.report.notes);
    cut(packed.path(), "charge_lines.csv.zst");
    let error = take(packed.path()).unwrap_err().to_string();
    assert!(error.contains("charge_lines.csv.zst") && error.contains("重新导出"), "{error}");
}

#[test]
fn columns_are_known_missing_or_empty() {
    let mut city = City::new(10);
    for row in 0..city.rows("visits").len() {
        city.set("visits", row, "atddr_no", "");
    }
    let (texts, columns) = (folder(), folder());
    city.write_csv(texts.path());
    city.write_parquet(columns.path(), Typing { text: DataType::Utf8, money: None, unit: TimeUnit::Second }, 1);
    let has = |folder: &Path, table: &str, column: &str| {
        let temp = tempfile::tempdir().unwrap();
        let opened = crate::open(folder).unwrap();
        let early = opened.has_column(table, column);
        let late = opened.prepare(super::city::options(temp.path()), &crate::Silent).unwrap().has_column(table, column);
        (early, late)
    };
    assert_eq!(has(texts.path(), "visits", "atddr_no"), (true, false));
    assert_eq!(has(columns.path(), "visits", "atddr_no"), (false, false));
    assert_eq!(has(columns.path(), "visits", "begntime"), (true, true));
    assert_eq!(has(texts.path(), "charge_lines", "rxno"), (false, false));
}
