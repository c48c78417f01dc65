//! Contributions: what a month (for residents, a year) of cover costs whom, by dated law.
//!
//! base = wage held within floor and ceiling, or fixed; each side = base × rate, rounded half up on its own.

mod case;

use crate::answer::{ENGINE, Receipt, TraceStep, hash};
use crate::case::CaseProblem;
use crate::facts::{Facts, Told};
use crate::policy::{ContributionRow, Policies, Scheme};
use crate::prepare::Refusal;
use crate::words::{Filing, Kind, Level, Portion, Region, Status};
use model::{Day, Fen};
use serde::Serialize;

/// Whose contribution, on which day, from which wage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContributionCase {
    /// The caller's name for it.
    pub id: String,
    /// Code of the pooling area.
    pub area: String,
    /// Day.
    pub on: Day,
    /// Scheme; `flexible` means the employees' scheme for a flexible worker.
    pub scheme: String,
    /// Who pays.
    pub status: Option<Status>,
    /// Completed years.
    pub age: Option<u16>,
    /// Monthly wage or declared base.
    pub wage: Option<Fen>,
    /// Months paid at once.
    pub months: Option<u16>,
}

/// What is due, yuan a month (residents and totals excepted).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ContributionAnswer {
    /// The case's id.
    pub id: String,
    /// The base used.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub base: Option<String>,
    /// The insured person's side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employee: Option<String>,
    /// The employer's side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub employer: Option<String>,
    /// The employer's maternity part, where it is separate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub maternity_employer: Option<String>,
    /// Credited to the personal account.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_credit: Option<String>,
    /// A resident's own payment a year.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub individual: Option<String>,
    /// Public subsidy a year.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subsidy: Option<String>,
    /// All sides together, for the months asked.
    pub total: String,
    /// How it came about.
    pub trace: Vec<TraceStep>,
    /// Sentences that are not modelled, and assumed values.
    pub unmodelled: Vec<String>,
    /// What the answer can be rebuilt from.
    pub receipt: Receipt,
}

impl Policies {
    /// What is due.
    ///
    /// # Errors
    /// The area, scheme or day has no contribution rules; a wage is needed and missing.
    pub fn contribution(&self, case: &ContributionCase) -> Result<ContributionAnswer, Refusal> {
        let scheme = self.contribution_scheme(case)?;
        let facts = facts(case, scheme);
        let mut sum = Sum { policies: self, case, scheme, facts, trace: Vec::new() };
        let base = sum.base()?;
        let flexible = facts.status == Status::Flexible;
        let employee = sum.side(base, if flexible { "rate.flexible" } else { "rate.employee" }, "个人缴费");
        let employer = if flexible { None } else { sum.side(base, "rate.employer", "单位缴费") };
        let maternity =
            if flexible { None } else { sum.side(base, "rate.maternity_employer", "单位缴纳的生育保险") };
        let monthly = sum.amount("amount.monthly", "按月定额缴费");
        let individual = sum.amount("amount.individual", "个人缴费（全年）");
        let subsidy = sum.amount("amount.subsidy", "财政补助（全年）");
        let account_credit = sum.side(base, "account_credit", "划入个人账户");
        let due: i64 = [employee, employer, maternity, monthly].into_iter().flatten().sum();
        let yearly: i64 = [individual, subsidy].into_iter().flatten().sum();
        if due == 0 && yearly == 0 {
            return Err(self.no_rules(case, scheme));
        }
        let total = due * i64::from(case.months.unwrap_or(1)) + yearly;
        let yuan = |fen: Option<i64>| fen.map(|fen| Fen(fen).to_string());
        let trace = sum.trace;
        Ok(ContributionAnswer {
            id: case.id.clone(),
            base: yuan(base),
            employee: yuan(employee.or(monthly)),
            employer: yuan(employer),
            maternity_employer: yuan(maternity),
            account_credit: yuan(account_credit),
            individual: yuan(individual),
            subsidy: yuan(subsidy),
            total: Fen(total).to_string(),
            unmodelled: sentences(scheme, case, &facts, &trace),
            trace,
            receipt: Receipt {
                engine: ENGINE,
                policy: format!("sha256:{}", self.hash),
                input: format!(
                    "sha256:{}",
                    hash(&format!("{:?}", ContributionCase { id: String::new(), ..case.clone() }))
                ),
            },
        })
    }

    fn contribution_scheme(&self, case: &ContributionCase) -> Result<&Scheme, Refusal> {
        let known = |name: &str| self.scheme_index(&case.area, name).map(|index| &self.schemes[index as usize]);
        let found = known(&case.scheme).or_else(|| if case.scheme == "flexible" { known("employee") } else { None });
        let has_rules = |scheme: &&Scheme| scheme.contribution.iter().any(|row| row.own);
        found.filter(has_rules).ok_or_else(|| {
            let with_rules = self.schemes.iter().filter(has_rules);
            let all: Vec<String> =
                with_rules.map(|scheme| format!("{} {} {}", scheme.area, scheme.area_name, scheme.scheme)).collect();
            Refusal::NotCovered(format!(
                "area、scheme：未收录 {} {} 的缴费规则；已收录：{}",
                case.area,
                case.scheme,
                all.join("、")
            ))
        })
    }

    fn no_rules(&self, case: &ContributionCase, scheme: &Scheme) -> Refusal {
        let from = scheme.contribution.iter().map(|row| row.from).min().unwrap_or(case.on);
        Refusal::NotCovered(format!(
            "on：{}{}没有适用于 {}、{} 的缴费规则；已收录 {from} 起的规则",
            scheme.area_name,
            scheme.name,
            case.on,
            facts(case, scheme).status.title()
        ))
    }
}

/// Only who pays decides contributions; the rest is neutral. Where a scheme has one status only, it is that.
fn facts(case: &ContributionCase, scheme: &Scheme) -> Facts {
    let mut known = Status::ALL.iter().filter(|status| scheme.statuses & status.bit() != 0);
    let only = known.next().filter(|_| known.next().is_none());
    let usual = if case.scheme == "flexible" { Status::Flexible } else { Status::Active };
    Facts {
        kind: Kind::Outpatient,
        level: Level::Unrated,
        community: false,
        status: case.status.or(only.copied()).unwrap_or(usual),
        age: case.age,
        special: 0,
        supplements: 0,
        programme: 0,
        filing: Filing::None,
        region: Region::Local,
        selected: Told::Unknown,
        referred: Told::Unknown,
        admission: 0,
        cover_months: None,
        portion: Portion::General,
    }
}

struct Sum<'a> {
    policies: &'a Policies,
    case: &'a ContributionCase,
    scheme: &'a Scheme,
    facts: Facts,
    trace: Vec<TraceStep>,
}

impl<'a> Sum<'a> {
    /// The row in force for the case: the most specific one.
    fn row(&self, slot: &str) -> Option<&'a ContributionRow> {
        let wanted = |row: &&ContributionRow| {
            row.slot.strip_prefix("contribution.") == Some(slot)
                && row.from <= self.case.on
                && row.until.is_none_or(|until| self.case.on < until)
                && row.condition.holds(&self.facts)
        };
        let rows = self.scheme.contribution.iter().filter(wanted);
        rows.reduce(|best, row| if row.condition.implies(&best.condition) { row } else { best })
    }

    fn base(&mut self) -> Result<Option<i64>, Refusal> {
        if let Some(row) = self.row("base_fixed") {
            self.step("base", row.money.0, row, format!("缴费基数统一为 {} 元", row.money));
            return Ok(Some(row.money.0));
        }
        let (floor, ceiling) = (self.row("base_floor"), self.row("base_ceiling"));
        let rated = ["rate.employee", "rate.employer", "rate.flexible"].iter().any(|slot| self.row(slot).is_some());
        let Some(wage) = self.case.wage else {
            if !rated {
                return Ok(None);
            }
            return Err(Refusal::Invalid(vec![CaseProblem {
                key: "wage".into(),
                message: "缺少月工资（wage）或缴费基数（base）".into(),
            }]));
        };
        let mut base = wage.0;
        if let Some(row) = floor.filter(|row| base < row.money.0) {
            base = row.money.0;
            self.step("base", base, row, format!("{wage} 元低于缴费基数下限，按下限 {} 元计", row.money));
        } else if let Some(row) = ceiling.filter(|row| base > row.money.0) {
            base = row.money.0;
            self.step("base", base, row, format!("{wage} 元高于缴费基数上限，按上限 {} 元计", row.money));
        } else if let Some(row) = floor.or(ceiling) {
            self.step("base", base, row, format!("{wage} 元在缴费基数上下限之间，按实计"));
        }
        Ok(Some(base))
    }

    fn side(&mut self, base: Option<i64>, slot: &'static str, title: &str) -> Option<i64> {
        let (base, row) = (base?, self.row(slot)?);
        let amount = row.ratio.of_fen(base);
        self.step(slot, amount, row, format!("{title}：{} 元 × {} = {} 元", Fen(base), row.ratio, Fen(amount)));
        Some(amount)
    }

    fn amount(&mut self, slot: &'static str, title: &str) -> Option<i64> {
        let row = self.row(slot)?;
        self.step(slot, row.money.0, row, format!("{title}：{} 元", row.money));
        Some(row.money.0)
    }

    fn step(&mut self, step: &'static str, amount: i64, row: &ContributionRow, text: String) {
        let parameter = self.policies.parameters.get(row.parameter as usize).cloned();
        self.trace.push(TraceStep { step, amount: Fen(amount), parameter, text, for_person: true });
    }
}

fn sentences(scheme: &Scheme, case: &ContributionCase, facts: &Facts, trace: &[TraceStep]) -> Vec<String> {
    let of_law = scheme.unmodelled.iter().filter(|sentence| sentence.contribution && sentence.touches(facts, case.on));
    let parameters = trace.iter().filter_map(|step| step.parameter.as_deref());
    let assumed = parameters.filter(|parameter| !parameter.assumed.is_empty());
    of_law
        .map(|sentence| sentence.text.clone())
        .chain(
            assumed
                .map(|parameter| format!("{} = {} 为假定值：{}", parameter.slot, parameter.value, parameter.assumed)),
        )
        .collect()
}
