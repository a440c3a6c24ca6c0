//! `POST /v1/link`: a moderator asks for a fresh invite to the room, and may have another refused.

use crate::errors::Problem;
use crate::http::{Request, Response};
use crate::join::own_session;
use crate::nodes::{reply, request_to};
use crate::platform::{Platform, fly_one};
use crate::sessions::{owner_of, standing};
use crate::{auth, invite, marks};
use conclave_protocol::ids::NodeId;
use conclave_protocol::jwt::TokenError;
use conclave_protocol::node::{NodeReply, NodeRequest, Standing};
use conclave_protocol::roles::RoomRole;
use conclave_protocol::session::{LinkRequest, Linked};
use conclave_protocol::token::{InviteClaims, SessionClaims};

/// Serves the route. The room's owner says who moderates; the session token does not.
pub(crate) async fn link<P: Platform>(
    platform: &P,
    request: &Request,
) -> Result<Response, Problem> {
    let proof = auth::device(platform, request)?;
    let body: LinkRequest = request.json()?;
    let claims = own_session(platform, &body.session, &proof.key)?;
    let (node, _) = owner_of(platform, &proof, &claims).await?;
    let ask = NodeRequest::Standing { sid: claims.sid.clone(), pid: claims.pid.clone() };
    let Standing { role, waiting, .. } = standing(platform, &node, &ask).await?;
    if role != RoomRole::Moderator || waiting {
        return Err(Problem::NotModerator);
    }
    if let Some(former) = &body.revoke {
        revoke(platform, &node, &claims, former).await?;
    }
    let by = marks::device_mark(platform.keys(), &claims.room, &proof.key);
    let invite = invite::issue(platform, &claims.room, RoomRole::Participant, Some(by))?;
    Ok(Response::ok(&Linked { invite }))
}

/// Has an invite refused; one that has expired is refused already.
async fn revoke<P: Platform>(
    platform: &P,
    node: &NodeId,
    moderator: &SessionClaims,
    former: &str,
) -> Result<(), Problem> {
    let keys = platform.keys();
    let invite: InviteClaims = match keys.read(former, platform.now()) {
        Err(TokenError::Expired) => return Ok(()),
        read => read?,
    };
    if invite.room != moderator.room {
        return Err(Problem::Invalid("revoke must be an invite to this room".into()));
    }
    let ask = NodeRequest::RevokeInvite {
        sid: moderator.sid.clone(),
        pid: moderator.pid.clone(),
        mark: marks::invite_mark(keys, &invite.room, &invite.jti),
        until: invite.exp,
    };
    match reply(fly_one(platform, request_to(node, &ask)?).await?.answer()?)? {
        NodeReply::Done => Ok(()),
        NodeReply::Refused { reason } => Err(reason.into()),
        _ => Err(Problem::Internal),
    }
}
