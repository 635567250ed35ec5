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

/// The warnings for a sender.
#[track_caller]
fn check(to: &str, name: &str, expected: &[SenderWarning]) {
    let message = message(to).with_sender(sender(name));
    assert_eq!(message.lint_sender(), expected, "{to} {name}");
}

fn region(code: &str) -> Region {
    Region::parse(code).unwrap()
}

#[test]
fn rules_of_regions_warn() {
    use SenderWarning as W;
    let [us, pr, india] = ["US", "PR", "IN"].map(region);
    let template = DltTemplate::new(
        "1101",
        "1107",
        "{#var#} is your Acme code. It is valid for {#var#} minutes.",
    );
    let template = template.unwrap();
    check("+12025550123", "Acme", &[W::NoNames(us)]);
    check("+12025550123", "Verify", &[W::NoNames(us)]);
    check("+12025550123", "22395", &[]);
    check("+17872345678", "Acme", &[W::NoNames(pr)]);
    check("+12423591234", "Acme", &[W::NamesReplaced(region("BS"))]);
    check("+41791234567", "Acme", &[]);
    check("+41791234567", "Acme Bank", &[W::NotEverywhere]);
    check("+41791234567", "AB", &[W::NotEverywhere]);
    check("+919876543210", "ACMEIN", &[W::NamesRegistered(india), W::NoTemplate]);
    for name in ["Acme1", "ACMEIND"] {
        let expected = [W::NamesRegistered(india), W::IndianName, W::NoTemplate];
        check("+919876543210", name, &expected);
    }
    let registered = message("+919876543210").with_dlt(&template).unwrap();
    let registered = registered.with_sender(sender("ACMEIN")).lint_sender();
    assert_eq!(registered, [W::NamesRegistered(india)]);
    assert_eq!(message("+12025550123").lint_sender(), [], "the gateway's own sender is not known");
    for warning in [W::NoNames(us), W::IndianName, W::GenericName(us), W::NoTemplate] {
        assert!(warning.to_string().contains("(as of 20"), "{warning}");
    }
    let australia = W::NamesRegistered(region("AU")).to_string();
    assert!(australia.contains("registered names as senders: ACMA register"), "{australia}");
}

#[test]
fn rules_of_regions_that_were_silent_warn() {
    use SenderWarning as W;
    for (to, code) in [
        ("+61412345678", "AU"),
        ("+353851234567", "IE"),
        ("+6591234567", "SG"),
        ("+34612345678", "ES"),
    ] {
        check(to, "Acme", &[W::NamesRegistered(region(code))]);
    }
    check("+8613812345678", "Acme", &[W::NamesReplaced(region("CN"))]);
    check("+85251234567", "Acme", &[W::Noted(region("HK"))]);
    check("+447400123456", "Acme", &[W::Noted(region("GB"))]);
    let generic = [W::Noted(region("GB")), W::GenericName(region("GB"))];
    for name in ["Verify", "OTP", "INFO", "InfoSMS", "AuthMsg", "VerifyOTP", "2FA", "SMS24"] {
        check("+447400123456", name, &generic);
    }
    for name in ["Verifyr", "Smsala", "Codex", "Pinterest", "A1Telekom"] {
        check("+447400123456", name, &generic[..1]);
    }
    // Nothing is known about generic names in Switzerland.
    check("+41791234567", "Verify", &[]);
    check("+41791234567", "OTP", &[]);
}

#[test]
fn rules_of_regions_concern_numbers_and_short_codes() {
    use SenderWarning as W;
    let local = [W::LocalNumbers(region("GB"))];
    check("+447400123456", "+41791234567", &local);
    check("+447400123456", "+447700900123", &[]);
    check("+447400123456", "07700900123", &[]);
    check("+17872345678", "+12025550123", &[]);
    check("+12025550123", "+14165550123", &[W::LocalNumbers(region("US"))]);
    check("+971501234567", "+41791234567", &[W::NoNumbers(region("AE"))]);
    check("+33612345678", "+41791234567", &[W::NumbersReplaced(region("FR"))]);
    check("+41791234567", "+491701234567", &[]);
    check("+6591234567", "22395", &[]);
    check("+85251234567", "22395", &[W::NoShortCodes(region("HK"))]);
    let pool = message("+12025550123").with_sender(SenderId::pool("MG1").unwrap());
    assert_eq!(pool.lint_sender(), []);
}

#[test]
fn sender_that_is_refused_for_certain_is_an_error() {
    let senders = SenderPolicy::new().with_default(sender("Acme"));
    let refused = senders.check(&message("+12025550123")).unwrap_err();
    assert_eq!(refused.region, region("US"));
    assert!(refused.to_string().starts_with("US does not accept names as senders: "), "{refused}");
    // A region that replaces or registers names, or about which nothing is known, is none.
    for to in ["+61412345678", "+8613812345678", "+41791234567", "+447781123456", "+870773111632"] {
        senders.check(&message(to)).unwrap();
    }
    let own = message("+41791234567").with_sender(sender("Other"));
    senders.check(&own).unwrap();
    let own = message("+14165550123").with_sender(sender("Other"));
    assert!(senders.check(&own).is_err());
    let with_code = senders.clone().with_region(region("US"), sender("22395"));
    with_code.check(&message("+12025550123")).unwrap();
    // The application knows that its gateway puts a number in the place of the name.
    let agreed = senders.with_registered(region("US"), sender("Acme"));
    agreed.check(&message("+12025550123")).unwrap();
    assert_eq!(agreed.lint(&message("+12025550123")), []);
    assert!(agreed.check(&message("+12025550123").with_sender(sender("Other"))).is_err());
}

#[test]
fn sender_that_is_registered_causes_no_warning() {
    use SenderWarning as W;
    let (au, india) = (region("AU"), region("IN"));
    let named = SenderPolicy::new().with_default(sender("Acme"));
    assert_eq!(named.lint(&message("+61412345678")), [W::NamesRegistered(au)]);
    let registered = named.with_registered(au, sender("Acme")).with_registered(india, sender("A1"));
    assert_eq!(registered.lint(&message("+61412345678")), []);
    let other = message("+61412345678").with_sender(sender("Other"));
    assert_eq!(registered.lint(&other), [W::NamesRegistered(au)]);
    // The text has to be registered as well.
    assert_eq!(registered.lint(&message("+919876543210")), [W::NoTemplate]);
    let replaced = registered.with_region(au, sender("Acme"));
    assert_eq!(replaced.lint(&message("+61412345678")), [W::NamesRegistered(au)]);
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
