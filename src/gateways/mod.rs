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
//! A program contains the spec of each gateway whose constructor it calls, which is 1 to 5 KB, and
//! nothing of the catalogue if it uses its own spec. With [`GatewaySpec::builtin`], it contains the
//! specs of all gateways, which are less than 300 KB. With [`all`], [`toml`](fn@toml) and
//! [`with_examples`], it contains all files with their examples, which are twice as large.
//!
//! [Choosing a gateway](crate::guide::choosing#gateways) compares the gateways by country, sender,
//! reports and sources. [Adding a gateway](crate::guide::adding_a_gateway) leads from a vendor's
//! documentation to a pull request.

mod constructors;
mod entry;

pub use constructors::*;

use crate::gateway::{GatewaySpec, SpecError, nearest};
use constructors::{FILES, NAMES, SPECS};
use entry::CatalogueEntry;

impl GatewaySpec {
    /// Returns the spec of a gateway in the catalogue, by name, without its examples.
    ///
    /// # Errors
    ///
    /// [`SpecError`] with similar names, or all, if there is no gateway with this name.
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
        Self::from_toml(text(SPECS.entries(), name)?)
    }
}

/// Returns the spec of a gateway in the catalogue, by name, with its examples, which a mock gateway
/// plays.
///
/// # Errors
///
/// [`SpecError`] with similar names, or all, if there is no gateway with this name.
///
/// # Examples
///
/// ```
/// let spec = otpost::gateways::with_examples("kannel")?;
/// assert!(!spec.examples().is_empty());
/// # Ok::<(), otpost::gateway::SpecError>(())
/// ```
pub fn with_examples(name: &str) -> Result<GatewaySpec, SpecError> {
    GatewaySpec::from_toml(text(FILES.iter().copied(), name)?)
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
    FILES.iter().filter_map(|entry| GatewaySpec::from_toml(entry.text).ok())
}

/// Returns the names of all gateways in the catalogue, in alphabetical order.
pub fn names() -> impl Iterator<Item = &'static str> {
    NAMES.iter().copied()
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
    text(FILES.iter().copied(), name).ok()
}

/// Returns the text of a gateway.
fn text(
    entries: impl Iterator<Item = CatalogueEntry> + Clone,
    name: &str,
) -> Result<&'static str, SpecError> {
    let found = entries.clone().find(|entry| entry.name == name);
    found.map(|entry| entry.text).ok_or_else(|| {
        let names = || entries.clone().map(|entry| entry.name);
        let wanted = name.to_lowercase().replace([' ', '_'], "-");
        let hint = nearest(&wanted, names()).map_or_else(
            || {
                let alike = names().filter(|name| !wanted.is_empty() && name.contains(&wanted));
                let mut alike: Vec<_> = alike.collect();
                if alike.is_empty() {
                    alike = names().collect();
                }
                format!("expected one of {}", alike.join(", "))
            },
            |name| format!("did you mean `{name}`?"),
        );
        SpecError::new("builtin", "unknown gateway name", hint)
    })
}
