//! What a room's owner says on the bus, and what participants say to it.
//!
//! Events for everyone are sequenced by (epoch, seq): a client that misses one asks for it with
//! [`Resync`]. Hints are not sequenced; the latest counts. What moderators ask for is in
//! [`crate::moderation`].

pub use crate::chat::{ChatBody, ChatText, Mail, Write};
use crate::encryption::{Encryption, SealedHello};
use crate::ids::{DisplayName, Pid};
use crate::roles::RoomRole;
use crate::settings::Rules;
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
    /// What was written to or by this person alone: [`super::Mail`].
    pub const MAIL: &str = "mail";
    /// What was not done, and why: [`super::Declined`].
    pub const DECLINED: &str = "declined";
    /// This person's rights changed: a new credential has to be asked for: [`super::YourRole`].
    pub const ROLE: &str = "role";
    /// This person is out of the room, or not let in: [`super::Removed`].
    pub const REMOVED: &str = "removed";
    /// To somebody who waits: come in.
    pub const ADMITTED: &str = "admitted";
    /// To moderators: who waits and who is hidden: [`super::Backstage`].
    pub const BACKSTAGE: &str = "backstage";
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
    /// Writes to everyone or to one person: [`super::Write`].
    pub const CHAT: &str = "chat";
    /// Raises or lowers the own hand: [`super::RaiseHand`].
    pub const HAND: &str = "hand";
    /// Reacts: [`super::React`].
    pub const REACTION: &str = "reaction";
    /// In an encrypted room, says with which keys the person sends: [`super::Hello`].
    pub const HELLO: &str = "hello";
    /// Begins or ends to record on the own device: [`super::Recording`].
    pub const RECORDING: &str = "recording";
    /// Still waits before the door, said every [`super::WAITING_SAYS_SECONDS`]: [`super::Waiting`],
    /// or anything else, which says as much. The one message that a waiting person may publish.
    pub const WAITING: &str = "waiting";
}

/// How often somebody who waits says so, in seconds.
pub const WAITING_SAYS_SECONDS: u64 = 5;
/// Whoever has not said so for this long waits no more, in seconds.
pub const WAITING_LOST_SECONDS: u64 = 20;

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
    /// Place in the order of raised hands, the lowest first; `None` where the hand is down.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hand: Option<u64>,
    /// The latest that this connection of the person announced; encrypted rooms only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hello: Option<SealedHello>,
    /// True where the person says that it records on its own device.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub recording: bool,
}

/// Why somebody left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeftReason {
    /// By own will.
    Left,
    /// The connection was lost.
    Lost,
    /// A moderator, or the node for a flood of messages, took the person out.
    Removed,
}

/// Why a room is over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// Nobody was there for as long as the room waits.
    Empty,
    /// A moderator ended it for all.
    Moderator,
    /// Its time is up.
    Duration,
    /// The application ended it.
    Application,
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
        /// The moderator who switched it, where it was not the person.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<Pid>,
    },
    /// A hand went up or down.
    Hand {
        /// Whose.
        pid: Pid,
        /// As in [`Person::hand`].
        hand: Option<u64>,
    },
    /// Somebody was made moderator or is none any more.
    Role {
        /// Who.
        pid: Pid,
        /// Role now.
        role: RoomRole,
    },
    /// Moderators changed the rules.
    Rules {
        /// As they are now.
        rules: Rules,
    },
    /// Somebody wrote to everyone.
    Chat {
        /// Who.
        pid: Pid,
        /// What.
        #[serde(flatten)]
        body: ChatBody,
    },
    /// Somebody said with which keys it sends.
    Hello {
        /// Who.
        pid: Pid,
        /// As in [`Person::hello`].
        hello: SealedHello,
    },
    /// Somebody began or ceased to record on its own device.
    Recording {
        /// Who.
        pid: Pid,
        /// True where it records now.
        on: bool,
    },
    /// The room is over.
    Ended {
        /// Why.
        reason: EndReason,
    },
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
    /// Somebody reacts.
    Reaction {
        /// Who.
        pid: Pid,
        /// How.
        reaction: Reaction,
    },
}

/// The reactions that there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs)] // The names are the documentation.
pub enum Reaction {
    ThumbsUp,
    Applause,
    Heart,
    Laugh,
    Surprise,
    Sad,
    Celebrate,
    ThumbsDown,
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
    /// The rules.
    pub rules: Rules,
    /// As the room was made.
    pub encryption: Encryption,
    /// Seconds until the room's time is up, where it has a bound.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_in: Option<u64>,
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
    /// Number of the last [`Mail`] that it has; 0 for none.
    #[serde(default)]
    pub mail: u64,
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

/// Raises or lowers the own hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RaiseHand {
    /// Up.
    pub raised: bool,
}

/// Reacts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct React {
    /// How.
    pub reaction: Reaction,
}

/// Says with which keys one sends: kept by the owner as [`Person::hello`], the latest alone, until the
/// person goes or comes back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// What others can read who have the room's key.
    pub hello: SealedHello,
}

/// Says that one records on the own device: kept by the owner as [`Person::recording`], for everybody
/// to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recording {
    /// True where it begins.
    pub on: bool,
}

/// Still waits.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Waiting {
    /// What moderators can read who have the room's key; encrypted rooms only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hello: Option<SealedHello>,
}

/// What somebody asked for and did not get.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Declined {
    /// What.
    pub what: Asked,
    /// Why.
    pub why: Why,
}

/// What can be declined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Asked {
    /// A source.
    Media,
    /// Writing to everyone.
    Chat,
    /// Writing to one.
    PrivateChat,
    /// A raised hand.
    Hand,
    /// A reaction.
    Reaction,
    /// What only moderators may.
    Moderation,
    /// A hello.
    Hello,
    /// Recording on the own device.
    Recording,
    /// A service of the server's: [`crate::moderation::Service`].
    Service,
}

/// Why it was declined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Why {
    /// The room is not made for it.
    Off,
    /// Moderators have locked it.
    Locked,
    /// Only moderators may.
    NotModerator,
    /// The other person is not there any more.
    Gone,
    /// A room keeps at least one moderator.
    LastModerator,
    /// The room takes only what is encrypted, and no server can read it.
    Encrypted,
    /// The room takes only what is not encrypted.
    Plain,
}

/// Somebody's new role: the old credential is revoked or too narrow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct YourRole {
    /// Role now.
    pub role: RoomRole,
}

/// Why somebody is out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Removed {
    /// How.
    pub how: RemovedHow,
}

/// How somebody was removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RemovedHow {
    /// By a moderator; a new token or invite may bring the person back.
    Removed,
    /// By a moderator, for good.
    Banned,
    /// Waited, and was not let in.
    Refused,
    /// Waited, and the room is over.
    Ended,
    /// Sent more messages than anybody can write.
    Flooded,
}

/// Somebody before the door.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waiter {
    /// Who.
    pub pid: Pid,
    /// Shown name.
    pub name: DisplayName,
    /// The latest that it announced; encrypted rooms only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hello: Option<SealedHello>,
}

/// What only moderators see; a higher version replaces a lower of the same epoch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backstage {
    /// Counts the room's owners.
    pub epoch: u64,
    /// Rises with each change.
    pub version: u64,
    /// Who waits, the longest first.
    pub waiting: Vec<Waiter>,
    /// Who is in the room unseen.
    pub hidden: Vec<Person>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn returns(text: &str) -> RoomEvent {
        let read: RoomEvent = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&read).unwrap(), text);
        read
    }

    #[test]
    fn events_are_written_as_clients_know_them() {
        let pid = Pid::from_hash(&[1; 32]);
        let plain = returns(&format!(r#"{{"type":"chat","pid":"{pid}","text":"x"}}"#));
        assert!(matches!(plain, RoomEvent::Chat { body, .. } if !body.is_sealed()));
        let sealed = returns(&format!(r#"{{"type":"chat","pid":"{pid}","sealed":"AAAA"}}"#));
        assert!(matches!(sealed, RoomEvent::Chat { body, .. } if body.is_sealed()));
        returns(&format!(r#"{{"type":"hello","pid":"{pid}","hello":"AAAA"}}"#));
        returns(&format!(r#"{{"type":"recording","pid":"{pid}","on":true}}"#));
    }

    #[test]
    fn of_somebody_who_said_nothing_and_records_nothing_nothing_is_told() {
        let person = Person {
            pid: Pid::from_hash(&[1; 32]),
            name: DisplayName::parse("Ada").unwrap(),
            role: RoomRole::Participant,
            media: Publishing::default(),
            hand: None,
            hello: None,
            recording: false,
        };
        let text = serde_json::to_string(&person).unwrap();
        assert!(!text.contains("hello") && !text.contains("recording"));
        assert_eq!(serde_json::from_str::<Person>(&text).unwrap(), person);
    }
}
