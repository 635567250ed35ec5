//! A token for a device on which a number was verified: stateless, and bound to the number.

use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use data_encoding::BASE64URL_NOPAD;

use super::tenant_keys::TenantKeys;
use crate::otp::{RandomError, fill_random};
use crate::phone::PhoneNumber;

/// The time for which a device is known.
const LASTS: Duration = Duration::from_secs(180 * 86_400);
/// The id of the key, the hour of the acceptance, random bytes, and the MAC.
const LENGTH: usize = 1 + 4 + 8 + 16;

/// A token for a device on which a phone number was verified, for a cookie that lasts 180 days.
///
/// [`Accepted::device_token`](super::Accepted::device_token) returns it, and
/// [`Issue::device`](super::Issue::device) takes it with the next request for the same number. The
/// limits of strangers then do not apply, so strangers cannot lock a person out of this device.
/// OWASP describes the idea as "device cookies".
///
/// # Examples
///
/// ```
/// use otpost::challenge::DeviceToken;
///
/// // Any text from a browser can be a token. One that is not valid for the number is
/// // ignored, and the request counts as one of a stranger.
/// let token = DeviceToken::new("from a cookie");
/// assert_eq!(token.as_str(), "from a cookie");
/// assert_eq!(format!("{token:?}"), "DeviceToken(***)");
/// ```
///
/// # Security
///
/// It logs nobody in. Someone who steals it can request messages for its number within the limits
/// of one device. It contains no part of the number. It is valid for one number and tenant, for 180
/// days, and as long as its key is in the [`Pepper`](super::Pepper). Use a cookie with `HttpOnly`,
/// `Secure` and `SameSite=Lax`. `Display` shows the whole token, and `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq, Hash)]
#[doc(alias = "device cookie")]
#[doc(alias = "trusted device")]
pub struct DeviceToken(Box<str>);

impl DeviceToken {
    /// Creates a token from the text that a browser sent. Any text is accepted here; the token is
    /// validated when it is used.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into().into_boxed_str())
    }

    /// Returns the text. A token that otpost created has 39 characters of base64url, which need no
    /// escaping in a cookie.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Creates the token of a new device.
    pub(super) fn issue(
        keys: &TenantKeys,
        to: &PhoneNumber,
        now: SystemTime,
    ) -> Result<Self, RandomError> {
        let mut random = [0; 8];
        fill_random(&mut random)?;
        let body: Vec<u8> = hours(now).to_be_bytes().into_iter().chain(random).collect();
        let (key, mac) = keys.device(to.e164(), &body);
        let bytes: Vec<u8> = [key].into_iter().chain(body).chain(mac).collect();
        Ok(Self(BASE64URL_NOPAD.encode(&bytes).into_boxed_str()))
    }

    /// Returns the random part that names the device, if the token is valid for this number at this
    /// time.
    pub(super) fn open(
        &self,
        keys: &TenantKeys,
        to: &PhoneNumber,
        now: SystemTime,
    ) -> Option<[u8; 8]> {
        // 39 characters are exactly 29 bytes. Anything longer is not decoded.
        if self.0.len() != 39 {
            return None;
        }
        let bytes: [u8; LENGTH] =
            BASE64URL_NOPAD.decode(self.0.as_bytes()).ok()?.try_into().ok()?;
        let [key, rest @ ..] = bytes;
        let (body, mac) = rest.split_first_chunk::<12>()?;
        if !keys.is_device(key, to.e164(), body, mac) {
            return None;
        }
        let (hour, random) = body.split_first_chunk::<4>()?;
        let age = hours(now).checked_sub(u32::from_be_bytes(*hour))?;
        let is_valid = Duration::from_secs(u64::from(age).saturating_mul(3_600)) < LASTS;
        is_valid.then(|| random.try_into().ok()).flatten()
    }
}

/// Returns the hours since 1970.
fn hours(now: SystemTime) -> u32 {
    let since = now.duration_since(UNIX_EPOCH).unwrap_or_default();
    u32::try_from(since.as_secs() / 3_600).unwrap_or(u32::MAX)
}

impl fmt::Display for DeviceToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for DeviceToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceToken(***)")
    }
}
