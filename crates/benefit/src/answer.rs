//! The answer to a case: national settlement fields, funds, accumulators, trace, receipt.
//!
//! The same tree of steps is told three ways: to the insured person ([`Answer::for_person`]), to an
//! officer ([`Answer::for_officer`]), and as JSON.

use crate::case::{Bill, Case, PricedLine};
use crate::engine::{Calculator, Outcome, Prepared};
use crate::policy::{Parameter, Policies, Scheme};
use crate::prepare::Refusal;
use crate::tell;
use crate::trace::{Step, StepKind};
use crate::words::{Field, Fund};
use model::{Day, Fen};
use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use sha2::{Digest, Sha256};
use std::fmt::Write;
use std::sync::Arc;

/// Name and version of the engine, as receipts carry it (I10).
pub const ENGINE: &str = concat!("yibao-benefit ", env!("CARGO_PKG_VERSION"));

/// A settled case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Answer {
    /// The case's id.
    pub id: String,
    /// National settlement fields, in their usual order, yuan.
    pub settlement: Settlement,
    /// What each fund paid; sums to `fund_pay_sumamt`.
    pub funds: Vec<FundShare>,
    /// Accumulators that the case touched, after it.
    #[serde(serialize_with = "as_map")]
    pub year_to_date: Vec<(String, String)>,
    /// How it came about.
    pub trace: Vec<TraceStep>,
    /// Sentences of the law that touch the case and are not modelled, and values that are assumed.
    pub unmodelled: Vec<String>,
    /// What the answer can be rebuilt from.
    pub receipt: Receipt,
}

/// Settlement fields by national name, yuan with two decimals.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    fields: Vec<(&'static str, Fen)>,
}

/// What a fund paid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FundShare {
    /// The fund's word.
    pub fund: &'static str,
    /// Yuan.
    pub amount: String,
    /// The in-scope amount it looked at, yuan.
    pub in_scope: String,
}

/// One step, with the parameter that decided it (I4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TraceStep {
    /// What happened, in one word.
    pub step: &'static str,
    /// Fen.
    pub amount: Fen,
    /// The value that decided it; `None` where arithmetic alone does.
    pub parameter: Option<Arc<Parameter>>,
    /// A plain sentence.
    pub text: String,
    /// Whether the insured person is told.
    pub for_person: bool,
}

impl Serialize for TraceStep {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(7))?;
        map.serialize_entry("step", self.step)?;
        map.serialize_entry("amount", &self.amount.to_string())?;
        let parameter = self.parameter.as_deref();
        map.serialize_entry("parameter", parameter.map_or("", |parameter| &parameter.slot))?;
        map.serialize_entry("value", parameter.map_or("", |parameter| &parameter.value))?;
        map.serialize_entry("document", parameter.map_or("", |parameter| &parameter.document))?;
        map.serialize_entry("article", parameter.map_or("", |parameter| &parameter.article))?;
        map.serialize_entry("text", &self.text)?;
        map.end()
    }
}

/// Engine, law and input by version and hash.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// [`ENGINE`]
    pub engine: &'static str,
    /// Hash of the policy packages.
    pub policy: String,
    /// Hash of the case, independent of how it was written.
    pub input: String,
}

fn as_map<S: Serializer>(pairs: &[(String, String)], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(pairs.len()))?;
    for (key, value) in pairs {
        map.serialize_entry(key, value)?;
    }
    map.end()
}

impl Serialize for Settlement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.fields.len()))?;
        for (name, fen) in &self.fields {
            map.serialize_entry(name, &fen.to_string())?;
        }
        map.end()
    }
}

impl Settlement {
    /// The fields of an outcome; identities 1 to 5 of `settlement.md` hold by construction.
    #[must_use]
    pub fn of(outcome: &Outcome) -> Self {
        let mut booked = [0_i64; Field::COUNT];
        for fund in Fund::ALL {
            booked[fund.field() as usize] += outcome.funds[*fund as usize];
        }
        let amounts = &outcome.amounts;
        let mut fields = vec![
            ("medfee_sumamt", amounts.total),
            ("fulamt_ownpay_amt", amounts.self_funded),
            ("overlmt_selfpay", amounts.over_limit),
            ("preselfpay_amt", amounts.upfront),
            ("inscp_scp_amt", amounts.in_scope),
            ("act_pay_dedc", outcome.deductible),
        ];
        fields.extend(Field::ALL.iter().map(|field| (field.name(), booked[*field as usize])));
        fields.extend([
            ("fund_pay_sumamt", outcome.fund_total),
            ("psn_part_amt", outcome.personal()),
            ("acct_pay", outcome.account()),
            ("acct_mulaid_pay", outcome.family_account),
            ("psn_cash_pay", outcome.cash),
            ("hosp_part_amt", 0),
        ]);
        Self { fields: fields.into_iter().map(|(name, fen)| (name, Fen(fen))).collect() }
    }

    /// Names and amounts, in order.
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, Fen)> + '_ {
        self.fields.iter().copied()
    }

    /// One field by its national name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Fen> {
        self.fields.iter().find(|(known, _)| *known == name).map(|(_, fen)| *fen)
    }
}

impl Policies {
    /// Settles a case that brings its amounts and explains it.
    ///
    /// # Errors
    /// The law does not cover it, or the case is at fault.
    pub fn settle(&self, case: &Case) -> Result<Answer, Refusal> {
        self.answer(case, &self.prepare(case)?, "")
    }

    /// Settles a case whose lines were priced and explains it.
    ///
    /// # Errors
    /// As [`Policies::settle`].
    pub fn settle_lines(&self, case: &Case, lines: &[PricedLine]) -> Result<Answer, Refusal> {
        let prepared = self.frame(case)?.prepare_lines(lines)?;
        self.answer(case, &prepared, &written_lines(lines))
    }

    fn answer(&self, case: &Case, prepared: &Prepared, priced: &str) -> Result<Answer, Refusal> {
        let mut steps: Vec<Step> = Vec::with_capacity(16);
        let outcome =
            Calculator::new(self).settle(prepared, &mut steps).map_err(|fault| self.explain(prepared, fault))?;
        let scheme = &self.schemes[prepared.scheme as usize];
        let funds = Fund::ALL
            .iter()
            .filter(|fund| outcome.funds[**fund as usize] != 0 || outcome.fund_bases[**fund as usize] != 0)
            .map(|fund| FundShare {
                fund: fund.name(),
                amount: Fen(outcome.funds[*fund as usize]).to_string(),
                in_scope: Fen(outcome.fund_bases[*fund as usize]).to_string(),
            });
        Ok(Answer {
            id: case.id.clone(),
            settlement: Settlement::of(&outcome),
            funds: funds.collect(),
            year_to_date: self.accumulators(prepared, &outcome).into_iter().map(written).collect(),
            trace: steps.iter().map(|step| tell::step(self, scheme, prepared, step)).collect(),
            unmodelled: self.unmodelled(scheme, prepared, &steps),
            receipt: self.receipt_of(case, priced),
        })
    }

    /// What a settlement of priced lines can be rebuilt from (I10), the same as [`Policies::settle_lines`] gives.
    #[must_use]
    pub fn receipt(&self, case: &Case, lines: &[PricedLine]) -> Receipt {
        self.receipt_of(case, &written_lines(lines))
    }

    fn receipt_of(&self, case: &Case, priced: &str) -> Receipt {
        Receipt {
            engine: ENGINE,
            policy: format!("sha256:{}", self.hash),
            input: format!("sha256:{}", hash(&(canonical(case) + priced))),
        }
    }

    /// Accumulators that a settlement touched, by key as in `year_to_date`: fen, and the count of `admissions`.
    #[must_use]
    pub fn accumulators(&self, prepared: &Prepared, outcome: &Outcome) -> Vec<(String, i64)> {
        let mut pairs = Vec::new();
        let (scheme, year) = (&self.schemes[prepared.scheme as usize], &outcome.year);
        for (tier, state) in scheme.tiers.iter().zip(&year.tiers).filter(|(_, state)| state.touched) {
            for (measure, fen) in [
                ("deductible", state.deductible),
                ("in_scope", state.in_scope),
                ("paid", state.paid),
                ("self_paid", state.self_paid),
            ] {
                pairs.push((format!("{}.{measure}", tier.name), fen));
            }
            for (subcap, fen) in tier.subcaps.iter().zip(state.subcaps) {
                pairs.push((format!("{}.{subcap}.paid", tier.name), fen));
            }
        }
        if year.admissions_touched {
            pairs.push(("admissions".to_owned(), i64::from(year.admissions)));
        }
        pairs
    }

    /// Sentences that touch the case: those of the scheme, tiers not computed, assumed values used.
    fn unmodelled(&self, scheme: &Scheme, prepared: &Prepared, steps: &[Step]) -> Vec<String> {
        let reached = |step: &Step, tier: u8| step.tier == tier && step.kind != StepKind::Skipped && step.base > 0;
        let mut sentences: Vec<String> = scheme
            .unmodelled
            .iter()
            .filter(|sentence| !sentence.contribution && sentence.touches(&prepared.facts, prepared.law_day))
            .filter(|sentence| sentence.tier.is_none_or(|tier| steps.iter().any(|step| reached(step, tier))))
            .map(|sentence| sentence.text.clone())
            .collect();
        for step in steps.iter().filter(|step| step.kind == StepKind::Unmodelled) {
            let explained = scheme.unmodelled.iter().any(|sentence| sentence.tier == Some(step.tier));
            if !explained && let Some(tier) = scheme.tiers.get(usize::from(step.tier)) {
                sentences.push(format!("“{}”在该日未收录支付比例，未计算", tier.title));
            }
        }
        if prepared.uncut_cycles > 0 {
            sentences.push(format!(
                "住院跨 {} 个结算周期而金额未按日期给出：起付标准已逐周期计收，分段按全部费用合并计算",
                prepared.uncut_cycles + 1
            ));
        }
        for step in steps {
            if let Some(parameter) = self.parameters.get(step.parameter as usize)
                && !parameter.assumed.is_empty()
            {
                sentences.push(format!("{} = {} 为假定值：{}", parameter.slot, parameter.value, parameter.assumed));
            }
        }
        let mut seen = std::collections::BTreeSet::new();
        sentences.retain(|sentence| seen.insert(sentence.clone()));
        sentences
    }
}

/// Writes an accumulator: amounts in yuan, admissions as a number.
fn written((key, count): (String, i64)) -> (String, String) {
    let text = if key == "admissions" { count.to_string() } else { Fen(count).to_string() };
    (key, text)
}

/// Priced lines in one fixed writing.
fn written_lines(lines: &[PricedLine]) -> String {
    let mut text = String::new();
    for line in lines {
        let _ = writeln!(
            text,
            "{} {} {} {} {} {} {}",
            line.on,
            line.total,
            line.self_funded,
            line.over_limit,
            line.upfront,
            line.in_scope,
            line.portion.name()
        );
    }
    text
}

/// The case in one fixed writing, whatever order or spacing it came in; its id is not part of it.
fn canonical(case: &Case) -> String {
    let (person, visit) = (&case.person, &case.visit);
    let sorted = |words: &[String]| {
        let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
        words.sort_unstable();
        words.join(",")
    };
    let day = |day: Option<Day>| day.map_or(i32::MIN, |day| day.0);
    let mut text = String::with_capacity(512);
    let _ = write!(
        text,
        "case 1\n{} {} {}\n{} {:?} {:?} [{}] [{}] {} {}\n{} {} {} {:?} {} {} {} {} {} {:?} {:?}\n",
        case.area,
        case.scheme,
        case.on.0,
        person.status.name(),
        person.age,
        person.cover_months,
        sorted(&person.special),
        sorted(&person.supplements),
        person.account_balance.0,
        person.family_account_balance.0,
        visit.kind.name(),
        visit.level.name(),
        visit.community,
        visit.admission_ordinal,
        day(visit.begin),
        day(visit.end),
        visit.programme.as_deref().unwrap_or_default(),
        visit.treatment_area.as_deref().unwrap_or_default(),
        visit.filing.name(),
        visit.selected,
        visit.referred,
    );
    match &case.bill {
        Bill::Amounts { total, self_funded, over_limit, upfront, in_scope } => {
            let _ = writeln!(text, "{} {} {} {} {}", total.0, self_funded.0, over_limit.0, upfront.0, in_scope.0);
        }
        Bill::Lines(lines) => {
            let mut lines: Vec<_> =
                lines.iter().map(|line| (line.on, line.item.as_str(), line.quantity.0, line.unit_price.0)).collect();
            lines.sort_unstable();
            for (on, item, quantity, unit_price) in lines {
                let _ = writeln!(text, "{} {item} {quantity} {unit_price}", on.0);
            }
        }
    }
    let mut year: Vec<_> = case.year_to_date.iter().collect();
    year.sort_unstable();
    for (key, fen) in year {
        let _ = writeln!(text, "{key} {}", fen.0);
    }
    let _ = writeln!(text, "{:?} {}", case.admissions, case.use_account);
    text
}

/// SHA-256 in hex.
pub(crate) fn hash(text: &str) -> String {
    let mut hex = String::with_capacity(64);
    for byte in Sha256::digest(text.as_bytes()) {
        hex.push(char::from(b"0123456789abcdef"[usize::from(byte >> 4)]));
        hex.push(char::from(b"0123456789abcdef"[usize::from(byte & 15)]));
    }
    hex
}
