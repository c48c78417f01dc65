//! One city, every format: the persons read are the same.

use arrow::datatypes::{DataType, TimeUnit};

use super::city::{City, Taken, Typing, folder, options, take, take_with};
use model::Day;

fn typing(text: DataType, money: Option<DataType>, unit: TimeUnit) -> Typing {
    Typing { text, money, unit }
}

fn taken(write: impl Fn(&std::path::Path)) -> Taken {
    let folder = folder();
    write(folder.path());
    take(folder.path()).unwrap()
}

/// The counts of all tables; file names differ between formats.
fn counts(taken: &Taken) -> Vec<(String, [u64; 4])> {
    taken.report.tables.iter().map(|t| (t.table.clone(), [t.read, t.accepted, t.corrected, t.rejected])).collect()
}

#[test]
fn i8_every_format_reads_the_same_persons() {
    let city = City::new(120);
    let expect = taken(|folder| city.write_csv(folder));
    assert!(expect.persons.len() == 120 && expect.report.sorted_lines > 0);
    let dictionary = DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let forms = [
        typing(DataType::Utf8, None, TimeUnit::Second),
        typing(DataType::LargeUtf8, None, TimeUnit::Second),
        typing(DataType::Utf8, Some(DataType::Decimal128(16, 2)), TimeUnit::Millisecond),
        typing(DataType::Utf8View, Some(DataType::Decimal64(16, 2)), TimeUnit::Microsecond),
        typing(dictionary, Some(DataType::Decimal32(9, 2)), TimeUnit::Nanosecond),
        typing(DataType::LargeUtf8, Some(DataType::Float64), TimeUnit::Second),
        typing(DataType::Binary, Some(DataType::Float32), TimeUnit::Millisecond),
    ];
    for form in forms {
        for parts in [1, 3] {
            let found = taken(|folder| city.write_parquet(folder, form.clone(), parts));
            assert_eq!(found.persons, expect.persons, "{form:?} {parts}");
            assert_eq!(counts(&found), counts(&expect), "{form:?} {parts}");
            assert_eq!(found.report.sorted_lines, 0, "{form:?}: lines lie in order");
        }
    }
    for found in [taken(|folder| city.write_packed(folder)), taken(|folder| city.write_xlsx(folder))] {
        assert_eq!(found.persons, expect.persons);
        assert_eq!(counts(&found), counts(&expect));
    }
}

#[test]
fn i8_row_order_does_not_matter() {
    let mut city = City::new(120);
    // Duplicates, orphans and a visit that two persons claim: what is kept must not depend on order.
    let again = city.rows("charge_lines")[..40].to_vec();
    city.rows("charge_lines").extend(again);
    city.set("charge_lines", 3, "cnt", "99");
    let again = city.rows("visits")[5..10].to_vec();
    city.rows("visits").extend(again);
    let id = city.get("visits", 100, "mdtrt_id").to_owned();
    city.set("visits", 7, "mdtrt_id", &id);
    city.set("diagnoses", 2, "mdtrt_id", "nowhere");
    let expect = taken(|folder| city.write_csv(folder));
    for seed in 0..3 {
        let shuffled = city.shuffled(seed);
        let text = typing(DataType::Utf8, Some(DataType::Decimal128(16, 2)), TimeUnit::Millisecond);
        for found in [
            taken(|folder| shuffled.write_csv(folder)),
            taken(|folder| shuffled.write_parquet(folder, text.clone(), 2)),
        ] {
            assert_eq!(found.persons, expect.persons, "seed {seed}");
            assert_eq!(counts(&found), counts(&expect), "seed {seed}");
            assert!(found.report.sorted_lines > 0);
        }
    }
    // The same, in place: visits and lines sorted, but with all the faults.
    let mut sorted = city.clone();
    for (table, column) in [("visits", 1), ("charge_lines", 7), ("persons", 0)] {
        sorted.rows(table).sort_by(|a, b| a[column].cmp(&b[column]));
    }
    let text = typing(DataType::Utf8, Some(DataType::Decimal128(16, 2)), TimeUnit::Millisecond);
    let found = taken(|folder| sorted.write_parquet(folder, text.clone(), 1));
    assert_eq!(found.report.sorted_lines, 0);
    assert_eq!(found.persons, expect.persons);
    assert_eq!(counts(&found), counts(&expect));
}

#[test]
fn lines_without_a_person_find_theirs_through_the_visit() {
    let mut city = City::new(80);
    let expect = taken(|folder| city.write_csv(folder));
    for row in 0..city.rows("charge_lines").len() {
        city.set("charge_lines", row, "psn_no", "");
    }
    assert_eq!(taken(|folder| city.write_csv(folder)).persons, expect.persons);
    let text = typing(DataType::Utf8, None, TimeUnit::Second);
    assert_eq!(taken(|folder| city.write_parquet(folder, text.clone(), 1)).persons, expect.persons);
}

#[test]
fn tables_with_a_header_alone_are_read() {
    let mut city = City::new(3);
    city.rows("charge_lines").clear();
    city.rows("procedures").clear();
    let found = taken(|folder| city.write_csv(folder));
    assert_eq!((found.persons.len(), found.report.incomplete), (3, false));
}

#[test]
fn only_visits_of_the_period_are_shown() {
    let city = City::new(60);
    let folder = folder();
    city.write_csv(folder.path());
    let temp = tempfile::tempdir().unwrap();
    let day = |text: &str| Day::parse(text.as_bytes()).ok();
    let mut period = options(temp.path());
    (period.from, period.until) = (day("2025-06-10"), day("2025-06-12"));
    let found = take_with(folder.path(), period).unwrap();
    let whole = take(folder.path()).unwrap();
    assert!(!found.persons.is_empty() && found.persons.len() < whole.persons.len());
    assert!(!found.all().contains("2025-06-12"));
    assert_eq!(counts(&found), counts(&whole));
}

#[test]
fn the_input_hash_follows_the_bytes() {
    let city = City::new(5);
    let hash = |city: &City| {
        let folder = folder();
        city.write_csv(folder.path());
        let opened = crate::open(folder.path()).unwrap().input_hash().unwrap();
        assert_eq!(opened, take(folder.path()).unwrap().report.input_hash);
        opened
    };
    let mut other = city.clone();
    other.set("visits", 0, "atddr_no", "D09");
    assert_eq!(hash(&city), hash(&city));
    assert_ne!(hash(&city), hash(&other));
}
