//! `cargo run --release -p testkit --example benefit_differential -- 10000000 [first seed]`: as many random
//! pairs of policy and bill through the engine and the oracle, on every core; prints the smallest disagreements.

#[path = "../tests/benefit/harness.rs"]
mod harness;

use std::time::Instant;

/// Persons of a policy, bills of a person.
const PERSONS: u64 = 200;
const BILLS: usize = 10;

fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.replace('_', "").parse::<u64>());
    let pairs = arguments.next().and_then(Result::ok).unwrap_or(100_000);
    let first = arguments.next().and_then(Result::ok).unwrap_or(0);
    let policies = pairs.div_ceil(PERSONS * BILLS as u64);
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get) as u64;
    let began = Instant::now();
    let parts: Vec<_> = (0..threads)
        .map(|part| {
            let seeds = first + policies * part / threads..first + policies * (part + 1) / threads;
            std::thread::spawn(move || harness::compare(seeds, PERSONS, BILLS, 3))
        })
        .collect();
    let reports: Vec<harness::Report> = parts.into_iter().filter_map(|part| part.join().ok()).collect();
    for fault in reports.iter().flat_map(|report| &report.faults) {
        println!("{fault}");
    }
    let total = |figure: fn(&harness::Report) -> u64| reports.iter().map(figure).sum::<u64>();
    println!(
        "policies {policies}, pairs {}, of them paid by a fund {}, disagreements {}, {:.0} s on {threads} threads",
        total(|report| report.pairs),
        total(|report| report.paid),
        total(|report| report.faults.len() as u64),
        began.elapsed().as_secs_f64(),
    );
}
