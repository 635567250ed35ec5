use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::Duration;

use super::device::DeviceToken;
use super::event::{Event, EventKind};
use super::options::{Options, binding_option};
use super::purpose::Purpose;
use super::token::ChallengeToken;
use super::verdict::{Accepted, Verdict};
use super::{ChallengeError, Challenges, trace};
use crate::clock::MinDelay;
use crate::otp::Code;
use crate::store::{Attempt, GoneReason};
use crate::telemetry;

/// The minimum time before [`Verdict::Gone`] is returned. It is longer than any lookup in memory,
/// and negligible compared with a network.
const GONE: Duration = Duration::from_micros(5);

/// A request to verify a code, created by [`Challenges::verify`].
///
/// Nothing happens until it is awaited. It then returns a [`Verdict`] or a [`ChallengeError`].
#[must_use = "nothing is checked until it is awaited"]
pub struct Verify<'a> {
    challenges: &'a Challenges,
    token: &'a ChallengeToken,
    purpose: Purpose<'a>,
    typed: &'a str,
    options: Options<'a>,
    nonce: Option<&'a [u8]>,
}

impl Challenges {
    /// Verifies the code that a user has typed or pasted, as [`Code::parse`](crate::Code::parse)
    /// reads it. Set options on the returned value, then await it to get the [`Verdict`].
    ///
    /// The first case that applies decides: [`Malformed`](Verdict::Malformed), a repeated attempt
    /// (see [`Verify::nonce`]), [`Gone`](Verdict::Gone), [`Locked`](Verdict::Locked), and then the
    /// comparison of the code. Only a code that is compared uses an attempt. `Gone` is returned
    /// after at least 5 µs, so that the response time of a store in memory does not reveal why.
    ///
    /// A correct code returns what its message took from the [limits](super::Limits), and its
    /// number is known from then on.
    ///
    /// # Errors
    ///
    /// Returns a [`ChallengeError`] of the kind
    /// [`Unavailable`](super::ChallengeErrorKind::Unavailable) if the store fails. Reject the user
    /// then. The attempt may have been counted.
    pub fn verify<'a>(
        &'a self,
        token: &'a ChallengeToken,
        purpose: Purpose<'a>,
        typed: &'a str,
    ) -> Verify<'a> {
        Verify::new(self, token, purpose, typed)
    }
}

impl<'a> Verify<'a> {
    binding_option!();

    pub(super) fn new(
        challenges: &'a Challenges,
        token: &'a ChallengeToken,
        purpose: Purpose<'a>,
        typed: &'a str,
    ) -> Self {
        Self { challenges, token, purpose, typed, options: Options::default(), nonce: None }
    }

    /// Sets an idempotency key for this attempt. Repeating the last attempt with the same key, code
    /// and binding returns the same verdict and counts once. Defaults to no key.
    ///
    /// The store keeps the key of the last attempt only, so any further attempt replaces it.
    /// Another code with the same key is a new attempt. A wrong code can be repeated until the
    /// challenge expires, with the same number of attempts left. A correct code can be repeated for
    /// one minute, at most until the challenge expires, and the verdict has
    /// [`is_repeated`](Accepted::is_repeated) set. [`Locked`](Verdict::Locked) uses no attempt and
    /// keeps no key. Use random bytes that the application keeps in the user's session.
    ///
    /// # Security
    ///
    /// The key is a secret of one session. Anyone who knows the key, the challenge's token and the
    /// code is accepted again within that minute. Never use a constant, a counter, or a value that
    /// is shown on a page or in a log.
    #[doc(alias = "idempotency key")]
    pub const fn nonce(mut self, nonce: &'a [u8]) -> Self {
        self.nonce = Some(nonce);
        self
    }

    async fn verify(self) -> Result<Verdict, ChallengeError> {
        // Start before any work. An invalid token needs no store call, so it would be answered
        // sooner than the other reasons. `benches/timing.rs` compares the reasons.
        let floor = MinDelay::of(GONE);
        let verdict = self.look().await;
        if matches!(verdict, Ok(Verdict::Gone)) {
            floor.reach();
        }
        verdict
    }

    async fn look(self) -> Result<Verdict, ChallengeError> {
        let (challenges, purpose) = (self.challenges, self.purpose);
        let inner = &*challenges.0;
        // A missing digit is a typing mistake and must not use up an attempt. So check the form
        // before the store counts.
        let typed = match Code::parse(self.typed) {
            Ok(code) if code.digits() == inner.policy.digits => code,
            _ => {
                challenges.tell(Event::new(EventKind::Malformed, purpose));
                return Ok(Verdict::Malformed);
            }
        };
        let Some(handle) = self.token.open(&inner.keys, purpose) else {
            // The token belongs to another purpose or tenant, its key is no longer in the pepper,
            // or this application did not issue it. Do not call the store: it would count the
            // attempt.
            challenges.tell(Event::new(EventKind::Gone(GoneReason::Absent), purpose));
            return Ok(Verdict::Gone);
        };
        let id = &handle.id;
        let tell = |kind| challenges.tell(Event::new(kind, purpose).of(id));
        let Some(guess) = inner.keys.mac(id, purpose, self.options.binding, &typed) else {
            tell(EventKind::Gone(GoneReason::Absent));
            return Ok(Verdict::Gone);
        };
        // The digest covers the guess. With the nonce alone, any code that repeats the nonce of a
        // success would be accepted.
        let nonce = self.nonce.and_then(|nonce| inner.keys.nonce(id, nonce, &guess));
        let rule = inner.policy.attempt_rule();
        let calls = challenges.calls();
        let attempt = calls.attempt(id, &guess, nonce.as_ref(), &rule).await;
        Ok(match challenges.stored(purpose, Some(id), attempt)? {
            Attempt::Accepted { is_repeated } => {
                let (challenge_id, recipient) = (*id, handle.recipient.clone());
                // A repetition is not a second success: it gives nothing back, and its device may be
                // another one.
                let device_token = if is_repeated {
                    None
                } else {
                    tell(EventKind::Accepted);
                    inner.counts.accepted(recipient.region());
                    challenges.succeed(&calls, purpose, &recipient, &handle.paid).await;
                    // The code is correct even if no token can be made.
                    DeviceToken::issue(&inner.keys, &recipient, inner.clock.now()).ok()
                };
                Verdict::Accepted(Accepted { challenge_id, recipient, is_repeated, device_token })
            }
            Attempt::Gone(why) => {
                // All reasons are one verdict, so a stranger cannot tell a used challenge from one
                // that never existed. Only the observer gets the reason.
                tell(match why {
                    GoneReason::Used => EventKind::Replayed,
                    why => EventKind::Gone(why),
                });
                Verdict::Gone
            }
            Attempt::Locked(retry_after) => {
                tell(EventKind::Locked);
                Verdict::Locked { retry_after }
            }
            Attempt::Wrong { left } => {
                challenges.0.counts.wrong();
                tell(if left == 0 { EventKind::Exhausted } else { EventKind::Wrong { left } });
                Verdict::Wrong { attempts_left: left }
            }
        })
    }
}

impl<'a> IntoFuture for Verify<'a> {
    type Output = Result<Verdict, ChallengeError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        if !telemetry::is_on() {
            return Box::pin(self.verify());
        }
        Box::pin(trace::verify(self.purpose, self.verify()))
    }
}

impl fmt::Debug for Verify<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verify").field("purpose", &self.purpose).finish_non_exhaustive()
    }
}
