//! Runs the conformance suites with a real server, and the example as a user runs it.

#![expect(clippy::expect_used, clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use otpost_redis::RedisStore;
use otpost_test_servers::redis::Redis;
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

/// Runs an example that `cargo test` has built, and returns its output.
fn run(name: &str) -> String {
    let mut program = std::env::current_exe().unwrap();
    program.pop();
    program.pop();
    program.push("examples");
    program.push(name);
    let output = std::process::Command::new(program).stdin(std::process::Stdio::null()).output();
    let output = output.expect("`cargo test` without `--test` builds the examples first");
    let printed = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {printed}\n{errors}");
    printed
}

#[test]
fn redis_store() {
    let printed = run("redis_store");
    assert!(printed.contains("Of 100 attempts with the right code 1 was accepted."), "{printed}");
}
