//! `POST /v1/renew` and `POST /v1/leave`: what a page asks while it is in a room.

use crate::credentials::{Holder, Rights, bus, person, session_token};
use crate::errors::Problem;
use crate::http::{Request, Response};
use crate::join::{check_bus_key, own_session};
use crate::nodes::{reply, request_to};
use crate::platform::{BusReply, Platform, fly_one, fly_with};
use crate::{auth, marks, rooms, tickets};
use conclave_protocol::api::Status;
use conclave_protocol::ids::NodeId;
use conclave_protocol::node::{NodeReply, NodeRequest, RoomRecord, Standing};
use conclave_protocol::proof::Proof;
use conclave_protocol::session::{Renewed, SessionRequest};
use conclave_protocol::settings::RoomSettings;
use conclave_protocol::token::SessionClaims;

/// Verifies that nobody used this proof before nor removed its holder, and finds the room's owner and
/// what the room was made with.
pub(crate) async fn owner_of<P: Platform>(
    platform: &P,
    proof: &Proof,
    claims: &SessionClaims,
) -> Result<(NodeId, RoomSettings), Problem> {
    let keys = platform.keys();
    let who = (&claims.pid, &claims.user, &proof.key);
    let marks = marks::of(keys, &claims.room, who, None, platform.now());
    let mut asked = marks::look_all(&marks);
    let marks_asked = asked.len();
    asked.extend(rooms::owners(&claims.sid));
    let ([used, room, ready], mut marked) = fly_with(
        platform,
        [tickets::use_proof(keys, proof), rooms::get(&claims.room), rooms::ready()],
        asked,
    )
    .await?;
    tickets::fresh(used)?;
    let owners = marked.split_off(marks_asked.min(marked.len()));
    marks::refuse_marked(marked)?;
    let entry = rooms::sure(room, ready)?;
    let record = rooms::latest(platform, &claims.room, &entry, owners).await?;
    Ok((owner(claims, &record)?, record.settings))
}

/// The owner of the room that the session is for.
fn owner(claims: &SessionClaims, record: &RoomRecord) -> Result<NodeId, Problem> {
    let node = record.node.as_ref().filter(|_| record.sid == claims.sid);
    node.cloned().ok_or(Problem::RoomNotActive)
}

/// Asks the room's owner how the participant stands.
pub(crate) async fn standing<P: Platform>(
    platform: &P,
    node: &NodeId,
    ask: &NodeRequest,
) -> Result<Standing, Problem> {
    match reply(fly_one(platform, request_to(node, ask)?).await?.answer()?)? {
        NodeReply::Member(standing) => Ok(standing),
        NodeReply::Refused { reason } => Err(reason.into()),
        // The room moves at this moment.
        NodeReply::OwnedBy { .. } => Err(Problem::Unavailable),
        NodeReply::Joined(_) | NodeReply::Waiting { .. } | NodeReply::Done => {
            Err(Problem::Internal)
        }
    }
}

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
    let (node, _) = owner_of(platform, &proof, &claims).await?;
    let ask = NodeRequest::Renew {
        sid: claims.sid.clone(),
        pid: claims.pid.clone(),
        bus_key: body.bus_key.clone(),
    };
    let Standing { role, waiting, dating, .. } = standing(platform, &node, &ask).await?;
    let rights = if waiting { Rights::Waiting } else { Rights::In(role) };
    let tags = person(&claims.sid, &node, &claims.pid);
    let bus = bus(keys, rights, &tags, (&body.bus_key, dating), platform.now());
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

/// Serves `leave`. Once the request is known to be genuine, and no replay, the answer is success whatever
/// else the bus says: the page is gone, and the node's own timeout does the rest.
pub(crate) async fn leave<P: Platform>(
    platform: &P,
    request: &Request,
) -> Result<Response, Problem> {
    let keys = platform.keys();
    let proof = auth::device(platform, request)?;
    let body: SessionRequest = request.json()?;
    let claims = own_session(platform, &body.session, &proof.key)?;
    check_bus_key(&body.bus_key)?;
    let flight = [tickets::use_proof(keys, &proof), rooms::get(&claims.room)];
    let ([used, room], owners) =
        fly_with(platform, flight, rooms::owners(&claims.sid).into()).await?;
    if let Err(Problem::Replayed) = tickets::fresh(used) {
        return Err(Problem::Replayed);
    }
    let entry = room.and_then(BusReply::entry).map_err(Problem::from);
    let record = match entry {
        Ok(entry) => rooms::latest(platform, &claims.room, &entry, owners).await,
        Err(problem) => Err(problem),
    };
    // The connection's key stands in the request: a farewell that comes late takes nobody out who came
    // back.
    if let Ok(node) = record.and_then(|record| owner(&claims, &record)) {
        let ask = NodeRequest::Leave { sid: claims.sid, pid: claims.pid, bus_key: body.bus_key };
        let _gone_anyway = fly_one(platform, request_to(&node, &ask)?).await;
    }
    Ok(Response::ok(&Status::success()))
}
