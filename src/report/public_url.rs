use crate::gateway::{SpecError, parse_origin};
use crate::secret::SecretString;

/// The shortest token, in characters. 22 characters of base64url have 132 random bits.
const MIN_TOKEN: usize = 22;
/// The shortest token of hexadecimal digits, with 128 random bits.
const MIN_HEX: usize = 32;
/// The smallest number of different characters. A random token with fewer occurs once in 10^7.
const MIN_DIFFERENT: usize = 8;
/// The longest URL, in bytes.
const MAX_URL: usize = 2 * 1_024;

/// The name of the place in errors.
const PATH: &str = "reports.url";

/// The URL to which a gateway sends reports, as the gateway was told.
pub(super) struct PublicUrl {
    url: SecretString,
    /// The last part of the path, if it is the secret that authenticates the requests.
    token: Option<SecretString>,
}

impl PublicUrl {
    /// Parses a URL. With `needs_token`, the last part of its path must be a secret token.
    pub(super) fn parse(url: &str, needs_token: bool) -> Result<Self, SpecError> {
        let refuse = |problem: &str, hint: &str| Err(SpecError::new(PATH, problem, hint));
        let hint = "write the URL that the gateway calls: https://app.example/sms/reports";
        let start = url.find("://").map_or(0, |at| at.saturating_add(3));
        let host = url.get(start..).unwrap_or_default();
        let end = host.find(['/', '?', '#']).map_or(url.len(), |at| start.saturating_add(at));
        let (origin, path) = url.split_at_checked(end).unwrap_or((url, ""));
        if let Err(problem) = parse_origin(origin) {
            return refuse(problem, hint);
        }
        if url.len() > MAX_URL {
            return refuse("it has more than 2 KiB", hint);
        }
        if path.contains(['?', '#']) {
            let hint = "leave it out: the query of each request counts as it is received";
            return refuse("it has a query or a fragment", hint);
        }
        if !path.bytes().all(|b| b.is_ascii_graphic()) {
            return refuse("the path has a character that must be percent-encoded", hint);
        }
        let token = path.rsplit_once('/').map(|(_, token)| token).unwrap_or_default();
        if needs_token && !is_secret(token) {
            let problem =
                "this gateway signs no reports, and the path does not end with a secret token";
            let hint = "append a random token: https://app.example/sms/reports/TOKEN, \
                        with the output of `openssl rand -hex 16` as TOKEN";
            return refuse(problem, hint);
        }
        let token = needs_token.then(|| SecretString::from(token));
        Ok(Self { url: SecretString::from(url), token })
    }

    /// Returns the URL, which may contain a secret.
    pub(super) fn expose(&self) -> &str {
        self.url.expose()
    }

    /// Returns whether the path of a request ends with the secret, if there is one.
    pub(super) fn admits(&self, path: &str) -> bool {
        let Some(token) = &self.token else { return true };
        // Proxies may cut or add a prefix, so only the last part counts. `==` takes the same time
        // for all texts of this length.
        let last = path.rsplit_once('/').map(|(_, last)| last).unwrap_or_default();
        *token == SecretString::from(last)
    }
}

/// Returns whether a text can be a random token of at least 128 bits.
fn is_secret(token: &str) -> bool {
    let is_legal = token.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    let is_hex = token.bytes().all(|b| b.is_ascii_hexdigit());
    let least = if is_hex { MIN_HEX } else { MIN_TOKEN };
    let mut different: Vec<u8> = token.bytes().collect();
    different.sort_unstable();
    different.dedup();
    is_legal && token.len() >= least && different.len() >= MIN_DIFFERENT
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "8f3c0d5e9a7b41c2864f0e1d2c3b4a59";

    #[track_caller]
    fn refused(url: &str, needs_token: bool) {
        let error = PublicUrl::parse(url, needs_token).map(drop).unwrap_err();
        assert_eq!(error.path(), "reports.url", "{url}");
        assert!(!error.to_string().contains("8f3c"), "{error}");
    }

    #[test]
    fn tokens_have_128_random_bits() {
        for token in [TOKEN, "kZ3xQ0v9b_7Yw-2LmN4pRt", &TOKEN.to_uppercase()] {
            let url = format!("https://app.example/sms/{token}");
            let url = PublicUrl::parse(&url, true).unwrap();
            assert!(url.admits(&format!("/{token}")) && url.admits(&format!("/a/b/{token}")));
            for path in
                ["", "/", "/sms/", "/sms/8f3c", &format!("/{token}/"), &format!("/{token}0")]
            {
                assert!(!url.admits(path), "{path}");
            }
        }
        let a_lot = "a".repeat(40);
        for token in [
            "",
            "secret",
            &TOKEN[..31],
            "kZ3xQ0v9b_7Yw-2LmN4pR",
            &a_lot,
            "8f3c é 8f3c0d5e9a7b41c2864f0e1d2c3b",
        ] {
            refused(&format!("https://app.example/sms/{token}"), true);
        }
        refused(&format!("https://app.example/{TOKEN}/"), true);
        refused(&format!("https://app.example/?{TOKEN}"), true);
    }

    #[test]
    fn urls_are_those_that_a_gateway_calls() {
        for url in ["https://app.example", "http://127.0.0.1:8080/r", "https://[::1]/a%20b"] {
            assert_eq!(PublicUrl::parse(url, false).unwrap().expose(), url);
        }
        for url in ["", "app.example/r", "ftp://a.example/r", "https://", "https://a@b.example/r"] {
            refused(url, false);
        }
        for url in [
            "https://a.example/r?x=1",
            "https://a.example/r#x",
            "https://a.example/ä",
            "https://a.example/a b",
        ] {
            refused(url, false);
        }
    }
}
