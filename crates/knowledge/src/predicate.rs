//! The compact language of the `predicate` column: space-separated terms, all of which must hold.
//!
//! ```text
//! sex=F                          only this sex
//! age=3y..13y  age=..29d  age=60y..  age=work     half-open windows in years, months (m) or days (d)
//! age=child    age=3y..child     children, where the text names no upper age: the rule's parameter decides
//! level>=2                       institution level at least 二级
//! setting=inpatient|emergency    only in these settings
//! insurance=510  insurance=work-injury
//! channel=offline                not over the internet
//! maternal=none                  not for pregnant or lactating persons (maternal=not-pregnant, not-lactating)
//! max_days=14 [logic=span] window=visit
//! max_qty=1 unit=day window=day  max_qty=1 window=rolling period_days=15
//! window=hour  window=rolling period_hours=6
//! min_interval_days=14
//! window=day|visit|operation     for pairs
//! max_qty=1 window=month|quarter|year    calendar periods, across visits
//! max_price=260.00               highest unit price (or price of the whole set), in yuan
//! max_amount=5000.00             highest sum in the window, in yuan
//! dept=A28|A50                   only in these departments (code prefixes)
//! title=231|232                  only ordered by staff of these titles
//! percent=60                     share of the full price for the second and further
//! group=胃肠手术组                same-incision group, duplicate class
//! dx=CODESET  not_dx=CODESET     a reviewed code set of knowledge/code_sets.csv
//! force=caution                  the text says 慎用, not 禁用: a reminder, never a refusal
//! ```
//!
//! This module owns what the terms mean; `language` reads and prints them. An empty predicate demands
//! nothing: such a point is text-only, or a list whose membership alone is the condition (饮片).

use model::{CareSetting, Fen, HospitalLevel, Quantity, Sex, UnitPrice};

/// A unit of age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AgeUnit {
    /// Completed years
    Years,
    /// Completed months
    Months,
    /// Days lived
    Days,
}

/// One end of an age window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AgeBound {
    /// How many
    pub value: i32,
    /// of what
    pub unit: AgeUnit,
}

/// Ages that are allowed: from (inclusive) until (exclusive).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AgeWindow {
    /// A plain window.
    Between {
        /// Youngest allowed age
        from: Option<AgeBound>,
        /// First age not allowed
        until: Option<AgeBound>,
    },
    /// Statutory working age, which depends on sex and year of birth: a table, not a constant.
    Working,
    /// "Children", without a number in the text: the rule's parameter decides (14 or 18).
    Child,
    /// Children from this age on; where childhood ends, the rule's parameter decides.
    ChildFrom(AgeBound),
}

/// A set of care settings, as bits in the order of `model::CareSetting`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Settings(pub u8);

/// Where things are counted together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Window {
    /// One calendar day
    Day,
    /// One visit or stay
    Visit,
    /// One operation
    Operation,
    /// One prescription
    Prescription,
    /// Any run of this many days
    Rolling(u16),
    /// One clock hour
    Hour,
    /// Any run of this many hours
    RollingHours(u16),
    /// One calendar month
    Month,
    /// One calendar quarter
    Quarter,
    /// One calendar year
    Year,
}

/// What a quantity is counted in, where the item's own unit is not meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum QuantityUnit {
    /// 日, 天
    Day,
    /// 小时
    Hour,
    /// 次
    Time,
}

/// How strongly the text speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Force {
    /// 禁用, 限…
    Forbidden,
    /// 慎用, 不推荐
    Caution,
}

/// How treatment days are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DayLogic {
    /// Distinct days of use
    Distinct,
    /// Days from the first use to the last
    Span,
}

/// What a point demands. A field that is `None` demands nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Predicate {
    /// Only this sex
    pub sex: Option<Sex>,
    /// Only these ages
    pub age: Option<AgeWindow>,
    /// At least this level
    pub min_level: Option<HospitalLevel>,
    /// Only in these settings
    pub settings: Option<Settings>,
    /// Only this scheme: a national code, or 0 for work injury, which has no code (ERRATA 6)
    pub insurance: Option<u32>,
    /// Not over the internet
    pub offline_only: bool,
    /// Not for pregnant persons
    pub not_pregnant: bool,
    /// Not for lactating persons
    pub not_lactating: bool,
    /// At most this quantity …
    pub max_quantity: Option<Quantity>,
    /// … counted in this unit
    pub quantity_unit: Option<QuantityUnit>,
    /// … in this window (also the window of a pair or a course)
    pub window: Option<Window>,
    /// At least so many days between two uses
    pub min_interval_days: Option<u16>,
    /// At most so many days
    pub max_days: Option<u16>,
    /// counted so
    pub day_logic: Option<DayLogic>,
    /// Same-incision group, duplicate class
    pub group: Option<Box<str>>,
    /// A diagnosis of this code set must be present
    pub diagnoses: Option<Box<str>>,
    /// A diagnosis of this code set must be absent
    pub excluded_diagnoses: Option<Box<str>>,
    /// Highest price of a unit, or of the whole set
    pub max_price: Option<UnitPrice>,
    /// Highest sum in the window
    pub max_amount: Option<Fen>,
    /// Only in these departments: prefixes of department codes, `|`-separated
    pub departments: Option<Box<str>>,
    /// Only ordered by staff of these titles, `|`-separated
    pub titles: Option<Box<str>>,
    /// Share of the full price that the second and further ones cost, in percent
    pub percent: Option<u16>,
    /// How strongly the text speaks; `None` is [`Force::Forbidden`]
    pub force: Option<Force>,
}

/// Every setting, in the order of the bits.
const SETTINGS: [CareSetting; 5] = [
    CareSetting::Outpatient,
    CareSetting::Emergency,
    CareSetting::Inpatient,
    CareSetting::Pharmacy,
    CareSetting::HomeBed,
];

impl Settings {
    /// Exactly these settings.
    #[must_use]
    pub fn of(settings: &[CareSetting]) -> Self {
        Self(settings.iter().fold(0, |bits, &setting| bits | 1 << setting as u8))
    }

    /// Whether care in this setting is allowed.
    #[must_use]
    pub const fn contains(self, setting: CareSetting) -> bool {
        self.0 & (1 << setting as u8) != 0
    }

    /// The settings in it.
    pub fn iter(self) -> impl Iterator<Item = CareSetting> {
        SETTINGS.into_iter().filter(move |&setting| self.contains(setting))
    }
}

impl AgeBound {
    /// So many years.
    #[must_use]
    pub const fn years(value: i32) -> Self {
        Self { value, unit: AgeUnit::Years }
    }

    /// So many months.
    #[must_use]
    pub const fn months(value: i32) -> Self {
        Self { value, unit: AgeUnit::Months }
    }

    /// So many days.
    #[must_use]
    pub const fn days(value: i32) -> Self {
        Self { value, unit: AgeUnit::Days }
    }
}

impl Predicate {
    /// Whether nothing is demanded.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
