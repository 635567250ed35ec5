//! Runs the conformance suites with a real server, and the example as a user runs it.

use otpost_redis::RedisStore;
use otpost_test_servers::redis::Redis;
use otpost_test_servers::run_example;
use otpost_testing::{OutboxConformance, StoreConformance};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_keeps_the_contract() {
    let server = Redis::start().unwrap();
    let client = redis::Client::open(server.url()).unwrap();
    let store = RedisStore::new(client.get_multiplexed_async_connection().await.unwrap());
    none(&StoreConformance::new(store.clone()).run().await);
    none(&OutboxConformance::new(store).run().await);
}

#[track_caller]
fn none(violations: &[otpost_testing::Violation]) {
    let lines: Vec<_> = violations.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
}

#[test]
fn redis_store() {
    let printed = run_example("redis_store");
    assert!(printed.contains("Of 100 attempts with the right code 1 was accepted."), "{printed}");
}
