//! Each value has one form, although the deserializer of TOML accepts more.

use otpost::gateway::GatewaySpec;

const GOOD: &str = r#"
spec = 1
id = "acme"
name = "Acme SMS"
docs = ""
[request]
method = "POST"
url = "https://sms.acme.example/send"
[auth]
bearer = { token = "t" }
[[response]]
then = { outcome = "accepted" }
[vars]
"#;

#[track_caller]
fn check(from: &str, to: &str, path: &str, words: &str) {
    assert!(GOOD.contains(from) && GatewaySpec::from_toml(GOOD).is_ok(), "{from}");
    let text = GOOD.replacen(from, to, 1);
    let error = GatewaySpec::from_toml(&text).unwrap_err().to_string();
    assert!(error.starts_with(&format!("{path}: ")) && error.contains(words), "{error}");
    assert!(!error.contains("needle"), "{error}");
    // The types themselves accept it.
    assert!(toml::from_str::<GatewaySpec>(&text).is_ok(), "{text}");
}

#[test]
fn lists_are_not_read_as_tables() {
    // This line belongs above `[vars]`. It would be a variable with a default.
    check("[vars]\n", "[vars]\nallow = [\"needle\"]", "vars.allow", "expected a table");
    check("{ token = \"t\" }", "[\"needle\"]", "auth.bearer", "expected a table");
    check("{ outcome = \"accepted\" }", "[\"accepted\"]", "response.0.then", "expected a table");
    check("docs = \"\"", "connection = []", "connection", "expected a table");
}

#[test]
fn tables_and_lists_are_not_read_as_words() {
    for form in ["{ accepted = {} }", "{ accepted = [] }"] {
        let path = "response.0.then.outcome.accepted";
        check("\"accepted\"", form, path, "expected a string");
    }
    check("bearer = { token = \"t\" }", "none = {}", "auth.none", "expected a string");
}

#[test]
fn dates_are_not_read_as_tables() {
    check(
        "method",
        "headers = 2026-11-29\nmethod",
        "request.headers",
        "write the date as a string",
    );
}
