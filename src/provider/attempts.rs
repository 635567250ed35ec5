use std::time::Duration;

use super::fate::{Fate, SendErrorKind};
use super::stage::Stage;

/// A send that failed, of those before a receipt or of those behind an error.
///
/// # Examples
///
/// ```
/// use otpost::provider::FailedAttempt;
///
/// fn log(attempts: &[FailedAttempt]) {
///     for failed in attempts {
///         let FailedAttempt { provider, elapsed, kind, fate, .. } = failed;
///         println!("{provider} failed after {elapsed:?}: {kind}; {fate}");
///     }
/// }
/// # log(&[]);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FailedAttempt {
    /// The name of the provider.
    pub provider: Box<str>,
    /// The kind of the error.
    pub kind: SendErrorKind,
    /// The delivery state of the message after this send.
    pub fate: Fate,
    /// The stage at which the exchange ended; `None` if there was a complete response or no
    /// exchange.
    pub stage: Option<Stage>,
    /// The duration of the send.
    pub elapsed: Duration,
}
