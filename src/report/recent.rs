use std::borrow::Borrow;
use std::collections::{HashMap, VecDeque};
use std::hash::Hash;
use std::time::{Duration, SystemTime};

/// Values that are kept for a time, and at most a number of them: the oldest are dropped first.
#[derive(Debug)]
pub(super) struct Recent<K, V> {
    values: HashMap<K, RecentValue<V>>,
    /// The keys in the order in which they expire. A key whose number is not that of its value was
    /// removed or replaced.
    order: VecDeque<(K, u64)>,
    next: u64,
    lifetime: Duration,
    capacity: usize,
}

#[derive(Debug)]
struct RecentValue<V> {
    value: V,
    number: u64,
    expires: SystemTime,
}

impl<K: Clone + Eq + Hash, V> Recent<K, V> {
    pub(super) fn new(capacity: usize, lifetime: Duration) -> Self {
        Self { values: HashMap::new(), order: VecDeque::new(), next: 0, lifetime, capacity }
    }

    pub(super) const fn set_capacity(&mut self, capacity: usize) {
        self.capacity = capacity;
    }

    pub(super) const fn set_lifetime(&mut self, lifetime: Duration) {
        self.lifetime = lifetime;
    }

    pub(super) fn get<Q: Eq + Hash + ?Sized>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
    {
        self.values.get(key).map(|found| &found.value)
    }

    pub(super) fn get_mut<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
    {
        self.values.get_mut(key).map(|found| &mut found.value)
    }

    /// Removes what has expired.
    pub(super) fn expire(&mut self, now: SystemTime, mut dropped: impl FnMut(K, V)) {
        while let Some((key, number)) = self.order.front() {
            let is_live = self
                .values
                .get(key)
                .is_some_and(|found| found.number == *number && found.expires > now);
            if is_live {
                break;
            }
            self.drop_oldest(&mut dropped);
        }
    }

    /// Adds a value, or replaces the one with this key. The oldest values are dropped if there are
    /// too many.
    pub(super) fn insert(
        &mut self,
        key: K,
        value: V,
        now: SystemTime,
        mut dropped: impl FnMut(K, V),
    ) {
        let expires = now.checked_add(self.lifetime).unwrap_or(now);
        let number = self.next;
        self.next = self.next.wrapping_add(1);
        self.order.push_back((key.clone(), number));
        self.values.insert(key, RecentValue { value, number, expires });
        while self.values.len() > self.capacity && !self.order.is_empty() {
            self.drop_oldest(&mut dropped);
        }
        // Keys of removed values wait in `order` for their turn. Without this, a full list of
        // values that live long would keep many of them.
        if self.order.len() > self.capacity.saturating_mul(2).saturating_add(16) {
            let values = &self.values;
            self.order.retain(|(key, number)| {
                values.get(key).is_some_and(|found| found.number == *number)
            });
        }
    }

    pub(super) fn remove<Q: Eq + Hash + ?Sized>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
    {
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
    use std::time::UNIX_EPOCH;

    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH.checked_add(Duration::from_secs(seconds)).unwrap()
    }

    #[test]
    fn values_expire_and_the_oldest_make_room() {
        let mut recent = Recent::new(3, Duration::from_secs(10));
        let mut dropped = Vec::new();
        for key in 0..4_u64 {
            recent.insert(key, key * 10, at(key), |key, value| dropped.push((key, value)));
        }
        assert_eq!((dropped.as_slice(), recent.len()), ([(0, 0)].as_slice(), 3));
        recent.expire(at(11), |key, value| dropped.push((key, value)));
        assert_eq!(dropped, [(0, 0), (1, 10)]);
        // A value that is replaced lives on from then.
        recent.insert(2, 21, at(11), |_, _| panic!("there is room"));
        recent.expire(at(13), |key, value| dropped.push((key, value)));
        assert_eq!((recent.get(&2), recent.get(&3)), (Some(&21), None));
        assert_eq!(recent.remove(&2), Some(21));
        recent.expire(at(100), |_, _| panic!("it was removed"));
        assert_eq!(recent.len(), 0);
    }

    #[test]
    fn removed_keys_do_not_pile_up() {
        let mut recent = Recent::new(4, Duration::from_secs(10));
        recent.insert(u64::MAX, (), at(0), |_, ()| {});
        for key in 0..1_000 {
            recent.insert(key, (), at(0), |_, ()| panic!("there is room"));
            recent.remove(&key);
            assert!(recent.order.len() <= 25);
        }
        assert_eq!(recent.len(), 1);
    }
}
