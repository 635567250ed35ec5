//! The token of a challenge: its id and its recipient, encrypted for one tenant and purpose.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use zeroize::Zeroizing;

use super::assurance::{PAID, Paid};
use super::purpose::Purpose;
use super::tenant_keys::TenantKeys;
use crate::otp::RandomError;
use crate::phone::PhoneNumber;
use crate::store::ChallengeId;

/// The length of an id in bytes.
const ID: usize = 25;
/// ITU-T E.164 §6: a number has up to 15 digits. Shorter ones are padded, so that the token does
/// not reveal the length.
const DIGITS: usize = 15;
/// The id, the kind of recipient, the reservation of the first message, and the digits.
const PLAIN: usize = ID + 1 + PAID + DIGITS;
/// The maximum length that is decoded. A real token has 122 characters.
const LONGEST: usize = 256;

const REAL: u8 = 0;
const DECOY: u8 = 1;

/// The token of a challenge. It is all that the application keeps between two pages, in a cookie or
/// a session.
///
/// It contains the challenge's id and the phone number, encrypted with the
/// [`Pepper`](super::Pepper). Nothing else has to be stored, and [`Accepted`](super::Accepted)
/// returns the number that was verified. A resend does not change it.
///
/// # Examples
///
/// ```
/// use otpost::challenge::ChallengeToken;
///
/// // Any text from a browser can be a token. One that this application did not issue
/// // results in `Verdict::Gone`.
/// let token = ChallengeToken::new("from a cookie");
/// assert_eq!(token.as_str(), "from a cookie");
/// assert_eq!(format!("{token:?}"), "ChallengeToken(***)");
/// ```
///
/// # Security
///
/// Give the token only to the browser that requested the code. Anyone who has it can guess the code
/// and have it sent again, within the rate limits. Use a cookie with `HttpOnly`, `Secure` and
/// `SameSite=Lax`, not a URL, which ends up in logs. `Display` shows the whole token, and `Debug`
/// shows nothing of it.
///
/// The token is authenticated. With one that was modified, or that belongs to another tenant or
/// purpose, `verify` returns [`Gone`](super::Verdict::Gone), `resend` fails with
/// [`ChallengeErrorKind::Gone`](super::ChallengeErrorKind::Gone), and `revoke` returns `false`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ChallengeToken(Box<str>);

/// The decrypted content of a token.
pub(super) struct Handle {
    pub(super) id: ChallengeId,
    pub(super) recipient: PhoneNumber,
    /// `true` if the number is made up and no message is sent.
    pub(super) is_decoy: bool,
    /// The reservation of the first message.
    pub(super) paid: Paid,
}

impl ChallengeToken {
    /// Creates a token from the text that a browser sent. Any text is accepted here; the token is
    /// validated when it is used.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into().into_boxed_str())
    }

    /// Returns the text. A token of a [`Challenge`](super::Challenge) has 122 characters of
    /// base64url, which need no escaping in a cookie or an HTML page. A token from
    /// [`new`](Self::new) has the text that was passed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(super) fn seal(
        handle: &Handle,
        keys: &TenantKeys,
        purpose: Purpose<'_>,
    ) -> Result<Option<Self>, RandomError> {
        // The array begins as zeros, so a number with fewer than 15 digits is padded with zero
        // bytes. Those are no ASCII digits, so `open` finds the end of the number.
        let mut plain = Zeroizing::new([0; PLAIN]);
        let kind = if handle.is_decoy { DECOY } else { REAL };
        let digits = handle.recipient.plain().bytes();
        let parts = handle.id.as_bytes().iter().copied().chain([kind]);
        let parts = parts.chain(handle.paid.to_bytes()).chain(digits);
        plain.iter_mut().zip(parts).for_each(|(place, byte)| *place = byte);
        let sealed = keys.seal_token(&handle.id, purpose, &*plain)?;
        Ok(sealed.map(|sealed| Self(BASE64URL_NOPAD.encode(&sealed).into_boxed_str())))
    }

    /// Decrypts the token. Returns `None` unless these keys encrypted it for this purpose.
    pub(super) fn open(&self, keys: &TenantKeys, purpose: Purpose<'_>) -> Option<Handle> {
        if self.0.len() > LONGEST {
            return None;
        }
        let sealed = BASE64URL_NOPAD.decode(self.0.as_bytes()).ok()?;
        let plain = keys.open_token(purpose, &sealed)?;
        let (id, rest) = plain.split_first_chunk::<ID>()?;
        let (kind, rest) = rest.split_first()?;
        let (paid, digits) = rest.split_first_chunk::<PAID>()?;
        let paid = Paid::from_bytes(*paid)?;
        // The kind is encrypted, so a browser cannot tell a decoy from a real challenge.
        let is_decoy = match *kind {
            REAL => false,
            DECOY => true,
            _ => return None,
        };
        let digits = digits.iter().take_while(|digit| **digit != 0);
        let e164: Zeroizing<String> =
            Zeroizing::new(std::iter::once('+').chain(digits.map(|d| char::from(*d))).collect());
        let recipient = PhoneNumber::parse(&e164).ok()?;
        Some(Handle { id: ChallengeId::from_bytes(*id), recipient, is_decoy, paid })
    }
}

impl fmt::Display for ChallengeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ChallengeToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ChallengeToken(***)")
    }
}
