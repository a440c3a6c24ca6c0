//! What participants say, before it reaches the owner: read as fast as it comes, and bounded for
//! each of them, so that who floods is not heard while everybody else is.

use crate::rate::Rate;
use async_nats::{Message, Subscriber};
use conclave_protocol::ids::{NodeId, Pid, Sid};
use conclave_protocol::subjects;
use futures_util::StreamExt;
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;
use tokio::sync::mpsc;

/// Messages that may wait for the owner.
const QUEUE: usize = 4096;
/// Senders remembered before those are forgotten who have been quiet.
const SENDERS: usize = 16_384;

/// A participant's message; NATS let nobody else publish it.
#[derive(Debug)]
pub(crate) struct Said {
    pub(crate) sid: Sid,
    pub(crate) pid: Pid,
    pub(crate) kind: String,
    pub(crate) payload: Vec<u8>,
}

/// What the gate lets through, and how much it did not.
pub(crate) struct Gate {
    pub(crate) said: mpsc::Receiver<Said>,
    pub(crate) dropped: Arc<AtomicU64>,
}

impl Gate {
    /// Reads `messages` until they end or nobody takes what comes through.
    pub(crate) fn open(mut messages: Subscriber, node: NodeId) -> Self {
        let (through, said) = mpsc::channel(QUEUE);
        let dropped = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&dropped);
        tokio::spawn(async move {
            let mut senders = Senders::default();
            while let Some(message) = messages.next().await {
                let said = read(&message, &node);
                let within = said.filter(|said| senders.admit(said, Instant::now()));
                match within.map(|said| through.try_send(said)) {
                    Some(Ok(())) => {}
                    Some(Err(mpsc::error::TrySendError::Closed(_))) => return,
                    Some(Err(mpsc::error::TrySendError::Full(_))) | None => {
                        count.fetch_add(1, Ordering::Relaxed);
                    }
                }
            }
        });
        Self { said, dropped }
    }
}

fn read(message: &Message, node: &NodeId) -> Option<Said> {
    let from = subjects::parse_from(&message.subject, node)?;
    let (kind, payload) = (from.kind.to_owned(), message.payload.to_vec());
    Some(Said { sid: from.sid, pid: from.pid, kind, payload })
}

#[derive(Default)]
struct Senders(HashMap<(Sid, Pid), Rate>);

impl Senders {
    fn admit(&mut self, said: &Said, now: Instant) -> bool {
        if self.0.len() >= SENDERS {
            self.0.retain(|_, rate| !rate.is_full(now));
        }
        let sender = (said.sid.clone(), said.pid.clone());
        self.0.entry(sender).or_insert_with(|| Rate::new(now)).take(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn said(n: u8) -> Said {
        let (sid, pid) = (Sid::from_random([1; 16]), Pid::from_hash(&[n; 32]));
        Said { sid, pid, kind: "media".into(), payload: Vec::new() }
    }

    #[test]
    fn who_floods_is_cut_and_nobody_else() {
        let (mut senders, now) = (Senders::default(), Instant::now());
        let heard = (0..10_000).filter(|_| senders.admit(&said(1), now)).count();
        assert!(heard < 100, "{heard}");
        assert!(senders.admit(&said(2), now));
    }

    #[test]
    fn quiet_senders_are_forgotten() {
        let (mut senders, now) = (Senders::default(), Instant::now());
        for n in 0..SENDERS {
            let mut hash = [0; 32];
            hash[..8].copy_from_slice(&n.to_be_bytes());
            let said = Said { pid: Pid::from_hash(&hash), ..said(0) };
            senders.admit(&said, now);
        }
        senders.admit(&said(7), now + Duration::from_secs(60));
        assert_eq!(senders.0.len(), 1);
    }
}
