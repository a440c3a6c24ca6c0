//! The warden: makes the buckets and sees to it that they stay. It has no listener.
//!
//! A memory stream is gone, not empty, after a restart of a lone NATS; it is made again within about
//! a second, and owners put their state back. The warden says when they have had the time to
//! ([`bucket::READY`]).

use crate::sentinel::Sentinel;
use conclave_bus::Kv;
use conclave_protocol::bucket::{self, Bucket, Storage};
use conclave_protocol::service::BusUser;
use conclave_protocol::subjects::WARDEN_INBOX;

use async_nats::connection::State;
use async_nats::datetime::DateTime;
use async_nats::jetstream::context::{Context, GetStreamError, GetStreamErrorKind};
use async_nats::jetstream::stream::{Config as Stream, DiscardPolicy, StorageType};
use async_nats::jetstream::{self, ErrorCode};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use tokio::time::{MissedTickBehavior, interval};

/// How often the buckets are looked at.
const ROUND: Duration = Duration::from_millis(500);

/// How long a write may take.
const DEADLINE: Duration = Duration::from_secs(2);

/// The warden's configuration file (JSON).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// Bus, account CTRL, role warden.
    pub nats: BusUser,
    /// Copies of each bucket: 1 on one machine, 3 in a cluster.
    #[serde(default = "one")]
    pub replicas: usize,
}

fn one() -> usize {
    1
}

/// Why a warden did not start.
#[derive(Debug, thiserror::Error)]
pub enum WardenError {
    /// NATS cannot be reached or refuses the credential.
    #[error(transparent)]
    Bus(#[from] conclave_bus::ConnectError),
    /// NATS does not make a bucket.
    #[error("cannot make the bucket {0}: {1}")]
    Bucket(&'static str, String),
}

/// Makes the buckets, calls `ready` once, and keeps them until `shutdown` resolves.
///
/// # Errors
/// [`WardenError`], before `ready` only: later troubles are logged and tried again.
pub async fn run(
    config: Config,
    ready: impl FnOnce() + Send,
    shutdown: impl Future<Output = ()> + Send,
) -> Result<(), WardenError> {
    let client = conclave_bus::connect(&config.nats, WARDEN_INBOX, "warden").await?;
    let jetstream = jetstream::new(client.clone());
    let rooms_were_there = exists(&jetstream, bucket::ROOMS).await?;
    let mut sentinel = Sentinel::new(Kv::new(client.clone(), DEADLINE));
    for bucket in bucket::ALL {
        let info = jetstream
            .create_or_update_stream(stream(bucket, config.replicas))
            .await
            .map_err(|error| WardenError::Bucket(bucket.name, error.to_string()))?;
        if bucket == bucket::ROOMS {
            sentinel.seen(info.created);
        }
    }
    if !rooms_were_there {
        // Services wait for the warden: there are no owners yet.
        sentinel.write().await.map_err(|error| {
            WardenError::Bucket(bucket::ROOMS.name, format!("cannot write into it: {error}"))
        })?;
    }
    ready();
    let mut round = interval(ROUND);
    round.set_missed_tick_behavior(MissedTickBehavior::Delay);
    tokio::pin!(shutdown);
    loop {
        tokio::select! {
            () = &mut shutdown => return Ok(()),
            _ = round.tick() => {}
        }
        if client.connection_state() == State::Connected {
            tokio::select! {
                () = &mut shutdown => return Ok(()),
                () = look_after(&jetstream, config.replicas, &mut sentinel) => {}
            }
        }
    }
}

/// The stream behind a bucket, as NATS is asked for it.
#[must_use]
pub fn stream(bucket: Bucket, replicas: usize) -> Stream {
    Stream {
        name: bucket.stream(),
        subjects: vec![bucket.subject(">")],
        storage: match bucket.storage {
            Storage::Memory => StorageType::Memory,
            Storage::File => StorageType::File,
        },
        num_replicas: replicas,
        max_messages_per_subject: 1,
        discard: DiscardPolicy::New,
        discard_new_per_subject: bucket.write_once,
        allow_message_ttl: true,
        // Whoever may put one key could wipe the bucket by a rollup. Delete markers are off for the
        // same reason: where they are on, the server switches rollups on with them. A key that
        // expires leaves nothing, and may be created again at sequence 0.
        subject_delete_marker_ttl: None,
        allow_rollup: false,
        deny_delete: true,
        allow_direct: true,
        ..Stream::default()
    }
}

async fn look_after(jetstream: &Context, replicas: usize, sentinel: &mut Sentinel<DateTime>) {
    for bucket in bucket::ALL {
        let created = match jetstream.get_stream(bucket.stream()).await {
            Ok(found) => found.cached_info().created,
            Err(error) if is_gone(&error) => {
                match jetstream.create_stream(stream(bucket, replicas)).await {
                    Ok(made) => {
                        tracing::warn!(bucket = bucket.name, "a bucket was gone and is made again");
                        made.cached_info().created
                    }
                    Err(error) => {
                        tracing::warn!(bucket = bucket.name, %error, "cannot make a bucket");
                        continue;
                    }
                }
            }
            // NATS starting, a slow answer: the next round looks again.
            Err(_) => continue,
        };
        if bucket == bucket::ROOMS {
            sentinel.seen(created);
            sentinel.write_if_due().await;
        }
    }
}

fn is_gone(error: &GetStreamError) -> bool {
    match error.kind() {
        GetStreamErrorKind::JetStream(why) => why.error_code() == ErrorCode::STREAM_NOT_FOUND,
        _ => false,
    }
}

async fn exists(jetstream: &Context, bucket: Bucket) -> Result<bool, WardenError> {
    match jetstream.get_stream(bucket.stream()).await {
        Ok(_) => Ok(true),
        Err(error) if is_gone(&error) => Ok(false),
        Err(error) => Err(WardenError::Bucket(bucket.name, error.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_bucket_can_be_wiped_or_reserves_memory() {
        for bucket in bucket::ALL {
            let stream = stream(bucket, 1);
            assert!(!stream.allow_rollup && stream.deny_delete);
            assert!(stream.subject_delete_marker_ttl.is_none(), "it would allow rollups");
            assert_eq!(stream.max_bytes, 0, "a bound would be reserved up front");
            assert_eq!(stream.max_messages_per_subject, 1);
        }
    }

    #[test]
    fn redeemed_tokens_are_on_disk_and_written_once() {
        let tickets = stream(bucket::TICKETS, 1);
        assert_eq!(tickets.storage, StorageType::File);
        assert!(tickets.discard_new_per_subject);
    }
}
