//! Where a platform departs from the facts: what was asked, which field, what was due, what came.

use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// One departure.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Deviation {
    /// Transaction number.
    pub infno: String,
    /// Message number.
    pub msgid: String,
    /// Field, with its node.
    pub field: String,
    /// What is due, and by which fact.
    pub expected: String,
    /// What came.
    pub got: String,
}

impl std::fmt::Display for Deviation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { infno, msgid, field, expected, got } = self;
        write!(f, "交易 {infno} 报文 {msgid} 字段 {field}：应为 {expected}，实为 {got}")
    }
}

/// Departures of a whole run: all are counted, the first thousand are kept.
#[derive(Debug, Default)]
pub struct Deviations {
    held: Mutex<Held>,
}

#[derive(Debug, Default)]
struct Held {
    first: Vec<Deviation>,
    counts: BTreeMap<(String, String), u64>,
}

/// So many are kept in full.
const KEPT: usize = 1_000;

impl Deviations {
    /// Notes one.
    pub fn add(&self, deviation: Deviation) {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        *held.counts.entry((deviation.infno.clone(), deviation.field.clone())).or_default() += 1;
        if held.first.len() < KEPT {
            held.first.push(deviation);
        }
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).counts.values().sum()
    }

    /// The first of them, in the order they came.
    #[must_use]
    pub fn first(&self) -> Vec<Deviation> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).first.clone()
    }

    /// How many by transaction and field.
    #[must_use]
    pub fn counts(&self) -> BTreeMap<(String, String), u64> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).counts.clone()
    }
}

/// A reply under examination: collects departures from the facts about it.
#[derive(Debug)]
pub struct Examination<'a> {
    infno: &'a str,
    msgid: &'a str,
    found: Vec<Deviation>,
}

impl<'a> Examination<'a> {
    /// Of the reply to the message `msgid` of the transaction `infno`.
    #[must_use]
    pub const fn new(infno: &'a str, msgid: &'a str) -> Self {
        Self { infno, msgid, found: Vec::new() }
    }

    /// Transaction number.
    #[must_use]
    pub const fn infno(&self) -> &'a str {
        self.infno
    }

    /// Message number.
    #[must_use]
    pub const fn msgid(&self) -> &'a str {
        self.msgid
    }

    /// `got` must be `expected`; `why` names the fact.
    pub fn same<T: PartialEq + std::fmt::Display>(&mut self, field: &str, why: &str, expected: T, got: T) {
        if expected != got {
            self.wrong(field, &format!("{expected}（{why}）"), &got.to_string());
        }
    }

    /// `holds` must be true.
    pub fn require(&mut self, holds: bool, field: &str, expected: &str, got: &str) {
        if !holds {
            self.wrong(field, expected, got);
        }
    }

    /// Notes a departure.
    pub fn wrong(&mut self, field: &str, expected: &str, got: &str) {
        self.found.push(Deviation {
            infno: self.infno.to_owned(),
            msgid: self.msgid.to_owned(),
            field: field.to_owned(),
            expected: expected.to_owned(),
            got: got.to_owned(),
        });
    }

    /// What was found.
    #[must_use]
    pub fn found(self) -> Vec<Deviation> {
        self.found
    }

    /// Hands what was found to the run's list.
    pub fn report(self, to: &Deviations) {
        for deviation in self.found {
            to.add(deviation);
        }
    }
}
