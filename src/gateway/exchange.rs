//! One request of a gateway with its token, and the interpretation of the response.

use std::sync::Arc;
use std::time::Duration;

use http::Version;

use super::auth::access_token::Token;
use super::auth::digest::{DigestAttempt, DigestPlan, DigestStep};
use super::auth::tokens::{Tokens, out_of_time};
use super::call::{AccountPlan, CallPlan};
use super::plan::Plan;
use super::request::render_error::not_prepared;
use super::request_plan::RequestPlan;
use super::response::{Answer, Extract, FirstPlace, Judgement, Rules, parse_retry_after};
use super::spec::{Outcome, WaitUnit};
use crate::clock::Clock;
use crate::message::Message;
use crate::provider::{Fate, SendError, SendErrorKind, Stage};
use crate::redact::Redactor;
use crate::secret::SecretString;
use crate::telemetry;
use crate::transport::{Request, Response, TimeLeft, Transport, TransportError};
use crate::wiped::wipe;

/// The maximum length of a credit, in bytes.
const MAX_CREDIT: usize = 64;

/// The parts of a gateway that all its requests share.
#[derive(Clone, Copy)]
pub(super) struct GatewayParts<'g> {
    pub(super) plan: &'g Plan,
    pub(super) transport: &'g dyn Transport,
    pub(super) clock: &'g dyn Clock,
    pub(super) tokens: &'g Arc<Tokens>,
}

/// A request and the rules for its response.
pub(super) struct GatewayExchange<'g> {
    parts: GatewayParts<'g>,
    request: &'g RequestPlan,
    rules: &'g Rules,
    message: Option<&'g Message>,
    /// The gateway's id of a message that was sent before.
    receipt_id: Option<&'g str>,
    credit: Option<&'g FirstPlace>,
}

/// The values of a response that means success.
pub(super) struct Answered {
    pub(super) extract: Extract,
    pub(super) credit: Option<String>,
}

impl<'g> GatewayExchange<'g> {
    /// Creates the request that sends a message.
    pub(super) const fn of_message(parts: GatewayParts<'g>, message: &'g Message) -> Self {
        let (request, rules) = (&parts.plan.request, &parts.plan.rules);
        Self { parts, request, rules, message: Some(message), receipt_id: None, credit: None }
    }

    /// Creates the request that checks the account.
    pub(super) const fn of_account(parts: GatewayParts<'g>, account: &'g AccountPlan) -> Self {
        let mut exchange = Self::of_call(parts, &account.call);
        exchange.credit = Some(&account.credit);
        exchange
    }

    /// Creates the request that deletes the text of a message.
    pub(super) const fn of_erase(parts: GatewayParts<'g>, call: &'g CallPlan, id: &'g str) -> Self {
        let mut exchange = Self::of_call(parts, call);
        exchange.receipt_id = Some(id);
        exchange
    }

    const fn of_call(parts: GatewayParts<'g>, call: &'g CallPlan) -> Self {
        let (request, rules) = (&call.request, &call.rules);
        Self { parts, request, rules, message: None, receipt_id: None, credit: None }
    }

    /// Sends the request with a token if it needs one, and once more if the token is rejected.
    pub(super) async fn run(&self, time_left: Option<Duration>) -> Result<Answered, SendError> {
        // Boxed, because most gateways need one exchange, and the future of each message should have
        // no room for more.
        let plan = self.parts.plan;
        if let Some(digest) = &plan.digest {
            return Box::pin(self.run_digest(digest, time_left)).await;
        }
        if plan.token.is_some() {
            return Box::pin(self.run_with_token(time_left)).await;
        }
        // There is only one exchange, and the timeout of the transport limits it.
        self.exchange(None, None, time_left).await
    }

    /// Sends the request with a token, and once more if the token is rejected.
    async fn run_with_token(&self, time_left: Option<Duration>) -> Result<Answered, SendError> {
        let tokens = self.parts.tokens;
        let left = self.deadline(time_left);
        let first = tokens.get(&left).await?;
        // The message was not handed to the transport yet, so its fate is still known.
        if left().is_zero() {
            return Err(out_of_time());
        }
        let sent = self.exchange(Some(&first), None, Some(left())).await;
        // The gateway rejected the token, not the message. So sending once more with a new token
        // cannot send the message twice.
        if !self.is_token_refused(&first, &sent, false) {
            return sent;
        }
        let second = tokens.get(&left).await?;
        // The gateway's refusal says more than an error about the deadline.
        if left().is_zero() {
            return sent;
        }
        let sent = self.exchange(Some(&second), None, Some(left())).await;
        // The return value does not matter here, but the call counts a second refusal for the
        // back-off.
        self.is_token_refused(&second, &sent, true);
        sent
    }

    /// Sends the request with an answer to the server's last challenge, and once more if the server
    /// sends another challenge.
    async fn run_digest(
        &self,
        digest: &DigestPlan,
        time_left: Option<Duration>,
    ) -> Result<Answered, SendError> {
        let clock = self.parts.clock;
        let left = self.deadline(time_left);
        let mut first = digest.begin(clock.now())?;
        let sent = self.exchange(None, Some(&mut first), Some(left())).await;
        // If a rule does not take the response for a refusal, sending again could send twice.
        let refused = match sent {
            Err(refused) if refused.fate() != Fate::Unknown => refused,
            sent => return sent,
        };
        let mut second = match first.step() {
            DigestStep::Done => return Err(refused),
            DigestStep::Unanswerable(reason) => return Err(refused.with_explanation(reason)),
            DigestStep::Answer(second) => second,
        };
        if left().is_zero() {
            return Err(out_of_time());
        }
        let sent = self.exchange(None, Some(&mut second), Some(left())).await;
        let is_stale = sent.is_err() && second.finish(clock.now(), self.message.is_some());
        match sent {
            // Here too, a response that is not taken for a refusal leaves the fate open.
            Err(refused) if is_stale && refused.fate() != Fate::Unknown => {
                // The credentials are right, so the same gateway may be tried again.
                let error = self.error(SendErrorKind::Unavailable, Fate::NotSent);
                let reason = "the server's nonce expired before it was used";
                Err(error.with_explanation(reason).with_source(refused))
            }
            sent => sent,
        }
    }

    /// Returns a function for the time that is left of the total timeout.
    fn deadline(
        &self,
        time_left: Option<Duration>,
    ) -> impl Fn() -> Duration + Send + Sync + use<'g> {
        let GatewayParts { plan, clock, .. } = self.parts;
        let begin = clock.now();
        move || {
            let total = plan.timeout.min(time_left.unwrap_or(Duration::MAX));
            // If the clock was set back, the message keeps its whole time instead of failing.
            let passed = clock.now().duration_since(begin).unwrap_or_default();
            total.saturating_sub(passed)
        }
    }

    /// Records whether the gateway accepted the token. Returns `true` if it was refused and another
    /// token may be tried.
    fn is_token_refused(
        &self,
        token: &Arc<Token>,
        sent: &Result<Answered, SendError>,
        is_second: bool,
    ) -> bool {
        let tokens = self.parts.tokens;
        let is_rejected = |error: &SendError| {
            error.fate() == Fate::Refused && error.kind() == SendErrorKind::Unauthorized
        };
        // The credentials may lack the right to ask for the account or to delete a text. That must
        // not hold up messages.
        if self.message.is_none() && sent.as_ref().is_err_and(is_rejected) {
            tokens.discard(token);
            return !is_second;
        }
        match sent {
            Ok(_) => {}
            // Without a final response, nothing is known about the token.
            Err(error) if error.fate() != Fate::Refused => return false,
            Err(error) if error.kind() == SendErrorKind::Unauthorized => {
                return tokens.refused(token, is_second);
            }
            // The gateway rejected the message itself, so it accepted the token.
            Err(_) => {}
        }
        tokens.accepted(token);
        false
    }

    /// Sends one request, and interprets the response.
    async fn exchange(
        &self,
        token: Option<&Token>,
        mut digest: Option<&mut DigestAttempt<'_>>,
        left: Option<Duration>,
    ) -> Result<Answered, SendError> {
        let GatewayParts { plan, transport, clock, .. } = self.parts;
        // Each exchange renders the request again, so that its times are current.
        let values = match self.message {
            Some(message) => plan.values_of(message, clock).map_err(not_prepared)?,
            None => plan.values(clock),
        };
        let mut values = values.with_tokens(token.map(|token| token.values.as_slice()));
        if let Some(id) = self.receipt_id {
            values = values.with_receipt_id(id);
        }
        let nonce = digest.as_ref().map(|_| values.nonce());
        let mut request = self.request.render_request(values).map_err(|error| {
            // Perhaps because of the token, so the next message fetches another one.
            if let Some(token) = token {
                self.parts.tokens.discard(token);
            }
            not_prepared(error)
        })?;
        if let (Some(digest), Some(nonce)) = (&digest, &nonce) {
            digest.authorize(&mut request, nonce).map_err(not_prepared)?;
        }
        // The secrets of this request alone, which the gateway's text may repeat.
        let login = digest.as_ref().and_then(|_| login_of(&request));
        let own = self.request.jwt(&request).or(login);
        let own = token.map_or(own.as_slice(), |token| token.values.as_slice());
        if let Some(left) = left {
            request.extensions_mut().insert(TimeLeft(left));
        }
        // Call the transport directly: the implementation for `Arc` would allocate one more future
        // per message.
        match transport.call(request).await {
            Ok(response) => {
                telemetry::response(response.status().as_u16(), version(response.version()));
                if let Some(digest) = &mut digest {
                    digest.read(response.status(), response.headers());
                }
                let body: &[u8] = response.body();
                let answer = Answer::new(response.status(), response.headers(), Some(body));
                let judgement = self.rules.judge(&answer);
                let concluded = self.conclude(own, &answer, judgement);
                // Gateways repeat texts and codes in their responses.
                wipe(response.into_body());
                concluded
            }
            Err(error) => {
                telemetry::transport_failed(error.stage().as_str(), error.may_have_sent());
                if let (Some(digest), Some(head)) = (&mut digest, error.head()) {
                    digest.read(head.status, &head.headers);
                }
                self.fail(own, error)
            }
        }
    }

    /// Interprets a response that arrived by another way.
    pub(super) fn interpret(&self, response: &Response) -> Result<Answered, SendError> {
        let answer = Answer::new(response.status(), response.headers(), Some(response.body()));
        self.conclude(&[], &answer, self.rules.judge(&answer))
    }

    /// Converts the outcome of a response into its values or an error.
    fn conclude(
        &self,
        own: &[SecretString],
        answer: &Answer<'_>,
        judgement: Judgement,
    ) -> Result<Answered, SendError> {
        let extract = judgement.extract;
        let Some((kind, fate)) = refusal(judgement.outcome) else {
            let credit = self.credit.and_then(|places| places.find(answer, MAX_CREDIT));
            return Ok(Answered { extract, credit });
        };
        let mut error = self.error(kind, fate);
        // The gateway's code is printed in errors. If the field holds the phone number, the code or
        // a credential, it is dropped.
        let redactor = self.redactor(own);
        let may_show = |code: &String| {
            // Without a message, a long number could be the recipient's.
            let is_known = self.message.is_some() || code.len() < 6;
            is_known && is_name(code) && !redactor.finds(code)
        };
        if let Some(code) = extract.code.filter(may_show) {
            error = error.with_gateway_code(code);
        }
        // Logs get the redacted words. The original stays a secret for the application. Without a
        // message, nobody knows which number or text the words could repeat.
        if let Some(words) = extract.message {
            if self.message.is_some() {
                error = error.with_gateway_words(redactor.redact(&words));
            }
            error = error.with_gateway_message(words);
        }
        // Waiting does not change a refusal, so its `Retry-After` is ignored.
        if fate == Fate::NotSent {
            let now = self.parts.clock.now();
            let parse = |(text, unit): (String, WaitUnit)| parse_retry_after(&text, unit, now);
            let header = || Some((answer.retry_after()?, WaitUnit::Seconds));
            let wait = extract.retry_after.and_then(parse).or_else(|| header().and_then(parse));
            if let Some(wait) = wait {
                error = error.with_retry_after(wait);
            }
        }
        if judgement.outcome == Outcome::Unknown {
            error = error.with_explanation(self.rules.explain(answer).summary());
        }
        Err(error)
    }

    /// Handles an exchange without a complete response.
    fn fail(&self, own: &[SecretString], error: TransportError) -> Result<Answered, SendError> {
        if let Some(head) = error.head() {
            // Only the body is missing, so a rule without a body condition still decides.
            let answer = Answer::new(head.status, &head.headers, None);
            let judgement = self.rules.judge(&answer);
            if judgement.outcome != Outcome::Unknown {
                let concluded = self.conclude(own, &answer, judgement);
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
        Err(self.error(kind, fate).with_stage(error.stage()).with_source(error))
    }

    fn error(&self, kind: SendErrorKind, fate: Fate) -> SendError {
        // Only messages have an id that the gateway knows.
        let deduplicates = self.parts.plan.deduplicates && self.message.is_some();
        SendError::new(kind, fate).with_deduplicated(deduplicates)
    }

    /// Returns a redactor for everything secret that a gateway's text may repeat.
    fn redactor(&self, own: &[SecretString]) -> Redactor {
        let redactor = self.message.map_or_else(Redactor::new, Message::redactor);
        let secrets = self.parts.plan.secrets.iter().chain(own);
        secrets.fold(redactor, |redactor, secret| redactor.with_secret(secret.expose()))
    }
}

/// Returns the kind and the fate of an outcome that is no success.
const fn refusal(outcome: Outcome) -> Option<(SendErrorKind, Fate)> {
    Some(match outcome {
        Outcome::Accepted | Outcome::Duplicate => return None,
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
    })
}

/// Returns the answer to a Digest challenge, from which the password could be guessed.
fn login_of(request: &Request) -> Option<SecretString> {
    let value = request.headers().get(http::header::AUTHORIZATION)?;
    value.to_str().ok().map(SecretString::from)
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
