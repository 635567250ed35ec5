//! The text message itself: its parts, its last line, and where its number is.

mod autofill;
mod consent;
mod dlt;
mod regions;
#[cfg(feature = "reqwest")]
mod routes;
mod segments;
mod texts;
