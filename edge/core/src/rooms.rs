//! An application's rooms: `POST /auth/room/create`, `getJoinToken` and `endRoom`.

use crate::auth;
use crate::credentials::{Invitee, join_token};
use crate::errors::Problem;
use crate::http::{Request, Response};
use crate::keys::Keys;
use crate::nodes::{reply, request_to};
use crate::platform::{BusError, BusOp, BusReply, Entry, Platform, fly, fly_one};
use crate::room_settings::{encryption, metadata, settings};
use conclave_protocol::api::{
    Answer, CreateRoom, Created, EndRoom, GetJoinToken, RoomInfo, Status, Token,
};
use conclave_protocol::ban::{Owners, over_key, owner_key};
use conclave_protocol::bucket::{BANS, READY, ROOMS};
use conclave_protocol::ids::{RoomId, RoomKey, Sid};
use conclave_protocol::node::{NodeReply, NodeRequest, Refusal, RoomRecord};
use conclave_protocol::roles::RoomRole;
use conclave_protocol::settings::RoomSettings;

/// Characters of a title.
const MAX_TITLE: usize = 200;
/// Seconds for which a deleted room's marker stays: longer than any request that read it before.
const MARKER: u64 = 120;

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

/// The record of a room that exists. One that no edge granted was forged by a node: the true owner
/// puts its own back.
pub(crate) fn active(keys: &Keys, room: &RoomKey, entry: &Entry) -> Result<RoomRecord, Problem> {
    let value = entry.value.as_deref().ok_or(Problem::RoomNotActive)?;
    let record: RoomRecord = serde_json::from_slice(value).map_err(|_| Problem::Internal)?;
    if record.is_granted(room, &keys.granted) { Ok(record) } else { Err(Problem::Unavailable) }
}

/// Asks who has owned a life of a room, as far as most rooms get: belongs into every flight upon which
/// somebody is led to a node. Whole keys, for what is found by a wildcard takes the longer the more there is.
pub(crate) fn owners(sid: &Sid) -> [BusOp; 3] {
    [owner_key(sid, 1), owner_key(sid, 2), over_key(sid)].map(look_at)
}

fn look_at(key: String) -> BusOp {
    BusOp::Get { bucket: BANS, key }
}

/// The record of a room that exists, as in [`active`], where it is the latest: an older one with a genuine
/// grant, which somebody kept and wrote again, leads nobody anywhere. `answers` are those to [`owners`].
pub(crate) async fn latest<P: Platform>(
    platform: &P,
    room: &RoomKey,
    entry: &Entry,
    answers: Vec<Result<BusReply, BusError>>,
) -> Result<RoomRecord, Problem> {
    let record = active(platform.keys(), room, entry)?;
    let (sid, epoch) = (&record.sid, record.epoch);
    let mut known = Owners::default();
    let keys = [owner_key(sid, 1), owner_key(sid, 2), over_key(sid)];
    note(&mut known, &keys, answers)?;
    if known.over {
        return Err(Problem::RoomNotActive);
    }
    if epoch >= 2 {
        let keys = [owner_key(sid, epoch), owner_key(sid, epoch.saturating_add(1))];
        let answers = platform.flight(keys.clone().map(look_at).into()).await;
        note(&mut known, &keys, answers)?;
    }
    let genuine = known.allow(epoch, record.node.as_ref());
    if genuine { Ok(record) } else { Err(Problem::Unavailable) }
}

fn note(
    owners: &mut Owners,
    keys: &[String],
    answers: Vec<Result<BusReply, BusError>>,
) -> Result<(), Problem> {
    if keys.len() != answers.len() {
        return Err(Problem::Internal);
    }
    for (key, answer) in keys.iter().zip(answers) {
        if let Some(value) = answer?.entry()?.value {
            owners.note(key, &value);
        }
    }
    Ok(())
}

/// Whether a life of a room is over, whatever its record says.
async fn is_over<P: Platform>(platform: &P, sid: &Sid) -> Result<bool, Problem> {
    Ok(fly_one(platform, look_at(over_key(sid))).await?.entry()?.value.is_some())
}

/// What a title is sealed about: one life of one room.
fn about(room: &RoomKey, sid: &Sid) -> Vec<u8> {
    format!("{room}\n{sid}").into_bytes()
}

/// The room's title as people see it; none where somebody tampered with it, since a room without a
/// title is of more use than no room.
pub(crate) fn shown_title(keys: &Keys, room: &RoomKey, record: &RoomRecord) -> String {
    let plain = keys.title_key().open(&about(room, &record.sid), &record.title);
    plain.ok().and_then(|plain| String::from_utf8(plain).ok()).unwrap_or_default()
}

/// Makes the room, or finds the one that is there: its record either way.
pub(crate) async fn make<P: Platform>(
    platform: &P,
    room: &RoomKey,
    title: &str,
    settings: RoomSettings,
    waits: u64,
) -> Result<RoomRecord, Problem> {
    let keys = platform.keys();
    let sid = Sid::from_random(platform.random()?);
    let title = keys
        .title_key()
        .seal(platform.random()?, &about(room, &sid), title.as_bytes())
        .map_err(|_| Problem::Internal)?;
    let created = platform.now();
    let mut record =
        RoomRecord { sid, node: None, epoch: 0, created, title, settings, grant: None };
    record.grant = Some(record.grant_by(room, &keys.grants));
    let value = serde_json::to_vec(&record).map_err(|_| Problem::Internal)?;
    for _attempt in 0..2 {
        let entry = look(platform, get(room)).await?;
        if entry.value.is_some() {
            let found = active(keys, room, &entry)?;
            // A record of a life that is over was put back by somebody who kept it.
            if !is_over(platform, &found.sid).await? {
                return Ok(found);
            }
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
    if entry.value.is_some() { active(keys, room, &entry) } else { Err(Problem::Unavailable) }
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

fn info(keys: &Keys, room: &RoomKey, id: RoomId, record: &RoomRecord) -> Result<RoomInfo, Problem> {
    let title = shown_title(keys, room, record);
    let metadata = metadata(&title, &record.settings);
    Ok(RoomInfo {
        room_title: title,
        room_id: id,
        sid: record.sid.clone().into(),
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
    let settings = settings(&asked, encryption(platform, &asked.metadata.room_features)?);
    let title = title(&asked.metadata.room_title)?;
    let keys = platform.keys();
    let room = keys.room(api_key, &asked.room_id);
    let encrypted = settings.encryption.is_on();
    let waits = settings.empty_timeout.into();
    let record = make(platform, &room, &title, settings, waits).await?;
    // Whoever counts on the one must not get the other.
    if record.settings.encryption.is_on() != encrypted {
        return Err(Problem::OtherEncryption);
    }
    let body = Created { room_info: info(keys, &room, asked.room_id, &record)? };
    Ok(Response::ok(&Answer { status: Status::success(), body }))
}

/// Serves `getJoinToken`.
pub(crate) async fn join_token_route<P: Platform>(
    platform: &P,
    request: &Request,
) -> Result<Response, Problem> {
    let api_key = auth::application(platform, request)?;
    let asked: GetJoinToken = request.json()?;
    let keys = platform.keys();
    let room = keys.room(api_key, &asked.room_id);
    let record = active(keys, &room, &look(platform, get(&room)).await?)?;
    if is_over(platform, &record.sid).await? {
        return Err(Problem::RoomNotActive);
    }
    let person = asked.user_info;
    // Who is hidden watches and does nothing: not even moderate.
    let moderates = person.is_admin && !person.is_hidden;
    let invitee = Invitee {
        room,
        sid: record.sid,
        encryption: record.settings.encryption,
        role: if moderates { RoomRole::Moderator } else { RoomRole::Participant },
        user: person.user_id,
        name: Some(person.name),
        hidden: person.is_hidden,
        invite: None,
    };
    let token = join_token(platform, invitee)?;
    Ok(Response::ok(&Answer { status: Status::success(), body: Token { token } }))
}

/// Serves `endRoom`: its owner ends the room, or the record goes where it has none yet.
pub(crate) async fn end<P: Platform>(platform: &P, request: &Request) -> Result<Response, Problem> {
    let api_key = auth::application(platform, request)?;
    let asked: EndRoom = request.json()?;
    let keys = platform.keys();
    let room = keys.room(api_key, &asked.room_id);
    let entry = look(platform, get(&room)).await?;
    let record = active(keys, &room, &entry)?;
    let Some(node) = record.node else {
        let key = room.as_str().to_owned();
        let expected = entry.revision;
        // Where somebody has just come in the answer says to try again.
        let delete = BusOp::Delete { bucket: ROOMS, key, expected, ttl: MARKER };
        fly_one(platform, delete).await?;
        return Ok(Response::ok(&Status::success()));
    };
    let ask = request_to(&node, &NodeRequest::End { sid: record.sid })?;
    match reply(fly_one(platform, ask).await?.answer()?)? {
        NodeReply::Done => Ok(Response::ok(&Status::success())),
        // The node was restarted and does not know it any more: the record goes by its time.
        NodeReply::Refused { reason: Refusal::RoomEnded | Refusal::NotMember } => {
            Err(Problem::RoomNotActive)
        }
        NodeReply::Refused { reason } => Err(reason.into()),
        _ => Err(Problem::Unavailable),
    }
}
