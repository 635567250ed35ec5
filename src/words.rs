//! The stable words of enums, for logs, metrics and configuration.
//!
//! An enum whose words can be parsed has an `as_str` method, `Display` and `FromStr`. Enums with
//! values, such as `TextRule`, have `name` instead, and their `Display` is for people. The
//! words are in snake case and never change, except those of [`Charset`](crate::gateway::Charset),
//! [`JwtAlgorithm`](crate::gateway::JwtAlgorithm), [`Lint`](crate::gateway::Lint) and
//! [`Method`](crate::gateway::Method), which are spelled as in a gateway's TOML. `Display` prints
//! the same word, except for error kinds, [`Fate`](crate::provider::Fate) and `NumberKind`, which
//! print what people read.

use core::fmt;

/// An error for a text that is not one of the words of an enum.
///
/// # Examples
///
/// ```
/// use otpost::message::Encoding;
///
/// let error = "utf8".parse::<Encoding>().unwrap_err();
/// assert_eq!(error.to_string(), "unknown encoding: expected `gsm7` or `ucs2`");
/// assert_eq!(error.accepted(), ["gsm7", "ucs2"]);
/// ```
///
/// # Security
///
/// It names the accepted words and does not repeat the text, which may be a secret in the wrong
/// place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnknownWordError {
    what: &'static str,
    accepted: &'static [&'static str],
}

impl UnknownWordError {
    pub(crate) const fn new(what: &'static str, accepted: &'static [&'static str]) -> Self {
        Self { what, accepted }
    }

    /// Returns the accepted words.
    #[must_use]
    pub const fn accepted(&self) -> &'static [&'static str] {
        self.accepted
    }
}

impl fmt::Display for UnknownWordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "unknown {}: expected ", self.what)?;
        let last = self.accepted.len().saturating_sub(1);
        for (place, word) in self.accepted.iter().enumerate() {
            f.write_str(match place {
                0 => "",
                place if place == last => " or ",
                _ => ", ",
            })?;
            write!(f, "`{word}`")?;
        }
        Ok(())
    }
}

impl core::error::Error for UnknownWordError {}

/// Implements `as_str` and `FromStr` for an enum without fields, from one list of words.
macro_rules! words {
    ($type:ident, $what:literal: $($variant:ident = $word:literal,)+) => {
        impl $type {
            /// Returns the stable word for logs, metrics and configuration. `FromStr` parses it.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)+
                }
            }
        }

        impl core::str::FromStr for $type {
            type Err = $crate::words::UnknownWordError;

            fn from_str(word: &str) -> Result<Self, Self::Err> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::words::UnknownWordError::new($what, &[$($word),+])),
                }
            }
        }
    };
}

/// Implements `Display` by the word of [`words!`].
macro_rules! display_word {
    ($type:ident) => {
        impl core::fmt::Display for $type {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
