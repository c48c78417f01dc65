//! Refunds: what is left of a line, and what is said about the refund.

use super::city::{City, folder, take};

/// Lines of one visit as (number, item, hour, quantity, amount in yuan, refund of).
type Line = (&'static str, &'static str, u32, i64, &'static str, &'static str);

/// What is left as (number, quantity, fen); and the marks with their counts.
fn check(lines: &[Line], left: &[(&str, i64, i64)], marks: &[(&str, u64)]) {
    let mut city = City::new(1);
    city.rows("charge_lines").clear();
    let (visit, psn) = (city.get("visits", 0, "mdtrt_id").to_owned(), city.get("visits", 0, "psn_no").to_owned());
    for (sn, item, hour, count, amount, refund_of) in lines {
        let (at, count) = (format!("2025-06-01 {hour:02}:00:00"), count.to_string());
        city.add("charge_lines", &[sn, &visit, item, &at, &count, "1.5", amount, &psn, "", "101", "", "", refund_of]);
    }
    for city in [city.clone(), city.shuffled(1), city.shuffled(2)] {
        let folder = folder();
        city.write_csv(folder.path());
        let taken = take(folder.path()).unwrap();
        let all = taken.all();
        let shown: Vec<&str> = all.lines().filter(|line| line.contains("CaseLine")).collect();
        assert_eq!(shown.len(), left.len(), "{lines:?}\n{shown:#?}");
        for ((sn, quantity, fen), shown) in left.iter().zip(shown) {
            let expect = [
                format!("sn: \"{sn}\""),
                format!("quantity: Quantity({}0000)", quantity).replace("(00000)", "(0)"),
                format!("amount: Fen({fen})"),
            ];
            assert!(expect.iter().all(|part| shown.contains(part)), "{expect:?} in {shown}");
        }
        let table = taken.report.tables.iter().find(|table| table.table == "charge_lines").unwrap();
        for (mark, count) in marks {
            let all: Vec<_> = table.marks.iter().chain(&table.corrections).collect();
            assert!(all.iter().any(|(label, n)| label.starts_with(mark) && n == count), "{mark} {count} in {all:?}");
        }
        assert_eq!(table.rejected, 0);
    }
}

#[test]
fn refunds_take_back_what_they_name() {
    let charge = ("1", "X1", 8, 4, "6.00", "");
    check(&[charge, ("2", "X1", 9, -1, "-1.50", "1")], &[("1", 3, 450)], &[("退费已冲减原明细", 1)]);
    check(&[charge, ("2", "X1", 9, -4, "-6.00", "1")], &[], &[("已全额退费", 1)]);
    check(&[charge, ("2", "X1", 9, -9, "-13.50", "1")], &[], &[("退费超过原明细余额", 1)]);
    check(&[charge, ("2", "X1", 9, -1, "-1.50", "7")], &[("1", 4, 600)], &[("退费找不到原明细", 1)]);
    check(
        &[charge, ("2", "X1", 9, -3, "-4.50", "1"), ("3", "X1", 9, -3, "-4.50", "1")],
        &[],
        &[("退费超过原明细余额", 1)],
    );
}

#[test]
fn refunds_without_a_name_take_back_the_latest_earlier_line() {
    let (early, late) = (("1", "X1", 8, 4, "6.00", ""), ("2", "X1", 10, 2, "3.00", ""));
    let corrected = ("退费未指明原明细", 1);
    check(&[early, late, ("3", "X1", 11, -1, "-1.50", "")], &[("1", 4, 600), ("2", 1, 150)], &[corrected]);
    check(&[early, late, ("3", "X1", 9, -1, "-1.50", "")], &[("1", 3, 450), ("2", 2, 300)], &[corrected]);
    check(&[early, late, ("3", "X1", 11, -3, "-4.50", "")], &[("1", 3, 450)], &[corrected]);
    check(&[early, ("3", "X2", 11, -1, "-1.50", "")], &[("1", 4, 600)], &[("退费找不到原明细", 1)]);
}
