//! What all counters of a run share: the world, the wire, the numbers, the books, the faults found.

use crate::books::Books;
use crate::clock::Clock;
use crate::deviation::Deviations;
use crate::message::MessageNumbers;
use crate::wire::Wire;
use crate::world::{Institution, InstitutionKind, Person, World};
use rand::Rng;
use std::ops::RangeInclusive;
use tokio::sync::{Mutex, MutexGuard};

/// Shared by every counter.
#[derive(Debug)]
pub struct Hall {
    /// Where it plays.
    pub world: World,
    /// How to reach the server.
    pub wire: Wire,
    /// What time it is.
    pub clock: Clock,
    /// What was acknowledged.
    pub books: Books,
    /// What was wrong.
    pub deviations: Deviations,
    /// How often each effectful message is sent.
    pub copies: RangeInclusive<u32>,
    numbers: Vec<MessageNumbers>,
    /// A person is at one counter at a time: balances and trials are compared with what came before.
    present: Vec<Mutex<()>>,
}

/// An institution with its message numbers.
#[derive(Debug, Clone, Copy)]
pub struct House<'a> {
    /// What the world says of it.
    pub institution: &'a Institution,
    /// Its message numbers.
    pub numbers: &'a MessageNumbers,
}

impl Hall {
    /// A hall over `world`.
    #[must_use]
    pub fn new(world: World, wire: Wire, books: Books, copies: RangeInclusive<u32>) -> Self {
        Self {
            clock: Clock::new(world.today),
            numbers: world.institutions.iter().map(|institution| MessageNumbers::new(&institution.code)).collect(),
            present: world.persons.iter().map(|_| Mutex::new(())).collect(),
            deviations: Deviations::default(),
            world,
            wire,
            books,
            copies,
        }
    }

    /// All institutions.
    pub fn houses(&self) -> impl Iterator<Item = House<'_>> {
        self.world.institutions.iter().zip(&self.numbers).map(|(institution, numbers)| House { institution, numbers })
    }

    /// One of the institutions of these kinds.
    pub fn any_house(&self, kinds: &[InstitutionKind], dice: &mut impl Rng) -> Option<House<'_>> {
        let fit: Vec<House<'_>> = self.houses().filter(|house| kinds.contains(&house.institution.kind)).collect();
        pick(&fit, dice).copied()
    }

    /// One of the persons that `fit`, once nobody else serves them.
    pub async fn any_person(
        &self,
        fit: impl Fn(&Person) -> bool,
        dice: &mut impl Rng,
    ) -> Option<(&Person, MutexGuard<'_, ()>)> {
        let fit: Vec<usize> =
            self.world.persons.iter().enumerate().filter(|(_, person)| fit(person)).map(|(index, _)| index).collect();
        let index = *pick(&fit, dice)?;
        let present = self.present.get(index)?.lock().await;
        Some((self.world.persons.get(index)?, present))
    }
}

/// One of `all`; `None` when there is none.
pub fn pick<'a, T>(all: &'a [T], dice: &mut impl Rng) -> Option<&'a T> {
    if all.is_empty() { None } else { all.get(dice.random_range(0..all.len())) }
}
