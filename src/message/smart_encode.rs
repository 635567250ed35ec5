use alloc::borrow::Cow;
use alloc::string::String;

use super::message::Message;
use super::segments::{Segments, typographic};
use crate::gsm7::gsm7_septets;

/// Replaces the typographic characters of a text with characters of the GSM alphabet, which can
/// halve the number of segments.
///
/// Typographic characters are those that word processors insert: curly quotes, long dashes,
/// non-breaking and invisible spaces, ellipses and bullets. Letters of any alphabet stay as they
/// are.
///
/// The text changes only if all of it is in the GSM alphabet afterwards. Otherwise it stays UCS-2
/// and is returned unchanged. This function is never called automatically. Do not use it for a text
/// that is registered with a regulator, as in India: such a text must be sent exactly as
/// registered.
///
/// # Examples
///
/// ```
/// use otpost::message::{Segments, smart_encode};
///
/// let written = "Don\u{2019}t share 123456 \u{2013} it\u{2019}s your code\u{2026}";
/// let sent = smart_encode(written);
/// assert_eq!(sent, "Don't share 123456 - it's your code...");
/// assert_eq!(Segments::of(&sent).encoding.as_str(), "gsm7");
///
/// // The letter ç is outside the alphabet, so the text stays UCS-2 and does not change.
/// assert_eq!(smart_encode("Ça \u{2013} ça"), "Ça \u{2013} ça");
/// ```
#[doc(alias = "transliterate")]
#[must_use]
pub fn smart_encode(text: &str) -> Cow<'_, str> {
    let mut non_gsm_characters = Segments::non_gsm_characters(text).peekable();
    let helps = non_gsm_characters.peek().is_some()
        && non_gsm_characters.all(|c| typographic(c.character).is_some());
    if !helps {
        return text.into();
    }
    let mut plain = String::with_capacity(text.len());
    for c in text.chars() {
        match typographic(c).filter(|_| gsm7_septets(c).is_none()) {
            Some(other) => plain.push_str(other),
            None => plain.push(c),
        }
    }
    plain.into()
}

impl Message {
    /// Applies [`smart_encode`] to the text. The text of a [registered](Self::is_registered)
    /// message does not change.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::{Message, PhoneNumber};
    ///
    /// let to = PhoneNumber::parse("+41791234567")?;
    /// let message = Message::new(to, "Don\u{2019}t share 123456.")?.with_smart_encoding();
    /// assert_eq!(message.text().expose(), "Don't share 123456.");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_smart_encoding(self) -> Self {
        if self.is_registered() {
            return self;
        }
        match smart_encode(self.text().expose()) {
            Cow::Borrowed(_) => self,
            Cow::Owned(plain) => self.with_text(plain.into()),
        }
    }
}
