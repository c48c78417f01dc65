//! The closed vocabularies of benefit law: what a case may say and a condition may ask.
//!
//! Each word has the name that files and messages use and a Chinese title for people. Open
//! vocabularies (special groups, supplements, programmes) are declared by the packages and live in
//! [`crate::package`].

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $word:ident = $text:literal $title:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum $name { $($(#[$word_doc])* $word),* }

        impl $name {
            /// Every word, in order.
            pub const ALL: &'static [Self] = &[$(Self::$word),*];
            /// How many words there are.
            pub const COUNT: usize = Self::ALL.len();

            /// The word as files write it.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$word => $text),* }
            }

            /// The word for people, in Chinese.
            #[must_use]
            pub const fn title(self) -> &'static str {
                match self { $(Self::$word => $title),* }
            }

            /// The word that files write so.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$word),)* _ => None }
            }

            /// All words as files write them, for messages.
            pub fn names() -> impl Iterator<Item = &'static str> + Clone {
                Self::ALL.iter().map(|word| word.name())
            }
        }
    };
}

/// Words that conditions hold in masks have a bit each.
macro_rules! bits {
    ($($name:ident),*) => {$(
        impl $name {
            pub(crate) const fn bit(self) -> u16 {
                1 << self as u16
            }
        }
    )*};
}

bits!(Kind, Level, Status, Filing, Region, Portion);

words! {
    /// What kind of care a visit is (`visit.kind`).
    Kind {
        /// 门诊
        Outpatient = "outpatient" "门诊",
        /// 急诊
        Emergency = "emergency" "急诊",
        /// 住院
        Inpatient = "inpatient" "住院",
        /// 定点药店购药
        Pharmacy = "pharmacy" "药店购药",
        /// 门诊慢特病
        Chronic = "chronic" "门诊慢特病",
        /// 生育
        Maternity = "maternity" "生育",
    }
}

words! {
    /// The level of an institution (`visit.institution_level`), the lowest first.
    Level {
        /// No level
        Unrated = "none" "未定级",
        /// 一级
        First = "1" "一级",
        /// 二级
        Second = "2" "二级",
        /// 三级
        Third = "3" "三级",
        /// 三级 of the province
        ThirdProvincial = "3p" "省属三级",
    }
}

words! {
    /// What the insured person is to the scheme (`person.status`).
    Status {
        /// 在职
        Active = "active" "在职",
        /// 退休
        Retired = "retired" "退休",
        /// 未成年人
        Child = "child" "儿童",
        /// 学生
        Student = "student" "学生",
        /// 劳动年龄内居民
        Adult = "adult" "劳动年龄内居民",
        /// 老年居民
        Elder = "elder" "老年居民",
        /// 灵活就业
        Flexible = "flexible" "灵活就业",
    }
}

words! {
    /// How care outside the area of cover was filed (`visit.filing`, 备案).
    Filing {
        /// Nothing filed
        None = "none" "未备案",
        /// 长期异地居住
        LongTerm = "long_term" "异地长期居住备案",
        /// 转诊
        Referral = "referral" "转诊备案",
        /// 急诊抢救
        Emergency = "emergency" "异地急诊",
        /// 自行外出
        SelfGoing = "self" "自行外出未备案",
    }
}

words! {
    /// Where care was given, seen from the area of cover.
    Region {
        /// In the area of cover
        Local = "local" "本统筹区",
        /// Elsewhere in the province
        InProvince = "in_province" "省内异地",
        /// In another province
        OutOfProvince = "out_of_province" "跨省异地",
    }
}

words! {
    /// A part of a bill that has its own ratios; known only when the bill comes as lines.
    Portion {
        /// Everything without a ratio of its own
        General = "general" "一般费用",
        /// 诊查费
        Consultation = "consultation" "诊查费",
        /// 大型设备检查
        LargeEquipment = "large_equipment" "大型设备检查",
        /// 药品
        Drug = "drug" "药品",
        /// 医用耗材
        Consumable = "consumable" "医用耗材",
    }
}

words! {
    /// Who pays. One vocabulary for accumulators, funds and trace.
    Fund {
        /// 门诊统筹 kept as a fund of its own
        Outpatient = "outpatient" "门诊统筹基金",
        /// 统筹基金
        Pool = "pool" "基本医疗保险统筹基金",
        /// 职工大额医疗费用补助
        LargeAmount = "large_amount" "大额医疗互助资金",
        /// 退休人员统一补充
        RetireeSupplement = "retiree_supplement" "退休人员统一补充医疗保险",
        /// 单位（企业）补充
        UnitSupplement = "unit_supplement" "单位补充医疗保险",
        /// 公务员医疗补助
        CivilServant = "civil_servant" "公务员医疗补助",
        /// 大病保险
        CriticalIllness = "critical_illness" "大病保险",
        /// 医疗救助
        MedicalAid = "medical_aid" "医疗救助",
        /// 其他基金
        Other = "other" "其他基金",
    }
}

words! {
    /// Parts of what the insured bears, as an account may cover them.
    Borne {
        /// Within scope: deductible, own share, above caps
        SelfPaid = "self_paid" "政策范围内自付",
        /// 先行自付
        Upfront = "upfront" "先行自付",
        /// 超限价自费
        OverLimit = "over_limit" "超限价自费",
        /// 全自费
        SelfFunded = "self_funded" "全自费",
    }
}

words! {
    /// The national settlement field a fund is booked under (`settlement.md` §2).
    Field {
        /// 统筹基金支出
        Pool = "hifp_pay" "基本医疗保险统筹基金支出",
        /// 公务员医疗补助资金支出
        CivilServant = "cvlserv_pay" "公务员医疗补助资金支出",
        /// 企业补充医疗保险基金支出
        Enterprise = "hifes_pay" "企业补充医疗保险基金支出",
        /// 居民大病保险资金支出
        CriticalIllness = "hifmi_pay" "大病保险资金支出",
        /// 职工大额医疗费用补助基金支出
        LargeAmount = "hifob_pay" "职工大额医疗费用补助基金支出",
        /// 医疗救助基金支出
        MedicalAid = "maf_pay" "医疗救助基金支出",
        /// 其他支出
        Other = "oth_pay" "其他支出",
    }
}

impl Fund {
    /// The national field it is booked under. 统一补充 has no field of its own and goes to `oth_pay`.
    #[must_use]
    pub const fn field(self) -> Field {
        match self {
            Self::Outpatient | Self::Pool => Field::Pool,
            Self::LargeAmount => Field::LargeAmount,
            Self::UnitSupplement => Field::Enterprise,
            Self::CivilServant => Field::CivilServant,
            Self::CriticalIllness => Field::CriticalIllness,
            Self::MedicalAid => Field::MedicalAid,
            Self::RetireeSupplement | Self::Other => Field::Other,
        }
    }
}
