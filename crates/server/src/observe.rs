//! What operators see: counters for Prometheus, one line of JSON a message. Neither ever holds personal data (I12): they
//! know transactions, institutions, outcomes and times.

use crate::bedside::NotChecked;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use std::time::Duration;

/// Upper bounds of latency, seconds.
const BUCKETS: [f64; 12] = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Message {
    infno: String,
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Transaction {
    infno: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Told {
    outcome: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Unchecked {
    reason: &'static str,
}

/// How a message ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Carried out.
    Done,
    /// Answered as the first time.
    Repeated,
    /// Refused: infcode −1.
    Refused,
    /// Not carried out through no fault of the caller.
    Unavailable,
}

impl Ending {
    /// The word in labels and logs.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Repeated => "repeated",
            Self::Refused => "refused",
            Self::Unavailable => "unavailable",
        }
    }
}

/// Counters of a running server.
pub struct Metrics {
    registry: Registry,
    messages: Family<Message, Counter>,
    latency: Family<Transaction, Histogram>,
    reminders: Family<Told, Counter>,
    not_checked: Family<Unchecked, Counter>,
    /// Messages under way.
    pub under_way: Gauge,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("yibao");
        let messages = Family::default();
        let latency = Family::<Transaction, Histogram>::new_with_constructor(|| Histogram::new(BUCKETS));
        let under_way = Gauge::default();
        registry.register("messages", "National messages answered, by transaction and outcome", messages.clone());
        registry.register("message_seconds", "Time from the last byte in to the first byte out", latency.clone());
        registry.register("messages_under_way", "National messages being carried out", under_way.clone());
        let (reminders, not_checked) = (Family::default(), Family::default());
        registry.register(
            "reminders",
            "Reminders found before and during care, shown or in the shadow",
            reminders.clone(),
        );
        registry.register("not_checked", "Inquiries answered without an audit, by reason", not_checked.clone());
        Self { registry, messages, latency, reminders, not_checked, under_way }
    }
}

impl Metrics {
    /// Counts a message. Numbers that no table has are counted together, so that nobody can fill the registry.
    pub fn message(&self, infno: &str, ending: Ending, took: Duration) {
        let known = gateway::Table::get().transaction(infno).is_some();
        let infno = if known { infno.to_owned() } else { "unknown".to_owned() };
        self.messages.get_or_create(&Message { infno: infno.clone(), outcome: ending.word() }).inc();
        self.latency.get_or_create(&Transaction { infno }).observe(took.as_secs_f64());
    }

    /// Counts reminders.
    pub fn reminders(&self, outcome: &'static str, count: usize) {
        if count > 0 {
            self.reminders.get_or_create(&Told { outcome }).inc_by(count as u64);
        }
    }

    /// Counts an inquiry that was answered without an audit.
    pub fn not_checked(&self, reason: NotChecked) {
        self.not_checked.get_or_create(&Unchecked { reason: reason.word() }).inc();
    }

    /// Everything, in the text format of Prometheus.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a String does not fail.
        let _ = encode(&mut text, &self.registry);
        text
    }
}

/// Log lines as JSON on standard error; `RUST_LOG` chooses, `info` when it says nothing.
pub fn log_as_json() {
    let filter = tracing_subscriber::EnvFilter::try_from_default_env()
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,sqlx=error,server=info,store=info"));
    // A second subscriber in one process (tests) is not an error.
    let _ = tracing_subscriber::fmt().json().with_env_filter(filter).with_writer(std::io::stderr).try_init();
}
