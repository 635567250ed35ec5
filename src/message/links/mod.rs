//! Links in the values of variables, and the signs from which they are made.

mod find;
mod kind;
#[rustfmt::skip]
mod top_level;

pub(super) use find::{FoundLink, find};
pub use kind::LinkKind;
