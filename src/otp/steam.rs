use core::fmt;
use core::str::FromStr;

use subtle::ConstantTimeEq;
use zeroize::Zeroize;

use super::algorithm::Algorithm;
use super::ct_div::By;
use super::key::Key;
use super::matched::{Match, Search};
use super::secret::Secret;
use super::totp::Window;
use super::truncate::{equal, mask};

/// The characters of a code: none that are mistaken for another.
const ALPHABET: [u8; 26] = *b"23456789BCDFGHJKMNPQRTVWXY";
const LENGTH: usize = 5;
/// All codes: 26^5.
const CODES: u32 = 11_881_376;
/// The longest typed code that is looked at, with its blanks.
const MAX_TYPED: usize = 32;
const STEP: u64 = 30;

/// Steam Guard: codes of five characters every 30 seconds, over HMAC-SHA-1 as in RFC 6238, written by an alphabet of its own.
///
/// The secret is the `shared_secret` of the account, 20 bytes, for [`Secret::from_base64`]. There is no specification; this is what
/// Steam's own app shows.
///
/// # Examples
///
/// ```
/// use otpost::otp::{Secret, Steam, SteamCode, Window};
///
/// let steam = Steam::new(&Secret::generate()?);
/// let now = 1_700_000_000;
/// let typed = SteamCode::parse(&steam.generate_at(now).expose().to_lowercase())?;
/// assert!(steam.verify_at(now, &typed, Window::default(), None).is_some());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Steam {
    key: Key,
}

impl Steam {
    /// Makes the key ready.
    #[must_use]
    pub fn new(secret: &Secret) -> Self {
        Self { key: Key::new(secret, Algorithm::Sha1) }
    }

    /// The code at `unix` seconds.
    #[must_use]
    pub fn generate_at(&self, unix: u64) -> SteamCode {
        SteamCode::from_value(self.key.value(step_at(unix)))
    }

    /// Looks for the code among the steps of `window` around `unix` seconds, as [`Totp::verify_at`](super::Totp::verify_at) does: `after`
    /// is the step that was used last, and all of the window is computed and compared.
    #[must_use = "a code that was not checked proves nothing"]
    pub fn verify_at(
        &self,
        unix: u64,
        code: &SteamCode,
        window: Window,
        after: Option<u64>,
    ) -> Option<Match> {
        let now = step_at(unix);
        let (first, last) = window.around(now);
        let typed = code.value();
        let mut search = Search::default();
        self.key.each(first, last, |at, value| {
            search.see(
                at,
                mask(after.is_none_or(|after| at > after))
                    & equal(By::<CODES>::remainder(value), typed),
            );
        });
        search.found(now)
    }
}

/// A code of Steam Guard: five characters out of 26.
///
/// # Security
///
/// As of [`Code`](super::Code): `==` takes the same time wherever codes differ, and `Debug` does not show it.
#[derive(Clone)]
pub struct SteamCode([u8; LENGTH]);

impl SteamCode {
    /// Reads what a person typed, in either case, with blanks around it.
    ///
    /// # Errors
    ///
    /// [`SteamCodeError`] when it is not five characters of the alphabet.
    pub fn parse(typed: &str) -> Result<Self, SteamCodeError> {
        if typed.len() > MAX_TYPED {
            return Err(SteamCodeError);
        }
        let mut typed = typed.trim().bytes().map(|byte| byte.to_ascii_uppercase());
        let mut code = [0; LENGTH];
        for place in &mut code {
            *place = typed.next().filter(|byte| is_known(*byte)).ok_or(SteamCodeError)?;
        }
        if typed.next().is_some() {
            return Err(SteamCodeError);
        }
        Ok(Self(code))
    }

    /// The characters.
    ///
    /// # Security
    ///
    /// Whoever reads them can log in.
    #[must_use]
    pub fn expose(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// The first character counts least.
    fn value(&self) -> u32 {
        self.0.iter().rev().fold(0, |value: u32, character| {
            value.wrapping_mul(26).wrapping_add(digit_of(*character))
        })
    }

    fn from_value(mut value: u32) -> Self {
        Self([(); LENGTH].map(|()| {
            let character = character_of(By::<26>::remainder(value));
            value = By::<26>::quotient(value);
            character
        }))
    }
}

// Its division is of a time, which is public, and stays out of the functions that hold secrets, where the proofs look for divisions.
#[inline(never)]
const fn step_at(unix: u64) -> u64 {
    unix / STEP
}

/// All of the alphabet is read: an index would show in the cache.
fn character_of(digit: u32) -> u8 {
    (0..).zip(ALPHABET).fold(0, |found, (at, character)| {
        let [.., mask] = equal(at, digit).to_be_bytes();
        found | (character & mask)
    })
}

/// That it is not is public; which of them it is, is not.
fn is_known(character: u8) -> bool {
    let same = |known: u8| equal(known.into(), character.into());
    ALPHABET.into_iter().fold(0, |found, known| found | same(known)) != 0
}

fn digit_of(character: u8) -> u32 {
    (0..).zip(ALPHABET).fold(0, |found, (at, known): (u32, u8)| {
        let [.., a, b, c, d] = equal(known.into(), character.into()).to_be_bytes();
        found | (at & u32::from_be_bytes([a, b, c, d]))
    })
}

impl fmt::Debug for SteamCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SteamCode(*****)")
    }
}

impl Drop for SteamCode {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl PartialEq for SteamCode {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for SteamCode {}

impl FromStr for SteamCode {
    type Err = SteamCodeError;

    fn from_str(typed: &str) -> Result<Self, SteamCodeError> {
        Self::parse(typed)
    }
}

/// A typed text is not five characters of Steam's alphabet. It is no guess, so it need not count as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a Steam Guard code has five of the characters 23456789BCDFGHJKMNPQRTVWXY")]
pub struct SteamCodeError;
