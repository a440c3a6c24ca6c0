//! What the node does for its rooms: takes requests of edges, messages of participants and events
//! of the media, lets the room decide, and carries out what it commands.
//!
//! Nothing here waits for the bus or for a claim: whatever takes time is a [`Step`] that comes back.

use crate::claim::{Claim, Claimed, Refreshed, claim, refresh, release};
use crate::owned::{Owned, Peers, sfu_kind, sfu_publishing};
use crate::publisher::Publisher;
use crate::shard::{Order, Shard};
use conclave_bus::Kv;
use conclave_protocol::event::LeftReason;
use conclave_protocol::ids::{NodeId, Pid, Sid};
use conclave_protocol::node::{JoinAtNode, JoinedAtNode, NodeReply, NodeRequest, Refusal};
use conclave_protocol::subjects;
use conclave_room::{Command, MediaCommand, Room};
use conclave_sfu::{Event, Fault, JoinError, Joined, PeerId, RoomHandle, Want};
use futures_util::future::BoxFuture;
use futures_util::stream::FuturesUnordered;
use std::collections::HashMap;
use std::time::{Duration, Instant};
use tokio::sync::oneshot;

/// Joins, claims and refreshes under way; beyond them an edge is told to try elsewhere.
const MAX_STEPS: usize = 4096;
/// Joins that wait for one room to be claimed.
const MAX_WAITING: usize = 256;
/// How long a shard may take to answer an offer.
const SHARD_DEADLINE: Duration = Duration::from_secs(2);

/// An edge's join request and where it wants the answer.
pub(crate) struct Join {
    request: Box<JoinAtNode>,
    reply: String,
}

/// Something that took time and is done.
pub(crate) enum Step {
    Claimed(Sid, Claimed),
    Media(Join, PeerId, Result<Joined, Refusal>),
    Refreshed(Sid, Refreshed),
    Released,
}

/// Steps under way.
pub(crate) type Steps = FuturesUnordered<BoxFuture<'static, Step>>;

pub(crate) struct Owner {
    pub(crate) node: NodeId,
    pub(crate) kv: Kv,
    pub(crate) shards: Vec<Shard>,
    /// Answers to edges.
    pub(crate) ctrl: Publisher,
    /// Events to participants.
    pub(crate) events: Publisher,
    pub(crate) steps: Steps,
    rooms: HashMap<Sid, Owned>,
    claiming: HashMap<Sid, Vec<Join>>,
    peers: Peers,
    next_room: u64,
    /// False while this node may have been replaced as owner.
    pub(crate) may_speak: bool,
}

impl Owner {
    pub(crate) fn new(
        node: NodeId,
        kv: Kv,
        shards: Vec<Shard>,
        ctrl: Publisher,
        events: Publisher,
    ) -> Self {
        Self {
            node,
            kv,
            shards,
            ctrl,
            events,
            steps: Steps::new(),
            rooms: HashMap::new(),
            claiming: HashMap::new(),
            peers: Peers::default(),
            next_room: 0,
            may_speak: false,
        }
    }

    pub(crate) fn rooms(&self) -> usize {
        self.rooms.len()
    }

    pub(crate) fn participants(&self) -> usize {
        self.peers.len()
    }

    /// A request of an edge. Answers go nowhere but to edges.
    pub(crate) async fn request(&mut self, reply: String, payload: &[u8]) {
        if !reply.strip_prefix(subjects::EDGE_INBOX).is_some_and(|rest| rest.starts_with('.')) {
            return;
        }
        match serde_json::from_slice(payload) {
            Ok(NodeRequest::Join(request)) => self.join(Join { request, reply }).await,
            Ok(NodeRequest::Renew { sid, pid }) => {
                let role = self
                    .rooms
                    .get(&sid)
                    .and_then(|owned| owned.room.role(&pid).map(|role| (role, owned.room.epoch())));
                let answer = match role {
                    Some((role, epoch)) => NodeReply::Member { role, epoch },
                    None => NodeReply::Refused { reason: Refusal::RoomEnded },
                };
                self.answer(reply, &answer);
            }
            Ok(NodeRequest::Leave { sid, pid, bus_key }) => {
                let now = Instant::now();
                self.decide(&sid, |room, out| room.page_gone(now, &pid, &bus_key, out)).await;
                self.answer(reply, &NodeReply::Done);
            }
            Err(_) => self.answer(reply, &NodeReply::Refused { reason: Refusal::Unavailable }),
        }
    }

    async fn join(&mut self, join: Join) {
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
        let (kv, node) = (self.kv.clone(), self.node.clone());
        let (key, record) = (join.request.room.clone(), join.request.record.clone());
        let revision = join.request.revision;
        self.claiming.insert(sid.clone(), vec![join]);
        self.steps.push(Box::pin(async move {
            Step::Claimed(sid, claim(&kv, &node, key, record, revision).await)
        }));
    }

    /// Sets up the media of somebody whom the room would take in.
    async fn start_media(&mut self, join: Join) {
        let JoinAtNode { record, joiner, media, offer, .. } = &*join.request;
        let Some(owned) = self.rooms.get_mut(&record.sid) else {
            return self.refuse(join, Refusal::RoomEnded);
        };
        let media = match owned.room.check(joiner, *media) {
            Ok(media) => media,
            Err(reason) => return self.refuse(join, reason),
        };
        if self.steps.len() >= MAX_STEPS {
            return self.refuse(join, Refusal::NodeFull);
        }
        let orders = self.shards[owned.shard].orders.clone();
        // The older connection goes first, or the newer would be shown its own picture.
        if let Some(older) = owned.peers.remove(&joiner.pid) {
            self.peers.remove(older);
            let _gone = orders.send(Order::Leave(older)).await;
        }
        let peer = self.peers.add(record.sid.clone(), joiner.pid.clone());
        owned.peers.insert(joiner.pid.clone(), peer);
        let (reply, answered) = oneshot::channel();
        let order = Order::Join {
            room: owned.handle,
            peer,
            offer: offer.clone(),
            publishing: sfu_publishing(media),
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

    /// Goes on with what has taken time.
    pub(crate) async fn step(&mut self, step: Step) {
        match step {
            Step::Claimed(sid, outcome) => self.claimed(sid, outcome).await,
            Step::Media(join, peer, answer) => self.media_ready(join, peer, answer).await,
            Step::Refreshed(sid, Refreshed::Kept(revision)) => {
                if let Some(owned) = self.rooms.get_mut(&sid) {
                    owned.claim.revision = revision;
                }
            }
            Step::Refreshed(sid, Refreshed::Lost) => self.let_go(&sid).await,
            Step::Refreshed(_, Refreshed::Unavailable) | Step::Released => {}
        }
    }

    async fn claimed(&mut self, sid: Sid, outcome: Claimed) {
        let joins = self.claiming.remove(&sid).unwrap_or_default();
        match outcome {
            Claimed::Ours(claim) => {
                self.open(claim);
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

    fn open(&mut self, claim: Claim) {
        let record = &claim.record;
        tracing::info!(sid = %record.sid, epoch = record.epoch, "owns a room");
        let room = Room::new(record.settings.clone(), record.epoch, Instant::now());
        let handle = RoomHandle(self.next_room);
        self.next_room += 1;
        let shard = self.idlest_shard();
        let owned = Owned { room, shard, handle, peers: HashMap::new(), claim };
        self.rooms.insert(owned.claim.record.sid.clone(), owned);
    }

    fn idlest_shard(&self) -> usize {
        let peers = |index: &usize| self.shards[*index].stats.borrow().peers;
        (0..self.shards.len()).min_by_key(peers).unwrap_or(0)
    }

    async fn media_ready(&mut self, join: Join, peer: PeerId, answer: Result<Joined, Refusal>) {
        let JoinAtNode { record, joiner, media, .. } = &*join.request;
        let early = self.peers.get_mut(peer).map(|p| {
            p.admitted = true;
            p.early_slots.take()
        });
        let outcome = match (answer, early) {
            (Err(reason), _) => Err(reason),
            // Replaced by a still newer connection, or its media ended at once.
            (Ok(_), None) => Err(Refusal::Unavailable),
            (Ok(joined), Some(early)) => {
                let slots = self.peers.slots(early.as_ref().unwrap_or(&joined.slots));
                let (now, mut out) = (Instant::now(), Vec::new());
                let admission = match self.rooms.get_mut(&record.sid) {
                    Some(owned) => owned.room.admit(now, joiner, *media, slots, &mut out),
                    None => Err(Refusal::RoomEnded),
                };
                self.execute(&record.sid, out).await;
                admission.map(|admission| (joined.answer_sdp, admission))
            }
        };
        match outcome {
            Ok((answer, admission)) => {
                let joined = JoinedAtNode {
                    answer,
                    role: admission.role,
                    media: admission.media,
                    snapshot: admission.snapshot,
                    slots: admission.slots,
                };
                self.answer(join.reply, &NodeReply::Joined(Box::new(joined)));
            }
            Err(reason) => {
                let (sid, pid) = (record.sid.clone(), joiner.pid.clone());
                self.drop_peer(&sid, &pid, peer).await;
                self.refuse(join, reason);
            }
        }
    }

    /// A participant's message; the sender is whoever NATS let publish on this subject.
    pub(crate) async fn message(&mut self, subject: &str, payload: &[u8]) {
        let Some(from) = subjects::parse_from(subject, &self.node) else { return };
        let now = Instant::now();
        self.decide(&from.sid, |room, out| room.message(now, &from.pid, from.kind, payload, out))
            .await;
    }

    /// What the media saw.
    pub(crate) async fn media(&mut self, event: Event) {
        match event {
            Event::Slots { peer, slots } => {
                let translated = self.peers.slots(&slots);
                let Some(known) = self.peers.get_mut(peer) else { return };
                if !known.admitted {
                    known.early_slots = Some(slots);
                    return;
                }
                let (sid, pid) = (known.sid.clone(), known.pid.clone());
                self.decide(&sid, |room, out| room.set_slots(&pid, translated, out)).await;
            }
            Event::Speaking { peer, speaking } => {
                let Some(known) = self.peers.get(peer) else { return };
                let (sid, pid) = (known.sid.clone(), known.pid.clone());
                self.decide(&sid, |room, out| room.set_speaking(&pid, speaking, out)).await;
            }
            Event::Gone { peer, reason } => {
                let Some(known) = self.peers.get(peer) else { return };
                tracing::debug!(sid = %known.sid, pid = %known.pid, ?reason, "media are gone");
                let (sid, pid) = (known.sid.clone(), known.pid.clone());
                self.drop_peer(&sid, &pid, peer).await;
            }
            Event::Connected { .. } | Event::Demand { .. } => {}
        }
    }

    /// Once a second.
    pub(crate) async fn tick(&mut self) {
        let now = Instant::now();
        let sids: Vec<Sid> = self.rooms.keys().cloned().collect();
        for sid in sids {
            self.decide(&sid, |room, out| room.tick(now, out)).await;
        }
    }

    /// Writes every room's record again.
    pub(crate) fn refresh_records(&mut self) {
        for (sid, owned) in &self.rooms {
            if self.steps.len() >= MAX_STEPS {
                return;
            }
            let (kv, sid, claim) = (self.kv.clone(), sid.clone(), owned.claim.clone());
            self.steps.push(Box::pin(async move {
                let refreshed = refresh(&kv, &claim).await;
                Step::Refreshed(sid, refreshed)
            }));
        }
    }

    /// Lets a room decide, and carries out what it commands.
    async fn decide(&mut self, sid: &Sid, decision: impl FnOnce(&mut Room, &mut Vec<Command>)) {
        let Some(owned) = self.rooms.get_mut(sid) else { return };
        let mut out = Vec::new();
        decision(&mut owned.room, &mut out);
        self.execute(sid, out).await;
    }

    async fn execute(&mut self, sid: &Sid, commands: Vec<Command>) {
        for command in commands {
            match command {
                Command::ToAll { kind, payload } => {
                    self.say(subjects::to_all(sid, &self.node, kind), payload);
                }
                Command::ToOne { pid, kind, payload } => {
                    self.say(subjects::to_one(sid, &self.node, &pid, kind), payload);
                }
                Command::Media { pid, order } => self.order(sid, &pid, order).await,
                Command::End => self.end(sid),
            }
        }
    }

    async fn order(&mut self, sid: &Sid, pid: &Pid, order: MediaCommand) {
        let Some(owned) = self.rooms.get_mut(sid) else { return };
        let Some(&peer) = owned.peers.get(pid) else { return };
        let order = match order {
            MediaCommand::Publish(media) => Order::Publish(peer, sfu_publishing(media)),
            MediaCommand::View(wants) => {
                let want = |want: conclave_protocol::event::Want| {
                    let peer = *owned.peers.get(&want.pid)?;
                    Some(Want { peer, kind: sfu_kind(want.kind), height: want.height })
                };
                Order::View(peer, wants.into_iter().filter_map(want).collect())
            }
            MediaCommand::Leave => {
                owned.peers.remove(pid);
                self.peers.remove(peer);
                Order::Leave(peer)
            }
        };
        let _gone = self.shards[owned.shard].orders.send(order).await;
    }

    /// A connection ended; its participant's place is given up unless a newer one holds it.
    async fn drop_peer(&mut self, sid: &Sid, pid: &Pid, peer: PeerId) {
        self.peers.remove(peer);
        let Some(owned) = self.rooms.get_mut(sid) else { return };
        if owned.peers.get(pid) != Some(&peer) {
            return;
        }
        owned.peers.remove(pid);
        let _gone = self.shards[owned.shard].orders.send(Order::Leave(peer)).await;
        let now = Instant::now();
        self.decide(sid, |room, out| room.remove(now, pid, LeftReason::Lost, out)).await;
    }

    fn end(&mut self, sid: &Sid) {
        let Some(owned) = self.rooms.remove(sid) else { return };
        tracing::info!(%sid, "a room is over");
        let kv = self.kv.clone();
        self.steps.push(Box::pin(async move {
            release(&kv, &owned.claim).await;
            Step::Released
        }));
    }

    /// Another node owns the room now: its people are let go without a word.
    async fn let_go(&mut self, sid: &Sid) {
        let Some(owned) = self.rooms.remove(sid) else { return };
        tracing::warn!(%sid, "lost a room to another owner");
        for peer in owned.peers.into_values() {
            self.peers.remove(peer);
            let _gone = self.shards[owned.shard].orders.send(Order::Leave(peer)).await;
        }
    }

    fn say(&self, subject: String, payload: Vec<u8>) {
        if self.may_speak {
            self.events.publish(subject, payload);
        }
    }

    fn refuse(&self, join: Join, reason: Refusal) {
        self.answer(join.reply, &NodeReply::Refused { reason });
    }

    fn answer(&self, reply: String, answer: &NodeReply) {
        self.ctrl.publish(reply, serde_json::to_vec(answer).unwrap_or_default());
    }
}

fn refusal(error: JoinError) -> Refusal {
    match error.fault() {
        Fault::Client => Refusal::BadOffer,
        Fault::Caller | Fault::Node => Refusal::Unavailable,
    }
}
