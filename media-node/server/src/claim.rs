//! A room's record: claimed, kept alive and given up by compare-and-set, so that a room has one
//! owner however many nodes try. A record counts only with an edge's grant.

use conclave_bus::{Expect, Kv, KvError};
use conclave_protocol::ban::{OWNER_SECONDS, owner_key};
use conclave_protocol::bucket::{BANS, ROOMS};
use conclave_protocol::grant::PublicGrantKey;
use conclave_protocol::ids::{NodeId, RoomKey};
use conclave_protocol::kv::Entry;
use conclave_protocol::node::{JoinAtNode, RoomRecord};
use std::time::Duration;

/// How long a record outlives its owner's last refresh, beyond the room's own timeout.
const GRACE: Duration = Duration::from_secs(60);
/// How long a deleted room's marker stays: longer than any request that read the room before.
const MARKER: Duration = Duration::from_secs(120);

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

/// The record that this node writes to own the room of a join; `None` where the edge's grant is for
/// something else.
pub(crate) fn wanted(me: &NodeId, join: &JoinAtNode, key: &PublicGrantKey) -> Option<RoomRecord> {
    let record = RoomRecord { grant: Some(join.grant.clone()), ..join.record.owned_by(me) };
    record.is_granted(&join.room, key).then_some(record)
}

/// Claims the room as read by an edge at `revision`, with a record as in [`wanted`]; the loser of a
/// race learns who won.
pub(crate) async fn claim(
    kv: &Kv,
    granted: &PublicGrantKey,
    key: RoomKey,
    record: RoomRecord,
    revision: u64,
) -> Claimed {
    match write(kv, &key, &record, Expect::Revision(revision)).await {
        Ok(revision) => Claimed::Ours(Claim { key, record, revision }),
        // An answer that was lost may have been a success: reading tells.
        Err(KvError::Conflict | KvError::Unavailable) => match read(kv, &key).await {
            Ok(Some((found, revision))) if found == record => {
                Claimed::Ours(Claim { key, record, revision })
            }
            // A forgery: the true owner puts its own back.
            Ok(Some((found, _))) if !found.is_granted(&key, granted) => Claimed::Unavailable,
            Ok(Some((found, _))) if found.sid != record.sid => Claimed::Ended,
            Ok(Some((found, _))) => match found.node {
                Some(node) if Some(&node) != record.node.as_ref() => Claimed::Theirs(node),
                _ => Claimed::Unavailable,
            },
            // Deleted, expired, or lost with a lone NATS's memory: the edge can tell.
            Ok(None) | Err(_) => Claimed::Unavailable,
        },
    }
}

/// Says for edges that this node is the room's owner now: until it is written nobody is let in, or an older
/// record of the room could be taken for the latest. False where it cannot be written, or where somebody
/// wrote it before; then the room is to be claimed once more.
pub(crate) async fn announce(kv: &Kv, claim: &Claim) -> bool {
    let RoomRecord { sid, epoch, node: Some(node), .. } = &claim.record else { return false };
    let (key, value) = (owner_key(sid, *epoch), node.as_str().as_bytes().to_vec());
    let ttl = Duration::from_secs(OWNER_SECONDS);
    kv.put(BANS, &key, value, Expect::Any, Some(ttl)).await.is_ok()
}

/// What a refresh found.
#[derive(Debug)]
pub(crate) enum Refreshed {
    Kept(u64),
    /// Another owner or another life: this node must let go.
    Lost,
    Unavailable,
}

/// Writes the record again before it expires, and puts it back where it is not: a lone NATS lost
/// its memory, or somebody wrote who may not. (Edges delete only rooms without an owner.)
pub(crate) async fn refresh(kv: &Kv, claim: &Claim, granted: &PublicGrantKey) -> Refreshed {
    match write(kv, &claim.key, &claim.record, Expect::Revision(claim.revision)).await {
        Ok(revision) => return Refreshed::Kept(revision),
        Err(KvError::Unavailable) => return Refreshed::Unavailable,
        Err(KvError::Conflict) => {}
    }
    let Ok(Entry { value, revision }) = kv.read(ROOMS, claim.key.as_str()).await else {
        return Refreshed::Unavailable;
    };
    let found: Option<RoomRecord> =
        value.as_deref().and_then(|value| serde_json::from_slice(value).ok());
    let found = found.filter(|found| found.is_granted(&claim.key, granted));
    match found {
        Some(found) if found == claim.record => return Refreshed::Kept(revision),
        Some(found) if is_later(&found, &claim.record) => return Refreshed::Lost,
        // An older record, which somebody kept and wrote again, counts no more than a forgery.
        _ => {}
    }
    match write(kv, &claim.key, &claim.record, Expect::Revision(revision)).await {
        Ok(revision) => Refreshed::Kept(revision),
        Err(_) => Refreshed::Unavailable,
    }
}

/// True for the next owner's record of the same life of a room, and for that of a later life.
fn is_later(found: &RoomRecord, ours: &RoomRecord) -> bool {
    if found.sid == ours.sid { found.epoch > ours.epoch } else { found.created > ours.created }
}

/// Deletes the record of a room that is over, unless it is no longer ours.
pub(crate) async fn release(kv: &Kv, claim: &Claim) {
    let delete =
        |revision| kv.delete(ROOMS, claim.key.as_str(), Expect::Revision(revision), MARKER);
    let mut outcome = delete(claim.revision).await;
    // A refresh whose answer was lost has moved the revision.
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

#[cfg(test)]
mod tests {
    use super::*;
    use conclave_protocol::ids::Sid;
    use conclave_protocol::seal::Sealed;
    use conclave_protocol::settings::RoomSettings;

    fn record(life: u8, epoch: u64, created: u64) -> RoomRecord {
        RoomRecord {
            sid: Sid::from_random([life; 16]),
            node: NodeId::parse("n1").ok(),
            epoch,
            created,
            title: Sealed::from_bytes(Vec::new()),
            settings: RoomSettings::default(),
            grant: None,
        }
    }

    #[test]
    fn an_owner_gives_way_to_later_records_only() {
        let ours = record(1, 3, 100);
        assert!(is_later(&record(1, 4, 100), &ours));
        assert!(is_later(&record(2, 0, 101), &ours));
        for older in [record(1, 3, 100), record(1, 2, 100), record(2, 9, 99), record(2, 0, 100)] {
            assert!(!is_later(&older, &ours), "written again by somebody who kept it");
        }
    }
}
