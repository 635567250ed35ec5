use std::fmt;
use std::net::IpAddr;

use serde::Deserialize;

/// Something that a spec can say and should not. It is an error, until the spec names it under `allow` because the
/// gateway offers no other way.
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
    /// `body_contains` also finds `accepted` in `not accepted`. Use `json`, or `body_regex` with anchors.
    BodyContains,
    /// `http://` to a host that is neither this machine nor in a private network: code and credentials can be read
    /// on the way.
    Cleartext,
    /// A password or token that stands in the spec itself. Declare a variable.
    LiteralSecret,
    /// A secret in the path or query is kept by every log on the way. Use a header or the body.
    SecretInUrl,
}

impl fmt::Display for Lint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BodyContains => "body-contains",
            Self::Cleartext => "cleartext",
            Self::LiteralSecret => "literal-secret",
            Self::SecretInUrl => "secret-in-url",
        })
    }
}

impl Lint {
    pub(super) const fn problem(self) -> &'static str {
        match self {
            Self::BodyContains => "`body_contains` also finds `accepted` in `not accepted`",
            Self::Cleartext => "code and credentials would cross a public network readable",
            Self::LiteralSecret => "a secret stands in the spec itself",
            Self::SecretInUrl => "a secret in the URL is kept by every log on the way",
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

    pub(super) fn hint(self) -> String {
        let better = match self {
            Self::BodyContains => "use `json`, or `body_regex` with anchors",
            Self::Cleartext => "use https://",
            Self::LiteralSecret => "declare it under `[vars]` as { secret = true }",
            Self::SecretInUrl => "put it into a header or the body",
        };
        format!("{better}; if the gateway offers no other way, add \"{self}\" to `allow`")
    }
}

/// Whether a field of this name usually holds a secret.
pub(super) fn names_a_secret(name: &str) -> bool {
    const WORDS: [&str; 8] =
        ["password", "passwd", "pwd", "token", "secret", "apikey", "accesskey", "authorization"];
    let plain: String =
        name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase();
    plain == "pass" || WORDS.iter().any(|word| plain.contains(word))
}

/// Whether a host is this machine or in a private network, as far as its name tells.
pub(super) fn is_private(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
    match host.parse::<IpAddr>() {
        Ok(IpAddr::V4(v4)) => v4.is_loopback() || v4.is_private() || v4.is_link_local(),
        Ok(IpAddr::V6(v6)) => {
            v6.is_loopback() || v6.is_unique_local() || v6.is_unicast_link_local()
        }
        // A number is an IPv4 address to every URL parser, and `0x…` as well: 134744072 is 8.8.8.8.
        Err(_) if host.starts_with(|c: char| c.is_ascii_digit()) && !host.contains('.') => false,
        // A name without a dot, or below a domain that is never public (RFC 6762, RFC 8375, ICANN's `.internal`).
        Err(_) => {
            !host.contains('.')
                || [".local", ".internal", ".lan", ".home.arpa", ".localhost"]
                    .iter()
                    .any(|suffix| host.ends_with(suffix))
        }
    }
}
