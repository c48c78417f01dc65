//! What a message costs: `cargo run --release -p gateway --example speed`. One thread, processor time, no HTTP, no
//! decision.
#![allow(clippy::unwrap_used, reason = "a tool that cannot prepare its input should stop there")]

#[path = "../tests/support/mod.rs"]
mod support;

use gateway::{Profile, Request, Table};
use std::hint::black_box;
use std::time::Instant;
use support::{Dice, Fill, valid, worked};

const ROUNDS: u32 = 20_000;

fn main() {
    let profile = Profile::packed("national").unwrap();
    let started = Instant::now();
    let clock = || worked(started);
    let begun = clock();
    let table = Table::get();
    println!("field table and dictionaries read in {:.1?}", clock() - begun);
    for (infno, lines) in [("2204", 10), ("2207", 0), ("2301", 100), ("1101", 0)] {
        let message =
            valid(table.transaction(infno).unwrap(), if lines > 0 { Fill::Required } else { Fill::All }, &mut Dice(11));
        let mut text = message.text.clone();
        if lines > 0 {
            let (_, start, end) = message.values.iter().find(|(path, _, _)| path == "feedetail").unwrap().clone();
            let row =
                message.text[start + 1..end - 1].split("},{").next().unwrap().trim_end_matches('}').to_owned() + "}";
            text = message.with("feedetail", &format!("[{}]", vec![row; lines].join(",")));
        }
        let begun = clock();
        for _ in 0..ROUNDS {
            let request = Request::read(black_box(text.as_bytes()), &profile).unwrap();
            black_box(gateway::understand(&request, &profile)).unwrap();
        }
        let read = (clock() - begun) / ROUNDS;
        let request = Request::read(text.as_bytes(), &profile).unwrap();
        let begun = clock();
        for _ in 0..ROUNDS {
            black_box(request.fingerprint());
        }
        let hashed = (clock() - begun) / ROUNDS;
        let begun = clock();
        for _ in 0..ROUNDS {
            black_box(serde_json::from_str::<serde_json::Value>(black_box(&text))).unwrap();
        }
        let plain = (clock() - begun) / ROUNDS;
        println!(
            "{infno}: {} bytes, read, checked and understood in {read:.1?}, fingerprint {hashed:.1?} (serde_json into a Value: {plain:.1?})",
            text.len()
        );
    }
}
