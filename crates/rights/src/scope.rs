//! On whose records: areas, and within them institutions.

use crate::role::{Role, RoleGroup};
use serde::{Deserialize, Serialize};

/// Where an account may act. Both conditions must hold for a record to be seen.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Codes of areas; a code ending in zeros covers what lies below it (`610000` covers `610100`). Empty: none.
    pub areas: Vec<String>,
    /// Codes of institutions; empty: all within the areas.
    pub institutions: Vec<String>,
}

impl Scope {
    /// Everywhere.
    #[must_use]
    pub fn everywhere() -> Self {
        Self { areas: vec!["000000".to_owned()], institutions: Vec::new() }
    }

    /// Whether nothing lies outside of it.
    #[must_use]
    pub fn is_everywhere(&self) -> bool {
        self.institutions.is_empty() && self.area_stems().contains(&"")
    }

    /// Whether all of an area is within it.
    #[must_use]
    pub fn covers_area(&self, area: &str) -> bool {
        self.institutions.is_empty() && self.areas.iter().any(|code| area.starts_with(stem(code)))
    }

    /// Whether a record of an institution in an area is seen.
    #[must_use]
    pub fn covers(&self, area: &str, institution: &str) -> bool {
        let in_area = self.areas.iter().any(|code| area.starts_with(stem(code)));
        in_area && (self.institutions.is_empty() || self.institutions.iter().any(|code| code == institution))
    }

    /// Beginnings of the codes of areas that are covered.
    #[must_use]
    pub fn area_stems(&self) -> Vec<&str> {
        self.areas.iter().map(|code| stem(code)).collect()
    }

    /// What is wrong with a scope for a role, in Chinese.
    ///
    /// # Errors
    /// No area; an institution's account without institution; a code that is none.
    pub fn check(&self, role: Role) -> Result<(), String> {
        if role.group() != RoleGroup::System && self.areas.is_empty() {
            return Err(format!("{}的数据范围至少要有一个医保区划", role.label()));
        }
        if role.group() == RoleGroup::Provider && self.institutions.is_empty() {
            return Err(format!("{}的数据范围必须写明所属定点医药机构编号", role.label()));
        }
        let is_area = |code: &&String| code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit());
        if let Some(wrong) = self.areas.iter().find(|code| !is_area(code)) {
            return Err(format!("医保区划“{wrong}”应为 6 位数字"));
        }
        if let Some(wrong) = self.institutions.iter().find(|code| code.is_empty() || code.contains('~')) {
            return Err(format!("定点医药机构编号“{wrong}”不正确"));
        }
        Ok(())
    }
}

/// The part of an area's code that those below it share: province two digits, prefecture four, county six.
fn stem(code: &str) -> &str {
    match code.strip_suffix("0000") {
        Some("00") => "",
        Some(province) => province,
        None => code.strip_suffix("00").unwrap_or(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_area_covers_what_lies_below_it_and_nothing_else() {
        let scope = |areas: &[&str], institutions: &[&str]| Scope {
            areas: areas.iter().map(|code| (*code).to_owned()).collect(),
            institutions: institutions.iter().map(|code| (*code).to_owned()).collect(),
        };
        for (areas, institutions, area, institution, covered) in [
            (&["610100"][..], &[][..], "610100", "H1", true),
            (&["610100"], &[], "610102", "H1", true),
            (&["610100"], &[], "610200", "H1", false),
            (&["610000"], &[], "610200", "H1", true),
            (&["610000"], &[], "620100", "H1", false),
            (&["000000"], &[], "620100", "H1", true),
            (&[], &[], "620100", "H1", false),
            (&["610102"], &[], "610100", "H1", false),
            (&["610100"], &["H1"], "610100", "H1", true),
            (&["610100"], &["H1"], "610100", "H2", false),
            (&["610100"], &["H1"], "620100", "H1", false),
        ] {
            assert_eq!(scope(areas, institutions).covers(area, institution), covered, "{areas:?} {area} {institution}");
        }
    }

    #[test]
    fn a_part_of_the_country_is_not_everywhere() {
        let of = |area: &str, institution: &[&str]| Scope {
            areas: vec![area.to_owned()],
            institutions: institution.iter().map(|code| (*code).to_owned()).collect(),
        };
        assert!(Scope::everywhere().is_everywhere() && Scope::everywhere().covers_area("610100"));
        assert!(!of("610000", &[]).is_everywhere() && of("610000", &[]).covers_area("610100"));
        assert!(!of("000000", &["H1"]).is_everywhere() && !of("610100", &["H1"]).covers_area("610100"));
    }

    #[test]
    fn an_institution_s_account_names_its_institution() {
        assert!(Scope::everywhere().check(Role::HospitalOffice).is_err());
        assert!(Scope::default().check(Role::FirstReviewer).is_err());
        assert!(Scope::default().check(Role::SystemAdmin).is_ok());
        assert!(Scope { areas: vec!["61".to_owned()], institutions: Vec::new() }.check(Role::Leader).is_err());
    }
}
