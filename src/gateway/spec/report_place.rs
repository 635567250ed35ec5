use serde::Deserialize;

/// A place in the request of a delivery report: `{ header = "X-Signature" }` in TOML, or `form` or
/// `query` instead of `header`.
///
/// The names of headers are compared without regard to case. A request that has the name twice is
/// rejected.
///
/// `Name:item` is an item of the list in a header: the value of the header
/// `X-Signature: t=1614265330,v1=5257a869` at `X-Signature:t` is `1614265330`. The items are
/// separated by commas or semicolons. The signature itself may be there several times, and one of
/// them must be valid.
///
/// # Examples
///
/// ```
/// use otpost::gateway::ReportPlace;
///
/// let header = ReportPlace::header("X-Signature");
/// let parameter = ReportPlace::query("sig");
/// # let _ = (header, parameter);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum ReportPlace {
    /// A field of a URL-encoded form in the body.
    Form(String),
    /// A header.
    Header(String),
    /// A parameter of the query.
    Query(String),
}

impl ReportPlace {
    /// Creates the place of a field of a form.
    #[must_use]
    pub fn form(name: impl Into<String>) -> Self {
        Self::Form(name.into())
    }

    /// Creates the place of a header, or of an item of the list in it: `Name:item`.
    #[must_use]
    pub fn header(name: impl Into<String>) -> Self {
        Self::Header(name.into())
    }

    /// Creates the place of a query parameter.
    #[must_use]
    pub fn query(name: impl Into<String>) -> Self {
        Self::Query(name.into())
    }

    /// Returns the key in TOML, and the name.
    pub(in crate::gateway) const fn parts(&self) -> (&'static str, &String) {
        match self {
            Self::Form(name) => ("form", name),
            Self::Header(name) => ("header", name),
            Self::Query(name) => ("query", name),
        }
    }

    /// Reads a place that is written as one of three keys. Returns `None` unless there is exactly
    /// one.
    pub(super) fn one_of(
        form: Option<String>,
        header: Option<String>,
        query: Option<String>,
    ) -> Option<Self> {
        let places = [form.map(Self::Form), header.map(Self::Header), query.map(Self::Query)];
        let mut places = places.into_iter().flatten();
        places.next().filter(|_| places.next().is_none())
    }
}

/// The place of a time that is signed, and the unit of the number there.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "ReportTimeTable")]
pub(in crate::gateway) struct ReportTime {
    pub(in crate::gateway) place: ReportPlace,
    pub(in crate::gateway) unit: TimestampUnit,
}

/// The unit of the time in a signed delivery report: `s` or `ms` in TOML. Defaults to seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[non_exhaustive]
pub enum TimestampUnit {
    /// Milliseconds since 1970 (UTC).
    #[serde(rename = "ms")]
    Milliseconds,
    /// Seconds since 1970 (UTC).
    #[default]
    #[serde(rename = "s")]
    Seconds,
}

words! {
    TimestampUnit, "unit":
    Milliseconds = "ms",
    Seconds = "s",
}

display_word!(TimestampUnit);

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ReportTimeTable {
    #[serde(default)]
    form: Option<String>,
    #[serde(default)]
    header: Option<String>,
    #[serde(default)]
    query: Option<String>,
    #[serde(default)]
    unit: TimestampUnit,
}

impl TryFrom<ReportTimeTable> for ReportTime {
    type Error = &'static str;

    fn try_from(table: ReportTimeTable) -> Result<Self, Self::Error> {
        let ReportTimeTable { form, header, query, unit } = table;
        let place = ReportPlace::one_of(form, header, query);
        let place = place.ok_or("expected one of form, header and query")?;
        Ok(Self { place, unit })
    }
}
