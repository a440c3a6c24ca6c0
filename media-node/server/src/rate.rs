//! A token bucket for messages and one for their bytes: how much of what one participant says reaches
//! the owner.

use std::time::{Duration, Instant};

/// Messages that may come at once; a person who clicks wildly stays below.
const BURST: u32 = 30;
/// Bytes that may come at once: ten of the longest chat messages.
const BURST_BYTES: u32 = 128 * 1024;
/// What one more message, and so many more bytes, are allowed after.
const REFILL: Duration = Duration::from_millis(100);
/// See [`REFILL`]: 64 kB a second.
const REFILL_BYTES: u32 = 6554;

/// Bounds one participant's messages.
#[derive(Debug, Clone)]
pub(crate) struct Rate {
    messages: u32,
    bytes: u32,
    since: Instant,
}

impl Rate {
    /// Full buckets.
    pub(crate) fn new(now: Instant) -> Self {
        Self { messages: BURST, bytes: BURST_BYTES, since: now }
    }

    /// Takes one message of so many bytes; false where there is no room for it.
    pub(crate) fn take(&mut self, bytes: usize, now: Instant) -> bool {
        self.refill(now);
        let left = u32::try_from(bytes).ok().and_then(|bytes| self.bytes.checked_sub(bytes));
        match (self.messages.checked_sub(1), left) {
            (Some(messages), Some(bytes)) => {
                (self.messages, self.bytes) = (messages, bytes);
                true
            }
            _ => false,
        }
    }

    /// True where nothing was taken for long enough that new buckets would say the same.
    pub(crate) fn is_full(&mut self, now: Instant) -> bool {
        self.refill(now);
        (self.messages, self.bytes) == (BURST, BURST_BYTES)
    }

    fn refill(&mut self, now: Instant) {
        let elapsed = now.saturating_duration_since(self.since).as_millis() / REFILL.as_millis();
        let earned = u32::try_from(elapsed).unwrap_or(u32::MAX);
        if earned > 0 {
            let bytes = earned.saturating_mul(REFILL_BYTES);
            self.messages = self.messages.saturating_add(earned).min(BURST);
            self.bytes = self.bytes.saturating_add(bytes).min(BURST_BYTES);
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
        assert_eq!((0..1000).filter(|_| rate.take(10, start)).count(), BURST as usize);
        assert_eq!((0..10).filter(|_| rate.take(10, start + REFILL * 3)).count(), 3);
        assert!(!rate.is_full(start + REFILL * 3));
        let later = start + Duration::from_secs(3600);
        assert!(rate.is_full(later));
        assert_eq!((0..1000).filter(|_| rate.take(10, later)).count(), BURST as usize);
    }

    #[test]
    fn large_messages_are_fewer() {
        let start = Instant::now();
        let mut rate = Rate::new(start);
        assert_eq!((0..1000).filter(|_| rate.take(16 * 1024, start)).count(), 8);
        assert!(!rate.take(usize::MAX, start));
        let later = start + Duration::from_secs(1);
        assert_eq!((0..1000).filter(|_| rate.take(16 * 1024, later)).count(), 4);
    }
}
