//! The numbering plans of all regions, from libphonenumber's metadata.

mod policy;

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, PhoneNumberType};

pub use policy::{KindPolicy, KindRefused};

use super::written::WrittenNumber;
use super::{PhoneNumber, PhoneNumberError, Region};

/// The kind of a phone number, as libphonenumber distinguishes them.
///
/// # Examples
///
/// ```
/// use otpost::PhoneNumber;
/// use otpost::phone::NumberKind;
///
/// let kind = |number| PhoneNumber::parse(number).ok()?.kind();
/// assert_eq!(kind("+41791234567"), Some(NumberKind::Mobile));
/// assert_eq!(kind("+41446681800"), Some(NumberKind::FixedLine));
/// assert_eq!(kind("+41900123456"), Some(NumberKind::PremiumRate));
/// assert_eq!(kind("+41201234567"), None); // in no numbering plan
/// ```
#[doc(alias = "line type")]
#[doc(alias = "landline")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum NumberKind {
    /// A fixed line.
    FixedLine,
    /// A fixed line or a mobile phone, in a plan that does not distinguish them, as in North
    /// America.
    FixedLineOrMobile,
    /// A mobile phone.
    Mobile,
    /// A pager.
    Pager,
    /// A personal number, which follows a person from line to line.
    Personal,
    /// A premium-rate number: the caller pays the owner.
    PremiumRate,
    /// A shared-cost number: the caller pays a part.
    SharedCost,
    /// A toll-free number: the owner pays.
    TollFree,
    /// A universal access number: one number for all places of a company.
    Uan,
    /// A voice mailbox.
    Voicemail,
    /// Telephony over the Internet.
    Voip,
}

words! {
    NumberKind, "kind of number":
    FixedLine = "fixed_line",
    FixedLineOrMobile = "fixed_line_or_mobile",
    Mobile = "mobile",
    Pager = "pager",
    Personal = "personal",
    PremiumRate = "premium_rate",
    SharedCost = "shared_cost",
    TollFree = "toll_free",
    Uan = "uan",
    Voicemail = "voicemail",
    Voip = "voip",
}

impl PhoneNumber {
    /// Returns the kind of the number, or `None` if the plan of its region does not contain it.
    ///
    /// The first call in a process loads the metadata of all regions, about 14 MB that stay in
    /// memory.
    #[must_use]
    pub fn kind(&self) -> Option<NumberKind> {
        let read = PHONE_NUMBER_UTIL.parse(self.e164(), None).ok()?;
        // If the metadata reads the digits as another number, it does not apply to this one.
        let is_same = PHONE_NUMBER_UTIL.format(&read, PhoneNumberFormat::E164) == self.e164();
        if !is_same || !PHONE_NUMBER_UTIL.is_valid_number(&read) {
            return None;
        }
        Some(match PHONE_NUMBER_UTIL.get_number_type(&read) {
            PhoneNumberType::FixedLine => NumberKind::FixedLine,
            PhoneNumberType::FixedLineOrMobile => NumberKind::FixedLineOrMobile,
            PhoneNumberType::Mobile => NumberKind::Mobile,
            PhoneNumberType::Pager => NumberKind::Pager,
            PhoneNumberType::PersonalNumber => NumberKind::Personal,
            PhoneNumberType::PremiumRate => NumberKind::PremiumRate,
            PhoneNumberType::SharedCost => NumberKind::SharedCost,
            PhoneNumberType::TollFree => NumberKind::TollFree,
            PhoneNumberType::UAN => NumberKind::Uan,
            PhoneNumberType::VoiceMail => NumberKind::Voicemail,
            PhoneNumberType::VoIP => NumberKind::Voip,
            PhoneNumberType::Unknown => return None,
        })
    }

    /// Returns `true` if the plan of its region contains the number. The number may still be
    /// unused.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.kind().is_some()
    }

    /// Parses a number as people in a region write it.
    ///
    /// Examples are `079 123 45 67`, `0033 6 12 34 56 78`, and numbers with a plus and a calling
    /// code. The text is cleaned as by [`normalize`](Self::normalize).
    ///
    /// Let the person choose the region, for example from a list. A region that is guessed from an
    /// IP address or a language sends codes to strangers.
    ///
    /// # Errors
    ///
    /// [`PhoneNumberError`]. It is [`Unassigned`](PhoneNumberError::Unassigned) if no plan contains
    /// the number, and [`Character`](PhoneNumberError::Character) for an extension or letters.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::PhoneNumber;
    /// use otpost::phone::Region;
    ///
    /// let number = PhoneNumber::parse_national("079 123 45 67", Region::parse("CH")?)?;
    /// assert_eq!(number.e164(), "+41791234567");
    /// assert!(PhoneNumber::parse_national("079 123", Region::parse("CH")?).is_err());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parse_national(text: &str, region: Region) -> Result<Self, PhoneNumberError> {
        let written = WrittenNumber::read(text, &['/'])?;
        let number = if written.has_plus {
            // With a calling code, the region does not matter, and a slash may separate two numbers.
            Self::normalize(text)?
        } else {
            // Pass digits alone: libphonenumber drops characters that it does not know.
            let region = region.as_str().parse().map_err(|_| PhoneNumberError::Unassigned)?;
            let read = PHONE_NUMBER_UTIL.parse(&written.digits, Some(region));
            let read = read.map_err(|_| PhoneNumberError::Unassigned)?;
            Self::parse(&PHONE_NUMBER_UTIL.format(&read, PhoneNumberFormat::E164))?
        };
        // libphonenumber also parses numbers that no plan contains.
        if number.is_valid() { Ok(number) } else { Err(PhoneNumberError::Unassigned) }
    }
}
