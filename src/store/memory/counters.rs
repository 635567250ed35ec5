use std::time::Duration;

use super::dense::{Dense, Record};
use super::shard::sweep;
use crate::store::counter::SpendVerdict;
use crate::store::state::millis;
use crate::store::{CounterTag, Spend, Spent};

/// The current window of a tag.
#[derive(Debug)]
struct Counter {
    tag: [u8; 8],
    ends: u64,
    sent: u32,
    succeeded: u32,
}

impl Record for Counter {
    type Key = [u8; 8];

    fn key(&self) -> &[u8; 8] {
        &self.tag
    }

    fn hash(key: &[u8; 8]) -> u64 {
        u64::from_le_bytes(*key)
    }
}

#[derive(Debug)]
pub(super) struct Counters {
    windows: Dense<Counter>,
    hand: usize,
    most: usize,
}

impl Counters {
    pub(super) const fn new(most: usize) -> Self {
        Self { windows: Dense::new(), hand: 0, most }
    }

    /// Counts a message under all tags. A refused message is counted under none.
    ///
    /// Returns `None` if there is no room for a new tag. The message may then be counted under
    /// earlier tags.
    pub(super) fn spend(&mut self, now: u64, spends: &[Spend]) -> Option<Spent> {
        // A message can add a window for each of its tags, so check more than that.
        for _ in spends {
            sweep(&mut self.windows, &mut self.hand, false, |window| window.ends <= now);
        }
        // Two passes under one lock: first ask all limits, then count. A message that the last
        // limit refuses is then counted under none of the others.
        for (place, spend) in spends.iter().enumerate() {
            let window = self.windows.get_mut(spend.tag.as_bytes());
            let window = window.filter(|window| window.ends > now);
            let (ends, sent, succeeded) =
                window.map_or((now, 0, 0), |window| (window.ends, window.sent, window.succeeded));
            let wait = Duration::from_millis(ends.saturating_sub(now));
            match spend.allows(sent, succeeded) {
                SpendVerdict::Allowed => {}
                // Full without a message: the maximum is 0, and there is no window whose end could
                // be told.
                SpendVerdict::Full if sent == 0 => return Some(Spent::Full(place, spend.span)),
                SpendVerdict::Full => return Some(Spent::Full(place, wait)),
                SpendVerdict::NoSuccess => return Some(Spent::NoSuccess(place, wait)),
            }
        }
        for spend in spends {
            let tag = *spend.tag.as_bytes();
            if self.windows.get_mut(&tag).is_none() {
                if self.windows.len() >= self.most {
                    return None;
                }
                self.windows.insert(Counter { tag, ends: 0, sent: 0, succeeded: 0 });
            }
            let window = self.windows.get_mut(&tag)?;
            if window.ends <= now {
                let ends = now.saturating_add(millis(spend.span));
                *window = Counter { tag, ends, sent: 0, succeeded: 0 };
            }
            window.sent = window.sent.saturating_add(1);
        }
        Some(Spent::Counted)
    }

    /// Counts a success.
    pub(super) fn credit(&mut self, now: u64, tag: &CounterTag) {
        // A success after the end of the window is dropped. Counting it in the next window would
        // credit messages that are not in it.
        if let Some(window) = self.windows.get_mut(tag.as_bytes()).filter(|w| w.ends > now) {
            window.succeeded = window.succeeded.saturating_add(1);
        }
    }

    pub(super) fn sweep(&mut self, now: u64) {
        sweep(&mut self.windows, &mut self.hand, true, |window| window.ends <= now);
    }
}
