//! Conversion between rows and states. A row that no store has written is an error.

use super::Tx;
use crate::sql::{corrupt, gone, unavailable};
use otpost::store::state::{ChallengeState, RecipientState};
use otpost::store::{Binding, ChallengeId, GoneReason, Mac, Nonce, Salt, StoreError};

/// Reads a challenge that has not expired at this time.
pub(super) async fn challenge(
    tx: &mut Tx,
    id: &ChallengeId,
    now: u64,
) -> Result<Option<ChallengeState>, StoreError> {
    const SQL: &str = "SELECT mac, salt, binding, nonce, expires, attempts, state \
        FROM otpost_challenge WHERE id = ? AND expires > ?";
    type Row = (Vec<u8>, Vec<u8>, Vec<u8>, Vec<u8>, i64, i64, i64);
    let found: Option<Row> = sqlx::query_as(SQL)
        .bind(id.place().to_vec())
        .bind(signed(now))
        .fetch_optional(&mut **tx)
        .await
        .map_err(unavailable)?;
    let Some((mac, salt, binding, nonce, expires, attempts, state)) = found else {
        return Ok(None);
    };
    Ok(Some(ChallengeState {
        mac: Mac::new(array(mac)?),
        salt: Salt::new(array(salt)?),
        binding: Binding::new(array(binding)?),
        nonce: Nonce::new(array(nonce)?),
        expires: unsigned(expires)?,
        left: narrow(attempts)?,
        gone: match i32::try_from(state) {
            Ok(0) => None,
            // The numbers of the SQL functions begin at 10, and those of this column at 0.
            Ok(state @ 1..=3) => gone(state.saturating_add(10)),
            _ => return Err(corrupt()),
        },
    }))
}

/// Adds a challenge. It is an error if the id exists.
pub(super) async fn add(
    tx: &mut Tx,
    id: &ChallengeId,
    new: &ChallengeState,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT INTO otpost_challenge \
        (id, mac, salt, binding, nonce, expires, attempts, state) \
        VALUES (?, ?, ?, ?, ?, ?, ?, 0)";
    let added = sqlx::query(SQL)
        .bind(id.place().to_vec())
        .bind(new.mac.as_bytes().to_vec())
        .bind(new.salt.as_bytes().to_vec())
        .bind(new.binding.as_bytes().to_vec())
        .bind(new.nonce.as_bytes().to_vec())
        .bind(signed(new.expires))
        .bind(i64::from(new.left))
        .execute(&mut **tx)
        .await;
    match added {
        Ok(_) => Ok(()),
        // The id exists already. Replacing the row would reset its count of attempts.
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Err(corrupt()),
        Err(error) => Err(unavailable(error)),
    }
}

pub(super) async fn put(
    tx: &mut Tx,
    id: &ChallengeId,
    challenge: &ChallengeState,
) -> Result<(), StoreError> {
    const SQL: &str = "UPDATE otpost_challenge \
        SET mac = ?, salt = ?, nonce = ?, expires = ?, attempts = ?, state = ? WHERE id = ?";
    let state = match challenge.gone {
        None => 0,
        Some(GoneReason::Used) => 1,
        Some(GoneReason::Exhausted) => 2,
        // A stored challenge is never `Absent`.
        Some(GoneReason::Revoked | GoneReason::Absent) => 3,
    };
    let query = sqlx::query(SQL)
        .bind(challenge.mac.as_bytes().to_vec())
        .bind(challenge.salt.as_bytes().to_vec())
        .bind(challenge.nonce.as_bytes().to_vec())
        .bind(signed(challenge.expires))
        .bind(i64::from(challenge.left))
        .bind(state)
        .bind(id.place().to_vec());
    query.execute(&mut **tx).await.map(|_| ()).map_err(unavailable)
}

/// Reads the state of a recipient, or an empty one if it is new.
pub(super) async fn recipient(tx: &mut Tx, tag: &[u8; 8]) -> Result<RecipientState, StoreError> {
    const SQL: &str = "SELECT next, window_end, sent, \
        failures, failures_end, locks, locked_until FROM otpost_recipient WHERE tag = ?";
    type Row = (i64, i64, i64, i64, i64, i64, i64);
    let found: Option<Row> = sqlx::query_as(SQL)
        .bind(tag.to_vec())
        .fetch_optional(&mut **tx)
        .await
        .map_err(unavailable)?;
    let Some((next, window_end, sent, failures, failures_end, locks, locked)) = found else {
        return Ok(RecipientState::default());
    };
    Ok(RecipientState {
        next: unsigned(next)?,
        window_end: unsigned(window_end)?,
        sent: narrow(sent)?,
        failures: narrow(failures)?,
        failures_end: unsigned(failures_end)?,
        locks: u8::try_from(locks).map_err(|_| corrupt())?,
        locked_until: unsigned(locked)?,
    })
}

pub(super) async fn put_recipient(
    tx: &mut Tx,
    tag: &[u8; 8],
    of: &RecipientState,
) -> Result<(), StoreError> {
    const SQL: &str = "INSERT OR REPLACE INTO otpost_recipient (tag, next, window_end, sent, \
        failures, failures_end, locks, locked_until, ends) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)";
    let query = sqlx::query(SQL)
        .bind(tag.to_vec())
        .bind(signed(of.next))
        .bind(signed(of.window_end))
        .bind(i64::from(of.sent))
        .bind(i64::from(of.failures))
        .bind(signed(of.failures_end))
        .bind(i64::from(of.locks))
        .bind(signed(of.locked_until))
        // Not a part of the state: by this column, a sweep finds rows that no longer matter.
        .bind(signed(of.ends()));
    query.execute(&mut **tx).await.map(|_| ()).map_err(unavailable)
}

/// Deletes the counts of a recipient.
pub(super) async fn remove_recipient(tx: &mut Tx, tag: &[u8; 8]) -> Result<(), StoreError> {
    let query = sqlx::query("DELETE FROM otpost_recipient WHERE tag = ?").bind(tag.to_vec());
    query.execute(&mut **tx).await.map(|_| ()).map_err(unavailable)
}

/// Converts a time to a column value. A time that is too large becomes the maximum.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn unsigned(number: i64) -> Result<u64, StoreError> {
    u64::try_from(number).map_err(|_| corrupt())
}

fn narrow(number: i64) -> Result<u16, StoreError> {
    u16::try_from(number).map_err(|_| corrupt())
}

fn array<const N: usize>(bytes: Vec<u8>) -> Result<[u8; N], StoreError> {
    bytes.try_into().map_err(|_| corrupt())
}
