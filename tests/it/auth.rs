//! Signatures, and tokens that a call of its own gives.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use otpost::async_trait;
use otpost::gateway::{Auth, GatewaySpec, HttpGateway, SpecError, TokenAuth};
use otpost::provider::{Fate, Provider, SendErrorKind, Stage};
use otpost::testing::{ManualClock, ScriptedTransport};
use otpost::transport::{Request, Response, TimeLeft, Transport, TransportError};
use otpost::{Message, PhoneNumber};

/// Sun, 06 Nov 1994 08:49:37 GMT
const NOW: u64 = 784_111_777;

fn message() -> Message {
    Message::new(PhoneNumber::parse("+41791234567").unwrap(), "012345 is your code").unwrap()
}

fn spec(auth: &str) -> Result<GatewaySpec, SpecError> {
    GatewaySpec::from_toml(&format!(
        r#"
        spec = 1
        id = "acme"
        name = "Acme"
        [vars]
        key = {{ secret = true }}
        id = {{ default = "app-1" }}
        [request]
        method = "POST"
        url = "https://acme.communication.azure.com/sms?api-version=2021-03-07"
        json = {{ from = "+15550001", message = "{{{{text}}}}", smsRecipients = [{{ to = "{{{{to}}}}" }}] }}
        headers = {{ X-App = "{{{{id}}}}" }}
        {auth}
        "#
    ))
}

fn build(auth: &str, transport: impl Transport) -> Result<HttpGateway, SpecError> {
    HttpGateway::builder(spec(auth)?)
        .var("key", "c2VjcmV0IGtleSBvZiBhenVyZQ==")
        .clock(ManualClock::at(NOW))
        .build_with(transport)
}

fn header(gateway: &HttpGateway, name: &str) -> String {
    let prepared = gateway.prepare(&message()).unwrap();
    let (_, value) = prepared.expose_headers().find(|(known, _)| *known == name).unwrap();
    value.to_str().unwrap().to_owned()
}

#[test]
fn azure_s_signature_is_as_its_documentation_has_it() {
    let gateway = build(
        r#"
        [auth.hmac]
        key = "{{key}}"
        key_encoding = "base64"
        sign = "{{method}}\n{{path_and_query}}\n{{date}};{{host}};{{body_sha256_base64}}"
        signature = "base64"
        [auth.hmac.headers]
        x-ms-date = "{{date}}"
        x-ms-content-sha256 = "{{body_sha256_base64}}"
        Authorization = "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={{signature}}"
        "#,
        ScriptedTransport::new(),
    )
    .unwrap();
    // By Python's hmac, over the same parts.
    let signature = "Jnr6QNjts63xyRcaADDkSiiZ0ibKotrNa0lz4K+zOqo=";
    let expected = format!(
        "HMAC-SHA256 SignedHeaders=x-ms-date;host;x-ms-content-sha256&Signature={signature}"
    );
    assert_eq!(header(&gateway, "authorization"), expected);
    assert_eq!(header(&gateway, "x-ms-date"), "Sun, 06 Nov 1994 08:49:37 GMT");
    let shown = gateway.prepare(&message()).unwrap().to_string();
    assert!(shown.contains("authorization: ***") && !shown.contains(signature), "{shown}");
    assert!(shown.contains("x-ms-date: Sun, 06 Nov 1994 08:49:37 GMT"), "{shown}");
}

#[test]
fn hashes_and_encodings_are_the_published_ones() {
    let fox = "The quick brown fox jumps over the lazy dog";
    for (algorithm, signature, expected) in [
        ("sha1", "hex", "de7c9b85b8b78aa6bc8a7a36f70a90701c9db4d9"),
        ("sha256", "hex", "f7bc83f430538424b13298e6aa6fb143ef4d59a14946175997479dbc2d1a3cd8"),
        ("sha256", "base64", "97yD9DBThCSxMpjmqm+xQ+9NWaFJRhdZl0edvC0aPNg="),
        (
            "sha512",
            "hex",
            "b42af09057bac1e2d41708e48a902e09b5ff7f12ab428a4fe86653c73dd248fb82f948a549f7b791a5b41915ee4d1ec3935357e4e2317250d0372afa2ebeeb3a",
        ),
    ] {
        for (key, encoding) in [("key", "text"), ("a2V5", "base64"), ("6B6579", "hex")] {
            let auth = format!(
                r#"
                [auth.hmac]
                algorithm = "{algorithm}"
                key = "{{{{key}}}}"
                key_encoding = "{encoding}"
                sign = "{fox}"
                signature = "{signature}"
                headers = {{ X-Signature = "{{{{signature}}}}" }}
                "#
            );
            let gateway = HttpGateway::builder(spec(&auth).unwrap()).var("key", key);
            let gateway = gateway.build_with(ScriptedTransport::new()).unwrap();
            assert_eq!(header(&gateway, "x-signature"), expected, "{algorithm} {encoding}");
        }
    }
}

#[test]
fn bad_signatures_are_refused_with_their_place() {
    let good = [
        ("key", "\"{{key}}\""),
        (
            "sign",
            "\"{{body}}{{id}}{{timestamp}}{{timestamp_ms}}{{nonce}}{{query}}{{path}}{{body_sha256_hex}}\"",
        ),
        ("headers", "{ X-Signature = \"{{signature}}\", X-Nonce = \"{{nonce}}\" }"),
        ("key_encoding", "\"text\""),
    ];
    let auth = |changed: &str, value: &str| {
        let lines = good
            .iter()
            .map(|(key, good)| format!("{key} = {}\n", if *key == changed { value } else { good }));
        format!("[auth.hmac]\n{}", lines.collect::<String>())
    };
    assert!(build(&auth("", ""), ScriptedTransport::new()).is_ok());
    assert!(spec(&auth("", "")).unwrap().check().is_ok());
    for (key, value, path) in [
        ("key", "\"literal\"", "auth.hmac.key"),
        ("key", "\"{{to}}\"", "auth.hmac.key"),
        ("sign", "\"{{bdy}}\"", "auth.hmac.sign"),
        ("sign", "\"{{signature}}\"", "auth.hmac.sign"),
        ("sign", "\"{{sender}}\"", "auth.hmac.sign"),
        ("sign", "\"{{\"", "auth.hmac.sign"),
        ("headers", "{ X-Nonce = \"{{nonce}}\" }", "auth.hmac.headers"),
        ("headers", "{ Host = \"{{signature}}\" }", "auth.hmac.headers.Host"),
        ("headers", "{ X-App = \"{{signature}}\" }", "auth.hmac.headers.X-App"),
        ("headers", "{ \"X Y\" = \"{{signature}}\" }", "auth.hmac.headers.X Y"),
        ("key_encoding", "\"hex\"", "auth.hmac.key"),
        ("key_encoding", "\"rot13\"", "auth.hmac.key_encoding"),
    ] {
        let error = build(&auth(key, value), ScriptedTransport::new()).unwrap_err();
        assert_eq!(error.path(), path, "{key} = {value}: {error}");
        assert!(!error.to_string().contains("c2VjcmV0"), "{error}");
    }
    let gateway = build(&auth("", ""), ScriptedTransport::new()).unwrap();
    assert_ne!(header(&gateway, "x-nonce"), header(&gateway, "x-nonce"));
}

/// A gateway behind tokens: it gives one after the other, and takes only the last.
#[derive(Clone, Debug, Default)]
struct Guarded {
    calls: Arc<AtomicUsize>,
    messages: Arc<AtomicUsize>,
    refused: Arc<AtomicUsize>,
    /// How many of the tokens that it gave are worth nothing any more.
    revoked: Arc<AtomicUsize>,
    answer: Arc<Mutex<Option<(u16, String)>>>,
    lefts: Arc<Mutex<Vec<Option<Duration>>>>,
}

#[async_trait]
impl Transport for Guarded {
    async fn call(&self, request: Request) -> Result<Response, TransportError> {
        self.lefts.lock().unwrap().push(request.extensions().get().map(|TimeLeft(left)| *left));
        // So that others come meanwhile.
        tokio::task::yield_now().await;
        let mut response = Response::default();
        if request.uri().path() == "/token" {
            let number = self.calls.fetch_add(1, Ordering::SeqCst) + 1;
            let body = String::from_utf8_lossy(request.body()).into_owned();
            let basic = request.headers().get("authorization").map(|value| value.to_str().unwrap());
            assert!(
                body.contains("client_secret=hunter2")
                    || basic == Some("Basic YXBwLTE6aHVudGVyMg=="),
                "{body} {basic:?}"
            );
            let (status, text) = self.answer.lock().unwrap().clone().unwrap_or_else(|| {
                (200, format!("{{\"access_token\":\"t-{number}\",\"expires_in\":3600}}"))
            });
            *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
            *response.body_mut() = text.into();
            return Ok(response);
        }
        let token = request.headers()["authorization"].to_str().unwrap();
        let number: usize = token.strip_prefix("Bearer t-").unwrap().parse().unwrap();
        if number <= self.revoked.load(Ordering::SeqCst) {
            self.refused.fetch_add(1, Ordering::SeqCst);
            *response.status_mut() = http::StatusCode::UNAUTHORIZED;
        } else {
            self.messages.fetch_add(1, Ordering::SeqCst);
        }
        Ok(response)
    }
}

impl Guarded {
    fn counts(&self) -> (usize, usize, usize) {
        let load = |count: &AtomicUsize| count.load(Ordering::SeqCst);
        (load(&self.calls), load(&self.messages), load(&self.refused))
    }
}

const OAUTH: &str = r#"
    [auth.oauth2_client_credentials]
    token_url = "https://auth.acme.example/token"
    client_id = "{{id}}"
    client_secret = "{{key}}"
    scope = "sms.send"
"#;

fn guarded(auth: &str) -> (Guarded, ManualClock, HttpGateway) {
    let (transport, clock) = (Guarded::default(), ManualClock::at(NOW));
    let builder = HttpGateway::builder(spec(auth).unwrap()).var("key", "hunter2");
    let gateway = builder.clock(clock.clone()).build_with(transport.clone()).unwrap();
    (transport, clock, gateway)
}

#[tokio::test]
async fn a_token_is_fetched_once_for_all_and_again_when_it_ends() {
    for auth in [OAUTH.to_owned(), format!("{OAUTH}\nin_body = true")] {
        let (transport, clock, gateway) = guarded(&auth);
        let mut sending = tokio::task::JoinSet::new();
        for _ in 0..100 {
            let gateway = gateway.clone();
            sending.spawn(async move { gateway.send(&message()).await.is_ok() });
        }
        assert!(sending.join_all().await.into_iter().all(|sent| sent));
        assert_eq!(transport.counts(), (1, 100, 0), "a hundred messages, one call");
        // Half a minute before its end it is fetched anew.
        clock.advance(Duration::from_secs(3_569));
        gateway.send(&message()).await.unwrap();
        assert_eq!(transport.counts(), (1, 101, 0));
        clock.advance(Duration::from_secs(2));
        gateway.send(&message()).await.unwrap();
        assert_eq!(transport.counts(), (2, 102, 0));
    }
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_before_the_refusal_counts() {
    let (transport, _, gateway) = guarded(OAUTH);
    gateway.send(&message()).await.unwrap();
    transport.revoked.store(1, Ordering::SeqCst);
    let mut sending = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let gateway = gateway.clone();
        sending.spawn(async move { gateway.send(&message()).await.is_ok() });
    }
    assert!(sending.join_all().await.into_iter().all(|sent| sent));
    let (calls, messages, refused) = transport.counts();
    assert_eq!((calls, messages), (2, 11), "one new token for all");
    assert!(refused <= 10);
    // A gateway that takes no token at all is asked twice and no more.
    transport.revoked.store(usize::MAX, Ordering::SeqCst);
    let error = gateway.send(&message()).await.unwrap_err();
    assert_eq!((error.kind(), error.fate()), (SendErrorKind::Unauthorized, Fate::Refused));
    assert_eq!(transport.counts(), (3, 11, refused + 2));
}

#[tokio::test]
async fn without_a_token_nothing_is_sent() {
    for (status, body, kind) in [
        (401, "", SendErrorKind::Unauthorized),
        (400, "{\"error\":\"invalid_client\"}", SendErrorKind::Unauthorized),
        (429, "", SendErrorKind::Throttled),
        (500, "", SendErrorKind::Unavailable),
        (302, "", SendErrorKind::Misconfigured),
        (200, "no JSON", SendErrorKind::Misconfigured),
        (200, "{}", SendErrorKind::Misconfigured),
        (200, "{\"access_token\":\"\"}", SendErrorKind::Misconfigured),
        (200, "{\"access_token\":\"a\\nb\"}", SendErrorKind::Misconfigured),
    ] {
        let (transport, _, gateway) = guarded(OAUTH);
        *transport.answer.lock().unwrap() = Some((status, body.to_owned()));
        let error = gateway.send(&message()).await.unwrap_err();
        assert_eq!((error.kind(), error.fate()), (kind, Fate::NotSent), "{status} {body}");
        assert_eq!(transport.counts(), (1, 0, 0));
    }
    // The call may have been sent, the message was not.
    let lost = ScriptedTransport::new()
        .fail(TransportError::maybe_sent(Stage::Request, "no answer came in time"));
    let gateway = HttpGateway::builder(spec(OAUTH).unwrap()).var("key", "hunter2");
    let gateway = gateway.build_with(lost).unwrap();
    let error = gateway.send(&message()).await.unwrap_err();
    assert_eq!((error.kind(), error.fate()), (SendErrorKind::Transport, Fate::NotSent));
}

#[tokio::test]
async fn a_gateway_s_words_hold_neither_token_nor_credentials() {
    let transport = ScriptedTransport::new()
        .answer(200, "{\"access_token\":\"tok-4711-needle\"}")
        .answer(409, "{\"error\":\"tok-4711-needle\",\"text\":\"tok-4711-needle of app-1: 123-456 0031003200330034\"}");
    let auth = format!(
        "{OAUTH}\n[[response]]\nwhen = {{ status = 409 }}\nthen = {{ outcome = \"blocked\", code = \"/error\", message = \"/text\" }}"
    );
    let builder = HttpGateway::builder(spec(&auth).unwrap()).var("key", "hunter2");
    let gateway = builder.build_with(transport).unwrap();
    let to = PhoneNumber::parse("+41791234567").unwrap();
    let message = Message::new(to, "123-456 is your code, 1234 for short").unwrap();
    let error = gateway.send(&message).await.unwrap_err();
    assert_eq!((error.kind(), error.gateway_code()), (SendErrorKind::Blocked, None), "{error}");
    assert_eq!(error.gateway_words(), Some("*** of app-1: *** ***"));
}

#[tokio::test]
async fn all_exchanges_together_have_one_deadline() {
    let (transport, _, gateway) = guarded(&format!("{OAUTH}\n[connection]\ntimeout = \"4s\""));
    gateway.send(&message()).await.unwrap();
    gateway.send(&message().with_time_left(Duration::from_secs(1))).await.unwrap();
    let lefts = transport.lefts.lock().unwrap();
    // The token call leaves an eighth of the time to the message.
    let millis = |millis| Some(Duration::from_millis(millis));
    assert_eq!(*lefts, [millis(3_500), millis(4_000), millis(1_000)]);
}

#[tokio::test]
async fn a_token_call_of_a_gateway_s_own_is_data_as_well() {
    let auth = r#"
        [auth.token]
        method = "GET"
        url = "https://auth.acme.example/v1/token?customerId={{id}}"
        query = { key = "{{key|base64}}" }
        headers = { Accept = "*/*" }
        token = "/data/0/token"
        lifetime = "1m"
        header = { name = "authToken", value = "{{token}}" }
    "#;
    let transport = ScriptedTransport::new()
        .answer(200, "{\"data\":[{\"token\":\"abc\"}]}")
        .answer(200, "{}")
        .answer(200, "{}");
    let builder = HttpGateway::builder(spec(auth).unwrap()).var("key", "hunter2");
    let builder = builder.allow(otpost::gateway::Lint::SecretInUrl);
    let gateway = builder.build_with(transport.clone()).unwrap();
    gateway.send(&message()).await.unwrap();
    gateway.send(&message()).await.unwrap();
    let requests = transport.requests();
    assert_eq!(requests.len(), 3);
    assert_eq!(
        requests[0].uri(),
        "https://auth.acme.example/v1/token?customerId=app-1&key=aHVudGVyMg%3D%3D"
    );
    assert_eq!(requests[0].headers()["accept"], "*/*");
    assert!(requests[1..].iter().all(|request| request.headers()["authtoken"] == "abc"));
    assert!(requests[1].headers()["authtoken"].is_sensitive());
    let shown = gateway.prepare(&message()).unwrap().to_string();
    assert!(shown.contains("authtoken: ***"), "{shown}");

    let refuse = |from: &str, to: &str, path: &str| {
        let builder = spec(&auth.replace(from, to)).map(|spec| {
            HttpGateway::builder(spec).var("key", "k").allow(otpost::gateway::Lint::SecretInUrl)
        });
        let error = builder.and_then(|builder| builder.build_with(ScriptedTransport::new()));
        assert_eq!(error.unwrap_err().path(), path, "{from} -> {to}");
    };
    refuse("{{token}}", "token", "auth.token.header.value");
    refuse("authToken", "X-App", "auth.token.header.name");
    refuse("/data/0/token", "data", "auth.token.token");
    refuse("{{id}}", "{{to}}", "auth.token.url.customerId");
    refuse("https://auth.acme.example", "ftp://x", "auth.token.url");
    let typed =
        Auth::Token(TokenAuth::post("https://a.example/t", "/t").with_json("{\"k\":\"{{key}}\"}"));
    assert_eq!(format!("{typed:?}"), "Auth::Token(***)");
}

#[test]
fn the_signed_host_is_the_one_that_goes_out() {
    for (origin, host) in [
        ("https://API.acme.example:443", "api.acme.example"),
        ("https://api.acme.example:8443", "api.acme.example:8443"),
    ] {
        let auth = "[auth.hmac]\nkey = \"{{key}}\"\nsign = \"{{host}}\"\nheaders = { X-S = \"{{signature}}\", X-Host = \"{{host}}\" }";
        let builder = HttpGateway::builder(spec(auth).unwrap()).var("key", "hunter2");
        // Also far in the future there is a date, and no panic.
        let builder = builder.origin(origin).clock(ManualClock::at(300_000_000_000));
        let gateway = builder.build_with(ScriptedTransport::new()).unwrap();
        assert_eq!(header(&gateway, "x-host"), host);
    }
    let dated = "[auth.hmac]\nkey = \"{{key}}\"\nsign = \"{{date}}\"\nheaders = { X-S = \"{{signature}}\", X-Date = \"{{date}}\" }";
    let builder = HttpGateway::builder(spec(dated).unwrap()).var("key", "hunter2");
    let builder = builder.clock(ManualClock::at(300_000_000_000));
    let gateway = builder.build_with(ScriptedTransport::new()).unwrap();
    assert_eq!(header(&gateway, "x-date"), "Fri, 31 Dec 9999 23:59:59 GMT");
}
