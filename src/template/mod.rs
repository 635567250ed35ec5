//! The placeholder language of texts and gateway specs: `{{name|filter|filter:argument}}`.
//!
//! It is closed: no loops, no conditions, no escaping of its own. A template is parsed once and rendered in one
//! pass, and what a variable holds is never looked at again: a text that holds `{{to}}` arrives as `{{to}}`.
//!
//! | filter | gives |
//! |---|---|
//! | `e164`, `plain`, `zeros` | a number as `+41…`, `41…`, `0041…` |
//! | `national:41` | the number without that calling code; an error for any other |
//! | `upper`, `lower` | the other case |
//! | `truncate:n` | the first n characters (never for a text, code or number) |
//! | `latin1`, `gsm7` | the value, or an error if a character is not in the alphabet; `latin1:?` replaces it |
//! | `utf16hex` | UTF-16BE in upper-case hexadecimal |
//! | `base64`, `sha256hex` | Base64 with padding; SHA-256 in lower-case hexadecimal |
//! | `map:a=1,b=2` | `1` for `a`, `2` for `b`; an error for anything else |

mod alphabet;
mod filter;
mod parse;

pub use filter::{Filter, FilterError};
pub use parse::{Part, Placeholder, Template, TemplateError, TemplateErrorKind};

pub(crate) use alphabet::gsm7_septets;
#[cfg(feature = "gateway")]
pub(crate) use filter::apply_all;
