//! What a room is made with.

use crate::encryption::Encryption;
use crate::event::Publishing;
use crate::limits::MAX_PARTICIPANTS;
use crate::roles::RoomRole;
use serde::{Deserialize, Serialize};

/// Settings that node and edge enforce, fixed when the room is made. Nothing in them names the room
/// or a person: its title is sealed in the record ([`crate::node::RoomRecord::title`]).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RoomSettings {
    /// People at a time.
    pub max_participants: u32,
    /// Seconds that the room outlives its last participant, or waits for its first.
    pub empty_timeout: u32,
    /// True where people come in with the microphone off.
    pub mute_on_start: bool,
    /// False where nobody may send a camera's picture.
    pub allow_webcams: bool,
    /// True where only moderators may send a camera's picture.
    pub moderator_only_webcams: bool,
    /// False where nobody may share a screen.
    pub allow_screen_share: bool,
    /// False where nobody may write to others.
    pub allow_chat: bool,
    /// False where nobody may send files; nobody may either where there is no chat.
    pub allow_files: bool,
    /// True where whoever comes is told what was written before, by the clients of those who are there.
    pub share_history: bool,
    /// False where nobody may raise a hand.
    pub allow_hands: bool,
    /// False where nobody may react.
    pub allow_reactions: bool,
    /// False where clients may not record on their own device. Who records all the same cannot be
    /// seen by anybody: this binds clients that are honest.
    pub allow_local_recording: bool,
    /// Whether servers can read what they relay.
    pub encryption: Encryption,
    /// Seconds after which the room ends, counted from its first participant; 0 for no such bound.
    pub duration: u32,
    /// True where the room's course (who, when, how long each spoke; never content) is kept after
    /// its end, if the operator keeps any.
    pub analytics: bool,
    /// What moderators may change while the room runs, as it is at first.
    pub rules: Rules,
}

/// What moderators may change while the room runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Rules {
    /// What people who do not moderate may not do.
    pub locks: Locks,
    /// True where whoever does not moderate waits until a moderator admits them.
    pub waiting_room: bool,
}

impl Rules {
    /// Everything locked and the door closed: for an owner that cannot know what moderators had set.
    #[must_use]
    pub fn closed() -> Self {
        let locks = Locks {
            microphone: true,
            camera: true,
            screen: true,
            chat: true,
            private_chat: true,
            reactions: true,
            files: true,
        };
        Self { locks, waiting_room: true }
    }
}

/// What is locked for everybody who does not moderate.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Locks {
    /// No sound is forwarded.
    pub microphone: bool,
    /// No camera's picture is forwarded.
    pub camera: bool,
    /// No screen's picture is forwarded.
    pub screen: bool,
    /// Nothing is relayed that is written, to everyone or to one.
    pub chat: bool,
    /// Nothing is relayed that is written to one person.
    pub private_chat: bool,
    /// No reactions.
    pub reactions: bool,
    /// No files. Where the chat is locked there are none either.
    pub files: bool,
}

/// What a room can be used for at all: fixed, for everybody. What is locked besides is in
/// [`Rules`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Features {
    /// Cameras.
    pub cameras: bool,
    /// Cameras of moderators only.
    pub moderator_only_cameras: bool,
    /// Screens.
    pub screens: bool,
    /// Chat.
    pub chat: bool,
    /// Raised hands.
    pub hands: bool,
    /// Reactions.
    pub reactions: bool,
    /// Files, from client to client.
    pub files: bool,
    /// What was written before somebody came, told to it by the clients of those who are there.
    pub shared_history: bool,
    /// Recording on the own device.
    pub local_recording: bool,
}

impl RoomSettings {
    /// What the room can be used for.
    #[must_use]
    pub fn features(&self) -> Features {
        Features {
            cameras: self.allow_webcams,
            moderator_only_cameras: self.moderator_only_webcams,
            screens: self.allow_screen_share,
            chat: self.allow_chat,
            hands: self.allow_hands,
            reactions: self.allow_reactions,
            files: self.allow_chat && self.allow_files,
            shared_history: self.share_history,
            local_recording: self.allow_local_recording,
        }
    }
}

impl Features {
    /// Which sources somebody of this role may send under these locks.
    #[must_use]
    pub fn sources(&self, role: RoomRole, locks: &Locks) -> Publishing {
        let moderates = role == RoomRole::Moderator;
        let camera = self.cameras && (moderates || !self.moderator_only_cameras);
        Publishing {
            microphone: moderates || !locks.microphone,
            camera: camera && (moderates || !locks.camera),
            screen: self.screens && (moderates || !locks.screen),
        }
    }

    /// Whether somebody of this role may write to everyone, or else to one person.
    #[must_use]
    pub fn may_write(&self, role: RoomRole, locks: &Locks, to_one: bool) -> bool {
        let locked = locks.chat || (to_one && locks.private_chat);
        self.chat && (role == RoomRole::Moderator || !locked)
    }

    /// Whether somebody of this role may send files, to everyone or to one person.
    #[must_use]
    pub fn may_send_files(&self, role: RoomRole, locks: &Locks) -> bool {
        self.files && (role == RoomRole::Moderator || !(locks.files || locks.chat))
    }

    /// Whether somebody of this role may react.
    #[must_use]
    pub fn may_react(&self, role: RoomRole, locks: &Locks) -> bool {
        self.reactions && (role == RoomRole::Moderator || !locks.reactions)
    }
}

impl Default for RoomSettings {
    fn default() -> Self {
        Self {
            max_participants: MAX_PARTICIPANTS,
            empty_timeout: 1800,
            mute_on_start: false,
            allow_webcams: true,
            moderator_only_webcams: false,
            allow_screen_share: true,
            allow_chat: true,
            allow_files: true,
            share_history: false,
            allow_hands: true,
            allow_reactions: true,
            allow_local_recording: true,
            encryption: Encryption::Off,
            duration: 0,
            analytics: false,
            rules: Rules::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locks_hold_for_everybody_who_does_not_moderate() {
        let all_locks = Rules::closed().locks;
        let features = RoomSettings::default().features();
        let (guest, host) = (RoomRole::Participant, RoomRole::Moderator);
        assert_eq!(features.sources(guest, &all_locks), Publishing::default());
        let all = Publishing { microphone: true, camera: true, screen: true };
        assert_eq!(features.sources(host, &all_locks), all);
        assert!(
            !features.may_write(guest, &all_locks, false) && !features.may_react(guest, &all_locks)
        );
        let private = Locks { private_chat: true, ..Locks::default() };
        assert!(features.may_write(guest, &private, false));
        assert!(!features.may_write(guest, &private, true));
        assert!(features.may_write(host, &private, true));
    }

    #[test]
    fn files_go_where_the_chat_does_and_nobody_locked_them() {
        let features = RoomSettings::default().features();
        let (guest, host) = (RoomRole::Participant, RoomRole::Moderator);
        assert!(features.may_send_files(guest, &Locks::default()));
        for locks in
            [Locks { files: true, ..Locks::default() }, Locks { chat: true, ..Locks::default() }]
        {
            assert!(
                !features.may_send_files(guest, &locks) && features.may_send_files(host, &locks)
            );
        }
        let no_chat = RoomSettings { allow_chat: false, ..RoomSettings::default() }.features();
        let no_files = RoomSettings { allow_files: false, ..RoomSettings::default() }.features();
        assert!(!no_chat.files && !no_chat.may_send_files(host, &Locks::default()));
        assert!(no_files.chat && !no_files.may_send_files(host, &Locks::default()));
    }

    #[test]
    fn what_a_room_is_not_made_for_nobody_may() {
        let settings = RoomSettings {
            allow_webcams: false,
            allow_screen_share: false,
            allow_chat: false,
            allow_reactions: false,
            ..RoomSettings::default()
        };
        let features = settings.features();
        let host = RoomRole::Moderator;
        let sources = features.sources(host, &Locks::default());
        assert!(sources.microphone && !sources.camera && !sources.screen);
        assert!(!features.may_write(host, &Locks::default(), false));
        assert!(!features.may_react(host, &Locks::default()));
    }
}
