//! Credentials in a request are masked before it is kept.

use std::borrow::Cow;

use otpost::gateway::imitation::Recognized;
use otpost::redact::Redactor;
use serde_json::Value;

use super::markup::{boundary, mask_multipart, mask_xml};

/// The replacement of a secret.
pub(super) const MASK: &str = "***";
/// The maximum number of bytes of a body that are kept.
const MAX_SHOWN: usize = 16 * 1_024;

/// Words in the names of headers, parameters and fields that contain credentials.
const SECRET_WORDS: [&str; 12] = [
    "accesskey",
    "apikey",
    "authorization",
    "cookie",
    "credential",
    "passwd",
    "password",
    "pwd",
    "secret",
    "session",
    "signature",
    "token",
];

/// Masks the credentials of one request.
///
/// Values that the spec takes for secrets are found wherever they are, in any encoding. A request
/// that does not fit the spec can have credentials elsewhere, so values with the name of a secret
/// are masked as well. The number, the text and the code stay: the sandbox is there to show them.
pub(super) struct RequestMask {
    redactor: Redactor,
}

impl RequestMask {
    /// Creates a mask. It also finds what `given` finds: the values of the command line, which can
    /// be in the wrong place or in a request to another gateway.
    pub(super) fn new(recognized: &Recognized, given: &Redactor) -> Self {
        let secrets =
            recognized.variables().filter(|(name, _, is_secret)| is_credential(name, *is_secret));
        let redactor = secrets
            .fold(given.clone(), |redactor, (_, value, _)| redactor.with_secret(value.expose()));
        Self { redactor }
    }

    pub(super) fn target(&self, target: &str) -> String {
        let masked = match target.split_once('?') {
            None => target.to_owned(),
            Some((path, query)) => format!("{path}?{}", mask_pairs(query)),
        };
        self.redactor.redact(&masked).into_owned()
    }

    pub(super) fn header(&self, name: &str, value: &[u8]) -> String {
        let value = String::from_utf8_lossy(value);
        if !names_a_secret(name) {
            return self.redactor.redact(&value).into_owned();
        }
        // The scheme, such as `Bearer`, is no secret, and often what is wrong.
        match value.split_once(' ') {
            Some((scheme, _)) if scheme.bytes().all(|b| b.is_ascii_alphabetic()) => {
                format!("{scheme} {MASK}")
            }
            _ => MASK.to_owned(),
        }
    }

    /// Returns a body as text, cut off after 16 KiB.
    pub(super) fn body(&self, content_type: &str, body: &[u8]) -> String {
        let text = String::from_utf8_lossy(body);
        let is_multipart = is_type(content_type, "multipart/");
        let masked: Cow<'_, str> = if is_type(content_type, "application/x-www-form-urlencoded") {
            mask_pairs(&text).into()
        } else if let Some(boundary) = boundary(content_type).filter(|_| is_multipart) {
            mask_multipart(&text, boundary, MASK, names_a_secret).into()
        } else if let Ok(mut json) = serde_json::from_str::<Value>(&text)
            && mask_members(&mut json)
        {
            json.to_string().into()
        } else if text.trim_start().starts_with('<') {
            mask_xml(&text, MASK, names_a_secret).into()
        } else if !text.contains(char::is_whitespace) {
            // A form with another type.
            mask_pairs(&text).into()
        } else {
            text
        };
        cut(&self.redactor.redact(&masked), MAX_SHOWN).to_owned()
    }
}

/// Returns whether a variable is a secret other than the message.
pub(super) fn is_credential(name: &str, is_secret: bool) -> bool {
    is_secret && !matches!(name, "code" | "text")
}

/// Returns the start of a text with at most this many bytes.
pub(super) fn cut(text: &str, most: usize) -> &str {
    let mut end = text.len().min(most);
    while !text.is_char_boundary(end) {
        end = end.saturating_sub(1);
    }
    text.get(..end).unwrap_or_default()
}

/// Returns whether a value of `Content-Type` starts with this type, in any case.
fn is_type(content_type: &str, start: &str) -> bool {
    content_type.trim_start().get(..start.len()).is_some_and(|it| it.eq_ignore_ascii_case(start))
}

fn names_a_secret(name: &str) -> bool {
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    let plain: String = letters.map(|c| c.to_ascii_lowercase()).collect();
    let without_x = plain.strip_prefix('x').unwrap_or(&plain);
    // The id of a message is named so too, and it is no secret.
    let is_key = plain.ends_with("key") && !plain.ends_with("idempotencykey");
    matches!(plain.as_str(), "pass" | "sig")
        || without_x.starts_with("auth")
        || is_key
        || SECRET_WORDS.iter().any(|word| plain.contains(word))
}

/// Masks values in `a=b&c=d`.
fn mask_pairs(pairs: &str) -> String {
    let mask = |pair: &str| match pair.split_once('=') {
        Some((name, _)) => {
            let decoded = form_urlencoded::parse(name.as_bytes()).next();
            let is_secret = decoded.is_some_and(|(name, _)| names_a_secret(&name));
            if is_secret { format!("{name}={MASK}") } else { pair.to_owned() }
        }
        None => pair.to_owned(),
    };
    pairs.split('&').map(mask).collect::<Vec<_>>().join("&")
}

/// Masks members with the name of a secret. Returns `true` if there are any.
fn mask_members(value: &mut Value) -> bool {
    let mut is_masked = false;
    match value {
        Value::Array(items) => {
            for item in items {
                is_masked |= mask_members(item);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                if names_a_secret(name) && is_value(member) {
                    *member = MASK.into();
                    is_masked = true;
                } else {
                    is_masked |= mask_members(member);
                }
            }
        }
        _ => {}
    }
    is_masked
}

/// Returns whether a member can be a credential, or several of them. The members of an object have
/// names of their own, and a flag is no secret.
const fn is_value(member: &Value) -> bool {
    matches!(member, Value::Array(_) | Value::Number(_) | Value::String(_))
}

#[cfg(test)]
mod tests {
    use otpost::gateway::GatewaySpec;
    use otpost::gateway::imitation::{Imitation, ReceivedRequest};
    use otpost::redact::Redactor;

    use super::RequestMask;

    #[test]
    fn credentials_are_masked_and_the_message_stays() {
        let spec = GatewaySpec::from_toml(include_str!("sample.toml")).unwrap();
        let body = r#"{"to":"+41791234567","text":"012345 hunter2-sentinel","from":"Acme"}"#;
        let request = ReceivedRequest::new("POST", "/messages")
            .with_header("Authorization", "Bearer hunter2-sentinel")
            .with_header("Content-Type", "application/json")
            .with_header("Idempotency-Key", "0b6f2d3c-1111-4222-8333-444455556666")
            .with_body(body);
        let recognized = Imitation::new(&spec).unwrap().receive(&request);
        let mask = RequestMask::new(&recognized, &Redactor::new().with_secret("given-sentinel"));
        assert_eq!(mask.header("X-Other", b"given-sentinel"), "***");
        assert_eq!(mask.header("Authorization", b"Bearer hunter2-sentinel"), "Bearer ***");
        assert_eq!(mask.header("X-Echo", b"hunter2-sentinel"), "***");
        assert_eq!(mask.header("X-Api-Key", b"other"), "***");
        assert_eq!(mask.header("Accept", b"*/*"), "*/*");
        assert_eq!(mask.target("/a?key=1&to=2&API%5Fkey=3"), "/a?key=***&to=2&API%5Fkey=***");
        assert_eq!(mask.target("/hunter2-sentinel"), "/***");
        let shown = mask.body("application/json", body.as_bytes());
        assert_eq!(shown, r#"{"to":"+41791234567","text":"012345 ***","from":"Acme"}"#);
        assert_eq!(
            mask.body("application/json", br#"{"a":[{"password":"x","to":1}]}"#),
            r#"{"a":[{"password":"***","to":1}]}"#
        );
        let form = "application/x-www-form-urlencoded";
        assert_eq!(mask.body(form, b"password=x&to=1&flag"), "password=***&to=1&flag");
        let long = "\u{e9}".repeat(20_000);
        assert_eq!(mask.body("text/plain", long.as_bytes()).len(), 16 * 1_024);
    }
}
