use std::collections::HashMap;
use std::time::Duration;

use super::recent::Recent;
use crate::store::state::millis;
use crate::store::{EarlyRule, ReportTag, StatusChange, StatusRecord};

/// The maximum number of keys of requests.
const MAX_REPLAYS: usize = 100_000;
/// The maximum number of names that a message keeps when it is recorded again.
const MAX_OLDER_NAMES: usize = 16;

/// The messages to which reports are matched.
#[derive(Debug)]
pub(super) struct ReportTable {
    /// Each message under its first name.
    messages: Recent<ReportTag, NotedMessage>,
    /// The first name of the message that has this name.
    names: HashMap<ReportTag, ReportTag>,
    /// The statuses of messages that are not recorded yet.
    early: Recent<ReportTag, StatusRecord>,
    replays: Recent<ReportTag, ()>,
}

#[derive(Debug)]
struct NotedMessage {
    note: Box<str>,
    names: Box<[ReportTag]>,
    state: StatusRecord,
    sent: u64,
}

impl ReportTable {
    pub(super) fn new(messages: usize) -> Self {
        Self {
            messages: Recent::new(messages),
            names: HashMap::new(),
            // The rule of each report bounds it.
            early: Recent::new(usize::MAX),
            replays: Recent::new(MAX_REPLAYS),
        }
    }

    pub(super) fn record(
        &mut self,
        now: u64,
        names: &[ReportTag],
        note: &str,
        retention: Duration,
    ) -> Option<StatusRecord> {
        self.sweep(now);
        let first = *names.first()?;
        let same = self.messages.get(now, &first).filter(|older| *older.note == *note);
        let (mut state, sent) = match same {
            Some(older) => (older.state.clone(), older.sent),
            None => (StatusRecord::default(), now),
        };
        // A message that was sent twice is found by both ids.
        let older = same.map(|older| older.names.iter()).into_iter().flatten();
        let mut all: Vec<_> = older
            .filter(|name| !names.contains(name) && self.names.get(*name) == Some(&first))
            .take(MAX_OLDER_NAMES)
            .copied()
            .collect();
        all.extend(names);
        let mut changed = None;
        for name in names {
            self.forget(name);
            let is_live = self.early.get(now, name).is_some();
            if let Some(status) = self.early.remove(name)
                && is_live
                && status.follows(&state)
            {
                state = status;
                changed = Some(state.clone());
            }
        }
        self.names.extend(all.iter().map(|name| (*name, first)));
        let message = NotedMessage { note: note.into(), names: all.into(), state, sent };
        let Self { messages, names, .. } = self;
        let ends = now.saturating_add(millis(retention));
        messages.insert(first, message, ends, |first, dropped| unlink(names, first, &dropped));
        changed
    }

    /// Removes the message with this first name.
    fn forget(&mut self, first: &ReportTag) {
        if let Some(older) = self.messages.remove(first) {
            unlink(&mut self.names, *first, &older);
        }
    }

    pub(super) fn apply(
        &mut self,
        now: u64,
        names: &[ReportTag],
        status: &StatusRecord,
        rule: &EarlyRule,
    ) -> Option<StatusChange> {
        self.sweep(now);
        let Self { messages, names: by_name, early, .. } = self;
        let mut firsts = names.iter().filter_map(|name| by_name.get(name));
        let first = firsts.find(|first| messages.get(now, first).is_some());
        if let Some(message) = first.and_then(|first| messages.get_mut(now, first)) {
            if !status.follows(&message.state) {
                return None;
            }
            message.state = status.clone();
            let elapsed = Duration::from_millis(now.saturating_sub(message.sent));
            return Some(StatusChange::new(message.note.clone().into(), elapsed));
        }
        let most = usize::try_from(rule.most).unwrap_or(usize::MAX);
        for name in names {
            let is_full = early.len() >= most;
            match early.get_mut(now, name) {
                Some(stored) if status.follows(stored) => *stored = status.clone(),
                Some(_) => {}
                None if is_full => {}
                None => {
                    let ends = now.saturating_add(millis(rule.lifetime));
                    early.insert(*name, status.clone(), ends, |_, _| {});
                }
            }
        }
        None
    }

    pub(super) fn status(&self, now: u64, name: &ReportTag) -> Option<StatusRecord> {
        let first = self.names.get(name)?;
        self.messages.get(now, first).map(|message| message.state.clone())
    }

    /// Records the key of a request. Returns `None` if there is no room for it.
    pub(super) fn replay(&mut self, now: u64, key: &ReportTag, lifetime: Duration) -> Option<bool> {
        self.replays.expire(now, |_, ()| {});
        if self.replays.get(now, key).is_some() {
            return Some(false);
        }
        // Without a key that is dropped to make room, its request would be new again.
        if self.replays.len() >= MAX_REPLAYS {
            return None;
        }
        self.replays.insert(*key, (), now.saturating_add(millis(lifetime)), |_, ()| {});
        Some(true)
    }

    pub(super) fn sweep(&mut self, now: u64) {
        let Self { messages, names, early, replays } = self;
        messages.expire(now, |first, dropped| unlink(names, first, &dropped));
        early.expire(now, |_, _| {});
        replays.expire(now, |_, ()| {});
    }
}

/// Removes the names of a message, unless they are now those of another one.
fn unlink(by_name: &mut HashMap<ReportTag, ReportTag>, first: ReportTag, message: &NotedMessage) {
    for name in &message.names {
        if by_name.get(name) == Some(&first) {
            by_name.remove(name);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_store_takes_no_request_for_new() {
        let (mut table, day) = (ReportTable::new(1), Duration::from_secs(86_400));
        let tag = |number: usize| {
            let mut bytes = [0; 16];
            bytes[..8].copy_from_slice(&(number as u64).to_be_bytes());
            ReportTag::new(bytes)
        };
        for number in 0..MAX_REPLAYS {
            assert_eq!(table.replay(0, &tag(number), day), Some(true));
        }
        assert_eq!(table.replay(0, &tag(MAX_REPLAYS), day), None);
        assert_eq!(table.replay(0, &tag(0), day), Some(false));
        assert_eq!(table.replay(millis(day), &tag(MAX_REPLAYS), day), Some(true));
    }
}
