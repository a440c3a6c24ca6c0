//! What a room's owner says on the bus, and what participants say to it.
//!
//! Events for everyone are sequenced by (epoch, seq): a client that misses one asks for it with
//! [`Resync`]. Hints are not sequenced; the latest counts.

use crate::ids::{DisplayName, Pid};
use crate::roles::RoomRole;
use serde::{Deserialize, Serialize};

/// Last token of the subject, owner to everyone.
pub mod all {
    /// A sequenced [`super::Sequenced`] event.
    pub const EVENT: &str = "event";
    /// The current position, every second: [`super::Beat`].
    pub const BEAT: &str = "beat";
    /// Unsequenced [`super::Hint`].
    pub const HINT: &str = "hint";
}

/// Last token of the subject, owner to one participant.
pub mod one {
    /// A page of the roster: [`super::Snapshot`].
    pub const SNAPSHOT: &str = "snapshot";
    /// The events that were missed: [`super::Missed`].
    pub const MISSED: &str = "missed";
    /// Who is in which slot: [`super::Slots`].
    pub const SLOTS: &str = "slots";
    /// A newer tab took over: [`super::Displaced`].
    pub const DISPLACED: &str = "displaced";
}

/// Last token of the subject, participant to owner.
pub mod from {
    /// [`super::Resync`].
    pub const RESYNC: &str = "resync";
    /// [`super::Publishing`]: what is switched on.
    pub const MEDIA: &str = "media";
    /// [`super::View`]: what the tiles need.
    pub const VIEW: &str = "view";
    /// Leaves the room: [`super::Leave`].
    pub const LEAVE: &str = "leave";
}

/// What a track carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SourceKind {
    /// A voice.
    Microphone,
    /// A face.
    Camera,
    /// A screen's picture.
    Screen,
}

/// Which of a participant's sources are switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Publishing {
    /// Not muted.
    pub microphone: bool,
    /// Camera on.
    pub camera: bool,
    /// Screen shared.
    pub screen: bool,
}

/// A participant as others see it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Who.
    pub pid: Pid,
    /// Shown name.
    pub name: DisplayName,
    /// Role.
    pub role: RoomRole,
    /// What is switched on.
    pub media: Publishing,
}

/// Why somebody left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftReason {
    /// By own will.
    Left,
    /// The connection was lost.
    Lost,
}

/// A change that everyone sees in the same order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum RoomEvent {
    /// Somebody came in, or came back.
    Joined {
        /// Who.
        person: Person,
    },
    /// Somebody went.
    Left {
        /// Who.
        pid: Pid,
        /// Why.
        reason: LeftReason,
    },
    /// Somebody switched something on or off.
    Media {
        /// Who.
        pid: Pid,
        /// What is on now.
        media: Publishing,
    },
    /// The room is over.
    Ended,
}

/// An event with its place in the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sequenced {
    /// Counts the room's owners.
    pub epoch: u64,
    /// Counts the owner's events from 1.
    pub seq: u64,
    /// What happened.
    pub event: RoomEvent,
}

/// Where the owner is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beat {
    /// Counts the room's owners.
    pub epoch: u64,
    /// The last event's number.
    pub seq: u64,
}

/// A passing observation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Hint {
    /// Everyone who speaks now.
    Speaking {
        /// Who.
        pids: Vec<Pid>,
    },
}

/// A page of the roster as it was at (epoch, seq).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Counts the room's owners.
    pub epoch: u64,
    /// The last event that it contains.
    pub seq: u64,
    /// From 0.
    pub page: u32,
    /// At least 1.
    pub pages: u32,
    /// People on this page.
    pub people: Vec<Person>,
}

/// The events that a participant missed, in order and without a gap.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missed {
    /// Events.
    pub events: Vec<Sequenced>,
}

/// One receive slot of a participant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// The media line's id in the participant's own SDP.
    pub mid: String,
    /// Whose media comes in it; `None` for an empty slot.
    pub source: Option<Source>,
}

/// A participant's source.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Source {
    /// Who.
    pub pid: Pid,
    /// Which.
    pub kind: SourceKind,
}

/// Who is in which slot; a higher version replaces a lower.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slots {
    /// Rises with each change.
    pub version: u64,
    /// All slots.
    pub slots: Vec<Slot>,
}

/// Tells an older tab that another connection took its place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Displaced {
    /// The bus key of the connection that is in the room now.
    pub bus_key: String,
}

/// What a participant has seen; answered by [`Missed`] or [`Snapshot`] pages, and [`Slots`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resync {
    /// Its epoch; 0 for none.
    pub epoch: u64,
    /// Its last event.
    pub seq: u64,
}

/// What a participant wants to see, most important first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// At most 64.
    pub wants: Vec<Want>,
}

/// One tile.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Want {
    /// Whose.
    pub pid: Pid,
    /// Camera or screen.
    pub kind: SourceKind,
    /// Height of the tile in device pixels.
    pub height: u16,
}

/// Leaves the room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leave {}
