//! Composed messages as browsers read them, with payees that others have chosen.
//!
//! The parsers are written here after their sources, apart from those of the library.

use std::sync::LazyLock;
use std::time::Duration;

use otpost::Code;
use otpost::message::{Autofill, AutofillError, LinkKind, TextTemplate, smart_encode};
use otpost::testing::RecordingProvider;
use regex_lite::Regex;

const HOST: &str = "acme.example";
const CODE: &str = "747723";

/// Host, code and embedded host.
type Read = Option<(String, String, Option<String>)>;

/// The algorithm of the specification (WICG, origin-bound one-time codes, §3.2), step by step.
/// Apple has another sign for the embedded host.
fn specification(message: &str, sign: char) -> Read {
    let normal = message.replace("\r\n", "\n").replace('\r', "\n");
    let line: Vec<char> = normal.split('\n').next_back()?.chars().collect();
    let is_space = |c: char| ['\t', '\n', '\u{c}', '\r', ' '].contains(&c);
    let collect = |position: &mut usize| {
        let start = *position;
        while *position < line.len() && !is_space(line[*position]) {
            *position += 1;
        }
        line[start..*position].iter().collect::<String>()
    };
    let mut position = 0;
    if line.first() != Some(&'@') {
        return None;
    }
    position += 1;
    let host = collect(&mut position);
    if host.is_empty() || line.get(position) != Some(&' ') {
        return None;
    }
    position += 1;
    if line.get(position) != Some(&'#') {
        return None;
    }
    position += 1;
    let code = collect(&mut position);
    if code.is_empty() {
        return None;
    }
    let is_framed = line.get(position) == Some(&' ') && line.get(position + 1) == Some(&sign);
    position += 2;
    let embedded = is_framed.then(|| collect(&mut position)).filter(|host| !host.is_empty());
    Some((host, code, embedded))
}

/// The expression of Chromium's parser of messages for Web OTP.
fn chromium(message: &str) -> Read {
    static PATTERN: LazyLock<Regex> = LazyLock::new(|| {
        let host = "([a-zA-Z0-9.-]+)";
        let pattern = r"(?:\A|[\t\n\x0C\r ])@HOST #([^#\t\n\x0C\r ]+)(?: @HOST)?";
        Regex::new(&pattern.replace("HOST", host)).unwrap()
    });
    let found = PATTERN.captures(message)?;
    let embedded = found.get(3).map(|host| host.as_str().to_owned());
    Some((found[1].to_owned(), found[2].to_owned(), embedded))
}

/// Converts full-width and small forms, spaces and separators to GSM, as a gateway does.
fn converted(message: &str) -> String {
    let plain = |c: char| match c {
        '\u{ff20}' | '\u{fe6b}' => '@',
        '\u{ff03}' | '\u{fe5f}' => '#',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap(),
        '\u{a0}' | '\u{2002}' | '\u{2007}' | '\u{202f}' | '\u{3000}' => ' ',
        '\u{85}' | '\u{2028}' | '\u{2029}' => '\n',
        _ => c,
    };
    message.chars().filter(|c| !['\u{200d}', '\u{fe0f}'].contains(c)).map(plain).collect()
}

/// The messages that can arrive for the one that is sent, as all parsers read them.
fn reads(message: &str) -> Vec<Read> {
    let forms = [message.to_owned(), converted(message), smart_encode(message).into_owned()];
    let all = |form: &String| [specification(form, '@'), specification(form, '%'), chromium(form)];
    forms.iter().flat_map(all).collect()
}

fn random(seed: u64) -> impl FnMut(usize) -> usize {
    let mut state = seed;
    move |below| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    }
}

/// Pieces of which a stranger makes a name.
const PIECES: [&str; 40] = [
    "@",
    "@evil.example",
    "@evil",
    "#",
    "#000000",
    " #000000",
    " ",
    "  ",
    "\n",
    "\r",
    "\r\n",
    "\t",
    "\u{85}",
    "\u{2028}",
    "\u{2029}",
    "\u{b}",
    "\u{c}",
    "\u{a0}",
    "\u{202f}",
    "\u{3000}",
    "\u{ff20}",
    "\u{ff03}",
    "\u{fe6b}",
    "\u{fe5f}",
    "\u{200b}",
    "\u{202e}",
    "evil.example",
    "acme.example",
    "evil\u{ff0e}example",
    "Bob",
    "Müller & Co.",
    "12.50",
    "会社",
    "%evil.example",
    "é\u{200d}",
    "\u{fe0f}",
    "747723",
    "@acme.example.evil.example",
    "\u{a0}#000000",
    "@acme.example ",
];

fn payee(random: &mut impl FnMut(usize) -> usize) -> String {
    (0..1 + random(6)).map(|_| PIECES[random(PIECES.len())]).collect()
}

fn is_ours(read: &Read) -> bool {
    *read == Some((HOST.to_owned(), CODE.to_owned(), None))
}

/// Texts with a payee, some of which end so that a name and the code become a last line.
const TEXTS: [&str; 8] = [
    "{{code}} confirms the payment to {{payee}}",
    "To {{payee}}: {{code}}",
    "To {{payee}} #{{code}}",
    "{{payee}} #{{code}}",
    "Pay\n{{payee}} #{{code}}",
    "{{code}}\n@{{payee}}",
    "For {{payee}}\n@acme.example #{{code}}",
    "@acme.example #{{code}} {{payee}}",
];

/// The template before: each value, put in as it is.
fn naive_text(text: &str, payee: &str) -> String {
    text.replace("{{payee}}", payee).replace("{{code}}", CODE)
}

#[test]
fn messages_are_read_with_our_host_or_refused() {
    let seed = 0x5eed_0007_u64;
    let mut random = random(seed);
    let code = Code::parse(CODE).unwrap();
    let lifetime = Duration::from_secs(300);
    let kinds = [
        LinkKind::AtSign,
        LinkKind::Domain,
        LinkKind::Email,
        LinkKind::IpAddress,
        LinkKind::NumberSign,
        LinkKind::Url,
    ];
    let (mut strict, mut open, mut plain, mut naive) = (0, 0, 0, 0);
    for case in 0..10_000 {
        let about = format!("seed {seed:#x}, case {case}");
        let mut autofill = Autofill::new(HOST).unwrap();
        if random(4) == 0 {
            autofill = autofill.with_app_hash("FA+9qCX9V/u").unwrap();
        }
        let text = TEXTS[random(TEXTS.len())];
        let payee = payee(&mut random);
        let template = TextTemplate::parse(text).unwrap();
        let everything = kinds
            .into_iter()
            .try_fold(template.clone(), |template, kind| template.with_link_allowed("payee", kind));
        for (template, count) in [(template, &mut strict), (everything.unwrap(), &mut open)] {
            let Ok(template) = template.with_var("payee", payee.as_str()) else { continue };
            let Ok(rendered) = template.render(&code, lifetime) else { continue };
            // Without `Autofill`, a browser finds nothing but what the template says itself.
            let found = reads(rendered.expose());
            let has_line = text.contains(HOST);
            assert!(
                found.iter().all(|read| read.is_none() || has_line && is_ours(read)),
                "{about}: {payee:?} in {text:?}: {found:?}"
            );
            plain += 1;
            let Ok(message) = autofill.compose(rendered.expose(), &code) else { continue };
            let found = reads(message.expose());
            assert!(found.iter().all(is_ours), "{about}: {payee:?} in {text:?}: {found:?}");
            *count += 1;
        }
        // A text of the application itself, which only `compose` looks at.
        let own = naive_text(text, &payee);
        if let Ok(message) = autofill.compose(&own, &code) {
            let found = reads(message.expose());
            assert!(found.iter().all(is_ours), "{about}: {own:?}: {found:?}");
        }
        let message = format!("{own}\n\n@{HOST} #{CODE}");
        naive += usize::from(!reads(&message).iter().all(is_ours));
    }
    assert!(strict > 300 && open > strict && plain > open, "{strict}, {open}, {plain}");
    assert!(naive > 200, "the naive composer fails in {naive} cases only");
}

#[test]
fn messages_with_another_line_are_refused() {
    let (autofill, code) = (Autofill::new(HOST).unwrap(), Code::parse(CODE).unwrap());
    for (text, is_taken) in [
        ("747723 is your code.", true),
        ("747723 @ 5 #1", true),
        ("747723 a@evil.example #1", true),
        ("@acme.example #747723", true),
        ("747723 @evil.example", true),
        ("747723 @evil.example\n#1", true),
        ("@evil.example #747723", false),
        ("747723: @evil.example #747723.", false),
        ("747723\n@acme.example #111111\nBye", false),
        ("747723 @ACME.example #747723", false),
        ("747723 @acme.example. #747723", false),
        ("747723 @login.acme.example #747723", false),
        ("747723 @acme.example #747723 @evil.example", false),
        ("747723 @acme.example #7477230", false),
        ("747723\u{a0}@evil.example\u{a0}#747723", false),
        ("747723 \u{ff20}evil.example \u{ff03}747723", false),
        ("747723\u{2028}@evil.example\u{3000}#747723", false),
        ("747723 @\u{200b}evil.example #747723", false),
    ] {
        let composed = autofill.compose(text, &code);
        let expected = if is_taken { None } else { Some(AutofillError::OtherLine) };
        assert_eq!(composed.err(), expected, "{text:?}");
    }
    // The old composer gave all of them out, and Chromium read another host in the first that is refused.
    let naive = format!("@evil.example #747723\n\n@{HOST} #{CODE}");
    assert_eq!(chromium(&naive).unwrap().0, "evil.example");
    let shown = format!("{} {:?}", AutofillError::OtherLine, AutofillError::OtherLine);
    assert!(!shown.contains("evil") && shown.contains("remove it"), "{shown}");
}

#[test]
fn messages_of_a_template_keep_its_own_line() {
    let code = Code::parse(CODE).unwrap();
    let render = |text: &str, payee: &str| {
        let template = TextTemplate::parse(text).unwrap();
        let kinds = [LinkKind::AtSign, LinkKind::Domain, LinkKind::NumberSign];
        let template = kinds
            .into_iter()
            .try_fold(template, |template, kind| template.with_link_allowed("payee", kind));
        let template = template.unwrap().with_var("payee", payee).unwrap();
        template.render(&code, Duration::from_secs(300)).map(|text| text.expose().to_owned())
    };
    let own = "{{payee}} pays.\n@acme.example #{{code}}";
    assert!(is_ours(&chromium(&render(own, "Bob @home").unwrap())));
    use otpost::message::TextTemplateError::AutofillLine;
    for (text, payee) in [
        (own, "@evil.example #1"),
        ("{{payee}} #{{code}}", "@evil.example"),
        ("@{{payee}} #{{code}}", "acme.example"),
        ("@{{payee}} #{{code}}", "acme"),
        ("@acme.example{{payee}} #{{code}}", ".evil.example"),
        ("@acme.example #{{code}} {{payee}}", "@evil.example"),
        ("@acme.example #{{code}} {{payee}}", "%evil.example"),
        ("{{payee}}\u{a0}\u{ff03}{{code}}", "\u{ff20}evil.example"),
    ] {
        assert_eq!(render(text, payee), Err(AutofillLine), "{text:?} {payee:?}");
    }
}

/// The row of the attack: a payee that names a host above the code.
#[tokio::test]
async fn messages_with_an_evil_payee_are_not_sent() {
    use otpost::challenge::{ChallengeErrorKind, Challenges, Client, Pepper, Purpose};
    use otpost::message::{Locale, MessageTemplates};
    let phone = RecordingProvider::new();
    let texts = |text: &str| {
        let text = TextTemplate::parse(text).unwrap();
        MessageTemplates::new().with_template("payment", Locale::parse("en").unwrap(), text)
    };
    let build = |texts: MessageTemplates, autofill: bool| {
        let challenges = Challenges::builder(Pepper::new(1, vec![7; 32]).unwrap())
            .message_templates(texts)
            .provider(phone.clone())
            .store(otpost::store::MemoryStore::new())
            .regions(["CH"]);
        match autofill {
            true => challenges.autofill(Autofill::new(HOST).unwrap()).build(),
            false => challenges.build(),
        }
    };
    let purpose = Purpose::new("payment");
    let to = otpost::PhoneNumber::parse("+41791234567").unwrap();
    let text = "Payment to\n{{payee}} #{{code}}";
    for autofill in [true, false] {
        let challenges = build(texts(text), autofill).unwrap();
        let issue = |payee: &str| {
            let (challenges, to, payee) = (challenges.clone(), to.clone(), payee.to_owned());
            async move {
                let issue = challenges.issue(&to, purpose, Client::Internal);
                issue.var("payee", payee).await
            }
        };
        let error = issue("@evil.example").await.unwrap_err();
        assert_eq!(error.kind(), ChallengeErrorKind::Message);
        assert!(!format!("{error:?}").contains("evil"), "{error:?}");
        assert_eq!(phone.messages().len(), usize::from(!autofill));
        // Nothing was counted, so the same number gets its code at once.
        let _ = issue("Bob").await.unwrap();
        let sent = phone.messages().pop().unwrap();
        let code = sent.code().unwrap().expose();
        let ours = Some((HOST.to_owned(), code.to_owned(), None)).filter(|_| autofill);
        assert_eq!(specification(sent.text().expose(), '@'), ours);
        assert_eq!(chromium(sent.text().expose()), ours);
    }
    // Without a check, a browser offers the code on the other site.
    let naive = naive_text(text, "@evil.example");
    assert_eq!(specification(&naive, '@').unwrap().0, "evil.example");
    // The text of a language that names another host is found when the application starts.
    let texts = texts("{{code}}: see @evil.example #1");
    let error = build(texts, true).unwrap_err();
    let cause = std::error::Error::source(&error).unwrap();
    let cause = std::error::Error::source(cause).map_or(cause.to_string(), ToString::to_string);
    assert!(cause.contains("of its own"), "{error:?}");
}
