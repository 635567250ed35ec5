//! Requests of other websites, and of programs.

use reqwest::{Client, StatusCode, header};

use crate::world::world;

#[tokio::test]
async fn forms_of_other_websites_are_refused() {
    let world = world().await;
    let mut browser = world.browser();
    browser.get("/login").await;
    let action = format!("http://{}{}", world.address(), browser.form("").action);
    let (own, client) = (format!("http://{}", world.address()), Client::new());
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("x-nothing", "no origin at all"),
    ] {
        for path in ["", "/human", "/resend", "/code"] {
            let sent = client.post(format!("{action}{path}")).header(name, value);
            let sent = sent
                .header(header::COOKIE, format!("browser={}", browser.cookie("browser").unwrap()))
                .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
                .body("number=%2B41791234567");
            assert_eq!(sent.send().await.unwrap().status(), StatusCode::FORBIDDEN, "{name} {path}");
        }
        let signed_out = client.post(format!("{own}/sign-out")).header(name, value);
        assert_eq!(signed_out.send().await.unwrap().status(), StatusCode::FORBIDDEN);
    }
    assert_eq!(world.messages(), 0);
}

#[tokio::test]
async fn a_browser_without_cookies_gets_no_message() {
    let world = world().await;
    let mut browser = world.browser();
    browser.get("/login").await;
    browser.cookies.clear();
    browser.submit("", &[("number", "+41791234567")]).await;
    browser.assert_shows("Please allow cookies for this website, and start again.");
    assert_eq!(world.messages(), 0);
}

#[tokio::test]
async fn what_this_service_did_not_write_is_ignored() {
    let world = world().await;
    let mut browser = world.browser();
    browser.get("/login").await;
    let path = browser.form("").action;
    for value in ["", "x", "bnVsbA", "e30", "W10", &"A".repeat(3_000)] {
        browser.cookies.insert(("flow".into(), path.clone()), value.to_owned());
        for name in ["session", "device", "latest", "language"] {
            browser.cookies.insert((name.into(), "/".into()), value.to_owned());
        }
        assert_eq!(browser.get(&path).await, StatusCode::OK);
        assert_eq!(browser.url, "/login");
        let form = crate::browser::PageForm { action: format!("{path}/code"), fields: vec![] };
        browser.post(&form, &[("code", "123456")]).await;
        assert_eq!(browser.cookie("session").unwrap(), value);
        browser.get("/").await;
        assert_eq!(browser.url, "/login");
    }
    // The id of a flow becomes the path of a cookie.
    for id in ["x", "a;b", "..%2f..%2f", &"A".repeat(23), "%0d%0aSet-Cookie:%20a=b"] {
        assert_eq!(browser.get(&format!("/login/{id}")).await, StatusCode::BAD_REQUEST, "{id}");
    }
}

#[tokio::test]
async fn large_forms_are_refused() {
    let world = world().await;
    let mut browser = world.browser();
    browser.get("/login").await;
    let form = browser.form("");
    browser.post(&form, &[("number", &"7".repeat(10_000))]).await;
    assert!(browser.page.contains("length limit"), "{}", browser.page);
    browser.post(&form, &[("number", &"7".repeat(1_000))]).await;
    browser.assert_shows(&format!("value=\"{}\"", "7".repeat(48)));
}

#[tokio::test]
async fn what_was_typed_is_escaped() {
    let world = world().await;
    let mut browser = world.browser();
    browser.request_code("\"><script>alert(1)</script>").await;
    browser.assert_shows("value=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;\"");
    assert!(!browser.page.contains("<script>"));
}

#[tokio::test]
async fn responses_have_their_headers() {
    let world = world().await;
    let mut browser = world.browser();
    for (path, kind, caching) in [
        ("/login", "text/html", "no-store"),
        ("/style.css", "text/css", "max-age=300"),
        ("/login.js", "text/javascript", "max-age=300"),
        ("/icon.svg", "image/svg+xml", "max-age=300"),
    ] {
        assert_eq!(browser.get(path).await, StatusCode::OK, "{path}");
        let text = |name: &str| browser.headers[name].to_str().unwrap();
        assert!(text("content-security-policy").starts_with("default-src 'self';"));
        assert_eq!(text("x-content-type-options"), "nosniff");
        assert_eq!(text("cache-control"), caching, "{path}");
        assert!(text("content-type").starts_with(kind), "{path}");
    }
    // The policy allows no inline scripts and styles, so the page has none.
    browser.request_code("+41791234567").await;
    for forbidden in [" style=", "<style", " onclick", "<script>", "javascript:", "http:", "https:"]
    {
        assert!(!browser.page.contains(forbidden), "{forbidden}");
    }
}
