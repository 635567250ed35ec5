//! The requests that the sandbox accepts: from this machine or with a token, and from no website.

use std::net::{IpAddr, SocketAddr};

use http::header::{ACCEPT_LANGUAGE, AUTHORIZATION, COOKIE, HOST, ORIGIN, USER_AGENT};
use http::{HeaderMap, HeaderName};
use otpost::SecretString;

/// A header in which browsers tell from which website a request comes (W3C Fetch Metadata).
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// A header of the same group. `fetch` of Node.js sends it without the others.
const FETCH_MODE: HeaderName = HeaderName::from_static("sec-fetch-mode");

/// The rules of access.
pub(super) struct SandboxAccess {
    listen: SocketAddr,
    /// Other names of this machine, in lower case.
    hosts: Vec<String>,
    token: Option<SecretString>,
}

impl SandboxAccess {
    pub(super) fn new(listen: SocketAddr, hosts: &[String], token: Option<SecretString>) -> Self {
        let hosts = hosts.iter().map(|host| host.to_ascii_lowercase()).collect();
        Self { listen, hosts, token }
    }

    /// Returns the reason to refuse a request to the page or the API.
    ///
    /// A website can let its own name point to this machine (DNS rebinding), and then its pages can
    /// read the responses. But the browser still sends the name in `Host`.
    pub(super) fn refusal(&self, headers: &HeaderMap) -> Option<&'static str> {
        let Some(host) = self.known_host(headers) else {
            return Some(
                "the Host is not this machine: expected localhost, 127.0.0.1, the address of \
                 --listen or a name of --host",
            );
        };
        if let Some(origin) = headers.get(ORIGIN) {
            let own = origin.to_str().ok().and_then(|origin| origin.strip_prefix("http://"));
            if !own.is_some_and(|origin| origin.eq_ignore_ascii_case(host)) {
                return Some("the Origin is another website: expected none, or the sandbox itself");
            }
        }
        None
    }

    /// Returns the reason to refuse a request to a gateway. Applications are no browsers.
    ///
    /// Any `Host` is accepted: it may be a name that the application knows the gateway by. But not
    /// from a browser: there it can be the name of a website that points to this machine, whose own
    /// requests contain neither `Origin` nor `Sec-Fetch-Site`.
    pub(super) fn gateway_refusal(&self, headers: &HeaderMap) -> Option<&'static str> {
        let is_of_website = headers.contains_key(ORIGIN)
            || headers.get(FETCH_SITE).is_some_and(|site| site != "none");
        if is_of_website {
            return Some("a website cannot send through a gateway: expected no Origin");
        }
        let is_rebound = self.known_host(headers).is_none() && is_browser(headers);
        is_rebound.then_some(
            "a browser sent the request, and the Host is not this machine: expected localhost, \
             127.0.0.1, the address of --listen or a name of --host",
        )
    }

    /// Returns whether another website caused a request to the API, in browsers that tell.
    pub(super) fn is_cross_site(headers: &HeaderMap) -> bool {
        let site = headers.get(FETCH_SITE);
        site.is_some_and(|site| site != "same-origin" && site != "none")
    }

    pub(super) const fn needs_token(&self) -> bool {
        self.token.is_some()
    }

    /// Returns whether the request has the token, in `Authorization` or in the cookie of the page.
    pub(super) fn is_authorized(&self, headers: &HeaderMap) -> bool {
        let bearer = headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let bearer = bearer.and_then(|value| value.strip_prefix("Bearer "));
        let cookies = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
        let cookies = cookies.flat_map(|value| value.split(';')).map(str::trim);
        let name = self.cookie_name();
        let mut cookies =
            cookies.filter_map(|cookie| cookie.strip_prefix(name.as_str())?.strip_prefix('='));
        self.token.is_none()
            || bearer.is_some_and(|token| self.is_token(token))
            || cookies.any(|token| self.is_token(token))
    }

    /// Compares in a time that does not depend on the characters.
    pub(super) fn is_token(&self, token: &str) -> bool {
        self.token.as_ref().is_some_and(|known| *known == SecretString::from(token))
    }

    /// Returns the cookie for the page. Browsers send a cookie to all ports of a host, so its name
    /// contains the port.
    pub(super) fn cookie(&self) -> Option<String> {
        let token = self.token.as_ref()?.expose();
        Some(format!("{}={token}; HttpOnly; SameSite=Strict; Path=/", self.cookie_name()))
    }

    fn cookie_name(&self) -> String {
        format!("otpost_sandbox_{}", self.listen.port())
    }

    /// Returns the `Host` if it is this machine.
    fn known_host<'h>(&self, headers: &'h HeaderMap) -> Option<&'h str> {
        let host = headers.get(HOST).and_then(|host| host.to_str().ok());
        host.filter(|host| self.knows(host))
    }

    /// Returns whether a `Host` is this machine, with any port.
    fn knows(&self, host: &str) -> bool {
        let is_port = |port: &str| !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
        let name = match host.rsplit_once(':') {
            Some((name, port)) if is_port(port) && !name.ends_with(':') => name,
            _ => host,
        };
        let name = name.to_ascii_lowercase();
        let address = name.strip_prefix('[').and_then(|name| name.strip_suffix(']'));
        match address.unwrap_or(&name).parse::<IpAddr>() {
            // The address of a website is never that of this machine, so an address is no rebinding.
            // But a proxy could pass on requests to others.
            Ok(address) => {
                address.is_loopback()
                    || self.listen.ip().is_unspecified()
                    || address == self.listen.ip()
            }
            Err(_) => name == "localhost" || self.hosts.contains(&name),
        }
    }
}

/// Returns whether a browser sent the request.
///
/// A script can replace `User-Agent` in some browsers, but it cannot remove `Accept-Language`.
/// Node.js sends that too, always together with `Sec-Fetch-Mode`. No script can add this header,
/// and browsers send it only with `Sec-Fetch-Site`.
fn is_browser(headers: &HeaderMap) -> bool {
    headers.get(USER_AGENT).is_some_and(|agent| agent.as_bytes().starts_with(b"Mozilla/"))
        || headers.contains_key(ACCEPT_LANGUAGE) && !headers.contains_key(FETCH_MODE)
}

#[cfg(test)]
mod tests {
    use http::{HeaderMap, HeaderName, HeaderValue};
    use otpost::SecretString;

    use super::SandboxAccess;

    const TOKEN: &str = "sentinel-0123456789";

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        let pairs = pairs.iter().map(|(name, value)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        });
        pairs.collect()
    }

    fn access(listen: &str, token: Option<&str>) -> SandboxAccess {
        let token = token.map(SecretString::from);
        SandboxAccess::new(listen.parse().unwrap(), &["Sandbox.test".to_owned()], token)
    }

    #[track_caller]
    fn check(listen: &str, pairs: &[(&'static str, &str)], is_accepted: bool) {
        let refusal = access(listen, None).refusal(&headers(pairs));
        assert_eq!(refusal.is_none(), is_accepted, "{listen} {pairs:?}: {refusal:?}");
    }

    #[test]
    fn names_of_other_websites_are_refused() {
        let local = "127.0.0.1:8025";
        for host in ["localhost", "LOCALHOST:8025", "127.0.0.1:8025", "[::1]:1", "sandbox.test:80"]
        {
            check(local, &[("host", host)], true);
        }
        for host in [
            "attacker.example",
            "attacker.example:8025",
            "127.0.0.1.attacker.example",
            "localhost.attacker.example:8025",
            "10.0.0.5:8025",
            "localhost:x",
            "",
        ] {
            check(local, &[("host", host)], false);
        }
        check(local, &[], false);
        check("10.0.0.5:1", &[("host", "10.0.0.5:1")], true);
        check("10.0.0.5:1", &[("host", "10.0.0.6:1")], false);
        check("0.0.0.0:1", &[("host", "10.0.0.6:1")], true);
        check("0.0.0.0:1", &[("host", "attacker.example")], false);
    }

    #[test]
    fn origins_of_other_websites_are_refused() {
        let host = ("host", "localhost:8025");
        let check = |origin: &'static str, is_accepted: bool| {
            check("127.0.0.1:8025", &[host, ("origin", origin)], is_accepted);
        };
        check("http://localhost:8025", true);
        for origin in ["null", "http://localhost", "https://localhost:8025", "http://a.example"] {
            check(origin, false);
        }
        let is_refused = |pairs: &[(&'static str, &str)]| {
            access("127.0.0.1:8025", None).gateway_refusal(&headers(pairs)).is_some()
        };
        assert!(!is_refused(&[("host", "rest.messagebird.com")]));
        assert!(is_refused(&[host, ("origin", "http://localhost:8025")]));
        assert!(is_refused(&[host, ("sec-fetch-site", "cross-site")]));
        assert!(!is_refused(&[host, ("sec-fetch-mode", "cors")]));
        let (rebound, mozilla) = (("host", "a.example"), ("user-agent", "Mozilla/5.0"));
        let languages = ("accept-language", "*");
        assert!(is_refused(&[rebound, mozilla]) && !is_refused(&[host, mozilla]));
        assert!(is_refused(&[rebound, languages]) && !is_refused(&[host, languages]));
        assert!(is_refused(&[rebound, mozilla, languages, ("sec-fetch-mode", "cors")]));
        assert!(!is_refused(&[rebound, languages, ("sec-fetch-mode", "cors")]));
        assert!(!is_refused(&[rebound, ("user-agent", "curl/8.14.1")]));
        assert!(SandboxAccess::is_cross_site(&headers(&[("sec-fetch-site", "same-site")])));
        assert!(!SandboxAccess::is_cross_site(&headers(&[("sec-fetch-site", "same-origin")])));
    }

    #[test]
    fn token_is_required_in_one_of_two_places() {
        let open = access("127.0.0.1:8025", None);
        assert!(open.is_authorized(&headers(&[])) && open.cookie().is_none());
        let access = access("127.0.0.1:8025", Some(TOKEN));
        let is = |name: &'static str, value: &str| access.is_authorized(&headers(&[(name, value)]));
        assert!(is("authorization", &format!("Bearer {TOKEN}")));
        assert!(is("cookie", &format!("a=b; otpost_sandbox_8025={TOKEN}; c=d")));
        for value in ["Bearer", "Bearer ", "Bearer x", TOKEN, "Basic c2VudGluZWw="] {
            assert!(!is("authorization", value), "{value}");
        }
        for name in ["otpost_sandbox_8026", "otpost_sandbox", "otpost_sandbox_80255"] {
            assert!(!is("cookie", &format!("{name}={TOKEN}")), "{name}");
        }
        assert!(!access.is_authorized(&headers(&[])));
    }
}
