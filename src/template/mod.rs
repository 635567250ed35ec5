//! The placeholder language of texts and gateway specs: `{{name|filter|filter:argument}}`.
//!
//! The language has no loops, no conditions and no escaping. A template is parsed once and rendered
//! in one pass. The value of a variable is never parsed: a value `{{to}}` is inserted as `{{to}}`.
//!
//! | filter | result |
//! |---|---|
//! | `e164`, `plain`, `zeros` | a number as `+41…`, `41…`, `0041…` |
//! | `national:41` | the number without that calling code; an error for any other |
//! | `upper`, `lower` | the value in upper or lower case |
//! | `truncate:n` | the first n characters (not allowed for a text, code or number) |
//! | `latin1`, `gsm7` | the value, or an error for a character outside the alphabet |
//! | `latin1:?`, `gsm7:?` | the value, with `?` for characters outside the alphabet |
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
