//! Operations as NATS messages, and NATS's answers read. Every adapter shares this, whatever
//! carries its messages.
//!
//! Formats as JetStream's API documents them, tried on nats-server 2.15.1.

use crate::platform::{BusError, BusOp, BusReply, Entry, Node};
use base64::{Engine, engine::general_purpose::STANDARD};
use conclave_protocol::bucket::NODES;
use conclave_protocol::ids::NodeId;
use serde::Deserialize;
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
/// JetStream's codes for a lost compare-and-set: wrong last sequence, the same while another
/// write is under way, and a second write to a write-once key.
const CONFLICTS: [u64; 3] = [10071, 10164, 10077];
/// JetStream's code for a key that does not exist.
const NOT_FOUND: u64 = 10037;
/// JetStream's code for a bucket that does not exist: a lone server restarted, and the warden is
/// about to make it again.
const NO_BUCKET: u64 = 10059;

impl BusOp {
    /// The message that asks for this operation.
    #[must_use]
    pub fn message(&self) -> Message {
        match self {
            Self::Get { bucket, key } => Message {
                subject: format!("$JS.API.STREAM.MSG.GET.{}", bucket.stream()),
                headers: Vec::new(),
                payload: serde_json::json!({ "last_by_subj": bucket.subject(key) })
                    .to_string()
                    .into_bytes(),
            },
            Self::Put { bucket, key, value, expected, ttl } => {
                let mut headers =
                    vec![("Nats-Expected-Last-Subject-Sequence", expected.to_string())];
                headers.extend(ttl.map(|seconds| ("Nats-TTL", format!("{seconds}s"))));
                Message { subject: bucket.subject(key), headers, payload: value.clone() }
            }
            Self::Nodes => Message {
                subject: format!("$JS.API.DIRECT.GET.{}", NODES.stream()),
                headers: Vec::new(),
                payload: serde_json::json!({ "multi_last": [NODES.subject(">")] })
                    .to_string()
                    .into_bytes(),
            },
            Self::Request { subject, payload } => {
                Message { subject: subject.clone(), headers: Vec::new(), payload: payload.clone() }
            }
        }
    }

    /// True where no further message follows `incoming`.
    #[must_use]
    pub fn is_last(&self, incoming: &Incoming) -> bool {
        !matches!(self, Self::Nodes) || incoming.status.is_some()
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
            Self::Get { .. } => read_entry(&last.payload).map(BusReply::Entry),
            Self::Put { .. } => read_ack(&last.payload).map(BusReply::Written),
            Self::Nodes => read_nodes(incoming).map(BusReply::Nodes),
            Self::Request { .. } => Ok(BusReply::Answer(last.payload.clone())),
        }
    }
}

#[derive(Deserialize)]
struct ApiError {
    #[serde(default)]
    code: u16,
    #[serde(default)]
    err_code: u64,
}

impl ApiError {
    fn read(&self) -> BusError {
        match self.err_code {
            code if CONFLICTS.contains(&code) => BusError::Conflict,
            NO_BUCKET => BusError::Unavailable,
            // JetStream has no leader, or no resources at the moment.
            _ if self.code == NO_RESPONDERS => BusError::Unavailable,
            code => BusError::Rejected(code),
        }
    }
}

#[derive(Deserialize)]
struct Ack {
    error: Option<ApiError>,
    #[serde(default)]
    seq: u64,
}

fn read_ack(payload: &[u8]) -> Result<u64, BusError> {
    let ack: Ack = serde_json::from_slice(payload).map_err(|_| BusError::Malformed)?;
    // The error first: a lost write says `"seq": 0` beside it.
    match ack.error {
        Some(error) => Err(error.read()),
        None if ack.seq == 0 => Err(BusError::Malformed),
        None => Ok(ack.seq),
    }
}

#[derive(Deserialize)]
struct Got {
    error: Option<ApiError>,
    message: Option<GotMessage>,
}

#[derive(Deserialize)]
struct GotMessage {
    seq: u64,
    #[serde(default)]
    hdrs: String,
    #[serde(default)]
    data: String,
}

fn read_entry(payload: &[u8]) -> Result<Entry, BusError> {
    let got: Got = serde_json::from_slice(payload).map_err(|_| BusError::Malformed)?;
    match (got.error, got.message) {
        (Some(error), _) if error.err_code == NOT_FOUND => Ok(Entry::default()),
        (Some(error), _) => Err(error.read()),
        (None, None) => Err(BusError::Malformed),
        (None, Some(message)) => {
            let headers = STANDARD.decode(message.hdrs).map_err(|_| BusError::Malformed)?;
            let headers = String::from_utf8_lossy(&headers);
            let gone = headers
                .lines()
                .filter_map(|line| line.split_once(':'))
                .any(|(name, value)| is_marker(name, value.trim()));
            let value = STANDARD.decode(message.data).map_err(|_| BusError::Malformed)?;
            Ok(Entry { revision: message.seq, value: (!gone).then_some(value) })
        }
    }
}

/// True for the headers of a message that says "deleted" or "expired".
fn is_marker(name: &str, value: &str) -> bool {
    name.eq_ignore_ascii_case("Nats-Marker-Reason")
        || (name.eq_ignore_ascii_case("KV-Operation") && matches!(value, "DEL" | "PURGE"))
}

fn read_nodes(incoming: &[Incoming]) -> Result<Vec<Node>, BusError> {
    match incoming.last().and_then(|last| last.status) {
        Some(204 | 404) => {}
        Some(status) => return Err(BusError::Rejected(status.into())),
        None => return Err(BusError::Timeout),
    }
    // A record that this version cannot read belongs to a node that it cannot use.
    Ok(incoming.iter().filter_map(read_node).collect())
}

fn read_node(incoming: &Incoming) -> Option<Node> {
    if incoming.headers.iter().any(|(name, value)| is_marker(name, value)) {
        return None;
    }
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

    fn payload(text: &str) -> Vec<Incoming> {
        vec![Incoming { payload: text.into(), ..Incoming::default() }]
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
    fn acknowledgements_are_read_error_first() {
        let read = |text: &str| put().read(&payload(text));
        assert_eq!(read(r#"{"stream":"KV_rooms","seq":9}"#), Ok(BusReply::Written(9)));
        for code in CONFLICTS {
            let text = format!(r#"{{"error":{{"code":400,"err_code":{code}}},"seq":0}}"#);
            assert_eq!(read(&text), Err(BusError::Conflict));
        }
        assert_eq!(read(r#"{"error":{"err_code":1},"seq":3}"#), Err(BusError::Rejected(1)));
        assert_eq!(read(r#"{"error":{"code":503,"err_code":8}}"#), Err(BusError::Unavailable));
        assert_eq!(read("{}"), Err(BusError::Malformed));
        let none = Incoming { status: Some(503), ..Incoming::default() };
        assert_eq!(put().read(&[none]), Err(BusError::Unavailable));
        assert_eq!(put().read(&[]), Err(BusError::Timeout));
    }

    #[test]
    fn markers_are_absent_but_keep_their_revision() {
        let read = |hdrs: &str| {
            let hdrs = STANDARD.encode(hdrs);
            let text = format!(r#"{{"message":{{"seq":5,"hdrs":"{hdrs}","data":"AQ=="}}}}"#);
            get().read(&payload(&text)).and_then(BusReply::entry).unwrap()
        };
        assert_eq!(read("NATS/1.0\r\nNats-TTL: 3s\r\n\r\n").value, Some(vec![1]));
        let expired = read("NATS/1.0\r\nNats-Marker-Reason: MaxAge\r\n\r\n");
        assert_eq!(expired, Entry { revision: 5, value: None });
        assert_eq!(read("NATS/1.0\r\nKV-Operation: DEL\r\n\r\n").value, None);
        let missing = get().read(&payload(r#"{"error":{"code":404,"err_code":10037}}"#));
        assert_eq!(missing.and_then(BusReply::entry), Ok(Entry::default()));
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
