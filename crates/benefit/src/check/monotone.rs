//! A dearer hospital must not pay more, a dearer bill must not pay less: unless the law says so.

use super::{Found, grid};
use crate::condition::Condition;
use crate::engine::{Amounts, Calculator, Prepared, Segment};
use crate::facts::Facts;
use crate::package::{Packages, Scheme as SchemeText};
use crate::policy::{Policies, Scheme, TierBase, Version};
use crate::state::YearToDate;
use crate::trace::NoTrace;
use crate::words::{Kind, Level, Portion};
use model::{Day, Fen};

/// In-scope amounts tried, yuan.
const BILLS: [i64; 10] = [100, 600, 1_500, 4_000, 12_000, 35_000, 80_000, 200_000, 500_000, 2_000_000];
/// Levels of a hospital, the cheapest first.
const LEVELS: [Level; 4] = [Level::First, Level::Second, Level::Third, Level::ThirdProvincial];

pub(super) fn check(policies: &Policies, scheme: &Scheme, text: &SchemeText, packages: &Packages, found: &mut Found) {
    let view = View { policies, scheme, text, packages };
    for (number, version) in scheme.versions.iter().enumerate() {
        let conditions = conditions_of(version, scheme);
        let kinds = scheme.chains.iter().fold(0, |kinds, (chain, _)| kinds | chain.kinds);
        let mut persons = grid::cases(policies, scheme, kinds, &conditions);
        // Levels are compared with each other; the community's lower price is the law's own wish.
        persons.retain(|facts| facts.level == Level::First || facts.level == grid::PLAIN.level);
        for facts in persons {
            view.compare(number, version, &facts, found);
        }
    }
}

/// The conditions on who and what that monotonicity is tried for: statuses, age, programmes, places.
fn conditions_of<'a>(version: &'a Version, scheme: &'a Scheme) -> Vec<&'a Condition> {
    let tiers = version.tiers.iter().filter(|tier| matches!(tier.base, TierBase::InScope | TierBase::OverCap(_)));
    let rows = tiers.flat_map(|tier| {
        let bands = tier.bands.iter().flat_map(|band| band.rate.rows.iter().map(|row| &row.condition));
        bands.chain(tier.deductible.rows.iter().map(|row| &row.condition))
    });
    rows.chain(scheme.chains.iter().map(|(condition, _)| condition)).collect()
}

struct View<'a> {
    policies: &'a Policies,
    scheme: &'a Scheme,
    text: &'a SchemeText,
    packages: &'a Packages,
}

impl View<'_> {
    fn compare(&self, number: usize, version: &Version, facts: &Facts, found: &mut Found) {
        let mut calculator = Calculator::new(self.policies);
        let mut pays = |level: Level, yuan: i64| {
            let case = self.case(number, version.from, Facts { level, ..*facts }, yuan * 100);
            calculator.settle(&case, &mut NoTrace).ok().map(|outcome| outcome.fund_total)
        };
        for level in LEVELS {
            let mut before = 0;
            for yuan in BILLS {
                let Some(paid) = pays(level, yuan) else { continue };
                if paid < before {
                    let message = format!(
                        "{} 起：{}、{}，范围内费用 {yuan} 元时基金支付 {}，少于更小账单的 {}；确属法定的写入 lawful.toml",
                        version.from,
                        facts.kind.title(),
                        facts.status.title(),
                        Fen(paid),
                        Fen(before)
                    );
                    self.report("amount", facts.kind, message, found);
                }
                before = paid;
            }
        }
        if facts.kind == Kind::Pharmacy {
            return;
        }
        for yuan in BILLS {
            for pair in LEVELS.windows(2) {
                let (Some(lower), Some(higher)) = (pays(pair[0], yuan), pays(pair[1], yuan)) else { continue };
                if higher > lower {
                    let message = format!(
                        "{} 起：{}、{}，范围内费用 {yuan} 元时{}支付 {}，多于{}的 {}；确属法定的写入 lawful.toml",
                        version.from,
                        facts.kind.title(),
                        facts.status.title(),
                        pair[1].title(),
                        Fen(higher),
                        pair[0].title(),
                        Fen(lower)
                    );
                    self.report("level", facts.kind, message, found);
                }
            }
        }
    }

    fn case(&self, version: usize, day: Day, facts: Facts, in_scope: i64) -> Prepared {
        let scheme = self.policies.scheme_index(&self.scheme.area, &self.scheme.scheme).unwrap_or(0);
        let inpatient = matches!(facts.kind, Kind::Inpatient | Kind::Maternity);
        Prepared {
            scheme,
            law_day: day,
            facts: Facts { admission: if inpatient { facts.admission } else { 0 }, portion: Portion::General, ..facts },
            amounts: Amounts { total: in_scope, in_scope, ..Amounts::default() },
            first: Segment { version: version as u16, portion: facts.portion, cycle: 0, in_scope },
            more: Vec::new(),
            uncut_cycles: 0,
            year: YearToDate::default(),
            use_account: false,
            account_balance: 0,
            family_balance: 0,
        }
    }

    /// Reports the first breach of a check and kind of care, unless an exception names it.
    fn report(&self, check: &str, kind: Kind, message: String, found: &mut Found) {
        let named = |exception: &crate::package::Lawful| {
            exception.area == self.scheme.area
                && exception.scheme == self.scheme.scheme
                && exception.check == check
                && exception.kind.is_none_or(|wanted| wanted == kind)
        };
        if let Some(index) = self.packages.lawful.iter().position(named) {
            found.exceptions.insert(index);
            return;
        }
        let key = format!("monotone.{check}.{}", kind.name());
        let known = found.problems.iter().any(|problem| problem.file == self.text.file && problem.key == key);
        if !known {
            let chain = self.text.chains.iter().find(|chain| chain.condition.kinds & kind.bit() != 0);
            found.report(&self.text.file, chain.map_or(1, |chain| chain.line), key, message);
        }
    }
}

/// Exceptions that nothing needs any more.
pub(super) fn stale_exceptions(packages: &Packages, found: &mut Found) {
    let stale: Vec<usize> = (0..packages.lawful.len()).filter(|index| !found.exceptions.contains(index)).collect();
    for index in stale {
        if let Some(exception) = packages.lawful.get(index) {
            let message =
                format!("{} {} 的这条例外已无需要；请删去，以免掩盖新的问题", exception.area, exception.scheme);
            found.report("policy/lawful.toml", exception.line, "exception", message);
        }
    }
}
