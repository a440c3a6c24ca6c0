//! What handlers need from where they run.

use crate::keys::Keys;
use conclave_protocol::bucket::Bucket;
use conclave_protocol::history::Course;
use conclave_protocol::ids::{NodeId, RoomKey};
pub use conclave_protocol::kv::Entry;
use conclave_protocol::node::NodeRecord;
use std::fmt;
use std::future::Future;

/// Clock, randomness, keys and bus of a runtime.
///
/// Futures carry no `Send` bound, because those of Workers are not `Send`; a handler's future is
/// `Send` wherever its platform's are.
pub trait Platform {
    /// Seconds since 1970.
    fn now(&self) -> u64;

    /// Bytes fit for keys and tokens.
    ///
    /// # Errors
    /// [`NoRandomness`].
    fn random<const N: usize>(&self) -> Result<[u8; N], NoRandomness>;

    /// The edge's settings, parsed once.
    fn keys(&self) -> &Keys;

    /// Carries all operations to the bus at once and returns their answers in the same order, one
    /// each, within a few seconds: what has not answered by then is [`BusError::Timeout`].
    fn flight(
        &self,
        operations: Vec<BusOp>,
    ) -> impl Future<Output = Vec<Result<BusReply, BusError>>>;
}

/// The runtime gave no randomness.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no randomness")]
pub struct NoRandomness;

/// One operation on the bus. `Debug` shows kind and bucket, neither keys nor values.
#[derive(Clone, PartialEq, Eq)]
pub enum BusOp {
    /// Reads a key from the bucket's leader: never older than an acknowledged write.
    Get {
        /// Bucket.
        bucket: Bucket,
        /// Key.
        key: String,
    },
    /// Writes a key where its last revision is still `expected`; 0 where it was never written.
    Put {
        /// Bucket.
        bucket: Bucket,
        /// Key.
        key: String,
        /// Value.
        value: Vec<u8>,
        /// [`Entry::revision`] as read, or 0.
        expected: u64,
        /// Seconds to live; `None` for as long as the bucket.
        ttl: Option<u64>,
    },
    /// Deletes a key where its last revision is still `expected`. A marker stays for `ttl` seconds.
    Delete {
        /// Bucket.
        bucket: Bucket,
        /// Key.
        key: String,
        /// [`Entry::revision`] as read.
        expected: u64,
        /// Seconds.
        ttl: u64,
    },
    /// Reads all media nodes; may be a moment old.
    Nodes,
    /// Reads the courses of a room's past lives; may be a moment old.
    Past {
        /// The room.
        room: RoomKey,
    },
    /// Asks a service.
    Request {
        /// Subject.
        subject: String,
        /// Payload.
        payload: Vec<u8>,
    },
}

impl fmt::Debug for BusOp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Get { bucket, .. } => write!(f, "Get({})", bucket.name),
            Self::Put { bucket, .. } => write!(f, "Put({})", bucket.name),
            Self::Delete { bucket, .. } => write!(f, "Delete({})", bucket.name),
            Self::Nodes => f.write_str("Nodes"),
            Self::Past { .. } => f.write_str("Past"),
            Self::Request { .. } => f.write_str("Request"),
        }
    }
}

/// A media node that put itself into the registry within the last seconds.
pub type Node = (NodeId, NodeRecord);

/// The answer to a [`BusOp`].
#[derive(Clone, PartialEq)]
pub enum BusReply {
    /// To a [`BusOp::Get`].
    Entry(Entry),
    /// To a [`BusOp::Put`] or [`BusOp::Delete`]: the new revision.
    Written(u64),
    /// To [`BusOp::Nodes`].
    Nodes(Vec<Node>),
    /// To [`BusOp::Past`].
    Past(Vec<Course>),
    /// To a [`BusOp::Request`].
    Answer(Vec<u8>),
}

impl BusReply {
    pub(crate) fn entry(self) -> Result<Entry, BusError> {
        if let Self::Entry(entry) = self { Ok(entry) } else { Err(BusError::Malformed) }
    }

    pub(crate) fn nodes(self) -> Result<Vec<Node>, BusError> {
        if let Self::Nodes(nodes) = self { Ok(nodes) } else { Err(BusError::Malformed) }
    }

    pub(crate) fn past(self) -> Result<Vec<Course>, BusError> {
        if let Self::Past(courses) = self { Ok(courses) } else { Err(BusError::Malformed) }
    }

    pub(crate) fn answer(self) -> Result<Vec<u8>, BusError> {
        if let Self::Answer(answer) = self { Ok(answer) } else { Err(BusError::Malformed) }
    }
}

impl fmt::Debug for BusReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Entry(_) => "Entry(…)",
            Self::Written(_) => "Written(…)",
            Self::Nodes(_) => "Nodes(…)",
            Self::Past(_) => "Past(…)",
            Self::Answer(_) => "Answer(…)",
        })
    }
}

/// Why an operation has no answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BusError {
    /// No answer in time; the operation may have happened.
    #[error("no answer in time")]
    Timeout,
    /// Not connected, or nobody serves the subject.
    #[error("nobody answers")]
    Unavailable,
    /// The key's last revision is another than expected.
    #[error("another write came first")]
    Conflict,
    /// JetStream refused, with its error code.
    #[error("refused with code {0}")]
    Rejected(u64),
    /// The answer is not what the operation expects.
    #[error("an unexpected answer")]
    Malformed,
}

/// Carries a fixed number of operations.
pub(crate) async fn fly<P: Platform, const N: usize>(
    platform: &P,
    operations: [BusOp; N],
) -> Result<[Result<BusReply, BusError>; N], BusError> {
    platform.flight(operations.into()).await.try_into().map_err(|_| BusError::Malformed)
}

/// Carries a list of operations beside a fixed number of them.
pub(crate) async fn fly_with<P: Platform, const N: usize>(
    platform: &P,
    operations: [BusOp; N],
    more: Vec<BusOp>,
) -> Result<([Result<BusReply, BusError>; N], Vec<Result<BusReply, BusError>>), BusError> {
    let mut all = Vec::from(operations);
    let count = more.len();
    all.extend(more);
    let mut answers = platform.flight(all).await;
    if answers.len() != N + count {
        return Err(BusError::Malformed);
    }
    let rest = answers.split_off(N);
    Ok((answers.try_into().map_err(|_| BusError::Malformed)?, rest))
}

/// Carries one operation.
pub(crate) async fn fly_one<P: Platform>(
    platform: &P,
    operation: BusOp,
) -> Result<BusReply, BusError> {
    let [reply] = fly(platform, [operation]).await?;
    reply
}
