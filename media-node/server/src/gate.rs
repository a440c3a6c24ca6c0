//! What people say, before it reaches the owner: read as fast as it comes, and bounded for each of
//! them, so that who floods is not heard while everybody else is. Who does not cease is reported.

use crate::rate::Rate;
use async_nats::{Message, Subscriber};
use conclave_protocol::ids::{NodeId, Pid, Sid};
use conclave_protocol::subjects::{self, Voice};
use futures_util::{Stream, StreamExt, stream};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

/// Messages that may wait for the owner.
const QUEUE: usize = 4096;
/// Reports of floods that may wait for the owner; one that finds no place is made again.
const REPORTS: usize = 256;
/// Senders remembered before those are forgotten who have been quiet.
const SENDERS: usize = 16_384;
/// Messages beyond the bound, within [`FLOOD_WITHIN`], that nobody sends by accident: a page that
/// reacts to every movement of a pointer stays below, and a loop does not. Each kilobyte counts as a
/// message: large ones hold others up as long.
const FLOOD: u32 = 300;
/// See [`FLOOD`].
const FLOOD_BYTES: usize = 1024;
/// See [`FLOOD`].
const FLOOD_WITHIN: Duration = Duration::from_secs(5);

/// A message; NATS let nobody but this person publish it.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) voice: Voice,
    pub(crate) sid: Sid,
    pub(crate) pid: Pid,
    pub(crate) kind: String,
    pub(crate) payload: Vec<u8>,
}

/// What the gate lets through, whom it reports, and how much it did not let through.
pub(crate) struct Gate {
    pub(crate) said: mpsc::Receiver<Said>,
    pub(crate) floods: mpsc::Receiver<(Sid, Pid)>,
    pub(crate) dropped: Arc<AtomicU64>,
}

impl Gate {
    /// Reads what participants and moderators say until one of the two ends or nobody takes what
    /// comes through.
    pub(crate) fn open(participants: Subscriber, moderators: Subscriber, node: NodeId) -> Self {
        let (through, said) = mpsc::channel(QUEUE);
        let (report, floods) = mpsc::channel(REPORTS);
        let dropped = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&dropped);
        let messages = until_either_ends(participants, moderators);
        tokio::spawn(async move {
            tokio::pin!(messages);
            let mut senders = Senders::default();
            while let Some(message) = messages.next().await {
                // Whoever speaks of nothing known is bounded all the same.
                let sender = subjects::sender_of(&message.subject, &node);
                let pace = sender.as_ref().map(|(sid, pid)| {
                    senders.admit(sid, pid, message.payload.len(), Instant::now())
                });
                if let (Some((sid, pid)), Some(Pace::Flood)) = (sender, pace)
                    && report.try_send((sid.clone(), pid.clone())).is_err()
                {
                    senders.forget_report(&sid, &pid);
                }
                let outcome = match (pace, read(&message, &node)) {
                    (Some(Pace::Within), Some(said)) => through.try_send(said).map_err(Some),
                    _ => Err(None),
                };
                match outcome {
                    Ok(()) => {}
                    Err(Some(TrySendError::Closed(_))) => return,
                    Err(Some(TrySendError::Full(_)) | None) => {
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                }
            }
        });
        Self { said, floods, dropped }
    }
}

/// Both streams as one, which ends with the first that ends.
fn until_either_ends(one: Subscriber, other: Subscriber) -> impl Stream<Item = Message> {
    let ended = || stream::iter([None]);
    let one = one.map(Some).chain(ended());
    let other = other.map(Some).chain(ended());
    stream::select(one, other)
        .take_while(|next| std::future::ready(next.is_some()))
        .filter_map(std::future::ready)
}

fn read(message: &Message, node: &NodeId) -> Option<Said> {
    let from = subjects::parse_from(&message.subject, node)?;
    let (kind, payload) = (from.kind.to_owned(), message.payload.to_vec());
    Some(Said { voice: from.voice, sid: from.sid, pid: from.pid, kind, payload })
}

/// How fast somebody speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Pace {
    Within,
    Beyond,
    /// Said once for each flood.
    Flood,
}

#[derive(Default)]
struct Senders(HashMap<(Sid, Pid), Sender>);

struct Sender {
    rate: Rate,
    /// Messages beyond the bound since `since`.
    beyond: u32,
    since: Instant,
}

impl Senders {
    fn admit(&mut self, sid: &Sid, pid: &Pid, bytes: usize, now: Instant) -> Pace {
        if self.0.len() >= SENDERS {
            self.0.retain(|_, sender| !sender.rate.is_full(now));
        }
        let sender = (sid.clone(), pid.clone());
        let fresh = || Sender { rate: Rate::new(now), beyond: 0, since: now };
        let sender = self.0.entry(sender).or_insert_with(fresh);
        if sender.rate.take(bytes, now) {
            return Pace::Within;
        }
        if now.saturating_duration_since(sender.since) > FLOOD_WITHIN {
            (sender.beyond, sender.since) = (0, now);
        }
        let weight = u32::try_from(bytes / FLOOD_BYTES).unwrap_or(u32::MAX).saturating_add(1);
        let before = sender.beyond;
        sender.beyond = before.saturating_add(weight);
        if before < FLOOD && sender.beyond >= FLOOD { Pace::Flood } else { Pace::Beyond }
    }

    /// A report found no place: the next message makes it again.
    fn forget_report(&mut self, sid: &Sid, pid: &Pid) {
        if let Some(sender) = self.0.get_mut(&(sid.clone(), pid.clone())) {
            sender.beyond = FLOOD - 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sid() -> Sid {
        Sid::from_random([1; 16])
    }

    fn pid(n: usize) -> Pid {
        let mut hash = [0; 32];
        hash[..8].copy_from_slice(&n.to_be_bytes());
        Pid::from_hash(&hash)
    }

    #[test]
    fn who_floods_is_cut_and_reported_once_and_nobody_else() {
        let (mut senders, now) = (Senders::default(), Instant::now());
        let paces: Vec<Pace> =
            (0..10_000).map(|_| senders.admit(&sid(), &pid(1), 10, now)).collect();
        let count = |pace| paces.iter().filter(|&&p| p == pace).count();
        assert!(count(Pace::Within) < 100);
        assert_eq!(count(Pace::Flood), 1);
        assert_eq!(senders.admit(&sid(), &pid(2), 10, now), Pace::Within);
        let later = now + FLOOD_WITHIN * 2;
        let paces = (0..10_000).map(|_| senders.admit(&sid(), &pid(1), 10, later));
        assert_eq!(paces.filter(|&p| p == Pace::Flood).count(), 1, "a second flood");
    }

    #[test]
    fn who_is_hasty_for_a_long_time_is_cut_and_not_reported() {
        let (mut senders, start) = (Senders::default(), Instant::now());
        for n in 0..10_000 {
            // Twenty a second, where ten are let through.
            let now = start + Duration::from_millis(50) * n;
            assert_ne!(senders.admit(&sid(), &pid(1), 10, now), Pace::Flood, "at {n}");
        }
    }

    #[test]
    fn large_messages_are_a_flood_sooner() {
        let (mut senders, now) = (Senders::default(), Instant::now());
        let paces: Vec<Pace> =
            (0..1000).map(|_| senders.admit(&sid(), &pid(1), 16_000, now)).collect();
        let at = paces.iter().position(|&pace| pace == Pace::Flood).unwrap();
        assert!(at < 30, "only after {at}");
        assert_eq!(paces.iter().filter(|&&pace| pace == Pace::Flood).count(), 1);
    }

    #[test]
    fn a_report_that_found_no_place_is_made_again() {
        let (mut senders, now) = (Senders::default(), Instant::now());
        while senders.admit(&sid(), &pid(1), 10, now) != Pace::Flood {}
        senders.forget_report(&sid(), &pid(1));
        assert_eq!(senders.admit(&sid(), &pid(1), 10, now), Pace::Flood);
    }

    #[test]
    fn quiet_senders_are_forgotten() {
        let (mut senders, now) = (Senders::default(), Instant::now());
        for n in 0..SENDERS {
            senders.admit(&sid(), &pid(n), 10, now);
        }
        senders.admit(&sid(), &pid(SENDERS), 10, now + Duration::from_secs(60));
        assert_eq!(senders.0.len(), 1);
    }
}
