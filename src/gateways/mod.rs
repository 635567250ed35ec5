//! The catalogue of gateways. Each gateway is a TOML file and a constructor that takes the required
//! values.
//!
//! Set options by their names in `[vars]`, with
//! [`HttpGatewayBuilder::var`](crate::gateway::HttpGatewayBuilder::var):
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let gateway = otpost::gateways::clickatell("api key").var("sender", "Acme").build()?;
//! # Ok(())
//! # }
//! ```
//!
//! Values can also come from the environment or from a file: pass
//! [`VarSource::env`](crate::gateway::VarSource::env) or
//! [`VarSource::file`](crate::gateway::VarSource::file) instead of a text.
//!
//! An `origin` is the scheme, host and port of your own device or server, such as
//! `https://10.0.0.5` or `http://sms.internal:13013`. Hosts in public networks require `https`, or
//! [`allow(Lint::Cleartext)`](crate::gateway::HttpGatewayBuilder::allow).
//!
//! A program contains the file of each gateway whose constructor it calls. With
//! [`GatewaySpec::builtin`], [`all`], [`toml`](fn@toml) and [`with_examples`], it contains all
//! files.
//!
//! To add a gateway, add a file: CONTRIBUTING.md in the repository describes how.
//!
//! # Gateways
//!
//! The facts are those of the vendors, as of the month in the last column; an empty cell is
//! unknown. "id" is a message id in the receipt, "resend" an id that the gateway accepts once,
//! "account" a check of the credentials, and "erase" the deletion of a text.
//!
#![doc = include_str!("table.md")]

mod constructors;
mod entry;

pub use constructors::*;

use crate::gateway::{GatewaySpec, SpecError};
use constructors::CATALOGUE;
use entry::CatalogueEntry;

impl GatewaySpec {
    /// Returns the spec of a gateway in the catalogue, by name, without its examples.
    ///
    /// # Errors
    ///
    /// [`SpecError`] with the available names, if there is no gateway with this name.
    ///
    /// # Examples
    ///
    /// ```
    /// use otpost::gateway::GatewaySpec;
    ///
    /// let spec = GatewaySpec::builtin("kannel")?;
    /// assert_eq!(spec.name(), "Kannel");
    /// println!("{}", spec.docs());
    /// # Ok::<(), otpost::gateway::SpecError>(())
    /// ```
    pub fn builtin(name: &str) -> Result<Self, SpecError> {
        Self::from_toml(entry(name)?.spec)
    }
}

/// Returns the spec of a gateway in the catalogue, by name, with its examples, which a mock gateway
/// plays.
///
/// # Errors
///
/// [`SpecError`] with the available names, if there is no gateway with this name.
///
/// # Examples
///
/// ```
/// let spec = otpost::gateways::with_examples("kannel")?;
/// assert!(!spec.examples().is_empty());
/// # Ok::<(), otpost::gateway::SpecError>(())
/// ```
pub fn with_examples(name: &str) -> Result<GatewaySpec, SpecError> {
    GatewaySpec::from_toml(entry(name)?.file)
}

/// Returns the specs of all gateways in the catalogue with their examples, in alphabetical order.
///
/// Gateways that need the feature `xml` or `signatures` are left out if it is not enabled.
///
/// # Examples
///
/// ```
/// for spec in otpost::gateways::all() {
///     println!("{}: {}", spec.id(), spec.name());
/// }
/// ```
pub fn all() -> impl Iterator<Item = GatewaySpec> {
    // A test parses every file with all features, so `ok()` drops no others.
    CATALOGUE.iter().filter_map(|entry| GatewaySpec::from_toml(entry.file).ok())
}

/// Returns the names of all gateways in the catalogue, in alphabetical order.
pub fn names() -> impl Iterator<Item = &'static str> {
    CATALOGUE.iter().map(|entry| entry.name)
}

/// Returns the TOML text of a gateway in the catalogue, with its comments and examples, or `None`
/// if there is no gateway with this name.
///
/// It is a start for a spec of your own.
///
/// # Examples
///
/// ```
/// let toml = otpost::gateways::toml("kannel").unwrap_or_default();
/// assert!(toml.starts_with("spec = 1\nid = \"kannel\"\n"));
/// ```
#[must_use]
pub fn toml(name: &str) -> Option<&'static str> {
    entry(name).ok().map(|entry| entry.file)
}

fn entry(name: &str) -> Result<&'static CatalogueEntry, SpecError> {
    CATALOGUE.iter().find(|entry| entry.name == name).ok_or_else(|| {
        let names: Vec<_> = names().collect();
        let hint = format!("expected one of {}", names.join(", "));
        SpecError::new("builtin", "unknown gateway name", hint)
    })
}
