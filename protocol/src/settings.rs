//! What a room is made with.

use crate::event::Publishing;
use crate::limits::MAX_PARTICIPANTS;
use crate::roles::RoomRole;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Settings that node and edge enforce, fixed when the room is made.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoomSettings {
    /// What people see as the room's name.
    pub title: String,
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
}

impl RoomSettings {
    /// Which sources the room allows somebody of this role.
    #[must_use]
    pub fn allowed(&self, role: RoomRole) -> Publishing {
        let moderates = role == RoomRole::Moderator;
        Publishing {
            microphone: true,
            camera: self.allow_webcams && (moderates || !self.moderator_only_webcams),
            screen: self.allow_screen_share,
        }
    }
}

impl Default for RoomSettings {
    fn default() -> Self {
        Self {
            title: String::new(),
            max_participants: MAX_PARTICIPANTS,
            empty_timeout: 1800,
            mute_on_start: false,
            allow_webcams: true,
            moderator_only_webcams: false,
            allow_screen_share: true,
        }
    }
}

impl fmt::Debug for RoomSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RoomSettings")
            .field("max_participants", &self.max_participants)
            .field("empty_timeout", &self.empty_timeout)
            .finish_non_exhaustive()
    }
}
