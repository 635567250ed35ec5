//! The catalogue: its constructors, its requests byte for byte, and its examples over real sockets.

mod constructors;
mod examples;
mod golden;
mod kinds;
mod requests;
pub(crate) mod values;
