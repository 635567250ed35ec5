use std::ops::Deref;

use zeroize::Zeroizing;

use super::render_error::RenderError;
use super::value::ValueTemplate;
use crate::gateway::spec::{Charset, RequestSpec};
use crate::gsm7::gsm7_bytes;
use crate::percent;
use crate::wiped::Wiped;

/// The charset that converts values to bytes, before any percent encoding.
#[derive(Clone, Copy, Debug)]
pub(in crate::gateway) struct TextEncoding {
    pub(in crate::gateway) charset: Charset,
    pub(in crate::gateway) replacement: Option<char>,
}

/// The bytes of a value. A copy is wiped on drop.
pub(in crate::gateway) enum Encoded<'v> {
    Borrowed(&'v [u8]),
    Own(Zeroizing<Vec<u8>>),
}

impl Deref for Encoded<'_> {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match self {
            Self::Borrowed(bytes) => bytes,
            Self::Own(bytes) => bytes,
        }
    }
}

impl TextEncoding {
    pub(in crate::gateway) const fn of(request: &RequestSpec) -> Self {
        Self { charset: request.charset, replacement: request.replacement }
    }

    /// Returns the bytes of a value. A character that the charset does not contain is replaced, or
    /// is an error if there is no replacement.
    pub(in crate::gateway) fn encode<'v>(
        self,
        value: &'v str,
        leaf: &ValueTemplate,
    ) -> Result<Encoded<'v>, RenderError> {
        // With the hexadecimal charset, a filter has already converted the text to ASCII.
        let is_utf8 = match self.charset {
            Charset::Gsm7 => !leaf.holds_text,
            Charset::Latin1 => value.is_ascii(),
            Charset::Utf8 | Charset::Utf16BeHex => true,
        };
        if is_utf8 {
            return Ok(Encoded::Borrowed(value.as_bytes()));
        }
        // Replace characters only in the text: a password with a replaced character is another
        // password.
        let replacement = self.replacement.filter(|_| leaf.holds_text);
        // Reserve enough memory: in every charset, a character of one UTF-8 byte takes at most two
        // bytes, and other characters take at most as many as in UTF-8.
        let mut bytes = Zeroizing::new(Vec::with_capacity(value.len().saturating_mul(2)));
        for c in value.chars() {
            let mut candidates = [Some(c), replacement].into_iter().flatten();
            let known = match self.charset {
                Charset::Gsm7 => candidates.find_map(gsm7_bytes).map(|units| bytes.extend(units)),
                _ => candidates
                    .find_map(|c| u8::try_from(u32::from(c)).ok())
                    .map(|byte| bytes.push(byte)),
            };
            known.ok_or_else(|| {
                RenderError::new(leaf.path(), "a character is not in the charset")
            })?;
        }
        Ok(Encoded::Own(bytes))
    }

    /// Returns the bytes of escaped markup. A character that the charset does not contain becomes a
    /// character reference.
    pub(in crate::gateway) fn markup(self, text: &str) -> Encoded<'_> {
        if self.charset != Charset::Latin1 || text.is_ascii() {
            return Encoded::Borrowed(text.as_bytes());
        }
        let references = text.chars().filter(|c| u32::from(*c) > 0xff).count();
        // `&#1114111;` is the longest.
        let room = text.len().saturating_add(references.saturating_mul(10));
        let mut bytes = Zeroizing::new(Vec::with_capacity(room));
        for c in text.chars() {
            match u8::try_from(u32::from(c)) {
                Ok(byte) => bytes.push(byte),
                // In texts and attribute values, a parser resolves the reference to the character.
                Err(_) => bytes.extend(format!("&#{};", u32::from(c)).into_bytes()),
            }
        }
        Encoded::Own(bytes)
    }
}

/// Percent-encodes a value for a path or a query. A space becomes `%20`, not `+`: every server
/// decodes it in every part of the URL.
pub(in crate::gateway) fn percent_encode(out: &mut Wiped, bytes: &[u8]) {
    for piece in percent::percent_encode(bytes, percent::RESERVED) {
        out.extend_from_slice(piece.as_bytes());
    }
}

/// Encodes a name or value of a form (WHATWG URL §5.2): a space becomes `+`, and `*-._` are not
/// encoded.
pub(in crate::gateway) fn form_encode(out: &mut Wiped, bytes: &[u8]) {
    out.reserve(bytes.len());
    for piece in form_urlencoded::byte_serialize(bytes) {
        out.extend_from_slice(piece.as_bytes());
    }
}
