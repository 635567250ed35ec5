//! The challenge flow: issue a code for a purpose, send it, accept it once.
//!
//! ```
//! # #[cfg(feature = "testing")]
//! # mod shown {
//! use std::net::IpAddr;
//! use otpost::PhoneNumber;
//! use otpost::challenge::{Challenges, Pepper, Purpose, Verdict};
//! use otpost::store::MemoryStore;
//! use otpost::testing::RecordingProvider;
//!
//! const LOGIN: Purpose = Purpose::new("login");
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # pub async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let phone = RecordingProvider::new();
//! # let gateway = phone.clone();
//! let challenges = Challenges::builder(Pepper::random()?) // in production: Pepper::from_env("OTPOST_PEPPER")?
//!     .app("Acme")
//!     .provider(gateway)
//!     .store(MemoryStore::new())
//!     .regions(["CH", "DE"])
//!     .build()?;
//!
//! // The token goes into a cookie; the code goes to the phone and nowhere else.
//! let to = PhoneNumber::parse("+41791234567")?;
//! let client: IpAddr = "192.0.2.1".parse()?;
//! let challenge = challenges.issue(&to, LOGIN, client).await?;
//! let token = challenge.token();
//! println!("We have sent a code to {}.", challenge.hint());
//!
//! # let typed = phone.messages().pop().and_then(|m| Some(m.code()?.expose().to_owned())).ok_or("none")?;
//! match challenges.verify(token, LOGIN, &typed).await? {
//!     Verdict::Accepted(accepted) => println!("Welcome, {}.", accepted.recipient()),
//!     Verdict::Wrong { attempts_left, .. } => println!("Wrong. {attempts_left} attempts left."),
//!     other => println!("{other}"),
//! }
//! # assert!(matches!(challenges.verify(token, LOGIN, &typed).await?, Verdict::Gone));
//! # Ok(())
//! # }
//! # }
//! # #[cfg(feature = "testing")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! #     shown::main()
//! # }
//! # #[cfg(not(feature = "testing"))]
//! # fn main() {}
//! ```
//!
//! # What is kept
//!
//! A store keeps a keyed digest of the code and a salt, and no number and no code. The code is computed from the [`Pepper`],
//! which is not in the store, and the salt, which is not in the application: either of them alone yields nothing. The
//! application keeps the [`ChallengeToken`], in which identity and number are encrypted. Messages that wait in an outbox are encrypted too.
//!
//! # What is bounded
//!
//! Guesses of a challenge, messages and wrong guesses of a recipient, messages of a range of numbers, of a client and in all: see [`Policy`]
//! and [`Guards`]. Guesses count by the challenge's identity, which nobody can guess, so nobody can use up the guesses of somebody
//! else. [`Policy::guess_probability`] says what is left to chance.

mod builder;
mod client;
mod decoy;
mod error;
mod event;
mod guards;
mod intent;
mod issue;
mod options;
mod pepper;
mod policy;
mod purpose;
mod resend;
mod sending;
#[cfg(feature = "serde")]
mod serde;
mod stats;
mod store_calls;
mod tenant_keys;
mod token;
mod verdict;
mod verify;
mod worker;

use std::fmt;
use std::sync::Arc;

pub use builder::ChallengesBuilder;
pub use client::Client;
pub use error::{BuildError, ChallengeError, ChallengeErrorKind};
pub use event::{Event, EventKind, Observer, RefusedReason};
pub use guards::Guards;
pub use issue::{Challenge, Delivery, Issue};
pub use pepper::{Pepper, PepperError};
pub use policy::Policy;
pub use purpose::Purpose;
pub use resend::Resend;
pub use stats::{Conversion, Stats};
pub use token::ChallengeToken;
pub use verdict::{Accepted, Verdict};
pub use verify::Verify;
pub use worker::{Step, Worker};

use crate::clock::Clock;
use crate::message::{Autofill, MessageTemplates, SegmentPolicy};
use crate::otp::Code;
use crate::phone::{PhoneNumber, RegionPolicy};
use crate::provider::Provider;
use crate::store::{ChallengeId, OutboxStore, StoreError};
use builder::{BuilderStore, Listener};
use issue::Recipient;
use stats::Counts;
use store_calls::StoreTimeout;
use tenant_keys::TenantKeys;

/// Issues codes and accepts each of them once. Clones are the same.
///
/// See [the module](self) for what it looks like, and [`ChallengesBuilder`] for what it is made of.
///
/// # Cancel safety
///
/// Dropping a future of any of its calls leaves a state that is one of those before and after the call: a challenge is opened and
/// perhaps sent, or it is not; a guess is counted or it is not. A code that was accepted is never accepted again, whether the caller has
/// seen the verdict or not; see [`Verify::nonce`].
#[derive(Clone)]
pub struct Challenges(Arc<ChallengesInner>);

struct ChallengesInner {
    keys: TenantKeys,
    provider: Box<dyn Provider>,
    store: Arc<dyn BuilderStore>,
    /// The same, where messages are sent later.
    outbox: Option<Arc<dyn OutboxStore>>,
    store_timeout: Option<StoreTimeout>,
    regions: RegionPolicy,
    policy: Policy,
    guards: Guards,
    texts: MessageTemplates,
    segments: SegmentPolicy,
    autofill: Option<Autofill>,
    clock: Box<dyn Clock>,
    observer: Option<Listener>,
    test_numbers: Vec<(PhoneNumber, Code)>,
    counts: Counts,
}

impl Challenges {
    /// Begins with the server's key.
    #[must_use]
    pub fn builder(pepper: Pepper) -> ChallengesBuilder {
        ChallengesBuilder::new(pepper)
    }

    /// Issues a code for a purpose and sends it. Set options on the returned value, then await it.
    ///
    /// # Errors
    ///
    /// [`ChallengeError`] if no code is on its way: nothing was sent, or the message was refused and the challenge revoked. A
    /// message that may have been sent is no error: the challenge's [`delivery`](Challenge::delivery) says so.
    pub fn issue<'a>(
        &'a self,
        to: &'a PhoneNumber,
        purpose: Purpose<'a>,
        client: impl Into<Client>,
    ) -> Issue<'a> {
        Issue::new(self, Recipient::Number(to), purpose, client.into())
    }

    /// Issues a challenge for a person who is not known, so that a page answers as it does for those who are: the same shape,
    /// the same waits and the same wrong guesses, but no message. No code is ever correct.
    ///
    /// `subject` is what was typed in, such as a user name. The same subject waits and is counted like the same number. The hint
    /// looks like that of `like`, such as a number of the application's own country, with last digits that depend on the
    /// subject. The token is resent and verified like any other.
    ///
    /// # Errors
    ///
    /// As [`issue`](Self::issue), except those of sending.
    ///
    /// # Security
    ///
    /// A message takes time to send, and a decoy takes none: use an [outbox](ChallengesBuilder::outbox), or answer the page
    /// before the message is sent.
    pub fn issue_decoy<'a>(
        &'a self,
        subject: &'a str,
        purpose: Purpose<'a>,
        like: &'a PhoneNumber,
        client: impl Into<Client>,
    ) -> Issue<'a> {
        Issue::new(self, Recipient::Decoy { subject, like }, purpose, client.into())
    }

    /// Sends the code of a challenge again, to the number that it was issued for: the same code, unless the policy
    /// [rotates codes](Policy::with_rotation). The challenge expires when it would have expired.
    ///
    /// # Errors
    ///
    /// [`ChallengeError`]. The code that was sent before stays valid, except if the challenge is
    /// [`Gone`](ChallengeErrorKind::Gone), or if codes rotate and the new one was not sent: then issue another challenge.
    pub fn resend<'a>(
        &'a self,
        token: &'a ChallengeToken,
        purpose: Purpose<'a>,
        client: impl Into<Client>,
    ) -> Resend<'a> {
        Resend::new(self, token, purpose, client.into())
    }

    /// Checks what a person has typed: digits, with spaces and hyphens anywhere.
    ///
    /// # Errors
    ///
    /// [`ChallengeError`] if the store does not answer. Nobody is let in then.
    pub fn verify<'a>(
        &'a self,
        token: &'a ChallengeToken,
        purpose: Purpose<'a>,
        typed: &'a str,
    ) -> Verify<'a> {
        Verify::new(self, token, purpose, typed)
    }

    /// Ends a challenge, for example when a person logs out or changes the number. Returns whether it was pending.
    ///
    /// # Errors
    ///
    /// [`ChallengeError`] if the store does not answer. The challenge may then still be pending.
    pub async fn revoke(
        &self,
        token: &ChallengeToken,
        purpose: Purpose<'_>,
    ) -> Result<bool, ChallengeError> {
        let Some(handle) = token.open(&self.0.keys, purpose) else { return Ok(false) };
        let id = &handle.id;
        let revoked = self.stored(purpose, Some(id), self.calls().revoke(id).await)?;
        if revoked {
            self.tell(Event::new(EventKind::Revoked, purpose).of(id));
        }
        Ok(revoked)
    }

    /// Removes what has expired from the store, and returns how many challenges were removed. Call it every few minutes in a
    /// background task, in one process or in all of them. Stores that remove it themselves return 0.
    ///
    /// The store timeout does not apply, since there may be much to remove.
    ///
    /// # Errors
    ///
    /// [`ChallengeError`] if the store does not answer. What was removed by then stays removed.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the rest for the next call.
    pub async fn sweep(&self) -> Result<u64, ChallengeError> {
        self.stored(Purpose::NONE, None, self.0.store.sweep().await)
    }

    /// Checks that the store answers, for a health check. Nothing is written.
    ///
    /// # Errors
    ///
    /// [`ChallengeErrorKind::Unavailable`] if the store returns an error, or does not answer within the
    /// [store timeout](ChallengesBuilder::store_timeout).
    ///
    /// # Examples
    ///
    /// ```
    /// # use otpost::challenge::{ChallengeError, Challenges};
    /// async fn is_ready(challenges: &Challenges) -> u16 {
    ///     match challenges.ping().await {
    ///         Ok(()) => 200,
    ///         Err(error) => error.kind().http_status(), // 503
    ///     }
    /// }
    /// # let _ = is_ready;
    /// ```
    pub async fn ping(&self) -> Result<(), ChallengeError> {
        self.stored(Purpose::NONE, None, self.calls().ping().await)
    }

    /// What this process has counted.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.0.counts.stats(self.0.policy.digits.modulus())
    }

    /// How codes are issued and guessed.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.0.policy
    }

    fn tell(&self, event: Event<'_>) {
        if let Some(Listener(observer)) = &self.0.observer {
            observer.observe(&event);
        }
    }

    /// What the store has answered; its failures are told.
    fn stored<T>(
        &self,
        purpose: Purpose<'_>,
        id: Option<&ChallengeId>,
        answer: Result<T, StoreError>,
    ) -> Result<T, ChallengeError> {
        answer.map_err(|error| {
            let event = Event::new(EventKind::StoreFailed(error.kind()), purpose);
            self.tell(match id {
                Some(id) => event.of(id),
                None => event,
            });
            error.into()
        })
    }
}

impl fmt::Debug for Challenges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Challenges")
            .field("provider", &self.0.provider)
            .field("store", &self.0.store)
            .field("policy", &self.0.policy)
            .finish_non_exhaustive()
    }
}
