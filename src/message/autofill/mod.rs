//! The last line of a message, from which browsers and phones fill in the code.

mod compose;
mod lint;
mod parse;

pub use compose::{Autofill, AutofillError, EmbeddedStyle};
pub use lint::AutofillWarning;
pub use parse::OriginBound;
