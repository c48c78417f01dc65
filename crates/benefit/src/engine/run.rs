//! One case on its way through the chain.
//!
//! In-scope, over-cap and above-deductible tiers run for each segment of the bill; rest tiers run once, on
//! what the insured still bears; then accounts and cash.

use super::{Fault, Outcome, Prepared, Segment};
use crate::facts::Facts;
use crate::package::Per;
use crate::policy::{Scheme, TIERS_MAX, Tier, TierBase, Version};
use crate::state::{TierState, VisitState, given};
use crate::tier::{self, Cell, TierError, TierInput, TierRun};
use crate::trace::{Step, StepKind, Tracer};
use crate::words::{Borne, Fund, Kind};

/// The moving parts of one case.
pub(super) struct CaseRun<'a> {
    scheme: &'a Scheme,
    outcome: Outcome,
    /// Within scope and not yet paid by any fund.
    borne: i64,
    visits: [VisitState; TIERS_MAX],
    /// What each in-scope or over-cap tier leaves with the insured of this case.
    left: [i64; TIERS_MAX],
    before: [TierState; TIERS_MAX],
    /// A tier with something to pay on was not computed: what is left is not known.
    unmodelled: bool,
}

impl<'a> CaseRun<'a> {
    pub(super) fn new(scheme: &'a Scheme, case: &Prepared) -> Self {
        Self {
            scheme,
            outcome: Outcome {
                amounts: case.amounts,
                deductible: 0,
                funds: [0; Fund::COUNT],
                fund_bases: [0; Fund::COUNT],
                fund_total: 0,
                own_account: 0,
                family_account: 0,
                cash: 0,
                year: case.year,
            },
            borne: 0,
            visits: [VisitState::default(); TIERS_MAX],
            left: [0; TIERS_MAX],
            before: case.year.tiers,
            unmodelled: false,
        }
    }

    fn version(&self, segment: &Segment) -> &'a Version {
        &self.scheme.versions[usize::from(segment.version)]
    }

    pub(super) fn first_share(&mut self, case: &Prepared, tracer: &mut impl Tracer) {
        let version = self.version(&case.first);
        if let Some(row) = version.first_share.choose(&case.facts) {
            let moved = row.value.of_fen(case.amounts.in_scope);
            self.outcome.amounts.in_scope -= moved;
            self.outcome.amounts.upfront += moved;
            if row.value.0 > 0 {
                let step = Step::new(StepKind::FirstShare, moved).on(case.amounts.in_scope);
                tracer.step(step.rate(row.value.0).by(row.parameter));
            }
        }
        self.borne = self.outcome.amounts.in_scope;
    }

    pub(super) fn waits(&self, case: &Prepared, tracer: &mut impl Tracer) -> bool {
        let (Some(row), Some(months)) =
            (self.version(&case.first).waiting_months.choose(&case.facts), case.facts.cover_months)
        else {
            return false;
        };
        let waits = months < row.value;
        if waits {
            tracer.step(Step::new(StepKind::Waiting, 0).by(row.parameter));
        }
        waits
    }

    pub(super) fn segments(
        &mut self,
        case: &Prepared,
        chain: &[u8],
        cells: &mut Vec<Cell>,
        tracer: &mut impl Tracer,
    ) -> Result<(), Fault> {
        let whole = case.amounts.in_scope;
        let kept = self.outcome.amounts.in_scope;
        let (mut seen, mut given_out) = (0_i64, 0_i64);
        let mut cycle = 0;
        for segment in std::iter::once(&case.first).chain(&case.more) {
            // A first share takes its part of every segment; the parts add up to the whole.
            seen += segment.in_scope;
            let upto = if kept == whole { seen } else { share_of(kept, seen, whole) };
            let base = upto - given_out;
            given_out = upto;
            if segment.cycle != cycle {
                cycle = segment.cycle;
                self.visits = [VisitState::default(); TIERS_MAX];
            }
            self.segment(case, segment, base, chain, cells, tracer)?;
        }
        Ok(())
    }

    fn segment(
        &mut self,
        case: &Prepared,
        segment: &Segment,
        base: i64,
        chain: &[u8],
        cells: &mut Vec<Cell>,
        tracer: &mut impl Tracer,
    ) -> Result<(), Fault> {
        let version = self.version(segment);
        let mut facts = case.facts;
        facts.portion = segment.portion;
        facts.admission = if facts.admission == 0 { 0 } else { facts.admission + segment.cycle };
        let mut over = [0_i64; TIERS_MAX];
        let mut banded = [0_i64; TIERS_MAX];
        let mut borne = base;
        let mut started = false;
        let mut missing: u16 = 0;
        for &index in chain {
            let Some(tier) = version.tiers.get(usize::from(index)) else { continue };
            let amount = match tier.base {
                TierBase::Rest => continue,
                TierBase::InScope => base,
                TierBase::OverCap(of) => over[usize::from(of)],
                TierBase::AboveDeductible(of) => banded[usize::from(of)],
            };
            if !takes_part(tier, index, &facts, tracer) {
                continue;
            }
            let needed =
                matches!(tier.base, TierBase::OverCap(of) | TierBase::AboveDeductible(of) if missing & 1 << of != 0);
            if needed || tier.bands.is_empty() {
                if !started && tier.base == TierBase::InScope {
                    return Err(Fault::NoTier { tier: index });
                }
                missing |= 1 << index;
                self.unmodelled |= tell_unmodelled(index, amount.max(i64::from(needed)), tracer);
                continue;
            }
            let extra = if segment.cycle == 0 { self.uncut(case, tier, index, &facts)? } else { 0 };
            let input = TierInput {
                tier,
                index,
                facts: &facts,
                year: &self.outcome.year.tiers[usize::from(index)],
                visit: &self.visits[usize::from(index)],
                seen_before: self.outcome.year.tiers[usize::from(index)].in_scope,
                limit: borne,
                extra_deductible: extra,
            };
            let run = match tier::run(&input, amount, cells, tracer) {
                Ok(run) => run,
                Err(TierError::NoRate { .. } | TierError::NoDeductible) if started => {
                    missing |= 1 << index;
                    self.unmodelled |= tell_unmodelled(index, amount, tracer);
                    continue;
                }
                Err(error) => return Err(fault(index, error)),
            };
            started = true;
            over[usize::from(index)] = run.over;
            banded[usize::from(index)] = run.banded;
            borne -= run.total;
            self.outcome.deductible += run.deductible;
            self.book(tier, index, &facts, amount, &run);
            self.left[usize::from(index)] += amount - run.total;
            match tier.base {
                TierBase::AboveDeductible(of) => self.left[usize::from(of)] -= run.total,
                TierBase::OverCap(of) => {
                    self.left[usize::from(of)] -= amount;
                    self.outcome.year.tiers[usize::from(of)].in_scope -= amount;
                    self.visits[usize::from(of)].in_scope -= amount;
                }
                TierBase::InScope | TierBase::Rest => {}
            }
        }
        self.borne += borne - base;
        Ok(())
    }

    /// Deductibles of cycles that the amounts could not be cut into, charged with the first.
    fn uncut(&self, case: &Prepared, tier: &Tier, index: u8, facts: &Facts) -> Result<i64, Fault> {
        let mut extra = 0;
        if tier.deductible_per == Some(Per::Visit) && tier.base == TierBase::InScope {
            for cycle in 1..=case.uncut_cycles {
                let later = Facts { admission: facts.admission + cycle, ..*facts };
                let found = tier::deductible_in_force(tier, index, &later, &mut crate::trace::NoTrace);
                extra += found.map_err(|error| fault(index, error))?.0;
            }
        }
        Ok(extra)
    }

    pub(super) fn rest_tiers(
        &mut self,
        case: &Prepared,
        chain: &[u8],
        cells: &mut Vec<Cell>,
        tracer: &mut impl Tracer,
    ) -> Result<(), Fault> {
        let last = case.more.last().unwrap_or(&case.first);
        let version = self.version(last);
        let first_tier_only = chain
            .iter()
            .all(|&index| version.tiers.get(usize::from(index)).is_none_or(|tier| tier.base == TierBase::Rest));
        let mut computed = !first_tier_only;
        let mut fed = false;
        for &index in chain {
            let Some(tier) = version.tiers.get(usize::from(index)) else { continue };
            if tier.base != TierBase::Rest || !takes_part(tier, index, &case.facts, tracer) {
                continue;
            }
            let base = self.borne;
            if self.unmodelled || tier.bands.is_empty() {
                self.unmodelled |= tell_unmodelled(index, base, tracer);
                continue;
            }
            let input = TierInput {
                tier,
                index,
                facts: &case.facts,
                year: &self.outcome.year.tiers[usize::from(index)],
                visit: &self.visits[usize::from(index)],
                seen_before: self.seen_before(tier, index),
                limit: base,
                extra_deductible: 0,
            };
            let run = match tier::run(&input, base, cells, tracer) {
                Ok(run) => run,
                Err(TierError::NoRate { .. } | TierError::NoDeductible) => {
                    self.unmodelled |= tell_unmodelled(index, base, tracer);
                    continue;
                }
                Err(error) => return Err(fault(index, error)),
            };
            self.borne -= run.total;
            self.book(tier, index, &case.facts, base, &run);
            // Where a chain has rest tiers only, the first one's deductible is the visit's.
            if first_tier_only && !computed {
                self.outcome.deductible += run.deductible;
            }
            computed = true;
            self.left[usize::from(index)] += base - run.total;
            // What a tier fed on stays its base for the rest of the year, whoever pays after it.
            fed |= !tier.feeds.is_empty();
            if !fed {
                self.relieve(chain, version, run.total);
            }
        }
        // A chain of rest tiers of which none could be computed answers nothing.
        if computed || self.borne == 0 {
            Ok(())
        } else {
            Err(Fault::NoTier { tier: chain.first().copied().unwrap_or(0) })
        }
    }

    /// The base a rest tier has seen this year: its own record, else what the tiers it feeds on left.
    fn seen_before(&self, tier: &Tier, index: u8) -> i64 {
        let own = &self.before[usize::from(index)];
        let seen = if own.gave(given::IN_SCOPE) {
            own.in_scope
        } else if own.gave(given::SELF_PAID) {
            own.self_paid + own.paid
        } else {
            tier.feeds.iter().map(|&feed| self.before[usize::from(feed)].self_paid).sum()
        };
        seen.max(own.deductible)
    }

    /// A payment out of the rest lightens what the earlier tiers left, in order.
    fn relieve(&mut self, chain: &[u8], version: &Version, mut paid: i64) {
        for &index in chain {
            let Some(tier) = version.tiers.get(usize::from(index)) else { continue };
            if matches!(tier.base, TierBase::InScope | TierBase::OverCap(_)) {
                let left = &mut self.left[usize::from(index)];
                let taken = paid.min((*left).max(0));
                *left -= taken;
                paid -= taken;
            }
        }
    }

    /// Writes a tier's run into funds and accumulators.
    fn book(&mut self, tier: &Tier, index: u8, facts: &Facts, base: i64, run: &TierRun) {
        let visit = &mut self.visits[usize::from(index)];
        visit.deductible += run.deductible;
        visit.in_scope += base;
        visit.paid += run.own;
        let state = &mut self.outcome.year.tiers[usize::from(index)];
        if tier.deductible_per == Some(Per::Year) {
            state.deductible = run.met;
        }
        state.deductible += run.deductible;
        state.in_scope = run.seen + base;
        state.paid += run.own;
        state.given |= given::DEDUCTIBLE | given::IN_SCOPE | given::PAID;
        state.touched = true;
        for (slot, used) in tier.subcaps.iter().zip(&mut state.subcaps) {
            if slot.choose(facts).is_some() {
                *used += run.own;
            }
        }
        for &(fund, amount) in &run.pays {
            let Some(fund) = fund else { break };
            self.outcome.funds[fund as usize] += amount;
            self.outcome.fund_bases[fund as usize] += base;
            self.outcome.fund_total += amount;
        }
    }

    pub(super) fn finish(mut self, case: &Prepared, tracer: &mut impl Tracer) -> Outcome {
        for (state, left) in self.outcome.year.tiers.iter_mut().zip(self.left) {
            if state.touched {
                state.self_paid += left;
                state.given |= given::SELF_PAID;
            }
        }
        if case.facts.kind == Kind::Inpatient {
            let year = &mut self.outcome.year;
            year.admissions = year.admissions.max(case.facts.admission);
            year.admissions_touched = true;
        }
        self.accounts(case, tracer);
        let outcome = &mut self.outcome;
        outcome.cash = outcome.personal() - outcome.account();
        tracer.step(Step::new(StepKind::Cash, outcome.cash));
        self.outcome
    }

    fn accounts(&mut self, case: &Prepared, tracer: &mut impl Tracer) {
        if !case.use_account {
            return;
        }
        let chosen = self.version(&case.first).account_covers.choose(&case.facts);
        let (covers, parameter) = chosen.map_or((DEFAULT_COVERS, crate::trace::NONE), |row| (row.value, row.parameter));
        let covered = |part: Borne| covers & (1 << part as u8) != 0;
        let amounts = &self.outcome.amounts;
        let parts = [
            (Borne::SelfPaid, self.borne),
            (Borne::Upfront, amounts.upfront),
            (Borne::OverLimit, amounts.over_limit),
            (Borne::SelfFunded, amounts.self_funded),
        ];
        let payable: i64 = parts.iter().filter(|(part, _)| covered(*part)).map(|(_, amount)| amount).sum();
        self.outcome.own_account = payable.min(case.account_balance).max(0);
        self.outcome.family_account = (payable - self.outcome.own_account).min(case.family_balance).max(0);
        for (kind, amount) in
            [(StepKind::Account, self.outcome.own_account), (StepKind::FamilyAccount, self.outcome.family_account)]
        {
            if amount > 0 {
                tracer.step(Step::new(kind, amount).on(payable).by(parameter));
            }
        }
    }
}

/// Says that a tier was not computed, when it had something to pay on; returns whether it had.
fn tell_unmodelled(index: u8, base: i64, tracer: &mut impl Tracer) -> bool {
    if base > 0 {
        tracer.step(Step::new(StepKind::Unmodelled, 0).tier(index).on(base));
    }
    base > 0
}

/// What an account may pay where the law says nothing else: the insured's own part of listed costs.
const DEFAULT_COVERS: u8 = 1 << Borne::SelfPaid as u8 | 1 << Borne::Upfront as u8;

fn takes_part(tier: &Tier, index: u8, facts: &Facts, tracer: &mut impl Tracer) -> bool {
    let part = tier.when.holds(facts);
    if !part {
        tracer.step(Step::new(StepKind::Skipped, 0).tier(index));
    }
    part
}

fn fault(tier: u8, error: TierError) -> Fault {
    match error {
        TierError::NoDeductible => Fault::NoValue { tier, band: 0 },
        TierError::NoRate { band } => Fault::NoValue { tier, band },
        TierError::UnknownCeiling { parameter } => Fault::UnknownCeiling { parameter },
    }
}

/// `kept × part / whole`, rounded half up.
fn share_of(kept: i64, part: i64, whole: i64) -> i64 {
    if whole == 0 {
        return 0;
    }
    let (product, whole) = (i128::from(kept) * i128::from(part), i128::from(whole));
    i64::try_from((product + whole / 2) / whole).unwrap_or(i64::MAX)
}
