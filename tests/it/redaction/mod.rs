//! A needle in every secret, code, number and text, and a search for it in everything that can be printed.

mod digits;
mod keys;
pub(crate) mod logs;

use std::error::Error;
use std::fmt::{Debug, Display};
use std::time::Duration;

use otpost::gateway::{
    Auth, CallSpec, Connection, Example, GatewaySpec, HashAlgorithm, HashAuth, HmacAuth,
    HttpGateway, HttpGatewayBuilder, JwtAlgorithm, JwtAuth, OAuth2, PreparedRequest, TokenAuth,
    ValueSpec, VarSource, VarSpec,
};
use otpost::message::TextTemplate;
use otpost::otp::{Hotp, LookAhead, Secret, Totp};
use otpost::provider::{
    CircuitBreaker, ConsoleProvider, Failover, Fate, Provider, Receipt, Retry, Route, RouteTarget,
    SendError, SendErrorKind, Throttle,
};
use otpost::redact::Redactor;
use otpost::secret::SecretBytes;
use otpost::testing::{RecordingProvider, ScriptedTransport};
use otpost::transport::{Request, ReqwestTransport, TransportOptions};
use otpost::{Code, Message, PhoneNumber, SecretString, gateways};
use otpost_testing::{
    Fault, FaultProtocol, FaultServer, MockAnswer, MockGateway, RecordedRequest, TestAuthority,
    TestCertificate,
};

use logs::Log;
pub(crate) use logs::all_logs_on;

/// With characters that every encoding changes.
const PASSWORD: &str = "Ndl&P+ss \"w/rd%7";
const CODE: &str = "739182";
const NUMBER: &str = "+41798877665";
const WORD: &str = "Rumpelstilzchen";

/// Each needle in each form in which it can come out.
fn needles() -> Vec<String> {
    let mut needles = Vec::new();
    for secret in [PASSWORD, CODE, NUMBER, &NUMBER[1..], &NUMBER[3..], WORD] {
        let form = form_urlencoded::byte_serialize(secret.as_bytes()).collect::<String>();
        let json = serde_json::to_string(secret).unwrap().trim_matches('"').to_owned();
        let hex = secret.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
        needles.extend([secret.to_owned(), form.replace('+', "%20"), form, json]);
        needles.extend([hex.to_uppercase(), hex, base64(secret)]);
        // `Debug` of a byte slice.
        needles.push(format!("{:?}", secret.as_bytes()).trim_matches(['[', ']']).to_owned());
    }
    needles.push(base64(&format!("acme:{PASSWORD}")));
    needles.push(
        Secret::from_bytes(*b"12345678901234567890").unwrap().to_base32().expose().to_owned(),
    );
    needles
}

fn base64(text: &str) -> String {
    // Otpost's own filter, checked against known values elsewhere.
    let filter = otpost::message::Filter::parse("base64").unwrap();
    filter.apply(text.into()).unwrap().trim_end_matches('=').to_owned()
}

#[track_caller]
fn search(what: &str, text: &str) {
    for needle in needles() {
        assert!(!text.contains(&needle), "{what} shows {needle:?}:\n{text}");
    }
}

#[track_caller]
fn debug(value: &impl Debug) {
    search("Debug", &format!("{value:?}"));
    search("Debug", &format!("{value:#?}"));
}

#[track_caller]
fn display(value: &impl Display) {
    search("Display", &format!("{value}"));
    search("Display", &format!("{value:#}"));
}

#[track_caller]
fn chain(error: &(dyn Error + 'static)) {
    let mut next = Some(error);
    while let Some(error) = next {
        search("an error", &format!("{error} {error:?} {error:#?}"));
        next = error.source();
    }
}

fn message() -> Message {
    let code = Code::parse(CODE).unwrap();
    let text = TextTemplate::parse("{{code}} is your code, {{name}}")
        .unwrap()
        .with_var("name", WORD)
        .unwrap();
    debug(&text);
    Message::compose(PhoneNumber::parse(NUMBER).unwrap(), &text, &code, Duration::from_secs(300))
        .unwrap()
        .with_var("dlr_url", format!("http://127.0.0.1/{PASSWORD}").replace([' ', '"'], ""))
        .with_var("dlt.entity_id", PASSWORD)
}

#[test]
fn values_do_not_show_themselves() {
    let secret = Secret::from_bytes(*b"12345678901234567890").unwrap();
    debug(&secret);
    debug(&Hotp::new(&secret));
    debug(&Totp::new(&secret));
    let hotp = Hotp::new(&secret);
    debug(&hotp.verify(&hotp.generate(3), 3, LookAhead::NONE).unwrap());
    debug(&Code::parse(CODE).unwrap());
    debug(&SecretString::new(PASSWORD));
    debug(&SecretBytes::new(PASSWORD));
    debug(&Redactor::new().with_login(WORD, PASSWORD).with_number(NUMBER));
    let number = PhoneNumber::parse(NUMBER).unwrap();
    debug(&number);
    display(&number);
    debug(&message());
    chain(&Code::parse(WORD).unwrap_err());
    chain(&Secret::from_base32(WORD).unwrap_err());
    chain(&PhoneNumber::parse(WORD).unwrap_err());
    chain(&PhoneNumber::parse(&format!("{NUMBER},{NUMBER}")).unwrap_err());
    chain(&Message::new(number, format!("{WORD}\0")).unwrap_err());
    let filter = otpost::message::Filter::parse("plain").unwrap();
    chain(&filter.apply(PASSWORD.into()).unwrap_err());
    chain(&otpost::message::SenderId::parse(PASSWORD).unwrap_err());
    chain(&otpost::message::Locale::parse(PASSWORD).unwrap_err());
}

#[test]
fn specs_and_their_values_do_not_show_themselves() {
    // Somebody writes secrets where they do not belong: the spec then shows nothing, and says so.
    let spec = GatewaySpec::builder("acme", "Acme")
        .var("a", VarSpec::required().with_default(PASSWORD))
        .post(format!("https://acme.example/{WORD}"))
        .header("X-Api-Key", PASSWORD)
        .form("password", PASSWORD)
        .form("a", "{{a}}")
        .form("to", "{{to}}")
        .form("text", "{{text}}")
        .auth(Auth::basic(WORD, PASSWORD))
        .connection(Connection::default().with_proxy(format!("http://u:{WORD}@10.0.0.1")))
        .example(Example::new(200, WORD, otpost::gateway::Outcome::Accepted));
    debug(&spec);
    let spec = spec.build();
    debug(&spec);
    debug(&spec.examples());
    for (_, var) in spec.vars() {
        debug(var);
    }
    debug(&Auth::basic(WORD, PASSWORD));
    debug(&Auth::bearer(PASSWORD));
    debug(&Auth::header("X", PASSWORD));
    debug(&Auth::query("x", PASSWORD));
    let oauth2 = Auth::oauth2(format!("https://{WORD}"), WORD, PASSWORD);
    debug(&oauth2);
    if let Auth::OAuth2ClientCredentials(inner) = &oauth2 {
        let inner: &OAuth2 = inner;
        debug(inner);
    }
    debug(&ValueSpec::json(WORD).with_var(WORD).with_condition(WORD, PASSWORD));
    debug(&TokenAuth::post(format!("https://{WORD}"), WORD).with_basic(WORD, PASSWORD));
    debug(&CallSpec::post(format!("https://{WORD}")).with_header("X", WORD));
    debug(&HmacAuth::new(PASSWORD, WORD).with_header("X", WORD));
    debug(&Auth::http_digest(WORD, PASSWORD));
    let jwt = JwtAuth::new(JwtAlgorithm::Hs256, PASSWORD, WORD).with_key_id(WORD);
    debug(&jwt);
    debug(&Auth::Jwt(jwt));
    debug(&HashAuth::new(HashAlgorithm::Md5, PASSWORD).with_form("x", WORD).with_part("y", WORD));
    debug(&Connection::default().with_proxy(format!("http://u:{WORD}@10.0.0.1")));
    debug(&VarSource::from(PASSWORD));
    debug(&VarSource::file(format!("/{WORD}")));
    let builder: HttpGatewayBuilder = HttpGateway::builder(spec).var("a", PASSWORD);
    debug(&builder);
    let refused = builder.build_with(ScriptedTransport::new()).unwrap_err();
    assert_eq!(refused.path(), "request.form.password");
    chain(&refused);
    for toml in [
        format!("spec = \"{PASSWORD}\"").replace("\"w", "w"),
        format!("spec = 1\n\"{WORD}"),
        format!("spec = 1\nid = {WORD}"),
    ] {
        chain(&GatewaySpec::from_toml(&toml).unwrap_err());
    }
    let options = TransportOptions::new().with_proxy(format!("http://u:{WORD}@127.0.0.1:9"));
    debug(&options);
    debug(&ReqwestTransport::new(&options).unwrap());
    chain(&ReqwestTransport::new(&TransportOptions::new().with_proxy(PASSWORD)).unwrap_err());
}

/// Every gateway of the catalogue, with needles for all that it is given.
fn all_gateways(origin: &str) -> Vec<HttpGateway> {
    let password = || PASSWORD.replace([' ', '"'], "");
    let builders = [
        gateways::clickatell(password()),
        gateways::diafaan(origin).var("username", "acme").var("password", PASSWORD),
        gateways::kannel(origin, "acme", password()),
        gateways::link_mobility("acme", PASSWORD),
        gateways::message_central("acme", password()),
        gateways::messagebird(password(), "Acme"),
        gateways::nowsms(origin, "acme", PASSWORD),
        gateways::ozeki(origin, "acme", PASSWORD),
        gateways::smsala("acme", PASSWORD, "Acme"),
        gateways::smseagle_v1(origin, PASSWORD),
        gateways::smseagle_v2(origin, password()),
    ];
    let builders = builders.into_iter();
    builders
        .map(|builder| {
            debug(&builder);
            let transport = ReqwestTransport::new(
                &TransportOptions::new().with_timeout(Duration::from_millis(300)),
            );
            builder.origin(origin).build_with(transport.unwrap()).unwrap()
        })
        .collect()
}

#[test]
fn a_dry_run_is_masked() {
    for gateway in all_gateways("http://127.0.0.1:9") {
        let prepared: PreparedRequest = gateway.prepare(&message()).unwrap();
        debug(&gateway);
        debug(&prepared);
        display(&prepared);
        // The needles are there, or the search would prove nothing.
        let exposed = format!("{} {:?}", prepared.expose_url(), prepared.expose_body());
        assert!(needles().iter().any(|needle| exposed.contains(needle)), "{}", gateway.name());
    }
}

/// Every fault of the matrix, with the needles in a form and in a query. How many sends have failed.
async fn every_fault(echo: &str) -> usize {
    let authority = TestAuthority::new().unwrap();
    let options = TransportOptions::new()
        .with_timeout(Duration::from_millis(300))
        .with_ca_certificates(authority.pem().into_bytes())
        .with_http2();
    let transport = ReqwestTransport::new(&options).unwrap();
    let mut failures = 0;
    for fault in Fault::all(echo) {
        let script = fault.script();
        let server = match fault.protocol() {
            FaultProtocol::Http2 => {
                let valid = TestCertificate::Valid;
                FaultServer::start_tls(script, FaultProtocol::Http2, &authority, valid).await
            }
            _ => FaultServer::start(script).await,
        };
        let server = server.unwrap();
        let mut origin = server.origin();
        if fault.protocol() == FaultProtocol::Tls {
            origin = origin.replace("http://", "https://");
        }
        let post = gateways::link_mobility("acme", PASSWORD).origin(&origin);
        for builder in [post, gateways::smseagle_v1(origin.as_str(), PASSWORD)] {
            let gateway = builder.build_with(transport.clone()).unwrap();
            if let Err(error) = gateway.send(&message()).await {
                failures += 1;
                chain(&error);
                display(&error);
                search("the gateway's words", error.gateway_words().unwrap_or_default());
            }
        }
    }
    assert!(failures > 100, "{failures}");
    failures
}

#[tokio::test]
async fn a_whole_send_with_all_logs_on_shows_nothing() {
    let test = "redaction::a_whole_send_with_all_logs_on_shows_nothing";
    let Some(log) = all_logs_on(test) else { return };

    // An answer that repeats all that it was given, in every place that a rule reads.
    let echo = format!(
        r#"{{"code":"{WORD}","responseCode":"{NUMBER}","responseMessage":"{CODE} {NUMBER}","messages":[{{"error":{{"code":1,"description":"{WORD}"}}}}],
           "errors":[{{"code":2,"description":"{CODE}"}}],"status":"F","remarks":"{NUMBER}","response_code":"{WORD}","http_code":401}}"#
    );
    let mock = MockGateway::start(&otpost::gateways::with_examples("link-mobility").unwrap())
        .await
        .unwrap();
    debug(&mock);
    let answers = [
        MockAnswer::new(200, echo.as_str()),
        MockAnswer::new(401, format!("Authorization failed {NUMBER} {CODE}")),
        MockAnswer::new(200, format!("ERROR: {CODE} {NUMBER}")),
        MockAnswer::new(200, format!("ERROR:{WORD} x")),
        MockAnswer::new(200, format!("ERROR:{}", &NUMBER[1..])),
        MockAnswer::new(302, "").with_header("Location", format!("http://127.0.0.1:9/{CODE}")),
        MockAnswer::Close,
        MockAnswer::Raw(format!("{NUMBER} {CODE}\r\n\r\n").into()),
        MockAnswer::Truncate { status: 200, body: echo.clone() },
        MockAnswer::Stall,
    ];
    let mut failures = 0;
    for answer in answers {
        mock.answer_always(answer);
        for gateway in all_gateways(&mock.origin()) {
            match gateway.send(&message()).await {
                Ok(receipt) => debug(&receipt),
                Err(error) => {
                    failures += 1;
                    chain(&error);
                    search("the gateway's words", error.gateway_words().unwrap_or_default());
                }
            }
        }
    }
    for gateway in all_gateways("http://127.0.0.1:9") {
        // Around each of them everything that wraps, with its trail.
        let wrapped =
            Failover::new(Retry::new(CircuitBreaker::new(Throttle::new(gateway.clone()))))
                .with_fallback(Route::new().with_target(RouteTarget::new(gateway)));
        debug(&wrapped);
        chain(&wrapped.send(&message()).await.unwrap_err());
    }
    failures += every_fault(&echo).await;
    // The application's own client that follows a redirect back to itself, with the query in the URL.
    let own = ReqwestTransport::from_client(
        reqwest::Client::builder().https_only(false).build().unwrap(),
        &TransportOptions::new(),
    );
    debug(&own);
    let get = gateways::smseagle_v1(mock.origin(), PASSWORD).build_with(own).unwrap();
    mock.answer_always(
        MockAnswer::new(302, "").with_header("Location", format!("ftp://x/?{WORD}={CODE}")),
    );
    chain(&get.send(&message()).await.unwrap_err());

    let requests = mock.requests();
    let seen: Vec<&RecordedRequest> = requests.iter().collect();
    debug(&seen);
    assert!(failures > 80 && seen.len() > 80, "{failures} failures of {} requests", seen.len());
    let text = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(
        ["TRACE", "hyper_util", "reqwest", "h2::"].iter().all(|part| text.contains(part)),
        "the logs are on"
    );
    search("the log", &text);
}

#[tokio::test]
async fn doubles_and_receipts_do_not_show_what_they_hold() {
    let recording = RecordingProvider::new();
    recording.send(&message()).await.unwrap();
    debug(&recording);
    let transport = ScriptedTransport::new().answer(200, WORD);
    let gateway = gateways::link_mobility("acme", PASSWORD).build_with(transport.clone()).unwrap();
    chain(&gateway.send(&message()).await.unwrap_err());
    let kept: Vec<Request> = transport.requests();
    assert_eq!(kept.len(), 1);
    debug(&transport);
    debug(&Receipt::new("acme").with_message_id(NUMBER));
    let error = SendError::new(SendErrorKind::Unknown, Fate::Unknown).with_gateway_message(NUMBER);
    chain(&error);
    let printed = Log::default();
    let console = ConsoleProvider::with_writer(printed.clone());
    debug(&console);
    console.send(&message()).await.unwrap();
    let line = String::from_utf8(printed.0.lock().unwrap().clone()).unwrap();
    assert!(
        line.contains(CODE) && !line.contains(&NUMBER[3..]),
        "the code is its purpose, the number is not"
    );
}
