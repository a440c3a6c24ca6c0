//! Publishing without waiting: a bounded queue before each NATS connection, so that a connection
//! that is down stalls nobody. What finds it full, or waited in it for too long to be true still,
//! is dropped and counted; participants notice the gap by the beat and ask again.

use async_nats::Client;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// Messages that may wait.
const QUEUE: usize = 4096;
/// Older ones are not sent: by then this node may have been replaced as owner.
const MAX_AGE: Duration = Duration::from_secs(2);

struct Waiting {
    since: Instant,
    subject: String,
    payload: Vec<u8>,
}

#[derive(Debug, Clone)]
pub(crate) struct Publisher {
    queue: mpsc::Sender<Waiting>,
    dropped: Arc<AtomicU64>,
}

impl Publisher {
    /// Starts publishing on `client` until every clone is gone.
    pub(crate) fn start(client: Client) -> Self {
        let (queue, mut inbox) = mpsc::channel::<Waiting>(QUEUE);
        let dropped = Arc::new(AtomicU64::new(0));
        let count = Arc::clone(&dropped);
        tokio::spawn(async move {
            while let Some(Waiting { since, subject, payload }) = inbox.recv().await {
                let stale = since.elapsed() > MAX_AGE;
                if stale || client.publish(subject, payload.into()).await.is_err() {
                    count.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        Self { queue, dropped }
    }

    pub(crate) fn publish(&self, subject: String, payload: Vec<u8>) {
        let waiting = Waiting { since: Instant::now(), subject, payload };
        if self.queue.try_send(waiting).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Messages dropped so far.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}
