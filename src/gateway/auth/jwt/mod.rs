//! JSON Web Tokens: the claims are rendered for each attempt and signed with the gateway's key.

mod key;
#[cfg(not(feature = "signatures"))]
mod no_private_key;
#[cfg(feature = "signatures")]
mod private_key;

use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

use data_encoding::BASE64URL_NOPAD;
use zeroize::Zeroizing;

use crate::gateway::error::SpecError;
use crate::gateway::request::field::compile_field;
use crate::gateway::request::header_text::is_header_text;
use crate::gateway::request::json::Node;
use crate::gateway::request::masked::MaskedBytes;
use crate::gateway::request::render_error::RenderError;
use crate::gateway::request::scratch::Scratch;
use crate::gateway::request::symbols::Symbols;
use crate::gateway::request::value::ValueTemplate;
use crate::gateway::request::values::Values;
use crate::gateway::spec::{JwtAlgorithm, JwtAuth, MacEncoding, quoted};
use crate::wiped::Wiped;

use key::JwtKey;
#[cfg(not(feature = "signatures"))]
use no_private_key::check_available;
#[cfg(feature = "signatures")]
use private_key::check_available;

const KEY: &str = "auth.jwt.key";
const CLAIMS: &str = "auth.jwt.claims";
/// The placeholder of the token in its header.
const TOKEN: &str = "{{jwt}}";
/// The range of lifetimes.
const MIN_LIFETIME: Duration = Duration::from_secs(1);
const MAX_LIFETIME: Duration = Duration::from_secs(86_400);

/// A compiled token.
#[derive(Clone, Debug)]
pub(in crate::gateway) struct JwtPlan {
    algorithm: JwtAlgorithm,
    key: ValueTemplate,
    key_encoding: MacEncoding,
    key_id: Option<ValueTemplate>,
    claims: Node,
    lifetime: Option<Duration>,
    /// The texts before and after the token in the header of the request.
    around: (String, String),
    /// `None` before the values are known.
    signer: Option<Arc<JwtSigner>>,
}

/// The parts of a token that are the same for each message.
#[derive(Debug)]
struct JwtSigner {
    /// The encoded header of the token, with the dot that follows it.
    head: String,
    key: JwtKey,
}

impl JwtPlan {
    /// Compiles a token, and the text of the request's header around it.
    pub(in crate::gateway) fn compile(
        auth: &JwtAuth,
        scope: &Symbols<'_>,
    ) -> Result<Self, SpecError> {
        let JwtAuth { algorithm, key_encoding, lifetime, .. } = *auth;
        if algorithm.needs_private_key() {
            check_available("auth.jwt.algorithm")?;
            if key_encoding != MacEncoding::Text {
                let hint = "remove it: the key is a text in PEM";
                let problem = "a private key has no encoding of its own";
                return refused("auth.jwt.key_encoding", problem, hint);
            }
        }
        let key = ValueTemplate::compile(&auth.key, scope, KEY)?.credential(scope)?;
        if !key.is_fixed() || key.optional().is_some() {
            let hint = "use a required variable of `[vars]`";
            return refused(KEY, "the key is not the same for each message", hint);
        }
        let key_id = auth.key_id.as_ref().map(|text| {
            let path = "auth.jwt.key_id";
            let key_id = ValueTemplate::compile(text, scope, path)?;
            if !key_id.is_fixed() || key_id.optional().is_some() {
                let hint = "use a required variable of `[vars]`, or a text";
                return refused(path, "the key id is not the same for each message", hint);
            }
            Ok(key_id)
        });
        // The gateway reads the recipient and the text in the request, not in the claims.
        let claims = scope
            .without_recording(|| Node::compile(&auth.claims, scope, compile_field, CLAIMS))?;
        if !claims.is_object() || claims.has_condition() {
            let problem = "the claims are not an object, or have a condition as a whole";
            return refused(CLAIMS, problem, "write a table such as { iss = \"acme\" }");
        }
        if let Some(lifetime) = lifetime {
            if claims.has_member("exp") {
                let hint = "remove `lifetime`, or the claim";
                return refused("auth.jwt.lifetime", "the claims contain `exp` as well", hint);
            }
            if !(MIN_LIFETIME..=MAX_LIFETIME).contains(&lifetime) {
                let hint = "write a duration from \"1s\" to \"24h\"";
                let problem = "the lifetime is shorter than 1 s or longer than 24 hours";
                return refused("auth.jwt.lifetime", problem, hint);
            }
        }
        let value = auth.header.as_ref().map_or("Bearer {{jwt}}", |header| &header.value);
        let around = match value.split_once(TOKEN) {
            Some((before, after)) if !before.contains("{{") && !after.contains("{{") => {
                (before.to_owned(), after.to_owned())
            }
            _ => {
                let hint = "write a text such as `Bearer {{jwt}}`";
                let problem = "it needs {{jwt}} once, and no other placeholder";
                return refused("auth.jwt.header.value", problem, hint);
            }
        };
        if !is_header_text(value) {
            let problem = "the value contains a line break or a non-ASCII character";
            return refused("auth.jwt.header.value", problem, "use one line of ASCII");
        }
        let (key_id, signer) = (key_id.transpose()?, None);
        Ok(Self { algorithm, key, key_encoding, key_id, claims, lifetime, around, signer })
    }

    /// Returns the token in a value of the request's header.
    pub(in crate::gateway) fn token<'h>(&self, value: &'h str) -> Option<&'h str> {
        value.strip_prefix(&self.around.0)?.strip_suffix(&self.around.1)
    }

    /// Reads the key, and validates the values that are the same for each message.
    pub(in crate::gateway) fn open(mut self, values: &Values<'_>) -> Result<Self, RenderError> {
        let mut scratch = Scratch::default();
        let text = self.key.render(values, &mut scratch)?.unwrap_or_default();
        let key = JwtKey::parse(self.algorithm, &text, self.key_encoding, KEY)?;
        let mut head = format!("{{\"typ\":\"JWT\",\"alg\":\"{}\"", self.algorithm);
        if let Some(key_id) = &self.key_id {
            let mut scratch = Scratch::default();
            let text = key_id.render(values, &mut scratch)?.unwrap_or_default();
            head.push_str(",\"kid\":");
            head.push_str(&quoted(&text));
        }
        head.push('}');
        self.claims.check_fixed(values)?;
        let head = format!("{}.", BASE64URL_NOPAD.encode(head.as_bytes()));
        self.signer = Some(Arc::new(JwtSigner { head, key }));
        Ok(self)
    }

    /// Renders the value of the request's header, with a new token.
    pub(in crate::gateway) fn render(
        &self,
        values: &Values<'_>,
    ) -> Result<Zeroizing<String>, RenderError> {
        // Only a gateway renders requests, and it has read the key when it was built.
        let signer = self.signer.as_ref();
        let signer = signer.ok_or_else(|| RenderError::new(KEY, "the key is missing"))?;
        let claims = self.claims(values)?;
        let (before, after) = &self.around;
        let room = BASE64URL_NOPAD.encode_len(claims.len());
        // The token has at most one signature of 8192 bits. A string that grows would leave copies
        // behind.
        let room = room.saturating_add(signer.head.len()).saturating_add(2_048);
        let room = room.saturating_add(before.len()).saturating_add(after.len());
        let mut text = Zeroizing::new(String::with_capacity(room));
        text.push_str(before);
        let start = text.len();
        text.push_str(&signer.head);
        BASE64URL_NOPAD.encode_append(&claims, &mut text);
        let input = text.get(start..).unwrap_or_default();
        let signature = Zeroizing::new(signer.key.sign(input.as_bytes(), KEY)?);
        text.push('.');
        BASE64URL_NOPAD.encode_append(&signature, &mut text);
        text.push_str(after);
        Ok(text)
    }

    fn claims(&self, values: &Values<'_>) -> Result<Wiped, RenderError> {
        let mut bytes = MaskedBytes::unseen();
        self.claims.render(values, &mut Scratch::default(), &mut bytes)?;
        let mut claims = Wiped::with_capacity(bytes.bytes().len().saturating_add(32));
        let Some(lifetime) = self.lifetime else {
            claims.extend_from_slice(bytes.bytes());
            return Ok(claims);
        };
        // Only requests with a clock are rendered, so the fallback cannot occur.
        let now = values.now().unwrap_or(UNIX_EPOCH);
        let now = now.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
        let exp = now.saturating_add(lifetime.as_secs());
        // An object is written without white space, so it ends with one brace.
        let open = bytes.bytes().strip_suffix(b"}").unwrap_or_default();
        claims.extend_from_slice(open);
        if open != b"{" {
            claims.push(b',');
        }
        claims.extend_from_slice(format!("\"exp\":{exp}}}").as_bytes());
        Ok(claims)
    }
}

/// Returns the HMAC of a token's first two parts, or `None` if the algorithm is another one or the
/// key is not valid.
pub(in crate::gateway) fn hmac_of_token(auth: &JwtAuth, key: &str, input: &str) -> Option<Vec<u8>> {
    if auth.algorithm.needs_private_key() {
        return None;
    }
    let key = JwtKey::parse(auth.algorithm, key, auth.key_encoding, KEY).ok()?;
    key.sign(input.as_bytes(), KEY).ok()
}

fn refused<T>(path: &str, problem: &str, hint: &str) -> Result<T, SpecError> {
    Err(SpecError::new(path, problem, hint))
}
