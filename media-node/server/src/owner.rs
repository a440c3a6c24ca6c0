//! What the node does for its rooms: takes requests of edges, messages of participants and events
//! of the media, lets the room decide, and carries out what it commands.
//!
//! Nothing here waits for the bus or for a claim: whatever takes time is a [`Step`] that comes back.

use crate::audit::AuditLog;
use crate::claim::Claim;
use crate::clock;
use crate::errands::Errands;
use crate::gate::Said;
use crate::joining::{Join, Steps};
use crate::owned::{Owned, Peers, sfu_publishing, sfu_relaying};
use crate::publisher::Publisher;
use crate::records::{Refreshes, Stores};
use crate::registry::Standing;
use crate::shard::{Order, Shard};
use conclave_bus::Kv;
use conclave_protocol::event::LeftReason;
use conclave_protocol::grant::PublicGrantKey;
use conclave_protocol::history::Course;
use conclave_protocol::ids::{NodeId, Pid, Sid};
use conclave_protocol::node::NodeReply;
use conclave_protocol::subjects;
use conclave_room::{Command, MediaCommand, Now, Room};
use conclave_sfu::{Event, PeerId};
use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How often a room's record is written again; it lives a minute longer than the room's own
/// timeout.
pub(crate) const REFRESH: Duration = Duration::from_secs(20);

/// How often it is said again who owns a room: what was said expires after some days.
pub(crate) const ANNOUNCE: Duration = Duration::from_secs(3600);

/// Where courses of past rooms are kept.
#[derive(Debug, Clone, Copy)]
pub(crate) struct History {
    pub(crate) seconds: u64,
    /// True where applications are told.
    pub(crate) tell: bool,
}

/// What is counted besides.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    /// States written for next owners.
    pub(crate) states_written: AtomicU64,
    /// States of former owners that were not theirs.
    pub(crate) states_foreign: AtomicU64,
    /// People taken out because they flooded.
    pub(crate) floods: AtomicU64,
}

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
    pub(crate) stores: Stores,
    pub(crate) errands: Errands,
    pub(crate) audit: Option<AuditLog>,
    pub(crate) history: Option<History>,
    /// With what edges sign the records of rooms.
    pub(crate) grant_key: PublicGrantKey,
    pub(crate) counts: Arc<Counts>,
    pub(crate) rooms: HashMap<Sid, Owned>,
    /// Records of rooms that are over, to be deleted when a refresh under way is done.
    pub(crate) ending: HashMap<Sid, Claim>,
    /// Joins that wait for their room to be claimed.
    pub(crate) claiming: HashMap<Sid, Vec<Join>>,
    pub(crate) peers: Peers,
    pub(crate) next_room: u64,
    /// Messages ignored by rooms that are over.
    pub(crate) ignored: u64,
    /// Whether this node may speak for its rooms.
    pub(crate) standing: Standing,
}

/// What an owner is made of.
pub(crate) struct Parts {
    pub(crate) node: NodeId,
    pub(crate) kv: Kv,
    pub(crate) shards: Vec<Shard>,
    pub(crate) ctrl: Publisher,
    pub(crate) events: Publisher,
    pub(crate) audit: Option<AuditLog>,
    pub(crate) history: Option<History>,
    pub(crate) grant_key: PublicGrantKey,
}

impl Owner {
    pub(crate) fn new(parts: Parts) -> Self {
        let Parts { node, kv, shards, ctrl, events, audit, history, grant_key } = parts;
        Self {
            node,
            errands: Errands::start(kv.clone()),
            kv,
            shards,
            ctrl,
            events,
            steps: Steps::new(),
            refreshes: Refreshes::new(),
            stores: Stores::new(),
            audit,
            history,
            grant_key,
            counts: Arc::default(),
            rooms: HashMap::new(),
            ending: HashMap::new(),
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

    /// Ends a connection that nobody's place depends on any more.
    pub(crate) async fn forget(&mut self, peer: PeerId) {
        if let Some(known) = self.peers.remove(peer) {
            let _gone = self.shards[known.shard].orders.send(Order::Leave(peer)).await;
        }
    }

    /// A participant's message; the sender is whoever NATS let publish on this subject.
    pub(crate) async fn message(&mut self, said: Said) {
        let Said { voice, sid, pid, kind, payload } = said;
        self.decide(&sid, |room, now, out| room.message(now, voice, &pid, &kind, &payload, out))
            .await;
    }

    /// Somebody sends more than anybody can.
    pub(crate) async fn flood(&mut self, (sid, pid): (Sid, Pid)) {
        let mut taken_out = false;
        self.decide(&sid, |room, now, out| taken_out = room.flooded(now, &pid, out)).await;
        if taken_out {
            tracing::warn!(%sid, %pid, "flooded the room and was taken out");
            self.counts.floods.fetch_add(1, Ordering::Relaxed);
        }
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
                self.decide(&sid, |room, _, out| room.set_slots(&pid, translated, out)).await;
            }
            Event::Speaking { peer, speaking } => {
                let Some(known) = self.peers.get(peer) else { return };
                let (sid, pid) = (known.sid.clone(), known.pid.clone());
                self.decide(&sid, |room, now, out| room.set_speaking(now, &pid, speaking, out))
                    .await;
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
        // A room that somebody is about to enter is not over.
        let settled = |(sid, owned): (&Sid, &Owned)| owned.pending.is_empty().then(|| sid.clone());
        let sids: Vec<Sid> = self.rooms.iter().filter_map(settled).collect();
        for sid in sids {
            self.decide(&sid, |room, now, out| room.tick(now, out)).await;
        }
        self.write_due(Instant::now());
    }

    /// Lets a room decide, and carries out what it commands.
    pub(crate) async fn decide(
        &mut self,
        sid: &Sid,
        decision: impl FnOnce(&mut Room, Now, &mut Vec<Command>),
    ) {
        let Some(owned) = self.rooms.get_mut(sid) else { return };
        let mut out = Vec::new();
        decision(&mut owned.room, clock::now(), &mut out);
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
                Command::RevokeBus { keys, at, urgent } => {
                    keys.iter().for_each(|key| self.errands.ban_bus(key, at, urgent));
                }
                Command::Mark { marks, until } => {
                    marks.iter().for_each(|mark| self.errands.mark(mark, until));
                }
                Command::Audit(deed) => {
                    if let Some(audit) = &self.audit {
                        audit.note(deed);
                    }
                }
                Command::Course(course) => self.keep_course(sid, course),
                Command::End => self.end(sid),
            }
        }
    }

    fn keep_course(&self, sid: &Sid, course: Box<Course>) {
        if let (Some(history), Some(owned)) = (self.history, self.rooms.get(sid)) {
            let room = owned.claim.key.clone();
            self.errands.course(room, course, history.seconds, history.tell);
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
            MediaCommand::Relay(relay) => {
                // A participant's name is one of the data channel's always.
                let Some(order) = Order::relay(peer, pid, sfu_relaying(relay)) else { return };
                order
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
            self.decide(sid, |room, now, out| room.remove(now, pid, LeftReason::Lost, out)).await;
        }
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
