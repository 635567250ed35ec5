//! Measures the cost of retry, circuit breaker, throttle and failover for a successful send. The
//! goal is 2 µs and 10 allocations. Also measures how fast an open circuit breaker fails. The goal
//! is 1 µs.

#![expect(clippy::expect_used, reason = "a benchmark without its setup has nothing to measure")]

use std::num::NonZeroUsize;

use criterion::{Criterion, criterion_group, criterion_main};
use otpost::provider::{
    CircuitBreaker, Failover, Fate, NullProvider, Provider, Receipt, Retry, SendError,
    SendErrorKind, Throttle,
};
use otpost::{Message, PhoneNumber, async_trait};

/// Completes at the second poll, as a network does, so that each layer waits.
#[derive(Debug)]
struct Later;

#[async_trait]
impl Provider for Later {
    fn name(&self) -> &str {
        "later"
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        tokio::task::yield_now().await;
        NullProvider.send(message).await
    }
}

#[derive(Debug)]
struct Down;

#[async_trait]
impl Provider for Down {
    fn name(&self) -> &str {
        "down"
    }

    async fn send(&self, _: &Message) -> Result<Receipt, SendError> {
        Err(SendError::new(SendErrorKind::Transport, Fate::NotSent))
    }
}

fn wrappers(criterion: &mut Criterion) {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let _guard = runtime.enter();
    let to = PhoneNumber::parse("+41791234567").expect("a number");
    let message = Message::new(to, "012345 is your Acme code.").expect("a message");
    let places = NonZeroUsize::new(64).expect("a number");
    let stack = || Retry::new(CircuitBreaker::new(Throttle::new(Later).with_concurrency(places)));
    let wrapped = Failover::new(stack()).with_fallback(stack());

    let count = |provider: &dyn Provider| {
        let send = || runtime.block_on(provider.send(&message)).is_ok();
        assert!(send(), "it succeeds");
        allocation_counter::measure(|| assert!(send(), "it succeeds")).count_total
    };
    let (bare, all) = (count(&Later), count(&wrapped));
    println!(
        "allocations: {bare} bare, {all} wrapped, {} added (goal 10)",
        all.saturating_sub(bare)
    );

    let mut group = criterion.benchmark_group("a send that succeeds");
    for (name, provider) in [("bare", &Later as &dyn Provider), ("wrapped", &wrapped)] {
        group.bench_function(name, |b| b.iter(|| runtime.block_on(provider.send(&message))));
    }
    group.finish();

    let open = CircuitBreaker::new(Down);
    for _ in 0..5 {
        let _ = runtime.block_on(open.send(&message));
    }
    criterion
        .bench_function("an open circuit", |b| b.iter(|| runtime.block_on(open.send(&message))));
}

criterion_group!(benches, wrappers);
criterion_main!(benches);
