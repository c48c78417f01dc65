//! A counter: one operator of one institution, who sends messages and insists on answers.
//!
//! The counter repeats what has an effect, once or several times at the same moment, and demands the same
//! bytes for all of them; when an answer stays away for good, it takes the message back with 2601. It
//! refuses to go on after an answer that it cannot use: the visit is over, and the fault is written down.

use crate::check;
use crate::deviation::Examination;
use crate::hall::{Hall, House};
use crate::message::{Envelope, Message};
use crate::node::Node;
use crate::reply::Reply;
use crate::wire::WireError;
use crate::world::Person;
use futures::future::join_all;
use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

/// Why a visit ends early.
#[derive(Debug, thiserror::Error)]
pub enum Stop {
    /// The platform refused what the facts allow. It is in the list of deviations.
    #[error("交易 {infno} 被拒绝：{why}")]
    Refused {
        /// Transaction number.
        infno: String,
        /// The platform's words.
        why: String,
    },
    /// No usable answer. It is in the list of deviations.
    #[error(transparent)]
    Wire(#[from] WireError),
    /// The world does not hold what the scene needs.
    #[error("world.json 缺少 {0}")]
    Missing(&'static str),
    /// The books cannot be written.
    #[error("无法写入结算台账：{0}")]
    Books(#[from] std::io::Error),
}

/// An accepted message with its answer.
#[derive(Debug, Clone)]
pub struct Answered {
    /// What was sent.
    pub message: Message,
    /// What came.
    pub reply: Reply,
}

/// Transactions that change something: a second copy must change nothing, and get the same bytes.
const EFFECTFUL: [&str; 26] = [
    "2102", "2103", "2201", "2202", "2203", "2204", "2205", "2207", "2208", "2301", "2302", "2304", "2305", "2401",
    "2402", "2403", "2404", "2405", "2501", "2502", "2503", "2504", "2505", "2506", "2507", "2601",
];

/// Transactions that 2601 takes back (`protocol.md` §9).
const REVERSIBLE: [&str; 6] = ["2102", "2103", "2207", "2208", "2304", "2401"];

/// One operator of one institution.
#[derive(Debug)]
pub struct Counter<'a> {
    hall: &'a Hall,
    house: House<'a>,
    operator: String,
    sign_no: String,
    dice: ChaCha8Rng,
    /// Effectful messages of the visit with the bytes that they got.
    sent: Vec<(Message, Vec<u8>)>,
}

impl<'a> Counter<'a> {
    /// Opens the counter: signs in, twice, and must get the same number (`protocol.md` §6).
    pub async fn open(hall: &'a Hall, house: House<'a>, operator: &str, seed: u64) -> Result<Self, Stop> {
        let mut counter = Self::unsigned(hall, house, operator, seed);
        let node = Node::new().text("opter_no", operator).text("mac", "02-00-00-00-00-01").text("ip", "10.0.0.1");
        let input = Node::new().node("signIn", &node);
        let first = counter.call("9001", None, &input).await?;
        let number = |answered: &Answered| {
            answered.reply.output.object("signinoutb").and_then(|node| node.text("sign_no")).unwrap_or_default()
        };
        let sign_no = number(&first);
        let again = counter.call("9001", None, &input).await?;
        let mut examination = Examination::new("9001", &again.message.msgid);
        examination.require(!sign_no.is_empty(), "signinoutb.sign_no", "非空", "空");
        examination.same(
            "signinoutb.sign_no",
            "同一操作员再次签到得到同一签到编号（§6）",
            sign_no.clone(),
            number(&again),
        );
        examination.report(&hall.deviations);
        counter.sign_no = sign_no;
        Ok(counter)
    }

    /// A counter that does not sign in, as several live clients do.
    #[must_use]
    pub fn unsigned(hall: &'a Hall, house: House<'a>, operator: &str, seed: u64) -> Self {
        let dice = ChaCha8Rng::seed_from_u64(seed);
        Self { hall, house, operator: operator.to_owned(), sign_no: String::new(), dice, sent: Vec::new() }
    }

    /// Closes it: signs out.
    pub async fn close(mut self) -> Result<(), Stop> {
        let node = Node::new().text("sign_no", &self.sign_no).text("opter_no", &self.operator);
        let answered = self.call("9002", None, &Node::new().node("signOut", &node)).await?;
        let time = answered.reply.output.object("sign_time").and_then(|node| node.text("sign_time"));
        let mut examination = Examination::new("9002", &answered.message.msgid);
        examination.require(time.is_some(), "sign_time.sign_time", "签退时间（§6）", "空");
        examination.report(&self.hall.deviations);
        Ok(())
    }

    /// What all counters share.
    #[must_use]
    pub const fn hall(&self) -> &'a Hall {
        self.hall
    }

    /// Whose counter it is.
    #[must_use]
    pub const fn house(&self) -> House<'a> {
        self.house
    }

    /// A message that has not been sent.
    #[must_use]
    pub fn message(&self, infno: &str, person: Option<&Person>, input: &Node) -> Message {
        self.numbered(self.house.numbers.next(self.hall.clock.wall()), infno, person, input)
    }

    /// The same under a number of one's own.
    #[must_use]
    pub fn numbered(&self, msgid: String, infno: &str, person: Option<&Person>, input: &Node) -> Message {
        let institution = self.house.institution;
        let at = self.hall.clock.wall();
        let envelope = Envelope {
            infno,
            mdtrtarea_admvs: &institution.area,
            insuplc_admdvs: person.map_or("", |person| &person.insuplc_admdvs),
            fixmedins_code: &institution.code,
            fixmedins_name: &institution.name,
            opter: &self.operator,
            sign_no: &self.sign_no,
            at,
        };
        envelope.seal(msgid, input)
    }

    /// Sends, and returns what was accepted. A refusal is a deviation: the scene had a right to it.
    pub async fn call(&mut self, infno: &str, person: Option<&Person>, input: &Node) -> Result<Answered, Stop> {
        let answered = self.ask(infno, person, input).await?;
        if answered.reply.accepted() {
            return Ok(answered);
        }
        let why = answered.reply.err_msg.clone();
        let mut examination = Examination::new(infno, &answered.message.msgid);
        examination.wrong("infcode", "0：按状态机应成功（§8）", &format!("{}：{why}", answered.reply.infcode));
        examination.report(&self.hall.deviations);
        Err(Stop::Refused { infno: infno.to_owned(), why })
    }

    /// Sends what the facts forbid, and notes a deviation when it is accepted.
    pub async fn refused(&mut self, infno: &str, person: Option<&Person>, input: &Node, why: &str) -> Result<(), Stop> {
        let answered = self.ask(infno, person, input).await?;
        if answered.reply.accepted() {
            let mut examination = Examination::new(infno, &answered.message.msgid);
            examination.wrong("infcode", &format!("-1：{why}"), "0");
            examination.report(&self.hall.deviations);
        }
        Ok(())
    }

    /// Sends, whatever the answer says.
    pub async fn ask(&mut self, infno: &str, person: Option<&Person>, input: &Node) -> Result<Answered, Stop> {
        let message = self.message(infno, person, input);
        let reply = match self.send(&message).await {
            Ok(reply) => reply,
            Err(error) => {
                let mut examination = Examination::new(infno, &message.msgid);
                examination.wrong("（应答）", "一条接口应答（§3）", &error.to_string());
                examination.report(&self.hall.deviations);
                if let (WireError::Unknown { .. }, Some(person)) = (&error, person) {
                    self.take_back(&message, person).await?;
                }
                return Err(error.into());
            }
        };
        let mut examination = Examination::new(infno, &message.msgid);
        check::envelope(&reply, &mut examination);
        examination.report(&self.hall.deviations);
        Ok(Answered { message, reply })
    }

    /// Sends all copies of a message at once; one, when it changes nothing.
    async fn send(&mut self, message: &Message) -> Result<Reply, WireError> {
        if !EFFECTFUL.contains(&message.infno.as_str()) {
            return self.hall.wire.send(message).await;
        }
        let copies = self.dice.random_range(self.hall.copies.clone()).max(1);
        let mut replies = join_all((0..copies).map(|_| self.hall.wire.send(message))).await.into_iter();
        let first = match replies.next() {
            Some(first) => first?,
            None => return self.hall.wire.send(message).await,
        };
        for reply in replies {
            let reply = reply?;
            // What was refused at the door was never kept: its words may carry another time.
            if first.accepted() || reply.accepted() {
                self.compare(message, &first.bytes, &reply.bytes, "同时");
            }
        }
        if *self.hall.copies.end() > 1 && first.accepted() {
            self.sent.push((message.clone(), first.bytes.clone()));
        }
        Ok(first)
    }

    /// Repeats some messages of the visit that is over, in any order: each must get what it got.
    pub async fn repeat_late(&mut self) -> Result<(), Stop> {
        let mut sent = std::mem::take(&mut self.sent);
        sent.shuffle(&mut self.dice);
        let some = sent.len().div_ceil(2);
        for (message, bytes) in sent.into_iter().take(some) {
            let again = self.hall.wire.send(&message).await?;
            self.compare(&message, &bytes, &again.bytes, "事后");
        }
        Ok(())
    }

    fn compare(&self, message: &Message, first: &[u8], again: &[u8], when: &str) {
        if first != again {
            let mut examination = Examination::new(&message.infno, &message.msgid);
            let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).chars().take(300).collect::<String>();
            let due = format!("{when}重发得到逐字节相同的应答（§9）：{}", shown(first));
            examination.wrong("（应答）", &due, &shown(again));
            examination.report(&self.hall.deviations);
        }
    }

    /// 2601 for a message whose answer never came, if it is one that can be taken back.
    pub async fn take_back(&mut self, message: &Message, person: &Person) -> Result<(), Stop> {
        if !REVERSIBLE.contains(&message.infno.as_str()) {
            return Ok(());
        }
        let data =
            Node::new().text("psn_no", &person.psn_no).text("omsgid", &message.msgid).text("oinfno", &message.infno);
        let by = self.message("2601", Some(person), &Node::new().node("data", &data));
        self.hall.books.lose(&message.msgid, &by.msgid)?;
        let reply = self.send(&by).await?;
        let mut examination = Examination::new("2601", &by.msgid);
        check::envelope(&reply, &mut examination);
        examination.report(&self.hall.deviations);
        Ok(())
    }
}
