//! What an application asks of a room, as settings that node and edge enforce, and back.

use crate::errors::Problem;
use crate::platform::{NoRandomness, Platform};
use conclave_protocol::api::{
    ChatFeatures, CreateRoom, EndToEndEncryption, LockSettings, Metadata, RecordingFeatures,
    RoomFeatures, WaitingRoomFeatures,
};
use conclave_protocol::encryption::{Encryption, RoomSalt};
use conclave_protocol::limits::MAX_PARTICIPANTS;
use conclave_protocol::moderation::Service;
use conclave_protocol::settings::{Locks, RoomSettings, Rules};

/// Seconds that an unclaimed room waits at least, and at most.
const EMPTY_TIMEOUT: std::ops::RangeInclusive<u32> = 60..=24 * 3600;

/// A fresh room's encryption, with a salt of its own.
pub(crate) fn fresh_encryption<P: Platform>(
    platform: &P,
    on: bool,
) -> Result<Encryption, NoRandomness> {
    if !on {
        return Ok(Encryption::Off);
    }
    Ok(Encryption::E2ee { salt: RoomSalt::from_random(platform.random()?) })
}

/// The encryption that is asked for, where nothing else is that would need to read the room.
pub(crate) fn encryption<P: Platform>(
    platform: &P,
    features: &RoomFeatures,
) -> Result<Encryption, Problem> {
    let on = features.end_to_end_encryption_features.is_enabled;
    match services(features).next() {
        Some(service) if on => Err(Problem::Encrypted(service)),
        _ => Ok(fresh_encryption(platform, on)?),
    }
}

/// Services that are asked for.
fn services(features: &RoomFeatures) -> impl Iterator<Item = Service> {
    let recording = &features.recording_features;
    let cloud = recording.is_allow_cloud || recording.enable_auto_cloud_recording;
    let transcription = features.speech_to_text_translation_features.is_allow;
    [
        (cloud, Service::Recording),
        (features.allow_rtmp, Service::Broadcast),
        (features.ingress_features.is_allow, Service::Ingest),
        (transcription || features.insights_features.is_allow, Service::Transcription),
        (features.sip_dial_in_features.is_allow, Service::Sip),
    ]
    .into_iter()
    .filter_map(|(asked, service)| asked.then_some(service))
}

/// Reads what is asked for, in a room of this encryption.
pub(crate) fn settings(asked: &CreateRoom, encryption: Encryption) -> RoomSettings {
    let features = &asked.metadata.room_features;
    let (chat, recording) = (&features.chat_features, &features.recording_features);
    let defaults = RoomSettings::default();
    // Absent and zero are the same to protojson.
    let or = |value: Option<u32>, default| value.filter(|v| *v != 0).unwrap_or(default);
    RoomSettings {
        max_participants: or(asked.max_participants, MAX_PARTICIPANTS).min(MAX_PARTICIPANTS),
        empty_timeout: or(asked.empty_timeout, defaults.empty_timeout)
            .clamp(*EMPTY_TIMEOUT.start(), *EMPTY_TIMEOUT.end()),
        mute_on_start: features.mute_on_start,
        allow_webcams: features.allow_webcams,
        moderator_only_webcams: features.admin_only_webcams,
        allow_screen_share: features.allow_screen_share,
        allow_chat: chat.is_allow,
        allow_files: chat.is_allow_file_upload,
        share_history: chat.share_history,
        allow_hands: features.allow_raise_hand,
        allow_reactions: features.allow_reactions,
        allow_local_recording: recording.is_allow && recording.is_allow_local,
        encryption,
        duration: features.room_duration.saturating_mul(60),
        analytics: features.enable_analytics,
        rules: Rules {
            locks: locks(&asked.metadata.default_lock_settings),
            waiting_room: features.waiting_room_features.is_active,
        },
    }
}

fn locks(asked: &LockSettings) -> Locks {
    Locks {
        microphone: asked.lock_microphone,
        camera: asked.lock_webcam,
        screen: asked.lock_screen_sharing,
        chat: asked.lock_chat || asked.lock_chat_send_message,
        private_chat: asked.lock_private_chat,
        reactions: asked.lock_reactions,
        files: asked.lock_chat_file_share,
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
            recording_features: RecordingFeatures {
                is_allow: settings.allow_local_recording,
                is_allow_local: settings.allow_local_recording,
                ..RecordingFeatures::default()
            },
            chat_features: ChatFeatures {
                is_allow: settings.allow_chat,
                is_allow_file_upload: settings.allow_files,
                share_history: settings.share_history,
            },
            waiting_room_features: WaitingRoomFeatures { is_active: settings.rules.waiting_room },
            end_to_end_encryption_features: EndToEndEncryption {
                is_enabled: settings.encryption.is_on(),
            },
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
            lock_chat_file_share: locks.files,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(metadata: &str) -> RoomSettings {
        let text = format!(r#"{{"room_id":"r","metadata":{metadata}}}"#);
        settings(&serde_json::from_str(&text).unwrap(), Encryption::Off)
    }

    #[test]
    fn what_is_asked_for_comes_back_as_it_was_asked() {
        let asked = r#"{"room_title":"T","room_features":{"mute_on_start":true,"room_duration":5,
            "enable_analytics":true,"allow_raise_hand":false,"allow_reactions":false,
            "chat_features":{"allow_chat":false,"isAllowFileUpload":false,"share_history":true},
            "recording_features":{"is_allow_local":false},"waiting_room_features":{"is_active":true}},
            "default_lock_settings":{"lock_microphone":true,"lock_chat_send_message":true,
            "lock_chat_file_share":true}}"#;
        let read = read(asked);
        assert_eq!((read.duration, read.analytics, read.allow_chat), (300, true, false));
        assert!(!read.allow_files && read.share_history && !read.allow_local_recording);
        assert!(read.rules.locks.files);
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

    #[test]
    fn whatever_would_read_the_room_is_noticed_in_either_casing() {
        let asked = |text: &str| {
            let features: RoomFeatures = serde_json::from_str(text).unwrap();
            services(&features).collect::<Vec<_>>()
        };
        for (text, service) in [
            (r#"{"recording_features":{"is_allow_cloud":true}}"#, Service::Recording),
            (r#"{"recordingFeatures":{"enableAutoCloudRecording":true}}"#, Service::Recording),
            (r#"{"allow_rtmp":true}"#, Service::Broadcast),
            (r#"{"ingressFeatures":{"isAllow":true}}"#, Service::Ingest),
            (r#"{"insights_features":{"is_allow":true}}"#, Service::Transcription),
            (
                r#"{"speech_to_text_translation_features":{"is_allow":true}}"#,
                Service::Transcription,
            ),
            (r#"{"sipDialInFeatures":{"isAllow":true}}"#, Service::Sip),
        ] {
            assert_eq!(asked(text), [service], "{text}");
        }
        assert_eq!(asked("{}"), []);
        let local = r#"{"recording_features":{"is_allow":true,"is_allow_local":true}}"#;
        assert_eq!(asked(local), [], "on the own device");
    }

    #[test]
    fn an_application_is_told_that_its_room_is_encrypted() {
        let encryption = Encryption::E2ee { salt: RoomSalt::from_random([1; 16]) };
        let settings = RoomSettings { encryption, ..RoomSettings::default() };
        let told = metadata("T", &settings).room_features;
        assert!(told.end_to_end_encryption_features.is_enabled);
        assert_eq!(services(&told).next(), None, "nothing that it could not be made with again");
    }
}
