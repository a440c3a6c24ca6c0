//! When the next push is due: at once for whoever was removed, at most twice a second for whoever
//! left, later and later while NATS does not take them.

use std::time::Duration;
use tokio::time::Instant;

/// How long something urgent waits for others, so that a room that is ended takes one push.
const TOGETHER: Duration = Duration::from_millis(10);
/// Pause between two pushes of what is not urgent.
const PAUSE: Duration = Duration::from_millis(500);
/// First pause after a push that failed; each is twice as long as the one before.
const FIRST_RETRY: Duration = Duration::from_millis(50);
const LONGEST_RETRY: Duration = Duration::from_secs(2);

/// Knows when. Time comes from outside.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    due: Option<Instant>,
    last: Option<Instant>,
    failures: u32,
}

impl Pace {
    /// There is something to push.
    pub(crate) fn wanted(&mut self, urgent: bool, now: Instant) {
        let due = match self.last {
            _ if urgent => now + TOGETHER,
            Some(last) => (last + PAUSE).max(now),
            None => now + PAUSE,
        };
        // While NATS takes nothing, nothing is more urgent than its rest.
        let resting = self.failures > 0 && self.due.is_some();
        if !resting {
            self.due = Some(self.due.map_or(due, |known| known.min(due)));
        }
    }

    /// When to push; `None` where there is nothing to.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Everything was pushed.
    pub(crate) fn pushed(&mut self, now: Instant) {
        *self = Self { due: None, last: Some(now), failures: 0 };
    }

    /// Nothing was.
    pub(crate) fn failed(&mut self, now: Instant) {
        let pause = FIRST_RETRY * 2u32.pow(self.failures.min(8));
        self.failures = self.failures.saturating_add(1);
        self.due = Some(now + pause.min(LONGEST_RETRY));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(begun: Instant, millis: u64) -> Instant {
        begun + Duration::from_millis(millis)
    }

    #[test]
    fn whoever_left_waits_for_others_and_whoever_was_removed_does_not() {
        let begun = Instant::now();
        let mut pace = Pace::default();
        assert_eq!(pace.due(), None);
        pace.wanted(false, begun);
        assert_eq!(pace.due(), Some(at(begun, 500)));
        pace.wanted(true, at(begun, 100));
        pace.wanted(true, at(begun, 105));
        assert_eq!(pace.due(), Some(at(begun, 110)), "the first decides");
        pace.pushed(at(begun, 112));
        assert_eq!(pace.due(), None);
        pace.wanted(false, at(begun, 200));
        assert_eq!(pace.due(), Some(at(begun, 612)));
        pace.pushed(at(begun, 612));
        pace.wanted(false, at(begun, 5000));
        assert_eq!(pace.due(), Some(at(begun, 5000)), "at once after a rest");
    }

    #[test]
    fn tries_come_later_and_later() {
        let begun = Instant::now();
        let mut pace = Pace::default();
        pace.wanted(true, begun);
        let mut pauses = Vec::new();
        for _ in 0..8 {
            pace.failed(begun);
            pace.wanted(true, begun);
            pauses.push(pace.due().unwrap().duration_since(begun).as_millis());
        }
        assert_eq!(pauses, [50, 100, 200, 400, 800, 1600, 2000, 2000]);
        pace.pushed(begun);
        pace.wanted(true, begun);
        assert_eq!(pace.due(), Some(at(begun, 10)));
    }
}
