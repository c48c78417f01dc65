//! An S3 server with the lake in it: moto, from PyPI (`make test-cluster` installs it).

use crate::place::Place;
use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// The server; it ends with its standard input.
pub struct Store {
    process: Child,
    orders: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
    endpoint: String,
}

impl Store {
    /// Where the lake is, in the store.
    pub const LAKE: &str = "s3://yibao/city/lake";

    /// A server that holds the lake of a place.
    pub fn holding(place: &Place) -> Self {
        let python = std::env::var("YIBAO_S3_PYTHON");
        assert!(python.is_ok(), "YIBAO_S3_PYTHON names no Python with moto[server]; make test-cluster makes one");
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cluster/store.py");
        let mut command = Command::new(python.unwrap());
        command.arg(script).arg(place.at("lake")).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = command.spawn().unwrap();
        let orders = process.stdin.take();
        let answers = BufReader::new(process.stdout.take().unwrap());
        let mut store = Self { process, orders, answers, endpoint: String::new() };
        store.endpoint = store.answer();
        store
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        assert!(!line.is_empty(), "the server ended");
        line.trim().to_owned()
    }

    /// What a program must know to read it.
    pub fn environment(&self) -> Vec<(String, String)> {
        let pairs = [
            ("AWS_ENDPOINT", self.endpoint.as_str()),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "invented"),
            ("AWS_SECRET_ACCESS_KEY", "invented"),
            ("AWS_ALLOW_HTTP", "true"),
        ];
        pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec()
    }

    /// Deletes a file of charge lines; returns its path below the lake.
    pub fn lose_an_object(&mut self) -> String {
        writeln!(self.orders.as_ref().unwrap(), "lose").unwrap();
        self.answer()
    }

    /// Ends the server.
    pub fn stop(&mut self) {
        self.orders = None;
        self.process.wait().unwrap();
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
