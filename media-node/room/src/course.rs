//! Who was in the room, when, and how long each spoke: collected only where the room was made with
//! analytics. Never what was said or written.

use crate::now::Now;
use conclave_protocol::history::{Course, Stay};
use conclave_protocol::ids::{Pid, Sid, UserId};
use std::collections::BTreeMap;
use std::time::{Duration, Instant};

/// Stays kept; those beyond are counted.
const STAYS: usize = 10_000;

#[derive(Default)]
pub(crate) struct CourseLog {
    stays: Vec<Stay>,
    more: u64,
    /// Who is here.
    here: BTreeMap<Pid, Here>,
}

struct Here {
    /// Its place among the stays.
    stay: usize,
    spoke: Duration,
    speaks_since: Option<Instant>,
}

impl CourseLog {
    /// Somebody came; whoever is here already stays on.
    pub(crate) fn came(&mut self, now: Now, pid: &Pid, user: &UserId) {
        if self.here.contains_key(pid) {
            return;
        }
        if self.stays.len() >= STAYS {
            self.more += 1;
            return;
        }
        let here = Here { stay: self.stays.len(), spoke: Duration::ZERO, speaks_since: None };
        self.here.insert(pid.clone(), here);
        let (user, joined) = (user.clone(), now.unix);
        self.stays.push(Stay { user, joined, left: joined, spoke: 0 });
    }

    pub(crate) fn speaks(&mut self, now: Now, pid: &Pid, speaking: bool) {
        let Some(here) = self.here.get_mut(pid) else { return };
        if let Some(since) = here.speaks_since.take() {
            here.spoke += now.mono.saturating_duration_since(since);
        }
        here.speaks_since = speaking.then_some(now.mono);
    }

    pub(crate) fn went(&mut self, now: Now, pid: &Pid) {
        self.speaks(now, pid, false);
        let Some(here) = self.here.remove(pid) else { return };
        if let Some(stay) = self.stays.get_mut(here.stay) {
            stay.left = now.unix.max(stay.joined);
            stay.spoke = here.spoke.as_secs();
        }
    }

    /// The whole of it; everybody has gone before.
    pub(crate) fn finish(&mut self, sid: Sid, began: u64, ended: u64) -> Course {
        let stays = std::mem::take(&mut self.stays);
        Course { sid, began, ended, stays, more: self.more }
    }
}
