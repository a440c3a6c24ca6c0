//! What moderators ask of a room's owner: `room.<sid>.<node>.mod.<pid>.<kind>`, where NATS lets
//! moderators alone publish. The owner checks the role again.

use crate::ids::Pid;
use crate::roles::RoomRole;
use crate::settings::Rules;
use serde::{Deserialize, Serialize};

/// Last token of the subject.
pub mod kind {
    /// [`super::Silence`].
    pub const SILENCE: &str = "silence";
    /// [`super::SetRole`].
    pub const ROLE: &str = "role";
    /// [`super::SetRules`].
    pub const RULES: &str = "rules";
    /// [`super::Remove`].
    pub const REMOVE: &str = "remove";
    /// [`super::Admit`].
    pub const ADMIT: &str = "admit";
    /// [`super::LowerHands`].
    pub const LOWER_HANDS: &str = "lower_hands";
    /// [`super::EndRoom`].
    pub const END: &str = "end";
}

/// Switches sources off. Whoever is not locked may switch them on again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// Whose; everybody's who does not moderate, where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<Pid>,
    /// True: off.
    #[serde(default)]
    pub microphone: bool,
    /// True: off.
    #[serde(default)]
    pub camera: bool,
    /// True: off.
    #[serde(default)]
    pub screen: bool,
}

/// Makes somebody a moderator, or a participant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetRole {
    /// Whom.
    pub pid: Pid,
    /// What.
    pub role: RoomRole,
}

/// Changes the rules.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetRules {
    /// All of them.
    pub rules: Rules,
}

/// Takes somebody out of the room, or refuses somebody who waits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Remove {
    /// Whom.
    pub pid: Pid,
    /// True where the person may not come back with anything it holds: its user id, its device and
    /// the invite that it came by are refused from now on.
    #[serde(default)]
    pub ban: bool,
}

/// Lets people in who wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admit {
    /// Whom; all where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<Pid>,
}

/// Lowers hands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LowerHands {
    /// Whose; all where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pid: Option<Pid>,
}

/// Ends the room for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct EndRoom {}
