//! A list of values in reverse, some of which may be left out.

use super::captures::Reading;
use super::condition::Presence;

/// The readers of a list, and how a found item is read and reported.
pub(super) struct Sequence<'s, R, T> {
    pub(super) readers: &'s [R],
    pub(super) presence: &'s dyn Fn(&R, &Reading<'_>) -> Presence,
    /// Reads the found item with this index.
    pub(super) read: &'s dyn Fn(&R, usize, &T, &mut Reading<'_>),
    pub(super) missing: &'s dyn Fn(&R, usize, &mut Reading<'_>),
    /// Reports that there are more items than readers.
    pub(super) surplus: &'s dyn Fn(usize, &mut Reading<'_>),
}

impl<R, T> Sequence<'_, R, T> {
    /// Reads the items in order. An item that no reader takes is reported once.
    pub(super) fn read(&self, found: &[T], reading: &mut Reading<'_>) {
        let readers = self.readers.iter().map(|it| (it, (self.presence)(it, reading)));
        let readers: Vec<_> = readers.filter(|(_, it)| *it != Presence::Absent).collect();
        let mut at = 0_usize;
        // The last reader that took nothing. It explains best what is wrong with a surplus item.
        let mut skipped = None;
        for (index, (reader, presence)) in readers.iter().enumerate() {
            let Some(item) = found.get(at) else {
                if *presence == Presence::Required {
                    (self.missing)(reader, at, reading);
                }
                continue;
            };
            let mut trial = reading.trial();
            (self.read)(reader, at, item, &mut trial);
            let behind = readers.len().saturating_sub(index).saturating_sub(1);
            let left = found.len().saturating_sub(at);
            let is_taken = *presence == Presence::Required || trial.is_clean() || left > behind;
            if is_taken {
                reading.accept(trial);
                at = at.saturating_add(1);
            } else {
                skipped = Some(*reader);
            }
        }
        let Some(item) = found.get(at) else { return };
        match skipped {
            Some(reader) => (self.read)(reader, at, item, reading),
            None => (self.surplus)(at, reading),
        }
    }
}
