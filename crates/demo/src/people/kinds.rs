//! Which kinds of persons there are, and how many of each in an area.

/// A kind of insured person.
pub struct Kind {
    /// How many in each area.
    pub count: u32,
    /// Youngest and oldest, in years.
    pub ages: (i32, i32),
    /// 险种类型
    pub insurance: &'static str,
    /// 人员类别
    pub person_kind: &'static str,
    /// Words of `world.json`.
    pub tags: &'static [&'static str],
    /// Special groups: word of the policy packages, `psn_idet_type`.
    pub special: &'static [(&'static str, &'static str)],
    /// Has a chronic filing.
    pub chronic: bool,
    /// Has the civil servants' supplement.
    pub civil_servant: bool,
}

const EMPLOYEE: Kind = Kind {
    count: 90,
    ages: (22, 58),
    insurance: "310",
    person_kind: "11",
    tags: &["active"],
    special: &[],
    chronic: false,
    civil_servant: false,
};
const RETIRED: Kind = Kind { count: 45, ages: (61, 88), person_kind: "12", tags: &["retired"], ..EMPLOYEE };
const RESIDENT: Kind = Kind {
    count: 45,
    ages: (20, 59),
    insurance: "390",
    person_kind: "15",
    tags: &["resident"],
    special: &[],
    chronic: false,
    civil_servant: false,
};
const ELDER: Kind = Kind { count: 25, ages: (61, 90), person_kind: "16", tags: &["resident", "elder"], ..RESIDENT };

/// All kinds: 324 persons an area.
pub const KINDS: &[Kind] = &[
    EMPLOYEE,
    Kind { count: 15, tags: &["active", "civil_servant"], civil_servant: true, ..EMPLOYEE },
    Kind { count: 12, ages: (40, 58), tags: &["active", "chronic"], chronic: true, ..EMPLOYEE },
    RETIRED,
    Kind { count: 8, tags: &["retired", "civil_servant"], civil_servant: true, ..RETIRED },
    Kind { count: 15, tags: &["retired", "chronic"], chronic: true, ..RETIRED },
    RESIDENT,
    Kind { count: 10, ages: (40, 59), tags: &["resident", "chronic"], chronic: true, ..RESIDENT },
    Kind { count: 10, tags: &["resident", "low_income"], special: &[("low_income", "2303")], ..RESIDENT },
    Kind { count: 4, tags: &["resident", "destitute"], special: &[("destitute", "2304")], ..RESIDENT },
    Kind { count: 4, tags: &["resident", "disabled"], special: &[("disabled", "2308")], ..RESIDENT },
    ELDER,
    Kind {
        count: 5,
        tags: &["resident", "elder", "low_income", "chronic"],
        special: &[("low_income", "2303")],
        chronic: true,
        ..ELDER
    },
    Kind { count: 15, ages: (1, 6), person_kind: "1402", tags: &["resident", "child"], ..RESIDENT },
    Kind { count: 15, ages: (7, 17), person_kind: "1403", tags: &["resident", "student"], ..RESIDENT },
    Kind { count: 4, tags: &["active", "suspended"], ..EMPLOYEE },
    Kind { count: 2, tags: &["resident", "suspended"], ..RESIDENT },
];
