use std::net::IpAddr;

use serde::Deserialize;

/// A questionable part of a spec. It is an error unless it is allowed: under `allow` in the spec,
/// or with [`HttpGatewayBuilder::allow`](crate::gateway::HttpGatewayBuilder::allow).
///
/// Allow it only if the gateway offers no other way. In a spec, a lint can be allowed at one key
/// only: `allow = ["literal-secret:request.headers.Authorization"]`.
///
/// # Examples
///
/// ```
/// use otpost::gateway::Lint;
///
/// assert_eq!(Lint::SecretInUrl.to_string(), "secret-in-url");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Lint {
    /// A condition `body_contains`, which also finds `accepted` in `not accepted`. It exists in
    /// TOML only. Use `json`, or `body_regex` with anchors.
    BodyContains,
    /// An `http://` URL to a host that is neither this machine nor in a private network. Codes and
    /// credentials can be read on the way.
    Cleartext,
    /// A password or token in the spec itself: a text without a variable as a password, token, key
    /// or value in `[auth]`, or in a header, parameter, field, JSON member or XML element with a
    /// name such as `token`. Declare a variable. The URL of a proxy is not checked.
    LiteralSecret,
    /// A secret, the text, the code or a [message variable](crate::gateway::VarSpec::message) in
    /// the path or query of the URL, where servers and proxies log it. Use a header or the body. A
    /// gateway that accepts only GET requests offers no other way.
    ///
    /// A variable or parameter with a name such as `token` counts as a secret. The phone number,
    /// the sender and the other variables that every message has are not reported.
    SecretInUrl,
    /// A response rule that never decides, because an earlier rule matches every response that it
    /// matches. Move it up, or remove it.
    UnreachableRule,
}

words! {
    Lint, "lint":
    BodyContains = "body-contains",
    Cleartext = "cleartext",
    LiteralSecret = "literal-secret",
    SecretInUrl = "secret-in-url",
    UnreachableRule = "unreachable-rule",
}

display_word!(Lint);

impl Lint {
    pub(super) const fn problem(self) -> &'static str {
        match self {
            Self::BodyContains => "`body_contains` also finds `accepted` in `not accepted`",
            Self::Cleartext => "the code and credentials would cross a public network unencrypted",
            Self::LiteralSecret => "the spec contains a secret",
            Self::SecretInUrl => "servers and proxies log a secret in the URL",
            Self::UnreachableRule => "an earlier rule matches every response that this one matches",
        }
    }

    /// Returns `true` if a field of this name usually holds a secret, so that
    /// [`Lint::LiteralSecret`] rejects a literal value there.
    ///
    /// Tools that produce specs declare a variable for such a field.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::gateway::Lint;
    ///
    /// assert!(Lint::is_secret_name("X-Api-Key"));
    /// assert!(!Lint::is_secret_name("sender"));
    /// ```
    #[must_use]
    pub fn is_secret_name(name: &str) -> bool {
        names_a_secret(name)
    }

    pub(super) fn hint(self, path: &str) -> String {
        let better = match self {
            Self::BodyContains => "use `json`, or `body_regex` with anchors",
            Self::Cleartext => "use https://",
            Self::LiteralSecret => "declare it under `[vars]` as { secret = true }",
            Self::SecretInUrl => "put it into a header or the body",
            Self::UnreachableRule => "move it up, or remove it",
        };
        match self {
            // Allowed everywhere, it would also hide a real password.
            Self::LiteralSecret => {
                format!("{better}; if it is not a secret, add \"{self}:{path}\" to `allow`")
            }
            _ => {
                format!("{better}; if the gateway offers no other way, add \"{self}\" to `allow`")
            }
        }
    }
}

/// Returns whether a field of this name usually contains a secret.
pub(super) fn names_a_secret(name: &str) -> bool {
    const WORDS: [&str; 8] =
        ["password", "passwd", "pwd", "token", "secret", "apikey", "accesskey", "authorization"];
    // `X-Api-Key`, `api_key` and `apiKey` are the same name.
    let mut plain = Vec::with_capacity(name.len());
    plain.extend(name.bytes().filter(u8::is_ascii_alphanumeric).map(|b| b.to_ascii_lowercase()));
    // All words begin with one of these letters.
    let begins = |rest: &[u8]| {
        matches!(rest, [b'a' | b'p' | b's' | b't', ..])
            && WORDS.iter().any(|word| rest.starts_with(word.as_bytes()))
    };
    // `pass` must be the whole name, because other words contain it, such as `passport`.
    if plain != b"pass" && !(0..plain.len()).any(|from| plain.get(from..).is_some_and(begins)) {
        return false;
    }
    // `tokenLength` and `password_type` describe a secret and are none themselves.
    const MEASURES: [&str; 12] = [
        "count", "enabled", "expiry", "format", "len", "length", "lifetime", "required", "size",
        "ttl", "type", "validity",
    ];
    // The last word: `Length` of `tokenLength`, but `account` of `token_account` is no `count`.
    let from =
        name.rfind(|c: char| !c.is_ascii_alphanumeric()).map_or(0, |at| at.saturating_add(1));
    let word = name.get(from..).unwrap_or_default();
    let word =
        word.rfind(|c: char| c.is_ascii_uppercase()).and_then(|at| word.get(at..)).unwrap_or(word);
    !MEASURES.iter().any(|measure| word.eq_ignore_ascii_case(measure))
}

/// Returns whether a host is this machine or in a private network, as far as its name tells.
pub(super) fn is_private(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(v4)) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        Ok(IpAddr::V6(v6)) => {
            v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local()
        }
        // Every URL parser reads a number, also `0x…`, as an IPv4 address: 134744072 is 8.8.8.8.
        Err(_) if host.starts_with(|c: char| c.is_ascii_digit()) && !host.contains('.') => false,
        // A name without a dot, or below a domain that is never public (RFC 6762, RFC 8375, ICANN's
        // `.internal`), is private.
        Err(_) => {
            !host.contains('.')
                || [".local", ".internal", ".lan", ".home.arpa", ".localhost"]
                    .iter()
                    .any(|suffix| host.ends_with(suffix))
        }
    }
}
