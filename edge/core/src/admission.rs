//! Flight two of a join: the chosen node takes the person in, or names the room's owner.

use crate::errors::Problem;
use crate::keys::Keys;
use crate::nodes::{reply, request_to};
use crate::placement::choose;
use crate::platform::{BusError, BusOp, Entry, Node, Platform, fly, fly_one};
use crate::rooms;
use conclave_protocol::event::Publishing;
use conclave_protocol::ids::{NodeId, RoomKey, Sid};
use conclave_protocol::node::{
    Dating, JoinAtNode, JoinedAtNode, Joiner, NodeReply, NodeRequest, RoomRecord,
};
use conclave_protocol::settings::RoomSettings;

/// Somebody who has been verified and wants in.
pub(crate) struct Candidate {
    pub(crate) room: RoomKey,
    pub(crate) sid: Sid,
    pub(crate) joiner: Joiner,
    pub(crate) offer: String,
    pub(crate) media: Publishing,
}

/// Somebody who is in, or before the door.
pub(crate) struct Admitted {
    pub(crate) node: NodeId,
    pub(crate) title: String,
    pub(crate) settings: RoomSettings,
    pub(crate) place: Place,
}

/// Where.
pub(crate) enum Place {
    Inside(Box<JoinedAtNode>),
    BeforeTheDoor(Dating),
}

/// Brings a candidate to the room's node, or to one that may become it.
pub(crate) async fn admit<P: Platform>(
    platform: &P,
    candidate: Candidate,
    entry: &Entry,
    nodes: &[Node],
) -> Result<Admitted, Problem> {
    let keys = platform.keys();
    let record = same_life(keys, &candidate, entry)?;
    let (node, answer) = first(platform, &candidate, &record, entry.revision, nodes).await?;
    let (node, record, reply) = match answer {
        NodeReply::OwnedBy { node: owner } if owner != node => {
            at_owner(platform, &candidate, owner, record, entry.revision).await?
        }
        reply => (node, record, reply),
    };
    let place = match reply {
        NodeReply::Joined(seat) => Place::Inside(seat),
        NodeReply::Waiting { dating } => Place::BeforeTheDoor(dating),
        NodeReply::Refused { reason } => return Err(reason.into()),
        // The room moves at this moment.
        NodeReply::OwnedBy { .. } => return Err(Problem::Unavailable),
        NodeReply::Member(_) | NodeReply::Done => return Err(Problem::Internal),
    };
    let title = rooms::shown_title(keys, &candidate.room, &record);
    Ok(Admitted { node, title, settings: record.settings, place })
}

/// Asks the room's owner or, where there is none, a node of the edge's choice. An owner that is
/// missing from the registry is asked all the same, for the registry may be younger than the room: a
/// room moves only after its owner does not answer.
async fn first<P: Platform>(
    platform: &P,
    candidate: &Candidate,
    record: &RoomRecord,
    revision: u64,
    nodes: &[Node],
) -> Result<(NodeId, NodeReply), Problem> {
    if let Some(owner) = &record.node
        && nodes.iter().all(|(id, _)| id != owner)
    {
        match fly_one(platform, ask(platform.keys(), candidate, owner, record, revision)?).await {
            Ok(answer) => return Ok((owner.clone(), reply(answer.answer()?)?)),
            Err(BusError::Unavailable | BusError::Timeout) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let node = choose(record.node.as_ref(), nodes, platform.random()?).ok_or(Problem::NoNode)?;
    let asked = ask(platform.keys(), candidate, &node, record, revision)?;
    let answer = reply(fly_one(platform, asked).await?.answer()?)?;
    Ok((node, answer))
}

/// Flight three, where another node won the room: it is asked in the same flight that reads its
/// claim. A winner that serves the room needs no record; should it answer otherwise, it is asked
/// once more with the record as it stands now.
async fn at_owner<P: Platform>(
    platform: &P,
    candidate: &Candidate,
    owner: NodeId,
    mut record: RoomRecord,
    revision: u64,
) -> Result<(NodeId, RoomRecord, NodeReply), Problem> {
    record.node = Some(owner.clone());
    let asked = ask(platform.keys(), candidate, &owner, &record, revision)?;
    let flight = [rooms::get(&candidate.room), rooms::ready(), asked];
    let [room, ready, answer] = fly(platform, flight).await?;
    let entry = rooms::sure(room, ready)?;
    let record = same_life(platform.keys(), candidate, &entry)?;
    let answer = reply(answer?.answer()?)?;
    let (NodeReply::OwnedBy { .. }, Some(owner)) = (&answer, record.node.clone()) else {
        return Ok((owner, record, answer));
    };
    let asked = ask(platform.keys(), candidate, &owner, &record, entry.revision)?;
    let answer = reply(fly_one(platform, asked).await?.answer()?)?;
    Ok((owner, record, answer))
}

/// The record, where the room is in the life for which the token was issued.
fn same_life(keys: &Keys, candidate: &Candidate, entry: &Entry) -> Result<RoomRecord, Problem> {
    let record = rooms::active(keys, &candidate.room, entry)?;
    if record.sid == candidate.sid { Ok(record) } else { Err(Problem::RoomNotActive) }
}

/// Asks a node to take a candidate in; it may become the room's next owner for it.
fn ask(
    keys: &Keys,
    candidate: &Candidate,
    node: &NodeId,
    record: &RoomRecord,
    revision: u64,
) -> Result<BusOp, Problem> {
    let room = &candidate.room;
    let request = NodeRequest::Join(Box::new(JoinAtNode {
        room: room.clone(),
        record: record.clone(),
        revision,
        grant: record.owned_by(node).grant_by(room, &keys.grants),
        state_key: keys.state_key(&candidate.sid),
        joiner: candidate.joiner.clone(),
        offer: candidate.offer.clone(),
        media: candidate.media,
    }));
    request_to(node, &request)
}
