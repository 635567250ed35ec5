//! Ranges in `[answer.codes]`, written as `"400-499"`.

use otpost::HttpGateway;
use otpost::gateway::{GatewaySpec, SpecError};
use otpost::provider::{Provider, SendErrorKind};
use otpost::testing::ScriptedTransport;

use super::{answer, message};

fn spec(codes: &str) -> Result<GatewaySpec, SpecError> {
    let toml = format!(
        r#"
        spec = 1
        id = "acme"
        name = "Acme SMS"
        [request]
        method = "POST"
        url = "https://acme.example/send"
        form = {{ to = "{{{{to}}}}", text = "{{{{text}}}}" }}
        [answer]
        code = "/code"
        [answer.codes]
        {codes}
        [[response]]
        when = {{ status = 200 }}
        then = {{ outcome = "accepted" }}
        "#
    );
    let spec = GatewaySpec::from_toml(&toml)?;
    spec.check()?;
    assert!(GatewaySpec::from_toml(&spec.to_toml().unwrap()).unwrap() == spec);
    Ok(spec)
}

/// Sends a message whose response has this code, a text or a number of JSON.
async fn judge(codes: &str, code: &str) -> Option<SendErrorKind> {
    let response = answer(200, &[], &format!("{{\"code\":{code}}}")).unwrap();
    let gateway = HttpGateway::builder(spec(codes).unwrap())
        .build_with(ScriptedTransport::new().respond(response))
        .unwrap();
    gateway.send(&message()).await.err().map(|error| error.kind())
}

#[tokio::test]
async fn ranges_of_codes_have_the_numbers_between_their_ends() {
    let codes = r#"
        misconfigured = ["111300-111307", "400-499", "5-12"]
        no_credit = ["001-020", 500]
        unauthorized = ["99999999999999999998-99999999999999999999"]
    "#;
    use SendErrorKind::{Misconfigured, NoCredit, Unauthorized, Unknown};
    for (code, expected) in [
        ("111299", None),
        ("111300", Some(Misconfigured)),
        ("111304", Some(Misconfigured)),
        ("\"111304\"", Some(Misconfigured)),
        ("\"111307\"", Some(Misconfigured)),
        ("111308", None),
        ("4", None),
        ("5", Some(Misconfigured)),
        // A comparison of texts would leave these out.
        ("9", Some(Misconfigured)),
        ("12", Some(Misconfigured)),
        ("13", None),
        ("500", Some(NoCredit)),
        // Zeros at the beginning are a part of the code.
        ("\"05\"", None),
        ("\"0400\"", None),
        ("\"000\"", None),
        ("\"001\"", Some(NoCredit)),
        ("\"020\"", Some(NoCredit)),
        ("\"021\"", None),
        ("\"0001\"", None),
        ("1", None),
        ("-5", None),
        ("404.5", Some(Unknown)),
        ("\"4xx\"", None),
        ("\" 404\"", Some(Misconfigured)),
        ("\"400-499\"", Some(Misconfigured)),
        ("\"99999999999999999999\"", Some(Unauthorized)),
        ("\"100000000000000000000\"", None),
    ] {
        assert_eq!(judge(codes, code).await, expected, "{code}");
    }
}

#[track_caller]
fn refused(codes: &str, path: &str, words: &str) {
    let error = spec(codes).expect_err(codes);
    assert_eq!(error.path(), path, "{error}");
    assert!(error.to_string().contains(words), "{codes}: {error}");
}

#[test]
fn ranges_of_codes_are_checked() {
    let path = "answer.codes.blocked";
    for backwards in ["499-400", "10-9", "001-99", "2024-01"] {
        refused(&format!("blocked = [\"{backwards}\"]"), path, "the lower number first");
    }
    for other in ["400..499", "400\u{2013}499", "400 -- 499", "400 to 499", "400...499", "400~499"]
    {
        refused(&format!("blocked = [\"{other}\"]"), path, "such as \"400-499\"");
    }
    for twice in [
        "blocked = [\"400-499\", 404]",
        "blocked = [404, \"400-499\"]",
        "blocked = [\"400-499\", \"499-600\"]",
        "blocked = [\"400-499\", \"300-400\"]",
        "blocked = [\"400-499\", \"410-420\"]",
        "blocked = [\"410-420\", \"400-499\"]",
        "no_credit = [\"450-460\"]\nblocked = [\"400-499\"]",
    ] {
        refused(twice, path, "split a range that contains it");
    }
    // Not ranges, but codes.
    for code in ["E-46", "46-E", "-5", "5-", "A1-A9", "1-2-3", "0"] {
        spec(&format!("blocked = [\"{code}\"]")).unwrap();
    }
    spec("blocked = [\"400-403\", \"405-499\"]\nno_credit = [404]").unwrap();
    spec("blocked = [\"7-7\", \" 8 - 9 \"]").unwrap_err();
    spec("blocked = [\"7-7\", \"8 - 9\"]").unwrap();
}

#[test]
fn codes_of_another_type_are_named() {
    for item in ["4.5", "[1]", "{ from = 1 }", "2026-11-29"] {
        let error = spec(&format!("blocked = [1, {item}]")).unwrap_err().to_string();
        assert!(error.starts_with("answer.codes.blocked"), "{error}");
        let is_said = ["a text, a whole number or a Boolean", "write the date as a string"];
        assert!(is_said.iter().any(|words| error.contains(words)), "{error}");
        assert!(!error.contains("untagged") && !error.contains("4.5"), "{error}");
    }
    let error = spec("blocked = 7").unwrap_err();
    assert_eq!(error.path(), "answer.codes.blocked");
    assert!(error.to_string().contains("expected a list"), "{error}");
}
