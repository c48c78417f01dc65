//! How fast 3101 is answered over HTTP: `cargo run --release -p server --example remind -- [SECONDS] [PERSONS]`.
//!
//! A server on SQLite with the demo world and the whole library, persons with five years of care (60 visits, 900 lines each),
//! and a client in the same process on the same machine. Each message has 30 lines and a visit of its own, so that what is found
//! is new, is told and is kept. Once one message in ten has faults, then every one. Open loop: a message is due at its time whether or not the one before was answered, and its
//! latency counts from then. Then as many as 16 connections get answered, one after the other.
#![recursion_limit = "256"]
#![allow(clippy::float_arithmetic, reason = "rates for people to read")]
#![allow(clippy::unwrap_used, reason = "an example that cannot prepare its input should stop there")]

use agency::{Changes, Charge, Split, Upload, Visit, VisitKind, VisitState};
use model::{Fen, Quantity, Stamp, UnitPrice};
use serde_json::{Value, json};
use server::library::{Base, Files};
use server::{Config, install_demo, open_store, serve};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Mutex, mpsc};

/// The allocator of the product.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PATH: &str = "/fsi/api/rsfComIfsService/callService";
const CONNECTIONS: usize = 16;
/// Messages of each kind that are written beforehand.
const WRITTEN: usize = 256;

struct Scene {
    address: SocketAddr,
    institution: Value,
    items: Vec<String>,
    persons: u64,
    serial: AtomicU64,
    /// Messages written beforehand: writing JSON is the hospital's time, not the server's, and both share the two cores.
    written: Vec<Written>,
    /// Of ten messages, how many have lines of which rules speak.
    faulty: AtomicU64,
}

/// What came of a message.
#[derive(Clone, Copy)]
struct Answer {
    took: Duration,
    checked: bool,
    /// Reminders.
    told: usize,
}

/// A message with places for what differs from one to the next.
struct Written {
    bytes: Vec<u8>,
    visits: Vec<usize>,
    msgid: usize,
    person: usize,
}

/// What stands in those places: eight, eighteen and six characters.
const VISIT: &str = "VISITVIS";
const MSGID: &str = "MSGIDMSGIDMSGIDMSG";
const PERSON: &str = "PERSON";

fn main() {
    server::refuse_huge_pages();
    let arguments: Vec<u64> = std::env::args().skip(1).map(|text| text.parse().unwrap()).collect();
    let of = |at: usize, otherwise: u64| arguments.get(at).copied().unwrap_or(otherwise);
    let (seconds, persons) = (Duration::from_secs(of(0, 10)), of(1, 200));
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        data: folder.path().to_owned(),
        history_mib: 1024,
        ..Config::default()
    };
    let law = Arc::new(shipped::law());
    let belongs = |name: &str| !name.ends_with("README.md") && (name.ends_with(".md") || name.ends_with(".csv"));
    let files = ["rules", "knowledge"].into_iter().flat_map(|folder| {
        let files = shipped::files(folder).into_iter().filter(|(name, _)| belongs(name));
        files.map(move |(name, bytes)| (format!("{folder}/{name}"), bytes)).collect::<Vec<_>>()
    });
    let base = Base { files: Files::read(files).unwrap(), catalogue: Arc::clone(&law.catalogue) };
    let runtime = || tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let (ready, listening) = std::sync::mpsc::channel();
    let (institution, items) = {
        let (config, law, ready) = (config.clone(), Arc::clone(&law), ready);
        let (prepared, world) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            runtime().block_on(async move {
                let store = open_store(&config).await.unwrap();
                install_demo(&store, &config, &law).await.unwrap();
                let file = std::fs::read(config.data.join("world.json")).unwrap();
                let file: Value = serde_json::from_slice(&file).unwrap();
                let (institution, items) = picked(&file);
                for person in 0..persons {
                    store.write(five_years(&format!("P{person:06}"), &institution, &items)).await.unwrap();
                }
                prepared.send((institution, items)).unwrap();
                let told = move |address| {
                    // Whoever waits for the address is still there.
                    let _ = ready.send(address);
                };
                serve(config, law, base, store, told, std::future::pending()).await.unwrap();
            });
        });
        world.recv().unwrap()
    };
    let address = listening.recv().unwrap();
    let (serial, faulty) = (AtomicU64::new(0), AtomicU64::new(10));
    let mut scene = Scene { address, institution, items, persons, serial, written: Vec::new(), faulty };
    let runtime = runtime();
    let quiet = runtime.block_on(quiet(&scene));
    println!("{} of {} items find nothing alone", quiet.len(), scene.items.len());
    let faults = (0..WRITTEN).map(|number| scene.written(&scene.items, number, 30));
    scene.written = faults.chain((0..WRITTEN).map(|number| scene.written(&quiet, number, 30))).collect();
    let scene = Arc::new(scene);
    let message = scene.message();
    println!("{persons} persons of 60 visits and 900 lines; a message of 30 lines has {} bytes", message.len());
    runtime.block_on(async {
        let cold = open_loop(&scene, 20, Duration::from_secs(scene.persons / 20)).await;
        report("first question about a person, 20/s", &cold, Duration::from_secs(scene.persons / 20));
        for (faulty, words) in [(1, "one in ten has faults"), (10, "every one has faults")] {
            scene.faulty.store(faulty, Ordering::Relaxed);
            for rate in [100, 1_000] {
                let answers = open_loop(&scene, rate, seconds).await;
                report(&format!("{words}, {rate}/s"), &answers, seconds);
            }
            let answers = closed_loop(&scene, seconds).await;
            report(&format!("{words}, maximum, {CONNECTIONS} connections"), &answers, seconds);
        }
    });
    std::process::exit(0);
}

/// Items of which no rule speaks when one is ordered alone.
async fn quiet(scene: &Scene) -> Vec<String> {
    let mut stream = TcpStream::connect(scene.address).await.unwrap();
    let mut quiet = Vec::new();
    for item in &scene.items {
        let message = scene.filled(&scene.written(std::slice::from_ref(item), 0, 1));
        if say(&mut stream, &message).await.1 == 0 {
            quiet.push(item.clone());
        }
    }
    quiet
}

fn report(what: &str, answers: &[Answer], seconds: Duration) {
    let mut sorted: Vec<Duration> = answers.iter().map(|answer| answer.took).collect();
    sorted.sort_unstable();
    let at =
        |share: usize| sorted.get((sorted.len() * share / 1000).min(sorted.len() - 1)).copied().unwrap_or_default();
    let unchecked = answers.iter().filter(|answer| !answer.checked).count();
    let told: usize = answers.iter().map(|answer| answer.told).sum();
    println!(
        "{what}: {} answered, {:.0}/s, p50 {:.2?}, p99 {:.2?}, p99.9 {:.2?}, longest {:.2?}, {told} reminders, not checked {unchecked}",
        answers.len(),
        answers.len() as f64 / seconds.as_secs_f64(),
        at(500),
        at(990),
        at(999),
        sorted.last().copied().unwrap_or_default(),
    );
}

/// Messages due at even times; latency counts from when a message was due.
async fn open_loop(scene: &Arc<Scene>, rate: u64, seconds: Duration) -> Vec<Answer> {
    let (due, waiting) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    let waiting = Arc::new(Mutex::new(waiting));
    let workers: Vec<_> = (0..CONNECTIONS * 4)
        .map(|_| {
            let (scene, waiting) = (Arc::clone(scene), Arc::clone(&waiting));
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(scene.address).await.unwrap();
                stream.set_nodelay(true).unwrap();
                let mut answers = Vec::new();
                loop {
                    let next = waiting.lock().await.recv().await;
                    let Some((due, message)) = next else { return answers };
                    let (checked, told) = say(&mut stream, &message).await;
                    answers.push(Answer { took: due.elapsed(), checked, told });
                }
            })
        })
        .collect();
    let start = Instant::now();
    let every = Duration::from_secs(1) / u32::try_from(rate).unwrap();
    let mut at = start;
    while at < start + seconds {
        // Written before it is due: making a message is not the server's time.
        let message = scene.message();
        tokio::time::sleep_until(at.into()).await;
        due.send((at, message)).unwrap();
        at += every;
    }
    drop(due);
    let mut answers = Vec::new();
    for worker in workers {
        answers.extend(worker.await.unwrap());
    }
    answers
}

async fn closed_loop(scene: &Arc<Scene>, seconds: Duration) -> Vec<Answer> {
    let until = Instant::now() + seconds;
    let workers: Vec<_> = (0..CONNECTIONS)
        .map(|_| {
            let scene = Arc::clone(scene);
            tokio::spawn(async move {
                let mut stream = TcpStream::connect(scene.address).await.unwrap();
                stream.set_nodelay(true).unwrap();
                let mut answers = Vec::new();
                while Instant::now() < until {
                    let message = scene.message();
                    let start = Instant::now();
                    let (checked, told) = say(&mut stream, &message).await;
                    answers.push(Answer { took: start.elapsed(), checked, told });
                }
                answers
            })
        })
        .collect();
    let mut answers = Vec::new();
    for worker in workers {
        answers.extend(worker.await.unwrap());
    }
    answers
}

/// Sends a message and reads the answer: whether it was checked, and how many reminders it holds.
async fn say(stream: &mut TcpStream, message: &[u8]) -> (bool, usize) {
    let head = format!(
        "POST {PATH} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        message.len()
    );
    stream.write_all(&[head.as_bytes(), message].concat()).await.unwrap();
    let mut answer = Vec::with_capacity(16 << 10);
    loop {
        assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0, "the server hung up");
        let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&answer[..end]).to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap();
        if answer.len() >= end + 4 + length.parse::<usize>().unwrap() {
            let body = std::str::from_utf8(&answer[end..]).unwrap();
            assert!(body.contains("\"infcode\":0"), "{body}");
            return (body.contains("\"warn_msg\":null"), body.matches("\"jr_id\"").count());
        }
    }
}

fn picked(world: &Value) -> (Value, Vec<String>) {
    let institutions = world["institutions"].as_array().unwrap();
    let institution = institutions.iter().find(|known| known["kind"] == "hospital").unwrap().clone();
    let items = world["items"].as_array().unwrap().iter();
    let mut items: Vec<String> = items.map(|item| item["code"].as_str().unwrap().to_owned()).collect();
    items.sort_unstable();
    items.dedup();
    // 艾附暖宫丸, 睡眠呼吸监测, 急诊监护费, 病房床位费: of which rules speak.
    items.extend(["ZD03AAA0043010100166", "003106040010000", "001103000010000", "001109000010000"].map(str::to_owned));
    (institution, items)
}

/// A visit a month, fifteen lines each.
fn five_years(person: &str, institution: &Value, items: &[String]) -> Changes {
    let today = server::now().stamp.day();
    let mut changes = Changes::default();
    let code = |name: &str| institution[name].as_str().unwrap().to_owned();
    for month in 0..60_u32 {
        let begun_at = Stamp(today.plus(-30 * i32::try_from(month + 1).unwrap()).start().0 + 9 * 3600);
        let id = format!("{person}-{month}");
        changes.visits.push(Visit {
            id: id.clone(),
            person: person.to_owned(),
            institution: code("code"),
            opened_by: id.clone(),
            kind: VisitKind::Outpatient,
            state: VisitState::Open,
            insurance: "310".into(),
            care: "11".into(),
            coverage_area: code("area"),
            treatment_area: code("area"),
            certificate: "02".into(),
            local_number: id.clone(),
            begun_at,
            ended_at: Some(Stamp(begun_at.0 + 3600)),
            disease: String::new(),
            admission_ordinal: 0,
            doctor: "D1".into(),
            department: "A03".into(),
            department_name: "内科".into(),
            diagnoses: vec![agency::Diagnosis {
                number: "1".into(),
                kind: "1".into(),
                main: true,
                code: "J06.900".into(),
                name: "急性上呼吸道感染".into(),
                at_discharge: false,
                extra: BTreeMap::new(),
            }],
            extra: BTreeMap::new(),
        });
        let charges = (0..15_u32).map(|line| {
            let item = &items[(month * 7 + line * 3) as usize % items.len()];
            Charge {
                number: format!("{id}-{line}"),
                refunds: String::new(),
                item: item.clone(),
                quantity: Quantity(Quantity::SCALE),
                price: UnitPrice(125_000),
                amount: Fen(1250),
                at: Stamp(begun_at.0 + 600),
                approval: "1".into(),
                split: Split::default(),
                extra: BTreeMap::from([("rxno".to_owned(), "RX1".to_owned()), ("bilg_dr_codg".into(), "D1".into())]),
            }
        });
        changes.uploads.push(Upload {
            number: 1,
            person: person.to_owned(),
            visit: id.clone(),
            batch: "B1".into(),
            settled_by: None,
            charges: charges.collect(),
        });
    }
    changes
}

impl Scene {
    /// A 3101 of 30 lines, of a person in turn and a visit of its own.
    fn message(&self) -> Vec<u8> {
        let serial = usize::try_from(self.serial.load(Ordering::Relaxed)).unwrap();
        let faulty = serial % 10 < usize::try_from(self.faulty.load(Ordering::Relaxed)).unwrap();
        let first = if faulty { 0 } else { WRITTEN };
        self.filled(&self.written[first + serial % WRITTEN])
    }

    fn filled(&self, written: &Written) -> Vec<u8> {
        let serial = self.serial.fetch_add(1, Ordering::Relaxed);
        let mut bytes = written.bytes.clone();
        let mut put = |at: usize, text: String| bytes[at..at + text.len()].copy_from_slice(text.as_bytes());
        written.visits.iter().for_each(|at| put(*at, format!("{serial:08}")));
        put(written.msgid, format!("{serial:018}"));
        put(written.person, format!("{:06}", serial % self.persons));
        bytes
    }

    /// Other lines for each number, of these items.
    fn written(&self, items: &[String], number: usize, lines: usize) -> Written {
        let text = self.text(items, number, lines);
        let places = |what: &str| text.match_indices(what).map(|(at, _)| at).collect::<Vec<usize>>();
        let (msgid, person) = (places(MSGID)[0], places(PERSON)[0]);
        Written { visits: places(VISIT), msgid, person, bytes: text.into_bytes() }
    }

    fn text(&self, items: &[String], number: usize, lines: usize) -> String {
        let (now, visit) = (server::now().stamp.to_string(), format!("N{VISIT}"));
        let orders: Vec<Value> = (0..lines)
            .map(|line| {
                let item = &items[(number * 11 + line * 5) % items.len()];
                json!({
                    "rx_id": format!("{visit}-{line}"), "rxno": "RX1", "grpno": "1", "long_drord_flag": "0", "hilist_type": "101",
                    "chrg_type": "11", "drord_bhvr": "0", "hilist_code": item, "hilist_name": "名称", "hilist_dosform": "",
                    "hilist_lv": "01", "hilist_pric": "12.50", "lv1_hosp_item_pric": "", "lv2_hosp_item_pric": "",
                    "lv3_hosp_item_pric": "", "hilist_memo": "", "hosplist_code": "H001", "hosplist_name": "名称",
                    "hosplist_dosform": "", "cnt": "1", "pric": "12.50", "sumamt": "12.50", "ownpay_amt": "0",
                    "selfpay_amt": "0", "spec": "9g×10", "spec_unt": "盒", "drord_begn_date": now, "drord_stop_date": "",
                    "drord_dept_codg": "A03", "drord_dept_name": "内科", "drord_dr_codg": "D1",
                    "drord_dr_name": "测试医师", "drord_dr_profttl": "234", "curr_drord_flag": "1",
                })
            })
            .collect();
        let institution = &self.institution;
        let input = json!({ "data": {
            "trig_scen": "2", "patient_dtos": [{
                "patn_id": format!("P{PERSON}"), "patn_name": "测试甲", "gend": "1", "brdy": "1980-01-01",
                "poolarea": institution["area"], "curr_mdtrt_id": visit,
                "fsi_encounter_dtos": [{
                    "mdtrt_id": visit, "medins_id": institution["code"], "medins_name": institution["name"],
                    "medins_admdvs": institution["area"], "medins_type": "A100", "medins_lv": "5", "adm_date": now,
                    "dscg_date": now, "dscg_main_dise_codg": "J06.900", "dscg_main_dise_name": "急性上呼吸道感染",
                    "dr_codg": "D1", "adm_dept_codg": "A03", "adm_dept_name": "内科", "dscg_dept_codg": "A03",
                    "dscg_dept_name": "内科", "med_mdtrt_type": "1", "med_type": "11", "matn_stas": "0",
                    "medfee_sumamt": "375.00", "ownpay_amt": "0", "selfpay_amt": "0", "setl_totlnum": "1",
                    "insutype": "310", "reim_flag": "2", "out_setl_flag": "0",
                    "fsi_diagnose_dtos": [{
                        "dise_id": "1", "inout_dise_type": "1", "maindise_flag": "1", "dias_srt_no": "1",
                        "dise_codg": "J06.900", "dise_name": "急性上呼吸道感染", "dise_date": now,
                    }],
                    "fsi_order_dtos": orders, "fsi_operation_dtos": [],
                }],
            }],
        } });
        let envelope = json!({
            "infno": "3101", "msgid": format!("{}{MSGID}", institution["code"].as_str().unwrap()),
            "mdtrtarea_admvs": institution["area"], "insuplc_admdvs": institution["area"], "recer_sys_code": "HIS",
            "dev_no": "", "dev_safe_info": "", "cainfo": "", "signtype": "", "infver": "V1.0", "opter_type": "1",
            "opter": "0001", "opter_name": "测试员", "inf_time": now, "fixmedins_code": institution["code"],
            "fixmedins_name": institution["name"], "sign_no": "", "input": input,
        });
        envelope.to_string()
    }
}
