//! Operations as NATS messages, and NATS's answers read. Every adapter shares this, whatever
//! carries its messages.
//!
//! Formats as JetStream's API documents them, tried on nats-server 2.15.1.

use crate::platform::{BusError, BusOp, BusReply, Node};
use conclave_protocol::bucket::{Bucket, HISTORY, NODES};
use conclave_protocol::history::Course;
use conclave_protocol::ids::NodeId;
use conclave_protocol::kv::{self, KvFault};
use std::fmt;

/// A message to publish, with a reply subject of the adapter's.
#[derive(Clone, PartialEq, Eq)]
pub struct Message {
    /// Subject.
    pub subject: String,
    /// Headers.
    pub headers: Vec<(&'static str, String)>,
    /// Payload.
    pub payload: Vec<u8>,
}

impl fmt::Debug for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Message(…)")
    }
}

/// A message that came to the reply subject.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Incoming {
    /// The status of its header line, where it has one.
    pub status: Option<u16>,
    /// Headers.
    pub headers: Vec<(String, String)>,
    /// Payload.
    pub payload: Vec<u8>,
}

impl fmt::Debug for Incoming {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Incoming({:?})", self.status)
    }
}

impl Incoming {
    fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name));
        found.next().map(|(_, value)| value.as_str())
    }
}

/// NATS's status for a subject that nobody serves.
const NO_RESPONDERS: u16 = 503;
impl BusOp {
    /// The message that asks for this operation.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Get { bucket, key } => {
                let (subject, payload) = kv::get(*bucket, key);
                Message { subject, headers: Vec::new(), payload }
            }
            Self::Put { bucket, key, value, expected, ttl } => {
                let mut headers = vec![(kv::EXPECTED, expected.to_string())];
                headers.extend(ttl.map(|seconds| (kv::TTL, kv::ttl(seconds))));
                Message { subject: bucket.subject(key), headers, payload: value.clone() }
            }
            Self::Delete { bucket, key, expected, ttl } => {
                let headers = vec![
                    (kv::OPERATION, kv::DELETE.to_owned()),
                    (kv::EXPECTED, expected.to_string()),
                    (kv::TTL, kv::ttl(*ttl)),
                ];
                Message { subject: bucket.subject(key), headers, payload: Vec::new() }
            }
            Self::Nodes => last_of_all(NODES, ">"),
            Self::Past { room } => last_of_all(HISTORY, &format!("{room}.>")),
            Self::Request { subject, payload } => {
                Message { subject: subject.clone(), headers: Vec::new(), payload: payload.clone() }
            }
        }
    }

    /// True where the answer may be several messages, the last of which has a status.
    #[must_use]
    pub fn has_many_answers(&self) -> bool {
        matches!(self, Self::Nodes | Self::Past { .. })
    }

    /// True where no further message follows `incoming`.
    #[must_use]
    pub fn is_last(&self, incoming: &Incoming) -> bool {
        !self.has_many_answers() || incoming.status.is_some()
    }

    /// Reads all messages that came to the reply subject.
    ///
    /// # Errors
    /// [`BusError`].
    pub fn read(&self, incoming: &[Incoming]) -> Result<BusReply, BusError> {
        let last = incoming.last().ok_or(BusError::Timeout)?;
        if last.status == Some(NO_RESPONDERS) {
            return Err(BusError::Unavailable);
        }
        match self {
            Self::Get { .. } => Ok(BusReply::Entry(kv::read_entry(&last.payload)?)),
            Self::Put { .. } | Self::Delete { .. } => {
                Ok(BusReply::Written(kv::read_ack(&last.payload)?))
            }
            Self::Nodes => read_all(incoming, read_node).map(BusReply::Nodes),
            Self::Past { .. } => read_all(incoming, read_course).map(BusReply::Past),
            Self::Request { .. } => Ok(BusReply::Answer(last.payload.clone())),
        }
    }
}

impl From<KvFault> for BusError {
    fn from(fault: KvFault) -> Self {
        match fault {
            KvFault::Conflict => Self::Conflict,
            KvFault::Unavailable => Self::Unavailable,
            KvFault::Rejected(code) => Self::Rejected(code),
            KvFault::Malformed => Self::Malformed,
        }
    }
}

/// Asks for every key below a filter at once.
fn last_of_all(bucket: Bucket, filter: &str) -> Message {
    let ask = serde_json::json!({ "multi_last": [bucket.subject(filter)] });
    Message {
        subject: format!("$JS.API.DIRECT.GET.{}", bucket.stream()),
        headers: Vec::new(),
        payload: ask.to_string().into_bytes(),
    }
}

fn read_all<T>(
    incoming: &[Incoming],
    read: fn(&Incoming) -> Option<T>,
) -> Result<Vec<T>, BusError> {
    match incoming.last().and_then(|last| last.status) {
        Some(204 | 404) => {}
        Some(status) => return Err(BusError::Rejected(status.into())),
        None => return Err(BusError::Timeout),
    }
    // A value that this version cannot read is one that it cannot use. A marker is none.
    let is_value = |incoming: &&Incoming| {
        !incoming.headers.iter().any(|(name, value)| kv::is_marker(name, value))
    };
    Ok(incoming.iter().filter(is_value).filter_map(read).collect())
}

fn read_course(incoming: &Incoming) -> Option<Course> {
    serde_json::from_slice(&incoming.payload).ok()
}

fn read_node(incoming: &Incoming) -> Option<Node> {
    let key = incoming.header("Nats-Subject")?.strip_prefix("$KV.nodes.")?;
    Some((NodeId::parse(key).ok()?, serde_json::from_slice(&incoming.payload).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use conclave_protocol::bucket::ROOMS;

    fn get() -> BusOp {
        BusOp::Get { bucket: ROOMS, key: "k".into() }
    }

    fn put() -> BusOp {
        BusOp::Put { bucket: ROOMS, key: "k".into(), value: vec![1], expected: 7, ttl: Some(60) }
    }

    #[test]
    fn a_put_expects_the_revision_and_asks_for_its_time_to_live() {
        let message = put().message();
        assert_eq!(message.subject, "$KV.rooms.k");
        assert_eq!(
            message.headers,
            [("Nats-Expected-Last-Subject-Sequence", "7".into()), ("Nats-TTL", "60s".into())]
        );
    }

    #[test]
    fn silence_and_nobody_are_told_apart() {
        let none = Incoming { status: Some(503), ..Incoming::default() };
        assert_eq!(put().read(&[none]), Err(BusError::Unavailable));
        assert_eq!(put().read(&[]), Err(BusError::Timeout));
    }

    #[test]
    fn nodes_come_one_a_message_until_a_status() {
        let record = r#"{"region":"r","load":0.5,"participants":1,"rooms":1,"draining":false,"version":"1"}"#;
        let node = |subject: &str, marker: bool, text: &str| {
            let mut headers = vec![("Nats-Subject".to_owned(), subject.to_owned())];
            if marker {
                headers.push(("Nats-Marker-Reason".into(), "MaxAge".into()));
            }
            Incoming { status: None, headers, payload: text.into() }
        };
        let end = Incoming { status: Some(204), ..Incoming::default() };
        let all = [
            node("$KV.nodes.n1", false, record),
            node("$KV.nodes.n2", true, ""),
            node("$KV.nodes.n3", false, "{"),
            node("$KV.nodes.N4", false, record),
            end.clone(),
        ];
        assert!(!BusOp::Nodes.is_last(&all[0]));
        assert!(BusOp::Nodes.is_last(&end));
        let nodes = BusOp::Nodes.read(&all).and_then(BusReply::nodes).unwrap();
        assert_eq!(nodes.len(), 1);
        assert_eq!(nodes[0].0.as_str(), "n1");
        assert_eq!(BusOp::Nodes.read(&all[..2]), Err(BusError::Timeout), "cut off");
    }

    proptest::proptest! {
        #[test]
        fn no_answer_panics(bytes: Vec<u8>, status: Option<u16>) {
            let incoming = Incoming { status, headers: Vec::new(), payload: bytes };
            for operation in [get(), put(), BusOp::Nodes] {
                let _any = operation.read(std::slice::from_ref(&incoming));
            }
        }
    }
}
