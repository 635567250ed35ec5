//! How often a token is requested where none is given, or where none is accepted.

use std::time::Duration;

use otpost::HttpGateway;
use otpost::provider::{Fate, Provider, SendErrorKind, Stage};
use otpost::testing::{ManualClock, ScriptedTransport};
use otpost::transport::TransportError;

use super::{Guarded, answer, gateway, message, seconds};

/// Sun, 06 Nov 1994 08:49:37 GMT
const NOW: u64 = 784_111_777;

fn guarded() -> (Guarded, ManualClock, HttpGateway) {
    let (transport, clock) = (Guarded::default(), ManualClock::at(NOW));
    let gateway = gateway(transport.clone(), clock.clone());
    (transport, clock, gateway)
}

/// Sends a message, which must not be sent, and returns what it was told to wait.
async fn refused(gateway: &HttpGateway, kind: SendErrorKind) -> Option<Duration> {
    let error = gateway.send(&message()).await.unwrap_err();
    assert_eq!((error.kind(), error.fate()), (kind, Fate::NotSent), "{error}");
    error.retry_after()
}

#[tokio::test]
async fn token_endpoints_that_ask_to_wait_are_left_alone() {
    for (status, kind) in [(429, SendErrorKind::Throttled), (503, SendErrorKind::Unavailable)] {
        for wait in ["30", "Sun, 06 Nov 1994 08:50:07 GMT"] {
            let (transport, clock, gateway) = guarded();
            transport.answer_token(Some(answer(status, &[("retry-after", wait)], "")));
            assert_eq!(refused(&gateway, kind).await, Some(seconds(30)), "{status} {wait}");
            for passed in 0..30 {
                assert_eq!(refused(&gateway, kind).await, Some(seconds(30 - passed)));
                clock.advance(seconds(1));
            }
            assert_eq!(transport.counts(), (1, 0), "{status} {wait}: nothing was requested");
            transport.answer_token(None);
            gateway.send(&message()).await.unwrap();
            assert_eq!(transport.counts(), (2, 1));
        }
    }
    // A token that is still valid is used meanwhile.
    let (transport, clock, gateway) = guarded();
    gateway.send(&message()).await.unwrap();
    clock.advance(seconds(86_400));
    transport.answer_token(Some(answer(429, &[("retry-after", "99999999999")], "")));
    assert_eq!(refused(&gateway, SendErrorKind::Throttled).await, Some(seconds(86_400)));
    // A clock that is set back does not make the wait longer.
    clock.set(std::time::UNIX_EPOCH + seconds(NOW - 1_000_000));
    transport.answer_token(None);
    gateway.send(&message()).await.unwrap();
}

#[tokio::test]
async fn token_answers_without_a_body_are_read_as_well() {
    let (head, _) = answer(429, &[("retry-after", "7")], "").into_parts();
    let broken = TransportError::maybe_sent(Stage::Body, "the body broke off").with_head(head);
    let transport = ScriptedTransport::new().fail(broken);
    let gateway = gateway(transport.clone(), ManualClock::at(NOW));
    for _ in 0..2 {
        assert_eq!(refused(&gateway, SendErrorKind::Throttled).await, Some(seconds(7)));
    }
    assert_eq!(transport.requests().len(), 1);
}

/// Some gateways on Windows begin their responses with one.
#[tokio::test]
async fn token_answers_may_begin_with_a_byte_order_mark() {
    let (transport, _, gateway) = guarded();
    let body = "\u{feff}{\"access_token\":\"t-1\",\"expires_in\":3600}";
    transport.answer_token(Some(answer(200, &[], body)));
    gateway.send(&message()).await.unwrap();
    assert_eq!(transport.counts(), (1, 1));
}

/// Sends a message every second for ten minutes.
async fn ten_minutes(gateway: &impl Provider, clock: &ManualClock) {
    for _ in 0..600 {
        let error = gateway.send(&message()).await.unwrap_err();
        assert_eq!(error.kind(), SendErrorKind::Unauthorized, "{error}");
        clock.advance(seconds(1));
    }
}

#[tokio::test]
async fn token_requests_with_a_wrong_password_do_not_lock_the_account() {
    for status in [400, 401, 403] {
        let (transport, clock, gateway) = guarded();
        transport.answer_token(Some(answer(status, &[], "{\"error\":\"invalid_client\"}")));
        ten_minutes(&gateway, &clock).await;
        // After 5, 10, 20 and 40 s, and every minute from then on.
        assert_eq!(transport.counts(), (13, 0), "{status}");
        // A success ends it, and the next rejection begins with 5 s again.
        transport.answer_token(None);
        clock.advance(seconds(60));
        gateway.send(&message()).await.unwrap();
        clock.advance(seconds(86_400));
        transport.answer_token(Some(answer(status, &[], "")));
        refused(&gateway, SendErrorKind::Unauthorized).await;
        clock.advance(seconds(4));
        assert_eq!(refused(&gateway, SendErrorKind::Unauthorized).await, Some(seconds(1)));
        clock.advance(seconds(1));
        refused(&gateway, SendErrorKind::Unauthorized).await;
        assert_eq!(transport.counts(), (16, 1));
    }
    // The naive twin has no memory: each message is another attempt with the wrong password.
    let (transport, clock, _) = guarded();
    transport.answer_token(Some(answer(401, &[], "")));
    for _ in 0..600 {
        gateway(transport.clone(), clock.clone()).send(&message()).await.unwrap_err();
        clock.advance(seconds(1));
    }
    assert_eq!(transport.counts(), (600, 0));
}

#[tokio::test]
async fn token_refusals_by_the_gateway_itself_do_not_fetch_again_and_again() {
    let (transport, clock, gateway) = guarded();
    transport.refuse(Some(""));
    ten_minutes(&gateway, &clock).await;
    // The first message tries two tokens, and the back-off begins.
    assert_eq!(transport.counts(), (14, 14));
    transport.refuse(None);
    clock.advance(seconds(60));
    gateway.send(&message()).await.unwrap();
    // A token that was accepted before and is refused now was revoked: it is replaced at once.
    transport.refuse(Some(""));
    gateway.send(&message()).await.unwrap_err();
    assert_eq!(transport.counts(), (16, 17));
}

#[tokio::test]
async fn token_refusals_of_one_message_do_not_hold_up_the_others() {
    let (transport, _, gateway) = guarded();
    gateway.send(&message()).await.unwrap();
    transport.refuse(Some("999999"));
    let other = otpost::Message::new(message().to().clone(), "999999 is your code").unwrap();
    for _ in 0..10 {
        let error = gateway.send(&other).await.unwrap_err();
        assert_eq!((error.kind(), error.fate()), (SendErrorKind::Unauthorized, Fate::Refused));
        gateway.send(&message()).await.unwrap();
    }
    assert_eq!(transport.counts(), (11, 31));
}

#[tokio::test]
async fn token_refusals_of_many_messages_at_once_count_as_few() {
    let (transport, clock, gateway) = guarded();
    transport.refuse(Some(""));
    let mut sending = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let gateway = gateway.clone();
        sending.spawn(async move { gateway.send(&message()).await.is_ok() });
    }
    assert!(sending.join_all().await.into_iter().all(|sent| !sent));
    let (calls, sends) = transport.counts();
    assert!(calls <= 2, "{calls} calls and {sends} messages");
    transport.refuse(None);
    clock.advance(seconds(5));
    gateway.send(&message()).await.unwrap();
}
