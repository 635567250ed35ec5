//! JSON Web Tokens (RFC 7519) that authenticate reports.

use std::borrow::Cow;
use std::time::{SystemTime, UNIX_EPOCH};

use data_encoding::BASE64URL_NOPAD;
use http::header::HeaderName;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::{Map, Value};

use super::coverage::Coverage;
use super::incoming::{IncomingReport, SignedPart, header_name};
use super::key_kind::PublicKeyKind;
use super::outgoing::{OutgoingReport, SigningParts};
use super::rejection::ReportRejection;
use super::signature::known_by;
use super::text::ReportText;
use super::token_key::TokenKey;
use super::vars::ReportVars;
use super::window::{is_future, is_near, is_past};
use crate::gateway::error::SpecError;
use crate::gateway::spec::{JwtAlgorithm, ReportJwt};

/// The lifetime of a token that an imitation signs, in seconds.
const LIFETIME: u64 = 300;

/// A compiled token.
#[derive(Clone, Debug)]
pub(super) struct TokenCheck {
    header: HeaderName,
    prefix: String,
    /// The algorithms that are accepted, each with its key. Empty in a check without values.
    keys: Vec<(JwtAlgorithm, TokenKey)>,
    claims: Vec<(String, ReportText)>,
    absent_if_empty: Vec<String>,
    require: Vec<String>,
    issuer: Option<String>,
    replay: Option<String>,
    as_body: bool,
}

/// A token that was verified.
pub(super) struct VerifiedToken {
    pub(super) replay: String,
    pub(super) coverage: Coverage,
    /// The claims as JSON, if they are the report.
    pub(super) body: Option<Vec<u8>>,
}

/// The header of a token. A member that is there twice is an error.
#[derive(Deserialize)]
struct TokenHead<'t> {
    #[serde(borrow)]
    alg: Cow<'t, str>,
    #[serde(default)]
    crit: Option<IgnoredAny>,
}

impl TokenCheck {
    pub(super) fn compile(
        spec: &ReportJwt,
        path: &str,
        vars: &ReportVars<'_>,
    ) -> Result<Self, SpecError> {
        let refuse = |key: &str, problem: &str, hint: &str| {
            Err(SpecError::new(format!("{path}.{key}"), problem, hint))
        };
        let Some((first, others)) = spec.algorithms.split_first() else {
            let hint = "write the algorithm of the gateway, such as [\"HS256\"]";
            return refuse("algorithms", "there is no algorithm", hint);
        };
        // A token must not choose how its key is used: with a public key as the secret of an HMAC,
        // anybody could sign.
        let is_same =
            |other: &&JwtAlgorithm| match (PublicKeyKind::of(*first), PublicKeyKind::of(**other)) {
                (None, None) => true,
                (Some(first), Some(other)) => first.shares_key(other),
                _ => false,
            };
        if !others.iter().all(|other| is_same(&other)) {
            let hint = "write a scheme for each kind of key";
            return refuse("algorithms", "the algorithms need different keys", hint);
        }
        let absent = spec.absent_if_empty.iter();
        let is_claim = |name: &&String| spec.claims.iter().any(|(known, _)| known == *name);
        if absent.clone().any(|name| !is_claim(&name)) {
            let hint = "name one of `claims`";
            return refuse("absent_if_empty", "the claim is not compared", hint);
        }
        let claims = spec.claims.iter().map(|(name, text)| {
            let text = ReportText::compile(text, &format!("{path}.claims.{name}"), vars)?;
            Ok((name.clone(), text))
        });
        let claims = claims.collect::<Result<_, SpecError>>()?;
        let keys = TokenKey::compile(&spec.key, &spec.algorithms, &format!("{path}.key"), vars)?;
        Ok(Self {
            header: header_name(&spec.header, &format!("{path}.header"))?,
            prefix: spec.prefix.clone().unwrap_or_default(),
            keys,
            claims,
            absent_if_empty: spec.absent_if_empty.clone(),
            require: spec.require.clone(),
            issuer: spec.issuer.clone(),
            replay: spec.replay.clone(),
            as_body: spec.as_body,
        })
    }

    pub(super) fn verify(
        &self,
        request: &IncomingReport<'_>,
        now: SystemTime,
    ) -> Result<VerifiedToken, ReportRejection> {
        const MALFORMED: ReportRejection = ReportRejection::Malformed;
        let token = std::str::from_utf8(request.header(&self.header)?).map_err(|_| MALFORMED)?;
        let token = token.strip_prefix(&*self.prefix).ok_or(MALFORMED)?;
        let (signed, signature) = token.rsplit_once('.').ok_or(MALFORMED)?;
        let (head, claims) = signed.split_once('.').ok_or(MALFORMED)?;
        let decode = |part: &str| BASE64URL_NOPAD.decode(part.as_bytes()).map_err(|_| MALFORMED);
        let (head, claims, signature) = (decode(head)?, decode(claims)?, decode(signature)?);
        let TokenHead { alg, crit } = serde_json::from_slice(&head).map_err(|_| MALFORMED)?;
        // These members must be understood, and none is (RFC 7515 §4.1.11).
        if crit.is_some() {
            return Err(MALFORMED);
        }
        let key = self.keys.iter().find(|(algorithm, _)| algorithm.as_str() == alg);
        let (_, key) = key.ok_or(ReportRejection::Algorithm)?;
        if !key.verifies(signed.as_bytes(), &signature) {
            return Err(ReportRejection::Signature);
        }
        let read: Map<String, Value> = serde_json::from_slice(&claims).map_err(|_| MALFORMED)?;
        self.check_times(&read, now)?;
        self.check_claims(&read, request)?;
        let replay = match &self.replay {
            Some(name) => match read.get(name) {
                Some(Value::String(text)) if !text.is_empty() => known_by(text.as_bytes()),
                Some(Value::Number(number)) => known_by(number.to_string().as_bytes()),
                _ => return Err(ReportRejection::Claim),
            },
            // One text can have several valid signatures.
            None => known_by(signed.as_bytes()),
        };
        let coverage = self.claims.iter().map(|(_, text)| text.coverage());
        let coverage = coverage.fold(Coverage::default(), Coverage::or);
        let body = self.as_body.then_some(claims);
        let coverage = Coverage { body: coverage.body || body.is_some(), ..coverage };
        if coverage.has_foreign_body(request) {
            return Err(ReportRejection::Malformed);
        }
        Ok(VerifiedToken { replay, coverage: coverage.of(request), body })
    }

    /// Signs a request with a token. The inverse of `verify`. Returns `None` if a claim cannot be
    /// written.
    pub(super) fn sign(
        &self,
        request: &mut OutgoingReport,
        parts: &SigningParts<'_>,
    ) -> Option<()> {
        let body = request.body_bytes();
        let mut claims: Map<String, Value> = match self.as_body {
            true => serde_json::from_slice(&body).ok()?,
            false => Map::new(),
        };
        for (name, text) in &self.claims {
            if body.is_empty() && self.absent_if_empty.contains(name) {
                continue;
            }
            let text = request.seen(|seen| text.render(seen, None).ok())?;
            let text = std::str::from_utf8(&text).ok()?.to_owned();
            claims.insert(name.clone(), text.into());
        }
        if let Some(issuer) = &self.issuer {
            claims.insert("iss".to_owned(), issuer.as_str().into());
        }
        let now = parts.now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let named = self.require.iter().chain(&self.replay);
        for name in named.filter(|name| *name != "iss") {
            let value = match name.as_str() {
                "exp" => now.saturating_add(LIFETIME).into(),
                "iat" | "nbf" => now.into(),
                name if claims.contains_key(name) => continue,
                _ => (parts.nonce)().into(),
            };
            claims.insert(name.clone(), value);
        }
        let (algorithm, key) = self.keys.first()?;
        let encode = |json: &Value| BASE64URL_NOPAD.encode(json.to_string().as_bytes());
        let head = serde_json::json!({ "alg": algorithm.as_str(), "typ": "JWT" });
        let signed = format!("{}.{}", encode(&head), encode(&Value::Object(claims)));
        let mut signature = key.sign(signed.as_bytes(), parts.key)?;
        if let Some(first) = signature.first_mut().filter(|_| parts.is_forged) {
            *first ^= 0x55;
        }
        let token = format!("{}{signed}.{}", self.prefix, BASE64URL_NOPAD.encode(&signature));
        request.put(&SignedPart::Header(self.header.clone()), &token)
    }

    fn check_times(
        &self,
        claims: &Map<String, Value>,
        now: SystemTime,
    ) -> Result<(), ReportRejection> {
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let time = |name: &str| match claims.get(name) {
            None => Ok(None),
            Some(value) => millis(value).map(Some).ok_or(ReportRejection::Claim),
        };
        let (exp, nbf, iat) = (time("exp")?, time("nbf")?, time("iat")?);
        let is_outside = exp.is_some_and(|exp| is_past(exp, now))
            || nbf.is_some_and(|nbf| is_future(nbf, now))
            || iat.is_some_and(|iat| is_future(iat, now));
        let is_old = |iat: u128| !is_near(iat, now);
        if is_outside || (self.requires("iat") && iat.is_some_and(is_old)) {
            return Err(ReportRejection::Time);
        }
        Ok(())
    }

    fn requires(&self, name: &str) -> bool {
        self.require.iter().any(|known| known == name)
    }

    fn check_claims(
        &self,
        claims: &Map<String, Value>,
        request: &IncomingReport<'_>,
    ) -> Result<(), ReportRejection> {
        let is_there = |name: &String| claims.get(name).is_some_and(|value| !value.is_null());
        if !self.require.iter().all(is_there) {
            return Err(ReportRejection::Claim);
        }
        let is_text = |name: &str, expected: &[u8]| matches!(claims.get(name), Some(Value::String(text)) if text.as_bytes() == expected);
        if self.issuer.as_ref().is_some_and(|issuer| !is_text("iss", issuer.as_bytes())) {
            return Err(ReportRejection::Claim);
        }
        for (name, text) in &self.claims {
            let is_as_expected =
                match request.body().is_empty() && self.absent_if_empty.contains(name) {
                    true => !claims.contains_key(name),
                    false => is_text(name, &text.render(request, None)?),
                };
            if !is_as_expected {
                return Err(ReportRejection::Claim);
            }
        }
        Ok(())
    }
}

/// Returns a time in seconds since 1970, which may have a fraction, in milliseconds.
fn millis(value: &Value) -> Option<u128> {
    let Value::Number(number) = value else { return None };
    if let Some(seconds) = number.as_u64() {
        return u128::from(seconds).checked_mul(1_000);
    }
    // The range is that of a date in this millennium, so nothing is lost in the conversion.
    let seconds = number.as_f64().filter(|seconds| (0.0..1e11).contains(seconds))?;
    Some(std::time::Duration::try_from_secs_f64(seconds).ok()?.as_millis())
}
