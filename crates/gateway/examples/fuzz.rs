//! Hostile input by the million: `cargo run --release -p gateway --example fuzz -- 10000000 [SEED] [TARGET]`.
//!
//! A target is the envelope, the body of one transaction, or one file format. Inputs are valid messages with one to five
//! values replaced and sometimes a few bytes broken; every input is read and, when it is accepted, understood. A panic
//! ends the run with the input on standard error; 64 inputs that take longer than a second of processor time are a failure. The same seed
//! makes the same inputs.
#![allow(
    clippy::unwrap_used,
    clippy::float_arithmetic,
    reason = "a tool that cannot prepare its input should stop there"
)]

#[path = "../tests/support/mod.rs"]
mod support;

use gateway::{Profile, Request, Table, TextFile, Transaction};
use std::cell::RefCell;
use std::time::{Duration, Instant};
use support::{Dice, Fill, Message, break_bytes, mutated, valid, worked};

thread_local! {
    /// The input at hand, for the panic message.
    static INPUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Messages that a target starts from.
const BASES: usize = 64;
/// What an input may take.
const HANG: Duration = Duration::from_secs(1);

#[derive(Default)]
struct Count {
    inputs: u64,
    accepted: u64,
    /// Processor time of the slowest 64 inputs.
    slowest: Duration,
    /// Processor time of all.
    worked: Duration,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let inputs: u64 = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(100_000);
    let seed: u64 = arguments.next().and_then(|text| text.parse().ok()).unwrap_or(1);
    let only = arguments.next();
    std::panic::set_hook(Box::new(|panic| {
        let input = INPUT.with(|input| String::from_utf8_lossy(&input.borrow()).into_owned());
        eprintln!("PANIC {panic}\nINPUT {input}");
    }));
    let profile = Profile::packed("national").unwrap();
    let started = Instant::now();
    let (mut total, mut busy) = (0, Duration::ZERO);
    let mut wanted: Vec<String> = vec!["envelope".to_owned(), "statement-file".to_owned(), "zip-text".to_owned()];
    wanted.extend(
        Table::get().transactions().filter(|one| gateway::is_offered(one.infno)).map(|one| one.infno.to_owned()),
    );
    for (index, target) in
        wanted.iter().enumerate().filter(|(_, target)| only.as_ref().is_none_or(|only| only == *target))
    {
        let mut dice = Dice(seed.wrapping_mul(1_000_003).wrapping_add(index as u64));
        let count = match target.as_str() {
            "statement-file" => files(inputs, &mut dice, true),
            "zip-text" => files(inputs, &mut dice, false),
            "envelope" => messages(inputs, &mut dice, &profile, None),
            infno => messages(inputs, &mut dice, &profile, Table::get().transaction(infno)),
        };
        let seconds = count.worked.as_secs_f64();
        busy += count.worked;
        println!(
            "{target:<16} {:>10} inputs, {:>5.1} % accepted, {:>9.0}/s, slowest 64 in {:.1} ms",
            count.inputs,
            100.0 * count.accepted as f64 / count.inputs.max(1) as f64,
            count.inputs as f64 / seconds,
            count.slowest.as_secs_f64() * 1000.0
        );
        assert!(count.slowest < HANG, "64 inputs of {target} took {:?}", count.slowest);
        total += count.inputs;
    }
    println!(
        "{total} inputs, no panic, {:.0} s on the processor, {:.0} s by the clock",
        busy.as_secs_f64(),
        started.elapsed().as_secs_f64()
    );
}

/// Asking the time costs more than small inputs: 64 are timed together.
fn timed(inputs: u64, mut one: impl FnMut() -> bool) -> Count {
    let mut count = Count::default();
    let started = Instant::now();
    let before = worked(started);
    while count.inputs < inputs {
        let begun = worked(started);
        let batch = 64.min(inputs - count.inputs);
        for _ in 0..batch {
            count.accepted += u64::from(one());
        }
        count.inputs += batch;
        count.slowest = count.slowest.max(worked(started).saturating_sub(begun));
    }
    count.worked = worked(started).saturating_sub(before);
    count
}

fn messages(inputs: u64, dice: &mut Dice, profile: &Profile, body: Option<&'static Transaction>) -> Count {
    let all: Vec<&Transaction> = Table::get().transactions().collect();
    let bases: Vec<Message> = (0..BASES)
        .map(|_| {
            let transaction = body.unwrap_or_else(|| all[dice.below(all.len())]);
            let mut message = valid(transaction, Fill::Some, dice);
            // A body's target leaves the envelope alone, the envelope's leaves the body.
            let input = message.values.iter().find(|(path, _, _)| path == "input").map(|(_, start, _)| *start);
            message.values.retain(|(path, start, _)| path == "input" || (Some(*start) > input) == body.is_some());
            message
        })
        .collect();
    timed(inputs, || {
        INPUT.with(|input| {
            let mut bytes = std::mem::take(&mut *input.borrow_mut());
            mutated(&bases[dice.below(bases.len())], dice, &mut bytes);
            *input.borrow_mut() = bytes;
        });
        INPUT.with(|input| {
            let input = input.borrow();
            match Request::read(&input, profile) {
                Ok(request) => {
                    let _ = request.fingerprint();
                    let _ = request.check_clock(model::Stamp(1_800_000_000), profile);
                    let _ = request.input.to_json();
                    if let Ok(gateway::Intent::Command(_)) = gateway::understand(&request, profile) {
                        let _ = gateway::said(&request, &agency::Outcome::Done, profile);
                    }
                    true
                }
                Err(rejection) => {
                    assert!(!rejection.message.is_empty());
                    false
                }
            }
        })
    })
}

fn files(inputs: u64, dice: &mut Dice, inside: bool) -> Count {
    let mut file = TextFile::default();
    for number in 0..20 {
        let id = format!("S{number:07}");
        file.add([id.as_str(), "M0000001", "9999000000000001", "100.00", "45.85", "30.00", "0"]);
    }
    let zipped = file.write("s.txt").unwrap();
    timed(inputs, || {
        INPUT.with(|input| {
            let mut bytes = input.borrow_mut();
            bytes.clear();
            if inside {
                // Broken text in a sound ZIP.
                let mut row = b"S1\tM1\tP1\t100.00\t45.85\t30.00\t0\nS2\tM2\tP2\t1\t2\t3\t1\n".to_vec();
                break_bytes(dice, &mut row);
                let mut text = TextFile::default();
                for line in String::from_utf8_lossy(&row).lines() {
                    text.add(line.split('\t'));
                }
                bytes.extend_from_slice(&text.write("s.txt").unwrap());
            } else {
                bytes.extend_from_slice(&zipped);
                break_bytes(dice, &mut bytes);
            }
        });
        INPUT.with(|input| gateway::read_statement(&input.borrow()).is_ok())
    })
}
