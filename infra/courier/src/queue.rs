//! The queue: takes entries, has them delivered, and says what became of them.

use crate::config::Config;
use crate::delivery::{Deliverer, Outcome, pause};
use async_nats::jetstream::consumer::PullConsumer;
use async_nats::jetstream::{self, AckKind, Message};
use conclave_bus::{Expect, Kv};
use conclave_protocol::outbox::{CONSUMER, KEYS, STREAM, TRIED_SECONDS, id_of, open};
use conclave_protocol::subjects::COURIER_INBOX;
use futures_util::StreamExt;
use std::time::{Duration, SystemTime};

/// Entries taken at a time, and delivered side by side.
const BATCH: usize = 16;
/// How long to wait for entries before asking again.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long to wait after the queue could not be asked.
const AFTER_FAILURE: Duration = Duration::from_secs(1);
const KV_DEADLINE: Duration = Duration::from_secs(2);
/// How long the memory of a destroyed key lives: against a delivery that is under way elsewhere.
const DESTROYED: Duration = Duration::from_secs(60);

/// Why a courier did not start.
#[derive(Debug, thiserror::Error)]
pub enum CourierError {
    /// NATS cannot be reached or refuses the credential.
    #[error(transparent)]
    Bus(#[from] conclave_bus::ConnectError),
    /// The queue is not there.
    #[error("the outbox is not there: is the warden configured for webhooks?")]
    Queue,
    /// TLS cannot be set up.
    #[error("cannot set up HTTP: {0}")]
    Http(#[from] reqwest::Error),
}

/// Delivers until `shutdown` resolves; calls `ready` once.
///
/// # Errors
/// [`CourierError`], before `ready` only: later troubles are logged and tried again.
pub async fn run(
    config: Config,
    ready: impl FnOnce() + Send,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), CourierError> {
    let client = conclave_bus::connect(&config.nats, COURIER_INBOX, "courier").await?;
    let deliverer = Deliverer::new(&config)?;
    let kv = Kv::new(client.clone(), KV_DEADLINE);
    let jetstream = jetstream::new(client);
    let consumer: PullConsumer = jetstream
        .get_consumer_from_stream(CONSUMER, STREAM)
        .await
        .map_err(|_| CourierError::Queue)?;
    ready();
    tokio::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => return Ok(()),
            () = batch(&consumer, &kv, &deliverer) => {}
        }
    }
}

async fn batch(consumer: &PullConsumer, kv: &Kv, deliverer: &Deliverer) {
    let entries = match consumer.fetch().max_messages(BATCH).expires(PATIENCE).messages().await {
        Ok(entries) => entries,
        Err(_) => {
            tracing::warn!("the outbox cannot be asked");
            return tokio::time::sleep(AFTER_FAILURE).await;
        }
    };
    let each = |entry: Result<Message, _>| async move {
        match entry {
            Ok(message) => handle(&message, kv, deliverer).await,
            Err(_) => tracing::warn!("the outbox broke off"),
        }
    };
    entries.for_each_concurrent(BATCH, each).await;
}

/// Delivers one entry. What is not acknowledged comes again.
async fn handle(message: &Message, kv: &Kv, deliverer: &Deliverer) {
    let Some(id) = id_of(&message.subject) else {
        return end(message, AckKind::Term, "an entry of the outbox is foreign").await;
    };
    let (tries, age) = message.info().map_or((1, 0), |info| {
        let age = SystemTime::now().duration_since(SystemTime::from(info.published));
        (u32::try_from(info.delivered).unwrap_or(1), age.map_or(0, |age| age.as_secs()))
    });
    let Ok(entry) = kv.read(KEYS, id).await else {
        return end(message, AckKind::Nak(Some(pause(tries))), "an entry's key cannot be read")
            .await;
    };
    let body = entry.value.and_then(|key| open(id, &key, message.payload.to_vec()).ok());
    let Some(body) = body else {
        // Delivered by another courier, or lost with a lone NATS's memory.
        return end(message, AckKind::Term, "an entry cannot be opened any more").await;
    };
    match deliverer.deliver(id, body).await {
        Outcome::Delivered => {
            destroy(kv, id).await;
            if message.ack().await.is_err() {
                tracing::debug!("an entry may come again");
            }
        }
        Outcome::Failed if age < TRIED_SECONDS => {
            end(message, AckKind::Nak(Some(pause(tries))), "a webhook was not taken").await;
        }
        Outcome::Gone | Outcome::Failed => {
            destroy(kv, id).await;
            end(message, AckKind::Term, "a webhook is given up").await;
        }
    }
}

async fn end(message: &Message, how: AckKind, why: &str) {
    tracing::warn!("{why}");
    if message.ack_with(how).await.is_err() {
        tracing::debug!("an entry may come again");
    }
}

async fn destroy(kv: &Kv, id: &str) {
    if kv.delete(KEYS, id, Expect::Any, DESTROYED).await.is_err() {
        tracing::warn!("the key of a delivered webhook stays until it expires");
    }
}
