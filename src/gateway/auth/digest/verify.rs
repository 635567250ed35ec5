//! The check of an answer, as a server makes it (RFC 7616 §3.4).

use http::header::WWW_AUTHENTICATE;
use http::{HeaderMap, HeaderValue};

use super::answer::{AnsweredRequest, DigestCredentials};
use super::challenge::choose;
use crate::secret::SecretString;

/// An answer to a challenge, and the request that contains it.
pub(in crate::gateway) struct ReceivedAnswer<'r> {
    /// The parameters of the header, without quotes.
    pub(in crate::gateway) parameters: &'r [(String, String)],
    pub(in crate::gateway) method: &'r str,
    pub(in crate::gateway) target: &'r str,
    pub(in crate::gateway) body: &'r [u8],
}

impl ReceivedAnswer<'_> {
    pub(in crate::gateway) fn parameter(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    /// Returns whether the answer is that of these credentials. The challenge is the one that the
    /// answer names, so the caller decides which nonces are valid.
    pub(in crate::gateway) fn is_of(&self, username: &str, password: &str) -> bool {
        self.expected(username, password).is_some_and(|expected| {
            let found = self.parameter("response").unwrap_or_default();
            SecretString::new(expected) == SecretString::from(found.to_ascii_lowercase())
        })
    }

    fn expected(&self, username: &str, password: &str) -> Option<String> {
        let mut challenge = String::from("Digest ");
        for name in ["realm", "nonce", "algorithm", "qop"] {
            if let Some(value) = self.parameter(name) {
                let value = value.replace('\\', "\\\\").replace('"', "\\\"");
                challenge.push_str(&format!("{name}=\"{value}\", "));
            }
        }
        let value = HeaderValue::from_str(challenge.trim_end_matches(", ")).ok()?;
        let challenge = choose(&HeaderMap::from_iter([(WWW_AUTHENTICATE, value)])).ok()?;
        let credentials =
            DigestCredentials { username: username.into(), password: password.into() };
        let request = AnsweredRequest { method: self.method, uri: self.target, body: self.body };
        let cnonce = self.parameter("cnonce").unwrap_or_default();
        let count = self.parameter("nc").unwrap_or("1");
        let count = u32::from_str_radix(count, 16).ok()?;
        let answer = challenge.answer(&credentials, &request, cnonce, count);
        let (_, response) = answer.split_once("response=\"")?;
        response.split_once('"').map(|(response, _)| response.to_owned())
    }
}
