use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use http::Version;

use super::compile::Plan;
use super::config::HttpGatewayBuilder;
use super::curl::CurlCommand;
use super::prepared::{PreparedRequest, render_request};
use super::response::{Answer, Explanation, Judgement, parse_retry_after};
use super::spec::{GatewaySpec, Outcome};
use super::tokens::{Token, Tokens, out_of_time};
use super::value::RenderError;
use crate::clock::Clock;
use crate::message::Message;
use crate::otp::Code;
use crate::phone::PhoneNumber;
use crate::provider::{Fate, Provider, Receipt, SendError, SendErrorKind, Stage, trace};
use crate::redact::Redactor;
use crate::telemetry;
use crate::transport::{Response, TimeLeft, Transport, TransportError, TransportOptions};
use crate::wiped::wipe;

/// A gateway that a spec describes, ready to send.
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
/// let request = gateway.prepare(&message)?;           // the dry run: nothing is sent
/// assert_eq!(request.expose_body(), b"012345 is your code");
///
/// // gateway.send(&message).await?                    // and this would send it
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct HttpGateway {
    pub(super) plan: Arc<Plan>,
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    tokens: Arc<Tokens>,
    /// Of the transport that the gateway made itself.
    pub(super) options: Option<Arc<TransportOptions>>,
}

impl HttpGateway {
    /// Begins a gateway from a spec.
    pub fn builder(spec: GatewaySpec) -> HttpGatewayBuilder {
        HttpGatewayBuilder::new(Ok(spec))
    }

    pub(super) fn new(plan: Plan, transport: Arc<dyn Transport>, clock: Arc<dyn Clock>) -> Self {
        let plan = Arc::new(plan);
        let tokens = Tokens::new(plan.clone(), transport.clone(), clock.clone());
        Self { plan, transport, clock, tokens: Arc::new(tokens), options: None }
    }

    /// The request that [`send`](Provider::send) would make: pure, without a network.
    ///
    /// # Errors
    ///
    /// [`SendErrorKind::Misconfigured`] with [`Fate::NotSent`] when the message does not suit the gateway: a variable
    /// without value, a filter or charset that does not fit, a body above 256 KiB. The source names the key.
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
    pub fn prepare(&self, message: &Message) -> Result<PreparedRequest, SendError> {
        PreparedRequest::render(&self.plan, message, &*self.clock).map_err(not_prepared)
    }

    /// The request for a sample message as a curl command: to +1 202-555-0123, with the code 123456, and with the
    /// configured secrets as variables of the shell.
    ///
    /// # Errors
    ///
    /// As [`prepare`](Self::prepare), such as when the gateway wants a sender or a variable of each message's own.
    pub fn sample_curl(&self) -> Result<CurlCommand, SendError> {
        let refused = |_| SendError::new(SendErrorKind::Misconfigured, Fate::NotSent);
        let to = PhoneNumber::parse("+12025550123").map_err(|_| refused(()))?;
        let message = Message::new(to, "123456 is your code").map_err(|_| refused(()))?;
        let code = Code::parse("123456").map_err(|_| refused(()))?;
        Ok(self.prepare(&message.with_code(code))?.to_curl())
    }

    /// Says which rule fits an answer, such as one copied from a log, and why the others do not.
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

    /// Whether the gateway documents that it takes a message with the same identity only once.
    #[must_use]
    pub fn deduplicates(&self) -> bool {
        self.plan.deduplicates
    }

    /// Makes receipt or error of a judged answer.
    fn conclude(
        &self,
        message: &Message,
        token: Option<&Token>,
        answer: &Answer<'_>,
        judgement: Judgement,
    ) -> Result<Receipt, SendError> {
        let extract = judgement.extract;
        let (kind, fate) = match judgement.outcome {
            Outcome::Accepted => {
                let receipt = Receipt::new(self.name());
                return Ok(match extract.message_id {
                    Some(id) => receipt.with_message_id(id),
                    None => receipt,
                });
            }
            Outcome::Blocked => (SendErrorKind::Blocked, Fate::Refused),
            Outcome::InvalidRecipient => (SendErrorKind::InvalidRecipient, Fate::Refused),
            Outcome::Misconfigured => (SendErrorKind::Misconfigured, Fate::Refused),
            Outcome::NoCredit => (SendErrorKind::NoCredit, Fate::Refused),
            Outcome::Regulatory => (SendErrorKind::Regulatory, Fate::Refused),
            Outcome::Throttled => (SendErrorKind::Throttled, Fate::NotSent),
            Outcome::Unauthorized => (SendErrorKind::Unauthorized, Fate::Refused),
            Outcome::Unavailable => (SendErrorKind::Unavailable, Fate::NotSent),
            Outcome::Unknown => (SendErrorKind::Unknown, Fate::Unknown),
        };
        let mut error = SendError::new(kind, fate).with_deduplicated(self.plan.deduplicates);
        // A code is printed. Should a gateway put number, code or credentials where its code is, then it has none.
        let redactor = self.redactor(message, token);
        if let Some(code) = extract.code.filter(|code| is_name(code) && !redactor.finds(code)) {
            error = error.with_gateway_code(code);
        }
        if let Some(words) = extract.message {
            error = error.with_gateway_words(redactor.redact(&words)).with_gateway_message(words);
        }
        if fate == Fate::NotSent {
            let asked = extract.retry_after.or_else(|| answer.retry_after());
            let now = self.clock.now();
            if let Some(wait) = asked.and_then(|text| parse_retry_after(&text, now)) {
                error = error.with_retry_after(wait);
            }
        }
        Err(error)
    }

    /// Finds what a gateway's words may repeat of the message and of the configuration.
    fn redactor(&self, message: &Message, token: Option<&Token>) -> Redactor {
        let secrets = self.plan.secrets.iter().chain(token.map(|token| &token.value));
        secrets.fold(message.redactor(), |redactor, secret| redactor.with_secret(secret.expose()))
    }

    /// An exchange without a whole answer.
    fn fail(
        &self,
        message: &Message,
        token: Option<&Token>,
        error: TransportError,
    ) -> Result<Receipt, SendError> {
        if let Some(head) = error.head() {
            // Only the body is missing: a rule that asks for nothing of it still decides.
            let answer = Answer::new(head.status, &head.headers, None);
            let judgement = self.plan.rules.judge(&answer);
            if judgement.outcome != Outcome::Unknown {
                let concluded = self.conclude(message, token, &answer, judgement);
                return concluded.map_err(|refused| {
                    refused.with_stage(error.stage()).with_source(error.settled())
                });
            }
        }
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
        if let Some(traced) = trace::gateway_send(self, message) {
            return traced.await;
        }
        if self.plan.token.is_none() {
            return self.exchange(message, None, message.time_left()).await;
        }
        let begin = self.clock.now();
        let left = || {
            let total = self.plan.timeout.min(message.time_left().unwrap_or(Duration::MAX));
            let passed = self.clock.now().duration_since(begin).unwrap_or_default();
            total.saturating_sub(passed)
        };
        let first = self.tokens.get(left).await?;
        if left().is_zero() {
            return Err(out_of_time());
        }
        let sent = self.exchange(message, Some(&first), Some(left())).await;
        // The gateway has rejected the token and not the message: a request with a new token is the first that counts.
        if !self.is_token_refused(&first, &sent, false) {
            return sent;
        }
        let second = self.tokens.get(left).await?;
        if left().is_zero() {
            return sent;
        }
        let sent = self.exchange(message, Some(&second), Some(left())).await;
        self.is_token_refused(&second, &sent, true);
        sent
    }
}

impl HttpGateway {
    /// Returns `true` if the token was refused and another one may be tried, and notes the state of the token.
    fn is_token_refused(
        &self,
        token: &Arc<Token>,
        sent: &Result<Receipt, SendError>,
        is_second: bool,
    ) -> bool {
        match sent {
            Ok(_) => {}
            Err(error) if error.fate() != Fate::Refused => return false,
            Err(error) if error.kind() == SendErrorKind::Unauthorized => {
                return self.tokens.refused(token, is_second);
            }
            // Whatever is wrong with the message, the gateway has looked at it.
            Err(_) => {}
        }
        self.tokens.accepted(token);
        false
    }

    /// One request, and what its answer means.
    async fn exchange(
        &self,
        message: &Message,
        token: Option<&Token>,
        left: Option<Duration>,
    ) -> Result<Receipt, SendError> {
        let mut request =
            render_request(&self.plan, message, &*self.clock).map_err(not_prepared)?;
        if let (Some(plan), Some(token)) = (&self.plan.token, token) {
            plan.apply(token, request.headers_mut())?;
        }
        if let Some(left) = left {
            request.extensions_mut().insert(TimeLeft(left));
        }
        // Not by the `Arc`, whose own future would be allocated for each message.
        match (*self.transport).call(request).await {
            Ok(response) => {
                telemetry::response(response.status().as_u16(), version(response.version()));
                let body: &[u8] = response.body();
                let answer = Answer::new(response.status(), response.headers(), Some(body));
                let judgement = self.plan.rules.judge(&answer);
                let concluded = self.conclude(message, token, &answer, judgement);
                // Gateways repeat texts and codes in what they answer.
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

/// Returns whether a code can be printed: vendors' codes are short words of visible ASCII. Other characters could change the
/// direction or the look of the line that an error is printed in.
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
