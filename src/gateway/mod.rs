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
//! | start from a curl command that works | the crate [`otpost-curl`](https://docs.rs/otpost-curl) |
//! | check a spec in your own test | [`GatewaySpec::check`] |
//! | see the request without sending it | [`HttpGateway::prepare`] |
//! | show the request as a curl command | [`HttpGateway::sample_curl`], [`PreparedRequest::to_curl`] |
//! | check the credentials and the credit | [`HttpGateway::account`] |
//! | delete a text at the gateway | [`HttpGateway::erase`] |
//! | play a gateway in a test or a sandbox | [`imitation`] |
//! | find out what a response means | [`HttpGateway::explain`], [`HttpGateway::interpret`] |
//! | receive delivery reports | [`ReportReceiver`](crate::report::ReportReceiver) |
//! | find out why the gateway cannot be reached | [`HttpGateway::diagnose`] |

mod account;
mod auth;
mod builder;
mod call;
mod check;
#[cfg(feature = "reqwest")]
mod connect;
mod curl;
#[cfg(feature = "reqwest")]
mod diagnose;
mod error;
mod exchange;
mod frame;
mod http_gateway;
pub mod imitation;
mod lint;
mod plan;
mod prepared;
pub(crate) mod report_auth;
mod reports;
mod request;
mod request_plan;
mod response;
#[cfg(feature = "serde")]
mod serde;
mod spec;

pub use account::{Account, AccountState};
pub use builder::{HttpGatewayBuilder, VarSource};
pub use check::SpecWarning;
pub use curl::CurlCommand;
pub use error::SpecError;
pub(crate) use error::nearest;
pub use http_gateway::HttpGateway;
pub use lint::Lint;
pub use prepared::PreparedRequest;
pub(crate) use reports::{ReadReports, ReportReader, UnreadReason};
pub use request::values::is_builtin_variable;
pub use response::Explanation;
pub(crate) use spec::parse_origin;
pub use spec::{
    AnswerSpec, Auth, CallSpec, Charset, Connection, Evidence, Example, ExampleResponse,
    ExpectedReport, GatewayAbout, GatewayKind, GatewaySpec, GatewaySpecBuilder, HashAlgorithm,
    HashAuth, HmacAuth, Idempotency, JwtAlgorithm, JwtAuth, MacAlgorithm, MacEncoding, Method,
    OAuth2, Outcome, Predicate, ReportAuth, ReportBody, ReportExample, ReportJwt, ReportPlace,
    ReportRequest, ReportRule, ReportScheme, ReportSignature, ReportsSpec, Rule, Scalar,
    SignatureEncoding, TimestampUnit, TokenAuth, ValueSpec, VarSpec,
};
