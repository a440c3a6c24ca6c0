//! One participant, as the owner knows it.

use crate::command::Relay;
use crate::mailbox::Mailbox;
use conclave_protocol::ban::Marks;
use conclave_protocol::event::{Person, Publishing, Slots};
use conclave_protocol::ids::UserId;
use conclave_protocol::roles::RoomRole;
use std::time::{Duration, Instant};

/// Reactions that are relayed in a second.
const REACTIONS: u32 = 5;

/// Somebody in the room.
pub(crate) struct Member {
    pub(crate) person: Person,
    pub(crate) user: UserId,
    pub(crate) marks: Marks,
    /// Only moderators know of it, and it sends nothing.
    pub(crate) hidden: bool,
    /// Public nkey of the connection that holds the place; a newer one displaces it.
    pub(crate) bus_key: String,
    pub(crate) slots: Slots,
    /// The last event before which this person may see none: that of its coming.
    pub(crate) position: u64,
    pub(crate) mail: Mailbox,
    pub(crate) reactions: Reactions,
    /// What the node was ordered to relay of this connection; `None` before it was.
    pub(crate) relay: Option<Relay>,
}

impl Member {
    pub(crate) fn moderates(&self) -> bool {
        self.person.role == RoomRole::Moderator
    }
}

/// Somebody who was in the room or before its door, and may come back.
#[derive(Clone)]
pub(crate) struct Gone {
    pub(crate) user: UserId,
    pub(crate) marks: Marks,
    /// False for somebody who only waited.
    pub(crate) entered: bool,
    pub(crate) mail: Mailbox,
}

/// Bounds one person's reactions.
#[derive(Default)]
pub(crate) struct Reactions {
    since: Option<Instant>,
    count: u32,
}

impl Reactions {
    /// Whether one more is relayed.
    pub(crate) fn take(&mut self, now: Instant) -> bool {
        let second = Duration::from_secs(1);
        if self.since.is_none_or(|since| now.saturating_duration_since(since) >= second) {
            *self = Self { since: Some(now), count: 0 };
        }
        self.count += 1;
        self.count <= REACTIONS
    }
}

/// What is on of what is wanted.
pub(crate) fn limit(wanted: Publishing, allowed: Publishing) -> Publishing {
    Publishing {
        microphone: wanted.microphone && allowed.microphone,
        camera: wanted.camera && allowed.camera,
        screen: wanted.screen && allowed.screen,
    }
}
