//! Keys and credentials that are made of variables.

use zeroize::Zeroizing;

use super::text::ReportText;
use super::vars::ReportVars;
use crate::gateway::error::SpecError;
use crate::gateway::spec::ReportKey;
use crate::mac_key::HashFunction;
use crate::secret::decode_base64;

/// Reads a secret text. Returns `None` without values.
pub(super) fn read_secret_text(
    vars: &ReportVars<'_>,
    text: &str,
    path: &str,
) -> Result<Option<Zeroizing<Vec<u8>>>, SpecError> {
    let text = ReportText::compile(text, path, vars)?;
    if !text.has_variable() {
        let hint = "declare it under `[vars]` as { secret = true }";
        return Err(SpecError::new(path, "the secret is written in the spec", hint));
    }
    render(vars, &text, path)
}

/// Reads a text that may be in the spec itself.
pub(super) fn read_text(
    vars: &ReportVars<'_>,
    text: &str,
    path: &str,
) -> Result<Option<Zeroizing<Vec<u8>>>, SpecError> {
    let text = ReportText::compile(text, path, vars)?;
    render(vars, &text, path)
}

fn render(
    vars: &ReportVars<'_>,
    text: &ReportText,
    path: &str,
) -> Result<Option<Zeroizing<Vec<u8>>>, SpecError> {
    let Some(bytes) = text.fixed() else {
        let hint = "use variables of `[vars]`";
        return Err(SpecError::new(path, "it contains a part of the request", hint));
    };
    Ok(Some(bytes).filter(|_| vars.is_complete()))
}

/// Reads a key. A secret key must come from a variable. Returns `None` without values.
pub(super) fn read_key(
    vars: &ReportVars<'_>,
    key: &ReportKey,
    path: &str,
    is_secret: bool,
) -> Result<Option<Zeroizing<Vec<u8>>>, SpecError> {
    let (text, strip) = match key {
        ReportKey::Base64 { text, strip } => (text, strip.as_deref()),
        ReportKey::Sha256 { strip: Some(_), .. } => {
            let hint = "remove it, or write the key as { base64 = … }";
            return Err(SpecError::new(path, "`strip` is for keys in base64", hint));
        }
        ReportKey::Sha256 { text, .. } | ReportKey::Text(text) => (text, None),
    };
    let bytes =
        if is_secret { read_secret_text(vars, text, path)? } else { read_text(vars, text, path)? };
    let Some(bytes) = bytes else { return Ok(None) };
    let bytes = match key {
        ReportKey::Base64 { .. } => {
            let refuse = || SpecError::new(path, "the key is not base64", "copy all of it");
            let text = std::str::from_utf8(&bytes).map_err(|_| refuse())?;
            let text = strip.and_then(|strip| text.strip_prefix(strip)).unwrap_or(text);
            let decoded = decode_base64(text).ok_or_else(refuse)?;
            Zeroizing::new(decoded.expose().to_vec())
        }
        ReportKey::Sha256 { .. } => Zeroizing::new(HashFunction::Sha256.digest(&bytes)),
        ReportKey::Text(_) => bytes,
    };
    if bytes.is_empty() {
        return Err(SpecError::new(path, "the key is empty", "copy it from the gateway"));
    }
    Ok(Some(bytes))
}
