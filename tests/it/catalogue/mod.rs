//! The catalogue: its constructors, its requests byte for byte, and its examples over real sockets.

mod constructors;
#[cfg(feature = "testing")]
mod examples;
#[cfg(feature = "testing")]
mod golden;
mod kinds;
mod requests;
mod values;
