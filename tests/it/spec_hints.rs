//! Errors that left people stuck: each names what was written, and what to write instead.

use std::error::Error;

use otpost::gateway::{GatewaySpec, HttpGateway};
use otpost::provider::{Fate, Provider, SendErrorKind};
use otpost::testing::ScriptedTransport;
use otpost::{Message, PhoneNumber};

const REQUEST: &str = r#"
spec = 1
id = "acme"
name = "Acme"
[request]
method = "POST"
url = "https://acme.example/send"
"#;

#[track_caller]
fn refuse(more: &str, path: &str, words: &str) {
    let text = format!("{REQUEST}{more}");
    let error = GatewaySpec::from_toml(&text).and_then(|spec| spec.check()).unwrap_err();
    assert_eq!(error.path(), path, "{error}");
    assert!(error.to_string().contains(words), "{error}");
}

const FORM: &str = "form = { to = \"{{to}}\", text = \"{{text}}\" }\n";

#[test]
fn hint_for_two_kinds_of_authentication() {
    let two = "[auth.basic]\nusername = \"a\"\npassword = \"b\"\n[auth.bearer]\ntoken = \"c\"\n";
    refuse(&format!("{FORM}{two}"), "auth", "several kinds of authentication");
    refuse(&format!("{FORM}{two}"), "auth", "keep one of basic, bearer");
}

#[test]
fn hint_for_a_name_that_needs_quotes() {
    let vars = "[vars]\ndlt.template_id = { optional = true }\n";
    refuse(
        &format!("{FORM}{vars}"),
        "vars.dlt.template_id",
        "write it in quotes: \"dlt.template_id\"",
    );
    // A mistyped key of a declaration is another mistake.
    let vars = "[vars]\nkey = { secrett = true }\n";
    refuse(&format!("{FORM}{vars}"), "vars.key.secrett", "did you mean `secret`?");
}

#[test]
fn hint_for_the_argument_of_a_filter() {
    for (placeholder, words) in [
        ("now|zone:Asia/Shanghai", "such as zone:+08:00"),
        ("now|zone:CST", "an offset from UTC"),
        ("now|zone", "such as zone:+08:00"),
        ("now|date:yyyyMMdd", "such as date:%Y%m%d"),
        ("now|date:%Q", "a format of strftime"),
        ("now|date", "such as date:%Y%m%d"),
        ("ttl_seconds|unit:minutes", "unit:min"),
        ("ttl_seconds|clamp:60", "clamp:60-86400"),
        ("to|national:+41", "national:41"),
        ("sender|truncate:0", "truncate:11"),
        ("encoding|map:gsm7", "map:gsm7=0,ucs2=8"),
        ("text|gsm7:??", "one character"),
        ("text|shout", "the filters are base64, bool"),
    ] {
        let x = format!("[request.query]\nx = \"{{{{{placeholder}}}}}\"\n");
        refuse(&format!("{FORM}{x}"), "request.query.x", words);
    }
}

#[test]
fn hint_for_a_code_with_leading_zeros() {
    let codes = |code: &str| {
        format!("{FORM}[answer]\ncode = \"/code\"\n[answer.codes]\naccepted = [{code}]\n")
    };
    for code in ["000000", "00", "007", "-01", "1, 0123"] {
        refuse(&codes(code), "line 12", "begins with a zero in quotes: \"007\"");
    }
    let error = GatewaySpec::from_toml(&format!("{REQUEST}{}", codes("0815"))).unwrap_err();
    assert!(!error.to_string().contains("815"), "{error}");
    let text = format!("{REQUEST}{}", codes("\"000000\", 0"));
    GatewaySpec::from_toml(&text).and_then(|spec| spec.check()).unwrap();
    // Another mistake has the usual hint.
    refuse(&codes("1 2"), "line 12", "the keys are explained");
}

#[test]
fn hint_for_a_scheme_in_the_value_of_a_host() {
    let build = |url: &str, host: &str| {
        let request = REQUEST.replace("https://acme.example/send", url);
        let toml = format!("{request}{FORM}[vars]\nhost = {{ host = true }}\n");
        let builder = HttpGateway::builder(GatewaySpec::from_toml(&toml).unwrap());
        builder.var("host", host).build_with(ScriptedTransport::new())
    };
    for host in ["https://needle.example", "http://needle.example/", "HTTPS://needle.example"] {
        let error = build("https://{{host}}/send", host).unwrap_err();
        assert_eq!(error.path(), "vars.host", "{error}");
        let text = error.to_string();
        assert!(text.contains("has a scheme") && text.contains("the host alone"), "{text}");
        assert!(!text.contains("needle"), "{text}");
    }
    let error = build("https://{{host}}/send", "needle.example/").unwrap_err();
    assert!(error.to_string().contains("invalid character"), "{error}");
    build("https://{{host}}/send", "sms.acme.example").unwrap();
    // Here the value is the whole origin.
    build("{{host}}/send", "https://sms.acme.example").unwrap();
}

#[test]
fn hint_for_a_key_of_another_request() {
    let basic = |username: &str| {
        format!(
            "{FORM}headers = {{ X = \"{{{{token}}}}\" }}\n[auth.token]\nmethod = \"POST\"\n\
             url = \"https://acme.example/token\"\ntoken = \"/t\"\n\
             basic = {{ username = \"{username}\", password = \"p\" }}\n"
        )
    };
    refuse(&basic("{{usr}}"), "auth.token.basic.username", "unknown variable");
    refuse(&basic("{{user"), "auth.token.basic.username", "not closed");

    let hmac = "[auth.hmac]\nkey = \"{{key}}\"\nsign = \"{{method}}\"\n";
    let call = |section: &str, more: &str| {
        format!("[{section}]\nmethod = \"GET\"\nurl = \"https://acme.example/{section}\"\n{more}\n")
    };
    let vars = "[vars]\nkey = { secret = true }\n";
    let form = format!("{FORM}{hmac}form = {{ sig = \"{{{{signature}}}}\" }}\n{vars}");
    let account = format!("{form}{}", call("account", ""));
    refuse(&account, "auth.hmac.form", "in `[account]`, the request has no such body");
    let header = format!("{FORM}{hmac}headers = {{ X-Sig = \"{{{{signature}}}}\" }}\n{vars}");
    let erase = call("erase", "query = { id = \"{{message_id}}\" }\nheaders = { X-Sig = \"1\" }");
    refuse(&format!("{header}{erase}"), "auth.hmac.headers.X-Sig", "in `[erase]`, the request has");
    // The request of a message has no other section.
    refuse(
        &form
            .replace("form = { to", "multipart = { to")
            .replace("form = { sig", "json = { \"/sig\""),
        "auth.hmac.json",
        "json: the request has no such body",
    );
}

#[test]
fn hint_for_too_many_headers() {
    let many = |count: usize| {
        let headers: String = (0..count).map(|at| format!("X-{at} = \"1\", ")).collect();
        format!("headers = {{ {} }}\n", headers.trim_end_matches(", "))
    };
    let account = "[account]\nmethod = \"GET\"\nurl = \"https://acme.example/a\"\n";
    let erase = "[erase]\nmethod = \"DELETE\"\nurl = \"https://acme.example/{{message_id}}\"\n";
    let token = "headers = { X = \"{{token}}\" }\n[auth.token]\nmethod = \"POST\"\n\
                 url = \"https://acme.example/t\"\ntoken = \"/t\"\n";
    for (before, path) in [
        ("", "request.headers"),
        (account, "account.headers"),
        (erase, "erase.headers"),
        (token, "auth.token.headers"),
    ] {
        refuse(&format!("{FORM}{before}{}", many(65)), path, "more than 64");
        let text = format!("{REQUEST}{FORM}{before}{}", many(64));
        GatewaySpec::from_toml(&text).and_then(|spec| spec.check()).unwrap();
    }
    let example = format!(
        "{FORM}[[example]]\nexpect = {{ outcome = \"accepted\" }}\n[example.response]\nstatus = 200\n{}",
        many(65)
    );
    refuse(&example, "example.0.response.headers", "more than 64");
}

fn gateway(vars: &str, to: &str) -> HttpGateway {
    let form = format!("form = {{ to = \"{to}\", text = \"{{{{text}}}}\" }}\n");
    let spec = GatewaySpec::from_toml(&format!("{REQUEST}{form}{vars}")).unwrap();
    spec.check().unwrap();
    HttpGateway::builder(spec).build_with(ScriptedTransport::new().answer(200, "")).unwrap()
}

fn message() -> Message {
    Message::new(PhoneNumber::parse("+41791234567").unwrap(), "012345 is your code").unwrap()
}

#[tokio::test]
async fn hint_for_a_number_of_another_country() {
    let error = gateway("", "{{to|national:98}}").send(&message()).await.unwrap_err();
    assert_eq!((error.kind(), error.fate()), (SendErrorKind::Misconfigured, Fate::NotSent));
    let source = error.source().unwrap().to_string();
    assert!(source.starts_with("request.form.to: `to` is no number with the calling code 98"));
    assert!(!source.contains("791234567") && !source.contains("41"), "{source}");
}

#[tokio::test]
async fn hint_for_a_variable_that_the_spec_does_not_know() {
    let vars = "[vars]\ntemplate = { message = true, optional = true }\n";
    let known = message().with_var("template", "t-1").with_var("dlt.template_id", "1");
    gateway(vars, "{{to}}").send(&known).await.unwrap();

    let unknown = message().with_var("templat", "t-1");
    let error = gateway(vars, "{{to}}").send(&unknown).await.unwrap_err();
    assert_eq!((error.kind(), error.fate()), (SendErrorKind::Misconfigured, Fate::NotSent));
    let source = error.source().unwrap().to_string();
    assert!(source.starts_with("vars.templat: "), "{source}");
    assert!(source.contains("did you mean `template`?"), "{source}");
    assert!(!source.contains("t-1"), "{source}");
    // A spec without such variables: the message may be meant for another gateway as well.
    gateway("", "{{to}}").send(&unknown).await.unwrap();
    let other = message().with_var("template", "t-1").with_var("campaign", "c");
    assert!(gateway(vars, "{{to}}").prepare(&other).is_err());
}

#[test]
fn hint_for_a_value_of_another_kind() {
    for (more, path) in
        [("connection = 5\n", "connection"), ("auth = { basic = 1 }\n", "auth.basic")]
    {
        let text = format!("{}{REQUEST}{FORM}", more);
        let error = GatewaySpec::from_toml(&text).unwrap_err();
        assert_eq!(
            (error.path(), error.to_string().contains("expected a table")),
            (path, true),
            "{error}"
        );
    }
}

/// Mistakes of people who write their first file.
#[test]
fn hint_for_each_usual_mistake() {
    let text = |more: &str| format!("{REQUEST}{more}");
    let check = |text: &str, path: &str, words: &str| {
        let error = GatewaySpec::from_toml(text).and_then(|spec| spec.check()).unwrap_err();
        assert_eq!(error.path(), path, "{error}");
        assert!(error.to_string().contains(words), "`{words}` is not in `{error}`");
    };
    let rule = |when: &str, then: &str| {
        text(&format!("{FORM}[[response]]\nwhen = {{ {when} }}\nthen = {{ {then} }}\n"))
    };
    let form =
        |value: &str| text(&format!("form = {{ to = \"{{{{to}}}}\", text = \"{value}\" }}\n"));
    let accepted = "outcome = \"accepted\"";
    // Keys below the wrong section: a key belongs to the section above it.
    let moved = REQUEST.replace("[request]\n", "");
    check(&format!("{moved}[request]\n{FORM}"), "method", "write `method` below [request]");
    let below = REQUEST.replace("method = \"POST\"\n", "");
    check(&format!("{below}{FORM}"), "request", "write `method` directly below [request]");
    let unnamed = text(FORM).replace("name = \"Acme\"\n", "");
    check(&unnamed, "name", "at the top of the file");
    check(&text(&format!("{FORM}[auth.basic]\nusername = \"a\"\n")), "auth.basic", "[auth.basic]");
    // Types.
    check(&text(&format!("{FORM}[response]\nwhen = {{}}\n")), "response", "write [[response]]");
    check(&text(&format!("{FORM}[vars]\nkey = \"k\"\n")), "vars.key", "{ secret = true }");
    let secret = format!("{FORM}[vars]\nkey = {{ secret = \"yes\" }}\n");
    check(&text(&secret), "vars.key.secret", "write true or false, without quotes");
    let timeout = format!("{FORM}[connection]\ntimeout = 5\n");
    check(&text(&timeout), "connection.timeout", "timeout = \"5s\"");
    check(&text(FORM).replace("spec = 1", "spec = \"1\""), "spec", "write spec = 1");
    let bearer = format!("{FORM}[auth]\nbearer = \"{{{{key}}}}\"\n");
    check(&text(&bearer), "auth.bearer", "bearer = { token =");
    let kind = format!("{FORM}[auth]\ntype = \"basic\"\n");
    check(&text(&kind), "auth", "such as [auth.basic]");
    let user = format!("{FORM}[auth.basic]\nuser = \"a\"\npass = \"b\"\n");
    check(&text(&user), "auth.basic.user", "did you mean `username`?");
    let post = text(FORM).replace("\"POST\"", "\"post\"");
    check(&post, "request.method", "did you mean `POST`?");
    // Places in other notations.
    let id = |place: &str| rule("status = 200", &format!("{accepted}, message_id = '{place}'"));
    let place = "response.0.then.message_id";
    check(&id("$.data[0].id"), place, "write /data/0/id for JSON");
    check(&id("id"), place, "write /id for JSON");
    check(&id(r#"$["data"]["id"]"#), place, "write /data/id for JSON");
    check(&id("a:b"), place, "write /json/pointer, header:Name");
    let json = |at: &str| rule(&format!("json = {{ '{at}' = 0 }}"), accepted);
    check(&json("$.error.code"), "response.0.when.json", "write it as /error/code");
    check(&json("data.0.st"), "response.0.when.json", "write it as /data/0/st");
    check(&json("a(b)"), "response.0.when.json", "write it as /messages/0/id");
    // Names of variables and filters in other systems.
    check(&form("{{message}}"), "request.form.text", "did you mean `text`?");
    check(&form("{{otp}}"), "request.form.text", "did you mean `code`?");
    check(&form("{{recipient}}"), "request.form.text", "did you mean `to`?");
    check(&form("{{token}}"), "request.form.text", "`[auth.token]`");
    check(&form("{{text|urlencode}}"), "request.form.text", "encoded for their place");
    check(&form("{{text|md5}}"), "request.form.text", "`[auth.hash]`");
    check(&form("{{sender|truncate(11)}}"), "request.form.text", "truncate:11");
    check(&form("{{text|uper}}"), "request.form.text", "did you mean `upper`?");
    // JSON as a text.
    let json = |body: &str| text(&format!("json = '{body}'\n"));
    let comma = json(r#"{"to":"{{to}}","text":"{{text}}",}"#);
    check(&comma, "request.json", "column 34: trailing comma: remove the last comma");
    let twice = json(r#"{"to":"{{to}}","to":"{{text}}"}"#);
    check(&twice, "request.json", "duplicate member name `to`: write each member once");
    let bare = json(r#"{"to":{{to}},"text":"{{text}}"}"#);
    check(&bare, "request.json", "write placeholders inside strings");
    // Texts that are not TOML.
    check("{\"spec\": 1}", "line 1", "looks like JSON");
    check("id: acme\n", "line 1", "where YAML has");
    check("spec = 1\nid = \u{201c}acme\u{201d}\n", "line 2", "straight quotes");
    check(
        "spec = 1\nid = \"a\"\nid = \"b\"\n",
        "line 3",
        "duplicate key `id`: write each key once",
    );
    // No value is in an error, since it can be a password below the wrong key.
    for text in [
        text(&format!("{FORM}[auth]\nbearer = \"needle\"\n")),
        text(&format!("{FORM}[auth]\nneedle = \"needle\"\n")),
        text(&format!("{FORM}[vars]\nkey = \"needle\"\n")),
        json("{\"a\": needle}"),
        "id: needle\n".to_owned(),
    ] {
        let error = GatewaySpec::from_toml(&text).and_then(|spec| spec.check()).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("needle"), "{error}");
    }
}
