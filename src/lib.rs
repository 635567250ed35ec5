//! Sends one-time codes by SMS through any gateway and verifies them in constant time.
//! A gateway is described as data, the delivery state of every message is a type, and a code is
//! accepted at most once, also across processes.
//!
//! # Log in by SMS
//!
//! Paste this program into `src/main.rs` of a new project, after `cargo add otpost` and
//! `cargo add tokio --features full`. It prints the message instead of sending it:
//!
//! ```no_run
//! use otpost::PhoneNumber;
//! use otpost::challenge::{Challenges, Client, Pepper, Purpose, Verdict};
//! use otpost::provider::ConsoleProvider;
//! use otpost::store::MemoryStore;
//!
//! const LOGIN: Purpose = Purpose::new("login");
//!
//! #[tokio::main]
//! async fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     // Once, at startup. In production: a gateway, a shared store, `Pepper::from_env`.
//!     let challenges = Challenges::builder(Pepper::random()?)
//!         .app("Acme")
//!         .provider(ConsoleProvider::new())
//!         .store(MemoryStore::new())
//!         .regions(["CH", "DE"])
//!         .build()?;
//!
//!     // Send a code. In a web application, the client is the `IpAddr` of the request.
//!     let to = PhoneNumber::parse("+41791234567")?;
//!     let challenge = challenges.issue(&to, LOGIN, Client::Internal).await?;
//!     println!("A code was sent to {}. Type it:", challenge.hint());
//!
//!     // Verify it. In a web application, `challenge.token()` comes back in a cookie.
//!     let mut typed = String::new();
//!     std::io::stdin().read_line(&mut typed)?;
//!     match challenges.verify(challenge.token(), LOGIN, &typed).await? {
//!         Verdict::Accepted(accepted) => println!("Welcome, {}.", accepted.recipient()),
//!         verdict => println!("{verdict}."), // "the code is wrong; 4 attempts left."
//!     }
//!     Ok(())
//! }
//! ```
//!
//! # Describe a gateway
//!
//! This gateway takes a form POST with custom fields and headers:
//!
//! ```
//! use otpost::gateway::{GatewaySpec, Outcome, Rule, VarSpec};
//! use otpost::{HttpGateway, Message, PhoneNumber};
//!
//! fn main() -> Result<(), Box<dyn std::error::Error>> {
//!     let spec = GatewaySpec::builder("acme", "Acme SMS")
//!         .var("password", VarSpec::secret())
//!         .post("https://sms.acme.example/send")
//!         .header("Accept", "application/json")
//!         .form("messageText", "{{text}}")
//!         .form("destinationAddress", "{{to|plain}}")
//!         .form("password", "{{password}}")
//!         .rule(Rule::new(Outcome::Accepted).when_status(200))
//!         .build();
//!     let gateway = HttpGateway::builder(spec).var("password", "hunter2").build()?;
//!
//!     // `gateway.send(&message).await` sends it. This prints the request, with secrets masked.
//!     let message = Message::new(PhoneNumber::parse("+41791234567")?, "012345 is your code")?;
//!     println!("{}", gateway.prepare(&message)?);
//!     Ok(())
//! }
//! ```
//!
//! The same description can be written in TOML, see the [guide](guide::gateway_spec). Common
//! gateways are in [`gateways`], and `otpost-curl` converts a curl command that works.
//!
//! # Glossary
//!
//! | term | meaning |
//! |---|---|
//! | code | the digits that a person receives and types |
//! | challenge | a code that waits to be verified, with its expiry and attempts |
//! | token | the encrypted handle of a challenge, for a cookie or a session |
//! | attempt | one guess at a code |
//! | purpose | the action that a code confirms, such as `login` or `payment` |
//! | provider | anything that delivers a message |
//! | gateway | a provider over HTTP, described by a spec |
//! | fate | the delivery state of a message: not sent, refused, unknown or accepted |
//! | region | the country or territory of a phone number (ISO 3166-1 alpha-2) |
//! | segment | one SMS of a longer message; gateways charge for each |
//!
//! # Modules
//!
//! | task | module |
//! |---|---|
//! | log in by SMS, with attempts, rate limits, cooldown and resend | [`challenge`] |
//! | store challenges, or write your own store | [`store`] |
//! | send through a known gateway, or describe another one | [`gateways`], [`gateway`] |
//! | retry, fail over, rate limit, break circuits; know the fate of a message | [`provider`] |
//! | generate and verify HOTP and TOTP codes for authenticator apps | [`otp`] |
//! | write the text, count segments, have the code filled in on the phone | [`message`] |
//! | parse phone numbers, allow-list destination regions, read their rules | [`phone`] |
//! | send with another HTTP client | [`transport`] |
//! | receive delivery reports | [`report`], and the [guide](guide::delivery#delivery-reports) |
//! | mask secrets in texts of a gateway, before they are shown or logged | [`redact`] |
//! | test without a network | `testing`, with the feature `testing` |
//! | choose a gateway, by country, sender, reports and sources | [`guide::choosing`] |
//! | get to a login page, step by step | [`guide::getting_started`] |
//! | read the guide: security, limits, scaling, operations, migration | [`guide`] |
//!
//! # Security properties
//!
//! - **Codes** are uniformly random (rejection sampling), and generated and compared in constant
//!   time: no branch, address or division depends on a secret or on the digits of a code. Base32,
//!   which only enrolment needs, is [not covered](otp).
//! - **Nothing is stored in plain text**: a store holds a keyed MAC of the code, and neither the
//!   code nor the phone number. The messages in an outbox contain the phone number, encrypted.
//! - **A code is accepted once**, and every guess is counted before it is compared, in one atomic
//!   step of the store. If a client repeats the accepted attempt with the same nonce, because the
//!   response was lost, the verdict is marked as a repetition.
//! - **Attackers cannot lock users out of a device** on which they have logged in before, and SMS
//!   pumping (fraud with messages to numbers that earn money) is limited. Each request counts for
//!   its client. The [other limits](guide::limits) count messages that were sent, separately for
//!   known devices, for humans who solved a CAPTCHA, and for everyone else.
//! - **Nothing leaks** into `Debug`, `Display`, errors or logs: neither codes nor secrets, texts or
//!   phone numbers. Secrets are wiped from memory when they are dropped. Buffers of the HTTP and
//!   TLS libraries are out of reach.
//! - **Nothing is sent twice by accident**: a message whose fate is unknown is not retried unless
//!   the gateway de-duplicates. Redirects are not followed. One exception: if a worker of an outbox
//!   stops while it sends, the message is sent once more, with the same code and message id.
//! - **Values cannot change the structure of a request**: each value is encoded for its place.
//! - **Values cannot bring links into a text**, nor an autofill line for another website, unless
//!   the template allows the [kind of link](message::LinkKind). A composed message is sent only if
//!   browsers read the application's host and code from it.
//!
//! SMS itself is not confidential. Anyone with access to the phone, the SIM card or the network can
//! read a message, so prefer [authenticator apps](otp) where that matters.
//!
//! # Features
//!
//! Without features, the crate is its pure core: [`otp`], [`phone`], [`message`] and what they
//! need, without I/O and without `std`. It needs an allocator, and an operating system or a backend
//! for [`getrandom`](https://docs.rs/getrandom).
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `gateway` | yes | the gateway engine and its catalogue, over your own [`Transport`](transport::Transport) |
//! | `challenge` | yes | the challenge flow (issue, resend, verify) and a store in memory |
//! | `reqwest` | yes | [`ReqwestTransport`](transport::ReqwestTransport) |
//! | `rustls` | yes | TLS by rustls with aws-lc-rs and the system's certificates |
//! | `tracing` | yes | spans and events of sends, attempts and challenges, for any subscriber |
//! | `rustls-no-provider` | no | TLS by rustls with the crypto provider that the application installs |
//! | `native-tls` | no | TLS by the operating system's library |
//! | `native-tls-vendored` | no | TLS by a bundled OpenSSL |
//! | `serde` | yes | serialization of numbers, ids, templates, policies and limits; deserialization of secrets |
//! | `phone` | no | the numbering plans of all regions: number types, numbers as people write them (14 MB of memory) |
//! | `metrics` | no | counters and histograms of sends and challenges, for any recorder |
//! | `migration` | no | exports of Google Authenticator: reads and writes them |
//! | `ocra` | no | challenge-response codes (RFC 6287) |
//! | `qr` | no | keys as QR codes, as SVG and for terminals |
//! | `signatures` | no | signatures with private keys: RSA, ECDSA and Ed25519 by aws-lc-rs |
//! | `steam` | no | codes of Steam Guard |
//! | `xml` | no | XML bodies, and rules that read XML responses |
//! | `testing` | no | a provider that records, a transport with scripted responses, and a clock for tests |
//!
//! # Companion crates
//!
//! | crate | contents |
//! |---|---|
//! | [`otpost-redis`](https://docs.rs/otpost-redis) | a store in Redis or Valkey |
//! | [`otpost-sqlx`](https://docs.rs/otpost-sqlx) | stores in PostgreSQL and SQLite |
//! | [`otpost-curl`](https://docs.rs/otpost-curl) | converts a curl command to a gateway spec |
//! | [`otpost-cli`](https://docs.rs/otpost-cli) | the command `otpost`: a sandbox with a phone in the browser, a bridge for other software, and tools for specs |
//! | [`otpost-testing`](https://docs.rs/otpost-testing) | mock gateways, a server that plays faults, conformance suites for stores |

#![cfg_attr(
    not(all(feature = "reqwest", feature = "testing")),
    allow(rustdoc::broken_intra_doc_links, reason = "this page names what other features add")
)]
#![cfg_attr(not(any(feature = "provider", feature = "phone")), no_std)]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;

#[macro_use]
pub mod words;

#[cfg(feature = "challenge")]
pub mod challenge;
mod civil;
#[cfg(feature = "provider")]
pub mod clock;
#[cfg(feature = "gateway")]
pub mod gateway;
#[cfg(feature = "gateway")]
pub mod gateways;
mod gsm7;
#[cfg(feature = "provider")]
pub mod guide;
#[cfg(feature = "gateway")]
mod mac_key;
pub mod message;
pub mod otp;
mod pasted;
mod percent;
pub mod phone;
#[cfg(feature = "provider")]
pub mod provider;
pub mod redact;
#[cfg(feature = "provider")]
pub mod report;
pub mod secret;
#[cfg(feature = "challenge")]
pub mod store;
#[cfg(feature = "provider")]
mod telemetry;
mod template;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "gateway")]
pub mod transport;
#[cfg(feature = "gateway")]
mod wiped;

#[cfg(feature = "provider")]
pub use async_trait::async_trait;
#[cfg(feature = "challenge")]
pub use challenge::Challenges;
#[cfg(feature = "provider")]
pub use clock::{Clock, SystemClock};
#[cfg(feature = "gateway")]
pub use gateway::HttpGateway;
pub use message::Message;
pub use otp::{Code, Digits};
pub use phone::PhoneNumber;
#[cfg(feature = "provider")]
pub use provider::Provider;
pub use secret::SecretString;

/// The README's examples are compiled and run with all others.
#[cfg(all(doctest, feature = "challenge", feature = "reqwest"))]
#[doc = include_str!("../README.md")]
struct Readme;
