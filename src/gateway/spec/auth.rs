use std::fmt;

use serde::Deserialize;

use super::sign::HmacAuth;
use super::token::TokenAuth;

/// How a gateway knows who asks.
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
pub enum Auth {
    /// `Authorization: Basic` (RFC 7617), in UTF-8.
    Basic {
        /// The user; it cannot hold a colon.
        username: String,
        /// The password.
        password: String,
    },
    /// `Authorization: Bearer` (RFC 6750).
    Bearer {
        /// The token.
        token: String,
    },
    /// A header of the gateway's own.
    Header {
        /// The header's name.
        name: String,
        /// Its value.
        value: String,
    },
    /// A signature over parts of the request.
    Hmac(HmacAuth),
    /// Nothing, or parts of the body.
    #[default]
    None,
    /// A token of an OAuth 2.0 server, by the client's credentials (RFC 6749 §4.4).
    #[serde(rename = "oauth2_client_credentials")]
    OAuth2ClientCredentials(OAuth2),
    /// A query parameter. The secret is then in every log on the way: a lint says so.
    Query {
        /// The parameter's name.
        name: String,
        /// Its value.
        value: String,
    },
    /// A token that a call of its own gives.
    Token(TokenAuth),
}

impl Auth {
    /// [`Auth::Basic`] with templates for user and password.
    #[must_use]
    pub fn basic(username: impl Into<String>, password: impl Into<String>) -> Self {
        Self::Basic { username: username.into(), password: password.into() }
    }

    /// [`Auth::Bearer`] with a template for the token.
    #[must_use]
    pub fn bearer(token: impl Into<String>) -> Self {
        Self::Bearer { token: token.into() }
    }

    /// [`Auth::Header`] with a template for the value.
    #[must_use]
    pub fn header(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self::Header { name: name.into(), value: value.into() }
    }

    /// [`Auth::OAuth2ClientCredentials`]: where the token is to be had, and templates for the client's credentials.
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

    /// [`Auth::Query`] with a template for the value.
    #[must_use]
    pub fn query(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self::Query { name: name.into(), value: value.into() }
    }
}

impl Auth {
    /// Where a token comes from.
    pub(in crate::gateway) const fn token_url(&mut self) -> Option<&mut String> {
        match self {
            Self::OAuth2ClientCredentials(auth) => Some(&mut auth.token_url),
            Self::Token(auth) => Some(&mut auth.url),
            _ => None,
        }
    }
}

impl fmt::Debug for Auth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Basic { .. } => "Auth::Basic(***)",
            Self::Bearer { .. } => "Auth::Bearer(***)",
            Self::Header { .. } => "Auth::Header(***)",
            Self::Hmac(_) => "Auth::Hmac(***)",
            Self::None => "Auth::None",
            Self::OAuth2ClientCredentials(_) => "Auth::OAuth2ClientCredentials(***)",
            Self::Query { .. } => "Auth::Query(***)",
            Self::Token(_) => "Auth::Token(***)",
        })
    }
}

/// `[auth.oauth2_client_credentials]`.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OAuth2 {
    pub(super) token_url: String,
    pub(super) client_id: String,
    pub(super) client_secret: String,
    #[serde(default)]
    pub(super) scope: Option<String>,
    /// RFC 6749 §2.3.1: servers have to take the credentials in a Basic header, and some want them in the body.
    #[serde(default)]
    pub(super) in_body: bool,
}

impl OAuth2 {
    /// The same as a token call.
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
