use std::collections::{HashMap, VecDeque};
use std::hash::Hash;

/// Values that are kept for a time, and at most a number of them: the oldest are dropped first.
#[derive(Debug)]
pub(super) struct Recent<K, V> {
    values: HashMap<K, RecentValue<V>>,
    /// The keys in the order of their addition. A key whose number is not that of its value was
    /// removed or replaced.
    order: VecDeque<(K, u64)>,
    next: u64,
    capacity: usize,
}

#[derive(Debug)]
struct RecentValue<V> {
    value: V,
    number: u64,
    ends: u64,
}

impl<K: Copy + Eq + Hash, V> Recent<K, V> {
    pub(super) fn new(capacity: usize) -> Self {
        Self { values: HashMap::new(), order: VecDeque::new(), next: 0, capacity }
    }

    pub(super) fn get(&self, now: u64, key: &K) -> Option<&V> {
        self.values.get(key).filter(|found| found.ends > now).map(|found| &found.value)
    }

    pub(super) fn get_mut(&mut self, now: u64, key: &K) -> Option<&mut V> {
        let found = self.values.get_mut(key).filter(|found| found.ends > now);
        found.map(|found| &mut found.value)
    }

    /// Removes the oldest values that have expired. Values usually live equally long, so that these
    /// are all of them.
    pub(super) fn expire(&mut self, now: u64, mut dropped: impl FnMut(K, V)) {
        while let Some((key, number)) = self.order.front() {
            let is_live = self
                .values
                .get(key)
                .is_some_and(|found| found.number == *number && found.ends > now);
            if is_live {
                break;
            }
            self.drop_oldest(&mut dropped);
        }
    }

    /// Adds a value, or replaces the one with this key. The oldest values are dropped if there are
    /// too many.
    pub(super) fn insert(&mut self, key: K, value: V, ends: u64, mut dropped: impl FnMut(K, V)) {
        let number = self.next;
        self.next = self.next.wrapping_add(1);
        self.order.push_back((key, number));
        self.values.insert(key, RecentValue { value, number, ends });
        while self.values.len() > self.capacity && !self.order.is_empty() {
            self.drop_oldest(&mut dropped);
        }
        // Keys of removed values wait in `order` for their turn. Without this, a full list of
        // values that live long would keep many of them.
        if self.order.len() > self.values.len().saturating_mul(2).saturating_add(16) {
            let values = &self.values;
            self.order.retain(|(key, number)| {
                values.get(key).is_some_and(|found| found.number == *number)
            });
        }
    }

    /// Removes a value, even if it has expired.
    pub(super) fn remove(&mut self, key: &K) -> Option<V> {
        self.values.remove(key).map(|found| found.value)
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    fn drop_oldest(&mut self, dropped: &mut impl FnMut(K, V)) {
        let Some((key, number)) = self.order.pop_front() else { return };
        if self.values.get(&key).is_some_and(|found| found.number == number)
            && let Some(found) = self.values.remove(&key)
        {
            dropped(key, found.value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_expire_and_the_oldest_make_room() {
        let mut recent = Recent::new(3);
        let mut dropped = Vec::new();
        for key in 0..4_u64 {
            recent.insert(key, key * 10, key + 10, |key, value| dropped.push((key, value)));
        }
        assert_eq!((dropped.as_slice(), recent.len()), ([(0, 0)].as_slice(), 3));
        assert_eq!((recent.get(10, &1), recent.get(11, &1)), (Some(&10), None));
        recent.expire(11, |key, value| dropped.push((key, value)));
        assert_eq!(dropped, [(0, 0), (1, 10)]);
        // A value that is replaced lives on from then.
        recent.insert(2, 21, 21, |_, _| panic!("there is room"));
        recent.expire(13, |key, value| dropped.push((key, value)));
        assert_eq!(recent.get(13, &2), Some(&21));
        assert_eq!(recent.get_mut(13, &3), None);
        assert_eq!(recent.remove(&2), Some(21));
        recent.expire(100, |_, _| panic!("it was removed"));
        assert_eq!(recent.len(), 0);
    }

    #[test]
    fn removed_keys_do_not_pile_up() {
        let mut recent = Recent::new(1_000_000);
        recent.insert(u64::MAX, (), 10, |_, ()| {});
        for key in 0..1_000 {
            recent.insert(key, (), 10, |_, ()| panic!("there is room"));
            recent.remove(&key);
            assert!(recent.order.len() <= 25);
        }
        assert_eq!(recent.len(), 1);
    }
}
