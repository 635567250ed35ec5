//! Sends one-time codes by SMS, through any gateway described as data, and checks them in constant time.
//!
//! ```
//! # #[cfg(feature = "reqwest")]
//! # mod shown {
//! use std::time::Duration;
//! use otpost::gateway::GatewaySpec;
//! use otpost::message::TextTemplate;
//! use otpost::otp::{Hotp, LookAhead, Secret};
//! use otpost::{Code, HttpGateway, Message, PhoneNumber};
//!
//! # pub fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // A gateway is data: here a form POST with custom headers. Known ones are in `otpost::gateways`.
//! let spec = GatewaySpec::from_toml(r#"
//!     spec = 1
//!     id = "acme"
//!     name = "Acme SMS"
//!     vars = { username = {}, password = { secret = true } }
//!     [request]
//!     method = "POST"
//!     url = "https://sms.acme.example/send"
//!     headers = { Accept = "application/json" }
//!     form = { messageText = "{{text}}", destinationAddress = "{{to|plain}}", username = "{{username}}", password = "{{password}}" }
//!     [[response]]
//!     when = { status = 200, json = { "/responseCode" = 0 } }
//!     then = { outcome = "accepted", message_id = "/messageIds/0" }
//! "#)?;
//! let gateway = HttpGateway::builder(spec).var("username", "acme").var("password", "hunter2").build()?;
//!
//! // A code, and the message that carries it.
//! let hotp = Hotp::new(&Secret::generate()?);
//! let code = hotp.generate(0);
//! let text = TextTemplate::parse("{{code}} is your Acme code, valid for {{minutes}} minutes.")?;
//! let to = PhoneNumber::parse("+41791234567")?;
//! let message = Message::compose(to, &text, &code, Duration::from_secs(300))?;
//!
//! // The dry run prints what would be sent, with secrets masked. `gateway.send(&message).await` sends it.
//! println!("{}", gateway.prepare(&message)?);
//!
//! // What the person typed, checked in constant time.
//! let typed = Code::parse(code.expose())?;
//! assert!(hotp.verify(&typed, 0, LookAhead::NONE).is_some());
//! # Ok(())
//! # }
//! # }
//! # #[cfg(feature = "reqwest")]
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! #     shown::main()
//! # }
//! # #[cfg(not(feature = "reqwest"))]
//! # fn main() {}
//! ```
//!
//! # Which part do I need?
//!
//! | you want to | look at |
//! |---|---|
//! | log somebody in by SMS | [`challenge`]: [`Challenges`] |
//! | keep challenges in a store of your own | [`store`]: [`ChallengeStore`](store::ChallengeStore) |
//! | make and check codes | [`otp`]: [`Code`], [`Hotp`](otp::Hotp), [`Totp`](otp::Totp) |
//! | get a key into an authenticator app | [`otp`]: [`KeyUri`](otp::KeyUri), [`Migration`](otp::Migration) |
//! | know what a text costs, and have it filled in | [`message`]: [`Segments`](message::Segments), [`Autofill`](message::Autofill) |
//! | say where messages go | [`phone`]: [`RegionPolicy`](phone::RegionPolicy) |
//! | send through a gateway that is known | [`gateways`] |
//! | describe a gateway of your own | [the guide](guide::gateway_spec), [`gateway`]: [`GatewaySpec`](gateway::GatewaySpec), [`HttpGateway`] |
//! | begin with a curl command that works | [`GatewaySpec::from_curl`](gateway::GatewaySpec::from_curl) |
//! | know what became of a message | [`provider`]: [`Receipt`](provider::Receipt), [`SendError`](provider::SendError), [`Fate`](provider::Fate) |
//! | show what a gateway wrote, without secrets in it | [`redact`]: [`Redactor`](redact::Redactor) |
//! | deliver by something else | [`Provider`] |
//! | use an HTTP client of your own | [`transport`]: [`Transport`](transport::Transport) |
//! | test without a network | `testing`, with the feature of that name |
//!
//! # What is protected
//!
//! - **Codes** that are sent are uniform, by rejection sampling; those of [`Hotp`](otp::Hotp) and [`Totp`](otp::Totp) are what RFC 4226 makes of a
//!   secret. No branch, address or division depends on a secret or on the digits that are compared.
//! - **Secrets, codes, texts and numbers** stand in no `Debug`, `Display`, error or log; secrets are wiped from memory
//!   when dropped. Buffers that were handed to the HTTP client, and what filters make of a value, are out of reach.
//! - **A message's fate** is a type: not sent, refused, unknown, or accepted. Nothing is sent twice by itself, and no
//!   redirect is followed.
//! - **Values cannot break out** of their place: a request is structure first, and each value is encoded for where it
//!   stands, in one pass.
//!
//! What is not: who reads the message on the phone or on its way there. SMS is not confidential.
//!
//! # Features
//!
//! Without features the crate is its pure core: [`otp`], [`phone`], [`message`] and [`template`], without I/O and without
//! `std`: it needs an allocator, and an operating system, or a backend, for
//! [`getrandom`](https://docs.rs/getrandom).
//!
//! | feature | default | adds |
//! |---|---|---|
//! | `gateway` | yes | providers, the gateway engine and its catalogue, over a [`Transport`](transport::Transport) of your own |
//! | `challenge` | yes | the flow of issue, resend and verify, and a store in memory |
//! | `reqwest` | yes | [`ReqwestTransport`](transport::ReqwestTransport) |
//! | `rustls` | yes | TLS by rustls with aws-lc-rs and the system's certificates |
//! | `rustls-no-provider` | no | TLS by rustls with a crypto provider that the application installs |
//! | `native-tls` | no | TLS by the operating system's library |
//! | `native-tls-vendored` | no | TLS by an OpenSSL that is built along |
//! | `serde` | yes | serialization of numbers, identities, templates, policies and limits; deserialization of secrets |
//! | `phone` | no | numbering plans of all regions: kinds of numbers, numbers as people write them (14 MB of memory) |
//! | `ocra` | no | codes that answer a challenge (RFC 6287) |
//! | `qr` | no | keys as QR codes, as SVG and for terminals |
//! | `xml` | no | XML bodies, and rules that look into XML answers |
//! | `testing` | no | a provider that records, a transport that answers from a script, and a clock for tests |
//!
//! # Companion crates
//!
//! | crate | contents |
//! |---|---|
//! | [`otpost-redis`](https://docs.rs/otpost-redis) | a store in Redis or Valkey |
//! | [`otpost-sqlx`](https://docs.rs/otpost-sqlx) | stores in PostgreSQL and SQLite |
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
#[cfg(feature = "provider")]
pub mod clock;
#[cfg(feature = "gateway")]
pub mod gateway;
#[cfg(feature = "gateway")]
pub mod gateways;
#[cfg(feature = "provider")]
pub mod guide;
pub mod message;
pub mod otp;
pub mod phone;
#[cfg(feature = "provider")]
pub mod provider;
pub mod redact;
pub mod secret;
#[cfg(feature = "challenge")]
pub mod store;
pub mod template;
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
