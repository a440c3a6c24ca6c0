//! The records of the rooms that this node owns: written again before they expire, and put back
//! where a lone NATS lost its memory.

use crate::claim::{Refreshed, refresh};
use crate::owner::{Owner, REFRESH};
use conclave_protocol::ids::Sid;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use std::time::{Duration, Instant};

/// Records written at a time; the others are due at the next beat still.
const MAX_REFRESHES: usize = 512;
/// How soon a record is tried again that could not be written.
const REFRESH_AGAIN: Duration = Duration::from_secs(1);

/// Records being written again.
pub(crate) type Refreshes = FuturesUnordered<BoxFuture<'static, (Sid, Refreshed)>>;

impl Owner {
    /// Every record has to be written again at once.
    pub(crate) fn refresh_all(&mut self) {
        let now = Instant::now();
        for owned in self.rooms.values_mut() {
            owned.refresh_at = now;
        }
        self.refresh_due(now);
    }

    /// Writes what is due.
    pub(crate) fn refresh_due(&mut self, now: Instant) {
        for (sid, owned) in &mut self.rooms {
            if self.refreshes.len() >= MAX_REFRESHES {
                return;
            }
            if owned.refreshing || now < owned.refresh_at {
                continue;
            }
            owned.refreshing = true;
            let (kv, sid, claim) = (self.kv.clone(), sid.clone(), owned.claim.clone());
            self.refreshes.push(Box::pin(async move {
                let refreshed = refresh(&kv, &claim).await;
                (sid, refreshed)
            }));
        }
    }

    /// A record was written again, or not.
    pub(crate) async fn refreshed(&mut self, (sid, outcome): (Sid, Refreshed)) {
        let Some(owned) = self.rooms.get_mut(&sid) else { return };
        owned.refreshing = false;
        match outcome {
            Refreshed::Kept(revision) => {
                owned.claim.revision = revision;
                owned.refresh_at = Instant::now() + REFRESH;
            }
            Refreshed::Unavailable => owned.refresh_at = Instant::now() + REFRESH_AGAIN,
            Refreshed::Lost => self.let_go(&sid).await,
        }
    }
}
