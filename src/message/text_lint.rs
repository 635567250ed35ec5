//! The rules of regions on texts.

use alloc::vec::Vec;
use core::fmt;

use super::links::{self, FoundLink, LinkKind};
use super::message::Message;
use super::segments::{Encoding, Segments};
use crate::phone::{Region, RegionRules, TextRule};

/// The hosts of link shorteners that are used most.
const SHORTENERS: [&str; 12] = [
    "bit.ly",
    "cutt.ly",
    "goo.gl",
    "is.gd",
    "ow.ly",
    "rb.gy",
    "rebrand.ly",
    "s.id",
    "shorturl.at",
    "t.co",
    "t.ly",
    "tinyurl.com",
];

/// A reason why networks may reject a message, or charge more for it, because of its text.
///
/// It comes from [`RegionRules`]. The rules of networks change, so this is a warning and not an
/// error. A region without known rules causes no warning, which does not mean that it has no rules.
///
/// # Examples
///
/// ```
/// use otpost::message::TextWarning;
/// use otpost::phone::{Region, TextRule};
///
/// let malaysia = Region::parse("MY")?;
/// let rules = |text| {
///     let warnings = TextWarning::find(text, malaysia, Some("Acme"));
///     warnings.into_iter().map(|warning| warning.rule).collect::<Vec<_>>()
/// };
/// assert_eq!(rules("RM0 123456 is your Acme code."), []);
/// assert_eq!(
///     rules("123456 is your code for acme.example"),
///     [TextRule::NoLinks, TextRule::Prefix("RM0 ")],
/// );
/// # Ok::<(), otpost::phone::RegionError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TextWarning {
    /// The region of the recipient.
    pub region: Region,
    /// The rule that the text breaks.
    pub rule: TextRule,
}

impl TextWarning {
    /// Returns the rules of a region that a text breaks. Without `brand`, the rule that a text
    /// names the brand is not checked.
    ///
    /// A host in an autofill line counts as a link. [`TextRule::RegisteredText`] always causes a
    /// warning, because the registered texts are not known here.
    #[must_use]
    pub fn find(text: &str, region: Region, brand: Option<&str>) -> Vec<Self> {
        let rules = RegionRules::of(region).map(|rules| rules.text_rules()).unwrap_or_default();
        let broken = rules.iter().filter(|rule| Self::breaks(text, **rule, brand));
        broken.map(|rule| Self { region, rule: *rule }).collect()
    }

    /// Returns whether a text breaks a rule.
    pub(crate) fn breaks(text: &str, rule: TextRule, brand: Option<&str>) -> bool {
        is_broken(rule, text, brand)
    }
}

impl fmt::Display for TextWarning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { region, rule } = self;
        write!(
            f,
            "the text of a message breaks a rule of {region}: expected {rule} (as of {})",
            RegionRules::AS_OF
        )
    }
}

impl Message {
    /// Returns the rules of the recipient's region that the text breaks, as [`TextWarning::find`]
    /// does. Returns nothing for a number without a region.
    ///
    /// [`TextRule::RegisteredText`] is left out for a message with a [registered
    /// template](Self::with_dlt), whose text was compared with it, and for one to India, where
    /// [`lint_sender`](Self::lint_sender) reports a missing template.
    #[must_use]
    pub fn lint_text(&self, brand: Option<&str>) -> Vec<TextWarning> {
        let Some(region) = self.to().region() else { return Vec::new() };
        let text = self.text().expose();
        // The search leaves copies of words behind in memory. It gets a code of zeros.
        let masked = self.code().map(|code| {
            let code = code.expose();
            text.replace(code, &"0".repeat(code.len()))
        });
        let mut warnings = TextWarning::find(masked.as_deref().unwrap_or(text), region, brand);
        if self.is_registered() || region.as_str() == "IN" {
            warnings.retain(|warning| warning.rule != TextRule::RegisteredText);
        }
        warnings
    }
}

fn is_broken(rule: TextRule, text: &str, brand: Option<&str>) -> bool {
    match rule {
        TextRule::Brand => brand.is_some_and(|brand| !names(text, brand)),
        TextRule::EucKr(most) => euc_kr_bytes(text) > usize::from(most),
        TextRule::Gsm7 => Segments::of(text).encoding != Encoding::Gsm7,
        TextRule::NoCharacter(character) => text.contains(character),
        TextRule::NoLinks | TextRule::RegisteredLinks => links::find(text).iter().any(is_link),
        TextRule::NoPhoneNumbers => has_phone_number(text),
        TextRule::NoShortLinks => links::find(text).iter().any(|link| is_short(text, link)),
        TextRule::Prefix(prefix) => !text.starts_with(prefix),
        TextRule::RegisteredText => true,
        // The exact sentence is not known, but it has to contain a form of this word.
        TextRule::ReplyCharge => !text.to_lowercase().contains("charg"),
        TextRule::Segments(most) => Segments::of(text).count > usize::from(most),
        TextRule::Signature => !has_pair(text, '【', '】') && !has_pair(text, '[', ']'),
        TextRule::Units { gsm7, ucs2 } => {
            let segments = Segments::of(text);
            segments.units
                > usize::from(match segments.encoding {
                    Encoding::Gsm7 => gsm7,
                    Encoding::Ucs2 => ucs2,
                })
        }
    }
}

fn names(text: &str, brand: &str) -> bool {
    text.to_lowercase().contains(&brand.to_lowercase())
}

/// Returns the bytes of a text in EUC-KR, which has one for each character of ASCII and two for
/// each other one.
fn euc_kr_bytes(text: &str) -> usize {
    text.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum()
}

/// Returns `true` for what phones open, and not for the signs of an autofill line.
const fn is_link(link: &FoundLink) -> bool {
    matches!(link.kind, LinkKind::Domain | LinkKind::IpAddress | LinkKind::Url)
}

fn is_short(text: &str, link: &FoundLink) -> bool {
    let link = text.get(link.range.clone()).unwrap_or_default().to_lowercase();
    let rest = link.split_once("://").map_or(&*link, |(_, rest)| rest);
    let host = rest.split(['/', '?', '#', ':']).next().unwrap_or_default();
    SHORTENERS.contains(&host.trim_start_matches("www."))
}

/// Returns `true` if a text contains a run of at least nine digits, or of seven behind a plus. A
/// code has at most eight. One space, dash, dot or opening parenthesis may separate two digits, but
/// not two of them: `12345678. 5 minutes` is not one number.
fn has_phone_number(text: &str) -> bool {
    let (mut digits, mut has_plus, mut is_separated) = (0_usize, false, false);
    for c in text.chars() {
        match c {
            _ if c.is_numeric() => {
                digits = digits.saturating_add(1);
                is_separated = false;
                if digits >= if has_plus { 7 } else { 9 } {
                    return true;
                }
            }
            ')' if digits > 0 => {}
            ' ' | '-' | '.' | '(' if digits > 0 && !is_separated => is_separated = true,
            _ => (digits, has_plus, is_separated) = (0, c == '+', false),
        }
    }
    false
}

/// Returns `true` if a text contains both brackets, the first one before the second.
fn has_pair(text: &str, open: char, close: char) -> bool {
    text.split_once(open).is_some_and(|(_, rest)| rest.contains(close))
}
