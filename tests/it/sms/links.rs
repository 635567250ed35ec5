//! Links in the values of variables.

use std::time::Duration;

use otpost::Code;
use otpost::message::{LinkKind, MessageTemplates, TextTemplate, TextTemplateError};

const KINDS: [LinkKind; 6] = [
    LinkKind::AtSign,
    LinkKind::Domain,
    LinkKind::Email,
    LinkKind::IpAddress,
    LinkKind::NumberSign,
    LinkKind::Url,
];

fn payment() -> TextTemplate {
    TextTemplate::parse("{{code}} confirms the payment to {{payee}}").unwrap()
}

fn rendered(template: &TextTemplate) -> Result<String, TextTemplateError> {
    let code = Code::parse("123456").unwrap();
    template.render(&code, Duration::from_secs(300)).map(|text| text.expose().to_owned())
}

/// The rule of the first version: a scheme, or a dot between two letters.
fn naive_finds(value: &str) -> bool {
    let is_letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    value.contains("://")
        || value.match_indices('.').any(|(at, _)| {
            is_letter(value[..at].chars().next_back()) && is_letter(value[at + 1..].chars().next())
        })
}

#[test]
fn values_without_links_are_taken() {
    #[track_caller]
    fn check(value: &str) {
        let template = payment().with_var("payee", value);
        let template = template.unwrap_or_else(|error| panic!("{value:?}: {error}"));
        assert_eq!(
            rendered(&template).as_deref(),
            Ok(&*format!("123456 confirms the payment to {value}"))
        );
    }
    let amounts = ["€ 1.500,00", "12.50", "1.000.000.000 ₫", "1.234.567.890", "CHF 1'000.50"];
    let more_amounts = ["12.50CHF", "$1,500.00", "50% + 2.5%", "1.5k", "-3.20", "1.5万円"];
    let dates = ["01.02.2026", "2026-01-31", "12:30:45", "1.5.", "9.30pm", "1.Mai 2026"];
    let names = [
        "St. Gallen",
        "St.Gallen",
        "Müller & Co.",
        "Müller GmbH & Co. KG",
        "E.ON SE",
        "J.P.Morgan",
        "J.R.R. Tolkien",
        "Dr.-Ing. Prof.Weiß",
        "O'Neill",
        "Yahoo!",
        "Toys \"R\" Us",
        "AT&T",
        "C++ / C♯",
        "Karl-Marx-Str.5",
        "Società S.p.A.",
        "Sp. z o.o.",
        "Paral·lel",
        "Zürich (HB)",
        "Hotel*Ritz",
    ];
    let words =
        ["a.m.", "e.g.", "i.d.R.", "U.S.A.", "U.S./EU", "v1.2", "No.5", "wait...what", "..."];
    let files = ["report.pdf", "invoice.docx", "photo.jpeg", "Node.js", "and/or", "~/a_b"];
    let labels = ["Tel: 044 123 45 67", "IBAN:CH9300762011623852957", "Ref:12", "Acme :: Bern"];
    let scripts = [
        "株式会社三菱。",
        "ありがとう。また",
        "شركة.النيل",
        "спасибо.привет",
        "श्री. राम",
        "ⓒ 2026",
    ];
    let lists: [&[&str]; 8] =
        [&amounts, &more_amounts, &dates, &names, &words, &files, &labels, &scripts];
    for value in lists.concat() {
        check(value);
    }
    // A dot between two letters is in many names that are no link.
    assert!(lists.concat().into_iter().filter(|value| naive_finds(value)).count() > 10);
}

/// The kinds that have to be allowed for a value, found by allowing all others.
#[track_caller]
fn check_kinds(value: &str, expected: &[LinkKind]) {
    let allowing = |kinds: &[LinkKind]| {
        kinds
            .iter()
            .try_fold(payment(), |template, kind| template.with_link_allowed("payee", *kind))
    };
    let mut needed = Vec::new();
    for kind in KINDS {
        let others: Vec<_> = KINDS.into_iter().filter(|other| *other != kind).collect();
        let error = match allowing(&others).unwrap().with_var("payee", value) {
            Ok(_) => continue,
            Err(error) => error,
        };
        let TextTemplateError::Link { name, kind: found, position, .. } = &error else {
            panic!("{value:?}: {error}")
        };
        assert_eq!((name.as_str(), *found), ("payee", kind), "{value:?}");
        assert!(value.is_char_boundary(*position), "{value:?}: {position}");
        // The error names the kind, and what helps, and repeats nothing of the value.
        let shown = format!("{error} {error:?}");
        assert!(shown.contains(kind.as_str()) && shown.contains("with_link_allowed"), "{shown}");
        for word in value.split(['.', '/', '@', '#', ':', ' ']).filter(|word| word.len() > 3) {
            let is_own = ["mailto", "mail", "http", "https"].contains(&word);
            assert!(is_own || !shown.contains(word), "{value:?}: {shown}");
        }
        needed.push(kind);
    }
    assert_eq!(needed, expected, "{value:?}");
    assert!(payment().with_var("payee", value).is_err(), "{value:?}");
    assert!(allowing(&KINDS).unwrap().with_var("payee", value).is_ok(), "{value:?}");
}

#[test]
fn links_are_refused_by_kind() {
    use LinkKind::{AtSign, Domain, Email, IpAddress, NumberSign, Url};
    for value in [
        "evil.example",
        "Evil.COM",
        "bit.ly/x",
        "t.me/evil",
        "see evil.com, now",
        "(evil.com)",
        "evil.com.",
        "evil.com-now",
        "evil.com_now",
        "www.evil.de?x=1",
        "evil.newtld/x",
        "evil.newtld:8080",
        "login.acme.example.evil.com",
        "xn--80ak6aa92e.com",
        "evil.xn--p1ai",
        "зло.рф",
        "例え.みんな",
        "i❤.ws",
        "Booking.com",
        "Müller GmbH & Co.KG",
        "u.s.army.mil",
        "evil.zip",
        "localhost.localdomain/x",
        "1.fm",
        "пример.испытание/x",
    ] {
        check_kinds(value, &[Domain]);
    }
    for value in [
        "192.168.0.1",
        "at 10.0.0.255.",
        "093.184.216.034",
        "2001:db8::1",
        "[::1]:80",
        "::ffff:1.2.3.4",
    ] {
        check_kinds(value, &[IpAddress]);
    }
    for value in [
        "https://evil.example/x",
        "HTTP://10.0.0.1",
        "http:evil.example",
        "tel:+41900123456",
        "see TEL:0900",
        "sms:123",
        "javascript:alert(1)",
        "intent://x",
        "a custom-app://pay",
        "http://3232235521",
        "market:x",
    ] {
        check_kinds(value, &[Url]);
    }
    check_kinds("mailto:ada@evil.example", &[Email, Url]);
    check_kinds("https://ada@evil.example", &[Email, Url]);
    for value in
        ["ada@acme.example", "ada.king+x@mail.acme.newtld", "<ada@acme.de>", "Zoë@müller.de"]
    {
        check_kinds(value, &[Email]);
    }
    for value in ["@", "@evil", "@evil.", "me @ home", "ada@localhost", "a@b"] {
        check_kinds(value, &[AtSign]);
    }
    for value in ["@evil.example", " @evil.example"] {
        check_kinds(value, &[AtSign, Domain]);
    }
    for value in ["#", "#123456", "Apt #5", "C# AG", "#\u{fe0f}\u{20e3}"] {
        check_kinds(value, &[NumberSign]);
    }
    check_kinds("@evil.example #123456", &[AtSign, Domain, NumberSign]);
    check_kinds("ada@a.de#x", &[Email, NumberSign]);
    check_kinds("@10.0.0.1", &[AtSign, IpAddress]);
}

#[test]
fn links_of_look_alikes_are_refused() {
    for (value, plain) in [
        ("\u{ff20}evil", "@evil"),
        ("\u{fe6b}evil", "@evil"),
        ("\u{ff03}123", "#123"),
        ("\u{fe5f}123", "#123"),
        ("evil\u{ff0e}com", "evil.com"),
        ("evil\u{2024}com", "evil.com"),
        ("evil\u{fe52}com", "evil.com"),
        ("evil\u{3002}com", "evil.com"),
        ("evil\u{ff61}com", "evil.com"),
        ("ｅｖｉｌ．ｃｏｍ", "evil.com"),
        ("𝐞𝐯𝐢𝐥.𝐜𝐨𝐦", "evil.com"),
        ("𝕖𝕧𝕚𝕝.𝕔𝕠𝕞", "evil.com"),
        ("ⓔⓥⓘⓛ.ⒸⓄⓂ", "evil.com"),
        ("evil.u\u{17f}", "evil.us"),
        ("evil.\u{212a}g", "evil.kg"),
        ("evil.c\u{fe00}om", "evil.com"),
        ("évil.рф\u{200d}", "évil.рф"),
        ("tel\u{ff1a}0900", "tel:0900"),
        ("http\u{fe55}\u{2215}\u{29f8}evil", "http://evil"),
        ("https：／／evil", "https://evil"),
        ("１９２．１６８．０．１", "192.168.0.1"),
        ("𝟏𝟎.𝟎.𝟎.𝟏", "10.0.0.1"),
    ] {
        let kind = |value: &str| match payment().with_var("payee", value) {
            Err(TextTemplateError::Link { kind, .. }) => kind,
            other => panic!("{value:?}: {other:?}"),
        };
        assert_eq!(kind(value), kind(plain), "{value:?}");
    }
}

#[test]
fn links_are_allowed_for_their_variable_alone() {
    let template = TextTemplate::parse("{{code}} for {{order}} at {{shop}}").unwrap();
    let template = template.with_link_allowed("order", LinkKind::NumberSign).unwrap();
    assert!(template.clone().with_var("order", "#2041").is_ok());
    assert!(template.clone().with_var("order", "evil.com").is_err());
    assert!(template.clone().with_var("shop", "#2041").is_err());
    let allowed: Vec<_> = template.links_allowed().collect();
    assert_eq!(allowed, [("order", LinkKind::NumberSign)]);
    for name in ["code", "minutes", "ordr"] {
        let unused = template.clone().with_link_allowed(name, LinkKind::Url).unwrap_err();
        assert_eq!(unused, TextTemplateError::Unused(name.to_owned()));
    }
    // What the author of the template writes is no concern.
    let own =
        TextTemplate::parse("{{code}} #1 {{x}}, see https://acme.example/?c={{minutes}} @acme");
    assert!(rendered(&own.unwrap().with_var("x", "Bob").unwrap()).is_ok());
    // The names of applications are their domains.
    assert!(MessageTemplates::builtin("Booking.com").is_ok());
    for app in ["@acme", "#1", "https://acme.example", "10.0.0.1", "ada@acme.example"] {
        assert!(MessageTemplates::builtin(app).is_err(), "{app}");
    }
}

#[test]
fn links_of_values_and_the_text_around_them_are_refused() {
    #[track_caller]
    fn check(text: &str, vars: &[(&str, &str)], expected: Option<(&str, LinkKind, usize)>) {
        let template = TextTemplate::parse(text).unwrap();
        let template = vars
            .iter()
            .try_fold(template, |template, (name, value)| template.with_var(name, *value));
        let found = match rendered(&template.unwrap()) {
            Ok(_) => None,
            Err(TextTemplateError::Link { name, kind, position, .. }) => {
                Some((name, kind, position))
            }
            Err(error) => panic!("{text}: {error}"),
        };
        let found = found.as_ref().map(|(name, kind, position)| (name.as_str(), *kind, *position));
        assert_eq!(found, expected, "{text}");
    }
    let (a, b) = (("a", "evil"), ("b", "com"));
    check("{{code}} {{a}}.{{b}}", &[a, b], Some(("a", LinkKind::Domain, 0)));
    check("{{code}} {{a}}{{b}}", &[("a", "x evil."), b], Some(("a", LinkKind::Domain, 2)));
    check("{{code}} acme.example{{a}}", &[("a", ".evil")], Some(("a", LinkKind::Domain, 0)));
    check("{{code}} https://{{a}}/", &[a], Some(("a", LinkKind::Url, 0)));
    check("{{code}} {{a}}:{{b}}", &[("a", "tel"), ("b", "0900")], Some(("a", LinkKind::Url, 0)));
    check("{{code}} ada@{{a}}.de", &[a], Some(("a", LinkKind::Email, 0)));
    check(
        "{{code}} {{a}}.{{b}}.1",
        &[("a", "10.0"), ("b", "0")],
        Some(("a", LinkKind::IpAddress, 0)),
    );
    // A filter can make a link of a value that is none.
    check("{{code}} {{a|truncate:8}}", &[("a", "evil.com5")], Some(("a", LinkKind::Domain, 0)));
    // A link beside a value is no part of it.
    check("{{code}} {{a}} acme.example {{b}}", &[a, b], None);
    check("{{code}} #{{a}} @ {{b}}", &[a, b], None);
    check("{{code}} {{a}}. To pay", &[a], None);
}

#[test]
fn codes_stand_alone() {
    #[track_caller]
    fn check(text: &str, value: &str, is_taken: bool) {
        let template = TextTemplate::parse(text).unwrap().with_var("x", value).unwrap();
        let expected = if is_taken { None } else { Some(TextTemplateError::Joined) };
        assert_eq!(rendered(&template).err(), expected, "{text}");
        // The longest text is one of zeros, which other zeros beside it must not hide.
        let longest = template.longest(otpost::Digits::Six, Duration::from_secs(60));
        assert_eq!(longest.err(), expected, "{text}");
    }
    check("{{x}}{{code}}", "CHF 10", false);
    check("{{x}}{{code}}", "CHF 0", false);
    check("{{code}}{{x}}", "00", false);
    check("{{code}}{{x}}", "٣", false);
    check("{{x}}{{code}}", "Code:", true);
    check("G-{{code}} {{x}}", "10", true);
    check("验证码{{code}}，{{x}}", "10", true);
}

#[test]
fn links_take_linear_time() {
    // Each is long enough that a search that starts again at each character would take minutes.
    for piece in ["a.de.", "a@b.c", "@", "#", "a:", "10.0.", "x.qq.", "@a.de@", "xn--"] {
        let value = piece.repeat(50_000);
        let allowing = KINDS
            .into_iter()
            .try_fold(payment(), |template, kind| template.with_link_allowed("payee", kind));
        let _ = payment().with_var("payee", value.as_str());
        assert!(allowing.unwrap().with_var("payee", value).is_ok(), "{piece}");
    }
}

#[cfg(feature = "serde")]
#[test]
fn links_are_allowed_in_configuration() {
    let json = r#"{"text":"{{code}} {{a}} {{b}}","allow":{"b":["url","domain"],"a":["email"]},"vars":{"a":"ada@acme.example","b":"acme.example"}}"#;
    let read = serde_json::from_str::<TextTemplate>(json).unwrap();
    assert_eq!(rendered(&read).unwrap(), "123456 ada@acme.example acme.example");
    assert_eq!(serde_json::to_string(&read).unwrap(), json);
    // The keys can come in any order, and only permissions are kept too.
    let reversed = r##"{"vars":{"a":"#5"},"allow":{"a":["number_sign"]},"text":"{{code}} {{a}}"}"##;
    assert!(serde_json::from_str::<TextTemplate>(reversed).is_ok());
    let only = r#"{"text":"{{code}} {{a}}","allow":{"a":["at_sign"]}}"#;
    let read = serde_json::from_str::<TextTemplate>(only).unwrap();
    assert_eq!(serde_json::to_string(&read).unwrap(), only);
    for (bad, words) in [
        (r#"{"text":"{{code}} {{a}}","vars":{"a":"evil.com"}}"#, "`a` holds a link"),
        (r#"{"text":"{{code}} {{a}}","allow":{"a":["evil"]}}"#, "`at_sign`, `domain`"),
        (r#"{"text":"{{code}} {{a}}","allow":{"b":["url"]}}"#, "unknown variable `b`"),
        (r#"{"text":"{{code}} {{a}}","vars":{},"vars":{"a":"x"}}"#, "a key comes twice"),
        (r#"{"text":"{{code}} {{a}}","allow":{},"allow":{}}"#, "a key comes twice"),
    ] {
        let error = serde_json::from_str::<TextTemplate>(bad).unwrap_err().to_string();
        assert!(error.contains(words) && !error.contains("evil"), "{bad}: {error}");
    }
}
