//! Pages to read. There is no code in here; what they show is compiled and run.

/// How to describe a gateway: every key of a spec, what it means, and what is checked.
#[cfg(feature = "gateway")]
#[doc = include_str!("gateway_spec.md")]
pub mod gateway_spec {}

/// What becomes of a message: fates, the decision table, and the wrappers that retry, fail over and refuse.
#[cfg(feature = "gateway")]
#[doc = include_str!("delivery.md")]
pub mod delivery {}

/// How codes are issued, sent again and accepted once, what is counted, and what the application has to do.
#[cfg(feature = "challenge")]
#[doc = include_str!("challenges.md")]
pub mod challenges {}

/// The spans, events and metrics of the crate: their names, levels and fields, and what is never recorded.
#[cfg(all(feature = "challenge", feature = "gateway"))]
#[doc = include_str!("observability.md")]
pub mod observability {}
