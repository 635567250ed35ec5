//! The colours of the output. `anstream` removes them if the output is not a terminal.

use anstyle::{AnsiColor, Style};

/// The style of `error` before an error.
pub(crate) const ERROR: Style = AnsiColor::Red.on_default().bold();
/// The style of a good result.
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
/// The style of a bad result.
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
/// The style of a result that is not known.
pub(crate) const UNKNOWN: Style = AnsiColor::Yellow.on_default().bold();
