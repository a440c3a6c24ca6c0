//! Messages that wait for one receiver, and how fast its transport is given them.
//!
//! The data channel's own congestion control fills the queue of the narrowest link until packets are
//! lost, which is long after pictures in the same queue have come too late. So messages go at a rate
//! that the media's estimate leaves room for, and while any wait, more is probed for. Where the estimate
//! leaves next to nothing, which it does too where a machine is busy and no link narrow, one message
//! goes at a time, and then none for twice as long as it took: of any link that is a third.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Most bytes that wait for one receiver, whoever sent them: a quarter of a second at 4 MB/s, and
/// the window that keeps this rate over a round trip of as long. What comes beyond is dropped.
pub(crate) const MAX_WAITING: usize = 1024 * 1024;

/// Bytes a second that go at least: asks and small files, whatever the estimate says.
const MIN_RATE: u64 = 32_000;
/// Bytes a second that go at most: what one sender may send at most.
const MAX_RATE: u64 = 5_000_000;
/// Bits a second that are probed for at most: the largest rate, and media beside it.
const MAX_DESIRED: u64 = 50_000_000;
/// The share of the room beside media that is used. With more, probes and messages together filled the
/// queue of a link of 5 Mbit/s: pictures stood still for 0.9 s, and for 8 s without any of this.
const SHARE: f64 = 0.7;
/// What may be saved up while nothing waits.
const BURST: Duration = Duration::from_millis(20);
/// The transport has done with what it was given when no more than a packet is not acknowledged, which
/// receivers are slow to do for a last one.
const DONE: usize = 2_000;
/// The outbox counts as used for so long after the last message.
const LINGER: Duration = Duration::from_secs(2);

/// What waits for one receiver.
#[derive(Debug)]
pub(crate) struct Outbox {
    queue: VecDeque<Vec<u8>>,
    /// Bytes in the queue.
    queued: usize,
    /// Bytes a second.
    rate: u64,
    /// Before this nothing more is given at the rate.
    free_at: Option<Instant>,
    /// When the transport was given what it has not done with.
    given_at: Option<Instant>,
    /// Before this nothing more is given one by one.
    single_at: Option<Instant>,
}

impl Default for Outbox {
    fn default() -> Self {
        Self {
            queue: VecDeque::new(),
            queued: 0,
            rate: MIN_RATE,
            free_at: None,
            given_at: None,
            single_at: None,
        }
    }
}

impl Outbox {
    /// Whether nothing ever came here.
    pub(crate) fn is_new(&self) -> bool {
        self.queue.is_empty() && self.free_at.is_none()
    }

    /// Whether nothing waits here.
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// Takes a message in, unless it would be too much together with what waits here and, as
    /// `given` bytes that are not acknowledged, in the transport.
    pub(crate) fn push(&mut self, message: Vec<u8>, given: usize) -> bool {
        if self.queued + given + message.len() > MAX_WAITING {
            return false;
        }
        self.queued += message.len();
        self.queue.push_back(message);
        true
    }

    /// The next message, where it is time for one, for a transport that was `given` bytes which are
    /// not acknowledged.
    pub(crate) fn next(&mut self, now: Instant, given: usize) -> Option<Vec<u8>> {
        if given < DONE
            && let Some(since) = self.given_at.take()
        {
            self.single_at = Some(now + now.saturating_duration_since(since) * 2);
        }
        let free = self.free_at.is_none_or(|at| at <= now);
        let single = given < DONE && self.single_at.is_none_or(|at| at <= now);
        if !free && !single {
            return None;
        }
        let message = self.queue.pop_front()?;
        self.queued -= message.len();
        self.given_at.get_or_insert(now);
        let takes = Duration::from_secs_f64(message.len() as f64 / self.rate as f64);
        let from = self.free_at.map_or(now, |at| at.max(now.checked_sub(BURST).unwrap_or(now)));
        self.free_at = Some(from.min(now) + takes);
        Some(message)
    }

    /// When it is time for the next message, if nothing is acknowledged before.
    pub(crate) fn due(&self) -> Option<Instant> {
        let single = self.single_at.filter(|_| self.given_at.is_none());
        self.free_at.into_iter().chain(single).min().filter(|_| !self.queue.is_empty())
    }

    /// Bits a second that the link carries and that media take.
    pub(crate) fn set_room(&mut self, estimate: u64, media: u64) {
        let room = estimate.saturating_sub(media) as f64 / 8.0 * SHARE;
        self.rate = (room as u64).clamp(MIN_RATE, MAX_RATE);
    }

    /// Bits a second worth probing for.
    pub(crate) fn desired(&self, now: Instant, estimate: u64) -> u64 {
        let used = self.free_at.is_some_and(|at| now < at + LINGER);
        if used { (estimate * 3 / 2).min(MAX_DESIRED) } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start() -> Instant {
        #[allow(clippy::disallowed_methods)] // any instant will do
        Instant::now()
    }

    /// Messages that are given within a second.
    fn given(outbox: &mut Outbox, now: &mut Instant) -> usize {
        let mut given = 0;
        for _ in 0..1_000 {
            // Nothing is acknowledged.
            while outbox.next(*now, DONE).is_some() {
                given += 1;
            }
            *now += Duration::from_millis(1);
        }
        given
    }

    #[test]
    fn no_more_waits_than_may() {
        let mut outbox = Outbox::default();
        let pushed = (0..100).filter(|_| outbox.push(vec![0; 16_384], 0)).count();
        assert_eq!(pushed, 64);
        assert!(outbox.next(start(), 0).is_some());
        assert!(!outbox.push(vec![0; 16_384], 1), "what the transport has counts");
        assert!(outbox.push(vec![0; 16_384], 0));
    }

    #[test]
    fn the_rate_is_what_media_leave() {
        for (estimate, media, expected) in
            [(3_000_000, 1_000_000, 175), (500_000, 900_000, 32), (20_000_000, 0, 1_000)]
        {
            let (mut outbox, mut now) = (Outbox::default(), start());
            outbox.set_room(estimate, media);
            while outbox.push(vec![0; 1_000], 0) {}
            let got = given(&mut outbox, &mut now);
            assert!(got.abs_diff(expected) <= 50, "{got} kB/s with {estimate} bit/s");
        }
    }

    #[test]
    fn one_at_a_time_takes_a_third_of_the_time() {
        let (mut outbox, start) = (Outbox::default(), start());
        let at = |ms| start + Duration::from_millis(ms);
        while outbox.push(vec![0; 16_000], 0) {}
        assert!(outbox.next(at(0), 0).is_some());
        assert_eq!(outbox.next(at(50), 16_000), None, "under way");
        assert_eq!(outbox.next(at(60), 0), None, "it took 60 ms");
        assert_eq!(outbox.due(), Some(at(180)));
        assert_eq!(outbox.next(at(179), 0), None);
        assert!(outbox.next(at(180), 0).is_some());
    }

    #[test]
    fn more_is_probed_for_while_it_is_used() {
        let (mut outbox, now) = (Outbox::default(), start());
        assert_eq!(outbox.desired(now, 4_000_000), 0);
        assert!(outbox.push(vec![0; 100], 0) && outbox.next(now, 0).is_some());
        assert_eq!(outbox.desired(now, 4_000_000), 6_000_000);
        assert_eq!(outbox.desired(now + Duration::from_secs(3), 4_000_000), 0);
    }
}
