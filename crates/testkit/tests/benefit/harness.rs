//! One case through the engine and through the oracle; where they differ, the smallest such case.
//!
//! Used by the tests of this folder and by `examples/benefit_differential.rs`.

#![allow(clippy::expect_used, reason = "test code; the example that shares it is one, too")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use testkit::benefit_oracle::{self as naive, bills, invent, text};

/// A policy as both sides have it.
pub struct Pair {
    /// The oracle's.
    pub policy: naive::Policy,
    /// The engine's.
    pub compiled: benefit::Policies,
}

impl Pair {
    /// Writes the policy down and has the engine read it.
    pub fn of(policy: naive::Policy) -> Result<Self, String> {
        let files = text::files(&policy);
        let mut folder: Vec<(&str, &[u8])> =
            files.iter().map(|file| (file.path.as_str(), file.text.as_bytes())).collect();
        folder.push(("slots.toml", include_bytes!("../../../../policy/slots.toml")));
        let compiled = benefit::Packages::read(&folder).and_then(|packages| benefit::Policies::compile(&packages));
        match compiled {
            Ok(compiled) => Ok(Self { policy, compiled }),
            Err(problems) => {
                let problems: Vec<String> = problems.iter().map(ToString::to_string).collect();
                Err(problems.join("\n"))
            }
        }
    }

    /// Where engine and oracle differ: a line each; empty when they agree.
    pub fn differences(&self, case: &naive::Case) -> Vec<String> {
        self.compared(case, &naive::settle(&self.policy, case), Path::Whole)
    }

    /// The same against a known answer of the oracle.
    fn compared(
        &self,
        case: &naive::Case,
        expected: &Result<naive::Answer, naive::Refused>,
        path: Path,
    ) -> Vec<String> {
        let (expected, actual) = match (expected, self.figures(case, path)) {
            (Ok(expected), Ok(actual)) => (figures_of_oracle(expected), actual),
            (Err(_), Err(_)) => return Vec::new(),
            (Ok(_), Err(refusal)) => return vec![format!("the engine refuses: {refusal}")],
            (Err(refused), Ok(_)) => return vec![format!("the oracle refuses: {refused:?}")],
        };
        let names: std::collections::BTreeSet<&String> = expected.keys().chain(actual.keys()).collect();
        // An accumulator that one side does not write is as it was before.
        let of =
            |figures: &Figures, name: &String| figures.get(name).or(case.used.get(name)).copied().unwrap_or_default();
        let told = |name: &String| {
            let (engine, oracle) = (of(&actual, name), of(&expected, name));
            (engine != oracle).then(|| format!("{name}: engine {engine}, oracle {oracle}"))
        };
        names.into_iter().filter_map(told).collect()
    }

    /// The engine's figures for the oracle's case.
    fn figures(&self, case: &naive::Case, path: Path) -> Result<Figures, benefit::Refusal> {
        let (case, lines) = engine_case(&self.policy, case);
        if path == Path::Whole {
            let answer = match &lines {
                Some(lines) => self.compiled.settle_lines(&case, lines),
                None => self.compiled.settle(&case),
            };
            return answer.map(|answer| figures_of_answer(&answer));
        }
        let prepared = match &lines {
            Some(lines) => self.compiled.frame(&case)?.prepare_lines(lines)?,
            None => self.compiled.prepare(&case)?,
        };
        let settled = benefit::Calculator::new(&self.compiled).settle(&prepared, &mut benefit::NoTrace);
        let outcome = settled.map_err(|fault| self.compiled.explain(&prepared, fault))?;
        let mut figures: Figures = self.compiled.accumulators(&prepared, &outcome).into_iter().collect();
        let amounts = outcome.amounts;
        let fen = [
            amounts.self_funded,
            amounts.over_limit,
            amounts.upfront,
            amounts.in_scope,
            outcome.deductible,
            outcome.fund_total,
            outcome.account(),
            outcome.family_account,
            outcome.cash,
        ];
        figures.extend(FIELDS.iter().zip(fen).map(|(name, fen)| ((*name).to_owned(), fen)));
        let funds = benefit::Fund::ALL.iter().map(|fund| (fund.name(), outcome.funds[*fund as usize]));
        figures.extend(funds.filter(|(_, fen)| *fen != 0).map(|(fund, fen)| (format!("fund {fund}"), fen)));
        Ok(figures)
    }
}

/// Which way through the engine.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Path {
    /// Amounts only, as in a batch.
    Amounts,
    /// With trace, texts and receipt, as for one case.
    Whole,
}

/// The case as the engine reads it, and its lines if it has any.
pub fn engine_case(policy: &naive::Policy, case: &naive::Case) -> (benefit::Case, Option<Vec<benefit::PricedLine>>) {
    use benefit::{Filing, Kind, Level, Portion, Status};
    use model::{Fen, Quantity, UnitPrice};
    let (bill, lines) = match &case.bill {
        naive::Bill::Amounts(split) => {
            let amounts = benefit::Bill::Amounts {
                total: Fen(split.total()),
                self_funded: Fen(split.self_funded),
                over_limit: Fen(split.over_limit),
                upfront: Fen(split.upfront),
                in_scope: Fen(split.in_scope),
            };
            (amounts, None)
        }
        naive::Bill::Lines(lines) => {
            let priced = lines.iter().map(|line| benefit::PricedLine {
                on: line.on,
                total: Fen(line.split.total()),
                self_funded: Fen(line.split.self_funded),
                over_limit: Fen(line.split.over_limit),
                upfront: Fen(line.split.upfront),
                in_scope: Fen(line.split.in_scope),
                portion: Portion::parse(&line.portion).expect("a portion of the language"),
            });
            let written = lines.iter().map(|line| benefit::BillLine {
                item: "invented".into(),
                quantity: Quantity::whole(1),
                unit_price: UnitPrice(line.split.total() * 100),
                on: line.on,
            });
            (benefit::Bill::Lines(written.collect()), Some(priced.collect()))
        }
    };
    let small = |number: i64| u16::try_from(number).expect("a small number");
    let case = benefit::Case {
        id: "random".into(),
        on: case.on,
        area: policy.area.clone(),
        scheme: policy.scheme.clone(),
        person: benefit::Person {
            status: Status::parse(&case.status).expect("a status of the language"),
            age: case.age.map(small),
            cover_months: case.cover_months.map(small),
            special: case.special.clone(),
            supplements: case.supplements.clone(),
            account_balance: Fen(case.account),
            family_account_balance: Fen(case.family_account),
        },
        visit: benefit::Visit {
            kind: Kind::parse(&case.kind).expect("a kind of the language"),
            level: Level::parse(&case.level).expect("a level of the language"),
            community: case.community,
            admission_ordinal: case.admission.map(small),
            begin: Some(case.begin),
            end: Some(case.end),
            programme: case.programme.clone(),
            treatment_area: Some(case.treatment_area.clone()),
            filing: Filing::parse(&case.filing).expect("a filing of the language"),
            selected: case.selected,
            referred: case.referred,
        },
        bill,
        year_to_date: case
            .used
            .iter()
            .filter(|(name, _)| *name != "admissions")
            .map(|(name, fen)| (name.clone(), Fen(*fen)))
            .collect(),
        admissions: case.used.get("admissions").map(|count| small(*count)),
        use_account: case.use_account,
    };
    (case, lines)
}

/// Fields of the settlement that are compared.
const FIELDS: [&str; 9] = [
    "fulamt_ownpay_amt",
    "overlmt_selfpay",
    "preselfpay_amt",
    "inscp_scp_amt",
    "act_pay_dedc",
    "fund_pay_sumamt",
    "acct_pay",
    "acct_mulaid_pay",
    "psn_cash_pay",
];

/// Names and fen of an answer; what is zero and belongs to no tier is left out.
type Figures = BTreeMap<String, i64>;

fn figures_of_oracle(answer: &naive::Answer) -> Figures {
    let mut figures: Figures = answer.used.clone();
    let split = answer.split;
    let fen = [
        split.self_funded,
        split.over_limit,
        split.upfront,
        split.in_scope,
        answer.deductible,
        answer.fund_total(),
        answer.account,
        answer.family_account,
        answer.cash(),
    ];
    figures.extend(FIELDS.iter().zip(fen).map(|(name, fen)| ((*name).to_owned(), fen)));
    figures.extend(answer.funds.iter().map(|(fund, fen)| (format!("fund {fund}"), *fen)));
    figures
}

fn figures_of_answer(answer: &benefit::Answer) -> Figures {
    let fen = |text: &str| model::Fen::parse(text.as_bytes()).expect("an amount of the engine").0;
    let mut figures = Figures::new();
    for (name, text) in &answer.year_to_date {
        let count = if name == "admissions" { text.parse().expect("a count of the engine") } else { fen(text) };
        figures.insert(name.clone(), count);
    }
    for name in FIELDS {
        figures.insert(name.to_owned(), answer.settlement.get(name).expect("a field of the settlement").0);
    }
    for share in answer.funds.iter().filter(|share| fen(&share.amount) != 0) {
        figures.insert(format!("fund {}", share.fund), fen(&share.amount));
    }
    figures
}

/// What a run found.
#[derive(Default)]
pub struct Report {
    /// Pairs of policy and bill compared.
    pub pairs: u64,
    /// Pairs for which a fund pays something.
    pub paid: u64,
    /// The first disagreement of each policy that had one, made small, in words.
    pub faults: Vec<String>,
}

/// Compares `persons` × `bills` bills under the policy of each seed; stops after `faults_max` faults.
pub fn compare(seeds: std::ops::Range<u64>, persons: u64, bills: usize, faults_max: usize) -> Report {
    let mut report = Report::default();
    for seed in seeds {
        let pair = match Pair::of(invent::policy(seed)) {
            Ok(pair) => pair,
            Err(problems) => {
                report.faults.push(format!("the engine refuses policy {seed}:\n{problems}"));
                break;
            }
        };
        let cases = (0..persons).flat_map(|person| bills::of_person(&pair.policy, seed, person, bills));
        for (number, (case, expected)) in cases.enumerate() {
            report.pairs += 1;
            report.paid += u64::from(expected.as_ref().is_ok_and(|answer| answer.fund_total() > 0));
            // Both ways through the engine are held to the same figures.
            let path = if number % 16 == 0 { Path::Whole } else { Path::Amounts };
            if !pair.compared(&case, &expected, path).is_empty() {
                report.faults.push(smallest(seed, &pair, case));
                break;
            }
        }
        if report.faults.len() >= faults_max {
            break;
        }
    }
    report
}

/// Makes policy and case smaller as long as they still differ in the same way, and tells what is left.
fn smallest(seed: u64, pair: &Pair, case: naive::Case) -> String {
    let refused = |pair: &Pair, case: &naive::Case| {
        let differences = pair.differences(case);
        (!differences.is_empty()).then(|| differences.iter().any(|difference| difference.contains("refuses")))
    };
    let kind = refused(pair, &case);
    let mut pair = Pair { policy: pair.policy.clone(), compiled: pair.compiled.clone() };
    let mut case = case;
    loop {
        while let Some(smaller) = smaller_cases(&case).into_iter().find(|case| refused(&pair, case) == kind) {
            case = smaller;
        }
        let mut policies = smaller_policies(&pair.policy).into_iter().filter_map(|policy| Pair::of(policy).ok());
        match policies.find(|pair| refused(pair, &case) == kind) {
            Some(smaller) => pair = smaller,
            None => break,
        }
    }
    let mut told = format!("policy of seed {seed}, made small:\n");
    for file in text::files(&pair.policy) {
        if file.path.contains(&pair.policy.scheme) || file.path.contains("overlays") {
            let _ = writeln!(told, "--- {}\n{}", file.path, file.text.replace("assumed = \"虚构的取值\"\n", ""));
        }
    }
    let _ = writeln!(told, "--- case\n{case:?}\n--- differences");
    for difference in pair.differences(&case) {
        let _ = writeln!(told, "{difference}");
    }
    told
}

/// Policies with one slot, one exception or one tier less.
fn smaller_policies(policy: &naive::Policy) -> Vec<naive::Policy> {
    let mut smaller = Vec::new();
    for slot in policy.values.keys() {
        let mut without = policy.clone();
        if slot.ends_with(".rate") || slot == "account_covers" {
            continue;
        }
        without.values.remove(slot);
        smaller.push(without);
    }
    for (chain, at) in
        policy.chains.iter().enumerate().flat_map(|(chain, of)| (1..of.tiers.len()).map(move |at| (chain, at)))
    {
        let mut without = policy.clone();
        without.chains[chain].tiers.remove(at);
        let left: Vec<String> = without.chains.iter().flat_map(|chain| chain.tiers.clone()).collect();
        without.tiers.retain(|tier| left.contains(&tier.name));
        for tier in &mut without.tiers {
            tier.feeds.retain(|feed| left.contains(feed));
        }
        without
            .values
            .retain(|slot, _| slot.split_once('.').is_none_or(|(tier, _)| left.iter().any(|known| known == tier)));
        smaller.push(without);
    }
    for (slot, rows) in &policy.values {
        for at in (0..rows.len()).filter(|at| !rows[*at].when.0.is_empty()) {
            let mut without = policy.clone();
            if let Some(rows) = without.values.get_mut(slot) {
                rows.remove(at);
            }
            smaller.push(without);
        }
    }
    smaller
}

/// Cases with less in them.
fn smaller_cases(case: &naive::Case) -> Vec<naive::Case> {
    let mut smaller = Vec::new();
    let mut with = |change: &dyn Fn(&mut naive::Case)| {
        let mut changed = case.clone();
        change(&mut changed);
        if changed != *case {
            smaller.push(changed);
        }
    };
    // The accumulators of a tier go together: one without the other would be another fault.
    let tiers: std::collections::BTreeSet<&str> =
        case.used.keys().filter_map(|name| name.split_once('.')).map(|(tier, _)| tier).collect();
    for tier in &tiers {
        with(&|case| case.used.retain(|name, _| name.split_once('.').is_none_or(|(own, _)| own != *tier)));
        with(&|case| {
            let of_tier = case.used.iter_mut().filter(|(name, _)| name.starts_with(&format!("{tier}.")));
            of_tier.for_each(|(_, fen)| *fen /= 2);
        });
    }
    with(&|case| {
        case.used.remove("admissions");
    });
    with(&|case| case.bill = naive::Bill::Amounts(case.bill.split()));
    if let naive::Bill::Lines(lines) = &case.bill {
        for at in 0..lines.len() {
            with(&|case| {
                if let naive::Bill::Lines(lines) = &mut case.bill
                    && lines.len() > 1
                {
                    lines.remove(at);
                }
            });
        }
    }
    with(&|case| case.use_account = false);
    with(&|case| case.special.clear());
    with(&|case| case.supplements.clear());
    with(&|case| case.cover_months = None);
    with(&|case| case.admission = Some(1));
    with(&|case| case.end = case.begin);
    for step in [2, 10] {
        with(&|case| amounts(case, &|fen| fen / step));
    }
    with(&|case| amounts(case, &|fen| fen - fen % 100));
    if case.bill.split().total() < 300 {
        with(&|case| amounts(case, &|fen| (fen - 1).max(0)));
    }
    smaller
}

/// Changes every amount of the bill; what is out of scope goes.
fn amounts(case: &mut naive::Case, change: &dyn Fn(i64) -> i64) {
    let smaller = |split: &mut naive::Split| {
        *split = naive::Split { in_scope: change(split.in_scope), ..naive::Split::default() };
    };
    match &mut case.bill {
        naive::Bill::Amounts(split) => smaller(split),
        naive::Bill::Lines(lines) => lines.iter_mut().for_each(|line| smaller(&mut line.split)),
    }
}
