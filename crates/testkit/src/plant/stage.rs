//! The stage: makes the visits of a scene and marks what is wrong with them.

use model::{Fen, HospitalLevel, Insurance, Quantity, Stamp, UnitPrice};

use crate::care;
use crate::dice::Dice;
use crate::draft::{AtStake, DraftDiagnosis, DraftProcedure, DraftVisit};
use crate::shelf::ItemId;
use crate::world::World;

/// Where a visit takes place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Clinic(HospitalLevel),
    Emergency(HospitalLevel),
    Stay(HospitalLevel),
    Pharmacy,
    Internet,
    /// A clinic of 无等级.
    UnratedClinic,
    /// A clinic whose level was never filled in.
    LevelUnknownClinic,
}

/// A scene being built.
pub(crate) struct Stage<'a> {
    pub world: &'a World,
    pub dice: &'a mut Dice,
    pub person: u64,
    pub day: model::Day,
    pub visits: Vec<DraftVisit>,
}

const HOUR: i64 = 3600;

impl<'a> Stage<'a> {
    pub fn new(world: &'a World, dice: &'a mut Dice, person: u64, day: model::Day) -> Self {
        Self { world, dice, person, day, visits: Vec::new() }
    }

    /// The visit being made: the last one opened.
    pub fn visit(&mut self) -> &mut DraftVisit {
        #[expect(clippy::expect_used, reason = "every scene opens a visit before it charges anything")]
        self.visits.last_mut().expect("a visit is open")
    }

    /// An institution of a level. Every third scene is played at one of a few (one in twenty-five of the level), so that a
    /// report has institutions that stand out, and no more of a large city's scenes meet at one than of a small one's.
    pub fn house(&mut self, level: HospitalLevel) -> u32 {
        let town = &self.world.town;
        let houses = match level {
            HospitalLevel::Tertiary => &town.tertiary,
            HospitalLevel::Secondary => &town.secondary,
            _ => &town.primary,
        };
        let few = houses.len().div_ceil(25).max(1) as u64;
        match houses.get((self.person % few) as usize) {
            Some(house) if self.dice.percent(33) => *house,
            _ => town.house_of(self.dice, level, self.person),
        }
    }

    /// The pharmacy around the corner, so that no pharmacy sees the scenes of a whole city.
    pub fn own_pharmacy(&self) -> u32 {
        self.world.town.pharmacies_around(self.person, 1).first().copied().unwrap_or_default()
    }

    /// Opens a visit with a neutral diagnosis and the usual charges; stays last six nights.
    pub fn open(&mut self, offset: i32, place: Place) {
        match place {
            Place::Stay(level) => {
                let house = self.house(level);
                self.stay_at(offset, 6, house, "M51.200");
            }
            _ => self.contact(offset, place),
        }
    }

    fn contact(&mut self, offset: i32, place: Place) {
        let town = &self.world.town;
        let (house, med_type, consultation) = match place {
            Place::Clinic(level) | Place::Stay(level) => (self.house(level), "11", Some(0)),
            Place::Emergency(level) => (self.house(level), "13", Some(3)),
            Place::Pharmacy => (town.pharmacy_of(self.dice, self.person), "41", None),
            Place::Internet => (town.internet, "11", Some(4)),
            Place::UnratedClinic => (town.unrated, "11", Some(0)),
            Place::LevelUnknownClinic => (town.level_unknown, "11", Some(0)),
        };
        self.contact_at(offset, house, med_type);
        if let Some(item) = consultation.and_then(|place: usize| self.world.consultation.get(place)) {
            self.charge(*item, 0, Quantity::whole(1));
        }
    }

    /// An outpatient visit at a house, with a diagnosis and no charges.
    pub fn contact_at(&mut self, offset: i32, house: u32, med_type: &'static str) {
        let begins = Stamp(self.day.plus(offset).start().0 + 9 * HOUR + i64::from(self.dice.below(5 * 3600)));
        let mut visit = self.world.open(self.dice, house, med_type, begins, Stamp(begins.0 + 3 * HOUR));
        visit.diagnoses.push(DraftDiagnosis { code: "R51.x00".into(), main: true });
        self.visits.push(visit);
    }

    /// A stay at a house, with bed, nursing, infusion and a daily treatment.
    pub fn stay_at(&mut self, offset: i32, nights: i32, house: u32, diagnosis: &'static str) {
        let mut visit = care::ward(self.world, self.dice, house, self.day.plus(offset), nights);
        visit.diagnoses.push(DraftDiagnosis { code: diagnosis.into(), main: true });
        self.visits.push(visit);
    }

    /// A stay at a house of a level.
    pub fn stay(&mut self, offset: i32, nights: i32, level: HospitalLevel) {
        let house = self.house(level);
        self.stay_at(offset, nights, house, "M51.200");
    }

    /// Replaces the diagnoses.
    pub fn diagnose(&mut self, main: &str, others: &[&str]) {
        let visit = self.visit();
        visit.diagnoses.clear();
        visit.diagnoses.push(DraftDiagnosis { code: main.to_owned().into(), main: true });
        let others = others.iter().map(|code| DraftDiagnosis { code: (*code).to_owned().into(), main: false });
        visit.diagnoses.extend(others);
    }

    /// Adds an operation on the second day.
    pub fn operate(&mut self, code: &str, main: bool) {
        let at = Stamp(self.visit().begins.day().plus(1).start().0 + 10 * HOUR);
        self.visit().procedures.push(DraftProcedure { code: code.to_owned().into(), at, main, anaesthesia: None });
    }

    /// Charges an item on the n-th day of the visit at the institution's price.
    pub fn charge(&mut self, item: ItemId, night: i32, quantity: Quantity) -> u16 {
        let (world, dice) = (self.world, &mut *self.dice);
        let Some(visit) = self.visits.last_mut() else { return 0 };
        let when = if visit.is_stay() { care::time_of_day(visit, night) } else { visit.begins };
        // Later than what was charged before on that day, so that "the latest line" is the last added.
        let minutes = visit.lines.iter().filter(|line| line.at.day() == when.day()).count() as i64;
        let line = world.line(dice, visit, item, Stamp(when.0 + 60 * minutes), quantity);
        visit.push(line)
    }

    /// Charges a medicine with a prescription and a week's supply.
    pub fn prescribe(&mut self, item: ItemId, night: i32, prescription: u8) -> u16 {
        let place = self.charge(item, night, Quantity::whole(1));
        if let Some(line) = self.visit().lines.get_mut(place as usize) {
            line.prescription = prescription;
            line.supply_days = 7;
        }
        place
    }

    /// Sets the price of a line.
    pub fn reprice(&mut self, place: u16, price: UnitPrice) {
        if let Some(line) = self.visit().lines.get_mut(place as usize) {
            line.price = price;
        }
    }

    /// The line's own amount.
    pub fn amount(&mut self, place: u16) -> Fen {
        let line = self.visit().lines.get(place as usize);
        line.map_or(Fen::ZERO, |line| line.amount.unwrap_or_else(|| line.price.times(line.quantity)))
    }

    /// Marks a whole line as a violation.
    pub fn whole(&mut self, rule: &'static str, dose: &'static str, place: u16) {
        let quantity = self.visit().lines.get(place as usize).map_or(Quantity::ZERO, |line| line.quantity);
        self.visit().mark_line(rule, dose, place, quantity, AtStake::Whole);
    }

    pub fn insure(&mut self, insurance: Insurance) {
        self.visit().insurance = Some(insurance);
    }

    /// One of a list.
    pub fn pick<T: Copy>(&mut self, list: &[T]) -> Option<T> {
        self.dice.pick(list).copied()
    }
}
