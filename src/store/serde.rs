use serde::de::{Deserialize, Deserializer};
use serde::ser::{Serialize, Serializer};

use super::ChallengeId;
use crate::secret::deserialize_text;

/// As its `Display`, all of it.
impl Serialize for ChallengeId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// As [`ChallengeId::parse`].
impl<'de> Deserialize<'de> for ChallengeId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserialize_text(deserializer, "a challenge id of 34 characters of base64url", Self::parse)
    }
}
