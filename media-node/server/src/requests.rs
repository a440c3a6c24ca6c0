//! What edges ask of the node.

use crate::clock;
use crate::joining::Join;
use crate::owner::Owner;
use conclave_protocol::event::EndReason;
use conclave_protocol::ids::{Mark, Pid, Sid};
use conclave_protocol::node::{NodeReply, NodeRequest, Refusal, Standing};
use conclave_protocol::subjects;

impl Owner {
    /// A request. Answers go nowhere but to edges.
    pub(crate) async fn request(&mut self, reply: String, payload: &[u8]) {
        if !reply.strip_prefix(subjects::EDGE_INBOX).is_some_and(|rest| rest.starts_with('.')) {
            return;
        }
        let answer = match serde_json::from_slice(payload) {
            // Takes time, and answers then.
            Ok(NodeRequest::Join(request)) => return self.join(Join { request, reply }).await,
            Ok(NodeRequest::Renew { sid, pid, bus_key }) => self.renew(&sid, &pid, &bus_key),
            Ok(NodeRequest::Standing { sid, pid }) => {
                let room = self.rooms.get(&sid).map(|owned| &owned.room);
                let standing = room.and_then(|room| room.standing(clock::now(), &pid));
                member(standing.ok_or(Refusal::NotMember))
            }
            Ok(NodeRequest::RevokeInvite { sid, pid, mark, until }) => {
                self.revoke_invite(&sid, &pid, mark, until).await
            }
            // From the node's own settings: what the edge took the room for does not matter.
            Ok(NodeRequest::Service { sid, pid, .. }) => {
                let room = self.rooms.get(&sid).map(|owned| &owned.room);
                refused(room.map_or(Refusal::NotMember, |room| room.refuse_service(&pid)))
            }
            Ok(NodeRequest::End { sid }) => {
                let known = self.rooms.contains_key(&sid);
                self.decide(&sid, |room, now, out| room.end(now, EndReason::Application, out))
                    .await;
                if known { NodeReply::Done } else { refused(Refusal::RoomEnded) }
            }
            Ok(NodeRequest::Leave { sid, pid, bus_key }) => {
                // Whoever is on the way back has only left the older page.
                let returning =
                    self.rooms.get(&sid).is_some_and(|owned| owned.pending.contains_key(&pid));
                if !returning {
                    self.decide(&sid, |room, now, out| room.page_gone(now, &pid, &bus_key, out))
                        .await;
                }
                NodeReply::Done
            }
            Err(_) => refused(Refusal::Unavailable),
        };
        self.answer(reply, &answer);
    }

    /// Not a member also where this node lost the room by a restart: coming back tells.
    fn renew(&mut self, sid: &Sid, pid: &Pid, bus_key: &str) -> NodeReply {
        let owned = self.rooms.get_mut(sid).ok_or(Refusal::NotMember);
        member(owned.and_then(|owned| owned.room.renew(clock::now(), pid, bus_key)))
    }

    async fn revoke_invite(&mut self, sid: &Sid, pid: &Pid, mark: Mark, until: u64) -> NodeReply {
        let mut outcome = Err(Refusal::NotMember);
        self.decide(sid, |room, now, out| {
            outcome = room.revoke_invite(now, pid, mark, until, out);
        })
        .await;
        outcome.map_or_else(refused, |()| NodeReply::Done)
    }
}

fn member(standing: Result<Standing, Refusal>) -> NodeReply {
    standing.map_or_else(refused, NodeReply::Member)
}

fn refused(reason: Refusal) -> NodeReply {
    NodeReply::Refused { reason }
}
