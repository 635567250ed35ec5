//! The text message itself: its parts, its last line, and where its number is.

mod autofill;
mod regions;
mod segments;
mod texts;
