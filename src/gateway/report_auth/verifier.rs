use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use super::coverage::Coverage;
use super::fixed::FixedCheck;
use super::incoming::IncomingReport;
use super::key_kind::PublicKeyKind;
use super::rejection::ReportRejection;
use super::signature::SignatureCheck;
use super::signature_key::SignatureKind;
use super::token::TokenCheck;
use super::vars::ReportVars;
use crate::gateway::error::SpecError;
use crate::gateway::spec::{ReportAuth, ReportScheme, VarSpec};
use crate::secret::SecretString;

/// The maximum number of schemes.
const MAX_SCHEMES: usize = 8;

/// The schemes of a spec with their keys, which verify delivery reports.
///
/// A report must have exactly what the spec describes: a missing signature, an empty secret,
/// another encoding, or a header that is there twice is rejected. Signatures are compared in
/// constant time.
///
/// # Examples
///
/// Twilio signs the URL and the fields of the form:
///
/// ```
/// use std::time::SystemTime;
///
/// use http::{HeaderMap, HeaderValue, Method};
/// use otpost::gateway::{
///     HashAlgorithm, ReportAuth, ReportPlace, ReportSignature, SignatureEncoding,
/// };
/// use otpost::report::{IncomingReport, ReportRejection, ReportVerifier};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let place = ReportPlace::header("X-Twilio-Signature");
/// let signature = ReportSignature::new(place, "{{url}}{{form_sorted}}")
///     .with_key("{{auth_token}}")
///     .with_algorithm(HashAlgorithm::Sha1)
///     .with_encoding(SignatureEncoding::Base64);
/// let verifier = ReportVerifier::new(&ReportAuth::hmac(signature), [("auth_token", "12345")])?;
///
/// let mut headers = HeaderMap::new();
/// headers.insert(
///     "content-type",
///     HeaderValue::from_static("application/x-www-form-urlencoded"),
/// );
/// headers.insert(
///     "x-twilio-signature",
///     HeaderValue::from_static("RSOYDt4T1cUTdK1PDd93/VVr8B8="),
/// );
/// let body = b"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234\
///     &From=%2B14158675309&To=%2B18005551212";
/// let verify = |query| {
///     let url = "https://mycompany.com/myapp.php";
///     let request = IncomingReport::new(url, &Method::POST, Some(query), &headers, body);
///     verifier.verify(&request, SystemTime::now())
/// };
/// assert!(verify("foo=1&bar=2").is_ok_and(|verified| verified.is_body_signed()));
/// assert_eq!(verify("foo=1&bar=3").unwrap_err(), ReportRejection::Signature);
/// # Ok(())
/// # }
/// ```
///
/// # Security
///
/// A signature does not show that a report is new. Compare its
/// [`replay_key`](VerifiedReport::replay_key) with those of earlier reports, or make its effect
/// idempotent. Most gateways send a report again until it is answered.
#[derive(Clone)]
pub struct ReportVerifier {
    /// `None` accepts all reports.
    schemes: Option<Arc<[SchemeCheck]>>,
}

#[derive(Clone, Debug)]
pub(super) enum SchemeCheck {
    Fixed(FixedCheck),
    Signature(Box<SignatureCheck>),
    Token(Box<TokenCheck>),
}

impl ReportVerifier {
    /// Creates a verifier from an authentication and the values of its variables.
    ///
    /// A verifier for [`ReportAuth::None`] accepts every report.
    ///
    /// # Errors
    ///
    /// [`SpecError`] if the authentication is invalid, a key cannot be read, or no scheme has all
    /// its values. An empty value counts as missing.
    pub fn new<N, V>(
        auth: &ReportAuth,
        vars: impl IntoIterator<Item = (N, V)>,
    ) -> Result<Self, SpecError>
    where
        N: Into<String>,
        V: Into<SecretString>,
    {
        let vars = vars.into_iter().map(|(name, value)| {
            let var = VarSpec::secret().with_optional();
            ((name.into(), var), Some(value.into()))
        });
        let (vars, values): (Vec<_>, Vec<_>) = vars.unzip();
        Self::compile(auth, "auth", &vars, Some(&values))
    }

    /// Compiles the authentication of a spec. The values are in the order of the variables. Without
    /// values, everything is checked but the keys, and the verifier rejects all reports.
    pub(in crate::gateway) fn compile(
        auth: &ReportAuth,
        path: &str,
        vars: &[(String, VarSpec)],
        values: Option<&[Option<SecretString>]>,
    ) -> Result<Self, SpecError> {
        let schemes = match auth {
            ReportAuth::None => return Ok(Self { schemes: None }),
            ReportAuth::AnyOf(schemes) => schemes,
        };
        if schemes.is_empty() || schemes.len() > MAX_SCHEMES {
            let hint = "write one scheme, a list of at most 8, or \"none\"";
            return Err(SpecError::new(path, "there is no scheme, or there are too many", hint));
        }
        let vars = ReportVars::new(vars, values);
        let mut checks = Vec::new();
        let mut absent = None;
        for (at, scheme) in schemes.iter().enumerate() {
            let path = match schemes.len() {
                1 => format!("{path}.{}", scheme.kind()),
                _ => format!("{path}.{at}.{}", scheme.kind()),
            };
            let check = SchemeCheck::compile(scheme, &path, &vars)?;
            // A scheme without its secret accepts nothing.
            match vars.take_absent() {
                Some(name) => absent = absent.or(Some(name)),
                None => checks.push(check),
            }
        }
        match absent.filter(|_| checks.is_empty()) {
            Some(name) => {
                let problem = format!("reports cannot be verified, because `{name}` has no value");
                Err(SpecError::new(path, problem, format!("set the variable `{name}`")))
            }
            None => Ok(Self { schemes: Some(checks.into()) }),
        }
    }

    /// Verifies that a report is one of the gateway.
    ///
    /// # Errors
    ///
    /// [`ReportRejection`] if no scheme accepts the report.
    pub fn verify(
        &self,
        request: &IncomingReport<'_>,
        now: SystemTime,
    ) -> Result<VerifiedReport, ReportRejection> {
        let Some(schemes) = &self.schemes else {
            return Ok(VerifiedReport::unsigned());
        };
        let mut rejection = ReportRejection::Missing;
        for scheme in schemes.iter() {
            match scheme.verify(request, now) {
                Ok(verified) => return Ok(verified),
                // The signature of another scheme is missing, which says nothing about this one.
                Err(ReportRejection::Missing) => {}
                Err(other) => rejection = other,
            }
        }
        Err(rejection)
    }
}

impl fmt::Debug for ReportVerifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = self.schemes.as_ref().map_or(0, |schemes| schemes.len());
        f.debug_struct("ReportVerifier").field("schemes", &count).finish_non_exhaustive()
    }
}

impl SchemeCheck {
    pub(super) fn compile(
        scheme: &ReportScheme,
        path: &str,
        vars: &ReportVars<'_>,
    ) -> Result<Self, SpecError> {
        let signature = |spec, kind| {
            let check = SignatureCheck::compile(spec, kind, path, vars)?;
            Ok(Self::Signature(Box::new(check)))
        };
        let public = |spec, kind| signature(spec, SignatureKind::Public(kind));
        match scheme {
            ReportScheme::Basic { username, password } => {
                FixedCheck::basic(username, password, path, vars).map(Self::Fixed)
            }
            ReportScheme::Ed25519(spec) => public(spec, PublicKeyKind::RawEd25519),
            ReportScheme::Hash(spec) => signature(spec, SignatureKind::Hash),
            ReportScheme::Header { name, value } => {
                FixedCheck::header(name, value, path, vars).map(Self::Fixed)
            }
            ReportScheme::Hmac(spec) => signature(spec, SignatureKind::Hmac),
            ReportScheme::Jwt(spec) => {
                TokenCheck::compile(spec, path, vars).map(|check| Self::Token(Box::new(check)))
            }
            ReportScheme::Rsa(spec) => public(spec, PublicKeyKind::Rsa256),
            ReportScheme::RsaPss(spec) => public(spec, PublicKeyKind::RsaPss),
        }
    }

    fn verify(
        &self,
        request: &IncomingReport<'_>,
        now: SystemTime,
    ) -> Result<VerifiedReport, ReportRejection> {
        Ok(match self {
            Self::Fixed(check) => {
                check.verify(request)?;
                VerifiedReport::unsigned()
            }
            Self::Signature(check) => {
                let verified = check.verify(request, now)?;
                let (replay, coverage) = (Some(verified.replay), verified.coverage);
                VerifiedReport { replay, coverage, claims: None }
            }
            Self::Token(check) => {
                let verified = check.verify(request, now)?;
                let (replay, coverage) = (Some(verified.replay), verified.coverage);
                VerifiedReport { replay, coverage, claims: verified.body }
            }
        })
    }
}

/// A delivery report that was accepted by a [`ReportVerifier`].
pub struct VerifiedReport {
    replay: Option<String>,
    coverage: Coverage,
    claims: Option<Vec<u8>>,
}

impl VerifiedReport {
    /// A report whose sender showed a secret, or whose URL is one.
    const fn unsigned() -> Self {
        let coverage = Coverage { body: false, query: false };
        Self { replay: None, coverage, claims: None }
    }

    /// Returns a text that is the same if the request is sent again, and different for every other
    /// report: 32 to 128 hexadecimal digits. Returns `None` if the scheme signs nothing.
    #[must_use]
    pub fn replay_key(&self) -> Option<&str> {
        self.replay.as_deref()
    }

    /// Returns the report if it is in the claims of a token, and not in the body: JSON.
    #[must_use]
    pub fn claims(&self) -> Option<&[u8]> {
        self.claims.as_deref()
    }

    /// Returns `true` if a signature proves the body, or the claims in its place. With a signature,
    /// an empty body counts as proved.
    ///
    /// Always `false` for credentials that are the same for each report, and without
    /// authentication.
    #[must_use]
    pub const fn is_body_signed(&self) -> bool {
        self.coverage.body
    }

    /// Returns `true` if a signature proves the query of the URL. With a signature, an empty query
    /// counts as proved.
    ///
    /// Always `false` for credentials that are the same for each report, and without
    /// authentication.
    #[must_use]
    pub const fn is_query_signed(&self) -> bool {
        self.coverage.query
    }
}

impl fmt::Debug for VerifiedReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifiedReport")
            .field("is_body_signed", &self.coverage.body)
            .field("is_query_signed", &self.coverage.query)
            .finish_non_exhaustive()
    }
}
