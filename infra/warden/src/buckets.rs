//! The buckets as streams: made, looked after, made again.

use crate::config::Config;
use crate::error::WardenError;
use async_nats::datetime::DateTime;
use async_nats::jetstream::consumer::{AckPolicy, pull};
use async_nats::jetstream::context::{Context, GetStreamError, GetStreamErrorKind};
use async_nats::jetstream::stream::{
    Config as Stream, DiscardPolicy, RetentionPolicy, StorageType,
};
use async_nats::jetstream::{self, ErrorCode};
use conclave_protocol::bucket::{self, Bucket, Storage};
use conclave_protocol::outbox;
use std::time::Duration;

/// How long a courier may take with an entry before another gets it.
const ACK_WAIT: Duration = Duration::from_secs(30);
/// Entries that couriers may hold at a time.
const IN_FLIGHT: i64 = 256;

/// The buckets of this deployment, and the queue of webhooks where there are any.
pub(crate) struct Buckets {
    jetstream: Context,
    /// With the names by which operators know them.
    streams: Vec<(&'static str, Stream)>,
}

impl Buckets {
    pub(crate) fn new(client: async_nats::Client, config: &Config) -> Self {
        let named = |bucket: Bucket| (bucket.name, stream(bucket, config.replicas));
        let mut streams: Vec<_> = bucket::ALL.into_iter().map(named).collect();
        if let Some(seconds) = config.history_seconds {
            let (name, history) = named(bucket::HISTORY);
            // Nodes say how long a value lives; what says nothing lives no longer.
            streams.push((name, Stream { max_age: Duration::from_secs(seconds), ..history }));
        }
        if config.webhooks {
            streams.push(named(outbox::KEYS));
            streams.push((outbox::STREAM, queue(config.replicas)));
        }
        Self { jetstream: jetstream::new(client), streams }
    }

    /// True where bucket `rooms` is there.
    pub(crate) async fn has_rooms(&self) -> Result<bool, WardenError> {
        match self.jetstream.get_stream(bucket::ROOMS.stream()).await {
            Ok(_) => Ok(true),
            Err(error) if is_gone(&error) => Ok(false),
            Err(error) => Err(WardenError::Bucket(bucket::ROOMS.name, error.to_string())),
        }
    }

    /// Makes bucket `rooms` where it is not there, which any warden may, for the lease is in it.
    pub(crate) async fn make_rooms(&self) -> Result<(), WardenError> {
        if self.has_rooms().await? {
            return Ok(());
        }
        let rooms = self.streams.iter().filter(|(name, _)| *name == bucket::ROOMS.name);
        for (name, stream) in rooms {
            let made = self.jetstream.create_stream(stream.clone()).await;
            made.map_err(|error| WardenError::Bucket(name, error.to_string()))?;
        }
        Ok(())
    }

    /// Makes all of them, or brings them to this release's shape; `seen` is told when `rooms` was
    /// made.
    pub(crate) async fn make(&self, mut seen: impl FnMut(DateTime)) -> Result<(), WardenError> {
        for (name, stream) in &self.streams {
            let info = self
                .jetstream
                .create_or_update_stream(stream.clone())
                .await
                .map_err(|error| WardenError::Bucket(name, error.to_string()))?;
            if *name == bucket::ROOMS.name {
                seen(info.created);
            }
            if *name == outbox::STREAM {
                self.make_consumer().await.map_err(|why| WardenError::Bucket(name, why))?;
            }
        }
        Ok(())
    }

    /// Makes the couriers' consumer of the queue; couriers may not.
    async fn make_consumer(&self) -> Result<(), String> {
        let consumer = pull::Config {
            durable_name: Some(outbox::CONSUMER.to_owned()),
            ack_policy: AckPolicy::Explicit,
            ack_wait: ACK_WAIT,
            max_ack_pending: IN_FLIGHT,
            ..pull::Config::default()
        };
        let made = self.jetstream.create_consumer_on_stream(consumer, outbox::STREAM).await;
        made.map(drop).map_err(|error| error.to_string())
    }

    /// Makes again those that are gone; when `rooms` was made, where that is known.
    pub(crate) async fn look_after(&self) -> Option<DateTime> {
        let mut rooms = None;
        for (name, stream) in &self.streams {
            let created = match self.jetstream.get_stream(&stream.name).await {
                Ok(found) => found.cached_info().created,
                Err(error) if is_gone(&error) => match self.make_again(name, stream).await {
                    Ok(created) => created,
                    Err(error) => {
                        tracing::warn!(bucket = name, %error, "cannot make a bucket");
                        continue;
                    }
                },
                // NATS starting, a slow answer: the next round looks again.
                Err(_) => continue,
            };
            if *name == bucket::ROOMS.name {
                rooms = Some(created);
            }
        }
        rooms
    }

    async fn make_again(&self, name: &str, stream: &Stream) -> Result<DateTime, String> {
        let made = self.jetstream.create_stream(stream.clone()).await;
        let created = made.map_err(|error| error.to_string())?.cached_info().created;
        if name == outbox::STREAM {
            self.make_consumer().await?;
        }
        tracing::warn!(bucket = name, "a bucket was gone and is made again");
        Ok(created)
    }
}

/// The queue of webhooks: an entry goes when a courier has delivered it.
fn queue(replicas: usize) -> Stream {
    Stream {
        name: outbox::STREAM.to_owned(),
        subjects: vec![outbox::SUBJECTS.to_owned()],
        storage: StorageType::File,
        retention: RetentionPolicy::WorkQueue,
        num_replicas: replicas,
        max_age: Duration::from_secs(outbox::TRIED_SECONDS),
        discard: DiscardPolicy::New,
        allow_rollup: false,
        deny_delete: true,
        ..Stream::default()
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

fn is_gone(error: &GetStreamError) -> bool {
    match error.kind() {
        GetStreamErrorKind::JetStream(why) => why.error_code() == ErrorCode::STREAM_NOT_FOUND,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_bucket_can_be_wiped_or_reserves_memory() {
        for bucket in bucket::ALL.into_iter().chain([bucket::HISTORY]) {
            let stream = stream(bucket, 1);
            assert!(!stream.allow_rollup && stream.deny_delete);
            assert!(stream.subject_delete_marker_ttl.is_none(), "it would allow rollups");
            assert_eq!(stream.max_bytes, 0, "a bound would be reserved up front");
            assert_eq!(stream.max_messages_per_subject, 1);
        }
    }

    #[test]
    fn redeemed_tokens_and_bans_are_on_disk_and_written_once() {
        for bucket in [bucket::TICKETS, bucket::BANS] {
            let stream = stream(bucket, 1);
            assert_eq!(stream.storage, StorageType::File);
            assert!(stream.discard_new_per_subject);
        }
    }
}
