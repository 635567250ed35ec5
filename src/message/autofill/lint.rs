use alloc::vec::Vec;

use super::{Autofill, OriginBound};
use crate::message::Segments;
use crate::message::numbers;
use crate::otp::Code;

/// A reason why the code of a message is not filled in, or why the message costs more than
/// necessary.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AutofillWarning {
    /// The code of the last line, or of an `@host #code` in the text that Chromium reads instead,
    /// is not the code of the challenge.
    #[error("the last line, or an `@host #code` above it, contains a different code")]
    Code,
    /// The code does not stand alone in the first line, which a locked phone shows.
    #[error("the first line does not contain the code")]
    FirstLine,
    /// The last line, or an `@host #code` in the text that Chromium reads instead, is for another
    /// host.
    #[error("the last line, or an `@host #code` above it, is for another host")]
    Host,
    /// The last line is not one that browsers read.
    #[error("the last line is not `@host #code`; is there a footer below it, or a line break?")]
    NoTail,
    /// A number of 4 to 10 digits stands before the code. Phones that do not read the last line may
    /// offer that number as the code.
    #[error("a number of 4 to 10 digits stands before the code: write the code first")]
    OtherNumber,
    /// The text takes more segments with the last line than without it.
    #[error("the text takes more segments with the last line than without it")]
    Segment,
}

impl Autofill {
    /// Returns the problems of a message for this host and code. Gateways can change a message, so
    /// check the text that arrived on a phone.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::message::{Autofill, AutofillWarning};
    /// use otpost::Code;
    ///
    /// let (autofill, code) = (Autofill::new("acme.example")?, Code::parse("123456")?);
    /// let good = "123456 is your code.\n\n@acme.example #123456";
    /// assert_eq!(autofill.lint(good, &code), []);
    /// assert_eq!(
    ///     autofill.lint("Your code:\n123456\n\n@evil.example #123456", &code),
    ///     [AutofillWarning::Host, AutofillWarning::FirstLine],
    /// );
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn lint(&self, message: &str, code: &Code) -> Vec<AutofillWarning> {
        let mut warnings = Vec::new();
        let read = OriginBound::parse(message);
        if read.is_none() {
            warnings.push(AutofillWarning::NoTail);
        }
        // Without a last line, Chromium can still find an `@host #code` in the text.
        let (chromium, apple) =
            (OriginBound::parse_chromium(message), OriginBound::parse_apple(message));
        let found = [read, chromium, apple];
        let found = || found.iter().flatten();
        // Each reads one style of an embedded host, so a missing one is not a problem.
        let is_host = |read: &OriginBound<'_>| {
            read.host() == self.host()
                && (read.embedded() == self.embedded() || read.embedded().is_none())
        };
        if !found().all(is_host) {
            warnings.push(AutofillWarning::Host);
        }
        // This comparison need not take constant time: the caller knows both values.
        if !found().all(|read| read.expose_code() == code.expose()) {
            warnings.push(AutofillWarning::Code);
        }
        let first = message.lines().next().unwrap_or_default();
        if numbers::find_code(first, code.expose()).is_none() {
            warnings.push(AutofillWarning::FirstLine);
        }
        let place = numbers::find_code(message, code.expose()).unwrap_or(message.len());
        let mut before = numbers::all(message).take_while(|(position, _)| *position < place);
        if before.any(|(_, number)| (4..=10).contains(&number.chars().count())) {
            warnings.push(AutofillWarning::OtherNumber);
        }
        // The text without its last line and the empty line above it, as before `compose`.
        let body = message.trim_end().rsplit_once('\n').map_or("", |(body, _)| body.trim_end());
        if read.is_some() && Segments::of(message).count > Segments::of(body).count {
            warnings.push(AutofillWarning::Segment);
        }
        warnings
    }
}
