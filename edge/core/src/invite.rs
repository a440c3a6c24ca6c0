//! `POST /v1/invite`: an invite from a link becomes a join token for whoever holds it.

use crate::credentials::{Invitee, join_token, token_id};
use crate::errors::Problem;
use crate::http::{Request, Response};
use crate::platform::{Platform, fly_with};
use crate::{marks, rooms};
use conclave_protocol::encoding::base32_lower;
use conclave_protocol::ids::{Mark, RoomKey, UserId};
use conclave_protocol::limits::CLOCK_SKEW_SECONDS;
use conclave_protocol::roles::RoomRole;
use conclave_protocol::session::{InviteRequest, Invited};
use conclave_protocol::token::{Claims, ISSUER, InviteClaims, UsedInvite};

/// Seconds that a start room's invites are valid.
pub(crate) const INVITE_SECONDS: u64 = 24 * 3600;

/// Issues an invite to a room, where a moderator asked for it on behalf of the device that `by` names.
pub(crate) fn issue<P: Platform>(
    platform: &P,
    room: &RoomKey,
    role: RoomRole,
    by: Option<Mark>,
) -> Result<String, Problem> {
    let keys = platform.keys();
    let now = platform.now();
    let claims = InviteClaims {
        iss: ISSUER.into(),
        aud: keys.deployment.clone(),
        exp: now + INVITE_SECONDS,
        // Another edge's clock may be behind.
        nbf: now.saturating_sub(CLOCK_SKEW_SECONDS),
        jti: token_id(platform)?,
        room: room.clone(),
        role,
        by,
    };
    claims.sign(&keys.tokens).map_err(|_| Problem::Internal)
}

/// Serves the route.
pub(crate) async fn invite<P: Platform>(
    platform: &P,
    request: &Request,
) -> Result<Response, Problem> {
    let body: InviteRequest = request.json()?;
    let keys = platform.keys();
    let claims: InviteClaims = keys.read(&body.invite, platform.now())?;
    let mark = marks::invite_mark(keys, &claims.room, &claims.jti);
    let marked = [&mark].into_iter().chain(&claims.by).map(marks::look).collect();
    let flight = [rooms::get(&claims.room), rooms::ready()];
    let ([room, ready], marked) = fly_with(platform, flight, marked).await?;
    let room = rooms::active(keys, &claims.room, &rooms::sure(room, ready)?);
    // Who holds a revoked invite learns no more than that it leads nowhere.
    marks::refuse_marked(marked).map_err(|problem| match problem {
        Problem::Blocked => Problem::RoomNotActive,
        other => other,
    })?;
    let room = room?;
    let guest = format!("guest-{}", base32_lower(&platform.random::<16>()?));
    let guest = UserId::parse(&guest).map_err(|_| Problem::Internal)?;
    let title = rooms::shown_title(keys, &claims.room, &room);
    let invitee = Invitee {
        room: claims.room,
        sid: room.sid,
        encryption: room.settings.encryption,
        role: claims.role,
        user: guest,
        name: None,
        hidden: false,
        invite: Some(UsedInvite { jti: claims.jti, exp: claims.exp, by: claims.by }),
    };
    Ok(Response::ok(&Invited {
        token: join_token(platform, invitee)?,
        expires_in: keys.join_token_seconds,
        title,
        mute_on_start: room.settings.mute_on_start,
        waiting_room: room.settings.rules.waiting_room && claims.role == RoomRole::Participant,
        encryption: room.settings.encryption,
    }))
}
