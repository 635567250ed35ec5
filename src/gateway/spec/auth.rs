use std::fmt;

use serde::Deserialize;

use super::jwt::JwtAuth;
use super::sign::{HashAuth, HmacAuth, SignatureSpec};
use super::token::TokenAuth;
use super::value::ValueSpec;

/// The authentication of requests to a gateway.
///
/// The values are templates: credentials come from variables such as `{{password}}`, so that the
/// spec itself holds no secret. The names of headers and parameters contain no placeholders.
/// Defaults to [`Auth::None`].
///
/// # Examples
///
/// ```
/// use otpost::gateway::Auth;
///
/// assert_eq!(Auth::default(), Auth::None);
/// let basic = Auth::basic("{{username}}", "{{password}}");
/// assert!(!format!("{basic:?}").contains("password"));
/// ```
#[derive(Clone, Default, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[non_exhaustive]
#[expect(clippy::large_enum_variant, reason = "a gateway has one, and boxes would be in the way")]
pub enum Auth {
    /// HTTP Basic authentication (RFC 7617), encoded in UTF-8.
    Basic {
        /// The user name. It cannot contain a colon.
        username: String,
        /// The password.
        password: String,
    },
    /// A bearer token in the `Authorization` header (RFC 6750). The token must be ASCII.
    Bearer {
        /// The template of the token, such as `{{api_key}}`.
        token: String,
    },
    /// A credential in a header that the gateway defines, such as `X-Api-Key`. It must be ASCII.
    Header {
        /// The header name.
        name: String,
        /// The header value.
        value: ValueSpec,
    },
    /// A plain hash over parts of the request and a secret.
    Hash(HashAuth),
    /// An HMAC signature over parts of the request.
    Hmac(HmacAuth),
    /// HTTP Digest access authentication (RFC 7616, and RFC 2069 for old servers).
    ///
    /// The first message is sent without credentials, and again with the answer to the server's
    /// challenge. Later messages answer the same challenge at once, with one request each, until
    /// the server asks for a new one. No message is sent more than twice, and the password itself
    /// is never sent. After the credentials were rejected, nothing is sent for 5 s, and each
    /// further rejection doubles this time, up to 60 s. Until then, messages fail at once as
    /// [`Unauthorized`](crate::gateway::Outcome::Unauthorized), with
    /// [`SendError::retry_after`](crate::provider::SendError::retry_after).
    ///
    /// The strongest algorithm that the server offers is used: SHA-512-256, SHA-256 or MD5, also
    /// their `-sess` variants. A challenge without `qop` is answered as in RFC 2069. One with
    /// another algorithm, or whose `qop` lists neither `auth` nor `auth-int`, fails as
    /// `Unauthorized`, and so does a server that offers no Digest authentication.
    HttpDigest {
        /// The user name. It must be the same for each message.
        username: String,
        /// The password. It must be the same for each message.
        password: String,
    },
    /// A JSON Web Token that is signed for each attempt.
    Jwt(JwtAuth),
    /// The request carries no separate authentication. Credentials can still be fields of the body.
    #[default]
    None,
    /// A token from an OAuth 2.0 server, obtained with client credentials (RFC 6749 §4.4).
    #[serde(rename = "oauth2_client_credentials")]
    OAuth2ClientCredentials(OAuth2),
    /// A credential in a query parameter. Servers and proxies log URLs, so it is an error unless
    /// the lint [`SecretInUrl`](crate::gateway::Lint::SecretInUrl) is allowed. If the credential is
    /// an optional variable without a value, the parameter is left out.
    Query {
        /// The parameter name.
        name: String,
        /// The parameter value.
        value: ValueSpec,
    },
    /// A token that is fetched with a separate HTTP request. [`TokenAuth`] describes when.
    Token(TokenAuth),
}

impl Auth {
    /// Creates an [`Auth::Basic`] from templates for the user name and the password.
    #[must_use]
    pub fn basic(username: impl Into<String>, password: impl Into<String>) -> Self {
        Self::Basic { username: username.into(), password: password.into() }
    }

    /// Creates an [`Auth::Bearer`] from a template for the token.
    #[must_use]
    pub fn bearer(token: impl Into<String>) -> Self {
        Self::Bearer { token: token.into() }
    }

    /// Creates an [`Auth::Header`] from a header name and a template for its value.
    #[must_use]
    pub fn header(name: impl Into<String>, value: impl Into<ValueSpec>) -> Self {
        Self::Header { name: name.into(), value: value.into() }
    }

    /// Creates an [`Auth::HttpDigest`] from templates for the user name and the password.
    #[must_use]
    pub fn http_digest(username: impl Into<String>, password: impl Into<String>) -> Self {
        Self::HttpDigest { username: username.into(), password: password.into() }
    }

    /// Creates an [`Auth::OAuth2ClientCredentials`] from the URL of the token endpoint and
    /// templates for the client's credentials.
    ///
    /// The URL can contain variables like the URL of a [`TokenAuth`]. The credentials are sent in a
    /// Basic header, without a `scope`. Changing that is possible in TOML only, see [`OAuth2`].
    #[must_use]
    pub fn oauth2(
        token_url: impl Into<String>,
        client_id: impl Into<String>,
        client_secret: impl Into<String>,
    ) -> Self {
        Self::OAuth2ClientCredentials(OAuth2 {
            token_url: token_url.into(),
            client_id: client_id.into(),
            client_secret: client_secret.into(),
            scope: None,
            in_body: false,
        })
    }

    /// Creates an [`Auth::Query`] from a parameter name and a template for its value.
    #[must_use]
    pub fn query(name: impl Into<String>, value: impl Into<ValueSpec>) -> Self {
        Self::Query { name: name.into(), value: value.into() }
    }
}

impl Auth {
    /// Returns the signature, if requests are signed.
    pub(in crate::gateway) fn signature(&self) -> Option<SignatureSpec<'_>> {
        match self {
            Self::Hash(auth) => Some(auth.spec()),
            Self::Hmac(auth) => Some(auth.spec()),
            _ => None,
        }
    }

    /// Returns the template of a private key in PEM, whose value has several lines.
    pub(in crate::gateway) fn private_key(&self) -> Option<&str> {
        match self {
            Self::Jwt(auth) if auth.algorithm.needs_private_key() => Some(&auth.key),
            _ => None,
        }
    }

    /// Returns the names of the values that a token request yields, beginning with the token.
    pub(in crate::gateway) fn token_names(&self) -> Vec<&str> {
        match self {
            Self::OAuth2ClientCredentials(_) => vec!["token"],
            Self::Token(auth) => {
                std::iter::once("token").chain(auth.values.iter().map(|(name, _)| name)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Returns the URL from which a token is fetched, or `None` if no token is fetched.
    pub(in crate::gateway) const fn token_url(&self) -> Option<&String> {
        match self {
            Self::OAuth2ClientCredentials(auth) => Some(&auth.token_url),
            Self::Token(auth) => Some(&auth.url),
            _ => None,
        }
    }

    pub(in crate::gateway) const fn token_url_mut(&mut self) -> Option<&mut String> {
        match self {
            Self::OAuth2ClientCredentials(auth) => Some(&mut auth.token_url),
            Self::Token(auth) => Some(&mut auth.url),
            _ => None,
        }
    }
}

// The templates are hidden as well: with `LiteralSecret` allowed, they contain a password.
impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Basic { .. } => "Auth::Basic(***)",
            Self::Bearer { .. } => "Auth::Bearer(***)",
            Self::Header { .. } => "Auth::Header(***)",
            Self::Hash(_) => "Auth::Hash(***)",
            Self::Hmac(_) => "Auth::Hmac(***)",
            Self::HttpDigest { .. } => "Auth::HttpDigest(***)",
            Self::Jwt(_) => "Auth::Jwt(***)",
            Self::None => "Auth::None",
            Self::OAuth2ClientCredentials(_) => "Auth::OAuth2ClientCredentials(***)",
            Self::Query { .. } => "Auth::Query(***)",
            Self::Token(_) => "Auth::Token(***)",
        })
    }
}

/// The OAuth 2.0 client credentials grant (RFC 6749 §4.4): `[auth.oauth2_client_credentials]` in
/// TOML.
///
/// Create one with [`Auth::oauth2`]. Two keys can be set in TOML only: `scope`, and
/// `in_body = true`, which sends the credentials in the body. By default, there is no scope, and
/// the credentials are in a Basic header. They are not form-encoded there (RFC 6749 §2.3.1), and
/// the client id cannot contain a colon.
///
/// It is a [`TokenAuth`] with a fixed request: a POST of the form `grant_type=client_credentials`.
/// The token and its lifetime are the members `access_token` and `expires_in` of the response. Each
/// message carries the token as `Authorization: Bearer …`. Lifetime, caching, back-off and errors
/// are those of a [`TokenAuth`].
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuth2 {
    pub(super) token_url: String,
    pub(super) client_id: String,
    pub(super) client_secret: String,
    #[serde(default)]
    pub(super) scope: Option<String>,
    /// Sends the credentials in the body instead of a Basic header. RFC 6749 §2.3.1 requires
    /// servers to accept the header, but some accept only the body.
    #[serde(default)]
    pub(super) in_body: bool,
}

impl OAuth2 {
    /// Returns the equivalent [`TokenAuth`], so that one engine fetches all tokens.
    pub(in crate::gateway) fn token(&self) -> TokenAuth {
        let mut token = TokenAuth::post(&self.token_url, "/access_token")
            .with_expires_in("/expires_in")
            .with_form("grant_type", "client_credentials");
        if let Some(scope) = &self.scope {
            token = token.with_form("scope", scope);
        }
        if self.in_body {
            token
                .with_form("client_id", &self.client_id)
                .with_form("client_secret", &self.client_secret)
        } else {
            token.with_basic(&self.client_id, &self.client_secret)
        }
    }
}

impl fmt::Debug for OAuth2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OAuth2").finish_non_exhaustive()
    }
}
