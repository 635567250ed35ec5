use super::issue::{Challenge, Delivery};
use super::{ChallengeError, ChallengeErrorKind, Challenges, ClientKey};
use crate::otp::fill_random;
use crate::phone::PhoneNumber;
use crate::store::{ChallengeId, Context, Mac, NewChallenge};

impl Challenges {
    /// A challenge for somebody who is not known, so that a page answers as it does for those who are: the same shape, the same waits, the same
    /// wrong guesses, and no message. No guess is ever right.
    ///
    /// `subject` is what was typed in, such as a name; the same one waits and is counted like the same number. The hint is a number like
    /// `like`, such as the application's own, with digits that are always the same for the subject.
    ///
    /// # Errors
    ///
    /// As [`issue`](Self::issue), but for those of sending.
    ///
    /// # Security
    ///
    /// A message takes its time, and a decoy takes none: answer the page before the message is sent, or wait as long here.
    pub async fn issue_decoy(
        &self,
        subject: &str,
        purpose: &str,
        like: &PhoneNumber,
        client: Option<&ClientKey>,
    ) -> Result<Challenge, ChallengeError> {
        let inner = &*self.0;
        let (random, salt) = self.draw()?;
        let id = inner.keys.identity(purpose, &decoy(subject), random);
        let mut mac = [0; 16];
        fill_random(&mut mac)?;
        let nobody = Context::new([0; 12]);
        let new = NewChallenge::new(id, Mac::new(mac), salt, nobody, inner.policy.attempts);
        let resend_in = self.open(&new, purpose, None).await?;
        if let Err(error) = self.guard(purpose, None, client).await {
            let _ = inner.store.revoke(&id).await;
            return Err(error);
        }
        let (hint, lifetime) = (self.hint(subject, like), inner.policy.lifetime());
        Ok(self.challenge(id, hint, lifetime, resend_in, Delivery::Unneeded))
    }

    /// What [`resend`](Self::resend) is for a challenge, for a decoy.
    ///
    /// # Errors
    ///
    /// As [`resend`](Self::resend), but for those of sending.
    pub async fn resend_decoy(
        &self,
        id: &ChallengeId,
        subject: &str,
        purpose: &str,
        like: &PhoneNumber,
        client: Option<&ClientKey>,
    ) -> Result<Challenge, ChallengeError> {
        let inner = &*self.0;
        let tag = inner.keys.recipient_of(id, purpose, &decoy(subject));
        if tag != Some(id.recipient()) || !inner.keys.has_made(id) {
            return Err(ChallengeError::new(ChallengeErrorKind::Gone));
        }
        let permit = self.permit(id, &inner.policy.resend_rule(), purpose, None).await?;
        self.guard(purpose, None, client).await?;
        let hint = self.hint(subject, like);
        let (expires_in, resend_in) = (permit.expires_in, permit.resend_in);
        Ok(self.challenge(*id, hint, expires_in, resend_in, Delivery::Unneeded))
    }

    /// A number like another, masked, whose last digits depend on the subject.
    fn hint(&self, subject: &str, like: &PhoneNumber) -> String {
        let masked = like.to_string();
        let shown = masked.chars().rev().take_while(char::is_ascii_digit).count();
        let head = masked.len().saturating_sub(shown);
        let digits = self.0.keys.digits(subject).into_iter();
        let digits = digits.map(|byte| char::from(b'0'.saturating_add(byte % 10)));
        masked.get(..head).unwrap_or_default().chars().chain(digits.take(shown)).collect()
    }
}

/// No number looks like this.
fn decoy(subject: &str) -> String {
    format!("decoy {subject}")
}
