//! Roles, and what NATS lets each of them do. These lists are the whole of what a stolen
//! credential gains on the bus: nats-server enforces them from the account's signed templates.

mod template;

pub use template::Template;

use serde::{Deserialize, Serialize};

/// What a person may do in a room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoomRole {
    /// Takes part.
    Participant,
    /// Also moderates.
    Moderator,
}

/// A NATS account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Account {
    /// JetStream, edges, nodes, warden. No participant.
    Ctrl,
    /// Participants and each node's second connection. No JetStream.
    Rooms,
    /// NATS's own.
    System,
}

/// One scoped signing key an entry: a credential signed with it has exactly its template's rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BusRole {
    /// A person in a room.
    Participant,
    /// A person who moderates it.
    Moderator,
    /// A person before the door.
    Waiting,
    /// A media node's connection beside participants.
    NodeRooms,
    /// A media node's connection to the control plane.
    NodeCtrl,
    /// An edge.
    Edge,
    /// The courier, which delivers webhooks.
    Courier,
    /// The warden.
    Warden,
    /// The warden's connection to NATS's own account: pushes revocations.
    Revoker,
    /// A gate: the nats-server at which edges elsewhere arrive ([`crate::gate`]).
    Gate,
}

impl BusRole {
    /// Every role.
    pub const ALL: [Self; 10] = [
        Self::Participant,
        Self::Moderator,
        Self::Waiting,
        Self::NodeRooms,
        Self::NodeCtrl,
        Self::Edge,
        Self::Courier,
        Self::Warden,
        Self::Revoker,
        Self::Gate,
    ];

    /// The account in which it acts.
    #[must_use]
    pub fn account(self) -> Account {
        match self {
            Self::Participant | Self::Moderator | Self::Waiting | Self::NodeRooms => Account::Rooms,
            Self::NodeCtrl | Self::Edge | Self::Courier | Self::Warden | Self::Gate => {
                Account::Ctrl
            }
            Self::Revoker => Account::System,
        }
    }

    /// Its name in the account's JWT and in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Participant => "participant",
            Self::Moderator => "moderator",
            Self::Waiting => "waiting",
            Self::NodeRooms => "node-rooms",
            Self::NodeCtrl => "node-ctrl",
            Self::Edge => "edge",
            Self::Courier => "courier",
            Self::Warden => "warden",
            Self::Revoker => "revoker",
            Self::Gate => "gate",
        }
    }
}
