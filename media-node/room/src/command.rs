//! What a room wants done.

use conclave_protocol::audit::Deed;
use conclave_protocol::event::{Publishing, Want};
use conclave_protocol::history::Course;
use conclave_protocol::ids::{Mark, Pid};
use serde::Serialize;
use std::fmt;

/// A side effect, in the order in which it must happen.
#[derive(Clone, PartialEq)]
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
    /// Have NATS refuse every credential of these connections that was issued up to `at`.
    RevokeBus {
        /// Public nkeys; never empty.
        keys: Vec<String>,
        /// Seconds since 1970; may lie some seconds ahead, for an edge's clock may.
        at: u64,
        /// True: at once. False: with the next batch.
        urgent: bool,
    },
    /// Have edges refuse whoever holds one of these.
    Mark {
        /// What is refused.
        marks: Vec<Mark>,
        /// When the last of the credentials ends, in seconds since 1970.
        until: u64,
    },
    /// Write it into the audit log, where there is one.
    Audit(Deed),
    /// The room's course, for the operator's history; comes just before [`Command::End`], and only
    /// where the room was made with analytics.
    Course(Box<Course>),
    /// The room is over: forget it and delete its record.
    End,
}

/// What somebody may send to others, one by one, past the room's owner: files and what goes with them.
/// The owner reads none of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relay {
    /// Nothing, and nobody reaches it either: for those who are not seen.
    Nothing,
    /// Short questions; it may be sent anything.
    Asks,
    /// Files too.
    Files,
}

/// An order to the SFU about one participant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaCommand {
    /// Forward these of its sources and no others.
    Publish(Publishing),
    /// Its tiles.
    View(Vec<Want>),
    /// What it may send to others over its data channel.
    Relay(Relay),
    /// It is gone.
    Leave,
}

/// Shows what is done to whom, and neither content nor keys.
impl fmt::Debug for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ToAll { kind, .. } => write!(f, "ToAll({kind})"),
            Self::ToOne { pid, kind, .. } => write!(f, "ToOne({pid}, {kind})"),
            Self::Media { pid, order } => write!(f, "Media({pid}, {order:?})"),
            Self::RevokeBus { keys, at, urgent } => {
                write!(f, "RevokeBus({} keys, at {at}, urgent {urgent})", keys.len())
            }
            Self::Mark { marks, until } => write!(f, "Mark({} marks, until {until})", marks.len()),
            Self::Audit(deed) => write!(f, "Audit({:?})", deed.action),
            Self::Course(_) => f.write_str("Course(…)"),
            Self::End => f.write_str("End"),
        }
    }
}

pub(crate) fn to_all(out: &mut Vec<Command>, kind: &'static str, message: &impl Serialize) {
    out.push(Command::ToAll { kind, payload: json(message) });
}

pub(crate) fn to_one(
    out: &mut Vec<Command>,
    pid: &Pid,
    kind: &'static str,
    message: &impl Serialize,
) {
    out.push(Command::ToOne { pid: pid.clone(), kind, payload: json(message) });
}

#[allow(clippy::expect_used)] // Plain structs of texts and numbers: writing cannot fail.
fn json(message: &impl Serialize) -> Vec<u8> {
    serde_json::to_vec(message).expect("messages are plain data")
}
