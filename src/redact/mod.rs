//! Redaction of texts from other systems: finds and masks secrets, however they are encoded.

mod decode;
mod digits;
mod forms;
mod words;

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;
use core::ops::Range;

use zeroize::Zeroizing;

use decode::decode;
use digits::Numbers;
use words::Runs;

/// The minimum length of a secret, in characters. Shorter texts occur everywhere by chance.
const MIN_LENGTH: usize = 4;
/// The maximum number of numbers of a text that are searched in each encoding. All numbers are
/// found by their digits.
const MAX_CODES: usize = 16;
const MASK: &str = "***";

/// A redactor that masks secrets, codes, message texts and phone numbers in a text.
///
/// It finds them in each form in which they appear in a request or a response: as they are,
/// percent-encoded with `%20` or `+`, escaped for JSON or XML, in hexadecimal, and in base64. In
/// base64 it also finds them as part of a longer text and as `user:password`.
///
/// A code or phone number is found by its digits alone. There may be blanks, hyphens, dots or
/// invisible characters between them. The digits may be of any script, and some or all of them may
/// be written as `%30`, `&#48;`, `&#x30;` or `\u0030`.
///
/// The library's own outputs never contain these values. Use the redactor for texts from elsewhere,
/// such as the error message of a gateway or the page of a proxy.
///
/// # Examples
///
/// ```
/// use otpost::redact::Redactor;
///
/// let redactor = Redactor::new().with_secret("s3cr3t pass").with_login("acme", "s3cr3t pass");
/// assert_eq!(redactor.redact("bad password `s3cr3t+pass`"), "bad password `***`");
/// let header = "Authorization: Basic YWNtZTpzM2NyM3QgcGFzcw==";
/// assert_eq!(redactor.redact(header), "Authorization: Basic ***");
/// assert_eq!(redactor.redact("no credit"), "no credit");
///
/// let redactor = Redactor::new().with_secret("012345").with_text("012345 is your code at Acme");
/// assert_eq!(redactor.redact("blocked: 01-23.45"), "blocked: ***");
/// let escaped = "not sent: &quot;is your code at&quot;";
/// assert_eq!(redactor.redact(escaped), "not sent: &quot;***&quot;");
/// assert_eq!(redactor.redact("your code is not valid"), "your code is not valid");
/// ```
///
/// # Security
///
/// Values with fewer than four characters or digits are not searched, because they occur everywhere
/// by chance. A number that happens to contain the digits of a code is masked as well. Neither
/// `Debug` nor an error shows the values, and they are wiped on drop.
#[doc(alias = "mask")]
#[doc(alias = "sanitize")]
#[doc(alias = "scrub")]
#[derive(Clone, Default)]
pub struct Redactor {
    /// All forms, the longest first, so that the longest match is masked and not a part of it.
    needles: Vec<Zeroizing<String>>,
    numbers: Numbers,
    runs: Runs,
}

impl Redactor {
    /// Creates a redactor that finds nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a secret or a code to find, as a whole and in each form. For the text of a message, use
    /// [`with_text`](Self::with_text), which also finds parts of it.
    #[must_use]
    pub fn with_secret(mut self, secret: &str) -> Self {
        self.add(secret);
        self
    }

    /// Adds a user and a password to find: joined as in Basic authentication, and the password
    /// alone.
    #[must_use]
    pub fn with_login(mut self, user: &str, password: &str) -> Self {
        self.add(&Zeroizing::new(format!("{user}:{password}")));
        self.add(password);
        self
    }

    /// Adds a phone number in E.164 form to find: with its plus, without it, and with `00`.
    #[must_use]
    pub fn with_number(mut self, e164: &str) -> Self {
        let digits = e164.trim_start_matches('+');
        self.add(&format!("+{digits}"));
        self.add(&format!("00{digits}"));
        self.add(digits);
        self
    }

    /// Adds the text of a message to find.
    ///
    /// It is found as a whole in each form, by any three consecutive words, and by its numbers of
    /// four and more digits, one of which may be a code. Fewer words are not masked, because
    /// gateways write "your code" themselves.
    #[must_use]
    pub fn with_text(mut self, text: &str) -> Self {
        self.add(text);
        self.runs.add(&decode(text));
        // `rows` finds a code that stands alone, and `groups` one that is written as `012-345`. A
        // group may also join a code and another number, so neither is enough.
        let rows = text.split(|c: char| !c.is_ascii_digit());
        let groups = text.split(|c: char| !matches!(c, '0'..='9' | ' ' | '-'));
        for (at, group) in rows.chain(groups).filter(|group| digits::is_long(group)).enumerate() {
            // Texts of messages have one or two numbers. Searching for hundreds in each form would
            // only cost time.
            if at < MAX_CODES {
                self.add(&Zeroizing::new(group.replace([' ', '-'], "")));
            }
            self.numbers.add(group);
        }
        self
    }

    /// Returns the text with `***` in place of everything that was found.
    #[must_use]
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut redacted = Cow::Borrowed(text);
        for needle in &self.needles {
            if redacted.contains(needle.as_str()) {
                redacted = redacted.replace(needle.as_str(), MASK).into();
            }
        }
        // After the replacements, because the ranges are positions in the text as it is now.
        let ranges = self.ranges(&redacted);
        if ranges.is_empty() {
            return redacted;
        }
        let mut masked = String::with_capacity(redacted.len());
        let mut at = 0;
        for Range { start, end } in ranges {
            // The ranges are in order, do not overlap and end at characters, so each slice exists.
            masked.push_str(redacted.get(at..start).unwrap_or_default());
            masked.push_str(MASK);
            at = end;
        }
        masked.push_str(redacted.get(at..).unwrap_or_default());
        masked.into()
    }

    /// Returns `true` if the text contains one of the values.
    #[must_use]
    pub fn finds(&self, text: &str) -> bool {
        self.needles.iter().any(|needle| text.contains(needle.as_str()))
            || !self.ranges(text).is_empty()
    }

    /// Returns the ranges of numbers and runs of words, in order. Overlapping and adjacent ranges
    /// are merged.
    fn ranges(&self, text: &str) -> Vec<Range<usize>> {
        let decoded = decode(text);
        let mut found = self.numbers.find(&decoded);
        found.extend(self.runs.find(&decoded));
        found.sort_unstable_by_key(|range| (range.start, range.end));
        let mut ranges: Vec<Range<usize>> = Vec::new();
        for range in found {
            // Sorted by their starts, so a range can only touch the last one of the result.
            match ranges.last_mut().filter(|last| range.start <= last.end) {
                Some(last) => last.end = last.end.max(range.end),
                None => ranges.push(range),
            }
        }
        ranges
    }

    fn add(&mut self, secret: &str) {
        if secret.chars().count() < MIN_LENGTH {
            return;
        }
        self.numbers.add(secret);
        let forms = forms::all(secret).into_iter().map(Zeroizing::new);
        self.needles.extend(forms.filter(|form| form.len() >= MIN_LENGTH));
        self.needles.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        self.needles.dedup();
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor").finish_non_exhaustive()
    }
}
