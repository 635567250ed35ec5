//! Dates of the Gregorian calendar and their seconds since 1970, UTC.

/// A date and a time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Civil {
    pub(crate) year: u64,
    pub(crate) month: u64,
    pub(crate) day: u64,
    pub(crate) hour: u64,
    pub(crate) minute: u64,
    pub(crate) second: u64,
}

/// The last second of the year 9999. RFC 3339 has four digits for the year.
pub(crate) const LAST: u64 = 253_402_300_799;

/// Returns the date of a second since 1970. Seconds after the year 9999 become its last one.
#[expect(clippy::arithmetic_side_effects, reason = "the year 9999 is far below any overflow")]
pub(crate) fn civil(seconds: u64) -> Civil {
    let seconds = seconds.min(LAST);
    let (days, second) = (seconds / 86_400, seconds % 86_400);
    // Convert days to a date in eras of 400 years that begin in March, so that the leap day comes
    // last.
    // 719 468 days lie between 1 March of the year 0 and 1970. An era has 146 097 days.
    let shifted = days + 719_468;
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    // From March on, every five months together have 153 days, so a division finds the month.
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + u64::from(month <= 2);
    let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
    Civil { year, month, day, hour, minute, second }
}

impl Civil {
    /// Returns the second since 1970, or `None` for a date that does not exist or is outside the
    /// years 1970 to 9999.
    #[expect(clippy::arithmetic_side_effects, reason = "all parts are checked to be small first")]
    pub(crate) fn seconds(self) -> Option<u64> {
        let Self { year, month, day, hour, minute, second } = self;
        let fits = (1970..=9999).contains(&year)
            && (1..=12).contains(&month)
            && (1..=31).contains(&day)
            && hour <= 23
            && minute <= 59
            // RFC 3339 §5.7: 60 is a leap second.
            && second <= 60;
        if !fits {
            return None;
        }
        // The reverse of `civil`, in years that begin in March.
        let (year, month) = if month <= 2 { (year - 1, month + 9) } else { (year, month - 3) };
        let (era, year_of_era) = (year / 400, year % 400);
        let day_of_year = (153 * month + 2) / 5 + day - 1;
        let day_of_era = 365 * year_of_era + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let days = (era * 146_097 + day_of_era).checked_sub(719_468)?;
        let seconds = days * 86_400 + hour * 3_600 + minute * 60 + second;
        // A day such as 31 April would be read as 1 May.
        let is_real = civil(days * 86_400).day == day;
        (is_real && seconds <= LAST).then_some(seconds)
    }
}

/// Returns the number of the day of the week, from 0 for Sunday.
pub(crate) const fn weekday(seconds: u64) -> u64 {
    // 1 January 1970 was a Thursday.
    (seconds / 86_400).saturating_add(4) % 7
}

/// Formats a second since 1970 as `2026-01-31T12:00:00Z` (RFC 3339).
#[cfg(feature = "gateway")]
pub(crate) fn rfc3339(seconds: u64) -> alloc::string::String {
    let Civil { year, month, day, hour, minute, second } = civil(seconds);
    alloc::format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// An instant, and the offset of the clock that shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Instant {
    /// The second since 1970, UTC.
    pub(crate) seconds: u64,
    pub(crate) millis: u32,
    /// The seconds that the local clock is ahead of UTC.
    pub(crate) offset: i64,
}

impl Instant {
    /// Parses a date of RFC 3339, such as `2026-01-31T12:00:00.5+01:00`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let number = |from: usize, to: usize| {
            let digits = text.get(from..to)?;
            digits.bytes().all(|b| b.is_ascii_digit()).then(|| digits.parse::<u64>().ok())?
        };
        let is =
            |at: usize, signs: &[u8]| text.as_bytes().get(at).is_some_and(|b| signs.contains(b));
        let separated =
            is(4, b"-") && is(7, b"-") && is(10, b"Tt ") && is(13, b":") && is(16, b":");
        let civil = Civil {
            year: number(0, 4)?,
            month: number(5, 7)?,
            day: number(8, 10)?,
            hour: number(11, 13)?,
            minute: number(14, 16)?,
            second: number(17, 19)?,
        };
        let rest = text.get(19..).filter(|_| separated)?;
        let (zone, millis) = match rest.strip_prefix('.') {
            Some(fraction) => {
                let zone = fraction.trim_start_matches(|c: char| c.is_ascii_digit());
                let digits = fraction.strip_suffix(zone).filter(|digits| !digits.is_empty())?;
                // `5` is five tenths: fill up with zeros, and cut after the thousandths.
                let mut millis = 0_u32;
                for digit in digits.chars().chain(['0', '0', '0']).take(3) {
                    millis = millis.checked_mul(10)?.checked_add(digit.to_digit(10)?)?;
                }
                (zone, millis)
            }
            None => (rest, 0),
        };
        let offset = if zone.eq_ignore_ascii_case("z") { 0 } else { offset(zone)? };
        let seconds = civil.seconds()?.checked_add_signed(offset.checked_neg()?)?;
        Some(Self { seconds, millis, offset })
    }

    /// Returns the date that the local clock shows.
    pub(crate) fn local(self) -> Option<Civil> {
        Some(civil(self.seconds.checked_add_signed(self.offset)?))
    }
}

/// Parses a date of RFC 3339 as a second since 1970. A fraction is dropped.
#[cfg(feature = "gateway")]
pub(crate) fn parse_rfc3339(text: &str) -> Option<u64> {
    Instant::parse(text).map(|instant| instant.seconds)
}

/// Parses `+01:00` as seconds.
pub(crate) fn offset(zone: &str) -> Option<i64> {
    let digits = |text: Option<&str>| {
        text.filter(|text| text.bytes().all(|b| b.is_ascii_digit()))?.parse::<i64>().ok()
    };
    let (hours, minutes) = (digits(zone.get(1..3))?, digits(zone.get(4..6))?);
    let is_whole = zone.len() == 6 && zone.get(3..4) == Some(":") && hours <= 23 && minutes <= 59;
    let seconds = hours.checked_mul(3_600)?.checked_add(minutes.checked_mul(60)?)?;
    match zone.get(..1).filter(|_| is_whole)? {
        "+" => Some(seconds),
        "-" => seconds.checked_neg(),
        _ => None,
    }
}

#[cfg(all(test, feature = "gateway"))]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_rfc_3339_and_of_gnu_date() {
        for (unix, expected) in [
            (0, "1970-01-01T00:00:00Z"),
            (482_196_050, "1985-04-12T23:20:50Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_251_199, "2024-02-29T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
            (u64::from(u32::MAX), "2106-02-07T06:28:15Z"),
            (LAST, "9999-12-31T23:59:59Z"),
        ] {
            assert_eq!(rfc3339(unix), expected);
            assert_eq!(parse_rfc3339(expected), Some(unix));
        }
        // RFC 3339 §5.8.
        assert_eq!(parse_rfc3339("1985-04-12T23:20:50.52Z"), Some(482_196_050));
        assert_eq!(parse_rfc3339("1996-12-19T16:39:57-08:00"), Some(851_042_397));
        assert_eq!(parse_rfc3339("1990-12-31T23:59:60Z"), Some(662_688_000));
    }

    #[test]
    fn every_day_comes_back_and_no_other_is_one() {
        for day in 0..=LAST / 86_400 {
            let date = civil(day * 86_400);
            assert_eq!(date.seconds(), Some(day * 86_400));
        }
        for text in [
            "2025-02-29T00:00:00Z",
            "2026-04-31T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-01-00T00:00:00Z",
            "2026-01-01T24:00:00Z",
            "2026-01-01T00:60:00Z",
            "1969-12-31T23:59:59Z",
            "2026-01-01T00:00:00",
            "2026-01-01T00:00:00.Z",
            "2026-01-01T00:00:00+0100",
            "2026-01-01",
            "",
            "2026-01-01T00:00:00+24:00",
            "１２34-01-01T00:00:00Z",
            "+026-01-01T00:00:00Z",
        ] {
            assert_eq!(parse_rfc3339(text), None, "{text}");
        }
    }
}
