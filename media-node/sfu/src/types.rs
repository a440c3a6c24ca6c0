//! The vocabulary of this crate's interface.

use std::fmt;
use std::net::SocketAddr;

/// A room, named by the caller. Opaque here; rooms exist while they have peers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct RoomHandle(pub u64);

/// A participant, named by the caller; unique in one [`Sfu`](crate::Sfu).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct PeerId(pub u64);

/// What a participant can send.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum SourceKind {
    /// Speech: Opus, the first sending audio m-line.
    Microphone,
    /// A face: VP8 with up to three simulcast layers, the first sending video m-line.
    Camera,
    /// A shared screen: VP8, the second sending video m-line. No sound.
    Screen,
}

impl SourceKind {
    /// The media that this source is made of.
    pub fn media(self) -> MediaKind {
        match self {
            Self::Microphone => MediaKind::Audio,
            Self::Camera | Self::Screen => MediaKind::Video,
        }
    }
}

/// Audio or video.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub enum MediaKind {
    /// Opus.
    Audio,
    /// VP8.
    Video,
}

/// One yes or no for each [`SourceKind`]: what is forwarded.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, Default)]
pub struct Publishing {
    /// [`SourceKind::Microphone`].
    pub microphone: bool,
    /// [`SourceKind::Camera`].
    pub camera: bool,
    /// [`SourceKind::Screen`].
    pub screen: bool,
}

impl Publishing {
    /// Everything on.
    pub const ALL: Self = Self { microphone: true, camera: true, screen: true };
    /// Everything off.
    pub const NONE: Self = Self { microphone: false, camera: false, screen: false };

    /// The value for one kind.
    pub fn has(self, kind: SourceKind) -> bool {
        match kind {
            SourceKind::Microphone => self.microphone,
            SourceKind::Camera => self.camera,
            SourceKind::Screen => self.screen,
        }
    }
}

/// A tile that a receiver shows, for [`Sfu::set_view`](crate::Sfu::set_view).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Want {
    /// Whose source.
    pub peer: PeerId,
    /// Which source; [`SourceKind::Microphone`] is ignored (sound follows the speakers).
    pub kind: SourceKind,
    /// The tile's height in physical pixels; the smallest layer at least this
    /// high is sent, or the largest there is. 0 means not visible: no media.
    pub height: u16,
}

/// The result of [`Sfu::join`](crate::Sfu::join).
#[derive(Clone)]
pub struct Joined {
    /// The SDP answer (RFC 8829), to be given to the client unchanged.
    pub answer_sdp: String,
    /// The client's slots in the order of its offer, and who is in them now.
    pub slots: SlotMap,
}

impl fmt::Debug for Joined {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The answer holds addresses and ICE credentials.
        f.debug_struct("Joined").field("slots", &self.slots).finish_non_exhaustive()
    }
}

/// Who is in which receive slot of one participant.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct SlotMap {
    /// In the order of the offer's m-lines; all slots, always.
    pub entries: Vec<SlotEntry>,
}

/// One receive slot.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SlotEntry {
    /// The m-line's `a=mid` (RFC 8843), at most 16 characters.
    pub mid: String,
    /// Audio or video.
    pub kind: MediaKind,
    /// Whose media flow here, or will within moments; `None` is an idle slot.
    pub source: Option<(PeerId, SourceKind)>,
}

/// What became of a datagram.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Received {
    /// It belonged to a peer, which took it.
    Accepted,
    /// It was dropped and counted; nothing else happened.
    Dropped(DropReason),
}

/// Why a datagram was dropped.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum DropReason {
    /// Not STUN, DTLS, RTP or RTCP (RFC 7983), or broken STUN.
    Malformed,
    /// From an address that no peer has proven with a STUN check, or STUN for no peer.
    Unknown,
    /// A peer is known for it, but its ICE agent refuses it (bad integrity, unknown path).
    Refused,
}

/// What the caller has to do next.
#[derive(Clone, PartialEq, Eq)]
pub enum Output {
    /// Send a UDP datagram.
    Transmit {
        /// The local address to send from, one of `SfuConfig::local_addresses`.
        source: SocketAddr,
        /// Where to.
        destination: SocketAddr,
        /// The bytes.
        contents: Vec<u8>,
    },
    /// Something to be told to the room's owner or to a client.
    Event(Event),
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Transmit { contents, .. } => {
                f.debug_struct("Transmit").field("len", &contents.len()).finish_non_exhaustive()
            }
            Self::Event(event) => f.debug_tuple("Event").field(event).finish(),
        }
    }
}

/// What happened to a peer. No event follows for a peer after [`Sfu::leave`](crate::Sfu::leave)
/// or [`Event::Gone`].
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Event {
    /// ICE, DTLS and SRTP are up; media may flow.
    Connected {
        /// Who.
        peer: PeerId,
    },
    /// The peer was removed, as if it had left; nothing more is to be done here.
    Gone {
        /// Who.
        peer: PeerId,
        /// Why.
        reason: GoneReason,
    },
    /// The slots of this receiver changed: tell it. Always the whole map.
    Slots {
        /// The receiver.
        peer: PeerId,
        /// All its slots.
        slots: SlotMap,
    },
    /// A participant began or stopped to speak.
    Speaking {
        /// Who.
        peer: PeerId,
        /// Began (250 ms of speech) or stopped (800 ms of silence).
        speaking: bool,
    },
    /// The largest picture of this source that any receiver asks for changed:
    /// the sender may stop layers above it, and everything at 0.
    Demand {
        /// The sender.
        peer: PeerId,
        /// Camera or screen.
        kind: SourceKind,
        /// Largest wanted height in pixels; 0: nobody watches.
        height: u16,
    },
}

/// Why a peer is gone.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum GoneReason {
    /// It did not complete ICE and DTLS within `SfuConfig::connect_timeout`.
    NeverConnected,
    /// Nothing arrived from it for `SfuConfig::idle_timeout`, or its ICE agent gave up.
    IceTimeout,
    /// The DTLS handshake failed, its certificate was not the offer's, or the
    /// transport broke in another way.
    DtlsFailed,
    /// It closed the DTLS association.
    Closed,
}

impl GoneReason {
    /// A short text for logs and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NeverConnected => "never connected",
            Self::IceTimeout => "ice timeout",
            Self::DtlsFailed => "dtls failed",
            Self::Closed => "closed",
        }
    }
}
