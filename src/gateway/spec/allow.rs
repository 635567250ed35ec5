use std::fmt;

use serde::de::{self, Deserialize, Deserializer};

use crate::gateway::lint::Lint;

/// A lint that a spec allows, everywhere or at one key: `"secret-in-url"` or
/// `"literal-secret:request.headers.Authorization"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::gateway) struct AllowedLint {
    pub(in crate::gateway) lint: Lint,
    pub(in crate::gateway) path: Option<String>,
}

impl AllowedLint {
    pub(in crate::gateway) const fn everywhere(lint: Lint) -> Self {
        Self { lint, path: None }
    }

    pub(in crate::gateway) fn allows(&self, lint: Lint, path: &str) -> bool {
        self.lint == lint && self.path.as_deref().is_none_or(|allowed| allowed == path)
    }
}

impl fmt::Display for AllowedLint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.path {
            None => write!(f, "{}", self.lint),
            Some(path) => write!(f, "{}:{path}", self.lint),
        }
    }
}

impl<'de> Deserialize<'de> for AllowedLint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (name, path) = match text.split_once(':') {
            Some((name, path)) => (name, Some(path.to_owned())),
            None => (text.as_str(), None),
        };
        // The lint's own parser names the known ones.
        let lint = Lint::deserialize(de::value::StrDeserializer::<D::Error>::new(name))?;
        Ok(Self { lint, path })
    }
}
