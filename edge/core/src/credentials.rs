//! What an edge issues: join tokens, session tokens and credentials for the bus.

use crate::errors::Problem;
use crate::keys::Keys;
use crate::platform::{NoRandomness, Platform};
use conclave_protocol::encoding::base64url;
use conclave_protocol::ids::{DisplayName, NodeId, Pid, RoomKey, Sid, UserId};
use conclave_protocol::limits::BUS_JWT_SECONDS;
use conclave_protocol::nats_jwt::{self, Tags};
use conclave_protocol::proof::DeviceKey;
use conclave_protocol::roles::RoomRole;
use conclave_protocol::session::BusCredential;
use conclave_protocol::token::{Claims, ISSUER, JoinClaims, SessionClaims};

/// Seconds that a session token lives: a long day of meetings; every use gives a fresh one.
const SESSION_SECONDS: u64 = 24 * 3600;

/// A new token id: 128 random bits.
pub(crate) fn token_id<P: Platform>(platform: &P) -> Result<String, NoRandomness> {
    Ok(base64url(&platform.random::<16>()?))
}

/// A join token for one person and one life of a room.
pub(crate) fn join_token<P: Platform>(
    platform: &P,
    room: RoomKey,
    sid: Sid,
    role: RoomRole,
    user: UserId,
    name: Option<DisplayName>,
) -> Result<String, Problem> {
    let keys = platform.keys();
    let now = platform.now();
    let claims = JoinClaims {
        iss: ISSUER.into(),
        aud: keys.deployment.clone(),
        iat: now,
        exp: now + keys.join_token_seconds,
        jti: token_id(platform)?,
        room,
        sid,
        role,
        user,
        name,
    };
    claims.sign(&keys.tokens).map_err(|_| Problem::Internal)
}

/// Whom a session token is for.
pub(crate) struct Holder {
    pub(crate) room: RoomKey,
    pub(crate) sid: Sid,
    pub(crate) pid: Pid,
    pub(crate) user: UserId,
    pub(crate) name: DisplayName,
    pub(crate) device: DeviceKey,
}

/// A session token, bound to the holder's device.
pub(crate) fn session_token<P: Platform>(platform: &P, holder: Holder) -> Result<String, Problem> {
    let keys = platform.keys();
    let now = platform.now();
    let claims = SessionClaims {
        iss: ISSUER.into(),
        aud: keys.deployment.clone(),
        iat: now,
        exp: now + SESSION_SECONDS,
        jti: token_id(platform)?,
        room: holder.room,
        sid: holder.sid,
        pid: holder.pid,
        user: holder.user,
        name: holder.name,
        cnf: holder.device.to_text(),
    };
    claims.sign(&keys.tokens).map_err(|_| Problem::Internal)
}

/// A credential for the bus: the rights of `role` in this room, at this node, as this person.
pub(crate) fn bus(
    keys: &Keys,
    role: RoomRole,
    person: &Tags<'_>,
    bus_key: &str,
    now: u64,
) -> BusCredential {
    let key = match role {
        RoomRole::Participant => &keys.participant,
        RoomRole::Moderator => &keys.moderator,
    };
    let expires = Some(now + BUS_JWT_SECONDS);
    BusCredential {
        urls: keys.nats_ws_urls.clone(),
        jwt: nats_jwt::user(key, &keys.rooms_account, bus_key, person, now, expires),
        expires_in: BUS_JWT_SECONDS,
    }
}

/// What fills the credential's template.
pub(crate) fn person<'a>(room: &'a Sid, node: &'a NodeId, pid: &'a Pid) -> Tags<'a> {
    Tags::Person { room, node, pid }
}
