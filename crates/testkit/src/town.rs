//! The invented city: institutions by level, and their staff.
//!
//! One tertiary hospital per 150,000 persons, a secondary one per 25,000, a primary one per 2,500, a
//! pharmacy per 2,000, one internet hospital, one clinic without a level and one whose level was never filled in. A hospital in
//! a distant city, a doctor who dies and one who is suspended in the course of the run appear in scenes only. All
//! names are put together from invented parts; any likeness is chance.

use model::{Day, HospitalLevel};

use crate::dice::{Dice, Stream};
use crate::world::Extent;

/// An institution.
#[derive(Debug)]
pub(crate) struct House {
    pub code: String,
    pub name: String,
    /// `fixmedins_type`
    pub kind: &'static str,
    /// `hosp_lv`
    pub level_code: &'static str,
    pub level: HospitalLevel,
    pub beds: u32,
    pub internet: bool,
    /// `admdvs`
    pub area: &'static str,
    /// The staff's indices.
    pub doctors: std::ops::Range<u32>,
}

/// A member of staff.
#[derive(Debug)]
pub(crate) struct Doctor {
    pub code: String,
    pub name: String,
    pub house: u32,
    pub title: &'static str,
    pub department: &'static str,
    pub died_on: Option<Day>,
    pub suspended_from: Option<Day>,
}

/// All of them, and who they are by kind.
#[derive(Debug, Default)]
pub(crate) struct Town {
    pub houses: Vec<House>,
    pub doctors: Vec<Doctor>,
    pub tertiary: Vec<u32>,
    pub secondary: Vec<u32>,
    pub primary: Vec<u32>,
    pub pharmacies: Vec<u32>,
    pub internet: u32,
    pub unrated: u32,
    pub level_unknown: u32,
    /// Small private hospitals without ordinary patients, for schemes; none in a small city.
    pub private: Vec<u32>,
    /// A hospital in another city.
    pub distant: u32,
    /// A doctor of the first secondary hospital who dies in the course of the run.
    pub dying_doctor: u32,
    /// A doctor of the first secondary hospital who is suspended from the same day on.
    pub suspended_doctor: u32,
    /// The day of both.
    pub struck_off_on: Day,
}

/// The pooling area of the city.
pub(crate) const AREA: &str = "610100";
/// Another city, some hundred kilometres away.
const DISTANT_AREA: &str = "610800";
/// Persons from which on a city is large enough for schemes: it has pharmacies and peers to hide among.
pub(crate) const SCHEMES_FROM_PERSONS: u32 = 24_000;
const PRIVATE_HOSPITALS: u32 = 24;
const PRIVATE_BEDS: u32 = 20;
/// 康复医学科: each small private hospital has one of it, the other houses none.
const REHABILITATION: &str = "A21";
/// Days from the first one on which two doctors are struck off.
const STRUCK_OFF_AFTER_DAYS: i32 = 120;

const PLACES: [&str; 24] = [
    "云麓", "青溪", "长泽", "明原", "石桥", "南陂", "北苑", "柳塘", "白沙", "东屏", "望川", "金坪", "松亭", "澄湖",
    "雁滩", "玉岭", "河湾", "竹屿", "锦岗", "远山", "新渡", "平畴", "霞浦", "安池",
];
const SURNAMES: [&str; 16] =
    ["白", "陆", "贺", "柯", "沈", "宁", "孟", "骆", "路", "方", "霍", "齐", "梁", "凌", "温", "易"];
const GIVEN: [&str; 20] = [
    "一舟", "知行", "若木", "闻溪", "书禾", "望舒", "行止", "青禾", "清和", "之远", "见山", "听澜", "云起", "亦安",
    "南乔", "思齐", "子衿", "如松", "怀瑾", "予安",
];
const TITLES: [&str; 4] = ["231", "232", "233", "234"];
const DEPARTMENTS: [&str; 8] = ["A03", "A04", "A05", "A07", "A10", "A12", "A50", "A20"];

impl Town {
    /// A city for so many persons.
    pub fn new(extent: Extent) -> Self {
        let Extent { seed, persons, first_day, .. } = extent;
        let mut town = Self { struck_off_on: first_day.plus(STRUCK_OFF_AFTER_DAYS), ..Self::default() };
        let mut dice = Dice::new(seed, Stream::TOWN);
        let count = |per: u32, least: u32| (persons / per).max(least);
        for n in 0..count(150_000, 1) {
            let id = town.add(&mut dice, n, "三级综合医院", "2", HospitalLevel::Tertiary, 40);
            town.tertiary.push(id);
        }
        for n in 0..count(25_000, 3) {
            let id = town.add(&mut dice, n, "区人民医院", "5", HospitalLevel::Secondary, 24);
            town.secondary.push(id);
        }
        for n in 0..count(2_500, 6) {
            let name = if n % 2 == 0 { "社区卫生服务中心" } else { "镇卫生院" };
            let id = town.add(&mut dice, n, name, "9", HospitalLevel::Primary, 8);
            town.primary.push(id);
        }
        for n in 0..count(2_000, 6) {
            let id = town.add(&mut dice, n, "大药房", "", HospitalLevel::Unknown, 2);
            town.pharmacies.push(id);
        }
        town.internet = town.add(&mut dice, 0, "互联网医院", "5", HospitalLevel::Secondary, 12);
        town.unrated = town.add(&mut dice, 1, "康复门诊部", "11", HospitalLevel::Unrated, 3);
        town.level_unknown = town.add(&mut dice, 2, "联合诊所", "", HospitalLevel::Unknown, 3);
        town.distant = town.add(&mut dice, 3, "三级综合医院", "2", HospitalLevel::Tertiary, 12);
        if let Some(house) = town.houses.get_mut(town.distant as usize) {
            house.area = DISTANT_AREA;
        }
        if persons >= SCHEMES_FROM_PERSONS {
            for n in 0..PRIVATE_HOSPITALS {
                let id = town.add(&mut dice, n, "康宁医院", "9", HospitalLevel::Primary, 8);
                town.private.push(id);
                if let Some(house) = town.houses.get_mut(id as usize) {
                    house.beds = PRIVATE_BEDS;
                }
                if let Some(therapist) = town.doctors.last_mut() {
                    therapist.department = REHABILITATION;
                }
            }
        }
        town.strike_off();
        town
    }

    /// Two doctors of the first secondary hospital beyond its usual staff, so that no ordinary visit is theirs.
    fn strike_off(&mut self) {
        let house = self.secondary.first().copied().unwrap_or_default();
        let day = Some(self.struck_off_on);
        for (died_on, suspended_from) in [(day, None), (None, day)] {
            let n = self.doctors.len();
            let (code, name) = (format!("D{AREA}{n:06}"), format!("白{n}"));
            let (title, department) = ("232", "A03");
            self.doctors.push(Doctor { code, name, house, title, department, died_on, suspended_from });
        }
        self.suspended_doctor = self.doctors.len() as u32 - 1;
        self.dying_doctor = self.suspended_doctor - 1;
    }

    fn add(
        &mut self,
        dice: &mut Dice,
        ordinal: u32,
        kind: &str,
        level_code: &'static str,
        level: HospitalLevel,
        staff: u32,
    ) -> u32 {
        let id = self.houses.len() as u32;
        let pharmacy = kind == "大药房";
        let place = PLACES.get((ordinal as usize) % PLACES.len()).copied().unwrap_or_default();
        let name = match ordinal as usize / PLACES.len() {
            0 => format!("{place}{kind}"),
            round => format!("{place}第{}{kind}", round + 1),
        };
        let first = self.doctors.len() as u32;
        for _ in 0..staff {
            let n = self.doctors.len();
            let surname = dice.pick(&SURNAMES).copied().unwrap_or_default();
            let given = dice.pick(&GIVEN).copied().unwrap_or_default();
            self.doctors.push(Doctor {
                code: format!("{}{AREA}{n:06}", if pharmacy { "Y" } else { "D" }),
                name: format!("{surname}{given}"),
                house: id,
                title: TITLES.get(dice.below(4) as usize).copied().unwrap_or_default(),
                department: DEPARTMENTS.get(n % DEPARTMENTS.len()).copied().unwrap_or_default(),
                died_on: None,
                suspended_from: None,
            });
        }
        self.houses.push(House {
            code: format!("{}{AREA}{:05}", if pharmacy { "P" } else { "H" }, id + 1),
            name,
            kind: if pharmacy { "2" } else { "1" },
            level_code,
            level,
            beds: if pharmacy || staff < 8 { 0 } else { staff * 25 },
            internet: kind == "互联网医院",
            area: AREA,
            doctors: first..self.doctors.len() as u32,
        });
        id
    }

    pub fn house(&self, id: u32) -> &House {
        #[expect(clippy::indexing_slicing, reason = "house ids are only made by `add`")]
        &self.houses[id as usize]
    }

    /// One of the staff of a house.
    pub fn doctor(&self, dice: &mut Dice, house: u32) -> u32 {
        let range = self.house(house).doctors.clone();
        range.start + dice.below(range.end - range.start)
    }

    /// A house of a level, always the same for the same person unless `dice` says otherwise.
    pub fn house_of(&self, dice: &mut Dice, level: HospitalLevel, person: u64) -> u32 {
        let list = match level {
            HospitalLevel::Tertiary => &self.tertiary,
            HospitalLevel::Secondary => &self.secondary,
            _ => &self.primary,
        };
        let home = (person % list.len().max(1) as u64) as usize;
        let place = if dice.percent(80) { home } else { dice.below(list.len() as u32) as usize };
        list.get(place).copied().unwrap_or_default()
    }

    /// So many pharmacies around the person's own, all of them different while there are enough.
    pub fn pharmacies_around(&self, person: u64, count: usize) -> Vec<u32> {
        let own = (person % self.pharmacies.len().max(1) as u64) as usize;
        self.pharmacies.iter().copied().cycle().skip(own).take(count.min(self.pharmacies.len())).collect()
    }

    /// A pharmacy near the person.
    pub fn pharmacy_of(&self, dice: &mut Dice, person: u64) -> u32 {
        let home = (person % self.pharmacies.len().max(1) as u64) as usize;
        let place = if dice.percent(70) { home } else { dice.below(self.pharmacies.len() as u32) as usize };
        self.pharmacies.get(place).copied().unwrap_or_default()
    }
}
