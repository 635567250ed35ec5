//! The memory store as the model of this one: both give the same results for the same calls at the
//! same times. The scripts read the time from a key, so that it passes without waiting.

#![expect(clippy::arithmetic_side_effects, reason = "a test that overflows has failed")]

use std::fmt::Debug;
use std::time::Duration;

use otpost::otp::fill_random;
use otpost::store::{
    AttemptRule, Binding, ChallengeId, ChallengeStore, CounterTag, EarlyRule, Finish, GiveKind,
    Intent, Limit, LimitStore, Mac, MemoryStore, NewChallenge, Nonce, OpenRule, OutboxStore,
    QueueTag, ReportStore, ReportTag, ResendRule, Resent, Salt, SendWindow, Settlement,
    StatusRecord,
};
use otpost::testing::ManualClock;
use otpost_test_servers::redis::Redis;
use redis::aio::MultiplexedConnection;

use super::RedisStore;
use super::script::Scripts;

const CLOCK: &str = "local call, floor = redis.call, math.floor\n\
                     local at = tonumber(call('GET', 'now'))\n";
const START: u64 = 1_700_000_000;
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(86_400);

/// Both stores, and the time that is the same for them.
struct ModelPair {
    connection: MultiplexedConnection,
    redis: RedisStore<MultiplexedConnection>,
    memory: MemoryStore,
    clock: ManualClock,
    now: Duration,
    dice: u64,
    calls: Vec<String>,
}

impl ModelPair {
    async fn new(server: &Redis, seed: u64) -> Self {
        let client = redis::Client::open(server.url()).unwrap();
        // Without a timeout of its own, the client waits for 500 ms, and a test can be late.
        let config =
            redis::AsyncConnectionConfig::new().set_response_timeout(Some(Duration::from_secs(20)));
        let connection = client.get_multiplexed_async_connection_with_config(&config);
        let connection = connection.await.unwrap();
        let mut redis = RedisStore::new(connection.clone());
        redis.scripts = Scripts::with_clock(CLOCK);
        let (clock, now) = (ManualClock::at(START), Duration::from_secs(START));
        let memory = MemoryStore::new().with_clock(clock.clone());
        let calls = Vec::new();
        let mut pair = Self { connection, redis, memory, clock, now, dice: seed, calls };
        pair.pass(Duration::ZERO).await;
        pair
    }

    async fn pass(&mut self, time: Duration) {
        self.now += time;
        self.clock.advance(time);
        let mut set = redis::cmd("SET");
        set.arg("now").arg(self.now.as_millis().to_string());
        set.exec_async(&mut self.connection).await.unwrap();
        self.calls.push(format!("{time:?} pass"));
    }

    /// SplitMix64.
    fn below(&mut self, end: u64) -> u64 {
        self.dice = self.dice.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.dice ^ (self.dice >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % end
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[usize::try_from(self.below(of.len() as u64)).unwrap()].clone()
    }

    #[track_caller]
    fn same(&mut self, call: String, memory: impl Debug, redis: impl Debug) {
        self.calls.push(call);
        let (memory, redis) = (format!("{memory:?}"), format!("{redis:?}"));
        let last = self.calls.len().saturating_sub(10);
        assert_eq!(redis, memory, "{}", self.calls[last..].join("\n"));
    }
}

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    fill_random(&mut bytes).unwrap();
    bytes
}

#[tokio::test]
async fn limits_are_those_of_the_memory_store() {
    let server = Redis::start().unwrap();
    for seed in 0..40 {
        limits_alike(ModelPair::new(&server, seed).await).await;
    }
}

async fn limits_alike(mut pair: ModelPair) {
    let mut limits = Vec::new();
    for _ in 0..5 {
        let (most, span) = (pair.one(&[0, 1, 2, 3, 10, u16::MAX]), pair.one(&[HOUR, DAY]));
        // A span that is no multiple of six milliseconds has longer slots.
        limits.push(Limit::window(
            CounterTag::new(random()),
            most,
            span + Duration::from_millis(1),
        ));
        let (most, span) = (pair.one(&[0, 1, 3, 10, 50, u32::MAX]), pair.one(&[HOUR, 10 * HOUR]));
        let bucket = Limit::bucket(CounterTag::new(random()), most, span);
        limits.push(if pair.below(2) == 0 { bucket } else { bucket.with_growth() });
    }
    let markers: [CounterTag; 3] = [(); 3].map(|()| CounterTag::new(random()));
    for _ in 0..120 {
        let first = usize::try_from(pair.below(10)).unwrap();
        let count = usize::try_from(pair.below(5)).unwrap();
        let mut some: Vec<_> = limits.iter().cycle().skip(first).step_by(3).take(count).collect();
        some.sort_by_key(|limit| limit.tag);
        some.dedup();
        match pair.below(8) {
            0 => {
                let times = [1, 1_000, 60_000, 600_000, 3_600_000, 14_400_000, 90_000_000];
                let time = Duration::from_millis(pair.one(&times));
                pair.pass(time).await;
            }
            1..6 => {
                let kept = pair.below(3) == 0;
                let some: Vec<_> = some
                    .into_iter()
                    .map(|limit| if kept { limit.kept() } else { *limit })
                    .collect();
                let markers = &markers[..usize::try_from(pair.below(4)).unwrap()];
                let memory = pair.memory.reserve(&some, markers).await;
                let redis = pair.redis.reserve(&some, markers).await;
                pair.same(format!("reserve {some:?}"), memory, redis);
            }
            _ => {
                let kind = pair.one(&[GiveKind::NotSent, GiveKind::Success, GiveKind::All]);
                // So many successes let a bucket grow.
                let times = pair.one(&[1, 1, 1, 60]);
                let gives: Vec<_> = some.into_iter().map(|limit| limit.give(kind)).collect();
                // The server's own clock ends a marker, so none ends here.
                let span = pair.one(&[Duration::ZERO, 400 * DAY]);
                let settlement = Settlement::new(gives, vec![(pair.one(&markers), span)]);
                for _ in 0..times {
                    let memory = pair.memory.settle(&settlement).await;
                    let redis = pair.redis.settle(&settlement).await;
                    pair.same(format!("{times} times {settlement:?}"), memory, redis);
                }
            }
        }
    }
}

#[tokio::test]
async fn challenges_are_those_of_the_memory_store() {
    let server = Redis::start().unwrap();
    for seed in 0..40 {
        challenges_alike(ModelPair::new(&server, seed).await).await;
    }
}

async fn challenges_alike(mut pair: ModelPair) {
    let recipients: [[u8; 8]; 2] = [random(), random()];
    let window = SendWindow::new(pair.one(&[0, 2, 5]), HOUR);
    let cooldown = Duration::from_secs(pair.one(&[0, 30]));
    let open = OpenRule::new(HOUR / 6, cooldown, 10 * cooldown, window);
    let attempt = AttemptRule::new(pair.one(&[2, 3]), HOUR / 10, HOUR, DAY);
    let mut opened: Vec<NewChallenge> = Vec::new();
    for _ in 0..120 {
        let other = ChallengeId::new(0, recipients[0], random());
        let other = NewChallenge::new(other, Mac::new(random()), Salt::new(random()), 5);
        let recent = opened.len().saturating_sub(3);
        let some = opened[recent..].to_vec();
        let mut some = if some.is_empty() { other } else { pair.one(&some) };
        let id = some.id;
        match pair.below(14) {
            0 | 1 => {
                let seconds = [1, 20, 45, 61, 400, 700, 4_000, 90_000];
                let time = Duration::from_secs(pair.one(&seconds));
                pair.pass(time).await;
            }
            2..5 => {
                let id = ChallengeId::new(0, pair.one(&recipients), random());
                let new = NewChallenge::new(id, Mac::new(random()), Salt::new(random()), 4);
                let memory = pair.memory.open(&new, &open).await;
                let redis = pair.redis.open(&new, &open).await;
                opened.push(new);
                pair.same(format!("open {id:?}"), memory, redis);
            }
            5..9 => {
                let guess = if pair.below(4) == 0 { some.mac } else { Mac::new(random()) };
                let nonce = pair.one(&[None, Some(Nonce::new([1; 8])), Some(Nonce::new([2; 8]))]);
                let memory = pair.memory.attempt(&id, &guess, nonce.as_ref(), &attempt).await;
                let redis = pair.redis.attempt(&id, &guess, nonce.as_ref(), &attempt).await;
                pair.same(format!("attempt {id:?}"), memory, redis);
            }
            9 | 10 => {
                let binding = Binding::new([pair.one(&[0, 0, 0, 1]); 8]);
                let mut rule = ResendRule::new(open, HOUR / 60).with_binding(binding);
                let (salt, mac) = (Salt::new(random()), Mac::new(random()));
                let is_rotated = pair.below(2) == 0;
                if is_rotated {
                    rule = rule.with_rotation(salt, mac);
                }
                let memory = pair.memory.resend(&id, &rule).await;
                let redis = pair.redis.resend(&id, &rule).await;
                if is_rotated && matches!(memory, Ok(Resent::Permitted { .. })) {
                    some.mac = mac;
                    opened.push(some);
                }
                pair.same(format!("resend {id:?}"), memory, redis);
            }
            11 => {
                let memory = pair.memory.revoke(&id).await;
                let redis = pair.redis.revoke(&id).await;
                pair.same(format!("revoke {id:?}"), memory, redis);
            }
            12 => {
                let revokes = pair.below(2) == 0;
                let memory = pair.memory.return_permit(&id, revokes).await;
                let redis = pair.redis.return_permit(&id, revokes).await;
                pair.same(format!("return the permit of {id:?}, {revokes}"), memory, redis);
            }
            _ => {
                let memory = pair.memory.reset(&id.recipient()).await;
                let redis = pair.redis.reset(&id.recipient()).await;
                pair.same(format!("reset {id:?}"), memory, redis);
            }
        }
    }
}

#[tokio::test]
async fn queue_is_that_of_the_memory_store() {
    let server = Redis::start().unwrap();
    for seed in 0..40 {
        queue_alike(ModelPair::new(&server, seed).await).await;
    }
}

async fn queue_alike(mut pair: ModelPair) {
    let open = OpenRule::new(HOUR / 6, Duration::ZERO, Duration::ZERO, SendWindow::new(99, DAY));
    let attempt = AttemptRule::new(99, Duration::ZERO, Duration::ZERO, DAY);
    let [queue, other] = [(); 2].map(|()| QueueTag::new(random()));
    let (mut opened, mut claims) = (Vec::new(), Vec::new());
    for _ in 0..100 {
        match pair.below(9) {
            0 | 1 => {
                // In total it is less than an hour, after which the memory store drops intents.
                let time = Duration::from_secs(pair.one(&[1, 20, 61, 100]));
                pair.pass(time).await;
            }
            2 => {
                pair.pass(Duration::from_millis(1)).await;
                let id = ChallengeId::new(3, random(), random());
                let new = NewChallenge::new(id, Mac::new(random()), Salt::new(random()), 4);
                let intent = Intent::new(random::<9>());
                let memory = pair.memory.open_queued(&new, &open, &queue, &intent).await;
                let redis = pair.redis.open_queued(&new, &open, &queue, &intent).await;
                opened.push(new);
                pair.same(format!("open {id:?}"), memory, redis);
            }
            3..6 => {
                // All that is due, because the memory store returns it in another order.
                let least_left = Duration::from_secs(60);
                let queue = pair.one(&[queue, queue, other]);
                let mut due = Vec::new();
                for store in [&pair.memory as &dyn OutboxStore, &pair.redis] {
                    let mut all = Vec::new();
                    while let Some(claim) =
                        store.claim(&queue, HOUR / 100, least_left).await.unwrap()
                    {
                        all.push(claim);
                    }
                    all.sort_by_key(|claim| claim.id);
                    due.push(all);
                }
                let (redis, memory) = (due.pop().unwrap(), due.pop().unwrap());
                claims.extend(redis.iter().cloned());
                pair.same("claim".to_owned(), memory, redis);
            }
            6 => {
                let Some(claim) = claims.last().cloned() else { continue };
                let after = Duration::from_secs(pair.one(&[0, 30]));
                let how = pair.one(&[Finish::Done, Finish::Again(after), Finish::Unknown(after)]);
                let memory = pair.memory.finish(&claim, how).await;
                let redis = pair.redis.finish(&claim, how).await;
                pair.same(format!("{how:?} {:?}", claim.id), memory, redis);
                if pair.below(2) == 0 {
                    claims.pop();
                }
            }
            7 => {
                let Some(new) = opened.last().cloned() else { continue };
                pair.pass(Duration::from_millis(1)).await;
                // The number of the pepper's key may have changed, and with it the queue.
                let queue = pair.one(&[queue, queue, other]);
                let id = ChallengeId::new(4, new.id.recipient(), new.id.random());
                let intent = Intent::new(random::<7>());
                let memory = pair.memory.queue(&id, &queue, &intent, HOUR / 10).await;
                let redis = pair.redis.queue(&id, &queue, &intent, HOUR / 10).await;
                pair.same(format!("queue {id:?}"), memory, redis);
            }
            _ => {
                let Some(new) = opened.pop() else { continue };
                let guess = if pair.below(2) == 0 { new.mac } else { Mac::new(random()) };
                let memory = pair.memory.attempt(&new.id, &guess, None, &attempt).await;
                let redis = pair.redis.attempt(&new.id, &guess, None, &attempt).await;
                pair.same(format!("attempt {:?}", new.id), memory, redis);
                if pair.below(2) == 0 {
                    let memory = pair.memory.revoke(&new.id).await;
                    let redis = pair.redis.revoke(&new.id).await;
                    pair.same(format!("revoke {:?}", new.id), memory, redis);
                }
            }
        }
    }
}

#[tokio::test]
async fn reports_are_those_of_the_memory_store() {
    let server = Redis::start().unwrap();
    for seed in 0..40 {
        reports_alike(ModelPair::new(&server, seed).await).await;
    }
}

async fn reports_alike(mut pair: ModelPair) {
    // The bound of early reports also counts those of the seed before.
    redis::cmd("FLUSHDB").exec_async(&mut pair.connection).await.unwrap();
    pair.pass(Duration::ZERO).await;
    let tags: [ReportTag; 7] = [(); 7].map(|()| ReportTag::new(random()));
    let numbered = |at: &usize| (*at, tags[*at]);
    let mut last: Option<(usize, String)> = None;
    for call in 0..150 {
        // Names of messages, whose own bytes no failure shows.
        let count = usize::try_from(1 + pair.below(3)).unwrap();
        let places: Vec<usize> = (0..count).map(|_| pair.one(&[0, 1, 2, 3, 4, 5, 6])).collect();
        let (mut places, mut names): (Vec<_>, Vec<_>) = places.iter().map(numbered).unzip();
        match pair.below(12) {
            0 => {
                // In total less than a day: the server's own clock ends keys, so none ends here.
                let time = Duration::from_millis(pair.one(&[1, 999, 60_000, 300_000]));
                pair.pass(time).await;
            }
            1..5 => {
                // The last message again, or another one. The note of a message is its own: a
                // forgotten message with the same note and first name would be found again.
                let again = last.clone().filter(|_| pair.below(2) == 0);
                let note = format!("order {call} \u{fc}");
                let (first, note) = again.unwrap_or((places[0], note));
                (places[0], names[0]) = numbered(&first);
                let memory = pair.memory.record_message(&names, &note, DAY).await;
                let redis = pair.redis.record_message(&names, &note, DAY).await;
                pair.same(format!("record {note} as {places:?}"), memory, redis);
                last = Some((first, note));
            }
            5..9 => {
                let (bit, replaces) = pair.one(&[(1, 0), (2, 1), (4, 3), (8, 3), (16, 0)]);
                let details: [&[u8]; 3] = [b"", b"\0\xff", &[7; 255]];
                let status = StatusRecord::new(bit, replaces, pair.one(&details));
                // One lifetime: the memory store counts what has expired behind a report that lives
                // longer.
                let rule = EarlyRule::new(DAY, pair.one(&[0, 2, 9]));
                let memory = pair.memory.apply_report(&names, &status, &rule).await;
                let redis = pair.redis.apply_report(&names, &status, &rule).await;
                pair.same(format!("apply {bit} to {places:?}, {rule:?}"), memory, redis);
            }
            9 | 10 => {
                let memory = pair.memory.read_status(&names[0]).await;
                let redis = pair.redis.read_status(&names[0]).await;
                pair.same(format!("read {}", places[0]), memory, redis);
            }
            _ => {
                let memory = pair.memory.record_replay(&names[0], DAY).await;
                let redis = pair.redis.record_replay(&names[0], DAY).await;
                pair.same(format!("record the request {}", places[0]), memory, redis);
            }
        }
    }
}
