//! Who has to be looked at when: one instant for each peer and room.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use crate::types::{PeerId, RoomHandle};

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Timer {
    Peer(PeerId),
    Room(RoomHandle),
}

#[derive(Default)]
pub(crate) struct Schedule {
    queue: BTreeSet<(Instant, Timer)>,
    known: BTreeMap<Timer, Instant>,
}

impl Schedule {
    /// Sets a timer, instead of when it was set before.
    pub(crate) fn set(&mut self, timer: Timer, at: Instant) {
        let before = self.known.insert(timer, at);
        if before != Some(at) {
            if let Some(before) = before {
                self.queue.remove(&(before, timer));
            }
            self.queue.insert((at, timer));
        }
    }

    pub(crate) fn remove(&mut self, timer: Timer) {
        if let Some(at) = self.known.remove(&timer) {
            self.queue.remove(&(at, timer));
        }
    }

    /// Takes the earliest timer that is due.
    pub(crate) fn pop(&mut self, now: Instant) -> Option<Timer> {
        let (_, timer) = *self.queue.first().filter(|(at, _)| *at <= now)?;
        self.remove(timer);
        Some(timer)
    }

    /// When the earliest is due.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.queue.first().map(|(at, _)| *at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn each_has_one_instant_and_the_earliest_comes_first() {
        #[allow(clippy::disallowed_methods)] // any instant will do
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let (ada, bob) = (Timer::Peer(PeerId(1)), Timer::Peer(PeerId(2)));
        let room = Timer::Room(RoomHandle(1));
        let mut schedule = Schedule::default();
        for (timer, ms) in [(ada, 30), (bob, 20), (room, 10), (ada, 5), (bob, 20), (room, 40)] {
            schedule.set(timer, at(ms));
        }
        assert_eq!(schedule.next(), Some(at(5)));
        assert_eq!(schedule.pop(at(4)), None);
        assert_eq!(schedule.pop(at(30)), Some(ada));
        assert_eq!(schedule.pop(at(30)), Some(bob));
        assert_eq!(schedule.pop(at(30)), None);
        schedule.remove(room);
        assert_eq!(schedule.next(), None);
    }
}
