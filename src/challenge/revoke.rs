//! The revocation of challenges.

use super::event::{Event, EventKind};
use super::purpose::Purpose;
use super::store_calls::StoreCalls;
use super::token::ChallengeToken;
use super::{ChallengeError, Challenges};

impl Challenges {
    /// Revokes a challenge, for example when a user logs out or changes the number. Returns `true`
    /// if it was pending, and `false` otherwise, for example for a token that is invalid or belongs
    /// to another purpose or tenant.
    ///
    /// # Errors
    ///
    /// Returns a [`ChallengeError`] if the store is unavailable. The challenge may then still be
    /// pending.
    pub async fn revoke(
        &self,
        token: &ChallengeToken,
        purpose: Purpose<'_>,
    ) -> Result<bool, ChallengeError> {
        self.revoke_with(&self.calls(), token, purpose).await
    }

    pub(super) async fn revoke_with(
        &self,
        calls: &StoreCalls<'_>,
        token: &ChallengeToken,
        purpose: Purpose<'_>,
    ) -> Result<bool, ChallengeError> {
        let Some(handle) = token.open(&self.0.keys, purpose) else { return Ok(false) };
        let id = &handle.id;
        let revoked = self.stored(purpose, Some(id), calls.revoke(id).await)?;
        if revoked {
            self.tell(Event::new(EventKind::Revoked, purpose).of(id));
        }
        Ok(revoked)
    }
}
