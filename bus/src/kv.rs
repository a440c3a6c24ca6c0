//! KV by raw subjects.

use async_nats::{Client, HeaderMap, Request, RequestErrorKind};
use base64::{Engine, engine::general_purpose::STANDARD};
use conclave_protocol::bucket::Bucket;
use serde::Deserialize;
use std::time::Duration;

/// What must hold for a write to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// Nothing.
    Any,
    /// The key's last revision is this one; 0 means that it was never written.
    Revision(u64),
}

/// What stands under a key.
#[derive(Clone, PartialEq, Eq)]
pub enum Entry {
    /// A value.
    Value {
        /// Bytes.
        value: Vec<u8>,
        /// For compare-and-set.
        revision: u64,
    },
    /// Nothing. A key that was deleted or expired leaves a marker, whose revision a new value has
    /// to name; 0 where there is none.
    Absent {
        /// For compare-and-set.
        revision: u64,
    },
}

/// Why an operation did not happen, or is not known to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KvError {
    /// The expectation did not hold: somebody else was first.
    #[error("the key has another revision")]
    Conflict,
    /// NATS did not answer in time, has no such bucket (now), or refuses.
    #[error("the bucket cannot be reached")]
    Unavailable,
}

/// The buckets, as far as the connection's role may use them.
#[derive(Debug, Clone)]
pub struct Kv {
    client: Client,
    deadline: Duration,
}

impl Kv {
    /// Over `client`, giving each operation `deadline`.
    #[must_use]
    pub fn new(client: Client, deadline: Duration) -> Self {
        Self { client, deadline }
    }

    /// Writes a value, which expires after `ttl` (whole seconds). Returns its revision.
    ///
    /// # Errors
    /// [`KvError`]. After [`KvError::Unavailable`] the value may have been written all the same.
    pub async fn put(
        &self,
        bucket: Bucket,
        key: &str,
        value: Vec<u8>,
        expect: Expect,
        ttl: Option<Duration>,
    ) -> Result<u64, KvError> {
        let mut headers = expectation(expect);
        if let Some(ttl) = ttl {
            headers.insert("Nats-TTL", format!("{}s", ttl.as_secs().max(1)).as_str());
        }
        self.publish(bucket, key, value, headers).await
    }

    /// Deletes a value.
    ///
    /// # Errors
    /// [`KvError`].
    pub async fn delete(&self, bucket: Bucket, key: &str, expect: Expect) -> Result<(), KvError> {
        let mut headers = expectation(expect);
        headers.insert("KV-Operation", "DEL");
        self.publish(bucket, key, Vec::new(), headers).await.map(drop)
    }

    /// Reads from the bucket's leader: a direct read may be stale on a replicated bucket.
    ///
    /// # Errors
    /// [`KvError::Unavailable`].
    pub async fn read(&self, bucket: Bucket, key: &str) -> Result<Entry, KvError> {
        let subject = format!("$JS.API.STREAM.MSG.GET.{}", bucket.stream());
        let ask = serde_json::json!({ "last_by_subj": bucket.subject(key) }).to_string();
        let reply = self.request(subject, ask.into_bytes(), HeaderMap::new()).await?;
        match serde_json::from_slice(&reply).map_err(|_| KvError::Unavailable)? {
            Got { message: Some(message), .. } => message.entry(),
            Got { error: Some(error), .. } if error.err_code == NO_MESSAGE => {
                Ok(Entry::Absent { revision: 0 })
            }
            Got { .. } => Err(KvError::Unavailable),
        }
    }

    async fn publish(
        &self,
        bucket: Bucket,
        key: &str,
        value: Vec<u8>,
        headers: HeaderMap,
    ) -> Result<u64, KvError> {
        let reply = self.request(bucket.subject(key), value, headers).await?;
        let ack: Ack = serde_json::from_slice(&reply).map_err(|_| KvError::Unavailable)?;
        // A refusal also carries `seq: 0`: the error decides.
        match ack.error {
            None => Ok(ack.seq),
            Some(error) if CONFLICTS.contains(&error.err_code) => Err(KvError::Conflict),
            Some(_) => Err(KvError::Unavailable),
        }
    }

    async fn request(
        &self,
        subject: String,
        payload: Vec<u8>,
        headers: HeaderMap,
    ) -> Result<Vec<u8>, KvError> {
        let mut request = Request::new().payload(payload.into()).timeout(Some(self.deadline));
        if !headers.is_empty() {
            request = request.headers(headers);
        }
        match self.client.send_request(subject, request).await {
            Ok(message) => Ok(message.payload.to_vec()),
            Err(error) => {
                if error.kind() == RequestErrorKind::NoResponders {
                    tracing::debug!("a bucket does not exist now");
                }
                Err(KvError::Unavailable)
            }
        }
    }
}

fn expectation(expect: Expect) -> HeaderMap {
    let mut headers = HeaderMap::new();
    if let Expect::Revision(revision) = expect {
        let revision = revision.to_string();
        headers.insert("Nats-Expected-Last-Subject-Sequence", revision.as_str());
    }
    headers
}

/// nats-server's "no message found".
const NO_MESSAGE: u32 = 10_037;
/// Wrong last sequence; the same on a replicated stream; maximum per subject reached.
const CONFLICTS: [u32; 3] = [10_071, 10_164, 10_077];

#[derive(Deserialize)]
struct ApiError {
    #[serde(default)]
    err_code: u32,
}

#[derive(Deserialize)]
struct Ack {
    #[serde(default)]
    seq: u64,
    error: Option<ApiError>,
}

#[derive(Deserialize)]
struct Got {
    message: Option<Stored>,
    error: Option<ApiError>,
}

#[derive(Deserialize)]
struct Stored {
    seq: u64,
    #[serde(default)]
    hdrs: String,
    #[serde(default)]
    data: String,
}

impl Stored {
    fn entry(self) -> Result<Entry, KvError> {
        let headers = STANDARD.decode(self.hdrs).map_err(|_| KvError::Unavailable)?;
        let headers = String::from_utf8_lossy(&headers);
        // A delete by us, or the server's word that a value expired.
        if headers.contains("KV-Operation: ") || headers.contains("Nats-Marker-Reason: ") {
            return Ok(Entry::Absent { revision: self.seq });
        }
        let value = STANDARD.decode(self.data).map_err(|_| KvError::Unavailable)?;
        Ok(Entry::Value { value, revision: self.seq })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(headers: &str) -> Entry {
        let data = STANDARD.encode("v");
        Stored { seq: 7, hdrs: STANDARD.encode(headers), data }.entry().ok().unwrap()
    }

    #[test]
    fn markers_are_absent_and_keep_their_revision() {
        let absent = Entry::Absent { revision: 7 };
        assert!(stored("NATS/1.0\r\nKV-Operation: DEL\r\n\r\n") == absent);
        assert!(stored("NATS/1.0\r\nNats-Marker-Reason: MaxAge\r\n\r\n") == absent);
        let value = Entry::Value { value: b"v".to_vec(), revision: 7 };
        assert!(stored("NATS/1.0\r\nNats-TTL: 3s\r\n\r\n") == value);
    }
}
