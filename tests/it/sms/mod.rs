//! The text message itself: its parts, its last line, and where its number is.

mod autofill;
mod checked;
mod consent;
mod dlt;
mod links;
mod parsed_back;
#[cfg(feature = "phone")]
mod plan;
mod region_rules;
mod regions;
#[cfg(feature = "reqwest")]
mod routes;
mod segments;
mod senders;
mod text_rules;
mod texts;
