use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::Version;

use super::auth::access_token::Token;
use super::auth::tokens::{Tokens, out_of_time};
use super::builder::HttpGatewayBuilder;
use super::curl::CurlCommand;
use super::plan::Plan;
use super::prepared::{PreparedRequest, render_request};
use super::request::render_error::RenderError;
use super::response::{Answer, Explanation, Judgement, parse_retry_after};
use super::spec::{GatewaySpec, Outcome, WaitUnit};
use crate::clock::Clock;
use crate::message::Message;
use crate::otp::Code;
use crate::phone::PhoneNumber;
use crate::provider::{Fate, Provider, Receipt, SendError, SendErrorKind, Stage, trace};
use crate::redact::Redactor;
use crate::telemetry;
use crate::transport::{Response, TimeLeft, Transport, TransportError, TransportOptions};
use crate::wiped::wipe;

/// A gateway that is described by a spec, ready to send.
///
/// Clones share the connection pool.
///
/// # Examples
///
/// ```
/// use otpost::gateway::{GatewaySpec, HttpGateway};
/// use otpost::{Message, PhoneNumber};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let gateway = otpost::gateways::kannel("http://10.0.0.5:13013", "tester", "foobar").build()?;
///
/// let message = Message::new(PhoneNumber::parse("+41791234567")?, "012345 is your code")?;
/// let request = gateway.prepare(&message)?;           // a dry run: nothing is sent
/// assert_eq!(request.expose_body(), b"012345 is your code");
///
/// // gateway.send(&message).await?                    // this would send it
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct HttpGateway {
    pub(super) plan: Arc<Plan>,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    tokens: Arc<Tokens>,
    /// The options of the transport, if the gateway created it.
    pub(super) options: Option<Arc<TransportOptions>>,
}

impl HttpGateway {
    /// Creates a builder for a gateway with this spec.
    pub fn builder(spec: GatewaySpec) -> HttpGatewayBuilder {
        HttpGatewayBuilder::new(Ok(spec))
    }

    pub(super) fn new(plan: Plan, transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Self {
        let plan = Arc::new(plan);
        let tokens = Tokens::new(plan.clone(), transport.clone(), clock.clone());
        Self { plan, transport, clock, tokens: Arc::new(tokens), options: None }
    }

    /// Renders the request that [`send`](Provider::send) would send, without using the network.
    ///
    /// The token of a [`TokenAuth`](super::TokenAuth) or of OAuth 2.0 is not fetched: its header
    /// contains the placeholder `{{token}}`. The times, the nonce and the signature of the request
    /// are those of this call, and differ in the request that is sent.
    ///
    /// # Errors
    ///
    /// [`SendErrorKind::Misconfigured`] with [`Fate::NotSent`] if the message does not suit the
    /// gateway: a variable has no value, a filter or the charset cannot represent a value, or the
    /// body is longer than 256 KiB. The source names the key.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::{Message, PhoneNumber};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let gateway = otpost::gateways::link_mobility("acme", "hunter2").build()?;
    /// let message = Message::new(PhoneNumber::parse("+33612345678")?, "012345 is your code")?;
    ///
    /// let shown = gateway.prepare(&message)?.to_string();
    /// assert!(shown.starts_with("POST https://europe.ipx.com/restapi/v1/sms/send"));
    /// assert!(shown.contains("destinationAddress=33*******78&username=acme&password=***"));
    /// assert!(!shown.contains("hunter2") && !shown.contains("012345"));
    /// # Ok(())
    /// # }
    /// ```
    #[doc(alias = "dry run")]
    pub fn prepare(&self, message: &Message) -> Result<PreparedRequest, SendError> {
        PreparedRequest::render(&self.plan, message, &*self.clock).map_err(not_prepared)
    }

    /// Returns the request for a sample message as a curl command.
    ///
    /// The message goes to +1 202-555-0123, a fictional number, with the code 123456. The
    /// configured secrets become shell variables. Tokens and signatures are those of
    /// [`prepare`](Self::prepare). Nothing is sent before the command is run.
    ///
    /// # Errors
    ///
    /// The same as [`prepare`](Self::prepare), for example if the gateway requires a sender or a
    /// variable that each message sets.
    pub fn sample_curl(&self) -> Result<CurlCommand, SendError> {
        // The constants below are valid, so only `prepare` can fail.
        let refused = |_| SendError::new(SendErrorKind::Misconfigured, Fate::NotSent);
        let to = PhoneNumber::parse("+12025550123").map_err(|_| refused(()))?;
        let message = Message::new(to, "123456 is your code").map_err(|_| refused(()))?;
        let code = Code::parse("123456").map_err(|_| refused(()))?;
        Ok(self.prepare(&message.with_code(code))?.to_curl())
    }

    /// Explains which rule matches a response, such as one copied from a log, and why the rules
    /// before it do not match.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::gateway::Outcome;
    /// use otpost::transport::Response;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let gateway = otpost::gateways::link_mobility("acme", "hunter2").build()?;
    /// let answer = Response::new(r#"{"responseCode":13,"responseMessage":"slow down"}"#.into());
    ///
    /// let explanation = gateway.explain(&answer);
    /// assert_eq!(explanation.outcome(), Outcome::Throttled);
    /// println!("{explanation}");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn explain(&self, answer: &Response) -> Explanation {
        self.plan.rules.explain(&Answer::new(
            answer.status(),
            answer.headers(),
            Some(answer.body()),
        ))
    }

    /// Returns `true` if the spec has an [`Idempotency`](super::Idempotency): the gateway documents
    /// that it sends a message with the same message id only once.
    #[must_use]
    #[doc(alias = "idempotency")]
    pub fn deduplicates(&self) -> bool {
        self.plan.deduplicates
    }

    /// Converts the outcome of a response into a receipt or an error.
    fn conclude(
        &self,
        message: &Message,
        token: Option<&Token>,
        answer: &Answer<'_>,
        judgement: Judgement,
    ) -> Result<Receipt, SendError> {
        let extract = judgement.extract;
        let (kind, fate) = match judgement.outcome {
            Outcome::Accepted | Outcome::Duplicate => {
                let receipt = Receipt::new(self.name());
                return Ok(match extract.message_id {
                    Some(id) => receipt.with_message_id(id),
                    None if extract.has_own_id => receipt.with_message_id(message.id().as_str()),
                    None => receipt,
                });
            }
            Outcome::Blocked => (SendErrorKind::Blocked, Fate::Refused),
            Outcome::Content => (SendErrorKind::Content, Fate::Refused),
            Outcome::InvalidRecipient => (SendErrorKind::InvalidRecipient, Fate::Refused),
            Outcome::Misconfigured => (SendErrorKind::Misconfigured, Fate::Refused),
            Outcome::NoCredit => (SendErrorKind::NoCredit, Fate::Refused),
            Outcome::Regulatory => (SendErrorKind::Regulatory, Fate::Refused),
            // This outcome and `Unavailable` mean that the gateway did not process the message, so
            // the same gateway may be tried again.
            Outcome::Throttled => (SendErrorKind::Throttled, Fate::NotSent),
            Outcome::Unauthorized => (SendErrorKind::Unauthorized, Fate::Refused),
            Outcome::Unavailable => (SendErrorKind::Unavailable, Fate::NotSent),
            Outcome::Unknown => (SendErrorKind::Unknown, Fate::Unknown),
        };
        let mut error = SendError::new(kind, fate).with_deduplicated(self.plan.deduplicates);
        // The gateway's code is printed in errors. If the field holds the phone number, the code or
        // a credential, it is dropped.
        let redactor = self.redactor(message, token);
        if let Some(code) = extract.code.filter(|code| is_name(code) && !redactor.finds(code)) {
            error = error.with_gateway_code(code);
        }
        // Logs get the redacted words. The original stays a secret for the application.
        if let Some(words) = extract.message {
            error = error.with_gateway_words(redactor.redact(&words)).with_gateway_message(words);
        }
        // Waiting does not change a refusal, so its `Retry-After` is ignored.
        if fate == Fate::NotSent {
            let now = self.clock.now();
            let parse = |(text, unit): (String, WaitUnit)| parse_retry_after(&text, unit, now);
            let header = || Some((answer.retry_after()?, WaitUnit::Seconds));
            let wait = extract.retry_after.and_then(parse).or_else(|| header().and_then(parse));
            if let Some(wait) = wait {
                error = error.with_retry_after(wait);
            }
        }
        if judgement.outcome == Outcome::Unknown {
            error = error.with_explanation(self.plan.rules.explain(answer).summary());
        }
        Err(error)
    }

    /// Returns a redactor for everything secret that a gateway's text may repeat.
    fn redactor(&self, message: &Message, token: Option<&Token>) -> Redactor {
        let secrets = self.plan.secrets.iter().chain(token.map(|token| &token.value));
        secrets.fold(message.redactor(), |redactor, secret| redactor.with_secret(secret.expose()))
    }

    /// Handles an exchange without a complete response.
    fn fail(
        &self,
        message: &Message,
        token: Option<&Token>,
        error: TransportError,
    ) -> Result<Receipt, SendError> {
        if let Some(head) = error.head() {
            // Only the body is missing, so a rule without a body condition still decides.
            let answer = Answer::new(head.status, &head.headers, None);
            let judgement = self.plan.rules.judge(&answer);
            if judgement.outcome != Outcome::Unknown {
                let concluded = self.conclude(message, token, &answer, judgement);
                return concluded.map_err(|refused| {
                    refused.with_stage(error.stage()).with_source(error.settled())
                });
            }
        }
        // If the head of the response does not decide, only the transport knows whether a byte left
        // this machine.
        let fate = if error.may_have_sent() { Fate::Unknown } else { Fate::NotSent };
        let kind = match error.stage() {
            Stage::Config => SendErrorKind::Misconfigured,
            _ => SendErrorKind::Transport,
        };
        Err(SendError::new(kind, fate)
            .with_deduplicated(self.plan.deduplicates)
            .with_stage(error.stage())
            .with_source(error))
    }
}

#[async_trait]
impl Provider for HttpGateway {
    fn name(&self) -> &str {
        &self.plan.id
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        // The traced future calls `send` again, with a message that is marked. Then this is `None`.
        if let Some(traced) = trace::gateway_send(self, message) {
            return traced.await;
        }
        // There is only one exchange, and the timeout of the transport limits it.
        if self.plan.token.is_none() {
            return self.exchange(message, None, message.time_left()).await;
        }
        let begin = self.clock.now();
        let left = || {
            let total = self.plan.timeout.min(message.time_left().unwrap_or(Duration::MAX));
            // If the clock was set back, the message keeps its whole time instead of failing.
            let passed = self.clock.now().duration_since(begin).unwrap_or_default();
            total.saturating_sub(passed)
        };
        let first = self.tokens.get(left).await?;
        // The message was not handed to the transport yet, so its fate is still known.
        if left().is_zero() {
            return Err(out_of_time());
        }
        let sent = self.exchange(message, Some(&first), Some(left())).await;
        // The gateway rejected the token, not the message. So sending once more with a new token
        // cannot send the message twice.
        if !self.is_token_refused(&first, &sent, false) {
            return sent;
        }
        let second = self.tokens.get(left).await?;
        // The gateway's refusal says more than an error about the deadline.
        if left().is_zero() {
            return sent;
        }
        let sent = self.exchange(message, Some(&second), Some(left())).await;
        // The return value does not matter here, but the call counts a second refusal for the
        // back-off.
        self.is_token_refused(&second, &sent, true);
        sent
    }
}

impl HttpGateway {
    /// Records whether the gateway accepted the token. Returns `true` if it was refused and another
    /// token may be tried.
    fn is_token_refused(
        &self,
        token: &Arc<Token>,
        sent: &Result<Receipt, SendError>,
        is_second: bool,
    ) -> bool {
        match sent {
            Ok(_) => {}
            // Without a final response, nothing is known about the token.
            Err(error) if error.fate() != Fate::Refused => return false,
            Err(error) if error.kind() == SendErrorKind::Unauthorized => {
                return self.tokens.refused(token, is_second);
            }
            // The gateway rejected the message itself, so it accepted the token.
            Err(_) => {}
        }
        self.tokens.accepted(token);
        false
    }

    /// Sends one request, and interprets the response.
    async fn exchange(
        &self,
        message: &Message,
        token: Option<&Token>,
        left: Option<Duration>,
    ) -> Result<Receipt, SendError> {
        // Each exchange renders the request again, so that its times are current.
        let mut request =
            render_request(&self.plan, message, &*self.clock).map_err(not_prepared)?;
        if let (Some(plan), Some(token)) = (&self.plan.token, token) {
            plan.apply(token, request.headers_mut())?;
        }
        if let Some(left) = left {
            request.extensions_mut().insert(TimeLeft(left));
        }
        // Call the transport directly: the implementation for `Arc` would allocate one more future
        // per message.
        match (*self.transport).call(request).await {
            Ok(response) => {
                telemetry::response(response.status().as_u16(), version(response.version()));
                let body: &[u8] = response.body();
                let answer = Answer::new(response.status(), response.headers(), Some(body));
                let judgement = self.plan.rules.judge(&answer);
                let concluded = self.conclude(message, token, &answer, judgement);
                // Gateways repeat texts and codes in their responses.
                wipe(response.into_body());
                concluded
            }
            Err(error) => {
                telemetry::transport_failed(error.stage().as_str(), error.may_have_sent());
                self.fail(message, token, error)
            }
        }
    }
}

/// Returns whether a gateway's code can be printed. Such codes are short words of visible ASCII.
/// Other characters could change the direction or the look of the line that an error is printed in.
fn is_name(code: &str) -> bool {
    code.len() <= 64 && code.bytes().all(|b| b.is_ascii_graphic())
}

/// The version of HTTP, as `network.protocol.version` names it.
const fn version(version: Version) -> Option<&'static str> {
    match version {
        Version::HTTP_10 => Some("1.0"),
        Version::HTTP_11 => Some("1.1"),
        Version::HTTP_2 => Some("2"),
        Version::HTTP_3 => Some("3"),
        _ => None,
    }
}

fn not_prepared(error: RenderError) -> SendError {
    SendError::new(SendErrorKind::Misconfigured, Fate::NotSent)
        .with_stage(Stage::Config)
        .with_source(error)
}

impl fmt::Debug for HttpGateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpGateway")
            .field("id", &self.plan.id)
            .field("transport", &self.transport)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}
