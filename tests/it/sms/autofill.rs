//! Last lines as browsers read them.

use otpost::Code;
use otpost::message::{Autofill, AutofillError, AutofillWarning, EmbeddedStyle, OriginBound};

fn code() -> Code {
    Code::parse("747723").unwrap()
}

#[test]
fn the_examples_of_the_specification() {
    #[track_caller]
    fn check(message: &str, expected: Option<(&str, &str, Option<&str>)>) {
        let read = OriginBound::parse(message);
        let read = read.map(|read| (read.host(), read.expose_code(), read.embedded()));
        assert_eq!(read, expected, "{message:?}");
    }
    let text = "747723 is your ExampleCo authentication code.\n\n";
    check(&format!("{text}@example.com #747723"), Some(("example.com", "747723", None)));
    check(
        &format!("{text}@example.com #747723 @ecommerce.example"),
        Some(("example.com", "747723", Some("ecommerce.example"))),
    );
    check("something @example.com #747723", None);
    check("#747723 @ecommerce.example @example.com", None);
    check("@example.com code #747723", None);
    check(
        "@example.com #747723 @ecommerce.example $future",
        Some(("example.com", "747723", Some("ecommerce.example"))),
    );
    // Line breaks are made one before the last line is looked for; nothing may follow it.
    check(
        &format!("{text}@example.com #747723").replace('\n', "\r\n"),
        Some(("example.com", "747723", None)),
    );
    check("x\r@example.com #747723", Some(("example.com", "747723", None)));
    check("@example.com #747723\n", None);
    check("@example.com #747723\r\n", None);
    check("@example.com  #747723", None);
    check("@example.com #", None);
    check("@ #747723", None);
    check("@example.com #747723 ", Some(("example.com", "747723", None)));
    check("@example.com #747723 FA+9qCX9VSu", Some(("example.com", "747723", None)));
    check("@example.com #747723 %ecommerce.example", Some(("example.com", "747723", None)));
    check("", None);
    check("@", None);
}

#[test]
fn embedded_hosts_have_two_styles() {
    let at = "@example.com #747723 @shop.example";
    let percent = "@example.com #747723 %shop.example";
    for (message, specification, apple) in
        [(at, Some("shop.example"), None), (percent, None, Some("shop.example"))]
    {
        let embedded = |read: Option<OriginBound<'static>>| read.unwrap().embedded();
        assert_eq!(embedded(OriginBound::parse(message)), specification);
        assert_eq!(embedded(OriginBound::parse_chromium(message)), specification);
        assert_eq!(embedded(OriginBound::parse_apple(message)), apple);
    }
    let autofill = Autofill::new("example.com").unwrap();
    for style in [EmbeddedStyle::At, EmbeddedStyle::Percent] {
        let framed = autofill.clone().with_embedded("shop.example", style).unwrap();
        let message = framed.compose("747723", &code()).unwrap();
        assert_eq!(framed.lint(message.expose(), &code()), []);
        // The frame of another site is not ours, in either style.
        for sign in ['@', '%'] {
            let other = format!("747723\n\n@example.com #747723 {sign}evil.example");
            assert_eq!(framed.lint(&other, &code()), [AutofillWarning::Host]);
        }
    }
}

#[test]
fn what_chromium_reads() {
    #[track_caller]
    fn check(message: &str, expected: Option<(&str, &str, Option<&str>)>) {
        let read = OriginBound::parse_chromium(message);
        let read = read.map(|read| (read.host(), read.expose_code(), read.embedded()));
        assert_eq!(read, expected, "{message:?}");
    }
    check("@example.com #123", Some(("example.com", "123", None)));
    check("hello @example.com #123 STOP", Some(("example.com", "123", None)));
    check("@example.com #123\nReply STOP", Some(("example.com", "123", None)));
    check(
        "@example.com #123 @embedded.example",
        Some(("example.com", "123", Some("embedded.example"))),
    );
    check("mail a@example.com #123", None);
    check("@example.com  #123", None);
    check("@example.com\n#123", None);
    check("@a_b.com #123", None);
    check("@x @example.com #12#3", Some(("example.com", "12", None)));
    check("", None);
}

#[test]
fn what_is_composed_is_read_by_both() {
    let mut state = 88_172_645_463_325_252_u64;
    let mut random = |below: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % below
    };
    for case in 0..100_000 {
        let label = |random: &mut dyn FnMut(u64) -> u64| {
            let letters = b"abcdefghijklmnopqrstuvwxyz0123456789-";
            let length = 1 + random(12);
            let made: String =
                (0..length).map(|_| char::from(letters[random(37) as usize])).collect();
            format!("a{made}9")
        };
        let host = format!("{}.{}", label(&mut random), label(&mut random));
        let digits =
            (0..6 + random(3)).map(|_| char::from(b'0' + random(10) as u8)).collect::<String>();
        let code = Code::parse(&digits).unwrap();
        let mut autofill = Autofill::new(&host).unwrap();
        let frame = format!("{}.example", label(&mut random));
        let style = if random(2) == 0 { EmbeddedStyle::At } else { EmbeddedStyle::Percent };
        let is_embedded = random(3) == 0;
        if is_embedded {
            autofill = autofill.with_embedded(&frame, style).unwrap();
        }
        let has_hash = random(3) == 0;
        if has_hash {
            autofill = autofill.with_app_hash("FA+9qCX9V/u").unwrap();
        }
        let text = ["{} is your code.", "Ваш код {}", "{} @ us # now", "{}\nis it\n\n", "{}"]
            [random(5) as usize];
        let text = text.replace("{}", &digits);
        let composed = match autofill.compose(&text, &code) {
            Ok(composed) => composed,
            Err(error) => {
                assert!(has_hash && error == AutofillError::TooLong, "case {case}: {error}");
                continue;
            }
        };
        let message = composed.expose();
        let frame = (is_embedded && style == EmbeddedStyle::At).then_some(frame.as_str());
        for read in [OriginBound::parse(message), OriginBound::parse_chromium(message)] {
            let read = read.unwrap_or_else(|| panic!("case {case}: {message:?}"));
            assert_eq!(
                (read.host(), read.expose_code()),
                (host.as_str(), digits.as_str()),
                "case {case}"
            );
            assert_eq!(read.embedded(), frame, "case {case}");
        }
        assert!(!has_hash || message.len() <= 140);
        let tail = message.len() - text.trim_end().len();
        assert_eq!(autofill.units(digits.len()), tail, "case {case}");
    }
}

#[test]
fn hosts_and_hashes_are_checked() {
    for good in ["acme.example", "login.acme.co.uk", "xn--bcher-kva.example", "a.b", "1.example"] {
        assert!(Autofill::new(good).is_ok(), "{good}");
    }
    for bad in [
        "",
        "acme",
        "Acme.example",
        "https://acme.example",
        "acme.example:443",
        "acme.example/",
        "bücher.example",
        ".example",
        "acme..example",
        "-a.example",
        "a-.example",
        "acme.example ",
        "a_b.example",
        "@acme.example",
        "acme.example.",
        "127.0.0.1",
        "1.2",
        "acme.0x7f",
        "acme.0x",
        "login.Acme.example",
        "acme。example",
        "acme.example#1",
    ] {
        assert_eq!(Autofill::new(bad), Err(AutofillError::Host), "{bad}");
    }
    let autofill = || Autofill::new("acme.example").unwrap();
    assert!(autofill().with_app_hash("FA+9qCX9VSu").is_ok());
    for bad in ["", "FA+9qCX9VS", "FA+9qCX9VSu=", "FA 9qCX9VSu"] {
        assert_eq!(autofill().with_app_hash(bad), Err(AutofillError::AppHash));
    }
    let long = "x".repeat(130);
    let hashed = autofill().with_app_hash("FA+9qCX9VSu").unwrap();
    assert_eq!(hashed.compose(&long, &code()).unwrap_err(), AutofillError::TooLong);
    assert_eq!(autofill().to_string(), "@acme.example #******");
    let read = OriginBound::parse("@acme.example #747723").unwrap();
    assert!(!format!("{read:?}").contains("747723"), "{read:?}");
}

#[test]
fn warnings_fire_on_what_is_bad_and_on_nothing_else() {
    use AutofillWarning::{Code as Wrong, FirstLine, Host, NoTail, OtherNumber, Segment};
    let autofill = Autofill::new("acme.example").unwrap();
    let good = "747723 is your Acme code.\n\n@acme.example #747723";
    #[track_caller]
    fn check(autofill: &Autofill, message: &str, expected: &[AutofillWarning]) {
        assert_eq!(autofill.lint(message, &code()), expected, "{message:?}");
    }
    check(&autofill, good, &[]);
    check(&autofill, &good.replace('\n', "\r\n"), &[]);
    check(&autofill, &format!("{good}\nReply STOP to opt out"), &[NoTail]);
    check(&autofill, &format!("{good}\n"), &[NoTail]);
    check(&autofill, &format!("{good} sent by Gateway"), &[]);
    check(&autofill, &good.replace("@acme", "@evil"), &[Host]);
    check(&autofill, &good.replace("#747723", "#111111"), &[Wrong]);
    check(&autofill, "Your code is below.\n\n@acme.example #747723", &[FirstLine]);
    check(&autofill, "747723 is your Acme code.", &[NoTail]);
    // Chromium reads the first of them, and also one in a message without a last line.
    let tail = "\n\n@acme.example #747723";
    check(&autofill, &format!("747723 to @evil.example #747723{tail}"), &[Host]);
    check(&autofill, &format!("747723 to @acme.example #747724{tail}"), &[Wrong]);
    check(&autofill, "747723 to @evil.example #747723 now", &[NoTail, Host]);
    // A code that is part of another number is not the code.
    check(&autofill, &format!("7477231 is your Acme code.{tail}"), &[FirstLine, OtherNumber]);
    check(&autofill, &format!("Order 17477231: 747723{tail}"), &[OtherNumber]);
    check(&autofill, &format!("Order 8812 is paid with 747723{tail}"), &[OtherNumber]);
    check(&autofill, &format!("747723 is for order 8812{tail}"), &[]);
    check(
        &autofill,
        &format!("CHF 120.00, € 1.500,00 on 1.2.26 to +41791234567: 747723{tail}"),
        &[],
    );
    check(&autofill, &format!("Code\n747723{tail}"), &[FirstLine]);
    let full = format!("747723 {}\n\n@acme.example #747723", "a".repeat(140));
    check(&autofill, &full, &[Segment]);
}
