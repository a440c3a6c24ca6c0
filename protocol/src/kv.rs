//! KV operations as JetStream messages, and JetStream's answers read: shared by whatever carries
//! them, natively or in wasm. Formats as JetStream's API documents them, tried on nats-server
//! 2.15.1.

use crate::bucket::Bucket;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use std::fmt;

/// Header: the write happens only if the key's last revision is this.
pub const EXPECTED: &str = "Nats-Expected-Last-Subject-Sequence";
/// Header: how long the value lives, such as `60s`.
pub const TTL: &str = "Nats-TTL";
/// Header: the revision of a value that was read from any copy of its bucket.
pub const SEQUENCE: &str = "Nats-Sequence";
/// Header: a message of this name is taken once.
pub const ONCE: &str = "Nats-Msg-Id";
/// Header: what kind of write it is, where it is none of a value.
pub const OPERATION: &str = "KV-Operation";
/// Value of [`OPERATION`] for a deletion.
pub const DELETE: &str = "DEL";

/// JetStream's codes for a lost compare-and-set: wrong last sequence, the same while another
/// write is under way, and a second write to a write-once key.
const CONFLICTS: [u64; 3] = [10071, 10164, 10077];
/// JetStream's code for a key that does not exist.
const NOT_FOUND: u64 = 10037;
/// JetStream's code for a bucket that does not exist: a lone server restarted, and the warden is
/// about to make it again.
const NO_BUCKET: u64 = 10059;
/// JetStream has no leader, or no resources at the moment.
const BUSY: u16 = 503;

/// What a key holds.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Entry {
    /// What a compare-and-set must expect; 0 for a key that was never written. A key that was
    /// deleted or has expired leaves a marker with a revision of its own.
    pub revision: u64,
    /// `None` where it was never written, was deleted or has expired.
    pub value: Option<Vec<u8>>,
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Entry({}, {})", self.revision, self.value.is_some())
    }
}

/// Why an operation did not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KvFault {
    /// The key's last revision is another than expected: somebody else was first.
    #[error("another write came first")]
    Conflict,
    /// The bucket does not exist now, or has no leader.
    #[error("the bucket cannot be reached")]
    Unavailable,
    /// JetStream refused, with its error code.
    #[error("refused with code {0}")]
    Rejected(u64),
    /// The answer is not what the operation expects.
    #[error("an unexpected answer")]
    Malformed,
}

/// Subject and payload that read a key from the bucket's leader; a direct read may be stale on a
/// replicated bucket.
#[must_use]
pub fn get(bucket: Bucket, key: &str) -> (String, Vec<u8>) {
    let ask = serde_json::json!({ "last_by_subj": bucket.subject(key) });
    (format!("$JS.API.STREAM.MSG.GET.{}", bucket.stream()), ask.to_string().into_bytes())
}

/// Value of [`TTL`].
#[must_use]
pub fn ttl(seconds: u64) -> String {
    format!("{}s", seconds.max(1))
}

#[derive(Deserialize)]
struct ApiError {
    #[serde(default)]
    code: u16,
    #[serde(default)]
    err_code: u64,
}

impl ApiError {
    fn fault(&self) -> KvFault {
        match self.err_code {
            code if CONFLICTS.contains(&code) => KvFault::Conflict,
            NO_BUCKET => KvFault::Unavailable,
            _ if self.code == BUSY => KvFault::Unavailable,
            code => KvFault::Rejected(code),
        }
    }
}

#[derive(Deserialize)]
struct Ack {
    error: Option<ApiError>,
    #[serde(default)]
    seq: u64,
}

/// Reads the answer to a write: the new revision.
///
/// # Errors
/// [`KvFault`].
pub fn read_ack(payload: &[u8]) -> Result<u64, KvFault> {
    let ack: Ack = serde_json::from_slice(payload).map_err(|_| KvFault::Malformed)?;
    // The error first: a lost write says `"seq": 0` beside it.
    match ack.error {
        Some(error) => Err(error.fault()),
        None if ack.seq == 0 => Err(KvFault::Malformed),
        None => Ok(ack.seq),
    }
}

#[derive(Deserialize)]
struct Got {
    error: Option<ApiError>,
    message: Option<Stored>,
}

#[derive(Deserialize)]
struct Stored {
    seq: u64,
    #[serde(default)]
    hdrs: String,
    #[serde(default)]
    data: String,
}

/// Reads the answer to [`get`].
///
/// # Errors
/// [`KvFault`].
pub fn read_entry(payload: &[u8]) -> Result<Entry, KvFault> {
    let got: Got = serde_json::from_slice(payload).map_err(|_| KvFault::Malformed)?;
    match (got.error, got.message) {
        (Some(error), _) if error.err_code == NOT_FOUND => Ok(Entry::default()),
        (Some(error), _) => Err(error.fault()),
        (None, None) => Err(KvFault::Malformed),
        (None, Some(message)) => {
            let headers = STANDARD.decode(message.hdrs).map_err(|_| KvFault::Malformed)?;
            let headers = String::from_utf8_lossy(&headers);
            let gone = headers
                .lines()
                .filter_map(|line| line.split_once(':'))
                .any(|(name, value)| is_marker(name, value.trim()));
            let value = STANDARD.decode(message.data).map_err(|_| KvFault::Malformed)?;
            Ok(Entry { revision: message.seq, value: (!gone).then_some(value) })
        }
    }
}

/// True for a header of a message that says "deleted" or "expired".
#[must_use]
pub fn is_marker(name: &str, value: &str) -> bool {
    name.eq_ignore_ascii_case("Nats-Marker-Reason")
        || (name.eq_ignore_ascii_case(OPERATION) && matches!(value, DELETE | "PURGE"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn acknowledgements_are_read_error_first() {
        assert_eq!(read_ack(br#"{"stream":"KV_rooms","seq":9}"#), Ok(9));
        for code in CONFLICTS {
            let text = format!(r#"{{"error":{{"code":400,"err_code":{code}}},"seq":0}}"#);
            assert_eq!(read_ack(text.as_bytes()), Err(KvFault::Conflict));
        }
        assert_eq!(read_ack(br#"{"error":{"err_code":1},"seq":3}"#), Err(KvFault::Rejected(1)));
        assert_eq!(read_ack(br#"{"error":{"code":503,"err_code":8}}"#), Err(KvFault::Unavailable));
        assert_eq!(read_ack(b"{}"), Err(KvFault::Malformed));
    }

    #[test]
    fn markers_are_absent_but_keep_their_revision() {
        let read = |hdrs: &str| {
            let hdrs = STANDARD.encode(hdrs);
            let text = format!(r#"{{"message":{{"seq":5,"hdrs":"{hdrs}","data":"AQ=="}}}}"#);
            read_entry(text.as_bytes()).unwrap()
        };
        assert_eq!(read("NATS/1.0\r\nNats-TTL: 3s\r\n\r\n").value, Some(vec![1]));
        let expired = read("NATS/1.0\r\nNats-Marker-Reason: MaxAge\r\n\r\n");
        assert_eq!(expired, Entry { revision: 5, value: None });
        assert_eq!(read("NATS/1.0\r\nKV-Operation: DEL\r\n\r\n").value, None);
        let missing = read_entry(br#"{"error":{"code":404,"err_code":10037}}"#);
        assert_eq!(missing, Ok(Entry::default()));
    }

    proptest::proptest! {
        #[test]
        fn no_answer_panics(bytes: Vec<u8>) {
            let _any = (read_ack(&bytes), read_entry(&bytes));
        }
    }
}
