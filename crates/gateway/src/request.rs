//! A message on its way in: the fields around `input`, and `input` itself, checked and kept.

use crate::check::Check;
use crate::fault::Fault;
use crate::json::Json;
use crate::node::Row;
use crate::profile::Profile;
use crate::table::{Table, Transaction};
use model::Stamp;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::ops::Deref;

/// A message whose every field was checked.
#[derive(Debug, Clone)]
pub struct Request {
    /// What is asked.
    pub transaction: &'static Transaction,
    /// The fields around `input`.
    pub envelope: Envelope,
    /// `input`
    pub input: Row,
}

/// The fields around `input`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Envelope {
    /// 交易编号
    pub infno: String,
    /// 发送方报文ID: with the institution, the key of idempotency
    pub msgid: String,
    /// 就医地医保区划
    pub treatment_area: String,
    /// 参保地医保区划; empty when not said
    pub coverage_area: String,
    /// 定点医药机构编号
    pub institution: String,
    /// 经办人
    pub operator: String,
    /// 交易签到流水号; empty when not signed in
    pub sign_in: String,
    /// 交易时间, by the sender's clock
    pub sent_at: Stamp,
    /// 数字签名信息
    pub signature: String,
}

/// A message that is not carried out: what to say, and whose message it is as far as that could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejection {
    /// 交易编号; empty when it could not be read.
    pub infno: String,
    /// 就医地医保区划; empty when it could not be read.
    pub area: String,
    /// What is wrong, for the person at the desk.
    pub message: String,
}

impl Request {
    /// Reads a message. `input` may be an object or the text of one; a byte order mark, unknown keys and numbers as
    /// strings are tolerated. Every fault is told at once.
    pub fn read(bytes: &[u8], profile: &Profile) -> Result<Self, Rejection> {
        Self::check(&parse(bytes)?, profile)
    }

    /// Reads a message by the profile of the area that it names, which is given beside it.
    pub fn read_by<P: Deref<Target = Profile>>(
        bytes: &[u8],
        profile_of: impl FnOnce(&str) -> P,
    ) -> Result<(Self, P), Rejection> {
        let message = parse(bytes)?;
        let area = match message.get("mdtrtarea_admvs") {
            Some(Json::Text(text)) => text.trim(),
            Some(Json::Number(digits)) => digits,
            _ => "",
        };
        let profile = profile_of(area);
        Self::check(&message, &profile).map(|request| (request, profile))
    }

    fn check(message: &Json<'_>, profile: &Profile) -> Result<Self, Rejection> {
        let mut check = Check { profile, faults: crate::fault::Faults::default() };
        let around = check.root(Table::get().envelope(), message);
        let transaction = Table::get().transaction(around.text("infno"));
        if transaction.is_none() && !around.text("infno").is_empty() {
            check.faults.add(
                || "字段 infno（交易编号）".into(),
                format!("没有交易 {}", crate::fault::quote(around.text("infno"))),
                "请核对交易编号",
            );
        }
        let input = transaction.map(|transaction| read_input(&mut check, transaction, message.get("input")));
        match (transaction, input) {
            (Some(transaction), Some(input)) if check.faults.is_empty() => {
                Ok(Self { transaction, envelope: Envelope::of(&around), input })
            }
            _ => Err(Rejection {
                infno: around.string("infno"),
                area: around.string("mdtrtarea_admvs"),
                message: check.faults.message(),
            }),
        }
    }

    /// The row of a node directly under `input`; an empty one when it was not sent.
    #[must_use]
    pub fn only(&self, node: &str) -> Cow<'_, Row> {
        match (self.input.row(node), self.transaction.request.child(node)) {
            (Some(row), _) => Cow::Borrowed(row),
            (None, Some(declared)) => Cow::Owned(Row::empty(declared)),
            (None, None) => Cow::Owned(Row::empty(&self.transaction.request)),
        }
    }

    /// Checks the sender's clock against ours.
    pub fn check_clock(&self, now: Stamp, profile: &Profile) -> Result<(), Fault> {
        let minutes = (self.envelope.sent_at.0 - now.0).abs() / 60;
        if profile.clock_minutes == 0 || minutes <= profile.clock_minutes {
            return Ok(());
        }
        let what = format!(
            "{}与平台时间 {now} 相差超过 {} 分钟",
            crate::fault::quote(&self.envelope.sent_at.to_string()),
            profile.clock_minutes
        );
        Err(Fault::new("字段 inf_time（交易时间）", what, "请校准本机时钟后重发"))
    }

    /// What makes two messages the same: the transaction, who sends it, and everything in `input`; not the time of
    /// sending, the operator or the spelling. SHA-256.
    #[must_use]
    pub fn fingerprint(&self) -> [u8; 32] {
        let mut text = String::with_capacity(1024);
        for part in [&self.envelope.infno, &self.envelope.institution, &self.envelope.coverage_area] {
            text.push_str(part);
            text.push('\n');
        }
        self.input.canonical(&mut text);
        Sha256::digest(text.as_bytes()).into()
    }

    /// The rejection of this message with a text.
    #[must_use]
    pub fn reject(&self, message: impl Into<String>) -> Rejection {
        Rejection {
            infno: self.envelope.infno.clone(),
            area: self.envelope.treatment_area.clone(),
            message: message.into(),
        }
    }
}

/// The message as JSON.
fn parse(bytes: &[u8]) -> Result<Json<'_>, Rejection> {
    let nothing_known = |message: String| Rejection { infno: String::new(), area: String::new(), message };
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let text = std::str::from_utf8(bytes)
        .map_err(|e| nothing_known(format!("报文第 {} 字节不是 UTF-8 编码，请以 UTF-8 发送", e.valid_up_to() + 1)))?;
    let message = Json::parse(text)
        .map_err(|e| nothing_known(format!("报文不是合法的 JSON（第 {} 字节：{}），请检查后重发", e.at + 1, e.what)))?;
    if !matches!(message, Json::Object(_)) {
        return Err(nothing_known("报文不是 JSON 对象，请按接口规范组织报文".to_owned()));
    }
    Ok(message)
}

fn read_input(check: &mut Check<'_>, transaction: &'static Transaction, input: Option<&Json<'_>>) -> Row {
    let missing = |check: &mut Check<'_>, what: String| {
        check.faults.add(|| "字段 input（交易输入）".into(), what, "请按接口规范填写交易输入");
        Row::empty(&transaction.request)
    };
    match input {
        Some(Json::Text(text)) if !text.trim().is_empty() => match Json::parse(text) {
            Ok(inner @ Json::Object(_)) => check.root(&transaction.request, &inner),
            Ok(_) => missing(check, "不是 JSON 对象".into()),
            Err(e) => missing(check, format!("不是合法的 JSON 文本（第 {} 字节：{}）", e.at + 1, e.what)),
        },
        Some(object @ Json::Object(_)) => check.root(&transaction.request, object),
        // Transactions without input fields are sent without `input` by some clients.
        None | Some(Json::Null | Json::Text(_)) if transaction.request.is_void() => Row::empty(&transaction.request),
        None | Some(Json::Null | Json::Text(_)) => missing(check, "不能为空".into()),
        Some(_) => missing(check, "不是 JSON 对象".into()),
    }
}

impl Envelope {
    fn of(around: &Row) -> Self {
        Self {
            infno: around.string("infno"),
            msgid: around.string("msgid"),
            treatment_area: around.string("mdtrtarea_admvs"),
            coverage_area: around.string("insuplc_admdvs"),
            institution: around.string("fixmedins_code"),
            operator: around.string("opter"),
            sign_in: around.string("sign_no"),
            sent_at: around.stamp("inf_time").unwrap_or_default(),
            signature: around.string("cainfo"),
        }
    }
}
