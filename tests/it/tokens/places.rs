//! Tokens and sessions that a response has anywhere, and that a request carries anywhere.

use otpost::gateway::{GatewaySpec, HttpGateway, Lint, SpecError};
use otpost::provider::{Fate, Provider, SendErrorKind};
use otpost::testing::{ManualClock, ScriptedTransport};
use otpost::transport::{Request, Response};

use super::{answer, message};

/// A spec with a token, and more keys of `[auth.token]` and of the request.
fn spec(token: &str, request: &str) -> Result<GatewaySpec, SpecError> {
    GatewaySpec::from_toml(&format!(
        r#"
        spec = 1
        id = "acme"
        name = "Acme"
        [request]
        method = "POST"
        url = "https://sms.example/send"
        {request}
        [auth.token]
        method = "GET"
        url = "https://auth.example/token"
        {token}
        [[response]]
        when = {{ status = 200, body_equals = "OK" }}
        then = {{ outcome = "accepted" }}
        "#
    ))
}

const FORM: &str = r#"form = { to = "{{to}}", text = "{{text}}" }"#;

struct Sent {
    url: String,
    headers: Vec<String>,
    body: String,
}

/// Sends a message with the token of a response, and returns the message's request.
async fn send(token: &str, request: &str, response: Response) -> Result<Sent, String> {
    let spec = spec(token, request).map_err(|error| error.to_string())?;
    let toml = spec.clone();
    let transport = ScriptedTransport::new().respond(response).answer(200, "OK");
    let builder = HttpGateway::builder(spec).allow(Lint::SecretInUrl);
    let gateway = builder.build_with(transport.clone()).map_err(|error| error.to_string())?;
    if let Ok(text) = toml.to_toml() {
        assert!(GatewaySpec::from_toml(&text).unwrap() == toml, "TOML loses nothing");
    }
    gateway.send(&message()).await.map_err(|error| whole_text(&error))?;
    let requests = transport.requests();
    assert_eq!(requests.len(), 2);
    let headers = requests[1].headers().iter();
    Ok(Sent {
        url: requests[1].uri().to_string(),
        headers: headers.map(|(k, v)| format!("{k}: {}", v.to_str().unwrap())).collect(),
        body: String::from_utf8(requests[1].body().to_vec()).unwrap(),
    })
}

/// The error and its sources in one line.
fn whole_text(error: &dyn std::error::Error) -> String {
    match error.source() {
        Some(source) => format!("{error}: {}", whole_text(source)),
        None => error.to_string(),
    }
}

fn wait<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(future)
}

/// Checks that the token `T0K` is found at a place.
#[track_caller]
fn found(place: &str, response: Response) {
    let token = format!("token = \"{place}\"\n{}", regex(place));
    let sent = wait(send(&token, FORM, response));
    let sent = sent.unwrap_or_else(|error| panic!("{place}: {error}"));
    assert!(sent.headers.contains(&"authorization: Bearer T0K".to_owned()), "{place}");
}

fn regex(place: &str) -> &'static str {
    if place.starts_with("group:") { "body_regex = '^id=(?P<id>[A-Z0-9]+)$'" } else { "" }
}

#[test]
fn token_is_found_anywhere_in_a_response() {
    found("/access_token", answer(200, &[], r#"{"access_token":"T0K"}"#));
    found("/data/0/token", answer(200, &[], r#"{"data":[{"token":"T0K"}]}"#));
    found(
        "xml:/response/TokInfo",
        answer(200, &[], "<response><TokInfo> T0K </TokInfo></response>"),
    );
    found("header:X-Auth-Token", answer(204, &[("x-auth-token", "T0K")], ""));
    found("cookie:SID", answer(200, &[("set-cookie", "SID=T0K; Path=/; HttpOnly")], "<html>"));
    let mut twice = answer(200, &[("set-cookie", "SID=; Max-Age=0")], "");
    twice.headers_mut().append("set-cookie", "SID=T0K".parse().unwrap());
    found("cookie:SID", twice);
    found("form:token", answer(200, &[], "status=0&token=T0K"));
    found("group:id", answer(200, &[], "id=T0K\r\n"));
    found("body", answer(200, &[], "T0K\r\n"));
}

/// Checks that a response has no token, and that the message says so and is not sent.
#[track_caller]
fn missing(place: &str, response: Response, why: &str) {
    let token = format!("token = \"{place}\"\n{}", regex(place));
    let error = wait(send(&token, FORM, response)).err().unwrap();
    assert!(error.contains(why), "{place}: {error}");
}

#[test]
fn token_that_is_missing_is_named() {
    missing("/token", answer(200, &[], "<token>T0K</token>"), "is not JSON");
    missing("xml:/token", answer(200, &[], r#"{"token":"T0K"}"#), "is not XML");
    missing("/token", answer(200, &[], r#"{"token":null}"#), "contains no token");
    missing("body", answer(200, &[], " \r\n"), "contains no token");
    missing("cookie:SID", answer(200, &[("set-cookie", "OTHER=T0K")], ""), "contains no token");
    missing("cookie:sid", answer(200, &[("set-cookie", "SID=T0K")], ""), "contains no token");
    missing("group:id", answer(200, &[], "id=T0K;more"), "contains no token");
    missing("body", answer(200, &[], "two\nlines"), "contains no token");
    missing("body", answer(200, &[], &"T".repeat(8_193)), "contains no token");
}

#[tokio::test]
async fn token_is_carried_anywhere_in_a_request() {
    let token = "token = \"/t\"\nvalues = { session = \"header:X-Session\" }";
    let response = || answer(200, &[("x-session", "S/1")], r#"{"t":"T\"K"}"#);
    let parts = r#"
        headers = { Cookie = "SID={{session}}; T={{token|base64}}" }
        query = { sid = "{{session}}" }
        json = { to = "{{to}}", text = "{{text}}", auth = { token = "{{token}}" } }"#;
    let strange = answer(200, &[("x-session", "S&1|2==")], r#"{"t":"T"}"#);
    let sent = send(token, parts, strange).await.unwrap();
    assert!(sent.headers.contains(&"cookie: SID=S&1|2==; T=VA==".to_owned()), "{:?}", sent.headers);
    let sent = send(token, parts, response()).await.unwrap();
    assert_eq!(sent.url, "https://sms.example/send?sid=S%2F1");
    assert!(sent.headers.contains(&"cookie: SID=S/1; T=VCJL".to_owned()), "{:?}", sent.headers);
    let body = r#"{"to":"+41791234567","text":"012345 is your code","auth":{"token":"T\"K"}}"#;
    assert_eq!(sent.body, body);
    // The request has the token already, so no header is added.
    assert!(!sent.headers.iter().any(|line| line.starts_with("authorization")));

    // A session that would end its cookie is refused before the message is sent.
    let response = || answer(200, &[("x-session", "S; admin=1")], r#"{"t":"T"}"#);
    let error = send(token, parts, response()).await.err().unwrap();
    assert!(error.contains("`session` would be unescaped in a list"), "{error}");
    assert!(!error.contains("admin"), "{error}");

    let response = || answer(200, &[("x-session", "S/1")], r#"{"t":"T\"K"}"#);
    let xml = r#"xml = "<m><s>{{session}}</s><to>{{to}}</to><text>{{text}}</text></m>""#;
    let sent = send(token, xml, response()).await.unwrap();
    assert!(sent.body.contains("<s>S/1</s>"), "{}", sent.body);
    assert!(sent.headers.contains(&"authorization: Bearer T\"K".to_owned()));
}

#[tokio::test]
async fn token_for_one_message_is_fetched_for_each() {
    // A HiLink modem: one GET gives a session and a token that is good for one message.
    let spec = GatewaySpec::from_toml(
        r#"
        spec = 1
        id = "hilink"
        name = "HiLink"
        [request]
        method = "POST"
        url = "http://192.168.8.1/api/sms/send-sms"
        headers = { X-Requested-With = "XMLHttpRequest", Content-Type = "text/xml", Cookie = "{{session}}" }
        xml = "<request><Index>-1</Index><Phones><Phone>{{to}}</Phone></Phones><Sca/><Content>{{text}}</Content><Length>-1</Length><Reserved>1</Reserved><Date>{{now|zone:+02:00|date:%Y-%m-%d %H:%M:%S}}</Date></request>"
        [auth.token]
        method = "GET"
        url = "http://192.168.8.1/api/webserver/SesTokInfo"
        token = "xml:/response/TokInfo"
        values = { session = "xml:/response/SesInfo" }
        single_use = true
        header = { name = "__RequestVerificationToken", value = "{{token}}" }
        [[response]]
        when = { xml = { "/error/code" = { in = [125002, 125003] } } }
        then = { outcome = "unauthorized", code = "xml:/error/code" }
        [[response]]
        when = { xml = { "/error/code" = { exists = true } } }
        then = { outcome = "unavailable", code = "xml:/error/code" }
        [[response]]
        when = { xml = { "/response" = "OK" } }
        then = { outcome = "accepted" }
        "#,
    );
    let spec = spec.unwrap();
    spec.check().unwrap();
    let session = |n: u8| {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?><response><SesInfo>SessionID=s{n}</SesInfo><TokInfo>T{n}</TokInfo></response>"
        )
    };
    let wrong = "<?xml version=\"1.0\"?><error><code>125003</code><message></message></error>";
    let ok = "<?xml version=\"1.0\"?><response>OK</response>";
    let transport = ScriptedTransport::new()
        .answer(200, session(1))
        .answer(200, ok)
        .answer(200, session(2))
        .answer(200, wrong)
        .answer(200, session(3))
        .answer(200, ok)
        .answer(200, session(4))
        .answer(200, wrong)
        .answer(200, session(5))
        .answer(200, wrong);
    let gateway = HttpGateway::builder(spec).clock(ManualClock::at(1_795_885_098));
    let gateway = gateway.build_with(transport.clone()).unwrap();
    gateway.send(&message()).await.unwrap();
    // A fresh token, once.
    gateway.send(&message()).await.unwrap();
    // Twice in vain: the message is refused, and the credentials rest.
    let error = gateway.send(&message()).await.unwrap_err();
    assert_eq!((error.kind(), error.fate()), (SendErrorKind::Unauthorized, Fate::Refused));
    assert_eq!(error.gateway_code(), Some("125003"));
    let error = gateway.send(&message()).await.unwrap_err();
    assert_eq!((error.kind(), error.fate()), (SendErrorKind::Unauthorized, Fate::NotSent));

    let requests = transport.requests();
    let tokens: Vec<_> = requests
        .iter()
        .filter_map(|request| request.headers().get("__requestverificationtoken"))
        .collect();
    assert_eq!(tokens, ["T1", "T2", "T3", "T4", "T5"]);
    assert_eq!(requests.len(), 10);
    assert_eq!(requests[1].headers()["cookie"], "SessionID=s1");
    let body = String::from_utf8(requests[1].body().to_vec()).unwrap();
    assert!(body.contains("<Date>2026-11-28 18:58:18</Date>"), "{body}");
}

/// A login of one message ends the session of another one: both get through.
#[tokio::test]
async fn token_for_one_message_may_be_ended_by_another() {
    let spec = spec("token = \"/t\"\nsingle_use = true", FORM).unwrap();
    let token = r#"{"t":"T"}"#;
    let mut transport = ScriptedTransport::new();
    for _ in 0..3 {
        // Each message is refused once.
        transport = transport.answer(200, token).answer(401, "").answer(200, token);
        transport = transport.answer(200, "OK");
    }
    let gateway = HttpGateway::builder(spec).clock(ManualClock::at(1_795_885_098));
    let gateway = gateway.build_with(transport).unwrap();
    for _ in 0..3 {
        gateway.send(&message()).await.unwrap();
    }
}

/// A dry run shows the placeholder, whatever the filters are.
#[test]
fn token_in_a_dry_run_needs_no_value() {
    let json = r#"json = { to = "{{to}}", text = "{{text}}", session = "{{token|number}}" }"#;
    let spec = spec("token = \"/t\"", json).unwrap();
    let gateway = HttpGateway::builder(spec).build_with(ScriptedTransport::new()).unwrap();
    let prepared = gateway.prepare(&message()).unwrap();
    let body = String::from_utf8_lossy(prepared.expose_body()).into_owned();
    assert!(body.contains(r#""session":{{token}}"#), "{body}");
}

#[track_caller]
fn refuse(token: &str, request: &str, path: &str, problem: &str) {
    let error = spec(token, request).and_then(|spec| spec.check().map(drop)).unwrap_err();
    assert_eq!(error.path(), path, "{error}");
    assert!(error.to_string().contains(problem), "{error}");
}

#[test]
fn token_places_that_cannot_work_are_refused() {
    let token = r#"token = "/t""#;
    refuse(r#"token = "t""#, FORM, "auth.token.token", "not a place");
    refuse(r#"token = "group:t""#, FORM, "auth.token.token", "no `body_regex`");
    let values = |values: &str| format!("{token}\nvalues = {{ {values} }}");
    refuse(&values(r#"session = "/s""#), FORM, "auth.token.values.session", "never used");
    refuse(&values(r#"text = "/s""#), FORM, "auth.token.values.text", "another meaning");
    refuse(&values(r#"Session = "/s""#), FORM, "auth.token.values.Session", "not a name");
    let lifetime = "token = \"/t\"\nsingle_use = true\nlifetime = \"5m\"";
    refuse(lifetime, FORM, "auth.token.single_use", "no lifetime");
    let within = "token = \"/t\"\nquery = { t = \"{{token}}\" }";
    refuse(within, FORM, "auth.token.query.t", "cannot contain it");
    let header = "token = \"/t\"\nheader = { name = \"X-T\", value = \"t\" }";
    refuse(header, FORM, "auth.token.header.value", "does not contain the token");
    let twice = format!("headers = {{ Authorization = \"x {{{{to}}}}\" }}\n{FORM}");
    refuse(token, &twice, "request.headers.authorization", "sets this header as well");
}

/// Sends twice, some seconds apart, and counts the requests for tokens.
async fn fetched(expires_in: &str, body: &str, seconds: u64) -> usize {
    let spec = spec(&format!("token = \"/t\"\nexpires_in = {expires_in}"), FORM).unwrap();
    let clock = ManualClock::at(1_795_885_098);
    // With a token for both messages, the third response is that of the second message.
    let is_token = |request: &&Request| request.uri().path() == "/token";
    let transport = ScriptedTransport::new().answer(200, body).answer(200, "OK").answer(200, body);
    let gateway = HttpGateway::builder(spec).clock(clock.clone()).build_with(transport.clone());
    let gateway = gateway.unwrap();
    gateway.send(&message()).await.unwrap();
    clock.advance(super::seconds(seconds));
    let _ = gateway.send(&message()).await;
    transport.requests().iter().filter(is_token).count()
}

#[tokio::test]
async fn token_lifetimes_have_units_and_dates() {
    let check = async |expires_in: &str, body: &str, lives: u64| {
        // The last 30 s do not count.
        assert_eq!(fetched(expires_in, body, lives - 31).await, 1, "{body}");
        assert_eq!(fetched(expires_in, body, lives - 30).await, 2, "{body}");
    };
    check("\"/e\"", r#"{"t":"T","e":600}"#, 600).await;
    check("\"/e\"", r#"{"t":"T","e":"600"}"#, 600).await;
    check("\"/e\"", r#"{"t":"T","e":599.2}"#, 600).await;
    check("{ at = \"/e\", unit = \"ms\" }", r#"{"t":"T","e":600000}"#, 600).await;
    let date = r#"{"t":"T","e":"2026-11-28T17:08:18Z"}"#;
    check("{ at = \"/e\", unit = \"date\" }", date, 600).await;
    // Any other value counts as missing: 5 minutes.
    check("\"/e\"", r#"{"t":"T","e":"soon"}"#, 300).await;
    check("\"/e\"", r#"{"t":"T"}"#, 300).await;
}
