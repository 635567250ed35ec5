use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::civil::{Civil, Instant, civil, rfc3339};
use crate::gateway::error::SpecError;
use crate::gateway::spec::{ReportTimeSpec, ReportTimeUnit};

/// The conversions of a format, a subset of `strptime` (POSIX).
const CONVERSIONS: &str = "YymdHMSFTbzs%";
const MONTHS: [&str; 12] =
    ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];

/// The form of a time in reports.
#[derive(Clone, Debug)]
pub(in crate::gateway) enum ReportTimeForm {
    Format(String),
    Milliseconds,
    Rfc3339,
    Seconds,
}

impl ReportTimeForm {
    pub(in crate::gateway) fn compile(spec: &ReportTimeSpec) -> Result<Self, SpecError> {
        let Some(format) = &spec.format else {
            return Ok(match spec.unit {
                Some(ReportTimeUnit::Milliseconds) => Self::Milliseconds,
                Some(ReportTimeUnit::Rfc3339) | None => Self::Rfc3339,
                Some(ReportTimeUnit::Seconds) => Self::Seconds,
            });
        };
        if spec.unit.is_some() {
            let problem = "the time has a unit and a format";
            return Err(SpecError::new("reports.at", problem, "remove one of them"));
        }
        let mut conversions = 0_usize;
        let mut rest = format.chars();
        while let Some(c) = rest.next() {
            if c == '%' {
                conversions = conversions.saturating_add(1);
                if rest.next().is_none_or(|c| !CONVERSIONS.contains(c)) {
                    let hint = "use %Y %y %m %d %H %M %S %F %T %b %z %s %%";
                    return Err(SpecError::new("reports.at.format", "unknown conversion", hint));
                }
            }
        }
        // A text without a conversion is a mistake, such as `YYYY-MM-DD`.
        if conversions == 0 || format.len() > 64 {
            let hint = "write it like %Y-%m-%d %H:%M:%S, in at most 64 bytes";
            return Err(SpecError::new("reports.at.format", "it is not a format of times", hint));
        }
        Ok(Self::Format(format.clone()))
    }

    /// Parses a time. Returns `None` if the text is not one.
    pub(super) fn parse(&self, text: &str) -> Option<SystemTime> {
        let since = match self {
            Self::Format(format) => Duration::from_secs(ParsedTime::read(format, text)?.seconds()?),
            Self::Milliseconds => Duration::from_millis(whole(text)?),
            Self::Rfc3339 => {
                let Instant { seconds, millis, .. } =
                    Instant::parse(text).or_else(|| Instant::parse(&with_colon(text)?))?;
                Duration::from_secs(seconds)
                    .checked_add(Duration::from_millis(u64::from(millis)))?
            }
            Self::Seconds => Duration::from_secs(whole(text)?),
        };
        UNIX_EPOCH.checked_add(since)
    }

    /// Writes a time in UTC. Returns `None` for a time before 1970.
    pub(in crate::gateway) fn write(&self, at: SystemTime) -> Option<String> {
        let since = at.duration_since(UNIX_EPOCH).ok()?;
        let seconds = since.as_secs();
        Some(match self {
            Self::Format(format) => formatted(format, seconds),
            Self::Milliseconds => since.as_millis().to_string(),
            Self::Rfc3339 => rfc3339(seconds),
            Self::Seconds => seconds.to_string(),
        })
    }
}

fn formatted(format: &str, seconds: u64) -> String {
    let Civil { year, month, day, hour, minute, second } = civil(seconds);
    let mut text = String::new();
    let mut formats = format.chars();
    while let Some(c) = formats.next() {
        if c != '%' {
            text.push(c);
            continue;
        }
        text.push_str(&match formats.next().unwrap_or('%') {
            'Y' => format!("{year:04}"),
            'y' => format!("{:02}", year % 100),
            'm' => format!("{month:02}"),
            'd' => format!("{day:02}"),
            'H' => format!("{hour:02}"),
            'M' => format!("{minute:02}"),
            'S' => format!("{second:02}"),
            'F' => formatted("%Y-%m-%d", seconds),
            'T' => formatted("%H:%M:%S", seconds),
            'b' => {
                let at = usize::try_from(month.saturating_sub(1)).unwrap_or_default();
                MONTHS.get(at).copied().unwrap_or_default().to_owned()
            }
            'z' => "+0000".to_owned(),
            's' => seconds.to_string(),
            other => other.to_string(),
        });
    }
    text
}

/// Parses a number, and drops its fraction.
fn whole(text: &str) -> Option<u64> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    (is_digits(whole) && is_digits(fraction)).then(|| whole.parse().ok())?
}

/// Adds the colon to a zone such as `+0100`, which several gateways write without it.
fn with_colon(text: &str) -> Option<String> {
    let (before, minutes) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let is_zone =
        before.len() > 19 && before.get(before.len().checked_sub(3)?..)?.starts_with(['+', '-']);
    is_zone.then(|| format!("{before}:{minutes}"))
}

/// The parts of a time that a format has found.
struct ParsedTime {
    civil: Civil,
    /// The seconds that the clock of the text is ahead of UTC.
    offset: i64,
    /// The seconds since 1970, which replace all other parts.
    unix: Option<u64>,
}

impl ParsedTime {
    fn read(format: &str, text: &str) -> Option<Self> {
        let civil = Civil { year: 1970, month: 1, day: 1, hour: 0, minute: 0, second: 0 };
        let mut parsed = Self { civil, offset: 0, unix: None };
        let rest = parsed.part(format, text)?;
        rest.is_empty().then_some(parsed)
    }

    /// Reads a part of the format, and returns the rest of the text.
    fn part<'t>(&mut self, format: &str, text: &'t str) -> Option<&'t str> {
        let mut formats = format.chars();
        let mut rest = text;
        while let Some(c) = formats.next() {
            if c != '%' {
                rest = rest.strip_prefix(c)?;
                continue;
            }
            let conversion = formats.next()?;
            rest = match conversion {
                'Y' => number(rest, 4, &mut self.civil.year)?,
                'y' => {
                    let rest = number(rest, 2, &mut self.civil.year)?;
                    self.civil.year = self.civil.year.checked_add(2000)?;
                    rest
                }
                'm' => number(rest, 2, &mut self.civil.month)?,
                'd' => number(rest, 2, &mut self.civil.day)?,
                'H' => number(rest, 2, &mut self.civil.hour)?,
                'M' => number(rest, 2, &mut self.civil.minute)?,
                'S' => number(rest, 2, &mut self.civil.second)?,
                'F' => self.part("%Y-%m-%d", rest)?,
                'T' => self.part("%H:%M:%S", rest)?,
                'b' => {
                    let (name, behind) = rest.split_at_checked(3)?;
                    let at = MONTHS.iter().position(|month| name.eq_ignore_ascii_case(month))?;
                    self.civil.month = u64::try_from(at).ok()?.checked_add(1)?;
                    behind
                }
                'z' => self.zone(rest)?,
                's' => {
                    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
                    let (digits, behind) = rest.split_at_checked(end)?;
                    self.unix = Some(digits.parse().ok()?);
                    behind
                }
                _ => rest.strip_prefix('%')?,
            };
        }
        Some(rest)
    }

    /// Reads `Z`, `+0100` or `+01:00`.
    fn zone<'t>(&mut self, text: &'t str) -> Option<&'t str> {
        if let Some(rest) = text.strip_prefix(['Z', 'z']) {
            return Some(rest);
        }
        let is_behind = text.starts_with('-');
        let (mut hours, mut minutes) = (0, 0);
        let rest = number(text.strip_prefix(['+', '-'])?, 2, &mut hours)?;
        let rest = number(rest.strip_prefix(':').unwrap_or(rest), 2, &mut minutes)?;
        let minutes = hours.checked_mul(60)?.checked_add(minutes)?;
        let seconds = i64::try_from(minutes.checked_mul(60)?).ok()?;
        self.offset = if is_behind { seconds.checked_neg()? } else { seconds };
        Some(rest)
    }

    fn seconds(self) -> Option<u64> {
        match self.unix {
            Some(seconds) => Some(seconds),
            None => self.civil.seconds()?.checked_add_signed(self.offset.checked_neg()?),
        }
    }
}

/// Reads a number of this many digits, and returns the rest of the text.
fn number<'t>(text: &'t str, digits: usize, value: &mut u64) -> Option<&'t str> {
    let (number, rest) = text.split_at_checked(digits)?;
    *value = number.bytes().all(|b| b.is_ascii_digit()).then(|| number.parse().ok())??;
    Some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(unit: Option<ReportTimeUnit>, format: Option<&str>, text: &str, unix_ms: Option<u64>) {
        let format = format.map(str::to_owned);
        let spec = ReportTimeSpec { at: "/at".to_owned(), unit, format };
        let time = ReportTimeForm::compile(&spec).unwrap();
        let found = time.parse(text).map(|at| at.duration_since(UNIX_EPOCH).unwrap().as_millis());
        assert_eq!(found, unix_ms.map(u128::from), "{text}");
    }

    #[test]
    fn times_are_read_in_the_form_of_the_gateway() {
        let seconds = Some(ReportTimeUnit::Seconds);
        check(seconds, None, "1795888085", Some(1_795_888_085_000));
        check(seconds, None, "1795888085.5", Some(1_795_888_085_000));
        check(seconds, None, "-1", None);
        check(seconds, None, "18446744073709551616", None);
        check(Some(ReportTimeUnit::Milliseconds), None, "1795888085123", Some(1_795_888_085_123));
        check(None, None, "2026-11-28T18:10:02.574Z", Some(1_795_889_402_574));
        check(None, None, "2026-11-28T19:10:02+01:00", Some(1_795_889_402_000));
        check(None, None, "2026-11-28T19:10:02.000+0100", Some(1_795_889_402_000));
        check(None, None, "2026-02-30T19:10:02Z", None);
        check(None, None, "é", None);
        check(None, Some("%y%m%d%H%M"), "2611281810", Some(1_795_889_400_000));
        check(None, Some("%y%m%d%H%M"), "26112818100", None);
        check(None, Some("%F %T"), "2026-11-28 18:10:02", Some(1_795_889_402_000));
        check(None, Some("%d %b %Y %T %z"), "28 Nov 2026 19:10:02 +0100", Some(1_795_889_402_000));
        check(None, Some("%Fx%T%z"), "2026-11-28x17:10:02-01:00", Some(1_795_889_402_000));
        check(None, Some("%s%%"), "1795889402%", Some(1_795_889_402_000));
        check(None, Some("%F"), "2026-13-01", None);
        check(None, Some("%F"), "2026-é", None);
    }

    #[test]
    fn times_are_read_as_they_were_written() {
        let at = UNIX_EPOCH + Duration::from_secs(1_795_889_402);
        let check = |unit: Option<ReportTimeUnit>, format: Option<&str>| {
            let format = format.map(str::to_owned);
            let spec = ReportTimeSpec { at: "/at".to_owned(), unit, format };
            let time = ReportTimeForm::compile(&spec).unwrap();
            let text = time.write(at).unwrap();
            assert_eq!(time.parse(&text), Some(at), "{text}");
        };
        check(None, None);
        check(Some(ReportTimeUnit::Seconds), None);
        check(Some(ReportTimeUnit::Milliseconds), None);
        for format in ["%Y%m%d%H%M%S", "%F %T", "%d %b %Y %T %z", "%y-%m-%d %T%%", "%s"] {
            check(None, Some(format));
        }
    }

    #[test]
    fn formats_that_name_no_time_are_refused() {
        for format in ["YYYY-MM-DD", "%Q", "%", "", &"%Y".repeat(40)] {
            let format = Some(format.to_owned());
            let spec = ReportTimeSpec { at: "/at".to_owned(), unit: None, format };
            assert_eq!(ReportTimeForm::compile(&spec).unwrap_err().path(), "reports.at.format");
        }
    }
}
