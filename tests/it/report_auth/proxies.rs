//! The URL is the one that the gateway was told. Headers, which anybody can send, do not change it.

use otpost::report::ReportRejection;

use super::signed::{names, signed};
use super::verifier;

#[test]
fn headers_of_proxies_have_no_influence() {
    let headers = [
        ("Host", "attacker.example"),
        ("Host", "app.example:8443"),
        ("Forwarded", "for=1.2.3.4;host=attacker.example;proto=http"),
        ("X-Forwarded-Host", "attacker.example"),
        ("X-Forwarded-Proto", "http"),
        ("X-Forwarded-Port", "8443"),
        ("X-Forwarded-Prefix", "/other"),
        ("X-Original-URL", "/other?ref=9"),
        ("X-Rewrite-URL", "/other?ref=9"),
    ];
    for name in names() {
        let (verifier, request) = (verifier(&name), signed(&name).unwrap());
        for (header, value) in headers {
            request.clone().with(header, value).accepted(&verifier);
        }
        // They cannot repair a wrong URL either.
        let mut moved = request.clone();
        let url = std::mem::replace(&mut moved.url, "http://10.0.0.7:3000/reports".to_owned());
        let moved = moved.with("X-Forwarded-Host", "app.example").with("X-Original-URL", &url);
        let signs_url =
            ["messagebird", "plivo", "plivo_v2", "seven", "sinch_verification", "twilio"];
        assert_eq!(moved.verify(&verifier).is_err(), signs_url.contains(&name.as_str()), "{name}");
    }
}

#[test]
fn twilio_signs_with_and_without_the_port() {
    let request = signed("twilio").unwrap();
    for (url, is_same) in [
        ("https://app.example/sms/reports", true),
        ("https://app.example:443/sms/reports", true),
        // Twilio's own validator ignores other ports as well.
        ("https://app.example:8443/sms/reports", true),
        ("http://app.example/sms/reports", false),
        ("https://app.example/sms/reports/", false),
        ("https://app.example.evil.example/sms/reports", false),
    ] {
        let mut request = request.clone();
        url.clone_into(&mut request.url);
        assert_eq!(request.verify(&verifier("twilio")).is_ok(), is_same, "{url}");
    }
}

#[test]
fn the_bytes_of_the_query_are_kept() {
    let request = signed("twilio").unwrap();
    assert_eq!(request.query.as_deref(), Some("ref=8f3c&a=1%2B2"));
    // A proxy that encodes a query again, orders it, or adds to it.
    for query in ["ref=8f3c&a=1%2b2", "ref=8f3c&a=1+2", "a=1%2B2&ref=8f3c", "ref=8f3c&a=1%2B2&"] {
        let mut request = request.clone();
        request.query = Some(query.to_owned());
        request.rejected(&verifier("twilio"), ReportRejection::Signature);
    }
}

#[test]
fn a_query_or_fragment_in_the_configuration_is_ignored() {
    let mut request = signed("twilio").unwrap();
    request.url.push_str("?x=1#rc=3");
    request.accepted(&verifier("twilio"));
}
