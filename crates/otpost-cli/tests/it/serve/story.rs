//! The original story, and the forms in which other software sends messages.

use super::gateway::TestGateway;
use super::{Bridge, CALLER, SECRET};

/// An access gateway can only send a plain form with a user and a password. The SMS gateway
/// requires a custom body and the headers `Accept` and `Content-Type`.
#[test]
fn the_form_of_an_access_gateway_reaches_a_gateway_with_a_custom_body() {
    let gateway = TestGateway::accepting();
    let bridge =
        Bridge::start(&gateway.origin(), &["--form-to", "user", "--form-code", "password"]);
    // It opens its start page first.
    assert_eq!(bridge.call("GET", "/health", &[], b"").status, 200);
    let form = "user=%2B41791234567&password=012345&vhost=standard";
    let request = format!(
        "POST /send HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nUser-Agent: Mozilla/5.0 (compatible)\r\n\
         Accept: */*\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{form}",
        bridge.port,
        form.len()
    );
    let mut stream = bridge.connect();
    std::io::Write::write_all(&mut stream, request.as_bytes()).unwrap();
    let response = super::response(&mut std::io::BufReader::new(stream));

    let received = gateway.single();
    assert!(received.head.starts_with("POST /restapi/v1/sms/send HTTP/1.1\r\n"), "{received:?}");
    assert_eq!(received.header("accept"), Some("application/json"));
    assert_eq!(received.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(
        received.body,
        "messageText=012345+is+your+code&destinationAddress=41791234567&username=acme\
         &password=sentinel-gateway-password"
    );
    response.is(200, "accepted", "accepted");
    // The access gateway looks for a text in the response.
    assert!(response.body.starts_with(r#"{"outcome":"accepted","fate":"accepted","#));
}

#[test]
fn forms_queries_and_json_are_read() {
    let gateway = TestGateway::accepting();
    let bridge = Bridge::start(&gateway.origin(), &CALLER);
    let bearer = format!("Bearer {SECRET}");
    let secret = [("authorization", bearer.as_str())];
    let text = "messageText=Hello+%26+welcome&destinationAddress=41791234567&";
    let code = "messageText=123456+is+your+code&destinationAddress=41791234567&";
    let checks = [
        (bridge.form(&secret, "to=%2B41791234567&text=Hello+%26+welcome"), text),
        // The plus of the number is not encoded, and the number has blanks.
        (bridge.form(&secret, "to=+41%2079%20123%2045%2067&text=Hello+%26+welcome"), text),
        (bridge.form(&secret, "code=123456&to=%2B41791234567&x=y"), code),
        (bridge.call("GET", "/send?to=%2B41791234567&code=123456", &secret, b""), code),
        (bridge.json("/send", &secret, r#"{"to":"+41791234567","text":"Hello & welcome"}"#), text),
        (bridge.json("/send", &secret, r#"{"code":"123456","to":"+41 79 123 45 67"}"#), code),
    ];
    let received = gateway.received();
    assert_eq!(received.len(), checks.len());
    for ((response, body), received) in checks.iter().zip(received) {
        response.is(200, "accepted", "accepted");
        assert!(received.body.starts_with(body), "{}", received.body);
    }
}

#[test]
fn the_text_of_a_code_is_configured() {
    let gateway = TestGateway::accepting();
    let english = crate::file("serve-en.txt", "Acme: {{code}}, for {{minutes}} minutes\n");
    let german = crate::file("serve-de.txt", "Acme: {{code}}, {{minutes}} Minuten\n");
    let german = format!("de={}", german.display());
    let templates = ["--template", english.to_str().unwrap(), "--template", &german];
    let bridge = Bridge::start(&gateway.origin(), &[&templates[..], &["--valid", "7"]].concat());
    let german = r#"{"to":"+41791234567","code":"123456","locale":"de-CH"}"#;
    bridge.code_to("+41791234567").is(200, "accepted", "accepted");
    bridge.json("/send", &[], german).is(200, "accepted", "accepted");
    let app = Bridge::start(&gateway.origin(), &["--app", "Acme", "--locale", "de"]);
    app.code_to("+41791234567").is(200, "accepted", "accepted");
    let texts: Vec<_> = gateway
        .received()
        .iter()
        .map(|it| it.body.split('&').next().unwrap().replace('+', " "))
        .collect();
    assert_eq!(texts[0], "messageText=Acme%3A 123456%2C for 7 minutes");
    assert_eq!(texts[1], "messageText=Acme%3A 123456%2C 7 Minuten");
    assert!(texts[2].starts_with("messageText=123456 ist Ihr Acme-Code."), "{}", texts[2]);
}

#[test]
fn numbers_are_national_only_if_a_region_is_given() {
    let gateway = TestGateway::accepting();
    let bridge = Bridge::start(&gateway.origin(), &[]);
    let message = "invalid phone number: expected \"+\" followed by 7 to 15 digits";
    bridge.code_to("079 123 45 67").is_refused(400, "invalid_request", message);
    let bridge = Bridge::start(&gateway.origin(), &["--national", "CH"]);
    for number in ["079 123 45 67", "0041791234567", "+41791234567"] {
        bridge.code_to(number).is(200, "accepted", "accepted");
    }
    assert!(gateway.received().iter().all(|it| it.body.contains("=41791234567&")));
}

#[test]
fn requests_with_errors_are_refused() {
    let gateway = TestGateway::accepting();
    let bridge = Bridge::start(&gateway.origin(), &["--segments", "1"]);
    let invalid = |response: super::Response, message: &str| {
        response.is_refused(400, "invalid_request", message);
    };
    invalid(bridge.form(&[], "text=x"), "the field `to` is missing");
    invalid(bridge.form(&[], "to=%2B41791234567"), "expected the field `text` or `code`");
    invalid(bridge.form(&[], "to=1&to=2&text=x"), "the field `to` is given twice");
    invalid(bridge.form(&[], "to=%2B41791234567%2C%2B41791234568&text=x"), "invalid phone number");
    invalid(bridge.form(&[], "to=%2B41791234567&code=12"), "the code does not have 6 to 8 digits");
    invalid(bridge.form(&[], "to=%2B41791234567&text="), "the text: the text is empty");
    // ISO 8859-1, as old appliances encode it.
    invalid(bridge.form(&[], "to=%2B41791234567&text=%FCber"), "the field `text` is not UTF-8");
    let long = format!("to=%2B41791234567&text={}", "x".repeat(161));
    invalid(bridge.form(&[], &long), "the text: ");
    let locale = "to=%2B41791234567&code=123456&locale=d";
    invalid(bridge.form(&[], locale), "`locale` is not a language tag");
    invalid(bridge.json("/send", &[], "[]"), "the body is not a JSON object");
    invalid(bridge.json("/send", &[], r#"{"to":"+41791234567""#), "the body is not a JSON object");
    invalid(bridge.json("/send", &[], r#"{"text":"x"}"#), "`to` is missing");
    invalid(bridge.json("/send", &[], r#"{"to":41791234567,"text":"x"}"#), "`to` is not a string");

    let kind = [("content-type", "text/plain")];
    let refused = bridge.call("POST", "/send", &kind, b"to=1");
    refused.is_refused(415, "invalid_request", "the content type is not accepted");
    let refused = bridge.call("PUT", "/send", &[], b"");
    refused.is_refused(405, "invalid_request", "expected GET, POST");
    assert_eq!(refused.header("allow"), Some("GET, POST"));
    bridge.call("GET", "/admin", &[], b"").is_refused(404, "invalid_request", "does not exist");
    let mut stream = bridge.connect();
    let head = "POST /send HTTP/1.1\r\nhost: localhost\r\ncontent-length: 300000\r\n\r\n";
    std::io::Write::write_all(&mut stream, head.as_bytes()).unwrap();
    let refused = super::response(&mut std::io::BufReader::new(stream));
    refused.is_refused(413, "invalid_request", "256 KiB");
    assert_eq!(gateway.count(), 0);
}

#[test]
fn a_dry_run_checks_everything_and_sends_nothing() {
    let gateway = TestGateway::accepting();
    let bridge = Bridge::start(&gateway.origin(), &["--dry-run", "--limit-recipient", "1"]);
    bridge.code_to("+41791234567").is(200, "dry_run", "not_sent");
    bridge.code_to("+41791234567").is(429, "limited", "not_sent");
    bridge.code_to("+33612345678").is(422, "invalid_recipient", "not_sent");
    assert_eq!(gateway.count(), 0);
    assert!(bridge.log().contains("warning: this is a dry run"), "{}", bridge.log());
}
