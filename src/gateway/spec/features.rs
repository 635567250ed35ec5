//! What a spec uses, for lists of gateways.

use super::{Auth, Charset, GatewaySpec, Method, Outcome};

impl GatewaySpec {
    /// Returns the kind of authentication of the request.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::gateway::GatewaySpec;
    ///
    /// let spec = GatewaySpec::builtin("messagebird")?;
    /// assert_eq!(spec.auth().kind(), "header");
    /// # Ok::<(), otpost::gateway::SpecError>(())
    /// ```
    #[must_use]
    pub const fn auth(&self) -> &Auth {
        &self.auth
    }

    /// Returns the kind of the request's body as in TOML (`form`, `json`, `multipart`, `text` or
    /// `xml`), or `None` if the request has no body.
    #[must_use]
    pub const fn body_kind(&self) -> Option<&'static str> {
        let request = &self.request;
        // A spec with two bodies is refused when it is checked.
        if request.form.is_some() {
            Some("form")
        } else if request.json.is_some() {
            Some("json")
        } else if request.multipart.is_some() {
            Some("multipart")
        } else if request.text.is_some() {
            Some("text")
        } else if request.xml.is_some() {
            Some("xml")
        } else {
            None
        }
    }

    /// Returns the character encoding of the values in the URL and the body.
    #[must_use]
    pub const fn charset(&self) -> Charset {
        self.request.charset
    }

    /// Returns the HTTP method of the request.
    #[must_use]
    pub const fn method(&self) -> Method {
        self.request.method
    }

    /// Returns `true` if the spec has an `[account]` request, for
    /// [`HttpGateway::account`](crate::HttpGateway::account).
    #[must_use]
    pub const fn has_account(&self) -> bool {
        self.account.is_some()
    }

    /// Returns `true` if the spec has an `[erase]` request, which deletes a message at the gateway.
    #[must_use]
    pub const fn has_erase(&self) -> bool {
        self.erase.is_some()
    }

    /// Returns `true` if the gateway de-duplicates messages by an idempotency key.
    #[must_use]
    pub const fn has_idempotency(&self) -> bool {
        self.idempotency.is_some()
    }

    /// Returns `true` if the receipt of an accepted message can have an id of the gateway.
    #[must_use]
    pub fn has_message_id(&self) -> bool {
        let mut accepting = self.response.iter().filter(|r| r.then.outcome == Outcome::Accepted);
        accepting.any(|rule| rule.then.message_id.is_some()) || !self.answer.message_id.0.is_empty()
    }
}

impl Auth {
    /// Returns the key of this authentication below `[auth]` in TOML, such as `bearer`, or `none`.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Basic { .. } => "basic",
            Self::Bearer { .. } => "bearer",
            Self::Hash(_) => "hash",
            Self::Header { .. } => "header",
            Self::Hmac(_) => "hmac",
            Self::HttpDigest { .. } => "http_digest",
            Self::Jwt(_) => "jwt",
            Self::None => "none",
            Self::OAuth2ClientCredentials(_) => "oauth2_client_credentials",
            Self::Query { .. } => "query",
            Self::Token(_) => "token",
        }
    }
}
