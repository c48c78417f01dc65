//! Schemes: what several persons do together, or what makes an institution as a whole stand out.
//!
//! A scheme has actors, one day and one plan; each actor plays a role in it. The actors are the last persons of the
//! city, so that everybody before them lives as without schemes. A run plays schemes at one degree (the blatant one
//! when it is asked for all), because an institution can only be of one degree at a time. Pharmacies are ordinary
//! ones; hospitals are the private ones of `town`, which have no other patients.
//!
//! Where to look next: `swipes` for pharmacies and clinics, `packs` for traceability codes, `wards` for stays, `payment`
//! for what payment by disease invites, `capacity` for more work than there are hands.

use model::{Day, Stamp};

use super::{Dose, Needs, Stage, capacity, fitting, packs, payment, swipes, wards};
use crate::dice::{Dice, Stream};
use crate::draft::{Draft, MarkKind};
use crate::life;
use crate::town::SCHEMES_FROM_PERSONS;
use crate::world::{Extent, World};

/// What an institution as a whole is to be told, or not.
#[derive(Debug, Clone, Copy)]
pub(crate) struct HouseMark {
    pub rule: &'static str,
    pub house: u32,
    pub kind: MarkKind,
    pub dose: &'static str,
    pub degree: Option<u8>,
}

/// What an actor does.
pub(crate) type Act = Box<dyn Fn(&mut Stage<'_>, u32)>;

/// A scheme.
pub(crate) struct Scheme {
    pub actors: u32,
    pub needs: Needs,
    /// Days from the first visit of anybody to the last.
    pub days: i32,
    /// Whether the actors are one household.
    pub household: bool,
    /// `insuplc_admdvs` of the actors, when they come from elsewhere.
    pub area: Option<&'static str>,
    /// The first day, when it must be a certain one.
    pub on: Option<Day>,
    pub house: Option<HouseMark>,
    pub act: Act,
}

/// Schemes being registered, at one degree.
pub(crate) struct Crew<'w> {
    pub world: &'w World,
    pub degree: u8,
    pub schemes: Vec<Scheme>,
}

impl Crew<'_> {
    /// The figure of this run's degree.
    pub fn by_degree<T: Copy>(&self, figures: [T; 3]) -> T {
        let [slight, plain, blatant] = figures;
        match self.degree {
            1 => slight,
            2 => plain,
            _ => blatant,
        }
    }

    /// Registers a scheme of so many actors and days.
    pub fn scheme(&mut self, actors: u32, days: i32, act: impl Fn(&mut Stage<'_>, u32) + 'static) -> &mut Scheme {
        self.schemes.push(Scheme {
            actors,
            needs: Needs::aged(30, 58),
            days,
            household: false,
            area: None,
            on: None,
            house: None,
            act: Box::new(act),
        });
        let last = self.schemes.len() - 1;
        #[expect(clippy::indexing_slicing, reason = "just pushed")]
        &mut self.schemes[last]
    }

    /// The n-th pharmacy.
    pub fn pharmacy(&self, n: usize) -> u32 {
        let list = &self.world.town.pharmacies;
        list.get(n % list.len().max(1)).copied().unwrap_or_default()
    }

    /// The n-th private hospital.
    pub fn hospital(&self, n: usize) -> u32 {
        let list = &self.world.town.private;
        list.get(n % list.len().max(1)).copied().unwrap_or_default()
    }
}

impl Scheme {
    /// The institution as a whole is at fault.
    pub fn blames(&mut self, rule: &'static str, house: u32, dose: &'static str) -> &mut Self {
        self.house = Some(HouseMark { rule, house, kind: MarkKind::Violation, dose, degree: None });
        self
    }

    /// The institution only looks as if it were.
    pub fn clears(&mut self, rule: &'static str, house: u32, dose: &'static str) -> &mut Self {
        self.house = Some(HouseMark { rule, house, kind: MarkKind::LookAlike, dose, degree: None });
        self
    }
}

/// All schemes of a run.
pub(crate) struct Schemes {
    schemes: Vec<(Scheme, Day)>,
    /// The first actor.
    first: u64,
    degree: u8,
}

impl Schemes {
    pub fn none() -> Self {
        Self { schemes: Vec::new(), first: u64::MAX, degree: 0 }
    }

    pub fn new(world: &World, extent: Extent, dose: Dose) -> Self {
        if extent.persons < SCHEMES_FROM_PERSONS || extent.days < 360 {
            return Self::none();
        }
        let degree = match dose {
            Dose::Only(degree) => degree,
            Dose::All => 3,
        };
        let mut crew = Crew { world, degree, schemes: Vec::new() };
        swipes::register(&mut crew);
        wards::register(&mut crew, extent);
        packs::register(&mut crew);
        payment::register(&mut crew);
        capacity::register(&mut crew);
        let actors: u64 = crew.schemes.iter().map(|scheme| u64::from(scheme.actors)).sum();
        let mut dice = Dice::new(extent.seed, Stream(u64::MAX - 2));
        let end = extent.first_day.plus(extent.days as i32);
        let schemes = crew.schemes.into_iter().map(|scheme| {
            let last = end.plus(-scheme.days - 6);
            let free = extent.first_day.plus(4 + dice.between(0, (last.0 - extent.first_day.0 - 4).max(0)));
            let day = scheme.on.unwrap_or(free);
            (scheme, day)
        });
        Self { schemes: schemes.collect(), first: u64::from(extent.persons).saturating_sub(actors), degree }
    }

    pub fn house_marks(&self) -> impl Iterator<Item = HouseMark> {
        let marks = self.schemes.iter().filter_map(|(scheme, _)| scheme.house);
        marks.map(|mark| HouseMark { degree: (mark.kind == MarkKind::Violation).then_some(self.degree), ..mark })
    }

    /// The scheme and role of a person.
    pub fn role_of(&self, person: u64) -> Option<(usize, u32)> {
        let mut left = person.checked_sub(self.first)?;
        for (index, (scheme, _)) in self.schemes.iter().enumerate() {
            match left.checked_sub(u64::from(scheme.actors)) {
                Some(beyond) => left = beyond,
                None => return Some((index, left as u32)),
            }
        }
        None
    }

    /// The person's life with the role in it.
    pub fn perform(&self, world: &World, dice: &mut Dice, person: u64, (index, role): (usize, u32)) -> Draft {
        let ordinary = life::facts(world, dice, person);
        let Some((scheme, day)) = self.schemes.get(index) else { return life::life(world, dice, person, ordinary) };
        let mut facts = fitting(dice, &scheme.needs, *day, ordinary);
        // Strangers to each other, unless the scheme says otherwise: ordinary neighbours share a household.
        facts.family = if scheme.household { u32::MAX - index as u32 } else { person as u32 };
        facts.area = scheme.area.unwrap_or(facts.area);
        let mut draft = life::life(world, dice, person, facts);
        // The year around the scheme is the scheme's: what else a person does would only blur the truth.
        draft
            .visits
            .retain(|visit| visit.ends.day() < day.plus(-40) || visit.begins.day() > day.plus(scheme.days + 40));
        let mut stage = Stage::new(world, dice, person, *day);
        (scheme.act)(&mut stage, role);
        for mark in stage.visits.iter_mut().flat_map(|visit| &mut visit.marks) {
            mark.degree = (mark.kind == MarkKind::Violation).then_some(self.degree);
        }
        draft.visits.append(&mut stage.visits);
        draft.visits.sort_by_key(|visit| visit.begins);
        draft
    }
}

/// Moves the visit being made so that it is settled at a time of its day, with all its charges.
pub(super) fn settle_at(stage: &mut Stage<'_>, seconds: i64) {
    let visit = stage.visit();
    // A visit is settled ten minutes after it ends.
    let settled = Stamp(visit.begins.day().start().0 + seconds);
    visit.ends = Stamp(settled.0 - 600);
    visit.begins = Stamp(settled.0 - 1200);
    let begins = visit.begins;
    visit.lines.iter_mut().for_each(|line| line.at = begins);
}
