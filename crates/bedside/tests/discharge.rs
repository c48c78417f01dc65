//! I8 over a generated city, small; `cargo run --release -p bedside --example discharge` does ten thousand visits.
#![allow(clippy::unwrap_used, reason = "a test that cannot prepare its input should stop there")]

#[path = "support/discharges.rs"]
mod discharges;
#[path = "support/library.rs"]
mod shelf;

#[test]
fn i8_the_bedside_finds_at_discharge_what_the_batch_finds_and_told_nothing_that_the_end_clears() {
    let outcome = discharges::compare(&shelf::library(), 60, 7, 400);
    assert!(outcome.visits > 300 && outcome.found() > 50 && outcome.told > 20, "{outcome:?}");
    assert!(outcome.is_the_same(), "{outcome:?}");
}
