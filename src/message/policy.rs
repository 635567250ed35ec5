use alloc::format;

use super::segments::{NonGsmCharacter, Segments};

/// A limit on the number of segments of a text. Gateways charge for each segment.
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
/// // At startup: the longest text of the template must fit into one segment.
/// let text = "{{code}} is your Acme code for {{minutes}} minutes.";
/// let template = TextTemplate::parse(text)?;
/// let longest = template.longest(Digits::Eight, Duration::from_secs(600))?;
/// assert_eq!(one.check(longest.expose())?.count, 1);
///
/// // A dash from a word processor makes the text UCS-2.
/// let long = "123456 is your code \u{2013} it is for you alone. \
///     We shall never ask you for it by phone.";
/// let refused = one.check(long).unwrap_err();
/// assert_eq!(
///     refused.to_string(),
///     "the text takes 2 segments, but the limit is 1; U+2013 at byte 20: write `-`",
/// );
///
/// // Up to three segments are allowed, with a warning above one.
/// let warning = SegmentPolicy::at_most(3).with_warning_above(1);
/// assert_eq!(warning.check(long)?.count, 2);
/// assert_eq!(warning.warn(long), Some(refused));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SegmentPolicy {
    /// The maximum number of segments.
    most: usize,
    /// The number of segments above which there is a warning.
    quiet: usize,
}

impl SegmentPolicy {
    /// Creates a policy that allows this number of segments. Zero counts as 1.
    #[must_use]
    pub const fn at_most(count: usize) -> Self {
        let most = if count == 0 { 1 } else { count };
        Self { most, quiet: most }
    }

    /// Sets the number of segments above which [`warn`](Self::warn) returns a warning. Defaults to
    /// the maximum. Zero counts as 1.
    #[must_use]
    pub const fn with_warning_above(mut self, count: usize) -> Self {
        self.quiet = if count == 0 { 1 } else { count };
        self
    }

    /// Counts the segments of a text and checks the limit.
    ///
    /// # Errors
    ///
    /// [`TooManySegments`] if the text takes more segments than allowed. It names the first
    /// character that makes the text UCS-2, if there is one.
    pub fn check(self, text: &str) -> Result<Segments, TooManySegments> {
        over(text, self.most)
    }

    /// Returns a warning if the text takes more segments than it should, and `None` otherwise. A
    /// text that [`check`](Self::check) refuses also gets a warning.
    #[must_use]
    pub fn warn(self, text: &str) -> Option<TooManySegments> {
        over(text, self.quiet.min(self.most)).err()
    }
}

fn over(text: &str, most: usize) -> Result<Segments, TooManySegments> {
    let segments = Segments::of(text);
    if segments.count <= most {
        return Ok(segments);
    }
    Err(TooManySegments { segments, most, culprit: Segments::non_gsm_characters(text).next() })
}

/// An error or a warning for a text that takes too many segments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the text takes {} segments, but the limit is {most}{}",
    segments.count,
    culprit.map(|culprit| format!("; {culprit}")).unwrap_or_default()
)]
#[non_exhaustive]
pub struct TooManySegments {
    /// The segments that the text takes.
    pub segments: Segments,
    /// The limit on the number of segments.
    pub most: usize,
    /// The first character that makes the text UCS-2, if there is one.
    pub culprit: Option<NonGsmCharacter>,
}
