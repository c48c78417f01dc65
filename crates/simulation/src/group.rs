//! By what effects are compared: the groups of people, places and care that a reform is judged on.

use benefit::{Kind, Level};

/// What groups are made by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dimension {
    /// 险种
    Scheme,
    /// 就诊类别
    Kind,
    /// 机构级别
    Level,
    /// 年龄段
    Age,
    /// 困难身份
    Income,
}

/// One group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct GroupKey {
    /// By what.
    pub dimension: Dimension,
    /// Place within the dimension, in the order of showing.
    pub place: u8,
}

/// Age in completed years at the end of the visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum AgeBand {
    /// 0–17
    Child,
    /// 18–39
    Young,
    /// 40–59
    Middle,
    /// 60–69
    Older,
    /// 70 and over
    Old,
    /// No birthday
    Unknown,
}

/// Income status: the word a policy knows a person by, one a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Income {
    /// 特困
    Destitute,
    /// 低保
    Low,
    /// 返贫致贫
    PovertyProne,
    /// 低保边缘
    Edge,
    /// 残疾
    Disabled,
    /// None of these
    General,
}

/// The schemes that claims data can name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Scheme {
    Employee,
    Resident,
}

impl Dimension {
    /// Every dimension, in the order of showing.
    pub const ALL: [Self; 5] = [Self::Scheme, Self::Kind, Self::Level, Self::Age, Self::Income];

    /// The dimension in Chinese.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Scheme => "险种",
            Self::Kind => "就诊类别",
            Self::Level => "机构级别",
            Self::Age => "年龄段",
            Self::Income => "困难身份",
        }
    }

    /// The dimension in tables.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Scheme => "scheme",
            Self::Kind => "kind",
            Self::Level => "level",
            Self::Age => "age_band",
            Self::Income => "income",
        }
    }
}

impl GroupKey {
    const fn new(dimension: Dimension, place: u8) -> Self {
        Self { dimension, place }
    }

    /// The group in Chinese.
    #[must_use]
    pub fn label(self) -> &'static str {
        let place = usize::from(self.place);
        match self.dimension {
            Dimension::Scheme => Scheme::ALL.get(place).map_or("", |scheme| scheme.label()),
            Dimension::Kind => Kind::ALL.get(place).map_or("", |kind| kind.title()),
            Dimension::Level => Level::ALL.get(place).map_or("", |level| level.title()),
            Dimension::Age => AgeBand::ALL.get(place).map_or("", |band| band.label()),
            Dimension::Income => Income::ALL.get(place).map_or("", |income| income.label()),
        }
    }
}

impl From<Scheme> for GroupKey {
    fn from(scheme: Scheme) -> Self {
        Self::new(Dimension::Scheme, scheme as u8)
    }
}

impl From<Kind> for GroupKey {
    fn from(kind: Kind) -> Self {
        Self::new(Dimension::Kind, kind as u8)
    }
}

impl From<Level> for GroupKey {
    fn from(level: Level) -> Self {
        Self::new(Dimension::Level, level as u8)
    }
}

impl From<AgeBand> for GroupKey {
    fn from(band: AgeBand) -> Self {
        Self::new(Dimension::Age, band as u8)
    }
}

impl From<Income> for GroupKey {
    fn from(income: Income) -> Self {
        Self::new(Dimension::Income, income as u8)
    }
}

impl AgeBand {
    /// Every band, in order.
    pub const ALL: [Self; 6] = [Self::Child, Self::Young, Self::Middle, Self::Older, Self::Old, Self::Unknown];

    pub(crate) const fn of(age: Option<u16>) -> Self {
        match age {
            None => Self::Unknown,
            Some(..18) => Self::Child,
            Some(18..40) => Self::Young,
            Some(40..60) => Self::Middle,
            Some(60..70) => Self::Older,
            Some(70..) => Self::Old,
        }
    }

    /// The band in Chinese.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Child => "0–17 岁",
            Self::Young => "18–39 岁",
            Self::Middle => "40–59 岁",
            Self::Older => "60–69 岁",
            Self::Old => "70 岁及以上",
            Self::Unknown => "年龄不详",
        }
    }
}

impl Income {
    /// Every status, the most protected first.
    pub const ALL: [Self; 6] =
        [Self::Destitute, Self::Low, Self::PovertyProne, Self::Edge, Self::Disabled, Self::General];

    /// The word policies know it by; empty for nobody special.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Destitute => "destitute",
            Self::Low => "low_income",
            Self::PovertyProne => "poverty_prone",
            Self::Edge => "edge_household",
            Self::Disabled => "disabled",
            Self::General => "",
        }
    }

    /// The status in Chinese.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Destitute => "特困人员",
            Self::Low => "低保对象",
            Self::PovertyProne => "返贫致贫人口",
            Self::Edge => "低保边缘家庭",
            Self::Disabled => "残疾人员",
            Self::General => "一般人群",
        }
    }
}

impl Scheme {
    pub(crate) const ALL: [Self; 2] = [Self::Employee, Self::Resident];

    /// The scheme as policies name it.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Employee => "employee",
            Self::Resident => "resident",
        }
    }

    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Employee => "职工医保",
            Self::Resident => "居民医保",
        }
    }
}
