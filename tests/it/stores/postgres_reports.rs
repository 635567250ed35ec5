//! PostgreSQL: the bound of early reports also holds for calls at the same time.

use std::time::Duration;

use otpost::store::{EarlyRule, ReportStore, ReportTag, StatusRecord};

use super::postgres::FAST;
use super::postgres_rows::with_words;
use super::shared::random;
use otpost_test_servers::postgres::Postgres;

const LOCK: &str = "INSERT INTO otpost_report AS r (name, kind, ends) VALUES ('', 5, at + p_early)
            ON CONFLICT (name) DO UPDATE SET status = 0;";

/// Takes the only place for an early report in a transaction that is not committed yet, while another report comes; how many of them
/// are then kept.
async fn kept(level: &str, words: &[(&str, &str)]) -> i64 {
    let setting = format!("default_transaction_isolation={level}");
    let server = Postgres::start(&[FAST[0], FAST[1], &setting]).unwrap();
    let (store, pool) = with_words(&server, words).await;
    let mut first = pool.begin().await.unwrap();
    let name: [u8; 16] = random();
    let query = sqlx::query("SELECT otpost_apply_report(ARRAY[$1], 1, 0, '', 60000, 1)");
    let _ = query.bind(name.to_vec()).execute(&mut *first).await.unwrap();
    let second = tokio::spawn(async move {
        let rule = EarlyRule::new(Duration::from_secs(60), 1);
        let status = StatusRecord::new(1, 0, *b"");
        store.apply_report(&[ReportTag::new(random())], &status, &rule).await
    });
    // It waits, or with the mistake it does not.
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'";
    while !second.is_finished() {
        let waiting: i64 = sqlx::query_scalar(waiting).fetch_one(&pool).await.unwrap();
        if waiting > 0 {
            break;
        }
    }
    first.commit().await.unwrap();
    assert_eq!(second.await.unwrap().unwrap(), None);
    let kept = "SELECT count(*) FROM otpost_report WHERE kind = 3";
    sqlx::query_scalar(kept).fetch_one(&pool).await.unwrap()
}

#[tokio::test]
async fn early_reports_are_bounded_at_each_level_of_isolation() {
    for level in ["read committed", "repeatable read", "serializable"] {
        assert_eq!(kept(level, &[]).await, 1, "{level}");
    }
    assert_eq!(kept("read committed", &[(LOCK, "")]).await, 2);
    // Whoever waits for it has looked at the rows before.
    let advisory = (LOCK, "PERFORM pg_advisory_xact_lock(5);");
    assert_eq!(kept("repeatable read", &[advisory]).await, 2);
}
