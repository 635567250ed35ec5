//! Measures the stores: memory for different numbers of challenges, Redis in comparison with
//! `redis-benchmark` and with all limits, and PostgreSQL in comparison with a bare
//! `UPDATE … RETURNING` over the same pool.
//!
//! ```sh
//! cargo bench -p otpost-benches --bench stores -- memory redis limits postgres
//! ```

#![expect(
    clippy::arithmetic_side_effects,
    clippy::disallowed_methods,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a benchmark that hits an error has failed"
)]

#[path = "stores/limits.rs"]
mod limits;

use std::hint::black_box;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use otpost::challenge::{Challenges, Client, Limits, Pepper, Purpose};
use otpost::provider::{Provider, Receipt, SendError};
use otpost::store::{
    AttemptRule, ChallengeId, ChallengeStore, Mac, MemoryStore, NewChallenge, OpenRule, Salt,
    SendWindow,
};
use otpost::{Code, Message, PhoneNumber, async_trait};
use otpost_redis::RedisStore;
use otpost_sqlx::PostgresStore;
use otpost_test_servers::postgres::Postgres;
use otpost_test_servers::redis::Redis;
use redis::aio::MultiplexedConnection;
use tokio::task::JoinSet;

const LOGIN: Purpose = Purpose::new("login");
const DAY: Duration = Duration::from_secs(86_400);

fn rule() -> OpenRule {
    let window = SendWindow::new(1_000, DAY);
    OpenRule::new(Duration::from_secs(600), Duration::ZERO, Duration::ZERO, window)
}

fn patient() -> AttemptRule {
    AttemptRule::new(1_000, Duration::ZERO, Duration::ZERO, DAY)
}

fn challenge() -> NewChallenge {
    let mut bytes = [0; 32];
    otpost::otp::fill_random(&mut bytes).unwrap();
    let [tag, random]: [&[u8]; 2] = [&bytes[..8], &bytes[16..]];
    let (tag, random) = (tag.try_into().unwrap(), random.try_into().unwrap());
    let id = ChallengeId::new(0, tag, random);
    NewChallenge::new(id, Mac::new(random), Salt::new(random), 5)
}

#[derive(Clone, Debug, Default)]
struct Phone(Arc<Mutex<Option<Code>>>);

#[async_trait]
impl Provider for Phone {
    fn name(&self) -> &str {
        "phone"
    }

    async fn send(&self, message: &Message) -> Result<Receipt, SendError> {
        *self.0.lock().unwrap() = message.code().cloned();
        Ok(Receipt::new("phone"))
    }
}

/// Returns the resident memory of this process, in bytes.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages = status.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0_u64);
    pages * 4_096
}

fn rate(count: usize, began: Instant) -> f64 {
    count as f64 / began.elapsed().as_secs_f64()
}

/// Measures the memory that a million expired challenges leave behind, and the slowest `open` in
/// the meantime.
async fn ending() {
    let clock = otpost::testing::ManualClock::at(1_700_000_000);
    let store = MemoryStore::with_capacity(2_000_000).with_clock(clock.clone());
    // Filled in advance: otherwise its pages would count as memory of the store.
    let mut times = vec![Duration::MAX; 1_000_000];
    let before = resident();
    for _ in 0..1_000_000 {
        let _ = store.open(&challenge(), &rule()).await.unwrap();
    }
    let full = resident();
    clock.advance(DAY * 2);
    for time in &mut times {
        let new = challenge();
        let began = Instant::now();
        let _ = black_box(store.open(&new, &rule()).await.unwrap());
        *time = began.elapsed();
    }
    let replaced = resident();
    println!("{} are kept", store.len());
    clock.advance(DAY * 2);
    let _ = store.sweep().await.unwrap();
    times.sort_unstable();
    let mib = |bytes: u64| bytes / (1 << 20);
    println!(
        "a million ended: {} MiB before, {} MiB full, {} MiB when as many have come in their place, {} MiB swept",
        mib(before),
        mib(full),
        mib(replaced),
        mib(resident()),
    );
    println!("opening meanwhile: p99 {:?}, slowest {:?}", times[990_000], times[999_999]);
}

async fn memory() {
    println!("memory, one core:");
    println!(
        "{:>10} {:>14} {:>16} {:>18}",
        "live", "bytes/live", "open+attempt/s", "issue+verify/s"
    );
    for live in [10_000_usize, 100_000, 1_000_000] {
        let before = resident();
        let store = Arc::new(MemoryStore::with_capacity(1_200_000));
        for _ in 0..live {
            let _ = store.open(&challenge(), &rule()).await.unwrap();
        }
        let bytes = resident().saturating_sub(before) / live as u64;
        let count = 200_000;
        let fresh: Vec<_> = (0..count).map(|_| challenge()).collect();
        let began = Instant::now();
        for new in &fresh {
            let _ = black_box(store.open(new, &rule()).await.unwrap());
            let _ = black_box(store.attempt(&new.id, &new.mac, None, &patient()).await.unwrap());
        }
        let verbs = rate(count, began);
        // The whole flow, with a phone that stores only the last code.
        let phone = Phone::default();
        let challenges = Challenges::builder(Pepper::random().unwrap())
            .app("Acme")
            .provider(phone.clone())
            .store(store)
            .any_region()
            .limits(Limits::none())
            .build()
            .unwrap();
        let numbers: Vec<_> =
            (0..count).map(|at| PhoneNumber::parse(&format!("+4179{at:07}")).unwrap()).collect();
        let began = Instant::now();
        for to in &numbers {
            let challenge = challenges.issue(to, LOGIN, Client::Internal).await.unwrap();
            let code = phone.0.lock().unwrap().take().unwrap();
            let verdict = challenges.verify(challenge.token(), LOGIN, code.expose()).await.unwrap();
            assert!(verdict.is_accepted());
        }
        println!("{live:>10} {bytes:>14} {verbs:>16.0} {:>18.0}", rate(count, began));
    }
}

/// Runs a function `count` times with `depth` concurrent callers, and returns the calls per second.
async fn at_once<F>(
    count: usize,
    depth: usize,
    run: impl Fn(usize) -> F + Clone + Send + 'static,
) -> f64
where
    F: Future<Output = ()> + Send,
{
    let began = Instant::now();
    let mut tasks = JoinSet::new();
    for first in 0..depth {
        let run = run.clone();
        tasks.spawn(async move {
            for at in (first..count).step_by(depth) {
                run(at).await;
            }
        });
    }
    // A task that failed would make the others look fast.
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
    rate(count, began)
}

/// The number of concurrent callers of Redis.
const REDIS_DEPTH: usize = 64;

async fn in_redis(server: &Redis) -> RedisStore<MultiplexedConnection> {
    let client = redis::Client::open(server.url()).unwrap();
    // Longer than the default, which a busy machine exceeds.
    let config =
        redis::AsyncConnectionConfig::new().set_response_timeout(Some(Duration::from_secs(20)));
    RedisStore::new(client.get_multiplexed_async_connection_with_config(&config).await.unwrap())
}

/// Opens `count` challenges, and returns the challenges per second.
async fn opened(store: &RedisStore<MultiplexedConnection>, count: usize, depth: usize) -> f64 {
    let store = store.clone();
    let open = move |_| {
        let store = store.clone();
        async move {
            let _ = store.open(&challenge(), &rule()).await.unwrap();
        }
    };
    at_once(count, depth, open).await
}

async fn redis() {
    let server = Redis::start().unwrap();
    let store = in_redis(&server).await;
    let cpu = || limits::redis_cpu(&server);
    println!("\nredis, {REDIS_DEPTH} at once:");
    println!("{:>10} {:>14} {:>16} {:>18}", "live", "bytes/live", "lives/s", "redis CPU us/life");
    let used = || {
        let info = server.cli(&["info", "memory"]);
        let line = info.lines().find(|line| line.starts_with("used_memory:")).unwrap_or_default();
        line.split(':').nth(1).and_then(|n| n.trim().parse::<u64>().ok()).unwrap_or_default()
    };
    let empty = used();
    let mut live = 0;
    for target in [10_000_usize, 100_000, 1_000_000] {
        opened(&store, target - live, 256).await;
        live = target;
        let bytes = (used() - empty) / live as u64;
        let (count, before) = (30_000, cpu());
        let of_life = store.clone();
        let life = move |_| {
            let (store, new) = (of_life.clone(), challenge());
            async move {
                let _ = store.open(&new, &rule()).await.unwrap();
                let _ = store.attempt(&new.id, &new.mac, None, &patient()).await.unwrap();
            }
        };
        let lives = at_once(count, REDIS_DEPTH, life).await;
        let cpu = (cpu() - before) / count as f64 * 1e6;
        println!("{live:>10} {bytes:>14} {lives:>16.0} {cpu:>18.1}");
    }
}

/// Runs the same script with the same concurrency, with the store and with `redis-benchmark`.
async fn beside_redis_benchmark() {
    const TURNS: usize = 10;
    let server = Redis::start().unwrap();
    let store = in_redis(&server).await;
    // Redis doubles its hash table at 2^20 and 2^21 keys, and commands take twice as long
    // meanwhile. Start half full, so that no resize occurs during the measurement.
    opened(&store, 620_000, REDIS_DEPTH).await;
    let script = [
        include_str!("../crates/otpost-redis/src/clock.lua"),
        include_str!("../crates/otpost-redis/src/recipient.lua"),
        include_str!("../crates/otpost-redis/src/doubled.lua"),
        include_str!("../crates/otpost-redis/src/permit.lua"),
        include_str!("../crates/otpost-redis/src/open.lua"),
        include_str!("../crates/otpost-redis/src/opened.lua"),
    ];
    // redis-benchmark sends no zero bytes, so the rule of messages is a part of its script. That
    // saves it an argument. The rule has no cooldown, and a window of 1,000 messages in a day.
    let rule = r"'\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\3\232\0\0\0\0\5\38\92\0'";
    let script = script.concat().replace("ARGV[3]", rule);
    let digest = server.cli(&["script", "load", &script]).trim().to_owned();
    // The value of a challenge without its state and its expiry.
    let rest = "0".repeat(50);
    // Alternate, so that a machine that slows down affects both.
    let (mut ours, mut raws) = (0.0, 0.0);
    for _ in 0..TURNS {
        ours += opened(&store, 20_000, REDIS_DEPTH).await / TURNS as f64;
        let output = Command::new("redis-benchmark")
            .args(["-p", &server.port().to_string(), "-q", "-n", "20000", "-r", "100000000"])
            .args(["-c", "1", "-P", &REDIS_DEPTH.to_string(), "EVALSHA", &digest, "2"])
            .args(["o:{__rand_int__}:x", "r:{__rand_int__}", &rest, "600000"])
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        let raw = printed.split("requests per second").next().unwrap_or_default();
        let raw: Option<f64> = raw.rsplit(':').next().and_then(|number| number.trim().parse().ok());
        // Without a number, the arguments are not those of the script.
        raws += raw.unwrap() / TURNS as f64;
    }
    let keys: u32 = server.cli(&["dbsize"]).trim().parse().unwrap();
    assert!(keys < 1 << 21, "Redis doubled its table meanwhile: {keys} keys");
    println!("open/s {ours:.0}, redis-benchmark {raws:.0}, ratio {:.2}", ours / raws);
}

async fn postgres() {
    const DEPTH: usize = 32;
    const TURNS: usize = 20;
    let server = Postgres::start(&[]).unwrap();
    let pool = sqlx::postgres::PgPoolOptions::new().max_connections(16);
    let pool = pool.connect(&server.url()).await.unwrap();
    let store = PostgresStore::new(pool.clone());
    store.migrate().await.unwrap();
    sqlx::query("CREATE TABLE bare (id bytea PRIMARY KEY, left_ integer)")
        .execute(&pool)
        .await
        .unwrap();
    println!("\npostgres, durable, {DEPTH} at once over 16 connections:");
    println!("{:>10} {:>10} {:>10} {:>10} {:>8}", "live", "open/s", "verify/s", "bare/s", "ratio");
    let mut live = 0;
    for target in [10_000_usize, 100_000, 1_000_000] {
        // Insert the rows in one statement, with the contents that `open` would write.
        sqlx::query(
            "WITH made AS (SELECT sha256(('c' || i)::bytea) AS h FROM generate_series($1::bigint, $2::bigint) i), \
             recipients AS (INSERT INTO otpost_recipient \
             SELECT substr(h, 1, 8), substr(h, 1, 24), otpost_now() + 600000, 0, 0, 0, 0, 0, 0, 0 FROM made \
             ON CONFLICT DO NOTHING), \
             bares AS (INSERT INTO bare SELECT substr(h, 1, 24), 5 FROM made) \
             INSERT INTO otpost_challenge (id, mac, salt, binding, attempts, expires) \
             SELECT substr(h, 1, 24), substr(h, 1, 16), substr(h, 1, 16), substr(h, 1, 8), 5, otpost_now() + 600000 FROM made",
        )
        .bind(i64::try_from(live).unwrap())
        .bind(i64::try_from(target - 1).unwrap())
        .execute(&pool)
        .await
        .unwrap();
        sqlx::query("VACUUM ANALYZE").execute(&pool).await.unwrap();
        sqlx::query("CHECKPOINT").execute(&pool).await.unwrap();
        live = target;
        let count = 40_000;
        let fresh: Arc<Vec<_>> = Arc::new((0..count).map(|_| challenge()).collect());
        let of_open = (store.clone(), fresh.clone());
        let open = move |at: usize| {
            let (store, fresh) = of_open.clone();
            async move {
                let _ = store.open(&fresh[at], &rule()).await.unwrap();
            }
        };
        let opens = at_once(count, DEPTH, open).await;
        let (mut verifies, mut bares) = (0.0, 0.0);
        // Alternate, so that a machine that slows down affects both.
        for turn in 0..TURNS {
            let of_verify = (store.clone(), fresh.clone());
            let verify = move |at: usize| {
                let (store, fresh) = of_verify.clone();
                async move {
                    let new = &fresh[turn * count / TURNS + at];
                    let _ = store.attempt(&new.id, &new.mac, None, &patient()).await.unwrap();
                }
            };
            verifies += at_once(count / TURNS, DEPTH, verify).await / TURNS as f64;
            let of_bare = pool.clone();
            let bare = move |at: usize| {
                let pool = of_bare.clone();
                async move {
                    let row: Option<(i32,)> = sqlx::query_as(
                        "UPDATE bare SET left_ = left_ - 1 WHERE id = substr(sha256(('c' || $1::bigint)::bytea), 1, 24) RETURNING left_",
                    )
                    .bind(i64::try_from((turn * count / TURNS + at) % live).unwrap())
                    .fetch_optional(&pool)
                    .await
                    .unwrap();
                    assert!(row.is_some(), "the row exists");
                }
            };
            bares += at_once(count / TURNS, DEPTH, bare).await / TURNS as f64;
        }
        println!(
            "{live:>10} {opens:>10.0} {verifies:>10.0} {bares:>10.0} {:>8.2}",
            verifies / bares
        );
    }
}

#[tokio::main(worker_threads = 2)]
async fn main() {
    let asked: Vec<_> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let is_asked = |name: &str| asked.is_empty() || asked.iter().any(|word| word == name);
    if is_asked("memory") {
        memory().await;
        ending().await;
    }
    if is_asked("redis") {
        redis().await;
        beside_redis_benchmark().await;
    }
    if is_asked("limits") {
        limits::redis_with_limits().await;
    }
    if is_asked("postgres") {
        postgres().await;
    }
}
