use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Returns `true` if the address belongs to the public internet (the registries of RFC 6890 and its
/// successors).
///
/// [`TransportOptions::with_private_denied`](super::TransportOptions::with_private_denied) allows
/// only these addresses. Use it in your own transports.
///
/// # Examples
///
/// ```
/// use otpost::transport::is_public;
///
/// assert!(is_public("9.9.9.9".parse()?));
/// assert!(!is_public("169.254.169.254".parse()?));
/// assert!(!is_public("::ffff:10.0.0.1".parse()?));
/// # Ok::<(), std::net::AddrParseError>(())
/// ```
#[must_use]
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(address) => is_public_v4(address),
        IpAddr::V6(address) => match embedded(address) {
            Some(inner) => is_public_v4(inner),
            None => is_public_v6(address),
        },
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    // The conditions with numbers are, in order: this network, reserved, shared by providers (RFC
    // 6598), protocol assignments, 6to4 relays (RFC 7526), benchmarks (RFC 2544). `Ipv4Addr` has no
    // stable method for them.
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_documentation()
        || address.is_multicast()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99)
        || (a == 198 && (b == 18 || b == 19));
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    // Only 2000::/3 is assigned. Within it, the documentation prefix and the protocol assignments
    // of 2001::/23 are not hosts.
    let handed_out = a & 0xe000 == 0x2000;
    let special = (a == 0x2001 && (b < 0x0200 || b == 0x0db8)) || a == 0x3fff;
    handed_out && !special
}

/// Returns the IPv4 address inside an IPv6 address, if a router or the system itself would
/// translate to it: mapped, compatible, NAT64 (RFC 6052) and 6to4 (RFC 3056) addresses. Without
/// this check, such an address would bypass the rules for IPv4.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let last = |high: u16, low: u16| {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        Some(Ipv4Addr::new(a, b, c, d))
    };
    match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, high, low] => last(high, low),
        // With `high` zero it is `::`, `::1` or a neighbour. `is_public_v6` rejects these.
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 => last(high, low),
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => last(high, low),
        [0x2002, high, low, ..] => last(high, low),
        _ => None,
    }
}
