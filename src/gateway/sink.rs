use std::fmt;
use std::ops::Range;

use zeroize::Zeroize;

use super::values::Sensitivity;

/// Bytes under construction that remember which of them must not be shown.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Sink {
    bytes: Vec<u8>,
    marks: Marks,
}

/// Which bytes must not be shown. Whoever sends shows nothing, and keeps none.
#[derive(Clone, PartialEq, Eq)]
enum Marks {
    Kept(Vec<Marked>),
    Unseen,
}

#[derive(Clone, PartialEq, Eq)]
struct Marked {
    range: Range<usize>,
    sensitivity: Sensitivity,
    /// The variable or the place, of a secret that the application has configured.
    configured: Option<Box<str>>,
}

/// How bytes are marked.
#[derive(Clone, Copy)]
pub(super) struct Mark<'n> {
    pub(super) sensitivity: Sensitivity,
    pub(super) configured: Option<&'n str>,
}

impl Mark<'_> {
    pub(super) const PUBLIC: Self = Self { sensitivity: Sensitivity::Public, configured: None };
}

impl Default for Sink {
    fn default() -> Self {
        Self { bytes: Vec::new(), marks: Marks::Kept(Vec::new()) }
    }
}

impl Sink {
    /// Bytes that are only sent: nothing of them can be shown.
    pub(super) fn unseen() -> Self {
        Self { bytes: Vec::with_capacity(512), marks: Marks::Unseen }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Gives the bytes away: from here on they are the client's, and not wiped.
    pub(super) fn into_bytes(mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }

    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Appends another, with its marks.
    pub(super) fn append(&mut self, other: &Self) {
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

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Lets `write` append, and marks what it appended.
    pub(super) fn marked(&mut self, mark: Mark<'_>, write: impl FnOnce(&mut Vec<u8>)) {
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

    /// The bytes in pieces: those of a configured secret with its name.
    pub(super) fn pieces(&self) -> impl Iterator<Item = (&[u8], Option<&str>)> {
        let marks: &[Marked] = match &self.marks {
            Marks::Kept(marks) => marks,
            Marks::Unseen => &[],
        };
        let mut pieces = Vec::new();
        let mut at = 0;
        let part = |range: Range<usize>| self.bytes.get(range).unwrap_or_default();
        for mark in marks.iter().filter(|mark| mark.configured.is_some()) {
            pieces.push((part(at..mark.range.start), None));
            pieces.push((part(mark.range.clone()), mark.configured.as_deref()));
            at = mark.range.end;
        }
        pieces.push((part(at..self.bytes.len()), None));
        pieces.into_iter()
    }

    /// What may be shown: secrets as `***`, numbers without their middle.
    pub(super) fn masked(&self) -> String {
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

impl Drop for Sink {
    fn drop(&mut self) {
        self.bytes.zeroize();
    }
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.masked())
    }
}

fn lossy(bytes: Option<&[u8]>) -> String {
    String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned()
}

/// The first two and the last two digits; all masked when it is not a number, or so short that four digits tell much.
fn mask_number(shown: &str) -> String {
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
