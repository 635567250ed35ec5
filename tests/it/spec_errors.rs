//! Bad specs and bad values: each is found before anything is sent, with the key and what to do.

use otpost::gateway::{GatewaySpec, HttpGateway, Lint};
use otpost::testing::ScriptedTransport;

/// A spec that is right, to be spoilt in one place.
const GOOD: &str = r#"
spec = 1
id = "acme"
name = "Acme SMS"
[vars]
user = {}
password = { secret = true }
sender = { optional = true }
[request]
method = "POST"
url = "https://sms.acme.example/v1/send"
headers = { Accept = "application/json" }
query = { user = "{{user}}" }
form = { to = "{{to|plain}}", from = "{{sender}}", text = "{{text}}" }
[auth]
basic = { username = "{{user}}", password = "{{password}}" }
[connection]
timeout = "8s"
[[response]]
when = { json = { "/status" = "error" } }
then = { outcome = "misconfigured", code = "/code" }
[[response]]
when = { status = 200, body_regex = '"id":"(?P<id>[0-9]+)"' }
then = { outcome = "accepted", message_id = "group:id" }
[[example]]
response = { status = 200, body = '{"id":"17"}' }
expect = { outcome = "accepted", message_id = "17" }
"#;

fn build(toml: &str) -> Result<HttpGateway, otpost::gateway::SpecError> {
    HttpGateway::builder(GatewaySpec::from_toml(toml)?)
        .var("user", "u")
        .var("password", "hunter2-needle")
        .build_with(ScriptedTransport::new())
}

/// Replaces one piece of the good spec, and expects a complaint at `path` that says `words`.
#[track_caller]
fn check(from: &str, to: &str, path: &str, words: &str) {
    assert!(GOOD.contains(from), "{from}");
    let error = build(&GOOD.replacen(from, to, 1)).expect_err("it has to be refused");
    assert_eq!(error.path(), path, "{error}");
    let text = error.to_string();
    assert!(text.contains(words), "{text:?} does not say {words:?}");
    assert!(
        !error.hint().is_empty() && !text.contains('\n') && !text.contains("needle"),
        "{text:?}"
    );
    assert!(text.starts_with(path) && !text.ends_with('.'), "{text:?}");
}

#[test]
fn the_good_spec_is_good() {
    build(GOOD).unwrap();
    GatewaySpec::from_toml(GOOD).unwrap().check().unwrap();
}

#[test]
fn the_frame() {
    check("spec = 1", "spec = 2", "spec", "write spec = 1");
    check("id = \"acme\"", "id = \"Acme SMS\"", "id", "lower-case");
    check("name = \"Acme SMS\"", "name = \" \"", "name", "empty");
    check("name = \"Acme SMS\"", "nmae = \"Acme SMS\"", "nmae", "unknown field `nmae`");
    check("name = \"Acme SMS\"\n", "", "name", "missing field");
    check("spec = 1", "spec = ", "line 2", "");
    check("[connection]", "[conection]", "conection", "unknown field");
    check("timeout = \"8s\"", "timeout = \"8\"", "connection.timeout", "\"15s\"");
    check("timeout = \"8s\"", "timeout = \"0s\"", "connection.timeout", "at most 10 minutes");
    check(
        "timeout = \"8s\"",
        "timeout = \"2s\"\nconnect_timeout = \"3s\"",
        "connection.connect_timeout",
        "second address",
    );
    check("timeout = \"8s\"", "redirects = 3", "connection.redirects", "not followed");
    check("timeout = \"8s\"", "max_response = \"1GiB\"", "connection.max_response", "64KiB");
}

#[test]
fn values_in_the_wrong_place_are_not_repeated() {
    check("user = {}", "user = \"needle\"", "vars.user", "expected");
    check("basic = {", "bearer = { token = 123456 }\n[auth.x]\nbasic = {", "auth", "");
    check("timeout = \"8s\"", "timeout = 8", "connection.timeout", "expected");
    check(
        "outcome = \"misconfigured\"",
        "outcome = \"needle\"",
        "response.0.then.outcome",
        "expected one of",
    );
}

#[test]
fn variables() {
    check("{{text}}", "{{txet}}", "request.form.text", "did you mean `text`?");
    check("{{text}}", "{{nothing_like_it}}", "request.form.text", "declare it under `[vars]`");
    check("{{text}}", "{{text", "request.form.text", "not closed");
    check("{{text}}", "{{text|shout}}", "request.form.text", "`shout`");
    check("{{text}}", "{{text|plain}}", "request.form.text", "needs a phone number");
    check("{{text}}", "{{text|truncate:160}}", "request.form.text", "must not be truncated");
    check("{{to|plain}}", "{{to|plain|zeros}}", "request.form.to", "does not return E.164");
    check("{{text}}", "{{sender}}: {{text}}", "request.form.text", "would be left out");
    check("text = \"{{text}}\"", "text = \"hello\"", "request", "{{text}} or {{code}}");
    check("to = \"{{to|plain}}\"", "to = \"0\"", "request", "put {{to}}");
    check("{{to|plain}}", "{{national_number}}", "request", "{{calling_code}}");
    check("user = {}", "user = {}\nunused = { optional = true }", "vars.unused", "never used");
    check("user = {}", "user = {}\nto = {}", "vars.to", "without declaring it");
    check(
        "user = {}",
        "user = {}\nregion = { host = true, optional = true }",
        "vars.region",
        "never used",
    );
    check(
        "password = { secret = true }",
        "password = { secret = true, default = \"needle\" }",
        "vars.password",
        "must not have a default",
    );
    check("{{user}}", "{{password}}", "request.query.user", "secret-in-url");
    check("to = \"{{to|plain}}\"", "\"{{to}}\" = \"1\"", "request.form.{{to}}", "not in names");
    check(
        "text = \"{{text}}\"",
        "text = \"{{text}}\", enc = \"{{encoding|map:gsm7=0}}\"",
        "request.form.enc",
        "both encodings",
    );
}

#[test]
fn urls() {
    let url = "https://sms.acme.example/v1/send";
    check(url, "sms.acme.example/v1", "request.url", "");
    check(url, "ftp://sms.acme.example/v1", "request.url", "neither https nor http");
    check(url, "https://user:needle@sms.acme.example/", "request.url", "[auth]");
    check(url, "https://{{to|plain}}.acme.example/", "request.url", "not a host variable");
    check(url, "https://{{user}}/", "request.url", "{ host = true }");
    check(url, "{{user}}://sms.acme.example/", "request.url", "not a host variable");
    check(url, "https://sms.acme.example:99999/", "request.url", "");
    check(url, "https://sms.acme.example/a#b", "request.url", "fragment");
    check(url, "https://sms.acme.example/a b", "request.url", "percent-encode");
    check(url, "https://sms.acme.example/../b", "request.url", "contains `.` or `..`");
    check(url, "https://sms.acme.example/{{sender}}", "request.url", "may have no value");
    check(url, "https://sms.acme.example/?a=%20", "request.url", "request.query");
    check(url, "http://sms.acme.example/v1", "request.url", "cleartext");
    check(url, "http://134744072/v1", "request.url", "cleartext");
    for private in [
        "http://10.0.0.5:80/",
        "http://127.0.0.1/",
        "http://[::1]:8/",
        "http://sms.internal/",
        "http://box/",
    ] {
        build(&GOOD.replace(url, private)).unwrap_or_else(|error| panic!("{private}: {error}"));
    }
}

#[test]
fn hosts_cannot_escape() {
    let toml = GOOD
        .replace("https://sms.acme.example/v1/send", "https://{{region}}.acme.example/v1")
        .replace("user = {}", "user = {}\nregion = { host = true }");
    let host = |region: &str| {
        HttpGateway::builder(GatewaySpec::from_toml(&toml).unwrap())
            .var("user", "u")
            .var("password", "p")
            .var("region", region)
            .build_with(ScriptedTransport::new())
    };
    host("eu-1").unwrap();
    for bad in [
        "evil.example/",
        "evil.example#",
        "evil.example?",
        "u@evil.example",
        "evil.example:443",
        "a b",
        "é",
        "evil.example\\",
        "evil.example:443/x?",
        "[::1]",
        "%65vil",
        "",
    ] {
        let error = host(bad).expect_err(bad);
        assert_eq!(error.path(), "vars.region", "{bad}: {error}");
    }
    let spec = GatewaySpec::from_toml(&toml).unwrap();
    for bad in [
        "sandbox.example",
        "https://sandbox.example/",
        "https://a/b",
        "https://a?b",
        "ftp://a",
        "https://a:0",
        "",
    ] {
        assert_eq!(spec.clone().with_origin(bad).unwrap_err().path(), "origin", "{bad}");
    }
    assert!(spec.with_origin("http://127.0.0.1:8080").is_ok());
}

#[test]
fn headers() {
    let accept = "Accept = \"application/json\"";
    check(accept, "\"Ac cept\" = \"x\"", "request.headers.Ac cept", "not a header name");
    check(accept, "\"A\\r\\nB\" = \"x\"", "request.headers.A\\r\\nB", "not a header name");
    check(accept, "Accept = \"a\\r\\nX-Evil: 1\"", "request.headers.Accept", "line break");
    check(accept, "Accept = \"Zürich\"", "request.headers.Accept", "ASCII");
    check(accept, "Host = \"evil.example\"", "request.headers.Host", "sets this header");
    check(accept, "Content-Length = \"0\"", "request.headers.Content-Length", "remove it");
    check(accept, "Authorization = \"{{user}}\"", "request.headers.authorization", "remove one");
    check(accept, "X-Api-Key = \"needle\"", "request.headers.X-Api-Key", "literal-secret");
}

#[test]
fn bodies() {
    let form = "form = { to = \"{{to|plain}}\", from = \"{{sender}}\", text = \"{{text}}\" }";
    check(
        form,
        "json = '{\"to\":\"{{to}}\",\"text\":{{text}}}'",
        "request.json",
        "invalid JSON at line 1, column 24",
    );
    check(form, "json = '{\"to\":\"{{to}}\",\"to\":\"{{text}}\"}'", "request.json", "invalid JSON");
    check(
        form,
        "json = { to = \"{{to}}\", text = \"{{text}}\", n = \"{{to|number}}\" }",
        "request.json.n",
        "not always a JSON number",
    );
    check(
        form,
        "json = { to = \"{{to}}\", text = \"{{text}}\", n = \"{{code|number}}\" }",
        "request.json.n",
        "not always a JSON number",
    );
    check(
        form,
        "json = { to = \"{{to}}\", text = \"{{text}}\", day = 2026-01-31 }",
        "request.json.day",
        "as a string",
    );
    check(
        form,
        "json = { to = \"{{to}}\", text = \"{{text}}\", apiKey = \"needle\" }",
        "request.json.apiKey",
        "literal-secret",
    );
    check(
        form,
        "json = { to = [\"{{too}}\"], text = \"{{text}}\" }",
        "request.json.to.0",
        "did you mean `to`?",
    );
    check(form, "json = 7", "request.json", "expected a table");
    check(form, &format!("{form}\ntext = \"{{{{text}}}}\""), "request", "more than one body");
    check("method = \"POST\"", "method = \"GET\"", "request.method", "GET request has no body");
    check("method = \"POST\"", "method = \"PATCH\"", "request.method", "expected one of");
    check(
        form,
        &form.replace("from =", "password = \"needle\", from ="),
        "request.form.password",
        "literal-secret",
    );
    check(form, "text = \"{{to}} {{text}} {{sender}}\"", "request.text", "without `sender`");
    let typed = GOOD.replace("application/json", "x").replace("Accept", "Content-Type");
    let text = typed
        .replace(form, "text = '{\"to\":\"{{to}}\",\"text\":\"{{text}}\"}'")
        .replace("\"x\"", "\"application/json\"");
    assert_eq!(build(&text).unwrap_err().path(), "request.text");
    check(
        "method = \"POST\"",
        "method = \"POST\"\nreplacement = \"?\"",
        "request.replacement",
        "remove it",
    );
    check(
        "method = \"POST\"",
        "method = \"POST\"\ncharset = \"latin1\"\nreplacement = \"€\"",
        "request.replacement",
        "not in the charset",
    );
    check(
        "[connection]",
        "[idempotency]\nfield = \"to\"\n[connection]",
        "idempotency.field",
        "remove one",
    );
}

#[test]
fn rules_and_examples() {
    let json = "json = { \"/status\" = \"error\" }";
    check(json, "json = { status = \"error\" }", "response.0.when.json", "not a JSON pointer");
    check(json, "json = { \"/a~2\" = 1 }", "response.0.when.json", "not a JSON pointer");
    check(
        json,
        "json = { \"/status\" = { in = [] } }",
        "response.0.when.json./status",
        "matches nothing",
    );
    check(json, "json = { \"/status\" = {} }", "response.0.when.json./status", "matches nothing");
    check(
        json,
        "json = { \"/status\" = { equals = 1, in = [2] } }",
        "response.0.when.json./status",
        "either equals or in",
    );
    check(
        json,
        "json = { \"/status\" = { like = \"x\" } }",
        "response.0.when.json./status",
        "unknown field `like`",
    );
    check(
        json,
        "json = { \"/status\" = { regex = \"(\" } }",
        "response.0.when.json./status",
        "does not compile",
    );
    check(json, "body_regex = \"a(?=b)\"", "response.0.when.body_regex", "look-around");
    check(json, "body_contains = \"error\"", "response.0.when.body_contains", "body-contains");
    check(json, "status = \"200-100\"", "response.0.when.status", "from 100 to 999");
    check(json, "header = { \"a b\" = \"x\" }", "response.0.when.header.a b", "not a header name");
    check("code = \"/code\"", "code = \"code\"", "response.0.then.code", "not a place");
    check(
        "message_id = \"group:id\"",
        "message_id = \"group:ID\"",
        "response.1.then.message_id",
        "no group `ID`",
    );
    check(
        "status = 200, body_regex = '\"id\":\"(?P<id>[0-9]+)\"'",
        "",
        "response.1.when",
        "accepts every response",
    );
    check(
        "message_id = \"17\"",
        "message_id = \"18\"",
        "example.0.expect.message_id",
        "another message id",
    );
    check(
        "expect = { outcome = \"accepted\"",
        "expect = { outcome = \"throttled\"",
        "example.0.expect.outcome",
        "response.1 returns accepted",
    );
    check(
        "response = { status = 200, body = '{\"id\":\"17\"}'",
        "response = { status = 500, body = '{\"id\":\"17\"}'",
        "example.0.expect.outcome",
        "the status table returns unknown",
    );
    check(
        "response = { status = 200",
        "response = { status = 99",
        "example.0.response.status",
        "fix the example",
    );
    let all = GOOD
        .replace("when = { status = 200, body_regex = '\"id\":\"(?P<id>[0-9]+)\"' }\n", "")
        .replace(", message_id = \"group:id\"", "");
    assert_eq!(
        build(&all).unwrap_err().path(),
        "response.1.when",
        "a rule that accepts everything"
    );
}

#[test]
fn allowed_lints_pass() {
    let query =
        GOOD.replace("query = { user = \"{{user}}\" }", "query = { key = \"{{password}}\" }");
    assert!(build(&query).is_err());
    build(&query.replace("spec = 1", "spec = 1\nallow = [\"secret-in-url\"]")).unwrap();
    let by_code = HttpGateway::builder(GatewaySpec::from_toml(&query).unwrap())
        .allow(Lint::SecretInUrl)
        .var("user", "u")
        .var("password", "p");
    by_code.build_with(ScriptedTransport::new()).unwrap();
    check("spec = 1", "spec = 1\nallow = [\"everything\"]", "allow.0", "expected one of");
}
