use serde::Deserialize;

use super::outcome::Outcome;
use crate::gateway::error::SpecError;

/// Facts about a gateway for people who choose one: `[about]` in TOML. Nothing depends on them.
///
/// # Examples
///
/// ```
/// use otpost::gateway::{GatewayAbout, GatewaySpec};
///
/// let spec = GatewaySpec::builder("acme", "Acme SMS")
///     .post("https://sms.acme.example/send")
///     .form("to", "{{to}}")
///     .form("text", "{{text}}")
///     .about(GatewayAbout::new().with_facts("2026-11").with_country("CH").with_country("DE"))
///     .build();
/// spec.check()?;
/// assert_eq!(spec.about().facts(), Some("2026-11"));
/// # Ok::<(), otpost::gateway::SpecError>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatewayAbout {
    #[serde(default)]
    pub(in crate::gateway) facts: Option<String>,
    #[serde(default)]
    pub(in crate::gateway) countries: Vec<String>,
    #[serde(default)]
    pub(in crate::gateway) sender: Option<String>,
    #[serde(default)]
    pub(in crate::gateway) price: Option<String>,
    #[serde(default)]
    pub(in crate::gateway) reports: Option<String>,
    #[serde(default)]
    pub(in crate::gateway) undocumented: Vec<Outcome>,
    #[serde(default)]
    pub(in crate::gateway) kind: GatewayKind,
    #[serde(default)]
    pub(in crate::gateway) evidence: Vec<Evidence>,
}

/// The operator of a gateway: a vendor, or the application's own device or server.
///
/// # Examples
///
/// ```
/// use otpost::gateway::GatewayKind;
///
/// let spec = otpost::gateways::with_examples("dinstar")?;
/// assert_eq!(spec.about().kind(), GatewayKind::Device);
/// # Ok::<(), otpost::gateway::SpecError>(())
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum GatewayKind {
    /// A device with a SIM card that the application's operator owns: an SMS gateway, a router, a
    /// modem or a phone.
    Device,
    /// Software on a server of the application's operator, which needs a modem, a phone or a
    /// contract with a carrier.
    Server,
    /// A service of a vendor. This is the default.
    #[default]
    Service,
}

words! {
    GatewayKind, "kind of gateway":
    Device = "device",
    Server = "server",
    Service = "service",
}

display_word!(GatewayKind);

/// A kind of source that the facts about a gateway come from.
///
/// # Examples
///
/// ```
/// use otpost::gateway::Evidence;
///
/// let spec = otpost::gateways::with_examples("kannel")?;
/// assert!(spec.about().evidence().any(|evidence| evidence == Evidence::Server));
/// # Ok::<(), otpost::gateway::SpecError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Evidence {
    /// Pages, manuals or samples of the vendor.
    Documents,
    /// The vendor's description of the API for machines: an OpenAPI file or a service model.
    Openapi,
    /// The vendor's own client library.
    Sdk,
    /// The gateway's own software: tests with a running server, or its source code.
    Server,
    /// Clients, adapters or copies of documents by others. A fact that only they state is marked
    /// as unverified in the docs of the spec.
    ThirdParty,
}

words! {
    Evidence, "evidence":
    Documents = "documents",
    Openapi = "openapi",
    Sdk = "sdk",
    Server = "server",
    ThirdParty = "third_party",
}

display_word!(Evidence);

impl GatewayAbout {
    /// Creates an empty description.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the month in which the facts were checked, such as `2026-11`.
    #[must_use]
    pub fn with_facts(mut self, month: impl Into<String>) -> Self {
        self.facts = Some(month.into());
        self
    }

    /// Adds a country to which the gateway delivers, by its code of ISO 3166-1, such as `CH`. `*`
    /// stands for all countries.
    #[must_use]
    pub fn with_country(mut self, code: impl Into<String>) -> Self {
        self.countries.push(code.into());
        self
    }

    /// Sets the rules for senders, such as "registered names only".
    #[must_use]
    pub fn with_sender(mut self, rules: impl Into<String>) -> Self {
        self.sender = Some(rules.into());
        self
    }

    /// Sets the unit of the price, such as "per segment".
    #[must_use]
    pub fn with_price(mut self, unit: impl Into<String>) -> Self {
        self.price = Some(unit.into());
        self
    }

    /// Sets the meaning of the gateway's delivery reports, such as "handset".
    #[must_use]
    pub fn with_reports(mut self, meaning: impl Into<String>) -> Self {
        self.reports = Some(meaning.into());
        self
    }

    /// Adds an outcome for which the gateway documents no response, such as
    /// [`NoCredit`](Outcome::NoCredit) for a device without an account.
    ///
    /// Each gateway of the catalogue has an example of every common refusal that is not listed
    /// here.
    #[must_use]
    pub fn with_undocumented(mut self, outcome: Outcome) -> Self {
        self.undocumented.push(outcome);
        self
    }

    /// Sets the kind of the gateway. Defaults to [`GatewayKind::Service`].
    #[must_use]
    pub const fn with_kind(mut self, kind: GatewayKind) -> Self {
        self.kind = kind;
        self
    }

    /// Adds a kind of source that the facts come from.
    #[must_use]
    pub fn with_evidence(mut self, evidence: Evidence) -> Self {
        self.evidence.push(evidence);
        self
    }

    /// Returns the month in which the facts were checked.
    #[must_use]
    pub fn facts(&self) -> Option<&str> {
        self.facts.as_deref()
    }

    /// Returns the countries to which the gateway delivers, by their codes of ISO 3166-1. `*`
    /// stands for all countries.
    pub fn countries(&self) -> impl Iterator<Item = &str> {
        self.countries.iter().map(String::as_str)
    }

    /// Returns the rules for senders.
    #[must_use]
    pub fn sender(&self) -> Option<&str> {
        self.sender.as_deref()
    }

    /// Returns the unit of the price.
    #[must_use]
    pub fn price(&self) -> Option<&str> {
        self.price.as_deref()
    }

    /// Returns the meaning of the gateway's delivery reports.
    #[must_use]
    pub fn reports(&self) -> Option<&str> {
        self.reports.as_deref()
    }

    /// Returns the outcomes for which the gateway documents no response.
    pub fn undocumented(&self) -> impl Iterator<Item = Outcome> {
        self.undocumented.iter().copied()
    }

    /// Returns the kind of the gateway.
    #[must_use]
    pub const fn kind(&self) -> GatewayKind {
        self.kind
    }

    /// Returns the kinds of sources that the facts come from.
    pub fn evidence(&self) -> impl Iterator<Item = Evidence> {
        self.evidence.iter().copied()
    }

    pub(in crate::gateway) fn check(&self) -> Result<(), SpecError> {
        let is_month = |text: &str| {
            let month = text.split_once('-').filter(|(year, month)| {
                year.len() == 4 && month.len() == 2 && year.bytes().all(|b| b.is_ascii_digit())
            });
            month.is_some_and(|(_, month)| matches!(month.parse(), Ok(1..=12_u8)))
        };
        if self.facts().is_some_and(|facts| !is_month(facts)) {
            let hint = "write the year and the month, such as 2026-11";
            return Err(SpecError::new("about.facts", "it is not a month", hint));
        }
        let is_code = |code: &str| {
            code == "*" || (code.len() == 2 && code.bytes().all(|b| b.is_ascii_uppercase()))
        };
        if let Some(at) = self.countries.iter().position(|code| !is_code(code)) {
            let path = format!("about.countries.{at}");
            let hint = "write two capital letters, such as CH, or `*` for all countries";
            return Err(SpecError::new(path, "it is not the code of a country", hint));
        }
        Ok(())
    }
}
