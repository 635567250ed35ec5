//! The attacks over all four stores, without any waiting.

use std::time::Duration;

use otpost::PhoneNumber;
use otpost::challenge::{
    Challenge, ChallengeError, ChallengeErrorKind, Challenges, ChallengesBuilder, DeviceToken,
    Limits, Policy, Step, Verdict,
};
use otpost::store::{LimitStore, MemoryStore, OutboxStore};
use otpost::testing::ManualClock;

use super::{By, LOGIN, Phones, SECOND, START, application, client, is_contested, mobile, number};

struct App {
    challenges: Challenges,
    phones: Phones,
}

/// An application without a cooldown. Its tenant shares no limits with others.
fn app(tenant: &str, with: impl FnOnce(ChallengesBuilder) -> ChallengesBuilder) -> App {
    let phones = Phones::new(ManualClock::at(START / SECOND));
    let builder = application(phones.clone()).tenant(tenant);
    let builder = builder.policy(Policy::sms().with_cooldown(Duration::ZERO));
    App { challenges: with(builder).build().unwrap(), phones }
}

impl App {
    async fn ask(
        &self,
        to: &PhoneNumber,
        client: u64,
        by: By<'_>,
    ) -> Result<Challenge, ChallengeError> {
        let issue = self.challenges.issue(to, LOGIN, self::client(client));
        match by {
            By::Stranger => issue.await,
            By::Human => issue.human().await,
            By::Device(token) => issue.device(token).await,
        }
    }

    async fn enter(&self, challenge: &Challenge, to: &PhoneNumber) -> DeviceToken {
        let code = self.phones.code(to);
        match self.challenges.verify(challenge.token(), LOGIN, &code).await.unwrap() {
            Verdict::Accepted(accepted) => accepted.device_token().unwrap().clone(),
            verdict => panic!("{verdict:?}"),
        }
    }
}

async fn every_row<S: LimitStore + OutboxStore + Clone>(store: S) {
    stranger_locks_nobody_out(store.clone()).await;
    client_over_its_limit(store.clone()).await;
    burst_in_the_outbox(store.clone()).await;
    gateway_down(store.clone(), false).await;
    gateway_down(store.clone(), true).await;
    employees(store.clone()).await;
    pumping(store.clone()).await;
    decoys(store).await;
}

/// The first limits: the owner got no code.
async fn stranger_locks_nobody_out(store: impl LimitStore + OutboxStore) {
    let app = app("stranger", |builder| builder.store(store));
    let to = mobile(9, 1);
    let challenge = app.ask(&to, 1 << 40, By::Stranger).await.unwrap();
    let device = app.enter(&challenge, &to).await;
    let mut sent = 0;
    for client in 0..20 {
        match app.ask(&to, client, By::Stranger).await {
            Ok(_) => sent += 1,
            Err(refused) => assert!(is_contested(&refused) && refused.retry_after().is_some()),
        }
    }
    assert_eq!(sent, 5);
    let challenge = app.ask(&to, 30, By::Device(&device)).await.unwrap();
    app.enter(&challenge, &to).await;
    let challenge = app.ask(&to, 30, By::Human).await.unwrap();
    app.enter(&challenge, &to).await;
    app.challenges.reset(&to, LOGIN).await.unwrap();
    app.ask(&to, 31, By::Stranger).await.unwrap();
}

/// The first limits: each refused call used up a permit of the victim.
async fn client_over_its_limit(store: impl LimitStore + OutboxStore) {
    let app = app("client", |builder| builder.store(store));
    let to = mobile(9, 1);
    for at in 0..40 {
        match app.ask(&to, 1, By::Stranger).await {
            Ok(_) => assert!(at < 3, "{at}"),
            Err(refused) => assert_eq!(refused.kind(), ChallengeErrorKind::Limited),
        }
    }
    // Two of the five per hour are left for others.
    app.ask(&to, 2, By::Stranger).await.unwrap();
    app.ask(&to, 3, By::Stranger).await.unwrap();
    assert!(is_contested(&app.ask(&to, 4, By::Stranger).await.unwrap_err()));
    assert_eq!(app.phones.received(&to), 5);
}

/// The first limits: one message, and all neighbours were refused.
async fn burst_in_the_outbox(store: impl LimitStore + OutboxStore) {
    let app = app("outbox", |builder| builder.policy(Policy::sms()).outbox(store));
    let neighbour = |at: u64| number(&format!("+41791234{at:03}"));
    for at in 0..50 {
        let asked = app.ask(&neighbour(0), at, By::Stranger).await;
        assert_eq!(asked.is_ok(), at == 0);
    }
    for at in 1..51 {
        let asked = app.ask(&neighbour(at), 100 + at, By::Stranger).await;
        assert_eq!(asked.is_ok(), at < 50, "{at}");
    }
    let worker = app.challenges.worker().unwrap();
    for _ in 0..50 {
        assert_eq!(worker.step().await.unwrap(), Step::Sent);
    }
    assert_eq!(worker.step().await.unwrap(), Step::Idle);
}

/// The first limits: five messages that were not sent used up the hour of the user.
async fn gateway_down(store: impl LimitStore + OutboxStore, is_known: bool) {
    let app = app(if is_known { "down, known" } else { "down" }, |builder| builder.store(store));
    let to = mobile(9, 1);
    if is_known {
        app.challenges.mark_verified(std::slice::from_ref(&to)).await.unwrap();
    }
    app.phones.fail(true);
    for _ in 0..12 {
        let refused = app.ask(&to, 1, By::Stranger).await.unwrap_err();
        assert_eq!(refused.kind(), ChallengeErrorKind::Send);
    }
    app.phones.fail(false);
    // Nothing but the messages that are sent from now on counts.
    for client in 0..5 {
        app.ask(&to, client, By::Stranger).await.unwrap();
    }
    assert!(is_contested(&app.ask(&to, 9, By::Stranger).await.unwrap_err()));
}

/// The first limits: 50 passed, and all others were refused.
async fn employees(store: impl LimitStore + OutboxStore) {
    let app = app("employees", |builder| builder.store(store));
    for person in 0..120 {
        let to = number(&format!("+41791234{person:03}"));
        let challenge = app.ask(&to, 1, By::Stranger).await.unwrap();
        app.enter(&challenge, &to).await;
    }
}

/// The first limits: all messages were sent.
async fn pumping(store: impl LimitStore + OutboxStore) {
    let app = app("pumping", |builder| builder.store(store));
    let known = [mobile(6, 1)];
    app.challenges.mark_verified(&known).await.unwrap();
    let mut sent = 0;
    for at in 0..200 {
        sent += u64::from(app.ask(&mobile(9, at), at, By::Stranger).await.is_ok());
    }
    // A slow store takes some seconds, and six minutes refill one place.
    assert!((100..=102).contains(&sent), "{sent}");
    app.ask(&known[0], 1 << 40, By::Stranger).await.unwrap();
    let new = mobile(8, 1);
    assert!(is_contested(&app.ask(&new, 1 << 41, By::Stranger).await.unwrap_err()));
    let challenge = app.ask(&new, 1 << 41, By::Human).await.unwrap();
    app.enter(&challenge, &new).await;
}

/// The first limits: each decoy was kept, also those that the limit of the client refused.
async fn decoys(store: impl LimitStore + OutboxStore) {
    let limits = Limits::standard().with_client(5);
    let app = app("decoys", |builder| builder.store(store).limits(limits));
    let mut issued = 0;
    for at in 0..50 {
        let to = mobile(8, at);
        issued += u64::from(app.challenges.issue(&to, LOGIN, client(1)).decoy(true).await.is_ok());
    }
    assert_eq!((issued, app.phones.sent()), (5, 0));
    // The refused ones have not counted for their numbers.
    for at in 40..45 {
        app.ask(&mobile(8, at), 10 + at, By::Stranger).await.unwrap();
    }
}

#[tokio::test]
async fn attacks_over_the_store_in_memory() {
    every_row(MemoryStore::new()).await;
}

#[cfg(feature = "redis")]
#[tokio::test]
async fn attacks_over_redis() {
    let server = otpost_test_servers::redis::Redis::start().unwrap();
    every_row(otpost_redis::RedisStore::new(crate::stores::redis::connect(&server).await)).await;
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn attacks_over_postgres() {
    let settings = ["fsync=off", "full_page_writes=off"];
    let server = otpost_test_servers::postgres::Postgres::start(&settings).unwrap();
    let store = otpost_sqlx::PostgresStore::new(
        sqlx::postgres::PgPool::connect(&server.url()).await.unwrap(),
    );
    store.migrate().await.unwrap();
    every_row(store).await;
}

#[cfg(feature = "sqlite")]
#[tokio::test]
async fn attacks_over_sqlite() {
    let pool = sqlx::sqlite::SqlitePool::connect("sqlite::memory:").await.unwrap();
    let store = otpost_sqlx::SqliteStore::new(pool);
    store.migrate().await.unwrap();
    every_row(store).await;
}
