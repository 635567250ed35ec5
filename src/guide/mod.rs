//! Guide pages. Their examples are compiled and run.

/// A guide to gateway specs: every key, its meaning, and what is checked.
#[cfg(feature = "gateway")]
#[doc = include_str!("gateway_spec.md")]
pub mod gateway_spec {}

/// A guide to delivery: fates, the decision table, and wrappers for retry, failover, rate limits
/// and circuit breakers.
#[cfg(feature = "gateway")]
#[doc = include_str!("delivery.md")]
pub mod delivery {}

/// A guide to challenges: issuing, resending and verifying codes, limits, stores, and what the
/// application has to do.
#[cfg(feature = "challenge")]
#[doc = include_str!("challenges.md")]
pub mod challenges {}

/// The spans, events and metrics of the crate: their names, levels and fields, and what is never
/// recorded.
#[cfg(all(feature = "challenge", feature = "gateway"))]
#[doc = include_str!("observability.md")]
pub mod observability {}
