//! A code is issued for a purpose, sent, and accepted once.
//!
//! ```
//! # #[cfg(feature = "testing")]
//! # mod shown {
//! use otpost::PhoneNumber;
//! use otpost::challenge::{Challenges, Pepper, Verdict};
//! use otpost::store::MemoryStore;
//! use otpost::testing::RecordingProvider;
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
//! // The identity goes to the page that asks for the code; the code goes to the phone and nowhere else.
//! let to = PhoneNumber::parse("+41791234567")?;
//! let challenge = challenges.issue(&to, "login").await?;
//! println!("We have sent a code to {}.", challenge.hint());
//!
//! # let typed = phone.messages().pop().and_then(|m| Some(m.code()?.expose().to_owned())).ok_or("none")?;
//! match challenges.verify(challenge.id(), "login", &typed).await? {
//!     Verdict::Accepted { .. } => println!("Welcome."),
//!     Verdict::Wrong { attempts_left, .. } => println!("Wrong. {attempts_left} attempts left."),
//!     other => println!("{other}"),
//! }
//! # assert!(matches!(challenges.verify(challenge.id(), "login", &typed).await?, Verdict::Gone));
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
//! which is not in the store, and the salt, which is not in the application; whoever has one of them has nothing.
//!
//! # What is bounded
//!
//! Guesses of a challenge, messages and wrong guesses of a recipient, messages of a range of numbers, of a client and in all: see [`Policy`]
//! and [`Guards`]. Guesses count by the challenge's identity, which nobody can guess, so nobody can use up the guesses of somebody
//! else. [`Policy::guess_probability`] says what is left to chance.

mod builder;
mod decoy;
mod error;
mod event;
mod guards;
mod intent;
mod issue;
mod pepper;
mod policy;
mod resend;
mod sending;
mod stats;
mod tenant_keys;
mod verify;
mod worker;

use std::fmt;
use std::sync::Arc;

pub use builder::ChallengesBuilder;
pub use error::{BuildError, ChallengeError, ChallengeErrorKind};
pub use event::{Event, EventKind, Observer, RefusedBecause};
pub use guards::{ClientKey, Guards};
pub use issue::{Challenge, Delivery, Issue};
pub use pepper::{Pepper, PepperError};
pub use policy::Policy;
pub use resend::Resend;
pub use stats::{Conversion, Stats};
pub use verify::{Verdict, Verify};
pub use worker::{Step, Worker};

use crate::clock::Clock;
use crate::message::{Autofill, SegmentPolicy, Texts};
use crate::otp::Code;
use crate::phone::{PhoneNumber, RegionPolicy};
use crate::provider::Provider;
use crate::store::{ChallengeId, OutboxStore, StoreError};
use builder::{Listener, Store};
use stats::Counts;
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
pub struct Challenges(Arc<Inner>);

struct Inner {
    keys: TenantKeys,
    provider: Box<dyn Provider>,
    store: Arc<dyn Store>,
    /// The same, where messages are sent later.
    outbox: Option<Arc<dyn OutboxStore>>,
    regions: RegionPolicy,
    policy: Policy,
    guards: Guards,
    texts: Texts,
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

    /// Issues a code for a purpose and sends it. Await what comes back, after options were set on it.
    ///
    /// The purpose is the application's own word, such as `login` or `payment`: a code for one is none for another.
    ///
    /// # Errors
    ///
    /// [`ChallengeError`] when no code is on its way; nothing was sent, or the message was refused and the challenge revoked. When the
    /// message may have been sent there is a challenge, whose [`delivery`](Challenge::delivery) says so.
    pub fn issue<'a>(&'a self, to: &'a PhoneNumber, purpose: &'a str) -> Issue<'a> {
        Issue::new(self, to, purpose)
    }

    /// Sends a challenge's code again: the same one, unless the policy says otherwise. The challenge ends when it would have ended.
    ///
    /// The number is kept nowhere, so it is given again; with another one the challenge is gone.
    ///
    /// # Errors
    ///
    /// [`ChallengeError`]; the code that was sent before stays good, unless the challenge is gone, or the policy
    /// [rotates codes](Policy::with_rotation) and the new one was not sent: ask for another.
    pub fn resend<'a>(
        &'a self,
        id: &'a ChallengeId,
        to: &'a PhoneNumber,
        purpose: &'a str,
    ) -> Resend<'a> {
        Resend::new(self, id, to, purpose)
    }

    /// Checks what a person has typed: digits, with blanks and hyphens anywhere.
    ///
    /// # Errors
    ///
    /// [`ChallengeError`] when the store does not answer: nobody is let in.
    pub fn verify<'a>(
        &'a self,
        id: &'a ChallengeId,
        purpose: &'a str,
        typed: &'a str,
    ) -> Verify<'a> {
        Verify::new(self, id, purpose, typed)
    }

    /// Ends a challenge, for example when a person logs out or changes the number. Returns whether it was pending. An
    /// identity of another tenant is never found.
    ///
    /// # Errors
    ///
    /// [`ChallengeError`] when the store does not answer; the challenge may then still be good.
    pub async fn revoke(&self, id: &ChallengeId, purpose: &str) -> Result<bool, ChallengeError> {
        if !self.0.keys.has_made(id) {
            return Ok(false);
        }
        let revoked = self.stored(purpose, Some(id), self.0.store.revoke(id).await)?;
        if revoked {
            self.tell(Event::new(EventKind::Revoked, purpose).of(id));
        }
        Ok(revoked)
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
        purpose: &str,
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
