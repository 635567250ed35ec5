use core::fmt;

/// A rule of a region on the text of a message with a code.
///
/// `Display` prints what the text has to fulfil: `no links`.
/// [`TextWarning`](crate::message::TextWarning) reports a text that does not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TextRule {
    /// The text must name the brand.
    Brand,
    /// The text has characters of EUC-KR only, and at most this number of bytes in it.
    EucKr(u16),
    /// The text has characters of the GSM alphabet only.
    Gsm7,
    /// The networks do not support this character.
    NoCharacter(char),
    /// Messages with a link are blocked.
    NoLinks,
    /// Messages with a phone number in the text are blocked.
    NoPhoneNumbers,
    /// Messages with a link of a link shortener are blocked.
    NoShortLinks,
    /// The text must begin with this prefix.
    Prefix(&'static str),
    /// A link must be registered or allow-listed with the operators.
    RegisteredLinks,
    /// The text must be equal to a template that is registered with the operators.
    RegisteredText,
    /// The text must state that a reply is charged.
    ReplyCharge,
    /// The text may take at most this number of segments. A longer one is late or blocked.
    Segments(u8),
    /// The text must contain the registered signature of the sender in brackets: `【…】`.
    Signature,
    /// A segment holds fewer units than elsewhere, so a longer text takes more segments than
    /// [`Segments`](crate::message::Segments) counts.
    #[non_exhaustive]
    Units {
        /// The number of septets in a segment of the GSM alphabet.
        gsm7: u16,
        /// The number of UTF-16 units in a segment of UCS-2.
        ucs2: u16,
    },
}

impl TextRule {
    /// Returns the stable word of the rule for logs and metrics, without its value.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::phone::TextRule;
    ///
    /// assert_eq!(TextRule::Segments(3).name(), "segments");
    /// assert_eq!(TextRule::Segments(3).to_string(), "at most 3 segments");
    /// ```
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Brand => "brand",
            Self::EucKr(_) => "euc_kr",
            Self::Gsm7 => "gsm7",
            Self::NoCharacter(_) => "no_character",
            Self::NoLinks => "no_links",
            Self::NoPhoneNumbers => "no_phone_numbers",
            Self::NoShortLinks => "no_short_links",
            Self::Prefix(_) => "prefix",
            Self::RegisteredLinks => "registered_links",
            Self::RegisteredText => "registered_text",
            Self::ReplyCharge => "reply_charge",
            Self::Segments(_) => "segments",
            Self::Signature => "signature",
            Self::Units { .. } => "units",
        }
    }
}

impl fmt::Display for TextRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Brand => f.write_str("names the brand"),
            Self::EucKr(most) => write!(f, "characters of EUC-KR, at most {most} bytes"),
            Self::Gsm7 => f.write_str("GSM alphabet only"),
            Self::NoCharacter(character) => write!(f, "no `{character}`"),
            Self::NoLinks => f.write_str("no links"),
            Self::NoPhoneNumbers => f.write_str("no phone numbers"),
            Self::NoShortLinks => f.write_str("no links of link shorteners"),
            Self::Prefix(prefix) => write!(f, "begins with `{prefix}`"),
            Self::RegisteredLinks => f.write_str("only registered links"),
            Self::RegisteredText => f.write_str("equal to a registered text"),
            Self::ReplyCharge => f.write_str("states that a reply is charged"),
            Self::Segments(1) => f.write_str("1 segment"),
            Self::Segments(most) => write!(f, "at most {most} segments"),
            Self::Signature => f.write_str("has a registered signature in brackets"),
            Self::Units { gsm7, ucs2 } => {
                write!(f, "at most {gsm7} units in the GSM alphabet, or {ucs2} in UCS-2")
            }
        }
    }
}
