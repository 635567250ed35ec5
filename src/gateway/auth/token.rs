//! The token request, and the meaning of its response.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, StatusCode, Uri};

use super::access_token::{Refusal, Token};
use crate::gateway::error::SpecError;
use crate::gateway::request::body::BodyPlan;
use crate::gateway::request::charset::TextEncoding;
use crate::gateway::request::header::HeaderPlan;
use crate::gateway::request::masked::MaskedBytes;
use crate::gateway::request::scratch::Scratch;
use crate::gateway::request::symbols::{RequestKind, Symbols};
use crate::gateway::request::url::UrlPlan;
use crate::gateway::request::values::Values;
use crate::gateway::response::{Answer, TokenPlaces, parse_retry_after};
use crate::gateway::spec::{Auth, TokenAuth, WaitUnit};
use crate::provider::SendErrorKind;
use crate::secret::SecretString;
use crate::transport::{Request, Response, TimeLeft, TransportError};
use crate::wiped::wipe;

const PATH: &str = "auth.token";
/// The time before the expiry at which a new token is fetched. A token that expires during a send
/// would be refused.
const MARGIN: Duration = Duration::from_secs(30);
/// The lifetime of a token if the spec and the response contain none.
const DEFAULT_LIFETIME: Duration = Duration::from_secs(300);
/// The maximum lifetime of a token, whatever the response contains. A revoked token is detected by
/// its refusal, not by its age.
const MAX_LIFETIME: Duration = Duration::from_secs(86_400);

/// A compiled token request, and the rules to read its response.
#[derive(Clone, Debug)]
pub(in crate::gateway) struct TokenPlan {
    /// The request, which is the same for each message. `None` in a check without values.
    pub(in crate::gateway) request: Option<TokenCall>,
    places: TokenPlaces,
    lifetime: Duration,
    /// Set if a token is valid for one message.
    pub(super) is_single_use: bool,
}

#[derive(Clone)]
pub(in crate::gateway) struct TokenCall {
    method: http::Method,
    pub(in crate::gateway) uri: Uri,
    headers: HeaderMap,
    body: Bytes,
}

impl TokenPlan {
    pub(in crate::gateway) fn compile(
        auth: &TokenAuth,
        configured: &[Option<SecretString>],
        values: Option<&Values<'_>>,
        scope: &Symbols<'_>,
    ) -> Result<Self, SpecError> {
        if auth.single_use && (auth.expires_in.is_some() || auth.lifetime.is_some()) {
            let hint = "remove the lifetime, or `single_use`";
            let path = format!("{PATH}.single_use");
            return Err(SpecError::new(path, "a token for one message has no lifetime", hint));
        }
        let unused = auth.values.iter().enumerate().find(|(at, _)| {
            // The token itself has the index 0.
            !scope.uses_token(at.saturating_add(1))
        });
        if let Some((_, (name, _))) = unused {
            let path = format!("{PATH}.values.{name}");
            let hint = format!("use it in the request as {{{{{name}}}}}, or remove it");
            return Err(SpecError::new(path, "it is never used", hint));
        }
        // One token serves all messages, so its request cannot contain anything from a message. It
        // is compiled like the request of a message, and its errors are moved to the keys of this
        // section.
        let request = scope
            .within(RequestKind::Token, || TokenCall::compile(auth, configured, values, scope))
            .map_err(|error| {
                error.moved("request", PATH).moved("auth.basic", "auth.token.basic")
            })?;
        Ok(Self {
            request,
            places: TokenPlaces::compile(auth, PATH)?,
            lifetime: auth.lifetime.unwrap_or(DEFAULT_LIFETIME),
            is_single_use: auth.single_use,
        })
    }

    /// Reads the token and its lifetime from a response.
    pub(in crate::gateway) fn read(
        &self,
        answer: Response,
        now: SystemTime,
    ) -> Result<Arc<Token>, Refusal> {
        let token = self.read_token(&answer, now);
        // The body contains the token.
        wipe(answer.into_body());
        token
    }

    fn read_token(&self, answer: &Response, now: SystemTime) -> Result<Arc<Token>, Refusal> {
        if let Some(refusal) = refusal(answer.status(), answer.headers(), now) {
            return Err(refusal);
        }
        let answer = Answer::new(answer.status(), answer.headers(), Some(answer.body()));
        let values = self.places.read(&answer).map_err(Refusal::no_token)?;
        let lifetime = self.places.lifetime(&answer, now).unwrap_or(self.lifetime);
        let lifetime = lifetime.min(MAX_LIFETIME);
        // A short lifetime is only halved: with the full margin, each message would fetch a token.
        let margin = MARGIN.min(lifetime.checked_div(2).unwrap_or_default());
        let good_until = now.checked_add(lifetime.saturating_sub(margin)).unwrap_or(now);
        Ok(Arc::new(Token::new(values, good_until)))
    }

    /// Interprets an exchange without a complete response. A status that refuses needs no body.
    pub(in crate::gateway) fn read_error(&self, error: TransportError, now: SystemTime) -> Refusal {
        let refused = error.head().and_then(|head| refusal(head.status, &head.headers, now));
        refused.unwrap_or_else(|| Refusal::unanswered(error))
    }
}

/// Returns the meaning of a status that is not a success.
fn refusal(status: StatusCode, headers: &HeaderMap, now: SystemTime) -> Option<Refusal> {
    let kind = match status.as_u16() {
        200..=299 => return None,
        429 => SendErrorKind::Throttled,
        // Unlike a send, a token request can be repeated after a server error: it sends no message.
        408 | 425 | 500..=599 => SendErrorKind::Unavailable,
        // RFC 6749 §5.2: rejected credentials may come with status 400, as `invalid_client`.
        400 | 401 | 403 => SendErrorKind::Unauthorized,
        _ => SendErrorKind::Misconfigured,
    };
    let asked = Answer::new(status, headers, None).retry_after();
    let wait = asked.and_then(|text| parse_retry_after(&text, WaitUnit::Seconds, now));
    // `Retry-After` is ignored for a status that waiting does not change, such as a redirect.
    Some(Refusal::new(kind, wait.filter(|_| kind != SendErrorKind::Misconfigured)))
}

impl TokenCall {
    fn compile(
        auth: &TokenAuth,
        configured: &[Option<SecretString>],
        values: Option<&Values<'_>>,
        scope: &Symbols<'_>,
    ) -> Result<Option<Self>, SpecError> {
        let request = auth.request();
        let encoding = TextEncoding::of(&request);
        let url = UrlPlan::compile(&request, Vec::new(), configured, values, scope)?;
        let body = BodyPlan::compile(&request, &[], values, scope)?;
        let basic = match &auth.basic {
            None => Auth::None,
            Some(basic) => Auth::basic(&basic.username, &basic.password),
        };
        let plans = HeaderPlan::compile_all(&request.headers, &basic, None, &body, scope)?;
        let Some(values) = values else { return Ok(None) };
        let mut scratch = Scratch::default();
        let mut headers = HeaderMap::new();
        for plan in &plans {
            if let Some(header) = plan.render(values, &mut scratch)? {
                headers.append(header.name, header.value);
            }
        }
        let body = body.render(values, encoding, MaskedBytes::unseen(), &mut scratch)?;
        Ok(Some(Self {
            method: request.method.http(),
            // Without values of a message, the URL is always fixed.
            uri: url.fixed_uri(),
            headers,
            body: body.into_bytes(),
        }))
    }

    pub(in crate::gateway) fn request(&self, left: Duration) -> Request {
        let mut request = Request::new(self.body.clone());
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = self.headers.clone();
        request.extensions_mut().insert(TimeLeft(left));
        request
    }
}

impl std::fmt::Debug for TokenCall {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenCall").finish_non_exhaustive()
    }
}
