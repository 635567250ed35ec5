use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};

use super::report_jwt::ReportJwt;
use super::report_key::ReportKey;
use super::report_signature::ReportSignature;

/// The authentication of delivery reports: `auth` in `[reports]`.
///
/// The values are templates: secrets come from variables such as `{{auth_token}}`, so that the spec
/// itself holds none. A scheme whose variables have no value accepts nothing. Building a receiver
/// of reports fails if that is true for all schemes.
///
/// # Examples
///
/// ```
/// use otpost::gateway::{
///     HashAlgorithm, ReportAuth, ReportPlace, ReportSignature, SignatureEncoding,
/// };
///
/// let place = ReportPlace::header("X-Signature");
/// let signature = ReportSignature::new(place, "{{url}}{{form_sorted}}")
///     .with_key("{{auth_token}}")
///     .with_algorithm(HashAlgorithm::Sha1)
///     .with_encoding(SignatureEncoding::Base64);
/// let auth = ReportAuth::hmac(signature);
/// assert!(!auth.is_none());
/// ```
///
/// # Security
///
/// [`ReportAuth::None`] is for gateways that sign nothing. Then the URL of the receiver must
/// contain a secret.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ReportAuth {
    /// The schemes of which one must accept the report.
    AnyOf(Vec<ReportScheme>),
    /// The gateway does not authenticate its reports: `auth = "none"` in TOML.
    None,
}

impl ReportAuth {
    /// Creates the authentication by a fixed user name and password (HTTP Basic, RFC 7617), from
    /// templates.
    #[must_use]
    pub fn basic(username: impl Into<String>, password: impl Into<String>) -> Self {
        let (username, password) = (username.into(), password.into());
        Self::AnyOf(vec![ReportScheme::Basic { username, password }])
    }

    /// Creates the authentication by a header that is the same for each report, from its name and
    /// the template of its value.
    #[must_use]
    pub fn header(name: impl Into<String>, value: impl Into<String>) -> Self {
        let (name, value) = (name.into(), value.into());
        Self::AnyOf(vec![ReportScheme::Header { name, value }])
    }

    /// Creates the authentication by an HMAC.
    #[must_use]
    pub fn hmac(signature: ReportSignature) -> Self {
        Self::AnyOf(vec![ReportScheme::Hmac(signature)])
    }

    /// Creates the authentication by a JSON Web Token.
    #[must_use]
    pub fn jwt(token: ReportJwt) -> Self {
        Self::AnyOf(vec![ReportScheme::Jwt(token)])
    }

    /// Adds a scheme. A report is accepted if one of the schemes accepts it.
    #[must_use]
    pub fn or(self, scheme: ReportScheme) -> Self {
        let mut schemes = match self {
            Self::AnyOf(schemes) => schemes,
            Self::None => Vec::new(),
        };
        schemes.push(scheme);
        Self::AnyOf(schemes)
    }

    /// Returns `true` if reports are not authenticated.
    #[must_use]
    pub const fn is_none(&self) -> bool {
        matches!(self, Self::None)
    }
}

impl ReportAuth {
    /// Returns the templates of public keys in PEM, whose values have several lines.
    pub(in crate::gateway) fn pem_keys(&self) -> impl Iterator<Item = &str> {
        let schemes = match self {
            Self::AnyOf(schemes) => schemes.as_slice(),
            Self::None => &[],
        };
        schemes.iter().filter_map(|scheme| {
            let key = match scheme {
                ReportScheme::Jwt(token) => {
                    token.algorithms.first()?.needs_private_key().then_some(&token.key)
                }
                ReportScheme::Rsa(signature) | ReportScheme::RsaPss(signature) => {
                    signature.key.as_ref()
                }
                _ => None,
            };
            match key? {
                ReportKey::Text(text) => Some(text.as_str()),
                ReportKey::Base64 { .. } | ReportKey::Sha256 { .. } => None,
            }
        })
    }
}

impl From<ReportScheme> for ReportAuth {
    fn from(scheme: ReportScheme) -> Self {
        Self::AnyOf(vec![scheme])
    }
}

/// A way to authenticate delivery reports.
#[derive(Clone, PartialEq, Deserialize)]
#[serde(try_from = "ReportSchemeTable")]
#[non_exhaustive]
pub enum ReportScheme {
    /// HTTP Basic authentication (RFC 7617) with a fixed user name and password.
    Basic {
        /// The user name, a template. It cannot contain a colon.
        username: String,
        /// The password, a template.
        password: String,
    },
    /// An Ed25519 signature (RFC 8032). The key is the gateway's public key, the base64 of 32
    /// bytes. It needs the feature `signatures`.
    Ed25519(ReportSignature),
    /// A plain hash of a text that contains the secret.
    Hash(ReportSignature),
    /// A header that is the same for each report, such as a bearer token.
    Header {
        /// The name of the header.
        name: String,
        /// The value, a template.
        value: String,
    },
    /// An HMAC (RFC 2104).
    Hmac(ReportSignature),
    /// A JSON Web Token (RFC 7519).
    Jwt(ReportJwt),
    /// An RSA signature (PKCS #1 v1.5) with SHA-256. The key is the gateway's public key in PEM. It
    /// needs the feature `signatures`.
    Rsa(ReportSignature),
    /// An RSA-PSS signature with SHA-256. The key is the gateway's public key in PEM. It needs the
    /// feature `signatures`.
    RsaPss(ReportSignature),
}

impl ReportScheme {
    /// Returns the key of the scheme in TOML.
    pub(in crate::gateway) const fn kind(&self) -> &'static str {
        match self {
            Self::Basic { .. } => "basic",
            Self::Ed25519(_) => "ed25519",
            Self::Hash(_) => "hash",
            Self::Header { .. } => "header",
            Self::Hmac(_) => "hmac",
            Self::Jwt(_) => "jwt",
            Self::Rsa(_) => "rsa",
            Self::RsaPss(_) => "rsa_pss",
        }
    }
}

// The templates are hidden as well: a careless one contains a password.
impl fmt::Debug for ReportScheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReportScheme({}, ***)", self.kind())
    }
}

/// The keys of a scheme, of which a table has one.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReportSchemeTable {
    #[serde(default)]
    basic: Option<ReportBasic>,
    #[serde(default)]
    ed25519: Option<ReportSignature>,
    #[serde(default)]
    hash: Option<ReportSignature>,
    #[serde(default)]
    header: Option<ReportHeader>,
    #[serde(default)]
    hmac: Option<ReportSignature>,
    #[serde(default)]
    jwt: Option<ReportJwt>,
    #[serde(default)]
    rsa: Option<ReportSignature>,
    #[serde(default)]
    rsa_pss: Option<ReportSignature>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReportBasic {
    username: String,
    password: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReportHeader {
    name: String,
    value: String,
}

impl TryFrom<ReportSchemeTable> for ReportScheme {
    type Error = &'static str;

    fn try_from(table: ReportSchemeTable) -> Result<Self, Self::Error> {
        let ReportSchemeTable { basic, ed25519, hash, header, hmac, jwt, rsa, rsa_pss } = table;
        let schemes = [
            basic.map(|ReportBasic { username, password }| Self::Basic { username, password }),
            ed25519.map(Self::Ed25519),
            hash.map(Self::Hash),
            header.map(|ReportHeader { name, value }| Self::Header { name, value }),
            hmac.map(Self::Hmac),
            jwt.map(Self::Jwt),
            rsa.map(Self::Rsa),
            rsa_pss.map(Self::RsaPss),
        ];
        let mut schemes = schemes.into_iter().flatten();
        match (schemes.next(), schemes.next()) {
            (Some(scheme), None) => Ok(scheme),
            _ => Err("expected one of basic, ed25519, hash, header, hmac, jwt, rsa and rsa_pss"),
        }
    }
}

impl<'de> Deserialize<'de> for ReportAuth {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ReportAuthVisitor)
    }
}

struct ReportAuthVisitor;

impl<'de> Visitor<'de> for ReportAuthVisitor {
    type Value = ReportAuth;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table such as { hmac = … }, a list of them, or \"none\"")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<ReportAuth, E> {
        match text {
            "none" => Ok(ReportAuth::None),
            _ => Err(E::unknown_variant(text, &["none"])),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<ReportAuth, A::Error> {
        let scheme = ReportScheme::deserialize(de::value::MapAccessDeserializer::new(map))?;
        Ok(scheme.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<ReportAuth, A::Error> {
        let mut schemes = Vec::new();
        while let Some(scheme) = seq.next_element()? {
            schemes.push(scheme);
        }
        Ok(ReportAuth::AnyOf(schemes))
    }
}
