use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;
use core::str::FromStr;

/// A language tag such as `de-CH` (BCP 47), for gateways that read a code aloud or choose the text.
///
/// # Examples
///
/// ```
/// use otpost::message::Locale;
///
/// assert_eq!(Locale::parse("de-CH")?.as_str(), "de-CH");
/// assert!(Locale::parse("de_CH; DROP TABLE").is_err());
/// # Ok::<(), otpost::message::LocaleError>(())
/// ```
#[doc(alias = "language")]
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Locale(Box<str>);

impl Locale {
    /// Parses a language tag of at most 35 characters.
    ///
    /// The subtags have 1 to 8 ASCII letters and digits, joined by hyphens. The first one has 2 to
    /// 8 letters. The tag is not checked against a registry, so the language need not exist.
    ///
    /// # Errors
    ///
    /// [`LocaleError`] if the tag does not have this form.
    pub fn parse(tag: &str) -> Result<Self, LocaleError> {
        let mut subtags = tag.split('-');
        let language = subtags.next().unwrap_or_default();
        // RFC 5646 §4.4.1: a limited buffer has to hold tags of at least 35 characters.
        let fits = tag.len() <= 35
            && (2..=8).contains(&language.len())
            && language.bytes().all(|b| b.is_ascii_alphabetic())
            && subtags.all(|subtag| {
                (1..=8).contains(&subtag.len()) && subtag.bytes().all(|b| b.is_ascii_alphanumeric())
            });
        if fits { Ok(Self(tag.into())) } else { Err(LocaleError) }
    }

    /// Chooses the locale that suits an `Accept-Language` header best (RFC 9110 §12.5.4), or
    /// `default` if none does.
    ///
    /// Languages are tried by descending quality, and in the order of the header where that is
    /// equal. `de-CH` finds `de-CH`, else `de` (RFC 4647 §3.4); `de` also finds `de-CH`. A quality
    /// of 0 rules a language out. `*` stands for `default`.
    ///
    /// The header comes from the network, so it is bounded: above 1,024 bytes it is ignored, and
    /// after 32 languages the rest of it is. A language that is malformed is skipped.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::message::Locale;
    ///
    /// let texts = [Locale::parse("en")?, Locale::parse("de")?, Locale::parse("fr-CH")?];
    /// let best = |header| Locale::from_accept_language(header, &texts, &texts[0]);
    /// assert_eq!(best("de-CH, en;q=0.8").as_str(), "de");
    /// assert_eq!(best("it, fr;q=0.9, en;q=0.8").as_str(), "fr-CH");
    /// assert_eq!(best("ja").as_str(), "en");
    /// # Ok::<(), otpost::message::LocaleError>(())
    /// ```
    #[must_use]
    pub fn from_accept_language<'l>(
        header: &str,
        available: impl IntoIterator<Item = &'l Self>,
        default: &Self,
    ) -> Self {
        let available: Vec<&Self> = available.into_iter().collect();
        let ranges = LanguageRange::all(header);
        // The ranges are sorted, so those of quality 0 come last. They exclude locales, but find
        // none.
        let found = ranges.iter().take_while(|range| range.quality > 0).find_map(|range| {
            if range.tag == "*" {
                return Some(default).filter(|locale| !locale.is_ruled_out(&ranges));
            }
            let allowed = || available.iter().copied().filter(|of| !of.is_ruled_out(&ranges));
            range.lookup(allowed())
        });
        found.unwrap_or(default).clone()
    }

    /// Returns `true` if the longest range that covers this locale has a quality of 0.
    fn is_ruled_out(&self, ranges: &[LanguageRange<'_>]) -> bool {
        // The longest range is the most specific one: `fr-CH, fr;q=0` still allows `fr-CH`.
        let covering = ranges.iter().filter(|range| range.covers(self));
        covering.max_by_key(|range| range.tag.len()).is_some_and(|range| range.quality == 0)
    }

    /// Returns the tag as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Locale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for Locale {
    type Err = LocaleError;

    fn from_str(tag: &str) -> Result<Self, LocaleError> {
        Self::parse(tag)
    }
}

/// One language of an `Accept-Language` header.
struct LanguageRange<'h> {
    tag: &'h str,
    /// In thousandths.
    quality: u16,
}

impl<'h> LanguageRange<'h> {
    /// The longest header of any browser is below 300 bytes.
    const MAX_HEADER: usize = 1_024;
    const MAX_RANGES: usize = 32;

    /// Parses a header into ranges, the best first.
    fn all(header: &'h str) -> Vec<Self> {
        let header = Some(header).filter(|header| header.len() <= Self::MAX_HEADER);
        let ranges = header.into_iter().flat_map(|header| header.split(','));
        let mut ranges: Vec<_> = ranges.take(Self::MAX_RANGES).filter_map(Self::parse).collect();
        // A stable sort: ranges of equal quality keep the order of the header.
        ranges.sort_by_key(|range| core::cmp::Reverse(range.quality));
        ranges
    }

    fn parse(text: &'h str) -> Option<Self> {
        let (tag, weight) = match text.split_once(';') {
            Some((tag, weight)) => (tag, Some(weight)),
            None => (text, None),
        };
        let tag = tag.trim_matches([' ', '\t']);
        if tag != "*" && Locale::parse(tag).is_err() {
            return None;
        }
        Some(Self { tag, quality: weight.map_or(Some(1_000), quality)? })
    }

    /// RFC 4647 §3.4, and for a range without a region also §3.3.1: `de` finds `de-CH`.
    fn lookup<'l>(
        &self,
        available: impl Iterator<Item = &'l Locale> + Clone,
    ) -> Option<&'l Locale> {
        let mut tag = self.tag;
        loop {
            let is_same = |locale: &&Locale| locale.as_str().eq_ignore_ascii_case(tag);
            if let Some(found) = available.clone().find(is_same) {
                return Some(found);
            }
            // Only for the full range. A shortened one must match exactly: `de-CH` does not find
            // `de-AT`.
            if tag.len() == self.tag.len()
                && let Some(found) = available.clone().find(|locale| self.covers(locale))
            {
                return Some(found);
            }
            (tag, _) = tag.rsplit_once('-')?;
        }
    }

    /// Basic filtering (RFC 4647 §3.3.1): the range is the whole tag, or its first subtags.
    fn covers(&self, locale: &Locale) -> bool {
        let parts = locale.as_str().split_at_checked(self.tag.len());
        self.tag == "*"
            || parts.is_some_and(|(head, rest)| {
                head.eq_ignore_ascii_case(self.tag) && (rest.is_empty() || rest.starts_with('-'))
            })
    }
}

/// Parses a weight (RFC 9110 §12.4.2) such as `q=0.8` into thousandths.
fn quality(weight: &str) -> Option<u16> {
    let weight = weight.trim_matches([' ', '\t']);
    let value = weight.strip_prefix("q=").or_else(|| weight.strip_prefix("Q="))?;
    let (whole, decimals) = value.split_once('.').unwrap_or((value, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    // Fill up to three decimals: `0.8` is 800 thousandths.
    let thousandths = decimals.bytes().chain(core::iter::repeat(b'0')).take(3);
    let thousandths = thousandths.fold(0_u16, |sum, digit| {
        sum.saturating_mul(10).saturating_add(u16::from(digit.saturating_sub(b'0')))
    });
    match (whole, thousandths) {
        ("0", _) => Some(thousandths),
        ("1", 0) => Some(1_000),
        _ => None,
    }
}

/// An error for an invalid language tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid language tag: expected letters and digits joined by hyphens, such as de-CH")]
#[non_exhaustive]
pub struct LocaleError;
