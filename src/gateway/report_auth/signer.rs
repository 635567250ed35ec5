use std::time::SystemTime;

use super::key_kind::PublicKeyKind;
#[cfg(not(feature = "signatures"))]
use super::no_private_key::NoReportKey as PrivateReportKey;
use super::outgoing::{OutgoingReport, SigningParts};
#[cfg(feature = "signatures")]
use super::private_key::PrivateReportKey;
use super::vars::ReportVars;
use super::verifier::SchemeCheck;
use crate::gateway::error::SpecError;
use crate::gateway::spec::{ReportAuth, ReportKey, ReportScheme, VarSpec};
use crate::secret::SecretString;

/// The place of the private key in errors.
const KEY: &str = "private_key";

/// The scheme with which an imitation of a gateway signs its reports: the inverse of a
/// [`ReportVerifier`](super::ReportVerifier).
pub(in crate::gateway) struct ReportSigner {
    /// `None` if the gateway does not sign.
    scheme: Option<(SchemeCheck, Option<PrivateReportKey>)>,
}

impl ReportSigner {
    /// Chooses the first scheme whose variables have values. A scheme with a public key needs the
    /// private key in PEM as well.
    pub(in crate::gateway) fn compile(
        auth: &ReportAuth,
        path: &str,
        vars: &[(String, VarSpec)],
        values: &[Option<SecretString>],
        private_key: Option<&SecretString>,
    ) -> Result<Self, SpecError> {
        let ReportAuth::AnyOf(schemes) = auth else { return Ok(Self { scheme: None }) };
        let mut problem = None;
        for scheme in schemes {
            match compile_scheme(scheme, path, vars, values, private_key) {
                Ok(compiled) => return Ok(Self { scheme: Some(compiled) }),
                Err(error) => problem = problem.or(Some(error)),
            }
        }
        let none = || SpecError::new(path, "there is no scheme", "write one");
        Err(problem.unwrap_or_else(none))
    }

    /// Signs a request. A forged one gets a signature, a password or a URL that is wrong.
    pub(in crate::gateway) fn sign(
        &self,
        request: &mut OutgoingReport,
        now: SystemTime,
        nonce: &dyn Fn() -> String,
        is_forged: bool,
    ) -> Result<(), SpecError> {
        let Some((scheme, key)) = &self.scheme else {
            if is_forged {
                request.url = with_other_token(&request.url);
            }
            return Ok(());
        };
        let parts = SigningParts { now, nonce, key: key.as_ref(), is_forged };
        let signed = match scheme {
            SchemeCheck::Fixed(check) => check.sign(request, &parts),
            SchemeCheck::Signature(check) => check.sign(request, &parts),
            SchemeCheck::Token(check) => check.sign(request, &parts),
        };
        signed.ok_or_else(|| {
            let problem = "a report cannot be signed: a value of the text to sign has no place";
            SpecError::new("reports.auth", problem, "add an example of a report to the spec")
        })
    }

    /// Returns the public key with which a receiver verifies, if there is one.
    pub(in crate::gateway) fn public_key(&self) -> Option<String> {
        let (_, key) = self.scheme.as_ref()?;
        key.as_ref()?.public_text()
    }
}

fn compile_scheme(
    scheme: &ReportScheme,
    path: &str,
    vars: &[(String, VarSpec)],
    values: &[Option<SecretString>],
    private_key: Option<&SecretString>,
) -> Result<(SchemeCheck, Option<PrivateReportKey>), SpecError> {
    let path = format!("{path}.{}", scheme.kind());
    let mut values = values.to_vec();
    let mut key = None;
    if let Some((kind, template)) = public_key(scheme) {
        let Some(pem) = private_key else {
            let problem = "these reports are signed with a private key, and there is none";
            return Err(SpecError::new(KEY, problem, "set it with `with_private_key`"));
        };
        let private = PrivateReportKey::parse(kind, pem.expose(), KEY)?;
        // The value of the application is the public key, and an imitation knows its own.
        let at = vars.iter().position(|(name, _)| variable(template) == Some(name));
        if let Some(value) = at.and_then(|at| values.get_mut(at)) {
            *value = private.public_text().map(SecretString::from);
        }
        key = Some(private);
    }
    let vars = ReportVars::new(vars, Some(&values));
    let check = SchemeCheck::compile(scheme, &path, &vars)?;
    match vars.take_absent() {
        Some(name) => {
            let problem = format!("reports cannot be signed, because `{name}` has no value");
            Err(SpecError::new(path, problem, format!("set the variable `{name}`")))
        }
        None => Ok((check, key)),
    }
}

/// Returns the kind and the template of the public key of a scheme.
fn public_key(scheme: &ReportScheme) -> Option<(PublicKeyKind, &str)> {
    let (kind, key) = match scheme {
        ReportScheme::Ed25519(spec) => (PublicKeyKind::RawEd25519, spec.key.as_ref()?),
        ReportScheme::Jwt(spec) => (PublicKeyKind::of(*spec.algorithms.first()?)?, &spec.key),
        ReportScheme::Rsa(spec) => (PublicKeyKind::Rsa256, spec.key.as_ref()?),
        ReportScheme::RsaPss(spec) => (PublicKeyKind::RsaPss, spec.key.as_ref()?),
        ReportScheme::Basic { .. }
        | ReportScheme::Hash(_)
        | ReportScheme::Header { .. }
        | ReportScheme::Hmac(_) => return None,
    };
    let (ReportKey::Base64 { text, .. } | ReportKey::Sha256 { text, .. } | ReportKey::Text(text)) =
        key;
    Some((kind, text))
}

/// Returns the name in a template that is only a variable.
fn variable(template: &str) -> Option<&str> {
    Some(template.strip_prefix("{{")?.strip_suffix("}}")?.trim())
}

/// Returns the URL with another last part of its path, where the secret token is.
fn with_other_token(url: &str) -> String {
    let host = url.find("://").map_or(0, |at| at.saturating_add(3));
    // Without a path, the last part is the host, and the report would go to another machine.
    if !url.get(host..).is_some_and(|rest| rest.contains('/')) {
        return format!("{url}/0");
    }
    let (before, token) = url.rsplit_once('/').unwrap_or((url, ""));
    let other: String = token.chars().rev().chain(['0']).collect();
    format!("{before}/{other}")
}

#[cfg(test)]
mod tests {
    use super::with_other_token;

    #[test]
    fn forged_reports_go_to_the_same_host() {
        for (url, other) in [
            ("http://10.0.0.1", "http://10.0.0.1/0"),
            ("http://a.example:80/", "http://a.example:80/0"),
            ("https://a.example/r/12", "https://a.example/r/210"),
        ] {
            assert_eq!(with_other_token(url), other);
        }
    }
}
