//! A lake of an invented city, and processes around it that end with the test.

use crate::store::Store;
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// A folder with a city and its lake.
pub struct Place {
    temp: tempfile::TempDir,
}

/// What an audit left.
pub struct Results {
    pub findings: String,
    pub parquet: Vec<u8>,
    pub summary: serde_json::Value,
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn done(command: &mut Command) -> Output {
    let output = command.output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} → {}\n{told}", output.status);
    output
}

impl Place {
    /// A city of so many persons, one medicine of which was sold without ever having been bought; in a lake of so many
    /// buckets.
    pub fn new(persons: &str, buckets: u16) -> Self {
        let place = Self { temp: tempfile::tempdir().unwrap() };
        let city = place.at("city");
        let generate = ["generate", "--persons", persons, "--days", "60", "--seed", "11", "--violations", "heavy"];
        done(place.run().args(generate).args(["--format", "csv", "--out", text(&city)]));
        place.write_stock();
        let buckets = buckets.to_string();
        done(place.run().args(["lake", "add", text(&city), "--lake", text(&place.at("lake")), "--buckets", &buckets]));
        place
    }

    fn write_stock(&self) {
        let rows = |table: &str, key: &str, value: &str| -> Vec<(String, String)> {
            let mut reader = csv::Reader::from_path(self.at("city").join(format!("{table}.csv"))).unwrap();
            let header = reader.headers().unwrap().clone();
            let column = |name: &str| header.iter().position(|column| column == name).unwrap();
            let (key, value) = (column(key), column(value));
            reader.records().map(Result::unwrap).map(|row| (row[key].to_owned(), row[value].to_owned())).collect()
        };
        let (visit, item) = rows("charge_lines", "mdtrt_id", "med_list_codg")
            .into_iter()
            .find(|(_, item)| item.starts_with('X'))
            .unwrap();
        let (_, house) = rows("visits", "mdtrt_id", "fixmedins_code").into_iter().find(|(id, _)| *id == visit).unwrap();
        let header = "fixmedins_code,med_list_codg,begndate,enddate,begn_inv_cnt,purc_cnt,purc_retn_cnt,end_inv_cnt";
        let row = format!("{house},{item},2025-01-01,2026-12-31,0,0,0,0");
        std::fs::write(self.at("city/stock.csv"), format!("{header}\n{row}\n")).unwrap();
    }

    pub fn at(&self, name: &str) -> PathBuf {
        self.temp.path().join(name)
    }

    /// The program under test.
    pub fn yibao(&self) -> PathBuf {
        env!("CARGO_BIN_EXE_yibao").into()
    }

    /// Its rules, knowledge and catalogue.
    pub fn data(&self) -> PathBuf {
        concat!(env!("CARGO_MANIFEST_DIR"), "/../..").into()
    }

    fn run(&self) -> Command {
        let mut command = Command::new(self.yibao());
        command.arg("--data").arg(self.data());
        command
    }

    /// Asks the lake, here or in a store; returns the answer.
    pub fn ask(&self, question: &[&str], store: Option<&Store>) -> String {
        let mut command = self.run();
        command.args(question);
        match store {
            None => command.args(["--lake", text(&self.at("lake"))]),
            Some(store) => command.envs(store.environment()).args(["--lake", Store::LAKE]),
        };
        String::from_utf8(done(&mut command).stdout).unwrap()
    }

    /// What the program says when it cannot do what it is told, in this folder.
    pub fn told(&self, arguments: &[&str]) -> String {
        let output = self.run().args(arguments).current_dir(self.temp.path()).output().unwrap();
        assert!(!output.status.success(), "was not refused");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    fn auditing_in(&self, store: &Store, out: &str, more: &[&str]) -> Command {
        let mut command = self.run();
        command
            .envs(store.environment())
            .args(["audit", "--lake", Store::LAKE, "--out", text(&self.at(out))])
            .args(more);
        command
    }

    /// Audits the lake in a store to the end.
    pub fn audit_in(&self, store: &Store, out: &str, more: &[&str]) -> Results {
        done(&mut self.auditing_in(store, out, more));
        self.results(out)
    }

    /// What an audit says of a store that cannot be read.
    pub fn refused_in(&self, store: &Store, out: &str) -> String {
        let output = self.auditing_in(store, out, &[]).output().unwrap();
        assert!(!output.status.success(), "was not refused");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    fn auditing(&self, out: &str, more: &[&str]) -> Command {
        let mut command = self.run();
        command.args(["audit", "--lake", text(&self.at("lake")), "--out", text(&self.at(out))]);
        command.args(more);
        command
    }

    /// Audits the lake to the end.
    pub fn audit(&self, out: &str, more: &[&str]) -> Results {
        done(&mut self.auditing(out, more));
        self.results(out)
    }

    /// Begins an audit.
    pub fn submit(&self, out: &str, more: &[&str]) -> Child {
        self.auditing(out, more).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// What an audit says that is not done.
    pub fn refused(&self, out: &str, more: &[&str]) -> String {
        let output = self.auditing(out, more).output().unwrap();
        assert!(!output.status.success(), "was not refused");
        String::from_utf8_lossy(&output.stderr).into_owned()
    }

    pub fn results(&self, out: &str) -> Results {
        let out = self.at(out);
        let summary = std::fs::read_to_string(out.join("summary.json")).unwrap();
        Results {
            findings: std::fs::read_to_string(out.join("findings.csv")).unwrap(),
            parquet: std::fs::read(out.join("findings.parquet")).unwrap(),
            summary: serde_json::from_str(&summary).unwrap(),
        }
    }

    /// Folders in which an audit makes results that nobody sees yet.
    pub fn hidden_folders(&self) -> usize {
        let entries = std::fs::read_dir(self.temp.path()).unwrap();
        entries.filter(|entry| entry.as_ref().unwrap().file_name().to_string_lossy().starts_with(".yibao-")).count()
    }

    /// A data folder whose rules differ by a word.
    pub fn altered_rules(&self) -> PathBuf {
        let data = self.at("data");
        for part in ["rules", "knowledge", "catalog"] {
            let from = self.data().join(part);
            std::fs::create_dir_all(&data).unwrap();
            done(Command::new("cp").args(["-r", text(&from), text(&data)]));
        }
        let mut folders = vec![data.join("rules")];
        while let Some(folder) = folders.pop() {
            for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() {
                    folders.push(path);
                } else if path.extension().is_some_and(|extension| extension == "md") && !path.ends_with("README.md") {
                    let rule = std::fs::read_to_string(&path).unwrap();
                    std::fs::write(&path, rule + "\n").unwrap();
                    return data;
                }
            }
        }
        unreachable!("there are rules")
    }

    /// The program as another build of the same version would be: other bytes.
    pub fn rebuilt_program(&self) -> PathBuf {
        let program = self.at("yibao");
        let mut bytes = std::fs::read(self.yibao()).unwrap();
        bytes.push(0);
        std::fs::write(&program, bytes).unwrap();
        done(Command::new("chmod").args(["+x", text(&program)]));
        program
    }

    /// Wipes the end of a file of lines; its length stays, so only reading finds out.
    pub fn damage_a_file(&self) {
        let mut path = self.at("lake/charge_lines");
        while path.is_dir() {
            path = std::fs::read_dir(path).unwrap().next().unwrap().unwrap().path();
        }
        let mut bytes = std::fs::read(&path).unwrap();
        let third = bytes.len() / 3;
        bytes[third..].fill(0);
        std::fs::write(&path, bytes).unwrap();
    }
}

/// A scheduler with its executors.
pub struct Cluster<'p> {
    place: &'p Place,
    scheduler: String,
    processes: Vec<Process>,
    executors: usize,
}

/// A process that ends with the test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts a process and waits until it says so.
fn start(command: &mut Command, until: &str) -> Process {
    let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let process = Process(child);
    assert!(lines.any(|line| line.unwrap().contains(until)), "{command:?} ended before it said {until}");
    process
}

fn free_address() -> String {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string()
}

impl<'p> Cluster<'p> {
    pub fn start(place: &'p Place) -> Self {
        let scheduler = free_address();
        let process = start(place.run().args(["cluster", "scheduler", "--listen", &scheduler]), "调度器监听");
        Self { place, scheduler, processes: vec![process], executors: 0 }
    }

    /// What sends an audit here.
    pub fn flag(&self) -> [&str; 2] {
        ["--cluster", &self.scheduler]
    }

    /// One more executor, with this environment.
    pub fn add_executor(&mut self, environment: &[(String, String)]) {
        self.add_executor_of(&self.place.yibao(), &self.place.data(), environment);
    }

    /// One more executor, of another program or data.
    pub fn add_executor_of(&mut self, program: &Path, data: &Path, environment: &[(String, String)]) {
        let work = self.work(self.executors);
        std::fs::create_dir_all(&work).unwrap();
        let mut command = Command::new(program);
        command.envs(environment.iter().cloned()).arg("--data").arg(data).args([
            "cluster",
            "executor",
            "--threads",
            "1",
        ]);
        command.args(["--scheduler", &self.scheduler, "--listen", &free_address(), "--work", text(&work)]);
        self.processes.push(start(&mut command, "已连上调度器"));
        self.executors += 1;
    }

    /// `kill -9`.
    pub fn kill(&mut self, executor: usize) {
        let process = &mut self.processes[executor + 1];
        process.0.kill().unwrap();
        process.0.wait().unwrap();
    }

    fn work(&self, executor: usize) -> PathBuf {
        self.place.at(&format!("work-{}-{executor}", self.scheduler.rsplit(':').next().unwrap()))
    }

    /// Results that an executor has finished or begun to write.
    pub fn buckets_done(&self, executor: usize) -> usize {
        fn files(folder: &Path) -> usize {
            let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
            let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
            paths
                .map(|path| {
                    if path.is_dir() {
                        files(&path)
                    } else {
                        usize::from(path.extension().is_some_and(|e| e == "arrow"))
                    }
                })
                .sum()
        }
        files(&self.work(executor))
    }
}

/// The environment of a process whose clock is wrong by so many seconds.
pub fn skewed(place: &Place, seconds: i64) -> Vec<(String, String)> {
    let library = place.at("skew.so");
    let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cluster/skew.c");
    done(Command::new("cc").args(["-shared", "-fPIC", "-O1", "-o", text(&library), source]));
    let environment =
        vec![("LD_PRELOAD".into(), text(&library).to_owned()), ("YIBAO_CLOCK_SKEW".into(), seconds.to_string())];
    // The clock is wrong indeed.
    let now = |command: &mut Command| -> i64 {
        String::from_utf8(done(command.arg("+%s")).stdout).unwrap().trim().parse().unwrap()
    };
    let off = now(Command::new("date").envs(environment.iter().cloned())) - now(&mut Command::new("date"));
    assert!((off - seconds).abs() < 60, "off by {off}");
    environment
}
