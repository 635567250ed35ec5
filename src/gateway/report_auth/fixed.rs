//! Credentials that are the same for each report.

use data_encoding::BASE64;
use http::header::{AUTHORIZATION, HeaderName, HeaderValue};

use super::incoming::{IncomingReport, header_name};
use super::outgoing::{OutgoingReport, SigningParts};
use super::rejection::ReportRejection;
use super::secrets::{read_secret_text, read_text};
use super::vars::ReportVars;
use crate::gateway::error::SpecError;
use crate::secret::SecretBytes;

/// Compiled credentials in a header.
#[derive(Clone, Debug)]
pub(super) struct FixedCheck {
    header: HeaderName,
    is_basic: bool,
    /// `None` in a check without values.
    expected: Option<SecretBytes>,
}

impl FixedCheck {
    pub(super) fn basic(
        username: &str,
        password: &str,
        path: &str,
        vars: &ReportVars<'_>,
    ) -> Result<Self, SpecError> {
        let name_path = format!("{path}.username");
        let name = read_text(vars, username, &name_path)?;
        let password = read_secret_text(vars, password, &format!("{path}.password"))?;
        if name.as_ref().is_some_and(|name| name.contains(&b':')) {
            let hint = "use another user name (RFC 7617 §2)";
            return Err(SpecError::new(name_path, "the user name contains a colon", hint));
        }
        let expected = name.zip(password).map(|(name, password)| {
            SecretBytes::new([name.as_slice(), b":", password.as_slice()].concat())
        });
        Ok(Self { header: AUTHORIZATION, is_basic: true, expected })
    }

    pub(super) fn header(
        name: &str,
        value: &str,
        path: &str,
        vars: &ReportVars<'_>,
    ) -> Result<Self, SpecError> {
        let header = header_name(name, &format!("{path}.name"))?;
        let value = read_secret_text(vars, value, &format!("{path}.value"))?;
        let expected = value.map(|value| SecretBytes::new(value.to_vec()));
        Ok(Self { header, is_basic: false, expected })
    }

    pub(super) fn verify(&self, request: &IncomingReport<'_>) -> Result<(), ReportRejection> {
        let found = request.header(&self.header)?;
        let found = match self.is_basic {
            true => SecretBytes::new(credentials(found).ok_or(ReportRejection::Malformed)?),
            false => SecretBytes::new(found),
        };
        // Compared in constant time.
        if self.expected.as_ref() == Some(&found) {
            Ok(())
        } else {
            Err(ReportRejection::Signature)
        }
    }

    /// Writes the credentials into a request. Returns `None` if they are not legal there.
    pub(super) fn sign(
        &self,
        request: &mut OutgoingReport,
        parts: &SigningParts<'_>,
    ) -> Option<()> {
        let mut value = self.expected.as_ref()?.expose().to_vec();
        if parts.is_forged {
            value.push(b'0');
        }
        if self.is_basic {
            value = format!("Basic {}", BASE64.encode(&value)).into_bytes();
        }
        request.headers.insert(self.header.clone(), HeaderValue::from_bytes(&value).ok()?);
        Some(())
    }
}

/// Returns the user name and the password, with a colon between them.
fn credentials(header: &[u8]) -> Option<Vec<u8>> {
    let (scheme, encoded) = header.split_at_checked("Basic ".len())?;
    // The names of schemes are compared without regard to case (RFC 9110 §11.1).
    if !scheme.eq_ignore_ascii_case(b"Basic ") {
        return None;
    }
    BASE64.decode(encoded.trim_ascii()).ok()
}
