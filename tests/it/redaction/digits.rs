//! What a gateway repeats of a message: found by its digits and by runs of words, and nothing else.

use otpost::gateway::{GatewaySpec, HttpGateway, Outcome, Rule};
use otpost::message::TextTemplate;
use otpost::provider::{Fate, SendError, SendErrorKind};
use otpost::redact::Redactor;
use otpost::testing::ScriptedTransport;
use otpost::{Code, Message, PhoneNumber, Provider, SecretString};
use std::time::Duration;

const CODE: &str = "739182";
const NUMBER: &str = "+41798877665";
const TEXT: &str = "739182 is your Acme code. It is valid for 5 minutes. Do not share it.";

fn message() -> Message {
    let to = PhoneNumber::parse(NUMBER).unwrap();
    Message::new(to, TEXT)
        .unwrap()
        .with_code(Code::parse(CODE).unwrap())
        .with_var("name", "Rumpel & Co")
}

/// The search as it was: each word of the text, the code and the number, letter by letter.
fn naive(text: &str) -> String {
    let words = TEXT.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() >= 4);
    let known = [TEXT, NUMBER, &NUMBER[1..], &NUMBER[3..], CODE, "Rumpel & Co"];
    known.into_iter().chain(words).fold(text.to_owned(), |text, known| text.replace(known, "***"))
}

/// Ways to write a number that the search has to see through.
fn forms(digits: &str) -> Vec<String> {
    let each = |form: &dyn Fn(char) -> String| digits.chars().map(form).collect::<String>();
    let joined = |between: &str| digits.chars().map(String::from).collect::<Vec<_>>().join(between);
    let shifted =
        |zero: u32| each(&|c| char::from_u32(zero + c.to_digit(10).unwrap()).unwrap().to_string());
    let (head, tail) = digits.split_at(3);
    vec![
        digits.to_owned(),
        format!("{head} {tail}"),
        format!("{head}-{tail}"),
        format!("{head},{tail}"),
        format!("{head}.{tail}"),
        format!("({head}) {tail}"),
        format!("{head}\u{a0}{tail}"),
        format!("{head}\u{202f}{tail}"),
        format!("{head}\u{2009}\u{2013}\u{2009}{tail}"),
        format!("{head}%20{tail}"),
        format!("{head}%2D{tail}"),
        format!("{head}+{tail}"),
        format!("{head}&nbsp;{tail}"),
        format!("{head}&#160;{tail}"),
        format!("{head}\\u00a0{tail}"),
        format!("{head}\\n{tail}"),
        joined(" "),
        joined(", "),
        joined("."),
        joined("\u{200b}"),
        joined("\u{202e}"),
        joined("\",\""),
        joined("\u{fe0f}\u{20e3}"),
        each(&|c| format!("%3{c}")),
        each(&|c| format!("%253{c}")),
        each(&|c| format!("&#{};", u32::from(c))),
        each(&|c| format!("&#x3{c};")),
        each(&|c| format!("&#X0003{c};")),
        each(&|c| format!("&amp;#x3{c};")),
        each(&|c| format!("\\u003{c}")),
        each(&|c| format!("\\\\u003{c}")),
        each(&|c| format!("\\x3{c}")),
        each(&|c| format!("%u003{c}")),
        each(&|c| format!("\\u{{3{c}}}")),
        format!("{head}%3{}", &tail[..1]) + &tail[1..],
        // Full-width, Arabic, Persian, Devanagari, Bengali, Thai, Khmer, mathematical and segmented digits.
        shifted(0xff10),
        shifted(0x660),
        shifted(0x6f0),
        shifted(0x966),
        shifted(0x9e6),
        shifted(0xe50),
        shifted(0x17e0),
        shifted(0x1d7ce),
        shifted(0x1d7f6),
        shifted(0x1fbf0),
        shifted(0x2080),
        each(&|c| form_urlencoded::byte_serialize(shifted_one(c).as_bytes()).collect()),
        format!("{head}{}", shifted(0xff10).chars().skip(3).collect::<String>()),
    ]
}

fn shifted_one(c: char) -> String {
    char::from_u32(0xff10 + c.to_digit(10).unwrap()).unwrap().to_string()
}

#[test]
fn digits_are_found_however_they_are_written() {
    let redactor = message().redactor();
    let mut kept = 0;
    let mut forms_of_all = 0;
    for digits in [CODE, &NUMBER[1..], &NUMBER[3..]] {
        for form in forms(digits) {
            let words = format!("refused: {form}, sorry");
            assert!(redactor.finds(&words), "{form}");
            let redacted = redactor.redact(&words);
            assert!(
                redacted.starts_with("refused: ") && redacted.ends_with(", sorry"),
                "{redacted}"
            );
            assert!(
                redacted.contains("***") && redacted.chars().count() <= 24,
                "{form}: {redacted}"
            );
            assert!(!redactor.finds(&redacted), "{redacted}");
            kept += usize::from(naive(&words) == words);
            forms_of_all += 1;
        }
    }
    assert!(kept * 10 >= forms_of_all * 9, "the naive search keeps {kept} of {forms_of_all}");
}

#[test]
fn digits_within_others_and_without_their_zeros_are_found() {
    let number = PhoneNumber::parse(NUMBER).unwrap();
    let zeros =
        Message::new(number, "Code: 012345").unwrap().with_code(Code::parse("012345").unwrap());
    let redactor = zeros.redactor();
    for (words, expected) in [
        ("code 12345 is wrong", "code *** is wrong"),
        ("code 012345 is wrong", "code *** is wrong"),
        ("ref 9901234599", "ref 99***99"),
        ("0041 79 887 76 65 and (079) 887-76-65", "0041 79 887 76 65 and (079) 887-76-65"),
    ] {
        let redacted = redactor.redact(words);
        match words.contains("887") {
            true => assert!(
                !redacted.contains("887") && redacted.matches("***").count() == 2,
                "{redacted}"
            ),
            false => assert_eq!(redacted, expected),
        }
    }
    // A code that is in the text alone, also in groups.
    let number = PhoneNumber::parse(NUMBER).unwrap();
    let grouped = Message::new(number, "Your code: 123-456. Valid for 10 minutes").unwrap();
    assert_eq!(grouped.redactor().redact("no: 123456, 12.34.56, 123 456"), "no: ***, ***, ***");
    assert_eq!(grouped.redactor().redact("valid for 10"), "***");
}

#[test]
fn digits_of_others_stay() {
    let redactor = message().redactor();
    for words in [
        "error 739, line 182",
        "73918",
        "7391-x-82",
        "id 8a739b182",
        "739 credits left, 182 sent",
        "2026-01-31 12:00:00",
        "739................182",
        "balance 12.50 EUR, limit 5000",
        "",
        "%",
        "&#;&#x;&;%zz\\u12\\x\\",
        "\u{ff17}\u{ff13}",
    ] {
        assert_eq!(redactor.redact(words), words);
        assert!(!redactor.finds(words));
    }
}

#[test]
fn words_are_masked_in_runs_of_three_alone() {
    let redactor = message().redactor();
    let mut unreadable = 0;
    for words in [
        "code is not valid",
        "Your request is not valid: the code of the sender is wrong",
        "wait 5 minutes",
        "Acme is no registered sender",
        "do not retry, share of errors too high",
        "The message was not sent to this number: is it valid?",
    ] {
        assert_eq!(redactor.redact(words), words);
        unreadable += usize::from(naive(words) != words);
    }
    assert_eq!(unreadable, 6, "the naive search masks words that gateways say by themselves");
    for (words, expected) in [
        ("text was `is your Acme code`", "text was `***`"),
        ("text was `IS YOUR ACME CODE. It`", "text was `***`"),
        ("is%20your%20Acme%20code", "***"),
        ("is+your+Acme+code", "***"),
        ("is&#32;your&nbsp;Acme", "***"),
        ("Do not share this: do not share it.", "*** this: ***."),
        ("valid for 5 hours and for 5 minutes. Do so", "*** hours and ***"),
        ("for Rumpel & Co and for Rumpel &amp; Co", "for *** and for ***"),
    ] {
        let redacted = redactor.redact(words);
        if words.ends_with("Do so") {
            // Punctuation between words does not part them.
            assert!(
                redacted.starts_with("*** hours and ***") && redacted.ends_with(" so"),
                "{redacted}"
            );
            continue;
        }
        assert_eq!(redacted, expected, "{words}");
    }
    // Scripts without blanks between words.
    let chinese = Redactor::new().with_text("123456 是您的 Acme 验证码，请勿告知他人。");
    assert_eq!(chinese.redact("验证码错误"), "验证码错误");
    assert_eq!(chinese.redact("内容：验证码，请勿告知他人"), "内容：***");
    let russian = Redactor::new().with_text("123456 — ваш код Acme для входа");
    assert_eq!(russian.redact("неверный код для Acme"), "неверный код для Acme");
    assert_eq!(russian.redact("\\u0432\\u0430\\u0448 код Acme"), "***");
}

#[test]
fn variables_of_the_template_are_masked_as_a_word() {
    let template = TextTemplate::parse("{{code}} is your code, {{name}}").unwrap();
    let template = template.with_var("name", "Rumpelstilzchen").unwrap();
    let (to, code) = (PhoneNumber::parse(NUMBER).unwrap(), Code::parse(CODE).unwrap());
    let message = Message::compose(to, &template, &code, Duration::from_secs(300)).unwrap();
    let redacted = message.redactor().redact("no such user: Rumpelstilzchen").into_owned();
    assert_eq!(redacted, "no such user: ***");
    assert_eq!(message.with_smart_encoding().redactor().redact("code"), "code");
}

/// A gateway that refuses with this code and these words.
async fn refused(code: &str, words: &str) -> (String, Option<String>, String) {
    let rule =
        Rule::new(Outcome::Blocked).when_status(400).with_code("/code").with_message("/words");
    let spec = GatewaySpec::builder("acme", "Acme")
        .post("https://acme.example/send")
        .form("to", "{{to}}")
        .form("text", "{{text}}")
        .rule(rule)
        .build();
    let body = serde_json::json!({ "code": code, "words": words }).to_string();
    let transport = ScriptedTransport::new().answer(400, body);
    let gateway = HttpGateway::builder(spec).build_with(transport).unwrap();
    let error = gateway.send(&message()).await.unwrap_err();
    let shown = format!("{error} {error:?}");
    (
        shown,
        error.gateway_code().map(str::to_owned),
        error.gateway_words().unwrap_or_default().to_owned(),
    )
}

/// What was asked of a code before it was printed.
fn naive_prints(code: &str) -> bool {
    code.len() <= 64 && !code.contains(char::is_whitespace)
}

#[tokio::test]
async fn codes_are_printed_if_they_are_visible_ascii_and_nothing_of_the_message() {
    for code in ["E-17", "invalid_number", "code", "403.7", "ERR!", "a/b:c"] {
        let (shown, printed, _) = refused(code, "no").await;
        assert_eq!(printed.as_deref(), Some(code));
        assert!(shown.contains(code), "{shown}");
    }
    for code in [
        "E\u{202e}17",
        "E\u{200b}17",
        "\u{2066}E17",
        "E\u{e9}17",
        "\u{feff}E17",
        "E\u{85}17",
        "739182",
        "7-3-9-1-8-2",
        "%37%33%39%31%38%32",
        "&#55;39182",
        "41.79.887.76.65",
    ] {
        let (shown, printed, _) = refused(code, "no").await;
        assert_eq!(printed, None, "{code:?}");
        assert!(!shown.contains(code) && naive_prints(code) || code.contains('\u{85}'), "{shown}");
    }
    let (_, _, words) = refused("1", "code 73 91 82 to 079 887 76 65 is not valid").await;
    assert_eq!(words, "code *** to 0*** is not valid");
}

#[test]
fn codes_of_an_application_s_own_provider_are_visible_as_well() {
    let with =
        |code: &str| SendError::new(SendErrorKind::Blocked, Fate::Refused).with_gateway_code(code);
    assert_eq!(with("E-17").gateway_code(), Some("E-17"));
    for code in ["E\u{202e}17", "E 17", "E\n17", "\u{200b}"] {
        assert_eq!(with(code).gateway_code(), None);
        assert!(!with(code).to_string().contains(code));
    }
}

#[test]
fn large_texts_take_linear_time() {
    // By operations it is the text times the logarithm of the needles; a quadratic search would not end here.
    let text: String = (0..300).map(|n| format!("a{n} {} ", 100_000 + n * 7)).collect();
    let redactor = Redactor::new().with_text(&text[..1_500]).with_secret(CODE).with_number(NUMBER);
    let secret = SecretString::from("hunter2 & more");
    let redactor = redactor.with_secret(secret.expose());
    for unit in [
        "1 ",
        "7",
        "a b c ",
        "%31",
        "&#49;",
        "%",
        "&",
        "\\u",
        "\\",
        "7391-",
        "a1 100007 ",
        "字",
        "&amp;",
        "%25",
    ] {
        let large = unit.repeat(64 * 1_024 / unit.len());
        let redacted = redactor.redact(&large).into_owned();
        assert!(redacted.len() <= large.len().max(3), "{unit}");
    }
}
