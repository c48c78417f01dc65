//! What is asked: of whom, of which visit, at which moment of care.

use crate::visit::Visit;
use model::{Day, Insurance, Sex};

/// When it is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// 事前 (3101): orders are being written; what touches them is told.
    Before,
    /// 事中 (3102): the visit is about to be settled; what touches the visit is told.
    During,
}

/// `trig_scen`: what made the hospital system ask. No edition prints the table, so that a code nobody knows is as good
/// as none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scene {
    /// 1 门诊挂号, 3 住院登记
    Registration,
    /// 2 门诊收费登记, 4 住院收费登记
    Charging,
    /// 5 住院执行医嘱
    Execution,
    /// 6 门诊结算, 8 住院结算
    Settlement,
    /// 7 门诊预结算, 9 住院预结算
    TrialSettlement,
    /// 10 购药划卡
    Purchase,
}

/// Of whom it is asked. What is unknown decides nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Patient {
    /// 人员编号
    pub id: String,
    /// 性别
    pub sex: Sex,
    /// 出生日期
    pub born_on: Option<Day>,
    /// 死亡日期
    pub died_on: Option<Day>,
    /// 险种类型
    pub insurance: Insurance,
    /// 人员类别 (`psn_type`)
    pub kind: String,
    /// 特殊人员类型
    pub special_kind: String,
    /// 统筹区: where the person is insured
    pub area: String,
}

/// An inquiry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inquiry {
    /// When it is asked.
    pub stage: Stage,
    /// Why; empty when it was not said.
    pub scenes: Vec<Scene>,
    /// Rules asked for, by id or national code, instead of those of the scene; empty asks for all.
    pub rules: Vec<String>,
    /// Of whom.
    pub patient: Patient,
    /// `mdtrt_id` of the visit that it is about; one of `visits`.
    pub current: String,
    /// The current visit and, when the asker knows them, earlier ones.
    pub visits: Vec<Visit>,
}

impl Scene {
    /// From one code, with or without leading zeros; `None` for a code that nobody knows.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        match code.trim().trim_start_matches('0') {
            "1" | "3" => Some(Self::Registration),
            "2" | "4" => Some(Self::Charging),
            "5" => Some(Self::Execution),
            "6" | "8" => Some(Self::Settlement),
            "7" | "9" => Some(Self::TrialSettlement),
            "10" => Some(Self::Purchase),
            _ => None,
        }
    }

    /// From a comma list of codes, as one middleware sends it.
    #[must_use]
    pub fn from_codes(codes: &str) -> Vec<Self> {
        codes.split([',', '，']).filter_map(Self::from_code).collect()
    }
}

impl Inquiry {
    /// The visit that it is about; `None` when it is not among the visits.
    #[must_use]
    pub fn current_visit(&self) -> Option<&Visit> {
        self.visits.iter().find(|visit| visit.id == self.current)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scenes_of_every_client_are_understood() {
        for (codes, expect) in [
            ("2", vec![Scene::Charging]),
            ("07", vec![Scene::TrialSettlement]),
            ("2,4", vec![Scene::Charging, Scene::Charging]),
            ("10", vec![Scene::Purchase]),
            ("23", vec![]),
            ("", vec![]),
            ("1，23", vec![Scene::Registration]),
        ] {
            assert_eq!(Scene::from_codes(codes), expect, "{codes}");
        }
    }
}
