//! A token bucket: how many messages of one participant reach the owner.

use std::time::{Duration, Instant};

/// Messages that may come at once; a person who clicks wildly stays below.
const BURST: u32 = 30;
/// One more message is allowed after each of these.
const REFILL: Duration = Duration::from_millis(100);

/// Bounds one participant's messages.
#[derive(Debug, Clone)]
pub(crate) struct Rate {
    left: u32,
    since: Instant,
}

impl Rate {
    /// A full bucket.
    pub(crate) fn new(now: Instant) -> Self {
        Self { left: BURST, since: now }
    }

    /// Takes one; false where none is left.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        self.refill(now);
        if self.left == 0 {
            return false;
        }
        self.left -= 1;
        true
    }

    /// True where nothing was taken for long enough that a new bucket would say the same.
    pub(crate) fn is_full(&mut self, now: Instant) -> bool {
        self.refill(now);
        self.left == BURST
    }

    fn refill(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.since).as_millis() / REFILL.as_millis();
        let earned = u32::try_from(elapsed).unwrap_or(u32::MAX);
        if earned > 0 {
            self.left = self.left.saturating_add(earned).min(BURST);
            self.since = now;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_is_cut_and_recovers() {
        let start = Instant::now();
        let mut rate = Rate::new(start);
        assert_eq!((0..1000).filter(|_| rate.take(start)).count(), BURST as usize);
        assert_eq!((0..10).filter(|_| rate.take(start + REFILL * 3)).count(), 3);
        assert!(!rate.is_full(start + REFILL * 3));
        let later = start + Duration::from_secs(3600);
        assert!(rate.is_full(later));
        assert_eq!((0..1000).filter(|_| rate.take(later)).count(), BURST as usize);
    }
}
