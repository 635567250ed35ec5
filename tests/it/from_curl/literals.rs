//! Short secrets become variables, and what stays in the spec is listed.

use otpost::testing::ScriptedTransport;
use otpost_curl::{CurlImport, CurlNote};

use super::{message, sample};

/// Secrets of less than 24 characters where no name tells, each in a place of its own.
const SECRETS: [&str; 8] = [
    "hunter2",
    "s3cr3t7",
    "x9-Kd_3.q",
    "P4ss!word",
    "0a1b2c3d4e5f",
    "abcdefghijklmnopqrstuvw",
    "AC12345678",
    "k3y=va1ue",
];

/// What was taken for a secret by its looks: 24 characters and more, four digits and four letters.
fn naive_finds(value: &str) -> bool {
    let count = |is: fn(&u8) -> bool| value.bytes().filter(is).count();
    value.len() >= 24 && count(u8::is_ascii_digit) >= 4 && count(u8::is_ascii_alphabetic) >= 4
}

fn percent(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// A command with the value in a place, and the key path of the place.
fn commands(value: &str) -> Vec<(&'static str, String)> {
    const TO: &str = "-d to=12025550123 -d 'text=123456 is your code'";
    let json = serde_json::Value::from(value);
    let xml = value.replace('&', "&amp;");
    vec![
        ("request.query.x", format!("curl 'https://a.example/send?x={}' {TO}", percent(value))),
        ("request.form.x", format!("curl https://a.example/send -d 'x={}' {TO}", percent(value))),
        (
            "request.headers.X-Customer",
            format!("curl https://a.example/send -H 'X-Customer: {value}' {TO}"),
        ),
        (
            "request.multipart.x",
            format!(
                "curl https://a.example/send --form-string 'x={value}' -F to=12025550123 -F 'text=123456 is your code'"
            ),
        ),
        (
            "request.json.x",
            format!(
                "curl https://a.example/send --json '{{\"to\":\"12025550123\",\"text\":\"123456 is your code\",\"x\":{json}}}'"
            ),
        ),
        (
            "request.json.x.0",
            format!(
                "curl https://a.example/send --json '{{\"to\":\"12025550123\",\"text\":\"123456 is your code\",\"x\":[{json}]}}'"
            ),
        ),
        (
            "request.xml.x",
            format!(
                "curl https://a.example/send -H 'Content-Type: text/xml' -d '<sms><to>12025550123</to><t>123456 is your code</t><x>{xml}</x></sms>'"
            ),
        ),
        (
            "request.xml.x",
            format!(
                "curl https://a.example/send -H 'Content-Type: text/xml' -d '<sms x=\"{xml}\"><to>12025550123</to><t>123456 is your code</t></sms>'"
            ),
        ),
    ]
}

fn import(command: &str) -> CurlImport {
    otpost_curl::import(command, &sample()).unwrap_or_else(|error| panic!("{error}: {command}"))
}

fn literals(import: &CurlImport) -> Vec<(&str, usize)> {
    let notes = import.notes().iter();
    notes
        .filter_map(|note| match note {
            CurlNote::Literal { place, length } => Some((place.as_str(), *length)),
            _ => None,
        })
        .collect()
}

/// No value in the spec, the report or any `Debug`; and what is sent is the same.
#[track_caller]
fn is_hidden(command: &str, secret: &str) {
    let import = import(command);
    let toml = import.spec().to_toml().unwrap();
    let shown = format!("{toml}{import}{import:?}{:?}", import.notes());
    assert!(!shown.contains(secret), "{command}\n{shown}");
    assert!(import.expose_values().any(|(_, value)| value.expose() == secret), "{command}\n{toml}");
    let gateway = import.gateway().build_with(ScriptedTransport::new()).unwrap();
    let again = gateway.prepare(&message()).unwrap();
    let mut sent =
        format!("{} {}", again.expose_url(), String::from_utf8_lossy(again.expose_body()));
    again.expose_headers().for_each(|(_, value)| sent.push_str(value.to_str().unwrap()));
    let forms =
        [secret.to_owned(), percent(secret), secret.replace('!', "%21").replace(':', "%3A")];
    assert!(forms.iter().any(|form| sent.contains(form)), "{command}\n{sent}");
}

#[test]
fn literals_that_mix_letters_and_digits_become_variables() {
    for secret in SECRETS {
        assert!(!naive_finds(secret), "{secret}");
        for (_, command) in commands(secret) {
            is_hidden(&command, secret);
        }
    }
}

#[test]
fn literals_in_paths_become_variables() {
    let end = "-d to=12025550123 -d 'text=123456 is your code'";
    for (path, secret) in [
        ("bot123456:AAH-x9_Kd/sendMessage", "123456:AAH-x9_Kd"),
        ("bot42:Ab/send", "42:Ab"),
        ("v1/a1b2c3d4/send", "a1b2c3d4"),
        ("Accounts/ACfakefakefakefakefake/Messages.json", "ACfakefakefakefakefake"),
        ("hook/T0K3N-77/x9", "T0K3N-77"),
    ] {
        assert!(!naive_finds(secret));
        is_hidden(&format!("curl https://a.example/{path} {end}"), secret);
    }
    let import = import(&format!("curl https://a.example/bot123456:AAH-x9_Kd/sendMessage {end}"));
    let toml = import.spec().to_toml().unwrap();
    assert!(toml.contains("/bot{{bot_token}}/sendMessage"), "{toml}");
    // Versions and words are no secrets.
    for path in [
        "v2/sms/send",
        "2010-04-01/Messages.json",
        "http_api/send_sms",
        "api/v1.2/sms2",
        "bottle/botany",
    ] {
        let import =
            otpost_curl::import(&format!("curl https://a.example/{path} {end}"), &sample());
        assert!(import.unwrap().spec().to_toml().unwrap().contains(path), "{path}");
    }
}

#[test]
fn literals_that_stay_are_listed_with_place_and_length() {
    // Words and numbers that may be passwords, and cannot be told from other words and numbers.
    for word in ["sunshine", "correct horse", "80417", "Qwertz!"] {
        for (place, command) in commands(word) {
            let import = import(&command);
            let toml = import.spec().to_toml().unwrap();
            let in_spec = toml.contains(word) || toml.contains(&percent(word));
            assert!(in_spec, "{command}\n{toml}");
            let place =
                if place == "request.json.x.0" { place } else { place.trim_end_matches(".0") };
            assert!(
                literals(&import).contains(&(place, word.chars().count())),
                "{command}\n{import}"
            );
            let shown = format!("{import}{:?}", import.notes());
            assert!(!shown.contains(word), "{shown}");
            let words = format!(" {place} ({})", word.chars().count());
            assert!(shown.contains(&words), "{shown}");
        }
    }
}

#[test]
fn literals_of_each_kind_are_listed() {
    let command = "curl -u acme:hunter22 'https://tenant.a.example/v1/send?flag&n=7' -H 'X-A: plain' -H 'Authorization: App k3y-k3y-k3y' \
        --json '{\"to\":\"12025550123\",\"text\":\"Hi: 123456 is your code\",\"n\":5,\"f\":1.5,\"b\":true,\"z\":null,\"l\":[\"one\",\"--\"],\"o\":{\"p\":\"deep\"}}'";
    let import = import(command);
    let listed = literals(&import);
    for wanted in [
        ("request.url", "tenant.a.example".len()),
        ("request.url", "v1".len()),
        ("request.url", "send".len()),
        ("request.query", "flag".len()),
        ("request.query.n", 1),
        ("request.headers.X-A", 5),
        ("request.json.text", "Hi: ".len()),
        ("request.json.n", 1),
        ("request.json.f", 3),
        ("request.json.l.0", 3),
        ("request.json.o.p", 4),
        ("auth.header.value", "App ".len()),
    ] {
        assert!(listed.contains(&wanted), "{wanted:?} is not in {listed:?}");
    }
    assert!(!listed.iter().any(|(place, _)| {
        ["request.json.b", "request.json.z", "request.json.l.1"].contains(place)
    }));
    assert!(import.notes().iter().any(|note| note.kind() == "literal"));
    let xml = "curl https://a.example/send -H 'Content-Type: text/xml' -d '<?xml version=\"1.0\"?><?pi some words?><!-- a comment --><s a=\"word\"><to>12025550123</to><t>123456 is your code</t><c><![CDATA[data]]></c></s>'";
    let import = otpost_curl::import(xml, &sample()).unwrap();
    let listed = literals(&import);
    for wanted in [
        ("request.xml.a", 4),
        ("request.xml", "a comment".len()),
        ("request.xml", "pi some words".len()),
        ("request.xml.c", 4),
    ] {
        assert!(listed.contains(&wanted), "{wanted:?} is not in {listed:?}");
    }
    let plain = "curl https://a.example/12025550123 -H 'Content-Type: text/plain' -d 'Acme says: 123456 is your code'";
    let import = otpost_curl::import(plain, &sample()).unwrap();
    assert!(literals(&import).contains(&("request.text", "Acme says: ".len())), "{import}");
}

#[test]
fn literals_of_a_gateway_s_own_words_stay() {
    let command = "curl https://a.example/send?charset=ISO-8859-1 -H 'Accept: application/vnd.acme.v2+json' -d type=base64x2 \
        -d 'when_date=2026-01-31T12:00:00' -d callback=https://me.example/dlr2 -d from=MyShop24 -d to=12025550123 -d 'text=123456 is your code'";
    let import = import(command);
    let toml = import.spec().to_toml().unwrap();
    for literal in [
        "ISO-8859-1",
        "application/vnd.acme.v2+json",
        "base64x2",
        "2026-01-31",
        "https://me.example/dlr2",
        "MyShop24",
    ] {
        assert!(toml.contains(literal), "{literal}: {toml}");
    }
    assert_eq!(import.spec().vars().count(), 0);
    // Many odd values are imported all the same.
    let many: String = (0..100).map(|n| format!(" -d f{n}=val{n}ue")).collect();
    let import = otpost_curl::import(&format!("{command}{many}"), &sample()).unwrap();
    assert!(import.spec().vars().count() >= 32 && literals(&import).len() > 60);
}
