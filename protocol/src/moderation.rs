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
    /// [`super::SetService`].
    pub const SERVICE: &str = "service";
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

/// Begins or ends a service of the server's: declined in an encrypted room, which no server can read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetService {
    /// Which.
    pub service: Service,
    /// True where it begins.
    pub on: bool,
}

/// What a server could do with a room's media and chat if it could read them. None is there in this
/// version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    /// Recording on the server.
    Recording,
    /// Sending the room to a public stream (RTMP).
    Broadcast,
    /// Captions and minutes.
    Transcription,
    /// A program that listens and answers.
    Assistant,
    /// Telephones.
    Sip,
    /// Taking in a stream of a program that has no key (RTMP, WHIP).
    Ingest,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Recording,
        Self::Broadcast,
        Self::Transcription,
        Self::Assistant,
        Self::Sip,
        Self::Ingest,
    ];

    /// What people call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Recording => "cloud recording",
            Self::Broadcast => "broadcasting",
            Self::Transcription => "transcription",
            Self::Assistant => "an assistant",
            Self::Sip => "telephone",
            Self::Ingest => "ingest",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_known_by_their_names_on_the_wire() {
        let names = ["recording", "broadcast", "transcription", "assistant", "sip", "ingest"];
        for (service, name) in Service::ALL.into_iter().zip(names) {
            let text = format!(r#"{{"service":"{name}","on":true}}"#);
            let read: SetService = serde_json::from_str(&text).unwrap();
            assert_eq!(read, SetService { service, on: true });
        }
        assert!(serde_json::from_str::<SetService>(r#"{"service":"x","on":true}"#).is_err());
    }
}
