//! A Redis server dies under load, and its replica takes its place.

use std::time::Duration;

use otpost::store::{Attempt, ChallengeStore};
use otpost_redis::RedisStore;

use super::redis::connect;
use super::shared::{challenge, die_under_load, free, patient};
use otpost_test_servers::redis::Redis;
use otpost_test_servers::wait_until;

const LOAD: usize = 40;

fn replica_of(primary: &Redis) -> Redis {
    let port = primary.port().to_string();
    let replicaof = format!("127.0.0.1 {port}");
    let replica =
        Redis::start_with(&["--replicaof", &replicaof, "--repl-diskless-sync-delay", "0"]);
    let replica = replica.unwrap();
    let is_linked = || replica.cli(&["info", "replication"]).contains("master_link_status:up");
    assert!(wait_until(Duration::from_secs(20), is_linked), "the replica did not connect");
    replica
}

/// With `with_replicas`, what was accepted is accepted by no replica that takes over. A thousand deaths are a command:
/// `OTPOST_KILLS=1000 cargo test -p otpost-tests --features testing,redis replica`.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_accepts_nothing_that_was_accepted_before() {
    let kills = std::env::var("OTPOST_KILLS").ok().and_then(|n| n.parse().ok()).unwrap_or(5);
    let mut primary = Redis::start().unwrap();
    let (mut checked, mut unsure) = (0, 0);
    for kill in 0..kills {
        let replica = replica_of(&primary);
        let store =
            RedisStore::new(connect(&primary).await).with_replicas(1, Duration::from_secs(5));
        let mut opened = Vec::new();
        for _ in 0..LOAD {
            let new = challenge(5);
            let _ = store.open(&new, &free()).await.unwrap();
            opened.push(new);
        }
        let accepted = die_under_load(store, &opened, LOAD / 4, || primary.kill()).await;
        assert!(replica.cli(&["replicaof", "no", "one"]).starts_with("OK"));
        let after = RedisStore::new(connect(&replica).await);
        for new in &accepted {
            let seen = after.attempt(&new.id, &new.mac, None, &patient()).await.unwrap();
            assert!(matches!(seen, Attempt::Gone(_)), "kill {kill}: {seen:?}");
        }
        // Nothing that was opened with the replica's word is lost.
        for new in opened.iter().filter(|new| !accepted.iter().any(|seen| seen.id == new.id)) {
            let seen = after.attempt(&new.id, &new.mac, None, &patient()).await.unwrap();
            unsure += usize::from(matches!(seen, Attempt::Accepted { .. }));
            assert_ne!(seen, Attempt::Gone(otpost::store::GoneReason::Absent));
        }
        checked += accepted.len();
        primary = replica;
    }
    println!("{kills} deaths: {checked} accepted before and not after, {unsure} only after");
    assert!(checked > kills, "{checked}");
}

/// The naive twin: without waiting for a replica that hears nothing, a code is accepted twice. So the docs say.
#[tokio::test]
async fn without_waiting_a_code_is_accepted_twice() {
    let mut primary = Redis::start().unwrap();
    let replica = replica_of(&primary);
    let store = RedisStore::new(connect(&primary).await);
    let new = challenge(5);
    let waiting = store.clone().with_replicas(1, Duration::from_secs(5));
    let _ = waiting.open(&new, &free()).await.unwrap();
    // The network between the two stops, as it does when a machine dies.
    assert!(replica.cli(&["replicaof", "no", "one"]).starts_with("OK"));
    let impatient = store.clone().with_replicas(1, Duration::from_millis(50));
    let seen = impatient.attempt(&challenge(5).id, &new.mac, None, &patient()).await;
    assert!(seen.is_err(), "{seen:?}");
    let seen = store.attempt(&new.id, &new.mac, None, &patient()).await.unwrap();
    assert!(matches!(seen, Attempt::Accepted { .. }));
    primary.kill();
    let after = RedisStore::new(connect(&replica).await);
    let seen = after.attempt(&new.id, &new.mac, None, &patient()).await.unwrap();
    assert!(matches!(seen, Attempt::Accepted { .. }), "{seen:?}");
}
