//! From drafts to rows: ids, sums, and the truth about what was planted.
//!
//! Ids grow with the person, so that the tables come out sorted. A visit's money adds up: the total is
//! the sum of its lines, and fund, account and cash make up the total (I3), unless a scene shifts them.

use std::fmt::Write as _;
use std::io::Write;

use lake::{DiagnosisRow, InstitutionRow, LineRow, PersonRow, ProcedureRow, StaffRow, VisitRow};
use model::{Age, Fen, Insurance, Quantity, Stamp};

use crate::draft::{AtStake, Draft, DraftLine, DraftVisit, MarkKind, Pack};
use crate::error::TestkitError;
use crate::plant::HouseMark;
use crate::sink::Sink;
use crate::truth::{DEGREE_NOTE, TruthRow, TruthWriter};
use crate::world::World;

/// A number with a fixed prefix, counted up in place.
struct Serial([u8; 20]);

impl Serial {
    fn new(prefix: &[u8; 4]) -> Self {
        let mut digits = [b'0'; 20];
        digits[..4].copy_from_slice(prefix);
        Self(digits)
    }

    fn advance(&mut self) {
        for digit in self.0.iter_mut().rev() {
            if *digit < b'9' {
                *digit += 1;
                return;
            }
            *digit = b'0';
        }
    }

    fn text(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Rows of `persons`.
    pub persons: u64,
    /// Rows of `visits`.
    pub visits: u64,
    /// Rows of `charge_lines`.
    pub lines: u64,
    /// Planted violations, rows of the truth.
    pub violations: u64,
    /// Planted look-alikes, rows of the truth.
    pub look_alikes: u64,
    /// Σ `det_item_fee_sumamt`
    pub amount_fen: i64,
}

/// Writes drafts to a sink.
pub(crate) struct Scribe<'a, S: Sink, W: Write> {
    world: &'a World,
    sink: &'a mut S,
    truth: TruthWriter<W>,
    psn_no: Serial,
    mdtrt_id: Serial,
    feedetl_sn: Serial,
    settlement: Serial,
    prescription: String,
    trace: String,
    family: String,
    /// Position of a line in the order of adding → its number.
    numbers: Vec<String>,
    order: Vec<u16>,
    pub written: Written,
}

impl<'a, S: Sink, W: Write> Scribe<'a, S, W> {
    pub fn new(world: &'a World, sink: &'a mut S, truth: TruthWriter<W>) -> Self {
        Self {
            world,
            sink,
            truth,
            psn_no: Serial::new(b"6101"),
            mdtrt_id: Serial::new(b"6102"),
            feedetl_sn: Serial::new(b"6103"),
            settlement: Serial::new(b"6104"),
            prescription: String::new(),
            trace: String::new(),
            family: String::new(),
            numbers: Vec::new(),
            order: Vec::new(),
            written: Written::default(),
        }
    }

    /// Institutions and staff.
    pub fn town(&mut self) -> Result<(), TestkitError> {
        for house in &self.world.town.houses {
            self.sink.institution(&InstitutionRow {
                fixmedins_code: &house.code,
                fixmedins_name: &house.name,
                fixmedins_type: house.kind,
                hosp_lv: house.level_code,
                admdvs: house.area,
                bed_cnt: Some(house.beds),
                internet_flag: if house.internet { "1" } else { "0" },
            })?;
        }
        for doctor in &self.world.town.doctors {
            self.sink.staff(&StaffRow {
                prac_psn_code: &doctor.code,
                prac_psn_name: &doctor.name,
                fixmedins_code: &self.world.town.house(doctor.house).code,
                title: doctor.title,
                dept_code: doctor.department,
                susp_from: doctor.suspended_from,
                dth_date: doctor.died_on,
                ..StaffRow::default()
            })?;
        }
        Ok(())
    }

    /// One person with all visits.
    pub fn person(&mut self, draft: &Draft) -> Result<(), TestkitError> {
        self.psn_no.advance();
        self.family.clear();
        let _ = write!(self.family, "{:010}", draft.facts.family);
        self.sink.person(&PersonRow {
            psn_no: self.psn_no.text(),
            gend: draft.facts.gender,
            brdy: Some(draft.facts.born_on),
            insutype: insurance_text(draft.facts.insurance),
            psn_type: person_kind(draft.facts.insurance, Age::on(draft.facts.born_on, self.world.first_day)),
            insuplc_admdvs: draft.facts.area,
            dth_date: draft.facts.died_on,
            family_no: &self.family,
            spec_psn_type: hardship(draft.facts.insurance, draft.facts.family),
            ..PersonRow::default()
        })?;
        self.written.persons += 1;
        for visit in &draft.visits {
            self.visit(draft, visit)?;
        }
        Ok(())
    }

    fn visit(&mut self, draft: &Draft, visit: &DraftVisit) -> Result<(), TestkitError> {
        self.mdtrt_id.advance();
        self.settlement.advance();
        let total = self.lines(visit)?;
        self.visit_row(draft, visit, total)?;
        self.codes(visit)?;
        self.written.visits += 1;
        self.written.amount_fen += total.0;
        if !visit.marks.is_empty() {
            self.marks(visit, total)?;
        }
        Ok(())
    }

    fn lines(&mut self, visit: &DraftVisit) -> Result<Fen, TestkitError> {
        self.order.clear();
        self.order.extend(0..visit.lines.len() as u16);
        let at = |&place: &u16| visit.lines.get(place as usize).map_or(Stamp(0), |line| line.at);
        self.order.sort_by_key(|place| (at(place), *place));
        let named = !visit.marks.is_empty() || visit.lines.iter().any(|line| line.refund_of.is_some());
        if named {
            self.number_lines(visit.lines.len());
        }
        let mut total = Fen::ZERO;
        for position in 0..self.order.len() {
            let place = self.order.get(position).copied().unwrap_or_default();
            if let Some(line) = visit.lines.get(place as usize) {
                self.feedetl_sn.advance();
                total += self.line(visit, line)?;
            }
        }
        Ok(total)
    }

    /// Finds out beforehand which numbers the lines of this visit will get.
    fn number_lines(&mut self, count: usize) {
        self.numbers.clear();
        self.numbers.resize(count, String::new());
        let mut ahead = Serial(self.feedetl_sn.0);
        for place in &self.order {
            ahead.advance();
            if let Some(number) = self.numbers.get_mut(*place as usize) {
                number.push_str(ahead.text());
            }
        }
    }

    fn line(&mut self, visit: &DraftVisit, line: &DraftLine) -> Result<Fen, TestkitError> {
        let world = self.world;
        let item = world.shelf.item(line.item);
        let doctor = world.town.doctors.get(visit.doctor as usize);
        let (doctor_code, department) = doctor.map_or(("", ""), |d| (d.code.as_str(), d.department));
        let amount = line.amount.unwrap_or_else(|| line.price.times(line.quantity));
        self.prescription.clear();
        if line.prescription > 0 {
            self.prescription.push_str(self.mdtrt_id.text().get(4..).unwrap_or_default());
            self.prescription.push((b'0' + line.prescription) as char);
        }
        self.trace(line, world.town.house(visit.institution).kind == "2");
        let stay = visit.is_stay();
        let refund_of = line.refund_of.and_then(|place| self.numbers.get(place as usize)).map_or("", String::as_str);
        let pieces = item.list_type == "102";
        self.sink.line(&LineRow {
            feedetl_sn: self.feedetl_sn.text(),
            mdtrt_id: self.mdtrt_id.text(),
            med_list_codg: &item.code,
            fee_ocur_time: line.at,
            cnt: line.quantity,
            pric: line.price,
            det_item_fee_sumamt: amount,
            psn_no: self.psn_no.text(),
            medins_list_codg: &item.local,
            medins_list_name: &item.name,
            list_type: item.list_type,
            med_chrgitm_type: item.charge_type,
            chrgitm_lv: line.remark.charge_level.unwrap_or(if item.list_type == "101" { "2" } else { "1" }),
            bilg_dept_codg: department,
            acord_dept_codg: if line.performed_in.is_empty() { department } else { line.performed_in },
            orders_dr_code: doctor_code,
            rxno: if stay { "" } else { &self.prescription },
            drord_no: if stay { &self.prescription } else { "" },
            prd_days: (line.supply_days > 0).then_some(u32::from(line.supply_days)),
            tcmdrug_used_way: if !pieces {
                ""
            } else if visit.lines.len() > 2 {
                "1"
            } else {
                "2"
            },
            medc_way_dscr: line.remark.route,
            dscg_tkdrug_flag: if line.remark.take_home { "1" } else { "" },
            inscp_scp_amt: line.remark.in_scope_percent.map(|percent| amount.ratio(i64::from(percent), 100)),
            upload_time: Some(Stamp(line.at.0 + i64::from(line.upload_delay_s))),
            init_feedetl_sn: refund_of,
            drug_trac_codg: &self.trace,
            ..LineRow::default()
        })?;
        self.written.lines += 1;
        Ok(amount)
    }

    /// What a pharmacy scans: seven digits for the product, thirteen for the pack; other houses do not scan yet.
    fn trace(&mut self, line: &DraftLine, pharmacy: bool) {
        self.trace.clear();
        let (item, serial) = match line.pack {
            Pack::Own => (line.item, self.written.lines),
            Pack::Numbered(serial) => (line.item, 9_000_000_000_000 + serial),
            Pack::Other(item, serial) => (item, 9_000_000_000_000 + serial),
            Pack::Unscanned => return,
        };
        if pharmacy || line.pack != Pack::Own {
            let _ = write!(self.trace, "81{:05}{serial:013}", item.0);
        }
    }

    /// What an institution as a whole is to be told, or not.
    pub fn house_mark(&mut self, mark: &HouseMark) -> Result<(), TestkitError> {
        self.truth.add(&TruthRow {
            rule_id: mark.rule.into(),
            psn_no: String::new(),
            mdtrt_id: String::new(),
            feedetl_sn: String::new(),
            kind: mark.kind,
            dose: mark.dose.into(),
            cnt_over: Quantity::ZERO,
            amount: None,
            note: mark.degree.map_or_else(String::new, |degree| format!("{DEGREE_NOTE}{degree}")),
            fixmedins_code: self.world.town.house(mark.house).code.clone(),
        })?;
        match mark.kind {
            MarkKind::Violation => self.written.violations += 1,
            MarkKind::LookAlike => self.written.look_alikes += 1,
        }
        Ok(())
    }

    fn visit_row(&mut self, draft: &Draft, visit: &DraftVisit, total: Fen) -> Result<(), TestkitError> {
        let world = self.world;
        let house = world.town.house(visit.institution);
        let doctor = world.town.doctors.get(visit.doctor as usize);
        let department = doctor.map_or("", |d| d.department);
        let insurance = visit.insurance.unwrap_or(draft.facts.insurance);
        let stay = visit.is_stay();
        let share = if visit.free {
            Share { upfront: Fen::ZERO, fund: total, account: Fen::ZERO }
        } else {
            split(total, insurance, if stay { 1 } else { 0 }, house.kind == "2")
        };
        let settled = Stamp(visit.ends.0 + 600);
        self.sink.visit(&VisitRow {
            mdtrt_id: self.mdtrt_id.text(),
            psn_no: self.psn_no.text(),
            fixmedins_code: &house.code,
            med_type: visit.med_type,
            begntime: visit.begins,
            endtime: Some(visit.ends),
            insutype: insurance_text(insurance),
            mdtrtarea_admvs: house.area,
            insuplc_admdvs: draft.facts.area,
            adm_dept_codg: department,
            dscg_dept_codg: if stay { department } else { "" },
            atddr_no: doctor.map_or("", |d| d.code.as_str()),
            dscg_way: if stay { visit.discharge_way } else { "" },
            matn_stas: visit.maternal,
            setl_id: self.settlement.text(),
            setl_time: Some(settled),
            dise_codg: if visit.med_type == "14" { visit.diagnoses.first().map_or("", |d| &d.code) } else { "" },
            medfee_sumamt: Some(total + visit.total_shift),
            fulamt_ownpay_amt: Some(Fen::ZERO),
            overlmt_selfpay: Some(Fen::ZERO),
            preselfpay_amt: Some(share.upfront),
            inscp_scp_amt: Some(total - share.upfront),
            fund_pay_sumamt: Some(share.fund),
            acct_pay: Some(share.account),
            psn_cash_pay: Some(total - share.fund - share.account + visit.total_shift + visit.cash_shift),
            refd_setl_flag: if visit.reversed { "1" } else { "0" },
            upload_time: Some(Stamp(settled.0 + 3600)),
        })
    }

    fn codes(&mut self, visit: &DraftVisit) -> Result<(), TestkitError> {
        for (rank, diagnosis) in visit.diagnoses.iter().enumerate() {
            let name = self.world.tables.diagnoses.get(diagnosis.code.as_ref()).map_or("", String::as_str);
            self.sink.diagnosis(&DiagnosisRow {
                mdtrt_id: self.mdtrt_id.text(),
                diag_code: &diagnosis.code,
                diag_srt_no: Some(rank as u32 + 1),
                diag_type: "1",
                maindiag_flag: if diagnosis.main { "1" } else { "0" },
                diag_name: name,
            })?;
        }
        let doctor = self.world.town.doctors.get(visit.doctor as usize).map_or("", |d| d.code.as_str());
        for procedure in &visit.procedures {
            let usual = (Stamp(procedure.at.0 - 1800), Stamp(procedure.at.0 + 5400));
            let (from, until) = procedure.anaesthesia.unwrap_or(usual);
            let name = self.world.tables.procedures.get(procedure.code.as_ref()).map_or("", String::as_str);
            self.sink.procedure(&ProcedureRow {
                mdtrt_id: self.mdtrt_id.text(),
                oprn_oprt_code: &procedure.code,
                oprn_oprt_name: name,
                oprn_oprt_date: Some(procedure.at),
                main_oprn_flag: if procedure.main { "1" } else { "0" },
                oprn_dr_code: doctor,
                anst_way: "1",
                anst_begntime: Some(from),
                anst_endtime: Some(until),
            })?;
        }
        Ok(())
    }

    fn marks(&mut self, visit: &DraftVisit, total: Fen) -> Result<(), TestkitError> {
        for mark in &visit.marks {
            let line = mark.line.and_then(|place| visit.lines.get(place as usize));
            let whole = line.map_or(total, |line| line.amount.unwrap_or_else(|| line.price.times(line.quantity)));
            let amount = match mark.at_stake {
                AtStake::Whole => Some(whole),
                AtStake::Exactly(amount) => Some(amount),
                AtStake::NotJudged => None,
            };
            let number = mark.line.and_then(|place| self.numbers.get(place as usize)).map_or("", String::as_str);
            self.truth.add(&TruthRow {
                rule_id: mark.rule.into(),
                psn_no: self.psn_no.text().into(),
                mdtrt_id: self.mdtrt_id.text().into(),
                feedetl_sn: number.into(),
                kind: mark.kind,
                dose: mark.dose.into(),
                cnt_over: mark.over.or(line.map(|line| line.quantity)).unwrap_or(Quantity::ZERO),
                amount: amount.filter(|_| mark.kind == MarkKind::Violation),
                note: mark.degree.map_or_else(String::new, |degree| format!("{DEGREE_NOTE}{degree}")),
                fixmedins_code: String::new(),
            })?;
            match mark.kind {
                MarkKind::Violation => self.written.violations += 1,
                MarkKind::LookAlike => self.written.look_alikes += 1,
            }
        }
        Ok(())
    }

    /// The truth is on disk when this returns.
    pub fn finish(self) -> Result<Written, TestkitError> {
        self.truth.finish()?;
        Ok(self.written)
    }
}

struct Share {
    upfront: Fen,
    fund: Fen,
    account: Fen,
}

/// Who pays what: an invented, plain split that adds up.
fn split(total: Fen, insurance: Insurance, stay: usize, pharmacy: bool) -> Share {
    let employee = insurance.0 == 310;
    let upfront = total.ratio(5, 100);
    let rate = match (pharmacy, employee, stay) {
        (true, _, _) => 0,
        (false, true, 1) => 82,
        (false, true, _) => 60,
        (false, false, 1) => 68,
        (false, false, _) => 50,
    };
    let fund = (total - upfront).ratio(rate, 100);
    let account = if employee { (total - fund).ratio(1, 2) } else { Fen::ZERO };
    Share { upfront, fund, account }
}

/// `psn_type` by scheme and age: 在职, 退休; 学龄前儿童, 中小学生, 居民（成年）, 居民（老年）.
fn person_kind(insurance: Insurance, age: Age) -> &'static str {
    match (insurance.0, age.years) {
        (310, ..60) => "11",
        (310, _) => "12",
        (_, ..6) => "1402",
        (_, 6..18) => "1403",
        (_, 18..60) => "15",
        _ => "16",
    }
}

/// `spec_psn_type` of poor households among residents: 3 in a hundred 低保, one 特困, one 低收入. By the number of the
/// household, so that nothing else of the city depends on it.
fn hardship(insurance: Insurance, family: u32) -> &'static str {
    match (insurance.0, family % 100) {
        (310, _) => "",
        (_, 17 | 43 | 71) => "2",
        (_, 88) => "1",
        (_, 5) => "2305",
        _ => "",
    }
}

fn insurance_text(insurance: Insurance) -> &'static str {
    match insurance.0 {
        310 => "310",
        340 => "340",
        510 => "510",
        _ => "390",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn persons_have_the_kind_of_their_scheme_and_age_and_households_share_hardship() {
        let age = |years| Age { years, months: years * 12, days: years * 365 };
        for (insurance, years, expect) in
            [(310, 59, "11"), (310, 60, "12"), (390, 5, "1402"), (390, 17, "1403"), (390, 59, "15"), (390, 60, "16")]
        {
            assert_eq!(person_kind(Insurance(insurance), age(years)), expect, "{insurance} {years}");
        }
        let poor = (0..1_000).filter(|family| !hardship(Insurance(390), *family).is_empty()).count();
        assert_eq!(poor, 50);
        assert_eq!(hardship(Insurance(310), 17), "", "employees are not marked");
    }
}
