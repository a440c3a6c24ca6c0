//! A media node that answers.

use crate::Nats;
use async_nats::Client;
use conclave_protocol::event::{Publishing, Slots, Snapshot};
use conclave_protocol::ids::NodeId;
use conclave_protocol::node::{
    Dating, JoinAtNode, JoinedAtNode, NodeReply, NodeRequest, Refusal, RoomRecord, Standing,
};
use conclave_protocol::roles::{BusRole, RoomRole};
use conclave_protocol::settings::Rules;
use futures_util::StreamExt;
use serde_json::json;

/// A media node that takes everybody in; registered for `ttl` seconds. It owns no room.
pub async fn node(nats: &Nats, id: &str, ttl: u64) -> Client {
    start(nats, id, ttl, false).await
}

/// A media node that takes everybody in, and the room with whoever comes first.
pub async fn owner(nats: &Nats, id: &str) -> Client {
    start(nats, id, 3600, true).await
}

async fn start(nats: &Nats, id: &str, ttl: u64, claims: bool) -> Client {
    let id = NodeId::parse(id).unwrap();
    let client = nats.connect(BusRole::NodeCtrl, Some(&id)).await;
    let record = json!({
        "region": "r", "load": 0.1, "participants": 0, "rooms": 0, "draining": false, "version": "1",
    });
    let mut headers = async_nats::HeaderMap::new();
    headers.insert("Nats-TTL", format!("{ttl}s").as_str());
    let subject = format!("$KV.nodes.{id}");
    client.request_with_headers(subject, headers, record.to_string().into()).await.unwrap();
    let mut requests = client.subscribe(format!("node.{id}.req")).await.unwrap();
    let answering = client.clone();
    tokio::spawn(async move {
        while let Some(request) = requests.next().await {
            let asked = serde_json::from_slice(&request.payload).unwrap();
            if let NodeRequest::Join(join) = &asked
                && claims
                && join.record.node.is_none()
            {
                claim(&answering, &id, join).await;
            }
            let reply = reply(&asked);
            let reply = serde_json::to_vec(&reply).unwrap();
            answering.publish(request.reply.unwrap(), reply.into()).await.unwrap();
        }
    });
    client.flush().await.unwrap();
    client
}

/// As a node does: the record with its own name, by the edge's leave.
async fn claim(client: &Client, id: &NodeId, join: &JoinAtNode) {
    let owned = RoomRecord { grant: Some(join.grant.clone()), ..join.record.owned_by(id) };
    let mut headers = async_nats::HeaderMap::new();
    let revision = join.revision.to_string();
    headers.insert("Nats-Expected-Last-Subject-Sequence", revision.as_str());
    let subject = format!("$KV.rooms.{}", join.room);
    let value = serde_json::to_vec(&owned).unwrap();
    client.request_with_headers(subject, headers, value.into()).await.unwrap();
}

fn reply(request: &NodeRequest) -> NodeReply {
    match request {
        NodeRequest::Join(join) => NodeReply::Joined(Box::new(JoinedAtNode {
            answer: "v=0".into(),
            role: join.joiner.role,
            media: Publishing::default(),
            dating: Dating { after: 0, until: u64::MAX },
            snapshot: Snapshot {
                epoch: 1,
                seq: 1,
                page: 0,
                pages: 1,
                people: Vec::new(),
                rules: Rules::default(),
                encryption: join.record.settings.encryption,
                ends_in: None,
            },
            slots: Slots { version: 1, slots: Vec::new() },
        })),
        NodeRequest::Renew { .. } | NodeRequest::Standing { .. } => NodeReply::Member(Standing {
            role: RoomRole::Participant,
            waiting: false,
            epoch: 1,
            dating: Dating { after: 0, until: u64::MAX },
        }),
        NodeRequest::Leave { .. } | NodeRequest::End { .. } | NodeRequest::RevokeInvite { .. } => {
            NodeReply::Done
        }
        // As the owner of a room that is not encrypted, to a moderator.
        NodeRequest::Service { .. } => NodeReply::Refused { reason: Refusal::NoService },
    }
}
