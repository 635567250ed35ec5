/// The rule of a region for one kind of sender: names, or phone numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SenderRule {
    /// The sender arrives as it was given.
    Accepted,
    /// The number has to be one of the region, which is usually rented from the gateway.
    Local,
    /// The sender is refused, or the message is not delivered.
    Refused,
    /// The sender must be registered with the regulator or at least one large network. Otherwise it
    /// is blocked, replaced, or shown with a warning.
    Registered,
    /// Networks put a number or another name in the place of the sender.
    Replaced,
    /// No source states a rule, or the sources contradict each other.
    Unknown,
}

words! {
    SenderRule, "sender rule":
    Accepted = "accepted",
    Local = "local",
    Refused = "refused",
    Registered = "registered",
    Replaced = "replaced",
    Unknown = "unknown",
}

display_word!(SenderRule);

/// The meaning of a delivery report in a region.
///
/// A vendor states it for few regions. Where it is unknown, do not rely on it: offer a resend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReportMeaning {
    /// The operator took the message. It says nothing about the phone.
    Carrier,
    /// The phone received the message.
    Handset,
    /// There are no reports, or they are made up.
    None,
    /// No source states it.
    Unknown,
}

words! {
    ReportMeaning, "meaning of reports":
    Carrier = "carrier",
    Handset = "handset",
    None = "none",
    Unknown = "unknown",
}

display_word!(ReportMeaning);
