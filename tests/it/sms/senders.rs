//! SenderPolicy: their kinds, the one that is right for a number, and what speaks against it.

use otpost::gateway::GatewaySpec;
use otpost::message::{DltTemplate, SenderId, SenderKind, SenderPolicy, SenderWarning};
use otpost::phone::Region;
use otpost::{HttpGateway, Message, PhoneNumber};

fn message(to: &str) -> Message {
    let text = "123456 is your Acme code. It is valid for 5 minutes.";
    Message::new(PhoneNumber::parse(to).unwrap(), text).unwrap()
}

fn sender(text: &str) -> SenderId {
    SenderId::parse(text).unwrap()
}

#[test]
fn kinds_are_told_apart() {
    for (text, kind) in [
        ("A", SenderKind::Alphanumeric),
        ("Acme Bank", SenderKind::Alphanumeric),
        ("4U", SenderKind::Alphanumeric),
        ("123", SenderKind::ShortCode),
        ("223950", SenderKind::ShortCode),
        ("2239501", SenderKind::Number),
        ("0041791234567", SenderKind::Number),
        ("+41791234567", SenderKind::Number),
        ("123456789012345", SenderKind::Number),
    ] {
        assert_eq!(sender(text).kind(), kind, "{text}");
        assert_eq!(sender(text).as_str(), text);
    }
    for bad in ["", "12", "+123456", "+0791234567", "1234567890123456", "1 2", "Acme+", "+", "٣٤٥"]
    {
        assert!(SenderId::parse(bad).is_err(), "{bad}");
    }
    assert_eq!(SenderId::pool("MG0123").unwrap().kind(), SenderKind::Pool);
    for bad in ["", "a b", "a\n", "ä", &"a".repeat(65)] {
        assert!(SenderId::pool(bad).is_err(), "{bad}");
    }
}

#[test]
fn each_region_has_its_sender() {
    let region = |code| Region::parse(code).unwrap();
    let senders = SenderPolicy::new()
        .with_region(region("US"), sender("11111"))
        .with_region(region("US"), sender("22395"))
        .with_region(region("CA"), SenderId::pool("MG1").unwrap());
    let found = |to: &str, senders: &SenderPolicy| {
        message(to).with_sender_of(senders).sender().map(|sender| sender.as_str().to_owned())
    };
    assert_eq!(found("+12025550123", &senders).as_deref(), Some("22395"));
    assert_eq!(found("+14165550123", &senders).as_deref(), Some("MG1"));
    // The Bahamas are neither, and have none.
    assert_eq!(found("+12423591234", &senders), None);
    let senders = senders.with_default(sender("Acme"));
    assert_eq!(found("+12423591234", &senders).as_deref(), Some("Acme"));
    assert_eq!(found("+870773111632", &senders).as_deref(), Some("Acme"));
    // What a message says itself stands.
    let own = message("+12025550123").with_sender(sender("33333")).with_sender_of(&senders);
    assert_eq!(own.sender(), Some(&sender("33333")));
}

#[test]
fn rules_of_regions_warn() {
    let us = Region::parse("US").unwrap();
    let template = DltTemplate::new(
        "1101",
        "1107",
        "{#var#} is your Acme code. It is valid for {#var#} minutes.",
    );
    let template = template.unwrap();
    let check = |to: &str, name: &str, expected: &[SenderWarning]| {
        let message = message(to).with_sender(sender(name));
        assert_eq!(message.lint_sender(), expected, "{to} {name}");
    };
    check("+12025550123", "Acme", &[SenderWarning::NoNames(us)]);
    check("+12025550123", "22395", &[]);
    check("+17872345678", "Acme", &[SenderWarning::NoNames(Region::parse("PR").unwrap())]);
    check("+12423591234", "Acme", &[]);
    check("+41791234567", "Acme", &[]);
    check("+41791234567", "Acme Bank", &[SenderWarning::NotEverywhere]);
    check("+41791234567", "AB", &[SenderWarning::NotEverywhere]);
    check("+919876543210", "ACMEIN", &[SenderWarning::NoTemplate]);
    check("+919876543210", "Acme1", &[SenderWarning::IndianName, SenderWarning::NoTemplate]);
    check("+919876543210", "ACMEIND", &[SenderWarning::IndianName, SenderWarning::NoTemplate]);
    let registered = message("+919876543210").with_dlt(&template).unwrap();
    assert_eq!(registered.with_sender(sender("ACMEIN")).lint_sender(), []);
    assert_eq!(message("+12025550123").lint_sender(), [], "the gateway's own sender is not known");
    for warning in [SenderWarning::NoNames(us), SenderWarning::IndianName] {
        assert!(warning.to_string().contains("(as of 20"), "{warning}");
    }
}

#[test]
fn a_pool_has_a_place_of_its_own_in_a_spec() {
    let spec = r#"
        spec = 1
        id = "acme"
        name = "Acme SMS"
        vars = { sender = { optional = true } }
        [request]
        method = "POST"
        url = "https://sms.acme.example/send"
        form = { To = "{{to}}", Body = "{{text}}", From = "{{sender}}", Pool = "{{sender_pool}}", Kind = "{{sender_kind|map:pool=2,alphanumeric=1,number=0,short_code=0}}" }
        [[response]]
        when = { status = 201 }
        then = { outcome = "accepted" }
    "#;
    let spec = GatewaySpec::from_toml(spec).unwrap();
    let gateway = HttpGateway::builder(spec).var("sender", "Configured").build().unwrap();
    let sent = |message: Message| {
        let body = gateway.prepare(&message).unwrap().expose_body().to_vec();
        let body = String::from_utf8(body).unwrap();
        body.split_once("minutes.").unwrap().1.to_owned()
    };
    let message = || message("+41791234567");
    assert_eq!(sent(message()), "&From=Configured&Kind=1");
    assert_eq!(sent(message().with_sender(sender("Acme"))), "&From=Acme&Kind=1");
    assert_eq!(sent(message().with_sender(sender("22395"))), "&From=22395&Kind=0");
    let pooled = message().with_sender(SenderId::pool("MG1").unwrap());
    assert_eq!(sent(pooled), "&Pool=MG1&Kind=2");
}
