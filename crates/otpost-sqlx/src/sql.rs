//! What the stores over SQL have in common.

use otpost::store::{ChallengeId, GoneReason, StoreError, StoreErrorKind};

/// A whole identity, as an outbox keeps it.
pub(crate) fn whole(bytes: Vec<u8>) -> Result<ChallengeId, StoreError> {
    match <[u8; 25]>::try_from(bytes) {
        Ok(bytes) => Ok(ChallengeId::from_bytes(bytes)),
        Err(_) => Err(corrupt()),
    }
}

/// The numbers of the functions and columns.
pub(crate) const fn gone(what: i32) -> Option<GoneReason> {
    match what {
        10 => Some(GoneReason::Absent),
        11 => Some(GoneReason::Used),
        12 => Some(GoneReason::Exhausted),
        13 => Some(GoneReason::Revoked),
        _ => None,
    }
}

pub(crate) fn corrupt() -> StoreError {
    StoreError::new(StoreErrorKind::Corrupt)
}

/// What a database says can repeat rows: its code alone is kept.
pub(crate) fn unavailable(error: sqlx::Error) -> StoreError {
    let words = match error {
        sqlx::Error::Database(error) => {
            format!("the database answered {}", error.code().as_deref().unwrap_or("without a code"))
        }
        sqlx::Error::Io(error) => error.to_string(),
        sqlx::Error::PoolTimedOut => "the pool has no connection".to_owned(),
        sqlx::Error::PoolClosed => "the pool is closed".to_owned(),
        sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => return corrupt(),
        _ => "the database does not answer".to_owned(),
    };
    StoreError::new(StoreErrorKind::Unavailable).with_source(words)
}
