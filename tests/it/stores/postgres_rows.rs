//! PostgreSQL: a right guess writes one row where it can, and what that leaves for later is never lost.

use std::time::Duration;

use otpost::store::{Attempt, AttemptRule, ChallengeStore, Mac, OpenRule, Opened, SendWindow};
use otpost_sqlx::PostgresStore;
use sqlx::postgres::PgPool;
use tokio::task::JoinSet;

use super::model::is_like_memory;
use super::postgres::{FAST, pool};
use super::shared::{challenge_of, patient, random};
use crate::scale::cases;
use otpost_test_servers::postgres::Postgres;

const DAY: Duration = Duration::from_secs(86_400);

/// A store whose schema has these words in the place of others, and whose time is what the table `clock` says.
pub(super) async fn with_words(
    server: &Postgres,
    words: &[(&str, &str)],
) -> (PostgresStore, PgPool) {
    let pool = pool(server).await;
    let mut schema = PostgresStore::SCHEMA.replace("clock_timestamp()", "test_clock()");
    for (from, to) in words {
        assert!(schema.contains(from), "the schema has no {from}");
        schema = schema.replace(from, to);
    }
    let clock = "DROP SCHEMA public CASCADE; CREATE SCHEMA public; CREATE TABLE clock AS SELECT 1700000000000 AS at; \
        CREATE FUNCTION test_clock() RETURNS timestamptz LANGUAGE sql AS \
        $$ SELECT to_timestamp(at / 1000.0) FROM clock $$;";
    sqlx::raw_sql(clock).execute(&pool).await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(schema)).execute(&pool).await.unwrap();
    (PostgresStore::new(pool.clone()), pool)
}

pub(super) async fn pass(pool: &PgPool, time: Duration) {
    let time = i64::try_from(time.as_millis()).unwrap();
    let query = sqlx::query("UPDATE clock SET at = at + $1").bind(time);
    let _ = query.execute(pool).await.unwrap();
}

/// All its answers, at all times, are those of the store in this process; and what its rows must not forget for that is noticed when
/// they do.
#[tokio::test]
async fn postgres_is_like_memory() {
    let server = Postgres::start(&FAST).unwrap();
    let is_like = async |words: &[(&str, &str)], seeds| {
        let (store, pool) = with_words(&server, words).await;
        is_like_memory(&store, seeds, async |by| pass(&pool, by).await).await
    };
    is_like(&[], 0..cases("OTPOST_SEEDS", 30, 400)).await.unwrap();
    let mistakes = [
        ("AND o.is_last", ""),
        ("SET is_last = false WHERE id = v_before", "SET is_last = true WHERE id = v_before"),
        ("o.id >= r.tag", "o.id > p_id"),
        ("coalesce(c.state = 1, false) AS is_void", "false AS is_void"),
        ("ROW(p_tag, NULL, 0, r.next", "ROW(p_tag, r.last, 0, r.next"),
        ("CONTINUE WHEN gone.state <> 1;", "CONTINUE;"),
        ("greatest(kept, next", "greatest(next"),
        ("c.binding IS DISTINCT FROM p_binding", "false"),
        ("greatest(r.sent - 1, 0)", "r.sent"),
        ("    r.next := 0;", ""),
        ("SET state = 3 WHERE id = p_id;", "SET state = 0 WHERE id = p_id;"),
        ("next = 0, window_end = 0, sent = 0,", ""),
        (
            "failures = 0, failures_end = 0, locks = 0, locked_until = 0\n        WHERE tag = p_tag",
            "failures = failures WHERE tag = p_tag",
        ),
    ];
    // Most of the time is spent until the rarer ones are noticed.
    let tried = usize::try_from(cases("OTPOST_MISTAKES", 4, 100)).unwrap();
    for (from, to) in mistakes.into_iter().take(tried) {
        let noticed = is_like(&[(from, to)], 0..4_000).await.expect_err(to);
        assert!(!noticed.contains("Err("), "{to} is no SQL: {noticed}");
    }
}

/// Three messages a day, and nothing to wait for in between.
fn three() -> OpenRule {
    let window = SendWindow::new(3, DAY);
    OpenRule::new(Duration::from_secs(300), Duration::ZERO, Duration::ZERO, window)
}

/// Recipients that had all messages of the day and then a success, whose challenges are swept while they open the next one; how many of
/// them then had less than the three messages that a success gives back, or more.
async fn swept_meanwhile(words: &[(&str, &str)]) -> usize {
    let server = Postgres::start(&FAST).unwrap();
    let (store, pool) = with_words(&server, words).await;
    let recipients: Vec<[u8; 8]> = (0..15).map(|_| random()).collect();
    for tag in &recipients {
        let new = [(); 3].map(|()| challenge_of(*tag, 5));
        for new in &new {
            assert!(matches!(store.open(new, &three()).await.unwrap(), Opened::Created { .. }));
        }
        let full = store.open(&challenge_of(*tag, 5), &three()).await.unwrap();
        assert!(matches!(full, Opened::Quota(_)), "{full:?}");
        let seen = store.attempt(&new[2].id, &new[2].mac, None, &patient()).await.unwrap();
        assert!(matches!(seen, Attempt::Accepted { .. }), "{seen:?}");
    }
    pass(&pool, Duration::from_secs(301)).await;
    let (mut sweeps, mut opens) = (JoinSet::new(), JoinSet::new());
    for _ in 0..3 {
        let store = store.clone();
        sweeps.spawn(async move { store.sweep().await.unwrap() });
    }
    for tag in recipients.clone() {
        let store = store.clone();
        opens.spawn(async move { store.open(&challenge_of(tag, 5), &three()).await.unwrap() });
    }
    let is_opened = |answer: &Opened| matches!(answer, Opened::Created { .. });
    let mut wrong = opens.join_all().await.iter().filter(|answer| !is_opened(answer)).count();
    let _ = sweeps.join_all().await;
    pass(&pool, Duration::from_millis(1)).await;
    for tag in recipients {
        let mut more = 0;
        for _ in 0..3 {
            let answer = store.open(&challenge_of(tag, 5), &three()).await.unwrap();
            more += usize::from(is_opened(&answer));
        }
        wrong += usize::from(more != 2);
    }
    wrong
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sweep_changes_no_answer() {
    // Longer between two steps than it ever takes: whatever can come in between does.
    let slowly =
        ("CONTINUE WHEN gone.state <> 1;", "CONTINUE WHEN gone.state <> 1; PERFORM pg_sleep(0.1);");
    assert_eq!(swept_meanwhile(&[]).await, 0);
    assert_eq!(swept_meanwhile(&[slowly]).await, 0);
    let forgets_who_is_last = [slowly, (" AND last = gone.id", "")];
    assert_ne!(swept_meanwhile(&forgets_who_is_last).await, 0);
    // The clock stands there while it is swept.
    let reads_twice = [
        slowly,
        ("coalesce(c.state = 1, false) AS is_void", "false AS is_void"),
        (
            "    r := found_.whole;",
            "r := found_.whole; IF otpost_now() = 1700000301000 THEN PERFORM pg_sleep(4); END IF; \
             found_.is_void := EXISTS (SELECT FROM otpost_challenge AS c WHERE c.id = r.last AND c.state = 1);",
        ),
    ];
    // An open that begins after the sweep, or a sweep that ends after the open, goes well.
    let mut wrong = 0;
    for _ in 0..5 {
        wrong += swept_meanwhile(&reads_twice).await;
        if wrong > 0 {
            break;
        }
    }
    assert_ne!(wrong, 0);
}

/// Many guess at one challenge of a recipient until that is locked, and then have the code of its last one; how many of them are let in.
async fn let_in(level: &str, words: &[(&str, &str)]) -> usize {
    let setting = format!("default_transaction_isolation={level}");
    let server = Postgres::start(&[FAST[0], FAST[1], &setting]).unwrap();
    let (store, _pool) = with_words(&server, words).await;
    let rule = AttemptRule::new(3, DAY, DAY, DAY);
    let mut let_in = 0;
    for _ in 0..20 {
        let recipient = random();
        let [guessed, last] = [(); 2].map(|()| challenge_of(recipient, 100));
        for new in [&guessed, &last] {
            assert!(matches!(store.open(new, &three()).await.unwrap(), Opened::Created { .. }));
        }
        let mut tasks = JoinSet::new();
        for _ in 0..16 {
            let store = store.clone();
            tasks.spawn(async move {
                let wrong = Mac::new(random());
                while !is_locked(&store.attempt(&guessed.id, &wrong, None, &rule).await.unwrap()) {}
                !is_locked(&store.attempt(&last.id, &last.mac, None, &rule).await.unwrap())
            });
        }
        let_in += tasks.join_all().await.into_iter().filter(|is_in| *is_in).count();
    }
    let_in
}

fn is_locked(seen: &Attempt) -> bool {
    matches!(seen, Attempt::Locked(_))
}

/// What is answered to three wrong guesses at a challenge and to the right one at the next, when the recipient's row was removed in between.
async fn without_a_row(words: &[(&str, &str)]) -> Attempt {
    let server = Postgres::start(&FAST).unwrap();
    let (store, pool) = with_words(&server, words).await;
    let recipient = random();
    let [guessed, last] = [(); 2].map(|()| challenge_of(recipient, 5));
    let _ = store.open(&guessed, &three()).await.unwrap();
    let _ = store.open(&last, &three()).await.unwrap();
    let _ = sqlx::query("DELETE FROM otpost_recipient").execute(&pool).await.unwrap();
    let rule = AttemptRule::new(3, DAY, DAY, DAY);
    for _ in 0..3 {
        let seen = store.attempt(&guessed.id, &Mac::new(random()), None, &rule).await.unwrap();
        assert!(matches!(seen, Attempt::Wrong { .. }), "{seen:?}");
    }
    store.attempt(&last.id, &last.mac, None, &rule).await.unwrap()
}

/// What is answered to a wrong guess at a challenge that was opened after a lock had ended, when the clock then steps back into the lock.
async fn a_step_back(words: &[(&str, &str)]) -> Attempt {
    let server = Postgres::start(&FAST).unwrap();
    let (store, pool) = with_words(&server, words).await;
    let (recipient, minute) = (random(), Duration::from_secs(60));
    let rule = AttemptRule::new(1, minute, minute, DAY);
    let [guessed, last] = [(); 2].map(|()| challenge_of(recipient, 5));
    let _ = store.open(&guessed, &three()).await.unwrap();
    let seen = store.attempt(&guessed.id, &Mac::new(random()), None, &rule).await.unwrap();
    assert_eq!(seen, Attempt::wrong(4));
    assert!(is_locked(&store.attempt(&guessed.id, &guessed.mac, None, &rule).await.unwrap()));
    pass(&pool, minute).await;
    assert!(matches!(store.open(&last, &three()).await.unwrap(), Opened::Created { .. }));
    let back = sqlx::query("UPDATE clock SET at = at - 5000").execute(&pool).await;
    let _ = back.unwrap();
    store.attempt(&last.id, &Mac::new(random()), None, &rule).await.unwrap()
}

/// What is answered to a third wrong guess after a success, when the recipient was reset before a wrong guess and that success.
async fn after_a_reset(words: &[(&str, &str)]) -> Attempt {
    let server = Postgres::start(&FAST).unwrap();
    let (store, _pool) = with_words(&server, words).await;
    let recipient = random();
    let rule = AttemptRule::new(3, DAY, DAY, DAY);
    let [used, last] = [(); 2].map(|()| challenge_of(recipient, 5));
    let _ = store.open(&used, &three()).await.unwrap();
    store.reset(&recipient).await.unwrap();
    let seen = store.attempt(&used.id, &Mac::new(random()), None, &rule).await.unwrap();
    assert_eq!(seen, Attempt::wrong(4));
    let seen = store.attempt(&used.id, &used.mac, None, &rule).await.unwrap();
    assert_eq!(seen, Attempt::accepted(false));
    let _ = store.open(&last, &three()).await.unwrap();
    for left in [4, 3] {
        let seen = store.attempt(&last.id, &Mac::new(random()), None, &rule).await.unwrap();
        assert_eq!(seen, Attempt::wrong(left));
    }
    store.attempt(&last.id, &Mac::new(random()), None, &rule).await.unwrap()
}

#[tokio::test]
async fn reset_keeps_the_challenge_whose_success_counts() {
    assert_eq!(after_a_reset(&[]).await, Attempt::wrong(2));
    let forgets =
        [("otpost_recipient SET next = 0,", "otpost_recipient SET last = NULL, next = 0,")];
    assert!(is_locked(&after_a_reset(&forgets).await));
}

#[tokio::test]
async fn no_guess_is_compared_and_not_counted() {
    assert!(is_locked(&without_a_row(&[]).await));
    let only_the_last = [("o.id >= r.tag", "o.id = r.last AND o.id >= r.tag")];
    assert!(!is_locked(&without_a_row(&only_the_last).await));
    assert_eq!(a_step_back(&[]).await, Attempt::wrong(4));
    let remembers = [("    r.locked_until := 0;", "")];
    assert!(is_locked(&a_step_back(&remembers).await));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lock_holds_for_the_last_challenge_too() {
    for level in ["read committed", "repeatable read", "serializable"] {
        assert_eq!(let_in(level, &[]).await, 0, "{level}");
    }
    assert_ne!(let_in("read committed", &[("AND o.is_last", "")]).await, 0);
}
