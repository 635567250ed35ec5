//! The origins of configured URLs are read as browsers read them.

use otpost::gateway::{GatewaySpec, Outcome, Rule};
use otpost::testing::ScriptedTransport;
use otpost::{HttpGateway, Message, PhoneNumber};

fn url(url: &str) -> Result<String, String> {
    let spec = GatewaySpec::builder("acme", "Acme SMS")
        .post(url)
        .form("to", "{{to|plain}}")
        .form("text", "{{text}}")
        .rule(Rule::new(Outcome::Accepted).when_status(200))
        .build();
    let gateway = HttpGateway::builder(spec).build_with(ScriptedTransport::new());
    let gateway = gateway.map_err(|error| error.to_string())?;
    let to = PhoneNumber::parse("+41791234567").unwrap();
    let message = Message::new(to, "012345 is your code").unwrap();
    Ok(gateway.prepare(&message).unwrap().expose_url().to_owned())
}

#[track_caller]
fn check(written: &str, sent: &str) {
    assert_eq!(url(written).as_deref(), Ok(sent));
}

#[track_caller]
fn refuse(written: &str, problem: &str) {
    let error = url(written).unwrap_err();
    assert!(error.contains(problem), "{written}: {error}");
}

#[test]
fn origin_is_normalized() {
    check("https://sms.acme.example/send", "https://sms.acme.example/send");
    check("HTTPS://SMS.Acme.Example/Send", "https://sms.acme.example/Send");
    check("https://sms.b\u{fc}cher.example/send", "https://sms.xn--bcher-kva.example/send");
    check("https://sms.B\u{dc}CHER.example/send", "https://sms.xn--bcher-kva.example/send");
    check("https://sms.acme.example:443/send", "https://sms.acme.example/send");
    check("https://sms.acme.example:8443/send", "https://sms.acme.example:8443/send");
    check("https://[2001:DB8::1]:8443/send", "https://[2001:db8::1]:8443/send");
    check("https://sms_1.acme.example/send", "https://sms_1.acme.example/send");
    check("https://192.0.2.1/send", "https://192.0.2.1/send");
}

#[test]
fn origin_that_is_wrong_is_refused() {
    refuse("https://192.168.1.256/send", "not a valid IPv4 address");
    refuse("https://[2001:db8::zz]/send", "not a valid IPv6 address");
    refuse("https://sms.acme.example:65536/send", "the port");
    refuse("https://sms.acme.example:0/send", "the port");
    refuse("https://sms.acme.example:/send", "the port");
    refuse("https://user:secret@sms.acme.example/send", "[auth]");
    refuse("ftp://sms.acme.example/send", "neither https nor http");
    refuse("https:///send", "it has no host");
    refuse("https://sms acme.example/send", "a space");
    refuse("https://sms.acme.example\\@evil.example/send", "a backslash");
    refuse("https://sms.acme.exa\u{9}mple/send", "a space, a control character");
    refuse("https://sms.acme.exa%2fmple/send", "an invalid character");
    refuse("sms.acme.example/send", "not a URL");
}
