//! Guide pages. Their examples are compiled and run.

/// A guide to gateway specs: from a gateway's documentation to a file that passes its check, one
/// section for each task, and tables of all keys.
#[cfg(feature = "gateway")]
#[doc = ""]
#[doc = include_str!("gateway_spec/start.md")]
#[doc = include_str!("gateway_spec/requests.md")]
#[doc = include_str!("gateway_spec/values.md")]
#[doc = include_str!("gateway_spec/credentials.md")]
#[doc = include_str!("gateway_spec/responses.md")]
#[doc = include_str!("gateway_spec/reference.md")]
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

/// A guide to abuse and limits: SMS pumping, lock-out, user enumeration and guessed codes, the
/// limit that responds to each attack, and what to configure.
#[cfg(feature = "challenge")]
#[doc = include_str!("limits.md")]
pub mod limits {}

/// The spans, events and metrics of the crate: their names, levels and fields, and what is never
/// recorded.
#[cfg(all(feature = "challenge", feature = "gateway"))]
#[doc = include_str!("observability.md")]
pub mod observability {}
