//! What everybody shares: institutions, staff, areas, the law. A snapshot; the server swaps it when a register changes.

use crate::institutions::{Area, Institution, Service, Staff};
use crate::law::Law;
use crate::refusal::Refusal;
use model::Day;
use std::collections::HashMap;
use std::sync::Arc;

/// The snapshot.
#[derive(Clone)]
pub struct World {
    /// By code.
    pub institutions: HashMap<String, Institution>,
    /// By code.
    pub staff: HashMap<String, Staff>,
    /// By 医保区划.
    pub areas: HashMap<String, Area>,
    /// The law.
    pub law: Arc<Law>,
    /// What electronic vouchers are sealed with.
    pub voucher_secret: String,
}

impl World {
    /// An institution that may serve on a day.
    ///
    /// # Errors
    /// It is not known, or its agreement does not allow it.
    pub fn serving(&self, code: &str, service: Service, on: Day) -> Result<&Institution, Refusal> {
        let institution = self.institution(code)?;
        institution.may(service, on)?;
        Ok(institution)
    }

    /// An institution.
    ///
    /// # Errors
    /// It is not known.
    pub fn institution(&self, code: &str) -> Result<&Institution, Refusal> {
        self.institutions.get(code).ok_or_else(|| {
            Refusal::new(
                "institution",
                format!("未登记的定点医药机构编号“{code}”"),
                "请核对 fixmedins_code，或先签订医保协议并登记",
            )
        })
    }

    /// Refuses staff whose eligibility is suspended or ended. A code that no register knows is taken as sent: not every
    /// area keeps its staff here.
    ///
    /// # Errors
    /// The state and its reason.
    pub fn practising(&self, code: &str, on: Day) -> Result<(), Refusal> {
        self.staff.get(code).map_or(Ok(()), |staff| staff.may_practise(on))
    }
}
