//! The phone numbers of decoys for subjects that are no phone numbers, such as user names.

use super::Challenges;
use crate::phone::PhoneNumber;

/// The number of digits that depend on the subject. They include those that a hint shows.
const VARIED: usize = 7;
/// The length of the plus sign and the digits that stay as they are. They decide about the region.
const KEPT: usize = 5;

impl Challenges {
    /// Returns a made-up phone number for a user who does not exist, to pass to
    /// [`issue`](Self::issue) with [`decoy`](super::Issue::decoy).
    ///
    /// It is the number `like` with other last digits. They depend on `subject`, such as the user
    /// name, and on the pepper, so a subject always has the same hint and the same limits. Use a
    /// mobile number of the application's country as `like`.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::PhoneNumber;
    /// use otpost::challenge::{Challenge, ChallengeError, Challenges, Client, Purpose};
    ///
    /// async fn login(
    ///     challenges: &Challenges,
    ///     user: &str,
    ///     number: Option<PhoneNumber>, // from the database
    ///     client: Client,
    /// ) -> Result<Challenge, ChallengeError> {
    ///     let like = PhoneNumber::parse("+41790000000").expect("a valid number");
    ///     let is_decoy = number.is_none();
    ///     let to = number.unwrap_or_else(|| challenges.decoy_number(user, &like));
    ///     challenges.issue(&to, Purpose::new("login"), client).decoy(is_decoy).await
    /// }
    /// # let _ = login;
    /// ```
    #[must_use]
    pub fn decoy_number(&self, subject: &str, like: &PhoneNumber) -> PhoneNumber {
        let length = like.e164().len();
        let kept = length.saturating_sub(VARIED).max(KEPT).min(length);
        let digits = self.0.keys.digits(subject).into_iter();
        // 256 is not a multiple of 10, so the digits are slightly biased. This is harmless here.
        let digits = digits.map(|byte| char::from(b'0'.saturating_add(byte % 10)));
        let start = like.e164().chars().take(kept);
        let number: String = start.chain(digits).take(length).collect();
        // Only digits at the end were replaced by digits, so the number stays valid and the fallback
        // cannot occur.
        PhoneNumber::parse(&number).unwrap_or_else(|_| like.clone())
    }
}
