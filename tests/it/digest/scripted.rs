//! Challenges that no ordinary server sends, and what becomes of a message then.

use std::time::Duration;

use otpost::async_trait;
use otpost::gateway::{Auth, GatewaySpec, HttpGateway, Outcome, Rule, VarSpec};
use otpost::provider::{Fate, Provider, SendError, SendErrorKind, Stage};
use otpost::testing::{ManualClock, ScriptedTransport};
use otpost::transport::{Request, Response, TimeLeft, Transport, TransportError};

use super::{NOW, message};

const CHALLENGE: &str = "Digest realm=\"r\", nonce=\"n\", qop=\"auth\"";

fn answer(status: u16, headers: &[(&'static str, &str)]) -> Response {
    let mut response = Response::new("{}".into());
    *response.status_mut() = http::StatusCode::from_u16(status).unwrap();
    for (name, value) in headers {
        response.headers_mut().append(*name, value.parse().unwrap());
    }
    response
}

fn challenge(value: &str) -> Response {
    answer(401, &[("www-authenticate", value)])
}

fn gateway_with(transport: impl Transport, rules: Vec<Rule>, clock: ManualClock) -> HttpGateway {
    let spec = GatewaySpec::builder("acme", "Acme")
        .var("password", VarSpec::secret())
        .post("https://sms.acme.example/send")
        .json(r#"{ "to": "{{to}}", "text": "{{text}}" }"#)
        .auth(Auth::http_digest("acme", "{{password}}"));
    let spec = rules.into_iter().fold(spec, |spec, rule| spec.rule(rule)).build();
    let builder = HttpGateway::builder(spec).var("password", "hunter2").clock(clock);
    builder.build_with(transport).unwrap()
}

fn gateway(transport: &ScriptedTransport) -> HttpGateway {
    gateway_with(transport.clone(), Vec::new(), ManualClock::at(NOW))
}

fn script(responses: Vec<Response>) -> ScriptedTransport {
    responses.into_iter().fold(ScriptedTransport::new(), ScriptedTransport::respond)
}

/// Sends a message, which fails, and returns the error and the number of requests.
async fn fails(responses: Vec<Response>) -> (SendError, usize) {
    let transport = script(responses);
    let error = gateway(&transport).send(&message()).await.unwrap_err();
    (error, transport.requests().len())
}

#[tokio::test]
async fn challenges_that_cannot_be_answered_are_explained() {
    for (value, reason) in [
        ("Basic realm=\"r\"", "offers no Digest"),
        ("Negotiate", "offers no Digest"),
        ("Digest realm=\"r\"", "malformed"),
        ("Digest nonce=\"n\"", "malformed"),
        ("Digest realm=\"r\", nonce=\"n", "malformed"),
        ("Digest realm=\"r\", nonce=\"n\", nonce=\"n\"", "malformed"),
        ("Digest realm=\"r\", nonce=\"n\", algorithm=SHA-1", "unknown algorithm"),
        ("Digest realm=\"r\", nonce=\"n\", qop=\"token\"", "quality of protection"),
    ] {
        let (error, requests) = fails(vec![challenge(value), answer(200, &[])]).await;
        assert_eq!((error.kind(), error.fate()), (SendErrorKind::Unauthorized, Fate::Refused));
        assert!(error.explanation().unwrap().contains(reason), "{value}: {error:?}");
        assert_eq!(requests, 1, "{value}");
    }
    let (error, requests) = fails(vec![answer(401, &[])]).await;
    assert!(error.explanation().unwrap().contains("offers no Digest") && requests == 1);
    // A proxy is another server.
    let proxy = answer(407, &[("proxy-authenticate", CHALLENGE)]);
    let (error, requests) = fails(vec![proxy, answer(200, &[])]).await;
    assert_eq!(
        (error.kind(), requests, error.explanation()),
        (SendErrorKind::Unauthorized, 1, None)
    );
}

#[tokio::test]
async fn messages_are_sent_twice_at_most() {
    let stale = || challenge(&format!("{CHALLENGE}, stale=true"));
    // The credentials are right, and another provider or a later attempt may deliver the message.
    let (error, requests) = fails(vec![challenge(CHALLENGE), stale(), answer(200, &[])]).await;
    assert_eq!((error.kind(), error.fate()), (SendErrorKind::Unavailable, Fate::NotSent));
    assert!(error.explanation().unwrap().contains("expired") && requests == 2);
    let (error, requests) =
        fails(vec![challenge(CHALLENGE), challenge(CHALLENGE), answer(200, &[])]).await;
    assert_eq!((error.kind(), error.fate()), (SendErrorKind::Unauthorized, Fate::Refused));
    assert_eq!(requests, 2);
    // The stale challenge is answered by the next message at once.
    let responses = vec![challenge(CHALLENGE), stale(), answer(200, &[])];
    let transport = script(responses);
    let gateway = gateway(&transport);
    gateway.send(&message()).await.unwrap_err();
    gateway.send(&message()).await.unwrap();
    let requests = transport.requests();
    assert!(!requests[0].headers().contains_key("authorization"));
    for request in &requests[1..] {
        let header = &request.headers()["authorization"];
        let text = header.to_str().unwrap();
        assert!(text.starts_with("Digest username=\"acme\"") && header.is_sensitive(), "{text}");
        assert!(text.contains("nc=00000001") && text.contains("uri=\"/send\""), "{text}");
    }
}

/// Credentials that were accepted are tried again with a new nonce, even without `stale`.
#[tokio::test]
async fn servers_that_restart_are_answered_again() {
    let other = "Digest realm=\"r\", nonce=\"other\", qop=\"auth\"";
    let ok = || answer(200, &[]);
    let transport = script(vec![challenge(CHALLENGE), ok(), challenge(other), ok(), ok()]);
    let gateway = gateway(&transport);
    for _ in 0..3 {
        gateway.send(&message()).await.unwrap();
    }
    let headers: Vec<_> = transport
        .requests()
        .iter()
        .filter_map(|request| request.headers().get("authorization").cloned())
        .map(|header| header.to_str().unwrap().to_owned())
        .collect();
    let part = |header: &str, name: &str| {
        header.split(", ").find(|part| part.starts_with(name)).unwrap().to_owned()
    };
    let used: Vec<_> =
        headers.iter().map(|header| (part(header, "nonce="), part(header, "nc="))).collect();
    let expected = [("n", 1), ("n", 2), ("other", 1), ("other", 2)]
        .map(|(nonce, count)| (format!("nonce=\"{nonce}\""), format!("nc={count:08x}")));
    assert_eq!(used, expected);
}

#[tokio::test]
async fn fates_are_those_of_the_last_request() {
    for (last, fate) in [
        (TransportError::maybe_sent(Stage::Headers, "no answer"), Fate::Unknown),
        (TransportError::not_sent(Stage::Tcp, "refused"), Fate::NotSent),
    ] {
        let transport = script(vec![challenge(CHALLENGE)]).fail(last);
        let error = gateway(&transport).send(&message()).await.unwrap_err();
        assert_eq!((error.kind(), error.fate()), (SendErrorKind::Transport, fate));
        assert_eq!(transport.requests().len(), 2);
    }
    let (error, requests) = fails(vec![challenge(CHALLENGE), answer(429, &[])]).await;
    assert_eq!((error.kind(), requests), (SendErrorKind::Throttled, 2));
    // The head of a response is enough for the challenge.
    let (head, _) = challenge(CHALLENGE).into_parts();
    let broken = TransportError::maybe_sent(Stage::Body, "the body broke off").with_head(head);
    let transport = ScriptedTransport::new().fail(broken).answer(200, "{}");
    gateway(&transport).send(&message()).await.unwrap();
    // If a rule does not take 401 for a refusal, the message may have been sent.
    for outcome in [Outcome::Unknown, Outcome::Accepted] {
        let transport = script(vec![challenge(CHALLENGE), answer(200, &[])]);
        let rules = vec![Rule::new(outcome).when_status(401)];
        let gateway = gateway_with(transport.clone(), rules, ManualClock::at(NOW));
        let sent = gateway.send(&message()).await;
        assert_eq!(sent.is_ok(), outcome == Outcome::Accepted);
        assert_eq!(transport.requests().len(), 1, "{outcome}");
    }
}

/// A server whose first answer takes some time.
#[derive(Clone, Debug)]
struct Slow {
    script: ScriptedTransport,
    clock: ManualClock,
    takes: Duration,
}

#[async_trait]
impl Transport for Slow {
    async fn call(&self, request: Request) -> Result<Response, TransportError> {
        self.clock.advance(self.takes);
        self.script.call(request).await
    }
}

#[tokio::test]
async fn timeouts_are_for_both_requests() {
    for (takes, left) in [(4, Some(11)), (15, None)] {
        let (script, clock) =
            (script(vec![challenge(CHALLENGE), answer(200, &[])]), ManualClock::at(NOW));
        let takes = Duration::from_secs(takes);
        let slow = Slow { script: script.clone(), clock: clock.clone(), takes };
        let sent = gateway_with(slow, Vec::new(), clock).send(&message()).await;
        let requests = script.requests();
        let time = |at: usize| requests.get(at)?.extensions().get::<TimeLeft>().map(|left| left.0);
        assert_eq!(time(0), Some(Duration::from_secs(15)));
        assert_eq!(time(1), left.map(Duration::from_secs));
        match left {
            Some(_) => drop(sent.unwrap()),
            // Only the first request was sent, and the server refused it.
            None => {
                let error = sent.unwrap_err();
                assert_eq!((error.kind(), error.fate()), (SendErrorKind::Transport, Fate::NotSent));
            }
        }
    }
}

#[test]
fn credentials_of_digest_are_checked_and_not_shown() {
    let spec = |username: &str, password: &str| {
        GatewaySpec::builder("acme", "Acme")
            .var("password", VarSpec::secret())
            .var("maybe", VarSpec::required().with_optional())
            .post("https://sms.acme.example/send")
            .json(r#"{ "to": "{{to}}", "text": "{{text}}", "x": "{{maybe}}" }"#)
            .auth(Auth::http_digest(username, password))
            .build()
    };
    spec("acme", "{{password}}").check().unwrap();
    for (username, password, path) in [
        ("{{to}}", "{{password}}", "auth.http_digest.username"),
        ("{{maybe}}", "{{password}}", "auth.http_digest.username"),
        ("acme", "{{code}}{{password}}", "auth.http_digest.password"),
        ("acme", "hunter2", "auth.http_digest.password"),
        ("{{nobody}}", "{{password}}", "auth.http_digest.username"),
    ] {
        let error = spec(username, password).check().unwrap_err();
        assert_eq!(error.path(), path, "{error}");
        assert!(!error.to_string().contains("hunter2"));
    }
    let build = |username: &str| {
        let builder =
            HttpGateway::builder(spec(username, "{{password}}")).var("password", "hunter2");
        builder.build_with(ScriptedTransport::new())
    };
    assert_eq!(build("ac\nme").unwrap_err().path(), "auth.http_digest.username");
    let gateway = build("acme").unwrap();
    // The server's challenge is not known in a dry run.
    let prepared = gateway.prepare(&message()).unwrap();
    assert!(prepared.expose_headers().all(|(name, _)| *name != "authorization"));
    assert!(
        !format!("{gateway:?}{prepared}{:?}", spec("acme", "{{password}}")).contains("hunter2")
    );
    let toml =
        "[auth.http_digest]\nusername = \"acme\"\npassword = \"{{password}}\"\nrealm = \"r\"";
    let text = spec("acme", "{{password}}").to_toml().unwrap();
    let text = text.split("[auth]").next().unwrap().to_owned() + toml;
    let error = GatewaySpec::from_toml(&text).unwrap_err();
    assert_eq!(error.path(), "auth.http_digest.realm", "{error}");
    assert!(error.to_string().contains("realm"), "{error}");
}
