use std::fmt;
use std::sync::Arc;

use http::request::Parts;

use super::answer::ReportAnswer;
use super::error::{ReportError, ReportErrorKind};
use super::public_url::PublicUrl;
use super::received::ReceivedReports;
use crate::gateway::{HttpGateway, ReadReports, ReportReader, SpecError, UnreadReason};

/// The maximum size of a request's body, in bytes. Gateways send at most 100 reports in a request,
/// which takes a third of it.
const MAX_BODY: usize = 64 * 1_024;

/// A receiver of the delivery reports of one gateway.
///
/// It verifies a request by `[reports]` in the spec of the gateway, and returns its reports and the
/// answer that the gateway expects. It uses no network and keeps nothing, so it works with any web
/// framework.
///
/// # Examples
///
/// ```
/// use bytes::Bytes;
/// use http::{Request, Response};
/// use otpost::gateway::HttpGateway;
/// use otpost::report::ReportReceiver;
///
/// fn answer(receiver: &ReportReceiver, request: Request<Bytes>) -> Response<Bytes> {
///     let (parts, body) = request.into_parts();
///     match receiver.receive(&parts, &body) {
///         Ok(received) => {
///             for report in received.reports() {
///                 println!("{}", report.status()); // `challenges.on_report(report).await`
///             }
///             received.answer().to_response()
///         }
///         Err(error) => error.answer().to_response(),
///     }
/// }
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let spec = otpost::gateway::GatewaySpec::from_toml(r#"
/// #     spec = 1
/// #     id = "acme"
/// #     name = "Acme SMS"
/// #     [request]
/// #     method = "POST"
/// #     url = "https://sms.acme.example/send"
/// #     form = { to = "{{to|plain}}", text = "{{text}}" }
/// #     [reports]
/// #     message_id = "query:id"
/// #     status = "query:status"
/// #     statuses = { delivered = ["DELIVRD"] }
/// #     auth = "none"
/// # "#)?;
/// // The gateway that sends the messages. In production: `.build()?`.
/// let transport = otpost::testing::ScriptedTransport::new();
/// let gateway = HttpGateway::builder(spec).build_with(transport)?;
/// // It does not sign its reports, so the URL that it is told ends with a secret.
/// let token = "8f3c0d5e9a7b41c2864f0e1d2c3b4a59";
/// let url = format!("https://app.example/sms/reports/{token}");
/// let receiver = ReportReceiver::new(&gateway, &url)?;
///
/// let url = format!("/sms/reports/{token}?id=17&status=delivrd");
/// let response = answer(&receiver, Request::get(url).body(Bytes::new())?);
/// assert_eq!(response.status(), 200);
///
/// let forged = Request::get("/sms/reports/?id=17&status=delivrd").body(Bytes::new())?;
/// assert_eq!(answer(&receiver, forged).status(), 403);
/// # Ok(())
/// # }
/// ```
///
/// # Security
///
/// The signature of many gateways covers the URL that the gateway calls. A proxy may change the
/// scheme, the host and the path before the request arrives here. So the receiver uses the URL that
/// it was created with and the query that was received, and never the headers `Host`, `Forwarded`
/// or `X-Forwarded-*`. Pass the body as it was received, without parsing it first.
///
/// If the signature covers the body and not the query, the values in the query are ignored.
///
/// A report proves nothing about a person, even if it is authentic. Requests whose signature covers
/// no time can be sent again by anyone who has seen one. See
/// [`ReceivedReports::replay_key`].
#[doc(alias = "callback")]
#[doc(alias = "dlr")]
#[doc(alias = "webhook")]
#[derive(Clone)]
pub struct ReportReceiver {
    reader: ReportReader,
    url: Arc<PublicUrl>,
}

impl ReportReceiver {
    /// Creates a receiver for the reports of a gateway, with the URL that the gateway calls.
    ///
    /// The URL has a scheme, a host and perhaps a path. It has no query: each message can add its
    /// own one. If the gateway does not sign its reports, its path must end with a secret token of
    /// at least 128 random bits: 32 hexadecimal digits, or 22 letters, digits, `-` and `_`. Then
    /// prefer an `https://` URL, so that nobody can read the token.
    ///
    /// # Errors
    ///
    /// [`SpecError`] with the path `reports` if the spec does not describe delivery reports, with
    /// `reports.url` if the URL cannot be used, and with `reports.auth` if the variables of the
    /// authentication have no value.
    pub fn new(gateway: &HttpGateway, url: &str) -> Result<Self, SpecError> {
        let reader = gateway.report_reader()?;
        let url = PublicUrl::parse(url, reader.is_unsigned())?;
        Ok(Self { reader, url: Arc::new(url) })
    }

    /// Verifies a request and returns its reports.
    ///
    /// The body may have at most 64 KiB. Limit it in the web server as well, since it has to be in
    /// memory here.
    ///
    /// # Errors
    ///
    /// [`ReportError`] if the request is not authentic or cannot be read. Its
    /// [`answer`](ReportError::answer) is the response to send. A report that does not name its
    /// message is not an error, and does not affect the other reports of the request.
    pub fn receive(&self, parts: &Parts, body: &[u8]) -> Result<ReceivedReports, ReportError> {
        if body.len() > MAX_BODY {
            return Err(ReportError::new(ReportErrorKind::TooLarge));
        }
        if !self.url.admits(parts.uri.path()) {
            return Err(ReportError::new(ReportErrorKind::NotAuthentic));
        }
        let read = self.reader.read(self.url.expose(), parts, body);
        let ReadReports { reports, unusable, replay } = read.map_err(|reason| match reason {
            UnreadReason::Body => ReportError::new(ReportErrorKind::Body),
            UnreadReason::Method => ReportError::new(ReportErrorKind::Method),
            UnreadReason::NotAuthentic(rejection) => ReportError::rejected(rejection),
        })?;
        let (status, content_type, body) = self.reader.answer();
        let answer = ReportAnswer::new(status, content_type, body);
        Ok(ReceivedReports { reports, unusable, replay_key: replay, answer })
    }

    /// Returns the name of the gateway, which is the provider of the reports.
    #[must_use]
    pub fn provider(&self) -> &str {
        self.reader.provider()
    }
}

impl fmt::Debug for ReportReceiver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The URL may contain the secret token.
        f.debug_struct("ReportReceiver").field("provider", &self.provider()).finish_non_exhaustive()
    }
}
