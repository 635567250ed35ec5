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
use crate::pasted::{CodePoint, Pasted, clean};

/// The characters of a code. None of them is easily mistaken for another.
const ALPHABET: [u8; 26] = *b"23456789BCDFGHJKMNPQRTVWXY";
const LENGTH: usize = 5;
/// The number of codes: 26^5.
const CODES: u32 = 11_881_376;
/// The maximum length of a typed code in bytes, including blanks.
const MAX_TYPED: usize = 128;
/// The time step, in seconds.
const STEP: u64 = 30;

/// Codes of Steam Guard: five characters that change every 30 s.
///
/// The codes are computed with HMAC-SHA-1 as in RFC 6238, and written in Steam's alphabet. The
/// secret is the `shared_secret` of the account, 20 bytes, for [`Secret::from_base64`]. There is no
/// specification: the codes are those that Steam's app shows.
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
#[doc(alias = "2fa")]
#[doc(alias = "shared_secret")]
#[derive(Clone, Debug)]
pub struct Steam {
    key: Key,
}

impl Steam {
    /// Creates a generator and verifier of codes from the secret of an account.
    #[must_use]
    pub fn new(secret: &Secret) -> Self {
        Self { key: Key::new(secret, Algorithm::Sha1) }
    }

    /// Returns the code at `unix` seconds since 1970.
    #[must_use]
    pub fn generate_at(&self, unix: u64) -> SteamCode {
        SteamCode::from_value(self.key.value(step_at(unix)))
    }

    /// Verifies a code against the time steps of `window` around `unix` seconds since 1970.
    ///
    /// It works as [`Totp::verify_at`](super::Totp::verify_at): `after` is the time step that was
    /// used last, and all steps of the window are always computed and compared.
    #[must_use = "ignoring the result accepts every code"]
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

/// A Steam Guard code: five out of 26 characters.
///
/// # Security
///
/// As for [`Code`](super::Code): `==` takes the same time wherever codes differ, and `Debug` does
/// not show the characters.
#[derive(Clone)]
pub struct SteamCode([u8; LENGTH]);

impl SteamCode {
    /// Parses a typed or pasted code in upper or lower case.
    ///
    /// White space, invisible characters and dashes are removed, as by
    /// [`Code::parse`](super::Code::parse).
    ///
    /// # Errors
    ///
    /// [`SteamCodeError`] if another character is left that is not in the alphabet, if there are
    /// not five, or if the text has more than 128 bytes.
    pub fn parse(typed: &str) -> Result<Self, SteamCodeError> {
        if typed.len() > MAX_TYPED {
            return Err(SteamCodeError::Length);
        }
        let mut code = [0; LENGTH];
        let mut count = 0_usize;
        for Pasted { position, character, plain } in clean(typed).filter(|c| c.plain != '-') {
            let byte = u8::try_from(plain.to_ascii_uppercase()).ok();
            let byte = byte.filter(|byte| is_known(*byte));
            let byte = byte.ok_or(SteamCodeError::Character { character, position })?;
            if let Some(place) = code.get_mut(count) {
                *place = byte;
            }
            count = count.saturating_add(1);
        }
        if count == LENGTH { Ok(Self(code)) } else { Err(SteamCodeError::Length) }
    }

    /// Returns the characters.
    ///
    /// # Security
    ///
    /// Anyone who reads the characters can log in.
    #[must_use]
    pub fn expose(&self) -> &str {
        // Always ASCII: the characters come from the alphabet.
        core::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Returns the code as a number. The first character is the least significant digit.
    fn value(&self) -> u32 {
        self.0.iter().rev().fold(0, |value: u32, character| {
            value.wrapping_mul(26).wrapping_add(digit_of(*character))
        })
    }

    fn from_value(mut value: u32) -> Self {
        // The value can be above 26^5, since it has 31 bits. The loop takes its five lowest digits,
        // which is the remainder by `CODES` that `verify_at` compares.
        Self([(); LENGTH].map(|()| {
            let character = character_of(By::<26>::remainder(value));
            value = By::<26>::quotient(value);
            character
        }))
    }
}

// The dividend is a time, which is public. The function is not inlined, because the proofs search
// the functions that hold secrets for divisions.
#[inline(never)]
const fn step_at(unix: u64) -> u64 {
    unix / STEP
}

/// Returns the character of a digit. It reads the whole alphabet, because an index would show in
/// the cache.
fn character_of(digit: u32) -> u8 {
    (0..).zip(ALPHABET).fold(0, |found, (at, character)| {
        let [.., mask] = equal(at, digit).to_be_bytes();
        found | (character & mask)
    })
}

/// Returns `true` for a character of the alphabet. The result is public, the character is not.
fn is_known(character: u8) -> bool {
    let same = |known: u8| equal(known.into(), character.into());
    ALPHABET.into_iter().fold(0, |found, known| found | same(known)) != 0
}

/// Returns the digit of a character. It reads the whole alphabet too.
fn digit_of(character: u8) -> u32 {
    // Only known characters are in a code, so exactly one of the masks is all ones.
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

/// The reason why a typed text is not a code of Steam Guard.
///
/// Such a text is not a guess, so it need not count as an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SteamCodeError {
    /// The text contains a character that is not in Steam's alphabet.
    #[error(
        "invalid Steam Guard code: unexpected character {} at position {position}: expected only the characters 23456789BCDFGHJKMNPQRTVWXY",
        CodePoint(*character)
    )]
    Character {
        /// The character.
        character: char,
        /// The position, which counts the characters of the text from 1.
        position: usize,
    },
    /// The text does not have five characters, or has more than 128 bytes.
    #[error("invalid Steam Guard code: expected 5 characters")]
    Length,
}
