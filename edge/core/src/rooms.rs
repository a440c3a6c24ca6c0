//! An application's rooms: `POST /auth/room/create` and `POST /auth/room/getJoinToken`.

use crate::auth;
use crate::credentials::join_token;
use crate::errors::Problem;
use crate::http::{Request, Response};
use crate::platform::{BusError, BusOp, BusReply, Entry, Platform, fly, fly_one};
use conclave_protocol::api::{
    Answer, CreateRoom, Created, GetJoinToken, Metadata, RoomFeatures, RoomInfo, Status, Token,
};
use conclave_protocol::bucket::{READY, ROOMS};
use conclave_protocol::ids::{RoomId, RoomKey, Sid};
use conclave_protocol::limits::MAX_PARTICIPANTS;
use conclave_protocol::node::RoomRecord;
use conclave_protocol::roles::RoomRole;
use conclave_protocol::settings::RoomSettings;

/// Seconds that an unclaimed room waits at least, and at most.
const EMPTY_TIMEOUT: std::ops::RangeInclusive<u32> = 60..=24 * 3600;
/// Characters of a title.
const MAX_TITLE: usize = 200;

/// Reads a room.
pub(crate) fn get(room: &RoomKey) -> BusOp {
    BusOp::Get { bucket: ROOMS, key: room.as_str().to_owned() }
}

/// Asks whether what is absent from the bucket does not exist ([`READY`]): belongs into every flight
/// that reads from it.
pub(crate) fn ready() -> BusOp {
    BusOp::Get { bucket: ROOMS, key: READY.to_owned() }
}

/// An entry of bucket `rooms`, given the answer to [`ready`] of the same flight; absent only where
/// that can be relied on.
pub(crate) fn sure(
    entry: Result<BusReply, BusError>,
    ready: Result<BusReply, BusError>,
) -> Result<Entry, Problem> {
    let entry = entry?.entry()?;
    if entry.value.is_none() && ready?.entry()?.value.is_none() {
        return Err(Problem::Restoring);
    }
    Ok(entry)
}

/// Reads an entry as in [`sure`].
pub(crate) async fn look<P: Platform>(platform: &P, read: BusOp) -> Result<Entry, Problem> {
    let [entry, ready] = fly(platform, [read, ready()]).await?;
    sure(entry, ready)
}

/// The record of a room that exists.
pub(crate) fn active(entry: &Entry) -> Result<RoomRecord, Problem> {
    let value = entry.value.as_deref().ok_or(Problem::RoomNotActive)?;
    serde_json::from_slice(value).map_err(|_| Problem::Internal)
}

/// Makes the room, or finds the one that is there: its record either way.
pub(crate) async fn make<P: Platform>(
    platform: &P,
    room: &RoomKey,
    settings: RoomSettings,
    waits: u64,
) -> Result<RoomRecord, Problem> {
    let sid = Sid::from_random(platform.random()?);
    let record = RoomRecord { sid, node: None, epoch: 0, created: platform.now(), settings };
    let value = serde_json::to_vec(&record).map_err(|_| Problem::Internal)?;
    for _attempt in 0..2 {
        let entry = look(platform, get(room)).await?;
        if entry.value.is_some() {
            return active(&entry);
        }
        let put = BusOp::Put {
            bucket: ROOMS,
            key: room.as_str().to_owned(),
            value: value.clone(),
            // Not 0 where a marker says that a room of this name was deleted or has expired.
            expected: entry.revision,
            ttl: Some(waits),
        };
        match fly_one(platform, put).await {
            Ok(_) => return Ok(record),
            Err(BusError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
    }
    // Whoever was first the second time has made it.
    let entry = look(platform, get(room)).await?;
    if entry.value.is_some() { active(&entry) } else { Err(Problem::Unavailable) }
}

/// A title fit to be shown.
pub(crate) fn title(text: &str) -> Result<String, Problem> {
    let text = text.trim();
    if text.chars().count() > MAX_TITLE || text.chars().any(char::is_control) {
        let rule = "a title must be at most 200 characters without control characters";
        return Err(Problem::Invalid(rule.into()));
    }
    Ok(text.to_owned())
}

fn settings(asked: &CreateRoom) -> Result<RoomSettings, Problem> {
    let features = &asked.metadata.room_features;
    if features.end_to_end_encryption_features.is_enabled {
        return Err(Problem::NoEncryption);
    }
    let defaults = RoomSettings::default();
    // Absent and zero are the same to protojson.
    let or = |value: Option<u32>, default| value.filter(|v| *v != 0).unwrap_or(default);
    Ok(RoomSettings {
        title: title(&asked.metadata.room_title)?,
        max_participants: or(asked.max_participants, MAX_PARTICIPANTS).min(MAX_PARTICIPANTS),
        empty_timeout: or(asked.empty_timeout, defaults.empty_timeout)
            .clamp(*EMPTY_TIMEOUT.start(), *EMPTY_TIMEOUT.end()),
        mute_on_start: features.mute_on_start,
        allow_webcams: features.allow_webcams,
        moderator_only_webcams: features.admin_only_webcams,
        allow_screen_share: features.allow_screen_share,
    })
}

fn info(room_id: RoomId, record: RoomRecord) -> Result<RoomInfo, Problem> {
    let settings = record.settings;
    let metadata = Metadata {
        room_title: settings.title.clone(),
        room_features: RoomFeatures {
            allow_webcams: settings.allow_webcams,
            mute_on_start: settings.mute_on_start,
            allow_screen_share: settings.allow_screen_share,
            admin_only_webcams: settings.moderator_only_webcams,
            ..RoomFeatures::default()
        },
    };
    Ok(RoomInfo {
        room_title: settings.title,
        room_id,
        sid: record.sid.into(),
        creation_time: record.created.to_string(),
        is_running: true,
        metadata: serde_json::to_string(&metadata).map_err(|_| Problem::Internal)?,
    })
}

/// Serves `create`.
pub(crate) async fn create<P: Platform>(
    platform: &P,
    request: &Request,
) -> Result<Response, Problem> {
    let api_key = auth::application(platform, request)?;
    let asked: CreateRoom = request.json()?;
    let settings = settings(&asked)?;
    let room = platform.keys().room(api_key, &asked.room_id);
    let waits = settings.empty_timeout.into();
    let record = make(platform, &room, settings, waits).await?;
    let body = Created { room_info: info(asked.room_id, record)? };
    Ok(Response::ok(&Answer { status: Status::success(), body }))
}

/// Serves `getJoinToken`.
pub(crate) async fn join_token_route<P: Platform>(
    platform: &P,
    request: &Request,
) -> Result<Response, Problem> {
    let api_key = auth::application(platform, request)?;
    let asked: GetJoinToken = request.json()?;
    let room = platform.keys().room(api_key, &asked.room_id);
    let record = active(&look(platform, get(&room)).await?)?;
    let person = asked.user_info;
    let role = if person.is_admin { RoomRole::Moderator } else { RoomRole::Participant };
    let name = Some(person.name);
    let token = join_token(platform, room, record.sid, role, person.user_id, name)?;
    Ok(Response::ok(&Answer { status: Status::success(), body: Token { token } }))
}
