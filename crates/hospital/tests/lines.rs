//! How a line may be split: one row a case.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]

use hospital::check::{Charged, line};
use hospital::{Examination, Fields};
use model::{Quantity, UnitPrice};

/// class, restricted, approval, price, count, cap, ratio → outside, over the cap, paid first, in scope.
type Case =
    (&'static str, bool, &'static str, &'static str, &'static str, &'static str, &'static str, [&'static str; 4]);

const CASES: [Case; 10] = [
    ("01", false, "0", "12.50", "2", "999999", "0", ["0", "0", "0", "25.00"]),
    ("01", false, "0", "12.50", "2", "10.00", "0", ["0", "5.00", "0", "20.00"]),
    // Half up: 4.52 × 0.05 = 0.226.
    ("02", false, "0", "4.52", "1", "999999", "0.05", ["0", "0", "0.23", "4.29"]),
    ("02", false, "0", "90.00", "1", "999999", "0.05", ["0", "0", "4.50", "85.50"]),
    ("02", false, "0", "30.00", "3", "20.00", "0.1", ["0", "30.00", "6.00", "54.00"]),
    ("03", false, "0", "10.00", "1", "999999", "1", ["10.00", "0", "0", "0"]),
    ("01", true, "0", "10.00", "1", "999999", "0", ["10.00", "0", "0", "0"]),
    ("01", true, "1", "10.00", "1", "999999", "0", ["0", "0", "0", "10.00"]),
    ("01", false, "2", "10.00", "1", "999999", "0", ["10.00", "0", "0", "0"]),
    // A refund line: the same, negative.
    ("02", false, "0", "30.00", "-1", "20.00", "0.1", ["0", "-10.00", "-2.00", "-18.00"]),
];

fn examined(case: &Case, parts: [&str; 4]) -> Vec<String> {
    let (class, restricted, approval, price, count, cap, ratio, _) = *case;
    let price = UnitPrice::parse(price.as_bytes()).unwrap();
    let count = Quantity::parse(count.as_bytes()).unwrap();
    let sent = Charged {
        serial: "1".into(),
        count,
        price,
        sum: price.times(count),
        approval,
        class: class.into(),
        restricted,
        ceiling: None,
        selfpay_prop: None,
    };
    let [outside, over_cap, paid_first, in_scope] = parts;
    let row = format!(
        r#"{{"feedetl_sn":"1","det_item_fee_sumamt":{},"cnt":{count},"pric":{price},"pric_uplmt_amt":{cap},
        "selfpay_prop":{ratio},"fulamt_ownpay_amt":{outside},"overlmt_amt":{over_cap},"preselfpay_amt":{paid_first},
        "inscp_scp_amt":{in_scope},"chrgitm_lv":"{class}","lmt_used_flag":"{}"}}"#,
        sent.sum,
        u8::from(restricted)
    );
    let mut examination = Examination::new("2204", "MSG");
    let _ = line(&sent, &Fields::parse(row.as_bytes()).unwrap(), "result[0]", &mut examination);
    examination.found().iter().map(ToString::to_string).collect()
}

#[test]
fn i3_lines_split_by_class_cap_and_approval() {
    for case in &CASES {
        assert_eq!(examined(case, case.7), Vec::<String>::new(), "{case:?}");
    }
}

/// The right split of each case is wrong for every other case that has another answer.
#[test]
fn i3_another_split_is_noticed() {
    for case in &CASES {
        let [outside, over_cap, paid_first, in_scope] = case.7;
        // In scope and paid first change places: the sum stays, the split is wrong.
        let swapped = [in_scope, over_cap, paid_first, outside];
        if swapped != case.7 {
            assert!(!examined(case, swapped).is_empty(), "{case:?}");
        }
    }
}
