//! Code tables of the interface. Every edition's codes are accepted: a server serves them all.

use crate::table::rows;
use std::collections::HashMap;
use std::sync::OnceLock;

/// All code tables.
#[derive(Debug)]
pub struct Dictionaries {
    by_name: HashMap<&'static str, Dictionary>,
}

/// One code table: codes with their Chinese labels.
#[derive(Debug, PartialEq, Eq)]
pub struct Dictionary {
    /// Its national name.
    pub name: &'static str,
    codes: Vec<(&'static str, &'static str)>,
}

impl Dictionaries {
    /// The tables, read on first use.
    pub fn get() -> &'static Self {
        static TABLES: OnceLock<Dictionaries> = OnceLock::new();
        TABLES.get_or_init(|| {
            let mut by_name: HashMap<&'static str, Dictionary> = HashMap::new();
            for [name, code, label, _edition] in rows(include_str!("../fields/dictionaries.csv")) {
                by_name.entry(name).or_insert(Dictionary { name, codes: Vec::new() }).codes.push((code, label));
            }
            Self { by_name }
        })
    }

    /// The table with this name; `None` when no print holds its codes.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&Dictionary> {
        self.by_name.get(name)
    }

    /// Names of all tables, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<&'static str> {
        let mut names: Vec<_> = self.by_name.keys().copied().collect();
        names.sort_unstable();
        names
    }
}

impl Dictionary {
    /// The label of a code.
    #[must_use]
    pub fn label(&self, code: &str) -> Option<&'static str> {
        self.codes.iter().find(|(known, _)| *known == code).map(|(_, label)| *label)
    }

    /// Whether a national code stands at the front: provinces append digits to national codes (`2101` of `21`).
    #[must_use]
    pub fn has_prefix_of(&self, code: &str) -> bool {
        self.codes.iter().any(|(known, _)| code.starts_with(known))
    }

    /// Codes with labels, in the order of the print.
    pub fn codes(&self) -> impl Iterator<Item = (&'static str, &'static str)> + '_ {
        self.codes.iter().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_of_every_edition_are_known() {
        let care = Dictionaries::get().named("med_type");
        let label = |code: &str| care.and_then(|table| table.label(code));
        assert_eq!(label("11"), Some("普通门诊"));
        assert_eq!(label("12"), Some("门诊挂号"), "an other edition's code");
        assert_eq!(label("2199"), None);
        assert!(care.is_some_and(|table| table.has_prefix_of("2199") && !table.has_prefix_of("62")));
        let file = include_str!("../fields/dictionaries.csv");
        assert_eq!(rows::<4>(file).count(), file.lines().count() - 1);
    }
}
