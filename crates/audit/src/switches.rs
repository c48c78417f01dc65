//! Where a rule speaks: on, off, or in the shadow (evaluated and counted, never shown).
//!
//! A switch is an agency's decision about a running server, not a property of the rule: the rule file says what is wrong,
//! a switch says who hears it. The narrowest one that fits decides: an institution's over an area's over everybody's.
//! Without any, a rule is on.

use serde::{Deserialize, Serialize};

/// How a rule speaks.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Evaluated and shown.
    #[default]
    On,
    /// Evaluated and counted, shown to nobody.
    Shadow,
    /// Not evaluated.
    Off,
}

/// A decision about a rule: everywhere, in an area, or at an institution.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Switch {
    /// Id of the rule.
    pub rule: String,
    /// 医保区划 it holds in; everywhere when `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub area: Option<String>,
    /// 定点医药机构编号 it holds at; all when `None`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub institution: Option<String>,
    /// How the rule speaks there.
    pub mode: Mode,
    /// Why, for whoever asks later.
    #[serde(default)]
    pub reason: String,
}

/// All decisions, in the order of rule, area and institution.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Switches(Vec<Switch>);

impl Switch {
    fn place(&self) -> (&str, Option<&str>, Option<&str>) {
        (&self.rule, self.area.as_deref(), self.institution.as_deref())
    }

    fn fits(&self, rule: &str, area: &str, institution: &str) -> bool {
        self.rule == rule
            && self.area.as_deref().is_none_or(|own| own == area)
            && self.institution.as_deref().is_none_or(|own| own == institution)
    }

    /// An institution is narrower than an area, an area than everywhere.
    const fn narrowness(&self) -> (bool, bool) {
        (self.institution.is_some(), self.area.is_some())
    }
}

impl Switches {
    /// How a rule speaks at an institution of an area.
    #[must_use]
    pub fn mode(&self, rule: &str, area: &str, institution: &str) -> Mode {
        let fitting = self.0.iter().filter(|switch| switch.fits(rule, area, institution));
        fitting.max_by_key(|switch| switch.narrowness()).map_or(Mode::On, |switch| switch.mode)
    }

    /// Decides, in place of what was decided for the same place.
    pub fn set(&mut self, switch: Switch) {
        self.remove(&switch.rule, switch.area.as_deref(), switch.institution.as_deref());
        self.0.push(switch);
        self.0.sort_by(|one, other| one.place().cmp(&other.place()));
    }

    /// Takes a decision back; says whether there was one.
    pub fn remove(&mut self, rule: &str, area: Option<&str>, institution: Option<&str>) -> bool {
        let before = self.0.len();
        self.0.retain(|known| known.place() != (rule, area, institution));
        self.0.len() < before
    }

    /// The decisions.
    pub fn iter(&self) -> impl Iterator<Item = &Switch> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn switch(area: Option<&str>, institution: Option<&str>, mode: Mode) -> Switch {
        let (area, institution) = (area.map(str::to_owned), institution.map(str::to_owned));
        Switch { rule: "drug-sex-specific".to_owned(), area, institution, mode, reason: String::new() }
    }

    #[test]
    fn the_narrowest_switch_that_fits_decides() {
        let mut switches = Switches::default();
        let mode = |switches: &Switches, area, institution| switches.mode("drug-sex-specific", area, institution);
        assert_eq!(mode(&switches, "990100", "H1"), Mode::On);
        switches.set(switch(None, None, Mode::Off));
        switches.set(switch(Some("990100"), None, Mode::Shadow));
        switches.set(switch(Some("990100"), Some("H1"), Mode::On));
        assert_eq!(mode(&switches, "990200", "H2"), Mode::Off);
        assert_eq!(mode(&switches, "990100", "H2"), Mode::Shadow);
        assert_eq!(mode(&switches, "990100", "H1"), Mode::On);
        assert_eq!(switches.mode("drug-age-limit", "990200", "H2"), Mode::On);
    }

    #[test]
    fn a_later_decision_replaces_the_earlier_one_of_the_same_place() {
        let mut switches = Switches::default();
        switches.set(switch(None, None, Mode::Off));
        switches.set(switch(None, None, Mode::Shadow));
        assert_eq!(switches.iter().count(), 1);
        assert_eq!(switches.mode("drug-sex-specific", "", ""), Mode::Shadow);
        assert!(switches.remove("drug-sex-specific", None, None));
        assert!(!switches.remove("drug-sex-specific", None, None));
    }
}
