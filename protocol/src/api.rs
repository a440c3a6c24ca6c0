//! Shapes of the REST API that applications call, as Plug-N-Meet's SDKs speak it: input in
//! snake_case or camelCase with unknown fields dropped, output in snake_case.

use crate::ids::{DisplayName, RoomId, UserId};
use crate::redact::hidden_debug;
use serde::{Deserialize, Serialize};

/// Outcome in words that SDKs know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[allow(missing_docs)] // The names are the documentation; they are Plug-N-Meet's.
pub enum StatusCode {
    UnknownStatus,
    Success,
    PermissionDenied,
    NotFound,
    Conflict,
    InvalidTokenOrSignature,
    InvalidApiKey,
    InternalServerError,
    InvalidParameters,
    MissingRequiredParameter,
    RoomNotFound,
    UserNotFound,
    UserBlocked,
    UserNotActive,
    RoomNotActive,
}

/// The three fields of every answer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// True for success.
    pub status: bool,
    /// A sentence for people.
    pub msg: String,
    /// A word for programs.
    pub status_code: StatusCode,
}

impl Status {
    /// Success.
    #[must_use]
    pub fn success() -> Self {
        Self { status: true, msg: "success".into(), status_code: StatusCode::Success }
    }

    /// A refusal or failure.
    #[must_use]
    pub fn failure(status_code: StatusCode, msg: impl Into<String>) -> Self {
        Self { status: false, msg: msg.into(), status_code }
    }
}

/// An answer: status and, on success, what was asked for.
#[derive(Clone, Serialize, Deserialize)]
pub struct Answer<T> {
    /// How it went.
    #[serde(flatten)]
    pub status: Status,
    /// The rest of the answer.
    #[serde(flatten)]
    pub body: T,
}

/// `POST /auth/room/create`.
#[derive(Clone, Deserialize)]
pub struct CreateRoom {
    /// The application's name for the room.
    #[serde(alias = "roomId")]
    pub room_id: RoomId,
    /// Seconds.
    #[serde(default, alias = "emptyTimeout")]
    pub empty_timeout: Option<u32>,
    /// People.
    #[serde(default, alias = "maxParticipants")]
    pub max_participants: Option<u32>,
    /// Title, features and locks.
    pub metadata: Metadata,
}

/// A room's metadata, as far as Conclave acts on it.
#[derive(Clone, Serialize, Deserialize)]
pub struct Metadata {
    /// What people see.
    #[serde(alias = "roomTitle")]
    pub room_title: String,
    /// What people may do.
    #[serde(alias = "roomFeatures")]
    pub room_features: RoomFeatures,
    /// What is locked at first for everybody who does not moderate.
    #[serde(default, alias = "defaultLockSettings")]
    pub default_lock_settings: LockSettings,
}

/// Switches of a room.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct RoomFeatures {
    /// Cameras at all.
    #[serde(alias = "allowWebcams")]
    pub allow_webcams: bool,
    /// Microphones off at first.
    #[serde(alias = "muteOnStart")]
    pub mute_on_start: bool,
    /// Screens at all.
    #[serde(alias = "allowScreenShare")]
    pub allow_screen_share: bool,
    /// Cameras of moderators only.
    #[serde(alias = "adminOnlyWebcams")]
    pub admin_only_webcams: bool,
    /// Minutes after which the room ends, counted from its first participant; 0 for no bound.
    #[serde(alias = "roomDuration")]
    pub room_duration: u32,
    /// Whether the room's course is kept after its end.
    #[serde(alias = "enableAnalytics")]
    pub enable_analytics: bool,
    /// Raised hands at all.
    #[serde(alias = "allowRaiseHand")]
    pub allow_raise_hand: bool,
    /// Reactions at all.
    #[serde(alias = "allowReactions")]
    pub allow_reactions: bool,
    /// Recording.
    #[serde(alias = "recordingFeatures")]
    pub recording_features: RecordingFeatures,
    /// Chat.
    #[serde(alias = "chatFeatures")]
    pub chat_features: ChatFeatures,
    /// Sending the room to a public stream.
    #[serde(alias = "allowRtmp")]
    pub allow_rtmp: bool,
    /// Taking in a stream of a program.
    #[serde(alias = "ingressFeatures")]
    pub ingress_features: Switch,
    /// Captions, in older SDKs.
    #[serde(alias = "speechToTextTranslationFeatures")]
    pub speech_to_text_translation_features: Switch,
    /// Captions, minutes and assistants.
    #[serde(alias = "insightsFeatures")]
    pub insights_features: Switch,
    /// Telephones.
    #[serde(alias = "sipDialInFeatures")]
    pub sip_dial_in_features: Switch,
    /// The waiting room.
    #[serde(alias = "waitingRoomFeatures")]
    pub waiting_room_features: WaitingRoomFeatures,
    /// End-to-end encryption.
    #[serde(alias = "endToEndEncryptionFeatures")]
    pub end_to_end_encryption_features: EndToEndEncryption,
}

impl Default for RoomFeatures {
    fn default() -> Self {
        Self {
            allow_webcams: true,
            mute_on_start: false,
            allow_screen_share: true,
            admin_only_webcams: false,
            room_duration: 0,
            enable_analytics: false,
            allow_raise_hand: true,
            allow_reactions: true,
            recording_features: RecordingFeatures::default(),
            chat_features: ChatFeatures::default(),
            allow_rtmp: false,
            ingress_features: Switch::default(),
            speech_to_text_translation_features: Switch::default(),
            insights_features: Switch::default(),
            sip_dial_in_features: Switch::default(),
            waiting_room_features: WaitingRoomFeatures::default(),
            end_to_end_encryption_features: EndToEndEncryption::default(),
        }
    }
}

/// Chat. Older SDKs spell its switch `allow_chat`.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct ChatFeatures {
    /// On or off.
    #[serde(alias = "isAllow", alias = "allow_chat", alias = "allowChat")]
    pub is_allow: bool,
    /// Files.
    #[serde(alias = "isAllowFileUpload")]
    pub is_allow_file_upload: bool,
    /// Whoever comes is told what was written before. Conclave's own.
    #[serde(alias = "shareHistory")]
    pub share_history: bool,
}

impl Default for ChatFeatures {
    fn default() -> Self {
        Self { is_allow: true, is_allow_file_upload: true, share_history: false }
    }
}

/// Recording.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(default)]
pub struct RecordingFeatures {
    /// On or off.
    #[serde(alias = "isAllow")]
    pub is_allow: bool,
    /// On the server.
    #[serde(alias = "isAllowCloud")]
    pub is_allow_cloud: bool,
    /// On people's own devices.
    #[serde(alias = "isAllowLocal")]
    pub is_allow_local: bool,
    /// On the server, from the first moment.
    #[serde(alias = "enableAutoCloudRecording")]
    pub enable_auto_cloud_recording: bool,
}

impl Default for RecordingFeatures {
    fn default() -> Self {
        Self {
            is_allow: true,
            is_allow_cloud: false,
            is_allow_local: true,
            enable_auto_cloud_recording: false,
        }
    }
}

/// Something that is on or off, and off unless asked for.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Switch {
    /// On or off.
    #[serde(alias = "isAllow")]
    pub is_allow: bool,
}

/// The waiting room.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct WaitingRoomFeatures {
    /// On or off.
    #[serde(alias = "isActive")]
    pub is_active: bool,
}

/// What is locked for everybody who does not moderate, as far as Conclave has it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct LockSettings {
    /// Microphones.
    #[serde(alias = "lockMicrophone")]
    pub lock_microphone: bool,
    /// Cameras.
    #[serde(alias = "lockWebcam")]
    pub lock_webcam: bool,
    /// Screens.
    #[serde(alias = "lockScreenSharing")]
    pub lock_screen_sharing: bool,
    /// Chat.
    #[serde(alias = "lockChat")]
    pub lock_chat: bool,
    /// Writing into the chat; to Conclave the same as `lock_chat`.
    #[serde(alias = "lockChatSendMessage")]
    pub lock_chat_send_message: bool,
    /// Files.
    #[serde(alias = "lockChatFileShare")]
    pub lock_chat_file_share: bool,
    /// Chat between two.
    #[serde(alias = "lockPrivateChat")]
    pub lock_private_chat: bool,
    /// Reactions.
    #[serde(alias = "lockReactions")]
    pub lock_reactions: bool,
}

/// The switch for end-to-end encryption.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct EndToEndEncryption {
    /// On or off.
    #[serde(alias = "isEnabled")]
    pub is_enabled: bool,
}

/// A room, as the API tells of it.
#[derive(Clone, Serialize, Deserialize)]
pub struct RoomInfo {
    /// Title.
    pub room_title: String,
    /// The application's name.
    pub room_id: RoomId,
    /// This life of it.
    pub sid: String,
    /// Seconds since 1970; protojson writes 64-bit integers as text.
    pub creation_time: String,
    /// True.
    pub is_running: bool,
    /// [`Metadata`] as JSON inside a string.
    pub metadata: String,
}

/// What `create` adds to its status.
#[derive(Clone, Serialize, Deserialize)]
pub struct Created {
    /// The room.
    pub room_info: RoomInfo,
}

/// `POST /auth/room/getJoinToken`.
#[derive(Clone, Deserialize)]
pub struct GetJoinToken {
    /// The application's name for the room.
    #[serde(alias = "roomId")]
    pub room_id: RoomId,
    /// The person.
    #[serde(alias = "userInfo")]
    pub user_info: UserInfo,
}

/// A person for whom a token is asked.
#[derive(Clone, Deserialize)]
pub struct UserInfo {
    /// What others see.
    pub name: DisplayName,
    /// The application's name.
    #[serde(alias = "userId")]
    pub user_id: UserId,
    /// Moderator.
    #[serde(default, alias = "isAdmin")]
    pub is_admin: bool,
    /// Seen by moderators only, and silent.
    #[serde(default, alias = "isHidden")]
    pub is_hidden: bool,
}

/// What `getJoinToken` adds to its status.
#[derive(Clone, Serialize, Deserialize)]
pub struct Token {
    /// The join token.
    pub token: String,
}

/// `POST /auth/room/endRoom`.
#[derive(Clone, Deserialize)]
pub struct EndRoom {
    /// The application's name for the room.
    #[serde(alias = "roomId")]
    pub room_id: RoomId,
}

/// Rooms in one `POST /auth/analytics/fetch`.
pub const MAX_ROOM_IDS: usize = 20;
/// Entries in one page of its answer, at most.
pub const MAX_LISTED: u32 = 100;

/// `POST /auth/analytics/fetch`.
#[derive(Clone, Deserialize)]
pub struct FetchAnalytics {
    /// The application's names for the rooms, at most [`MAX_ROOM_IDS`].
    #[serde(alias = "roomIds")]
    pub room_ids: Vec<RoomId>,
    /// Entries to skip.
    #[serde(default)]
    pub from: u32,
    /// Entries; absent or 0 for 20, at most [`MAX_LISTED`].
    #[serde(default)]
    pub limit: Option<u32>,
    /// `ASC` for the oldest first, else the newest.
    #[serde(default, alias = "orderBy")]
    pub order_by: Option<String>,
}

/// What `fetch` adds to its status.
#[derive(Clone, Serialize, Deserialize)]
pub struct FetchedAnalytics {
    /// The page.
    pub result: AnalyticsPage,
}

/// A page of courses.
#[derive(Clone, Serialize, Deserialize)]
pub struct AnalyticsPage {
    /// Entries in all pages; protojson writes 64-bit integers as text.
    pub total_analytics: String,
    /// Entries skipped.
    pub from: u32,
    /// Most entries of the page.
    pub limit: u32,
    /// `ASC` or `DESC`.
    pub order_by: String,
    /// Entries.
    pub analytics_list: Vec<AnalyticsInfo>,
}

/// A room's course, as the API tells of it.
#[derive(Clone, Serialize, Deserialize)]
pub struct AnalyticsInfo {
    /// The application's name for the room.
    pub room_id: RoomId,
    /// What `getDownloadToken` takes.
    pub file_id: String,
    /// A name for the file when it is stored.
    pub file_name: String,
    /// Kilobytes.
    pub file_size: f64,
    /// When the room ended, in seconds since 1970; protojson writes 64-bit integers as text.
    pub creation_time: String,
    /// When the room began, likewise.
    pub room_creation_time: String,
}

/// `POST /auth/analytics/getDownloadToken`.
#[derive(Clone, Deserialize)]
pub struct AnalyticsFile {
    /// As `fetch` or a webhook told it.
    #[serde(alias = "fileId")]
    pub file_id: String,
}

hidden_debug!(
    CreateRoom,
    Metadata,
    RoomInfo,
    Created,
    GetJoinToken,
    UserInfo,
    Token,
    EndRoom,
    FetchAnalytics,
    FetchedAnalytics,
    AnalyticsPage,
    AnalyticsInfo,
    AnalyticsFile
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_casings_and_unknown_fields_are_taken() {
        let snake = r#"{"room_id":"a","metadata":{"room_title":"A","room_features":{"mute_on_start":true}}}"#;
        let camel = r#"{"roomId":"a","x":1,"metadata":{"roomTitle":"A","roomFeatures":{"muteOnStart":true}}}"#;
        for text in [snake, camel] {
            let read: CreateRoom = serde_json::from_str(text).unwrap();
            assert!(read.metadata.room_features.mute_on_start);
            assert!(read.metadata.room_features.allow_webcams);
        }
    }

    #[test]
    fn status_codes_are_written_as_sdks_know_them() {
        let text =
            serde_json::to_string(&Status::failure(StatusCode::InvalidTokenOrSignature, "no"))
                .unwrap();
        assert!(text.contains("\"INVALID_TOKEN_OR_SIGNATURE\""));
    }
}
