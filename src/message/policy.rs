use alloc::format;

use super::segments::{NonGsmCharacter, Segments};

/// How many parts a text may take, and be charged for.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use otpost::Digits;
/// use otpost::message::{SegmentPolicy, TextTemplate};
///
/// let one = SegmentPolicy::at_most(1);
///
/// // When a template is registered: no code makes it longer than this.
/// let template = TextTemplate::parse("{{code}} is your Acme code for {{minutes}} minutes.")?;
/// let longest = template.longest(Digits::Eight, Duration::from_secs(600))?;
/// assert_eq!(one.check(longest.expose())?.parts, 1);
///
/// // A dash that a word processor has made.
/// let long = "123456 is your code \u{2013} it is for you alone. We shall never ask you for it by phone.";
/// let refused = one.check(long).unwrap_err();
/// assert_eq!(
///     refused.to_string(),
///     "the text takes 2 parts, and may take 1; U+2013 at byte 20: write `-`",
/// );
///
/// // Sent, but somebody should know.
/// let warning = SegmentPolicy::at_most(3).warning_above(1);
/// assert_eq!(warning.check(long)?.parts, 2);
/// assert_eq!(warning.warn(long), Some(refused));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentPolicy {
    most: usize,
    /// Above this a text is worth a warning.
    quiet: usize,
}

impl SegmentPolicy {
    /// At most so many parts, and at least one.
    #[must_use]
    pub const fn at_most(parts: usize) -> Self {
        let most = if parts == 0 { 1 } else { parts };
        Self { most, quiet: most }
    }

    /// Above so many parts with a warning; none unless said.
    #[must_use]
    pub const fn warning_above(mut self, parts: usize) -> Self {
        self.quiet = if parts == 0 { 1 } else { parts };
        self
    }

    /// Counts a text.
    ///
    /// # Errors
    ///
    /// [`TooManyParts`] with the character to blame, where one makes the text longer than it would be.
    pub fn check(self, text: &str) -> Result<Segments, TooManyParts> {
        over(text, self.most)
    }

    /// What to warn of; `None` when the text is short enough. A text that is refused is worth a warning as well.
    #[must_use]
    pub fn warn(self, text: &str) -> Option<TooManyParts> {
        over(text, self.quiet.min(self.most)).err()
    }
}

fn over(text: &str, most: usize) -> Result<Segments, TooManyParts> {
    let segments = Segments::of(text);
    if segments.parts <= most {
        return Ok(segments);
    }
    Err(TooManyParts { segments, most, culprit: Segments::non_gsm_characters(text).next() })
}

/// A text takes more parts than it may, or than it takes without a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the text takes {} parts, and may take {most}{}",
    segments.parts,
    culprit.map(|culprit| format!("; {culprit}")).unwrap_or_default()
)]
#[non_exhaustive]
pub struct TooManyParts {
    /// What the text takes.
    pub segments: Segments,
    /// What it may take.
    pub most: usize,
    /// The first character that makes it UCS-2, if one does.
    pub culprit: Option<NonGsmCharacter>,
}
