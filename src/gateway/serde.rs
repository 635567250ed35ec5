use std::convert::Infallible;

use serde::de::{Deserialize, Deserializer};

use super::VarSource;
use crate::secret::deserialize_text;

/// As [`VarSource::parse`]: `"env:NAME"`, `"file:/path"`, or the value itself. It is not
/// serialized, since it may hold a secret.
///
/// # Examples
///
/// ```
/// use otpost::gateway::VarSource;
///
/// let source: VarSource = serde_json::from_str(r#""env:ACME_PASSWORD""#)?;
/// assert_eq!(source, VarSource::env("ACME_PASSWORD"));
/// # Ok::<(), serde_json::Error>(())
/// ```
impl<'de> Deserialize<'de> for VarSource {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let expected = "\"env:NAME\", \"file:/path\" or a value, in quotation marks";
        deserialize_text(deserializer, expected, |text| Ok::<_, Infallible>(Self::parse(text)))
    }
}
