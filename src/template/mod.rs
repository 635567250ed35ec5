//! The placeholder language of texts and gateway specs: `{{name|filter|filter:argument}}`.
//!
//! The language has no loops, no conditions and no escaping. A template is parsed once and rendered
//! in one pass. The value of a variable is never parsed: a value `{{to}}` is inserted as `{{to}}`.

mod date;
mod filter;
mod number;
mod parse;

pub use date::DateFormat;
pub use filter::{Filter, FilterError, TimeUnit};
#[cfg(feature = "gateway")]
pub(crate) use parse::Placeholder;
pub(crate) use parse::{Part, Template};
pub use parse::{TemplateError, TemplateErrorKind};

#[cfg(feature = "gateway")]
pub(crate) use filter::{FILTERS, apply_all, is_number_form};
