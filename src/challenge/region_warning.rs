//! The rules of the allowed regions, at start-up.

use std::fmt;
use std::time::Duration;

use crate::message::{Autofill, MessageTemplates, TextWarning};
use crate::otp::Digits;
use crate::phone::{
    BankRule, QuietHours, Region, RegionRules, ReportMeaning, SenderRule, TextRule,
};
use crate::secret::SecretString;
use crate::telemetry;

/// The number of regions up to which each one is logged. An application that allows all regions
/// would log hundreds of lines at each start.
const LOGGED: usize = 30;

/// A rule of an allowed region that concerns the application: its senders, texts, delivery reports
/// or hours, or a rule for banks. From
/// [`Challenges::region_warnings`](super::Challenges::region_warnings).
///
/// `Display` prints it in one line, with the day on which the rules were collected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RegionWarning {
    /// The region.
    pub region: Region,
    /// The rule.
    pub kind: RegionWarningKind,
}

/// The kind of a [`RegionWarning`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RegionWarningKind {
    /// A central bank, or an association of banks, has a rule about codes by SMS, which concerns
    /// financial institutions only. See
    /// [`only_confirmed_numbers`](super::ChallengesBuilder::only_confirmed_numbers).
    Bank(BankRule),
    /// Generic names are refused as senders, or a name must contain the brand.
    GenericNames,
    /// Names as senders are not simply accepted.
    #[non_exhaustive]
    Names {
        /// The rule.
        rule: SenderRule,
        /// Other facts about the region.
        note: Option<&'static str>,
    },
    /// A vendor lists quiet hours for all messages.
    QuietHours(QuietHours),
    /// Delivery reports do not show that the phone received a message.
    Reports(ReportMeaning),
    /// Some of the application's texts break a rule on texts.
    #[non_exhaustive]
    Text {
        /// The rule.
        rule: TextRule,
        /// The number of texts that break it.
        count: usize,
    },
}

impl RegionWarningKind {
    /// Returns the stable word of the rule for logs, without its values. For
    /// [`Text`](Self::Text) it is that of the [`TextRule`].
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Bank(_) => "bank",
            Self::GenericNames => "generic_names",
            Self::Names { rule: SenderRule::Refused, .. } => "names_refused",
            Self::Names { rule: SenderRule::Registered, .. } => "names_registered",
            Self::Names { rule: SenderRule::Replaced, .. } => "names_replaced",
            Self::Names { .. } => "names",
            Self::QuietHours(_) => "quiet_hours",
            Self::Reports(_) => "reports",
            Self::Text { rule, .. } => rule.name(),
        }
    }
}

impl fmt::Display for RegionWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use RegionWarningKind as K;
        write!(f, "{}: ", self.region)?;
        match &self.kind {
            K::Bank(rule) => write!(f, "for financial institutions: {rule}"),
            K::GenericNames => f.write_str("generic names as senders are refused"),
            K::Names { rule, note } => {
                f.write_str(match rule {
                    SenderRule::Refused => "names as senders are refused",
                    SenderRule::Registered => "names as senders must be registered",
                    SenderRule::Replaced => "names as senders are replaced",
                    _ => "names as senders are restricted",
                })?;
                note.map_or(Ok(()), |note| write!(f, ": {note}"))
            }
            K::QuietHours(hours) => write!(f, "quiet hours {hours}"),
            K::Reports(ReportMeaning::None) => {
                f.write_str("delivery reports are missing or made up")
            }
            K::Reports(_) => f.write_str("delivery reports come from the operator, not the phone"),
            K::Text { rule, count: 1 } => write!(f, "1 text breaks a rule: expected {rule}"),
            K::Text { rule, count } => write!(f, "{count} texts break a rule: expected {rule}"),
        }?;
        write!(f, " (as of {})", RegionRules::AS_OF)
    }
}

/// The texts that the application sends.
pub(super) struct SentTexts<'a> {
    pub(super) texts: &'a MessageTemplates,
    pub(super) digits: Digits,
    pub(super) lifetime: Duration,
    pub(super) autofill: Option<&'a Autofill>,
    /// The brand, if the application has named it.
    pub(super) brand: Option<&'a str>,
}

/// Returns the warnings for these regions.
pub(super) fn find(
    regions: impl Iterator<Item = Region>,
    texts: &SentTexts<'_>,
) -> Vec<RegionWarning> {
    let mut broken = BrokenRules { texts, rendered: None, counts: Vec::new() };
    let mut kinds = |rules: RegionRules| {
        let kinds =
            [names(rules), generic_names(rules), bank(rules), quiet_hours(rules), reports(rules)];
        kinds.into_iter().flatten().chain(broken.of(rules)).collect::<Vec<_>>()
    };
    regions
        .filter_map(RegionRules::of)
        .flat_map(|rules| {
            let region = rules.region();
            kinds(rules).into_iter().map(move |kind| RegionWarning { region, kind })
        })
        .collect()
}

fn names(rules: RegionRules) -> Option<RegionWarningKind> {
    let (rule, note) = (rules.names(), rules.note());
    let is_plain = matches!(rule, SenderRule::Accepted) && note.is_none();
    (!is_plain).then_some(RegionWarningKind::Names { rule, note })
}

fn generic_names(rules: RegionRules) -> Option<RegionWarningKind> {
    // Where no names are accepted, the generic ones do not matter.
    let is_refused = rules.names() == SenderRule::Refused;
    let is_concerned = !is_refused && rules.generic_names_refused() == Some(true);
    is_concerned.then_some(RegionWarningKind::GenericNames)
}

fn bank(rules: RegionRules) -> Option<RegionWarningKind> {
    rules.bank_rule().map(RegionWarningKind::Bank)
}

fn quiet_hours(rules: RegionRules) -> Option<RegionWarningKind> {
    let hours = rules.quiet_hours();
    matches!(hours, QuietHours::Listed { .. }).then_some(RegionWarningKind::QuietHours(hours))
}

fn reports(rules: RegionRules) -> Option<RegionWarningKind> {
    let meaning = rules.reports();
    let is_less = matches!(meaning, ReportMeaning::Carrier | ReportMeaning::None);
    is_less.then_some(RegionWarningKind::Reports(meaning))
}

/// The rules on texts that were looked at, and the texts. Many regions have the same rules, and
/// each application has texts in dozens of languages, so each text is rendered once and searched
/// once for each rule.
struct BrokenRules<'a> {
    texts: &'a SentTexts<'a>,
    rendered: Option<Vec<SecretString>>,
    /// The number of texts that break a rule.
    counts: Vec<(TextRule, usize)>,
}

impl BrokenRules<'_> {
    /// Returns the rules of a region on texts that at least one text breaks.
    fn of(&mut self, rules: RegionRules) -> Vec<RegionWarningKind> {
        let counted = rules.text_rules().iter().map(|rule| (*rule, self.count(*rule)));
        counted
            .filter(|(_, count)| *count > 0)
            .map(|(rule, count)| RegionWarningKind::Text { rule, count })
            .collect()
    }

    /// Returns the number of texts that break a rule.
    fn count(&mut self, rule: TextRule) -> usize {
        if let Some((_, count)) = self.counts.iter().find(|(known, _)| *known == rule) {
            return *count;
        }
        let SentTexts { texts, digits, lifetime, autofill, brand } = *self.texts;
        // Without a brand, no text is known to name it. The empty one would be in every text.
        let brand = brand.unwrap_or("\0");
        let rendered = self.rendered.get_or_insert_with(|| {
            texts.longest(digits, lifetime, autofill).map(|(_, _, text)| text).collect()
        });
        let breaks = |text: &&SecretString| TextWarning::breaks(text.expose(), rule, Some(brand));
        let count = rendered.iter().filter(breaks).count();
        self.counts.push((rule, count));
        count
    }
}

/// Logs the warnings, one event for each region.
pub(super) fn log(warnings: &[RegionWarning]) {
    let regions: Vec<_> = warnings.chunk_by(|a, b| a.region == b.region).collect();
    if regions.len() > LOGGED {
        telemetry::many_region_rules(regions.len());
        return;
    }
    for region in regions {
        let rules: Vec<_> = region.iter().map(|warning| warning.kind.name()).collect();
        if let Some(first) = region.first() {
            telemetry::region_rules(first.region.as_str(), &rules.join(","));
        }
    }
}
