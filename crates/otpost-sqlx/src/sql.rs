//! The common parts of the SQL stores.

use otpost::store::{ChallengeId, GoneReason, StatusRecord, StoreError, StoreErrorKind};

/// Reads a whole id, with its first byte, as the outbox keeps it.
pub(crate) fn whole(bytes: Vec<u8>) -> Result<ChallengeId, StoreError> {
    match <[u8; 25]>::try_from(bytes) {
        Ok(bytes) => Ok(ChallengeId::from_bytes(bytes)),
        Err(_) => Err(corrupt()),
    }
}

/// Converts the number that stands for a reason in SQL functions, or `None` for another number.
pub(crate) const fn gone(what: i32) -> Option<GoneReason> {
    match what {
        10 => Some(GoneReason::Absent),
        11 => Some(GoneReason::Used),
        12 => Some(GoneReason::Exhausted),
        13 => Some(GoneReason::Revoked),
        _ => None,
    }
}

/// Reads the columns of a status. Returns `None` if they are NULL.
pub(crate) fn status(
    (status, replaces, detail): (Option<i32>, Option<i32>, Option<Vec<u8>>),
) -> Result<Option<StatusRecord>, StoreError> {
    let Some(status) = status else { return Ok(None) };
    let bits = |bits: i32| u8::try_from(bits).map_err(|_| corrupt());
    let (replaces, detail) = (replaces.ok_or_else(corrupt)?, detail.ok_or_else(corrupt)?);
    Ok(Some(StatusRecord::new(bits(status)?, bits(replaces)?, detail)))
}

pub(crate) fn corrupt() -> StoreError {
    StoreError::new(StoreErrorKind::Corrupt)
}

/// Converts an error of the database. Its text can repeat rows, so only the error code is kept.
pub(crate) fn unavailable(error: sqlx::Error) -> StoreError {
    let words = match error {
        sqlx::Error::Database(error) => {
            format!(
                "the database returned the error {}",
                error.code().as_deref().unwrap_or("without a code")
            )
        }
        sqlx::Error::Io(error) => error.to_string(),
        sqlx::Error::PoolTimedOut => {
            "timeout while waiting for a connection of the pool".to_owned()
        }
        sqlx::Error::PoolClosed => "the pool is closed".to_owned(),
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => return corrupt(),
        _ => "the database is unavailable".to_owned(),
    };
    StoreError::new(StoreErrorKind::Unavailable).with_source(words)
}
