//! The challenge flow: issues a code for a purpose, sends it, and accepts it once.
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
//! // In production, use `Pepper::from_env("OTPOST_PEPPER")?`.
//! let challenges = Challenges::builder(Pepper::random()?)
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
//! # What is stored
//!
//! A store keeps a keyed digest of the code and a salt. It keeps neither a phone number nor a code.
//! The code is derived from the [`Pepper`], which is not in the store, and from the salt, which is
//! not in the application. Neither of them alone reveals a code.
//!
//! The application keeps the [`ChallengeToken`], which contains the challenge's id and the phone
//! number, encrypted. Messages that wait in an outbox are encrypted too.
//!
//! # What is limited
//!
//! There are rate limits on the attempts per challenge, on messages and wrong codes per recipient,
//! and on messages per range of numbers, per client and for the whole application. See [`Policy`]
//! and [`Guards`].
//!
//! Attempts are counted by the challenge's id. The id cannot be guessed, so an attacker cannot use
//! up the attempts of another person. [`Policy::guess_probability`] returns the probability that
//! remains for guessing a code.

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
use builder::Listener;
use issue::Recipient;
use stats::Counts;
use store_calls::{BuilderStore, StoreCalls, StoreTimeout};
use tenant_keys::TenantKeys;

/// Issues one-time codes, sends them, and accepts each of them once.
///
/// Clones share one state. See [the module](self) for an example, and [`ChallengesBuilder`] for all
/// options.
///
/// # Cancel safety
///
/// Dropping the future of a call leaves the state from before the call or the one from after it. A
/// challenge is opened and perhaps sent, or it is not. An attempt is counted, or it is not. An
/// accepted code is never accepted again, even if the caller did not receive the verdict; see
/// [`Verify::nonce`].
#[derive(Clone)]
#[doc(alias = "2fa")]
#[doc(alias = "mfa")]
#[doc(alias = "otp")]
pub struct Challenges(Arc<ChallengesInner>);

struct ChallengesInner {
    keys: TenantKeys,
    provider: Box<dyn Provider>,
    store: Arc<dyn BuilderStore>,
    /// The same store as an outbox, if a worker sends the messages.
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
    /// Creates a builder with the server's secret key.
    #[must_use]
    pub fn builder(pepper: Pepper) -> ChallengesBuilder {
        ChallengesBuilder::new(pepper)
    }

    /// Issues a code for a purpose and sends it. Set options on the returned value, then await it.
    ///
    /// # Errors
    ///
    /// Returns a [`ChallengeError`] if no message was sent, or if the gateway rejected it. A
    /// challenge that was already opened is then revoked. A message that may have been sent is not
    /// an error: [`Challenge::delivery`] is then [`Delivery::Unknown`].
    pub fn issue<'a>(
        &'a self,
        to: &'a PhoneNumber,
        purpose: Purpose<'a>,
        client: impl Into<Client>,
    ) -> Issue<'a> {
        Issue::new(self, Recipient::Number(to), purpose, client.into())
    }

    /// Issues a challenge for an unknown user, so that the page does not reveal which accounts
    /// exist.
    ///
    /// A decoy has the same results, cooldowns and wrong codes as a real challenge, but no message
    /// is sent and no code is correct.
    ///
    /// `subject` is the user's input, such as a user name. Cooldowns and counters are kept per
    /// subject, as they are kept per number for a real challenge. The hint is that of `like`, for
    /// example a number of the application's country, with last digits that are derived from the
    /// subject. The token can be passed to [`resend`](Self::resend) and [`verify`](Self::verify)
    /// like any other.
    ///
    /// # Errors
    ///
    /// The same as [`issue`](Self::issue), except that sending cannot fail.
    ///
    /// # Security
    ///
    /// Sending a message takes time, and a decoy sends none, so the response time can reveal it.
    /// Use an [outbox](ChallengesBuilder::outbox), or return the page before the message is sent.
    #[doc(alias = "user enumeration")]
    pub fn issue_decoy<'a>(
        &'a self,
        subject: &'a str,
        purpose: Purpose<'a>,
        like: &'a PhoneNumber,
        client: impl Into<Client>,
    ) -> Issue<'a> {
        Issue::new(self, Recipient::Decoy { subject, like }, purpose, client.into())
    }

    /// Sends the code of a challenge again, to the number that the challenge was issued for.
    ///
    /// It sends the same code by default, or a new code if the policy [rotates
    /// codes](Policy::with_rotation). A resend does not extend the challenge's lifetime.
    ///
    /// # Errors
    ///
    /// Returns a [`ChallengeError`] if no message was sent. The code that was sent before stays
    /// valid, with two exceptions: the challenge is [`Gone`](ChallengeErrorKind::Gone), or codes
    /// rotate and the new one was not sent. Issue another challenge then.
    #[doc(alias = "cooldown")]
    pub fn resend<'a>(
        &'a self,
        token: &'a ChallengeToken,
        purpose: Purpose<'a>,
        client: impl Into<Client>,
    ) -> Resend<'a> {
        Resend::new(self, token, purpose, client.into())
    }

    /// Verifies the code that a user has typed: digits, with spaces and hyphens anywhere.
    ///
    /// # Errors
    ///
    /// Returns a [`ChallengeError`] if the store is unavailable. Reject the user then.
    pub fn verify<'a>(
        &'a self,
        token: &'a ChallengeToken,
        purpose: Purpose<'a>,
        typed: &'a str,
    ) -> Verify<'a> {
        Verify::new(self, token, purpose, typed)
    }

    /// Revokes a challenge, for example when a user logs out or changes the number. Returns `true`
    /// if it was pending.
    ///
    /// # Errors
    ///
    /// Returns a [`ChallengeError`] if the store is unavailable. The challenge may then still be
    /// pending.
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

    /// Removes what has expired from the store, and returns how many challenges were removed. Call
    /// it every few minutes in a background task, in one process or in all of them. Stores that
    /// remove it themselves return 0.
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
    /// [`ChallengeErrorKind::Unavailable`] if the store returns an error, or does not answer within
    /// the [store timeout](ChallengesBuilder::store_timeout).
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

    /// Returns the counters of this process.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.0.counts.stats(self.0.policy.digits.modulus())
    }

    /// Returns the policy for codes and attempts.
    #[must_use]
    pub fn policy(&self) -> &Policy {
        &self.0.policy
    }

    fn tell(&self, event: Event<'_>) {
        if let Some(Listener(observer)) = &self.0.observer {
            observer.observe(&event);
        }
    }

    /// Begins the store calls of one operation.
    fn calls(&self) -> StoreCalls<'_> {
        StoreCalls::new(&*self.0.store, self.0.store_timeout.as_ref())
    }

    /// Converts the result of a store, and reports an error to the observer.
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
