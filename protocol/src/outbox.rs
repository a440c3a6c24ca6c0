//! Outgoing webhooks on their way from a media node to the courier.
//!
//! An entry of stream [`STREAM`] is sealed with a key of its own, which stands in a memory bucket
//! until the entry is delivered: what JetStream leaves on disk of an acknowledged message is then
//! unreadable. A lone NATS that loses its memory loses the entries with it.

use crate::bucket::{Bucket, Storage};
use crate::encoding::base32_lower;
use crate::ids::{RoomKey, Sid};
use crate::seal::{Broken, NONCE, SealKey, Sealed};
use serde::{Deserialize, Serialize};

/// The stream, a work queue on disk.
pub const STREAM: &str = "OUTBOX";
/// Its one consumer, shared by all couriers.
pub const CONSUMER: &str = "courier";
/// All its subjects.
pub const SUBJECTS: &str = "outbox.>";
/// Keys of entries that are not delivered yet.
pub const KEYS: Bucket = Bucket { name: "outkeys", storage: Storage::Memory, write_once: false };
/// How long an entry is tried, in seconds: three days.
pub const TRIED_SECONDS: u64 = 3 * 24 * 3600;

/// What an application is told. Never a name, a text, a token or an address.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Occasion {
    /// A room's course can be downloaded.
    AnalyticsReady {
        /// The life of the room, as `create` told it.
        sid: Sid,
        /// What `analytics/getDownloadToken` takes.
        file_id: String,
        /// When it happened, in seconds since 1970.
        at: u64,
    },
}

impl Occasion {
    /// A room's course is there.
    #[must_use]
    pub fn analytics_ready(room: &RoomKey, sid: Sid, at: u64) -> Self {
        Self::AnalyticsReady { file_id: format!("{room}.{sid}"), sid, at }
    }

    fn sid(&self) -> &Sid {
        match self {
            Self::AnalyticsReady { sid, .. } => sid,
        }
    }
}

/// An entry to be put into the queue, and its key.
#[derive(Debug, Clone)]
pub struct Posted {
    /// Names the entry and its key; receivers tell by it what came twice.
    pub id: String,
    /// Where to publish it.
    pub subject: String,
    /// What to publish.
    pub payload: Vec<u8>,
    /// What to write into [`KEYS`] under `id` before.
    pub key: Vec<u8>,
}

/// Seals an occasion; all three arguments of bytes are random.
///
/// # Errors
/// As [`SealKey::seal`].
pub fn post(
    occasion: &Occasion,
    id: [u8; 16],
    secret: [u8; 32],
    nonce: [u8; NONCE],
) -> Result<Posted, Broken> {
    let id = base32_lower(&id);
    let key = SealKey::derive(&secret, &[b"outbox"]);
    let plain = serde_json::to_vec(occasion).map_err(|_| Broken)?;
    let sealed = key.seal(nonce, id.as_bytes(), &plain)?;
    Ok(Posted {
        subject: format!("outbox.{}.{id}", occasion.sid()),
        payload: sealed.as_bytes().to_vec(),
        key: String::from(key).into_bytes(),
        id,
    })
}

/// The entry's id, as its subject tells.
#[must_use]
pub fn id_of(subject: &str) -> Option<&str> {
    let (sid, id) = subject.strip_prefix("outbox.")?.split_once('.')?;
    (Sid::parse(sid).is_ok() && Sid::parse(id).is_ok()).then_some(id)
}

/// Opens an entry: the JSON of an [`Occasion`], as the receiver gets it.
///
/// # Errors
/// [`Broken`] where key or entry are not what was posted.
pub fn open(id: &str, key: &[u8], payload: Vec<u8>) -> Result<Vec<u8>, Broken> {
    let key = String::from_utf8(key.to_vec()).map_err(|_| Broken)?;
    SealKey::try_from(key)?.open(id.as_bytes(), &Sealed::from_bytes(payload))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_opens_with_its_own_key_only() {
        let sid = Sid::from_random([1; 16]);
        let room = crate::ids::room_key(2);
        let occasion = Occasion::analytics_ready(&room, sid, 7);
        let one = post(&occasion, [3; 16], [4; 32], [5; NONCE]).unwrap();
        let other = post(&occasion, [6; 16], [7; 32], [8; NONCE]).unwrap();
        assert_eq!(id_of(&one.subject), Some(one.id.as_str()));
        let text = open(&one.id, &one.key, one.payload.clone()).unwrap();
        assert_eq!(serde_json::from_slice::<Occasion>(&text).unwrap(), occasion);
        assert!(open(&one.id, &other.key, one.payload.clone()).is_err());
        assert!(open(&other.id, &one.key, one.payload).is_err());
        for bad in ["outbox.x.y", "outbox.", "other"] {
            assert_eq!(id_of(bad), None, "{bad}");
        }
    }
}
