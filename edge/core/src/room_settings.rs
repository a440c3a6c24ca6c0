//! What an application asks of a room, as settings that node and edge enforce, and back.

use crate::errors::Problem;
use conclave_protocol::api::{
    ChatFeatures, CreateRoom, LockSettings, Metadata, RoomFeatures, WaitingRoomFeatures,
};
use conclave_protocol::limits::MAX_PARTICIPANTS;
use conclave_protocol::settings::{Locks, RoomSettings, Rules};

/// Seconds that an unclaimed room waits at least, and at most.
const EMPTY_TIMEOUT: std::ops::RangeInclusive<u32> = 60..=24 * 3600;

/// Reads what is asked for.
pub(crate) fn settings(asked: &CreateRoom) -> Result<RoomSettings, Problem> {
    let features = &asked.metadata.room_features;
    if features.end_to_end_encryption_features.is_enabled {
        return Err(Problem::NoEncryption);
    }
    let defaults = RoomSettings::default();
    // Absent and zero are the same to protojson.
    let or = |value: Option<u32>, default| value.filter(|v| *v != 0).unwrap_or(default);
    Ok(RoomSettings {
        max_participants: or(asked.max_participants, MAX_PARTICIPANTS).min(MAX_PARTICIPANTS),
        empty_timeout: or(asked.empty_timeout, defaults.empty_timeout)
            .clamp(*EMPTY_TIMEOUT.start(), *EMPTY_TIMEOUT.end()),
        mute_on_start: features.mute_on_start,
        allow_webcams: features.allow_webcams,
        moderator_only_webcams: features.admin_only_webcams,
        allow_screen_share: features.allow_screen_share,
        allow_chat: features.chat_features.is_allow,
        allow_hands: features.allow_raise_hand,
        allow_reactions: features.allow_reactions,
        duration: features.room_duration.saturating_mul(60),
        analytics: features.enable_analytics,
        rules: Rules {
            locks: locks(&asked.metadata.default_lock_settings),
            waiting_room: features.waiting_room_features.is_active,
        },
    })
}

fn locks(asked: &LockSettings) -> Locks {
    Locks {
        microphone: asked.lock_microphone,
        camera: asked.lock_webcam,
        screen: asked.lock_screen_sharing,
        chat: asked.lock_chat || asked.lock_chat_send_message,
        private_chat: asked.lock_private_chat,
        reactions: asked.lock_reactions,
    }
}

/// Says settings in an application's words.
pub(crate) fn metadata(title: &str, settings: &RoomSettings) -> Metadata {
    let locks = &settings.rules.locks;
    Metadata {
        room_title: title.to_owned(),
        room_features: RoomFeatures {
            allow_webcams: settings.allow_webcams,
            mute_on_start: settings.mute_on_start,
            allow_screen_share: settings.allow_screen_share,
            admin_only_webcams: settings.moderator_only_webcams,
            room_duration: settings.duration / 60,
            enable_analytics: settings.analytics,
            allow_raise_hand: settings.allow_hands,
            allow_reactions: settings.allow_reactions,
            chat_features: ChatFeatures { is_allow: settings.allow_chat },
            waiting_room_features: WaitingRoomFeatures { is_active: settings.rules.waiting_room },
            ..RoomFeatures::default()
        },
        default_lock_settings: LockSettings {
            lock_microphone: locks.microphone,
            lock_webcam: locks.camera,
            lock_screen_sharing: locks.screen,
            lock_chat: locks.chat,
            lock_chat_send_message: locks.chat,
            lock_private_chat: locks.private_chat,
            lock_reactions: locks.reactions,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(metadata: &str) -> RoomSettings {
        let text = format!(r#"{{"room_id":"r","metadata":{metadata}}}"#);
        settings(&serde_json::from_str(&text).unwrap()).unwrap()
    }

    #[test]
    fn what_is_asked_for_comes_back_as_it_was_asked() {
        let asked = r#"{"room_title":"T","room_features":{"mute_on_start":true,"room_duration":5,
            "enable_analytics":true,"allow_raise_hand":false,"allow_reactions":false,
            "chat_features":{"allow_chat":false},"waiting_room_features":{"is_active":true}},
            "default_lock_settings":{"lock_microphone":true,"lock_chat_send_message":true}}"#;
        let read = read(asked);
        assert_eq!((read.duration, read.analytics, read.allow_chat), (300, true, false));
        assert!(!read.allow_hands && !read.allow_reactions && read.rules.waiting_room);
        assert!(read.rules.locks.microphone && read.rules.locks.chat && !read.rules.locks.camera);
        let told = serde_json::to_string(&metadata("T", &read)).unwrap();
        assert_eq!(self::read(&told), read);
    }

    #[test]
    fn nothing_is_collected_or_locked_unless_asked_for() {
        let read = read(r#"{"room_title":"T","room_features":{}}"#);
        assert_eq!(read, RoomSettings::default());
        assert!(!read.analytics);
    }
}
