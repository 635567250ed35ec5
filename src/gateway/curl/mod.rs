//! Requests as curl commands, for a terminal, a colleague or a support ticket.

mod command;
mod quote;

pub use command::CurlCommand;
