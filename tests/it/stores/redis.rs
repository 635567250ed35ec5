//! Redis: a single server, a cluster of six, replicas, and what goes wrong.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use otpost::store::{
    Attempt, ChallengeStore, CounterTag, EarlyRule, Finish, GiveKind, Intent, Limit, LimitStore,
    OutboxStore, QueueTag, ReportStore, ReportTag, Settlement, StatusRecord, StoreErrorKind,
};
use otpost_redis::RedisStore;
use otpost_testing::{OutboxConformance, ReportConformance, StoreConformance};
use redis::aio::MultiplexedConnection;

use super::faults::{fails_closed, loses_nothing};
use super::none;
use super::reported::reports_reach_other_processes;
use super::shared::{
    challenge, five_guesses, five_messages, free, one_success, patient, races, random, rounds,
    whole_flow,
};
use super::tenants::tenants_are_apart;
use crate::challenges::LOGIN;
use crate::scale::cases;
use otpost_test_servers::redis::{Redis, RedisCluster};

/// Connects with a timeout that a busy machine keeps. Without one, the client waits for 500 ms.
pub(crate) async fn connect(server: &Redis) -> MultiplexedConnection {
    let client = redis::Client::open(server.url()).unwrap();
    let config =
        redis::AsyncConnectionConfig::new().set_response_timeout(Some(Duration::from_secs(20)));
    client.get_multiplexed_async_connection_with_config(&config).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn redis_does_what_a_store_does() {
    let server = Redis::start().unwrap();
    let store = RedisStore::new(connect(&server).await);
    one_success(Arc::new(store.clone()), races()).await;
    five_guesses(Arc::new(store.clone()), rounds(10, 100), 100).await;
    five_guesses(Arc::new(store.clone()), rounds(50, 1_000), 4).await;
    five_messages(store.clone()).await;
    fails_closed(store.clone(), false).await.unwrap();
    loses_nothing(store.clone(), false).await.unwrap();
    whole_flow(store.clone()).await;
    reports_reach_other_processes(store.clone()).await;
    tenants_are_apart(store).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cluster_does_what_a_store_does() {
    let cluster = RedisCluster::start().unwrap();
    let client = redis::cluster::ClusterClient::builder(cluster.urls())
        .response_timeout(Duration::from_secs(20))
        .build()
        .unwrap();
    let store = RedisStore::new(client.get_async_connection().await.unwrap());
    // The suites wait most of the time, so both wait together. No key of one is a key of the other.
    let one_slot = tokio::spawn(in_one_slot(store.clone().with_one_slot()));
    // The limits are on different servers. A message that a later one refuses holds its places for a
    // moment, in which others can be refused.
    let mut violations = StoreConformance::new(store.clone()).run().await;
    violations.retain(|violation| violation.case != "limit_race_of_refusals");
    none(&violations);
    one_slot.await.unwrap();
    // The names of messages are in one slot, also without `with_one_slot`.
    none(&ReportConformance::new(store.clone()).run().await);
    one_success(Arc::new(store.clone()), 5).await;
    five_messages(store.clone()).await;
    // An outbox changes queue and challenge in one step, so both have to lie in one slot.
    let queue = QueueTag::new(random());
    let error = store.claim(&queue, Duration::from_secs(60), Duration::ZERO).await;
    assert!(error.is_ok_and(|claim| claim.is_none()));
    let intent = Intent::new(*b"a message");
    let mut refused = 0;
    for _ in 0..20 {
        let queued = store.open_queued(&challenge(5), &free(), &queue, &intent).await;
        if let Err(error) = queued {
            let source = std::error::Error::source(&error).map(ToString::to_string);
            assert!(source.is_some_and(|source| source.contains("CROSSSLOT")), "{error:?}");
            refused += 1;
        }
    }
    // Of 16,384 slots, two can be the same by chance. Three of 20 times they never are.
    assert!(refused >= 18, "{refused} of 20 are refused");
    // All primaries have their part.
    let filled = cluster.nodes().iter().filter(|node| node.cli(&["dbsize"]).trim() != "0").count();
    assert!(filled >= 3, "{filled}");
}

async fn in_one_slot(store: RedisStore<redis::cluster_async::ClusterConnection>) {
    none(&StoreConformance::new(store.clone()).run().await);
    none(&OutboxConformance::new(store.clone()).run().await);
    reports_reach_other_processes(store).await;
}

/// I13: at no step is there a key without an end.
#[tokio::test]
async fn every_key_has_an_end_at_every_step() {
    let server = Redis::start().unwrap();
    let store = RedisStore::new(connect(&server).await);
    let mut seen = HashSet::new();
    let mut check = |what: &str| {
        let keys = server.cli(&["--scan"]);
        let mut kinds = HashSet::new();
        for key in keys.lines() {
            let left: i64 = server.cli(&["pttl", key]).trim().parse().unwrap();
            // -1 is a key without an end. -2 is one that has ended since.
            assert_ne!(left, -1, "{what}: {key} has no end");
            let kind = key.split(':').nth(1).unwrap().to_owned();
            kinds.insert(kind.clone());
            seen.insert(kind);
        }
        assert!(!kinds.is_empty(), "{what}");
    };
    let (new, other) = (challenge(2), challenge(2));
    let _ = store.open(&new, &free()).await.unwrap();
    check("open");
    let _ = store.attempt(&new.id, &other.mac, None, &patient()).await.unwrap();
    check("wrong");
    let resend = otpost::store::ResendRule::new(free(), Duration::ZERO);
    let _ = store.resend(&new.id, &resend).await.unwrap();
    check("resend");
    assert!(store.return_permit(&new.id, false).await.unwrap());
    check("return");
    let _ = store.resend(&new.id, &resend.with_rotation(other.salt, other.mac)).await.unwrap();
    check("rotate");
    let _ = store.attempt(&new.id, &other.mac, None, &patient()).await.unwrap();
    check("right");
    let _ = store.open(&other, &free()).await.unwrap();
    assert!(store.return_permit(&other.id, true).await.unwrap());
    check("return and revoke");
    let again = challenge(2);
    let _ = store.open(&again, &free()).await.unwrap();
    let _ = store.revoke(&again.id).await.unwrap();
    check("revoke");
    let minute = Duration::from_secs(60);
    let limits = [
        Limit::window(CounterTag::new(random()), 5, minute),
        Limit::bucket(CounterTag::new(random()), 5, minute).with_growth(),
    ];
    let mark = (CounterTag::new(random()), minute);
    for kind in [GiveKind::NotSent, GiveKind::Success, GiveKind::All] {
        for _ in 0..7 {
            let _ = store.reserve(&limits, &[]).await.unwrap();
            check("reserve");
            let _ = store.reserve(&limits, &[mark.0]).await.unwrap();
            let gives = limits.iter().map(|limit| limit.give(kind)).collect();
            store.settle(&Settlement::new(gives, vec![mark])).await.unwrap();
            check("settle");
        }
    }
    let queue = QueueTag::new(random());
    for how in [Finish::Unknown(Duration::ZERO), Finish::Again(Duration::ZERO), Finish::Done] {
        let intent = Intent::new(*b"a message");
        let _ = store.open_queued(&challenge(2), &free(), &queue, &intent).await.unwrap();
        check("open with an intent");
        let claim = store.claim(&queue, minute, Duration::ZERO).await.unwrap().unwrap();
        check("claim");
        assert!(store.finish(&claim, how).await.unwrap());
        check("finish");
    }
    let [first, id, key] = [(); 3].map(|()| ReportTag::new(random()));
    let early = EarlyRule::new(minute, 100);
    for status in [StatusRecord::new(1, 0, *b"one"), StatusRecord::new(2, 1, *b"two")] {
        assert!(store.apply_report(&[id], &status, &early).await.unwrap().is_none());
        check("early report");
    }
    assert!(store.record_message(&[first, id], "order 5", minute).await.unwrap().is_some());
    check("message");
    let status = StatusRecord::new(4, 2, *b"three");
    assert!(store.apply_report(&[id], &status, &early).await.unwrap().is_some());
    check("report");
    assert!(store.record_replay(&key, minute).await.unwrap());
    check("request");
    let kinds = ["o", "r", "w", "b", "m", "i", "q", "d}", "p"];
    assert_eq!(seen, kinds.map(str::to_owned).into());
}

/// A late intent can be claimed for an hour after its challenge, so the queue lasts as long.
#[tokio::test]
async fn intents_are_kept_an_hour_longer() {
    let server = Redis::start().unwrap();
    let store = RedisStore::new(connect(&server).await);
    let (queue, minute) = (QueueTag::new(random()), Duration::from_secs(60));
    let intent = Intent::new(*b"a message");
    let rule = |lifetime| {
        let mut rule = free();
        rule.lifetime = lifetime;
        rule
    };
    let ends = |kind: &str| {
        let keys = server.cli(&["--scan"]);
        let of_kind = keys.lines().filter(|key| key.starts_with(&format!("otpost:{kind}:")));
        let left = of_kind.map(|key| server.cli(&["pttl", key]).trim().parse::<u64>().unwrap());
        left.max().unwrap()
    };
    for lifetime in [5 * minute, 600 * minute, minute] {
        let new = challenge(5);
        let _ = store.open_queued(&new, &rule(lifetime), &queue, &intent).await.unwrap();
        let claim = store.claim(&queue, minute, Duration::ZERO).await.unwrap().unwrap();
        assert!(store.finish(&claim, Finish::Unknown(minute)).await.unwrap());
        let kept = u64::try_from((lifetime + 60 * minute).as_millis()).unwrap();
        assert!(ends("i") > kept - 10_000 && ends("q") >= ends("i") - 10_000, "{lifetime:?}");
    }
    // The queue is lost, and an intent that is finished later makes a new one.
    let _ = store.open_queued(&challenge(5), &rule(minute), &queue, &intent).await.unwrap();
    let claim = store.claim(&queue, minute, Duration::ZERO).await.unwrap().unwrap();
    let keys = server.cli(&["--scan"]);
    server.cli(&["del", keys.lines().find(|key| key.starts_with("otpost:q:")).unwrap()]);
    assert!(store.finish(&claim, Finish::Again(Duration::ZERO)).await.unwrap());
    assert!(ends("q") > 60 * 60_000, "{}", ends("q"));
    assert!(store.claim(&queue, minute, Duration::ZERO).await.unwrap().is_some());
}

/// S11: what is not as it was put there is an error, and never a success or a count from the beginning.
#[tokio::test]
async fn what_is_broken_lets_nobody_in() {
    let server = Redis::start().unwrap();
    let store = RedisStore::new(connect(&server).await);
    let key_of = |kind: &str| {
        let prefix = format!("otpost:{kind}:");
        let keys = server.cli(&["--scan"]);
        keys.lines().find(|key| key.starts_with(&prefix)).unwrap().to_owned()
    };
    let breaks: [&[&str]; 7] = [
        &["setrange", "KEY", "0", "\u{9}"],
        &["append", "KEY", "x"],
        &["set", "KEY", "5"],
        &["set", "KEY", ""],
        &["set", "KEY", "nil"],
        &["del", "KEY"],
        &["lpush", "KEY", "5"],
    ];
    for (case, arguments) in breaks.iter().enumerate() {
        server.cli(&["flushall"]);
        let new = challenge(5);
        let _ = store.open(&new, &free()).await.unwrap();
        let key = key_of("o");
        if arguments[0] == "lpush" {
            server.cli(&["del", &key]);
        }
        let arguments: Vec<_> =
            arguments.iter().map(|a| if *a == "KEY" { key.as_str() } else { a }).collect();
        server.cli(&arguments);
        let seen = store.attempt(&new.id, &new.mac, None, &patient()).await;
        match seen {
            Ok(Attempt::Gone(_)) => assert_eq!(arguments[0], "del", "{case}"),
            Ok(other) => panic!("{case}: {other:?}"),
            Err(error) => assert_ne!(error.kind(), StoreErrorKind::Full, "{case}"),
        }
        let again = store.open(&new, &free()).await;
        assert_eq!(again.is_ok(), arguments[0] == "del", "{case}");
    }
    // The recipient's counts.
    for value in ["", "7", "garbage of another length than any record that was ever kept"] {
        server.cli(&["flushall"]);
        let new = challenge(5);
        let _ = store.open(&new, &free()).await.unwrap();
        server.cli(&["set", &key_of("r"), value]);
        let error = store.attempt(&new.id, &new.mac, None, &patient()).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt);
        assert!(store.open(&challenge(5), &free()).await.is_ok());
        let resend = otpost::store::ResendRule::new(free(), Duration::ZERO);
        assert!(store.resend(&new.id, &resend).await.is_err());
    }
}

/// An id that exists is an error, whether its recipient may get a message now or not.
#[tokio::test]
async fn an_id_is_opened_once() {
    let server = Redis::start().unwrap();
    let store = RedisStore::new(connect(&server).await);
    let minute = Duration::from_secs(60);
    for cooldown in [Duration::ZERO, minute] {
        let mut rule = free();
        (rule.cooldown, rule.longest_cooldown) = (cooldown, cooldown);
        let (new, guess) = (challenge(5), challenge(5).mac);
        let _ = store.open(&new, &rule).await.unwrap();
        let seen = store.attempt(&new.id, &guess, None, &patient()).await.unwrap();
        assert!(matches!(seen, Attempt::Wrong { left: 4, .. }), "{seen:?}");
        let error = store.open(&new, &rule).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt);
        let seen = store.attempt(&new.id, &guess, None, &patient()).await.unwrap();
        assert!(matches!(seen, Attempt::Wrong { left: 3, .. }), "opened again: {seen:?}");
    }
}

#[tokio::test]
async fn scripts_come_back_after_a_flush_and_errors_say_nothing() {
    let mut server = Redis::start().unwrap();
    let store = RedisStore::new(connect(&server).await);
    let new = challenge(5);
    let _ = store.open(&new, &free()).await.unwrap();
    server.cli(&["script", "flush"]);
    let seen = store.attempt(&new.id, &new.mac, None, &patient()).await.unwrap();
    assert_eq!(seen, Attempt::accepted(false));
    assert!(store.is_shared() && store.sweep().await.unwrap() == 0);
    server.kill();
    let error = store.attempt(&new.id, &new.mac, None, &patient()).await.unwrap_err();
    assert_eq!(error.kind(), StoreErrorKind::Unavailable);
    let shown = format!("{error:?}{error}{store:?}");
    assert!(!shown.contains("otpost:o:"), "{shown}");
}

/// Nothing that Redis keeps holds a code: 10,000 challenges, and all of its memory written out.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dump_holds_no_code() {
    use otpost::challenge::{Challenges, Client, Limits, Pepper, Policy};
    let server = Redis::start().unwrap();
    let phone = otpost::testing::RecordingProvider::new();
    // All challenges have to last until the dump.
    let policy = Policy::sms().with_lifetime(Duration::from_secs(600));
    let challenges = Challenges::builder(Pepper::random().unwrap())
        .app("Acme")
        .provider(phone.clone())
        .store(RedisStore::new(connect(&server).await))
        .store_timeout(None)
        .any_region()
        .policy(policy)
        .limits(Limits::none())
        .build()
        .unwrap();
    for at in 0..cases("OTPOST_CODES", 1_000, 10_000) {
        let to = otpost::PhoneNumber::parse(&format!("+4179{at:07}")).unwrap();
        let _ = challenges.issue(&to, LOGIN, Client::Internal).await.unwrap();
    }
    let mut connection = connect(&server).await;
    let keys: Vec<String> = redis::cmd("KEYS").arg("*").query_async(&mut connection).await.unwrap();
    let mut dump = Vec::new();
    for key in &keys {
        let value: Vec<u8> = redis::cmd("GET").arg(key).query_async(&mut connection).await.unwrap();
        dump.extend(key.as_bytes());
        dump.push(0);
        dump.extend(value);
        dump.push(0);
    }
    // A challenge, a recipient and its two windows of a day.
    assert_eq!(keys.len(), 4 * phone.messages().len());
    super::shared::holds_no_code(&dump, &phone.messages());
}
