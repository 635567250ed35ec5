use serde::de::{self, Deserialize, Deserializer};

/// The idempotency key of a message, for gateways that de-duplicate messages: `[idempotency]` in
/// TOML.
///
/// The key is the message id, which is the same for all attempts to send a message.
///
/// Declare it only if the gateway documents de-duplication: a wrapper such as
/// [`Retry`](crate::provider::Retry) then sends a message of unknown fate to this gateway again.
///
/// Checking the spec fails if the request already has the field, parameter or header.
///
/// # Examples
///
/// ```
/// use otpost::gateway::Idempotency;
///
/// let header = Idempotency::header("Idempotency-Key");
/// // A member of a list item, as a whole number.
/// let member = Idempotency::field("/messages/0/reference")
///     .with_value("{{message_uuid|int|number}}");
/// # let _ = (header, member);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[doc(alias = "idempotency key")]
pub struct Idempotency {
    pub(in crate::gateway) place: IdempotencyPlace,
    /// `None` is the id as it is.
    pub(in crate::gateway) value: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::gateway) enum IdempotencyPlace {
    Field(String),
    Header(String),
    Query(String),
}

impl Idempotency {
    const fn at(place: IdempotencyPlace) -> Self {
        Self { place, value: None }
    }

    /// Creates a key in a field of the form or multipart body, or in a member of the JSON body.
    ///
    /// In JSON, a name is a member of the first level, and a JSON pointer (RFC 6901) such as
    /// `/messages/0/reference` a member of an object that is in the body. If the body is of another
    /// kind or missing, the key is a query parameter.
    #[must_use]
    pub fn field(name: impl Into<String>) -> Self {
        Self::at(IdempotencyPlace::Field(name.into()))
    }

    /// Creates a key in a request header.
    #[must_use]
    pub fn header(name: impl Into<String>) -> Self {
        Self::at(IdempotencyPlace::Header(name.into()))
    }

    /// Creates a key in a query parameter.
    #[must_use]
    pub fn query(name: impl Into<String>) -> Self {
        Self::at(IdempotencyPlace::Query(name.into()))
    }

    /// Sets the template of the key. Defaults to `{{message_uuid}}`, which it must contain. The
    /// filters must keep it unique, such as `int` for a whole number, or `sha256hex|truncate:32`.
    #[must_use]
    pub fn with_value(mut self, value: impl Into<String>) -> Self {
        self.value = Some(value.into());
        self
    }

    pub(in crate::gateway) fn value(&self) -> &str {
        self.value.as_deref().unwrap_or("{{message_uuid}}")
    }
}

#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct IdempotencyTable {
    #[serde(default)]
    field: Option<String>,
    #[serde(default)]
    header: Option<String>,
    #[serde(default)]
    query: Option<String>,
    #[serde(default)]
    value: Option<String>,
}

impl<'de> Deserialize<'de> for Idempotency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let IdempotencyTable { field, header, query, value } =
            IdempotencyTable::deserialize(deserializer)?;
        let places = [
            field.map(IdempotencyPlace::Field),
            header.map(IdempotencyPlace::Header),
            query.map(IdempotencyPlace::Query),
        ];
        let mut places = places.into_iter().flatten();
        match (places.next(), places.next()) {
            (Some(place), None) => Ok(Self { place, value }),
            _ => Err(de::Error::custom("expected exactly one of field, header and query")),
        }
    }
}
