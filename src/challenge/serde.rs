use std::fmt;
use std::marker::PhantomData;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};

use super::{Limits, Policy};
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
    total_per_day: u16,
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
            total_per_day: policy.total,
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
/// `sends_per_day`, `total_per_day`, `failures`, `lock`, `failures_last`, `rotation` and
/// `weak_allowed`. A missing key has the value of [`Policy::sms`], an unknown key is an error, and
/// so is a policy that [`build`](super::ChallengesBuilder::build) would refuse.
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
            total: table.total_per_day,
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

/// Limits as they are written: a key that is missing has the value of [`Limits::standard`].
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(default, deny_unknown_fields)]
struct LimitsTable {
    client: Switch<u16>,
    client_and_recipient: Switch<u16>,
    range: Switch<u32>,
    region: Switch<u32>,
    application: Switch<u32>,
}

impl From<&Limits> for LimitsTable {
    fn from(limits: &Limits) -> Self {
        Self {
            client: Switch(limits.client),
            client_and_recipient: Switch(limits.client_and_recipient),
            range: Switch(limits.range),
            region: Switch(limits.region),
            application: Switch(limits.application),
        }
    }
}

impl Default for LimitsTable {
    fn default() -> Self {
        Self::from(&Limits::default())
    }
}

/// A table with a key for each limit; `false` is no limit.
impl Serialize for Limits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        LimitsTable::from(self).serialize(serializer)
    }
}

/// A table with the keys `client`, `client_and_recipient`, `range`, `region` and `application`,
/// each with a number. `false` turns a limit off, a missing key has the value of
/// [`Limits::standard`], an unknown key is an error, and so is 0.
///
/// # Examples
///
/// ```
/// use otpost::challenge::Limits;
///
/// let limits: Limits = serde_json::from_str(r#"{ "client": false, "region": 1000 }"#)?;
/// assert_ne!(limits, Limits::standard());
/// assert!(serde_json::from_str::<Limits>(r#"{ "region": 0 }"#).is_err());
/// # Ok::<(), serde_json::Error>(())
/// ```
impl<'de> Deserialize<'de> for Limits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let table = LimitsTable::deserialize(deserializer)?;
        let limits = Self {
            client: table.client.0,
            client_and_recipient: table.client_and_recipient.0,
            range: table.range.0,
            region: table.region.0,
            application: table.application.0,
        };
        limits.check().map_err(D::Error::custom)?;
        Ok(limits)
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

/// A number, or `false` for none. TOML has no null.
struct Switch<T>(Option<T>);

impl<T: Serialize> Serialize for Switch<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Some(number) => number.serialize(serializer),
            None => serializer.serialize_bool(false),
        }
    }
}

impl<'de, T: TryFrom<u64>> Deserialize<'de> for Switch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The value itself tells if it is a number or `false`, so the format must be
        // self-describing, such as JSON or TOML.
        deserializer.deserialize_any(SwitchVisitor(PhantomData))
    }
}

struct SwitchVisitor<T>(PhantomData<T>);

impl<T: TryFrom<u64>> Visitor<'_> for SwitchVisitor<T> {
    type Value = Switch<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number, or `false` for no limit")
    }

    fn visit_bool<E: Error>(self, is_on: bool) -> Result<Switch<T>, E> {
        match is_on {
            true => Err(E::custom("expected a number, or `false` for no limit")),
            false => Ok(Switch(None)),
        }
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Switch<T>, E> {
        let number = T::try_from(number);
        number.map(|number| Switch(Some(number))).map_err(|_| E::custom("the number is too large"))
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Switch<T>, E> {
        match u64::try_from(number) {
            Ok(number) => self.visit_u64(number),
            Err(_) => Err(E::custom("expected a number of at least 1")),
        }
    }
}
