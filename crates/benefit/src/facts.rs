//! What the conditions of a policy ask about one case, as small integers: nothing is looked up by
//! text once these are known.

use crate::words::{Filing, Kind, Level, Portion, Region, Status};

/// A yes-no fact that a case may leave open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Told {
    /// Not given: meets no condition on it.
    #[default]
    Unknown,
    /// 否
    No,
    /// 是
    Yes,
}

impl From<Option<bool>> for Told {
    fn from(value: Option<bool>) -> Self {
        match value {
            None => Self::Unknown,
            Some(false) => Self::No,
            Some(true) => Self::Yes,
        }
    }
}

/// The facts of one case. `None` is "not given".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// `visit.kind`
    pub kind: Kind,
    /// `visit.institution_level`
    pub level: Level,
    /// `visit.community`
    pub community: bool,
    /// `person.status`
    pub status: Status,
    /// Completed years.
    pub age: Option<u16>,
    /// The person's special group: 0 none, else 1 + the index of its word.
    pub special: u8,
    /// Supplements, a bit each.
    pub supplements: u32,
    /// The programme: 0 none, else 1 + the index of its word.
    pub programme: u8,
    /// `visit.filing`
    pub filing: Filing,
    /// From the areas of cover and treatment.
    pub region: Region,
    /// `visit.selected_institution`
    pub selected: Told,
    /// `visit.referred`
    pub referred: Told,
    /// `visit.admission_ordinal`, from 1; 0 when not an admission.
    pub admission: u16,
    /// Months of continuous cover.
    pub cover_months: Option<u16>,
    /// The part of the bill that is being judged.
    pub portion: Portion,
}
