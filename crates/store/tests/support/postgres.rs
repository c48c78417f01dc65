//! PostgreSQL for tests, from Debian's package: private directory, private port, an unprivileged user.
//!
//! [`shared`] is one server for all test processes of a run; it is stopped when no test has asked for it for a while.
//! [`Server::start`] is a server of one's own, to be killed. Nothing is skipped when the binaries are missing.
#![allow(dead_code, clippy::unwrap_used, reason = "shared by several test binaries; a test that cannot prepare stops")]

use std::fs::{self, File};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

/// Seconds without a test after which the shared server goes.
const IDLE: u32 = 90;

/// Where the newest PostgreSQL from 15 on has its programs.
fn programs() -> PathBuf {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut found: Vec<(u32, PathBuf)> = versions
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(version, bin)| *version >= 15 && bin.join("initdb").exists())
        .collect();
    found.sort();
    let newest = found.pop();
    assert!(newest.is_some(), "PostgreSQL 15 or later is needed: apt-get install -y postgresql (make test does it)");
    newest.unwrap().1
}

fn is_root() -> bool {
    let id = Command::new("id").arg("-u").output().unwrap();
    String::from_utf8_lossy(&id.stdout).trim() == "0"
}

/// A program of PostgreSQL, run as `nobody` when we are root: `initdb` refuses root.
fn program(name: &str) -> Command {
    let path = programs().join(name);
    if is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"]).arg(path);
        command
    } else {
        Command::new(path)
    }
}

fn must(command: &mut Command) {
    let output = command.current_dir("/").output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// A server in a directory of its own.
#[derive(Debug)]
pub struct Server {
    directory: PathBuf,
    port: u16,
    stops: bool,
}

impl Server {
    /// Makes a cluster and starts it; it is stopped and removed when dropped.
    pub fn start() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let directory = std::env::temp_dir().join(format!("yibao-postgres-{}-{number}", std::process::id()));
        let mut server = Self::make(directory);
        server.stops = true;
        server
    }

    fn make(directory: PathBuf) -> Self {
        fs::remove_dir_all(&directory).ok();
        fs::create_dir_all(&directory).unwrap();
        if is_root() {
            must(Command::new("chown").arg("nobody:nogroup").arg(&directory));
        }
        let data = directory.join("data");
        let initdb = ["-A", "trust", "-U", "yibao", "-E", "UTF8", "--locale=C", "--no-sync", "-D"];
        must(program("initdb").args(initdb).arg(&data));
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        fs::write(directory.join("port"), port.to_string()).unwrap();
        let server = Self { directory, port, stops: false };
        server.launch();
        server
    }

    /// Starts the processes and waits until they answer.
    pub fn launch(&self) {
        // A kill -9 of processes does not need fsync to be survived; a power failure does, and is not tested here.
        let settings = format!(
            "-c listen_addresses=127.0.0.1 -c port={} -c unix_socket_directories='' -c fsync=off -c max_connections=200",
            self.port
        );
        let log = self.directory.join("log");
        let mut start = program("pg_ctl");
        start.args(["start", "-w", "-t", "60", "-D"]).arg(self.directory.join("data"));
        start.arg("-l").arg(&log).args(["-o", &settings]);
        // The server keeps its parent's pipes open: it gets none.
        let status = start.current_dir("/").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status();
        assert!(status.unwrap().success(), "{}", fs::read_to_string(log).unwrap_or_default());
    }

    /// Kills every process at once, as a crash would.
    pub fn kill(&self) {
        let pid = fs::read_to_string(self.directory.join("data/postmaster.pid")).unwrap();
        let postmaster = pid.lines().next().unwrap().to_owned();
        let children = Command::new("pgrep").args(["-P", &postmaster]).output().unwrap();
        let children = String::from_utf8_lossy(&children.stdout).into_owned();
        let pids = std::iter::once(postmaster.as_str()).chain(children.split_whitespace());
        Command::new("kill").arg("-9").args(pids).stderr(Stdio::null()).status().unwrap();
        // Where nobody buries orphans the dead still answer to their number: the next server must not take them for alive.
        let begun = Instant::now();
        while self.answers() && begun.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(5));
        }
        fs::remove_file(self.directory.join("data/postmaster.pid")).unwrap();
    }

    /// A fresh database.
    pub fn database(&self) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let name = format!("test_{}_{number}", std::process::id());
        // One of an earlier process with this number may be there.
        self.sql("postgres", &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"));
        self.sql("postgres", &format!("CREATE DATABASE {name} TEMPLATE template0"));
        format!("postgres://yibao@127.0.0.1:{}/{name}", self.port)
    }

    /// Runs a statement and gives what psql prints.
    pub fn sql(&self, database: &str, statement: &str) -> String {
        let port = self.port.to_string();
        let mut psql = program("psql");
        psql.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-U", "yibao", "-p", &port]);
        let output = psql.args(["-d", database, "-c", statement]).current_dir("/").output().unwrap();
        assert!(output.status.success(), "{statement}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }

    fn answers(&self) -> bool {
        let mut ready = program("pg_isready");
        ready.args(["-q", "-h", "127.0.0.1", "-p", &self.port.to_string()]);
        ready.current_dir("/").status().is_ok_and(|status| status.success())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.stops {
            let mut stop = program("pg_ctl");
            stop.args(["stop", "-m", "immediate", "-D"]).arg(self.directory.join("data"));
            stop.current_dir("/").stdout(Stdio::null()).stderr(Stdio::null()).status().ok();
            fs::remove_dir_all(&self.directory).ok();
        }
    }
}

/// The server that all test processes share, started by the first.
pub fn shared() -> Server {
    let user = std::env::var("USER").unwrap_or_else(|_| "anybody".to_owned());
    let directory = std::env::temp_dir().join(format!("yibao-postgres-shared-{user}"));
    let lock = File::create(directory.with_extension("lock")).unwrap();
    lock.lock().unwrap();
    if let Ok(port) = fs::read_to_string(directory.join("port")) {
        let server = Server { directory: directory.clone(), port: port.parse().unwrap(), stops: false };
        fs::write(directory.join("asked"), "").unwrap();
        if server.answers() {
            return server;
        }
    }
    let server = Server::make(directory.clone());
    fs::write(directory.join("asked"), "").unwrap();
    watch(&directory);
    server
}

/// Leaves a watcher behind that stops the shared server when nobody has asked for it for a while.
fn watch(directory: &Path) {
    let script = format!(
        "while sleep 10; do \
           age=$(( $(date +%s) - $(stat -c %Y \"$1/asked\" || echo 0) )); \
           if [ $age -gt {IDLE} ]; then \
             exec 9>\"$1.lock\"; flock 9; kill -QUIT $(head -1 \"$1/data/postmaster.pid\"); sleep 1; rm -rf \"$1\"; exit; \
           fi; \
         done"
    );
    Command::new("setsid")
        .args(["--fork", "sh", "-c", &script, "watch"])
        .arg(directory)
        .current_dir("/")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .unwrap();
}
