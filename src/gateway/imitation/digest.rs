//! HTTP Digest authentication in reverse (RFC 7616).

use super::captures::Reading;
use super::given::{names_given, render_given};
use super::mismatch::MismatchKind;
use super::received::ReceivedRequest;
use super::text::TextReader;
use crate::gateway::auth::digest::verify::ReceivedAnswer;
use crate::gateway::error::SpecError;
use crate::gateway::request::symbols::Symbols;

/// The place of the answer.
const PLACE: &str = "header `Authorization`";
/// The maximum number of parameters of an answer. RFC 7616 has eleven.
const MAX_PARAMETERS: usize = 32;

/// The compiled credentials.
#[derive(Clone, Debug)]
pub(super) struct DigestReader {
    username: TextReader,
    templates: (String, String),
}

impl DigestReader {
    pub(super) fn compile(
        username: &str,
        password: &str,
        scope: &Symbols<'_>,
    ) -> Result<Self, SpecError> {
        let kind = MismatchKind::Credentials;
        let templates = (username.to_owned(), password.to_owned());
        let username = TextReader::compile(username, kind, scope, "auth.http_digest.username")?;
        Ok(Self { username, templates })
    }

    pub(super) fn reads(&self, name: &str) -> bool {
        let (username, password) = &self.templates;
        names_given(username, name) || names_given(password, name)
    }

    /// Compares the answer of a request. The server's challenge is not known here, so each nonce is
    /// valid.
    pub(super) fn read(&self, request: &ReceivedRequest, reading: &mut Reading<'_>) {
        let kind = MismatchKind::Credentials;
        let Some(value) = request.headers().get(http::header::AUTHORIZATION) else {
            return reading.refuse(PLACE, kind, "the answer to a Digest challenge", "none");
        };
        let text = std::str::from_utf8(value.as_bytes()).unwrap_or_default();
        let parameters = parameters(text).unwrap_or_default();
        let answer = ReceivedAnswer {
            parameters: &parameters,
            method: request.method(),
            target: request.expose_target(),
            body: request.body(),
        };
        let needed = ["realm", "nonce", "uri", "response"];
        let has_name = ["username", "username*"].iter().any(|it| answer.parameter(it).is_some());
        if !has_name || needed.iter().any(|name| answer.parameter(name).is_none()) {
            let expected = "the answer to a Digest challenge";
            return reading.refuse(PLACE, kind, expected, "another value");
        }
        if answer.parameter("uri") != Some(request.expose_target()) {
            reading.refuse(PLACE, kind, "the target of the request as `uri`", "another target");
        }
        // Otherwise the name is hashed, or encoded in another way.
        let is_plain = answer.parameter("userhash").is_none_or(|it| it != "true");
        if let Some(username) = answer.parameter("username").filter(|_| is_plain) {
            self.username.read(username, PLACE, reading);
        }
        let (username, password) = &self.templates;
        let given = render_given(username, reading.given)
            .or_else(|| answer.parameter("username").map(|name| name.to_owned().into()))
            .zip(render_given(password, reading.given));
        if given.is_some_and(|(username, password)| !answer.is_of(&username, &password)) {
            reading.refuse(PLACE, kind, "the answer of the given credentials", "another answer");
        }
    }
}

/// Parses the parameters of a Digest header, some of which are quoted.
fn parameters(text: &str) -> Option<Vec<(String, String)>> {
    let (scheme, mut rest) = text.split_once(' ')?;
    let mut parameters = Vec::new();
    while scheme.eq_ignore_ascii_case("Digest") && parameters.len() < MAX_PARAMETERS {
        let Some((name, behind)) = rest.trim_start_matches([' ', ',']).split_once('=') else {
            break;
        };
        let mut value = String::new();
        if let Some(quoted) = behind.strip_prefix('"') {
            let mut chars = quoted.char_indices();
            rest = "";
            while let Some((at, c)) = chars.next() {
                match c {
                    '"' => {
                        rest = quoted.get(at.saturating_add(1)..).unwrap_or_default();
                        break;
                    }
                    '\\' => value.extend(chars.next().map(|(_, c)| c)),
                    c => value.push(c),
                }
            }
        } else {
            let (plain, behind) = behind.split_once(',').unwrap_or((behind, ""));
            value.push_str(plain.trim());
            rest = behind;
        }
        parameters.push((name.trim().to_owned(), value));
    }
    Some(parameters)
}
