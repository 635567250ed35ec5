mod answer;
mod error;
mod message;
mod report;

use std::fmt;
use std::time::Duration;

use otpost::report::ReportStatus;
use otpost::transport::{Request, ReqwestTransport, Transport, TransportOptions};
use otpost::{PhoneNumber, SecretString};
use serde_json::{Value, json};

use crate::mock::ReportFault;

pub use answer::{SandboxAnswer, SandboxFault};
pub use error::SandboxError;
pub use message::SandboxMessage;
pub use report::SandboxReport;

/// The longest time that the sandbox waits for a message, and in which it sends the reports of one
/// call.
const MAX_WAIT: Duration = Duration::from_secs(60);
/// The timeout of a call: more than the longest wait, and time for the response.
const TIMEOUT: Duration = MAX_WAIT.saturating_add(Duration::from_secs(15));
/// More than all messages that the sandbox keeps, in bytes.
const MAX_RESPONSE: usize = 128 * 1_024 * 1_024;

/// A client of a running `otpost sandbox`, for tests of an application.
///
/// Start the sandbox with `otpost sandbox`, and configure the application to send to it. A test
/// then waits for the message, and reads the code as a person does.
///
/// Clones share the connections.
///
/// # Examples
///
/// A test of a login. Each test uses another number, so that tests can run at the same time:
///
/// ```no_run
/// use std::time::Duration;
/// use otpost::PhoneNumber;
/// use otpost::gateway::Outcome;
/// use otpost_testing::SandboxClient;
///
/// # async fn request_code(_: &PhoneNumber) -> bool { true }
/// # async fn log_in(_: &str) -> bool { true }
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let sandbox = SandboxClient::new("http://127.0.0.1:8025")?;
/// let to = PhoneNumber::parse("+12025550187")?;
///
/// assert!(request_code(&to).await); // the application sends a code
/// let code = sandbox.code(&to, Duration::from_secs(5)).await?;
/// assert!(log_in(code.expose()).await);
///
/// // The gateway refuses the next message to this number.
/// sandbox.set_answer_to("sample", &to, Outcome::NoCredit.into(), Some(1)).await?;
/// assert!(!request_code(&to).await);
/// # Ok(())
/// # }
/// ```
///
/// # Security
///
/// `Debug` shows the origin only.
#[derive(Clone)]
pub struct SandboxClient {
    transport: ReqwestTransport,
    origin: String,
    token: Option<SecretString>,
}

impl SandboxClient {
    /// Creates a client for the sandbox at this origin, such as `http://127.0.0.1:8025`.
    ///
    /// # Errors
    ///
    /// [`SandboxError::Origin`] if the origin is not `http://` or `https://` with a host, without a
    /// path. [`SandboxError::Transport`] if the HTTP client could not be built.
    pub fn new(origin: &str) -> Result<Self, SandboxError> {
        Self::with_call_timeout(origin, TIMEOUT)
    }

    fn with_call_timeout(origin: &str, timeout: Duration) -> Result<Self, SandboxError> {
        let host = origin.strip_prefix("http://").or_else(|| origin.strip_prefix("https://"));
        if !host.is_some_and(|host| !host.is_empty() && !host.contains(['/', '?', '#', '@'])) {
            return Err(SandboxError::Origin);
        }
        let options = TransportOptions::new()
            .with_http_allowed()
            .with_timeout(timeout)
            .with_max_response(MAX_RESPONSE);
        let transport = ReqwestTransport::new(&options).map_err(SandboxError::Transport)?;
        Ok(Self { transport, origin: origin.to_owned(), token: None })
    }

    /// Sets the token of a sandbox that was started with `--token`.
    #[must_use]
    pub fn with_token(mut self, token: impl Into<SecretString>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// Waits for a message with a code to this number, and returns the code. At most 60 s.
    ///
    /// If there are messages already, the code is that of the newest one. To wait for a new
    /// message, use a new number, or [`clear`](Self::clear) before.
    ///
    /// # Errors
    ///
    /// [`SandboxError::NoCode`] if none arrived in time, and otherwise the other errors.
    pub async fn code(
        &self,
        to: &PhoneNumber,
        wait: Duration,
    ) -> Result<SecretString, SandboxError> {
        let path = format!("/api/codes/{}?wait={}", to.e164(), wait_text(wait));
        let found = self.call("GET", &path, None).await;
        let found = found.map_err(|error| match error {
            SandboxError::Api { status: 404, .. } => SandboxError::NoCode,
            error => error,
        })?;
        let code = found.get("code").and_then(Value::as_str);
        code.map(SecretString::from).ok_or(SandboxError::Response)
    }

    /// Returns the messages after the sequence number `since`, the oldest first. With `to`, only
    /// those to this number.
    ///
    /// If there are none, it waits for one. The list is empty if none arrived in time. At most
    /// 60 s. It contains at most 1,000 messages: the others follow after its last number.
    ///
    /// # Errors
    ///
    /// [`SandboxError`] if the sandbox cannot be reached, or refuses the request.
    pub async fn messages(
        &self,
        to: Option<&PhoneNumber>,
        since: u64,
        wait: Duration,
    ) -> Result<Vec<SandboxMessage>, SandboxError> {
        let to = to.map(|to| format!("&to=%2B{}", to.e164().trim_start_matches('+')));
        let to = to.unwrap_or_default();
        let path = format!("/api/messages?since={since}&wait={}{to}", wait_text(wait));
        let found = self.call("GET", &path, None).await?;
        let list = found.get("messages").and_then(Value::as_array);
        let list = list.ok_or(SandboxError::Response)?;
        let read = list.iter().map(|json| SandboxMessage::read(json).ok_or(SandboxError::Response));
        read.collect()
    }

    /// Deletes all messages, and cancels the delivery reports that wait or are being sent. The
    /// sequence numbers go on.
    ///
    /// # Errors
    ///
    /// [`SandboxError`] if the sandbox cannot be reached, or refuses the request.
    pub async fn clear(&self) -> Result<(), SandboxError> {
        self.call("DELETE", "/api/messages", None).await.map(drop)
    }

    /// Sets the response of a gateway to the next messages: to this number of them, or to all with
    /// `None`. Afterwards, messages are accepted again.
    ///
    /// # Errors
    ///
    /// [`SandboxError::Api`] if the sandbox has no such gateway, or the gateway no such response.
    pub async fn set_answer(
        &self,
        gateway: &str,
        answer: SandboxAnswer,
        times: Option<u64>,
    ) -> Result<(), SandboxError> {
        let body = json!({ "answer": answer.to_json(), "times": times });
        self.call("PUT", &format!("/api/answers/{gateway}"), Some(body)).await.map(drop)
    }

    /// Sets the response of a gateway to the next messages to one phone number. Other numbers are
    /// not concerned, so that tests can run at the same time.
    ///
    /// # Errors
    ///
    /// The same as [`set_answer`](Self::set_answer).
    pub async fn set_answer_to(
        &self,
        gateway: &str,
        to: &PhoneNumber,
        answer: SandboxAnswer,
        times: Option<u64>,
    ) -> Result<(), SandboxError> {
        let body = json!({ "answer": answer.to_json(), "times": times, "to": to.e164() });
        self.call("PUT", &format!("/api/answers/{gateway}"), Some(body)).await.map(drop)
    }

    /// Sends delivery reports of a message to the application, one after the other, and returns the
    /// application's responses. `message` is the [`id`](SandboxMessage::id) in the sandbox.
    ///
    /// The sandbox must have been started with `--reports`. Of the faults, `Duplicated`, `Forged`
    /// and `Lost` have an effect here, and `Early` has none.
    ///
    /// The application has 10 s for each response, and 60 s for all of them. Reports for which no
    /// time is left are not sent, and have a [`reason`](SandboxReport::reason).
    ///
    /// # Errors
    ///
    /// [`SandboxError::Api`] if there is no such message, if the spec of its gateway describes no
    /// reports, if there are no statuses or more than 16, or for the faults `Late` and `Reordered`,
    /// which only a [`MockGateway`](crate::MockGateway) has.
    pub async fn send_reports(
        &self,
        message: &str,
        statuses: &[ReportStatus],
        faults: &[ReportFault],
    ) -> Result<Vec<SandboxReport>, SandboxError> {
        let body = json!({ "statuses": words(statuses), "faults": fault_words(faults) });
        let path = format!("/api/messages/{message}/reports");
        let found = self.call("POST", &path, Some(body)).await?;
        let list = found.get("reports").and_then(Value::as_array).ok_or(SandboxError::Response)?;
        let read = list.iter().map(|json| SandboxReport::read(json).ok_or(SandboxError::Response));
        read.collect()
    }

    /// Sets the delivery reports after each message of a gateway, and the time before them. Without
    /// statuses, no reports are sent.
    ///
    /// [`ReportFault::Early`] sends them before the response to the message.
    ///
    /// # Errors
    ///
    /// [`SandboxError::Api`] if the sandbox has no such gateway, if the gateway has no word for a
    /// status, if the time is longer than one hour, if the sandbox was started without `--reports`,
    /// or for the faults `Late` and `Reordered`, which only a
    /// [`MockGateway`](crate::MockGateway) has.
    pub async fn set_reports(
        &self,
        gateway: &str,
        statuses: &[ReportStatus],
        after: Duration,
        faults: &[ReportFault],
    ) -> Result<(), SandboxError> {
        let after = format!("{}ms", after.as_millis());
        let automatic = (!statuses.is_empty()).then(|| {
            json!({ "statuses": words(statuses), "after": after, "faults": fault_words(faults) })
        });
        let body = json!({ "automatic": automatic });
        self.call("PUT", &format!("/api/reports/{gateway}"), Some(body)).await.map(drop)
    }

    /// Returns the public key with which the application verifies the reports of a gateway, in
    /// the form of the variable of its spec: 32 bytes in base64 (Ed25519), or PEM. `None` if the
    /// gateway signs with no private key.
    ///
    /// The sandbox generates the key at its start, so read it before the application is configured.
    ///
    /// # Errors
    ///
    /// [`SandboxError::Api`] with status 404 if the sandbox has no such gateway, and with status
    /// 400 if it has no private key to sign with, for example because it was built without the
    /// feature `signatures`.
    pub async fn public_key(&self, gateway: &str) -> Result<Option<String>, SandboxError> {
        let found = self.call("GET", "/api/gateways", None).await?;
        let list = found.get("gateways").and_then(Value::as_array).ok_or(SandboxError::Response)?;
        let mut named = list.iter().filter(|it| it.get("id") == Some(&gateway.into()));
        let refused = |status, problem: &str| SandboxError::Api { status, problem: problem.into() };
        let found = named.next().ok_or_else(|| refused(404, "no such gateway"))?;
        if let Some(problem) = found.pointer("/reports/problem").and_then(Value::as_str) {
            return Err(refused(400, problem));
        }
        let key = found.pointer("/reports/public_key/value").and_then(Value::as_str);
        Ok(key.map(str::to_owned))
    }

    /// Returns the last 1,000 reports that were sent, the oldest first.
    ///
    /// # Errors
    ///
    /// [`SandboxError`] if the sandbox cannot be reached, or refuses the request.
    pub async fn reports(&self) -> Result<Vec<SandboxReport>, SandboxError> {
        let found = self.call("GET", "/api/reports", None).await?;
        let list = found.get("reports").and_then(Value::as_array).ok_or(SandboxError::Response)?;
        let read = list.iter().map(|json| SandboxReport::read(json).ok_or(SandboxError::Response));
        read.collect()
    }

    /// Sends a request, and returns the JSON of the response. It is `Null` without a body.
    async fn call(
        &self,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Result<Value, SandboxError> {
        let request = self.request(method, path, body).ok_or(SandboxError::Origin)?;
        let response = self.transport.call(request).await.map_err(SandboxError::Transport)?;
        let status = response.status();
        if status.is_success() && response.body().is_empty() {
            return Ok(Value::Null);
        }
        let json: Value =
            serde_json::from_slice(response.body()).map_err(|_| SandboxError::Response)?;
        if status.is_success() {
            return Ok(json);
        }
        let problem = json.get("error").and_then(Value::as_str).unwrap_or_default().to_owned();
        Err(SandboxError::Api { status: status.as_u16(), problem })
    }

    fn request(&self, method: &str, path: &str, body: Option<Value>) -> Option<Request> {
        let body = body.map(|body| body.to_string()).unwrap_or_default();
        let mut request = Request::new(body.into());
        *request.method_mut() = method.parse().ok()?;
        *request.uri_mut() = format!("{}{path}", self.origin).parse().ok()?;
        if let Some(token) = &self.token {
            let mut value: http::HeaderValue = format!("Bearer {}", token.expose()).parse().ok()?;
            value.set_sensitive(true);
            request.headers_mut().insert(http::header::AUTHORIZATION, value);
        }
        Some(request)
    }
}

fn words(statuses: &[ReportStatus]) -> Vec<&'static str> {
    statuses.iter().map(|status| status.as_str()).collect()
}

fn fault_words(faults: &[ReportFault]) -> Vec<&'static str> {
    faults.iter().map(|fault| fault.word()).collect()
}

/// Returns a time for the parameter `wait`.
fn wait_text(wait: Duration) -> String {
    format!("{}ms", wait.min(MAX_WAIT).as_millis())
}

impl fmt::Debug for SandboxClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SandboxClient").field("origin", &self.origin).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MockAnswer, MockGateway};

    /// The sandbox may use all of its time, and the client must not give up before.
    const _: () = assert!(TIMEOUT.as_secs() > MAX_WAIT.as_secs());

    #[tokio::test]
    async fn a_sandbox_that_does_not_respond_is_given_up() {
        let spec = otpost::gateways::with_examples("twilio").unwrap();
        let stalled = MockGateway::start(&spec).await.unwrap();
        stalled.answer_always(MockAnswer::Stall);
        let timeout = Duration::from_millis(20);
        let client = SandboxClient::with_call_timeout(&stalled.origin(), timeout).unwrap();
        let error = client.send_reports("m-1", &[ReportStatus::Delivered], &[]).await.unwrap_err();
        assert!(matches!(error, SandboxError::Transport(_)), "{error:?}");
    }
}
