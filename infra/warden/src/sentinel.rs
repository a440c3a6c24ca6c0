//! The key that says that bucket `rooms` is complete ([`READY`]), and when it is written.

use conclave_bus::{Expect, Kv, KvError};
use conclave_protocol::bucket::{READY, READY_AFTER_SECONDS, ROOMS};
use std::time::Duration;
use tokio::time::Instant;

/// How often the key is written again.
const AGAIN: Duration = Duration::from_secs(5);

/// Knows which making of the bucket has been seen, and whether it is complete. `T` is NATS's time of
/// its making.
pub(crate) struct Sentinel<T> {
    kv: Kv,
    clock: Clock<T>,
}

impl<T: PartialEq> Sentinel<T> {
    pub(crate) fn new(kv: Kv) -> Self {
        Self { kv, clock: Clock { made: None, due: None } }
    }

    /// The bucket that was made at `made` is there. One that is new begins empty.
    pub(crate) fn seen(&mut self, made: T) {
        self.clock.seen(made, Instant::now());
    }

    /// Writes the key once owners have had their time.
    pub(crate) async fn write_if_due(&mut self) {
        if self.clock.is_due(Instant::now()) && self.write().await.is_err() {
            tracing::warn!("cannot say yet that all rooms are there");
        }
    }

    /// Writes the key, also where it is there: edges and nodes may write into the bucket, and one of them
    /// could have deleted it.
    ///
    /// # Errors
    /// Where NATS does not take it: to be tried again.
    pub(crate) async fn write(&mut self) -> Result<(), KvError> {
        self.kv.put(ROOMS, READY, Vec::new(), Expect::Any, None).await?;
        self.clock.due = Some(Instant::now() + AGAIN);
        Ok(())
    }
}

struct Clock<T> {
    made: Option<T>,
    due: Option<Instant>,
}

impl<T: PartialEq> Clock<T> {
    fn seen(&mut self, made: T, now: Instant) {
        let made = Some(made);
        if self.made != made {
            self.made = made;
            self.due = Some(now + Duration::from_secs(READY_AFTER_SECONDS));
        }
    }

    fn is_due(&self, now: Instant) -> bool {
        self.due.is_some_and(|due| due <= now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_making_of_the_bucket_gives_owners_their_time() {
        let begun = Instant::now();
        let at = |millis| begun + Duration::from_millis(millis);
        let mut clock = Clock { made: None, due: None };
        assert!(!clock.is_due(at(9000)), "nothing is known");
        clock.seen(1, at(0));
        clock.seen(1, at(500));
        assert!(!clock.is_due(at(3999)));
        clock.seen(2, at(3999));
        assert!(!clock.is_due(at(4000)), "lost again meanwhile");
        assert!(clock.is_due(at(7999)));
        clock.due = None;
        clock.seen(2, at(8500));
        assert!(!clock.is_due(at(60_000)), "written already");
    }
}
