//! What edges and media nodes tell each other, and what both write into account CTRL.

use crate::event::{Publishing, Slots, Snapshot};
use crate::ids::{DisplayName, NodeId, Pid, RoomKey, Sid, UserId};
use crate::roles::RoomRole;
use crate::settings::RoomSettings;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A media node's entry in the `nodes` bucket.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NodeRecord {
    /// Where it stands, in its operator's words.
    pub region: String,
    /// Share of its capacity in use, 0.0 to 1.0: the highest of processor time, packets and
    /// bandwidth, as measured over the last seconds.
    pub load: f32,
    /// People connected.
    pub participants: u32,
    /// Rooms owned.
    pub rooms: u32,
    /// True where it takes no new room.
    pub draining: bool,
    /// Its version.
    pub version: String,
}

/// A room's entry in the `rooms` bucket.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomRecord {
    /// This life of the room.
    pub sid: Sid,
    /// Its owner; `None` until somebody joins.
    pub node: Option<NodeId>,
    /// Counts owners from 1; 0 before the first.
    pub epoch: u64,
    /// Seconds since 1970.
    pub created: u64,
    /// What it was made with.
    pub settings: RoomSettings,
}

/// Who joins, as the edge has verified.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joiner {
    /// In the room.
    pub pid: Pid,
    /// To the application.
    pub user: UserId,
    /// To others.
    pub name: DisplayName,
    /// As the token says; the owner's roster outranks it on return.
    pub role: RoomRole,
    /// The connection's public nkey.
    pub bus_key: String,
    /// True for somebody who returns with a session token.
    pub returning: bool,
}

impl fmt::Debug for Joiner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Joiner").field("pid", &self.pid).finish_non_exhaustive()
    }
}

/// A join, sent by an edge to the node that it chose.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinAtNode {
    /// The room's key in the `rooms` bucket.
    pub room: RoomKey,
    /// Its entry as the edge read it.
    pub record: RoomRecord,
    /// The entry's revision, for compare-and-set.
    pub revision: u64,
    /// Who.
    pub joiner: Joiner,
    /// SDP.
    pub offer: String,
    /// What is switched on.
    pub media: Publishing,
}

impl fmt::Debug for JoinAtNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinAtNode")
            .field("room", &self.room)
            .field("sid", &self.record.sid)
            .field("joiner", &self.joiner)
            .finish_non_exhaustive()
    }
}

/// A request of an edge to a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum NodeRequest {
    /// Take a participant in.
    Join(Box<JoinAtNode>),
    /// Which role has this participant now, for a new bus credential?
    Renew {
        /// Room.
        sid: Sid,
        /// Participant.
        pid: Pid,
    },
    /// The page went away.
    Leave {
        /// Room.
        sid: Sid,
        /// Participant.
        pid: Pid,
        /// The connection that goes: a newer one is left alone.
        bus_key: String,
    },
}

/// A node's answer to an edge.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum NodeReply {
    /// Taken in.
    Joined(Box<JoinedAtNode>),
    /// Another node owns the room.
    OwnedBy {
        /// Which.
        node: NodeId,
    },
    /// The participant is in the room, with this role.
    Member {
        /// Role now.
        role: RoomRole,
        /// The room's epoch.
        epoch: u64,
    },
    /// Done.
    Done,
    /// Not taken in.
    Refused {
        /// Why.
        reason: Refusal,
    },
}

impl fmt::Debug for NodeReply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Joined(_) => "Joined(…)",
            Self::OwnedBy { .. } => "OwnedBy(…)",
            Self::Member { .. } => "Member(…)",
            Self::Done => "Done",
            Self::Refused { .. } => "Refused(…)",
        })
    }
}

/// What a participant needs from the node.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinedAtNode {
    /// SDP.
    pub answer: String,
    /// Role, as the owner sees it.
    pub role: RoomRole,
    /// What is switched on after the room's rules.
    pub media: Publishing,
    /// First page of the roster, with epoch and sequence.
    pub snapshot: Snapshot,
    /// Who is in which slot.
    pub slots: Slots,
}

/// Why a node does not take somebody in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// The room has as many people as it may.
    RoomFull,
    /// The room is over.
    RoomEnded,
    /// The person is not in the room (any more); the room may go on.
    NotMember,
    /// The offer is not SDP of the expected shape.
    BadOffer,
    /// The node takes nobody now.
    NodeFull,
    /// The node could not reach the control plane in time.
    Unavailable,
}
