//! From a case to a [`Prepared`] one: every text is resolved here, at the edge, and nowhere later.

use crate::case::{Bill, Case, CaseProblem, PricedLine};
use crate::engine::{Amounts, Fault, Prepared, Segment};
use crate::facts::{Facts, Told};
use crate::package::LawDay;
use crate::policy::{Policies, Scheme};
use crate::ratio::Ratio;
use crate::state::{YearToDate, given};
use crate::words::{Kind, Portion, Region};
use datafile::did_you_mean;
use model::{Day, Fen};

/// Why a case is not settled. The text is for people, in Chinese, and says what would make it right.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The case itself is at fault.
    #[error("{}", all(.0))]
    Invalid(Vec<CaseProblem>),
    /// The shipped law does not cover it.
    #[error("{0}")]
    NotCovered(String),
}

fn all(problems: &[CaseProblem]) -> String {
    problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("；")
}

impl Refusal {
    fn field(key: &str, message: impl Into<String>) -> Self {
        Self::Invalid(vec![CaseProblem { key: key.to_owned(), message: message.into() }])
    }
}

/// A case whose law is found and whose facts are known, before its amounts are.
#[derive(Debug, Clone)]
pub struct Frame<'a> {
    policies: &'a Policies,
    case: &'a Case,
    scheme: u32,
    facts: Facts,
    law_day: Day,
    version: u16,
}

impl Policies {
    /// Finds the law of a case and resolves its facts.
    ///
    /// # Errors
    /// The area, scheme, status or day is not covered; a word is not known. The text says what is.
    pub fn frame<'a>(&'a self, case: &'a Case) -> Result<Frame<'a>, Refusal> {
        let index = self.scheme_of(case)?;
        let scheme = &self.schemes[index as usize];
        let mut problems = Vec::new();
        let facts = self.facts(case, scheme, &mut problems);
        if !problems.is_empty() {
            return Err(Refusal::Invalid(problems));
        }
        if scheme.statuses & facts.status.bit() == 0 {
            let known: Vec<&str> = crate::words::Status::ALL
                .iter()
                .filter(|status| scheme.statuses & status.bit() != 0)
                .map(|status| status.name())
                .collect();
            return Err(Refusal::field(
                "person.status",
                format!(
                    "{}{}没有“{}”这类人员；可用：{}",
                    scheme.area_name,
                    scheme.name,
                    facts.status.name(),
                    known.join("、")
                ),
            ));
        }
        let day = law_day(case, scheme.law_day);
        let version = scheme.version_on(day).ok_or_else(|| Refusal::NotCovered(days_covered(scheme, day)))?;
        Ok(Frame { policies: self, case, scheme: index, facts, law_day: day, version })
    }

    /// Prepares a case that brings its amounts.
    ///
    /// # Errors
    /// As [`Policies::frame`]; and lines, which must be priced first.
    pub fn prepare(&self, case: &Case) -> Result<Prepared, Refusal> {
        self.frame(case)?.prepare()
    }

    fn scheme_of(&self, case: &Case) -> Result<u32, Refusal> {
        if let Some(index) = self.scheme_index(&case.area, &case.scheme) {
            return Ok(index);
        }
        let inside: Vec<&str> = self
            .schemes
            .iter()
            .filter(|scheme| scheme.area == case.area && !scheme.versions.is_empty())
            .map(|scheme| scheme.scheme.as_str())
            .collect();
        if inside.is_empty() {
            let mut areas: Vec<String> =
                self.coverage().map(|known| format!("{} {}", known.area, known.area_name)).collect();
            areas.dedup();
            let text = format!("area：未收录统筹区“{}”的待遇政策；已收录：{}", case.area, areas.join("、"));
            return Err(Refusal::NotCovered(text));
        }
        let hint = did_you_mean(&case.scheme, inside.iter().copied());
        Err(Refusal::NotCovered(format!(
            "scheme：{} 未收录险种“{}”{hint}（已收录：{}）",
            case.area,
            case.scheme,
            inside.join("、")
        )))
    }

    fn facts(&self, case: &Case, scheme: &Scheme, problems: &mut Vec<CaseProblem>) -> Facts {
        let (person, visit) = (&case.person, &case.visit);
        let mut known = |key: &str, text: &str, words: &[String]| {
            let index = words.iter().position(|word| word == text);
            if index.is_none() {
                problems.push(unknown_word(key, text, words.iter().map(String::as_str)));
            }
            index.map(|index| index as u8)
        };
        let groups = person.special.iter().filter_map(|text| known("person.special", text, &self.words.special));
        let groups = groups.fold(0_u64, |mask, word| mask | 1 << word);
        let held =
            person.supplements.iter().filter_map(|text| known("person.supplements", text, &self.words.supplements));
        let supplements = held.fold(0_u32, |mask, word| mask | 1 << word);
        let programme = visit.programme.as_deref().filter(|text| !text.is_empty()).and_then(|text| {
            let index = scheme.programmes.iter().position(|programme| programme.is_called(text));
            if index.is_none() {
                let ids = scheme.programmes.iter().map(|programme| programme.id.as_str());
                problems.push(unknown_word("visit.programme", text, ids));
            }
            index.map(|index| index as u8)
        });
        if visit.kind == Kind::Chronic && programme.is_none() && !scheme.programmes.is_empty() {
            let known: Vec<&str> = scheme.programmes.iter().map(|programme| programme.id.as_str()).collect();
            let message = format!("门诊慢特病要写明病种（programme）；可用：{}", known.join("、"));
            problems.push(CaseProblem { key: "visit.programme".into(), message });
        }
        let special = scheme.special_order.iter().find(|&&word| groups & (1 << word) != 0).map_or(0, |word| word + 1);
        let admission = match (visit.kind, visit.admission_ordinal, case.admissions) {
            (Kind::Inpatient | Kind::Maternity, Some(ordinal), _) => ordinal,
            (Kind::Inpatient | Kind::Maternity, None, admissions) => admissions.unwrap_or(0) + 1,
            _ => 0,
        };
        Facts {
            kind: visit.kind,
            level: visit.level,
            community: visit.community,
            status: person.status,
            age: person.age,
            special,
            supplements,
            programme: programme.map_or(0, |index| index + 1),
            filing: visit.filing,
            region: region(&case.area, visit.treatment_area.as_deref()),
            selected: visit.selected.into(),
            referred: visit.referred.into(),
            admission,
            cover_months: person.cover_months,
            portion: Portion::General,
        }
    }

    /// What a fault of the engine means for the case.
    #[must_use]
    pub fn explain(&self, case: &Prepared, fault: Fault) -> Refusal {
        let scheme = &self.schemes[case.scheme as usize];
        let tier = |index: u8| scheme.tiers.get(usize::from(index)).map_or("", |tier| tier.title.as_str());
        let home = format!("{}{}", scheme.area_name, scheme.name);
        Refusal::NotCovered(match fault {
            Fault::NoChain => {
                format!("visit.kind：{home}未收录“{}”待遇；已收录：{}", case.facts.kind.title(), kinds_covered(scheme))
            }
            Fault::NoTier { tier: index } => {
                let told = self
                    .told(scheme, case, index)
                    .unwrap_or_else(|| format!("逐项见 yibao policy show {} --on {}", scheme.area, case.law_day));
                format!("on：{home}的“{}”在 {} 未收录支付比例；{told}", tier(index), case.law_day)
            }
            Fault::NoValue { tier: index, band } => {
                let what = if band == 0 { "起付标准".to_owned() } else { format!("第 {band} 段支付比例") };
                let told = self.told(scheme, case, index).unwrap_or_else(|| not_told(case));
                format!(
                    "{home}的“{}”：{} 没有适用于本例的{what}（人员 {}，机构 {}，就诊 {}）；{told}",
                    tier(index),
                    case.law_day,
                    case.facts.status.title(),
                    case.facts.level.title(),
                    case.facts.kind.title()
                )
            }
            Fault::UnknownCeiling { parameter } => {
                let parameter = self.parameter(parameter);
                format!("{}：{}，无法算出最高支付限额；请在 area.toml 中补录该年指数", parameter.slot, parameter.value)
            }
        })
    }

    /// What the packages say about values that a tier lacks for the case.
    fn told(&self, scheme: &Scheme, case: &Prepared, tier: u8) -> Option<String> {
        let sentences: Vec<&str> = scheme
            .unmodelled
            .iter()
            .filter(|sentence| sentence.tier == Some(tier) && sentence.touches(&case.facts, case.law_day))
            .map(|sentence| sentence.text.trim_end_matches('。'))
            .collect();
        (!sentences.is_empty()).then(|| sentences.join("；"))
    }
}

/// Facts that the case leaves open and that a value may depend on.
fn not_told(case: &Prepared) -> String {
    let open = [
        (case.facts.age.is_none(), "person.age"),
        (case.facts.cover_months.is_none(), "person.cover_months"),
        (case.facts.selected == Told::Unknown, "visit.selected_institution"),
        (case.facts.referred == Told::Unknown, "visit.referred"),
    ];
    let open: Vec<&str> = open.iter().filter(|(open, _)| *open).map(|(_, key)| *key).collect();
    if open.is_empty() {
        "该类人员、机构或就诊的政策未收录".to_owned()
    } else {
        format!("该类人员、机构或就诊的政策未收录，或取决于未给出的 {}", open.join("、"))
    }
}

impl<'a> Frame<'a> {
    /// The first share of class B drugs on a day, where the law sets one.
    #[must_use]
    pub fn upfront_class_b(&self, on: Day) -> Option<Ratio> {
        let scheme = self.scheme();
        let version = scheme.version_on(on).unwrap_or(self.version);
        scheme.versions[usize::from(version)].upfront_class_b.choose(&self.facts).map(|row| row.value)
    }

    /// The day whose law judges the case.
    #[must_use]
    pub const fn law_day(&self) -> Day {
        self.law_day
    }

    fn scheme(&self) -> &'a Scheme {
        &self.policies.schemes[self.scheme as usize]
    }

    /// Prepares the amounts of the case.
    ///
    /// # Errors
    /// The case has lines: price them and use [`Frame::prepare_lines`].
    pub fn prepare(&self) -> Result<Prepared, Refusal> {
        let Bill::Amounts { total, self_funded, over_limit, upfront, in_scope } = self.case.bill else {
            return Err(Refusal::field("lines", "费用明细需要先按目录定价"));
        };
        let amounts = Amounts {
            total: total.0,
            self_funded: self_funded.0,
            over_limit: over_limit.0,
            upfront: upfront.0,
            in_scope: in_scope.0,
        };
        let cycles = self.cycles();
        let first = Segment { version: self.version, portion: Portion::General, cycle: 0, in_scope: in_scope.0 };
        self.assemble(amounts, first, Vec::new(), cycles.map_or(0, |(_, count)| count - 1))
    }

    /// Prepares priced lines: cut by cycle, law and portion.
    ///
    /// # Errors
    /// As [`Policies::frame`], and a line on a day that the law does not cover.
    pub fn prepare_lines(&self, lines: &[PricedLine]) -> Result<Prepared, Refusal> {
        let scheme = self.scheme();
        let mut amounts = Amounts::default();
        let mut segments: Vec<Segment> = Vec::new();
        let cycles = self.cycles();
        for (number, line) in lines.iter().enumerate() {
            amounts.total += line.total.0;
            amounts.self_funded += line.self_funded.0;
            amounts.over_limit += line.over_limit.0;
            amounts.upfront += line.upfront.0;
            amounts.in_scope += line.in_scope.0;
            let version = if scheme.law_day == LawDay::Service && self.case.visit.kind == Kind::Inpatient {
                scheme.version_on(line.on).ok_or_else(|| {
                    Refusal::NotCovered(format!("lines[{}].on：{}", number + 1, days_covered(scheme, line.on)))
                })?
            } else {
                self.version
            };
            let cycle = cycles.map_or(0, |(days, count)| self.cycle_of(line.on, days).min(count - 1));
            let segment = Segment { version, portion: line.portion, cycle, in_scope: line.in_scope.0 };
            let same = segments
                .iter_mut()
                .find(|known| Segment { in_scope: 0, ..**known } == Segment { in_scope: 0, ..segment });
            match same {
                Some(known) => known.in_scope += segment.in_scope,
                None => segments.push(segment),
            }
        }
        segments.sort_unstable_by_key(|segment| (segment.cycle, segment.version, segment.portion));
        let mut rest = segments.into_iter();
        let empty = Segment { version: self.version, portion: Portion::General, cycle: 0, in_scope: 0 };
        let first = rest.next().unwrap_or(empty);
        self.assemble(amounts, first, rest.collect(), 0)
    }

    /// Days of a cycle and how many the stay has; `None` when it is not cut.
    fn cycles(&self) -> Option<(i32, u16)> {
        let visit = &self.case.visit;
        if visit.kind != Kind::Inpatient {
            return None;
        }
        let version = &self.scheme().versions[usize::from(self.version)];
        let days = i32::from(version.cycle_days.choose(&self.facts)?.value);
        if days == 0 {
            return None;
        }
        let stay = (visit.end?.0 - visit.begin?.0).max(1);
        let count = u16::try_from((stay + days - 1) / days).unwrap_or(u16::MAX);
        (count > 1).then_some((days, count))
    }

    fn cycle_of(&self, on: Day, days: i32) -> u16 {
        let begin = self.case.visit.begin.unwrap_or(on);
        u16::try_from((on.0 - begin.0).max(0) / days.max(1)).unwrap_or(u16::MAX)
    }

    fn assemble(
        &self,
        amounts: Amounts,
        first: Segment,
        more: Vec<Segment>,
        uncut_cycles: u16,
    ) -> Result<Prepared, Refusal> {
        Ok(Prepared {
            scheme: self.scheme,
            law_day: self.law_day,
            facts: self.facts,
            amounts,
            first,
            more,
            uncut_cycles,
            year: self.year()?,
            use_account: self.case.use_account,
            account_balance: self.case.person.account_balance.0,
            family_balance: self.case.person.family_account_balance.0,
        })
    }

    fn year(&self) -> Result<YearToDate, Refusal> {
        let scheme = self.scheme();
        let mut year = YearToDate { admissions: self.case.admissions.unwrap_or(0), ..YearToDate::default() };
        let mut problems = Vec::new();
        for (key, fen) in &self.case.year_to_date {
            if !set(&mut year, scheme, key, *fen) && !is_known_key(key) {
                let known: Vec<String> = accumulator_keys(scheme).collect();
                let hint = did_you_mean(key, known.iter().map(String::as_str));
                let message = format!("不认识的累计项{hint}");
                problems.push(CaseProblem { key: format!("year_to_date.{key}"), message });
            }
        }
        if problems.is_empty() { Ok(year) } else { Err(Refusal::Invalid(problems)) }
    }
}

fn unknown_word<'w>(key: &str, text: &str, words: impl Iterator<Item = &'w str> + Clone) -> CaseProblem {
    CaseProblem { key: key.to_owned(), message: format!("不认识“{text}”{}", did_you_mean(text, words)) }
}

/// Puts an accumulator in its place; `false` when the scheme has no such tier.
fn set(year: &mut YearToDate, scheme: &Scheme, key: &str, fen: Fen) -> bool {
    let Some((tier, measure)) = key.split_once('.') else { return false };
    let Some(index) = scheme.tier_index(tier) else { return false };
    let subcaps = &scheme.tiers[usize::from(index)].subcaps;
    let state = &mut year.tiers[usize::from(index)];
    let (place, bit) = match measure {
        "deductible" => (&mut state.deductible, given::DEDUCTIBLE),
        "in_scope" => (&mut state.in_scope, given::IN_SCOPE),
        "paid" => (&mut state.paid, given::PAID),
        "self_paid" => (&mut state.self_paid, given::SELF_PAID),
        _ => {
            let named = measure.strip_suffix(".paid");
            let Some(subcap) = named.and_then(|name| subcaps.iter().position(|known| known == name)) else {
                return false;
            };
            let Some(place) = state.subcaps.get_mut(subcap) else { return false };
            (place, 0)
        }
    };
    *place = fen.0;
    state.given |= bit;
    true
}

/// A word of the common vocabulary: accepted even where the scheme has no such tier.
fn is_known_key(key: &str) -> bool {
    let Some((tier, measure)) = key.split_once('.') else { return false };
    let known = crate::words::Fund::names().chain(["account", "family_account"]).any(|word| word == tier);
    known && matches!(measure, "deductible" | "in_scope" | "paid" | "self_paid")
}

pub(crate) fn accumulator_keys(scheme: &Scheme) -> impl Iterator<Item = String> + '_ {
    scheme.tiers.iter().flat_map(|tier| {
        let own = ["deductible", "in_scope", "paid", "self_paid"].map(|measure| format!("{}.{measure}", tier.name));
        let subcaps = tier.subcaps.iter().map(|subcap| format!("{}.{subcap}.paid", tier.name));
        own.into_iter().chain(subcaps).collect::<Vec<_>>()
    })
}

fn law_day(case: &Case, law_day: LawDay) -> Day {
    let visit = &case.visit;
    match (visit.kind, law_day) {
        (Kind::Inpatient | Kind::Maternity, LawDay::Admission) => visit.begin.unwrap_or(case.on),
        (Kind::Inpatient | Kind::Maternity, LawDay::Discharge | LawDay::Service) => visit.end.unwrap_or(case.on),
        _ => visit.begin.unwrap_or(case.on),
    }
}

/// Where care was given, from the division codes: a pooling area is a prefecture (four digits), or a
/// whole municipality or province (two digits, when its code ends in 0000).
fn region(area: &str, treatment: Option<&str>) -> Region {
    let Some(treatment) = treatment.filter(|code| !code.is_empty()) else { return Region::Local };
    let same = |digits: usize| area.get(..digits).is_some() && area.get(..digits) == treatment.get(..digits);
    let local = if area.ends_with("0000") { same(2) } else { same(4) };
    if local {
        Region::Local
    } else if same(2) {
        Region::InProvince
    } else {
        Region::OutOfProvince
    }
}

fn first_day(scheme: &Scheme) -> Day {
    scheme.versions.first().map_or(Day(0), |version| version.from)
}

fn days_covered(scheme: &Scheme, day: Day) -> String {
    let last = scheme.versions.last().and_then(|version| version.until);
    let until = last.map_or_else(|| "（无截止日）".to_owned(), |until| format!("至 {until}（不含）"));
    if scheme.versions.is_empty() {
        return format!("{}{}没有收录任何待遇政策", scheme.area_name, scheme.name);
    }
    format!("{}{}未收录 {day} 的政策；已收录：{} 起{until}", scheme.area_name, scheme.name, first_day(scheme))
}

fn kinds_covered(scheme: &Scheme) -> String {
    let covered = Kind::ALL.iter().filter(|kind| scheme.chains.iter().any(|(chain, _)| chain.kinds & kind.bit() != 0));
    covered.map(|kind| kind.title()).collect::<Vec<_>>().join("、")
}
