use crate::pasted::CodePoint;

/// The reason why a text is not a phone number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PhoneNumberError {
    /// A character that phone numbers do not contain, such as a letter, or the plus or comma of a
    /// second number.
    #[error(
        "invalid phone number: unexpected character {} at position {position}: expected \"+\" and digits, and a single number",
        CodePoint(*character)
    )]
    Character {
        /// The character.
        character: char,
        /// The position, which counts the characters of the text from 1.
        position: usize,
    },
    /// The country calling code begins with a zero.
    #[error("invalid phone number: expected a country calling code that does not begin with 0")]
    LeadingZero,
    /// The number has fewer than 7 or more than 15 digits.
    #[error("invalid phone number: expected 7 to 15 digits (E.164)")]
    Length,
    /// The number does not begin with a plus.
    #[error("invalid phone number: expected \"+\" and the country calling code first (E.164)")]
    NoPlus,
    /// The text has more than 256 bytes.
    #[error("invalid phone number: expected a text of at most 256 bytes")]
    TooLong,
    /// The number contains a trunk prefix, such as a 0, which is dialled only within the country,
    /// and it is unclear which number remains without it.
    #[error(
        "invalid phone number: leave out the trunk prefix after the calling code, such as 0, which is dialled only within the country"
    )]
    TrunkPrefix,
    /// No numbering plan contains the number: its first digits or its length are wrong.
    /// [`PhoneNumber::parse`](super::PhoneNumber::parse) checks the form only.
    #[error("unassigned phone number: no numbering plan contains it")]
    Unassigned,
}
