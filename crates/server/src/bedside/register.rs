//! Institutions and staff as an audit reads them.

use agency::{PractiseState, World};
use bedside::Adviser;
use model::{HospitalLevel, Institution, Span, Staff};

/// The registers of a world.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Register {
    pub(crate) institutions: Vec<Institution>,
    pub(crate) staff: Vec<Staff>,
}

impl Register {
    pub(crate) fn of(world: &World) -> Self {
        let mut institutions: Vec<Institution> = world.institutions.values().map(institution).collect();
        institutions.sort_by(|one, other| one.code.cmp(&other.code));
        let mut staff: Vec<Staff> = world.staff.values().map(member).collect();
        staff.sort_by(|one, other| one.code.cmp(&other.code));
        Self { institutions: Adviser::institutions(institutions), staff }
    }
}

fn institution(known: &agency::Institution) -> Institution {
    Institution {
        code: known.code.clone(),
        name: known.name.clone(),
        pharmacy: known.is_pharmacy(),
        level: HospitalLevel::from_code(&known.level),
        area: known.area.clone(),
        beds: Some(known.beds).filter(|beds| *beds > 0),
        internet: false,
    }
}

fn member(known: &agency::Staff) -> Staff {
    // The latest spell that does not pay: what the audit asks of a line's day.
    let stained = known.states.iter().rfind(|spell| spell.state != PractiseState::Active);
    Staff {
        code: known.code.clone(),
        name: known.name.clone(),
        institution: known.institution.clone(),
        title: String::new(),
        department: known.department.clone(),
        suspended: stained.map(|spell| Span { from: spell.from, until: spell.until }),
        died_on: None,
    }
}
