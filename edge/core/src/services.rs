//! `POST /v1/service`: a moderator asks for a service of the server's, such as recording.

use crate::auth;
use crate::errors::Problem;
use crate::http::{Request, Response};
use crate::join::own_session;
use crate::nodes::{reply, request_to};
use crate::platform::{Platform, fly_one};
use crate::sessions::owner_of;
use conclave_protocol::node::{NodeReply, NodeRequest, Refusal};
use conclave_protocol::session::ServiceRequest;

/// Serves the route. For an encrypted room the answer is no, by this edge and again by the room's owner:
/// neither relies on the other. For any other room the owner answers.
pub(crate) async fn service<P: Platform>(
    platform: &P,
    request: &Request,
) -> Result<Response, Problem> {
    let proof = auth::device(platform, request)?;
    let body: ServiceRequest = request.json()?;
    let claims = own_session(platform, &body.session, &proof.key)?;
    let (node, settings) = owner_of(platform, &proof, &claims).await?;
    let ServiceRequest { service, on, .. } = body;
    if settings.encryption.is_on() {
        return Err(Problem::Encrypted(service));
    }
    let ask = NodeRequest::Service { sid: claims.sid, pid: claims.pid, service, on };
    Err(match reply(fly_one(platform, request_to(&node, &ask)?).await?.answer()?)? {
        NodeReply::Refused { reason: Refusal::Encrypted } => Problem::Encrypted(service),
        NodeReply::Refused { reason: Refusal::NoService } => Problem::NoService(service),
        NodeReply::Refused { reason } => reason.into(),
        // The room moves at this moment.
        NodeReply::OwnedBy { .. } => Problem::Unavailable,
        NodeReply::Joined(_)
        | NodeReply::Waiting { .. }
        | NodeReply::Member(_)
        | NodeReply::Done => Problem::Internal,
    })
}
