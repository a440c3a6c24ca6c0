//! What the node does for its rooms: takes requests of edges, messages of participants and events
//! of the media, lets the room decide, and carries out what it commands.
//!
//! Nothing here waits for the bus or for a claim: whatever takes time is a [`Step`] that comes back.

use crate::claim::release;
use crate::gate::Said;
use crate::joining::{Join, Step, Steps};
use crate::owned::{Owned, Peers, sfu_publishing};
use crate::publisher::Publisher;
use crate::records::Refreshes;
use crate::registry::Standing;
use crate::shard::{Order, Shard};
use conclave_bus::Kv;
use conclave_protocol::event::LeftReason;
use conclave_protocol::ids::{NodeId, Pid, Sid};
use conclave_protocol::node::{NodeReply, NodeRequest, Refusal};
use conclave_protocol::subjects;
use conclave_room::{Command, MediaCommand, Room};
use conclave_sfu::{Event, PeerId};
use std::collections::HashMap;
use std::time::{Duration, Instant};

/// How often a room's record is written again; it lives a minute longer than the room's own
/// timeout.
pub(crate) const REFRESH: Duration = Duration::from_secs(20);

pub(crate) struct Owner {
    pub(crate) node: NodeId,
    pub(crate) kv: Kv,
    pub(crate) shards: Vec<Shard>,
    /// Answers to edges.
    pub(crate) ctrl: Publisher,
    /// Events to participants.
    pub(crate) events: Publisher,
    pub(crate) steps: Steps,
    pub(crate) refreshes: Refreshes,
    pub(crate) rooms: HashMap<Sid, Owned>,
    /// Joins that wait for their room to be claimed.
    pub(crate) claiming: HashMap<Sid, Vec<Join>>,
    pub(crate) peers: Peers,
    pub(crate) next_room: u64,
    /// Messages ignored by rooms that are over.
    ignored: u64,
    /// Whether this node may speak for its rooms.
    pub(crate) standing: Standing,
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
            refreshes: Refreshes::new(),
            rooms: HashMap::new(),
            claiming: HashMap::new(),
            peers: Peers::default(),
            next_room: 0,
            ignored: 0,
            standing: Standing::unknown(),
        }
    }

    pub(crate) fn room_count(&self) -> usize {
        self.rooms.len()
    }

    pub(crate) fn participants(&self) -> usize {
        self.peers.len()
    }

    /// Messages of participants that no room could use.
    pub(crate) fn ignored(&self) -> u64 {
        self.ignored + self.rooms.values().map(|owned| owned.room.ignored()).sum::<u64>()
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
                    // Also where this node lost the room by a restart: coming back tells.
                    None => NodeReply::Refused { reason: Refusal::NotMember },
                };
                self.answer(reply, &answer);
            }
            Ok(NodeRequest::Leave { sid, pid, bus_key }) => {
                let now = Instant::now();
                // Whoever is on the way back has only left the older page.
                let returning =
                    self.rooms.get(&sid).is_some_and(|owned| owned.pending.contains_key(&pid));
                if !returning {
                    self.decide(&sid, |room, out| room.page_gone(now, &pid, &bus_key, out)).await;
                }
                self.answer(reply, &NodeReply::Done);
            }
            Err(_) => self.answer(reply, &NodeReply::Refused { reason: Refusal::Unavailable }),
        }
    }

    /// Ends a connection that nobody's place depends on any more.
    pub(crate) async fn forget(&mut self, peer: PeerId) {
        if let Some(known) = self.peers.remove(peer) {
            let _gone = self.shards[known.shard].orders.send(Order::Leave(peer)).await;
        }
    }

    /// A participant's message; the sender is whoever NATS let publish on this subject.
    pub(crate) async fn message(&mut self, said: Said) {
        let Said { sid, pid, kind, payload } = said;
        let now = Instant::now();
        self.decide(&sid, |room, out| room.message(now, &pid, &kind, &payload, out)).await;
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
                self.lost(&sid, &pid, peer).await;
            }
            Event::Connected { .. } | Event::Demand { .. } => {}
        }
    }

    /// Once a second.
    pub(crate) async fn tick(&mut self) {
        let now = Instant::now();
        // A room that somebody is about to enter is not over.
        let settled = |(sid, owned): (&Sid, &Owned)| owned.pending.is_empty().then(|| sid.clone());
        let sids: Vec<Sid> = self.rooms.iter().filter_map(settled).collect();
        for sid in sids {
            self.decide(&sid, |room, out| room.tick(now, out)).await;
        }
        self.refresh_due(now);
    }

    /// Lets a room decide, and carries out what it commands.
    pub(crate) async fn decide(
        &mut self,
        sid: &Sid,
        decision: impl FnOnce(&mut Room, &mut Vec<Command>),
    ) {
        let Some(owned) = self.rooms.get_mut(sid) else { return };
        let mut out = Vec::new();
        decision(&mut owned.room, &mut out);
        self.execute(sid, out).await;
    }

    pub(crate) async fn execute(&mut self, sid: &Sid, commands: Vec<Command>) {
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
                owned.views.insert(pid.clone(), wants);
                Order::View(peer, owned.view(pid))
            }
            MediaCommand::Leave => {
                owned.peers.remove(pid);
                owned.views.remove(pid);
                return self.forget(peer).await;
            }
        };
        let _gone = self.shards[owned.shard].orders.send(order).await;
    }

    /// A connection ended; its participant's place is given up unless a newer one holds it.
    pub(crate) async fn lost(&mut self, sid: &Sid, pid: &Pid, peer: PeerId) {
        self.forget(peer).await;
        let Some(owned) = self.rooms.get_mut(sid) else { return };
        if owned.peers.get(pid) == Some(&peer) {
            owned.peers.remove(pid);
            let now = Instant::now();
            self.decide(sid, |room, out| room.remove(now, pid, LeftReason::Lost, out)).await;
        }
    }

    fn end(&mut self, sid: &Sid) {
        let Some(owned) = self.rooms.remove(sid) else { return };
        tracing::info!(%sid, "a room is over");
        self.ignored += owned.room.ignored();
        let kv = self.kv.clone();
        self.steps.push(Box::pin(async move {
            release(&kv, &owned.claim).await;
            Step::Released
        }));
    }

    /// Another node owns the room now: its people are let go without a word.
    pub(crate) async fn let_go(&mut self, sid: &Sid) {
        let Some(owned) = self.rooms.remove(sid) else { return };
        tracing::warn!(%sid, "lost a room to another owner");
        self.ignored += owned.room.ignored();
        for peer in owned.peers.into_values().chain(owned.pending.into_values()) {
            self.forget(peer).await;
        }
    }

    fn say(&self, subject: String, payload: Vec<u8>) {
        if self.standing.may_speak(Instant::now()) {
            self.events.publish(subject, payload);
        }
    }

    pub(crate) fn answer(&self, reply: String, answer: &NodeReply) {
        self.ctrl.publish(reply, serde_json::to_vec(answer).unwrap_or_default());
    }
}
