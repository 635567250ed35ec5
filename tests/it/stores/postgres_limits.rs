//! PostgreSQL: the limits, which the SQL decides as the store in this process does.

use std::time::Duration;

use otpost::store::{
    ChallengeStore, CounterTag, GiveKind, Limit, LimitStore, Reserved, Settlement, StoreErrorKind,
};
use otpost_sqlx::PostgresStore;
use sqlx::postgres::PgPool;
use tokio::task::JoinSet;

use super::limit_model::limits_are_like_memory;
use super::postgres::{FAST, pool};
use super::postgres_rows::{pass, with_words};
use super::shared::random;
use crate::scale::cases;
use otpost_test_servers::postgres::Postgres;

const DAY: Duration = Duration::from_secs(86_400);

fn tag() -> CounterTag {
    CounterTag::new(random())
}

fn is_granted(reserved: &Reserved) -> bool {
    matches!(reserved, Reserved::Granted { .. })
}

async fn rows(pool: &PgPool) -> i64 {
    let sql = "SELECT (SELECT count(*) FROM otpost_window) + (SELECT count(*) FROM otpost_bucket) \
        + (SELECT count(*) FROM otpost_marker)";
    sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
}

/// All answers at all times are those of the store in this process, and each mistake in the SQL is noticed.
#[tokio::test]
async fn limits_of_postgres_are_like_memory() {
    let server = Postgres::start(&FAST).unwrap();
    let is_like = async |words: &[(&str, &str)], seeds| {
        let (store, pool) = with_words(&server, words).await;
        limits_are_like_memory(&store, seeds, async |by| pass(&pool, by).await).await
    };
    is_like(&[], 0..cases("OTPOST_SEEDS", 30, 400)).await.unwrap();
    let mistakes = [
        ("greatest(p_refill / v_capacity, 1)", "greatest(p_refill / v_capacity / 2, 1)"),
        ("greatest(p_refill / v_capacity, 1)", "greatest(p_refill / v_capacity, 0)"),
        ("v_over := b.full_at - p_at - p_refill;", "v_over := b.full_at - p_at - 2 * p_refill;"),
        ("b.full_at := greatest(b.full_at, p_at) + v_cost;", "b.full_at := b.full_at + v_cost;"),
        ("b.full_at := greatest(b.full_at - v_cost, 0);", "NULL;"),
        ("2 * v_cost", "v_cost"),
        ("p_kind = 2 AND p_grows", "p_kind = 2"),
        ("b.full_at := 0;", "NULL;"),
        ("IF p_grows THEN", "IF false THEN"),
        ("/ 48", "/ 24"),
        ("least(b.successes[1] + 1, 4294967295)", "b.successes[1]"),
        ("b.successes := otpost_steps(b.successes, v_slot - b.slot);", ""),
        ("greatest(b.full_at, otpost_slots_end", "greatest(b.full_at, 0 * otpost_slots_end"),
        ("c[1] := c[1] + 1;", "c[1] := c[1] + 2;"),
        ("IF v_left < p_most THEN", "IF v_left <= p_most THEN"),
        ("v_left := v_left - c[i];", "v_left := v_left - c[8 - i];"),
        ("w.counts[i] := w.counts[i] - 1;", "NULL;"),
        (
            "            EXIT;\n        END IF;\n    END LOOP;\n    RETURN",
            "        END IF;\n    END LOOP;\n    RETURN",
        ),
        ("w.counts[i] := 0;", "NULL;"),
        ("IF p_steps <= 0 THEN", "IF true THEN"),
        ("least(p_steps, 7)", "least(p_steps, 1)"),
        ("(p_span + 5) / 6", "p_span / 6"),
        ("p_slot - p_age, 0) + 7)", "p_slot - p_age, 0) + 6)"),
        ("AND NOT p_kept[i]", "AND p_kept[i]"),
        ("CONTINUE WHEN what = 2 AND NOT p_kept[i];", "CONTINUE WHEN what = 2;"),
        ("CONTINUE WHEN what = 2 AND NOT p_kept[i];", ""),
        ("DO UPDATE SET ends = excluded.ends", "DO NOTHING"),
        ("DELETE FROM otpost_marker WHERE tag = p_markers[i];", "NULL;"),
        ("ANY (p_markers) AND ends > at", "ANY (p_markers)"),
    ];
    // Most of the time is spent until the rarer ones are noticed.
    let tried = usize::try_from(cases("OTPOST_MISTAKES", 4, 100)).unwrap();
    for (from, to) in mistakes.into_iter().take(tried) {
        let noticed = is_like(&[(from, to)], 0..4_000).await.expect_err(to);
        assert!(!noticed.contains("Err("), "{to} is no SQL: {noticed}");
    }
}

/// Many messages at once, whose limits are in different orders: none is counted twice or lost, and none waits forever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn reserve_grants_as_many_as_there_are_places() {
    let mut levels = JoinSet::new();
    for level in ["read committed", "repeatable read", "serializable"] {
        levels.spawn(async move {
            let setting = format!("default_transaction_isolation={level}");
            let server = Postgres::start(&[FAST[0], FAST[1], &setting]).unwrap();
            let pool = pool(&server).await;
            let store = PostgresStore::new(pool.clone());
            store.migrate().await.unwrap();
            let [window, bucket] = [Limit::window(tag(), 20, DAY), Limit::bucket(tag(), 30, DAY)];
            let mut tasks = JoinSet::new();
            for task in 0..120 {
                let store = store.clone();
                tasks.spawn(async move {
                    let limits = if task % 2 == 0 { [window, bucket] } else { [bucket, window] };
                    let reserved = is_granted(&store.reserve(&limits, &[]).await.unwrap());
                    if !reserved || task % 4 > 1 {
                        return 0;
                    }
                    // Not sent: another message may have the place.
                    let gives = limits.map(|limit| limit.give(GiveKind::NotSent));
                    store.settle(&Settlement::new(gives.to_vec(), Vec::new())).await.unwrap();
                    1
                });
            }
            let mut given = 0;
            while let Some(done) = tasks.join_next().await {
                given += done.unwrap();
            }
            assert!(given > 0, "{level}");
            // Fill what is left: the window has 20 places, and the bucket no fewer.
            let mut more = 0;
            while is_granted(&store.reserve(&[window, bucket], &[]).await.unwrap()) {
                more += 1;
            }
            let full = store.reserve(&[window], &[]).await.unwrap();
            assert!(matches!(full, Reserved::Refused(0, _)), "{level}: {full:?}");
            let counts: i64 = sqlx::query_scalar("SELECT counts[1] FROM otpost_window")
                .fetch_one(&pool)
                .await
                .unwrap();
            assert!(counts == 20 && more <= 20, "{level}: {counts}, {more}");
            // 10 places of the bucket are free.
            for place in 0..11 {
                let reserved = store.reserve(&[bucket], &[]).await.unwrap();
                assert_eq!(is_granted(&reserved), place < 10, "{level}: {place}");
            }
        });
    }
    while let Some(done) = levels.join_next().await {
        done.unwrap();
    }
}

#[tokio::test]
async fn a_refused_message_leaves_only_rows_that_are_kept() {
    let server = Postgres::start(&FAST).unwrap();
    let (store, pool) = with_words(&server, &[]).await;
    let (none, window) = (Limit::window(tag(), 0, DAY), Limit::window(tag(), 5, DAY));
    let bucket = Limit::bucket(tag(), 5, DAY);
    let refused = store.reserve(&[window, bucket, none], &[tag()]).await.unwrap();
    assert!(matches!(refused, Reserved::Refused(2, _)), "{refused:?}");
    assert_eq!(rows(&pool).await, 0);
    let refused = store.reserve(&[window, bucket.kept(), none], &[]).await.unwrap();
    assert!(matches!(refused, Reserved::Refused(2, _)), "{refused:?}");
    assert_eq!(rows(&pool).await, 1);
    // Nothing is left of what is given back.
    let gives = [window, bucket, none].map(|limit| limit.give(GiveKind::All));
    store.settle(&Settlement::new(gives.to_vec(), Vec::new())).await.unwrap();
    assert_eq!(rows(&pool).await, 0);
}

#[tokio::test]
async fn a_sweep_removes_limits_that_have_ended() {
    const MANY: u64 = 6_000;
    let server = Postgres::start(&FAST).unwrap();
    let (store, pool) = with_words(&server, &[]).await;
    let marks = (0..MANY).map(|at| (CounterTag::new(at.to_be_bytes()), DAY)).collect();
    store.settle(&Settlement::new(Vec::new(), marks)).await.unwrap();
    let hour = Duration::from_secs(3_600);
    let limits = [Limit::window(tag(), 5, hour), Limit::bucket(tag(), 5, hour)];
    assert!(is_granted(&store.reserve(&limits, &[]).await.unwrap()));
    assert_eq!(store.sweep().await.unwrap(), 0);
    assert_eq!(rows(&pool).await, 6_002);
    pass(&pool, 2 * hour).await;
    let _ = store.sweep().await.unwrap();
    assert_eq!(rows(&pool).await, 6_000);
    // More than one batch.
    pass(&pool, DAY).await;
    let _ = store.sweep().await.unwrap();
    assert_eq!(rows(&pool).await, 0);
}

#[tokio::test]
async fn a_limit_that_is_broken_is_an_error() {
    let server = Postgres::start(&FAST).unwrap();
    let (store, pool) = with_words(&server, &[]).await;
    let limits = [Limit::window(tag(), 5, DAY), Limit::bucket(tag(), 5, DAY).with_growth()];
    for (at, sql) in [
        (0, "UPDATE otpost_window SET slot = -1"),
        (0, "UPDATE otpost_window SET counts = '{}'"),
        (0, "UPDATE otpost_window SET counts = '{1,0,0,0,0,0}'"),
        (0, "UPDATE otpost_window SET counts = '[0:6]={1,0,0,0,0,0,0}'"),
        (0, "UPDATE otpost_window SET counts = '{-1,0,0,0,0,0,0}'"),
        (0, "UPDATE otpost_window SET counts = '{65536,0,0,0,0,0,0}'"),
        (0, "UPDATE otpost_window SET counts = '{1,0,0,0,0,0,NULL}'"),
        (1, "UPDATE otpost_bucket SET full_at = -1"),
        (1, "UPDATE otpost_bucket SET full_at = 9223372036854775807"),
        (1, "UPDATE otpost_bucket SET slot = -1"),
        (1, "UPDATE otpost_bucket SET successes = '{}'"),
        (1, "UPDATE otpost_bucket SET successes = '{0,0,0,0,0,0,-1}'"),
        (1, "UPDATE otpost_bucket SET successes = '{4294967296,0,0,0,0,0,0}'"),
    ] {
        assert!(is_granted(&store.reserve(&limits, &[]).await.unwrap()), "{sql}");
        sqlx::query(sql).execute(&pool).await.unwrap();
        let error = store.reserve(&limits, &[]).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{sql}");
        let gives = vec![limits[at].give(GiveKind::Success)];
        let error = store.settle(&Settlement::new(gives, Vec::new())).await.unwrap_err();
        assert_eq!(error.kind(), StoreErrorKind::Corrupt, "{sql}");
        sqlx::raw_sql("DELETE FROM otpost_window; DELETE FROM otpost_bucket")
            .execute(&pool)
            .await
            .unwrap();
    }
}
