//! Who waits before the door, the longest first.

use conclave_protocol::ban::Marks;
use conclave_protocol::encryption::SealedHello;
use conclave_protocol::event::{WAITING_LOST_SECONDS, Waiter};
use conclave_protocol::ids::{DisplayName, Pid, UserId};
use conclave_protocol::limits::MAX_WAITING;
use std::time::{Duration, Instant};

/// Somebody who waits.
pub(crate) struct Waits {
    pub(crate) pid: Pid,
    pub(crate) name: DisplayName,
    pub(crate) user: UserId,
    pub(crate) marks: Marks,
    /// Public nkey of the connection that waits.
    pub(crate) bus_key: String,
    /// When it last said that it waits.
    pub(crate) heard: Instant,
    /// The latest that this connection announced.
    pub(crate) hello: Option<SealedHello>,
}

#[derive(Default)]
pub(crate) struct WaitingList(Vec<Waits>);

impl WaitingList {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Waits> {
        self.0.iter()
    }

    pub(crate) fn get(&self, pid: &Pid) -> Option<&Waits> {
        self.0.iter().find(|waits| waits.pid == *pid)
    }

    /// Whether `pid` may wait.
    pub(crate) fn has_room(&self, pid: &Pid) -> bool {
        self.0.len() < MAX_WAITING || self.get(pid).is_some()
    }

    /// Puts somebody last, or who was there before back at its place. The caller has asked whether
    /// there is room.
    pub(crate) fn put(&mut self, waits: Waits) {
        match self.0.iter_mut().find(|known| known.pid == waits.pid) {
            Some(known) => *known = waits,
            None => self.0.push(waits),
        }
    }

    /// True where `pid` waits: it has said so now.
    pub(crate) fn heard(&mut self, pid: &Pid, now: Instant) -> bool {
        let known = self.0.iter_mut().find(|waits| waits.pid == *pid);
        known.map(|waits| waits.heard = now).is_some()
    }

    /// True where that is news: somebody who waits announced it.
    pub(crate) fn announced(&mut self, pid: &Pid, hello: SealedHello) -> bool {
        let known = self.0.iter_mut().find(|waits| waits.pid == *pid);
        known.is_some_and(|waits| waits.hello.replace(hello.clone()) != Some(hello))
    }

    pub(crate) fn take(&mut self, pid: &Pid) -> Option<Waits> {
        let at = self.0.iter().position(|waits| waits.pid == *pid)?;
        Some(self.0.remove(at))
    }

    /// Who has not said for too long that it waits.
    pub(crate) fn lost(&self, now: Instant) -> Vec<Pid> {
        let patience = Duration::from_secs(WAITING_LOST_SECONDS);
        let lost = |waits: &&Waits| now.saturating_duration_since(waits.heard) >= patience;
        self.0.iter().filter(lost).map(|waits| waits.pid.clone()).collect()
    }

    pub(crate) fn pids(&self) -> Vec<Pid> {
        self.0.iter().map(|waits| waits.pid.clone()).collect()
    }

    pub(crate) fn as_shown(&self) -> Vec<Waiter> {
        let shown = |waits: &Waits| Waiter {
            pid: waits.pid.clone(),
            name: waits.name.clone(),
            hello: waits.hello.clone(),
        };
        self.0.iter().map(shown).collect()
    }
}
