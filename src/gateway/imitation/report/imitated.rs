use std::fmt;

use bytes::Bytes;
use http::Request;

use crate::provider::DeliveryReport;

/// A delivery report as an HTTP request, written by a [`ReportImitation`](super::ReportImitation).
///
/// # Security
///
/// The request contains a signature or a password, and its URL may contain the secret of the
/// receiver. `Debug` shows neither.
#[derive(Clone)]
pub struct ImitatedReport {
    pub(super) request: Request<Bytes>,
    pub(super) report: DeliveryReport,
}

impl ImitatedReport {
    /// Returns the request: its method, the whole URL, the headers and the body.
    #[must_use]
    pub const fn request(&self) -> &Request<Bytes> {
        &self.request
    }

    /// Returns the request without a copy.
    #[must_use]
    pub fn into_request(self) -> Request<Bytes> {
        self.request
    }

    /// Returns the report that the spec reads in the request.
    ///
    /// The code and the time are missing if the gateway has no place for them. A receiver also
    /// ignores values in the query if the signature does not cover the query.
    #[must_use]
    pub const fn report(&self) -> &DeliveryReport {
        &self.report
    }
}

impl fmt::Debug for ImitatedReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ImitatedReport").field("report", &self.report).finish_non_exhaustive()
    }
}
