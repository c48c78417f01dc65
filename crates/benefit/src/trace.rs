//! What happened to a bill, step by step, as numbers and parameter ids; words come with rendering.

use crate::words::Fund;

/// No parameter, no tier.
pub(crate) const NONE: u32 = u32::MAX;

/// What a step did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepKind {
    /// A cross-region case bears a share first: `amount` moved out of scope.
    FirstShare,
    /// The waiting period is not over: no fund pays.
    Waiting,
    /// `amount` of deductible taken from the base.
    Deductible,
    /// A deductible factor, point or share factor that took part.
    Modifier,
    /// A bound between bands that was crossed; `amount` is the bound.
    Bound,
    /// `amount` paid by `fund` in a band on `base`.
    Pay,
    /// A cap stopped the tier; `amount` of the base lies above it.
    Cap,
    /// The tier took no part: the person lacks what it asks for.
    Skipped,
    /// The tier has no rate on the day and was not computed.
    Unmodelled,
    /// Paid from the personal account.
    Account,
    /// Paid from a family account.
    FamilyAccount,
    /// Left to pay in cash.
    Cash,
}

/// One step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Step {
    /// What it did.
    pub kind: StepKind,
    /// Index of the tier within the scheme; 255 when none.
    pub tier: u8,
    /// Band from 1; 0 when none.
    pub band: u8,
    /// Who paid.
    pub fund: Option<Fund>,
    /// Fen.
    pub amount: i64,
    /// Fen it was applied to.
    pub base: i64,
    /// The rate applied, in millionths; 0 when none.
    pub rate: i64,
    /// Index into the parameters; `u32::MAX` when none.
    pub parameter: u32,
}

impl Step {
    pub(crate) const fn new(kind: StepKind, amount: i64) -> Self {
        Self { kind, tier: 255, band: 0, fund: None, amount, base: 0, rate: 0, parameter: NONE }
    }

    pub(crate) const fn tier(mut self, tier: u8) -> Self {
        self.tier = tier;
        self
    }

    pub(crate) const fn band(mut self, band: u8) -> Self {
        self.band = band;
        self
    }

    pub(crate) const fn fund(mut self, fund: Fund) -> Self {
        self.fund = Some(fund);
        self
    }

    pub(crate) const fn on(mut self, base: i64) -> Self {
        self.base = base;
        self
    }

    pub(crate) const fn rate(mut self, rate: i64) -> Self {
        self.rate = rate;
        self
    }

    pub(crate) const fn by(mut self, parameter: u32) -> Self {
        self.parameter = parameter;
        self
    }
}

/// Where steps go. [`NoTrace`] compiles to nothing.
pub trait Tracer {
    /// Takes a step.
    fn step(&mut self, step: Step);
}

/// Forgets every step.
#[derive(Debug, Default)]
pub struct NoTrace;

impl Tracer for NoTrace {
    #[inline]
    fn step(&mut self, _step: Step) {}
}

impl Tracer for Vec<Step> {
    fn step(&mut self, step: Step) {
        self.push(step);
    }
}
