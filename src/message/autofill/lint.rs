use alloc::vec::Vec;

use super::{Autofill, OriginBound};
use crate::message::Segments;
use crate::otp::Code;

/// Why a message is not filled in, or costs more than it has to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AutofillWarning {
    /// The code of the last line is not that of the challenge.
    #[error("the last line has another code")]
    Code,
    /// The code is not in the first line, where a phone shows it without being unlocked.
    #[error("the first line does not have the code")]
    FirstLine,
    /// The last line is for another host.
    #[error("the last line is for another host")]
    Host,
    /// There is none that a browser reads.
    #[error("the last line is not `@host #code`; is there a footer below it, or a line break?")]
    NoTail,
    /// With the last line the text takes one part more than without it.
    #[error("the last line makes one part more of the text")]
    Segment,
}

impl Autofill {
    /// What is wrong with a message for this host and code. A gateway may have changed it: look at what arrived on a phone.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::message::{Autofill, AutofillWarning};
    /// use otpost::Code;
    ///
    /// let (autofill, code) = (Autofill::new("acme.example")?, Code::parse("123456")?);
    /// assert_eq!(autofill.lint("123456 is your code.\n\n@acme.example #123456", &code), []);
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
        match read {
            None => warnings.push(AutofillWarning::NoTail),
            Some(read) => {
                let is_host = read.host() == self.host()
                    && (read.embedded() == self.embedded() || read.embedded().is_none());
                if !is_host {
                    warnings.push(AutofillWarning::Host);
                }
                // Both are there for whoever reads the message; the comparison tells nobody anything.
                if read.expose_code() != code.expose() {
                    warnings.push(AutofillWarning::Code);
                }
            }
        }
        let first = message.lines().next().unwrap_or_default();
        if !first.contains(code.expose()) {
            warnings.push(AutofillWarning::FirstLine);
        }
        let body = message.trim_end().rsplit_once('\n').map_or("", |(body, _)| body.trim_end());
        if read.is_some() && Segments::of(message).parts > Segments::of(body).parts {
            warnings.push(AutofillWarning::Segment);
        }
        warnings
    }
}
