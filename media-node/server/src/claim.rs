//! A room's record: claimed, kept alive and given up by compare-and-set, so that a room has one
//! owner however many nodes try.

use conclave_bus::{Expect, Kv, KvError};
use conclave_protocol::bucket::ROOMS;
use conclave_protocol::ids::{NodeId, RoomKey};
use conclave_protocol::kv::Entry;
use conclave_protocol::node::RoomRecord;
use std::time::Duration;

/// How long a record outlives its owner's last refresh, beyond the room's own timeout.
const GRACE: Duration = Duration::from_secs(60);

/// A record that this node wrote last.
#[derive(Debug, Clone)]
pub(crate) struct Claim {
    pub(crate) key: RoomKey,
    pub(crate) record: RoomRecord,
    pub(crate) revision: u64,
}

/// What came of an attempt to own a room.
#[derive(Debug)]
pub(crate) enum Claimed {
    Ours(Claim),
    Theirs(NodeId),
    /// The room is over.
    Ended,
    Unavailable,
}

/// Claims the room as read by an edge at `revision`; the loser of a race learns who won.
pub(crate) async fn claim(
    kv: &Kv,
    me: &NodeId,
    key: RoomKey,
    before: RoomRecord,
    revision: u64,
) -> Claimed {
    let sid = before.sid.clone();
    let record = RoomRecord { node: Some(me.clone()), epoch: before.epoch + 1, ..before };
    match write(kv, &key, &record, Expect::Revision(revision)).await {
        Ok(revision) => Claimed::Ours(Claim { key, record, revision }),
        // An answer that was lost may have been a success: reading tells.
        Err(KvError::Conflict | KvError::Unavailable) => match read(kv, &key).await {
            Ok(Some((found, revision))) if found.sid == sid => match &found.node {
                Some(node) if node == me && found == record => {
                    Claimed::Ours(Claim { key, record, revision })
                }
                Some(node) if node != me => Claimed::Theirs(node.clone()),
                _ => Claimed::Unavailable,
            },
            Ok(Some(_)) => Claimed::Ended,
            // Deleted, expired, or lost with a lone NATS's memory: the edge can tell.
            Ok(None) | Err(_) => Claimed::Unavailable,
        },
    }
}

/// What a refresh found.
#[derive(Debug)]
pub(crate) enum Refreshed {
    Kept(u64),
    /// Another owner, another life, or the end: this node must let go.
    Lost,
    Unavailable,
}

/// Writes the record again before it expires; puts it back where a lone NATS lost its memory.
pub(crate) async fn refresh(kv: &Kv, claim: &Claim) -> Refreshed {
    match write(kv, &claim.key, &claim.record, Expect::Revision(claim.revision)).await {
        Ok(revision) => Refreshed::Kept(revision),
        Err(KvError::Unavailable) => Refreshed::Unavailable,
        Err(KvError::Conflict) => match kv.read(ROOMS, claim.key.as_str()).await {
            // Never written: a lone NATS lost its memory. (Expiry leaves nothing either.)
            Ok(Entry { value: None, revision: 0 }) => {
                match write(kv, &claim.key, &claim.record, Expect::Revision(0)).await {
                    Ok(revision) => Refreshed::Kept(revision),
                    Err(_) => Refreshed::Unavailable,
                }
            }
            // Deleted: the room was ended.
            Ok(Entry { value: None, .. }) => Refreshed::Lost,
            Ok(Entry { value: Some(value), revision }) => match serde_json::from_slice(&value) {
                Ok(found) if claim.record == found => Refreshed::Kept(revision),
                _ => Refreshed::Lost,
            },
            Err(_) => Refreshed::Unavailable,
        },
    }
}

/// Deletes the record of a room that is over, unless it is no longer ours. A refresh that was under
/// way may have moved its revision: then it is ours still, and goes all the same.
pub(crate) async fn release(kv: &Kv, claim: &Claim) {
    let delete = |revision| kv.delete(ROOMS, claim.key.as_str(), Expect::Revision(revision));
    let mut outcome = delete(claim.revision).await;
    if outcome == Err(KvError::Conflict) {
        outcome = match read(kv, &claim.key).await {
            Ok(Some((found, revision))) if found == claim.record => delete(revision).await,
            other => other.map(drop),
        };
    }
    if let Err(error) = outcome {
        tracing::warn!(sid = %claim.record.sid, %error, "a room's record stays until it expires");
    }
}

async fn write(
    kv: &Kv,
    key: &RoomKey,
    record: &RoomRecord,
    expect: Expect,
) -> Result<u64, KvError> {
    let ttl = GRACE + Duration::from_secs(u64::from(record.settings.empty_timeout));
    let value = serde_json::to_vec(record).map_err(|_| KvError::Unavailable)?;
    kv.put(ROOMS, key.as_str(), value, expect, Some(ttl)).await
}

async fn read(kv: &Kv, key: &RoomKey) -> Result<Option<(RoomRecord, u64)>, KvError> {
    let Entry { value, revision } = kv.read(ROOMS, key.as_str()).await?;
    let record = value.and_then(|value| serde_json::from_slice(&value).ok());
    Ok(record.map(|record| (record, revision)))
}
