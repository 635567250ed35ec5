use alloc::borrow::{Cow, ToOwned};
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use data_encoding::{BASE64, HEXLOWER, HEXUPPER};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::date::{DateFormat, epoch, in_zone, is_zone};
use super::number;
use crate::gsm7::gsm7_septets;
use crate::percent::{RESERVED, percent_encode};
use crate::phone::calling_code_len;

/// A function that a placeholder of a text or of a gateway spec applies to its value, as in
/// `{{to|plain}}`.
///
/// Filters are applied from left to right: `{{name|upper|truncate:11}}`.
///
/// | filter | result |
/// |---|---|
/// | `e164`, `plain`, `zeros` | a number as `+41…`, `41…`, `0041…` |
/// | `national:41` | the number without that calling code; an error for any other |
/// | `home:41` | the number as it is dialled in that country: `079…` for `+4179…`, and `0044…` for `+44…` |
/// | `upper`, `lower` | the value in upper or lower case |
/// | `truncate:n` | the first n characters (not allowed for a text, code or number) |
/// | `latin1`, `gsm7` | the value, or an error for a character outside the alphabet |
/// | `latin1:?`, `gsm7:?` | the value, with `?` for characters outside the alphabet |
/// | `utf16hex` | UTF-16BE in upper-case hexadecimal |
/// | `base64`, `sha256hex` | Base64 with padding; SHA-256 in lower-case hexadecimal |
/// | `map:a=1,b=2` | `1` for `a`, `2` for `b`; an error for anything else |
/// | `date:%Y-%m-%d %H:%M:%S` | a time in a format of `strftime`, in UTC; `date:rfc1123` is the form of the header `Date` |
/// | `zone:+03:00` | the time on a clock with this offset; `date` follows it |
/// | `epoch`, `epoch_ms` | the seconds or milliseconds since 1970 |
/// | `unit:ms`, `unit:min`, `unit:h` | seconds in another unit, rounded up |
/// | `clamp:60-86400` | the nearest whole number in the range |
/// | `int` | a whole number of up to 19 digits, derived from the value, for gateways whose ids are numbers |
/// | `percent` | percent-encoding (RFC 3986 §2.1), for the text of a signature |
/// | `number`, `bool` | a number, `true` or `false` of JSON instead of a string; only as the last filter |
///
/// # Examples
///
/// ```
/// use otpost::message::Filter;
///
/// let plain = Filter::parse("plain").ok_or("unknown filter")?;
/// assert_eq!(plain.apply("+41791234567".into())?, "41791234567");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Filter {
    /// Base64 with padding (RFC 4648 §4) of the UTF-8 bytes.
    Base64,
    /// A Boolean of JSON. `1` and `0` are `true` and `false`.
    Bool,
    /// The nearest whole number from the first to the second.
    Clamp(u64, u64),
    /// A time in another format: `%Y`, `%y`, `%m`, `%d`, `%e`, `%H`, `%I`, `%M`, `%S`, `%p`, `%j`,
    /// `%a`, `%b`, `%F`, `%T`, `%L` (milliseconds), `%z`, `%s` and `%%` as in `strftime`, in
    /// English.
    Date(DateFormat),
    /// A time as seconds since 1970.
    Epoch,
    /// A time as milliseconds since 1970.
    EpochMs,
    /// A number with its plus.
    E164,
    /// The value, limited to the characters of the GSM 7-bit alphabet. Each other character is
    /// replaced by the given one, or is an error if none is given.
    Gsm7(Option<char>),
    /// A number as it is dialled in the country with this calling code: with `0` in place of the
    /// plus and the code, and with `00` in place of the plus for another country. It is for
    /// countries whose trunk prefix is 0 (ITU-T E.123). A zero after the code is an error.
    Home(String),
    /// A positive whole number below 2^63 that is derived from the value with SHA-256. Equal values
    /// have equal numbers.
    Int,
    /// The value, limited to the characters of ISO-8859-1. Each other character is replaced by the
    /// given one, or is an error if none is given. The result is text, not bytes of that encoding.
    Latin1(Option<char>),
    /// The value in lower case.
    Lower,
    /// The value that is listed for the input. An input that is not listed is an error.
    Map(Vec<(String, String)>),
    /// A number without this calling code. A number with another one is an error.
    National(String),
    /// A number of JSON (RFC 8259 §6) instead of a string: `300` instead of `"300"`. A value with
    /// leading zeros is an error.
    Number,
    /// The value with everything percent-encoded except letters, digits, `-`, `.`, `_` and `~` (RFC
    /// 3986 §2.3). Texts to sign contain such values. Elsewhere in a gateway spec it is an error,
    /// because values are encoded for their place.
    Percent,
    /// A number without its plus.
    Plain,
    /// SHA-256 of the UTF-8 bytes, in lower-case hexadecimal.
    Sha256Hex,
    /// The first characters of the value, at most this many.
    Truncate(usize),
    /// Seconds in another unit, rounded up.
    Unit(TimeUnit),
    /// The value in upper case, by the rules of Unicode for no particular language. It can become
    /// longer: `ß` becomes `SS`.
    Upper,
    /// UTF-16BE in upper-case hexadecimal.
    Utf16Hex,
    /// A number with `00` in place of its plus.
    Zeros,
    /// A time on a clock with this offset from UTC, such as `+03:00`. The value is a time of RFC
    /// 3339, such as `2026-01-31T12:00:00Z`, and so is the result, for [`Date`](Self::Date).
    Zone(String),
}

/// The unit of the filter `unit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TimeUnit {
    /// Hours.
    Hours,
    /// Milliseconds.
    Milliseconds,
    /// Minutes.
    Minutes,
}

/// The names of the filters, for hints.
#[cfg(feature = "gateway")]
pub(crate) const FILTERS: &str = "base64, bool, clamp, date, e164, epoch, epoch_ms, gsm7, home, int, \
                                  latin1, lower, map, national, number, percent, plain, sha256hex, truncate, \
                                  unit, upper, utf16hex, zeros, zone";

impl Filter {
    /// Parses `name` or `name:argument`. Returns `None` for an unknown filter or an invalid
    /// argument.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let (name, argument) = match text.split_once(':') {
            Some((name, argument)) => (name, Some(argument)),
            None => (text, None),
        };
        Some(match (name, argument) {
            ("base64", None) => Self::Base64,
            ("bool", None) => Self::Bool,
            ("clamp", Some(range)) => {
                let (least, most) = range.split_once('-')?;
                let (least, most) = (least.trim().parse().ok()?, most.trim().parse().ok()?);
                Self::Clamp(least, Some(most).filter(|most| least <= *most)?)
            }
            ("date", Some(format)) => Self::Date(DateFormat::parse(format)?),
            ("e164", None) => Self::E164,
            ("epoch", None) => Self::Epoch,
            ("epoch_ms", None) => Self::EpochMs,
            ("home", Some(code)) if is_calling_code(code) => Self::Home(code.to_owned()),
            ("int", None) => Self::Int,
            ("gsm7", argument) => Self::Gsm7(replacement(argument, is_gsm7)?),
            ("latin1", argument) => Self::Latin1(replacement(argument, is_latin1)?),
            ("lower", None) => Self::Lower,
            ("map", Some(pairs)) => Self::Map(
                pairs
                    .split(',')
                    .map(|pair| pair.split_once('=').map(own))
                    .collect::<Option<_>>()?,
            ),
            ("national", Some(code)) if is_calling_code(code) => Self::National(code.to_owned()),
            ("number", None) => Self::Number,
            ("percent", None) => Self::Percent,
            ("plain", None) => Self::Plain,
            ("sha256hex", None) => Self::Sha256Hex,
            ("truncate", Some(count)) => Self::Truncate(count.parse().ok().filter(|n| *n > 0)?),
            ("unit", Some("h")) => Self::Unit(TimeUnit::Hours),
            ("unit", Some("min")) => Self::Unit(TimeUnit::Minutes),
            ("unit", Some("ms")) => Self::Unit(TimeUnit::Milliseconds),
            ("upper", None) => Self::Upper,
            ("utf16hex", None) => Self::Utf16Hex,
            ("zeros", None) => Self::Zeros,
            ("zone", Some(offset)) if is_zone(offset) => Self::Zone(offset.to_owned()),
            _ => return None,
        })
    }

    /// Returns the name of the filter in a template.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Base64 => "base64",
            Self::Bool => "bool",
            Self::Clamp(..) => "clamp",
            Self::Date(_) => "date",
            Self::Epoch => "epoch",
            Self::EpochMs => "epoch_ms",
            Self::Int => "int",
            Self::Number => "number",
            Self::Percent => "percent",
            Self::Unit(_) => "unit",
            Self::Zone(_) => "zone",
            Self::E164 => "e164",
            Self::Gsm7(_) => "gsm7",
            Self::Home(_) => "home",
            Self::Latin1(_) => "latin1",
            Self::Lower => "lower",
            Self::Map(_) => "map",
            Self::National(_) => "national",
            Self::Plain => "plain",
            Self::Sha256Hex => "sha256hex",
            Self::Truncate(_) => "truncate",
            Self::Upper => "upper",
            Self::Utf16Hex => "utf16hex",
            Self::Zeros => "zeros",
        }
    }

    /// Applies the filter to a value.
    ///
    /// # Errors
    ///
    /// [`FilterError`] if the filter does not accept the value. The error names the filter, never
    /// the value.
    pub fn apply<'v>(&self, value: Cow<'v, str>) -> Result<Cow<'v, str>, FilterError> {
        let refuse = || FilterError { filter: self.name() };
        Ok(match self {
            Self::Base64 => BASE64.encode(value.as_bytes()).into(),
            Self::Bool => match &*value {
                "true" | "1" => "true".into(),
                "false" | "0" => "false".into(),
                _ => return Err(refuse()),
            },
            Self::Clamp(least, most) => {
                let number: u64 = value.parse().map_err(|_| refuse())?;
                number.clamp(*least, *most).to_string().into()
            }
            Self::Date(format) => format.format(&value).ok_or_else(refuse)?.into(),
            Self::Epoch => epoch(&value, false).ok_or_else(refuse)?.into(),
            Self::EpochMs => epoch(&value, true).ok_or_else(refuse)?.into(),
            Self::Int => number::of_id(&value).into(),
            Self::Number => {
                let text = value.trim();
                if !number::is_json(text) {
                    return Err(refuse());
                }
                if text.len() == value.len() { value } else { text.to_owned().into() }
            }
            Self::Unit(unit) => {
                let seconds: u64 = value.parse().map_err(|_| refuse())?;
                let converted = match unit {
                    TimeUnit::Hours => seconds.div_ceil(3_600),
                    TimeUnit::Milliseconds => seconds.checked_mul(1_000).ok_or_else(refuse)?,
                    TimeUnit::Minutes => seconds.div_ceil(60),
                };
                converted.to_string().into()
            }
            Self::Zone(offset) => in_zone(&value, offset).ok_or_else(refuse)?.into(),
            Self::E164 => {
                digits_of(&value).ok_or_else(refuse)?;
                value
            }
            Self::Gsm7(other) => keep(value, *other, is_gsm7).ok_or_else(refuse)?,
            Self::Home(code) => {
                let digits = digits_of(&value).ok_or_else(refuse)?;
                match digits.strip_prefix(code.as_str()) {
                    // With another zero in front, it would be a number of another country.
                    Some(number) if number.starts_with('0') => return Err(refuse()),
                    Some(number) => format!("0{number}").into(),
                    None => format!("00{digits}").into(),
                }
            }
            Self::Latin1(other) => keep(value, *other, is_latin1).ok_or_else(refuse)?,
            Self::Lower => value.to_lowercase().into(),
            Self::Map(pairs) => {
                let pair = pairs.iter().find(|(from, _)| *from == value).ok_or_else(refuse)?;
                pair.1.clone().into()
            }
            Self::National(code) => {
                let digits = digits_of(&value).ok_or_else(refuse)?;
                digits.strip_prefix(code.as_str()).ok_or_else(refuse)?.to_owned().into()
            }
            Self::Percent => {
                let pieces = percent_encode(value.as_bytes(), RESERVED);
                // Each byte becomes three at most, so the string does not grow.
                let mut encoded = String::with_capacity(value.len().saturating_mul(3));
                encoded.extend(pieces);
                encoded.into()
            }
            // A borrowed number stays borrowed, so that no copy is allocated for each message.
            Self::Plain => match value {
                Cow::Borrowed(number) => digits_of(number).ok_or_else(refuse)?.into(),
                Cow::Owned(number) => digits_of(&number).ok_or_else(refuse)?.to_owned().into(),
            },
            Self::Sha256Hex => HEXLOWER.encode(&Sha256::digest(value.as_bytes())).into(),
            Self::Truncate(count) => collect(value.len(), value.chars().take(*count)).into(),
            Self::Upper => value.to_uppercase().into(),
            Self::Utf16Hex => utf16_hex(&value).into(),
            Self::Zeros => format!("00{}", digits_of(&value).ok_or_else(refuse)?).into(),
        })
    }
}

/// Returns whether the result of a filter is a form of a phone number.
#[cfg(feature = "gateway")]
pub(crate) const fn is_number_form(filter: &Filter) -> bool {
    use Filter::{E164, Home, National, Plain, Zeros};
    matches!(filter, E164 | Home(_) | National(_) | Plain | Zeros)
}

/// Applies the filters in order. Intermediate values are wiped.
pub(crate) fn apply_all<'v>(
    filters: &[Filter],
    value: Cow<'v, str>,
) -> Result<Cow<'v, str>, FilterError> {
    filters.iter().try_fold(value, |value, filter| match value {
        Cow::Borrowed(value) => filter.apply(Cow::Borrowed(value)),
        Cow::Owned(value) => {
            let value = Zeroizing::new(value);
            // The result may borrow from the value, which is wiped here, so copy it.
            Ok(filter.apply(Cow::Borrowed(&value))?.into_owned().into())
        }
    })
}

/// Returns the value as UTF-16BE in upper-case hexadecimal.
pub(crate) fn utf16_hex(value: &str) -> String {
    // A byte of UTF-8 becomes at most two bytes of UTF-16. So the buffer never grows, which would
    // leave a copy behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(value.len().saturating_mul(2)));
    bytes.extend(value.encode_utf16().flat_map(u16::to_be_bytes));
    HEXUPPER.encode(&bytes)
}

fn own((from, to): (&str, &str)) -> (String, String) {
    (from.trim().to_owned(), to.trim().to_owned())
}

/// Parses a replacement character. Without an argument it is missing. An argument must be exactly
/// one character of the alphabet.
fn replacement(argument: Option<&str>, holds: impl Fn(char) -> bool) -> Option<Option<char>> {
    let Some(argument) = argument else { return Some(None) };
    let mut chars = argument.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) if holds(c) => Some(Some(c)),
        _ => None,
    }
}

fn is_calling_code(code: &str) -> bool {
    // 42 is not a calling code, although the codes 420 and 421 begin with it.
    code.bytes().all(|b| b.is_ascii_digit())
        && !code.starts_with('0')
        && calling_code_len(code) == code.len()
}

fn is_gsm7(c: char) -> bool {
    gsm7_septets(c).is_some()
}

/// Returns `true` if the character is in ISO-8859-1, the first 256 code points. Browsers use
/// Windows-1252 under this name, which is not meant here.
const fn is_latin1(c: char) -> bool {
    (c as u32) < 256
}

/// Returns the digits of a number in E.164 form, without its plus.
fn digits_of(number: &str) -> Option<&str> {
    let digits = number.strip_prefix('+')?;
    (!digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit())).then_some(digits)
}

/// Replaces the characters outside an alphabet. Returns `None` if there are some and no replacement
/// is given.
fn keep(
    value: Cow<'_, str>,
    replacement: Option<char>,
    holds: impl Fn(char) -> bool,
) -> Option<Cow<'_, str>> {
    if value.chars().all(&holds) {
        return Some(value);
    }
    let other = replacement?;
    // The replacement may be longer than what it replaces.
    let room = value.len().saturating_mul(other.len_utf8());
    Some(collect(room, value.chars().map(|c| if holds(c) { c } else { other })).into())
}

/// Collects characters with room for all of them, because a string that grows leaves copies behind.
fn collect(room: usize, chars: impl Iterator<Item = char>) -> String {
    let mut collected = String::with_capacity(room);
    collected.extend(chars);
    collected
}

/// The filter does not accept the value. The error does not contain the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the filter `{filter}` does not accept the value")]
#[non_exhaustive]
pub struct FilterError {
    /// The name of the filter.
    pub filter: &'static str,
}
