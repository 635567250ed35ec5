//! L2: what stores and their drivers log, with all logs on, has no code, number, key or digest in it.

use otpost::challenge::{Challenges, Client, Limits, Pepper, Policy};
use otpost::store::{ChallengeStore, LimitStore};
use otpost::testing::RecordingProvider;
use otpost::{Digits, PhoneNumber};
use otpost_redis::RedisStore;
use otpost_sqlx::{PostgresStore, SqliteStore};

use crate::challenges::LOGIN;
use crate::hooked::{Given, Hooked};
use crate::redaction::all_logs_on;
use otpost_test_servers::postgres::Postgres;
use otpost_test_servers::redis::Redis;

/// Lives of challenges over a store; what must not be seen of them.
async fn needles(store: impl ChallengeStore + LimitStore) -> Vec<String> {
    let (phone, store) = (RecordingProvider::new(), Hooked::new(store, Given::default()));
    let given = store.hook.clone();
    let challenges = Challenges::builder(Pepper::new(1, vec![0xa7; 32]).unwrap())
        .app("Acme")
        .provider(phone.clone())
        .store(store)
        .store_timeout(None)
        .any_region()
        .limits(Limits::none())
        // Eight digits are none by chance.
        .policy(Policy::sms().with_digits(Digits::Eight))
        .build()
        .unwrap();
    let mut needles = vec!["a7a7a7a7".to_owned(), "167, 167, 167".to_owned()];
    for at in 0..20 {
        let to = PhoneNumber::parse(&format!("+417987766{at:02}")).unwrap();
        let challenge = challenges.issue(&to, LOGIN, Client::Internal).await.unwrap();
        let code = phone.messages().pop().unwrap().code().unwrap().expose().to_owned();
        for typed in ["00000000", &code, &code] {
            let _ = challenges.verify(challenge.token(), LOGIN, typed).await.unwrap();
        }
        needles.extend([code, to.plain().to_owned()]);
    }
    for new in given.0.lock().unwrap().iter() {
        for part in [new.mac.as_bytes(), new.salt.as_bytes()] {
            needles.push(data_encoding::HEXLOWER.encode(part));
            needles.push(format!("{part:?}"));
            needles.push(data_encoding::BASE64.encode(part));
        }
    }
    needles
}

#[tokio::test]
async fn all_logs_of_the_stores_show_nothing() {
    let test = "stores::logs::all_logs_of_the_stores_show_nothing";
    let Some(log) = all_logs_on(test) else { return };
    let (redis, postgres) = (Redis::start().unwrap(), Postgres::start(&[]).unwrap());
    let sqlite = sqlx::sqlite::SqlitePoolOptions::new().max_connections(1);
    let sqlite = SqliteStore::new(sqlite.connect("sqlite::memory:").await.unwrap());
    sqlite.migrate().await.unwrap();
    let postgres = PostgresStore::new(sqlx::PgPool::connect(&postgres.url()).await.unwrap());
    postgres.migrate().await.unwrap();
    let mut all = needles(sqlite).await;
    all.extend(needles(postgres).await);
    all.extend(needles(RedisStore::new(super::redis::connect(&redis).await)).await);
    let seen = String::from_utf8_lossy(&log.0.lock().unwrap()).into_owned();
    assert!(seen.contains("otpost_attempt") && seen.contains("sqlx"), "nothing was logged");
    assert!(all.len() > 3 * 20 * 6, "{}", all.len());
    for needle in &all {
        assert!(!seen.contains(needle.as_str()), "{needle} is logged");
    }
}
