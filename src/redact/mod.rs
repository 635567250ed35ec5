//! A last look at texts of others: whatever must not be shown is found in them, however it is encoded.

use alloc::borrow::{Cow, ToOwned};
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;
use core::fmt;

use data_encoding::{BASE64, BASE64URL, HEXLOWER, HEXUPPER};
use zeroize::Zeroizing;

/// What is shorter than this stands everywhere by chance.
const MIN_LENGTH: usize = 4;
const MASK: &str = "***";

/// Finds secrets, codes, texts and numbers in a text, in each form in which they come out of a request or an answer: as
/// they are, percent-encoded with `%20` or `+`, escaped for JSON or XML, in base64, also as part of it and as
/// `user:password`, and in hexadecimal.
///
/// Otpost's own outputs hold none of these to begin with. This is for what others wrote: a gateway's words, a proxy's page.
///
/// # Examples
///
/// ```
/// use otpost::redact::Redactor;
///
/// let redactor = Redactor::new().with_secret("s3cr3t pass").with_login("acme", "s3cr3t pass");
/// assert_eq!(redactor.redact("bad password `s3cr3t+pass`"), "bad password `***`");
/// assert_eq!(redactor.redact("Authorization: Basic YWNtZTpzM2NyM3QgcGFzcw=="), "Authorization: Basic ***");
/// assert_eq!(redactor.redact("no credit"), "no credit");
/// ```
///
/// # Security
///
/// What has fewer than four characters is not searched: it stands everywhere by chance. Neither `Debug` nor an error shows
/// what is searched, and it is wiped when dropped.
#[derive(Clone, Default)]
pub struct Redactor {
    /// All forms, the longest first, so that the whole is masked and not a part of it.
    needles: Vec<Zeroizing<String>>,
}

impl Redactor {
    /// A redactor that finds nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Finds a secret, a code or a text.
    #[must_use]
    pub fn with_secret(mut self, secret: &str) -> Self {
        self.add(secret);
        self
    }

    /// Finds user and password as Basic auth joins them, and the password alone.
    #[must_use]
    pub fn with_login(mut self, user: &str, password: &str) -> Self {
        self.add(&Zeroizing::new(format!("{user}:{password}")));
        self.add(password);
        self
    }

    /// Finds a phone number in E.164: with its plus, without, and behind `00`.
    #[must_use]
    pub fn with_number(mut self, e164: &str) -> Self {
        let digits = e164.trim_start_matches('+');
        self.add(&format!("+{digits}"));
        self.add(&format!("00{digits}"));
        self.add(digits);
        self
    }

    /// The text with `***` for all that was found.
    #[must_use]
    pub fn redact<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut redacted = Cow::Borrowed(text);
        for needle in &self.needles {
            if redacted.contains(needle.as_str()) {
                redacted = redacted.replace(needle.as_str(), MASK).into();
            }
        }
        redacted
    }

    /// Whether something is found.
    #[must_use]
    pub fn finds(&self, text: &str) -> bool {
        self.needles.iter().any(|needle| text.contains(needle.as_str()))
    }

    fn add(&mut self, secret: &str) {
        if secret.chars().count() < MIN_LENGTH {
            return;
        }
        let bytes = secret.as_bytes();
        let utf16: Vec<u8> = secret.encode_utf16().flat_map(u16::to_be_bytes).collect();
        let mut forms = vec![secret.to_owned()];
        for bytes in [bytes, &utf16] {
            forms.extend([HEXLOWER.encode(bytes), HEXUPPER.encode(bytes)]);
        }
        for upper in [true, false] {
            // RFC 3986, a browser's form, and what escapes everything that is no letter.
            forms.push(percent(bytes, b"-._~", false, upper));
            forms.push(percent(bytes, b"*-._", true, upper));
            forms.push(percent(bytes, b"", false, upper));
        }
        forms.push(json(secret, false));
        forms.push(json(secret, true));
        forms.push(xml(secret, false));
        forms.push(xml(secret, true));
        forms.extend(base64(bytes));
        let forms = forms.into_iter().map(Zeroizing::new);
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

fn percent(bytes: &[u8], kept: &[u8], plus: bool, upper: bool) -> String {
    let mut text = String::new();
    for byte in bytes {
        match byte {
            b' ' if plus => text.push('+'),
            byte if byte.is_ascii_alphanumeric() || kept.contains(byte) => {
                text.push(char::from(*byte));
            }
            byte if upper => text.push_str(&format!("%{byte:02X}")),
            byte => text.push_str(&format!("%{byte:02x}")),
        }
    }
    text
}

/// The inside of a JSON string (RFC 8259 §7); some writers escape all beyond ASCII, and the slash.
fn json(secret: &str, strict: bool) -> String {
    let mut text = String::new();
    for c in secret.chars() {
        match c {
            '"' => text.push_str("\\\""),
            '\\' => text.push_str("\\\\"),
            '/' if strict => text.push_str("\\/"),
            '\n' => text.push_str("\\n"),
            '\r' => text.push_str("\\r"),
            '\t' => text.push_str("\\t"),
            c if c.is_control() || (strict && !c.is_ascii()) => {
                let mut units = [0; 2];
                for unit in c.encode_utf16(&mut units) {
                    text.push_str(&format!("\\u{unit:04x}"));
                }
            }
            c => text.push(c),
        }
    }
    text
}

/// A text or an attribute's value in XML (XML 1.0 §2.4).
fn xml(secret: &str, in_attribute: bool) -> String {
    let text = secret.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
    if in_attribute { text.replace('"', "&quot;").replace('\'', "&apos;") } else { text }
}

/// Base64 of it, and the part of any base64 that holds it, at whichever of the three places it begins.
fn base64(bytes: &[u8]) -> impl Iterator<Item = String> {
    let mut forms = Vec::new();
    for (encoding, pad) in [(BASE64, '='), (BASE64URL, '=')] {
        forms.push(encoding.encode(bytes));
        forms.push(encoding.encode(bytes).trim_end_matches(pad).to_owned());
        for skipped in 1..=2_usize {
            let zeros: &[u8] = if skipped == 1 { &[0] } else { &[0, 0] };
            let shifted = [zeros, bytes].concat();
            let whole = encoding.encode(&shifted).trim_end_matches(pad).to_owned();
            // The characters at both ends hold bits of the neighbours as well.
            let first = if skipped == 1 { 2 } else { 3 };
            let last = usize::from(!shifted.len().is_multiple_of(3));
            let inner = whole.get(first..whole.len().saturating_sub(last)).unwrap_or_default();
            forms.push(inner.to_owned());
        }
        let aligned = encoding.encode(bytes).trim_end_matches(pad).to_owned();
        let last = usize::from(!bytes.len().is_multiple_of(3));
        forms
            .push(aligned.get(..aligned.len().saturating_sub(last)).unwrap_or_default().to_owned());
    }
    forms.into_iter()
}
