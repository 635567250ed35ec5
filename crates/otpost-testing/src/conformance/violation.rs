use std::fmt;

/// A violation of a contract sentence by a store.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Violation {
    /// The name of the case.
    pub case: &'static str,
    /// The number of the sentence in the contract of [`ChallengeStore`]. For cases that begin with
    /// `limit` it is that of [`LimitStore`], for those that begin with `outbox` that of
    /// [`OutboxStore`], and for those that begin with `report` that of [`ReportStore`].
    ///
    /// [`ChallengeStore`]: otpost::store::ChallengeStore
    /// [`LimitStore`]: otpost::store::LimitStore
    /// [`OutboxStore`]: otpost::store::OutboxStore
    /// [`ReportStore`]: otpost::store::ReportStore
    pub sentence: u8,
    /// The condition that was false, and the values that were seen.
    pub seen: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (sentence {}): {}", self.case, self.sentence, self.seen)
    }
}
