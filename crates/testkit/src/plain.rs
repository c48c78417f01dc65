//! A claims folder as plain structs in memory: what oracles read and tests compare.

use lake::{DiagnosisRow, InstitutionRow, LineRow, PersonRow, ProcedureRow, StaffRow, VisitRow};
use model::{CareSetting, Day, Fen, HospitalLevel, Insurance, Quantity, Sex, Stamp, UnitPrice};

use crate::error::TestkitError;
use crate::sink::Sink;

/// An insured person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainPerson {
    /// `psn_no`
    pub psn_no: String,
    /// `gend`
    pub sex: Sex,
    /// `brdy`
    pub born_on: Option<Day>,
    /// `dth_date`
    pub died_on: Option<Day>,
}

/// An institution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainInstitution {
    /// `fixmedins_code`
    pub code: String,
    /// `hosp_lv`
    pub level: HospitalLevel,
    /// `fixmedins_type` is 2
    pub pharmacy: bool,
}

/// A visit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainVisit {
    /// `mdtrt_id`
    pub mdtrt_id: String,
    /// `psn_no`
    pub psn_no: String,
    /// `fixmedins_code`
    pub institution: String,
    /// From `med_type` and the institution
    pub setting: CareSetting,
    /// `begntime`
    pub begins: Stamp,
    /// `endtime`
    pub ends: Option<Stamp>,
    /// `insutype`
    pub insurance: Insurance,
    /// `matn_stas`
    pub maternal: String,
    /// `refd_setl_flag` is 1
    pub reversed: bool,
    /// `medfee_sumamt`
    pub total: Option<Fen>,
    /// `fund_pay_sumamt`
    pub fund: Option<Fen>,
    /// `acct_pay`
    pub account: Option<Fen>,
    /// `psn_cash_pay`
    pub cash: Option<Fen>,
}

/// A charge line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainLine {
    /// `feedetl_sn`
    pub sn: String,
    /// `mdtrt_id`
    pub mdtrt_id: String,
    /// `psn_no`
    pub psn_no: String,
    /// `med_list_codg`
    pub code: String,
    /// `medins_list_name`
    pub name: String,
    /// `fee_ocur_time`
    pub at: Stamp,
    /// `cnt`
    pub quantity: Quantity,
    /// `pric`
    pub price: UnitPrice,
    /// `det_item_fee_sumamt`
    pub amount: Fen,
    /// `rxno`
    pub prescription: String,
    /// `prd_days`
    pub supply_days: u32,
    /// `upload_time`
    pub uploaded: Option<Stamp>,
    /// `init_feedetl_sn`
    pub refund_of: String,
}

/// A diagnosis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainDiagnosis {
    /// `mdtrt_id`
    pub mdtrt_id: String,
    /// `diag_code`
    pub code: String,
    /// `maindiag_flag` is 1
    pub main: bool,
}

/// A procedure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlainProcedure {
    /// `mdtrt_id`
    pub mdtrt_id: String,
    /// `oprn_oprt_code`
    pub code: String,
    /// `main_oprn_flag` is 1
    pub main: bool,
}

/// All tables of a claims folder but the staff, in the order in which they were written.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    /// `persons`
    pub persons: Vec<PlainPerson>,
    /// `institutions`
    pub institutions: Vec<PlainInstitution>,
    /// `visits`
    pub visits: Vec<PlainVisit>,
    /// `diagnoses`
    pub diagnoses: Vec<PlainDiagnosis>,
    /// `procedures`
    pub procedures: Vec<PlainProcedure>,
    /// `charge_lines`
    pub lines: Vec<PlainLine>,
}

impl Sink for Claims {
    fn person(&mut self, row: &PersonRow<'_>) -> Result<(), TestkitError> {
        let sex = Sex::from_code(row.gend);
        let (born_on, died_on) = (row.brdy, row.dth_date);
        self.persons.push(PlainPerson { psn_no: row.psn_no.into(), sex, born_on, died_on });
        Ok(())
    }

    fn institution(&mut self, row: &InstitutionRow<'_>) -> Result<(), TestkitError> {
        let level = HospitalLevel::from_code(row.hosp_lv);
        let pharmacy = row.fixmedins_type == "2";
        self.institutions.push(PlainInstitution { code: row.fixmedins_code.into(), level, pharmacy });
        Ok(())
    }

    fn staff(&mut self, _row: &StaffRow<'_>) -> Result<(), TestkitError> {
        Ok(())
    }

    fn visit(&mut self, row: &VisitRow<'_>) -> Result<(), TestkitError> {
        let pharmacy = self.institutions.iter().any(|i| i.pharmacy && i.code == row.fixmedins_code);
        self.visits.push(PlainVisit {
            mdtrt_id: row.mdtrt_id.into(),
            psn_no: row.psn_no.into(),
            institution: row.fixmedins_code.into(),
            setting: if pharmacy { CareSetting::Pharmacy } else { CareSetting::from_med_type(row.med_type) },
            begins: row.begntime,
            ends: row.endtime,
            insurance: Insurance::from_code(row.insutype),
            maternal: row.matn_stas.into(),
            reversed: row.refd_setl_flag == "1",
            total: row.medfee_sumamt,
            fund: row.fund_pay_sumamt,
            account: row.acct_pay,
            cash: row.psn_cash_pay,
        });
        Ok(())
    }

    fn diagnosis(&mut self, row: &DiagnosisRow<'_>) -> Result<(), TestkitError> {
        let main = row.maindiag_flag == "1";
        self.diagnoses.push(PlainDiagnosis { mdtrt_id: row.mdtrt_id.into(), code: row.diag_code.into(), main });
        Ok(())
    }

    fn procedure(&mut self, row: &ProcedureRow<'_>) -> Result<(), TestkitError> {
        let main = row.main_oprn_flag == "1";
        self.procedures.push(PlainProcedure { mdtrt_id: row.mdtrt_id.into(), code: row.oprn_oprt_code.into(), main });
        Ok(())
    }

    fn line(&mut self, row: &LineRow<'_>) -> Result<(), TestkitError> {
        self.lines.push(PlainLine {
            sn: row.feedetl_sn.into(),
            mdtrt_id: row.mdtrt_id.into(),
            psn_no: row.psn_no.into(),
            code: row.med_list_codg.into(),
            name: row.medins_list_name.into(),
            at: row.fee_ocur_time,
            quantity: row.cnt,
            price: row.pric,
            amount: row.det_item_fee_sumamt,
            prescription: row.rxno.into(),
            supply_days: row.prd_days.unwrap_or(0),
            uploaded: row.upload_time,
            refund_of: row.init_feedetl_sn.into(),
        });
        Ok(())
    }
}
