//! The values of a sample that a command does not have.

use crate::coding::decode_form;
use crate::role::Content;
use crate::sample::Sample;

/// The values that placeholders of documentation have to stand for, because the command has no
/// example of them.
///
/// In `to=12025550123&callback={phone}`, the number is known, and `{phone}` is another one.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SampleNeeds {
    number: bool,
    text: bool,
}

impl SampleNeeds {
    /// Every value: for a second attempt.
    pub(crate) const ALL: Self = Self { number: true, text: true };

    pub(crate) fn of(words: &[Vec<u8>], sample: &Sample) -> Self {
        let decoded: Vec<String> = words
            .iter()
            .map(|word| String::from_utf8_lossy(&decode_form(word)).into_owned())
            .collect();
        let digits = |text: &String| text.chars().filter(char::is_ascii_digit).collect::<String>();
        let national = sample.to.national_number();
        let has_number = decoded.iter().any(|text| digits(text).contains(national));
        let text = sample.text.expose();
        let is_text = |word: &String| !text.is_empty() && word.contains(text);
        let code = sample.code.as_ref().map(|code| code.expose());
        let is_code = |word: &String| code.is_some_and(|code| word.contains(code));
        let has_text = decoded.iter().any(|word| is_text(word) || is_code(word));
        Self { number: !has_number, text: !has_text }
    }

    /// Returns `true` if a placeholder on its own can stand for this value.
    pub(crate) const fn accepts(self, content: Content) -> bool {
        match content {
            Content::CallingCode => false,
            // A command can have the code apart from the text.
            Content::Code | Content::Other => true,
            Content::Number => self.number,
            Content::Text => self.text,
        }
    }

    /// Returns `true` if the message cannot be sent without this value.
    pub(crate) const fn requires(self, content: Content) -> bool {
        match content {
            Content::CallingCode | Content::Other => false,
            Content::Number => self.number,
            Content::Code | Content::Text => self.text,
        }
    }
}
