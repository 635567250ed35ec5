use std::fmt;
use std::ops::Range;

use bytes::Bytes;

use super::values::Sensitivity;
use crate::wiped::Wiped;

/// A byte buffer that records which bytes must not be shown. It is wiped on drop.
#[derive(Clone, PartialEq, Eq)]
pub(in crate::gateway) struct MaskedBytes {
    bytes: Wiped,
    // The marks have the order of the bytes and do not overlap, because each covers bytes that were
    // just appended. `pieces` and `masked` rely on this order.
    marks: Marks,
}

/// The bytes that must not be shown. A request that is only sent keeps no marks.
#[derive(Clone, PartialEq, Eq)]
enum Marks {
    Kept(Vec<Marked>),
    Unseen,
}

#[derive(Clone, PartialEq, Eq)]
struct Marked {
    range: Range<usize>,
    sensitivity: Sensitivity,
    /// The name of the variable or of the place, for a configured secret.
    configured: Option<Box<str>>,
}

/// The mark of a range of bytes.
#[derive(Clone, Copy)]
pub(in crate::gateway) struct Mark<'n> {
    pub(in crate::gateway) sensitivity: Sensitivity,
    pub(in crate::gateway) configured: Option<&'n str>,
}

impl Mark<'_> {
    pub(in crate::gateway) const PUBLIC: Self =
        Self { sensitivity: Sensitivity::Public, configured: None };
}

impl Default for MaskedBytes {
    fn default() -> Self {
        Self { bytes: Wiped::default(), marks: Marks::Kept(Vec::new()) }
    }
}

impl MaskedBytes {
    /// Creates a buffer for bytes that are only sent. Nothing of it can be shown.
    pub(in crate::gateway) fn unseen() -> Self {
        // Most URLs and bodies are shorter than 512 bytes, so the buffer does not have to grow.
        Self { bytes: Wiped::with_capacity(512), marks: Marks::Unseen }
    }

    pub(in crate::gateway) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the bytes. They are wiped when their last owner drops them.
    pub(in crate::gateway) fn into_bytes(self) -> Bytes {
        self.bytes.into_bytes()
    }

    /// Returns whether nothing of the buffer can be shown.
    pub(in crate::gateway) const fn is_unseen(&self) -> bool {
        matches!(self.marks, Marks::Unseen)
    }

    /// Returns whether a part of the buffer must not be shown.
    pub(in crate::gateway) fn is_marked(&self) -> bool {
        !matches!(&self.marks, Marks::Kept(marks) if marks.is_empty())
    }

    pub(in crate::gateway) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Appends another buffer, with its marks.
    pub(in crate::gateway) fn append(&mut self, other: &Self) {
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&other.bytes);
        if let (Marks::Kept(marks), Marks::Kept(others)) = (&mut self.marks, &other.marks) {
            marks.extend(others.iter().cloned().map(|mut mark| {
                let moved = |at: usize| at.saturating_add(start);
                mark.range = moved(mark.range.start)..moved(mark.range.end);
                mark
            }));
        }
    }

    pub(in crate::gateway) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Calls `write` to append bytes, and marks them.
    pub(in crate::gateway) fn marked(&mut self, mark: Mark<'_>, write: impl FnOnce(&mut Wiped)) {
        let start = self.bytes.len();
        write(&mut self.bytes);
        if let Marks::Kept(marks) = &mut self.marks
            && mark.sensitivity != Sensitivity::Public
        {
            let range = start..self.bytes.len();
            let configured = mark.configured.map(Box::from);
            marks.push(Marked { range, sensitivity: mark.sensitivity, configured });
        }
    }

    /// Returns the bytes in pieces. The piece of a configured secret has its name.
    pub(in crate::gateway) fn pieces(&self) -> impl Iterator<Item = (&[u8], Option<&str>)> {
        let marks: &[Marked] = match &self.marks {
            Marks::Kept(marks) => marks,
            Marks::Unseen => &[],
        };
        let mut pieces = Vec::new();
        let mut at = 0;
        // The ranges were measured in this buffer, so `get` always finds them.
        let part = |range: Range<usize>| self.bytes.get(range).unwrap_or_default();
        for mark in marks.iter().filter(|mark| mark.configured.is_some()) {
            pieces.push((part(at..mark.range.start), None));
            pieces.push((part(mark.range.clone()), mark.configured.as_deref()));
            at = mark.range.end;
        }
        pieces.push((part(at..self.bytes.len()), None));
        pieces.into_iter()
    }

    /// Returns the text that may be shown: secrets as `***`, and phone numbers without their middle
    /// digits.
    pub(in crate::gateway) fn masked(&self) -> String {
        let Marks::Kept(marks) = &self.marks else { return "***".to_owned() };
        let mut shown = String::new();
        let mut at = 0;
        for Marked { range, sensitivity, .. } in marks {
            shown.push_str(&lossy(self.bytes.get(at..range.start)));
            let hidden = lossy(self.bytes.get(range.clone()));
            shown.push_str(&match sensitivity {
                Sensitivity::Public => hidden,
                Sensitivity::Number => mask_number(&hidden),
                Sensitivity::Secret => "***".to_owned(),
            });
            at = range.end;
        }
        shown.push_str(&lossy(self.bytes.get(at..)));
        shown
    }
}

impl fmt::Debug for MaskedBytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

fn lossy(bytes: Option<&[u8]>) -> String {
    String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned()
}

/// Masks a phone number, except its first two and last two digits. A text that is not a number, or
/// so short that four digits reveal much, is masked completely.
fn mask_number(shown: &str) -> String {
    // The value is already encoded for its place: a plus in a form or query is `%2B`.
    let (plus, digits) = ["%2B", "+"]
        .iter()
        .find_map(|plus| shown.strip_prefix(plus).map(|digits| (*plus, digits)))
        .unwrap_or(("", shown));
    let number = digits.len() >= 9 && digits.bytes().all(|b| b.is_ascii_digit());
    match (number, digits.get(..2), digits.get(digits.len().saturating_sub(2)..)) {
        (true, Some(head), Some(tail)) => {
            format!("{plus}{head}{}{tail}", "*".repeat(digits.len().saturating_sub(4)))
        }
        _ => "***".to_owned(),
    }
}
