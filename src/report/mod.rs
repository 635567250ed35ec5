//! Delivery reports: what became of a message after a gateway accepted it.
//!
//! A gateway sends a report to a URL of the application when a phone receives a message, or when
//! the gateway gives it up. A [`ReportReceiver`] verifies the request and reads its reports, by
//! `[reports]` in the spec of the gateway. The guide to
//! [delivery](crate::guide::delivery#delivery-reports) shows all parts together.
//!
//! | you want to | use |
//! |---|---|
//! | verify and read the reports of a gateway | [`ReportReceiver`] |
//! | verify a signature without reading the report | [`ReportVerifier`] |
//! | know what a report means | [`DeliveryReport`], [`ReportStatus`] |
//! | know the state of a message after several reports | [`DeliveryState`] |
//! | match reports to challenges | `ChallengesBuilder::delivery_log`, `Challenges::on_report` |
//! | match reports to other messages | `DeliveryLog`, with the feature `challenge` |
//! | detect a request that is sent again | [`DeliveryLog::record_replay_key`], or that of `Challenges` |
//! | describe the reports of another gateway | [`ReportsSpec`](crate::gateway::ReportsSpec) |
//!
//! Reports come late, several times, out of order, before the answer to the message, or never. So
//! nothing should depend on a report: a code is verified when it is typed, whatever was reported.

#[cfg(feature = "gateway")]
mod answer;
#[cfg(feature = "gateway")]
mod error;
#[cfg(feature = "challenge")]
mod log;
#[cfg(feature = "gateway")]
mod public_url;
#[cfg(feature = "gateway")]
mod received;
#[cfg(feature = "gateway")]
mod receiver;
mod state;
#[cfg(feature = "challenge")]
mod stored;

#[cfg(feature = "gateway")]
pub use crate::gateway::report_auth::{
    IncomingReport, ReportRejection, ReportVerifier, VerifiedReport,
};
pub use crate::provider::{DeliveryReport, ReportStatus};
#[cfg(feature = "gateway")]
pub use answer::ReportAnswer;
#[cfg(feature = "gateway")]
pub use error::{ReportError, ReportErrorKind};
#[cfg(feature = "challenge")]
pub use log::{DeliveryChange, DeliveryLog, DeliveryLogKeyError};
#[cfg(feature = "gateway")]
pub use received::ReceivedReports;
#[cfg(feature = "gateway")]
pub use receiver::ReportReceiver;
pub use state::DeliveryState;
