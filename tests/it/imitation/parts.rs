//! The parts of specs one by one: filters, conditions, credentials, other calls and responses.

use otpost::gateway::imitation::{
    Imitation, MismatchKind, ReceivedRequest, RecognizedCall, ResponseKind,
};
use otpost::gateway::{GatewaySpec, HttpGateway, Outcome};
use otpost::provider::{Provider, Receipt, SendErrorKind};

use super::{Played, URL, lines, message, post, run, sent, spec};

fn form(fields: &str) -> GatewaySpec {
    spec(&format!("{URL}form = {{ {fields} }}"))
}

/// Returns the mismatches of a form.
fn complaints(spec: &GatewaySpec, body: &str) -> Vec<String> {
    lines(&Imitation::new(spec).unwrap().receive(&post(body)))
}

#[test]
fn mismatch_describes_what_a_filter_produces() {
    for (filter, good, bad, expected) in [
        ("to|plain", "41791234567", "+41791234567", "digits without a plus"),
        ("to|zeros", "0041791234567", "41791234567", "`00` and digits"),
        ("to|national:41", "791234567", "x", "the digits after the calling code"),
        ("to", "+41791234567", "41791234567", "a plus and 7 to 15 digits"),
        ("to|plain", "41791234567", "", "digits without a plus"),
        ("to|plain", "41791234567", "123", "7 to 15 digits without a plus"),
    ] {
        let spec = form(&format!("to = \"{{{{{filter}}}}}\", text = \"{{{{text}}}}\""));
        let imitation = Imitation::new(&spec).unwrap();
        let body = |to: &str| format!("text=x&to={}", to.replace('+', "%2B"));
        let recognized = imitation.receive(&post(&body(good)));
        assert_eq!(lines(&recognized), [""; 0], "{filter}");
        assert_eq!(recognized.to().unwrap().e164(), "+41791234567", "{filter}");
        let found = imitation.receive(&post(&body(bad)));
        assert_eq!(found.mismatches().len(), 1, "{filter}");
        let mismatch = &found.mismatches()[0];
        assert_eq!((mismatch.place(), mismatch.expected()), ("form field `to`", expected));
        assert_eq!(mismatch.kind(), MismatchKind::Recipient);
        assert!(bad.is_empty() || !mismatch.to_string().contains("791234567"), "{mismatch}");
    }
}

#[test]
fn placeholder_accepts_only_values_of_its_filters() {
    for (template, good, bad) in [
        ("{{ttl_seconds|unit:ms}}", "300000", "300001"),
        ("{{ttl_seconds|unit:min}}", "5", "five"),
        ("{{ttl_seconds|clamp:60-600}}", "300", "601"),
        ("{{now|date:%Y%m%dT%H%M%SZ}}", "20261128T174805Z", "2026-11-28"),
        ("{{now|date:rfc1123}}", "Sat, 28 Nov 2026 17:48:05 GMT", "Sat, 28.11.2026"),
        ("{{now|date:%e %j %F %T %z}}", " 8 332 2026-11-08 17:48:05 +0100", "8 332"),
        ("{{now|epoch}}", "1795888085", "now"),
        ("{{now}}", "2026-11-28T17:48:05Z", "2026-11-28"),
        ("{{now|zone:+03:00}}", "2026-11-28T20:48:05+03:00", "20:48"),
        ("{{message_uuid|int}}", "9007199254740993", "0"),
        (
            "{{message_uuid|sha256hex|truncate:32}}",
            "0123456789abcdef0123456789abcdef",
            "0123456789abcdef0123456789abcdef0",
        ),
        ("{{encoding|map:gsm7=0,ucs2=8}}", "8", "1"),
        ("{{code}}", "012345", "01234x"),
        ("{{text|base64}}", "WsO8cmljaA==", "Zürich"),
        ("{{text|utf16hex}}", "005A00FC", "005A00F"),
        ("{{text|truncate:4}}", "1234", "12345"),
        ("{{sender|upper}}", "ACME", "Acme"),
    ] {
        let spec =
            form(&format!("to = \"{{{{to}}}}\", text = \"{{{{text}}}}\", x = \"{template}\""));
        // Some filters are not allowed for a text.
        if spec.check().is_err() {
            assert!(template.contains("truncate:4"), "{template}");
            continue;
        }
        let body = |x: &str| {
            let mut form = form_urlencoded::Serializer::new(String::new());
            form.append_pair("to", "+41791234567").append_pair("text", "ж").append_pair("x", x);
            form.finish()
        };
        assert_eq!(complaints(&spec, &body(good)), [""; 0], "{template}");
        let found = Imitation::new(&spec).unwrap().receive(&post(&body(bad)));
        let places: Vec<_> = found.mismatches().iter().map(|it| it.place()).collect();
        assert_eq!(places, ["form field `x`"], "{template}");
    }
}

#[test]
fn condition_decides_which_values_are_there() {
    let spec = form(
        "to = \"{{to}}\", text = \"{{text}}\", from = \"{{sender}}\", \
         type = [{ value = \"0\", when = { encoding = \"gsm7\" } }, \
         { value = \"8\", when = { encoding = \"ucs2\" } }], \
         alpha = { value = \"1\", when = { sender_kind = \"alphanumeric\" } }",
    );
    for (body, places) in [
        ("to=%2B41791234567&text=a&type=0", &[][..]),
        ("to=%2B41791234567&text=%D0%B6&type=8&from=Acme&alpha=1", &[]),
        ("to=%2B41791234567&text=a&type=8", &["type"]),
        ("to=%2B41791234567&text=%D0%B6&type=0", &["type"]),
        ("to=%2B41791234567&text=a", &["type"]),
        ("to=%2B41791234567&text=a&type=0&type=8", &["type"]),
        ("to=%2B41791234567&text=a&type=0&from=Acme", &["alpha"]),
        ("to=%2B41791234567&text=a&type=0&from=%2B41791234567&alpha=1", &["alpha"]),
    ] {
        let found = Imitation::new(&spec).unwrap().receive(&post(body));
        let found: Vec<_> = found.mismatches().iter().map(|it| it.place().to_owned()).collect();
        let places: Vec<_> = places.iter().map(|name| format!("form field `{name}`")).collect();
        assert_eq!(found, places, "{body}");
    }
}

#[test]
fn object_is_left_out_with_its_variable() {
    let spec = spec(&format!(
        "[vars]\nref = {{ message = true, optional = true }}\n{URL}\
         [request.json]\nto = [\"{{{{to}}}}\"]\ntext = \"{{{{text}}}}\"\n\
         meta = {{ ref = \"{{{{ref}}}}\", v = 2 }}\nttl = \"{{{{ttl_seconds|number}}}}\"\n"
    ));
    let imitation = Imitation::new(&spec).unwrap();
    let receive = |body: &str| {
        let request = ReceivedRequest::new("POST", "/send")
            .with_header("content-type", "application/json")
            .with_body(body.to_owned());
        lines(&imitation.receive(&request))
    };
    let none = [""; 0];
    assert_eq!(receive(r#"{"to":["+41791234567"],"text":"a","ttl":300}"#), none);
    assert_eq!(
        receive(r#"{"text":"a","to":["+41791234567"],"ttl":300,"meta":{"v":2,"ref":"x"}}"#),
        none
    );
    assert_eq!(
        receive(
            r#"{"to":["+41791234567","+41791234568"],"text":7,"ttl":"300","meta":{"ref":"x"}}"#
        ),
        [
            "/to/1: expected a list of 1, found another item",
            "/text: expected a string, found a number",
            "/meta/v: expected a value, found none",
            "/ttl: expected a number, found a string, digits (3 characters)",
        ]
    );
}

#[test]
fn token_call_account_and_erase_are_recognized() {
    let spec = spec(
        "[vars]\nid = {}\nkey = { secret = true }\n\
         [request]\nmethod = \"POST\"\nurl = \"https://acme.example/messages\"\n\
         json = { to = \"{{to}}\", text = \"{{text}}\", session = \"{{session}}\" }\n\
         [auth.token]\nurl = \"https://acme.example/token\"\ntoken = \"/data/token\"\n\
         expires_in = \"/data/expires\"\nvalues = { session = \"header:X-Session\" }\n\
         json = { id = \"{{id}}\", key = \"{{key}}\" }\n\
         [[response]]\nwhen = { status = 201 }\n\
         then = { outcome = \"accepted\", message_id = \"/id\" }\n\
         [account]\nmethod = \"GET\"\nurl = \"https://acme.example/balance\"\ncredit = \"/credit\"\n\
         [erase]\nmethod = \"DELETE\"\nurl = \"https://acme.example/messages/{{message_id}}\"",
    );
    let played = Played::new(&spec, Outcome::Accepted);
    let gateway = HttpGateway::builder(spec).var("id", "me").var("key", "hunter2");
    let gateway = gateway.build_with(played.clone()).unwrap();
    let receipt = run(gateway.send(&message("+41791234567", "a"))).unwrap();
    let id = played.last().2.message_id().unwrap().to_owned();
    assert_eq!(receipt.message_id(), Some(id.as_str()));
    run(gateway.account()).unwrap();
    assert_eq!(played.last().1.call(), RecognizedCall::Account);
    run(gateway.erase(&Receipt::new("acme").with_message_id("a/b"))).unwrap();
    let log = played.log.lock().unwrap();
    let calls: Vec<_> = log.iter().map(|(_, recognized, _)| recognized.call()).collect();
    let expected = [
        RecognizedCall::Token,
        RecognizedCall::Message,
        RecognizedCall::Account,
        RecognizedCall::Erase,
    ];
    assert_eq!(calls, expected);
    for (_, recognized, _) in log.iter() {
        assert_eq!(lines(recognized), [""; 0]);
    }
    assert_eq!(log[0].1.variable("key").unwrap().expose(), "hunter2");
    assert_eq!(log[3].1.message_id(), Some("a/b"));
}

#[test]
fn what_cannot_be_imitated_is_refused() {
    let token = spec(&format!(
        "[vars]\nkey = {{ secret = true }}\n{URL}form = {{ to = \"{{{{to}}}}\", text = \"{{{{text}}}}\" }}\n\
         [auth.token]\nurl = \"https://acme.example/token\"\nbody_regex = 'k{{2}}=(?P<t>.*)'\n\
         token = \"group:t\"\nform = {{ key = \"{{{{key}}}}\" }}"
    ));
    assert_eq!(Imitation::new(&token).unwrap_err().path(), "auth.token.token");
    let invalid = spec(&format!("{URL}form = {{ to = \"{{{{to}}}}\" }}"));
    assert_eq!(Imitation::new(&invalid).unwrap_err().path(), "request");
}

#[test]
fn respond_refuses_as_the_gateway_does() {
    let body = "form = { to = \"{{to|plain}}\", text = \"{{text}}\" }\n\
        [[response]]\nwhen = { json = { \"/code\" = 5 } }\nthen = { outcome = \"invalid_recipient\" }\n\
        [[response]]\nwhen = { json = { \"/code\" = 0 } }\nthen = { outcome = \"accepted\", message_id = \"/ids/0\" }\n\
        [[response]]\nwhen = { json = { \"/code\" = { at_least = 9 } } }\nthen = { outcome = \"throttled\" }\n\
        [[example]]\nresponse = { status = 200, body = '{\"code\":5,\"why\":\"number\"}' }\nexpect = { outcome = \"invalid_recipient\" }\n\
        [[example]]\nresponse = { status = 200, body = '{\"code\":0,\"n\":0,\"ids\":[\"0\"]}' }\nexpect = { outcome = \"accepted\" }";
    let spec = spec(&format!("{URL}{body}"));
    let imitation = Imitation::new(&spec).unwrap();
    let good = imitation.receive(&post("to=41791234567&text=a"));
    let mut ids = std::collections::BTreeSet::new();
    for _ in 0..1_000 {
        let response = imitation.respond(&good, Outcome::Accepted);
        let id = response.message_id().unwrap().to_owned();
        // The other zeros stay.
        assert_eq!(response.body(), format!("{{\"code\":0,\"n\":0,\"ids\":[\"{id}\"]}}"));
        assert!(id.bytes().all(|b| b.is_ascii_digit()), "{id}");
        ids.insert(id);
    }
    assert_eq!(ids.len(), 1_000);
    // Without an example, it is made of the rule, and of the table of statuses.
    for outcome in [Outcome::Throttled, Outcome::Unauthorized, Outcome::NoCredit] {
        assert_eq!(imitation.respond(&good, outcome).outcome(), outcome);
    }
    assert_eq!(
        imitation.respond(&good, ResponseKind::Example(0)).body(),
        "{\"code\":5,\"why\":\"number\"}"
    );
    assert_eq!(imitation.respond(&good, ResponseKind::Example(9)).status(), 501);
    let bad = imitation.receive(&post("to=%2B41791234567&text=a"));
    assert_eq!(imitation.respond(&bad, Outcome::Accepted).outcome(), Outcome::InvalidRecipient);
    let missing = imitation.receive(&post("to=41791234567"));
    let response = imitation.respond(&missing, Outcome::Accepted);
    assert_eq!((response.status(), response.outcome()), (400, Outcome::Misconfigured));
    assert_eq!(response.body(), "form field `text`: expected a value, found none");
    // The client understands it as well.
    let played = Played::new(&spec, Outcome::Throttled);
    let gateway = HttpGateway::builder(spec).build_with(played).unwrap();
    let error = run(gateway.send(&message("+41791234567", "a"))).unwrap_err();
    assert_eq!(error.kind(), SendErrorKind::Throttled);
}

#[test]
fn charset_of_the_text_is_decoded() {
    for (charset, text) in [("latin1", "Zürich ÿ"), ("gsm7", "@ £ {€} Ω"), ("utf16be-hex", "ж 😀")]
    {
        let spec = spec(&format!(
            "{URL}charset = \"{charset}\"\nform = {{ to = \"{{{{to}}}}\", text = \"{{{{text}}}}\", id = \"Ä\" }}"
        ));
        let request = sent(&spec, &message("+41791234567", text));
        let recognized = Imitation::new(&spec).unwrap().receive(&request);
        assert_eq!(lines(&recognized), [""; 0], "{charset}");
        assert_eq!(recognized.text().unwrap().expose(), text, "{charset}");
    }
}

#[test]
fn path_of_each_call_is_found_without_the_rest_of_the_request() {
    let spec = GatewaySpec::from_toml(concat!(
        "spec = 1\nid = \"a\"\nname = \"A\"\n[vars]\nuser = {}\n",
        "[request]\nmethod = \"POST\"\nurl = \"https://a.example/v1/{{user}}/send\"\n",
        "json = { to = \"{{to}}\", text = \"{{text}}\" }\n",
        "[[response]]\nwhen = { status = 200 }\nthen = { outcome = \"accepted\" }\n",
        "[account]\nmethod = \"GET\"\nurl = \"https://a.example/credit\"\ncredit = \"/credit\"\n",
    ));
    let imitation = Imitation::new(&spec.unwrap()).unwrap();
    let given = imitation.clone().with_var("user", "acme").unwrap();
    let has = |imitation: &Imitation, method: &str, target: &str| {
        imitation.has_path(&ReceivedRequest::new(method, target))
    };
    for imitation in [&imitation, &given] {
        for (method, target, expected) in [
            ("POST", "/v1/acme/send", true),
            ("POST", "/v1/acme/send?more=1", true),
            ("GET", "/credit", true),
            ("GET", "/v1/acme/send", false),
            ("POST", "/credit", false),
            ("POST", "/v1/acme/send/", false),
            ("POST", "/v2/acme/send", false),
            ("POST", "", false),
        ] {
            assert_eq!(has(imitation, method, target), expected, "{method} {target}");
        }
    }
    assert!(has(&imitation, "POST", "/v1/other/send") && !has(&given, "POST", "/v1/other/send"));
}

#[test]
fn response_has_the_type_of_its_body() {
    #[track_caller]
    fn check(example: &str, expected: &[&str]) {
        let spec = spec(&format!(
            "{URL}form = {{ to = \"{{{{to}}}}\", text = \"{{{{text}}}}\" }}\n\
             [[response]]\nwhen = {{ status = 200 }}\nthen = {{ outcome = \"accepted\" }}\n\
             [[example]]\nresponse = {{ status = 200, {example} }}\nexpect = {{ outcome = \"accepted\" }}"
        ));
        let imitation = Imitation::new(&spec).unwrap();
        let recognized = imitation.receive(&post("to=%2B41791234567&text=a"));
        let response = imitation.respond(&recognized, Outcome::Accepted);
        let headers = response.headers().filter(|(name, _)| *name != "X-More");
        let headers: Vec<_> = headers.map(|(name, value)| format!("{name}: {value}")).collect();
        assert_eq!(headers, expected, "{example}");
    }
    check("body = '{\"id\":1}'", &["Content-Type: application/json"]);
    check("headers = { X-More = \"1\" }, body = ' [1] '", &["Content-Type: application/json"]);
    check("body = '<?xml version=\"1.0\"?><a/>'", &["Content-Type: application/xml"]);
    check("body = '<HTML>maintenance</html>'", &["Content-Type: text/html"]);
    check("body = '{\"id\":'", &[]);
    check("body = 'OK 1'", &[]);
    check("body = ''", &[]);
    // The example decides where it says a type.
    check(
        "headers = { content-type = \"text/json\" }, body = '{\"id\":1}'",
        &["content-type: text/json"],
    );
}

#[test]
fn refusal_is_the_first_example_of_its_kind() {
    // The later example has an id, as one number of several would have.
    let spec = otpost::gateways::with_examples("smsapi").unwrap();
    let played = Played::new(&spec, Outcome::InvalidRecipient);
    let gateway = HttpGateway::builder(spec).var("token", "hunter2").build_with(played.clone());
    let error = run(gateway.unwrap().send(&message("+48500000000", "a"))).unwrap_err();
    assert_eq!(error.kind(), SendErrorKind::InvalidRecipient);
    assert!(played.last().2.body().starts_with("{\"error\":13,"), "{}", played.last().2.body());
}

#[test]
fn new_id_has_the_prefix_of_the_old_one_and_is_everywhere() {
    let spec = otpost::gateways::with_examples("twilio").unwrap();
    let played = Played::new(&spec, Outcome::Accepted);
    let builder = HttpGateway::builder(spec).var("account_sid", "AC1").var("auth_token", "hunter2");
    let gateway = builder.build_with(played.clone()).unwrap();
    let sent = run(gateway.send(&message("+14155552345", "a"))).unwrap();
    let id = sent.message_id().unwrap();
    let digits = id.strip_prefix("SM").unwrap();
    assert!(digits.len() == 32 && digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')));
    // Also in the URLs of the message.
    let response = played.last().2;
    assert_eq!(response.body().matches(id).count(), 3, "{}", response.body());
    assert!(!response.body().contains("SMaaaa"));
}
