//! The node's entry in the registry: put every second, gone three seconds after the last.

use crate::load::{Meter, processor_ticks};
use conclave_bus::{Expect, Kv};
use conclave_protocol::bucket::NODES;
use conclave_protocol::ids::NodeId;
use conclave_protocol::node::NodeRecord;
use std::time::{Duration, Instant};

/// Time between two heartbeats.
pub(crate) const BEAT: Duration = Duration::from_secs(1);
/// How long an entry lives without another heartbeat.
const TTL: Duration = Duration::from_secs(3);
/// An owner whose heartbeats are not acknowledged for this long may have been replaced, and says
/// nothing more on the bus.
const SILENT_AFTER: Duration = Duration::from_secs(2);

/// What the entry says, besides the load that is measured here.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Figures {
    pub(crate) participants: u32,
    pub(crate) rooms: u32,
    pub(crate) packets: u64,
    /// Messages of participants that no room could use.
    pub(crate) ignored: u64,
}

/// Whether the registry knows this node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Standing {
    acknowledged: Option<Instant>,
    /// Rises when the registry was found empty: whatever this node put elsewhere is gone as well.
    pub(crate) generation: u64,
}

impl Standing {
    pub(crate) const fn unknown() -> Self {
        Self { acknowledged: None, generation: 0 }
    }

    /// True where this node may speak for its rooms.
    pub(crate) fn may_speak(&self, now: Instant) -> bool {
        self.acknowledged.is_some_and(|at| now.saturating_duration_since(at) < SILENT_AFTER)
    }
}

/// Puts the entry each time it is asked to.
pub(crate) struct Registry {
    kv: Kv,
    node: NodeId,
    region: String,
    meter: Meter,
    revision: u64,
    standing: Standing,
}

impl Registry {
    pub(crate) fn new(kv: Kv, node: NodeId, region: String, capacity_packets: u32) -> Self {
        let meter = Meter::new(capacity_packets);
        Self { kv, node, region, meter, revision: 0, standing: Standing::unknown() }
    }

    /// One heartbeat.
    pub(crate) async fn beat(&mut self, figures: Figures) -> Standing {
        let asked = Instant::now();
        let record = NodeRecord {
            region: self.region.clone(),
            load: self.meter.measure(asked, processor_ticks(), figures.packets),
            participants: figures.participants,
            rooms: figures.rooms,
            draining: false,
            version: env!("CARGO_PKG_VERSION").to_owned(),
        };
        let value = serde_json::to_vec(&record).unwrap_or_default();
        let put = self.kv.put(NODES, self.node.as_str(), value, Expect::Any, Some(TTL)).await;
        match put {
            Ok(revision) => {
                if revision <= self.revision {
                    self.standing.generation += 1;
                }
                self.revision = revision;
                self.standing.acknowledged = Some(asked);
            }
            Err(error) => tracing::warn!(%error, "a heartbeat was not acknowledged"),
        }
        self.standing
    }

    /// Takes the entry away, so that no edge sends anybody here any more.
    pub(crate) async fn withdraw(&self) {
        if let Err(error) = self.kv.delete(NODES, self.node.as_str(), Expect::Any, TTL).await {
            tracing::debug!(%error, "the entry expires by itself");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_falls_silent_two_seconds_after_the_last_acknowledgement() {
        let now = Instant::now();
        assert!(!Standing::unknown().may_speak(now));
        let standing = Standing { acknowledged: Some(now), generation: 0 };
        assert!(standing.may_speak(now + Duration::from_millis(1999)));
        assert!(!standing.may_speak(now + SILENT_AFTER));
    }
}
