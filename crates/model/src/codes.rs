//! Coded values of the national interface, folded into what rules ask about.

/// The index of an item (drug, service, piece, consumable) in the compiled library.
pub const UNKNOWN_ITEM: u32 = u32::MAX;
/// The index of a diagnosis or procedure that the catalogue does not know.
pub const UNKNOWN_CODE: u32 = u32::MAX;

/// `gend`: 1 男, 2 女; everything else (0, 9, empty) is unknown and never decides a rule.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Sex {
    /// 男
    Male,
    /// 女
    Female,
    /// 未说明
    #[default]
    Unknown,
}

/// `hosp_lv` folded to its class: 1 (三级特等) … 11 (无等级), 12–14 (三/二/一级无等).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub enum HospitalLevel {
    /// Not given: decides nothing.
    #[default]
    Unknown,
    /// 无等级 (11): below every level that a limit can ask for.
    Unrated,
    /// 一级
    Primary,
    /// 二级
    Secondary,
    /// 三级
    Tertiary,
}

/// Where care happened, from `med_type` and the institution's kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum CareSetting {
    /// 门诊 (11, 12, 14, 16, 99xx …)
    #[default]
    Outpatient,
    /// 急诊 (13…)
    Emergency,
    /// 住院 (2x…, 52): including day surgery (28)
    Inpatient,
    /// 药店购药 (41, 93) or any visit at a pharmacy
    Pharmacy,
    /// 家庭病床 (71)
    HomeBed,
}

/// `insutype`, as a number (310, 390, 510 …); 0 when not given.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct Insurance(pub u32);

/// `matn_stas`, by the dictionary's profile (ERRATA 5: 1/2 in the audit interface, 3/4 elsewhere).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum MaternalState {
    /// Neither, or not given.
    #[default]
    None,
    /// 妊娠期
    Pregnant,
    /// 哺乳期
    Lactating,
}

/// What a catalogue item is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum ItemKind {
    /// 西药 (X…)
    WesternDrug,
    /// 中成药 (Z…)
    PatentDrug,
    /// 中药饮片 (T…)
    DecoctionPiece,
    /// 医疗服务项目 (00…)
    Service,
    /// 医用耗材 (C…)
    Consumable,
    /// Anything else.
    Other,
}

impl Sex {
    /// From `gend`.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        match code.trim() {
            "1" | "男" => Self::Male,
            "2" | "女" => Self::Female,
            _ => Self::Unknown,
        }
    }

    /// 男, 女 or 未说明.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Male => "男",
            Self::Female => "女",
            Self::Unknown => "未说明",
        }
    }
}

impl HospitalLevel {
    /// From `hosp_lv`, one or two digits.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        match code.trim().trim_start_matches('0') {
            "1" | "2" | "3" | "4" | "12" => Self::Tertiary,
            "5" | "6" | "7" | "13" => Self::Secondary,
            "8" | "9" | "10" | "14" => Self::Primary,
            "11" => Self::Unrated,
            _ => Self::Unknown,
        }
    }

    /// 三级, 二级, 一级, 无等级 or 未知.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Tertiary => "三级",
            Self::Secondary => "二级",
            Self::Primary => "一级",
            Self::Unrated => "无等级",
            Self::Unknown => "未知",
        }
    }
}

impl CareSetting {
    /// From `med_type`. Codes are hierarchical: the first two digits decide, except the local range
    /// 99, whose members are outpatient programmes.
    #[must_use]
    pub fn from_med_type(code: &str) -> Self {
        let code = code.trim();
        match code.get(..2).unwrap_or(code) {
            "13" => Self::Emergency,
            "21" | "22" | "23" | "24" | "25" | "26" | "27" | "28" | "29" | "52" => Self::Inpatient,
            "41" | "93" => Self::Pharmacy,
            "71" => Self::HomeBed,
            _ => Self::Outpatient,
        }
    }

    /// The setting in Chinese.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Outpatient => "门诊",
            Self::Emergency => "急诊",
            Self::Inpatient => "住院",
            Self::Pharmacy => "药店购药",
            Self::HomeBed => "家庭病床",
        }
    }
}

impl Insurance {
    /// 生育保险
    pub const MATERNITY: Self = Self(510);

    /// From `insutype`.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        Self(code.trim().get(..3).and_then(|c| c.parse().ok()).unwrap_or(0))
    }

    /// The scheme in Chinese.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self.0 {
            310 => "职工基本医疗保险",
            320 => "公务员医疗补助",
            330 => "大额医疗费用补助",
            340 => "离休人员医疗保障",
            380 => "新型农村合作医疗",
            390 => "城乡居民基本医疗保险",
            391 => "城镇居民基本医疗保险",
            392 => "城乡居民大病医疗保险",
            410 => "长期照护保险",
            510 => "生育保险",
            0 => "未填险种",
            _ => "其他险种",
        }
    }
}

impl MaternalState {
    /// From `matn_stas`. 1/2 mean pregnant/lactating in the audit interface, 3/4 in the platform
    /// dictionary, where 1 means "neither" and 2 "plans a child": the two cannot be told apart by
    /// value, so a folder says which it speaks (`audit_profile`).
    #[must_use]
    pub fn from_code(code: &str, audit_profile: bool) -> Self {
        match (code.trim(), audit_profile) {
            ("3", _) | ("1", true) => Self::Pregnant,
            ("4", _) | ("2", true) => Self::Lactating,
            _ => Self::None,
        }
    }
}

impl ItemKind {
    /// From the shape of a national code.
    #[must_use]
    pub fn from_code(code: &str) -> Self {
        match code.as_bytes().first() {
            Some(b'X') => Self::WesternDrug,
            Some(b'Z') => Self::PatentDrug,
            Some(b'T') => Self::DecoctionPiece,
            Some(b'C') => Self::Consumable,
            Some(b'0'..=b'9') => Self::Service,
            _ => Self::Other,
        }
    }

    /// Western or patent medicine.
    #[must_use]
    pub const fn is_medicine(self) -> bool {
        matches!(self, Self::WesternDrug | Self::PatentDrug)
    }
}

/// Resolves wire codes to the indices of a compiled library. An edge that fills a
/// [`crate::PersonCase`] is given one; it need not know what stands behind.
pub trait CodeBook: Sync {
    /// The index of an item; [`UNKNOWN_ITEM`] when the library does not know the code.
    fn item(&self, code: &str) -> u32;
    /// The index of a diagnosis (clinical-edition codes are mapped first); [`UNKNOWN_CODE`] when not known.
    fn diagnosis(&self, code: &str) -> u32;
    /// The index of a procedure (clinical-edition codes are mapped first); [`UNKNOWN_CODE`] when not known.
    fn procedure(&self, code: &str) -> u32;
}
