//! What an edge issues: join tokens, session tokens and credentials for the bus.

use crate::errors::Problem;
use crate::keys::Keys;
use crate::platform::{NoRandomness, Platform};
use conclave_protocol::encoding::base64url;
use conclave_protocol::encryption::Encryption;
use conclave_protocol::ids::{DisplayName, NodeId, Pid, RoomKey, Sid, UserId};
use conclave_protocol::limits::{BUS_JWT_SECONDS, SESSION_SECONDS};
use conclave_protocol::nats_jwt::{self, Tags};
use conclave_protocol::node::Dating;
use conclave_protocol::proof::DeviceKey;
use conclave_protocol::roles::RoomRole;
use conclave_protocol::session::BusCredential;
use conclave_protocol::token::{Claims, ISSUER, JoinClaims, SessionClaims, UsedInvite};

/// A new token id: 128 random bits.
pub(crate) fn token_id<P: Platform>(platform: &P) -> Result<String, NoRandomness> {
    Ok(base64url(&platform.random::<16>()?))
}

/// Whom a join token is for.
pub(crate) struct Invitee {
    pub(crate) room: RoomKey,
    pub(crate) sid: Sid,
    pub(crate) encryption: Encryption,
    pub(crate) role: RoomRole,
    pub(crate) user: UserId,
    pub(crate) name: Option<DisplayName>,
    pub(crate) hidden: bool,
    pub(crate) invite: Option<UsedInvite>,
}

/// A join token for one person and one life of a room.
pub(crate) fn join_token<P: Platform>(platform: &P, invitee: Invitee) -> Result<String, Problem> {
    let Invitee { room, sid, encryption, role, user, name, hidden, invite } = invitee;
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
        encryption,
        role,
        user,
        name,
        hidden,
        invite,
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

/// Which rights a credential for the bus has.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Rights {
    /// Those of a role in the room.
    In(RoomRole),
    /// Those of somebody before the door.
    Waiting,
}

/// A credential for the bus, in this room, at this node, as this person, for this connection, dated as the
/// room's owner says.
pub(crate) fn bus(
    keys: &Keys,
    rights: Rights,
    person: &Tags<'_>,
    (bus_key, dating): (&str, Dating),
    now: u64,
) -> BusCredential {
    let key = match rights {
        Rights::In(RoomRole::Participant) => &keys.participant,
        Rights::In(RoomRole::Moderator) => &keys.moderator,
        Rights::Waiting => &keys.waiting,
    };
    let dated = dating.date(now);
    // What is dated back ends earlier: the owner remembers a connection for as long after its date.
    let expires = Some(now.min(dated) + BUS_JWT_SECONDS);
    BusCredential {
        urls: keys.nats_ws_urls.clone(),
        jwt: nats_jwt::user(key, &keys.rooms_account, bus_key, person, dated, expires),
        expires_in: BUS_JWT_SECONDS,
    }
}

/// What fills the credential's template.
pub(crate) fn person<'a>(room: &'a Sid, node: &'a NodeId, pid: &'a Pid) -> Tags<'a> {
    Tags::Person { room, node, pid }
}
