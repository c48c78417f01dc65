//! Settling a person's year again, under the law in force and under the reform.
//!
//! Each law has accumulators of its own: a reform that pays more in March leaves another deductible for April. The
//! baseline is settled a second time from a second compilation, because a comparison is worth nothing when its
//! own ground moves. A settlement that either law does not cover is left out of both years.

use crate::effects::{Effects, Pair};
use crate::group::{AgeBand, GroupKey, Income, Scheme};
use crate::national::{self, Assumption};
use crate::persons::Affected;
use benefit::{
    Bill, Calculator, Case, Filing, Kind, Level, NoTrace, Outcome, Person, Policies, Status, Visit, YearToDate,
};
use model::{Age, Day, Fen, Institution, SettledPerson, SettledVisit};

/// The laws to compare.
#[derive(Debug, Clone, Copy)]
pub struct Laws<'p> {
    /// In force.
    pub baseline: &'p Policies,
    /// The same, read and compiled a second time.
    pub again: &'p Policies,
    /// With the reform laid over it.
    pub reform: &'p Policies,
}

/// What the data cannot say.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Code of the area whose law is replayed.
    pub area: String,
    /// Code of the area whose persons the data hold: the same, unless made-up law is tried on made-up data.
    pub data_area: String,
    /// Months of continuous cover that everybody is given.
    pub cover_months: u16,
    /// Special groups that the policies know.
    pub special: Vec<String>,
}

/// One law with what a person has used of it, by scheme.
struct Side<'p> {
    policies: &'p Policies,
    calculator: Calculator<'p>,
    years: [YearToDate; Scheme::ALL.len()],
}

/// Replays persons; each worker has its own.
pub struct Replay<'p> {
    baseline: Side<'p>,
    again: Side<'p>,
    reform: Side<'p>,
    setting: &'p Setting,
    institutions: &'p [Institution],
    case: Case,
    effects: Effects,
}

/// What is the same for all visits of a person.
struct Who {
    income: Income,
    income_unknown: bool,
}

/// What a person's year comes to.
#[derive(Default)]
struct Year {
    settlements: u64,
    before: i64,
    after: i64,
    age: Option<u16>,
}

impl<'p> Replay<'p> {
    /// A replay that has seen nobody.
    #[must_use]
    pub fn new(laws: Laws<'p>, setting: &'p Setting, institutions: &'p [Institution]) -> Self {
        let side = |policies| Side { policies, calculator: Calculator::new(policies), years: Default::default() };
        Self {
            baseline: side(laws.baseline),
            again: side(laws.again),
            reform: side(laws.reform),
            setting,
            institutions,
            case: blank(setting),
            effects: Effects::default(),
        }
    }

    /// Replays a person's settlements, which lie in order of time. `number` tells persons apart within the run.
    pub fn person(&mut self, number: u32, person: &SettledPerson, visits: &[SettledVisit]) {
        for side in [&mut self.baseline, &mut self.again, &mut self.reform] {
            side.years = Default::default();
        }
        let income = national::income(&person.special_kind);
        let known = income.unwrap_or(Income::General);
        let understood = known == Income::General || self.setting.special.iter().any(|word| word == known.word());
        let who = Who { income: known, income_unknown: income.is_err() || !understood };
        self.case.person.special.clear();
        if understood && known != Income::General {
            self.case.person.special.push(known.word().to_owned());
        }
        let mut year = Year::default();
        for visit in visits {
            if let Err(reason) = self.visit(person, &who, visit, &mut year) {
                *self.effects.not_replayed.entry(reason).or_default() += 1;
            }
        }
        if year.settlements > 0 {
            self.conclude(number, &who, &year);
        }
    }

    /// What was found.
    #[must_use]
    pub fn finish(mut self) -> Effects {
        self.effects.persons.cut();
        self.effects
    }

    fn conclude(&mut self, number: u32, who: &Who, year: &Year) {
        let age = AgeBand::of(year.age);
        let change = year.after - year.before;
        for group in [GroupKey::from(age), GroupKey::from(who.income)] {
            self.effects.person_groups.entry(group).or_default().add(change);
        }
        self.effects.persons.add(Affected {
            change,
            person: number,
            age,
            income: who.income,
            settlements: year.settlements,
            before: year.before,
            after: year.after,
        });
    }

    fn visit(
        &mut self,
        person: &SettledPerson,
        who: &Who,
        visit: &SettledVisit,
        year: &mut Year,
    ) -> Result<(), String> {
        let scheme = national::scheme(visit.insurance)
            .ok_or_else(|| format!("险种“{}”不是职工或居民基本医疗保险", visit.insurance.label()))?;
        let age = person.born_on.map(|born| age_on(born, visit.ends_on));
        let mut assumed = self.fill(visit, scheme, age);
        if who.income_unknown {
            assumed.push(Assumption::SpecialUnknown);
        }
        self.settle_status(person, scheme, age, &mut assumed)?;
        let before = self.baseline.settle(&mut self.case, scheme, &mut assumed)?;
        let again = self.again.settle(&mut self.case, scheme, &mut Vec::new());
        self.effects.unstable += u64::from(again.as_ref().map(|again| again != &before).unwrap_or(true));
        let after = self.reform.settle(&mut self.case, scheme, &mut Vec::new());
        let after = after.map_err(|reason| format!("改革后的政策不能结算：{reason}"))?;
        self.baseline.keep(scheme, &before);
        if let Ok(again) = &again {
            self.again.keep(scheme, again);
        }
        self.reform.keep(scheme, &after);
        self.record(visit, &before);
        let (kind, level) = (self.case.visit.kind, self.case.visit.level);
        let groups = [scheme.into(), kind.into(), level.into(), AgeBand::of(age).into(), GroupKey::from(who.income)];
        let pair = Pair { in_scope: visit.in_scope.0, before: &before, after: &after };
        self.effects.add(&pair, &groups, visit.settled_at.day().month_key(), visit.institution);
        assumed.iter().for_each(|assumption| self.effects.assume(*assumption));
        year.settlements += 1;
        year.before += before.personal();
        year.after += after.personal();
        year.age = age;
        Ok(())
    }

    /// The facts that do not depend on the law.
    fn fill(&mut self, visit: &SettledVisit, scheme: Scheme, age: Option<u16>) -> Vec<Assumption> {
        let mut assumed = vec![Assumption::CoverMonths, Assumption::Selected];
        let institution = self.institutions.get(visit.institution as usize);
        let level = institution.and_then(|institution| national::level(institution.level));
        let pharmacy = institution.is_some_and(|institution| institution.pharmacy);
        let community = institution.is_some_and(national::is_community);
        if level.is_none() && !pharmacy {
            assumed.push(Assumption::UnknownLevel);
        }
        if community {
            assumed.push(Assumption::CommunityByName);
        }
        let case = &mut self.case;
        if case.scheme != scheme.word() {
            case.scheme = scheme.word().to_owned();
        }
        case.on = visit.settled_at.day();
        case.person.age = age;
        case.visit.kind = national::kind(&visit.med_type, pharmacy);
        case.visit.level = level.unwrap_or(Level::Unrated);
        case.visit.community = community;
        case.visit.begin = Some(visit.begins_on);
        case.visit.end = Some(visit.ends_on);
        let named = case.visit.kind == Kind::Chronic && !visit.programme.is_empty();
        case.visit.programme = named.then(|| visit.programme.to_string());
        let elsewhere = !visit.treatment_area.is_empty() && !in_area(&visit.treatment_area, &self.setting.data_area);
        // A policy asks whether a place lies in its own area, so care at home needs no place.
        case.visit.treatment_area = elsewhere.then(|| visit.treatment_area.to_string());
        case.visit.filing = if elsewhere { Filing::Referral } else { Filing::None };
        if elsewhere {
            assumed.push(Assumption::Filing);
        }
        let SettledVisit { self_funded, over_limit, upfront, in_scope, .. } = *visit;
        let total = self_funded + over_limit + upfront + in_scope;
        case.bill = Bill::Amounts { total, self_funded, over_limit, upfront, in_scope };
        assumed
    }

    /// The person's status, as far as the law in force has it.
    fn settle_status(
        &mut self,
        person: &SettledPerson,
        scheme: Scheme,
        age: Option<u16>,
        assumed: &mut Vec<Assumption>,
    ) -> Result<(), String> {
        let said = national::status(scheme, &person.kind)
            .map_err(|()| format!("人员类别 psn_type = {} 未收录", person.kind))?;
        if said.is_none() && person.kind.is_empty() {
            assumed.push(Assumption::StatusByAge);
        }
        let status = said.unwrap_or_else(|| national::status_by_age(scheme, age));
        let has = |status: Status| self.baseline.policies.has_status(&self.case.area, scheme.word(), status);
        self.case.person.status = match national::nearest_status(status) {
            Some(nearest) if !has(status) && has(nearest) => {
                assumed.push(Assumption::NearestStatus);
                nearest
            }
            _ => status,
        };
        Ok(())
    }

    fn record(&mut self, visit: &SettledVisit, computed: &Outcome) {
        let Some(Fen(recorded)) = visit.fund_paid else { return };
        let sums = &mut self.effects.recorded;
        sums.settlements += 1;
        sums.equal += u64::from(recorded == computed.fund_total);
        sums.recorded += recorded;
        sums.computed += computed.fund_total;
    }
}

impl Side<'_> {
    /// Settles the case as the next of the person's year.
    fn settle(&mut self, case: &mut Case, scheme: Scheme, assumed: &mut Vec<Assumption>) -> Result<Outcome, String> {
        let year = self.years[scheme as usize];
        case.admissions = Some(year.admissions());
        let mut prepared = self.policies.prepare(case);
        if prepared.is_err() && case.visit.programme.is_some() {
            // The data name diseases by national code, a policy by words of its own.
            let named = case.visit.programme.take();
            prepared = self.policies.prepare(case);
            if prepared.is_err() {
                case.visit.programme = named;
            } else {
                assumed.push(Assumption::Programme);
            }
        }
        let prepared = prepared.map_err(|refusal| refusal.to_string())?.continuing(year);
        let outcome = self.calculator.settle(&prepared, &mut NoTrace);
        outcome.map_err(|fault| self.policies.explain(&prepared, fault).to_string())
    }

    /// What this settlement has used counts for the next.
    fn keep(&mut self, scheme: Scheme, outcome: &Outcome) {
        self.years[scheme as usize] = outcome.year;
    }
}

/// A case of the area, to be filled visit by visit.
fn blank(setting: &Setting) -> Case {
    Case {
        id: String::new(),
        on: Day(0),
        area: setting.area.clone(),
        scheme: String::new(),
        person: Person {
            status: Status::Active,
            age: None,
            cover_months: Some(setting.cover_months),
            special: Vec::new(),
            supplements: Vec::new(),
            account_balance: Fen::ZERO,
            family_account_balance: Fen::ZERO,
        },
        visit: Visit {
            kind: Kind::Outpatient,
            level: Level::Unrated,
            community: false,
            admission_ordinal: None,
            begin: None,
            end: None,
            programme: None,
            treatment_area: None,
            filing: Filing::None,
            selected: Some(true),
            referred: Some(false),
        },
        bill: Bill::Amounts {
            total: Fen::ZERO,
            self_funded: Fen::ZERO,
            over_limit: Fen::ZERO,
            upfront: Fen::ZERO,
            in_scope: Fen::ZERO,
        },
        year_to_date: Vec::new(),
        admissions: None,
        use_account: false,
    }
}

fn age_on(born: Day, on: Day) -> u16 {
    u16::try_from(Age::on(born, on).years).unwrap_or(0)
}

/// Whether a division lies in the pooling area.
fn in_area(division: &str, area: &str) -> bool {
    let prefix = area.strip_suffix("0000").or_else(|| area.strip_suffix("00")).unwrap_or(area);
    division.starts_with(prefix)
}
