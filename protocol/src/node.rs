//! What edges and media nodes tell each other, and what both write into account CTRL.

use crate::ban::Marks;
use crate::event::{Publishing, Slots, Snapshot};
use crate::grant::{Grant, GrantKey, PublicGrantKey};
use crate::ids::{DisplayName, Mark, NodeId, Pid, RoomKey, Sid, UserId};
use crate::moderation::Service;
use crate::roles::RoomRole;
use crate::seal::{SealKey, Sealed};
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
    /// What people see as the room's name, for edges alone to read.
    pub title: Sealed,
    /// What it was made with.
    pub settings: RoomSettings,
    /// An edge's signature over all of this.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub grant: Option<Grant>,
}

impl RoomRecord {
    /// This record as `node` writes it who becomes the room's next owner; not granted yet.
    #[must_use]
    pub fn owned_by(&self, node: &NodeId) -> Self {
        let epoch = self.epoch.saturating_add(1);
        Self { node: Some(node.clone()), epoch, grant: None, ..self.clone() }
    }

    /// An edge's leave to write this record of `room`.
    #[must_use]
    pub fn grant_by(&self, room: &RoomKey, key: &GrantKey) -> Grant {
        key.sign(&self.message(room))
    }

    /// True where an edge gave leave for exactly this: anything else was written by somebody who may
    /// not own the room.
    #[must_use]
    pub fn is_granted(&self, room: &RoomKey, key: &PublicGrantKey) -> bool {
        self.grant.as_ref().is_some_and(|grant| key.verify(&self.message(room), grant))
    }

    /// The text that is signed: the room's key, and all of the record but the signature as JSON.
    #[allow(clippy::expect_used)] // Plain structs of texts and numbers: writing cannot fail.
    fn message(&self, room: &RoomKey) -> Vec<u8> {
        let plain = Self { grant: None, ..self.clone() };
        let json = serde_json::to_string(&plain).expect("records are plain data");
        format!("conclave-grant-v1\n{room}\n{json}").into_bytes()
    }
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
    /// True for somebody whom only moderators know of, and who sends nothing.
    #[serde(default)]
    pub hidden: bool,
    /// What the person would be refused by, were it banned.
    pub marks: Marks,
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
    /// Leave to write [`RoomRecord::owned_by`] for this node.
    pub grant: Grant,
    /// Opens and seals what owners of this life of the room leave each other in bucket `rs`.
    pub state_key: SealKey,
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
        /// The connection that the credential is for: remembered, so that it can be revoked.
        bus_key: String,
    },
    /// Which role has this participant now?
    Standing {
        /// Room.
        sid: Sid,
        /// Participant.
        pid: Pid,
    },
    /// A moderator has an invite refused from now on.
    RevokeInvite {
        /// Room.
        sid: Sid,
        /// The moderator.
        pid: Pid,
        /// The invite.
        mark: Mark,
        /// When it would have ended, in seconds since 1970.
        until: u64,
    },
    /// The application ends the room.
    End {
        /// Room.
        sid: Sid,
    },
    /// A moderator asks for a service of the server's.
    Service {
        /// Room.
        sid: Sid,
        /// The moderator.
        pid: Pid,
        /// Which.
        service: Service,
        /// True where it begins.
        on: bool,
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
    /// The participant is in the room, or before its door.
    Member(Standing),
    /// Taken down among those who wait before the door.
    Waiting {
        /// As in [`Standing::dating`].
        dating: Dating,
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
            Self::Member(_) => "Member(…)",
            Self::Waiting { .. } => "Waiting",
            Self::Done => "Done",
            Self::Refused { .. } => "Refused(…)",
        })
    }
}

/// How a participant stands with the room's owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Role.
    pub role: RoomRole,
    /// True before the door.
    pub waiting: bool,
    /// The room's epoch.
    pub epoch: u64,
    /// How a bus credential is to be dated.
    pub dating: Dating,
}

/// How a bus credential is to be dated, in seconds since 1970: so that what the owner revokes is what an
/// edge issued, however far their clocks are apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Dating {
    /// Later than this: what is older of the same person is revoked.
    pub after: u64,
    /// Not later than this: what the owner revokes at a later time covers everything up to it.
    pub until: u64,
}

impl Dating {
    /// The date of a credential that is issued by a clock that says `now`.
    #[must_use]
    pub fn date(self, now: u64) -> u64 {
        now.min(self.until).max(self.after.saturating_add(1))
    }
}

/// What a participant needs from the node.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JoinedAtNode {
    /// SDP.
    pub answer: String,
    /// Role, as the owner sees it.
    pub role: RoomRole,
    /// As in [`Standing::dating`].
    pub dating: Dating,
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
    /// A moderator took the person out, or banned it.
    Removed,
    /// Only a moderator may.
    NotModerator,
    /// The room is end-to-end encrypted: no server can read what the service would need.
    Encrypted,
    /// There is no such service in this version.
    NoService,
    /// Too many credentials were asked for in too short a time.
    TooOften,
    /// The offer is not SDP of the expected shape.
    BadOffer,
    /// The node takes nobody now.
    NodeFull,
    /// The node could not reach the control plane in time.
    Unavailable,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::room_key;
    use crate::seal::NONCE;

    fn record() -> RoomRecord {
        let sid = Sid::from_random([1; 16]);
        let title = SealKey::derive(&[1; 32], &[b"title"]).seal([2; NONCE], b"", b"T").unwrap();
        let settings = RoomSettings::default();
        RoomRecord { sid, node: None, epoch: 0, created: 7, title, settings, grant: None }
    }

    #[test]
    fn a_record_counts_as_an_edge_granted_it_and_not_otherwise() {
        let (key, room) = (GrantKey::from_seed([1; 32]), room_key(1));
        let public = key.public();
        let granted =
            |record: RoomRecord| RoomRecord { grant: Some(record.grant_by(&room, &key)), ..record };
        let (n1, n2) = (NodeId::parse("n1").unwrap(), NodeId::parse("n2").unwrap());
        assert!(!record().is_granted(&room, &public), "not even an unowned one");
        let first = granted(record());
        let owned = granted(first.owned_by(&n1));
        assert!(first.is_granted(&room, &public) && owned.is_granted(&room, &public));
        assert!(!owned.is_granted(&room_key(2), &public));
        assert_eq!((owned.epoch, owned.owned_by(&n2).epoch), (1, 2));
        let changed: [fn(&mut RoomRecord); 6] = [
            |r| r.node = NodeId::parse("n2").ok(),
            |r| r.node = None,
            |r| r.epoch = 2,
            |r| r.created = 8,
            |r| r.settings.rules.waiting_room = true,
            |r| r.sid = Sid::from_random([9; 16]),
        ];
        for change in changed {
            let mut forged = owned.clone();
            change(&mut forged);
            assert!(!forged.is_granted(&room, &public));
        }
        let text = serde_json::to_vec(&owned).unwrap();
        let read: RoomRecord = serde_json::from_slice(&text).unwrap();
        assert!(read.is_granted(&room, &public), "as it is read from the bucket");
    }

    #[test]
    fn a_credential_is_dated_where_the_owner_can_revoke_it() {
        let dating = Dating { after: 100, until: 120 };
        assert_eq!((dating.date(110), dating.date(90), dating.date(500)), (110, 101, 120));
        assert_eq!(Dating { after: 120, until: 120 }.date(500), 121);
    }
}
