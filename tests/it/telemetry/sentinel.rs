//! L2: nothing that is recorded has a code, a number, a text, a token, a secret or a URL in it.

use std::sync::{Arc, Mutex};

use otpost::challenge::{
    Challenges, ChallengesBuilder, Client, Event, Limits, Pepper, Policy, Purpose,
};
use otpost::provider::{CircuitBreaker, Failover, Provider, Retry, Throttle};
use otpost::store::MemoryStore;
use otpost::testing::RecordingProvider;
use otpost::{Digits, HttpGateway, PhoneNumber, gateways};
use otpost_testing::{MockAnswer, MockGateway};

use crate::redaction::all_logs_on;

const LOGIN: Purpose<'static> = Purpose::new("login");
const PASSWORD: &str = "Rumpelstilzchen7";

fn builder() -> ChallengesBuilder {
    Challenges::builder(Pepper::new(1, vec![0xa7; 32]).unwrap())
        .app("Neuschwanstein")
        .any_region()
        .limits(Limits::none())
        // Eight digits are none by chance.
        .policy(Policy::sms().with_digits(Digits::Eight))
}

/// The forms in which a text can come out.
fn forms(text: &str) -> Vec<String> {
    let hex = text.bytes().map(|byte| format!("{byte:02x}")).collect::<String>();
    let mut forms = vec![hex.to_uppercase(), hex];
    for name in ["base64", "url"] {
        let filter = otpost::message::Filter::parse(name);
        let coded = filter.and_then(|filter| filter.apply(text.into()).ok());
        forms.extend(coded.map(|text| text.trim_end_matches('=').to_owned()));
    }
    assert!(forms.len() > 2);
    forms.extend([text.to_owned(), format!("{:?}", text.as_bytes())]);
    forms
}

/// Fails in all ways that a gateway can, and repeats in each of them what it was given.
async fn gateway(mock: &MockGateway, provider: &dyn Provider, needles: &mut Vec<String>) {
    for at in 0..12 {
        let to = format!("+4179887{:04}", 4_000 + at);
        needles.push(to[1..].to_owned());
        let to = PhoneNumber::parse(&to).unwrap();
        let code = format!("739182{at:02}");
        let text = format!("{code} is your code, Schneewittchen");
        let echo =
            format!(r#"{{"responseCode":5,"responseMessage":"{} {PASSWORD} {text}"}}"#, to.plain());
        let message = otpost::Message::new(to, text).unwrap();
        let message = message.with_code(otpost::Code::parse(&code).unwrap());
        needles.push(code);
        mock.answer_always(match at % 4 {
            0 => MockAnswer::new(200, echo),
            1 => MockAnswer::Close,
            2 => MockAnswer::new(401, echo),
            _ => MockAnswer::Truncate { status: 200, body: echo },
        });
        let _ = provider.send(&message).await;
    }
}

#[tokio::test]
async fn telemetry_shows_no_secret_with_all_levels_on() {
    let test = "telemetry::sentinel::telemetry_shows_no_secret_with_all_levels_on";
    let Some(log) = all_logs_on(test) else { return };
    let mut needles = vec![PASSWORD.to_owned(), "Schneewittchen".to_owned(), "a7a7a7".to_owned()];

    let spec = otpost::gateways::with_examples("link-mobility").unwrap();
    let mock = MockGateway::start(&spec).await.unwrap();
    let build = || -> HttpGateway {
        let builder = gateways::link_mobility("acme", PASSWORD).origin(&mock.origin());
        builder.build().unwrap()
    };
    // With the password in the query.
    let eagle = gateways::smseagle_v1(mock.origin(), PASSWORD).build().unwrap();
    let wrapped =
        Failover::new(Retry::new(CircuitBreaker::new(Throttle::new(build())))).with_fallback(eagle);
    gateway(&mock, &wrapped, &mut needles).await;
    gateway(&mock, &build(), &mut needles).await;

    let told = Arc::new(Mutex::new(String::new()));
    let phone = RecordingProvider::new();
    let stores = [false, true];
    for is_queued in stores {
        let heard = told.clone();
        let builder =
            builder().provider(Retry::new(phone.clone())).observer(move |event: &Event<'_>| {
                heard.lock().unwrap().push_str(&format!("{event:?}\n"))
            });
        let builder = match is_queued {
            true => builder.outbox(MemoryStore::new()),
            false => builder.store(MemoryStore::new()),
        };
        let challenges = builder.build().unwrap();
        for at in 0..10 {
            let to = PhoneNumber::parse(&format!("+417987766{at:02}")).unwrap();
            let challenge = challenges.issue(&to, LOGIN, Client::Internal).await.unwrap();
            if let Some(worker) = challenges.worker() {
                worker.step().await.unwrap();
            }
            let code = phone.messages().pop().unwrap().code().unwrap().expose().to_owned();
            let token = challenge.token();
            for typed in ["00000000", &code, &code, "x"] {
                let _ = challenges.verify(token, LOGIN, typed).await.unwrap();
            }
            let _ = challenges.resend(token, LOGIN, Client::Internal).await;
            needles.extend([code, to.plain().to_owned(), token.to_string()]);
        }
    }

    let seen = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    for name in super::documented().keys() {
        let rare = ["circuit_closed", "throttle_waited", "throttle_refused", "store_failed"];
        let is_rare = rare.iter().any(|rare| name.ends_with(rare));
        // The formatter prints the name of a span, and of an event the text only.
        let is_span = ["send", "attempt", "issue", "resend", "verify"]
            .iter()
            .any(|span| *name == format!("otpost.{span}"));
        assert!(is_rare || !is_span || seen.contains(name.as_str()), "{name} is not logged");
    }
    assert!(seen.contains("message not accepted") && seen.contains("gateway_words"));
    assert!(seen.contains("stage reached") && seen.contains("queued message processed"));
    assert!(needles.len() > 60, "{}", needles.len());
    let told = told.lock().unwrap();
    assert!(told.contains("Sent") && told.contains("ProviderMessageId"));
    for needle in needles.iter().flat_map(|needle| forms(needle)) {
        assert!(!seen.contains(&needle), "{needle} is logged");
        assert!(!told.contains(&needle), "{needle} is told");
    }
}
