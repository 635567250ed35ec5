use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, SeqAccess, Visitor};

use crate::gateway::spec::Tree;

/// A set of HTTP statuses, written as `200`, `"200-299"` or `[200, "400-499"]`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::gateway) struct StatusSet(Vec<(u16, u16)>);

impl StatusSet {
    pub(in crate::gateway) fn success() -> Self {
        Self(vec![(200, 299)])
    }

    /// Returns the statuses of a response from the gateway itself that concerns the message.
    pub(in crate::gateway) fn answered() -> Self {
        Self(vec![(200, 299), (400, 499)])
    }

    pub(in crate::gateway) fn is_empty(&self) -> bool {
        self.0.iter().all(|(first, last)| first > last)
    }

    pub(in crate::gateway) fn holds(&self, status: u16) -> bool {
        self.0.iter().any(|(first, last)| (*first..=*last).contains(&status))
    }

    /// Returns whether the set holds every status of another one.
    pub(in crate::gateway) fn covers(&self, other: &Self) -> bool {
        let mut statuses = other.0.iter().flat_map(|(first, last)| *first..=*last);
        statuses.all(|status| self.holds(status))
    }

    pub(super) fn add(&mut self, first: u16, last: u16) {
        self.0.push((first, last));
    }

    /// Returns the form in which the set is written in TOML.
    pub(super) fn tree(&self) -> Tree {
        let one = |(first, last): &(u16, u16)| match first == last {
            true => Tree::Int((*first).into()),
            false => Tree::Text(format!("{first}-{last}")),
        };
        match self.0.as_slice() {
            [only] => one(only),
            several => Tree::Array(several.iter().map(one).collect()),
        }
    }

    fn push(&mut self, first: &str, last: &str) -> Option<()> {
        let (first, last) = (first.trim().parse().ok()?, last.trim().parse().ok()?);
        // RFC 9110 §15: a status has three digits.
        ((100..=999).contains(&first) && first <= last && last <= 999)
            .then(|| self.0.push((first, last)))
    }
}

impl<'de> Deserialize<'de> for StatusSet {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StatusVisitor)
    }
}

struct StatusVisitor;

impl<'de> Visitor<'de> for StatusVisitor {
    type Value = StatusSet;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a status such as 200, a range such as \"200-299\", or a list of them")
    }

    fn visit_i64<E: de::Error>(self, status: i64) -> Result<StatusSet, E> {
        // This way both forms have the same range check.
        self.visit_str(&status.to_string())
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<StatusSet, E> {
        let (first, last) = text.split_once('-').unwrap_or((text, text));
        let mut set = StatusSet::default();
        set.push(first, last).ok_or_else(|| {
            E::custom("expected a status from 100 to 999, or a range such as \"200-299\"")
        })?;
        Ok(set)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<StatusSet, A::Error> {
        let mut all = StatusSet::default();
        while let Some(StatusSet(one)) = seq.next_element()? {
            all.0.extend(one);
        }
        Ok(all)
    }
}
