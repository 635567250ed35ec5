//! The encodings in which keys are configured.

use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};
use zeroize::Zeroizing;

use crate::gateway::request::render_error::RenderError;
use crate::gateway::spec::MacEncoding;

/// Decodes a key. The error names the path and contains nothing of the key.
pub(super) fn decode_key(
    text: &str,
    encoding: MacEncoding,
    path: &str,
) -> Result<Zeroizing<Vec<u8>>, RenderError> {
    let refuse = |problem: &str| RenderError::new(path, problem);
    let bytes = match encoding {
        MacEncoding::Base64 => {
            BASE64.decode(text.as_bytes()).map_err(|_| refuse("the key is not base64"))?
        }
        MacEncoding::Hex => HEXLOWER_PERMISSIVE
            .decode(text.as_bytes())
            .map_err(|_| refuse("the key is not hexadecimal"))?,
        MacEncoding::Text => text.as_bytes().to_vec(),
    };
    if bytes.is_empty() {
        return Err(refuse("the key is empty"));
    }
    Ok(Zeroizing::new(bytes))
}
