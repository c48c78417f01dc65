//! The cast of the workbench's tests: items of two institutions in two areas, for each role accounts of either area, and how they ask.

use crate::support::Hall;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use model::{Day, Fen, Severity, Stamp};
use review::{Facts, FundShare, Item};
use rights::{Role, RoleGroup, Scope};
use serde_json::Value;
use sha2::{Digest, Sha256};
use store::{Bill, BillLine, ReviewChanges, ReviewJob, Session, User};
use tower::ServiceExt;

/// Planted in fields that name a person: never to be seen in logs, metrics or errors (I12).
pub const CANARY: &str = "61010119800101999X";
pub const PHYSICIAN: &str = "D9900778899";

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

pub async fn write(hall: &Hall, changes: impl Fn() -> ReviewChanges + Send + Sync + 'static) {
    let job = ReviewJob::new(server::now().stamp, move |_, _| Ok(changes()));
    hall.desk.store.review(job).await.unwrap();
}

pub fn item(institution: &str, area: &str, number: u64) -> Item {
    let text = str::to_owned;
    let facts = Facts {
        id: format!("F{number}"),
        institution: text(institution),
        area: text(area),
        visit: format!("V{}", number / 2),
        person: text(CANARY),
        physician: text(PHYSICIAN),
        line: format!("L{}", number % 2),
        related_lines: String::new(),
        rule: text("drug-sex"),
        rule_version: text("1"),
        rule_name: text("限性别用药"),
        official_code: String::new(),
        severity: if number.is_multiple_of(2) { Severity::Suspicious } else { Severity::Clear },
        occurred_on: Day(20_700),
        quantity_over: text("1"),
        amount: Fen(10_000),
        counted: Fen(10_000),
        point: String::new(),
        basis: text("国家医保药品目录"),
        evidence: text("男性使用限女性药品"),
        reminder: String::new(),
        insurance: text("310"),
        share: Some(FundShare { fund: Fen(16_000), total: Fen(20_000) }),
        snapshot: text("abc"),
        imported_at: server::now().stamp,
    };
    Item::new(facts, Some(server::now().stamp.day().plus(14)))
}

/// Where the cast works: two institutions of an area, and one of another.
pub const PLACES: [(&str, &str); 3] =
    [("H36010000001", "360100"), ("H99040000002", "990400"), ("H36010000002", "360100")];

/// The account of a role at a place; there are three of each, the others ending in `b` and `c`.
pub fn account(role: Role, place: usize) -> String {
    format!("{}{place}", role.word().replace('_', ""))
}

fn bill(institution: &str, number: u64) -> Bill {
    Bill {
        institution: institution.to_owned(),
        visit: format!("V{number}"),
        person: CANARY.to_owned(),
        care: "11".to_owned(),
        total: Fen(20_000),
        fund: Some(Fen(16_000)),
        lines: vec![BillLine {
            id: "L0".to_owned(),
            physician: PHYSICIAN.to_owned(),
            amount: Fen(20_000),
            ..BillLine::default()
        }],
        ..Bill::default()
    }
}

fn user(account: &str, role: Role, scope: Scope) -> User {
    User {
        account: account.to_owned(),
        name: account.to_owned(),
        role: Some(role),
        scope,
        password: String::new(),
        must_change: false,
        totp: None,
        totp_pending: None,
        totp_step: 0,
        failures: 0,
        locked_until: Stamp(0),
        disabled: false,
        changed_at: Stamp(0),
    }
}

/// An account with a session, whose secret is its name.
pub fn enrol(account: &str, role: Role, scope: Scope) -> (User, Session) {
    let session = Session {
        account: account.to_owned(),
        secret: hex(&Sha256::digest(account.as_bytes())),
        begun_at: Stamp(0),
        expires_at: Stamp(i64::MAX),
    };
    (user(account, role, scope), session)
}

/// So many items of each place, and accounts of each role there.
pub async fn stage(hall: &Hall, items: u64) {
    let of_places = |number: u64| PLACES.map(|(institution, area)| item(institution, area, number));
    let all: Vec<Item> = (0..items).flat_map(of_places).collect();
    let bills: Vec<Bill> = (0..=items / 2).flat_map(|number| PLACES.map(|(code, _)| bill(code, number))).collect();
    let (mut users, mut sessions) = (Vec::new(), Vec::new());
    for (place, (institution, area)) in PLACES.into_iter().enumerate() {
        for (role, double) in Role::ALL.into_iter().flat_map(|role| ["", "b", "c"].map(|double| (role, double))) {
            let account = format!("{}{double}", account(role, place));
            let own = (role.group() == RoleGroup::Provider).then(|| institution.to_owned());
            let scope = Scope { areas: vec![area.to_owned()], institutions: own.into_iter().collect() };
            let (user, session) = enrol(&account, role, scope);
            users.push(user);
            sessions.push(session);
        }
    }
    write(hall, move || ReviewChanges {
        items: all.clone(),
        bills: bills.clone(),
        users: users.clone(),
        sessions: sessions.clone(),
        ..ReviewChanges::default()
    })
    .await;
}

pub struct Reply {
    pub status: StatusCode,
    pub text: String,
}

impl Reply {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|_| panic!("{} {}", self.status, self.text))
    }

    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// Asks as an account; the secret of its session is its name.
pub async fn ask(hall: &Hall, account: &str, method: &str, path: &str, body: Option<Value>) -> Reply {
    let mut request = Request::builder().method(method).uri(path).header("x-yibao-console", "1");
    if !account.is_empty() {
        request = request.header(header::COOKIE, format!("yibao_session={account}.{account}"));
    }
    let body = match body {
        Some(body) => {
            request = request.header(header::CONTENT_TYPE, "application/json");
            Body::from(body.to_string())
        }
        None => Body::empty(),
    };
    send(hall, request.body(body).unwrap()).await
}

pub async fn send(hall: &Hall, request: Request<Body>) -> Reply {
    let response = hall.router.clone().oneshot(request).await.unwrap();
    let status = response.status();
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 24).await.unwrap();
    Reply { status, text: String::from_utf8_lossy(&bytes).into_owned() }
}

pub async fn act(hall: &Hall, account: &str, key: &str, wish: Value) -> Reply {
    ask(hall, account, "POST", &format!("/api/review/items/{key}/acts"), Some(wish)).await
}
