//! The gateways that are known, each a TOML file and a constructor for what it must have.
//!
//! Options that a constructor does not take are given by name, as the gateway's `[vars]` declares them:
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let gateway = otpost::gateways::clickatell("api key").var("sender", "Acme").build()?;
//! # Ok(())
//! # }
//! ```
//!
//! What a constructor takes may come from elsewhere just as well: give it a
//! [`VarSource::env`] or [`VarSource::file`] in place of a text.
//!
//! An `origin` is the scheme, host and port of a device or server of one's own, such as `https://10.0.0.5` or
//! `http://sms.internal:13013`. A host in a public network needs `https`, or
//! [`allow(Lint::Cleartext)`](crate::gateway::HttpGatewayBuilder::allow).
//!
//! | name | gateway | number | message id |
//! |---|---|---|---|
//! | `clickatell` | [Clickatell, One API](clickatell) | digits | yes |
//! | `diafaan` | [Diafaan SMS Server](diafaan) | with plus | yes |
//! | `kannel` | [Kannel](kannel) | with plus | no |
//! | `link-mobility` | [LINK Mobility, IPX REST](link_mobility) | digits | yes |
//! | `message-central` | [Message Central, Message Now](message_central) | split | yes |
//! | `messagebird` | [MessageBird, classic REST](messagebird) | digits | yes |
//! | `nowsms` | [NowSMS](nowsms) | with plus | unverified |
//! | `ozeki` | [Ozeki 10](ozeki) | with plus | yours |
//! | `smsala` | [SMSala](smsala) | digits | unverified |
//! | `smseagle-v1` | [SMSEagle, APIv1](smseagle_v1) | with plus | yes |
//! | `smseagle-v2` | [SMSEagle, APIv2](smseagle_v2) | with plus | yes |

use crate::gateway::{GatewaySpec, HttpGatewayBuilder, SpecError, VarSource};

/// Names and texts, in the order of the alphabet.
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
    /// The spec of a gateway that is known by this name.
    ///
    /// # Errors
    ///
    /// [`SpecError`] with the names there are, when this is none of them.
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
        let known = CATALOGUE.iter().find(|(known, _)| *known == name);
        let (_, text) = known.ok_or_else(|| {
            let names: Vec<_> = CATALOGUE.iter().map(|(name, _)| *name).collect();
            let hint = format!("the catalogue has {}", names.join(", "));
            SpecError::new("builtin", "no gateway has this name", hint)
        })?;
        Self::from_toml(text)
    }
}

/// The specs of all gateways that are known, in the order of their names.
///
/// # Examples
///
/// ```
/// for spec in otpost::gateways::all() {
///     println!("{}: {}", spec.id(), spec.name());
/// }
/// ```
pub fn all() -> impl Iterator<Item = GatewaySpec> {
    // The texts are part of the crate, and a test reads each: none is left out here.
    CATALOGUE.iter().filter_map(|(_, text)| GatewaySpec::from_toml(text).ok())
}

fn builder(name: &str) -> HttpGatewayBuilder {
    HttpGatewayBuilder::new(GatewaySpec::builtin(name))
}

/// Clickatell's platform with the key of an API integration. Options: `sender`.
pub fn clickatell(api_key: impl Into<VarSource>) -> HttpGatewayBuilder {
    builder("clickatell").var("api_key", api_key)
}

/// A Diafaan SMS Server; its web connector listens on port 9710. Options: `sender`.
pub fn diafaan(
    origin: impl Into<VarSource>,
    username: impl Into<VarSource>,
    password: impl Into<VarSource>,
) -> HttpGatewayBuilder {
    builder("diafaan").var("origin", origin).var("username", username).var("password", password)
}

/// A Kannel's smsbox, on the port that `sendsms-port` says. Options: `sender`, `dlr_mask`, and
/// `dlr_url` for all messages or, by [`Message::with_var`](crate::Message::with_var), for each.
pub fn kannel(
    origin: impl Into<VarSource>,
    username: impl Into<VarSource>,
    password: impl Into<VarSource>,
) -> HttpGatewayBuilder {
    builder("kannel").var("origin", origin).var("username", username).var("password", password)
}

/// LINK Mobility's IPX REST API, which takes a form POST. Options: `sender`, `originator_ton`.
pub fn link_mobility(
    username: impl Into<VarSource>,
    password: impl Into<VarSource>,
) -> HttpGatewayBuilder {
    builder("link-mobility").var("username", username).var("password", password)
}

/// Message Central, with the password of its console; the token is fetched with it. Options: `sender`, and for the call for
/// the token `country` (a calling code) and `email`.
pub fn message_central(
    customer_id: impl Into<VarSource>,
    password: impl Into<VarSource>,
) -> HttpGatewayBuilder {
    builder("message-central").var("customer_id", customer_id).var("password", password)
}

/// MessageBird with a classic access key, and the sender that it insists on.
pub fn messagebird(
    access_key: impl Into<VarSource>,
    sender: impl Into<VarSource>,
) -> HttpGatewayBuilder {
    builder("messagebird").var("access_key", access_key).var("sender", sender)
}

/// A NowSMS gateway; its web interface listens on port 8800. Options: `sender`.
pub fn nowsms(
    origin: impl Into<VarSource>,
    username: impl Into<VarSource>,
    password: impl Into<VarSource>,
) -> HttpGatewayBuilder {
    builder("nowsms").var("origin", origin).var("username", username).var("password", password)
}

/// An Ozeki 10; its HTTP API listens on port 9509. Options: `sender`.
pub fn ozeki(
    origin: impl Into<VarSource>,
    username: impl Into<VarSource>,
    password: impl Into<VarSource>,
) -> HttpGatewayBuilder {
    builder("ozeki").var("origin", origin).var("username", username).var("password", password)
}

/// SMSala with an API id, its password and a sender.
pub fn smsala(
    api_id: impl Into<VarSource>,
    api_password: impl Into<VarSource>,
    sender: impl Into<VarSource>,
) -> HttpGatewayBuilder {
    builder("smsala").var("api_id", api_id).var("api_password", api_password).var("sender", sender)
}

/// An SMSEagle device by its older API, which puts everything into the URL. Options: `modem_no`.
pub fn smseagle_v1(
    origin: impl Into<VarSource>,
    access_token: impl Into<VarSource>,
) -> HttpGatewayBuilder {
    builder("smseagle-v1").var("origin", origin).var("access_token", access_token)
}

/// An SMSEagle device by its newer API. Options: `modem_no`.
pub fn smseagle_v2(
    origin: impl Into<VarSource>,
    access_token: impl Into<VarSource>,
) -> HttpGatewayBuilder {
    builder("smseagle-v2").var("origin", origin).var("access_token", access_token)
}
