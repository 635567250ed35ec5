//! The credentials of callers, and the web pages that have none.

use super::gateway::TestGateway;
use super::{Bridge, CALLER, Response, SECRET};

const MESSAGE: &str = r#"{"to":"+41791234567","code":"123456"}"#;
const FORM: &str = "to=%2B41791234567&code=123456";

#[test]
fn callers_give_their_secret_in_one_of_four_ways() {
    let gateway = TestGateway::accepting();
    let bridge = Bridge::start_on("0.0.0.0:0", &gateway.origin(), &CALLER);
    let basic = |login: &str| format!("Basic {}", data_encoding::BASE64.encode(login.as_bytes()));
    let bearer = |secret: &str| format!("bearer {secret}");
    let right = [
        bridge.json("/send", &[("authorization", &bearer(SECRET))], MESSAGE),
        bridge.json("/send", &[("authorization", &basic(&format!("vpn:{SECRET}")))], MESSAGE),
        bridge.json("/send", &[("x-api-key", SECRET)], MESSAGE),
        bridge.form(&[], &format!("{FORM}&secret={SECRET}")),
    ];
    right.iter().for_each(|response| response.is(200, "accepted", "accepted"));
    assert_eq!(gateway.count(), right.len());

    let wrong = &SECRET[1..];
    let longer = format!("{SECRET}x");
    let refused = [
        bridge.json("/send", &[("authorization", &bearer(wrong))], MESSAGE),
        bridge.json("/send", &[("authorization", &bearer(&longer))], MESSAGE),
        bridge.json("/send", &[("authorization", &bearer(""))], MESSAGE),
        bridge.json("/send", &[("authorization", SECRET)], MESSAGE),
        bridge.json("/send", &[("authorization", &basic(&format!("other:{SECRET}")))], MESSAGE),
        bridge.json("/send", &[("authorization", &basic(SECRET))], MESSAGE),
        bridge.json("/send", &[("authorization", "Basic %")], MESSAGE),
        bridge.json("/send", &[("x-api-key", "")], MESSAGE),
        bridge.form(&[], &format!("{FORM}&secret={wrong}")),
        bridge.form(&[], &format!("{FORM}&secret={SECRET}&secret={SECRET}")),
        // Only the first place counts, and a header comes first.
        bridge.form(&[("x-api-key", wrong)], &format!("{FORM}&secret={SECRET}")),
        bridge.json("/send", &[("authorization", &bearer(SECRET)), ("x-api-key", SECRET)], MESSAGE),
        bridge.json("/send", &[], MESSAGE),
        bridge.form(&[], FORM),
        bridge.call("GET", &format!("/send?{FORM}"), &[], b""),
        bridge.json("/hooks/ory", &[], r#"{"recipient":"+41791234567","body":"Hello"}"#),
        bridge.call("GET", "/metrics", &[], b""),
    ];
    for response in &refused {
        response.is_refused(401, "unauthenticated", "the credentials are ");
        assert_eq!(response.header("www-authenticate"), Some("Bearer"));
        assert!(response.head.contains("www-authenticate: Basic realm=\"otpost\"\r\n"));
    }
    assert_eq!(gateway.count(), right.len());
    assert!(bridge.log().contains("warning: connections are not encrypted"), "{}", bridge.log());
    assert_eq!(bridge.call("GET", "/health", &[], b"").body, "{\"status\":\"ok\"}\n");
}

#[test]
fn credentials_are_checked_before_the_message_is_read() {
    let gateway = TestGateway::accepting();
    let bridge = Bridge::start(&gateway.origin(), &CALLER);
    let unauthenticated = |response: Response| {
        response.is_refused(401, "unauthenticated", "the credentials are missing");
    };
    unauthenticated(bridge.json("/send", &[], "{"));
    unauthenticated(bridge.form(&[], "x"));
    unauthenticated(bridge.json("/hooks/ory", &[], "{"));
}

#[test]
fn web_pages_cannot_send() {
    let gateway = TestGateway::accepting();
    let bridge = Bridge::start(&gateway.origin(), &[]);
    let port = bridge.port;
    let local = [
        format!("127.0.0.1:{port}"),
        format!("localhost:{port}"),
        "localhost".to_owned(),
        format!("[::1]:{port}"),
    ];
    for host in &local {
        bridge.json("/send", &[("host", host)], MESSAGE).is(200, "accepted", "accepted");
    }
    let sent = gateway.count();
    for host in [
        "evil.example",
        "127.0.0.1.evil.example",
        "localhost.evil.example",
        "evil@localhost",
        "192.0.2.1",
        "[2001:db8::1]",
        "",
    ] {
        let refused = bridge.json("/send", &[("host", host)], MESSAGE);
        refused.is_refused(403, "forbidden", "the host is not allowed");
    }
    // The page of another server on this machine is a foreign page as well.
    for (name, value) in [
        ("origin", "https://evil.example"),
        ("origin", "http://localhost:3000"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let refused = bridge.json("/send", &[(name, value)], MESSAGE);
        refused.is_refused(403, "forbidden", "requests of web pages are not accepted");
    }
    // An image in a page causes a GET without any of these headers in old browsers.
    let refused = bridge.call("GET", &format!("/send?{FORM}"), &[], b"");
    refused.is_refused(405, "invalid_request", "expected POST");
    for path in ["/health", "/metrics"] {
        let refused = bridge.call("GET", path, &[("host", "evil.example")], b"");
        refused.is_refused(403, "forbidden", "the host is not allowed");
    }
    // Two hosts, of which a proxy could take the other one.
    let two = [("host", "localhost"), ("host", "evil.example")];
    assert!([400, 403].contains(&bridge.json("/send", &two, MESSAGE).status));
    assert_eq!(gateway.count(), sent);
}

/// Without credentials, a proxy on this machine would open the server to everyone.
#[test]
fn proxies_need_credentials() {
    let gateway = TestGateway::accepting();
    let bridge = Bridge::start(&gateway.origin(), &[]);
    for (name, value) in [
        ("forwarded", "for=192.0.2.1"),
        ("via", "1.1 proxy"),
        ("x-forwarded-for", "192.0.2.1"),
        ("X-Real-IP", "192.0.2.1"),
        ("X-Forwarded-Proto", "https"),
        ("X-Forwarded", "for=192.0.2.1"),
        ("CF-Connecting-IP", "192.0.2.1"),
        ("True-Client-IP", "192.0.2.1"),
        ("X-Client-IP", "192.0.2.1"),
        ("X-Original-Forwarded-For", "192.0.2.1"),
    ] {
        let refused = bridge.json("/send", &[(name, value)], MESSAGE);
        refused.is_refused(401, "unauthenticated", "the credentials are missing");
    }
    let bridge = Bridge::start(&gateway.origin(), &CALLER);
    let headers = [("x-forwarded-for", "192.0.2.1"), ("x-api-key", SECRET)];
    bridge.json("/send", &headers, MESSAGE).is(200, "accepted", "accepted");
    assert_eq!(gateway.count(), 1);
}

/// Some appliances speak HTTP/1.0 and send no host. Browsers do not.
#[test]
fn old_devices_need_no_host() {
    let gateway = TestGateway::accepting();
    let bridge = Bridge::start(&gateway.origin(), &[]);
    let send = |version: &str, headers: &str| {
        let kind = "content-type: application/x-www-form-urlencoded";
        let head = format!("POST /send HTTP/{version}\r\n{headers}{kind}\r\n");
        let request = format!("{head}content-length: {}\r\n\r\n{FORM}", FORM.len());
        let mut stream = bridge.connect();
        std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
        super::response(&mut std::io::BufReader::new(stream))
    };
    send("1.0", "").is(200, "accepted", "accepted");
    send("1.0", "host: evil.example\r\n").is(403, "forbidden", "not_sent");
    assert!([400, 403].contains(&send("1.1", "").status));
    assert_eq!(gateway.count(), 1);
}

#[test]
fn hosts_can_be_added() {
    let gateway = TestGateway::accepting();
    let hosts = ["--host", "otpost.internal"];
    let bridge = Bridge::start(&gateway.origin(), &[&hosts[..], &CALLER[..]].concat());
    let send = |host| bridge.json("/send", &[("host", host), ("x-api-key", SECRET)], MESSAGE);
    send("OTPOST.internal:8026").is(200, "accepted", "accepted");
    send("otpost.example").is(403, "forbidden", "not_sent");
}
