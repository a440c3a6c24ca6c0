//! One of several wardens works: the one that holds the lease, a key in bucket `rooms` that expires
//! unless it is written again. A warden that cannot renew it in time stops before another may begin.

use conclave_bus::{Expect, Kv, KvError};
use conclave_protocol::bucket::{LEASE, ROOMS};
use std::time::Duration;
use tokio::sync::watch;
use tokio::time::Instant;

/// How long the key lives.
const TTL: Duration = Duration::from_secs(5);
/// Earlier by this much its holder stops, for its clock may be slower than NATS's, and what it has
/// asked for last may be under way.
const MARGIN: Duration = Duration::from_secs(1);
/// Pause between two renewals.
pub(crate) const RENEW: Duration = Duration::from_secs(1);
/// Pause between two tries of who does not hold it.
pub(crate) const TRY: Duration = Duration::from_millis(500);

/// What is known of the lease.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
struct Tenure {
    revision: Option<u64>,
    until: Option<Instant>,
}

impl Tenure {
    fn renewed(asked: Instant, revision: u64) -> Self {
        Self { revision: Some(revision), until: Some(asked + TTL - MARGIN) }
    }

    fn holds(&self, now: Instant) -> bool {
        self.until.is_some_and(|until| now < until)
    }
}

/// Takes the lease and keeps it.
pub(crate) struct Lease {
    kv: Kv,
    name: String,
    tenure: watch::Sender<Tenure>,
}

/// Tells whether this warden works. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Holding(watch::Receiver<Tenure>);

impl Holding {
    pub(crate) fn is_ours(&self) -> bool {
        self.0.borrow().holds(Instant::now())
    }
}

/// How a round of [`Lease::keep`] went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Round {
    /// This warden works.
    Ours,
    /// Another does.
    Theirs,
    /// NATS does not say: the bucket may be gone.
    Unknown,
}

impl Lease {
    pub(crate) fn new(kv: Kv, name: String) -> Self {
        Self { kv, name, tenure: watch::Sender::new(Tenure::default()) }
    }

    pub(crate) fn holding(&self) -> Holding {
        Holding(self.tenure.subscribe())
    }

    /// The first round of a process. The lease of a warden with this name is its own: it was left by
    /// an earlier life of it.
    pub(crate) async fn begin(&self) -> Round {
        let round = self.keep().await;
        if round != Round::Theirs {
            return round;
        }
        match self.kv.read_any(ROOMS, LEASE).await {
            Ok(entry) if entry.value.as_deref() == Some(self.name.as_bytes()) => {
                self.write(Expect::Revision(entry.revision)).await
            }
            Ok(_) => Round::Theirs,
            Err(_) => Round::Unknown,
        }
    }

    /// Renews the lease, or takes it where nobody has it.
    pub(crate) async fn keep(&self) -> Round {
        let revision = self.tenure.borrow().revision;
        if let Some(revision) = revision {
            match self.write(Expect::Revision(revision)).await {
                Round::Theirs => {}
                known => return known,
            }
        }
        // Expired, it left nothing.
        self.write(Expect::Revision(0)).await
    }

    async fn write(&self, expect: Expect) -> Round {
        let asked = Instant::now();
        let name = self.name.clone().into_bytes();
        match self.kv.put(ROOMS, LEASE, name, expect, Some(TTL)).await {
            Ok(revision) => {
                let before = self.tenure.send_replace(Tenure::renewed(asked, revision));
                if !before.holds(asked) {
                    tracing::info!("this warden works");
                }
                Round::Ours
            }
            Err(KvError::Conflict) => {
                if self.tenure.send_replace(Tenure::default()).holds(asked) {
                    tracing::warn!("this warden lost its lease");
                }
                Round::Theirs
            }
            // It may hold until it has expired.
            Err(KvError::Unavailable) => Round::Unknown,
        }
    }

    /// Lets go of the lease: another may have it within about a second.
    pub(crate) async fn release(&self) {
        let Tenure { revision: Some(revision), .. } = self.tenure.send_replace(Tenure::default())
        else {
            return;
        };
        let (second, expect) = (Duration::from_secs(1), Expect::Revision(revision));
        let name = self.name.clone().into_bytes();
        // Where this fails it expires a little later.
        let _ = self.kv.put(ROOMS, LEASE, name, expect, Some(second)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lease_ends_for_its_holder_before_it_ends_for_others() {
        let asked = Instant::now();
        assert!(!Tenure::default().holds(asked));
        let tenure = Tenure::renewed(asked, 3);
        assert!(tenure.holds(asked + Duration::from_millis(3999)));
        assert!(!tenure.holds(asked + Duration::from_millis(4000)));
    }
}
