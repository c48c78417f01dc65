//! How much of a person is shown: by class of data, by role.
//!
//! Classes follow the health data levels of GB/T 39725-2020 (table 1, from 1 open to 5 most harmful), masks the defaults of the
//! field: a name keeps its first and last character, a number its ends.

use crate::role::{Role, RoleGroup};
use serde::{Deserialize, Serialize};

/// How much harm disclosure does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DataClass {
    /// Open: institutions, rules, basis.
    C1,
    /// Internal: amounts, items.
    C2,
    /// Of a person without naming: visit, diagnosis.
    C3,
    /// Names a person: number, name, physician.
    C4,
    /// Opens doors: certificate, phone.
    C5,
}

/// A field that may be masked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// 人员编号
    PersonNumber,
    /// 姓名
    PersonName,
    /// 证件号码
    Certificate,
    /// 开单医师
    Physician,
    /// 诊断
    Diagnosis,
    /// 审核人, to institutions
    Reviewer,
}

/// What becomes of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Shown {
    /// Whole.
    Whole,
    /// Its ends; the whole on request, with a reason that is logged.
    Masked,
    /// Its ends, always.
    MaskedForGood,
    /// Not at all.
    Hidden,
}

impl Field {
    /// All.
    pub const ALL: [Self; 6] =
        [Self::PersonNumber, Self::PersonName, Self::Certificate, Self::Physician, Self::Diagnosis, Self::Reviewer];

    /// The word in messages.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::PersonNumber => "person_number",
            Self::PersonName => "person_name",
            Self::Certificate => "certificate",
            Self::Physician => "physician",
            Self::Diagnosis => "diagnosis",
            Self::Reviewer => "reviewer",
        }
    }

    /// Its class.
    #[must_use]
    pub const fn class(self) -> DataClass {
        match self {
            Self::Diagnosis => DataClass::C3,
            Self::PersonNumber | Self::PersonName | Self::Physician | Self::Reviewer => DataClass::C4,
            Self::Certificate => DataClass::C5,
        }
    }

    /// What a role sees of it, in a record that its scope covers.
    #[must_use]
    pub const fn shown_to(self, role: Role) -> Shown {
        match (role.group(), role, self) {
            (RoleGroup::System, ..) => Shown::Hidden,
            // An institution knows its own patients and staff; who reviews it, it does not.
            (RoleGroup::Provider, _, Self::Reviewer) => Shown::MaskedForGood,
            (RoleGroup::Provider, _, Self::Certificate) => Shown::Masked,
            (RoleGroup::Provider, ..) => Shown::Whole,
            (_, Role::Leader | Role::RuleManager, Self::Diagnosis) => Shown::Whole,
            (_, Role::Leader | Role::RuleManager, _) => Shown::MaskedForGood,
            // Experts decide without knowing whose work it is.
            (_, Role::Panelist, Self::Diagnosis) => Shown::Whole,
            (_, Role::Panelist, _) => Shown::MaskedForGood,
            (_, _, Self::Diagnosis | Self::Reviewer) => Shown::Whole,
            _ => Shown::Masked,
        }
    }
}

/// A name with its middle hidden: `张*三`, `张*`.
#[must_use]
pub fn mask_name(name: &str) -> String {
    let letters: Vec<char> = name.chars().collect();
    match letters.as_slice() {
        [] => String::new(),
        [first] | [first, _] => format!("{first}*"),
        [first, middle @ .., last] => format!("{first}{}{last}", "*".repeat(middle.len())),
    }
}

/// A number or code with its middle hidden. At least half of it is; a short one keeps one character.
#[must_use]
pub fn mask_identifier(code: &str) -> String {
    let letters: Vec<char> = code.chars().collect();
    let (front, back) = match letters.len() {
        0 => return String::new(),
        1..=3 => (1, 0),
        4..=8 => (1, 1),
        9..=13 => (2, 2),
        _ => (4, 3),
    };
    let hidden = letters.len() - front - back;
    let kept = |range: &[char]| range.iter().collect::<String>();
    format!(
        "{}{}{}",
        kept(letters.get(..front).unwrap_or_default()),
        "*".repeat(hidden),
        kept(letters.get(letters.len() - back..).unwrap_or_default())
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn i12_a_mask_hides_at_least_half() {
        for (code, masked) in
            [("", ""), ("7", "7"), ("12", "1*"), ("P0001234", "P******4"), ("61010119800101123X", "6101***********23X")]
        {
            assert_eq!(mask_identifier(code), masked);
        }
        for length in 2..40 {
            let code = "7".repeat(length);
            let hidden = mask_identifier(&code).chars().filter(|letter| *letter == '*').count();
            assert!(hidden * 2 >= length, "{length}: {hidden}");
        }
        for (name, masked) in
            [("", ""), ("张", "张*"), ("张三", "张*"), ("张小三", "张*三"), ("阿依古丽·买买提", "阿******提")]
        {
            assert_eq!(mask_name(name), masked);
        }
    }

    #[test]
    fn what_opens_doors_is_shown_whole_to_nobody_and_keepers_of_the_system_see_no_case() {
        for role in Role::ALL {
            assert_ne!(Field::Certificate.shown_to(role), Shown::Whole, "{role:?}");
            if role.group() == RoleGroup::System {
                assert!(Field::ALL.iter().all(|field| field.shown_to(role) == Shown::Hidden));
            }
            // Agency roles never see a person's number without asking.
            if role.group() == RoleGroup::Agency {
                assert_ne!(Field::PersonNumber.shown_to(role), Shown::Whole, "{role:?}");
            }
        }
        assert_eq!(Field::Reviewer.shown_to(Role::HospitalOffice), Shown::MaskedForGood);
    }
}
