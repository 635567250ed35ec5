//! A guide: from the first code to millions of users. The examples are compiled and run.
//!
#![doc = include_str!("front.md")]

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
#[doc = include_str!("gateway_spec/keys.md")]
pub mod gateway_spec {}

/// A guide to delivery: fates, the decision table, wrappers for retry, failover, rate limits and
/// circuit breakers, and delivery reports.
#[cfg(feature = "gateway")]
#[doc = ""]
#[doc = include_str!("diagrams/decision.svg")]
#[doc = ""]
#[doc = include_str!("delivery.md")]
pub mod delivery {}

/// A guide to challenges: issuing, resending and verifying codes, limits, stores, and what the
/// application has to do.
#[cfg(feature = "challenge")]
#[doc = ""]
#[doc = include_str!("diagrams/flow.svg")]
#[doc = ""]
#[doc = include_str!("challenges.md")]
pub mod challenges {}

/// A guide to abuse and limits: SMS pumping, lock-out, user enumeration and guessed codes, the
/// limit that responds to each attack, and what to configure.
#[cfg(feature = "challenge")]
#[doc = ""]
#[doc = include_str!("diagrams/limits.svg")]
#[doc = ""]
#[doc = include_str!("limits.md")]
pub mod limits {}

/// A guide to monitoring: a dashboard, alerts, the meaning of each metric, and what to do when it
/// changes.
#[cfg(all(feature = "challenge", feature = "gateway"))]
#[doc = ""]
#[doc = include_str!("monitoring.md")]
pub mod monitoring {}

/// The spans, events and metrics of the crate: their names, levels and fields, and what is never
/// recorded.
#[cfg(all(feature = "challenge", feature = "gateway"))]
#[doc = ""]
#[doc = include_str!("observability.md")]
pub mod observability {}

/// A guide for the first hour: a code on the console, a phone in the browser, your own gateway, a
/// store, a login page, and what to do before real users come.
#[cfg(feature = "challenge")]
#[doc = ""]
#[doc = include_str!("getting_started.md")]
pub mod getting_started {}

/// A guide to choosing a gateway: a short path to a decision, what to ask, senders by region, pairs
/// for failover, and tables of all gateways that are included.
#[cfg(all(feature = "challenge", feature = "gateway"))]
#[doc = ""]
#[doc = include_str!("choosing.md")]
#[doc = ""]
#[doc = include_str!("../gateways/tables.md")]
pub mod choosing {}

/// A guide to adding a gateway to the catalogue: from a vendor's PDF to a pull request.
#[cfg(feature = "gateway")]
#[doc = ""]
#[doc = include_str!("adding_a_gateway.md")]
pub mod adding_a_gateway {}

/// A guide to security: the threat model, constant time, and the requirements of NIST SP 800-63B-4,
/// OWASP ASVS 5.0, PSD2 and bank rules, one by one.
#[cfg(all(feature = "challenge", feature = "gateway"))]
#[doc = ""]
#[doc = include_str!("security.md")]
pub mod security {}

/// A guide to scaling: what a number of codes per second needs, from one server to many stores.
#[cfg(all(feature = "challenge", feature = "gateway"))]
#[doc = ""]
#[doc = include_str!("scaling.md")]
pub mod scaling {}

/// A guide to operations: the first deployment, changes, symptoms and their causes.
#[cfg(all(feature = "challenge", feature = "gateway"))]
#[doc = ""]
#[doc = include_str!("operations.md")]
pub mod operations {}

/// A guide to tests of an application: without a network, without waiting, and with a sandbox.
#[cfg(all(feature = "challenge", feature = "gateway"))]
#[doc = ""]
#[doc = include_str!("testing.md")]
pub mod testing {}

/// A guide to migration, field by field: from an access gateway's HTTP AAA object, otpgateway,
/// Twilio Verify and Supabase.
#[cfg(all(feature = "challenge", feature = "gateway"))]
#[doc = ""]
#[doc = include_str!("migrating.md")]
pub mod migrating {}
