//! A changed rule from its draft into force and back: nothing wrong is kept, the back-test adds up, nobody lets hospitals hear
//! what they wrote, and 3101 answers by what was released where.

use crate::bedside::inquiry;
use crate::cast::{ask, enrol, item, write};
use crate::support::Hall;
use axum::http::StatusCode;
use rights::{Role, Scope};
use serde_json::{Value, json};
use std::path::Path;
use store::ReviewChanges;

const RULE: &str = "drug-kinds-over-limit";
const TEXT: &str = include_str!("../../../../rules/drug-management/drug-kinds-over-limit.md");
/// Seven medicines, each a kind of its own.
const MEDICINES: [&str; 7] = [
    "XB01ACX010A001010100177",
    "XC09CAA284A001010100553",
    "XG04CBF019A001010100030",
    "XA10BJL326B002010101523",
    "XA05AAX163X002010178373",
    "XN07XXT050B002010100239",
    "ZA12HAS0775010100142",
];

/// Six kinds instead of five, with the cases that follow from it.
fn six_kinds() -> String {
    let text = TEXT
        .replace("\nversion = 1\n", "\nversion = 2\n")
        .replace("max_kinds = 5\n", "max_kinds = 6\n")
        .replace("cnt_over = \"2\"\namount = \"60.00\"", "cnt_over = \"1\"\namount = \"30.00\"")
        .replace("只超1种\"\nkind = \"hit\"", "不超\"\nkind = \"near-miss\"")
        .replace("[[case.finding]]\ncnt_over = \"1\"\namount = \"16.00\"\n", "");
    assert_ne!(text, TEXT);
    text
}

/// Prescriptions of six and seven kinds at one hospital, of seven and five at another.
fn claims(folder: &Path) {
    let mut visits = "mdtrt_id,psn_no,fixmedins_code,med_type,begntime\n".to_owned();
    let mut lines =
        "feedetl_sn,mdtrt_id,psn_no,med_list_codg,fee_ocur_time,cnt,pric,det_item_fee_sumamt,rxno\n".to_owned();
    for (visit, hospital, kinds) in [("V1", "H1", 6), ("V2", "H1", 7), ("V3", "H2", 7), ("V4", "H2", 5)] {
        visits.push_str(&format!("{visit},P{visit},{hospital},11,2026-03-02 09:00:00\n"));
        for (number, medicine) in MEDICINES.iter().take(kinds).enumerate() {
            lines.push_str(&format!(
                "{visit}-{number},{visit},P{visit},{medicine},2026-03-02 09:1{number}:00,2,15.00,30.00,R1\n"
            ));
        }
    }
    std::fs::write(folder.join("visits.csv"), visits).unwrap();
    std::fs::write(folder.join("charge_lines.csv"), lines).unwrap();
}

struct Office {
    hall: Hall,
    claims: tempfile::TempDir,
}

impl Office {
    /// Two rule managers, one of an area, a first reviewer; a finding that somebody dismissed.
    async fn open() -> Self {
        let folder = tempfile::TempDir::new().unwrap();
        claims(folder.path());
        let path = folder.path().to_owned();
        let hall = Hall::configured(move |config| {
            config.claims = Some(path);
            // A machine that is busy with tests is slow.
            config.advice_milliseconds = 20_000;
        })
        .await;
        let area = Scope { areas: vec!["990400".to_owned()], institutions: Vec::new() };
        let accounts = [
            enrol("jia", Role::RuleManager, Scope::everywhere()),
            enrol("yi", Role::RuleManager, Scope::everywhere()),
            enrol("bing", Role::RuleManager, area),
            enrol("kan", Role::FirstReviewer, Scope::everywhere()),
        ];
        let (users, sessions): (Vec<_>, Vec<_>) = accounts.into_iter().unzip();
        let mut found = item("H1", "610100", 1);
        found.facts.visit = "V1".to_owned();
        found.facts.line = String::new();
        found.facts.rule = RULE.to_owned();
        write(&hall, move || ReviewChanges {
            users: users.clone(),
            sessions: sessions.clone(),
            items: vec![found.clone()],
            ..ReviewChanges::default()
        })
        .await;
        let wish = json!({"kind": "first_review", "verdict": "no_violation", "reason": "clinically_justified"});
        let dismissed = ask(&hall, "kan", "POST", "/api/review/items/H1~F1/acts", Some(wish)).await;
        assert_eq!(dismissed.status, StatusCode::OK, "{}", dismissed.text);
        Self { hall, claims: folder }
    }

    async fn done(&self, account: &str, method: &str, path: &str, body: Value) -> Value {
        let reply = ask(&self.hall, account, method, path, Some(body)).await;
        assert_eq!(reply.status, StatusCode::OK, "{account} {method} {path}: {}", reply.text);
        reply.json()
    }

    async fn refused(&self, account: &str, method: &str, path: &str, body: Value) -> String {
        let reply = ask(&self.hall, account, method, path, Some(body)).await;
        assert!(reply.status.is_client_error(), "{account} {method} {path}: {}", reply.text);
        reply.code()
    }

    async fn revision(&self) -> Value {
        ask(&self.hall, "jia", "GET", "/api/revisions/1", None).await.json()
    }

    /// Takes a step on the revision as it is now.
    async fn act(&self, account: &str, kind: &str, more: Value) -> Value {
        self.done(account, "POST", "/api/revisions/1/acts", self.wish(kind, more).await).await
    }

    async fn wish(&self, kind: &str, more: Value) -> Value {
        let mut wish = json!({ "kind": kind, "serial": self.revision().await["serial"] });
        wish.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        wish
    }

    async fn tested(&self) -> Value {
        self.done("jia", "POST", "/api/revisions/1/back-test", json!({})).await;
        for _ in 0..600 {
            let page = self.revision().await;
            let state = page["back_test"]["state"].as_str().unwrap_or_default().to_owned();
            if state == "done" || state == "failed" {
                assert_eq!(state, "done", "{page}");
                return page["back_test"].clone();
            }
            tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        }
        panic!("{}", self.revision().await)
    }

    /// Kinds beyond the limit that 3101 tells of a prescription with so many kinds; none when it tells nothing.
    async fn told(&self, institution: &Value, person: &str, kinds: usize) -> (Option<String>, String) {
        let hall = &self.hall;
        let orders = MEDICINES.iter().take(kinds).enumerate().map(|(at, code)| {
            let mut order = crate::bedside::order(&format!("L{at}"), "2", "30.00");
            order["hilist_code"] = json!(code);
            order["hilist_name"] = json!(format!("药品{at}"));
            order
        });
        let asked = inquiry(institution, person, &format!("V-{person}"), Value::Array(orders.collect()));
        let area = institution["area"].as_str().unwrap();
        let output = hall.say(institution, area, "3101", asked).await;
        let rows = output["result"].as_array().unwrap();
        let row = rows.iter().find(|row| row["rule_id"] == RULE);
        let told = row.map(|row| row["vola_cont"].as_str().unwrap().to_owned());
        (told, output["rule_lib_ver"].as_str().unwrap().to_owned())
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_changed_rule_comes_into_force_by_two_people_and_goes_back() {
    let office = Office::open().await;
    let hall = &office.hall;
    let (here, there) = {
        let area = hall.area(0);
        let all = hall.world["institutions"].as_array().unwrap();
        let mut hospitals = all.iter().filter(|known| known["area"] == area && known["kind"] == "hospital");
        (hospitals.next().unwrap().clone(), hospitals.next().unwrap().clone())
    };
    let draft = json!({ "rule": RULE, "text": six_kinds(), "note": "放宽到六种试试" });
    assert_eq!(office.refused("bing", "POST", "/api/revisions", draft.clone()).await, "scope");
    let begun = office.done("jia", "POST", "/api/revisions", draft).await;
    assert_eq!((&begun["row"]["number"], &begun["row"]["version"]), (&json!(1), &json!(2)));
    assert_eq!(begun["may"], json!(["edit", "withdraw"]));
    assert_eq!(
        office.refused("jia", "POST", "/api/revisions/1/acts", office.wish("shadow", json!({})).await).await,
        "tested"
    );

    let test = office.tested().await;
    let change = &test["outcome"]["change"];
    let sum = |name: &str| (change[name]["hits"].as_u64().unwrap(), change[name]["amount_fen"].as_i64().unwrap());
    assert_eq!((sum("before"), sum("after")), ((3, 15_000), (2, 6_000)), "{test}");
    assert_eq!((sum("added"), sum("removed"), sum("changed")), ((0, 0), (1, 3_000), (2, 6_000)), "{test}");
    let institutions = test["outcome"]["institutions"].as_array().unwrap();
    for name in ["before", "after", "removed", "changed"] {
        let of = |row: &Value| row["change"][name]["amount_fen"].as_i64().unwrap();
        assert_eq!(institutions.iter().map(of).sum::<i64>(), sum(name).1, "I3: institutions add up: {name}");
    }
    assert_eq!(test["outcome"]["removed_known"], json!({ "upheld": 0, "reversed": 1 }), "the dismissed one goes");
    let sample = test["outcome"]["sample"].as_array().unwrap();
    let removed = sample.iter().find(|case| case["kind"] == "removed").unwrap();
    assert_eq!((&removed["visit"], &removed["upheld"], &removed["after"]), (&json!("V1"), &json!(false), &json!(null)));
    assert!(!test.to_string().contains("PV1"), "I12: no person in a back-test");

    // In the shadow nobody hears it, and what differs is counted.
    office.act("jia", "shadow", json!({})).await;
    let (six, packed) = office.told(&here, "P1", 6).await;
    assert!(six.unwrap().contains('6'), "the rule in force speaks");
    assert!(office.told(&here, "P2", 5).await.0.is_none());
    let mut shadow = Value::Null;
    for _ in 0..100 {
        hall.desk.refresh().await.unwrap();
        shadow = office.revision().await["shadow"].clone();
        if shadow["asked"] == 2 {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    assert_eq!(shadow, json!({ "asked": 2, "both": 0, "current_only": 1, "changed_only": 0 }));

    // Released to one hospital by somebody else, it is heard there alone.
    let to = json!({ "institutions": [here["code"]] });
    assert_eq!(
        office.refused("jia", "POST", "/api/revisions/1/acts", office.wish("release", to.clone()).await).await,
        "four_eyes"
    );
    let released = office.act("yi", "release", to).await;
    assert_eq!(released["release"]["heard_at"], json!([here["name"]]));
    let (six, version) = office.told(&here, "P3", 6).await;
    assert!(six.is_none() && version != packed, "I10: an answer by the changed rule states another version");
    assert!(office.told(&there, "P4", 6).await.0.is_some());

    // Published, everywhere.
    assert_eq!(
        office.refused("jia", "POST", "/api/revisions/1/acts", office.wish("publish", json!({})).await).await,
        "four_eyes"
    );
    let stale = json!({ "kind": "publish", "serial": 0 });
    assert_eq!(office.refused("yi", "POST", "/api/revisions/1/acts", stale).await, "outdated");
    let published = office.act("yi", "publish", json!({})).await;
    assert_eq!((&published["row"]["stage"], &published["publication"]), (&json!("published"), &json!(1)));
    assert!(hall.desk.edition().head().settings.trials.is_empty(), "its trial is over");
    let (six, version) = office.told(&there, "P5", 6).await;
    assert!(six.is_none());
    assert_eq!(version, hall.desk.edition().version());
    assert!(office.told(&there, "P6", 7).await.0.is_some(), "seven are too many all the same");
    let page = ask(hall, "jia", "GET", &format!("/api/rules/{RULE}"), None).await.json();
    assert_eq!((&page["summary"]["version"], &page["versions"][0]["in_force"]), (&json!(2), &json!(true)));
    let compared = ask(hall, "jia", "GET", &format!("/api/rules/{RULE}/comparison?from=0&to=1"), None).await.json();
    let lines = compared["lines"].as_array().unwrap();
    for (mark, text) in [("removed", "max_kinds = 5"), ("added", "max_kinds = 6")] {
        assert!(lines.contains(&json!({ "mark": mark, "text": text })), "{compared}");
    }

    // Back, with a reason, by anybody who manages rules.
    assert_eq!(
        office.refused("jia", "POST", "/api/revisions/1/acts", office.wish("roll_back", json!({})).await).await,
        "reason"
    );
    let back = office.act("jia", "roll_back", json!({ "reason": "误报增多" })).await;
    assert_eq!(back["row"]["stage"], "rolled_back");
    assert!(office.told(&there, "P7", 6).await.0.is_some());
    let kinds: Vec<&str> =
        back["history"].as_array().unwrap().iter().map(|step| step["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["draft", "tested", "shadow", "release", "publish", "roll_back"]);
    let names: Vec<&str> =
        back["history"].as_array().unwrap().iter().map(|step| step["user_name"].as_str().unwrap()).collect();
    assert_eq!(names, ["jia", "jia", "jia", "yi", "yi", "jia"]);
    let log = hall.desk.store.access_log(&store::LogQuery { limit: 100, ..store::LogQuery::default() }).await.unwrap();
    for action in ["begin_revision", "shadow_revision", "release_revision", "publish_revision", "roll_back_revision"] {
        assert!(log.iter().any(|entry| entry.action == action && entry.subject == format!("{RULE}#1")), "{action}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_revision_says_that_the_library_went_back_past_it_and_came_forward_again() {
    let office = Office::open().await;
    let draft = json!({ "rule": RULE, "text": six_kinds(), "note": "放宽到六种试试" });
    office.done("jia", "POST", "/api/revisions", draft).await;
    office.tested().await;
    office.act("jia", "shadow", json!({})).await;
    office.act("yi", "publish", json!({})).await;
    // A second publication on top of it, of another rule: going back to 0 passes by both.
    let desk = &office.hall.desk;
    let mut files = desk.edition().files().manifest();
    let other = crate::library::version(2);
    files.insert("rules/behaviour/dx-age-conflict.md".to_owned(), crate::library::hash(&other));
    let (by, note) = ("jia".to_owned(), String::new());
    let offer = server::library::Offer { files, texts: vec![other], by, note, serial: None, revision: None };
    desk.library.publish(&desk.store, offer).await.unwrap();
    assert_eq!(office.revision().await["row"]["stage"], "published", "what is built on it leaves it in force");

    let wish = |to: u64, reason: &str| json!({ "to": to, "reason": reason });
    office.done("jia", "POST", "/api/publications/roll-back", wish(1, "第二次发布有误")).await;
    assert_eq!(office.revision().await["row"]["stage"], "published", "its own publication is the one in force");
    office.done("jia", "POST", "/api/publications/roll-back", wish(0, "误报大量增加")).await;
    let last = async || {
        let page = office.revision().await;
        let step = page["history"].as_array().unwrap().last().unwrap().clone();
        (page["row"]["stage"].clone(), step["user_name"].clone(), step["kind"].clone(), step["text"].clone())
    };
    let told = json!("第 1 次发布 → 第 0 次发布：误报大量增加");
    assert_eq!(last().await, (json!("rolled_back"), json!("jia"), json!("roll_back"), told));
    let at = office.revision().await["history"].as_array().unwrap().last().unwrap()["at"].clone();
    assert!(at.as_str().is_some_and(|at| at.ends_with("+08:00")), "{at}");
    assert_eq!(office.revision().await["may"], json!([]), "what is out of force is not rolled back again");
    let row = ask(&office.hall, "jia", "GET", "/api/revisions", None).await.json()[0]["stage"].clone();
    assert_eq!(row, "rolled_back", "the list says it too");

    office.done("yi", "POST", "/api/publications/roll-back", wish(2, "原来是误会一场")).await;
    let told = json!("第 0 次发布 → 第 2 次发布：原来是误会一场");
    assert_eq!(last().await, (json!("published"), json!("yi"), json!("restore"), told));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_back_test_judges_each_institution_by_its_area_and_tells_apart_where_the_rule_is_silent() {
    let office = Office::open().await;
    let hall = &office.hall;
    let of = |area: &str| {
        let all = hall.world["institutions"].as_array().unwrap();
        all.iter().find(|known| known["area"] == area).unwrap()["code"].as_str().unwrap().to_owned()
    };
    let (here, there) = (of(&hall.area(0)), of(&hall.area(1)));
    for table in ["visits.csv", "charge_lines.csv"] {
        let path = office.claims.path().join(table);
        let text = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, text.replace(",H1,", &format!(",{here},")).replace(",H2,", &format!(",{there},")))
            .unwrap();
    }
    // The area of the second hospital allows six kinds already: the changed rule changes nothing there.
    let values = json!({ "area": hall.area(1), "values": { "max_kinds": 6 }, "reason": "本地口径" });
    office.done("jia", "PUT", &format!("/api/rules/{RULE}/parameters"), values).await;
    let draft = json!({ "rule": RULE, "text": six_kinds(), "note": "放宽到六种试试" });
    office.done("jia", "POST", "/api/revisions", draft).await;
    let test = office.tested().await;
    let outcome = &test["outcome"];
    let sum = |part: &str, name: &str| {
        let sum = &outcome[part][name];
        (sum["hits"].as_u64().unwrap(), sum["amount_fen"].as_i64().unwrap())
    };
    assert_eq!((sum("change", "before"), sum("change", "after")), ((3, 12_000), (2, 6_000)), "{test}");
    assert_eq!((sum("change", "removed"), sum("change", "changed")), ((1, 3_000), (1, 3_000)), "{test}");
    assert_eq!((&outcome["areas"], sum("unheard", "before")), (&json!([hall.area(1)]), (0, 0)));

    // Switched off there, its findings are still counted, and told apart: nobody hears them.
    let wish = json!({ "area": hall.area(1), "mode": "off", "reason": "误报太多" });
    office.done("jia", "PUT", &format!("/api/rules/{RULE}/switch"), wish).await;
    let test = office.tested().await;
    let outcome = &test["outcome"];
    assert_eq!(outcome["change"]["before"]["hits"], 3, "{test}");
    for side in ["before", "after"] {
        assert_eq!(outcome["unheard"][side], json!({ "hits": 1, "amount_fen": 3_000 }), "{test}");
    }
    let modes: Vec<(&str, &str)> = outcome["institutions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| (row["institution"].as_str().unwrap(), row["mode"].as_str().unwrap()))
        .collect();
    assert!(modes.contains(&(&here, "on")) && modes.contains(&(&there, "off")), "{modes:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_rule_with_a_query_is_not_revised_here_and_the_answer_says_where() {
    let office = Office::open().await;
    let draft = json!({ "rule": "doctor-overload", "text": "+++", "note": "换个口径试试" });
    let reply = ask(&office.hall, "jia", "POST", "/api/revisions", Some(draft)).await;
    assert_eq!((reply.status, reply.code().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "query_rule"));
    let detail = reply.json()["detail"].as_str().unwrap().to_owned();
    for part in [
        "不带查询引擎",
        "rules/capacity-qualification/doctor-overload.md",
        "--rules doctor-overload",
        "yibao rule publish",
    ] {
        assert!(detail.contains(part), "{part}: {detail}");
    }
    assert_eq!(ask(&office.hall, "jia", "GET", "/api/revisions", None).await.json(), json!([]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_wrong_is_kept_and_every_mistake_is_told() {
    let office = Office::open().await;
    let offer = |text: String| json!({ "rule": RULE, "text": text, "note": "试一试看" });
    for (text, told) in [
        (TEXT.to_owned(), "更大的版本号"),
        (six_kinds().replace("max_kinds", "max_kindz"), "max_kindz"),
        (six_kinds().replace(&format!("id = \"{RULE}\""), "id = \"other\""), "不能改变规则编号"),
        (six_kinds().replace("max_kinds = 6", "max_kinds = 5"), "用例"),
        ("nonsense".to_owned(), "+++"),
    ] {
        let reply = ask(&office.hall, "jia", "POST", "/api/revisions", Some(offer(text))).await;
        assert_eq!((reply.status, reply.code().as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "rule"), "{told}");
        assert!(reply.json()["detail"].as_str().unwrap().contains(told), "{told}: {}", reply.text);
    }
    assert_eq!(
        office.refused("jia", "POST", "/api/revisions", json!({"rule": RULE, "text": six_kinds(), "note": ""})).await,
        "reason"
    );
    assert_eq!(ask(&office.hall, "jia", "GET", "/api/revisions", None).await.json(), json!([]));
    office.done("jia", "POST", "/api/revisions", offer(six_kinds())).await;
    // A later text by somebody else makes both of them authors, and what was tested is another text.
    office.tested().await;
    let serial = office.revision().await["serial"].clone();
    let edit =
        json!({ "text": six_kinds().replace("version = 2", "version = 3"), "note": "改版本号", "serial": serial });
    office.done("yi", "PUT", "/api/revisions/1", edit).await;
    assert_eq!(office.revision().await["back_test"]["is_current"], false);
    assert_eq!(
        office.refused("yi", "POST", "/api/revisions/1/acts", office.wish("shadow", json!({})).await).await,
        "tested"
    );
    office.tested().await;
    office.act("yi", "shadow", json!({})).await;
    assert_eq!(
        office.refused("yi", "POST", "/api/revisions/1/acts", office.wish("publish", json!({})).await).await,
        "four_eyes"
    );
    let second = office.done("jia", "POST", "/api/revisions", offer(six_kinds())).await;
    assert_eq!(second["row"]["number"], 2);
    office.act("jia", "withdraw", json!({ "reason": "先不改了" })).await;
    assert!(office.hall.desk.edition().head().settings.trials.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn switches_and_parameters_stay_within_the_scope_and_have_a_reason() {
    let office = Office::open().await;
    let path = format!("/api/rules/{RULE}/switch");
    let wish = |area: Option<&str>, reason: &str| json!({ "area": area, "mode": "shadow", "reason": reason });
    assert_eq!(office.refused("bing", "PUT", &path, wish(None, "误报太多")).await, "scope");
    assert_eq!(office.refused("bing", "PUT", &path, wish(Some("360100"), "误报太多")).await, "scope");
    assert_eq!(office.refused("bing", "PUT", &path, wish(Some("990400"), "")).await, "reason");
    let page = office.done("bing", "PUT", &path, wish(Some("990400"), "误报太多")).await;
    assert_eq!((&page["switches"][0]["mode"], &page["summary"]["exceptions"]), (&json!("shadow"), &json!(1)));
    let path = format!("/api/rules/{RULE}/parameters");
    let wish = |value: Value| json!({ "area": "990400", "values": { "max_kinds": value }, "reason": "本地口径" });
    let wrong = ask(&office.hall, "bing", "PUT", &path, Some(wish(json!("many")))).await;
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(wrong.json()["detail"].as_str().unwrap().contains("max_kinds"), "{}", wrong.text);
    let page = office.done("bing", "PUT", &path, wish(json!(7))).await;
    assert_eq!(page["areas"][0]["values"]["max_kinds"], "7");
    let spec = page["parameters"].as_array().unwrap().iter().find(|spec| spec["name"] == "max_kinds").unwrap().clone();
    assert_eq!((&spec["kind"], &spec["value"]), (&json!("integer"), &json!("5")));
    let edition = office.hall.desk.edition();
    let max = |area: &str| {
        let rules = edition.library(area).rules();
        rules.iter().find(|rule| rule.id == RULE).unwrap().params.integer("max_kinds")
    };
    assert_eq!((max("990400"), max("360100")), (7, 5));
    let list = ask(&office.hall, "jia", "GET", "/api/rules", None).await.json();
    let row = list.as_array().unwrap().iter().find(|row| row["id"] == RULE).unwrap().clone();
    assert_eq!((&row["reversed"], &row["precision_parts"]), (&json!(1), &json!(0)), "what was dismissed counts: {row}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn knowledge_is_found_by_code_name_and_words() {
    let office = Office::open().await;
    let search = async |query: &str| {
        let reply = ask(&office.hall, "kan", "GET", &format!("/api/knowledge?{query}"), None).await;
        assert_eq!(reply.status, StatusCode::OK, "{}", reply.text);
        reply.json()
    };
    let all = search("").await;
    assert!(all["total"].as_u64().unwrap() > 8_000 && all["points"].as_array().unwrap().len() == 200);
    let code = search("q=zd03aaa0043010100166").await;
    let rules: Vec<&str> =
        code["points"].as_array().unwrap().iter().map(|point| point["rule"].as_str().unwrap()).collect();
    assert!(rules.contains(&"drug-sex-specific"), "{code}");
    let within = search("q=zd03aaa0043010100166&rule=drug-sex-specific").await;
    assert!(within["points"].as_array().unwrap().iter().all(|point| point["rule"] == "drug-sex-specific"));
    let words = search("q=%E8%89%BE%E9%99%84%20%E4%B8%B8").await;
    assert!(words["total"].as_u64().unwrap() >= 1, "both words in any order: {words}");
    assert_eq!(search("q=%E6%B2%A1%E6%9C%89%E8%BF%99%E7%A7%8D%E8%8D%AF").await["total"], 0);
}
