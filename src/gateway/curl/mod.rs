//! Requests as curl commands, for a terminal, a colleague or a support ticket; and curl commands as requests.

mod command;
mod import;
mod quote;

pub use command::CurlCommand;
pub use import::{CurlImport, CurlNote, Sample};
