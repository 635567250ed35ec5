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
    scheme: Option<(SchemeCheck, Option<ReportKeyPair>)>,
}

/// A private key, and the value of the application that belongs to it.
struct ReportKeyPair {
    private: PrivateReportKey,
    /// The name and the value of the variable. `None` if the spec contains the public key.
    public: Option<(String, String)>,
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
        let key = key.as_ref().map(|pair| &pair.private);
        let parts = SigningParts { now, nonce, key, is_forged };
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

    /// Generates a private key in PEM for the first scheme that needs one. `None` if none does.
    pub(in crate::gateway) fn generate_key(
        auth: &ReportAuth,
        path: &str,
    ) -> Result<Option<SecretString>, SpecError> {
        let ReportAuth::AnyOf(schemes) = auth else { return Ok(None) };
        let find = |scheme| Some((scheme, public_key(scheme)?));
        let Some((scheme, (kind, template))) = schemes.iter().find_map(find) else {
            return Ok(None);
        };
        if KeyVariable::parse(template).is_none() {
            let path = format!("{path}.{}.key", scheme.kind());
            let problem = "the spec contains the public key, and its private key is not known";
            return Err(SpecError::new(path, problem, "write a variable of `[vars]`"));
        }
        PrivateReportKey::generate(kind, KEY).map(Some)
    }

    /// Returns the variable that contains the public key, and its value, if there is one.
    pub(in crate::gateway) fn public_key(self) -> Option<(String, String)> {
        self.scheme?.1?.public
    }
}

fn compile_scheme(
    scheme: &ReportScheme,
    path: &str,
    vars: &[(String, VarSpec)],
    values: &[Option<SecretString>],
    private_key: Option<&SecretString>,
) -> Result<(SchemeCheck, Option<ReportKeyPair>), SpecError> {
    let path = format!("{path}.{}", scheme.kind());
    let mut values = values.to_vec();
    let mut key = None;
    if let Some((kind, template)) = public_key(scheme) {
        let Some(pem) = private_key else { return Err(no_key()) };
        let private = PrivateReportKey::parse(kind, pem.expose(), KEY)?;
        let variable = KeyVariable::parse(template);
        let public = variable.and_then(|variable| {
            let value = variable.value(&private.public_text()?)?;
            Some((variable.name.to_owned(), value))
        });
        // The value of the application is the public key, and an imitation knows its own.
        if let Some((name, text)) = &public
            && let Some(at) = vars.iter().position(|(known, _)| known == name)
            && let Some(value) = values.get_mut(at)
        {
            *value = Some(text.as_str().into());
        }
        key = Some(ReportKeyPair { private, public });
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

fn no_key() -> SpecError {
    let hint = match cfg!(feature = "signatures") {
        true => "set it with `with_private_key` or `with_generated_key`",
        false => "enable the feature `signatures` of otpost, and set it with `with_private_key`",
    };
    SpecError::new(KEY, "these reports are signed with a private key, and there is none", hint)
}

/// The variable in the template of a public key, and the text around it: the markers of PEM, if the
/// variable contains only the lines between them.
struct KeyVariable<'t> {
    before: &'t str,
    name: &'t str,
    after: &'t str,
}

impl<'t> KeyVariable<'t> {
    /// Returns `None` unless the template has exactly one variable.
    fn parse(template: &'t str) -> Option<Self> {
        let (before, rest) = template.split_once("{{")?;
        let (name, after) = rest.split_once("}}")?;
        (!after.contains("{{")).then_some(Self { before, name: name.trim(), after })
    }

    /// Returns the value of the variable with which the template is the public key.
    fn value(&self, key: &str) -> Option<String> {
        let key = match self.after.trim_end() {
            "" => key,
            after => key.trim_end().strip_suffix(after)?,
        };
        key.strip_prefix(self.before).map(str::to_owned)
    }
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
