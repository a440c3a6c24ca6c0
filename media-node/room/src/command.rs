//! What a room wants done.

use conclave_protocol::event::{Publishing, Want};
use conclave_protocol::ids::Pid;

/// A side effect, in the order in which it must happen.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Publish to everyone in the room.
    ToAll {
        /// Last token of the subject.
        kind: &'static str,
        /// JSON.
        payload: Vec<u8>,
    },
    /// Publish to one participant.
    ToOne {
        /// Whom.
        pid: Pid,
        /// Last token of the subject.
        kind: &'static str,
        /// JSON.
        payload: Vec<u8>,
    },
    /// Tell the media.
    Media {
        /// About whom.
        pid: Pid,
        /// What.
        order: MediaCommand,
    },
    /// The room is over: forget it and delete its record.
    End,
}

/// An order to the SFU about one participant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaCommand {
    /// Forward these of its sources and no others.
    Publish(Publishing),
    /// Its tiles.
    View(Vec<Want>),
    /// It is gone.
    Leave,
}
