//! A node that betrays its people, for tests that prove that they notice. Compiled in only with the
//! feature `rogue`, and inert until a program calls [`Sfu::betray`](crate::Sfu::betray).

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use crate::types::{PeerId, RoomHandle, SourceKind};

/// A packet of a source, after the transport's decryption.
#[derive(Clone)]
pub struct Media {
    /// When it came.
    pub at: Instant,
    /// The sender's room.
    pub room: RoomHandle,
    /// Whose it is.
    pub peer: PeerId,
    /// Of which source.
    pub kind: SourceKind,
    /// Its simulcast id, where it has one.
    pub layer: Option<String>,
    /// Its sequence number, extended.
    pub seq: u64,
    /// Its RTP timestamp.
    pub timestamp: u32,
    /// The last of its frame.
    pub marker: bool,
    /// What the sender's packetizer made, the VP8 payload descriptor included.
    pub payload: Arc<[u8]>,
}

impl fmt::Debug for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { peer, kind, seq, payload, .. } = self;
        write!(f, "Media({peer:?} {kind:?} {seq}, {} bytes)", payload.len())
    }
}

/// What a node does that it must not.
pub trait Betrayal: Send {
    /// A packet came; what is returned is taken for having come instead. Of it `peer` may be another
    /// of the same room, and sequence number, timestamp, marker and payload anything; the rest is
    /// not looked at.
    fn media(&mut self, packet: Media) -> Vec<Media>;

    /// A message came over `from`'s data channel, as that client sent it; what is returned is taken
    /// for having come instead.
    fn message(&mut self, from: PeerId, message: Vec<u8>) -> Vec<u8> {
        let _ = from;
        message
    }

    /// Sources that are to be asked for a key frame now. Called after [`Self::media`].
    fn wants_keyframes(&mut self) -> Vec<(PeerId, SourceKind)> {
        Vec::new()
    }
}
