//! A bounded memory: where it is full, what was put in first is forgotten first.

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};

/// At most `N` values by key.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<(K, V)>", into = "Vec<(K, V)>")]
pub(crate) struct Recent<K: Ord + Clone, V: Clone, const N: usize> {
    values: BTreeMap<K, V>,
    order: VecDeque<K>,
}

impl<K: Ord + Clone, V: Clone, const N: usize> Recent<K, V, N> {
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.values.get(key)
    }

    pub(crate) fn contains(&self, key: &K) -> bool {
        self.values.contains_key(key)
    }

    /// Puts a value in; one that was there keeps its place in the order of forgetting.
    pub(crate) fn insert(&mut self, key: K, value: V) {
        if self.values.insert(key.clone(), value).is_some() {
            return;
        }
        if self.order.len() == N
            && let Some(oldest) = self.order.pop_front()
        {
            self.values.remove(&oldest);
        }
        self.order.push_back(key);
    }

    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        let value = self.values.remove(key)?;
        self.order.retain(|known| known != key);
        Some(value)
    }

    pub(crate) fn clear(&mut self) {
        self.values.clear();
        self.order.clear();
    }
}

impl<K: Ord + Clone, V: Clone, const N: usize> Default for Recent<K, V, N> {
    fn default() -> Self {
        Self { values: BTreeMap::new(), order: VecDeque::new() }
    }
}

impl<K: Ord + Clone, V: Clone, const N: usize> From<Vec<(K, V)>> for Recent<K, V, N> {
    fn from(pairs: Vec<(K, V)>) -> Self {
        let mut recent = Self::default();
        pairs.into_iter().for_each(|(key, value)| recent.insert(key, value));
        recent
    }
}

impl<K: Ord + Clone, V: Clone, const N: usize> From<Recent<K, V, N>> for Vec<(K, V)> {
    fn from(mut recent: Recent<K, V, N>) -> Self {
        let order = std::mem::take(&mut recent.order);
        order.into_iter().filter_map(|key| recent.values.remove_entry(&key)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_goes_first_also_after_being_written_and_read() {
        let mut recent: Recent<u8, char, 2> = Recent::default();
        recent.insert(9, 'a');
        recent.insert(1, 'b');
        recent.insert(9, 'c');
        let text = serde_json::to_string(&recent).unwrap();
        let mut read: Recent<u8, char, 2> = serde_json::from_str(&text).unwrap();
        assert!(read == recent);
        read.insert(5, 'd');
        assert_eq!((read.get(&9), read.get(&1), read.get(&5)), (None, Some(&'b'), Some(&'d')));
        assert_eq!(read.remove(&1), Some('b'));
        read.insert(6, 'e');
        assert!(read.contains(&5) && read.contains(&6));
    }
}
