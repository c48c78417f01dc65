//! Planting violations and look-alikes: scenes played by invented persons.
//!
//! A scene is one rule at one dose, or one look-alike of it; it says whom it needs, how many days it takes,
//! and builds its visits from the published tables. Families are files, `cast` is the registry: a new
//! rule adds scenes to a family. Nothing here calls the product's rules. What a scene plants, and what
//! an ideal auditor must say of it:
//!
//! | rule | planted | at fault, quantity, money |
//! |---|---|---|
//! | attribute limits (`limits`): work injury, maternity, child, sex, level, setting, internet, elderly, pregnancy, neonate, working age, indication | one line in the wrong circumstances | the line, whole |
//! | `drug-max-paid-days-or-quantity` | outpatient `prd_days` > 84 | the line; its share of days past 84 |
//! | `drug-paid-course-limit`, `service-paid-course-limit` | use on more distinct days of a stay than paid | each line on a day past the N-th, whole |
//! | `service-frequency-limit` | quantity over the day's limit | the excess, on the latest lines of the day |
//! | `service-period-frequency` | again within the period (days 0 and P−1 clash, 0 and P do not) | the later line, whole |
//! | `service-unit-price-over-cap` | price above the ceiling of the institution's level | the line; (price − ceiling) × quantity |
//! | `service-duplicate-charge` | A and B on one day of one visit, or in one visit | each line of B, whole |
//! | `surgery-second-not-discounted` | two of a group on one day of a stay, the cheaper above half its ceiling | the cheaper; what exceeds half the ceiling |
//! | `tcm-slice-never-payable` | a never-paid piece in a mixed prescription | the line, whole |
//! | `tcm-slice-single-not-payable` | a prescription wholly of the list | every line of it, whole |
//! | `tcm-incompatibility` | two pieces of a pair in one prescription | the later of the two lines, whole |
//! | `tcm-oversized-prescription`, `drug-kinds-over-limit` | more than 25 pieces, more than 5 medicines on one `rxno` | the visit; money of the kinds past the limit |
//! | `drug-duplicate-class` | two generics of one published group on one prescription | the line of the second, whole |
//! | `charge-date-outside-stay`, `detail-line-anomaly` | a line's day or amount is wrong | the line; money whole, or not judged |
//! | `non-realtime-upload` | a line uploaded more than 24 hours later | the visit; money not judged |
//! | `settlement-list-anomaly`, `diagnosis-code-anomaly`, `procedure-code-anomaly`, `procedure-sex-conflict`, `dx-procedure-mismatch`, `dx-sex-conflict`, `dx-age-conflict`, `low-standard-admission` | the visit's own record is wrong | the visit; money not judged |
//! | `perioperative-antibiotic` | antibiotic from the second day after a hernia repair | each such line, whole |
//! | `drug-service-mismatch` | contrast medium without imaging | the line, whole |
//! | `drug-interaction` | two interacting drugs on one prescription | the later line, whole |
//! | schemes of several persons (`schemes`, `swipes`, `packs`, `wards`, `payment`, `capacity`) | one degree a run, in a city of 24,000 and more | the visits, or the institution as a whole |
//! | `split-admission` | readmitted to the same institution within 7 days, same three characters of the main diagnosis | the second stay; money not judged |
//! | `frequent-outpatient`, `frequent-admission`, `frequent-drug-purchase` | 16th visit of a month, 4th stay in 90 days, 11th purchase of a month | the visit that passes the limit; money not judged |
//! | `overlapping-stays` | two stays that overlap by days | the later stay, whole |
//! | `outpatient-during-stay` | visits and purchases in the midst of a stay | each of them, whole |
//! | `after-death-service` | purchases after death | each of them, whole |
//! | `after-death-prescriber`, `staff-suspended` | a doctor struck off orders | the line, whole |
//! | `impossible-travel` | two places within minutes | the later visit, whole |
//! | `identity-implausible` | an organ removed twice | the later stay, whole |
//! | `multi-institution-prescribing` | a fill while supply of two more institutions is at hand | the line; its share of the days at hand past 7 |
//! | `bed-hanging` | days of a stay with the bed charge alone | the stay; its bed charges |
//! | `exam-type-admission` | three nights or more of tests | the stay; its tests |
//! | `cross-institution-split` | three stays over three hospitals, same disease | the third stay, whole |
//! | `tcm-over-daily-dose` | asarum above six grams a day | the line; the grams above |
//! | `split-prescription` | three sheets or more that hold more than five kinds together | the visit; the kinds past five |
//! | `cap-line-chasing` | the year's cap reached in December | the visit; money not judged |
//! | rules on example tables (`assumed`) | one line of an invented item in the wrong circumstances | the line, whole or its part above the limit |

mod assumed;
mod capacity;
mod cast;
mod catalogued;
mod counter;
mod durations;
mod history;
mod limits;
mod packs;
mod patterns;
mod payment;
mod pieces;
mod prices;
mod records;
mod schemes;
mod script;
mod stage;
mod stays;
mod swipes;
mod treatment;
mod wards;

use model::{Day, Sex};

use crate::dice::{Dice, Stream};
use crate::draft::{Draft, Facts, MarkKind};
use crate::life;
use crate::world::{Extent, World};

pub(crate) use cast::Cast;
pub(crate) use schemes::{HouseMark, Schemes};
pub(crate) use stage::{Place, Stage};

/// How much is planted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Profile {
    /// Nothing: a clean city.
    None,
    /// About one visit in two hundred is touched.
    #[default]
    Standard,
    /// About one visit in twenty.
    Heavy,
}

/// How blatant the violations are that are planted. Look-alikes, and violations that have no degrees, are
/// planted whatever the dose.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Dose {
    /// Every degree, side by side.
    #[default]
    All,
    /// Only violations of this degree: 1 just past the limit, 2 plain, 3 blatant.
    Only(u8),
}

impl Dose {
    /// Whether a scene of this degree is played.
    fn admits(self, degree: Option<u8>) -> bool {
        match (self, degree) {
            (Self::Only(wanted), Some(degree)) => wanted == degree,
            _ => true,
        }
    }
}

/// Whom a scene needs.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Needs {
    /// `gend`, when it matters.
    pub gender: Option<&'static str>,
    /// Completed years, inclusive.
    pub years: (i32, i32),
    /// Age in days, inclusive, instead of years.
    pub days_old: Option<(i32, i32)>,
    /// Died so many days after the scene's first day (before it when negative).
    pub died: Option<i32>,
}

impl Needs {
    pub const ADULT: Self = Self { gender: None, years: (25, 55), days_old: None, died: None };

    pub const fn aged(from: i32, to: i32) -> Self {
        Self { years: (from, to), ..Self::ADULT }
    }

    pub const fn newborn() -> Self {
        Self { years: (0, 0), days_old: Some((2, 20)), ..Self::ADULT }
    }

    pub const fn gender(self, gender: &'static str) -> Self {
        Self { gender: Some(gender), ..self }
    }
}

/// `gend` of a sex.
pub(crate) const fn gender_of(sex: Sex) -> &'static str {
    match sex {
        Sex::Male => "1",
        Sex::Female => "2",
        Sex::Unknown => "9",
    }
}

/// `gend` of the other sex.
pub(crate) const fn other_gender(sex: Sex) -> &'static str {
    match sex {
        Sex::Male => "2",
        Sex::Female => "1",
        Sex::Unknown => "9",
    }
}

/// What builds a scene.
pub(crate) type Build = Box<dyn Fn(&mut Stage<'_>)>;

/// A scene.
pub(crate) struct Scene {
    pub needs: Needs,
    /// Days from its first visit to the end of its last.
    pub span_days: i32,
    /// Days before and after without any other visit of the person.
    pub quiet_days: i32,
    /// The first visit is on or after this day, when given,
    pub from: Option<Day>,
    /// and everything before this one.
    pub until: Option<Day>,
    /// How blatant its violation is (1 to 3); `None` for look-alikes and for what has no degrees.
    pub degree: Option<u8>,
    pub build: Build,
}

/// Which scenes are played, by whom.
pub(crate) struct Plan {
    scenes: Vec<Scene>,
    order: Vec<usize>,
    next: usize,
    dice: Dice,
    per_million: u32,
    extent: Extent,
    schemes: Schemes,
}

/// What a person plays.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Part {
    /// A scene of his own.
    Scene(usize),
    /// A part in a scheme of several persons.
    Scheme(usize, u32),
}

/// Visits of an average person in a year, as measured on a clean city.
const VISITS_A_YEAR: u64 = 8;

impl Plan {
    pub fn new(world: &mut World, extent: Extent, profile: Profile, dose: Dose) -> Self {
        let mut scenes = if profile == Profile::None { Vec::new() } else { Cast::all(world) };
        scenes.retain(|scene| scene.room(extent).is_some() && dose.admits(scene.degree));
        let mut dice = Dice::new(extent.seed, Stream::SCENES);
        let mut order: Vec<usize> = (0..scenes.len()).collect();
        dice.shuffle(&mut order);
        let per_thousand = if profile == Profile::Heavy { 50 } else { 5 };
        // A scene has about one and a half visits; small cities still see every scene if they can.
        let share = VISITS_A_YEAR * u64::from(extent.days) * per_thousand * 1000 * 2 / 3 / 365;
        let every = scenes.len() as u64 * 1_150_000 / u64::from(extent.persons.max(1));
        let per_million = if scenes.is_empty() { 0 } else { share.max(every).min(400_000) as u32 };
        let schemes = if profile == Profile::None { Schemes::none() } else { Schemes::new(world, extent, dose) };
        Self { scenes, order, next: 0, dice, per_million, extent, schemes }
    }

    /// What institutions as a whole are to be told, or not.
    pub fn house_marks(&self) -> impl Iterator<Item = HouseMark> {
        self.schemes.house_marks()
    }

    /// What the next person plays, if anything. Called once a person, in order.
    pub fn part_for(&mut self, person: u64) -> Option<Part> {
        if let Some((scheme, role)) = self.schemes.role_of(person) {
            return Some(Part::Scheme(scheme, role));
        }
        if !self.dice.per_million(self.per_million) {
            return None;
        }
        let scene = self.order.get(self.next % self.order.len().max(1)).copied();
        self.next += 1;
        scene.map(Part::Scene)
    }

    /// The person's life with the part in it.
    pub fn perform(&self, world: &World, dice: &mut Dice, person: u64, part: Part) -> Draft {
        match part {
            Part::Scene(scene) => self.play(world, dice, person, scene),
            Part::Scheme(scheme, role) => self.schemes.perform(world, dice, person, (scheme, role)),
        }
    }

    fn play(&self, world: &World, dice: &mut Dice, person: u64, scene: usize) -> Draft {
        let ordinary = life::facts(world, dice, person);
        let Some((scene, (first, last))) = self.scenes.get(scene).and_then(|s| Some((s, s.room(self.extent)?))) else {
            return life::life(world, dice, person, ordinary);
        };
        let day = first.plus(dice.between(0, last.0 - first.0));
        let facts = fitting(dice, &scene.needs, day, ordinary);
        let mut draft = life::life(world, dice, person, facts);
        let quiet = (day.plus(-1 - scene.quiet_days), day.plus(scene.span_days + 1 + scene.quiet_days));
        draft.visits.retain(|visit| visit.ends.day() < quiet.0 || visit.begins.day() > quiet.1);
        let mut stage = Stage::new(world, dice, person, day);
        (scene.build)(&mut stage);
        let marks = stage.visits.iter_mut().flat_map(|visit| &mut visit.marks);
        marks.filter(|mark| mark.kind == MarkKind::Violation).for_each(|mark| mark.degree = scene.degree);
        draft.visits.append(&mut stage.visits);
        draft.visits.sort_by_key(|visit| visit.begins);
        draft
    }
}

impl Scene {
    /// The days on which it may begin in a run.
    fn room(&self, extent: Extent) -> Option<(Day, Day)> {
        let end = extent.first_day.plus(extent.days as i32);
        // A few days of slack: charges before admission, uploads afterwards.
        let first = self.from.map_or(extent.first_day, |from| from.max(extent.first_day)).plus(4);
        let last = self.until.map_or(end, |until| until.min(end)).plus(-self.span_days - 4);
        (first <= last).then_some((first, last))
    }
}

/// A person who meets the needs on the day and all through the scene.
fn fitting(dice: &mut Dice, needs: &Needs, day: Day, ordinary: Facts) -> Facts {
    let gender = needs.gender.unwrap_or(if ordinary.gender == "9" { "1" } else { ordinary.gender });
    let born_on = match needs.days_old {
        Some((from, to)) => day.plus(-dice.between(from, to)),
        None => {
            let years = dice.between(needs.years.0, needs.years.1);
            let (year, month, of_month) = day.civil();
            let birthday = Day::from_civil(year - years, month, of_month.min(28)).unwrap_or(day);
            birthday.plus(-dice.between(40, 240))
        }
    };
    Facts { gender, born_on, died_on: needs.died.map(|days| day.plus(days)), ..ordinary }
}

#[cfg(test)]
mod tests {
    use super::Dose;

    #[test]
    fn a_dose_leaves_out_other_degrees_but_never_look_alikes() {
        let played = |dose: Dose| [None, Some(1), Some(2), Some(3)].map(|degree| dose.admits(degree));
        assert_eq!(played(Dose::All), [true; 4]);
        assert_eq!(played(Dose::Only(2)), [true, false, true, false]);
    }
}
