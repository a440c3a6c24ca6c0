//! How much one participant may relay, in the time that is given to the SFU.

use std::time::Instant;

/// Bytes a microsecond, which is 5 MB a second: a file at 4 MB/s with what its messages are counted
/// beyond their length, and a fifth more for asks and repetitions. 100 MB take 25 seconds.
const RATE: u64 = 5;

/// Bytes that may come at once. What one lost packet holds back, up to the transport's receive window
/// of 1 MiB, comes together when the packet is there; and as much again for what follows meanwhile.
const BURST: u64 = 2 * 1024 * 1024;

/// Counted beyond each message's length, so that there are at most some 5,000 a second however short
/// they are: what a message costs the node hardly depends on its length.
const MESSAGE: u64 = 1_000;

/// A token bucket, full at first.
#[derive(Debug)]
pub(crate) struct Bucket {
    tokens: u64,
    at: Option<Instant>,
}

impl Default for Bucket {
    fn default() -> Self {
        Self { tokens: BURST, at: None }
    }
}

impl Bucket {
    /// Takes what a message of `length` bytes costs; false where that is not there.
    pub(crate) fn take(&mut self, now: Instant, length: usize) -> bool {
        let since = *self.at.get_or_insert(now);
        let passed = now.saturating_duration_since(since).as_micros() as u64;
        self.tokens = self.tokens.saturating_add(passed.saturating_mul(RATE)).min(BURST);
        self.at = Some(now);
        let left = self.tokens.checked_sub(length as u64 + MESSAGE);
        self.tokens = left.unwrap_or(self.tokens);
        left.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn start() -> Instant {
        #[allow(clippy::disallowed_methods)] // any instant will do
        Instant::now()
    }

    #[test]
    fn four_megabytes_a_second_pass_and_six_do_not() {
        for (rate, all) in [(4_000_000, true), (6_000_000, false)] {
            let (mut bucket, mut now) = (Bucket::default(), start());
            let mut passed = 0;
            for _ in 0..rate * 10 / 16_384 {
                passed += usize::from(bucket.take(now, 16_384 + 27));
                now += Duration::from_micros(16_384 * 1_000_000 / rate);
            }
            assert_eq!(passed as u64 == rate * 10 / 16_384, all, "{passed} at {rate} B/s");
        }
    }

    #[test]
    fn a_window_may_come_at_once_and_short_messages_are_counted_too() {
        let (mut bucket, now) = (Bucket::default(), start());
        assert!((0..64).all(|_| bucket.take(now, 16_384 + 27)), "1 MiB");
        let mut bucket = Bucket::default();
        let short = (0..10_000).filter(|_| bucket.take(now, 27)).count();
        assert!((1_000..2_100).contains(&short), "{short}");
        let later = now + Duration::from_secs(1);
        let short = (0..10_000).filter(|_| bucket.take(later, 27)).count();
        assert!((1_000..2_100).contains(&short), "no more than a burst is saved up: {short}");
    }
}
