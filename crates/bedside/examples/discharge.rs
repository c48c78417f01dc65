//! I8 over ten thousand visits: `cargo run --release -p bedside --example discharge -- PERSONS SEED VISITS`.
#![allow(clippy::unwrap_used, reason = "an example that cannot prepare its input should stop there")]

#[path = "../tests/support/discharges.rs"]
mod discharges;
#[path = "../tests/support/library.rs"]
mod shelf;

fn main() {
    let arguments: Vec<u64> = std::env::args().skip(1).map(|text| text.parse().unwrap()).collect();
    let of = |at: usize, otherwise: u64| arguments.get(at).copied().unwrap_or(otherwise);
    let visits = usize::try_from(of(2, 10_000)).unwrap();
    let outcome = discharges::compare(&shelf::library(), u32::try_from(of(0, 1_500)).unwrap(), of(1, 1), visits);
    println!("{outcome:#?}");
    let of_how_many = outcome.findings.len();
    println!("{} findings of {of_how_many} rules; the same: {}", outcome.found(), outcome.is_the_same());
    std::process::exit(i32::from(!outcome.is_the_same()));
}
