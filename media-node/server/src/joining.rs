//! Somebody comes in: the room is claimed if need be, the media are set up, the room admits.
//!
//! Each stage that takes time is a [`Step`]; what happened meanwhile is looked at when it comes back.

use crate::claim::{Claim, Claimed, announce, claim, wanted};
use crate::clock;
use crate::owned::{Owned, sfu_publishing};
use crate::owner::{ANNOUNCE, Owner, REFRESH};
use crate::shard::Order;
use crate::state::{self, Left};
use conclave_bus::Kv;
use conclave_protocol::grant::PublicGrantKey;
use conclave_protocol::ids::{NodeId, Pid, Sid};
use conclave_protocol::node::{JoinAtNode, JoinedAtNode, NodeReply, Refusal, RoomRecord};
use conclave_protocol::seal::SealKey;
use conclave_room::{Room, Verdict};
use conclave_sfu::{Fault, JoinError, Joined, PeerId, RoomHandle};
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::time::Duration;
use tokio::sync::oneshot;

/// Joins and claims under way; beyond them an edge is told to try elsewhere.
const MAX_STEPS: usize = 4096;
/// Joins that wait for one room to be claimed.
const MAX_WAITING: usize = 256;
/// How long a shard may take to answer an offer.
const SHARD_DEADLINE: Duration = Duration::from_secs(2);

/// An edge's join request and where it wants the answer.
pub(crate) struct Join {
    pub(crate) request: Box<JoinAtNode>,
    pub(crate) reply: String,
}

/// Something that took time and is done.
pub(crate) enum Step {
    /// With what the former owner left, where the room is ours now.
    Claimed(Sid, Claimed, Left),
    Media(Join, PeerId, Result<Joined, Refusal>),
    Released,
}

/// Steps under way.
pub(crate) type Steps = FuturesUnordered<BoxFuture<'static, Step>>;

/// A room that is about to be claimed.
struct Taking {
    kv: Kv,
    granted: PublicGrantKey,
    /// Its owner until now.
    former: Option<NodeId>,
    state_key: SealKey,
    record: RoomRecord,
}

impl Taking {
    /// What the former owner left. Read before the claim: a room that was claimed and not opened
    /// would have lost its roles, its rules and who was removed.
    async fn left(&self) -> Result<Left, conclave_bus::KvError> {
        match &self.former {
            Some(former) => state::load(&self.kv, former, &self.record.sid, &self.state_key).await,
            None => Ok(Left::Nothing),
        }
    }
}

impl Owner {
    /// A join of an edge.
    pub(crate) async fn join(&mut self, join: Join) {
        let sid = join.request.record.sid.clone();
        if self.rooms.contains_key(&sid) {
            return self.start_media(join).await;
        }
        if let Some(waiting) = self.claiming.get_mut(&sid) {
            if waiting.len() < MAX_WAITING {
                waiting.push(join);
            } else {
                self.refuse(join, Refusal::NodeFull);
            }
            return;
        }
        if self.steps.len() >= MAX_STEPS {
            return self.refuse(join, Refusal::NodeFull);
        }
        let Some(record) = wanted(&self.node, &join.request, &self.grant_key) else {
            return self.refuse(join, Refusal::Unavailable);
        };
        let taking = Taking {
            kv: self.kv.clone(),
            granted: self.grant_key.clone(),
            former: join.request.record.node.clone(),
            state_key: join.request.state_key.clone(),
            record,
        };
        let (room, revision) = (join.request.room.clone(), join.request.revision);
        self.claiming.insert(sid.clone(), vec![join]);
        self.steps.push(Box::pin(async move {
            let left = taking.left().await;
            let Ok(left) = left else {
                return Step::Claimed(sid, Claimed::Unavailable, Left::Nothing);
            };
            let Taking { kv, granted, record, .. } = taking;
            let outcome = match claim(&kv, &granted, room, record, revision).await {
                Claimed::Ours(claim) if !announce(&kv, &claim).await => Claimed::Unavailable,
                outcome => outcome,
            };
            Step::Claimed(sid, outcome, left)
        }));
    }

    /// Sets up the media of somebody whom the room would take in.
    async fn start_media(&mut self, join: Join) {
        let JoinAtNode { record, joiner, media, offer, .. } = &*join.request;
        let Some(owned) = self.rooms.get_mut(&record.sid) else {
            return self.refuse(join, Refusal::Unavailable);
        };
        let media = match owned.room.check(joiner, *media) {
            Ok(Verdict::Enter(media)) => media,
            Ok(Verdict::Wait) => return self.let_wait(join).await,
            Err(reason) => return self.refuse(join, reason),
        };
        if self.steps.len() >= MAX_STEPS {
            return self.refuse(join, Refusal::NodeFull);
        }
        let orders = self.shards[owned.shard].orders.clone();
        let older = owned.newest(&joiner.pid);
        let peer = self.peers.add(record.sid.clone(), joiner.pid.clone(), owned.shard);
        owned.pending.insert(joiner.pid.clone(), peer);
        let (reply, answered) = oneshot::channel();
        let order = Order::Join {
            room: owned.handle,
            peer,
            offer: offer.clone(),
            publishing: sfu_publishing(media),
            older,
            reply,
        };
        let _sent = orders.send(order).await;
        self.steps.push(Box::pin(async move {
            let answer = match tokio::time::timeout(SHARD_DEADLINE, answered).await {
                Ok(Ok(answer)) => answer.map_err(refusal),
                _ => Err(Refusal::Unavailable),
            };
            Step::Media(join, peer, answer)
        }));
    }

    /// Somebody waits before the door.
    async fn let_wait(&mut self, join: Join) {
        let JoinAtNode { record, joiner, .. } = &*join.request;
        let mut out = Vec::new();
        let waits = match self.rooms.get_mut(&record.sid) {
            Some(owned) => owned.room.wait(clock::now(), joiner, &mut out),
            None => Err(Refusal::Unavailable),
        };
        self.execute(&record.sid, out).await;
        match waits {
            Ok(dating) => self.answer(join.reply, &NodeReply::Waiting { dating }),
            Err(reason) => self.refuse(join, reason),
        }
    }

    /// Goes on with what has taken time.
    pub(crate) async fn step(&mut self, step: Step) {
        match step {
            Step::Claimed(sid, outcome, left) => self.claimed(sid, outcome, left).await,
            Step::Media(join, peer, answer) => self.media_ready(join, peer, answer).await,
            Step::Released => {}
        }
    }

    async fn claimed(&mut self, sid: Sid, outcome: Claimed, left: Left) {
        let joins = self.claiming.remove(&sid).unwrap_or_default();
        match outcome {
            Claimed::Ours(claim) => {
                // Whoever asked for the claim brought the key.
                let Some(state_key) = joins.first().map(|join| join.request.state_key.clone())
                else {
                    return;
                };
                self.open(claim, left, state_key);
                self.decide(&sid, |room, now, out| room.refuse_former(now, out)).await;
                for join in joins {
                    self.start_media(join).await;
                }
            }
            Claimed::Theirs(node) => {
                for join in joins {
                    self.answer(join.reply, &NodeReply::OwnedBy { node: node.clone() });
                }
            }
            Claimed::Ended => joins.into_iter().for_each(|j| self.refuse(j, Refusal::RoomEnded)),
            Claimed::Unavailable => {
                joins.into_iter().for_each(|j| self.refuse(j, Refusal::Unavailable));
            }
        }
    }

    fn open(&mut self, claim: Claim, left: Left, state_key: SealKey) {
        let RoomRecord { settings, sid, epoch, .. } = claim.record.clone();
        tracing::info!(%sid, epoch, "owns a room");
        let now = clock::now();
        let room = match left {
            Left::State(kept) => Room::restored(settings, sid.clone(), epoch, now, *kept),
            Left::Nothing => Room::new(settings, sid.clone(), epoch, now),
            Left::Foreign => {
                self.counts.states_foreign.fetch_add(1, Ordering::Relaxed);
                tracing::warn!(%sid, "what the former owner left was written over: the room is closed");
                Room::tampered(settings, sid.clone(), epoch, now)
            }
        };
        let handle = RoomHandle(self.next_room);
        self.next_room += 1;
        let shard = self.idlest_shard();
        let owned = Owned {
            room,
            shard,
            handle,
            peers: HashMap::new(),
            pending: HashMap::new(),
            views: HashMap::new(),
            refresh_at: now.mono + REFRESH,
            refreshing: false,
            announce_at: now.mono + ANNOUNCE,
            state_key,
            store_at: now.mono + state::AGAIN,
            storing: false,
            claim,
        };
        self.rooms.insert(sid, owned);
    }

    fn idlest_shard(&self) -> usize {
        let peers = |index: &usize| self.shards[*index].stats.borrow().peers;
        (0..self.shards.len()).min_by_key(peers).unwrap_or(0)
    }

    async fn media_ready(&mut self, join: Join, peer: PeerId, answer: Result<Joined, Refusal>) {
        let JoinAtNode { record, joiner, media, .. } = &*join.request;
        let (sid, pid) = (&record.sid, &joiner.pid);
        // A still newer connection, or the end of its media, may have overtaken it.
        let newest = self.rooms.get_mut(sid).is_some_and(|owned| {
            let newest = owned.pending.get(pid) == Some(&peer);
            if newest {
                owned.pending.remove(pid);
            }
            newest
        });
        let known = self.peers.get_mut(peer);
        let joined = match (answer, known) {
            (Ok(joined), Some(known)) if newest => {
                known.admitted = true;
                let early = known.early_slots.take();
                Ok((joined.answer_sdp, early.unwrap_or(joined.slots)))
            }
            (Ok(_), _) => Err(Refusal::Unavailable),
            (Err(reason), _) => Err(reason),
        };
        let (answer, slots) = match joined {
            Ok(joined) => joined,
            Err(reason) => {
                self.forget(peer).await;
                return self.refuse(join, reason);
            }
        };
        let slots = self.peers.slots(&slots);
        // On purpose, for the build that the search for traces must find something in.
        #[cfg(feature = "leak")]
        tracing::info!(name = joiner.name.as_str(), "somebody comes in");
        let mut out = Vec::new();
        let admission = match self.rooms.get_mut(sid) {
            Some(owned) => {
                let admission = owned.room.admit(clock::now(), joiner, *media, slots, &mut out);
                if admission.is_ok()
                    && let Some(older) = owned.peers.insert(pid.clone(), peer)
                {
                    self.forget(older).await;
                }
                admission
            }
            None => Err(Refusal::RoomEnded),
        };
        self.execute(sid, out).await;
        self.show_again(sid, pid).await;
        match admission {
            Ok(admission) => {
                let joined = JoinedAtNode {
                    answer,
                    role: admission.role,
                    dating: admission.dating,
                    media: admission.media,
                    snapshot: admission.snapshot,
                    slots: admission.slots,
                };
                self.answer(join.reply, &NodeReply::Joined(Box::new(joined)));
            }
            Err(reason) => {
                self.forget(peer).await;
                self.refuse(join, reason);
            }
        }
    }

    /// Somebody has a new connection: who has it in view is shown it there.
    async fn show_again(&self, sid: &Sid, pid: &Pid) {
        let Some(owned) = self.rooms.get(sid) else { return };
        for (viewer, wants) in owned.viewers(pid) {
            let _gone = self.shards[owned.shard].orders.send(Order::View(viewer, wants)).await;
        }
    }

    fn refuse(&self, join: Join, reason: Refusal) {
        self.answer(join.reply, &NodeReply::Refused { reason });
    }
}

fn refusal(error: JoinError) -> Refusal {
    match error.fault() {
        Fault::Client => Refusal::BadOffer,
        Fault::Caller | Fault::Node => Refusal::Unavailable,
    }
}
