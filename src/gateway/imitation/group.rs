//! Named values in reverse, such as the fields of a form. Values of the same name keep their order.

use super::captures::Reading;
use super::condition::Presence;
use super::encoded::RawPair;
use super::mismatch::MismatchKind;
use super::sequence::Sequence;
use super::value::ValueReader;
use crate::gateway::spec::Charset;

/// A compiled name and value.
#[derive(Clone, Debug)]
pub(super) struct PairReader {
    pub(super) name: String,
    pub(super) value: ValueReader,
    /// The kind of the mismatch if the value is missing.
    pub(super) kind: MismatchKind,
}

/// The pairs of a part of the request.
pub(super) struct Group<'g> {
    pub(super) pairs: &'g [PairReader],
    pub(super) charset: Charset,
    /// The word before a name, such as `form field`.
    pub(super) place: &'static str,
    pub(super) ignores_case: bool,
}

impl Group<'_> {
    pub(super) fn read(&self, found: &[RawPair], reading: &mut Reading<'_>) {
        let is_name = |a: &str, b: &str| match self.ignores_case {
            true => a.eq_ignore_ascii_case(b),
            false => a == b,
        };
        for (at, pair) in self.pairs.iter().enumerate() {
            let name = &pair.name;
            let before = self.pairs.get(..at).unwrap_or_default();
            // Pairs of the same name are read together.
            if before.iter().any(|known| is_name(&known.name, name)) {
                continue;
            }
            let readers: Vec<&PairReader> =
                self.pairs.iter().filter(|known| is_name(&known.name, name)).collect();
            let values: Vec<&[u8]> = found
                .iter()
                .filter(|(known, _)| is_name(known, name))
                .map(|(_, value)| value.as_slice())
                .collect();
            let place = format!("{} `{name}`", self.place);
            let is_absent = readers.iter().all(|it| it.value.presence(reading) == Presence::Absent);
            Sequence {
                readers: &readers,
                presence: &|reader: &&PairReader, reading| reader.value.presence(reading),
                read: &|reader: &&PairReader, _, bytes: &&[u8], reading| {
                    reader.value.read_bytes(bytes, self.charset, &place, reading);
                },
                missing: &|reader: &&PairReader, _, reading| {
                    reading.refuse(&place, reader.kind, "a value", "none");
                },
                surplus: &|_, reading| {
                    let (expected, found) = match is_absent {
                        true => ("no value, because its condition does not hold", "a value"),
                        false => ("no further value", "another value"),
                    };
                    reading.refuse(&place, MismatchKind::Request, expected, found);
                },
            }
            .read(&values, reading);
        }
        let is_known = |name: &str| self.pairs.iter().any(|known| is_name(&known.name, name));
        for (name, _) in found.iter().filter(|(name, _)| !is_known(name)) {
            // A name can be as long as the request.
            let shown: String = name.chars().take(64).collect();
            reading.push_additional(format!("{} `{}`", self.place, shown.escape_debug()));
        }
    }
}
