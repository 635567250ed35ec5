//! Headers of all responses, and the protection against forms of other websites.

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// No inline script or style, nothing from other hosts, and no frame around the page, which could
/// hide what a person clicks.
const POLICY: &str =
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// Refuses forms that another website posts (CSRF). It could make a browser request messages, or
/// sign a person in as another one.
pub(crate) async fn refuse_other_websites(request: Request, next: Next) -> Response {
    let is_safe = matches!(*request.method(), Method::GET | Method::HEAD);
    if is_safe || is_same_origin(request.headers()) {
        return next.run(request).await;
    }
    (StatusCode::FORBIDDEN, "This form was not posted from this website.\n").into_response()
}

/// Browsers send `Sec-Fetch-Site` over HTTPS and to this machine, and `Origin` with every POST. A
/// request with neither of them does not come from a browser.
fn is_same_origin(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return site == "same-origin";
    }
    let text = |name| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    let host = text(header::ORIGIN).and_then(|origin| Some(origin.split_once("://")?.1));
    host.is_some() && host == text(header::HOST)
}

/// Adds the headers that protect the page.
pub(crate) async fn with_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, "same-origin"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    // A page shows the state of a login, so the browser must ask again when a person goes back.
    let is_asset = headers.contains_key(header::CACHE_CONTROL);
    if !is_asset {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(headers: &[(&'static str, &'static str)], expected: bool) {
        let pairs = headers.iter().map(|(name, value)| {
            (header::HeaderName::from_static(name), HeaderValue::from_static(value))
        });
        assert_eq!(is_same_origin(&pairs.collect()), expected, "{headers:?}");
    }

    #[test]
    fn only_forms_of_this_website_are_accepted() {
        let host = ("host", "acme.example");
        check(&[host, ("sec-fetch-site", "same-origin")], true);
        check(&[host, ("sec-fetch-site", "same-site")], false);
        check(&[host, ("sec-fetch-site", "cross-site")], false);
        check(&[host, ("origin", "https://acme.example")], true);
        check(&[host, ("origin", "https://evil.example")], false);
        check(&[host, ("origin", "https://acme.example.evil.example")], false);
        check(&[host, ("origin", "null")], false);
        check(&[host], false);
        check(&[], false);
        // The browser's own word counts more.
        check(&[host, ("origin", "https://acme.example"), ("sec-fetch-site", "cross-site")], false);
    }
}
