//! Sends through wrappers and gateways.

use std::future::pending;
use std::num::{NonZeroU32, NonZeroUsize};
use std::time::Duration;

use otpost::clock::{Timer, TokioTimer};
use otpost::gateway::HttpGateway;
use otpost::phone::RegionPolicy;
use otpost::provider::{
    CircuitBreaker, Failover, Fate, Preflight, Provider, Receipt, Retry, Route, RouteTarget,
    SendError, SendErrorKind, Stage, Throttle,
};
use otpost::testing::{RecordingProvider, ScriptedTransport};
use otpost::transport::TransportError;
use otpost::{Message, PhoneNumber, async_trait, gateways};
use otpost_testing::{MockAnswer, MockGateway};
use tracing::Instrument;

use super::{Capture, all, check, names, only};

const ACCEPTED: &str = r#"{"responseCode":0,"messageIds":["1-1"]}"#;

fn message() -> Message {
    Message::new(PhoneNumber::parse("+41791234567").unwrap(), "012345 is your code").unwrap()
}

fn gateway(transport: ScriptedTransport) -> HttpGateway {
    gateways::link_mobility("acme", "hunter2").build_with(transport).unwrap()
}

fn transport_error() -> SendError {
    SendError::new(SendErrorKind::Transport, Fate::NotSent).with_stage(Stage::Tls)
}

#[tokio::test]
async fn telemetry_of_a_send_that_is_accepted() {
    let capture = Capture::start();
    gateway(ScriptedTransport::new().answer(200, ACCEPTED)).send(&message()).await.unwrap();
    let seen = capture.take();
    assert_eq!(
        names(&seen),
        ["otpost.send", "otpost.attempt", "otpost.transport_response", "otpost.sent"]
    );
    check(
        &seen[0],
        &[
            ("otel.kind", "client"),
            ("provider", "link-mobility"),
            ("region", "CH"),
            ("fate", "accepted"),
            ("attempts", "1"),
        ],
    );
    check(
        &seen[1],
        &[
            ("otel.kind", "client"),
            ("provider", "link-mobility"),
            ("attempt", "1"),
            ("fate", "accepted"),
        ],
    );
    check(&seen[2], &[("http.response.status_code", "200"), ("network.protocol.version", "1.1")]);
    check(
        &seen[3],
        &[("provider", "link-mobility"), ("region", "CH"), ("fate", "accepted"), ("attempts", "1")],
    );
    assert_eq!(seen[1].within, ["otpost.send"]);
    assert_eq!(seen[2].within, ["otpost.send", "otpost.attempt"]);
    assert_eq!(seen[3].within, ["otpost.send"]);
}

#[tokio::test(start_paused = true)]
async fn telemetry_of_a_send_that_fails_after_retries_and_failover() {
    let capture = Capture::start();
    let unreachable = || TransportError::not_sent(Stage::Tcp, "connection refused");
    let first = ScriptedTransport::new().fail(unreachable()).fail(unreachable());
    let words = r#"{"responseCode":2,"responseMessage":"no credit for 41791234567"}"#;
    let second = ScriptedTransport::new().answer(402, words);
    let provider = Failover::new(Retry::new(gateway(first)).with_retries(1))
        .with_fallback(gateways::smsala("acme", "hunter2", "Acme").build_with(second).unwrap());
    let error = provider.send(&message()).await.unwrap_err();
    let seen = capture.take();

    let attempts = all(&seen, "otpost.attempt");
    let of = |field| attempts.iter().map(|seen| seen.get(field)).collect::<Vec<_>>();
    assert_eq!(of("attempt"), ["1", "2", "3"]);
    assert_eq!(of("provider"), ["link-mobility", "link-mobility", "smsala"]);
    assert_eq!(of("stage"), ["tcp", "tcp", ""]);
    assert_eq!(of("otel.status_code"), ["ERROR"; 3]);
    for attempt in &attempts {
        assert_eq!(attempt.within, ["otpost.send"]);
    }
    let retry = only(&seen, "otpost.retry");
    let wait = retry.get("wait").to_owned();
    check(
        retry,
        &[
            ("provider", "link-mobility"),
            ("fate", "not_sent"),
            ("error.type", "transport"),
            ("stage", "tcp"),
            ("attempt", "1"),
            ("wait", &wait),
        ],
    );
    assert!(wait.parse::<f64>().unwrap() <= 0.05, "{wait}");
    check(
        only(&seen, "otpost.failover"),
        &[
            ("provider", "link-mobility"),
            ("next_provider", "smsala"),
            ("fate", "not_sent"),
            ("error.type", "transport"),
            ("stage", "tcp"),
            ("attempt", "2"),
        ],
    );
    let failed = only(&seen, "otpost.send_failed");
    assert_eq!(failed.within, ["otpost.send"]);
    assert_eq!(failed.get("attempts"), "3");
    assert_eq!(failed.get("provider"), "smsala");
    assert_eq!(failed.get("gateway_code"), error.gateway_code().unwrap_or_default());
    assert_eq!(failed.get("gateway_words"), error.gateway_words().unwrap_or_default());
    let send = only(&seen, "otpost.send");
    assert_eq!((send.get("otel.status_code"), send.get("attempts")), ("ERROR", "3"));
    assert_eq!(all(&seen, "otpost.transport_failed").len(), 2);
}

#[tokio::test]
async fn telemetry_holds_the_words_of_a_gateway_in_their_redacted_form() {
    let capture = Capture::start();
    let body = r#"{"responseCode":11,"responseMessage":"bad 41791234567 acme hunter2"}"#;
    let provider = gateway(ScriptedTransport::new().answer(200, body));
    let error = provider.send(&message()).await.unwrap_err();
    let seen = capture.take();
    let failed = only(&seen, "otpost.send_failed");
    assert_eq!(failed.get("gateway_code"), "11");
    assert_eq!(Some(failed.get("gateway_words")), error.gateway_words());
    assert!(failed.get("gateway_words").contains("***"), "{failed:?}");
    assert!(!format!("{seen:?}").contains("hunter2"));
}

#[tokio::test]
async fn telemetry_explains_a_response_that_is_not_understood() {
    let capture = Capture::start();
    let provider =
        gateway(ScriptedTransport::new().answer(200, "<html>hunter2 41791234567</html>"));
    let error = provider.send(&message()).await.unwrap_err();
    let seen = capture.take();
    let explained = only(&seen, "otpost.send_failed").get("explanation");
    assert_eq!(Some(explained), error.explanation());
    assert!(explained.contains("the body is HTML"), "{explained}");
    assert!(!format!("{seen:?}").contains("hunter2") && !explained.contains("4179"));
}

#[tokio::test(start_paused = true)]
async fn telemetry_of_a_circuit_breaker_that_opens_and_closes() {
    let capture = Capture::start();
    let phone = RecordingProvider::new();
    let provider = CircuitBreaker::new(phone.clone()).with_failures(1);
    phone.fail_next(transport_error());
    provider.send(&message()).await.unwrap_err();
    let seen = capture.take();
    check(only(&seen, "otpost.circuit_opened"), &[("provider", "recording"), ("wait", "30.0")]);
    assert_eq!(only(&seen, "otpost.circuit_opened").within, ["otpost.send"]);

    provider.send(&message()).await.unwrap_err();
    let seen = capture.take();
    check(only(&seen, "otpost.circuit_refused"), &[("provider", "recording")]);
    assert_eq!(only(&seen, "otpost.send_failed").get("error.type"), "unavailable");

    tokio::time::sleep(Duration::from_secs(31)).await;
    provider.send(&message()).await.unwrap();
    check(only(&capture.take(), "otpost.circuit_closed"), &[("provider", "recording")]);
}

#[tokio::test(start_paused = true)]
async fn telemetry_of_a_throttle_that_waits_and_refuses() {
    let capture = Capture::start();
    let provider = Throttle::new(RecordingProvider::new())
        .with_rate(NonZeroU32::MIN, Duration::from_secs(2))
        .with_max_wait(Duration::from_secs(3));
    provider.send(&message()).await.unwrap();
    assert_eq!(names(&capture.take()), ["otpost.send", "otpost.sent"]);
    provider.send(&message()).await.unwrap();
    let seen = capture.take();
    check(only(&seen, "otpost.throttle_waited"), &[("provider", "recording"), ("wait", "2.0")]);
    let (a, b) = (message(), message());
    let (a, b) = tokio::join!(provider.send(&a), provider.send(&b));
    assert!(a.is_ok() && b.is_err());
    check(only(&capture.take(), "otpost.throttle_refused"), &[("provider", "recording")]);
}

#[tokio::test(start_paused = true)]
async fn telemetry_of_a_bulkhead_that_waits() {
    let capture = Capture::start();
    let provider =
        Throttle::new(Slow(Duration::from_millis(500))).with_concurrency(NonZeroUsize::MIN);
    let (a, b) = (message(), message());
    let (a, b) = tokio::join!(provider.send(&a), provider.send(&b));
    assert!(a.is_ok() && b.is_ok());
    check(
        only(&capture.take(), "otpost.throttle_waited"),
        &[("provider", "slow"), ("wait", "0.5")],
    );
}

#[tokio::test]
async fn telemetry_of_an_exchange_has_its_stages() {
    let mock = MockGateway::start(&spec()).await.unwrap();
    let provider = gateways::link_mobility("acme", "hunter2").origin(&mock.origin());
    let provider = provider.build().unwrap();
    let capture = Capture::start();
    provider.send(&message()).await.unwrap();
    let seen = capture.take();
    let stages: Vec<_> =
        all(&seen, "otpost.transport_stage").iter().map(|seen| seen.get("stage")).collect();
    assert!(stages.contains(&"tcp"), "{stages:?}");
    for stage in all(&seen, "otpost.transport_stage") {
        assert_eq!(stage.within, ["otpost.send", "otpost.attempt"]);
    }
    mock.answer_always(MockAnswer::Close);
    provider.send(&message()).await.unwrap_err();
    let seen = capture.take();
    let failed = only(&seen, "otpost.transport_failed");
    assert_eq!(failed.get("may_have_sent"), "true");
    assert_eq!(only(&seen, "otpost.transport_replaced").within, ["otpost.send", "otpost.attempt"]);
    assert_eq!(only(&seen, "otpost.send_failed").get("fate"), "unknown");
}

fn spec() -> otpost::gateway::GatewaySpec {
    otpost::gateways::with_examples("link-mobility").unwrap()
}

#[tokio::test]
async fn telemetry_has_one_send_and_one_attempt_however_many_wrappers_there_are() {
    let capture = Capture::start();
    type Wrap = fn(Box<dyn Provider>) -> Box<dyn Provider>;
    let wraps: [Wrap; 6] = [
        |inner| Box::new(Failover::new(inner)),
        |inner| Box::new(Retry::new(inner)),
        |inner| Box::new(CircuitBreaker::new(inner)),
        |inner| Box::new(Throttle::new(inner).with_concurrency(NonZeroUsize::MIN)),
        |inner| Box::new(Route::new().with_target(RouteTarget::new(inner))),
        |inner| Box::new(Preflight::new(inner).with_regions(RegionPolicy::all())),
    ];
    for a in wraps {
        for b in wraps {
            for c in wraps {
                let transport = ScriptedTransport::new().answer(200, ACCEPTED);
                let provider = a(b(c(Box::new(gateway(transport)))));
                provider.send(&message()).await.unwrap();
                let seen = capture.take();
                assert_eq!(only(&seen, "otpost.send").within, [""; 0]);
                let attempts = all(&seen, "otpost.attempt");
                // A retry opens the span of its attempt, also if there is a retry or a row of providers inside of it.
                assert!((1..=3).contains(&attempts.len()), "{:?}", names(&seen));
                assert!(attempts.iter().all(|seen| seen.get("attempt") == "1"));
            }
        }
    }
    let transport = ScriptedTransport::new().answer(200, ACCEPTED);
    let usual = Failover::new(Retry::new(CircuitBreaker::new(Throttle::new(gateway(transport)))));
    usual.send(&message()).await.unwrap();
    only(&capture.take(), "otpost.attempt");
}

#[tokio::test(start_paused = true)]
async fn telemetry_reports_a_send_that_is_dropped() {
    let capture = Capture::start();
    let provider = Retry::new(Failover::new(Slow(Duration::from_secs(9))));
    let text = message();
    let dropped = tokio::time::timeout(Duration::from_secs(1), provider.send(&text)).await;
    assert!(dropped.is_err());
    let seen = capture.take();
    for name in ["otpost.send", "otpost.attempt", "otpost.send_failed"] {
        let seen = only(&seen, name);
        assert_eq!((seen.get("fate"), seen.get("error.type")), ("unknown", "cancelled"));
    }
}

#[tokio::test]
async fn telemetry_reports_a_message_that_was_kept_and_is_sent_later() {
    let capture = Capture::start();
    let phone = RecordingProvider::new();
    let provider = Retry::new(phone.clone());
    provider.send(&message()).await.unwrap();
    capture.take();
    // It was in the spans of its first send, which are closed.
    let kept = phone.messages().remove(0);
    phone.fail_next(SendError::new(SendErrorKind::NoCredit, Fate::Refused));
    provider.send(&kept).await.unwrap_err();
    let seen = capture.take();
    assert_eq!(only(&seen, "otpost.send_failed").within, ["otpost.send"]);
    assert_eq!(only(&seen, "otpost.attempt").get("attempt"), "1");
}

#[tokio::test]
async fn telemetry_reports_failures_where_only_warnings_are_wanted() {
    let capture = Capture::up_to(tracing::Level::WARN);
    let phone = RecordingProvider::new();
    phone.fail_next(SendError::new(SendErrorKind::NoCredit, Fate::Refused));
    let provider = Failover::new(phone);
    provider.send(&message()).await.unwrap_err();
    provider.send(&message()).await.unwrap();
    assert_eq!(names(&capture.take()), ["otpost.send_failed"]);
}

/// Accepts after a while.
#[derive(Clone, Copy, Debug)]
struct Slow(Duration);

#[async_trait]
impl Provider for Slow {
    fn name(&self) -> &str {
        "slow"
    }

    async fn send(&self, _: &Message) -> Result<Receipt, SendError> {
        TokioTimer::new().sleep(self.0).await;
        Ok(Receipt::new("slow"))
    }
}

/// The name of the span that this thread is in.
fn current() -> Option<&'static str> {
    tracing::Span::current().metadata().map(tracing::Metadata::name)
}

/// As a wrapper would be that holds the guard of a span while it waits.
async fn naive(left_behind: bool) {
    let span = tracing::info_span!(target: "otpost", "otpost.send");
    if left_behind {
        let _entered = span.enter();
        pending::<()>().await;
    } else {
        pending::<()>().instrument(span).await;
    }
}

#[tokio::test(start_paused = true)]
async fn telemetry_spans_do_not_leak_into_other_tasks() {
    let _capture = Capture::start();
    let mut context = std::task::Context::from_waker(std::task::Waker::noop());
    let text = message();
    let retry = Retry::new(CircuitBreaker::new(Slow(Duration::from_secs(1))));
    let mut sending = retry.send(&text);
    assert!(sending.as_mut().poll(&mut context).is_pending());
    assert_eq!(current(), None);
    // Two sends in turn: each has spans of its own.
    let mut other = retry.send(&text);
    assert!(other.as_mut().poll(&mut context).is_pending());
    assert!(sending.as_mut().poll(&mut context).is_pending());
    assert_eq!(current(), None);
    drop((sending, other));
    assert_eq!(current(), None);

    // The test can tell: a guard that is held is seen from outside.
    let mut right = Box::pin(naive(false));
    assert!(right.as_mut().poll(&mut context).is_pending());
    assert_eq!(current(), None);
    let mut wrong = Box::pin(naive(true));
    assert!(wrong.as_mut().poll(&mut context).is_pending());
    assert_eq!(current(), Some("otpost.send"));
}

#[tokio::test(start_paused = true)]
async fn telemetry_of_sends_at_once_is_kept_apart() {
    let capture = Capture::start();
    let phone = RecordingProvider::new();
    phone.fail_next(transport_error());
    let retry = Retry::new(phone);
    let swiss = message();
    let german = PhoneNumber::parse("+4915112345678").unwrap();
    let german = Message::new(german, "012345 is your code").unwrap();
    let (a, b) = tokio::join!(retry.send(&swiss), retry.send(&german));
    assert!(a.is_ok() && b.is_ok());
    let seen = capture.take();
    let mut sends: Vec<_> =
        all(&seen, "otpost.send").iter().map(|s| (s.get("region"), s.get("attempts"))).collect();
    sends.sort_unstable();
    assert_eq!(sends, [("CH", "2"), ("DE", "1")]);
    for event in seen.iter().filter(|seen| !seen.is_span) {
        assert_eq!(event.within.iter().filter(|name| **name == "otpost.send").count(), 1);
    }
}
