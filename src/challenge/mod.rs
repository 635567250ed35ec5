//! The challenge flow: issues a code for a purpose, sends it, and accepts it once.
//!
//! ```
//! use std::net::IpAddr;
//! use otpost::PhoneNumber;
//! use otpost::challenge::{Challenges, Pepper, Purpose, Verdict};
//! use otpost::provider::ConsoleProvider;
//! use otpost::store::MemoryStore;
//!
//! const LOGIN: Purpose = Purpose::new("login");
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     // In production: a gateway, a shared store, `Pepper::from_env`.
//!     let gateway = ConsoleProvider::new();
//!     let challenges = Challenges::builder(Pepper::random()?)
//!         .app("Acme")
//!         .provider(gateway)
//!         .store(MemoryStore::new())
//!         .regions(["CH", "DE"])
//!         .build()?;
//!
//!     // The token goes into a cookie; the code goes to the phone and nowhere else.
//!     let to = PhoneNumber::parse("+41791234567")?;
//!     let client: IpAddr = "192.0.2.1".parse()?; // the address of the request
//!     let challenge = challenges.issue(&to, LOGIN, client).await?;
//!     let token = challenge.token();
//!     println!("We have sent a code to {}.", challenge.hint());
//!
//!     let typed = "123456"; // the input of the user
//!     match challenges.verify(token, LOGIN, typed).await? {
//!         Verdict::Accepted(accepted) => println!("Hello, {}.", accepted.recipient()),
//!         Verdict::Wrong { attempts_left, .. } => println!("{attempts_left} left."),
//!         other => println!("{other}"),
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # What is stored
//!
//! A store keeps a keyed digest of the code and a salt. It keeps neither a phone number nor a code
//! in plain text. The code is derived from the [`Pepper`], which is not in the store, and from the
//! salt, which is not in the application. Neither of them alone reveals a code.
//!
//! The application keeps the [`ChallengeToken`], which contains the challenge's id and the phone
//! number, encrypted. A message that waits in an outbox contains the phone number as well, also
//! encrypted.
//!
//! # What is limited
//!
//! There are limits on the attempts per challenge, on messages and wrong codes per recipient
//! ([`Policy`]), and on messages per client, range of numbers, region and application ([`Limits`]).
//! The requester's limits are checked first, and strangers have a share of their own. So they
//! cannot lock a person out of a [known device](Issue::device). Messages that were not sent count
//! only for the client that requested them. The [guide](crate::guide::limits) shows what attacks
//! achieve.
//!
//! Attempts are counted by the challenge's id. The id cannot be guessed, so an attacker cannot use
//! up the attempts of another person. [`Policy::guess_probability`] returns the probability that
//! remains for guessing a code.

mod assurance;
mod builder;
mod challenges;
mod client;
mod decoy;
mod decoy_provider;
mod device;
mod error;
mod event;
mod intent;
mod issue;
mod issued;
mod known_numbers;
mod limits;
mod logged;
mod options;
mod pepper;
mod policy;
mod purpose;
mod region_warning;
mod reported;
mod resend;
mod reservation;
mod revoke;
mod sending;
#[cfg(feature = "serde")]
mod serde;
mod stats;
mod step;
mod store_calls;
mod tenant_keys;
mod test_number;
mod token;
mod trace;
mod verdict;
mod verify;
mod worker;

pub use builder::ChallengesBuilder;
pub use challenges::Challenges;
pub use client::Client;
pub use device::DeviceToken;
pub use error::{BuildError, ChallengeError, ChallengeErrorKind};
pub use event::{Event, EventKind, Observer, ProviderMessageId, RefusedReason};
pub use issue::Issue;
pub use issued::{Challenge, Delivery};
pub use limits::Limits;
pub use pepper::{Pepper, PepperError};
pub use policy::Policy;
pub use purpose::Purpose;
pub use region_warning::{RegionWarning, RegionWarningKind};
pub use resend::Resend;
pub use stats::{Conversion, Stats};
pub use step::Step;
pub use token::ChallengeToken;
pub use verdict::{Accepted, Verdict};
pub use verify::Verify;
pub use worker::Worker;
