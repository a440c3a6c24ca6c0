//! Messages from one person to another of the same room, over the data channel.
//!
//! ```text
//! client -> node   26 bytes: the receiver's name | 1 byte: kind | body
//! node -> client   26 bytes: the sender's name   | 1 byte: kind | body
//! ```
//!
//! Kind 0 is an *ask*, kind 1 is *data*. The node reads no more than that: what the body says is
//! between the two. It keeps nothing that a receiver has no room for, and says so to nobody: whoever
//! needs a message asks for it again.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Instant;

use crate::bucket::Bucket;
use crate::peer::Delivered;
use crate::room::Peers;
use crate::stats::RelayStats;
use crate::types::PeerId;

/// The one channel that is read; others that a client opens are ignored.
pub(crate) const LABEL: &str = "relay";

/// Bytes of a name.
const NAME: usize = 26;
/// Name and kind.
const HEADER: usize = NAME + 1;
/// Largest body of an ask, in bytes.
const MAX_ASK: usize = 1_024;
/// Largest body of data, in bytes.
const MAX_DATA: usize = 16_384;

/// Largest message that the transport puts together, in bytes, which the answer tells the client.
/// Twice what is relayed: what is a little too long is dropped and counted, and does not cost its
/// sender the channel.
pub(crate) const MAX_MESSAGE: u32 = 32_768;

/// The name by which a participant is reached by the others of its room: the caller's, opaque here.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RelayName([u8; NAME]);

impl RelayName {
    /// A name of exactly 26 ASCII characters; `None` for anything else.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let bytes: [u8; NAME] = text.as_bytes().try_into().ok()?;
        bytes.is_ascii().then_some(Self(bytes))
    }
}

impl fmt::Debug for RelayName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RelayName({})", self.0.escape_ascii())
    }
}

/// What a participant may relay. Whoever may relay nothing is reached by nobody either: to the others
/// it is not there.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Relaying {
    /// Nothing, in neither direction; so it is until something else is ordered.
    #[default]
    Nothing,
    /// It may ask, and gets whatever is sent to it.
    Asks,
    /// It may send data as well.
    Everything,
}

/// What a message is for.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Kind {
    Ask,
    Data,
}

/// A message as a client sent it.
struct Message {
    to: RelayName,
    kind: Kind,
    bytes: Vec<u8>,
}

impl Message {
    /// `None` for what is too short or too long or of no kind.
    fn parse(bytes: Vec<u8>) -> Option<Self> {
        let to = RelayName(*bytes.first_chunk()?);
        let (kind, most) = match bytes.get(NAME)? {
            0 => (Kind::Ask, MAX_ASK),
            1 => (Kind::Data, MAX_DATA),
            _ => return None,
        };
        (bytes.len() <= HEADER + most).then_some(Self { to, kind, bytes })
    }

    /// What the receiver gets: the sender's name is the node's word.
    fn signed(mut self, from: RelayName) -> Vec<u8> {
        if let Some(name) = self.bytes.first_chunk_mut() {
            *name = from.0;
        }
        self.bytes
    }
}

/// A participant's place in the relay.
#[derive(Debug, Default)]
pub(crate) struct Place {
    /// `None` until the first order.
    pub name: Option<RelayName>,
    pub relaying: Relaying,
    pub bucket: Bucket,
}

/// Who is reached by which name in one room.
pub(crate) type Names = BTreeMap<RelayName, PeerId>;

/// Passes a message on, or drops it; which of both is counted. Returns whom to flush.
pub(crate) fn pass_on(
    names: &Names,
    peers: &mut Peers,
    now: Instant,
    from: PeerId,
    bytes: Vec<u8>,
    stats: &mut RelayStats,
) -> Option<PeerId> {
    let place = &mut peers.get_mut(&from)?.place;
    if !place.bucket.take(now, bytes.len()) {
        stats.limited += 1;
        return None;
    }
    let Some(message) = Message::parse(bytes) else {
        stats.malformed += 1;
        return None;
    };
    let right = match message.kind {
        Kind::Ask => Relaying::Asks,
        Kind::Data => Relaying::Everything,
    };
    let Some(name) = place.name.filter(|_| place.relaying >= right) else {
        stats.refused += 1;
        return None;
    };
    let to = names.get(&message.to).copied();
    let receiver = to.and_then(|to| peers.get_mut(&to));
    let Some(receiver) = receiver.filter(|peer| peer.place.relaying > Relaying::Nothing) else {
        stats.unreachable += 1;
        return None;
    };
    let bytes = message.signed(name);
    let length = bytes.len() as u64;
    match receiver.deliver(bytes) {
        Delivered::Yes => {
            stats.messages += 1;
            stats.bytes += length;
            to
        }
        Delivered::NoChannel => {
            stats.unreachable += 1;
            None
        }
        Delivered::Full => {
            stats.congested += 1;
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TO: &str = "abcdefghijklmnopqrstuvwxyz";

    fn message(kind: u8, body: usize) -> Vec<u8> {
        [TO.as_bytes(), &[kind], &vec![7; body]].concat()
    }

    #[test]
    fn names_have_26_ascii_characters() {
        assert!(RelayName::new(TO).is_some());
        assert_eq!(RelayName::new(&TO[1..]), None);
        assert_eq!(RelayName::new(&format!("{TO}a")), None);
        assert_eq!(RelayName::new("ééééééééééééé"), None);
        assert_eq!(format!("{:?}", RelayName::new(TO).unwrap()), format!("RelayName({TO})"));
    }

    #[test]
    fn kinds_and_sizes_are_bounded() {
        let good = |bytes| Message::parse(bytes).is_some();
        assert!(good(message(0, 0)) && good(message(0, 1_024)) && good(message(1, 16_384)));
        assert!(!good(message(0, 1_025)) && !good(message(1, 16_385)) && !good(message(2, 1)));
        assert!(!good(message(0, 0)[..NAME].to_vec()) && !good(Vec::new()));
    }

    #[test]
    fn the_sender_is_put_in_place_of_the_receiver() {
        let message = Message::parse(message(1, 3)).unwrap();
        let from = RelayName::new("zyxwvutsrqponmlkjihgfedcba").unwrap();
        assert_eq!(message.to, RelayName::new(TO).unwrap());
        assert_eq!(message.signed(from), b"zyxwvutsrqponmlkjihgfedcba\x01\x07\x07\x07");
    }
}
