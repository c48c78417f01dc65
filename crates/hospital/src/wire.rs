//! Sending over HTTP until an answer comes.
//!
//! A message goes out again, with the same number and the same bytes, when the connection breaks, when
//! nothing comes in time, or when the gateway says that nobody is behind it. Only when patience ends is
//! the result unknown, and that is for the counter to deal with (2601).

use crate::latency::Latencies;
use crate::message::Message;
use crate::reply::Reply;
use crate::signature::Signing;
use crate::world::World;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// Nothing came, however often it was sent: it may have been done or not.
    #[error("交易 {infno} 报文 {msgid} 发送 {tries} 次均无应答：{last}")]
    Unknown {
        /// Transaction number.
        infno: String,
        /// Message number.
        msgid: String,
        /// How often it was sent.
        tries: u32,
        /// What went wrong the last time.
        last: String,
    },
    /// Something came that is no reply of the interface.
    #[error("交易 {infno} 报文 {msgid} 的应答（HTTP {status}）不是接口报文：{reason}：{body}")]
    NotAReply {
        /// Transaction number.
        infno: String,
        /// Message number.
        msgid: String,
        /// HTTP status.
        status: u16,
        /// What is wrong with it.
        reason: String,
        /// How it begins.
        body: String,
    },
}

/// How long to wait, and how long to try.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// For one answer.
    pub answer: Duration,
    /// For all tries together.
    pub all: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self { answer: Duration::from_secs(10), all: Duration::from_secs(60) }
    }
}

/// The way to one server.
#[derive(Debug)]
pub struct Wire {
    http: reqwest::Client,
    url: String,
    signing: Option<Signing>,
    patience: Patience,
    nonce: AtomicU64,
    retries: AtomicU64,
    latencies: Latencies,
}

impl Wire {
    /// The way to the server of `world`.
    pub fn new(world: &World, patience: Patience) -> Result<Self, reqwest::Error> {
        let http = reqwest::Client::builder().timeout(patience.answer).no_proxy().tcp_nodelay(true).build()?;
        let nonce = std::process::id().into();
        Ok(Self {
            http,
            url: format!("{}{}", world.base_url.trim_end_matches('/'), world.call_path),
            signing: world.signature.clone(),
            patience,
            nonce: AtomicU64::new(nonce),
            retries: AtomicU64::new(0),
            latencies: Latencies::default(),
        })
    }

    /// How long answers took.
    #[must_use]
    pub const fn latencies(&self) -> &Latencies {
        &self.latencies
    }

    /// How often something had to be sent again.
    #[must_use]
    pub fn retries(&self) -> u64 {
        self.retries.load(Ordering::Relaxed)
    }

    /// Sends until an answer comes.
    pub async fn send(&self, message: &Message) -> Result<Reply, WireError> {
        let bytes = self.exchange(message).await?;
        Reply::parse(bytes.clone()).map_err(|reason| WireError::NotAReply {
            infno: message.infno.clone(),
            msgid: message.msgid.clone(),
            status: 200,
            reason,
            body: beginning(&bytes),
        })
    }

    /// Sends until bytes come: a reply, or a file (9102).
    pub async fn exchange(&self, message: &Message) -> Result<Vec<u8>, WireError> {
        let started = Instant::now();
        let mut tries = 0;
        let mut pause = Duration::from_millis(50);
        loop {
            tries += 1;
            let sent = Instant::now();
            let last = match self.once(message).await {
                Ok((status, bytes)) if status < 400 => {
                    self.latencies.add(&message.infno, sent.elapsed());
                    return Ok(bytes);
                }
                // Nobody is behind the gateway, or it is being changed.
                Ok((status @ (429 | 502..=504), _)) => format!("HTTP {status}"),
                Ok((status, bytes)) => {
                    return Err(WireError::NotAReply {
                        infno: message.infno.clone(),
                        msgid: message.msgid.clone(),
                        status,
                        reason: "HTTP 状态不是 200".to_owned(),
                        body: beginning(&bytes),
                    });
                }
                Err(error) => chain(&error),
            };
            if started.elapsed() + pause > self.patience.all {
                let (infno, msgid) = (message.infno.clone(), message.msgid.clone());
                return Err(WireError::Unknown { infno, msgid, tries, last });
            }
            self.retries.fetch_add(1, Ordering::Relaxed);
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(Duration::from_secs(1));
        }
    }

    /// Sends once and hangs up after `wait`, without looking at what comes.
    pub async fn hang_up(&self, message: &Message, wait: Duration) {
        // Either end of the race is the point of it: the answer is lost.
        let _ = tokio::time::timeout(wait, self.once(message)).await;
    }

    async fn once(&self, message: &Message) -> Result<(u16, Vec<u8>), reqwest::Error> {
        let mut request = self.http.post(&self.url).header("content-type", "application/json");
        if let Some(signing) = &self.signing {
            for (name, value) in signing.headers(&message.infno, self.nonce.fetch_add(1, Ordering::Relaxed)) {
                request = request.header(name, value);
            }
        }
        let response = request.body(message.body.clone()).send().await?;
        let status = response.status().as_u16();
        Ok((status, response.bytes().await?.to_vec()))
    }
}

/// The error and what caused it: reqwest's own text stops short of the reason.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    text
}

fn beginning(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).chars().take(200).collect()
}
