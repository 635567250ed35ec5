use std::fmt;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::time::Duration;

use super::event::{Event, EventKind};
use super::guards::region_tag;
use super::{ChallengeError, Challenges};
use crate::clock::Floor;
use crate::otp::Code;
use crate::phone::{PhoneNumber, Region};
use crate::store::{Attempt, ChallengeId, Context, CounterTag, GoneBecause};

/// How long it takes at least to say that there is nothing to guess: longer than any look into memory, and nothing over a network.
const GONE: Duration = Duration::from_micros(5);

/// A guess that is about to be checked: set options, then await it.
#[must_use = "nothing is checked until it is awaited"]
pub struct Verify<'a> {
    challenges: &'a Challenges,
    id: &'a ChallengeId,
    purpose: &'a str,
    typed: &'a str,
    binding: &'a [u8],
    recipient: Option<&'a PhoneNumber>,
    nonce: Option<&'a [u8]>,
}

/// What a guess is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use = "whoever does not look lets everybody in"]
#[non_exhaustive]
pub enum Verdict {
    /// The code is correct. It cannot be used again.
    #[non_exhaustive]
    Accepted {
        /// The challenge that the code belongs to.
        challenge_id: ChallengeId,
        /// `true` if this is the answer to an attempt that was accepted before and is repeated with the same
        /// [nonce](Verify::nonce), because its answer was lost. The challenge was accepted once; an action that must happen once,
        /// such as a payment, happens for the answer with `false`, or is made idempotent by the challenge's identity.
        is_repeated: bool,
    },
    /// There is nothing to guess: it was used, has expired, was revoked, all guesses were wrong, or it never was. That is said after 5 µs or
    /// more, since over memory the nanoseconds that it takes would tell which of them.
    Gone,
    /// Too many wrong guesses of the recipient. Nothing was compared.
    #[non_exhaustive]
    Locked {
        /// For how long.
        retry_after: Duration,
    },
    /// It is no code: letters, or another count of digits. It does not count as a guess.
    Malformed,
    /// It is wrong.
    #[non_exhaustive]
    Wrong {
        /// How many guesses are left; with none there is nothing to guess any more.
        attempts_left: u16,
    },
}

impl Verdict {
    /// Whether it is right.
    #[must_use]
    pub const fn is_accepted(&self) -> bool {
        matches!(self, Self::Accepted { .. })
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Accepted { .. } => f.write_str("the code is right"),
            Self::Gone => f.write_str("there is no such code any more"),
            Self::Locked { retry_after } => {
                write!(
                    f,
                    "too many wrong codes; try again in {} s",
                    retry_after.as_millis().div_ceil(1_000)
                )
            }
            Self::Malformed => f.write_str("that is no code"),
            Self::Wrong { attempts_left: 1 } => f.write_str("the code is wrong; 1 attempt left"),
            Self::Wrong { attempts_left } => {
                write!(f, "the code is wrong; {attempts_left} attempts left")
            }
        }
    }
}

impl<'a> Verify<'a> {
    pub(super) const fn new(
        challenges: &'a Challenges,
        id: &'a ChallengeId,
        purpose: &'a str,
        typed: &'a str,
    ) -> Self {
        Self { challenges, id, purpose, typed, binding: &[], recipient: None, nonce: None }
    }

    /// For this and nothing else: the same bytes as when it was [issued](super::Issue::bind). With others the code is wrong.
    pub const fn bind(mut self, binding: &'a [u8]) -> Self {
        self.binding = binding;
        self
    }

    /// Of this recipient. The identity is of one recipient alone, so this is for applications that carry the two apart; with another the
    /// code is wrong.
    pub const fn recipient(mut self, to: &'a PhoneNumber) -> Self {
        self.recipient = Some(to);
        self
    }

    /// Sets an idempotency key for this attempt. Repeating the same guess with the same key returns the same verdict and counts
    /// once, for a minute after a success; an accepted verdict then says
    /// [`is_repeated`](Verdict::Accepted::is_repeated). Use random bytes that the application keeps in the session of the person who types the code.
    ///
    /// # Security
    ///
    /// The key is a secret of one session. Anyone who knows the key, the challenge's identity and the code is accepted
    /// again within that minute, so never use a constant, a counter, or a value that a page or a log shows.
    pub const fn nonce(mut self, nonce: &'a [u8]) -> Self {
        self.nonce = Some(nonce);
        self
    }

    async fn verify(self) -> Result<Verdict, ChallengeError> {
        let floor = Floor::of(GONE);
        let verdict = self.look().await;
        if matches!(verdict, Ok(Verdict::Gone)) {
            floor.reach();
        }
        verdict
    }

    async fn look(self) -> Result<Verdict, ChallengeError> {
        let (challenges, id, purpose) = (self.challenges, self.id, self.purpose);
        let inner = &*challenges.0;
        let tell = |kind| challenges.tell(Event::new(kind, purpose).of(id));
        let typed = match Code::parse(self.typed) {
            Ok(code) if code.digits() == inner.policy.digits => code,
            _ => {
                tell(EventKind::Malformed);
                return Ok(Verdict::Malformed);
            }
        };
        let recipient = match self.recipient {
            None => Some(id.recipient()),
            Some(to) => inner.keys.recipient_of(id, purpose, to.e164()),
        };
        let guess = recipient
            .filter(|_| inner.keys.has_made(id))
            .and_then(|recipient| inner.keys.mac(id, purpose, &recipient, self.binding, &typed));
        let Some(guess) = guess else {
            // Another tenant has made it, or a key that is not in the pepper any more, or nobody has. The store is not asked:
            // it would count the guess.
            tell(EventKind::Gone(GoneBecause::Absent));
            return Ok(Verdict::Gone);
        };
        let nonce = self.nonce.and_then(|nonce| inner.keys.nonce(id, nonce, &guess));
        let rule = inner.policy.attempt_rule();
        let attempt = inner.store.attempt(id, &guess, nonce.as_ref(), &rule).await;
        Ok(match challenges.stored(purpose, Some(id), attempt)? {
            Attempt::Accepted { context, is_repeated } => {
                if !is_repeated {
                    tell(EventKind::Accepted);
                    challenges.succeeded(purpose, context).await;
                }
                Verdict::Accepted { challenge_id: *id, is_repeated }
            }
            Attempt::Gone(why) => {
                tell(match why {
                    GoneBecause::Used => EventKind::Replayed,
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

impl Challenges {
    /// Counts a success where messages were counted.
    async fn succeeded(&self, purpose: &str, context: Context) {
        let [a, b, tag @ .., _, _] = *context.as_bytes();
        let region = [a, b];
        let region = core::str::from_utf8(&region).ok().and_then(|code| Region::parse(code).ok());
        self.0.counts.accepted(region);
        let prefix = self.0.guards.judges_prefixes().then(|| CounterTag::new(tag));
        let region = region.filter(|_| self.0.guards.judges_regions());
        let region = region.map(|region| region_tag(&self.0.keys, region));
        for tag in prefix.into_iter().chain(region) {
            // The guess is right whether it is counted or not.
            let _ = self.stored(purpose, None, self.0.store.credit(&tag).await);
        }
    }
}

impl<'a> IntoFuture for Verify<'a> {
    type Output = Result<Verdict, ChallengeError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.verify())
    }
}

impl fmt::Debug for Verify<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verify")
            .field("id", &self.id)
            .field("purpose", &self.purpose)
            .finish_non_exhaustive()
    }
}
