//! SMS gateways that are described as data.
//!
//! A [`GatewaySpec`] describes the request, the variables that the application sets, and the
//! meaning of the responses. An [`HttpGateway`] is a spec with its values. It is validated and
//! compiled once, and then sends every message.
//!
//! | you want to | use |
//! |---|---|
//! | use a supported gateway | [`gateways`](crate::gateways) |
//! | describe another gateway | [the guide](crate::guide::gateway_spec), [`GatewaySpec::from_toml`] or [`GatewaySpec::builder`] |
//! | start from a curl command that works | [`GatewaySpec::from_curl`] |
//! | check a spec in your own test | [`GatewaySpec::check`] |
//! | see the request without sending it | [`HttpGateway::prepare`] |
//! | show the request as a curl command | [`HttpGateway::sample_curl`], [`PreparedRequest::to_curl`] |
//! | find out what a response means | [`HttpGateway::explain`] |
//! | find out why the gateway cannot be reached | [`HttpGateway::diagnose`] |

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
    Auth, Charset, Connection, Example, ExampleResponse, Expect, GatewaySpec, GatewaySpecBuilder,
    HmacAuth, Idempotency, MacAlgorithm, MacEncoding, Method, OAuth2, Outcome, Predicate, Rule,
    Scalar, Then, TokenAuth, VarSpec, When,
};
