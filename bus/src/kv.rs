//! KV by raw subjects.

use async_nats::{Client, HeaderMap, Request, RequestErrorKind};
use conclave_protocol::bucket::Bucket;
use conclave_protocol::kv::{self, Entry, KvFault};
use std::time::Duration;

/// What must hold for a write to happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expect {
    /// Nothing.
    Any,
    /// The key's last revision is this one; 0 means that it was never written.
    Revision(u64),
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

impl From<KvFault> for KvError {
    fn from(fault: KvFault) -> Self {
        match fault {
            KvFault::Conflict => Self::Conflict,
            KvFault::Unavailable | KvFault::Rejected(_) | KvFault::Malformed => Self::Unavailable,
        }
    }
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
            headers.insert(kv::TTL, kv::ttl(ttl.as_secs()).as_str());
        }
        self.publish(bucket, key, value, headers).await
    }

    /// Deletes a value. Its key, in a marker, goes after `marker` (whole seconds): not before
    /// whoever still acts on the value has seen that it is gone.
    ///
    /// # Errors
    /// [`KvError`].
    pub async fn delete(
        &self,
        bucket: Bucket,
        key: &str,
        expect: Expect,
        marker: Duration,
    ) -> Result<(), KvError> {
        let mut headers = expectation(expect);
        headers.insert(kv::OPERATION, kv::DELETE);
        headers.insert(kv::TTL, kv::ttl(marker.as_secs()).as_str());
        self.publish(bucket, key, Vec::new(), headers).await.map(drop)
    }

    /// Reads from the bucket's leader: a direct read may be stale on a replicated bucket.
    ///
    /// # Errors
    /// [`KvError::Unavailable`].
    pub async fn read(&self, bucket: Bucket, key: &str) -> Result<Entry, KvError> {
        let (subject, ask) = kv::get(bucket, key);
        let reply = self.request(subject, ask, HeaderMap::new()).await?;
        Ok(kv::read_entry(&reply)?)
    }

    /// Reads one key as any copy of the bucket has it: may be a moment old, and needs the right to
    /// read this key only.
    ///
    /// # Errors
    /// [`KvError::Unavailable`].
    pub async fn read_any(&self, bucket: Bucket, key: &str) -> Result<Entry, KvError> {
        let subject = format!("$JS.API.DIRECT.GET.{}.{}", bucket.stream(), bucket.subject(key));
        let request = Request::new().timeout(Some(self.deadline));
        let message =
            self.client.send_request(subject, request).await.map_err(|_| KvError::Unavailable)?;
        match message.status.map(|status| status.as_u16()) {
            None => {}
            Some(404) => return Ok(Entry::default()),
            Some(_) => return Err(KvError::Unavailable),
        }
        let headers = message.headers.unwrap_or_default();
        let revision = headers.get(kv::SEQUENCE).and_then(|value| value.as_str().parse().ok());
        let mut all =
            headers.iter().flat_map(|(name, values)| values.iter().map(move |v| (name, v)));
        let is_marker = all.any(|(name, value)| kv::is_marker(name.as_ref(), value.as_str()));
        let value = (!is_marker).then(|| message.payload.to_vec());
        Ok(Entry { revision: revision.ok_or(KvError::Unavailable)?, value })
    }

    /// Appends a message to the stream that listens on `subject`, once for each `id` (within the
    /// stream's window for duplicates).
    ///
    /// # Errors
    /// As [`Kv::put`].
    pub async fn append(
        &self,
        subject: String,
        id: &str,
        payload: Vec<u8>,
    ) -> Result<u64, KvError> {
        let mut headers = HeaderMap::new();
        headers.insert(kv::ONCE, id);
        let reply = self.request(subject, payload, headers).await?;
        Ok(kv::read_ack(&reply)?)
    }

    async fn publish(
        &self,
        bucket: Bucket,
        key: &str,
        value: Vec<u8>,
        headers: HeaderMap,
    ) -> Result<u64, KvError> {
        let reply = self.request(bucket.subject(key), value, headers).await?;
        Ok(kv::read_ack(&reply)?)
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
        headers.insert(kv::EXPECTED, revision.as_str());
    }
    headers
}
