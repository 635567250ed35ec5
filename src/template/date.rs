//! Formats of dates and times for the filters `date`, `epoch`, `epoch_ms` and `zone`.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};

use crate::civil::{Civil, Instant, offset, weekday};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const DAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/// The conversions of a format, a subset of `strftime` (POSIX).
const CONVERSIONS: &str = "YymdeHIMSpjabFTLzs%";

/// The format of the filter `date`, which consists of known conversions only.
///
/// # Examples
///
/// ```
/// use otpost::message::Filter;
///
/// let filter = Filter::parse("date:%d.%m.%Y").ok_or("unknown filter")?;
/// assert_eq!(filter.apply("2026-01-31T12:00:00Z".into())?, "31.01.2026");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateFormat(String);

impl DateFormat {
    /// Parses a format such as `%Y%m%dT%H%M%SZ`, or the name `rfc1123`. Returns `None` for an
    /// unknown conversion.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut rest = text.chars();
        let mut has_conversion = text == "rfc1123";
        while let Some(c) = rest.next() {
            if c == '%' {
                has_conversion = true;
                rest.next().filter(|c| CONVERSIONS.contains(*c))?;
            }
        }
        // A text without a conversion is a mistake, such as `date:YYYY-MM-DD`.
        has_conversion.then(|| Self(text.to_owned()))
    }

    /// Formats a date of RFC 3339. Returns `None` if the value is not one.
    pub(super) fn format(&self, value: &str) -> Option<String> {
        let instant = Instant::parse(value)?;
        if self.0 == "rfc1123" {
            let gmt = Instant { offset: 0, ..instant };
            return Self("%a, %d %b %Y %T GMT".to_owned()).format_parts(gmt);
        }
        self.format_parts(instant)
    }

    fn format_parts(&self, instant: Instant) -> Option<String> {
        let Civil { year, month, day, hour, minute, second } = instant.local()?;
        let mut text = String::new();
        let mut rest = self.0.chars();
        while let Some(c) = rest.next() {
            if c != '%' {
                text.push(c);
                continue;
            }
            let day_of_week = weekday(instant.seconds.checked_add_signed(instant.offset)?);
            let name = |names: &[&'static str], at: u64| {
                usize::try_from(at).ok().and_then(|at| names.get(at)).copied().unwrap_or_default()
            };
            text.push_str(&match rest.next()? {
                'Y' => format!("{year:04}"),
                'y' => format!("{:02}", year % 100),
                'm' => format!("{month:02}"),
                'd' => format!("{day:02}"),
                'e' => format!("{day:2}"),
                'H' => format!("{hour:02}"),
                'I' => format!("{:02}", if hour % 12 == 0 { 12 } else { hour % 12 }),
                'M' => format!("{minute:02}"),
                'S' => format!("{second:02}"),
                'p' => (if hour < 12 { "AM" } else { "PM" }).to_owned(),
                'j' => format!("{:03}", day_of_year(year, month, day)?),
                'a' => name(&DAYS, day_of_week).to_owned(),
                'b' => name(&MONTHS, month.saturating_sub(1)).to_owned(),
                'F' => format!("{year:04}-{month:02}-{day:02}"),
                'T' => format!("{hour:02}:{minute:02}:{second:02}"),
                'L' => format!("{:03}", instant.millis),
                'z' => zone(instant.offset, ""),
                's' => instant.seconds.to_string(),
                _ => "%".to_owned(),
            });
        }
        Some(text)
    }
}

#[cfg(feature = "gateway")]
impl DateFormat {
    /// Returns whether the format shows milliseconds.
    pub(crate) fn has_millis(&self) -> bool {
        self.0.contains("%L")
    }

    /// Returns whether a text has this format. The numbers are not checked against a calendar.
    pub(crate) fn accepts(&self, text: &str) -> bool {
        let format = if self.0 == "rfc1123" { "%a, %d %b %Y %T GMT" } else { &self.0 };
        let mut formats = format.chars();
        let mut rest = text;
        while let Some(c) = formats.next() {
            let behind = match c {
                '%' => formats.next().and_then(|conversion| skip(conversion, rest)),
                c => rest.strip_prefix(c),
            };
            let Some(behind) = behind else { return false };
            rest = behind;
        }
        rest.is_empty()
    }
}

/// Returns the text after one conversion.
#[cfg(feature = "gateway")]
fn skip(conversion: char, text: &str) -> Option<&str> {
    let digits = |text: &'_ str, count: usize| -> Option<usize> {
        text.get(..count)?.bytes().all(|b| b.is_ascii_digit()).then_some(count)
    };
    let word =
        |words: &[&str]| words.iter().find(|word| text.starts_with(**word)).map(|word| word.len());
    let length = match conversion {
        'Y' => digits(text, 4)?,
        'y' | 'm' | 'd' | 'H' | 'I' | 'M' | 'S' => digits(text, 2)?,
        'e' => digits(text.trim_start_matches(' '), 1).and(text.get(..2)).map(str::len)?,
        'j' | 'L' => digits(text, 3)?,
        'p' => word(&["AM", "PM"])?,
        'a' => word(&DAYS)?,
        'b' => word(&MONTHS)?,
        'F' => return "%Y-%m-%d".split_inclusive(['Y', 'm', 'd']).try_fold(text, skip_part),
        'T' => return "%H:%M:%S".split_inclusive(['H', 'M', 'S']).try_fold(text, skip_part),
        'z' => digits(text.strip_prefix(['+', '-'])?, 4)?.checked_add(1)?,
        's' => match text.bytes().take_while(u8::is_ascii_digit).count() {
            0 => return None,
            count => count,
        },
        _ => return text.strip_prefix('%'),
    };
    text.get(length..)
}

/// Returns the text after a separator and one conversion, such as `-%m`.
#[cfg(feature = "gateway")]
fn skip_part<'t>(text: &'t str, part: &str) -> Option<&'t str> {
    let (separator, conversion) = part.split_once('%')?;
    skip(conversion.chars().next()?, text.strip_prefix(separator)?)
}

/// Returns the seconds, or with `in_millis` the milliseconds, between 1970 and a date of RFC 3339.
pub(super) fn epoch(value: &str, in_millis: bool) -> Option<String> {
    let Instant { seconds, millis, .. } = Instant::parse(value)?;
    Some(match in_millis {
        true => seconds.checked_mul(1_000)?.checked_add(u64::from(millis))?.to_string(),
        false => seconds.to_string(),
    })
}

/// Returns the same instant as a clock with this offset shows it, such as `+03:00`.
pub(super) fn in_zone(value: &str, zone_text: &str) -> Option<String> {
    let instant = Instant { offset: offset(zone_text)?, ..Instant::parse(value)? };
    let fraction = if instant.millis == 0 { "" } else { ".%L" };
    let text = DateFormat(format!("%FT%T{fraction}")).format_parts(instant)?;
    Some(format!("{text}{}", zone(instant.offset, ":")))
}

/// Returns whether the text is the offset of a time zone, such as `+03:00`.
pub(super) fn is_zone(text: &str) -> bool {
    offset(text).is_some()
}

fn zone(seconds: i64, separator: &str) -> String {
    let sign = if seconds < 0 { '-' } else { '+' };
    let minutes = seconds.unsigned_abs() / 60;
    format!("{sign}{:02}{separator}{:02}", minutes / 60, minutes % 60)
}

fn day_of_year(year: u64, month: u64, day: u64) -> Option<u64> {
    let midnight = |month, day| Civil { year, month, day, hour: 0, minute: 0, second: 0 }.seconds();
    let since = midnight(month, day)?.checked_sub(midnight(1, 1)?)?;
    since.checked_div(86_400)?.checked_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_are_those_of_strftime() {
        let value = "2026-11-28T17:48:05.25Z";
        for (format, expected) in [
            ("%Y%m%dT%H%M%SZ", "20261128T174805Z"),
            ("%Y-%m-%d %H:%M:%S", "2026-11-28 17:48:05"),
            ("%F %T", "2026-11-28 17:48:05"),
            ("%d.%m.%y %I:%M %p", "28.11.26 05:48 PM"),
            ("%e|%j|%a|%b|%L|%z|%s|%%", "28|332|Sat|Nov|250|+0000|1795888085|%"),
            ("rfc1123", "Sat, 28 Nov 2026 17:48:05 GMT"),
        ] {
            let parsed = DateFormat::parse(format).unwrap();
            assert_eq!(parsed.format(value).as_deref(), Some(expected), "{format}");
        }
        let local = in_zone(value, "+05:30").unwrap();
        assert_eq!(local, "2026-11-28T23:18:05.250+05:30");
        assert_eq!(in_zone(&local, "-08:00").unwrap(), "2026-11-28T09:48:05.250-08:00");
        assert_eq!(
            DateFormat::parse("%F %T %z").unwrap().format(&local).unwrap(),
            "2026-11-28 23:18:05 +0530"
        );
        assert_eq!(
            DateFormat::parse("rfc1123").unwrap().format(&local).unwrap(),
            "Sat, 28 Nov 2026 17:48:05 GMT"
        );
        assert_eq!(epoch(&local, false).as_deref(), Some("1795888085"));
        assert_eq!(epoch(&local, true).as_deref(), Some("1795888085250"));
        for bad in ["YYYY", "%Q", "%", "", "%Y %"] {
            assert_eq!(DateFormat::parse(bad), None, "{bad}");
        }
        assert_eq!(DateFormat::parse("%I").unwrap().format("2026-01-01T00:30:00Z").unwrap(), "12");
    }
}
