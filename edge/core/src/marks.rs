//! Who may not come back: the marks of what somebody holds, looked up before it is let in.

use crate::errors::Problem;
use crate::keys::Keys;
use crate::platform::{BusError, BusOp, BusReply};
use conclave_protocol::ban::{Marks, mark_key};
use conclave_protocol::bucket::BANS;
use conclave_protocol::ids::{Mark, Pid, RoomKey, UserId};
use conclave_protocol::limits::SESSION_SECONDS;
use conclave_protocol::proof::DeviceKey;
use conclave_protocol::token::UsedInvite;

/// The marks of somebody in a room.
pub(crate) fn of(
    keys: &Keys,
    room: &RoomKey,
    (pid, user, device): (&Pid, &UserId, &DeviceKey),
    invite: Option<&UsedInvite>,
    now: u64,
) -> Marks {
    Marks {
        session: mark(keys, "mark-session", room, pid.as_str().as_bytes()),
        user: mark(keys, "mark-user", room, user.as_str().as_bytes()),
        device: device_mark(keys, room, device),
        invite: invite.map(|used| invite_mark(keys, room, &used.jti)),
        until: invite.map_or(0, |used| used.exp).max(now + SESSION_SECONDS),
    }
}

/// The mark of a device.
pub(crate) fn device_mark(keys: &Keys, room: &RoomKey, device: &DeviceKey) -> Mark {
    mark(keys, "mark-device", room, device.as_bytes())
}

/// The mark of an invite.
pub(crate) fn invite_mark(keys: &Keys, room: &RoomKey, jti: &str) -> Mark {
    mark(keys, "mark-invite", room, jti.as_bytes())
}

fn mark(keys: &Keys, kind: &str, room: &RoomKey, value: &[u8]) -> Mark {
    Mark::from_hash(&keys.hash(kind, &[room.as_str().as_bytes(), value]))
}

/// Looks one mark up.
pub(crate) fn look(mark: &Mark) -> BusOp {
    BusOp::Get { bucket: BANS, key: mark_key(mark) }
}

/// Looks up the marks of whoever comes; the invite counts for who comes by it and not for who is in
/// already.
pub(crate) fn look_all(marks: &Marks) -> Vec<BusOp> {
    marks.all().map(look).collect()
}

/// Whether one of the marks that were looked up is there. Where that cannot be told nobody comes in.
pub(crate) fn refuse_marked(
    answers: impl IntoIterator<Item = Result<BusReply, BusError>>,
) -> Result<(), Problem> {
    for answer in answers {
        if answer?.entry()?.revision != 0 {
            return Err(Problem::Blocked);
        }
    }
    Ok(())
}
