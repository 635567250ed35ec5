//! Rules of regions for senders and texts, as vendors document them.

mod bank;
mod hours;
mod row;
mod sender;
mod source;
#[rustfmt::skip]
mod table;
mod text;

use core::fmt;

pub use bank::BankRule;
pub use hours::QuietHours;
use row::RuleRow;
pub use sender::{ReportMeaning, SenderRule};
pub use source::RuleSource;
use table::{AS_OF, BANKS, DATES, HOURS, NOTES, ROWS, SOURCES, TEXTS};
pub use text::TextRule;

use super::Region;

/// The rules of a region for the senders and texts of one-time codes.
///
/// They come from the documentation of vendors and from the press, as of [`AS_OF`](Self::AS_OF),
/// and can be wrong or outdated. Networks of a region differ. Each accessor returns the strictest
/// rule that a message meets there. A rule that no source states is unknown: it is never reported
/// as a permission.
///
/// The application remains responsible for following the rules. The page `choosing` of the guide
/// shows all regions at a glance.
///
/// # Examples
///
/// ```
/// use otpost::phone::{Region, RegionRules, SenderRule};
///
/// let rules = |code| RegionRules::of(Region::parse(code).ok()?);
/// let singapore = rules("SG").ok_or("no rules")?;
/// assert_eq!(singapore.names(), SenderRule::Registered);
/// assert_eq!(singapore.generic_names_refused(), Some(true));
/// assert!(singapore.note().unwrap_or_default().contains("Likely-SCAM"));
/// assert!(singapore.bank_rule().is_some());
///
/// // No source mentions Guernsey.
/// assert!(rules("GG").is_none());
/// # Ok::<(), &str>(())
/// ```
#[doc(alias = "country")]
#[doc(alias = "regulation")]
#[doc(alias = "sender id")]
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RegionRules {
    region: Region,
    row: &'static RuleRow,
}

impl RegionRules {
    /// The day on which the rules were collected, such as `2026-11-28`.
    pub const AS_OF: &'static str = AS_OF;

    /// Returns the rules of a region, or `None` if no source mentions it.
    #[must_use]
    pub fn of(region: Region) -> Option<Self> {
        let code = region.as_str().as_bytes();
        let place = ROWS.binary_search_by(|row| row.region.as_slice().cmp(code)).ok()?;
        ROWS.get(place).map(|row| Self { region, row })
    }

    /// Returns the rules of all regions that a source mentions.
    pub fn all() -> impl Iterator<Item = Self> {
        Region::all().filter_map(Self::of)
    }

    /// Returns the region.
    #[must_use]
    pub const fn region(&self) -> Region {
        self.region
    }

    /// Returns the rule for names as senders.
    #[doc(alias = "alphanumeric")]
    #[must_use]
    pub const fn names(&self) -> SenderRule {
        self.row.names
    }

    /// Returns `true` if generic names such as `Verify` or `INFO` are refused, or if a name must
    /// contain the brand. `None` if it is unknown.
    #[must_use]
    pub const fn generic_names_refused(&self) -> Option<bool> {
        self.row.generic_refused
    }

    /// Returns the rule for phone numbers as senders.
    #[must_use]
    pub const fn numbers(&self) -> SenderRule {
        self.row.numbers
    }

    /// Returns `true` if a vendor sells short codes, and `false` if the documents of all vendors
    /// that were read say that they do not. `None` if it is unknown.
    #[must_use]
    pub const fn short_codes(&self) -> Option<bool> {
        self.row.short_codes
    }

    /// Returns the meaning of delivery reports.
    #[doc(alias = "dlr")]
    #[must_use]
    pub const fn reports(&self) -> ReportMeaning {
        self.row.reports
    }

    /// Returns the hours in which a vendor sends no messages.
    #[must_use]
    pub fn quiet_hours(&self) -> QuietHours {
        HOURS.get(usize::from(self.row.hours)).copied().unwrap_or(QuietHours::Unknown)
    }

    /// Returns the known rules on the text of a message. Empty for most regions, which does not
    /// mean that they have no rules.
    #[must_use]
    pub fn text_rules(&self) -> &'static [TextRule] {
        TEXTS.get(usize::from(self.row.texts)).copied().unwrap_or_default()
    }

    /// Returns the rule of a central bank, or of an association of banks, about codes by SMS.
    /// `None` if no source mentions one, which does not mean that it does not exist.
    #[must_use]
    pub fn bank_rule(&self) -> Option<BankRule> {
        BANKS.get(usize::from(self.row.bank).checked_sub(1)?).copied()
    }

    /// Returns what else is known about senders, in a few words.
    #[must_use]
    pub fn note(&self) -> Option<&'static str> {
        NOTES.get(usize::from(self.row.note)).copied().filter(|note| !note.is_empty())
    }

    /// Returns the sources of these rules.
    pub fn sources(&self) -> impl Iterator<Item = RuleSource> {
        let bits = self.row.sources;
        SOURCES.iter().enumerate().filter(move |(place, _)| bits >> place & 1 == 1).map(|(_, s)| *s)
    }

    /// Returns the date of the newest sources: a year, month or day of ISO 8601, or an interval
    /// such as `2025-10/2026-06`.
    #[must_use]
    pub fn source_date(&self) -> &'static str {
        DATES.get(usize::from(self.row.date)).copied().unwrap_or_default()
    }
}

impl fmt::Debug for RegionRules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RegionRules")
            .field("region", &self.region)
            .field("names", &self.names())
            .field("generic_names_refused", &self.generic_names_refused())
            .field("numbers", &self.numbers())
            .field("short_codes", &self.short_codes())
            .field("reports", &self.reports())
            .field("quiet_hours", &self.quiet_hours())
            .field("text_rules", &self.text_rules())
            .field("bank_rule", &self.bank_rule())
            .field("note", &self.note())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_takes_less_than_13_kilobytes() {
        let texts = NOTES.iter().chain(&DATES).map(|text| text.len()).sum::<usize>()
            + BANKS.iter().map(|rule| rule.text.len() + 10).sum::<usize>()
            + SOURCES.iter().map(|source| source.title.len() + 20).sum::<usize>();
        let lists = TEXTS.iter().map(|rules| size_of_val(*rules)).sum::<usize>();
        let tables = size_of_val(&ROWS)
            + size_of_val(&NOTES)
            + size_of_val(&DATES)
            + size_of_val(&TEXTS)
            + size_of_val(&HOURS)
            + size_of_val(&BANKS)
            + size_of_val(&SOURCES);
        let bytes = texts + lists + tables;
        assert!((8_000..13_000).contains(&bytes), "{bytes}");
    }
}
