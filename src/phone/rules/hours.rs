use core::fmt;

/// The hours in which a vendor sends no messages to a region, in local time.
///
/// `Display` prints them for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum QuietHours {
    /// A vendor lists quiet hours, and does not distinguish codes from advertising. Ask the vendor
    /// if they apply to codes.
    #[non_exhaustive]
    Listed {
        /// The hour at which they begin, from 0 to 23.
        from: u8,
        /// The hour at which they end, from 0 to 23. It is on the next day if it is lower.
        until: u8,
        /// `true` if all of Sunday is quiet as well.
        is_sunday: bool,
    },
    /// A source states that codes may be sent at any hour.
    Never,
    /// No source lists hours, and none states that codes may be sent at any hour.
    Unknown,
}

impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Listed { from, until, is_sunday } => {
                let sundays = if *is_sunday { " and on Sundays" } else { "" };
                write!(f, "from {from}:00 to {until}:00{sundays}, for all messages")
            }
            Self::Never => f.write_str("none for codes"),
            Self::Unknown => f.write_str("unknown"),
        }
    }
}
