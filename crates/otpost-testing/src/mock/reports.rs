use std::fmt;
use std::io;
use std::sync::Arc;

use otpost::gateway::imitation::{
    ImitatedReport, ImitatedResponse, Imitation, ReceivedRequest, RecognizedCall, ReportImitation,
};
use otpost::gateway::{GatewaySpec, Outcome, SpecError};
use otpost::report::{DeliveryReport, ReportStatus};
use otpost::{Clock, SystemClock};

use super::request::RecordedRequest;

/// The delivery reports that a [`MockGateway`](super::MockGateway) sends after each message that it
/// accepts.
///
/// The requests have the form of the gateway, and are signed as its spec says. By default, a
/// message gets a report that it is pending and one that it is delivered, after the response, if
/// the gateway has words for them.
///
/// # Examples
///
/// ```
/// use otpost::gateway::imitation::ReportImitation;
/// use otpost::gateways;
/// use otpost::report::ReportStatus;
/// use otpost_testing::{MockReports, ReportFault};
///
/// let spec = gateways::with_examples("sinch")?;
/// let imitation = ReportImitation::new(&spec, "http://127.0.0.1:8080/sms/reports")?
///     .with_var("report_secret", "hunter2")?;
/// let reports = MockReports::new(imitation)
///     .with_statuses([ReportStatus::Pending, ReportStatus::Undeliverable])
///     .with_fault(ReportFault::Reordered)
///     .with_fault(ReportFault::Duplicated);
/// # let _ = reports;
/// # Ok::<(), otpost::gateway::SpecError>(())
/// ```
///
/// A gateway that signs with a private key gets a new one, and the application verifies with its
/// [`public_key`](Self::public_key). This needs the feature `signatures` of otpost:
///
/// ```
/// use otpost::gateway::imitation::ReportImitation;
/// use otpost::gateways;
/// use otpost_testing::MockReports;
///
/// let spec = gateways::with_examples("telnyx")?;
/// let imitation = ReportImitation::new(&spec, "http://127.0.0.1:8080/sms/reports")?;
/// let reports = MockReports::new(imitation);
/// // The value of the variable `report_public_key`.
/// let key = reports.public_key();
/// # let _ = key;
/// # Ok::<(), otpost::gateway::SpecError>(())
/// ```
#[derive(Clone)]
pub struct MockReports {
    imitation: ReportImitation,
    statuses: Vec<ReportStatus>,
    pub(super) faults: Vec<ReportFault>,
    clock: Arc<dyn Clock>,
}

/// A fault of delivery reports. Several can be combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReportFault {
    /// Each request is sent twice, byte for byte.
    Duplicated,
    /// The reports are sent before the response to the message.
    Early,
    /// The reports are sent with a wrong signature or password, or to a URL with a wrong token.
    Forged,
    /// The reports are kept until [`send_late_reports`](super::MockGateway::send_late_reports).
    Late,
    /// The reports are not sent.
    Lost,
    /// The last report is sent first.
    Reordered,
}

impl ReportFault {
    /// Returns the word in the API of a sandbox.
    #[cfg(feature = "sandbox")]
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Duplicated => "duplicated",
            Self::Early => "early",
            Self::Forged => "forged",
            Self::Late => "late",
            Self::Lost => "lost",
            Self::Reordered => "reordered",
        }
    }
}

/// A report that a [`MockGateway`](super::MockGateway) has sent, or has lost.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct SentReport {
    /// The report. The reader of a forged one is not meant to accept it.
    pub report: DeliveryReport,
    /// The status of the response. `None` if there was none, or if the report is lost.
    pub status: Option<u16>,
}

/// The reports with the gateway's own side of the messages.
pub(super) struct ReportPlayer {
    pub(super) reports: MockReports,
    imitation: Imitation,
    provider: String,
}

impl MockReports {
    /// Creates reports to the URL of the imitation, which must be an `http://` URL.
    ///
    /// If the gateway signs with a private key and the imitation has none, one is generated.
    #[must_use]
    pub fn new(imitation: ReportImitation) -> Self {
        // Without the feature `signatures`, `MockGateway::report` fails and names it.
        let imitation = imitation.clone().with_generated_key().unwrap_or(imitation);
        let possible = imitation.statuses();
        let mut statuses = vec![ReportStatus::Pending, ReportStatus::Delivered];
        statuses.retain(|status| possible.contains(status));
        Self { imitation, statuses, faults: Vec::new(), clock: Arc::new(SystemClock) }
    }

    /// Returns the public key with which the application verifies the reports, in the form of the
    /// variable of the spec. `None` if the gateway signs with no private key.
    #[must_use]
    pub fn public_key(&self) -> Option<String> {
        self.imitation.public_key()
    }

    /// Sets the statuses of the reports of each message, in order.
    #[must_use]
    pub fn with_statuses(mut self, statuses: impl IntoIterator<Item = ReportStatus>) -> Self {
        self.statuses = statuses.into_iter().collect();
        self
    }

    /// Adds a fault.
    #[must_use]
    pub fn with_fault(mut self, fault: ReportFault) -> Self {
        self.faults.push(fault);
        self
    }

    /// Replaces the clock of the signatures. Defaults to [`SystemClock`].
    #[must_use]
    pub fn with_clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    pub(super) fn has(&self, fault: ReportFault) -> bool {
        self.faults.contains(&fault)
    }

    /// Writes the requests of a message, in the order in which they are sent.
    fn write(
        &self,
        provider: &str,
        message_id: Option<&str>,
        reference: Option<&str>,
    ) -> Result<Vec<ImitatedReport>, SpecError> {
        let now = self.clock.now();
        let written = self.statuses.iter().map(|status| {
            let mut report = DeliveryReport::new(provider, *status).with_time(now);
            if let Some(id) = message_id {
                report = report.with_message_id(id);
            }
            if let Some(reference) = reference {
                report = report.with_reference(reference);
            }
            match self.has(ReportFault::Forged) {
                true => self.imitation.write_forged(&report, now),
                false => self.imitation.write(&report, now),
            }
        });
        let mut written = written.collect::<Result<Vec<_>, _>>()?;
        if self.has(ReportFault::Reordered) {
            written.reverse();
        }
        if self.has(ReportFault::Duplicated) {
            written = written.into_iter().flat_map(|one| [one.clone(), one]).collect();
        }
        Ok(written)
    }
}

impl fmt::Debug for MockReports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockReports")
            .field("statuses", &self.statuses)
            .field("faults", &self.faults)
            .finish_non_exhaustive()
    }
}

impl ReportPlayer {
    /// Checks that the reports can be written and sent.
    pub(super) fn new(spec: &GatewaySpec, reports: MockReports) -> io::Result<Self> {
        let sample = reports.write(spec.id(), Some("17"), Some("17")).map_err(io::Error::other)?;
        let is_http = |report: &ImitatedReport| report.request().uri().scheme_str() == Some("http");
        if !sample.iter().all(is_http) {
            let problem = "a mock gateway sends reports without TLS: expected an http:// URL";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, problem));
        }
        let imitation = Imitation::new(spec).map_err(io::Error::other)?;
        Ok(Self { reports, imitation, provider: spec.id().to_owned() })
    }

    /// Accepts a message, and returns the response with the requests of its reports. `None` if the
    /// request is not a message that the gateway understands.
    pub(super) fn accept(
        &self,
        request: &RecordedRequest,
    ) -> Option<(ImitatedResponse, Vec<ImitatedReport>)> {
        let received = ReceivedRequest::new(request.method.as_str(), request.target.as_str());
        let headers = request.headers.iter();
        let received = headers
            .fold(received, |received, (name, value)| received.with_header(name, value.as_str()));
        let recognized = self.imitation.receive(&received.with_body(request.body.clone()));
        let is_message = recognized.call() == RecognizedCall::Message;
        if !is_message || !recognized.mismatches().is_empty() {
            return None;
        }
        let response = self.imitation.respond(&recognized, Outcome::Accepted);
        let written =
            self.reports.write(&self.provider, response.message_id(), recognized.message_id());
        Some((response, written.ok()?))
    }
}
