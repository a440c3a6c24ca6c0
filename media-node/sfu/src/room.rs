//! The peers of one room, what they send, and when to think again.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use str0m::media::Mid;
use str0m::rtp::Ssrc;

use crate::audio;
use crate::config::SfuConfig;
use crate::peer::Peer;
use crate::relay::Names;
use crate::source::{SourceKey, VideoSource};
use crate::speakers::Level;
use crate::stats::RelayStats;
use crate::types::{Event, PeerId, SourceKind};
use crate::video;

/// How often levels and waiting slots are looked at.
const TICK: Duration = Duration::from_millis(100);
/// How often layers are chosen anew without a cause.
const REVIEW: Duration = Duration::from_millis(500);
/// Shortest time between two settlings caused by packets.
const PAUSE: Duration = Duration::from_millis(20);

pub(crate) type Peers = BTreeMap<PeerId, Peer>;

/// What a room wants done by the [`Sfu`](crate::Sfu).
#[derive(Default)]
pub(crate) struct Effects {
    pub events: Vec<Event>,
    /// Peers with something queued.
    pub flush: Vec<PeerId>,
    pub plis: u64,
    pub forwarded: u64,
    pub switches: u64,
    pub silenced: u64,
    pub relay: RelayStats,
}

/// A microphone.
pub(crate) struct Mic {
    pub active: bool,
    pub level: Level,
    pub ssrc: Option<Ssrc>,
    /// Counts restarts of its stream.
    pub generation: u32,
    /// (receiver, index of its audio slot).
    pub subscribers: Vec<(PeerId, usize)>,
}

pub(crate) struct Room {
    /// In the order of joining.
    pub members: Vec<PeerId>,
    pub video: BTreeMap<SourceKey, VideoSource>,
    pub mics: BTreeMap<PeerId, Mic>,
    /// Active microphones, the loudest first, with hysteresis.
    pub ranking: Vec<PeerId>,
    /// Who spoke, the latest first.
    pub recent: Vec<PeerId>,
    /// Who is reached over the data channel.
    pub names: Names,
    /// Something changed that may move sources between slots or layers.
    unsettled: bool,
    settled_at: Option<Instant>,
    ticked_at: Option<Instant>,
    reviewed_at: Option<Instant>,
}

impl Room {
    pub(crate) fn new() -> Self {
        Self {
            members: Vec::new(),
            video: BTreeMap::new(),
            mics: BTreeMap::new(),
            ranking: Vec::new(),
            recent: Vec::new(),
            names: Names::new(),
            unsettled: false,
            settled_at: None,
            ticked_at: None,
            reviewed_at: None,
        }
    }

    pub(crate) fn join(&mut self, id: PeerId, senders: &[(Mid, SourceKind)]) {
        self.members.push(id);
        for &(mid, kind) in senders {
            if kind == SourceKind::Microphone {
                let mic = Mic {
                    active: false,
                    level: Level::new(),
                    ssrc: None,
                    generation: 0,
                    subscribers: Vec::new(),
                };
                self.mics.insert(id, mic);
            } else {
                self.video.insert(SourceKey { peer: id, kind }, VideoSource::new(mid));
            }
        }
    }

    pub(crate) fn leave(&mut self, id: PeerId) {
        self.members.retain(|m| *m != id);
        self.ranking.retain(|m| *m != id);
        self.recent.retain(|m| *m != id);
        self.names.retain(|_, m| *m != id);
        self.mics.remove(&id);
        self.video.retain(|key, _| key.peer != id);
        self.unsettled = true;
    }

    pub(crate) fn unsettle(&mut self) {
        self.unsettled = true;
    }

    /// When this room has to be looked at next.
    pub(crate) fn due(&self, now: Instant) -> Instant {
        let tick = self.ticked_at.map_or(now, |at| at + TICK);
        match self.settled_at {
            Some(at) if self.unsettled => tick.min(at + PAUSE),
            None if self.unsettled => now,
            _ => tick,
        }
    }

    /// Does what is due: at each tick levels and waiting slots, and settles if
    /// something changed or it is time for a review.
    pub(crate) fn tick(
        &mut self,
        now: Instant,
        peers: &mut Peers,
        config: &SfuConfig,
        fx: &mut Effects,
    ) {
        if self.ticked_at.is_none_or(|at| now >= at + TICK) {
            self.ticked_at = Some(now);
            self.listen(now, fx);
            if self.reviewed_at.is_none_or(|at| now >= at + REVIEW) {
                self.reviewed_at = Some(now);
                self.reallocate_all(peers);
            }
            video::request_keyframes(self, now, peers, config, fx);
        }
        if self.unsettled && self.settled_at.is_none_or(|at| now >= at + PAUSE) {
            self.settle(now, peers, config, fx);
        }
    }

    fn reallocate_all(&mut self, peers: &mut Peers) {
        for id in &self.members {
            if let Some(peer) = peers.get_mut(id) {
                peer.reallocate = true;
            }
        }
        self.unsettled = true;
    }

    /// Who began or stopped to speak.
    fn listen(&mut self, now: Instant, fx: &mut Effects) {
        for (&peer, mic) in &mut self.mics {
            if let Some(speaking) = mic.level.tick(now) {
                fx.events.push(Event::Speaking { peer, speaking });
                if speaking {
                    self.recent.retain(|p| *p != peer);
                    self.recent.insert(0, peer);
                }
                self.unsettled = true;
            }
        }
    }

    /// Decides anew who is in which slot with which layer, and says so.
    pub(crate) fn settle(
        &mut self,
        now: Instant,
        peers: &mut Peers,
        config: &SfuConfig,
        fx: &mut Effects,
    ) {
        self.unsettled = false;
        self.settled_at = Some(now);
        self.refresh(peers, fx);
        audio::assign(self, peers);
        video::assign(self, now, peers, config);
        video::allocate_all(self, now, peers, config);
        self.subscribe(peers);
        video::begin_from_memory(self, now, peers, fx);
        video::request_keyframes(self, now, peers, config, fx);
        video::report_demand(self, peers, fx);
        for id in &self.members {
            if let Some(slots) = peers.get_mut(id).and_then(Peer::slots_news) {
                fx.events.push(Event::Slots { peer: *id, slots });
            }
        }
    }

    /// Follows what peers switched on and may send.
    fn refresh(&mut self, peers: &Peers, fx: &mut Effects) {
        let sends =
            |id: PeerId, kind| peers.get(&id).is_some_and(|p| p.connected && p.may_send(kind));
        for (key, source) in &mut self.video {
            source.active = sends(key.peer, key.kind);
            if !source.active {
                source.silence();
            }
        }
        for (&peer, mic) in &mut self.mics {
            let active = sends(peer, SourceKind::Microphone);
            if mic.active && !active {
                self.ranking.retain(|p| *p != peer);
                if mic.level.reset() {
                    fx.events.push(Event::Speaking { peer, speaking: false });
                }
            } else if active && !mic.active {
                self.ranking.push(peer);
            }
            mic.active = active;
        }
    }

    /// Tells sources who has them.
    fn subscribe(&mut self, peers: &Peers) {
        for source in self.video.values_mut() {
            source.subscribers.clear();
        }
        for mic in self.mics.values_mut() {
            mic.subscribers.clear();
        }
        for id in &self.members {
            let Some(peer) = peers.get(id) else {
                continue;
            };
            for (index, slot) in peer.audio.iter().enumerate() {
                if let Some(mic) = slot.assigned.and_then(|from| self.mics.get_mut(&from)) {
                    mic.subscribers.push((*id, index));
                }
            }
            for (index, slot) in peer.video.iter().enumerate() {
                let current = slot.current.map(|feed| feed.key);
                let pending = slot.pending.map(|feed| feed.key).filter(|key| Some(*key) != current);
                for key in current.into_iter().chain(pending) {
                    if let Some(source) = self.video.get_mut(&key) {
                        source.subscribers.push((*id, index));
                    }
                }
            }
        }
    }
}
