//! The cases of a rule file: facts under their national column names, and the findings expected.
//!
//! A case names only what matters to it; what it leaves out is ordinary (a second-level hospital, an insured
//! employee, one unit at ten yuan). `cases` turns the facts into what the engine reads.

use datafile::Problem;
use datafile::{Reading, Table};
use model::{Day, Fen, Quantity, Stamp, Stock, UnitPrice};

/// What a case shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CaseKind {
    /// The rule fires.
    Hit,
    /// Just on the allowed side.
    NearMiss,
    /// Would fire, but for an exemption.
    Exemption,
}

/// A case of a rule file: facts, and the findings expected.
#[derive(Debug, Clone)]
pub struct RuleCase {
    /// A sentence.
    pub name: String,
    /// What it shows.
    pub kind: CaseKind,
    /// First line in the file.
    pub line: usize,
    /// The insured person.
    pub person: PersonFacts,
    /// What an institution is unless `places` says otherwise.
    pub institution: InstitutionFacts,
    /// Institutions that differ.
    pub places: Vec<InstitutionFacts>,
    /// Registered staff.
    pub staff: Vec<StaffFacts>,
    /// What institutions had in stock.
    pub stock: Vec<Stock>,
    /// Visits with their lines.
    pub visits: Vec<VisitFacts>,
    /// Findings expected; none means that the rule must stay silent.
    pub findings: Vec<ExpectedFinding>,
}

/// The person of a case.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, reason = "fields are the national columns of the same name")]
pub struct PersonFacts {
    pub gend: String,
    pub brdy: Option<Day>,
    pub dth_date: Option<Day>,
    pub insutype: String,
    pub psn_type: String,
    pub spec_psn_type: String,
    pub insuplc_admdvs: String,
    pub family_no: String,
    pub employer_no: String,
}

/// An institution of a case.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, reason = "fields are the national columns of the same name")]
pub struct InstitutionFacts {
    pub fixmedins_code: String,
    pub hosp_lv: String,
    pub fixmedins_type: String,
    pub internet_flag: String,
    pub admdvs: String,
    pub bed_cnt: Option<u32>,
}

/// A post of a member of staff.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, reason = "fields are the national columns of the same name")]
pub struct StaffFacts {
    pub prac_psn_code: String,
    pub fixmedins_code: String,
    pub title: String,
    pub dept_code: String,
    pub susp_from: Option<Day>,
    pub susp_until: Option<Day>,
    pub dth_date: Option<Day>,
}

/// A visit of a case.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, reason = "fields are the national columns of the same name")]
pub struct VisitFacts {
    pub mdtrt_id: String,
    pub fixmedins_code: String,
    pub med_type: String,
    pub begntime: Option<Stamp>,
    pub endtime: Option<Stamp>,
    pub matn_stas: String,
    pub dscg_way: String,
    pub mdtrtarea_admvs: String,
    pub insuplc_admdvs: String,
    pub adm_dept_codg: String,
    pub dscg_dept_codg: String,
    pub atddr_no: String,
    pub dise_codg: String,
    pub setl_time: Option<Stamp>,
    pub refd_setl_flag: bool,
    pub medfee_sumamt: Option<Fen>,
    pub fund_pay_sumamt: Option<Fen>,
    pub acct_pay: Option<Fen>,
    pub psn_cash_pay: Option<Fen>,
    /// Codes; the first is the main diagnosis unless `main_diagnoses` says otherwise.
    pub diagnoses: Vec<String>,
    pub main_diagnoses: Option<Vec<String>>,
    /// Codes; the first is the main procedure.
    pub procedures: Vec<String>,
    pub procedure_time: Option<Stamp>,
    /// Of every procedure of the visit.
    pub anst_begntime: Option<Stamp>,
    pub anst_endtime: Option<Stamp>,
    /// Where it differs from the person's.
    pub insutype: String,
    pub main_procedures: Option<Vec<String>>,
    pub lines: Vec<LineFacts>,
}

/// A charge line of a case.
#[derive(Debug, Clone, Default)]
#[allow(missing_docs, reason = "fields are the national columns of the same name")]
pub struct LineFacts {
    pub sn: String,
    pub item: String,
    pub name: String,
    pub at: Option<Stamp>,
    pub cnt: Quantity,
    pub pric: UnitPrice,
    pub amount: Option<Fen>,
    pub rxno: String,
    pub list_type: i64,
    pub med_chrgitm_type: i64,
    pub prd_days: i64,
    pub orders_dr_code: String,
    pub oprn_oprt_code: String,
    pub tcmdrug_used_way: i64,
    pub upload_time: Option<Stamp>,
    pub dscg_tkdrug_flag: bool,
    pub bilg_dept_codg: String,
    pub acord_dept_codg: String,
    pub drord_no: String,
    pub medc_way_dscr: String,
    pub chrgitm_lv: i64,
    pub drug_trac_codg: String,
    pub inscp_scp_amt: Option<Fen>,
}

/// A finding that a case expects.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ExpectedFinding {
    /// `feedetl_sn`, empty for the visit.
    pub line: String,
    /// Quantity at stake, when the case says it.
    pub cnt_over: Option<Quantity>,
    /// Money at stake, when the case says it.
    pub amount: Option<Fen>,
}

pub(crate) const KINDS: [(&str, CaseKind); 3] =
    [("hit", CaseKind::Hit), ("near-miss", CaseKind::NearMiss), ("exemption", CaseKind::Exemption)];

/// Shows every case of one block to `each`.
pub(crate) fn read_cases(
    file: &str,
    block: &str,
    line: usize,
    problems: &mut Vec<Problem>,
    each: &mut dyn FnMut(Table<'_, '_>, &mut Reading<'_>),
) {
    let mut reading = Reading::new(file, block, line);
    if let Some(parsed) = reading.parse() {
        let mut top = Table::new("", &parsed, line + 1);
        for table in top.tables(&mut reading, "case") {
            each(table, &mut reading);
        }
        top.finish(&mut reading);
    }
    problems.append(&mut reading.problems);
}

pub(crate) fn read_case(mut table: Table<'_, '_>, reading: &mut Reading<'_>) -> Option<RuleCase> {
    let line = table.line();
    let name = table.text(reading, "name");
    let kind = table.required_word(reading, "kind", &KINDS);
    let mut case = RuleCase {
        name,
        kind: kind?,
        line,
        person: PersonFacts { insutype: "310".into(), ..PersonFacts::default() },
        institution: InstitutionFacts {
            hosp_lv: "2".into(),
            fixmedins_type: "1".into(),
            internet_flag: "0".into(),
            admdvs: "610100".into(),
            ..InstitutionFacts::default()
        },
        places: Vec::new(),
        staff: Vec::new(),
        stock: Vec::new(),
        visits: Vec::new(),
        findings: Vec::new(),
    };
    if let Some(person) = table.table(reading, "person") {
        case.person = read_person(person, reading);
    }
    if let Some(place) = table.table(reading, "institution") {
        case.institution = read_institution(place, &case.institution, reading);
    }
    for place in table.tables(reading, "place") {
        case.places.push(read_institution(place, &case.institution, reading));
    }
    for row in table.tables(reading, "stock") {
        case.stock.push(read_stock(row, reading));
    }
    for member in table.tables(reading, "staff") {
        case.staff.push(read_staff(member, reading));
    }
    for (index, visit) in table.tables(reading, "visit").into_iter().enumerate() {
        let facts = read_visit(visit, index, reading);
        case.visits.push(facts);
    }
    if case.visits.is_empty() {
        reading.report(line, "case.visit", "用例至少要有一次就诊");
    }
    for mut expected in table.tables(reading, "finding") {
        case.findings.push(ExpectedFinding {
            line: expected.optional_text(reading, "line").unwrap_or_default(),
            cnt_over: expected.quantity(reading, "cnt_over"),
            amount: expected.money(reading, "amount"),
        });
        expected.finish(reading);
    }
    table.finish(reading);
    Some(case)
}

fn read_person(mut table: Table<'_, '_>, reading: &mut Reading<'_>) -> PersonFacts {
    let mut text = |key| table.optional_text(reading, key);
    let facts = PersonFacts {
        gend: text("gend").unwrap_or_default(),
        insutype: text("insutype").unwrap_or_else(|| "310".into()),
        psn_type: text("psn_type").unwrap_or_default(),
        spec_psn_type: text("spec_psn_type").unwrap_or_default(),
        insuplc_admdvs: text("insuplc_admdvs").unwrap_or_default(),
        family_no: text("family_no").unwrap_or_default(),
        employer_no: text("employer_no").unwrap_or_default(),
        brdy: table.day(reading, "brdy"),
        dth_date: table.day(reading, "dth_date"),
    };
    table.finish(reading);
    facts
}

fn read_institution(mut table: Table<'_, '_>, usual: &InstitutionFacts, reading: &mut Reading<'_>) -> InstitutionFacts {
    let mut text = |key, usual: &String| table.optional_text(reading, key).unwrap_or_else(|| usual.clone());
    let facts = InstitutionFacts {
        fixmedins_code: text("fixmedins_code", &usual.fixmedins_code),
        hosp_lv: text("hosp_lv", &usual.hosp_lv),
        fixmedins_type: text("fixmedins_type", &usual.fixmedins_type),
        internet_flag: text("internet_flag", &usual.internet_flag),
        admdvs: text("admdvs", &usual.admdvs),
        bed_cnt: table.integer(reading, "bed_cnt").and_then(|beds| u32::try_from(beds).ok()).or(usual.bed_cnt),
    };
    table.finish(reading);
    facts
}

fn read_stock(mut table: Table<'_, '_>, reading: &mut Reading<'_>) -> Stock {
    let text = |table: &mut Table<'_, '_>, reading: &mut Reading<'_>, key| table.optional_text(reading, key);
    let institution = text(&mut table, reading, "fixmedins_code").unwrap_or_else(|| "H61010000001".into());
    let code = text(&mut table, reading, "med_list_codg").unwrap_or_default();
    let (from, to) = (table.day(reading, "begndate"), table.day(reading, "enddate"));
    let mut count = |key| table.quantity(reading, key).unwrap_or_default();
    let stock = Stock {
        institution,
        code,
        from: from.unwrap_or_default(),
        to: to.unwrap_or_default(),
        opening: count("begn_inv_cnt"),
        purchased: count("purc_cnt"),
        returned: count("purc_retn_cnt"),
        closing: count("end_inv_cnt"),
    };
    table.finish(reading);
    stock
}

fn read_staff(mut table: Table<'_, '_>, reading: &mut Reading<'_>) -> StaffFacts {
    let mut text = |key| table.optional_text(reading, key);
    let facts = StaffFacts {
        prac_psn_code: text("prac_psn_code").unwrap_or_else(|| "D610100000001".into()),
        fixmedins_code: text("fixmedins_code").unwrap_or_else(|| "H61010000001".into()),
        title: text("title").unwrap_or_default(),
        dept_code: text("dept_code").unwrap_or_default(),
        susp_from: table.day(reading, "susp_from"),
        susp_until: table.day(reading, "susp_until"),
        dth_date: table.day(reading, "dth_date"),
    };
    table.finish(reading);
    facts
}

fn read_visit(mut table: Table<'_, '_>, index: usize, reading: &mut Reading<'_>) -> VisitFacts {
    let line = table.line();
    let begntime = table.moment(reading, "begntime");
    if begntime.is_none() {
        reading.report(line, "begntime", "就诊必须有开始时间");
    }
    let mut text = |key| table.optional_text(reading, key);
    let mdtrt_id = text("mdtrt_id").unwrap_or_else(|| format!("V{}", index + 1));
    let fixmedins_code = text("fixmedins_code").unwrap_or_else(|| "H61010000001".into());
    let med_type = text("med_type").unwrap_or_else(|| "11".into());
    let matn_stas = text("matn_stas").unwrap_or_default();
    let mut facts = VisitFacts {
        mdtrt_id,
        fixmedins_code,
        med_type,
        begntime,
        matn_stas,
        dscg_way: text("dscg_way").unwrap_or_default(),
        mdtrtarea_admvs: text("mdtrtarea_admvs").unwrap_or_default(),
        insuplc_admdvs: text("insuplc_admdvs").unwrap_or_default(),
        adm_dept_codg: text("adm_dept_codg").unwrap_or_default(),
        dscg_dept_codg: text("dscg_dept_codg").unwrap_or_default(),
        atddr_no: text("atddr_no").unwrap_or_default(),
        dise_codg: text("dise_codg").unwrap_or_default(),
        refd_setl_flag: text("refd_setl_flag").unwrap_or_default() == "1",
        endtime: table.moment(reading, "endtime"),
        setl_time: table.moment(reading, "setl_time"),
        medfee_sumamt: table.money(reading, "medfee_sumamt"),
        fund_pay_sumamt: table.money(reading, "fund_pay_sumamt"),
        acct_pay: table.money(reading, "acct_pay"),
        psn_cash_pay: table.money(reading, "psn_cash_pay"),
        diagnoses: table.texts(reading, "diagnoses"),
        main_diagnoses: None,
        procedures: table.texts(reading, "procedures"),
        procedure_time: table.moment(reading, "procedure_time"),
        anst_begntime: table.moment(reading, "anst_begntime"),
        anst_endtime: table.moment(reading, "anst_endtime"),
        insutype: table.optional_text(reading, "insutype").unwrap_or_default(),
        main_procedures: None,
        lines: Vec::new(),
    };
    if table.get("main_diagnoses").is_some() {
        facts.main_diagnoses = Some(table.texts(reading, "main_diagnoses"));
    }
    if table.get("main_procedures").is_some() {
        facts.main_procedures = Some(table.texts(reading, "main_procedures"));
    }
    for (number, line) in table.tables(reading, "line").into_iter().enumerate() {
        let line = read_line(line, number, &facts, reading);
        facts.lines.push(line);
    }
    table.finish(reading);
    facts
}

fn read_line(mut table: Table<'_, '_>, number: usize, visit: &VisitFacts, reading: &mut Reading<'_>) -> LineFacts {
    let mut text = |key| table.optional_text(reading, key);
    let sn = text("sn").unwrap_or_else(|| format!("L{}", number + 1));
    let item = text("item").unwrap_or_default();
    let name = text("name").unwrap_or_default();
    let rxno = text("rxno").unwrap_or_default();
    let orders_dr_code = text("orders_dr_code").unwrap_or_else(|| "D610100000001".into());
    let oprn_oprt_code = text("oprn_oprt_code").unwrap_or_default();
    let take_home = text("dscg_tkdrug_flag").unwrap_or_default() == "1";
    let mut department = |key| text(key).unwrap_or_default();
    let (bilg_dept_codg, acord_dept_codg) = (department("bilg_dept_codg"), department("acord_dept_codg"));
    let medc_way_dscr = text("medc_way_dscr").unwrap_or_default();
    let (drord_no, drug_trac_codg) = (text("drord_no").unwrap_or_default(), text("drug_trac_codg").unwrap_or_default());
    let mut integer = |key| table.integer(reading, key).unwrap_or(0);
    let (list_type, charge_type, prd_days, used_way) =
        (integer("list_type"), integer("med_chrgitm_type"), integer("prd_days"), integer("tcmdrug_used_way"));
    let chrgitm_lv = integer("chrgitm_lv");
    let facts = LineFacts {
        sn,
        item,
        name,
        at: table.moment(reading, "at").or(visit.begntime),
        cnt: table.quantity(reading, "cnt").unwrap_or(Quantity::whole(1)),
        pric: table.price(reading, "pric").unwrap_or(UnitPrice(100_000)),
        amount: table.money(reading, "amount"),
        rxno,
        list_type,
        med_chrgitm_type: charge_type,
        prd_days,
        orders_dr_code,
        oprn_oprt_code,
        tcmdrug_used_way: used_way,
        upload_time: table.moment(reading, "upload_time"),
        dscg_tkdrug_flag: take_home,
        bilg_dept_codg,
        acord_dept_codg,
        drord_no,
        medc_way_dscr,
        chrgitm_lv,
        drug_trac_codg,
        inscp_scp_amt: table.money(reading, "inscp_scp_amt"),
    };
    table.finish(reading);
    facts
}
