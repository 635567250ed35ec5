use std::fmt;

use serde::Deserialize;

use super::jwt::JwtAlgorithm;
use super::pairs::table;
use super::report_key::ReportKey;

/// A JSON Web Token (RFC 7519) that authenticates a delivery report: `jwt` in the `auth` of
/// `[reports]`.
///
/// The token is in a header of the request. Its algorithm must be one of those that the spec lists,
/// so a token cannot choose another one. The claims `exp`, `nbf` and `iat` are compared with the
/// clock if they are present, with a tolerance of 300 s.
///
/// # Examples
///
/// ```
/// use otpost::gateway::{JwtAlgorithm, ReportAuth, ReportJwt};
///
/// let token = ReportJwt::new("MessageBird-Signature-JWT", JwtAlgorithm::Hs256, "{{signing_key}}")
///     .with_issuer("MessageBird")
///     .with_required("exp")
///     .with_required("nbf")
///     .with_claim("url_hash", "{{url|sha256hex}}")
///     .with_claim("payload_hash", "{{body|sha256hex}}")
///     .with_absent_if_empty("payload_hash")
///     .with_replay("jti");
/// # let _ = ReportAuth::jwt(token);
/// ```
///
/// # Security
///
/// The body of the request is authentic only if a claim is a hash of it, or if the claims are
/// themselves the report. The query is authentic only if a claim is a hash of the URL.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportJwt {
    pub(in crate::gateway) header: String,
    #[serde(default)]
    pub(in crate::gateway) prefix: Option<String>,
    pub(in crate::gateway) key: ReportKey,
    pub(in crate::gateway) algorithms: Vec<JwtAlgorithm>,
    #[serde(default, deserialize_with = "table")]
    pub(in crate::gateway) claims: Vec<(String, String)>,
    #[serde(default)]
    pub(in crate::gateway) absent_if_empty: Vec<String>,
    #[serde(default)]
    pub(in crate::gateway) require: Vec<String>,
    #[serde(default)]
    pub(in crate::gateway) issuer: Option<String>,
    #[serde(default)]
    pub(in crate::gateway) replay: Option<String>,
    #[serde(default)]
    pub(in crate::gateway) as_body: bool,
}

impl ReportJwt {
    /// Creates a token from the header that carries it, its algorithm, and the template of the key.
    ///
    /// The key of an HMAC is the secret as text. The key of another algorithm is a public key in
    /// PEM, and needs the feature `signatures`.
    #[must_use]
    pub fn new(header: impl Into<String>, algorithm: JwtAlgorithm, key: impl Into<String>) -> Self {
        Self {
            header: header.into(),
            prefix: None,
            key: ReportKey::Text(key.into()),
            algorithms: vec![algorithm],
            claims: Vec::new(),
            absent_if_empty: Vec::new(),
            require: Vec::new(),
            issuer: None,
            replay: None,
            as_body: false,
        }
    }

    /// Sets the text before the token in the header, such as `Bearer ` with its space. Defaults to
    /// none.
    #[must_use]
    pub fn with_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = Some(prefix.into());
        self
    }

    /// Adds an algorithm that is accepted as well. All algorithms must need the same kind of key.
    #[must_use]
    pub fn with_algorithm(mut self, algorithm: JwtAlgorithm) -> Self {
        self.algorithms.push(algorithm);
        self
    }

    /// Adds a claim that must equal a template, such as `{{body|sha256hex}}`. The placeholders are
    /// those of [`ReportSignature`](crate::gateway::ReportSignature).
    #[must_use]
    pub fn with_claim(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.claims.push((name.into(), value.into()));
        self
    }

    /// Adds the name of a claim that must be absent if the body of the request is empty.
    #[must_use]
    pub fn with_absent_if_empty(mut self, name: impl Into<String>) -> Self {
        self.absent_if_empty.push(name.into());
        self
    }

    /// Adds the name of a claim that must be present. If it is `iat`, the token must have been
    /// issued in the last 300 s.
    #[must_use]
    pub fn with_required(mut self, name: impl Into<String>) -> Self {
        self.require.push(name.into());
        self
    }

    /// Sets the expected value of the claim `iss`. By default, every issuer is accepted.
    #[must_use]
    pub fn with_issuer(mut self, issuer: impl Into<String>) -> Self {
        self.issuer = Some(issuer.into());
        self
    }

    /// Sets the claim that is different for each report, such as `jti`. It must be present.
    /// Defaults to the signature of the token.
    #[must_use]
    pub fn with_replay(mut self, claim: impl Into<String>) -> Self {
        self.replay = Some(claim.into());
        self
    }

    /// Reads the report from the claims of the token instead of the body.
    #[must_use]
    pub const fn with_claims_as_body(mut self) -> Self {
        self.as_body = true;
        self
    }
}

impl fmt::Debug for ReportJwt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReportJwt").field("algorithms", &self.algorithms).finish_non_exhaustive()
    }
}
