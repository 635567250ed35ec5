//! The catalogue: its constructors, its requests byte for byte, and its examples over real sockets.

pub(crate) mod constructors;
mod examples;
mod golden;
mod kinds;
mod names;
mod requests;
mod statuses;
mod tables;
pub(crate) mod values;
