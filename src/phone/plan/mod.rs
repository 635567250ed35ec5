//! What the numbering plans of all regions say of a number, by libphonenumber's metadata.

mod policy;

use rlibphonenumber::{PHONE_NUMBER_UTIL, PhoneNumberFormat, PhoneNumberType};

pub use policy::{KindPolicy, KindRefused};

use super::{PhoneNumber, PhoneNumberError, Region};

/// The longest text that is read as a number.
const MAX_WRITTEN: usize = 64;

/// What a number is for, as libphonenumber tells kinds apart.
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
/// assert_eq!(kind("+41201234567"), None); // nobody has such a number
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum NumberKind {
    /// A line in a building.
    FixedLine,
    /// Either, where the plan does not tell them apart, as in North America.
    FixedLineOrMobile,
    /// A mobile phone.
    Mobile,
    /// A pager.
    Pager,
    /// A number that follows a person.
    Personal,
    /// The caller pays the owner.
    PremiumRate,
    /// The caller pays a part.
    SharedCost,
    /// The owner pays.
    TollFree,
    /// A company's number for all its places.
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
    /// What the number is for; `None` when the plan of its region has no such number.
    ///
    /// The first call of a process reads the metadata of all regions, some 14 MB that stay.
    #[must_use]
    pub fn kind(&self) -> Option<NumberKind> {
        let read = PHONE_NUMBER_UTIL.parse(self.e164(), None).ok()?;
        // Metadata under which the digits mean another number say nothing about this one.
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

    /// Whether the plan of its region has such a number. That says nothing of whether somebody has it.
    #[must_use]
    pub fn is_valid(&self) -> bool {
        self.kind().is_some()
    }

    /// Takes a number as people in a region write it: `079 123 45 67`, `0033 6 12 34 56 78`, or with a plus and a calling code.
    ///
    /// The region has to come from the person, as by a list to choose from. One that is guessed from an address or a language
    /// sends codes to strangers.
    ///
    /// # Errors
    ///
    /// [`PhoneNumberError`]; [`Unassigned`](PhoneNumberError::Unassigned) when no plan has the number. A number with an
    /// extension, letters, or digits of other scripts is [`NotDigits`](PhoneNumberError::NotDigits): none is ever
    /// made from them.
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
        if text.len() > MAX_WRITTEN {
            return Err(PhoneNumberError::Length);
        }
        let text = text.trim();
        let number = if text.starts_with('+') {
            Self::normalize(text)?
        } else {
            // What libphonenumber would take besides, it takes away or makes digits of.
            let is_written = |c: char| c.is_ascii_digit() || " -./()".contains(c);
            if !text.chars().all(is_written) {
                return Err(PhoneNumberError::NotDigits);
            }
            let region = region.as_str().parse().map_err(|_| PhoneNumberError::Unassigned)?;
            let read = PHONE_NUMBER_UTIL.parse(text, Some(region));
            let read = read.map_err(|_| PhoneNumberError::Unassigned)?;
            Self::parse(&PHONE_NUMBER_UTIL.format(&read, PhoneNumberFormat::E164))?
        };
        if number.is_valid() { Ok(number) } else { Err(PhoneNumberError::Unassigned) }
    }
}
