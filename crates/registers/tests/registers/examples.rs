//! The files under `docs/examples/registers`, in and out again.

use crate::support::{example, load, now, registers};
use registers::{Format, Kind, Known, Mentioned, Table, write};

#[test]
fn a_register_comes_back_as_it_went_out_in_csv_excel_and_gbk() {
    let mut known = registers();
    load(Kind::Contributions, &example("contributions.csv"), &mut known, now());
    for (kind, rows) in
        [(Kind::Persons, 4), (Kind::Coverage, 4), (Kind::Contributions, 3), (Kind::Institutions, 3), (Kind::Staff, 3)]
    {
        let csv = write(kind, &known, now(), Format::Csv).unwrap();
        let table = Table::read(&csv).unwrap();
        assert_eq!(table.rows.len(), rows, "{kind:?}");
        assert_eq!(Table::read(&write(kind, &known, now(), Format::Xlsx).unwrap()).unwrap(), table, "{kind:?}");
        let (gbk, _, lost) = encoding(&csv);
        assert!(!lost);
        assert_eq!(Table::read(&gbk).unwrap(), table, "{kind:?}");

        // Into an empty register of this kind: the same register.
        let mut other = known.clone();
        match kind {
            Kind::Persons => {
                other.persons.clear();
                other.certificates.clear();
            }
            Kind::Coverage => other.coverages.clear(),
            Kind::Contributions => {
                other.contributions.clear();
                other.accounts.clear();
            }
            Kind::Institutions => other.institutions.clear(),
            _ => other.staff.clear(),
        }
        let report = load(kind, &csv, &mut other, now()).report;
        assert_eq!((report.accepted, report.rejections), (rows, Vec::new()), "{kind:?}");
        assert_eq!(other.persons, known.persons);
        assert_eq!(other.accounts, known.accounts);
        assert_eq!(other.institutions, known.institutions);
        assert_eq!(other.staff, known.staff);
        assert_eq!(write(kind, &other, now(), Format::Csv).unwrap(), csv, "{kind:?}");
    }
}

fn encoding(csv: &[u8]) -> (Vec<u8>, (), bool) {
    let text = std::str::from_utf8(csv).unwrap().trim_start_matches('\u{FEFF}');
    let (bytes, _, lost) = encoding_rs::GBK.encode(text);
    (bytes.into_owned(), (), lost)
}

#[test]
fn mistakes_are_told_row_by_row_and_the_counts_add_up() {
    let mut known = Known::default();
    let report = load(Kind::Persons, &example("persons-with-mistakes.csv"), &mut known, now()).report;
    assert_eq!((report.rows, report.accepted, report.corrected, report.rejected), (6, 0, 1, 5));
    let told: Vec<String> = report.rejections.iter().map(ToString::to_string).collect();
    for (row, word) in [
        ("第 3 行，certno 列", "校验码不符"),
        ("第 4 行，gend 列", "性别不一致"),
        ("第 5 行，brdy 列", "出生日期 1955-05-05 不一致"),
        ("第 6 行，psn_no 列", "与第 2 行重复"),
        ("第 7 行，psn_name 列", "没有填写"),
    ] {
        assert!(told.iter().any(|text| text.starts_with(row) && text.contains(word)), "{row} {word}\n{told:#?}");
    }
    let corrected: Vec<&str> = report.corrections.iter().map(|one| one.column.as_str()).collect();
    assert_eq!(corrected, ["psn_cert_type", "gend", "brdy"], "what the number says is filled in");
    assert_eq!(known.persons.len(), 1, "a row with a fault is rejected whole");
    assert_eq!(known.persons["99040000009011"].sex, "1");
}

#[test]
fn a_file_says_which_persons_must_be_known() {
    let table = Table::read(&example("persons.csv")).unwrap();
    let mentioned = Mentioned::of(Kind::Persons, &table);
    assert_eq!(mentioned.persons.len(), 4);
    assert!(mentioned.certificates.iter().all(|(kind, number)| kind == "01" && number.len() == 18));
    let table = Table::read(&example("staff.csv")).unwrap();
    assert_eq!(Mentioned::of(Kind::Staff, &table), Mentioned::default());
}
