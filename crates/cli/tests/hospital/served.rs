//! The binary as a server in a folder of its own, on a free port, until it is dropped.

use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

pub const YIBAO: &str = env!("CARGO_BIN_EXE_yibao");

/// A port that nobody listens on at the moment.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

pub struct Server {
    child: Child,
    pub url: String,
}

impl Drop for Server {
    fn drop(&mut self) {
        // It is killed by its own number; one that has gone already is no matter.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The demo world in `data`, with further arguments of `yibao serve`; back when it listens and `world.json` is written.
pub fn serve(data: &Path, further: &[&str]) -> Server {
    let port = free_port();
    let child = Command::new(YIBAO)
        .args(["serve", "--demo", "--data", data.to_str().unwrap(), "--listen", &format!("127.0.0.1:{port}")])
        .args(further)
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let server = Server { child, url: format!("http://127.0.0.1:{port}") };
    for _ in 0..600 {
        if data.join("world.json").exists() && TcpStream::connect(("127.0.0.1", port)).is_ok() {
            return server;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    panic!("the server does not listen");
}
