//! The lake: what was added is what is read, all of it or nothing.

use std::path::Path;
use std::sync::Mutex;

use model::PersonCase;

use super::city::{Book, City, dump, folder, options, take};
use crate::{AddOptions, Added, Lake, LakeError, Month, Persons, Restatement, Silent, Touched};

fn how(restatement: Restatement) -> AddOptions {
    AddOptions { threads: 2, month: None, restatement, buckets: Some(4), written_by: "test 1".into() }
}

fn add(lake: &Path, city: &City, how: &AddOptions) -> Result<Added, LakeError> {
    let claims = folder();
    city.write_csv(claims.path());
    Lake::add(lake, claims.path(), how, &Silent)
}

fn read(lake: &Path, persons: Persons) -> Result<Vec<String>, LakeError> {
    let temp = folder();
    let prepared = Lake::open(lake)?.prepare(options(temp.path()), persons)?;
    let shown = Mutex::new(Vec::new());
    for slice in 0..prepared.slices() {
        let mut last = String::new();
        prepared.read_slice(slice, &Book, &mut |case: &mut PersonCase| {
            let psn_no = case.text(case.person.psn_no).to_owned();
            assert!(last < psn_no, "persons of a bucket come in order");
            last = psn_no;
            shown.lock().unwrap().push(dump(case));
        })?;
    }
    let mut shown = shown.into_inner().unwrap();
    shown.sort();
    Ok(shown)
}

/// The visits of some days of June, with all that hangs on them.
fn days(city: &City, days: std::ops::Range<u32>) -> City {
    let mut part = city.clone();
    let day = |row: &[String]| row[4][8..10].parse::<u32>().unwrap();
    part.rows("visits").retain(|row| days.contains(&day(row)));
    let ids: Vec<String> = part.rows("visits").iter().map(|row| row[0].clone()).collect();
    for (table, column) in [("diagnoses", 0), ("procedures", 0), ("charge_lines", 1)] {
        part.rows(table).retain(|row| ids.contains(&row[column]));
    }
    part
}

fn months(city: &mut City) {
    for row in 0..city.rows("visits").len() {
        if row % 3 == 0 {
            for column in ["begntime", "endtime"] {
                let at = city.get("visits", row, column).replace("2025-06", "2025-07");
                city.set("visits", row, column, &at);
            }
        }
    }
}

#[test]
fn i8_the_lake_shows_the_persons_of_the_folder() {
    let mut city = City::new(150);
    months(&mut city);
    // Duplicates and orphans are refused at the door, as an audit would.
    let again = city.rows("charge_lines")[..40].to_vec();
    city.rows("charge_lines").extend(again);
    city.set("charge_lines", 3, "cnt", "99");
    city.add("charge_lines", &["01", "V-nowhere", "X1", "2025-06-03 09:30:00", "1", "1.5", "1.50", "P00001"]);
    city.rows("charge_lines").last_mut().unwrap().resize(13, String::new());
    let claims = folder();
    city.write_csv(claims.path());
    let expect = take(claims.path()).unwrap();
    let lake = folder();
    let added = Lake::add(lake.path(), claims.path(), &how(Restatement::None), &Silent).unwrap();
    assert_eq!(read(lake.path(), Persons::All).unwrap(), expect.persons);
    assert_eq!(added.lake.months().len(), 2);
    for table in &added.intake.tables {
        let counts = (table.read, table.accepted, table.corrected, table.rejected);
        assert_eq!(table.accepted + table.corrected + table.rejected, table.read, "{}", table.table);
        if table.table == "charge_lines" {
            let (read, _, _, rejected) = expect.counts("charge_lines");
            assert_eq!((counts.0, counts.3), (read, rejected));
            assert!(rejected >= 41);
        }
    }
    assert_eq!(Lake::open(lake.path()).unwrap().verify().unwrap(), added.lake.files().len());
}

#[test]
fn i8_day_by_day_is_the_same_lake_as_at_once() {
    let city = City::new(90);
    let (at_once, by_day) = (folder(), folder());
    add(at_once.path(), &city, &how(Restatement::None)).unwrap();
    for part in [1..10, 10..11, 11..28] {
        add(by_day.path(), &days(&city, part), &how(Restatement::None)).unwrap();
    }
    let (one, three) = (Lake::open(at_once.path()).unwrap(), Lake::open(by_day.path()).unwrap());
    assert_eq!(one.content_hash(), three.content_hash());
    assert_eq!(three.generation(), 3);
    let Touched::Persons(touched) = three.touched_since(1).unwrap() else { panic!("registers did not change") };
    let only = Persons::Only(touched.iter().cloned().collect());
    let some = read(by_day.path(), only).unwrap();
    let all = read(by_day.path(), Persons::All).unwrap();
    assert!(some.len() == touched.len() && some.len() < all.len() && some.iter().all(|person| all.contains(person)));
    assert_eq!(three.touched_since(3).unwrap(), Touched::Persons(Default::default()));
}

#[test]
fn a_changed_register_touches_everybody() {
    let mut city = City::new(30);
    let lake = folder();
    add(lake.path(), &days(&city, 1..10), &how(Restatement::None)).unwrap();
    city.set("institutions", 0, "hosp_lv", "5");
    add(lake.path(), &days(&city, 10..28), &how(Restatement::None)).unwrap();
    assert_eq!(Lake::open(lake.path()).unwrap().touched_since(1).unwrap(), Touched::Everybody);
}

#[test]
fn a_new_institution_touches_nobody_and_a_new_doctor_everybody() {
    let mut city = City::new(30);
    city.0.push(("staff", vec!["prac_psn_code", "prac_psn_name", "fixmedins_code"], Vec::new()));
    city.add("staff", &["D01", "虚构医师", "H1"]);
    let lake = folder();
    add(lake.path(), &days(&city, 1..10), &how(Restatement::None)).unwrap();
    city.add("institutions", &["H9", "虚构新医院", "1", "9", "20"]);
    add(lake.path(), &days(&city, 10..15), &how(Restatement::None)).unwrap();
    let Touched::Persons(_) = Lake::open(lake.path()).unwrap().touched_since(1).unwrap() else { panic!() };
    city.add("staff", &["D02", "虚构医师乙", "H1"]);
    add(lake.path(), &days(&city, 15..28), &how(Restatement::None)).unwrap();
    let lake = Lake::open(lake.path()).unwrap();
    assert!(matches!(lake.touched_since(1).unwrap(), Touched::Everybody));
    assert!(matches!(lake.touched_since(2).unwrap(), Touched::Everybody));
}

#[test]
fn a_month_is_restated_whole_and_fewer_rows_need_a_word() {
    let city = City::new(60);
    let lake = folder();
    add(lake.path(), &city, &how(Restatement::None)).unwrap();
    let before = read(lake.path(), Persons::All).unwrap();
    let twice = add(lake.path(), &city, &how(Restatement::None)).unwrap_err().to_string();
    assert!(twice.contains("已在第 1 次加入") && twice.contains("--restate"), "{twice}");
    let fewer = days(&city, 1..15);
    let refused = add(lake.path(), &fewer, &how(Restatement::Replace)).unwrap_err().to_string();
    assert!(refused.contains("2025-06") && refused.contains("--allow-fewer"), "{refused}");
    assert_eq!(read(lake.path(), Persons::All).unwrap(), before, "nothing was changed");
    let added = add(lake.path(), &fewer, &how(Restatement::ReplaceWithFewer)).unwrap();
    let (was, is) = added.months[&Month::parse("2025-06").unwrap()];
    assert!(is < was);
    let claims = folder();
    fewer.write_csv(claims.path());
    assert_eq!(read(lake.path(), Persons::All).unwrap(), take(claims.path()).unwrap().persons);
    let Touched::Persons(touched) = added.lake.touched_since(1).unwrap() else { panic!() };
    assert!(touched.len() >= before.len(), "who lost visits is touched too");
}

#[test]
fn a_row_that_the_lake_holds_is_refused_and_said_so() {
    let city = City::new(40);
    let lake = folder();
    add(lake.path(), &city, &how(Restatement::None)).unwrap();
    let mut more = days(&city, 1..5);
    more.set("visits", 0, "medfee_sumamt", "1.00");
    let added = add(lake.path(), &more, &how(Restatement::None)).unwrap();
    let visits = added.intake.tables.iter().find(|table| table.table == "visits").unwrap();
    assert_eq!((visits.accepted, visits.rejected), (0, visits.read));
    assert!(visits.rejections[0].0.contains("数据湖中已有同一主键的行"), "{:?}", visits.rejections);
    let claims = folder();
    city.write_csv(claims.path());
    assert_eq!(read(lake.path(), Persons::All).unwrap(), take(claims.path()).unwrap().persons);
}

#[test]
fn a_killed_add_leaves_the_lake_and_is_swept() {
    let city = City::new(40);
    let lake = folder();
    add(lake.path(), &days(&city, 1..10), &how(Restatement::None)).unwrap();
    let before = read(lake.path(), Persons::All).unwrap();
    // What a killed add leaves: files that no manifest names, and its temporary folder.
    let stray = lake.path().join("visits/month=2025-06/bucket=000/g000002.parquet");
    std::fs::write(&stray, "half a file").unwrap();
    std::fs::create_dir(lake.path().join(".adding-x")).unwrap();
    std::fs::write(lake.path().join(".manifest.json.new"), "{").unwrap();
    assert_eq!(read(lake.path(), Persons::All).unwrap(), before);
    add(lake.path(), &days(&city, 10..28), &how(Restatement::None)).unwrap();
    assert!(!lake.path().join(".adding-x").exists());
    assert_ne!(std::fs::read(&stray).unwrap_or_default(), b"half a file");
    Lake::open(lake.path()).unwrap().verify().unwrap();
}

#[test]
fn only_one_adds_at_a_time() {
    let lake = folder();
    let lock = std::fs::File::create(lake.path().join(".lock")).unwrap();
    lock.lock().unwrap();
    let refused = add(lake.path(), &City::new(5), &how(Restatement::None)).unwrap_err().to_string();
    assert!(refused.contains("另一个"), "{refused}");
}

#[test]
fn a_newer_lake_is_left_alone() {
    let lake = folder();
    add(lake.path(), &City::new(10), &how(Restatement::None)).unwrap();
    let manifest = lake.path().join("manifest.json");
    let text = std::fs::read_to_string(&manifest).unwrap();
    std::fs::write(&manifest, text.replace("\"format\": 1", "\"format\": 9")).unwrap();
    let newer = Lake::open(lake.path()).unwrap_err().to_string();
    assert!(newer.contains("格式 9") && newer.contains("升级"), "{newer}");
    let refused = add(lake.path(), &City::new(12), &how(Restatement::None)).unwrap_err();
    assert!(matches!(refused, LakeError::NewerLake { .. }));
}

#[test]
fn a_missing_or_cut_file_is_named() {
    let lake = folder();
    let added = add(lake.path(), &City::new(40), &how(Restatement::None)).unwrap();
    let file = added.lake.files_of("charge_lines").next().unwrap();
    let path = lake.path().join(&file.path);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let cut = Lake::open(lake.path()).unwrap_err().to_string();
    assert!(cut.contains(&file.path) && cut.contains("截断") && cut.contains("--restate"), "{cut}");
    // Same length, other bytes: the hash sees it.
    let mut other = bytes.clone();
    let middle = other.len() / 2;
    other[middle] ^= 1;
    std::fs::write(&path, other).unwrap();
    assert!(Lake::open(lake.path()).unwrap().verify().unwrap_err().to_string().contains(&file.path));
    std::fs::remove_file(&path).unwrap();
    let gone = Lake::open(lake.path()).unwrap_err().to_string();
    assert!(gone.contains(&file.path) && gone.contains("不见了"), "{gone}");
}

#[test]
fn one_person_may_fill_many_blocks() {
    let mut city = City::new(20);
    let visit = city.get("visits", 0, "mdtrt_id").to_owned();
    let psn_no = city.get("visits", 0, "psn_no").to_owned();
    for number in 0..20_000 {
        let sn = format!("L{number:06}");
        let at = format!("2025-06-{:02} 09:{:02}:00", 1 + number % 28, number % 60);
        city.add("charge_lines", &[&sn, &visit, "X1", &at, "1", "1.5", "1.50", &psn_no, "", "101", "D01", "7", ""]);
    }
    months(&mut city);
    let claims = folder();
    city.write_csv(claims.path());
    let lake = folder();
    Lake::add(lake.path(), claims.path(), &how(Restatement::None), &Silent).unwrap();
    assert_eq!(read(lake.path(), Persons::All).unwrap(), take(claims.path()).unwrap().persons);
}
