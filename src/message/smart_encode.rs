use alloc::borrow::Cow;
use alloc::string::String;

use super::message::Message;
use super::segments::{Segments, typographic};
use crate::template::gsm7_septets;

/// The text with what a word processor has put into it taken out again: curly quotes, long dashes, hard and invisible blanks,
/// dots in one character. Letters stay as they are, whatever alphabet they are of.
///
/// It does so only where the text then is in the GSM alphabet, and so gets cheaper: a text that stays UCS-2 keeps its quotes. Nothing calls it by
/// itself. A text that is registered with a regulator, as with India's DLT, has to stay letter for letter.
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
/// // With a letter outside of the alphabet there is nothing to win.
/// assert_eq!(smart_encode("Ça \u{2013} ça"), "Ça \u{2013} ça");
/// ```
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
    /// With [`smart_encode`] applied to its text, unless that is [registered](Self::is_registered) and has to stay as it is.
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
