//! The page, which shows the messages on a phone.

use http::StatusCode;

use super::body::{SandboxResponse, whole};

/// The files: path, media type and content.
///
/// The page loads nothing else, so it works under `Content-Security-Policy: default-src 'self'`.
const FILES: [(&str, &str, &str); 14] = [
    ("/", HTML, include_str!("index.html")),
    ("/api.js", SCRIPT, include_str!("api.js")),
    ("/conversation.js", SCRIPT, include_str!("conversation.js")),
    ("/details.js", SCRIPT, include_str!("details.js")),
    ("/dom.js", SCRIPT, include_str!("dom.js")),
    ("/format.js", SCRIPT, include_str!("format.js")),
    ("/gateways.js", SCRIPT, include_str!("gateways.js")),
    ("/icon.svg", "image/svg+xml", include_str!("icon.svg")),
    ("/numbers.js", SCRIPT, include_str!("numbers.js")),
    ("/phone.js", SCRIPT, include_str!("phone.js")),
    ("/reports.js", SCRIPT, include_str!("reports.js")),
    ("/state.js", SCRIPT, include_str!("state.js")),
    ("/style.css", "text/css; charset=utf-8", include_str!("style.css")),
    ("/theme.js", SCRIPT, include_str!("theme.js")),
];

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Returns a file of the page. `None` if there is no such file.
pub(super) fn page(path: &str) -> Option<SandboxResponse> {
    let (_, media_type, text) = FILES.iter().find(|(known, ..)| *known == path)?;
    Some(whole(StatusCode::OK, media_type, *text))
}

/// Returns whether a path is one of the page.
pub(super) fn is_page(path: &str) -> bool {
    FILES.iter().any(|(known, ..)| *known == path)
}
