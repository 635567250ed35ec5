//! The cookies of a browser.

use std::convert::Infallible;
use std::time::Duration;

use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponseParts, ResponseParts};
use axum_extra::extract::cookie::{Cookie, CookieJar, SameSite};

use crate::random::{is_random_text, random_text};

/// The name of a cookie, over HTTP and over HTTPS, and the time for which browsers keep it.
///
/// Another host of the same domain, such as `blog.acme.example`, can set cookies for all hosts, and
/// so can anyone who changes its responses over HTTP. Browsers refuse that for the prefix
/// `__Host-`, which requires the path `/`. `__Secure-` requires only HTTPS. So each decision about
/// who a browser is depends on a `__Host-` cookie.
pub(crate) struct CookieName {
    http: &'static str,
    https: &'static str,
    /// `None` for a cookie that ends with the browser.
    lasts: Option<Duration>,
}

/// The secret of a browser, so that only the browser that began a login can continue it.
pub(crate) const BROWSER: CookieName =
    CookieName { http: "browser", https: "__Host-browser", lasts: None };
/// The token of a device on which a person has logged in before. It is valid for 180 days.
pub(crate) const DEVICE: CookieName = CookieName {
    http: "device",
    https: "__Secure-device",
    lasts: Some(Duration::from_secs(180 * 86_400)),
};
/// The state of a login. It is kept for longer than a code is valid, so that the page can say that
/// the code has expired.
pub(crate) const FLOW: CookieName =
    CookieName { http: "flow", https: "__Secure-flow", lasts: Some(Duration::from_secs(3_600)) };
/// A language that was chosen on the page.
pub(crate) const LANGUAGE: CookieName =
    CookieName { http: "language", https: "__Host-language", lasts: None };
/// The id of the latest flow that has sent a message.
pub(crate) const LATEST: CookieName =
    CookieName { http: "latest", https: "__Secure-latest", lasts: FLOW.lasts };
/// The session of a person who is logged in. It ends after 12 hours.
pub(crate) const SESSION: CookieName = CookieName {
    http: "session",
    https: "__Host-session",
    lasts: Some(Duration::from_secs(12 * 3_600)),
};

impl CookieName {
    /// Returns the time for which browsers keep the cookie, in seconds.
    pub(crate) fn seconds(&self) -> u64 {
        self.lasts.unwrap_or_default().as_secs()
    }
}

/// The cookies of a request, with changes for its response.
pub(crate) struct Cookies {
    jar: CookieJar,
    is_https: bool,
}

impl Cookies {
    pub(crate) fn new(headers: &HeaderMap, is_https: bool) -> Self {
        Self { jar: CookieJar::from_headers(headers), is_https }
    }

    /// Returns the value of a cookie.
    pub(crate) fn get(&self, name: &CookieName) -> Option<&str> {
        self.jar.get(self.text(name)).map(Cookie::value)
    }

    /// Returns the secret of this browser, or `None` if it accepts no cookies.
    pub(crate) fn browser(&self) -> Option<&str> {
        self.get(&BROWSER).filter(|value| is_random_text(value))
    }

    /// Gives the browser a secret unless it has one.
    pub(crate) fn with_browser(self) -> Result<Self, StatusCode> {
        if self.browser().is_some() {
            return Ok(self);
        }
        Ok(self.set(&BROWSER, random_text()?, "/"))
    }

    /// Sets a cookie. `path` limits where the browser sends it.
    pub(crate) fn set(self, name: &CookieName, value: String, path: &str) -> Self {
        let mut cookie = self.cookie(name, value, path);
        if let Some(lasts) = name.lasts.and_then(|lasts| lasts.try_into().ok()) {
            cookie.set_max_age(Some(lasts));
        }
        Self { jar: self.jar.add(cookie), ..self }
    }

    /// Removes a cookie that was set with the same path.
    pub(crate) fn remove(self, name: &CookieName, path: &str) -> Self {
        // With all attributes: a browser accepts a name with a prefix only from a secure cookie.
        let cookie = self.cookie(name, String::new(), path);
        Self { jar: self.jar.remove(cookie), ..self }
    }

    /// Creates a cookie that scripts cannot read and that forms of other websites do not send.
    fn cookie(&self, name: &CookieName, value: String, path: &str) -> Cookie<'static> {
        Cookie::build((self.text(name), value))
            .path(path.to_owned())
            .http_only(true)
            // Not `Strict`: a person who follows a link to the page would have no cookies there.
            .same_site(SameSite::Lax)
            .secure(self.is_https)
            .build()
    }

    const fn text(&self, name: &CookieName) -> &'static str {
        if self.is_https { name.https } else { name.http }
    }
}

impl IntoResponseParts for Cookies {
    type Error = Infallible;

    fn into_response_parts(self, parts: ResponseParts) -> Result<ResponseParts, Infallible> {
        self.jar.into_response_parts(parts)
    }
}
