//! A hospital desk over one person's file kept in memory.

use agency::{
    AccountState, Admission, AgreementSpell, AgreementState, Area, Caller, Command, Coverage, CoverageState, Decided,
    Discharge, File, IdKind, Ids, Institution, Law, LineRequest, LinesScope, Occasion, Outcome, Person, PractiseSpell,
    PractiseState, Profession, Programme, Purchase, Refusal, Registration, Service, SettleRequest, Settlement, Staff,
    VisitKind, World, decide,
};
use model::{Day, Fen, Quantity, Stamp, UnitPrice};
use pricing::AreaItems;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

/// Class 乙 of the 2024 list.
pub const CLASS_B: &str = "XA02BCA084B001010100453";
/// 普通门诊诊查费.
pub const CONSULTATION: &str = "001102000010000";
pub const HOME: &str = "990100";
pub const ELSEWHERE: &str = "990200";
pub const HOSPITAL: &str = "H99010000001";
pub const FAR_HOSPITAL: &str = "H99020000001";
pub const PHARMACY: &str = "P99010000001";
pub const PERSON: &str = "9901000001";

static LAW: LazyLock<Arc<Law>> = LazyLock::new(|| {
    let items = [HOME, ELSEWHERE].into_iter().map(|area| (area.to_owned(), items(area))).collect();
    Arc::new(Law { items, ..shipped::law() })
});

/// The areas set no general first share: their tables do.
fn items(area: &str) -> AreaItems {
    let table = format!(
        "item,class,upfront_ratio,ceiling,portion,from,until,document,article\n\
         {CLASS_B},乙,0.05,,,2020-01-01,,d,一\n"
    );
    AreaItems::read(&format!("policy/{area}/items.csv"), table.as_bytes(), &["d"]).unwrap()
}

pub fn day(text: &str) -> Day {
    Day::parse(text.as_bytes()).unwrap()
}

pub fn at(text: &str) -> Stamp {
    Stamp::parse(text.as_bytes()).unwrap()
}

pub fn fen(text: &str) -> Fen {
    Fen::parse(text.as_bytes()).unwrap()
}

fn institution(code: &str, area: &str, services: &[Service]) -> Institution {
    Institution {
        code: code.into(),
        name: "示例机构".into(),
        area: area.into(),
        kind: "A100".into(),
        level: "2".into(),
        community: false,
        credit_code: String::new(),
        beds: 100,
        services: services.to_vec(),
        agreement: vec![
            AgreementSpell {
                state: AgreementState::Signed,
                from: day("2020-01-01"),
                until: None,
                reason: String::new(),
            },
            AgreementSpell {
                state: AgreementState::Paused,
                from: day("2025-11-01"),
                until: Some(day("2025-12-01")),
                reason: "未按协议管理病历".into(),
            },
        ],
        departments: Vec::new(),
    }
}

fn doctor(code: &str, state: PractiseState) -> Staff {
    Staff {
        code: code.into(),
        name: "示例医师".into(),
        institution: HOSPITAL.into(),
        profession: Profession::Doctor,
        department: "0101".into(),
        points_left: 12,
        states: vec![PractiseSpell { state, from: day("2020-01-01"), until: None, reason: String::new() }],
    }
}

fn area(code: &str) -> Area {
    Area {
        code: code.into(),
        name: "示例市".into(),
        profile: "national".into(),
        parent: "990000".into(),
        clearing_office: format!("{code}X"),
        programmes: vec![Programme { disease: "M00500".into(), name: "恶性肿瘤".into(), word: "class_1".into() }],
    }
}

pub fn world() -> World {
    let both = [Service::Outpatient, Service::Inpatient];
    let institutions = [
        institution(HOSPITAL, HOME, &both),
        institution(FAR_HOSPITAL, ELSEWHERE, &both),
        institution(PHARMACY, HOME, &[Service::Pharmacy]),
    ];
    let staff = [doctor("D1", PractiseState::Active), doctor("D2", PractiseState::Suspended)];
    World {
        institutions: institutions.into_iter().map(|known| (known.code.clone(), known)).collect(),
        staff: staff.into_iter().map(|known| (known.code.clone(), known)).collect(),
        areas: [HOME, ELSEWHERE].into_iter().map(|code| (code.to_owned(), area(code))).collect(),
        law: Arc::clone(&LAW),
        voucher_secret: "test".into(),
    }
}

/// Ids in order.
#[derive(Default)]
pub struct Counter(u32);

impl Ids for Counter {
    fn next(&mut self, kind: IdKind) -> String {
        self.0 += 1;
        format!("{}{:06}", kind.letter(), self.0)
    }
}

/// A desk: a file, the world, a clock that moves a minute a message.
pub struct Desk {
    pub file: File,
    pub world: World,
    pub ids: Counter,
    pub caller: Caller,
    pub now: Stamp,
    pub bookings: Vec<agency::Booking>,
    messages: u32,
}

pub const OPENING: Fen = Fen(100_000);

impl Desk {
    pub fn new() -> Self {
        let person = Person {
            id: PERSON.into(),
            name: "测试甲".into(),
            certificate_kind: "01".into(),
            certificate: "990100198001010016".into(),
            sex: "1".into(),
            nation: "01".into(),
            born_on: day("1980-01-01"),
            died_on: None,
            card: "C99".into(),
            family: Vec::new(),
            special: Vec::new(),
        };
        let cover = Coverage {
            person: PERSON.into(),
            spell: 1,
            insurance: "310".into(),
            person_kind: "11".into(),
            area: HOME.into(),
            state: CoverageState::Normal,
            civil_servant: false,
            supplements: Vec::new(),
            employer: String::new(),
            from: day("2015-01-01"),
            until: Some(day("2026-01-01")),
            months_before: 0,
            known_from: at("2015-01-01 00:00:00"),
            known_until: None,
        };
        let file = File {
            owner: PERSON.into(),
            person: Some(person),
            coverages: vec![cover],
            account: Some(AccountState { person: PERSON.into(), balance: OPENING, family: Fen::ZERO }),
            ..File::default()
        };
        let caller = Caller {
            institution: HOSPITAL.into(),
            msgid: String::new(),
            operator: "0001".into(),
            treatment_area: HOME.into(),
            coverage_area: HOME.into(),
        };
        Self {
            file,
            world: world(),
            ids: Counter::default(),
            caller,
            now: at("2025-06-02 09:00:00"),
            bookings: Vec::new(),
            messages: 0,
        }
    }

    /// Decides, and lays the changes over the file.
    pub fn say(&mut self, command: &Command) -> Result<Outcome, Refusal> {
        self.messages += 1;
        self.now = Stamp(self.now.0 + 60);
        self.caller.msgid = format!("MSG{}", self.messages);
        let occasion = Occasion { caller: &self.caller, now: self.now };
        let Decided { changes, outcome } = decide(&self.file, &self.world, &occasion, &mut self.ids, command)?;
        assert!(!command.is_trial() || changes.is_empty(), "a trial changes nothing");
        for booking in &changes.bookings {
            assert_eq!(booking.sum(), Fen::ZERO, "I7: {booking:?}");
        }
        self.bookings.extend(changes.bookings.clone());
        self.file.absorb(&changes);
        Ok(outcome)
    }

    pub fn registration(&self) -> Registration {
        Registration {
            person: PERSON.into(),
            insurance: "310".into(),
            begun_at: self.now,
            certificate: ("02".into(), "990100198001010016".into()),
            care: String::new(),
            local_number: "L1".into(),
            doctor: "D1".into(),
            department: ("0101".into(), "内科".into()),
            extra: BTreeMap::new(),
        }
    }

    pub fn register(&mut self) -> String {
        let command = Command::Register(self.registration());
        opened(self.say(&command).unwrap())
    }

    pub fn admit(&mut self) -> String {
        let registration = Registration { care: "2101".into(), ..self.registration() };
        let command = Command::Admit(Admission { registration, disease: String::new(), diagnoses: Vec::new() });
        opened(self.say(&command).unwrap())
    }

    pub fn discharge(&mut self, visit: &str) {
        let asked = Discharge {
            person: PERSON.into(),
            visit: visit.into(),
            ended_at: self.now,
            disease: String::new(),
            died_on: None,
            diagnoses: Vec::new(),
            extra: BTreeMap::new(),
        };
        self.say(&Command::Discharge(asked)).unwrap();
    }

    pub fn line(&self, number: &str, batch: &str, item: &str, quantity: &str, price: &str) -> LineRequest {
        let (quantity, price) =
            (Quantity::parse(quantity.as_bytes()).unwrap(), UnitPrice::parse(price.as_bytes()).unwrap());
        LineRequest {
            number: number.into(),
            refunds: String::new(),
            batch: batch.into(),
            item: item.into(),
            quantity,
            price,
            amount: price.times(quantity),
            at: self.now,
            approval: "1".into(),
            doctor: "D1".into(),
            extra: BTreeMap::new(),
        }
    }

    pub fn charge(&mut self, visit: &str, kind: VisitKind, lines: Vec<LineRequest>) -> Result<Outcome, Refusal> {
        self.say(&Command::Charge { person: PERSON.into(), visit: visit.into(), kind, lines })
    }

    pub fn request(&self, visit: &str, kind: VisitKind, batch: &str, total: Fen) -> SettleRequest {
        SettleRequest {
            person: PERSON.into(),
            visit: visit.into(),
            kind,
            batch: batch.into(),
            insurance: "310".into(),
            care: String::new(),
            total,
            parts: None,
            account_use: 1,
            interim: false,
            certificate: ("02".into(), "990100198001010016".into()),
            extra: BTreeMap::new(),
        }
    }

    /// What is not settled of a visit (and batch).
    pub fn unsettled(&self, visit: &str, batch: &str) -> Fen {
        let open =
            self.file.uploads_of(visit).filter(|u| u.settled_by.is_none() && (batch.is_empty() || u.batch == batch));
        open.flat_map(|upload| &upload.charges).fold(Fen::ZERO, |sum, charge| sum + charge.amount)
    }

    pub fn settle(&mut self, visit: &str, kind: VisitKind, batch: &str) -> Result<Settlement, Refusal> {
        let request = self.request(visit, kind, batch, self.unsettled(visit, batch));
        let trial = settled(self.say(&Command::Trial(request.clone()))?);
        let mut last = settled(self.say(&Command::Settle(request))?);
        let same = Settlement {
            id: trial.id.clone(),
            at: trial.at,
            msgid: trial.msgid.clone(),
            case: trial.case.clone(),
            receipt: trial.receipt.clone(),
            ..last.clone()
        };
        assert_eq!(same, trial, "a trial says what the settlement will");
        last.receipt.clear();
        Ok(last)
    }

    pub fn reverse(&mut self, visit: &str, kind: VisitKind, settlement: &str) -> Result<Settlement, Refusal> {
        let (visit, settlement) = (visit.to_owned(), settlement.to_owned());
        Ok(settled(self.say(&Command::Reverse { person: PERSON.into(), visit, settlement, kind })?))
    }

    /// 2601 of what a message did.
    pub fn undo(&mut self, msgid: &str) -> Result<Outcome, Refusal> {
        self.say(&Command::Undo { person: PERSON.into(), msgid: msgid.to_owned(), infno: "2208".into() })
    }

    pub fn delete(&mut self, visit: &str, kind: VisitKind, scope: LinesScope) -> Result<Outcome, Refusal> {
        self.say(&Command::DeleteLines { person: PERSON.into(), visit: visit.into(), kind, scope })
    }

    pub fn purchase(&self, lines: Vec<LineRequest>) -> Purchase {
        let total = lines.iter().fold(Fen::ZERO, |sum, line| sum + line.amount);
        let registration = Registration { care: "41".into(), ..self.registration() };
        Purchase { registration, disease: String::new(), total, account_use: 1, lines }
    }

    /// Everything that must hold whatever was said.
    pub fn prove(&self) {
        let mut used: BTreeMap<(i32, String), i64> = BTreeMap::new();
        for settlement in &self.file.settlements {
            identities(settlement);
            for (year, key, delta) in &settlement.used {
                *used.entry((*year, key.clone())).or_default() += delta;
            }
        }
        for accumulator in &self.file.accumulators {
            let sum = used.remove(&(accumulator.year, accumulator.key.clone())).unwrap_or(0);
            assert_eq!(accumulator.value, sum, "{}", accumulator.key);
        }
        assert!(used.values().all(|value| *value == 0), "{used:?}");
        let spent = self.bookings.iter().flat_map(|booking| &booking.entries);
        let spent = spent.filter(|entry| entry.account.to_string() == format!("personal/{PERSON}"));
        let left = spent.fold(OPENING, |left, entry| left - entry.amount);
        assert_eq!(self.file.account.as_ref().unwrap().balance, left);
        assert!(left >= Fen::ZERO);
        self.prove_lines();
    }

    /// Lines are settled by one settlement that holds, and a settlement that holds has its lines.
    fn prove_lines(&self) {
        for visit in &self.file.visits {
            let live: Vec<&Settlement> = self.file.live_settlements(&visit.id).collect();
            for upload in self.file.uploads_of(&visit.id) {
                let by = live.iter().filter(|settlement| settlement.uploads.contains(&upload.number));
                let by: Vec<&str> = by.map(|settlement| settlement.id.as_str()).collect();
                assert_eq!(by, upload.settled_by.as_deref().into_iter().collect::<Vec<_>>(), "{}", upload.number);
            }
            let there = |number: &u32| self.file.uploads_of(&visit.id).any(|upload| upload.number == *number);
            assert!(live.iter().all(|settlement| settlement.uploads.iter().all(there)), "{}", visit.id);
        }
    }
}

/// settlement.md §1.
pub fn identities(settlement: &Settlement) {
    let s = settlement;
    assert_eq!(s.total, s.self_funded + s.over_limit + s.upfront + s.in_scope, "identity 1");
    assert_eq!(s.total, s.fund_total + s.person_total + s.hospital, "identity 2");
    assert_eq!(s.person_total, s.account + s.cash, "identity 3");
    assert_eq!(s.fund_total, s.fields.iter().fold(Fen::ZERO, |sum, (_, fen)| sum + *fen), "identity 5");
    assert_eq!(s.fund_total, s.funds.iter().fold(Fen::ZERO, |sum, fund| sum + fund.amount), "identity 7");
}

pub fn opened(outcome: Outcome) -> String {
    match outcome {
        Outcome::Opened(visit) => visit.id,
        other => panic!("{other:?}"),
    }
}

pub fn settled(outcome: Outcome) -> Settlement {
    match outcome {
        Outcome::Settled { settlement, .. } => *settlement,
        other => panic!("{other:?}"),
    }
}
