//! Challenges in Redis with all limits.

use std::time::Duration;

use otpost::store::{ChallengeStore, CounterTag, GiveKind, Limit, LimitStore, Settlement};
use otpost_test_servers::redis::Redis;

use super::{REDIS_DEPTH, at_once, challenge, in_redis, patient, rule};

/// Returns the CPU time of the server in seconds.
pub(crate) fn redis_cpu(server: &Redis) -> f64 {
    let info = server.cli(&["info", "cpu"]);
    let of = |name: &str| {
        let line = info.lines().find(|line| line.starts_with(name)).unwrap_or_default();
        line.split(':').nth(1).and_then(|n| n.trim().parse::<f64>().ok()).unwrap_or_default()
    };
    of("used_cpu_user:") + of("used_cpu_sys:")
}

/// Runs whole challenges as the challenge flow does: with the limits of the requester and a marker,
/// the limits that new numbers share, and what a success gives back.
pub(crate) async fn redis_with_limits() {
    const HOUR: Duration = Duration::from_secs(3_600);
    let server = Redis::start().unwrap();
    let store = in_redis(&server).await;
    println!("\nredis, {REDIS_DEPTH} at once, with all limits:");
    println!("{:>10} {:>16} {:>18}", "number", "lives/s", "redis CPU us/life");
    for is_known in [false, true] {
        let (count, before) = (20_000, redis_cpu(&server));
        let of_life = store.clone();
        let life = move |at: usize| {
            let (store, new) = (of_life.clone(), challenge());
            async move {
                let tag = |kind: u8| {
                    let [a, b, c, d, e, f, g, _] = new.id.recipient();
                    CounterTag::new([a, b, c, d, e, f, g, kind])
                };
                let shared = |kind: u8| CounterTag::new([kind, (at % 50) as u8, 0, 0, 0, 0, 0, 0]);
                let own = [
                    Limit::window(tag(1), 30, HOUR).kept(),
                    Limit::window(tag(2), 3, HOUR),
                    Limit::window(tag(3), 10, HOUR * 24),
                    Limit::window(tag(4), 20, HOUR * 24),
                ];
                let buckets = [
                    Limit::bucket(CounterTag::new([9; 8]), 1_000_000, HOUR * 10).with_growth(),
                    Limit::bucket(shared(7), 1_000_000, HOUR * 10).with_growth(),
                    Limit::bucket(tag(5), 50, HOUR),
                ];
                let _ = store.reserve(&own, &[tag(6)]).await.unwrap();
                let mut limits = own[..3].to_vec();
                if !is_known {
                    let _ = store.reserve(&buckets, &[]).await.unwrap();
                    limits.extend(buckets);
                }
                let _ = store.open(&new, &rule()).await.unwrap();
                let _ = store.attempt(&new.id, &new.mac, None, &patient()).await.unwrap();
                let gives = limits.iter().map(|limit| limit.give(GiveKind::Success)).collect();
                let settlement = Settlement::new(gives, vec![(tag(6), HOUR * 4_320)]);
                store.settle(&settlement).await.unwrap();
            }
        };
        let lives = at_once(count, REDIS_DEPTH, life).await;
        let cpu = (redis_cpu(&server) - before) / count as f64 * 1e6;
        println!("{:>10} {lives:>16.0} {cpu:>18.1}", if is_known { "known" } else { "new" });
    }
}
