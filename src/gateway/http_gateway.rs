use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;

use super::auth::digest::DigestPlan;
use super::auth::tokens::Tokens;
use super::builder::HttpGatewayBuilder;
use super::curl::CurlCommand;
use super::exchange::{Answered, GatewayExchange, GatewayParts};
use super::plan::Plan;
use super::prepared::PreparedRequest;
use super::request::render_error::not_prepared;
use super::response::{Answer, Explanation};
use super::spec::GatewaySpec;
use crate::clock::Clock;
use crate::message::Message;
use crate::otp::Code;
use crate::phone::PhoneNumber;
use crate::provider::{Fate, Provider, Receipt, SendError, SendErrorKind, trace};
use crate::transport::{Response, Transport, TransportOptions};

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

    pub(super) fn clock(&self) -> Arc<dyn Clock> {
        self.clock.clone()
    }

    pub(super) fn parts(&self) -> GatewayParts<'_> {
        GatewayParts {
            plan: &self.plan,
            transport: &*self.transport,
            clock: &*self.clock,
            tokens: &self.tokens,
        }
    }

    /// Renders the request that [`send`](Provider::send) would send, without using the network.
    ///
    /// The token of a [`TokenAuth`](super::TokenAuth) or of OAuth 2.0 is not fetched: it is shown
    /// as the placeholder `{{token}}`. The times, the nonce and the signature of the request are
    /// those of this call, and differ in the request that is sent, as does the token of a
    /// [`JwtAuth`](super::JwtAuth). With [`Auth::HttpDigest`](super::Auth::HttpDigest), the request
    /// has no `Authorization` header: the challenge of the server is not known.
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
        let values = self.plan.values_of(message, &*self.clock).map_err(not_prepared)?;
        let prepared = PreparedRequest::render(&self.plan.request, values, message);
        let login = self.plan.digest.as_ref().and_then(DigestPlan::login);
        prepared.map(|prepared| prepared.with_login(login)).map_err(not_prepared)
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

    /// Interprets a response to a message as [`send`](Provider::send) does, without using the
    /// network. It is for tools, and for tests of a spec.
    ///
    /// The message is the one that was sent: its phone number, text and code are redacted in what
    /// the result repeats of the response.
    ///
    /// # Errors
    ///
    /// [`SendError`] if the response does not mean that the message was accepted.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::transport::Response;
    /// use otpost::{Message, PhoneNumber};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let gateway = otpost::gateways::link_mobility("acme", "hunter2").build()?;
    /// let message = Message::new(PhoneNumber::parse("+33612345678")?, "012345 is your code")?;
    ///
    /// let response = Response::new(r#"{"responseCode":0,"messageIds":["1-17"]}"#.into());
    /// let receipt = gateway.interpret(&message, &response)?;
    /// assert_eq!(receipt.message_id(), Some("1-17"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn interpret(&self, message: &Message, response: &Response) -> Result<Receipt, SendError> {
        let answered = GatewayExchange::of_message(self.parts(), message).interpret(response)?;
        Ok(self.receipt(message, answered))
    }

    fn receipt(&self, message: &Message, answered: Answered) -> Receipt {
        let receipt = Receipt::new(self.name());
        match answered.extract.message_id {
            Some(id) => receipt.with_message_id(id),
            None if answered.extract.has_own_id => match self.plan.sent_id(message) {
                Some(id) => receipt.with_message_id(id),
                None => receipt,
            },
            None => receipt,
        }
    }

    /// Returns `true` if the spec has an [`Idempotency`](super::Idempotency): the gateway documents
    /// that it sends a message with the same message id only once.
    #[must_use]
    #[doc(alias = "idempotency")]
    pub fn deduplicates(&self) -> bool {
        self.plan.deduplicates
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
        let exchange = GatewayExchange::of_message(self.parts(), message);
        let answered = exchange.run(message.time_left()).await?;
        Ok(self.receipt(message, answered))
    }
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
