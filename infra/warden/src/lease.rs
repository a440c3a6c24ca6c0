//! One of several wardens works: the one that holds the lease, a key in bucket `rooms` that expires
//! unless it is written again. A warden that cannot renew it in time stops before another may begin.

use conclave_bus::{Expect, Kv, KvError};
use conclave_protocol::bucket::{LEASE, ROOMS};
use conclave_protocol::encoding::{from_hex, hex, keyed_hash, sha256};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};
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

/// How far another warden's clock may be from ours, in milliseconds.
const FOREIGN_CLOCK_MILLIS: u64 = 60_000;

/// What all wardens of a deployment know and nobody else does: the operator's key signs accounts.
#[derive(Clone)]
pub(crate) struct LeaseKey([u8; 32]);

impl LeaseKey {
    pub(crate) fn derive(operator_seed: &str) -> Self {
        Self(keyed_hash(&sha256(operator_seed.as_bytes()), &[b"lease"]))
    }

    /// A warden's word that it works, at a time in milliseconds since 1970.
    fn word(&self, name: &str, at: u64) -> Vec<u8> {
        format!("{}.{at}.{name}", hex(&self.hash(name, at))).into_bytes()
    }

    /// Who said this, and when; `None` where no warden did.
    fn read<'a>(&self, word: &'a [u8]) -> Option<(&'a str, u64)> {
        let mut parts = std::str::from_utf8(word).ok()?.splitn(3, '.');
        let (hash, at, name) = (parts.next()?, parts.next()?.parse().ok()?, parts.next()?);
        (from_hex(hash)? == self.hash(name, at)).then_some((name, at))
    }

    fn hash(&self, name: &str, at: u64) -> [u8; 32] {
        keyed_hash(&self.0, &[&at.to_be_bytes(), name.as_bytes()])
    }
}

fn unix_millis() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

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
    key: LeaseKey,
    tenure: watch::Sender<Tenure>,
    /// The newest word of another warden, and when it was first seen.
    other: Mutex<Option<(u64, Instant)>>,
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
    pub(crate) fn new(kv: Kv, name: String, key: LeaseKey) -> Self {
        let tenure = watch::Sender::new(Tenure::default());
        Self { kv, name, key, tenure, other: Mutex::new(None) }
    }

    pub(crate) fn holding(&self) -> Holding {
        Holding(self.tenure.subscribe())
    }

    /// Renews the lease, or takes it where no other warden has it. Others than wardens may write into the
    /// bucket: what none of them wrote is overwritten, and ends no tenure.
    pub(crate) async fn keep(&self) -> Round {
        let known = self.tenure.borrow().revision;
        // Expired, it left nothing.
        for revision in known.into_iter().chain([0]) {
            match self.write(Expect::Revision(revision), TTL).await {
                Err(KvError::Conflict) => {}
                outcome => return self.round(outcome),
            }
        }
        let Ok(entry) = self.kv.read_any(ROOMS, LEASE).await else { return Round::Unknown };
        if entry.value.is_some_and(|value| self.is_anothers(&value, Instant::now())) {
            if self.tenure.send_replace(Tenure::default()).holds(Instant::now()) {
                tracing::warn!("this warden lost its lease");
            }
            return Round::Theirs;
        }
        let asked = Instant::now();
        match self.write(Expect::Revision(entry.revision), TTL).await {
            // Somebody writes faster than this, who is no warden.
            Err(KvError::Conflict) if self.tenure.borrow().holds(asked) => {
                self.tenure.send_replace(Tenure::renewed(asked, entry.revision));
                Round::Ours
            }
            Err(KvError::Conflict) => Round::Unknown,
            outcome => self.round(outcome),
        }
    }

    fn round(&self, outcome: Result<Tenure, KvError>) -> Round {
        // It may hold until it has expired.
        let Ok(tenure) = outcome else { return Round::Unknown };
        let before = self.tenure.send_replace(tenure);
        if !before.holds(Instant::now()) {
            tracing::info!("this warden works");
        }
        Round::Ours
    }

    async fn write(&self, expect: Expect, ttl: Duration) -> Result<Tenure, KvError> {
        let asked = Instant::now();
        let value = self.key.word(&self.name, unix_millis());
        let revision = self.kv.put(ROOMS, LEASE, value, expect, Some(ttl)).await?;
        Ok(Tenure::renewed(asked, revision))
    }

    /// Whether another warden said this, lately: it says something newer each second, so that what is said
    /// again, or stays, was not said by a living one.
    fn is_anothers(&self, value: &[u8], now: Instant) -> bool {
        let Some((name, at)) = self.key.read(value) else { return false };
        if name == self.name || unix_millis().abs_diff(at) > FOREIGN_CLOCK_MILLIS {
            return false;
        }
        let mut other = self.other.lock().unwrap_or_else(PoisonError::into_inner);
        match *other {
            Some((newest, _)) if at < newest => false,
            Some((newest, seen)) if at == newest => now.saturating_duration_since(seen) < TTL,
            _ => {
                *other = Some((at, now));
                true
            }
        }
    }

    /// Lets go of the lease: another may have it within about a second.
    pub(crate) async fn release(&self) {
        let Tenure { revision: Some(revision), .. } = self.tenure.send_replace(Tenure::default())
        else {
            return;
        };
        // Where this fails it expires a little later.
        let _ = self.write(Expect::Revision(revision), Duration::from_secs(1)).await;
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

    #[test]
    fn a_word_is_a_wardens_or_nobodys() {
        let key = LeaseKey::derive("SO1");
        let word = key.word("a.b", 7);
        assert_eq!(key.read(&word), Some(("a.b", 7)));
        assert_eq!(LeaseKey::derive("SO2").read(&word), None);
        let text = String::from_utf8(word).unwrap();
        for bad in [text.replace(".7.", ".8."), text.replace("a.b", "c"), "a".into(), "..".into()] {
            assert_eq!(key.read(bad.as_bytes()), None, "{bad}");
        }
    }
}
