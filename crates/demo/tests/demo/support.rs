//! The shipped law, and a world made under it.

use agency::{Area, Institution, Law, Staff, World};
use demo::{Demo, Wish, world};
use model::Day;
use std::sync::{Arc, LazyLock};

pub const SECRET: &str = "demo";

pub fn today() -> Day {
    Day::parse(b"2026-11-27").unwrap()
}

pub fn wish(seed: u64) -> Wish<'static> {
    Wish { seed, today: today(), voucher_secret: SECRET }
}

pub static LAW: LazyLock<Arc<Law>> = LazyLock::new(|| Arc::new(shipped::law()));

pub static DEMO: LazyLock<Demo> = LazyLock::new(|| world(&wish(1), &LAW).unwrap());

pub fn snapshot() -> World {
    World {
        institutions: DEMO.institutions.iter().map(|one: &Institution| (one.code.clone(), one.clone())).collect(),
        staff: DEMO.staff.iter().map(|one: &Staff| (one.code.clone(), one.clone())).collect(),
        areas: DEMO.areas.iter().map(|one: &Area| (one.code.clone(), one.clone())).collect(),
        law: Arc::clone(&LAW),
        voucher_secret: SECRET.into(),
    }
}
