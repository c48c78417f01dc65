//! Every kind of person, every kind of care, at every kind of institution, at home and away: it settles and adds up.

use crate::support::{DEMO, SECRET, snapshot, today};
use agency::{
    Admission, Caller, Command, Decided, Diagnosis, Discharge, File, FilingKind, IdKind, Ids, LineRequest, Occasion,
    Outcome, Purchase, Refusal, Registration, SettleRequest, Settlement, VisitDetails, VisitKind, World, decide,
    voucher,
};
use demo::{Insured, Place};
use model::{Fen, Quantity, Stamp, UnitPrice};
use std::collections::{BTreeMap, BTreeSet};

struct Counter(u32);

impl Ids for Counter {
    fn next(&mut self, kind: IdKind) -> String {
        self.0 += 1;
        format!("{}{:06}", kind.letter(), self.0)
    }
}

/// A person at an institution's desk.
struct Desk<'a> {
    world: &'a World,
    person: &'a Insured,
    place: &'a Place,
    file: File,
    now: Stamp,
    ids: Counter,
}

impl<'a> Desk<'a> {
    fn new(world: &'a World, person: &'a Insured, place: &'a Place) -> Self {
        let changes = &DEMO.changes;
        let of = |owner: &String| *owner == person.psn_no;
        let file = File {
            owner: person.psn_no.clone(),
            person: changes.persons.iter().find(|one| of(&one.id)).cloned(),
            coverages: changes.coverages.iter().filter(|one| of(&one.person)).cloned().collect(),
            account: changes.accounts.iter().find(|one| of(&one.person)).cloned(),
            filings: changes.filings.iter().filter(|one| of(&one.person)).cloned().collect(),
            ..File::default()
        };
        Self { world, person, place, file, now: Stamp(today().start().0 + 9 * 3600), ids: Counter(0) }
    }

    fn say(&mut self, command: &Command) -> Result<Outcome, Refusal> {
        self.now = Stamp(self.now.0 + 1);
        let caller = Caller {
            institution: self.place.code.clone(),
            msgid: format!("M{}", self.now.0),
            operator: "1".into(),
            treatment_area: self.place.area.clone(),
            coverage_area: self.person.insuplc_admdvs.clone(),
        };
        let occasion = Occasion { caller: &caller, now: self.now };
        let Decided { changes, outcome } = decide(&self.file, self.world, &occasion, &mut self.ids, command)?;
        self.file.absorb(&changes);
        Ok(outcome)
    }

    fn registration(&self, care: &str) -> Registration {
        let staff = self.place.staff.first().unwrap();
        Registration {
            person: self.person.psn_no.clone(),
            insurance: self.person.insutype.clone(),
            begun_at: self.now,
            certificate: ("01".into(), self.person.ec_token.clone()),
            care: care.into(),
            local_number: "1".into(),
            doctor: staff.code.clone(),
            department: (staff.dept.clone(), String::new()),
            extra: BTreeMap::new(),
        }
    }

    /// One of every item of the place's area (that a pharmacy sells, in one).
    fn lines(&self) -> Vec<LineRequest> {
        let sold =
            |item: &&demo::Item| item.area == self.place.area && (self.place.kind != "pharmacy" || item.pharmacy);
        let quantity = Quantity::whole(2);
        let line = |item: &demo::Item| {
            let price = UnitPrice::parse(item.price.as_bytes()).unwrap();
            LineRequest {
                number: format!("L{}", item.code),
                refunds: String::new(),
                batch: "B1".into(),
                item: item.code.clone(),
                quantity,
                price,
                amount: price.times(quantity),
                at: self.now,
                approval: "1".into(),
                doctor: String::new(),
                extra: BTreeMap::new(),
            }
        };
        DEMO.file.items.iter().filter(sold).map(line).collect()
    }

    fn settle(&mut self, visit: &str, kind: VisitKind, total: Fen) -> Result<Settlement, Refusal> {
        let request = SettleRequest {
            person: self.person.psn_no.clone(),
            visit: visit.into(),
            kind,
            batch: if kind == VisitKind::Outpatient { "B1".into() } else { String::new() },
            insurance: self.person.insutype.clone(),
            care: String::new(),
            total,
            parts: None,
            account_use: 2,
            interim: false,
            certificate: ("01".into(), self.person.ec_token.clone()),
            extra: BTreeMap::new(),
        };
        settled(self.say(&Command::Settle(request))?)
    }

    fn outpatient(&mut self, care: &str) -> Result<Settlement, Refusal> {
        let registration = self.registration("");
        let visit = opened(self.say(&Command::Register(registration))?);
        let details = VisitDetails {
            person: self.person.psn_no.clone(),
            visit: visit.clone(),
            care: care.into(),
            disease: if care == "14" { self.person.chronic[0].clone() } else { String::new() },
            begun_at: None,
            doctor: String::new(),
            department: (String::new(), String::new()),
            diagnoses: vec![(diagnosis(), true)],
            extra: BTreeMap::new(),
        };
        self.say(&Command::Describe(VisitKind::Outpatient, details))?;
        self.charge_and_settle(&visit, VisitKind::Outpatient)
    }

    fn inpatient(&mut self) -> Result<Settlement, Refusal> {
        let registration = self.registration("2101");
        let admission = Admission { registration, disease: String::new(), diagnoses: vec![diagnosis()] };
        let visit = opened(self.say(&Command::Admit(admission))?);
        let lines = self.lines();
        let total = total(&lines);
        self.charge(&visit, VisitKind::Inpatient, lines)?;
        let discharge = Discharge {
            person: self.person.psn_no.clone(),
            visit: visit.clone(),
            ended_at: self.now,
            disease: String::new(),
            died_on: None,
            diagnoses: vec![diagnosis()],
            extra: BTreeMap::new(),
        };
        self.say(&Command::Discharge(discharge))?;
        self.settle(&visit, VisitKind::Inpatient, total)
    }

    fn charge(&mut self, visit: &str, kind: VisitKind, lines: Vec<LineRequest>) -> Result<(), Refusal> {
        let person = self.person.psn_no.clone();
        self.say(&Command::Charge { person, visit: visit.into(), kind, lines }).map(drop)
    }

    fn charge_and_settle(&mut self, visit: &str, kind: VisitKind) -> Result<Settlement, Refusal> {
        let lines = self.lines();
        let total = total(&lines);
        self.charge(visit, kind, lines)?;
        self.settle(visit, kind, total)
    }

    fn buy(&mut self) -> Result<Settlement, Refusal> {
        let lines = self.lines();
        let registration = self.registration("41");
        let purchase = Purchase { registration, disease: String::new(), total: total(&lines), account_use: 2, lines };
        settled(self.say(&Command::Buy(purchase))?)
    }
}

fn total(lines: &[LineRequest]) -> Fen {
    lines.iter().fold(Fen::ZERO, |sum, line| sum + line.amount)
}

fn diagnosis() -> Diagnosis {
    Diagnosis {
        number: "1".into(),
        kind: "1".into(),
        main: true,
        code: DEMO.file.diagnoses[0].code.clone(),
        name: DEMO.file.diagnoses[0].name.clone(),
        at_discharge: false,
        extra: BTreeMap::new(),
    }
}

fn opened(outcome: Outcome) -> String {
    match outcome {
        Outcome::Opened(visit) => visit.id,
        other => panic!("{other:?}"),
    }
}

fn settled(outcome: Outcome) -> Result<Settlement, Refusal> {
    match outcome {
        Outcome::Settled { settlement, .. } => Ok(*settlement),
        other => panic!("{other:?}"),
    }
}

/// One person of each kind: area, insurance, person kind and tags alike.
fn one_of_each() -> Vec<&'static Insured> {
    let mut seen = BTreeSet::new();
    let mut kind = |one: &&'static Insured| {
        seen.insert((&one.insuplc_admdvs, &one.insutype, &one.psn_type, &one.tags, &one.chronic))
    };
    DEMO.file.persons.iter().filter(&mut kind).collect()
}

#[test]
fn every_kind_of_person_settles_every_kind_of_care_everywhere() {
    let world = snapshot();
    let (mut settled, mut refused) = (0, Vec::new());
    for person in one_of_each().into_iter().filter(|person| !person.tags.contains(&"suspended")) {
        for place in &DEMO.file.institutions {
            let care: &[&str] = match place.kind {
                "pharmacy" => &["41"],
                "hospital" => &["11", "13", "14", "21"],
                _ => &["11", "13", "14"],
            };
            for care in care.iter().filter(|care| **care != "14" || !person.chronic.is_empty()) {
                let mut desk = Desk::new(&world, person, place);
                let result = match *care {
                    "41" => desk.buy(),
                    "21" => desk.inpatient(),
                    care => desk.outpatient(care),
                };
                let settlement = match result {
                    Ok(settlement) => settlement,
                    Err(refusal) => {
                        refused
                            .push(format!("{} {:?} {care} at {}: {refusal}", person.psn_no, person.tags, place.code));
                        continue;
                    }
                };
                settled += 1;
                let s = &settlement;
                assert_eq!(s.total, s.self_funded + s.over_limit + s.upfront + s.in_scope);
                assert_eq!(s.total, s.fund_total + s.person_total + s.hospital);
                assert_eq!(s.person_total, s.account + s.cash);
                // A purchase may stay below the yearly deductible; residents have no benefit in pharmacies at all.
                let benefit = if *care == "41" { s.fund_total + s.deductible } else { s.fund_total };
                let paid_for = *care != "41" || person.insutype == "310";
                assert_eq!(benefit > Fen::ZERO, paid_for, "{:?} {care} at {}", person.tags, place.code);
                assert!(s.self_funded > Fen::ZERO || *care == "41", "class 丙");
                assert!(s.over_limit > Fen::ZERO && s.upfront > Fen::ZERO, "ceilings and first shares");
            }
        }
    }
    assert!(refused.is_empty(), "{} refused\n{}", refused.len(), refused.join("\n"));
    assert!(settled > 500, "{settled}");
}

#[test]
fn what_must_be_refused_is_refused() {
    let world = snapshot();
    let hospital = &DEMO.file.institutions[0];
    let healthy = &DEMO.file.persons[0];
    let paused_cover = DEMO.file.persons.iter().find(|person| person.tags.contains(&"suspended")).unwrap();
    let refusal = Desk::new(&world, paused_cover, hospital).outpatient("11").unwrap_err();
    assert!(refusal.what.contains("暂停参保"), "{refusal}");

    let mut closed = DEMO.file.negative.paused_institutions[0].clone();
    closed.staff.clone_from(&hospital.staff);
    let refusal = Desk::new(&world, healthy, &closed).outpatient("11").unwrap_err();
    assert!(refusal.what.contains("中止"), "{refusal}");

    let suspended = DEMO.file.negative.suspended_staff.iter().find(|one| one.institution == hospital.code).unwrap();
    let mut desk = Desk::new(&world, healthy, hospital);
    let registration = Registration { doctor: suspended.code.clone(), ..desk.registration("") };
    let refusal = desk.say(&Command::Register(registration)).unwrap_err();
    assert!(refusal.what.contains("暂停医保支付资格"), "{refusal}");

    let community = DEMO.file.institutions.iter().find(|one| one.kind == "community").unwrap();
    let refusal = Desk::new(&world, healthy, community).inpatient().unwrap_err();
    assert!(refusal.what.contains("住院"), "{refusal}");

    let mut desk = Desk::new(&world, healthy, hospital);
    let other = voucher::issue("somebody", SECRET);
    let registration = Registration { certificate: ("01".into(), other), ..desk.registration("") };
    let refusal = desk.say(&Command::Register(registration)).unwrap_err();
    assert!(refusal.what.contains("电子凭证"), "{refusal}");
}

#[test]
fn a_long_term_resident_loses_nothing_away_from_home() {
    let world = snapshot();
    let of = |tag: bool| {
        DEMO.file.persons.iter().find(|person| {
            person.insuplc_admdvs == "360100"
                && person.tags.contains(&"active")
                && !person.tags.contains(&"suspended")
                && person.tags.contains(&"long_term") == tag
        })
    };
    let away = DEMO.file.institutions.iter().find(|one| one.area == "990400" && one.kind == "hospital").unwrap();
    let filed = Desk::new(&world, of(true).unwrap(), away).inpatient().unwrap();
    let unfiled = Desk::new(&world, of(false).unwrap(), away).inpatient().unwrap();
    assert_eq!(filed.total, unfiled.total);
    assert!(filed.fund_total > unfiled.fund_total, "a fifth is taken off who did not file");
    assert_eq!(filed.treatment_area, "990400");
    assert!(DEMO.changes.filings.iter().any(|filing| filing.kind == FilingKind::LongTerm && filing.area == "990400"));
}
