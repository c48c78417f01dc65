//! Runs the cases of rule files: the facts of a case go through the engine with only that rule on,
//! and the findings must be exactly the expected ones.

use crate::engine::Auditor;
use crate::library::{Library, Selection};
use crate::registers::Registers;
use crate::rule::{Rule, Status};
use crate::rule_case::{CaseKind, ExpectedFinding, InstitutionFacts, LineFacts, RuleCase, StaffFacts, VisitFacts};
use crate::stock_flow::StockFlow;
use model::{
    CareSetting, CaseDiagnosis, CaseLine, CaseProcedure, CaseVisit, CodeBook, Finding, HospitalLevel, Institution,
    Insurance, MaternalState, Person, PersonCase, Sex, Span, Staff, Stamp,
};

/// How a case went.
#[derive(Debug, Clone)]
pub struct CaseOutcome {
    /// The rule.
    pub rule_id: String,
    /// The case's name.
    pub case: String,
    /// What it shows.
    pub kind: CaseKind,
    /// File and line.
    pub place: String,
    /// `None` when it held; else what was expected and what came.
    pub failure: Option<String>,
    /// What the engine said, by line, for reading.
    pub findings: Vec<Finding>,
}

/// Runs every case of the given rules (all when empty). Cases of planned rules are not run.
#[must_use]
pub fn run_cases(library: &Library, only: &[String]) -> Vec<CaseOutcome> {
    let mut outcomes = Vec::new();
    for rule in library.rules() {
        if rule.status == Status::Planned || !(only.is_empty() || only.contains(&rule.id)) {
            continue;
        }
        let Ok(selection) = library.select(std::slice::from_ref(&rule.id), |_, _| true) else { continue };
        for case in &rule.cases {
            outcomes.push(run_case(library, &selection, rule, case));
        }
    }
    outcomes
}

fn run_case(library: &Library, selection: &Selection, rule: &Rule, case: &RuleCase) -> CaseOutcome {
    let facts = facts(case, library);
    let mut findings = Vec::new();
    let registers = Registers::new(&facts.institutions, &facts.staff);
    Auditor::new(library, selection, &registers).audit(&facts.person, &mut findings);
    let mut flow = StockFlow::new(&case.stock);
    flow.add(&facts.person);
    findings.extend(flow.findings(library, selection));
    let mut got: Vec<&Finding> = findings.iter().collect();
    got.sort_by(|a, b| (&a.feedetl_sn, a.amount).cmp(&(&b.feedetl_sn, b.amount)));
    let mut expected = case.findings.clone();
    expected.sort_by(|a, b| (&a.line, a.amount).cmp(&(&b.line, b.amount)));
    let agrees =
        got.len() == expected.len() && got.iter().zip(&expected).all(|(finding, wanted)| matches(finding, wanted));
    let failure = (!agrees).then(|| {
        let wanted: Vec<String> = expected.iter().map(words_of_expected).collect();
        let came: Vec<String> = got.iter().map(|f| words_of_finding(f)).collect();
        format!("预期 [{}]，实得 [{}]", wanted.join("；"), came.join("；"))
    });
    CaseOutcome {
        rule_id: rule.id.clone(),
        case: case.name.clone(),
        kind: case.kind,
        place: format!("{}:{}", rule.file, case.line),
        failure,
        findings: got.into_iter().cloned().collect(),
    }
}

fn matches(finding: &Finding, wanted: &ExpectedFinding) -> bool {
    finding.feedetl_sn == wanted.line
        && wanted.cnt_over.is_none_or(|quantity| quantity == finding.cnt_over)
        && wanted.amount.is_none_or(|amount| amount == finding.amount)
}

fn words_of_expected(wanted: &ExpectedFinding) -> String {
    let line = if wanted.line.is_empty() { "整次就诊" } else { &wanted.line };
    let quantity = wanted.cnt_over.map(|q| format!(" 数量{q}")).unwrap_or_default();
    let amount = wanted.amount.map(|a| format!(" {a}元")).unwrap_or_default();
    format!("{line}{quantity}{amount}")
}

fn words_of_finding(finding: &Finding) -> String {
    let line = if finding.feedetl_sn.is_empty() { "整次就诊" } else { &finding.feedetl_sn };
    format!("{line} 数量{} {}元：{}", finding.cnt_over, finding.amount, finding.evidence)
}

/// The case as the engine reads it.
struct Facts {
    person: PersonCase,
    institutions: Vec<Institution>,
    staff: Vec<Staff>,
}

fn facts(case: &RuleCase, library: &Library) -> Facts {
    let mut institutions: Vec<Institution> = case.places.iter().map(institution).collect();
    let mut facts = PersonCase::default();
    let person = &case.person;
    facts.person = Person {
        psn_no: facts.keep("P1"),
        sex: Sex::from_code(&person.gend),
        born_on: person.brdy,
        died_on: person.dth_date,
        insurance: Insurance::from_code(&person.insutype),
        kind: facts.keep(&person.psn_type),
        special_kind: facts.keep(&person.spec_psn_type),
        insured_area: facts.keep(&person.insuplc_admdvs),
        family: facts.keep(&person.family_no),
        employer: facts.keep(&person.employer_no),
    };
    for visit in &case.visits {
        let index = institutions.iter().position(|known| known.code == visit.fixmedins_code).unwrap_or_else(|| {
            institutions.push(Institution { code: visit.fixmedins_code.clone(), ..institution(&case.institution) });
            institutions.len() - 1
        });
        let pharmacy = institutions.get(index).is_some_and(|place| place.pharmacy);
        add_visit(&mut facts, visit, (index as u32, pharmacy), case, library);
    }
    facts.put_in_order();
    Facts { person: facts, institutions, staff: case.staff.iter().map(staff).collect() }
}

fn institution(facts: &InstitutionFacts) -> Institution {
    Institution {
        code: facts.fixmedins_code.clone(),
        name: "示例机构".into(),
        pharmacy: facts.fixmedins_type == "2",
        level: HospitalLevel::from_code(&facts.hosp_lv),
        area: facts.admdvs.clone(),
        beds: facts.bed_cnt,
        internet: facts.internet_flag == "1",
    }
}

fn staff(facts: &StaffFacts) -> Staff {
    Staff {
        code: facts.prac_psn_code.clone(),
        name: "示例人员".into(),
        institution: facts.fixmedins_code.clone(),
        title: facts.title.clone(),
        department: facts.dept_code.clone(),
        suspended: facts.susp_from.map(|from| Span { from, until: facts.susp_until }),
        died_on: facts.dth_date,
    }
}

fn add_visit(
    facts: &mut PersonCase,
    visit: &VisitFacts,
    (institution, pharmacy): (u32, bool),
    case: &RuleCase,
    library: &Library,
) {
    let index = facts.visits.len() as u32;
    let setting = if pharmacy { CareSetting::Pharmacy } else { CareSetting::from_med_type(&visit.med_type) };
    let row = CaseVisit {
        mdtrt_id: facts.keep(&visit.mdtrt_id),
        institution,
        fixmedins_code: facts.keep(&visit.fixmedins_code),
        setting,
        med_type: facts.keep(&visit.med_type),
        begins_at: visit.begntime.unwrap_or_default(),
        ends_at: visit.endtime,
        insurance: Insurance::from_code(if visit.insutype.is_empty() {
            &case.person.insutype
        } else {
            &visit.insutype
        }),
        maternal: MaternalState::from_code(&visit.matn_stas, false),
        discharge_way: visit.dscg_way.parse().unwrap_or(0),
        admission_department: facts.keep(&visit.adm_dept_codg),
        discharge_department: facts.keep(&visit.dscg_dept_codg),
        doctor: facts.keep(&visit.atddr_no),
        programme: facts.keep(&visit.dise_codg),
        treatment_area: facts.keep(&visit.mdtrtarea_admvs),
        insured_area: facts.keep(&visit.insuplc_admdvs),
        settled_at: visit.setl_time,
        reversed: visit.refd_setl_flag,
        total: visit.medfee_sumamt,
        fund_paid: visit.fund_pay_sumamt,
        account_paid: visit.acct_pay,
        cash_paid: visit.psn_cash_pay,
        ..CaseVisit::default()
    };
    facts.visits.push(row);
    for (rank, code) in visit.diagnoses.iter().enumerate() {
        let main = visit.main_diagnoses.as_ref().map_or(rank == 0, |main| main.contains(code));
        let diagnosis = library.diagnosis(code);
        let code = facts.keep(code);
        facts.diagnoses.push(CaseDiagnosis { visit: index, diagnosis, code, main, kind: 1, rank: rank as u16 + 1 });
    }
    for (rank, code) in visit.procedures.iter().enumerate() {
        let main = visit.main_procedures.as_ref().map_or(rank == 0, |main| main.contains(code));
        let procedure = library.procedure(code);
        let code = facts.keep(code);
        let at = visit.procedure_time.or(visit.begntime);
        facts.procedures.push(CaseProcedure {
            visit: index,
            procedure,
            code,
            at,
            main,
            anaesthesia_from: visit.anst_begntime,
            anaesthesia_until: visit.anst_endtime,
        });
    }
    for line in &visit.lines {
        add_line(facts, line, index, library);
    }
}

fn add_line(facts: &mut PersonCase, line: &LineFacts, visit: u32, library: &Library) {
    let row = CaseLine {
        visit,
        item: library.item(&line.item),
        code: facts.keep(&line.item),
        sn: facts.keep(&line.sn),
        at: line.at.unwrap_or(Stamp(0)),
        quantity: line.cnt,
        price: line.pric,
        amount: line.amount.unwrap_or_else(|| line.pric.times(line.cnt)),
        name: facts.keep(&line.name),
        prescription: facts.keep(&line.rxno),
        doctor: facts.keep(&line.orders_dr_code),
        procedure_code: facts.keep(&line.oprn_oprt_code),
        billing_department: facts.keep(&line.bilg_dept_codg),
        performing_department: facts.keep(&line.acord_dept_codg),
        order: facts.keep(&line.drord_no),
        route: facts.keep(&line.medc_way_dscr),
        charge_level: line.chrgitm_lv as u8,
        trace_codes: facts.keep(&line.drug_trac_codg),
        in_scope: line.inscp_scp_amt,
        uploaded_at: line.upload_time,
        list_type: line.list_type as u16,
        charge_type: line.med_chrgitm_type as u8,
        supply_days: line.prd_days as u16,
        take_home: line.dscg_tkdrug_flag,
        piece_use: line.tcmdrug_used_way as u8,
        ..CaseLine::default()
    };
    facts.lines.push(row);
}
