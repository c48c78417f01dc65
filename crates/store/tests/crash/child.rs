//! The process that is killed: this test binary itself, told by its environment to settle until it dies.

use crate::support::records::settle;
use crate::support::{done, job};
use agency::Needs;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use store::{Answered, Database, Job, Options, Store};

pub const PERSONS: u32 = 20;
const CLIENTS: u32 = 32;

/// What a child has told so far.
#[derive(Debug, Clone, Default)]
pub struct Seen {
    /// Acknowledged messages and their answers.
    pub acked: BTreeMap<String, String>,
    /// How often somebody was told to try again.
    pub failed: usize,
}

/// A running child.
pub struct Child {
    process: std::process::Child,
    seen: Arc<Mutex<Seen>>,
    reader: std::thread::JoinHandle<()>,
}

/// The message with this id: it settles for a person, the same one each time.
pub fn message(msgid: &str) -> Job {
    let number: u32 = msgid.rsplit('-').next().unwrap().parse().unwrap();
    let said = msgid.to_owned();
    job(&format!("P{}", number % PERSONS), msgid, msgid, Needs::default(), move |file, ids| {
        let (changes, settled) = settle(file, ids, &said, 1_000);
        done(changes, settled.id)
    })
}

impl Child {
    /// Starts a child; `faults` are the library that fails and the file that orders it to.
    pub fn start(database: &Database, round: u32, faults: Option<(&Path, &Path)>) -> Self {
        let target = match database {
            Database::Sqlite(folder) => folder.to_str().unwrap().to_owned(),
            Database::Postgres(url) => url.clone(),
        };
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "child::settles_until_it_dies", "--nocapture"]);
        command.env("YIBAO_CHILD", target).env("YIBAO_ROUND", round.to_string());
        if let Some((library, order)) = faults {
            command.env("LD_PRELOAD", library).env("YIBAO_FAULT", order);
        }
        let mut process = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let lines = BufReader::new(process.stderr.take().unwrap());
        let seen = Arc::new(Mutex::new(Seen::default()));
        let told = Arc::clone(&seen);
        let reader = std::thread::spawn(move || {
            for line in lines.split(b'\n').map_while(Result::ok) {
                let line = String::from_utf8_lossy(&line).into_owned();
                let mut told = told.lock().unwrap();
                match line.split(' ').collect::<Vec<_>>().as_slice() {
                    // A line that the kill cut off lacks its end.
                    ["acked", msgid, reply, "."] => drop(told.acked.insert((*msgid).to_owned(), (*reply).to_owned())),
                    ["failed", _, "."] => told.failed += 1,
                    ["acked" | "failed", ..] => {}
                    _ => eprintln!("child: {line}"),
                }
            }
        });
        Self { process, seen, reader }
    }

    pub fn seen(&self) -> Seen {
        self.seen.lock().unwrap().clone()
    }

    pub fn wait_for_acks(&self, count: usize) {
        let begun = Instant::now();
        while self.seen.lock().unwrap().acked.len() < count {
            assert!(begun.elapsed() < Duration::from_secs(60), "the child makes no progress: {:?}", self.seen().failed);
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Kills it, without warning, and gives all that it told.
    pub fn kill(mut self) -> Seen {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.reader.join().unwrap();
        Arc::try_unwrap(self.seen).unwrap().into_inner().unwrap()
    }
}

/// Builds the library that stands between the child and the disk.
pub fn failing_library(folder: &Path) -> PathBuf {
    let library = folder.join("fail.so");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/crash/fail.c");
    let compiler = Command::new("cc").args(["-shared", "-fPIC", "-o"]).arg(&library).arg(source).arg("-ldl").status();
    assert!(compiler.unwrap().success());
    library
}

/// What the child does. In the parent's own run there is nothing to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settles_until_it_dies() {
    let Ok(target) = std::env::var("YIBAO_CHILD") else { return };
    let round = std::env::var("YIBAO_ROUND").unwrap();
    let store = Store::open(Database::parse(&target).unwrap(), Options::default()).await.unwrap();
    let clients = (0..CLIENTS).map(|client| {
        let (store, round) = (store.clone(), round.clone());
        tokio::spawn(async move {
            for number in (client..).step_by(usize::try_from(CLIENTS).unwrap()) {
                let msgid = format!("m{round}-{number}");
                loop {
                    match store.submit(message(&msgid)).await {
                        Ok(Answered::Fresh(reply) | Answered::Stored(reply)) => {
                            eprintln!("acked {msgid} {} .", String::from_utf8(reply).unwrap());
                            break;
                        }
                        other => {
                            eprintln!("failed {msgid} .");
                            assert!(other.is_err(), "{other:?}");
                            tokio::time::sleep(Duration::from_millis(20)).await;
                        }
                    }
                }
            }
        })
    });
    futures::future::join_all(clients).await;
}
