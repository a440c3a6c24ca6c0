//! Why somebody could not join, and whose fault it is.

use thiserror::Error;

/// Who has to change something.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Fault {
    /// The client sent something that is not allowed; repeating it is pointless.
    Client,
    /// The caller of this crate misused it.
    Caller,
    /// This node could not serve a proper request; another may.
    Node,
}

/// Why [`Sfu::join`](crate::Sfu::join) refused. Nothing was changed. The text
/// never quotes the offer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Error)]
pub enum JoinError {
    /// The peer id is in use: `leave` first.
    #[error("this peer has joined already")]
    AlreadyJoined,
    /// The offer is longer than `SfuConfig::max_offer_bytes`.
    #[error("the offer is too large")]
    TooLarge,
    /// The offer has no m-line.
    #[error("the offer has no media line")]
    NoMediaLines,
    /// The offer has more m-lines than `SfuConfig::max_media_lines`, or more than one for data.
    #[error("the offer has too many media lines")]
    TooManyMediaLines,
    /// The offer is not SDP as WebRTC writes it (RFC 8829).
    #[error("the offer is malformed")]
    Malformed,
    /// An m-line that is neither audio nor video nor data.
    #[error("the offer has a media line which is neither audio nor video nor data")]
    UnsupportedMedia,
    /// An audio m-line without Opus or a video m-line without VP8.
    #[error("a media line offers neither Opus nor VP8")]
    UnsupportedCodec,
    /// More than one sending audio or two sending video m-lines, or more than
    /// three simulcast layers.
    #[error("the offer has too many senders")]
    TooManySenders,
    /// The configuration advertises no usable address.
    #[error("this node advertises no address")]
    NoAddress,
}

impl JoinError {
    /// Who has to change something.
    pub fn fault(self) -> Fault {
        match self {
            Self::AlreadyJoined => Fault::Caller,
            Self::NoAddress => Fault::Node,
            Self::TooLarge
            | Self::NoMediaLines
            | Self::TooManyMediaLines
            | Self::Malformed
            | Self::UnsupportedMedia
            | Self::UnsupportedCodec
            | Self::TooManySenders => Fault::Client,
        }
    }
}
