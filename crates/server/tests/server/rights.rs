//! Who may do what on whose records. `rights.tsv` says it for every route once more, in letters that a person can check; the test
//! walks the routes of the server and fails where the two differ, or where a route has no row.

use crate::cast::{CANARY, PHYSICIAN, PLACES, Reply, account, ask, item, send, stage, write};
use crate::support::Hall;
use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use model::Stamp;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use review::{Item, Seat, State};
use rights::{Role, RoleGroup};
use serde_json::{Value, json};
use server::review::RouteInfo;
use std::collections::BTreeSet;
use std::sync::Arc;
use store::{Attachment, Note, ReviewChanges};
use tokio::task::JoinSet;

/// `who`: 1 first reviewer, 2 second reviewer, P panelist, H hospital office, C clinician, R rule manager, S supervisor, F finance,
/// L leader, A auditor, Y system, X security, Z audit administrator. `other`, for what belongs to another area or institution:
/// 404 not found, 403 refused, `none` not in the answer, `own` nobody else is asked about, `all` the same for every area.
const TABLE: &str = include_str!("rights.tsv");

struct Row {
    method: &'static str,
    path: &'static str,
    who: &'static str,
    other: &'static str,
}

fn rows() -> Vec<Row> {
    let cells = TABLE.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>());
    cells.map(|cell| Row { method: cell[0], path: cell[1], who: cell[2], other: cell[3] }).collect()
}

fn letter(role: Role) -> char {
    match role {
        Role::FirstReviewer => '1',
        Role::SecondReviewer => '2',
        Role::Panelist => 'P',
        Role::HospitalOffice => 'H',
        Role::Clinician => 'C',
        Role::RuleManager => 'R',
        Role::Supervisor => 'S',
        Role::Finance => 'F',
        Role::Leader => 'L',
        Role::Auditor => 'A',
        Role::SystemAdmin => 'Y',
        Role::SecurityAdmin => 'X',
        Role::AuditAdmin => 'Z',
    }
}

/// What the requests of a place name.
struct Target {
    institution: &'static str,
    area: &'static str,
    person: String,
    item: String,
    attachment: String,
    sample: String,
}

impl Target {
    fn of(hall: &Hall, place: usize, number: u64) -> Self {
        let (institution, area) = PLACES[place];
        let person = hall.person(area, "active")["psn_no"].as_str().unwrap().to_owned();
        let item = format!("{institution}~F{number}");
        let attachment = if number == 1 { format!("D{place}") } else { format!("D{place}-{number}") };
        Self { institution, area, person, item, attachment, sample: format!("S{place}") }
    }

    fn path(&self, named: &str) -> String {
        let id = match named {
            _ if named.contains("/persons/") => &self.person,
            _ if named.contains("/samples/") => &self.sample,
            _ if named.contains("/rules/") => "drug-sex-specific",
            _ if named.contains("/institutions/") => self.institution,
            _ => &self.attachment,
        };
        let path = named
            .replace("{key}", &self.item)
            .replace("{number}", "1")
            .replace("{id}", id)
            .replace("{code}", self.institution)
            .replace("{name}", "n")
            .replace("{account}", "leader1");
        let institution = self.institution;
        match named {
            "/api/review/notices" => format!("{path}?institution={institution}&kind=refusal&format=html"),
            "/api/review/account" => format!("{path}?institution={institution}&from=2026-01-01&until=2026-12-31"),
            "/api/v1/ledger/balance" => format!("{path}?account=payable/{institution}"),
            "/api/v1/stays" => format!("{path}?institution={institution}"),
            "/api/rules/{id}/comparison" => format!("{path}?from=0&to=0"),
            "/api/v1/reminders/rates" => format!("{path}?by=institution"),
            _ => path,
        }
    }

    /// A body that each route accepts as far as its guard and scope are concerned.
    fn body(&self, named: &str, method: &str) -> Option<Value> {
        match (named, method) {
            ("/api/users", "post") => Some(json!({"account": "neu", "name": "新人"})),
            ("/api/users/{account}/state", _) => Some(json!({"disabled": false})),
            ("/api/users/{account}/rights", _) => {
                Some(json!({"role": "leader", "areas": ["360100"], "institutions": []}))
            }
            ("/api/session/password", _) => Some(json!({"old": "x", "new": "y"})),
            ("/api/session/second-factor", "put") => Some(json!({"code": "000000"})),
            ("/api/review/items/{key}/acts", _) => {
                Some(json!({"kind": "escalate", "reason": "other", "text": "x", "seen": 99}))
            }
            ("/api/review/items/{key}/reveal", _) => Some(json!({"field": "person_number", "reason": "核对身份信息"})),
            ("/api/review/batches" | "/api/review/batches/preview", _) => {
                let act = json!({"kind": "first_review", "verdict": "no_violation", "reason": "exempt"});
                Some(json!({"filter": {"institution": self.institution}, "act": act}))
            }
            ("/api/review/assignments", _) => {
                Some(json!({"filter": {"institution": self.institution}, "method": "-", "to": []}))
            }
            ("/api/review/samples", "post") => {
                Some(json!({"filter": {"institution": self.institution}, "size": 0, "seed": "1"}))
            }
            ("/api/v1/library/publications", "post") => Some(json!({"files": {}, "by": "甲"})),
            ("/api/v1/library/roll-back", _) => Some(json!({"to": 99})),
            ("/api/v1/rules/{id}/switch", _) => Some(json!({"area": self.area, "mode": "on", "reason": "试"})),
            ("/api/v1/rules/{id}/parameters", _) => Some(json!({"area": self.area, "values": {}})),
            ("/api/rules/{id}/switch", _) => Some(json!({"area": self.area, "mode": "on", "reason": "试运行看看"})),
            ("/api/rules/{id}/parameters", _) => Some(json!({"area": self.area, "values": {}, "reason": "试运行看看"})),
            ("/api/revisions", "post") => Some(json!({"rule": "drug-sex-specific", "text": "x", "note": "试一试看"})),
            ("/api/revisions/{number}", "put") => Some(json!({"text": "x", "note": "试一试看", "serial": 0})),
            ("/api/revisions/{number}/acts", _) => Some(json!({"kind": "shadow", "serial": 0})),
            ("/api/publications/roll-back", _) => Some(json!({"to": 99, "reason": "试一试看"})),
            (path, "put") if !path.ends_with("/lock") => Some(json!({})),
            _ => None,
        }
    }

    async fn ask(&self, hall: &Hall, account: &str, method: &str, named: &str) -> Reply {
        if named.ends_with("/attachments") {
            return attach(hall, account, &self.path(named)).await;
        }
        ask(hall, account, &method.to_uppercase(), &self.path(named), self.body(named, method)).await
    }
}

async fn attach(hall: &Hall, account: &str, path: &str) -> Reply {
    let form = "--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.pdf\"\r\n\r\n%PDF-1.7\r\n--x--\r\n";
    let request = Request::post(path)
        .header(header::COOKIE, format!("yibao_session={account}.{account}"))
        .header("x-yibao-console", "1")
        .header(header::CONTENT_TYPE, "multipart/form-data; boundary=x");
    send(hall, request.body(Body::from(form)).unwrap()).await
}

/// Items that are told to everybody who may see them: F1 refused, F3 before a panel of the place; an attachment to each of them and a
/// sample of everybody.
async fn set(hall: &Hall) {
    stage(hall, 6).await;
    let (mut items, mut attachments, mut notes): (Vec<Item>, Vec<Attachment>, Vec<Note>) = <_>::default();
    for (place, (institution, area)) in PLACES.into_iter().enumerate() {
        for (number, state) in
            [(1, State::RefusalPending), (3, State::InPanel), (4, State::Dismissed), (5, State::Escalated)]
        {
            let mut known = item(institution, area, number);
            known.standing.state = state;
            let seat = Seat { user: account(Role::Panelist, place), vote: None };
            known.standing.panel = if number == 3 { vec![seat] } else { Vec::new() };
            items.push(known);
            attachments.push(Attachment {
                institution: institution.to_owned(),
                id: Target::of(hall, place, number).attachment,
                item: format!("F{number}"),
                name: "病历.pdf".to_owned(),
                kind: "application/pdf".to_owned(),
                size: 0,
                hash: String::new(),
                uploaded_by: "x".to_owned(),
                uploaded_at: Stamp(0),
                content: String::new(),
            });
        }
        for role in Role::ALL {
            notes.push(Note {
                owner: account(role, place),
                kind: "sample".to_owned(),
                name: format!("S{place}"),
                at: Stamp(0),
                body: json!({"keys": [format!("{institution}~F1")], "population": 4, "seed": "1"}).to_string(),
            });
        }
    }
    let changes = move || ReviewChanges {
        items: items.clone(),
        attachments: attachments.clone(),
        notes: notes.clone(),
        ..ReviewChanges::default()
    };
    write(hall, changes).await;
}

fn is_denied(reply: &Reply) -> bool {
    reply.status == StatusCode::FORBIDDEN && reply.code() == "right"
}

#[test]
fn every_route_has_one_row_and_every_row_a_route() {
    let named = |route: RouteInfo| (route.action.is_some()).then_some((route.method, route.path));
    let routes: BTreeSet<(&str, &str)> = server::api::inventory().into_iter().filter_map(named).collect();
    let rows: Vec<(&str, &str)> = rows().iter().map(|row| (row.method, row.path)).collect();
    assert_eq!(rows.iter().copied().collect::<BTreeSet<_>>(), routes);
    assert_eq!(rows.len(), routes.len(), "a route has two rows");
    // Without a right: signing in and out, by name.
    let open: Vec<(&str, &str)> = server::api::inventory()
        .into_iter()
        .filter(|route| route.action.is_none())
        .map(|route| (route.method, route.path))
        .collect();
    let signing_in = ["/api/session/ways", "/api/session/oidc", "/api/session/oidc/callback"].map(|path| ("get", path));
    assert_eq!(open, [&[("post", "/api/session"), ("delete", "/api/session")], &signing_in[..]].concat());
}

/// Routes beside the two tables, each with a guard of its own: health, metrics, documents, CDS Hooks by token, reminders by an id
/// that nobody guesses, the console's files.
#[test]
fn no_route_is_added_beside_the_tables() {
    let source = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut folders, mut found) = (vec![source], Vec::new());
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = std::fs::read_to_string(&path).unwrap();
                found.extend(text.split(".route(\"").skip(1).map(|rest| rest.split('"').next().unwrap().to_owned()));
            }
        }
    }
    found.sort();
    let beside = [
        "/api/openapi.json",
        "/cds-services",
        "/cds-services/{service}",
        "/cds-services/{service}/feedback",
        "/health/live",
        "/health/ready",
        "/metrics",
        "/reminder",
        "/rules/{id}",
    ];
    assert_eq!(found, beside);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_knows_every_role_and_scope() {
    let hall = Hall::open().await;
    set(&hall).await;
    for Row { method, path, who, other } in rows() {
        let [own, others, panel, others_panel] =
            [(0, 1), (1, 1), (0, 3), (1, 3)].map(|(place, number)| Target::of(&hall, place, number));
        let nobody = own.ask(&hall, "", method, path).await;
        let shut = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&nobody.status);
        assert!(shut && ["sign_in", ""].contains(&nobody.code().as_str()), "{method} {path}: {}", nobody.text);
        if method != "get" {
            let forged = Request::builder()
                .method(method.to_uppercase().as_str())
                .uri(own.path(path))
                .header(header::COOKIE, "yibao_session=leader0.leader0");
            assert_eq!(send(&hall, forged.body(Body::empty()).unwrap()).await.code(), "csrf", "{method} {path}");
        }
        for role in Role::ALL {
            let name = account(role, 0);
            let (own, others) = if role == Role::Panelist { (&panel, &others_panel) } else { (&own, &others) };
            let told = format!("{name} {method} {path}");
            let reply = own.ask(&hall, &name, method, path).await;
            assert_eq!(is_denied(&reply), !who.contains(letter(role)), "{told}: {} {}", reply.status, reply.text);
            assert!(reply.status.as_u16() < 500 && reply.status != StatusCode::UNAUTHORIZED, "{told}: {}", reply.text);
            if is_denied(&reply) {
                continue;
            }
            let gone = reply.status == StatusCode::NOT_FOUND;
            // There is no 99th publication, no revision and no settlement, whoever asks; an expert is told of no institution.
            let nothing = path.ends_with("/roll-back") || path.contains("{number}") || path == "/api/settlements/{id}";
            let blind = role == Role::Panelist && path == "/api/institutions/{id}";
            assert!(!gone || nothing || blind, "{told}: one's own is found: {}", reply.text);
            let reply = others.ask(&hall, &name, method, path).await;
            match other {
                "404" => assert_eq!(reply.status, StatusCode::NOT_FOUND, "{told}: {}", reply.text),
                "403" => assert_eq!(reply.status, StatusCode::FORBIDDEN, "{told}: {}", reply.text),
                "none" => {
                    assert!(!reply.text.contains(others.institution), "{told}: {}", reply.text);
                    assert!(reply.status.as_u16() < 500, "{told}: {}", reply.text);
                }
                "own" | "all" => {}
                word => panic!("{word}"),
            }
            // An institution knows its own patients.
            if role.group() != RoleGroup::Provider || reply.status != StatusCode::OK {
                assert!(!reply.text.contains(CANARY) && !reply.text.contains(PHYSICIAN), "{told}: {}", reply.text);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_knows_the_key_opens_no_item_that_is_not_told() {
    let hall = Hall::open().await;
    set(&hall).await;
    let path = |number: u64| format!("/api/review/items/H36010000001~F{number}");
    for (number, state) in [(0, "nobody looked"), (4, "dismissed"), (5, "under investigation")] {
        for provider in ["hospitaloffice0", "clinician0"] {
            let reply = ask(&hall, provider, "GET", &path(number), None).await;
            assert_eq!(reply.status, StatusCode::NOT_FOUND, "{provider}: {state}");
            let attachment =
                ask(&hall, provider, "GET", &format!("{}/attachments/D0-{number}", path(number)), None).await;
            assert_eq!(attachment.status, StatusCode::NOT_FOUND, "{provider}: {state}");
        }
        assert_eq!(ask(&hall, "firstreviewer0", "GET", &path(number), None).await.status, StatusCode::OK, "{state}");
    }
    let listed =
        ask(&hall, "hospitaloffice0", "GET", "/api/review/items?stage=first,closed,investigation,provider,panel", None)
            .await;
    assert_eq!(listed.json()["total"], 2, "what is counted is what is shown: {}", listed.text);
    let figures = ask(&hall, "hospitaloffice0", "GET", "/api/review/dashboard", None).await.json();
    let items: i64 = figures["stages"].as_array().unwrap().iter().map(|stage| stage["items"].as_i64().unwrap()).sum();
    assert_eq!(items, 2, "{figures}");
}

/// Whether an account of a role at a place may see an item of another: what the swaps below are measured by.
fn may_see(role: Role, place: usize, target: usize, number: u64) -> bool {
    let same_area = PLACES[place].1 == PLACES[target].1;
    let told = match number {
        1 => true,
        3 => role != Role::Panelist || place == target,
        0 | 2 | 4 | 5 => role.group() != RoleGroup::Provider,
        _ => false,
    };
    let seated = role != Role::Panelist || number == 3;
    let within = if role.group() == RoleGroup::Provider { place == target } else { same_area };
    told && seated && within
}

/// Ten thousand times somebody asks for something under an id that is another's: an item, an attachment, a sample, a notice, an
/// account, a person, an institution.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn i12_swapped_ids_leak_nothing() {
    let hall = Arc::new(Hall::open().await);
    set(&hall).await;
    let pairs: u32 = std::env::var("SWAPS").ok().and_then(|count| count.parse().ok()).unwrap_or(10_000);
    let mut random = rand_chacha::ChaCha8Rng::seed_from_u64(5);
    let asked: Vec<(&str, &str, &str)> = rows()
        .iter()
        .filter(|row| ["404", "all"].contains(&row.other))
        .map(|row| (row.method, row.path, row.who))
        .collect();
    let (mut under_way, mut refused, mut shown) = (JoinSet::new(), 0, 0);
    for _ in 0..pairs {
        let role = *Role::ALL.choose(&mut random).unwrap();
        let (place, owner) = (random.random_range(0..3), random.random_range(0..3));
        let (method, path, who) = *asked.choose(&mut random).unwrap();
        let number = random.random_range(0..9);
        let mut target = Target::of(&hall, owner, number);
        // An attachment of another item, a sample of another account.
        let other = random.random_range(0..3);
        (target.attachment, target.sample) = (format!("D{other}"), format!("S{other}"));
        let (name, same_area) = (account(role, place), PLACES[place].1 == PLACES[owner].1);
        let own_institution = if role.group() == RoleGroup::Provider { place == owner } else { same_area };
        let may = who.contains(letter(role))
            && match path {
                _ if path.contains("/attachments/") => {
                    may_see(role, place, owner, number) && number == 1 && other == owner
                }
                _ if path.contains("{key}") => may_see(role, place, owner, number),
                _ if path.contains("/samples/") => other == place,
                // None was begun, none was settled.
                "/api/revisions/{number}" | "/api/settlements/{id}" => false,
                "/api/institutions/{id}" => own_institution && role != Role::Panelist,
                _ if path.starts_with("/api/rules/") => true,
                _ if path.contains("/persons/") || path.contains("/rules/{id}") => same_area,
                _ if path.contains("notices") || path.contains("/v1/stays") => own_institution,
                _ if path.contains("account") && !path.contains("users") => own_institution,
                _ if path.contains("{code}") || path.contains("ledger") => own_institution,
                _ => true,
            };
        // What somebody may do is done elsewhere; here nothing is to change.
        if may && method != "get" {
            continue;
        }
        let hall = Arc::clone(&hall);
        under_way.spawn(async move {
            let reply = target.ask(&hall, &name, method, path).await;
            let told = format!("{name} {method} {} may={may}: {} {}", target.path(path), reply.status, reply.text);
            (may, reply, told)
        });
        while under_way.len() >= 16 {
            let (may, reply, told) = under_way.join_next().await.unwrap().unwrap();
            let is_refused = matches!(reply.status, StatusCode::NOT_FOUND | StatusCode::FORBIDDEN);
            assert_eq!(is_refused, !may, "{told}");
            if may {
                shown += 1;
                continue;
            }
            refused += 1;
            for secret in [CANARY, PHYSICIAN, "限性别用药", "病历.pdf"] {
                assert!(!reply.text.contains(secret), "{told}");
            }
        }
    }
    assert!(refused * 10 > pairs * 5 && shown * 50 > pairs, "{refused} refused, {shown} shown");
    let metrics = ask(&hall, "", "GET", "/metrics", None).await.text;
    assert!(!metrics.contains(CANARY) && !metrics.contains(PHYSICIAN), "{metrics}");
}
