//! Fresh ids, given by whoever keeps the books.

/// What an id is for. It shows in the id's first letter, so that one cannot be taken for another by eye.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdKind {
    /// 就诊ID
    Visit,
    /// 结算ID
    Settlement,
    /// 待遇申报明细流水号
    Filing,
    /// A booking in the ledger.
    Booking,
    /// Anything else.
    Document,
}

impl IdKind {
    /// The first letter.
    #[must_use]
    pub const fn letter(self) -> char {
        match self {
            Self::Visit => 'M',
            Self::Settlement => 'S',
            Self::Filing => 'F',
            Self::Booking => 'B',
            Self::Document => 'D',
        }
    }
}

/// Where fresh ids come from: never the same twice, over all processes on one database; at most 30 characters.
pub trait Ids {
    /// The next one.
    fn next(&mut self, kind: IdKind) -> String;
}
