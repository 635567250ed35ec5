use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use crate::secret::SecretString;

/// The client that requests a message, for the rate limits [per client](super::Limits).
///
/// It is required for every message. Without it, one client could make the application send
/// messages to thousands of numbers.
///
/// # Examples
///
/// ```
/// use std::net::IpAddr;
/// use otpost::challenge::Client;
///
/// // Behind a trusted proxy, use the address in its forwarding header. An IPv6 customer
/// // has a whole /64 network, so all of its addresses count as one client.
/// let client = |text: &str| text.parse::<IpAddr>().map(Client::from);
/// assert_eq!(client("2001:db8:1:2::1")?, client("2001:db8:1:2:ffff::7")?);
/// assert_ne!(client("2001:db8:1:3::1")?, client("2001:db8:1:2::1")?);
/// // An IPv4-mapped IPv6 address counts as the IPv4 address.
/// assert_eq!(client("::ffff:192.0.2.1")?, client("192.0.2.1")?);
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
///
/// # Security
///
/// `Debug` does not show the address or the name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Client {
    /// The application itself. No rate limits per client apply, for example for a batch job or a
    /// call that was limited before.
    Internal,
    /// A client that is counted under this name. Create it with [`new`](Self::new) or from an IP
    /// address.
    Named(SecretString),
}

impl Client {
    /// Creates a client from a name, such as the id of an account. All requests with the same name
    /// count together.
    ///
    /// The name is not parsed. For an IP address, use `Client::from`, which also counts all
    /// addresses of a /64 network as one client. The id of an anonymous session limits nothing,
    /// because an attacker can begin any number of sessions. The store keeps only a keyed digest of
    /// the name, so it can have any length.
    #[must_use]
    pub fn new(name: &str) -> Self {
        // The prefix keeps names and addresses apart. An account named `192.0.2.1` must not use up
        // the limit of that address.
        Self::Named(SecretString::new(format!("text {name}")))
    }

    /// Returns the name under which the client is counted, or `None` for
    /// [`Internal`](Self::Internal).
    pub(super) const fn name(&self) -> Option<&SecretString> {
        match self {
            Self::Internal => None,
            Self::Named(name) => Some(name),
        }
    }
}

impl From<IpAddr> for Client {
    fn from(address: IpAddr) -> Self {
        // One address has several spellings, such as IPv4-mapped IPv6. Each would have its own
        // limit otherwise.
        Self::Named(SecretString::new(match address.to_canonical() {
            IpAddr::V4(address) => format!("ip {address}"),
            IpAddr::V6(address) => {
                let [a, b, c, d, ..] = address.segments();
                format!("ip {}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
        }))
    }
}

impl From<SocketAddr> for Client {
    fn from(address: SocketAddr) -> Self {
        Self::from(address.ip())
    }
}
