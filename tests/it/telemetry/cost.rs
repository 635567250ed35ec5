//! What a send costs where nothing listens.

use std::num::NonZeroUsize;
use std::task::{Context, Waker};

use otpost::provider::{
    CircuitBreaker, Failover, NullProvider, Preflight, Provider, Retry, Throttle,
};
use otpost::{Message, PhoneNumber};

use super::Capture;
use crate::redaction::logs::is_alone;

fn message() -> Message {
    Message::new(PhoneNumber::parse("+41791234567").unwrap(), "012345 is your code").unwrap()
}

fn allocations(provider: &dyn Provider, message: &Message) -> u64 {
    let mut context = Context::from_waker(Waker::noop());
    let counted = allocation_counter::measure(|| {
        assert!(provider.send(message).as_mut().poll(&mut context).is_ready());
    });
    counted.count_total
}

/// Futures in boxes, one for each layer, and the two strings of the receipt: as before there were spans.
#[tokio::test]
async fn telemetry_allocates_nothing_without_a_subscriber() {
    if !is_alone("telemetry::cost::telemetry_allocates_nothing_without_a_subscriber")
        // That facade cannot be asked whether there is a recorder.
        || cfg!(feature = "metrics")
    {
        return;
    }
    let places = NonZeroUsize::new(64).unwrap();
    let wrapped = Failover::new(Retry::new(CircuitBreaker::new(
        Throttle::new(NullProvider).with_concurrency(places),
    )));
    let message = message();
    let (bare, all) = (allocations(&NullProvider, &message), allocations(&wrapped, &message));
    assert_eq!((bare, all), (3, 7));
    assert_eq!(allocations(&Preflight::new(NullProvider), &message), 4);

    // The test can tell.
    let capture = Capture::start();
    assert!(allocations(&wrapped, &message) > all);
    drop(capture.take());
}
