//! The answer to a challenge (RFC 7616 §3.4).

use zeroize::Zeroizing;

use super::challenge::{DigestChallenge, Qop};
use crate::percent::{RESERVED, percent_encode};
use crate::secret::SecretString;

/// The credentials, which are the same for each message.
#[derive(Clone)]
pub(super) struct DigestCredentials {
    pub(super) username: SecretString,
    pub(super) password: SecretString,
}

/// The parts of a request that an answer covers.
pub(super) struct AnsweredRequest<'r> {
    pub(super) method: &'r str,
    /// The path and the query, as they are sent.
    pub(super) uri: &'r str,
    pub(super) body: &'r [u8],
}

impl DigestChallenge {
    /// Returns the value of the header `Authorization`. `count` is the number of requests with this
    /// nonce, including this one.
    pub(super) fn answer(
        &self,
        credentials: &DigestCredentials,
        request: &AnsweredRequest<'_>,
        cnonce: &str,
        count: u32,
    ) -> Zeroizing<String> {
        let Self { realm, nonce, qop, .. } = self;
        let (username, password) = (credentials.username.expose(), credentials.password.expose());
        let response = self.response(username, password, request, cnonce, count);
        let mut text = Zeroizing::new(String::with_capacity(1_024));
        text.push_str("Digest ");
        if self.hides_username {
            let hidden = Zeroizing::new(format!("{username}:{realm}"));
            push_quoted(&mut text, "username", &self.hash.hex(hidden.as_bytes()));
        } else if self.is_utf8 && !username.is_ascii() {
            // A server that knows `charset` knows RFC 7616 §3.4, where a quoted string is ASCII.
            text.push_str("username*=UTF-8''");
            text.extend(percent_encode(username.as_bytes(), RESERVED));
        } else {
            push_quoted(&mut text, "username", username);
        }
        for (name, value) in [("realm", realm.as_str()), ("uri", request.uri), ("nonce", nonce)] {
            text.push_str(", ");
            push_quoted(&mut text, name, value);
        }
        if let Some(algorithm) = &self.algorithm {
            // The server's own spelling: some compare it to theirs.
            text.push_str(", algorithm=");
            text.push_str(algorithm);
        }
        if let Some(qop) = qop {
            // RFC 7616 §3.4: no quotes around these two.
            text.push_str(&format!(", qop={}, nc={count:08x}", qop.as_str()));
        }
        if qop.is_some() || self.is_session {
            text.push_str(", ");
            push_quoted(&mut text, "cnonce", cnonce);
        }
        text.push_str(", ");
        push_quoted(&mut text, "response", &response);
        if let Some(opaque) = &self.opaque {
            text.push_str(", ");
            push_quoted(&mut text, "opaque", opaque);
        }
        if self.hides_username {
            text.push_str(", userhash=true");
        }
        text
    }

    fn response(
        &self,
        username: &str,
        password: &str,
        request: &AnsweredRequest<'_>,
        cnonce: &str,
        count: u32,
    ) -> String {
        let Self { hash, realm, nonce, .. } = self;
        let a1 = joined(&[username, realm, password]);
        let mut key = Zeroizing::new(hash.hex(a1.as_bytes()));
        if self.is_session {
            let a1 = joined(&[&key, nonce, cnonce]);
            key = Zeroizing::new(hash.hex(a1.as_bytes()));
        }
        let AnsweredRequest { method, uri, body } = request;
        let a2 = match self.qop {
            Some(Qop::AuthInt) => format!("{method}:{uri}:{}", hash.hex(body)),
            _ => format!("{method}:{uri}"),
        };
        let a2 = hash.hex(a2.as_bytes());
        let data = match self.qop {
            Some(qop) => joined(&[&key, nonce, &format!("{count:08x}"), cnonce, qop.as_str(), &a2]),
            // RFC 2069 has neither a count nor a nonce of the client.
            None => joined(&[&key, nonce, &a2]),
        };
        hash.hex(data.as_bytes())
    }
}

/// Joins parts with colons, in memory that is wiped. The key is worth as much as the password.
fn joined(parts: &[&str]) -> Zeroizing<String> {
    // With enough room, because a string that grows leaves copies behind.
    let room = parts.iter().map(|part| part.len().saturating_add(1)).sum();
    let mut text = Zeroizing::new(String::with_capacity(room));
    for (at, part) in parts.iter().enumerate() {
        if at > 0 {
            text.push(':');
        }
        text.push_str(part);
    }
    text
}

fn push_quoted(text: &mut String, name: &str, value: &str) {
    text.push_str(name);
    text.push_str("=\"");
    for c in value.chars() {
        if matches!(c, '"' | '\\') {
            text.push('\\');
        }
        text.push(c);
    }
    text.push('"');
}

#[cfg(test)]
mod tests {
    use http::HeaderMap;
    use http::header::WWW_AUTHENTICATE;

    use super::super::challenge::choose;
    use super::super::hash::DigestHash;
    use super::*;

    /// Returns the answer to the only challenge in `value`.
    fn answer(value: &str, credentials: (&str, &str), cnonce: &str, count: u32) -> String {
        let headers = HeaderMap::from_iter([(WWW_AUTHENTICATE, value.parse().unwrap())]);
        let (username, password) = (credentials.0.into(), credentials.1.into());
        let uri = if value.contains("api@") { "/doe.json" } else { "/dir/index.html" };
        let request = AnsweredRequest { method: "GET", uri, body: b"" };
        let credentials = DigestCredentials { username, password };
        choose(&headers).unwrap().answer(&credentials, &request, cnonce, count).to_string()
    }

    #[track_caller]
    fn check(challenge: &str, credentials: (&str, &str), cnonce: &str, expected: &str) {
        let answer = answer(challenge, credentials, cnonce, 1);
        assert!(answer.contains(&format!("response=\"{expected}\"")), "{answer}");
    }

    const MUFASA: (&str, &str) = ("Mufasa", "Circle of Life");

    #[test]
    fn answers_are_those_of_rfc_7616() {
        // §3.9.1: the same credentials with both algorithms.
        let challenge = |algorithm: &str| {
            format!(
                "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", \
                 algorithm={algorithm}, nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", \
                 opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\""
            )
        };
        let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        check(&challenge("MD5"), MUFASA, cnonce, "8ca523f5e9506fed4657c9700eebdbec");
        let sha256 = "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1";
        check(&challenge("SHA-256"), MUFASA, cnonce, sha256);
        let whole = answer(&challenge("SHA-256"), MUFASA, cnonce, 1);
        for part in [
            "Digest username=\"Mufasa\", realm=\"http-auth@example.org\", uri=\"/dir/index.html\"",
            "algorithm=SHA-256, qop=auth, nc=00000001",
            "opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
        ] {
            assert!(whole.contains(part), "{whole}");
        }
        let twelfth = answer(&challenge("SHA-256"), MUFASA, cnonce, 0x12);
        assert!(twelfth.contains("nc=00000012") && !twelfth.contains(sha256), "{twelfth}");
    }

    #[test]
    fn answers_are_those_of_erratum_4897_of_rfc_7616() {
        // §3.9.2. The RFC itself has the values of a draft of SHA-512/256.
        let challenge = "Digest realm=\"api@example.org\", qop=\"auth\", algorithm=SHA-512-256, \
                         nonce=\"5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK\", \
                         opaque=\"HRPCssKJSGjCrkzDg8OhwpzCiGPChXYjwrI2QmXDnsOS\", charset=UTF-8";
        let credentials = ("Jäsøn Doe", "Secret, or not?");
        let cnonce = "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v";
        let expected = "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5";
        check(challenge, credentials, cnonce, expected);
        let hidden = format!("{challenge}, userhash=true");
        check(&hidden, credentials, cnonce, expected);
        let whole = answer(&hidden, credentials, cnonce, 1);
        let name = "793263caabb707a56211940d90411ea4a575adeccb7e360aeb624ed06ece9b0b";
        assert!(whole.starts_with(&format!("Digest username=\"{name}\"")), "{whole}");
        assert!(whole.ends_with(", userhash=true"), "{whole}");
    }

    #[test]
    fn answers_are_those_of_rfc_2617_and_2069() {
        let nonce = "dcd98b7102dd2f0e8b11d0f600bfb0c093";
        let rfc_2617 =
            format!("Digest realm=\"testrealm@host.com\", qop=\"auth\", nonce=\"{nonce}\"");
        let credentials = ("Mufasa", "Circle Of Life");
        check(&rfc_2617, credentials, "0a4f113b", "6629fae49393a05397450978507c4ef1");
        // RFC 2069, with the response of its erratum 749.
        let rfc_2069 = format!("Digest realm=\"testrealm@host.com\", nonce=\"{nonce}\"");
        let credentials = ("Mufasa", "CircleOfLife");
        check(&rfc_2069, credentials, "0a4f113b", "1949323746fe6a43ef61f9606e7febea");
        let whole = answer(&rfc_2069, credentials, "0a4f113b", 1);
        assert!(!whole.contains("cnonce") && !whole.contains("algorithm"), "{whole}");
    }

    #[test]
    fn answers_hide_or_encode_the_name_that_is_not_ascii() {
        let plain = r#"Digest realm="r", nonce="n", qop="auth""#;
        let name = |more: &str| {
            let whole = answer(&format!("{plain}{more}"), ("Jäsøn \"J\"", "p"), "c", 1);
            whole.split(", realm").next().unwrap().to_owned()
        };
        assert_eq!(name(""), "Digest username=\"Jäsøn \\\"J\\\"\"");
        let encoded = "Digest username*=UTF-8''J%C3%A4s%C3%B8n%20%22J%22";
        assert_eq!(name(", charset=UTF-8"), encoded);
        // MD5 of the name, a colon and `r`.
        let hidden = DigestHash::Md5.hex("Jäsøn \"J\":r".as_bytes());
        assert_eq!(name(", userhash=true, charset=UTF-8"), format!("Digest username=\"{hidden}\""));
    }
}
