//! `POST /v1/renew` and `POST /v1/leave`: what a page asks while it is in a room.

use crate::admission::{reply, request_to};
use crate::credentials::{Holder, bus, person, session_token};
use crate::errors::Problem;
use crate::http::{Request, Response};
use crate::join::{check_bus_key, own_session};
use crate::platform::{Platform, fly, fly_one};
use crate::{auth, rooms, tickets};
use conclave_protocol::api::Status;
use conclave_protocol::ids::NodeId;
use conclave_protocol::node::{NodeReply, NodeRequest};
use conclave_protocol::session::{Renewed, SessionRequest};
use conclave_protocol::token::SessionClaims;

/// Serves `renew`: a new credential for the bus, with the role that the room's owner knows.
pub(crate) async fn renew<P: Platform>(
    platform: &P,
    request: &Request,
) -> Result<Response, Problem> {
    let keys = platform.keys();
    let proof = auth::device(platform, request)?;
    let body: SessionRequest = request.json()?;
    let claims = own_session(platform, &body.session, &proof.key)?;
    check_bus_key(&body.bus_key)?;
    let flight = [tickets::use_proof(keys, &proof), rooms::get(&claims.room), rooms::ready()];
    let [used, room, ready] = fly(platform, flight).await?;
    tickets::fresh(used)?;
    let record = rooms::active(&rooms::sure(room, ready)?)?;
    let node = record.node.filter(|_| record.sid == claims.sid).ok_or(Problem::RoomNotActive)?;
    let ask = NodeRequest::Renew { sid: claims.sid.clone(), pid: claims.pid.clone() };
    let answer = fly_one(platform, request_to(&node, &ask)?).await?.answer()?;
    let role = match reply(answer)? {
        NodeReply::Member { role, .. } => role,
        NodeReply::Refused { reason } => return Err(reason.into()),
        // The room moves at this moment.
        NodeReply::OwnedBy { .. } => return Err(Problem::Unavailable),
        NodeReply::Joined(_) | NodeReply::Done => return Err(Problem::Internal),
    };
    let tags = person(&claims.sid, &node, &claims.pid);
    let bus = bus(keys, role, &tags, &body.bus_key, platform.now());
    let holder = Holder {
        room: claims.room,
        sid: claims.sid,
        pid: claims.pid,
        user: claims.user,
        name: claims.name,
        device: proof.key,
    };
    Ok(Response::ok(&Renewed { role, session: session_token(platform, holder)?, bus }))
}

/// Serves `leave`. Once the request is known to be genuine the answer is success whatever the
/// bus says: the page is gone, and the node's own timeout does the rest.
pub(crate) async fn leave<P: Platform>(
    platform: &P,
    request: &Request,
) -> Result<Response, Problem> {
    let proof = auth::device(platform, request)?;
    let body: SessionRequest = request.json()?;
    let claims = own_session(platform, &body.session, &proof.key)?;
    check_bus_key(&body.bus_key)?;
    // The connection's key stands in the request: a replay takes nobody out who came back.
    if let Ok(node) = owner(platform, &claims).await {
        let ask = NodeRequest::Leave { sid: claims.sid, pid: claims.pid, bus_key: body.bus_key };
        let _gone_anyway = fly_one(platform, request_to(&node, &ask)?).await;
    }
    Ok(Response::ok(&Status::success()))
}

async fn owner<P: Platform>(platform: &P, claims: &SessionClaims) -> Result<NodeId, Problem> {
    let entry = fly_one(platform, rooms::get(&claims.room)).await?.entry()?;
    let record = rooms::active(&entry)?;
    record.node.filter(|_| record.sid == claims.sid).ok_or(Problem::RoomNotActive)
}
