//! A JSON Web Token in reverse: its form, its claims, and its signature if that is an HMAC and the
//! key is given.

use data_encoding::BASE64URL_NOPAD;

use super::captures::Reading;
use super::field::compile_field;
use super::given::{names_given, render_given};
use super::json::JsonReader;
use super::mismatch::{MismatchKind, describe};
use super::nested::NestedReader;
use crate::gateway::auth::jwt::hmac_of_token;
use crate::gateway::error::SpecError;
use crate::gateway::request::symbols::Symbols;
use crate::gateway::response::Json;
use crate::gateway::spec::JwtAuth;
use crate::secret::SecretString;

/// A compiled token.
#[derive(Clone, Debug)]
pub(super) struct JwtReader {
    before: String,
    after: String,
    auth: JwtAuth,
    claims: Box<JsonReader>,
    has_lifetime: bool,
}

impl JwtReader {
    pub(super) fn compile(auth: &JwtAuth, scope: &Symbols<'_>) -> Result<Self, SpecError> {
        let value = auth.header.as_ref().map_or("Bearer {{jwt}}", |header| &header.value);
        let (before, after) = value.split_once("{{jwt}}").unwrap_or((value, ""));
        Ok(Self {
            before: before.to_owned(),
            after: after.to_owned(),
            auth: auth.clone(),
            claims: Box::new(JsonReader::compile(
                &auth.claims,
                scope,
                compile_field,
                "auth.jwt.claims",
            )?),
            has_lifetime: auth.lifetime.is_some(),
        })
    }
}

impl JwtReader {
    /// Returns whether the key is given and the signature is not made with it.
    fn is_forged(&self, token: &str, reading: &Reading<'_>) -> bool {
        let key = render_given(&self.auth.key, reading.given);
        let signed = key.zip(token.rsplit_once('.')).and_then(|(key, (input, signature))| {
            let wanted = BASE64URL_NOPAD.encode(&hmac_of_token(&self.auth, &key, input)?);
            // Compared in constant time, as a gateway should.
            Some(SecretString::new(wanted) == SecretString::from(signature))
        });
        signed == Some(false)
    }
}

impl NestedReader for JwtReader {
    fn read_text(&self, text: &str, place: &str, reading: &mut Reading<'_>) {
        let kind = MismatchKind::Credentials;
        let token = text.strip_prefix(&*self.before).and_then(|it| it.strip_suffix(&*self.after));
        let parts: Vec<&str> = token.unwrap_or_default().split('.').take(4).collect();
        let decode = |part: &str| {
            let bytes = BASE64URL_NOPAD.decode(part.as_bytes()).ok()?;
            String::from_utf8(bytes).ok()
        };
        let decoded = match parts.as_slice() {
            [head, claims, signature] => {
                let bytes = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap_or_default();
                decode(head).zip(decode(claims)).filter(|_| !bytes.is_empty())
            }
            _ => None,
        };
        let Some((head, claims)) = decoded else {
            return reading.refuse(place, kind, "a JSON Web Token", describe(text));
        };
        let head = Json::parse(&head);
        let algorithm = head.as_ref().and_then(|head| head.member("alg")).and_then(Json::text);
        if algorithm.as_deref() != Some(self.auth.algorithm.as_str()) {
            let expected = format!("the algorithm {}", self.auth.algorithm);
            reading.refuse(place, kind, expected, "another algorithm");
        }
        let Some(claims) = Json::parse(&claims) else {
            return reading.refuse(place, kind, "claims in JSON", "another text");
        };
        if self.has_lifetime && !matches!(claims.member("exp"), Some(Json::Int(_))) {
            reading.refuse(place, kind, "the claim `exp`", "no such claim");
        }
        if self.is_forged(token.unwrap_or_default(), reading) {
            reading.refuse(place, kind, "a signature with the given key", "another signature");
        }
        let mut trial = reading.trial();
        self.claims.read_within(&claims, place, &mut trial);
        // A token has claims of its own, such as `exp`.
        trial.additional.clear();
        reading.accept(trial);
    }

    fn may_be_left_out(&self) -> bool {
        false
    }

    fn reads_variable(&self, name: &str) -> bool {
        let is_compared = !self.auth.algorithm.needs_private_key();
        (is_compared && names_given(&self.auth.key, name)) || self.claims.reads_variable(name)
    }
}
