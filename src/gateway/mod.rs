//! Any SMS gateway as data.
//!
//! A [`GatewaySpec`] says what the request looks like, which variables the application gives, and what the answers
//! mean. An [`HttpGateway`] is a spec with its values, checked and compiled once; it sends every message.
//!
//! | you want to | use |
//! |---|---|
//! | use a gateway that is known | [`gateways`](crate::gateways) |
//! | describe another one | [the guide](crate::guide::gateway_spec), [`GatewaySpec::from_toml`] or [`GatewaySpec::builder`] |
//! | start from a curl command that works | [`GatewaySpec::from_curl`] |
//! | check a spec in a test of your own | [`GatewaySpec::check`] |
//! | see the request without sending it | [`HttpGateway::prepare`] |
//! | show it to somebody who knows curl | [`HttpGateway::sample_curl`], [`PreparedRequest::to_curl`] |
//! | know what an answer means | [`HttpGateway::explain`] |
//! | know why it is not reached | [`HttpGateway::diagnose`] |

mod body;
mod charset;
mod check;
mod compile;
mod config;
#[cfg(feature = "reqwest")]
mod connect;
mod curl;
#[cfg(feature = "reqwest")]
mod diagnose;
mod error;
mod flight;
mod gsm7;
mod header;
mod http_gateway;
mod lint;
mod masked;
mod pair;
mod prepared;
mod response;
mod scratch;
#[cfg(feature = "serde")]
mod serde;
mod sign;
mod spec;
mod structure;
mod symbols;
mod token;
mod tokens;
mod url;
mod value;
mod values;

pub use config::{HttpGatewayBuilder, VarSource};
pub use curl::{CurlCommand, CurlImport, CurlNote, Sample};
pub use error::SpecError;
pub use http_gateway::HttpGateway;
pub use lint::Lint;
pub use prepared::PreparedRequest;
pub use response::Explanation;
pub use spec::{
    Auth, Charset, Connection, Example, ExampleResponse, GatewaySpec, GatewaySpecBuilder, HmacAuth,
    Idempotency, MacAlgorithm, MacEncoding, Method, OAuth2, Outcome, Predicate, Rule, Scalar,
    TokenAuth, VarSpec,
};
