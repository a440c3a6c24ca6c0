//! What this node keeps in the buckets for the rooms that it owns: their records, written again before
//! they expire, and what the next owner would have to know, written when it changes.

use crate::claim::{Claim, Refreshed, refresh, release};
use crate::joining::Step;
use crate::owner::{ANNOUNCE, Owner, REFRESH};
use crate::state;
use conclave_protocol::ids::Sid;
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

/// Records, and states, written at a time; the others are due at the next beat still.
const MAX_WRITES: usize = 512;
/// How soon a record or state is tried again that could not be written.
const AGAIN: Duration = Duration::from_secs(1);

/// Records being written again.
pub(crate) type Refreshes = FuturesUnordered<BoxFuture<'static, (Sid, Refreshed)>>;
/// States being written; true where one was.
pub(crate) type Stores = FuturesUnordered<BoxFuture<'static, (Sid, bool)>>;

impl Owner {
    /// Everything has to be written again at once.
    pub(crate) fn rewrite_all(&mut self) {
        let now = Instant::now();
        for owned in self.rooms.values_mut() {
            (owned.refresh_at, owned.store_at) = (now, now);
        }
        self.write_due(now);
    }

    /// Writes what is due.
    pub(crate) fn write_due(&mut self, now: Instant) {
        for (sid, owned) in &mut self.rooms {
            if self.refreshes.len() < MAX_WRITES && !owned.refreshing && now >= owned.refresh_at {
                owned.refreshing = true;
                let (kv, sid, claim) = (self.kv.clone(), sid.clone(), owned.claim.clone());
                let granted = self.grant_key.clone();
                self.refreshes.push(Box::pin(async move {
                    let refreshed = refresh(&kv, &claim, &granted).await;
                    (sid, refreshed)
                }));
            }
            if now >= owned.announce_at {
                owned.announce_at = now + ANNOUNCE;
                self.errands.own(sid, owned.claim.record.epoch, &self.node);
            }
            if self.stores.len() < MAX_WRITES && !owned.storing {
                let changed = owned.room.take_kept();
                let due = now >= owned.store_at;
                let Some(kept) = changed.or_else(|| due.then(|| owned.room.kept())) else {
                    continue;
                };
                owned.storing = true;
                let (kv, node, sid) = (self.kv.clone(), self.node.clone(), sid.clone());
                let (seal, record) = (owned.state_key.clone(), owned.claim.record.clone());
                self.stores.push(Box::pin(async move {
                    let stored = state::store(&kv, &node, &record, &seal, &kept).await;
                    (sid, stored)
                }));
            }
        }
    }

    /// A record was written again, or not.
    pub(crate) async fn refreshed(&mut self, (sid, outcome): (Sid, Refreshed)) {
        if let Some(mut claim) = self.ending.remove(&sid) {
            if let Refreshed::Kept(revision) = outcome {
                claim.revision = revision;
            }
            return self.release(claim);
        }
        let Some(owned) = self.rooms.get_mut(&sid) else { return };
        owned.refreshing = false;
        match outcome {
            Refreshed::Kept(revision) => {
                owned.claim.revision = revision;
                owned.refresh_at = Instant::now() + REFRESH;
            }
            Refreshed::Unavailable => owned.refresh_at = Instant::now() + AGAIN,
            Refreshed::Lost => self.let_go(&sid).await,
        }
    }

    /// A state was written, or not.
    pub(crate) fn stored(&mut self, (sid, stored): (Sid, bool)) {
        if stored {
            self.counts.states_written.fetch_add(1, Ordering::Relaxed);
        }
        match self.rooms.get_mut(&sid) {
            Some(owned) => {
                owned.storing = false;
                owned.store_at = Instant::now() + if stored { state::AGAIN } else { AGAIN };
            }
            // The room ended while it was written.
            None => self.delete_state(sid),
        }
    }

    /// A room is over: its record and its state go.
    pub(crate) fn end(&mut self, sid: &Sid) {
        let Some(owned) = self.rooms.remove(sid) else { return };
        tracing::info!(%sid, "a room is over");
        self.errands.over(sid);
        self.ignored += owned.room.ignored();
        if !owned.storing {
            self.delete_state(sid.clone());
        }
        // A refresh that is under way would put the record back.
        if owned.refreshing {
            self.ending.insert(sid.clone(), owned.claim);
        } else {
            self.release(owned.claim);
        }
    }

    fn release(&self, claim: Claim) {
        let kv = self.kv.clone();
        self.steps.push(Box::pin(async move {
            release(&kv, &claim).await;
            Step::Released
        }));
    }

    fn delete_state(&self, sid: Sid) {
        let (kv, node) = (self.kv.clone(), self.node.clone());
        self.steps.push(Box::pin(async move {
            state::delete(&kv, &node, &sid).await;
            Step::Released
        }));
    }
}
