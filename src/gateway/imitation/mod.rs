//! Gateways that are played by their own specs, for sandboxes, mocks and tests.
//!
//! An [`Imitation`] is a spec in reverse. It compares a request with the spec and returns the
//! variables in it, such as the number and the text. Then it makes a response that a client with
//! the same spec understands.
//!
//! | part of a request | comparison |
//! |---|---|
//! | method, path, names, literal texts, JSON types | must be as the spec has them |
//! | placeholders | captured; the value must be one that the filters can produce |
//! | values with optional variables or conditions | can be left out, as in requests of this library |
//! | headers, parameters and fields that the spec does not have | accepted, and listed as [additional](Recognized::additional) |
//! | order of fields, white space in JSON, comments in XML | ignored |
//! | credentials | any value, unless [`with_var`](Imitation::with_var) sets it |
//! | signatures, HTTP Digest, JSON Web Tokens | presence and form; verified if `with_var` sets the key or the password |
//!
//! A [`ReportImitation`] writes the delivery reports of a gateway, which a
//! [`ReportReceiver`](crate::report::ReportReceiver) reads.
//!
//! A text with several placeholders can have several readings, such as `{{name}} {{text}}`. Then
//! each placeholder captures as little as possible.
//!
//! # Examples
//!
//! ```
//! use otpost::gateway::imitation::{Imitation, ReceivedRequest, RecognizedCall};
//! use otpost::gateway::{GatewaySpec, Outcome};
//!
//! let spec = GatewaySpec::from_toml(r#"
//!     spec = 1
//!     id = "acme"
//!     name = "Acme SMS"
//!     [vars]
//!     token = { secret = true }
//!     [request]
//!     method = "POST"
//!     url = "https://sms.acme.example/send"
//!     form = { to = "{{to|plain}}", text = "{{text}}" }
//!     [auth]
//!     bearer = { token = "{{token}}" }
//!     [[response]]
//!     when = { status = 200 }
//!     then = { outcome = "accepted", message_id = "/id" }
//!     [[example]]
//!     response = { status = 200, body = '{"id":"m-1029"}' }
//!     expect = { outcome = "accepted", message_id = "m-1029" }
//! "#)?;
//! let imitation = Imitation::new(&spec)?;
//!
//! let request = ReceivedRequest::new("POST", "/send")
//!     .with_header("Authorization", "Bearer hunter2")
//!     .with_header("Content-Type", "application/x-www-form-urlencoded")
//!     .with_body("to=41791234567&text=012345+is+your+code");
//! let message = imitation.receive(&request);
//! assert_eq!(message.call(), RecognizedCall::Message);
//! assert_eq!(message.to().unwrap().e164(), "+41791234567");
//! assert_eq!(message.text().unwrap().expose(), "012345 is your code");
//! assert!(message.mismatches().is_empty());
//!
//! let response = imitation.respond(&message, Outcome::Accepted);
//! assert_eq!((response.status(), response.outcome()), (200, Outcome::Accepted));
//! assert_ne!(response.message_id(), Some("m-1029")); // a new id
//!
//! // A request that the gateway would not understand:
//! let message = imitation.receive(&request.with_body("to=%2B41791234567&text=Hello"));
//! assert_eq!(
//!     message.mismatches()[0].to_string(),
//!     "form field `to`: expected digits without a plus, found a plus and digits (12 characters)",
//! );
//! assert_eq!(imitation.respond(&message, Outcome::Accepted).status(), 400);
//! # Ok::<(), otpost::gateway::SpecError>(())
//! ```

mod call;
mod captures;
mod compile;
mod condition;
mod digest;
mod encoded;
mod engine;
mod field;
mod fresh;
mod given;
mod group;
mod json;
mod jwt;
mod mismatch;
mod multipart;
mod nested;
mod placeholder;
mod received;
mod recognized;
mod regex_text;
mod report;
mod response;
mod sequence;
mod signature;
mod synthesis;
mod text;
mod value;
mod xml;

pub use engine::Imitation;
pub use mismatch::{Mismatch, MismatchKind};
pub use received::ReceivedRequest;
pub use recognized::{Recognized, RecognizedCall};
pub use report::{ImitatedReport, ReportImitation};
pub use response::{ImitatedResponse, ResponseKind};
