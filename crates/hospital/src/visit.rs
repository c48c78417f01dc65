//! One visit of one person at one counter: what is known by now, and the steps that all kinds share.

use crate::basket::{Line, Shopper};
use crate::check::{self, Amounts, Expected, Parts, Stage};
use crate::counter::{Answered, Counter, Stop};
use crate::deviation::Examination;
use crate::hall::pick;
use crate::node::Node;
use crate::record::Record;
use crate::reply::Fields;
use crate::world::{Department, Named, Person, StaffMember};
use model::{Age, Day, Fen};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

/// A visit under way.
#[derive(Debug)]
pub struct Visit<'v, 'a> {
    /// Where it happens.
    pub counter: &'v mut Counter<'a>,
    /// Whose it is.
    pub person: &'a Person,
    /// Its chances.
    pub dice: ChaCha8Rng,
    /// Number in the institution's own system.
    pub own_number: String,
    /// When it began: `yyyy-MM-dd HH:mm:ss`.
    pub began: String,
    /// Platform's number, once there is one.
    pub mdtrt_id: String,
    /// Balance of the person's account by the last answer; `None` when others may draw on it.
    pub balance: Option<Fen>,
    /// What is shown: type, number, card.
    shown: (String, String, String),
    last_serial: u32,
}

/// A settlement with all that its reversal will be held against.
#[derive(Debug, Clone)]
pub struct Settled {
    /// Its amounts.
    pub amounts: Amounts,
    /// What the books say.
    pub record: Record,
}

impl<'v, 'a> Visit<'v, 'a> {
    /// A visit that begins now.
    #[must_use]
    pub fn begin(counter: &'v mut Counter<'a>, person: &'a Person, mut dice: ChaCha8Rng, own_number: String) -> Self {
        let began = counter.hall().clock.care().to_string();
        let certificate = (person.mdtrt_cert_type.clone(), person.mdtrt_cert_no.clone());
        let (kind, number) = match &person.ec_token {
            Some(token) if dice.random_bool(0.3) => ("01".to_owned(), token.clone()),
            _ => certificate,
        };
        let card = if kind == "03" { person.card_sn.clone().unwrap_or_default() } else { String::new() };
        Self {
            counter,
            person,
            dice,
            own_number,
            began,
            mdtrt_id: String::new(),
            balance: None,
            shown: (kind, number, card),
            last_serial: 0,
        }
    }

    /// Sends about this person; a refusal ends the visit.
    pub async fn call(&mut self, infno: &str, input: &Node) -> Result<Answered, Stop> {
        self.counter.call(infno, Some(self.person), input).await
    }

    /// Sends what must be refused.
    pub async fn refused(&mut self, infno: &str, input: &Node, why: &str) -> Result<(), Stop> {
        self.counter.refused(infno, Some(self.person), input, why).await
    }

    /// 1101: who is this?
    pub async fn identify(&mut self) -> Result<(), Stop> {
        let data = self.certificate().text("begntime", &self.began).text("psn_cert_type", &self.person.psn_cert_type);
        let data = data.text("certno", &self.person.certno).text("psn_name", &self.person.psn_name);
        let answered = self.counter.call("1101", None, &Node::new().node("data", &data)).await?;
        let mut examination = Examination::new("1101", &answered.message.msgid);
        let row = check::insured_person(&answered.reply.output, self.person, &mut examination);
        examination.report(&self.counter.hall().deviations);
        let balance = row.and_then(|row| row.fen("balc").ok().flatten());
        self.balance = balance.filter(|_| !self.person.is("family_account"));
        Ok(())
    }

    /// The certificate as 1101, 22xx and 23xx want it.
    #[must_use]
    pub fn certificate(&self) -> Node {
        let (kind, number, card) = &self.shown;
        Node::new().text("mdtrt_cert_type", kind).text("mdtrt_cert_no", number).text("card_sn", card)
    }

    /// The certificate and the person, as settlements want them.
    #[must_use]
    pub fn payer(&self) -> Node {
        self.certificate()
            .text("psn_no", &self.person.psn_no)
            .text("psn_cert_type", &self.person.psn_cert_type)
            .text("certno", &self.person.certno)
            .text("psn_type", &self.person.psn_type)
            .text("psn_name", &self.person.psn_name)
            .text("insutype", &self.person.insutype)
    }

    /// Person and visit: the head of most nodes.
    #[must_use]
    pub fn head(&self) -> Node {
        Node::new().text("mdtrt_id", &self.mdtrt_id).text("psn_no", &self.person.psn_no)
    }

    /// The first `count` of the serial numbers that are still free in this visit.
    pub fn serials(&mut self, count: u32) -> u32 {
        let first = self.last_serial + 1;
        self.last_serial += count;
        first
    }

    /// Who buys, where.
    #[must_use]
    pub fn shopper(&self) -> Shopper<'a> {
        Shopper { area: &self.counter.house().institution.area, gend: &self.person.gend }
    }

    /// A doctor and the doctor's department.
    pub fn doctor(&mut self) -> Result<(&'a StaffMember, &'a Department), Stop> {
        let institution = self.counter.house().institution;
        let doctor = pick(&institution.staff, &mut self.dice).ok_or(Stop::Missing("institutions[].staff"))?;
        let department = institution.departments.iter().find(|department| department.code == doctor.dept);
        let department = department.or_else(|| institution.departments.first());
        Ok((doctor, department.ok_or(Stop::Missing("institutions[].departments"))?))
    }

    /// A diagnosis.
    pub fn diagnosis(&mut self) -> Result<&'a Named, Stop> {
        pick(&self.counter.hall().world.diagnoses, &mut self.dice).ok_or(Stop::Missing("diagnoses"))
    }

    /// Examines the answer to an upload of lines and returns how each of them was split.
    #[must_use]
    pub fn examine_lines(&self, answered: &Answered, list: &str, lines: &[Line]) -> Vec<Parts> {
        let mut examination = Examination::new(&answered.message.infno, &answered.message.msgid);
        let rows = answered.reply.output.objects(list);
        examination.same(&format!("output.{list}"), "每条明细一行", lines.len(), rows.len());
        let mut splits = Vec::with_capacity(lines.len());
        for (index, line) in lines.iter().enumerate() {
            let node = format!("{list}[{index}]");
            let own = |row: &&Fields| row.text("feedetl_sn").as_deref() == Some(&line.charged.serial);
            splits.push(match rows.iter().find(own) {
                Some(row) => check::line(&line.charged, row, &node, &mut examination),
                None => {
                    examination.wrong(&format!("{node}.feedetl_sn"), &line.charged.serial, "没有此行");
                    Parts::default()
                }
            });
        }
        examination.report(&self.counter.hall().deviations);
        splits
    }

    /// Examines a trial.
    #[must_use]
    pub fn examine_trial(&self, answered: &Answered, med_type: &str, medfee: Fen, parts: Option<Parts>) -> Amounts {
        let expected = Expected { echoes: self.echoes(med_type), medfee: Some(medfee), parts, balance_before: None };
        let mut examination = Examination::new(&answered.message.infno, &answered.message.msgid);
        let amounts = check::settlement(&answered.reply.output, Stage::Trial, &expected, &mut examination);
        examination.report(&self.counter.hall().deviations);
        amounts
    }

    /// Examines a final settlement against its trial, and writes it down.
    pub fn settle(&mut self, answered: &Answered, med_type: &str, trial: &Amounts) -> Result<Settled, Stop> {
        let expected = Expected {
            echoes: self.echoes(med_type),
            medfee: Some(trial.medfee),
            parts: Some(trial.parts),
            balance_before: self.balance,
        };
        let Answered { message, reply } = answered;
        let mut examination = Examination::new(&message.infno, &message.msgid);
        let amounts = check::settlement(&reply.output, Stage::Final, &expected, &mut examination);
        check::trial_and_final(trial, &amounts, &mut examination);
        if let Some(info) = reply.output.object("setlinfo") {
            self.examine_age(&info, &mut examination);
        }
        examination.report(&self.counter.hall().deviations);
        self.balance = self.balance.and(amounts.balance);
        let record = Record::of(message, reply, &amounts, &self.counter.house().institution.code, None);
        if self.mdtrt_id.is_empty() {
            self.mdtrt_id.clone_from(&record.mdtrt_id);
        }
        self.counter.hall().books.enter(record.clone())?;
        Ok(Settled { amounts, record })
    }

    /// Sends a cancellation of `settled`, examines it, and writes it down.
    pub async fn reverse(&mut self, infno: &str, settled: &Settled) -> Result<(), Stop> {
        let data = self.head().text("setl_id", &settled.record.setl_id);
        let answered = self.call(infno, &Node::new().node("data", &data)).await?;
        let expected = Expected {
            echoes: vec![("mdtrt_id", self.mdtrt_id.clone())],
            balance_before: self.balance,
            ..Expected::default()
        };
        let Answered { message, reply } = &answered;
        let mut examination = Examination::new(infno, &message.msgid);
        let amounts = check::settlement(&reply.output, Stage::Reversal, &expected, &mut examination);
        check::reversal(&settled.amounts, &amounts, &mut examination);
        examination.report(&self.counter.hall().deviations);
        self.balance = self.balance.and(amounts.balance);
        let institution = &self.counter.house().institution.code;
        let record = Record::of(message, reply, &amounts, institution, Some(&settled.record));
        self.counter.hall().books.enter(record)?;
        Ok(())
    }

    fn echoes(&self, med_type: &str) -> Vec<(&'static str, String)> {
        let person = self.person;
        let mut echoes = vec![
            ("psn_no", person.psn_no.clone()),
            ("psn_name", person.psn_name.clone()),
            ("psn_cert_type", person.psn_cert_type.clone()),
            ("certno", person.certno.clone()),
            ("gend", person.gend.clone()),
            ("brdy", person.brdy.clone()),
            ("insutype", person.insutype.clone()),
            ("psn_type", person.psn_type.clone()),
            ("mdtrt_cert_type", self.shown.0.clone()),
            ("med_type", med_type.to_owned()),
        ];
        if !self.mdtrt_id.is_empty() {
            echoes.push(("mdtrt_id", self.mdtrt_id.clone()));
        }
        echoes
    }

    /// The age is in completed years on the day of settlement or of the visit's beginning.
    fn examine_age(&self, info: &Fields, examination: &mut Examination<'_>) {
        let Some(told) = info.text("age") else { return };
        let day = |text: &str| Day::parse(text.as_bytes()).ok();
        let Some(born) = day(&self.person.brdy) else { return };
        let days = [day(&self.began), info.text("setl_time").as_deref().and_then(day)];
        let whole = told.split('.').next().unwrap_or_default();
        let ages: Vec<String> = days.into_iter().flatten().map(|on| Age::on(born, on).years.to_string()).collect();
        examination.require(ages.iter().any(|age| age == whole), "setlinfo.age", &ages.join(" 或 "), &told);
    }
}
