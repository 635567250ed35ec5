//! A placeholder in reverse: which values it can produce, and which variable it came from.

use std::borrow::Cow;

use data_encoding::{BASE64, HEXLOWER_PERMISSIVE};

use super::captures::{Captured, Reading};
use super::mismatch::{MismatchKind, describe};
use crate::gateway::error::SpecError;
use crate::gateway::request::symbols::Symbols;
use crate::gateway::request::values::{SIGNATURE, Sensitivity, Slot, Source};
use crate::gateway::spec::{Charset, MacEncoding, SignatureSpec};
use crate::percent::percent_decode;
use crate::phone::PhoneNumber;
use crate::secret::SecretString;
use crate::template::{Filter, TimeUnit, apply_all, is_number_form};

/// A compiled placeholder.
#[derive(Clone, Debug)]
pub(super) struct PlaceholderReader {
    pub(super) slot: Slot,
    filters: Vec<Filter>,
    /// The encoding of a signature.
    encoding: Option<MacEncoding>,
    may_be_empty: bool,
}

/// The value of a variable, as far as the filters can be inverted.
enum Inverted {
    Exact(String),
    /// The filters have lost a part of the value.
    Lossy(String),
    /// The value cannot be recovered.
    Opaque,
}

type Expected = Cow<'static, str>;

impl PlaceholderReader {
    pub(super) fn compile(
        name: &str,
        filters: Vec<Filter>,
        scope: &Symbols<'_>,
        path: &str,
    ) -> Result<Self, SpecError> {
        let slot = scope.slot(name, path)?;
        let mut filters = filters;
        if slot.source == Source::Text && scope.charset() == Charset::Utf16BeHex {
            filters.push(Filter::Utf16Hex);
        }
        Ok(Self { slot, filters, encoding: None, may_be_empty: false })
    }

    /// Creates a placeholder for a part of the request that is signed, or for the signature.
    pub(super) fn signed(name: &str, filters: Vec<Filter>, spec: SignatureSpec<'_>) -> Self {
        let slot = Slot {
            name: name.to_owned(),
            source: Source::Signature,
            configured: None,
            sensitivity: Sensitivity::Secret,
            may_be_absent: false,
        };
        // A filter may encode the signature once more.
        let encoding = (name == SIGNATURE && filters.is_empty()).then_some(spec.encoding);
        let may_be_empty = spec.parts.iter().any(|(part, it)| part == name && !it.with.is_empty());
        Self { slot, filters, encoding, may_be_empty }
    }

    /// Returns whether the placeholder is a JSON number or a Boolean.
    pub(super) fn last_filter(&self) -> Option<&Filter> {
        self.filters.last()
    }

    /// Returns a regular expression of the values that the placeholder usually produces. It divides
    /// a text with several placeholders. [`read`](Self::read) decides whether a value is valid.
    pub(super) fn form(&self) -> String {
        let source = match self.slot.source {
            Source::To => r"\+[1-9][0-9]{6,14}",
            Source::CallingCode => "[1-9][0-9]{0,2}",
            Source::NationalNumber | Source::Segments | Source::TtlSeconds => "[0-9]+",
            Source::Code => "[0-9]{4,10}",
            Source::Encoding => "gsm7|ucs2",
            Source::SenderKind => "alphanumeric|number|pool|short_code",
            Source::Now | Source::NowMillis | Source::ExpiresAt => {
                "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9:]+)"
            }
            // Other clients than this library may have other ids.
            Source::MessageUuid => "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|.+?",
            Source::Nonce => "[0-9a-f]{32}|.+?",
            Source::Signature => match self.encoding {
                Some(MacEncoding::Hex) => "[0-9a-fA-F]+",
                Some(_) => "[A-Za-z0-9+/]+={0,2}",
                None if self.may_be_empty => ".*?",
                None => ".+?",
            },
            _ => ".*?",
        };
        let form = |form: String, filter: &Filter| match filter {
            Filter::Plain => "[1-9][0-9]{6,14}".to_owned(),
            Filter::Zeros => "00[1-9][0-9]{6,14}".to_owned(),
            Filter::Clamp(..)
            | Filter::Epoch
            | Filter::EpochMs
            | Filter::Home(_)
            | Filter::Int
            | Filter::National(_)
            | Filter::Unit(_) => "[0-9]+".to_owned(),
            Filter::Base64 => "[A-Za-z0-9+/]*={0,2}".to_owned(),
            Filter::Bool => "true|false".to_owned(),
            Filter::Map(pairs) => {
                let values = pairs.iter().map(|(_, to)| regex_lite::escape(to));
                values.collect::<Vec<_>>().join("|")
            }
            Filter::Percent => "[A-Za-z0-9._~%-]*".to_owned(),
            Filter::Sha256Hex => "[0-9a-f]{64}".to_owned(),
            Filter::Utf16Hex => "(?:[0-9A-Fa-f]{4})*".to_owned(),
            Filter::Number if form == ".*?" => "-?[0-9][0-9.eE+-]*".to_owned(),
            Filter::Date(_) | Filter::Truncate(_) => ".+?".to_owned(),
            Filter::Lower | Filter::Upper if form != ".*?" && form != ".+?" => {
                format!("(?i:{form})")
            }
            Filter::Lower => "[^A-Z]*?".to_owned(),
            Filter::Upper => "[^a-z]*?".to_owned(),
            Filter::Zone(_)
            | Filter::E164
            | Filter::Gsm7(_)
            | Filter::Latin1(_)
            | Filter::Number => form,
        };
        if self.slot.source == Source::Signature {
            return source.to_owned();
        }
        self.filters.iter().fold(source.to_owned(), form)
    }

    /// Captures the variable from a value, or reports that the placeholder cannot produce it.
    pub(super) fn read(
        &self,
        text: &str,
        place: &str,
        kind: MismatchKind,
        reading: &mut Reading<'_>,
    ) {
        let kind = match self.slot.source {
            Source::To | Source::CallingCode | Source::NationalNumber => MismatchKind::Recipient,
            _ => kind,
        };
        if self.is_time_or_signature() {
            let text = SecretString::from(text);
            reading.filtered.push((self.slot.name.clone(), self.filters.clone(), text));
        }
        let inverted = match self.invert(text) {
            Ok(inverted) => inverted,
            Err(expected) => return reading.refuse(place, kind, expected, describe(text)),
        };
        let is_secret = self.slot.sensitivity == Sensitivity::Secret;
        let name = &self.slot.name;
        if let Some((_, given)) = reading.given.iter().find(|(known, _)| known == name) {
            let wanted = apply_all(&self.filters, given.expose().into());
            if wanted.is_ok_and(|wanted| SecretString::from(&*wanted) != SecretString::from(text)) {
                let expected = format!("the value of `{name}`");
                // Also in a path, where some gateways have their key.
                let kind = if is_secret { MismatchKind::Credentials } else { kind };
                return reading.refuse(place, kind, expected, "another value");
            }
        }
        let (value, is_exact) = match inverted {
            Inverted::Exact(value) => (value, true),
            Inverted::Lossy(value) => (value, false),
            Inverted::Opaque => return,
        };
        let value = SecretString::new(value);
        reading.captures.insert(Captured { name: name.clone(), value, is_secret, is_exact });
    }

    /// Returns whether a filter hides the value, and the same placeholder elsewhere shows it.
    fn is_time_or_signature(&self) -> bool {
        use Source::{ExpiresAt, MessageUuid, Nonce, Now, NowMillis, Signature};
        matches!(self.slot.source, ExpiresAt | MessageUuid | Nonce | Now | NowMillis | Signature)
    }

    /// Returns whether the request shows this placeholder to the reader of a signature.
    pub(super) fn shows(&self, name: &str, filters: &[Filter]) -> bool {
        self.slot.name == name && self.filters == filters && self.is_time_or_signature()
    }

    fn invert(&self, text: &str) -> Result<Inverted, Expected> {
        // A part of the request that is signed, and its filters, are verified with the signature.
        if self.slot.source == Source::Signature {
            self.check_source(text, true)?;
            return Ok(Inverted::Opaque);
        }
        let (mut value, mut is_exact) = (text.to_owned(), true);
        // After a cut, the rest of the value is missing, so it need not be whole Base64 or a whole
        // hash.
        let mut is_cut = false;
        for filter in self.filters.iter().rev() {
            let inverted = match filter {
                Filter::Sha256Hex if is_cut && is_hex(&value) => return Ok(Inverted::Opaque),
                Filter::Base64 | Filter::Percent | Filter::Utf16Hex if is_cut => {
                    return Ok(Inverted::Opaque);
                }
                filter => invert_filter(filter, &value)?,
            };
            match inverted {
                Inverted::Exact(inner) => value = inner,
                Inverted::Lossy(inner) => {
                    value = inner;
                    is_exact = false;
                    is_cut |= matches!(filter, Filter::Truncate(_));
                }
                Inverted::Opaque => return Ok(Inverted::Opaque),
            }
        }
        self.check_source(&value, is_exact)?;
        Ok(if is_exact { Inverted::Exact(value) } else { Inverted::Lossy(value) })
    }

    fn check_source(&self, value: &str, is_exact: bool) -> Result<(), Expected> {
        let are_digits = !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit());
        let check = |holds: bool, expected: &'static str| match holds {
            true => Ok(()),
            false => Err(Cow::Borrowed(expected)),
        };
        match self.slot.source {
            Source::To => {
                let expected = match self.filters.iter().rev().find(|it| is_number_form(it)) {
                    Some(Filter::Plain) => "7 to 15 digits without a plus",
                    Some(Filter::Zeros) => "`00` and 7 to 15 digits",
                    Some(Filter::Home(_)) => "`0` or `00` and digits",
                    Some(Filter::National(_)) => "the digits after the calling code",
                    _ => "a plus and 7 to 15 digits",
                };
                check(PhoneNumber::parse(value).is_ok(), expected)
            }
            Source::CallingCode => check(are_digits && value.len() <= 3, "a calling code"),
            Source::NationalNumber => {
                check(are_digits && value.len() <= 14, "the digits after the calling code")
            }
            Source::Code => {
                let is_code = are_digits && (4..=10).contains(&value.len());
                check(!is_exact || is_code, "a code of 4 to 10 digits")
            }
            Source::Segments | Source::TtlSeconds => check(are_digits, "digits"),
            Source::Encoding => check(matches!(value, "gsm7" | "ucs2"), "`gsm7` or `ucs2`"),
            Source::SenderKind => {
                let kinds = ["alphanumeric", "number", "pool", "short_code"];
                check(kinds.contains(&value), "the kind of a sender")
            }
            Source::Now | Source::NowMillis | Source::ExpiresAt => {
                let is_time = Filter::Epoch.apply(value.into()).is_ok();
                check(!is_exact || is_time, "a time such as 2026-01-31T12:00:00Z")
            }
            Source::Signature => match self.encoding {
                Some(MacEncoding::Hex) => {
                    let is_hex = HEXLOWER_PERMISSIVE.decode(value.as_bytes()).is_ok();
                    check(is_hex && !value.is_empty(), "a signature in hexadecimal")
                }
                Some(_) => {
                    let is_base64 = BASE64.decode(value.as_bytes()).is_ok();
                    check(is_base64 && !value.is_empty(), "a signature in Base64")
                }
                None => check(self.may_be_empty || !value.is_empty(), "a value"),
            },
            Source::MessageUuid | Source::Nonce | Source::ReceiptId | Source::Token(_) => {
                check(!value.is_empty(), "a value")
            }
            _ => Ok(()),
        }
    }
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Returns the value before one filter.
fn invert_filter(filter: &Filter, text: &str) -> Result<Inverted, Expected> {
    let are_digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let exact = |value: &str| Ok(Inverted::Exact(value.to_owned()));
    let refuse = |expected: &'static str| Err(Cow::Borrowed(expected));
    let number = || text.parse::<u64>().ok().filter(|_| are_digits);
    match filter {
        Filter::Base64 => {
            let bytes = BASE64.decode(text.as_bytes()).ok();
            match bytes.and_then(|bytes| String::from_utf8(bytes).ok()) {
                Some(text) => Ok(Inverted::Exact(text)),
                None => refuse("Base64 with padding"),
            }
        }
        Filter::Bool if matches!(text, "true" | "false") => exact(text),
        Filter::Bool => refuse("`true` or `false`"),
        Filter::Clamp(least, most) => match number() {
            Some(number) if (*least..=*most).contains(&number) => {
                // At the ends, the value may have been another one.
                let is_inside = number != *least && number != *most;
                let number = number.to_string();
                Ok(if is_inside { Inverted::Exact(number) } else { Inverted::Lossy(number) })
            }
            _ => Err(format!("a number from {least} to {most}").into()),
        },
        Filter::Date(format) if format.accepts(text) => Ok(Inverted::Opaque),
        Filter::Date(_) => refuse("a date in the format of the gateway"),
        Filter::Epoch if are_digits => Ok(Inverted::Opaque),
        Filter::Epoch => refuse("the seconds since 1970"),
        Filter::EpochMs if are_digits => Ok(Inverted::Opaque),
        Filter::EpochMs => refuse("the milliseconds since 1970"),
        Filter::E164 | Filter::Number if filter.apply(text.into()).is_ok() => exact(text),
        Filter::E164 => refuse("a plus and digits"),
        Filter::Number => refuse("a number"),
        Filter::Gsm7(_) if filter.apply(text.into()).is_ok_and(|kept| kept == text) => exact(text),
        Filter::Gsm7(_) => refuse("characters of the GSM alphabet"),
        Filter::Latin1(_) if filter.apply(text.into()).is_ok_and(|kept| kept == text) => {
            exact(text)
        }
        Filter::Latin1(_) => refuse("characters of ISO-8859-1"),
        Filter::Int if number().is_some_and(|number| number > 0) => Ok(Inverted::Opaque),
        Filter::Int => refuse("a positive whole number"),
        Filter::Lower if text.to_lowercase() == text => Ok(Inverted::Lossy(text.to_owned())),
        Filter::Lower => refuse("lower case"),
        Filter::Upper if text.to_uppercase() == text => Ok(Inverted::Lossy(text.to_owned())),
        Filter::Upper => refuse("upper case"),
        Filter::Map(pairs) => match pairs.iter().find(|(_, to)| to == text) {
            Some((from, _)) => {
                let is_unique = pairs.iter().filter(|(_, to)| to == text).count() == 1;
                let from = from.clone();
                Ok(if is_unique { Inverted::Exact(from) } else { Inverted::Lossy(from) })
            }
            None => {
                let known: Vec<_> = pairs.iter().map(|(_, to)| format!("`{to}`")).collect();
                Err(format!("one of {}", known.join(", ")).into())
            }
        },
        Filter::Home(code) => match (text.strip_prefix("00"), text.strip_prefix('0')) {
            (Some(digits), _) if are_digits => exact(&format!("+{digits}")),
            (None, Some(digits)) if are_digits => exact(&format!("+{code}{digits}")),
            _ => refuse("`0` or `00` and digits"),
        },
        Filter::National(code) if are_digits => Ok(Inverted::Exact(format!("+{code}{text}"))),
        Filter::National(_) => refuse("the digits after the calling code"),
        Filter::Percent => match String::from_utf8(percent_decode(text.as_bytes()).collect()) {
            Ok(decoded) if text.bytes().all(|b| b.is_ascii_graphic()) => {
                Ok(Inverted::Exact(decoded))
            }
            _ => refuse("a percent-encoded text"),
        },
        Filter::Plain if are_digits => Ok(Inverted::Exact(format!("+{text}"))),
        Filter::Plain => refuse("digits without a plus"),
        Filter::Sha256Hex => {
            match text.len() == 64 && HEXLOWER_PERMISSIVE.decode(text.as_bytes()).is_ok() {
                true => Ok(Inverted::Opaque),
                false => refuse("a SHA-256 in hexadecimal"),
            }
        }
        Filter::Truncate(most) if text.chars().take(most.saturating_add(1)).count() > *most => {
            Err(format!("at most {most} characters").into())
        }
        Filter::Truncate(most) => {
            // The shortest value that the filter has cut has this length as well.
            let is_whole = text.chars().count() < *most;
            let text = text.to_owned();
            Ok(if is_whole { Inverted::Exact(text) } else { Inverted::Lossy(text) })
        }
        Filter::Unit(unit) => invert_unit(*unit, number()),
        Filter::Utf16Hex => {
            let bytes = HEXLOWER_PERMISSIVE.decode(text.as_bytes()).unwrap_or(vec![0]);
            let units = bytes.chunks(2).map(|pair| match pair {
                [high, low] => Some(u16::from_be_bytes([*high, *low])),
                _ => None,
            });
            let units: Option<Vec<u16>> = units.collect();
            match units.and_then(|units| String::from_utf16(&units).ok()) {
                Some(text) => Ok(Inverted::Exact(text)),
                None => refuse("UTF-16BE in hexadecimal"),
            }
        }
        Filter::Zeros => match text.strip_prefix("00").filter(|_| are_digits) {
            Some(digits) => Ok(Inverted::Exact(format!("+{digits}"))),
            None => refuse("`00` and digits"),
        },
        Filter::Zone(_) if Filter::Epoch.apply(text.into()).is_ok() => Ok(Inverted::Opaque),
        Filter::Zone(_) => refuse("a time such as 2026-01-31T12:00:00+03:00"),
    }
}

fn invert_unit(unit: TimeUnit, number: Option<u64>) -> Result<Inverted, Expected> {
    let Some(number) = number else { return Err("digits".into()) };
    let lossy = |seconds: Option<u64>| seconds.map(|it| Inverted::Lossy(it.to_string()));
    let inverted = match unit {
        TimeUnit::Hours => lossy(number.checked_mul(3_600)),
        TimeUnit::Minutes => lossy(number.checked_mul(60)),
        TimeUnit::Milliseconds if number.checked_rem(1_000) == Some(0) => {
            number.checked_div(1_000).map(|seconds| Inverted::Exact(seconds.to_string()))
        }
        TimeUnit::Milliseconds => None,
    };
    inverted.ok_or(Cow::Borrowed("a duration in the unit of the gateway"))
}
