use std::borrow::Cow;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::gateway::request::charset::TextEncoding;
use crate::gateway::request::masked::MaskedBytes;
use crate::gateway::request::pair::CompiledPair;
use crate::gateway::request::render_error::RenderError;
use crate::gateway::request::scratch::Scratch;
use crate::gateway::request::values::Values;

/// A compiled `multipart/form-data` body (RFC 7578). Fields are not encoded, but separated by a
/// boundary that no field contains.
#[derive(Clone, Debug)]
pub(in crate::gateway) struct MultipartPlan(Vec<MultipartField>);

#[derive(Clone, Debug)]
struct MultipartField {
    // The header of the part. It begins with the line break that ends the boundary line.
    head: String,
    pair: CompiledPair,
}

impl MultipartPlan {
    pub(super) fn compile(pairs: Vec<CompiledPair>) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|pair| {
                    let name = escape(&pair.name);
                    let head =
                        format!("\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
                    MultipartField { head, pair }
                })
                .collect(),
        )
    }

    /// Returns an error if a value is the same for each message and does not fit its place.
    pub(super) fn check_fixed(
        &self,
        values: &Values<'_>,
        encoding: TextEncoding,
    ) -> Result<(), RenderError> {
        for MultipartField { pair, .. } in self.0.iter().filter(|field| field.pair.value.is_fixed())
        {
            if let Some(text) = pair.value.render(values, &mut Scratch::default())? {
                encoding.encode(&text, &pair.value)?;
            }
        }
        Ok(())
    }

    pub(super) fn render(
        &self,
        values: &Values<'_>,
        encoding: TextEncoding,
        scratch: &mut Scratch,
        body: &mut MaskedBytes,
    ) -> Result<(), RenderError> {
        let boundary = boundary(values);
        for MultipartField { head, pair } in &self.0 {
            let Some(text) = pair.value.render(values, scratch)? else { continue };
            // The boundary is derived from the message id. If an attacker could guess the id, a
            // value could end its field.
            if text.contains(&boundary) {
                let problem = "the value contains the boundary of the form";
                return Err(RenderError::new(pair.value.path(), problem));
            }
            let bytes = encoding.encode(&text, &pair.value)?;
            body.push(b"--");
            body.push(boundary.as_bytes());
            body.push(head.as_bytes());
            body.marked(pair.value.mark(), |out| out.extend_from_slice(&bytes));
            body.push(b"\r\n");
        }
        body.push(b"--");
        body.push(boundary.as_bytes());
        body.push(b"--\r\n");
        Ok(())
    }
}

/// Returns a boundary that no value contains: 128 bits that are unique to the message. It is a hash
/// of the message id, because a field may contain the id itself.
pub(in crate::gateway) fn boundary(values: &Values<'_>) -> String {
    // A request without a message is unique by its time.
    let id = values.message_id().map_or_else(|| values.nonce().into(), |id| Cow::from(id.as_str()));
    // The prefix separates this hash from other hashes of the same id.
    let hash = Sha256::new().chain_update(b"otpost boundary ").chain_update(&*id).finalize();
    let half = hash.get(..16).unwrap_or_default();
    format!("otpost-{}", HEXLOWER.encode(half))
}

/// Escapes a field name (WHATWG HTML, multipart/form-data encoding algorithm).
fn escape(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}
