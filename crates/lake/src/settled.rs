//! Settlements without their lines: what a replay of a year needs of a claims folder or a lake.
//!
//! Only `visits`, `persons` and `institutions` are read, and of them only what a settlement rests on, so a
//! million settlements take seconds. Rows are checked as in an audit, and more strictly where money
//! is computed again: the four parts of a bill must be there and add up to it. What fails goes to
//! `rejects/`, with file, row, column and reason; what is read is accepted, corrected or rejected. Settlements of
//! other areas and other days, and reversed ones, are accepted and left out, with a count.

use std::path::Path;

use model::{Day, Fen, HospitalLevel, Institution, Insurance, SettledPerson, SettledVisit, Stamp};
use rustc_hash::FxHashMap;

use crate::LakeError;
use crate::block::{Block, NONE, Origin, State};
use crate::decode::Decoder;
use crate::folder::sources_of;
use crate::issues::{Issues, Reject};
use crate::kept::Lake;
use crate::note::{Level, Note};
use crate::prepare::day_of;
use crate::report::{TableIntake, tables_of, write_rejects};
use crate::runs::Runs;
use crate::source::{Found, FoundKind, Source};
use crate::tables::{Table, institution, person, visit};

/// Which settlements are wanted.
#[derive(Debug, Clone)]
pub struct SettledScope {
    /// Code of the pooling area where the persons are insured.
    pub area: String,
    /// First day of settlement.
    pub from: Day,
    /// First day after.
    pub until: Day,
}

/// Everything that was read.
#[derive(Debug)]
pub struct Settled {
    /// Persons with a settlement, by `psn_no`.
    pub persons: Vec<SettledPerson>,
    /// The register of institutions, by code.
    pub institutions: Vec<Institution>,
    /// Settlements by person, then time, then `mdtrt_id`.
    pub visits: Vec<SettledVisit>,
    /// Accepted rows that were left out: reason and how many.
    pub left_out: Vec<(String, u64)>,
    /// What reading did, by table.
    pub intake: Vec<TableIntake>,
    /// Remarks about files.
    pub notes: Vec<Note>,
}

impl Settled {
    /// Settlements of one person lie together; this is where each person's begin and end.
    pub fn by_person(&self) -> impl Iterator<Item = &[SettledVisit]> {
        self.visits.chunk_by(|one, other| one.person == other.person)
    }

    /// Rows that were refused.
    #[must_use]
    pub fn rejected(&self) -> u64 {
        self.intake.iter().map(|table| table.rejected).sum()
    }
}

/// Reads the settlements of a claims folder or of a lake; refused rows go to `out/rejects`.
pub fn read_settled(claims: &Path, scope: &SettledScope, out: &Path) -> Result<Settled, LakeError> {
    let mut notes = Vec::new();
    let sources = match kept_files(claims)? {
        Some(found) => Table::ALL.map(|table| {
            let of_table = found.iter().filter(|(of, _)| *of == table).map(|(_, found)| found.clone()).collect();
            Source::open(table, of_table, &mut notes)
        }),
        None => sources_of(claims, &mut notes)?,
    };
    let source = |table: Table| sources.get(table as usize).and_then(Option::as_ref);
    let visits = source(Table::Visits).ok_or_else(|| unusable(claims, &notes))?;
    source(Table::Persons).ok_or_else(|| unusable(claims, &notes))?;
    require_amounts(claims, visits)?;
    std::fs::create_dir_all(out).map_err(|e| LakeError::disk(out, e))?;
    let mut reader = Reader { issues: Issues::default(), rejects: Runs::create(out)?, left_out: LeftOut::default() };
    let institutions = reader.institutions(source(Table::Institutions))?;
    let register = reader.persons(source(Table::Persons))?;
    let index: FxHashMap<&str, u32> = (0_u32..).zip(&institutions).map(|(at, i)| (i.code.as_str(), at)).collect();
    let rows = reader.visits(visits, scope, &register, &index)?;
    reader.issues.flush(&reader.rejects)?;
    let (persons, visits) = in_order(rows, register);
    let mut intake = tables_of(&sources, &reader.issues, &notes)?;
    intake.retain(|table| table.read > 0);
    write_rejects(reader.rejects, &sources, out, &mut intake)?;
    Ok(Settled { persons, institutions, visits, left_out: reader.left_out.list(), intake, notes })
}

/// The files of a lake: those that its manifest names and no others, because an add that was cut short leaves files
/// behind. `None` when the folder is no lake; a lake that is damaged or newer than this program is refused.
fn kept_files(folder: &Path) -> Result<Option<Vec<(Table, Found)>>, LakeError> {
    let lake = match Lake::open(folder) {
        Err(LakeError::NoLake(_)) => return Ok(None),
        opened => opened?,
    };
    if crate::kept::is_remote(folder) {
        return Err(LakeError::Refused(format!("测算只读本地的数据湖；请把 {} 下载到本地目录", folder.display())));
    }
    let found = lake.files().iter().filter_map(|entry| {
        let found = Found { path: folder.join(&entry.path), name: entry.path.clone(), kind: FoundKind::Parquet };
        Some((Table::named(&entry.table)?, found))
    });
    Ok(Some(found.collect()))
}

/// What is wrong when a table is missing: files that could not be read, then the tables themselves.
fn unusable(claims: &Path, notes: &[Note]) -> LakeError {
    let is_table = |file: &str| Table::named(file).is_some();
    let of_files = notes.iter().filter(|note| note.level == Level::Problem && !is_table(&note.file));
    let mut problems: Vec<Note> = of_files.cloned().collect();
    let text = "测算需要就诊结算表 visits 与人员表 persons（.csv、.csv.gz、.parquet 或 xlsx 工作表），请导出后放入目录";
    problems.push(Note::problem("visits、persons", text));
    LakeError::Folder { folder: claims.to_path_buf(), problems }
}

/// Money cannot be computed again from what is not there.
fn require_amounts(claims: &Path, visits: &Source) -> Result<(), LakeError> {
    let wanted = [(visit::inscp_scp_amt, "inscp_scp_amt"), (visit::medfee_sumamt, "medfee_sumamt")];
    let missing: Vec<&str> =
        wanted.iter().filter(|(column, _)| !visits.may_hold(*column)).map(|(_, name)| *name).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let text = format!(
        "缺少 {}，没有这些金额就无法重算待遇；请按国家接口的结算字段导出 medfee_sumamt、fulamt_ownpay_amt、overlmt_selfpay、preselfpay_amt、inscp_scp_amt",
        missing.join("、")
    );
    Err(LakeError::Folder { folder: claims.to_path_buf(), problems: vec![Note::problem("visits", text)] })
}

#[derive(Default)]
struct LeftOut {
    reversed: u64,
    other_days: u64,
    other_areas: u64,
}

impl LeftOut {
    fn list(&self) -> Vec<(String, u64)> {
        let all = [
            (self.reversed, "已冲销的结算"),
            (self.other_days, "结算日期不在测算年度"),
            (self.other_areas, "参保地不是测算统筹区"),
        ];
        all.iter().filter(|(count, _)| *count > 0).map(|(count, text)| ((*text).to_owned(), *count)).collect()
    }
}

/// A person as the register has it.
struct Registered {
    person: SettledPerson,
    insurance: Insurance,
    area: String,
}

/// A settlement whose person is still known by number only.
struct Row {
    psn_no: String,
    visit: SettledVisit,
    origin: Origin,
}

struct Reader {
    issues: Issues,
    rejects: Runs<Reject>,
    left_out: LeftOut,
}

impl Reader {
    /// Shows every block of a table.
    fn scan(
        &mut self,
        table: Table,
        source: &Source,
        columns: &[usize],
        each: &mut dyn FnMut(&Block, &mut Issues, &mut LeftOut),
    ) -> Result<(), LakeError> {
        let mut decoder = Decoder::new(table);
        source.scan_ahead(columns, &mut |raw| {
            self.issues.table(table).read += raw.rows as u64;
            let block = decoder.decode(raw, &mut self.issues);
            each(&block, &mut self.issues, &mut self.left_out);
            self.issues.relieve(&self.rejects)
        })
    }

    fn institutions(&mut self, source: Option<&Source>) -> Result<Vec<Institution>, LakeError> {
        use institution::{admdvs, fixmedins_code, fixmedins_name, fixmedins_type, hosp_lv};
        let Some(source) = source else { return Ok(Vec::new()) };
        let mut institutions: Vec<Institution> = Vec::new();
        let columns = [fixmedins_code, fixmedins_name, fixmedins_type, hosp_lv, admdvs];
        self.scan(Table::Institutions, source, &columns, &mut |block, issues, _| {
            for row in accepted(Table::Institutions, block, issues) {
                institutions.push(Institution {
                    code: block.text(fixmedins_code, row).to_owned(),
                    name: block.text(fixmedins_name, row).to_owned(),
                    pharmacy: block.text(fixmedins_type, row) == "2",
                    level: HospitalLevel::from_code(block.text(hosp_lv, row)),
                    area: block.text(admdvs, row).to_owned(),
                    beds: None,
                    internet: false,
                });
            }
        })?;
        // One row a code; of several the first in order of content, whatever the order of the file (I8).
        institutions.sort_by(|a, b| (&a.code, &a.name, a.level).cmp(&(&b.code, &b.name, b.level)));
        institutions.dedup_by(|later, first| later.code == first.code);
        Ok(institutions)
    }

    fn persons(&mut self, source: Option<&Source>) -> Result<FxHashMap<String, Registered>, LakeError> {
        use person::{brdy, gend, insuplc_admdvs, insutype, psn_no, psn_type, spec_psn_type};
        let mut persons: FxHashMap<String, Registered> = FxHashMap::default();
        let Some(source) = source else { return Ok(persons) };
        let columns = [psn_no, gend, brdy, insutype, psn_type, insuplc_admdvs, spec_psn_type];
        self.scan(Table::Persons, source, &columns, &mut |block, issues, _| {
            for row in accepted(Table::Persons, block, issues) {
                let text = |column| block.text(column, row);
                let registered = Registered {
                    person: SettledPerson {
                        psn_no: text(psn_no).to_owned(),
                        born_on: day_of(block.number(brdy, row)),
                        kind: text(psn_type).to_owned(),
                        special_kind: text(spec_psn_type).to_owned(),
                    },
                    insurance: insurance(block.number(insutype, row)),
                    area: text(insuplc_admdvs).to_owned(),
                };
                let place = persons.entry(registered.person.psn_no.clone());
                // Of two rows of one person the greater content is kept, whatever the order of the file (I8).
                let kept = place.or_insert_with(|| registered.copy());
                if kept.key() < registered.key() {
                    *kept = registered;
                }
            }
        })?;
        Ok(persons)
    }

    fn visits(
        &mut self,
        source: &Source,
        scope: &SettledScope,
        persons: &FxHashMap<String, Registered>,
        institutions: &FxHashMap<&str, u32>,
    ) -> Result<Vec<Row>, LakeError> {
        let mut rows = Vec::new();
        self.scan(Table::Visits, source, &VISIT_COLUMNS, &mut |block, issues, left_out| {
            for row in (0..block.rows).filter(|&row| block.state(row) != State::Rejected) {
                let registered = persons.get(block.text(visit::psn_no, row));
                if let Some(reason) = why_left_out(block, row, scope, registered) {
                    issues.settle(Table::Visits, block.state(row));
                    *left_out.count(reason) += 1;
                    continue;
                }
                match settled(block, row, registered, institutions) {
                    Ok(visit) => {
                        issues.settle(Table::Visits, block.state(row));
                        let psn_no = block.text(visit::psn_no, row).to_owned();
                        rows.push(Row { psn_no, visit, origin: block.origin(row) });
                    }
                    Err((column, value, reason)) => {
                        issues.reject(Table::Visits, block.origin(row), column, &value, reason);
                    }
                }
            }
        })?;
        self.reject_twins(&mut rows);
        Ok(rows)
    }

    /// One settlement an id: of several the first by content stays (I8), the others are refused.
    fn reject_twins(&mut self, rows: &mut Vec<Row>) {
        rows.sort_by(|a, b| {
            let key = |row: &Row| (row.visit.settled_at, row.visit.in_scope, row.origin);
            (&a.psn_no, &a.visit.mdtrt_id, key(a)).cmp(&(&b.psn_no, &b.visit.mdtrt_id, key(b)))
        });
        rows.dedup_by(|later, first| {
            let twin = later.psn_no == first.psn_no && later.visit.mdtrt_id == first.visit.mdtrt_id;
            if twin {
                let counts = self.issues.table(Table::Visits);
                counts.accepted = counts.accepted.saturating_sub(1);
                let reason = "同一就诊ID出现多次，只取一条；请删除重复行".to_owned();
                self.issues.reject(Table::Visits, later.origin, "mdtrt_id", &later.visit.mdtrt_id, reason);
            }
            twin
        });
    }
}

const VISIT_COLUMNS: [usize; 19] = [
    visit::mdtrt_id,
    visit::psn_no,
    visit::fixmedins_code,
    visit::med_type,
    visit::begntime,
    visit::endtime,
    visit::insutype,
    visit::mdtrtarea_admvs,
    visit::insuplc_admdvs,
    visit::setl_time,
    visit::dise_codg,
    visit::medfee_sumamt,
    visit::fulamt_ownpay_amt,
    visit::overlmt_selfpay,
    visit::preselfpay_amt,
    visit::inscp_scp_amt,
    visit::fund_pay_sumamt,
    visit::refd_setl_flag,
    visit::setl_id,
];

#[derive(Debug, Clone, Copy)]
enum Reason {
    Reversed,
    OtherDays,
    OtherAreas,
}

impl LeftOut {
    fn count(&mut self, reason: Reason) -> &mut u64 {
        match reason {
            Reason::Reversed => &mut self.reversed,
            Reason::OtherDays => &mut self.other_days,
            Reason::OtherAreas => &mut self.other_areas,
        }
    }
}

fn why_left_out(block: &Block, row: usize, scope: &SettledScope, registered: Option<&Registered>) -> Option<Reason> {
    let own = block.text(visit::insuplc_admdvs, row);
    let area = if own.is_empty() { registered.map_or("", |registered| &registered.area) } else { own };
    let settled_on = settled_at(block, row).day();
    if block.text(visit::refd_setl_flag, row) == "1" {
        Some(Reason::Reversed)
    } else if settled_on < scope.from || settled_on >= scope.until {
        Some(Reason::OtherDays)
    } else if !area.is_empty() && !belongs(area, &scope.area) {
        Some(Reason::OtherAreas)
    } else {
        None
    }
}

/// Whether a division code lies in a pooling area: `110105` in `110000`, `440306` in `440300`.
fn belongs(division: &str, area: &str) -> bool {
    let prefix = area.strip_suffix("0000").or_else(|| area.strip_suffix("00")).unwrap_or(area);
    division.starts_with(prefix)
}

fn settled_at(block: &Block, row: usize) -> Stamp {
    let columns = [visit::setl_time, visit::endtime, visit::begntime];
    Stamp(columns.iter().map(|&column| block.number(column, row)).find(|&moment| moment != NONE).unwrap_or_default())
}

type Fault = (&'static str, String, String);

/// A settlement, or the column at fault with its value and the reason.
fn settled(
    block: &Block,
    row: usize,
    registered: Option<&Registered>,
    institutions: &FxHashMap<&str, u32>,
) -> Result<SettledVisit, Fault> {
    let text = |column| block.text(column, row);
    let Some(registered) = registered else {
        let reason = "persons 中没有这个人员，不知道年龄与人员类别；请补上人员表".to_owned();
        return Err(("psn_no", text(visit::psn_no).to_owned(), reason));
    };
    if text(visit::insuplc_admdvs).is_empty() && registered.area.is_empty() {
        return Err(("insuplc_admdvs", String::new(), "就诊与人员都没有参保地，不知道适用哪里的政策；请补上".into()));
    }
    let money = |column| Some(block.number(column, row)).filter(|&number| number != NONE).map(Fen);
    let part = |column, name: &'static str| match money(column) {
        Some(amount) if amount < Fen::ZERO => {
            Err((name, amount.to_string(), "金额为负；冲销应以 refd_setl_flag = 1 标明".to_owned()))
        }
        amount => Ok(amount.unwrap_or_default()),
    };
    let Some(total) = money(visit::medfee_sumamt) else {
        return Err(("medfee_sumamt", String::new(), "没有医疗费总额；请补上后重新导出".into()));
    };
    if money(visit::inscp_scp_amt).is_none() {
        return Err(("inscp_scp_amt", String::new(), "没有符合政策范围金额，不能重算待遇；请补上后重新导出".into()));
    }
    let self_funded = part(visit::fulamt_ownpay_amt, "fulamt_ownpay_amt")?;
    let over_limit = part(visit::overlmt_selfpay, "overlmt_selfpay")?;
    let upfront = part(visit::preselfpay_amt, "preselfpay_amt")?;
    let in_scope = part(visit::inscp_scp_amt, "inscp_scp_amt")?;
    let sum = self_funded + over_limit + upfront + in_scope;
    if sum != total {
        let reason =
            format!("全自费 + 超限价 + 先行自付 + 政策范围内 = {sum}，与医疗费总额不等；请核对该次结算的四项金额");
        return Err(("medfee_sumamt", total.to_string(), reason));
    }
    let begins_on = Stamp(block.number(visit::begntime, row)).day();
    let ends = block.number(visit::endtime, row);
    let ends_on = if ends == NONE { begins_on } else { Stamp(ends).day() };
    if ends_on < begins_on {
        return Err(("endtime", ends_on.to_string(), format!("结束早于开始（{begins_on}）；请核对就诊起止时间")));
    }
    let own = insurance(block.number(visit::insutype, row));
    Ok(SettledVisit {
        mdtrt_id: text(visit::mdtrt_id).into(),
        person: 0,
        institution: institutions.get(text(visit::fixmedins_code)).copied().unwrap_or(u32::MAX),
        insurance: if own == Insurance::default() { registered.insurance } else { own },
        med_type: text(visit::med_type).into(),
        programme: text(visit::dise_codg).into(),
        treatment_area: text(visit::mdtrtarea_admvs).into(),
        begins_on,
        ends_on,
        settled_at: settled_at(block, row),
        self_funded,
        over_limit,
        upfront,
        in_scope,
        fund_paid: money(visit::fund_pay_sumamt),
    })
}

fn insurance(number: i64) -> Insurance {
    Insurance(u32::try_from(number).unwrap_or_default())
}

/// The rows that intake takes, counted.
fn accepted(table: Table, block: &Block, issues: &mut Issues) -> Vec<usize> {
    let rows: Vec<usize> = (0..block.rows).filter(|&row| block.state(row) != State::Rejected).collect();
    rows.iter().for_each(|&row| issues.settle(table, block.state(row)));
    rows
}

impl Registered {
    fn copy(&self) -> Self {
        Self { person: self.person.clone(), insurance: self.insurance, area: self.area.clone() }
    }

    fn key(&self) -> (Option<Day>, &str, &str, u32, &str) {
        let SettledPerson { born_on, kind, special_kind, .. } = &self.person;
        (*born_on, kind, special_kind, self.insurance.0, &self.area)
    }
}

/// Persons by number, settlements by person and time.
fn in_order(
    mut rows: Vec<Row>,
    mut register: FxHashMap<String, Registered>,
) -> (Vec<SettledPerson>, Vec<SettledVisit>) {
    rows.sort_by(|a, b| {
        (&a.psn_no, a.visit.settled_at, &a.visit.mdtrt_id).cmp(&(&b.psn_no, b.visit.settled_at, &b.visit.mdtrt_id))
    });
    let mut persons: Vec<SettledPerson> = Vec::new();
    let mut visits = Vec::with_capacity(rows.len());
    for Row { psn_no, mut visit, .. } in rows {
        if persons.last().is_none_or(|last| last.psn_no != psn_no) {
            let known = register.remove(&psn_no).map(|registered| registered.person);
            persons.push(known.unwrap_or_else(|| SettledPerson { psn_no, ..SettledPerson::default() }));
        }
        visit.person = u32::try_from(persons.len() - 1).unwrap_or(u32::MAX);
        visits.push(visit);
    }
    (persons, visits)
}
