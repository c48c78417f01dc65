//! What an audit knows beside a person's own facts: the institutions and their staff.
//!
//! Registers are filled once by an edge and shared by all workers; a person's facts name an institution by its
//! index and a member of staff by code. Looking up what nobody registered gives nothing, and nothing is ever
//! concluded from that.

use model::{Institution, Staff};
use rustc_hash::FxHashMap;

/// The registers of a run.
#[derive(Debug, Default)]
pub struct Registers<'a> {
    institutions: &'a [Institution],
    staff: FxHashMap<&'a str, Vec<&'a Staff>>,
    /// Of these, who died or was suspended at some time: few, and all that most lines need to be held against.
    ineligible: FxHashMap<&'a str, Vec<&'a Staff>>,
}

impl<'a> Registers<'a> {
    /// Registers of these institutions (in the order that `CaseVisit::institution` indexes) and this staff.
    #[must_use]
    pub fn new(institutions: &'a [Institution], staff: &'a [Staff]) -> Self {
        let mut by_code: FxHashMap<&str, Vec<&Staff>> = FxHashMap::default();
        for member in staff {
            by_code.entry(&member.code).or_default().push(member);
        }
        for posts in by_code.values_mut() {
            posts.sort_by(|a, b| a.institution.cmp(&b.institution));
        }
        let stained = |posts: &&[&Staff]| posts.iter().any(|p| p.died_on.is_some() || p.suspended.is_some());
        let ineligible = by_code.iter().filter(|(_, posts)| stained(&posts.as_slice()));
        let ineligible = ineligible.map(|(code, posts)| (*code, posts.clone())).collect();
        Self { institutions, staff: by_code, ineligible }
    }

    /// The institution that a visit names; `None` when it is not registered.
    pub(crate) fn institution(&self, index: u32) -> Option<&'a Institution> {
        self.institutions.get(index as usize)
    }

    /// The posts of a member of staff, by institution; none when the code is not registered.
    pub(crate) fn posts_of(&self, code: &str) -> &[&'a Staff] {
        self.staff.get(code).map_or(&[], Vec::as_slice)
    }

    /// Whether anybody of the staff ever died or was suspended.
    pub(crate) fn has_ineligible(&self) -> bool {
        !self.ineligible.is_empty()
    }

    /// The posts of somebody who died or was suspended at some time; none for everybody else.
    pub(crate) fn ineligible(&self, code: &str) -> &[&'a Staff] {
        self.ineligible.get(code).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_doctor_with_two_posts_is_found_once_by_code() {
        let post = |code: &str, institution: &str| Staff {
            code: code.into(),
            institution: institution.into(),
            ..Staff::default()
        };
        let staff = [post("D1", "H2"), post("D2", "H1"), post("D1", "H1")];
        let registers = Registers::new(&[], &staff);
        let posts = |code| registers.posts_of(code).iter().map(|s| s.institution.as_str()).collect::<Vec<_>>();
        assert_eq!(posts("D1"), ["H1", "H2"]);
        assert_eq!(posts("D3"), Vec::<&str>::new());
        assert!(registers.institution(0).is_none());
    }
}
