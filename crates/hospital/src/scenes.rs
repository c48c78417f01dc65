//! Visits as they happen: a scene is one visit from registration to the last message about it.
//!
//! One small file a scene. [`Scene`] is the registry: the name on the command line, the weight in the usual
//! mix, who may come and where, and the function that plays it.

mod chronic;
mod cross_region;
mod inpatient;
mod lost_answer;
mod missteps;
mod outpatient;
mod pharmacy;
mod turned_away;
mod withdrawn;

use crate::counter::Stop;
use crate::visit::Visit;
use crate::world::{InstitutionKind, Person, World};

/// A kind of visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scene {
    /// 1101 2201 2203 2204 2206 2207.
    Outpatient,
    /// The same, then 2208.
    OutpatientCancelled,
    /// Part of it comes back: 2208 2205 2204 2206 2207.
    PartialRefund,
    /// The registration fee alone.
    Registration,
    /// 2503, then a visit under the programme.
    Chronic,
    /// 2101 2102.
    Pharmacy,
    /// The same, then 2103.
    PharmacyCancelled,
    /// 2401, charges with refunds, 2402, 2303 2304.
    Inpatient,
    /// The same, then 2305 2405, more charges, and settled again.
    InpatientReopened,
    /// With a settlement before discharge.
    Interim,
    /// Outpatient of a person insured in another area.
    CrossOutpatient,
    /// Inpatient of a person insured in another area, referred by 2501.
    CrossInpatient,
    /// Registered, or admitted, and everything withdrawn before any settlement.
    Withdrawn,
    /// The answer to 2207 is lost, and 2601 takes it back.
    LostAnswer,
    /// What the platform must refuse.
    Missteps,
    /// Those who must not be served: a person whose cover is suspended, a doctor who may not practise.
    TurnedAway,
}

/// Who may come, and where.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Casting {
    /// Kinds of institution.
    pub kinds: &'static [InstitutionKind],
    /// Insured in the area of the institution, or in another one.
    pub local: bool,
}

const HOSPITALS: &[InstitutionKind] = &[InstitutionKind::Hospital];
const CLINICS: &[InstitutionKind] = &[InstitutionKind::Hospital, InstitutionKind::Community];
const PHARMACIES: &[InstitutionKind] = &[InstitutionKind::Pharmacy];

impl Scene {
    /// All scenes with their weight in the usual mix.
    pub const ALL: [(Self, u32); 16] = [
        (Self::Outpatient, 34),
        (Self::OutpatientCancelled, 5),
        (Self::PartialRefund, 5),
        (Self::Registration, 5),
        (Self::Chronic, 6),
        (Self::Pharmacy, 14),
        (Self::PharmacyCancelled, 3),
        (Self::Inpatient, 8),
        (Self::InpatientReopened, 3),
        (Self::Interim, 2),
        (Self::CrossOutpatient, 5),
        (Self::CrossInpatient, 3),
        (Self::Withdrawn, 3),
        (Self::LostAnswer, 2),
        (Self::Missteps, 2),
        (Self::TurnedAway, 1),
    ];

    /// The name in `--mix` and in the summary.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Outpatient => "outpatient",
            Self::OutpatientCancelled => "outpatient-cancelled",
            Self::PartialRefund => "partial-refund",
            Self::Registration => "registration",
            Self::Chronic => "chronic",
            Self::Pharmacy => "pharmacy",
            Self::PharmacyCancelled => "pharmacy-cancelled",
            Self::Inpatient => "inpatient",
            Self::InpatientReopened => "inpatient-reopened",
            Self::Interim => "interim",
            Self::CrossOutpatient => "cross-outpatient",
            Self::CrossInpatient => "cross-inpatient",
            Self::Withdrawn => "withdrawn",
            Self::LostAnswer => "lost-answer",
            Self::Missteps => "missteps",
            Self::TurnedAway => "turned-away",
        }
    }

    /// Who may come, and where.
    #[must_use]
    pub const fn casting(self) -> Casting {
        match self {
            Self::Pharmacy | Self::PharmacyCancelled => Casting { kinds: PHARMACIES, local: true },
            Self::Inpatient | Self::InpatientReopened | Self::Interim | Self::Chronic | Self::Withdrawn => {
                Casting { kinds: HOSPITALS, local: true }
            }
            Self::CrossOutpatient | Self::CrossInpatient => Casting { kinds: HOSPITALS, local: false },
            _ => Casting { kinds: CLINICS, local: true },
        }
    }

    /// Whether the person fits the scene at an institution of `area`.
    #[must_use]
    pub fn suits(self, person: &Person, area: &str, world: &World) -> bool {
        let local = person.insuplc_admdvs == area;
        if self == Self::TurnedAway {
            return local && person.is("suspended");
        }
        let covered = !person.is("suspended") && !person.is("designated_elsewhere");
        let programme = self != Self::Chronic || chronic::programme(world, person).is_some();
        covered && local == self.casting().local && programme
    }

    /// Plays the visit.
    pub async fn play(self, visit: &mut Visit<'_, '_>) -> Result<(), Stop> {
        match self {
            Self::Outpatient => outpatient::ordinary(visit).await,
            Self::OutpatientCancelled => outpatient::cancelled(visit).await,
            Self::PartialRefund => outpatient::partial_refund(visit).await,
            Self::Registration => outpatient::registration(visit).await,
            Self::Chronic => chronic::play(visit).await,
            Self::Pharmacy => pharmacy::ordinary(visit).await,
            Self::PharmacyCancelled => pharmacy::cancelled(visit).await,
            Self::Inpatient => inpatient::ordinary(visit).await,
            Self::InpatientReopened => inpatient::reopened(visit).await,
            Self::Interim => inpatient::interim(visit).await,
            Self::CrossOutpatient => cross_region::outpatient(visit).await,
            Self::CrossInpatient => cross_region::inpatient(visit).await,
            Self::Withdrawn => withdrawn::play(visit).await,
            Self::LostAnswer => lost_answer::play(visit).await,
            Self::Missteps => missteps::play(visit).await,
            Self::TurnedAway => turned_away::play(visit).await,
        }
    }
}
