//! Bills that come as priced lines, against the shipped packages: portions with ratios of their own, the law of
//! the service day, cycles of a long stay, temporary catalogues. Examples in `cases.toml` bring amounts
//! and cannot reach these.

use crate::shipped::packages;
use benefit::{Case, Policies, Portion, PricedLine, Ratio};
use model::{Day, Fen};
use serde_json::{Value, json};

fn policies() -> Policies {
    Policies::compile(&packages()).unwrap_or_else(|problems| panic!("{problems:#?}"))
}

fn day(text: &str) -> Day {
    Day::parse(text.as_bytes()).unwrap()
}

/// A line wholly within scope.
fn line(on: &str, yuan: &str, portion: Portion) -> PricedLine {
    let in_scope = Fen::parse(yuan.as_bytes()).unwrap();
    PricedLine {
        on: day(on),
        total: in_scope,
        self_funded: Fen::ZERO,
        over_limit: Fen::ZERO,
        upfront: Fen::ZERO,
        in_scope,
        portion,
    }
}

/// A case whose bill is a placeholder: the priced lines decide.
fn case(area: &str, scheme: &str, on: &str, person: Value, visit: Value) -> Case {
    let json = json!({
        "id": "lines", "on": on, "area": area, "scheme": scheme, "person": person, "visit": visit,
        "lines": [{ "item": "X", "quantity": "1", "unit_price": "1", "on": on }],
    });
    Case::from_json(&json).unwrap()
}

/// Settles lines and compares fields of the settlement.
fn check(case: &Case, lines: &[PricedLine], expect: &[(&str, &str)]) {
    let answer = policies().settle_lines(case, lines).unwrap();
    for (field, wanted) in expect {
        let found = answer.settlement.get(field).map(|fen| fen.to_string());
        assert_eq!(found.as_deref(), Some(*wanted), "{field}: {:#?}", answer.trace);
    }
}

fn shenzhen(kind: &str, level: &str) -> Case {
    let visit = json!({ "kind": kind, "institution_level": level, "selected_institution": true });
    case("440300", "employee", "2024-05-06", json!({ "status": "active", "age": 40 }), visit)
}

#[test]
fn consultation_and_large_equipment_have_ratios_of_their_own() {
    let lines = [
        line("2024-05-06", "1000.00", Portion::General),
        line("2024-05-06", "50.00", Portion::Consultation),
        line("2024-05-06", "600.00", Portion::LargeEquipment),
    ];
    // 1000×55% + 50×60% + 600×80% = 550 + 30 + 480
    check(&shenzhen("outpatient", "3"), &lines, &[("hifp_pay", "1060.00"), ("psn_part_amt", "590.00")]);
    // 1000×75% + 50×80% + 600×80% = 750 + 40 + 480
    check(&shenzhen("outpatient", "1"), &lines, &[("hifp_pay", "1270.00")]);
}

#[test]
fn the_outpatient_cap_does_not_count_consultation_and_equipment() {
    let mut case = shenzhen("outpatient", "1");
    case.year_to_date.push(("outpatient.paid".to_owned(), Fen::parse(b"9885.24").unwrap()));
    let lines = [
        line("2024-05-06", "1000.00", Portion::General),
        line("2024-05-06", "50.00", Portion::Consultation),
        line("2024-05-06", "600.00", Portion::LargeEquipment),
    ];
    // The cap of 9885.24 is used up: 0 + 50×80% + 600×80%
    check(&case, &lines, &[("hifp_pay", "520.00")]);
}

#[test]
fn a_consumable_may_lose_points_and_a_consultation_has_a_cap_a_visit() {
    let visit = json!({ "kind": "outpatient", "institution_level": "2", "selected_institution": true });
    let case = case("990500", "employee", "2025-03-03", json!({ "status": "active", "age": 40 }), visit);
    let lines = [
        line("2025-03-03", "100.00", Portion::General),
        line("2025-03-03", "100.00", Portion::Consumable),
        line("2025-03-03", "100.00", Portion::Consultation),
    ];
    // 100×65% + 100×55% + min(100×70%, 60) = 65 + 55 + 60
    check(&case, &lines, &[("hifp_pay", "180.00")]);
}

#[test]
fn a_stay_over_a_change_of_law_is_judged_by_the_day_of_service() {
    let visit = json!({
        "kind": "inpatient", "institution_level": "3", "admission_ordinal": 1, "begin": "2025-06-28", "end": "2025-07-04"
    });
    let case = case("990500", "employee", "2025-07-04", json!({ "status": "active", "age": 40 }), visit);
    let lines = [line("2025-06-29", "5800.00", Portion::General), line("2025-07-02", "2000.00", Portion::General)];
    // (5800 − 800)×85% + 2000×87% = 4250 + 1740
    check(&case, &lines, &[("act_pay_dedc", "800.00"), ("hifp_pay", "5990.00")]);
}

#[test]
fn a_second_cycle_of_ninety_days_pays_the_deductible_of_a_further_admission() {
    let visit = json!({
        "kind": "inpatient", "institution_level": "3", "admission_ordinal": 1, "begin": "2024-01-01", "end": "2024-04-10"
    });
    let case = case("110000", "employee", "2024-04-10", json!({ "status": "active", "age": 40 }), visit);
    // Day 89 belongs to the first cycle, day 90 (31 March 2024) to the second.
    let lines = [line("2024-03-30", "31300.00", Portion::General), line("2024-03-31", "1650.00", Portion::General)];
    // First cycle: (30000 − 1300)×85% + 1300×90% = 24395 + 1170; second: (1650 − 650)×85% = 850
    check(&case, &lines, &[("act_pay_dedc", "1950.00"), ("hifp_pay", "26415.00")]);
}

#[test]
fn a_cross_region_share_is_taken_once_from_all_lines() {
    let visit = json!({
        "kind": "inpatient", "institution_level": "3", "admission_ordinal": 1, "treatment_area": "110000", "filing": "referral"
    });
    let case = case("360100", "employee", "2025-10-08", json!({ "status": "active", "age": 40 }), visit);
    let lines = [line("2025-10-07", "3333.33", Portion::General), line("2025-10-08", "6666.67", Portion::Drug)];
    // 10000×10% first, then (9000 − 800)×85%
    check(&case, &lines, &[("preselfpay_amt", "1000.00"), ("act_pay_dedc", "800.00"), ("hifp_pay", "6970.00")]);
}

#[test]
fn class_b_shares_and_temporary_classes_are_those_of_the_scheme_and_the_day() {
    let policies = policies();
    let visit = json!({ "kind": "pharmacy", "institution_level": "none" });
    let pharmacy = case("360100", "employee", "2025-10-08", json!({ "status": "active", "age": 40 }), visit);
    let frame = policies.frame(&pharmacy).unwrap();
    assert_eq!(frame.upfront_class_b(day("2025-10-08")), Ratio::parse("0.10"));

    let class = |area: &str, on: &str| {
        let found = policies.overlay_class(area, "employee", "XJ05AXX00000000000001", day(on));
        found.map(|(class, _)| class)
    };
    assert_eq!(class("990500", "2025-01-19"), None);
    assert_eq!(class("990500", "2025-01-20"), Some('A'));
    assert_eq!(class("990500", "2025-04-30"), Some('A'));
    assert_eq!(class("990500", "2025-05-01"), None);
    assert_eq!(class("110000", "2025-02-01"), None, "only where the overlay says");
}
