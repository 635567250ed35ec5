//! The limits in Redis: on a single server, in a cluster and in one slot of it.

use std::time::Duration;

use otpost::store::{
    CounterTag, GiveKind, Limit, LimitRule, LimitStore, Reserved, Settlement, StoreErrorKind,
};
use otpost_redis::RedisStore;
use otpost_test_servers::redis::{Redis, RedisCluster};
use redis::cluster_async::ClusterConnection;

use super::redis::connect;
use super::shared::random;

const DAY: Duration = Duration::from_secs(86_400);

fn tag() -> CounterTag {
    CounterTag::new(random())
}

async fn connect_cluster(cluster: &RedisCluster) -> ClusterConnection {
    let client = redis::cluster::ClusterClient::builder(cluster.urls())
        .response_timeout(Duration::from_secs(20))
        .build()
        .unwrap();
    client.get_async_connection().await.unwrap()
}

/// Returns the number of scripts that servers have run.
fn calls(servers: &[Redis]) -> u64 {
    let scripts = |server: &Redis| {
        let stats = server.cli(&["info", "commandstats"]);
        let lines = stats.lines().filter(|line| line.starts_with("cmdstat_eval"));
        let calls =
            lines.map(|line| line.split(['=', ',']).nth(1).unwrap().parse::<u64>().unwrap());
        calls.sum::<u64>()
    };
    servers.iter().map(scripts).sum()
}

/// Reserves and settles in every way.
async fn reserves_and_settles(store: &impl LimitStore) {
    // Many tags, so that in a cluster they are on all servers.
    let windows: Vec<_> = (0..8).map(|_| Limit::window(tag(), 2, DAY)).collect();
    let buckets: Vec<_> = (0..8).map(|_| Limit::bucket(tag(), 2, DAY).with_growth()).collect();
    let all: Vec<_> = windows.iter().chain(&buckets).copied().collect();
    let markers = [tag(), tag()];
    let counts = |count: u16| [vec![count; 8], vec![0; 8]].concat();
    let granted = |is_known, count| Reserved::granted(is_known, counts(count));
    assert_eq!(store.reserve(&all, &markers).await.unwrap(), granted(false, 1));

    // The last limit refuses: the places under the others are free, except the kept one.
    let full = Limit::window(tag(), 0, DAY);
    let mut refused = all.clone();
    refused[3] = refused[3].kept();
    refused.push(full);
    refused.push(Limit::window(tag(), 9, DAY));
    let seen = store.reserve(&refused, &markers).await.unwrap();
    assert_eq!(seen, Reserved::Refused(16, DAY));
    // Now the kept one is full.
    let seen = store.reserve(&refused, &markers).await.unwrap();
    assert!(matches!(seen, Reserved::Refused(3, _)), "{seen:?}");
    let seen = store.reserve(&refused[17..], &[]).await.unwrap();
    assert_eq!(seen, Reserved::granted(false, vec![1]), "a limit after the refusal was counted");
    let seen = store.reserve(&all[3..4], &[]).await.unwrap();
    assert!(matches!(seen, Reserved::Refused(0, _)), "the kept place was given back: {seen:?}");
    let rest: Vec<_> = all.iter().filter(|limit| limit.tag != all[3].tag).copied().collect();
    let seen = store.reserve(&rest, &markers).await.unwrap();
    assert!(matches!(seen, Reserved::Granted { is_known: false, .. }), "not undone: {seen:?}");
    for limit in &all {
        let seen = store.reserve(&[*limit], &[]).await.unwrap();
        assert!(matches!(seen, Reserved::Refused(0, _)), "{seen:?}");
    }

    // Two places given back under each are two that can be taken, and a marker is seen.
    let gives = |kind| all.iter().map(|limit| limit.give(kind)).collect::<Vec<_>>();
    let settlement = Settlement::new(gives(GiveKind::NotSent), vec![(markers[1], DAY)]);
    store.settle(&settlement).await.unwrap();
    assert_eq!(store.reserve(&all, &markers).await.unwrap(), granted(true, 2));
    let settlement = Settlement::new(gives(GiveKind::All), vec![(markers[1], Duration::ZERO)]);
    store.settle(&settlement).await.unwrap();
    assert_eq!(store.reserve(&all, &markers).await.unwrap(), granted(false, 1));
    let nothing = Settlement::default();
    store.settle(&nothing).await.unwrap();
    assert_eq!(store.reserve(&[], &[]).await.unwrap(), Reserved::granted(false, Vec::new()));
}

#[tokio::test]
async fn limits_of_a_single_server_need_one_round_trip() {
    let server = Redis::start().unwrap();
    let store = RedisStore::new(connect(&server).await);
    reserves_and_settles(&store).await;
    let limits: Vec<_> = (0..4).map(|_| Limit::window(tag(), 9, DAY)).collect();
    let gives: Vec<_> = limits.iter().map(|limit| limit.give(GiveKind::Success)).collect();
    let settlement = Settlement::new(gives, vec![(tag(), DAY)]);
    let before = calls(std::slice::from_ref(&server));
    let _ = store.reserve(&limits, &[tag(), tag()]).await.unwrap();
    assert_eq!(calls(std::slice::from_ref(&server)), before + 1);
    store.settle(&settlement).await.unwrap();
    assert_eq!(calls(std::slice::from_ref(&server)), before + 2);
}

/// The reply leaves out counts of first messages, but only at the end.
#[tokio::test]
async fn limits_count_first_and_later_messages_together() {
    let server = Redis::start().unwrap();
    let store = RedisStore::new(connect(&server).await);
    for number in 0..=8_usize {
        for later in [vec![], vec![0], vec![number / 2], vec![0, number / 2], vec![7, 1]] {
            let mut limits: Vec<_> = (0..number).map(|_| Limit::window(tag(), 9, DAY)).collect();
            limits.insert(number / 3, Limit::bucket(tag(), 9, DAY));
            let is_later =
                |at| later.contains(&at) && matches!(limits[at].rule, LimitRule::Window { .. });
            let of = |at: usize| match limits[at].rule {
                LimitRule::Bucket { .. } => 0,
                LimitRule::Window { .. } => 1 + u16::from(is_later(at)),
            };
            for at in (0..limits.len()).filter(|at| is_later(*at)) {
                let _ = store.reserve(&limits[at..=at], &[]).await.unwrap();
            }
            let marker = tag();
            let counts: Vec<_> = (0..limits.len()).map(of).collect();
            if number % 2 == 0 {
                let mark = Settlement::new(Vec::new(), vec![(marker, DAY)]);
                store.settle(&mark).await.unwrap();
            }
            let seen = store.reserve(&limits, &[marker, tag()]).await.unwrap();
            assert_eq!(seen, Reserved::granted(number % 2 == 0, counts), "{number} {later:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_in_a_cluster_are_all_taken_or_none() {
    let cluster = RedisCluster::start().unwrap();
    let store = RedisStore::new(connect_cluster(&cluster).await);
    reserves_and_settles(&store).await;
    let filled = cluster.nodes().iter().filter(|node| node.cli(&["dbsize"]).trim() != "0").count();
    assert!(filled >= 3, "{filled}");

    // A clone knows that the keys are on different servers, and does not ask again.
    let clone = store.clone();
    let limits: Vec<_> = (0..8).map(|_| Limit::window(tag(), 9, DAY)).collect();
    let _ = clone.reserve(&limits, &[]).await.unwrap();
    let before = calls(cluster.nodes());
    let _ = clone.reserve(&limits, &[tag(), tag()]).await.unwrap();
    assert_eq!(calls(cluster.nodes()), before + 10);

    // In one slot, everything is one call.
    let one_slot = store.with_one_slot();
    reserves_and_settles(&one_slot).await;
    let _ = one_slot.reserve(&limits, &[]).await.unwrap();
    let before = calls(cluster.nodes());
    let _ = one_slot.reserve(&limits, &[tag(), tag()]).await.unwrap();
    assert_eq!(calls(cluster.nodes()), before + 1);
}

/// Of concurrent messages, so many have a place under all limits as the smallest one allows.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn limits_in_a_cluster_grant_no_more_than_they_allow() {
    let cluster = RedisCluster::start().unwrap();
    let store = RedisStore::new(connect_cluster(&cluster).await);
    let (wide, bucket, narrow) =
        (Limit::window(tag(), 1_000, DAY), Limit::bucket(tag(), 1_000, DAY), tag());
    let limits = [wide, bucket, Limit::window(narrow, 7, DAY)];
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..100 {
        let store = store.clone();
        tasks.spawn(async move { store.reserve(&limits, &[]).await.unwrap() });
    }
    let mut granted = 0;
    while let Some(reserved) = tasks.join_next().await {
        granted += usize::from(matches!(reserved.unwrap(), Reserved::Granted { .. }));
    }
    assert_eq!(granted, 7);
    // All others have given back their places under the first limits.
    let seen = store.reserve(&limits[..2], &[]).await.unwrap();
    assert_eq!(seen, Reserved::granted(false, vec![8, 0]));
}

#[tokio::test]
async fn limits_that_are_broken_refuse_everything() {
    let server = Redis::start().unwrap();
    let store = RedisStore::new(connect(&server).await);
    for (kind, limit) in
        [("w", Limit::window(tag(), 5, DAY)), ("b", Limit::bucket(tag(), 5, DAY).with_growth())]
    {
        for value in ["", "7", "garbage of another length than any record that was ever kept"] {
            server.cli(&["flushall"]);
            let _ = store.reserve(&[limit], &[]).await.unwrap();
            let key = server.cli(&["--scan"]).trim().to_owned();
            assert!(key.starts_with(&format!("otpost:{kind}:")), "{key}");
            server.cli(&["set", &key, value]);
            let before = Limit::window(tag(), 5, DAY);
            let error = store.reserve(&[before, limit], &[]).await.unwrap_err();
            assert_eq!(error.kind(), StoreErrorKind::Corrupt);
            assert_eq!(server.cli(&["dbsize"]).trim(), "1", "something was taken");
            for give in [GiveKind::NotSent, GiveKind::Success, GiveKind::All] {
                let settlement = Settlement::new(vec![limit.give(give)], Vec::new());
                let error = store.settle(&settlement).await.unwrap_err();
                assert_eq!(error.kind(), StoreErrorKind::Corrupt);
            }
            assert_eq!(server.cli(&["--no-raw", "get", &key]).trim().len(), value.len() + 2);
        }
        // A value of another type is not one that was never there.
        let key = server.cli(&["--scan"]).trim().to_owned();
        server.cli(&["del", &key]);
        server.cli(&["lpush", &key, "5"]);
        assert!(store.reserve(&[limit], &[]).await.is_err());
        let settlement = Settlement::new(vec![limit.give(GiveKind::NotSent)], Vec::new());
        assert!(store.settle(&settlement).await.is_err());
        assert_eq!(server.cli(&["type", &key]).trim(), "list");
    }
}

/// A window, a bucket and a marker end when they no longer matter.
#[tokio::test]
async fn limits_end_with_what_they_count() {
    let server = Redis::start().unwrap();
    let store = RedisStore::new(connect(&server).await);
    let keys = || server.cli(&["--scan"]).lines().map(str::to_owned).collect::<Vec<_>>();
    let left = || {
        let key = keys().pop().unwrap();
        server.cli(&["pttl", &key]).trim().parse::<u64>().unwrap()
    };
    let hour = 3_600_000;
    let slack = 10_000;
    let window = Limit::window(tag(), 5, Duration::from_millis(hour));
    let _ = store.reserve(&[window], &[]).await.unwrap();
    // The span, and at most a slot longer.
    assert!((hour - slack..=hour / 6 * 7).contains(&left()), "{}", left());
    let give = |limit: Limit, kind| Settlement::new(vec![limit.give(kind)], Vec::new());
    store.settle(&give(window, GiveKind::NotSent)).await.unwrap();
    assert_eq!(keys(), Vec::<String>::new());

    let bucket = Limit::bucket(tag(), 5, Duration::from_millis(hour));
    for place in 1..=5 {
        let _ = store.reserve(&[bucket], &[]).await.unwrap();
        assert!((place * hour / 5 - slack..=place * hour / 5).contains(&left()), "{}", left());
    }
    store.settle(&give(bucket, GiveKind::All)).await.unwrap();
    assert_eq!(keys(), Vec::<String>::new());
    let bucket = bucket.with_growth();
    store.settle(&give(bucket, GiveKind::Success)).await.unwrap();
    // A success counts for a day, and at most four hours longer.
    for _ in 0..2 {
        assert!((24 * hour - slack..=28 * hour).contains(&left()), "{}", left());
        let _ = store.reserve(&[bucket], &[]).await.unwrap();
        store.settle(&give(bucket, GiveKind::Success)).await.unwrap();
    }

    server.cli(&["flushall"]);
    let marker = tag();
    let mark = |span| Settlement::new(Vec::new(), vec![(marker, span)]);
    store.settle(&mark(DAY)).await.unwrap();
    store.settle(&mark(180 * DAY)).await.unwrap();
    assert!((180 * 24 * hour - slack..=180 * 24 * hour).contains(&left()), "{}", left());
    store.settle(&mark(Duration::ZERO)).await.unwrap();
    assert_eq!(keys(), Vec::<String>::new());
}
