//! Engine and oracle, to the fen.

use crate::harness::compare;

#[test]
fn the_engine_agrees_with_the_oracle_to_the_fen() {
    // 200 policies × 100 persons × 10 bills; each thread takes a quarter.
    let parts: Vec<_> =
        (0..4_u64).map(|part| std::thread::spawn(move || compare(part * 50..(part + 1) * 50, 100, 10, 1))).collect();
    let (mut pairs, mut paid) = (0, 0);
    for part in parts {
        let Ok(report) = part.join() else { panic!("a part of the comparison did not end") };
        assert!(report.faults.is_empty(), "{}", report.faults.join("\n"));
        pairs += report.pairs;
        paid += report.paid;
    }
    assert_eq!(pairs, 200_000);
    assert!(paid > 120_000, "most bills should be paid something, {paid} were");
}
