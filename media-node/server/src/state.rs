//! What an owner leaves to the next, in bucket `rs`: sealed with a key that comes with each edge's
//! request, so that no other node's credential reads or writes it.

use conclave_bus::{Expect, Kv, KvError};
use conclave_protocol::bucket::RS;
use conclave_protocol::ids::{NodeId, Sid};
use conclave_protocol::node::RoomRecord;
use conclave_protocol::seal::{NONCE, SealKey, Sealed};
use conclave_room::Kept;
use std::time::Duration;

/// How long it outlives its owner, beyond the room's own timeout: as long as the room's record, or a next
/// owner would open the room without it.
const GRACE: Duration = Duration::from_secs(120);
/// How often it is written again.
pub(crate) const AGAIN: Duration = Duration::from_secs(60);
/// How long the marker of a deleted state stays: nobody reads it once the room is over.
const MARKER: Duration = Duration::from_secs(2);

fn key(node: &NodeId, sid: &Sid) -> String {
    format!("{node}.{sid}")
}

/// Writes the state of a room that this node owns; true where it is written.
pub(crate) async fn store(
    kv: &Kv,
    me: &NodeId,
    record: &RoomRecord,
    seal: &SealKey,
    kept: &Kept,
) -> bool {
    let sid = &record.sid;
    let ttl = GRACE + Duration::from_secs(record.settings.empty_timeout.into());
    let mut nonce = [0; NONCE];
    let Ok(plain) = serde_json::to_vec(kept) else { return false };
    if getrandom::fill(&mut nonce).is_err() {
        return false;
    }
    let Ok(sealed) = seal.seal(nonce, sid.as_str().as_bytes(), &plain) else { return false };
    let value = sealed.as_bytes().to_vec();
    kv.put(RS, &key(me, sid), value, Expect::Any, Some(ttl)).await.is_ok()
}

/// What the former owner left.
#[derive(Debug)]
pub(crate) enum Left {
    State(Box<Kept>),
    /// Nothing, or nothing any more.
    Nothing,
    /// Something that it did not write, or that does not read.
    Foreign,
}

/// Reads what the former owner left.
///
/// # Errors
/// Where the bucket cannot be read: the room must not be opened without its state.
pub(crate) async fn load(
    kv: &Kv,
    former: &NodeId,
    sid: &Sid,
    seal: &SealKey,
) -> Result<Left, KvError> {
    let Some(value) = kv.read(RS, &key(former, sid)).await?.value else { return Ok(Left::Nothing) };
    let plain = seal.open(sid.as_str().as_bytes(), &Sealed::from_bytes(value));
    let kept = plain.ok().and_then(|plain| serde_json::from_slice(&plain).ok());
    Ok(kept.map_or(Left::Foreign, |kept| Left::State(Box::new(kept))))
}

/// Deletes the state of a room that is over.
pub(crate) async fn delete(kv: &Kv, me: &NodeId, sid: &Sid) {
    if kv.delete(RS, &key(me, sid), Expect::Any, MARKER).await.is_err() {
        tracing::debug!(%sid, "a room's state stays until it expires");
    }
}
