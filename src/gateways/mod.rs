//! The catalogue of gateways. Each gateway is a TOML file and a constructor that takes the required
//! values.
//!
//! Set options by their names in `[vars]`, with [`HttpGatewayBuilder::var`]:
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let gateway = otpost::gateways::clickatell("api key").var("sender", "Acme").build()?;
//! # Ok(())
//! # }
//! ```
//!
//! Values can also come from the environment or from a file: pass [`VarSource::env`] or
//! [`VarSource::file`] instead of a text.
//!
//! An `origin` is the scheme, host and port of your own device or server, such as
//! `https://10.0.0.5` or `http://sms.internal:13013`. Hosts in public networks require `https`, or
//! [`allow(Lint::Cleartext)`](crate::gateway::HttpGatewayBuilder::allow).
//!
//! In the table, "phone number" is the format in the request: with the leading plus, digits only,
//! or split into calling code and national number. "Message id" tells whether a receipt has an id:
//! "yes" is an id of the gateway, "echoed" is the id of the message, which the gateway returns, and
//! "unverified" was not tested with a real gateway.
//!
//! | name | gateway | phone number | message id |
//! |---|---|---|---|
//! | `clickatell` | [Clickatell, One API](clickatell) | digits | yes |
//! | `diafaan` | [Diafaan SMS Server](diafaan) | with plus | yes |
//! | `kannel` | [Kannel](kannel) | with plus | no |
//! | `link-mobility` | [LINK Mobility, IPX REST](link_mobility) | digits | yes |
//! | `message-central` | [Message Central, Message Now](message_central) | split | yes |
//! | `messagebird` | [MessageBird, classic REST](messagebird) | digits | yes |
//! | `nowsms` | [NowSMS](nowsms) | with plus | unverified |
//! | `ozeki` | [Ozeki 10](ozeki) | with plus | echoed |
//! | `smsala` | [SMSala](smsala) | digits | unverified |
//! | `smseagle-v1` | [SMSEagle, APIv1](smseagle_v1) | with plus | yes |
//! | `smseagle-v2` | [SMSEagle, APIv2](smseagle_v2) | with plus | yes |

use crate::gateway::{GatewaySpec, HttpGatewayBuilder, SpecError, VarSource};

/// The names and TOML texts of all gateways, in alphabetical order.
const CATALOGUE: [(&str, &str); 11] = [
    ("clickatell", include_str!("clickatell.toml")),
    ("diafaan", include_str!("diafaan.toml")),
    ("kannel", include_str!("kannel.toml")),
    ("link-mobility", include_str!("link-mobility.toml")),
    ("message-central", include_str!("message-central.toml")),
    ("messagebird", include_str!("messagebird.toml")),
    ("nowsms", include_str!("nowsms.toml")),
    ("ozeki", include_str!("ozeki.toml")),
    ("smsala", include_str!("smsala.toml")),
    ("smseagle-v1", include_str!("smseagle-v1.toml")),
    ("smseagle-v2", include_str!("smseagle-v2.toml")),
];

impl GatewaySpec {
    /// Returns the spec of a gateway in the catalogue, by name.
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
        let text = toml(name).ok_or_else(|| {
            let names: Vec<_> = CATALOGUE.iter().map(|(name, _)| *name).collect();
            let hint = format!("expected one of {}", names.join(", "));
            SpecError::new("builtin", "unknown gateway name", hint)
        })?;
        Self::from_toml(text)
    }
}

/// Returns the specs of all gateways in the catalogue, in alphabetical order.
///
/// # Examples
///
/// ```
/// for spec in otpost::gateways::all() {
///     println!("{}: {}", spec.id(), spec.name());
/// }
/// ```
pub fn all() -> impl Iterator<Item = GatewaySpec> {
    // A test parses every file, so `ok()` drops none.
    CATALOGUE.iter().filter_map(|(_, text)| GatewaySpec::from_toml(text).ok())
}

/// Returns the TOML text of a gateway in the catalogue, with its comments, or `None` if there is no
/// gateway with this name.
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
    CATALOGUE.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

/// Creates a builder for a gateway of the catalogue.
fn builder(name: &str) -> HttpGatewayBuilder {
    // A wrong name would be an error of `build`, so the constructors below need no `Result`.
    HttpGatewayBuilder::new(GatewaySpec::builtin(name))
}

/// Creates a gateway for Clickatell, One API, from the key of an API integration.
///
/// Options: `sender`.
pub fn clickatell(api_key: impl Into<VarSource>) -> HttpGatewayBuilder {
    builder("clickatell").var("api_key", api_key)
}

/// Creates a gateway for a Diafaan SMS Server. Its web connector usually listens on port 9710.
///
/// Options: `sender`.
pub fn diafaan(
    origin: impl Into<VarSource>,
    username: impl Into<VarSource>,
    password: impl Into<VarSource>,
) -> HttpGatewayBuilder {
    builder("diafaan").var("origin", origin).var("username", username).var("password", password)
}

/// Creates a gateway for Kannel's smsbox. It listens on the port in its setting `sendsms-port`.
///
/// Options: `sender`, `dlr_mask` and `dlr_url`. Set `dlr_url` here for all messages, or for each
/// message with [`Message::with_var`](crate::Message::with_var).
pub fn kannel(
    origin: impl Into<VarSource>,
    username: impl Into<VarSource>,
    password: impl Into<VarSource>,
) -> HttpGatewayBuilder {
    builder("kannel").var("origin", origin).var("username", username).var("password", password)
}

/// Creates a gateway for LINK Mobility, IPX REST API.
///
/// Options: `sender`, `originator_ton`.
pub fn link_mobility(
    username: impl Into<VarSource>,
    password: impl Into<VarSource>,
) -> HttpGatewayBuilder {
    builder("link-mobility").var("username", username).var("password", password)
}

/// Creates a gateway for Message Central, Message Now, from the customer id and the password of the
/// console. The password is used to fetch a token.
///
/// Options: `sender`, and for the token request `country` (a calling code without a plus) and
/// `email`. What is not set is left out of the request.
pub fn message_central(
    customer_id: impl Into<VarSource>,
    password: impl Into<VarSource>,
) -> HttpGatewayBuilder {
    builder("message-central").var("customer_id", customer_id).var("password", password)
}

/// Creates a gateway for MessageBird, classic REST API, from an access key and a sender.
///
/// MessageBird requires a sender. Access keys of the newer Bird console do not work.
pub fn messagebird(
    access_key: impl Into<VarSource>,
    sender: impl Into<VarSource>,
) -> HttpGatewayBuilder {
    builder("messagebird").var("access_key", access_key).var("sender", sender)
}

/// Creates a gateway for NowSMS. Its web interface usually listens on port 8800.
///
/// Options: `sender`.
pub fn nowsms(
    origin: impl Into<VarSource>,
    username: impl Into<VarSource>,
    password: impl Into<VarSource>,
) -> HttpGatewayBuilder {
    builder("nowsms").var("origin", origin).var("username", username).var("password", password)
}

/// Creates a gateway for Ozeki 10 SMS Gateway. Its HTTP API usually listens on port 9509.
///
/// Options: `sender`.
pub fn ozeki(
    origin: impl Into<VarSource>,
    username: impl Into<VarSource>,
    password: impl Into<VarSource>,
) -> HttpGatewayBuilder {
    builder("ozeki").var("origin", origin).var("username", username).var("password", password)
}

/// Creates a gateway for SMSala from an API id, its password and a sender.
pub fn smsala(
    api_id: impl Into<VarSource>,
    api_password: impl Into<VarSource>,
    sender: impl Into<VarSource>,
) -> HttpGatewayBuilder {
    builder("smsala").var("api_id", api_id).var("api_password", api_password).var("sender", sender)
}

/// Creates a gateway for an SMSEagle device with the older API, which puts all values into the URL.
///
/// Prefer [`smseagle_v2`] if the device supports it. The option `modem_no` selects a modem of the
/// device.
pub fn smseagle_v1(
    origin: impl Into<VarSource>,
    access_token: impl Into<VarSource>,
) -> HttpGatewayBuilder {
    builder("smseagle-v1").var("origin", origin).var("access_token", access_token)
}

/// Creates a gateway for an SMSEagle device with the newer API.
///
/// The option `modem_no` selects a modem of the device.
pub fn smseagle_v2(
    origin: impl Into<VarSource>,
    access_token: impl Into<VarSource>,
) -> HttpGatewayBuilder {
    builder("smseagle-v2").var("origin", origin).var("access_token", access_token)
}
