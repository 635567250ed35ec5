//! Signatures over parts of a request.

use std::borrow::Cow;
use std::time::{Duration, UNIX_EPOCH};

use data_encoding::{BASE64, HEXLOWER, HEXLOWER_PERMISSIVE};
use hmac::{Hmac, KeyInit, Mac};
use http::Uri;
use sha1::Sha1;
use sha2::{Digest, Sha256, Sha512};
use zeroize::Zeroizing;

use crate::gateway::error::{SpecError, nearest};
use crate::gateway::request::header::{Header, HeaderPlan};
use crate::gateway::request::pieces::{check_slot, parse_template};
use crate::gateway::request::render_error::RenderError;
use crate::gateway::request::scratch::Scratch;
use crate::gateway::request::structure::{self, Holds, Skeleton};
use crate::gateway::request::symbols::Symbols;
use crate::gateway::request::value::ValueTemplate;
use crate::gateway::request::values::{Sensitivity, Slot, Values};
use crate::gateway::spec::{HmacAuth, MacAlgorithm, MacEncoding};
use crate::template::{Part, Template};

const PATH: &str = "auth.hmac";

/// The parts of a request that can be signed, in addition to the variables of the spec.
const PARTS: [&str; 12] = [
    "body",
    "body_sha256_base64",
    "body_sha256_hex",
    "date",
    "host",
    "method",
    "nonce",
    "path",
    "path_and_query",
    "query",
    "timestamp",
    "timestamp_ms",
];
/// The parts that contain values of the message.
const OPEN_PARTS: [&str; 4] = ["body", "path", "path_and_query", "query"];
const SIGNATURE: &str = "signature";

/// A compiled signature.
#[derive(Clone, Debug)]
pub(in crate::gateway) struct SignPlan {
    /// The key. `None` in a check without values.
    mac: Option<SigningKey>,
    sign: SignedText,
    signature: MacEncoding,
    headers: Vec<(http::HeaderName, SignedText)>,
}

/// A key, already absorbed by the hash.
#[derive(Clone)]
enum SigningKey {
    Sha1(Hmac<Sha1>),
    Sha256(Hmac<Sha256>),
    Sha512(Hmac<Sha512>),
}

/// A text with placeholders for parts and variables.
#[derive(Clone, Debug)]
struct SignedText {
    path: String,
    template: Template,
    slots: Vec<Slot>,
}

/// The parts of a request that are signed.
pub(in crate::gateway) struct Signed<'r> {
    pub(in crate::gateway) method: &'r http::Method,
    pub(in crate::gateway) uri: &'r Uri,
    pub(in crate::gateway) body: &'r [u8],
}

impl SignPlan {
    pub(in crate::gateway) fn compile(
        auth: &HmacAuth,
        values: Option<&Values<'_>>,
        others: &[HeaderPlan],
        scope: &Symbols<'_>,
    ) -> Result<Self, SpecError> {
        let key_path = format!("{PATH}.key");
        let key = ValueTemplate::compile(&auth.key, scope, &key_path)?.credential(scope)?;
        // The hash absorbs the key once, when the gateway is built.
        if !key.is_fixed() || key.optional().is_some() {
            let hint = "use a required variable of `[vars]`";
            return Err(SpecError::new(key_path, "the key is not the same for each message", hint));
        }
        if auth.signature == MacEncoding::Text {
            let path = format!("{PATH}.signature");
            return Err(SpecError::new(path, "a signature cannot be text", "write hex or base64"));
        }
        let mut headers: Vec<(http::HeaderName, SignedText)> = Vec::new();
        for (name, value) in auth.headers.iter() {
            let path = format!("{PATH}.headers.{name}");
            let legal = HeaderPlan::name(name, &path)?;
            let twice = headers.iter().any(|(known, _)| *known == legal)
                || others.iter().any(|other| other.name == legal);
            if twice {
                return Err(SpecError::new(path, "the request has this header", "remove one"));
            }
            headers.push((legal, SignedText::compile(&value.0, &path, true, scope)?));
        }
        if !headers.iter().any(|(_, text)| text.names(SIGNATURE)) {
            let hint = "put {{signature}} into one of the headers";
            return Err(SpecError::new(
                format!("{PATH}.headers"),
                "no header contains the signature",
                hint,
            ));
        }
        // The signed text cannot contain its own signature.
        let sign = SignedText::compile(&auth.sign, &format!("{PATH}.sign"), false, scope)?;
        let mac = values.map(|values| SigningKey::new(auth, &key, values)).transpose()?;
        Ok(Self { mac, sign, signature: auth.signature, headers })
    }

    /// Signs a request whose other parts are rendered, and returns the headers.
    pub(in crate::gateway) fn render(
        &self,
        signed: &Signed<'_>,
        values: &Values<'_>,
    ) -> Result<Vec<Header>, RenderError> {
        let parts = SignedParts::of(signed, values);
        let to_sign = Zeroizing::new(self.sign.render(&parts, values, None)?);
        // Only a check without values has no key, and it renders nothing.
        let mac = self.mac.as_ref().map(|key| key.sign(to_sign.as_bytes())).unwrap_or_default();
        let signature = match self.signature {
            MacEncoding::Base64 => BASE64.encode(&mac),
            // `compile` rejects `Text` for a signature.
            MacEncoding::Hex | MacEncoding::Text => HEXLOWER.encode(&mac),
        };
        let headers = self.headers.iter().map(|(name, text)| {
            let value = Zeroizing::new(text.render(&parts, values, Some(&signature))?);
            // A signature can be replayed, so it is masked like a credential.
            let holds = text.names(SIGNATURE) || text.is_secret();
            let shown = if holds { Sensitivity::Secret } else { Sensitivity::Public };
            Header::new(name, &value, shown, &text.path)
                .map(|header| if holds { header.configured() } else { header })
        });
        headers.collect()
    }
}

impl SigningKey {
    fn new(
        auth: &HmacAuth,
        leaf: &ValueTemplate,
        values: &Values<'_>,
    ) -> Result<Self, RenderError> {
        let mut scratch = Scratch::default();
        let text = leaf.render(values, &mut scratch)?.unwrap_or_default();
        let refuse = |what: &str| RenderError::new(leaf.path(), what);
        let bytes = Zeroizing::new(match auth.key_encoding {
            MacEncoding::Base64 => {
                BASE64.decode(text.as_bytes()).map_err(|_| refuse("the key is not base64"))?
            }
            MacEncoding::Hex => HEXLOWER_PERMISSIVE
                .decode(text.as_bytes())
                .map_err(|_| refuse("the key is not hexadecimal"))?,
            MacEncoding::Text => text.as_bytes().to_vec(),
        });
        let wrong = |_| refuse("the key is not valid for the hash");
        Ok(match auth.algorithm {
            MacAlgorithm::Sha1 => Self::Sha1(Hmac::new_from_slice(&bytes).map_err(wrong)?),
            MacAlgorithm::Sha256 => Self::Sha256(Hmac::new_from_slice(&bytes).map_err(wrong)?),
            MacAlgorithm::Sha512 => Self::Sha512(Hmac::new_from_slice(&bytes).map_err(wrong)?),
        })
    }

    fn sign(&self, bytes: &[u8]) -> Vec<u8> {
        // A copy of the state with the absorbed key, so that the key is not hashed for each
        // message.
        match self.clone() {
            Self::Sha1(mac) => mac.chain_update(bytes).finalize().into_bytes().to_vec(),
            Self::Sha256(mac) => mac.chain_update(bytes).finalize().into_bytes().to_vec(),
            Self::Sha512(mac) => mac.chain_update(bytes).finalize().into_bytes().to_vec(),
        }
    }
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SigningKey(***)")
    }
}

impl SignedText {
    fn compile(
        text: &str,
        path: &str,
        may_hold_signature: bool,
        scope: &Symbols<'_>,
    ) -> Result<Self, SpecError> {
        let template = parse_template(text, path)?;
        let mut slots = Vec::new();
        let mut skeleton = Skeleton::default();
        for part in &template.parts {
            let placeholder = match part {
                Part::Literal(text) => {
                    skeleton.push_literal(text);
                    continue;
                }
                Part::Placeholder(placeholder) => placeholder,
            };
            let name = placeholder.name.as_str();
            if PARTS.contains(&name) || (may_hold_signature && name == SIGNATURE) {
                let is_open = OPEN_PARTS.contains(&name) && placeholder.filters.is_empty();
                skeleton.push_value(if is_open { Holds::Any } else { Holds::Plain });
                continue;
            }
            let slot = scope.slot(name, path).map_err(|error| match nearest(name, PARTS) {
                Some(known) => {
                    let hint = format!("did you mean `{known}`?");
                    SpecError::new(path, format!("unknown variable `{name}`"), hint)
                }
                None => error,
            })?;
            if slot.may_be_absent {
                let hint = "declare it as required";
                return Err(SpecError::new(path, format!("`{name}` may have no value"), hint));
            }
            skeleton.push_value(Holds::of(&slot, &placeholder.filters));
            slots.push(slot);
        }
        // The signed text is not sent, and gateways define it as names and values joined without
        // escaping.
        let structure = skeleton.find().filter(|found| may_hold_signature || found.is_document());
        if let Some(structure) = structure {
            for placeholder in template.placeholders() {
                let slot = slots.iter().find(|slot| slot.name == placeholder.name);
                match slot {
                    Some(slot) => check_slot(slot, &placeholder.filters, structure, scope, path)?,
                    None if OPEN_PARTS.contains(&placeholder.name.as_str()) => {
                        let problem = structure::problem(&placeholder.name, structure);
                        return Err(SpecError::new(path, problem, structure::HINT));
                    }
                    None => {}
                }
            }
        }
        Ok(Self { path: path.to_owned(), template, slots })
    }

    fn names(&self, name: &str) -> bool {
        self.template.placeholders().any(|placeholder| placeholder.name == name)
    }

    fn is_secret(&self) -> bool {
        let holds_message = |name| self.names(name);
        OPEN_PARTS.into_iter().any(holds_message)
            || self.slots.iter().any(|slot| slot.sensitivity != Sensitivity::Public)
    }

    fn render(
        &self,
        parts: &SignedParts<'_>,
        values: &Values<'_>,
        signature: Option<&str>,
    ) -> Result<String, RenderError> {
        let lookup = |name: &str| {
            let slot = || self.slots.iter().find(|slot| slot.name == name);
            match signature {
                Some(signature) if name == SIGNATURE => Some(signature.to_owned().into()),
                // A part hides a variable of the same name, as in `compile`.
                _ => parts.get(name).or_else(|| values.get(slot()?).map(|v| v.into_owned().into())),
            }
        };
        self.template
            .render(lookup)
            .map_err(|error| RenderError::new(&self.path, error.to_string()))
    }
}

/// The parts of one request. The time is read once, so that the signed text and the headers agree.
struct SignedParts<'r> {
    signed: &'r Signed<'r>,
    since_1970: Duration,
    nonce: String,
}

impl<'r> SignedParts<'r> {
    fn of(signed: &'r Signed<'_>, values: &Values<'_>) -> SignedParts<'r> {
        // Only requests for a message are signed, so there is always a time.
        let now = values.now().unwrap_or(UNIX_EPOCH);
        let since_1970 = now.duration_since(UNIX_EPOCH).unwrap_or_default();
        // A hash instead of random bytes: rendering depends on the message and the clock only. The
        // time makes the nonce of a second attempt differ, although the message id is the same.
        let mut nonce = Sha256::new().chain_update(b"otpost nonce ");
        if let Some(id) = values.message_id() {
            nonce.update(id.as_str());
        }
        nonce.update(since_1970.as_nanos().to_be_bytes());
        let hash = nonce.finalize();
        // The hash has 32 bytes. Half of it is enough to be unique.
        let nonce = HEXLOWER.encode(hash.get(..16).unwrap_or_default());
        SignedParts { signed, since_1970, nonce }
    }

    fn get(&self, name: &str) -> Option<Cow<'static, str>> {
        let uri = self.signed.uri;
        let text = match name {
            // A body that is not UTF-8 cannot be a part of a text. Without this value the template
            // fails, and the message is not sent.
            "body" => String::from_utf8(self.signed.body.to_vec()).ok()?,
            "body_sha256_base64" => BASE64.encode(&Sha256::digest(self.signed.body)),
            "body_sha256_hex" => HEXLOWER.encode(&Sha256::digest(self.signed.body)),
            "date" => {
                // The format ends with the year 9999.
                let latest = Duration::from_secs(253_402_300_799);
                httpdate::fmt_http_date(UNIX_EPOCH.checked_add(self.since_1970.min(latest))?)
            }
            "host" => host(uri)?,
            "method" => self.signed.method.to_string(),
            "nonce" => self.nonce.clone(),
            "path" => uri.path().to_owned(),
            "path_and_query" => uri.path_and_query()?.as_str().to_owned(),
            "query" => uri.query().unwrap_or_default().to_owned(),
            "timestamp" => self.since_1970.as_secs().to_string(),
            "timestamp_ms" => self.since_1970.as_millis().to_string(),
            _ => return None,
        };
        Some(text.into())
    }
}

/// Returns host and port as the HTTP client writes them: in lower case, and without the default
/// port.
fn host(uri: &Uri) -> Option<String> {
    // A different spelling would give another signature than the one that the gateway computes from
    // the `Host` header.
    let host = uri.host()?.to_ascii_lowercase();
    let usual = if uri.scheme_str() == Some("https") { 443 } else { 80 };
    Some(match uri.port_u16().filter(|port| *port != usual) {
        Some(port) => format!("{host}:{port}"),
        None => host,
    })
}
