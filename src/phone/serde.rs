use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

use super::{PhoneNumber, Region};
use crate::secret::deserialize_text;

/// In E.164 form, not masked.
impl Serialize for PhoneNumber {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.e164())
    }
}

/// As [`PhoneNumber::parse`]. An error does not repeat the number.
///
/// # Examples
///
/// ```
/// use otpost::PhoneNumber;
///
/// let number: PhoneNumber = serde_json::from_str(r#""+41791234567""#)?;
/// assert_eq!(serde_json::to_string(&number)?, r#""+41791234567""#);
/// assert!(serde_json::from_str::<PhoneNumber>("41791234567").is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
impl<'de> Deserialize<'de> for PhoneNumber {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_text(deserializer, "a phone number such as \"+41791234567\"", Self::parse)
    }
}

impl Serialize for Region {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// As [`Region::parse`].
impl<'de> Deserialize<'de> for Region {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_text(deserializer, "a region such as \"CH\"", Self::parse)
    }
}
