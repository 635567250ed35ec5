//! Numbers that have verified, and what support staff and users can have reset or erased.

use std::time::Duration;

use super::assurance::Assurance;
use super::purpose::Purpose;
use super::reservation::KNOWN;
use super::store_calls::StoreCalls;
use super::{ChallengeError, Challenges};
use crate::phone::PhoneNumber;
use crate::store::Settlement;

/// The number of markers that one call of the store sets.
const MARKED: usize = 500;

impl Challenges {
    /// Marks numbers as known, for users who have verified their numbers before the application
    /// used otpost. The markers last 180 days, as those of a success.
    ///
    /// The [`Limits`](super::Limits) of ranges, regions and the application do not apply to known
    /// numbers, so an attack with other numbers does not concern them.
    ///
    /// # Errors
    ///
    /// Returns a [`ChallengeError`] if the store is unavailable. Some of the numbers may then be
    /// marked. Marking a number again does no harm.
    ///
    /// # Examples
    ///
    /// ```
    /// # use otpost::PhoneNumber;
    /// # use otpost::challenge::{ChallengeError, Challenges};
    /// async fn import(
    ///     challenges: &Challenges,
    ///     users: &[PhoneNumber],
    /// ) -> Result<(), ChallengeError> {
    ///     challenges.mark_verified(users).await
    /// }
    /// # let _ = import;
    /// ```
    pub async fn mark_verified(
        &self,
        numbers: impl IntoIterator<Item = &PhoneNumber>,
    ) -> Result<(), ChallengeError> {
        let tags = numbers.into_iter().filter_map(|to| self.0.keys.markers(to).next());
        let tags: Vec<_> = tags.map(|tag| (tag, KNOWN)).collect();
        for marks in tags.chunks(MARKED) {
            // Each part has the time of one operation: there may be many of them.
            let settled = self.calls().settle(&Settlement::new(Vec::new(), marks.to_vec())).await;
            self.stored(Purpose::NONE, None, settled)?;
        }
        Ok(())
    }

    /// Clears the counts of messages and wrong codes of a number for one purpose, for support staff
    /// who have a locked-out person on the phone.
    ///
    /// It ends the lock and the cooldown of strangers and verified humans, and their messages of
    /// the last day no longer count. The [total](super::Policy::with_total) of messages per day
    /// stays, and so do the counts of known devices and of clients. Pending challenges stay valid.
    ///
    /// # Errors
    ///
    /// Returns a [`ChallengeError`] if the store is unavailable. Some of the counts may then be
    /// cleared.
    #[doc(alias = "unlock")]
    pub async fn reset(
        &self,
        to: &PhoneNumber,
        purpose: Purpose<'_>,
    ) -> Result<(), ChallengeError> {
        let calls = self.calls();
        self.reset_purpose(&calls, to, purpose).await?;
        let settled = calls.settle(&Settlement::new(self.daily_gives(to), Vec::new())).await;
        self.stored(purpose, None, settled)
    }

    /// Erases what is kept about a number, for example when a user deletes the account: the marker
    /// of a known number, and the counts of messages and wrong codes for these purposes.
    ///
    /// A number is never stored in plain text, only keyed digests of it. The number of messages of
    /// the last day is kept until the day has passed, because it protects the person from being
    /// flooded. Counts of known devices and pending challenges end by themselves within a day.
    ///
    /// # Errors
    ///
    /// Returns a [`ChallengeError`] if the store is unavailable. Some of it may then be erased.
    #[doc(alias = "gdpr")]
    pub async fn forget(
        &self,
        to: &PhoneNumber,
        purposes: &[Purpose<'_>],
    ) -> Result<(), ChallengeError> {
        let calls = self.calls();
        for purpose in purposes {
            self.reset_purpose(&calls, to, *purpose).await?;
        }
        let marks = self.0.keys.markers(to).map(|tag| (tag, Duration::ZERO)).collect();
        let settled = calls.settle(&Settlement::new(self.daily_gives(to), marks)).await;
        self.stored(Purpose::NONE, None, settled)
    }

    async fn reset_purpose(
        &self,
        calls: &StoreCalls<'_>,
        to: &PhoneNumber,
        purpose: Purpose<'_>,
    ) -> Result<(), ChallengeError> {
        for by in [Assurance::Stranger, Assurance::Human] {
            let recipient = self.0.keys.recipient(purpose, to, by);
            self.stored(purpose, None, calls.reset(&recipient).await)?;
        }
        Ok(())
    }
}
