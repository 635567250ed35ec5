//! The catalogue's `kannel` against a real Kannel.

use otpost::gateways;
use otpost::message::SenderId;
use otpost::provider::{Fate, Provider, SendErrorKind};
use otpost::{HttpGateway, Message, PhoneNumber};

use otpost_test_servers::kannel::Kannel;

const NUMBER: &str = "+491701234567";

fn gateway(kannel: &Kannel, password: &str) -> HttpGateway {
    gateways::kannel(kannel.origin(), "tester", password).build().unwrap()
}

fn message(text: &str) -> Message {
    Message::new(PhoneNumber::parse(NUMBER).unwrap(), text).unwrap()
}

/// What fakesmsc prints for a text: UTF-8 for GSM-7, and UTF-16BE with percent signs for UCS-2.
fn on_the_screen(text: &str, ucs2: bool) -> String {
    if !ucs2 {
        return format!("13013 {NUMBER} text {text}>");
    }
    let bytes = text.encode_utf16().flat_map(u16::to_be_bytes);
    let shown: String = bytes
        .map(|byte| match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => char::from(byte).to_string(),
            b' ' => "+".to_owned(),
            other => format!("%{other:02X}"),
        })
        .collect();
    format!("13013 {NUMBER} ucs-2 {shown}>")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_phone_shows_the_text_that_was_sent() {
    let kannel = Kannel::start().unwrap();
    let gateway = gateway(&kannel, "foobar");
    let texts = [
        ("Your code is 012345", false),
        ("€{} 000000 [~]|^\\", false),
        ("äöüÄÖÜß ñ ÇØ @£$ & = % + ; \"'<>", false),
        ("  012345 with blanks around  ", false),
        ("{{to}} %25 ]]> 1e5", false),
        ("Ваш код 012345", true),
        ("Code 😀 012345 \u{201c}ç\u{201d}", true),
    ];
    for (text, ucs2) in texts {
        let receipt = gateway.send(&message(text)).await.unwrap();
        assert_eq!((receipt.provider(), receipt.message_id()), ("kannel", None));
        let expected = on_the_screen(text, ucs2);
        assert!(kannel.wait_for(&expected).is_some(), "{expected} in {:?}", kannel.wait_for(""));
    }

    let named = message("from a name").with_sender(SenderId::parse("Acme").unwrap());
    gateway.send(&named).await.unwrap();
    assert!(kannel.wait_for(&format!("Acme {NUMBER} text from a name>")).is_some());

    // A text of several lines arrives whole; fakesmsc prints one line for each.
    gateway.send(&message("one\ntwo 012345")).await.unwrap();
    assert!(kannel.wait_for("<two 012345>").is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn each_answer_has_its_outcome() {
    let mut kannel = Kannel::start().unwrap();
    let right = gateway(&kannel, "foobar");
    let text = message("012345");

    #[track_caller]
    fn check(
        sent: Result<otpost::provider::Receipt, otpost::provider::SendError>,
        kind: SendErrorKind,
        fate: Fate,
        words: &str,
    ) {
        let error = sent.unwrap_err();
        assert_eq!((error.kind(), error.fate()), (kind, fate), "{error:?}");
        // Kannel's own words, which only a rule hands on: the table of statuses does not.
        let said = error.gateway_message().map(|said| said.expose().to_owned());
        assert!(
            said.as_deref().unwrap_or_default().starts_with(words),
            "{said:?} is not {words:?}"
        );
    }

    check(
        gateway(&kannel, "wrong").send(&text).await,
        SendErrorKind::Unauthorized,
        Fate::Refused,
        "Authorization failed",
    );

    // Requests that no message of ours can make, so that Kannel's own words meet our rules.
    let spec = |changes: &[(&str, &str)]| {
        let mut toml = include_str!("../../src/gateways/kannel.toml").to_owned();
        for (from, to) in changes {
            assert!(toml.contains(from), "{from}");
            toml = toml.replace(from, to);
        }
        HttpGateway::builder(otpost::gateway::GatewaySpec::from_toml(&toml).unwrap())
            .var("origin", kannel.origin())
            .var("username", "tester")
            .var("password", "foobar")
            .build()
            .unwrap()
    };
    let to = "X-Kannel-To = \"{{to}}\"";
    let letters = spec(&[(to, "X-Kannel-To = \"ab{{to|plain}}\"")]);
    check(
        letters.send(&text).await,
        SendErrorKind::InvalidRecipient,
        Fate::Refused,
        "Number(s) has/have been denied",
    );
    let nobody = spec(&[(to, "X-To = \"{{to}}\"")]);
    check(
        nobody.send(&text).await,
        SendErrorKind::Misconfigured,
        Fate::Refused,
        "Missing receiver",
    );
    let empty = spec(&[(to, "X-Kannel-To = \"\"\nX-To = \"{{to}}\"")]);
    check(empty.send(&text).await, SendErrorKind::Misconfigured, Fate::Refused, "");
    let json = spec(&[
        ("text = \"{{text}}\"", "json = { text = \"{{text}}\" }"),
        ("text/plain; charset=UTF-8", "application/json"),
    ]);
    check(
        json.send(&text).await,
        SendErrorKind::Misconfigured,
        Fate::Refused,
        "Invalid content-type",
    );
    let coding = spec(&[("map:gsm7=0,ucs2=2", "map:gsm7=9,ucs2=9")]);
    check(
        coding.send(&text).await,
        SendErrorKind::Misconfigured,
        Fate::Refused,
        "Coding field misformed",
    );
    let form = spec(&[
        ("text = \"{{text}}\"", "form = { text = \"{{text}}\" }"),
        ("text/plain; charset=UTF-8", "application/x-www-form-urlencoded"),
    ]);
    check(
        form.send(&text).await,
        SendErrorKind::Misconfigured,
        Fate::Refused,
        "Invalid content-type",
    );
    let path = spec(&[("/cgi-bin/sendsms", "/cgi-bin/nothing")]);
    check(path.send(&text).await, SendErrorKind::Misconfigured, Fate::Refused, "Unknown request.");

    // With the phone network away Kannel keeps messages, and refuses them when its queue is full.
    assert!(kannel.stop_phone());
    let mut queued = 0;
    let full = loop {
        match right.send(&text).await {
            Ok(_) => queued += 1,
            Err(error) => break error,
        }
        assert!(queued < 50, "the queue has no limit");
    };
    assert!(queued > 0);
    assert_eq!((full.kind(), full.fate()), (SendErrorKind::Unavailable, Fate::NotSent), "{full:?}");

    // Without a route the status is that of a wrong password, and only the body tells.
    assert!(kannel.stop_route());
    check(right.send(&text).await, SendErrorKind::Misconfigured, Fate::Refused, "Not routable");

    let nowhere = gateways::kannel("http://127.0.0.1:9", "tester", "foobar").build().unwrap();
    check(nowhere.send(&text).await, SendErrorKind::Transport, Fate::NotSent, "");
}
