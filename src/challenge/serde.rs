use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde::ser::{Serialize, Serializer};

use super::{Guards, Policy};
use crate::clock::{duration_text, parse_duration};
use crate::otp::Digits;
use crate::secret::deserialize_text;

/// A policy as it is written: a key that is missing has the value of [`Policy::sms`].
#[derive(serde::Serialize, serde::Deserialize)]
// A misspelled key must be an error. Otherwise the limit would silently have its default.
#[serde(default, deny_unknown_fields)]
struct PolicyTable {
    digits: usize,
    lifetime: DurationText,
    attempts: u16,
    cooldown: DurationText,
    sends_per_hour: u16,
    sends_per_day: u16,
    failures: u16,
    lock: DurationText,
    failures_last: DurationText,
    rotation: bool,
    weak_allowed: bool,
}

impl From<&Policy> for PolicyTable {
    fn from(policy: &Policy) -> Self {
        Self {
            digits: policy.digits.count(),
            lifetime: DurationText(policy.lifetime),
            attempts: policy.attempts,
            cooldown: DurationText(policy.cooldown),
            sends_per_hour: policy.per_hour,
            sends_per_day: policy.per_day,
            failures: policy.failures,
            lock: DurationText(policy.lock),
            failures_last: DurationText(policy.failures_last),
            rotation: policy.rotates,
            weak_allowed: policy.is_weak_allowed,
        }
    }
}

impl Default for PolicyTable {
    fn default() -> Self {
        Self::from(&Policy::default())
    }
}

/// A table with a key for each setting, and durations such as `"300s"`.
impl Serialize for Policy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        PolicyTable::from(self).serialize(serializer)
    }
}

/// A table with the keys `digits`, `lifetime`, `attempts`, `cooldown`, `sends_per_hour`,
/// `sends_per_day`, `failures`, `lock`, `failures_last`, `rotation` and `weak_allowed`. A missing
/// key has the value of [`Policy::sms`], an unknown key is an error, and so is a policy that
/// [`build`](super::ChallengesBuilder::build) would refuse.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use otpost::challenge::Policy;
///
/// let policy: Policy = serde_json::from_str(r#"{ "lifetime": "10m", "attempts": 3 }"#)?;
/// let expected = Policy::sms().with_lifetime(Duration::from_secs(600)).with_attempts(3);
/// assert_eq!(policy, expected);
/// assert!(serde_json::from_str::<Policy>(r#"{ "lifetime": "1h" }"#).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
impl<'de> Deserialize<'de> for Policy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let table = PolicyTable::deserialize(deserializer)?;
        let digits = Digits::from_count(table.digits);
        let policy = Self {
            digits: digits
                .ok_or_else(|| D::Error::custom("invalid `digits`: expected 6, 7 or 8"))?,
            lifetime: table.lifetime.0,
            attempts: table.attempts,
            cooldown: table.cooldown.0,
            per_hour: table.sends_per_hour,
            per_day: table.sends_per_day,
            failures: table.failures,
            lock: table.lock.0,
            failures_last: table.failures_last.0,
            rotates: table.rotation,
            is_weak_allowed: table.weak_allowed,
        };
        policy.check().map_err(D::Error::custom)?;
        Ok(policy)
    }
}

/// Limits as they are written: a key that is missing has the value of [`Guards::standard`].
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
struct GuardsTable {
    prefix: Switch<Count>,
    client: Switch<Count>,
    application: Switch<Count>,
    conversion: Switch<Share>,
    region_conversion: Switch<Share>,
}

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Count {
    most: u32,
    span: DurationText,
}

#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Share {
    judged_from: u32,
    least_percent: u8,
}

impl From<&Guards> for GuardsTable {
    fn from(guards: &Guards) -> Self {
        let count = |of: Option<(u32, Duration)>| {
            Switch(of.map(|(most, s)| Count { most, span: DurationText(s) }))
        };
        let share = |of: Option<(u32, u8)>| {
            Switch(of.map(|(judged_from, least_percent)| Share { judged_from, least_percent }))
        };
        Self {
            prefix: count(guards.prefix),
            client: count(guards.client),
            application: count(guards.application),
            conversion: share(guards.conversion),
            region_conversion: share(guards.region),
        }
    }
}

impl Default for GuardsTable {
    fn default() -> Self {
        Self::from(&Guards::default())
    }
}

/// A table with a key for each limit; `false` is no limit.
impl Serialize for Guards {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        GuardsTable::from(self).serialize(serializer)
    }
}

/// A table with the keys `prefix`, `client` and `application` (`{ most, span }`), `conversion` and
/// `region_conversion` (`{ judged_from, least_percent }`). `false` turns a limit off, a missing key
/// has the value of [`Guards::standard`], and an unknown key is an error.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use otpost::challenge::Guards;
///
/// let limits = r#"{ "client": false, "application": { "most": 10000, "span": "1h" } }"#;
/// let guards: Guards = serde_json::from_str(limits)?;
/// assert_ne!(guards, Guards::standard());
/// # Ok::<(), serde_json::Error>(())
/// ```
impl<'de> Deserialize<'de> for Guards {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let table = GuardsTable::deserialize(deserializer)?;
        let count = |of: Switch<Count>| of.0.map(|count| (count.most, count.span.0));
        let share = |of: Switch<Share>| of.0.map(|share| (share.judged_from, share.least_percent));
        Ok(Self {
            prefix: count(table.prefix),
            client: count(table.client),
            application: count(table.application),
            conversion: share(table.conversion),
            region: share(table.region_conversion),
        })
    }
}

/// A duration such as `"500ms"`, `"30s"`, `"5m"` or `"1h"`.
struct DurationText(Duration);

impl Serialize for DurationText {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&duration_text(self.0))
    }
}

impl<'de> Deserialize<'de> for DurationText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const EXPECTED: &str = "a duration such as \"500ms\", \"30s\", \"5m\" or \"1h\"";
        let parse = |text: &str| {
            parse_duration(text).ok_or_else(|| format!("invalid duration: expected {EXPECTED}"))
        };
        deserialize_text(deserializer, EXPECTED, parse).map(Self)
    }
}

/// A table, or `false` for none. TOML has no null.
struct Switch<T>(Option<T>);

impl<T: Serialize> Serialize for Switch<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Some(table) => table.serialize(serializer),
            None => serializer.serialize_bool(false),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Switch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The value itself tells if it is a table or `false`, so the format must be
        // self-describing, such as JSON or TOML.
        deserializer.deserialize_any(SwitchVisitor(PhantomData))
    }
}

struct SwitchVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for SwitchVisitor<T> {
    type Value = Switch<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table, or `false` for no limit")
    }

    fn visit_bool<E: Error>(self, is_on: bool) -> Result<Switch<T>, E> {
        match is_on {
            true => Err(E::custom("expected a table, or `false` for no limit")),
            false => Ok(Switch(None)),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Switch<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(|table| Switch(Some(table)))
    }
}
