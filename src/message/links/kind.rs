/// A link, or a sign that can make one, in the value of a variable.
///
/// Values contain no link by default, because they often come from strangers. Allow the kinds that
/// a variable needs:
/// [`TextTemplate::with_link_allowed`](crate::message::TextTemplate::with_link_allowed).
///
/// Look-alikes count as the character that they look like: `＠` (U+FF20) as `@`, `＃` as `#`, and the
/// small, full-width, circled and mathematical forms of letters, full stops, colons and slashes.
#[doc(alias = "url")]
#[doc(alias = "phishing")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum LinkKind {
    /// An `@` outside an e-mail address, such as in `@acme`.
    AtSign,
    /// A domain name without a scheme, such as `acme.example` or `bit.ly/x`.
    ///
    /// The ending is a top-level domain, in ASCII or Unicode, or a path or port follows the name.
    /// `12.50`, `e.g.`, `St.Gallen`, `E.ON` and `report.pdf` are not domain names. `Booking.com`
    /// and `Co.KG` are: phones make links of them, and a space after the full stop prevents it.
    Domain,
    /// An e-mail address, such as `ada@acme.example`.
    Email,
    /// An IPv4 or IPv6 address.
    IpAddress,
    /// A `#`, such as in `#2041`.
    NumberSign,
    /// A URL with a scheme, such as `https://acme.example`, `tel:123` or `mailto:ada@acme.example`.
    Url,
}

words! {
    LinkKind, "kind of link":
    AtSign = "at_sign",
    Domain = "domain",
    Email = "email",
    IpAddress = "ip_address",
    NumberSign = "number_sign",
    Url = "url",
}

display_word!(LinkKind);
