//! Publishing without waiting: a bounded queue before each NATS connection, so that a connection
//! that is down stalls nobody. What finds it full is dropped and counted; participants notice the
//! gap by the beat and ask again.

use async_nats::Client;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tokio::sync::mpsc;

/// Messages that may wait.
const QUEUE: usize = 4096;

#[derive(Debug, Clone)]
pub(crate) struct Publisher {
    queue: mpsc::Sender<(String, Vec<u8>)>,
    dropped: Arc<AtomicU64>,
}

impl Publisher {
    /// Starts publishing on `client` until every clone is gone.
    pub(crate) fn start(client: Client) -> Self {
        let (queue, mut inbox) = mpsc::channel::<(String, Vec<u8>)>(QUEUE);
        tokio::spawn(async move {
            while let Some((subject, payload)) = inbox.recv().await {
                if let Err(error) = client.publish(subject, payload.into()).await {
                    tracing::warn!(kind = ?error.kind(), "a message was not published");
                }
            }
        });
        Self { queue, dropped: Arc::default() }
    }

    pub(crate) fn publish(&self, subject: String, payload: Vec<u8>) {
        if self.queue.try_send((subject, payload)).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Messages dropped so far.
    pub(crate) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}
