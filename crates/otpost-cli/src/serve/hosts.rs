//! The host names by which callers may reach the server.

use std::net::IpAddr;

use http::header::{HOST, ORIGIN};
use http::uri::Authority;
use http::{Request, StatusCode, Version};

use super::reply::ServeReply;

/// The header with which browsers name the relation of a page to the server.
const FETCH_SITE: &str = "sec-fetch-site";

/// The allow-list of hosts.
///
/// A web page can give its own host name the address of this server (DNS rebinding), and send
/// requests that browsers take for its own. Such requests name the host of the page. A page cannot
/// do so with an IP address.
pub(super) struct AllowedHosts {
    address: IpAddr,
    names: Vec<String>,
}

impl AllowedHosts {
    /// Allows the hosts of a server that listens on an address, and more names.
    pub(super) fn new(address: IpAddr, names: &[String]) -> Self {
        Self { address, names: names.to_vec() }
    }

    /// Checks the host of a request, and that it is not sent by a web page.
    pub(super) fn check<B>(&self, request: &Request<B>) -> Result<(), ServeReply> {
        let refuse = |message| {
            let outcome = "forbidden";
            Err(ServeReply::refused(StatusCode::FORBIDDEN, outcome, message))
        };
        let mut hosts = request.headers().get_all(HOST).iter();
        let host = hosts.next().and_then(|host| host.to_str().ok());
        let is_single = hosts.next().is_none();
        // Old devices send no host, and browsers never use this version.
        let is_old = request.version() == Version::HTTP_10 && !request.headers().contains_key(HOST);
        let is_allowed = (is_old || host.is_some_and(|host| self.allows(host)))
            && request.uri().authority().is_none_or(|it| self.allows(it.as_str()));
        if !is_single || !is_allowed {
            return refuse("the host is not allowed: give it with --host");
        }
        // Callers are servers. Only browsers send these headers.
        let is_page = request.headers().contains_key(ORIGIN)
            || request.headers().get(FETCH_SITE).is_some_and(|site| site != "none");
        if is_page {
            return refuse("requests of web pages are not accepted");
        }
        Ok(())
    }

    fn allows(&self, host: &str) -> bool {
        let Ok(authority) = host.parse::<Authority>() else { return false };
        if authority.as_str().contains('@') {
            return false;
        }
        let host = authority.host();
        let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        match address.unwrap_or(host).parse::<IpAddr>() {
            Ok(address) if self.address.is_loopback() => address.is_loopback(),
            Ok(_) => true,
            Err(_) => {
                host.eq_ignore_ascii_case("localhost")
                    || self.names.iter().any(|name| host.eq_ignore_ascii_case(name))
            }
        }
    }
}
