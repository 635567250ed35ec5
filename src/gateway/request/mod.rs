//! A request: compiled once from the spec, then rendered for each message.
//!
//! A template ([`value`]) is resolved against the declared names ([`symbols`]), rendered with the
//! values of a message ([`values`]) and encoded for its place (URL, header, body). Rendered bytes
//! remember which of them must be masked ([`masked`]).

pub(in crate::gateway) mod body;
pub(in crate::gateway) mod charset;
mod checks;
pub(in crate::gateway) mod condition;
pub(in crate::gateway) mod field;
pub(in crate::gateway) mod filters;
pub(in crate::gateway) mod header;
pub(in crate::gateway) mod header_text;
pub(in crate::gateway) mod json;
pub(in crate::gateway) mod masked;
mod nested;
pub(in crate::gateway) mod pair;
pub(in crate::gateway) mod pieces;
mod query;
pub(in crate::gateway) mod render_error;
pub(in crate::gateway) mod scratch;
pub(in crate::gateway) mod structure;
pub(in crate::gateway) mod symbols;
pub(in crate::gateway) mod url;
pub(in crate::gateway) mod value;
pub(in crate::gateway) mod values;
pub(in crate::gateway) mod xml;
