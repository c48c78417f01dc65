//! Where an institution of the claims stands: in which area, whose parameters judge it, and whether the rule is heard there.

use audit::{Mode, Switches};
use std::collections::{BTreeSet, HashMap};

/// Areas, parameters and switches as they are in force, for one rule.
pub struct Places<'a> {
    /// Id of the rule.
    pub rule: &'a str,
    /// 医保区划 by 定点医药机构编号.
    pub areas: HashMap<String, String>,
    /// Areas that gave the rule values of their own.
    pub own: BTreeSet<String>,
    /// Where the rule speaks.
    pub switches: &'a Switches,
}

impl Places<'_> {
    /// Area of an institution; empty, which is everywhere's, when nobody registered it.
    fn area(&self, institution: &str) -> &str {
        self.areas.get(institution).map_or("", String::as_str)
    }

    /// The area by whose own parameters an institution is judged; `None` when it is by those of everywhere.
    pub(super) fn own_area(&self, institution: &str) -> Option<&str> {
        self.own.get(self.area(institution)).map(String::as_str)
    }

    /// How the rule speaks at an institution.
    pub(super) fn mode(&self, institution: &str) -> Mode {
        self.switches.mode(self.rule, self.area(institution), institution)
    }

    /// Areas with parameters of their own in which an institution of the claims lies.
    pub(super) fn own_areas(&self) -> Vec<String> {
        let held: BTreeSet<&String> = self.areas.values().collect();
        self.own.iter().filter(|area| held.contains(area)).cloned().collect()
    }
}
