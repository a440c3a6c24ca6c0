//! The interface, and the order in which things are done.

#[cfg(feature = "rogue")]
mod betrayed;

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use str0m::IceCreds;

use crate::answer::{Shared, advertised, answer};
use crate::config::SfuConfig;
use crate::demux::Demux;
use crate::error::JoinError;
use crate::forward;
use crate::offer;
use crate::peer::{Drained, Peer};
use crate::relay::{self, RelayName, Relaying};
use crate::room::{Effects, Peers, Room};
use crate::schedule::{Schedule, Timer};
use crate::source::SourceKey;
use crate::stats::{PeerStats, SfuStats};
use crate::types::{
    DropReason, Event, Joined, MediaKind, Output, PeerId, Publishing, Received, RoomHandle,
    SourceKind, Want,
};

/// The shortest sleep, so that a transport which always wants to be called now
/// cannot stop the world.
const MIN_SLEEP: Duration = Duration::from_millis(1);

/// Most entries of a view that are looked at.
const MAX_WANTS: usize = 128;

/// One shard: rooms, their peers, and one UDP port. See the crate's first page for
/// how to drive it.
pub struct Sfu {
    config: SfuConfig,
    shared: Shared,
    demux: Demux,
    peers: Peers,
    rooms: BTreeMap<RoomHandle, Room>,
    schedule: Schedule,
    /// Peers with something written to their transport.
    dirty: VecDeque<PeerId>,
    outputs: VecDeque<Output>,
    stats: SfuStats,
    #[cfg(feature = "rogue")]
    betrayal: Option<Box<dyn crate::rogue::Betrayal>>,
    /// The latest instant given.
    now: Option<Instant>,
}

impl fmt::Debug for Sfu {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sfu")
            .field("rooms", &self.rooms.len())
            .field("peers", &self.peers.len())
            .finish_non_exhaustive()
    }
}

impl Sfu {
    /// An empty shard with a fresh DTLS certificate.
    pub fn new(config: SfuConfig) -> Self {
        Self {
            config,
            shared: Shared::new(),
            demux: Demux::default(),
            peers: Peers::new(),
            rooms: BTreeMap::new(),
            schedule: Schedule::default(),
            dirty: VecDeque::new(),
            outputs: VecDeque::new(),
            stats: SfuStats::default(),
            #[cfg(feature = "rogue")]
            betrayal: None,
            now: None,
        }
    }

    /// Takes in a participant by its one offer; `publishing` is as for
    /// [`Self::set_publishing`]. The room exists from now on.
    pub fn join(
        &mut self,
        now: Instant,
        room: RoomHandle,
        peer: PeerId,
        offer_sdp: &str,
        publishing: Publishing,
    ) -> Result<Joined, JoinError> {
        self.take_in(now, room, peer, offer_sdp, publishing, None)
    }

    /// As [`Self::join`], for a participant who comes back on a new connection: `older` leaves in
    /// the same step, and stays untouched where the offer is refused.
    pub fn rejoin(
        &mut self,
        now: Instant,
        room: RoomHandle,
        peer: PeerId,
        offer_sdp: &str,
        publishing: Publishing,
        older: PeerId,
    ) -> Result<Joined, JoinError> {
        self.take_in(now, room, peer, offer_sdp, publishing, Some(older))
    }

    fn take_in(
        &mut self,
        now: Instant,
        room: RoomHandle,
        peer: PeerId,
        offer_sdp: &str,
        publishing: Publishing,
        older: Option<PeerId>,
    ) -> Result<Joined, JoinError> {
        self.now = Some(now);
        if self.peers.contains_key(&peer) {
            return Err(JoinError::AlreadyJoined);
        }
        if advertised(&self.config).next().is_none() {
            return Err(JoinError::NoAddress);
        }
        let lines = offer::read(offer_sdp, &self.config)?;
        let mut credentials = IceCreds::new();
        while self.demux.has_ufrag(&credentials.ufrag) {
            credentials = IceCreds::new();
        }
        let ufrag = credentials.ufrag.clone();
        let (config, shared) = (&self.config, &self.shared);
        let (mut new, answer_sdp) =
            answer(now, room, credentials, offer_sdp, lines, config, shared)?;
        new.publishing = publishing;
        // Before slots are given out: nobody is shown its own former picture.
        if let Some(older) = older {
            self.leave(now, older);
        }
        self.demux.insert(peer, ufrag);
        self.rooms.entry(room).or_insert_with(Room::new).join(peer, &new.senders);
        self.peers.insert(peer, new);
        self.service(peer, now);
        self.settle(room, now, Some(peer));
        let slots = self.peers.get(&peer).map(Peer::slot_map).unwrap_or_default();
        Ok(Joined { answer_sdp, slots })
    }

    /// Removes a participant at once and says goodbye to its client. Unknown
    /// peers are ignored.
    pub fn leave(&mut self, now: Instant, peer: PeerId) {
        self.now = Some(now);
        if let Some(leaving) = self.peers.get_mut(&peer) {
            leaving.close();
            let mut drained = Drained::default();
            leaving.advance(now, &self.config, &mut drained);
            self.transmit(&mut drained);
        }
        self.remove(peer, now);
    }

    /// What of this participant is forwarded: what it has switched on and the room
    /// permits. A source that is off gives its slots free, and packets of it are
    /// dropped and counted, whatever its client says.
    pub fn set_publishing(&mut self, now: Instant, peer: PeerId, publishing: Publishing) {
        self.change(now, peer, |p| p.publishing = publishing);
    }

    /// What this receiver's tiles show, the most important first; wants beyond its
    /// number of video slots get nothing. An empty list is the default policy, as
    /// before the first call: screens, then who spoke last, then the order of
    /// joining. To show nothing, want something of height 0.
    pub fn set_view(&mut self, now: Instant, peer: PeerId, wants: &[Want]) {
        let wants = wants.get(..MAX_WANTS).unwrap_or(wants);
        let view = (!wants.is_empty()).then(|| wants.to_vec());
        self.change(now, peer, |p| {
            p.view = view;
            // A person waits for this: no pause after the last improvement.
            p.upgraded_at = None;
            p.reallocate = true;
        });
    }

    /// What this participant may relay over its data channel, and the name by which
    /// the others of its room reach it: one of them at a time, and nobody else. The
    /// sender's name in a message is put in here, whatever its client says. Until the
    /// first call nothing is relayed from or to it; what it may not relay is dropped
    /// and counted, as is what its receiver has no room for. Unknown peers are ignored.
    pub fn set_relay(&mut self, now: Instant, peer: PeerId, name: RelayName, relaying: Relaying) {
        self.now = Some(now);
        let Some(known) = self.peers.get_mut(&peer) else {
            return;
        };
        known.place.name = Some(name);
        known.place.relaying = relaying;
        if let Some(room) = self.rooms.get_mut(&known.room) {
            room.names.retain(|_, named| *named != peer);
            room.names.insert(name, peer);
        }
    }

    /// A datagram arrived at `destination` from `source`. A destination which is
    /// no configured address (a socket bound to `0.0.0.0`, or behind NAT) stands
    /// for the first address of the same family.
    pub fn handle_datagram(
        &mut self,
        now: Instant,
        source: SocketAddr,
        destination: SocketAddr,
        data: &[u8],
    ) -> Received {
        self.now = Some(now);
        match self.take(now, source, destination, data) {
            Ok(()) => {
                self.stats.packets_in += 1;
                self.stats.bytes_in += data.len() as u64;
                Received::Accepted
            }
            Err(reason) => {
                self.stats.dropped_garbage += 1;
                Received::Dropped(reason)
            }
        }
    }

    /// Time has passed. Does everything that was due.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.now = Some(now);
        while let Some(timer) = self.schedule.pop(now) {
            match timer {
                Timer::Peer(peer) => self.service(peer, now),
                Timer::Room(room) => self.tick(room, now),
            }
        }
    }

    /// When to call [`Self::handle_timeout`], if nothing arrives before. `None`
    /// while there are no peers. Call after [`Self::poll_output`] returned `None`.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.schedule.next()
    }

    /// What to do next; `None` when all is done. Packets of many datagrams for one
    /// receiver are put together here: give all datagrams at hand first.
    pub fn poll_output(&mut self) -> Option<Output> {
        loop {
            if let Some(output) = self.outputs.pop_front() {
                return Some(output);
            }
            let peer = self.dirty.pop_front()?;
            if let Some(known) = self.peers.get_mut(&peer) {
                known.dirty = false;
            }
            let now = self.now?;
            self.service(peer, now);
        }
    }

    /// Counters of this shard.
    pub fn stats(&self) -> SfuStats {
        SfuStats { rooms: self.rooms.len(), peers: self.peers.len(), ..self.stats }
    }

    /// What is known of one peer's transport.
    pub fn peer_stats(&self, peer: PeerId) -> Option<PeerStats> {
        let peer = self.peers.get(&peer)?;
        Some(PeerStats {
            connected: peer.connected,
            egress_estimate: peer.estimate,
            egress_allocated: peer.allocated,
        })
    }

    fn take(
        &mut self,
        now: Instant,
        source: SocketAddr,
        destination: SocketAddr,
        data: &[u8],
    ) -> Result<(), DropReason> {
        let route = self.demux.route(source, data)?;
        let local = self.local_address(source, destination).ok_or(DropReason::Refused)?;
        let peer = self.peers.get_mut(&route.peer).ok_or(DropReason::Unknown)?;
        peer.receive(now, source, local, data, route.stun).ok_or(DropReason::Refused)?;
        if route.stun {
            self.demux.proven(route.peer, source);
        }
        // After every datagram: a second would overwrite the first one's packet.
        let mut drained = Drained::default();
        let next = peer.drain(now, &self.config, &mut drained);
        self.after_drain(route.peer, now, next, drained);
        Ok(())
    }

    fn local_address(&self, source: SocketAddr, destination: SocketAddr) -> Option<SocketAddr> {
        let mut known = advertised(&self.config).filter(|a| a.is_ipv4() == source.is_ipv4());
        let first = known.next()?;
        let exact = first == destination || known.any(|a| a == destination);
        Some(if exact { destination } else { first })
    }

    /// Lets one peer's transport do what it has to.
    fn service(&mut self, id: PeerId, now: Instant) {
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        let mut drained = Drained::default();
        let next = peer.advance(now, &self.config, &mut drained);
        self.after_drain(id, now, next, drained);
    }

    fn after_drain(&mut self, id: PeerId, now: Instant, next: Instant, mut drained: Drained) {
        self.transmit(&mut drained);
        if let Some(reason) = drained.gone {
            self.outputs.push_back(Output::Event(Event::Gone { peer: id, reason }));
            self.remove(id, now);
            return;
        }
        self.schedule.set(Timer::Peer(id), if next > now { next } else { now + MIN_SLEEP });
        let Some(handle) = self.peers.get(&id).map(|p| p.room) else {
            return;
        };
        if drained.connected {
            self.outputs.push_back(Output::Event(Event::Connected { peer: id }));
            self.change(now, id, |p| p.reallocate = true);
        }
        self.relay(id, handle, now, drained.messages, drained.malformed);
        let eventful =
            drained.estimate || !drained.packets.is_empty() || !drained.keyframes.is_empty();
        if !eventful {
            return;
        }
        let mut fx = Effects::default();
        if let (Some(room), Some(peer)) = (self.rooms.get_mut(&handle), self.peers.get_mut(&id)) {
            // Less room than is used: give way at once.
            if drained.estimate && peer.estimate < peer.allocated {
                peer.reallocate = true;
                room.unsettle();
            }
            for mid in drained.keyframes {
                let slot = peer.video.iter().find(|slot| slot.lane.mid == mid);
                let feed = slot.and_then(|slot| slot.current);
                if let Some((feed, source)) =
                    feed.and_then(|f| Some((f, room.video.get_mut(&f.key)?)))
                {
                    source.request_keyframe(feed.layer);
                    room.unsettle();
                }
            }
        }
        for rtp in drained.packets {
            let ssrc = rtp.header.ssrc;
            let Some((kind, rid)) = self.peers.get_mut(&id).and_then(|p| p.stream(ssrc)) else {
                continue;
            };
            let packet = forward::packet_of(rtp, kind.media() == MediaKind::Video);
            #[cfg(not(feature = "rogue"))]
            let arrived = [(id, packet)];
            #[cfg(feature = "rogue")]
            let arrived = self.betrayed(now, handle, id, (kind, rid), packet);
            for (id, packet) in arrived {
                let Some(room) = self.rooms.get_mut(&handle) else {
                    break;
                };
                let peers = &mut self.peers;
                if kind == SourceKind::Microphone {
                    forward::audio(room, peers, now, id, ssrc, packet, &mut fx);
                } else {
                    let key = SourceKey { peer: id, kind };
                    forward::video(room, peers, now, key, (rid, ssrc), packet, &mut fx);
                }
            }
        }
        self.apply(fx);
        self.tick(handle, now);
    }

    /// Passes on what came over a peer's data channel.
    fn relay(
        &mut self,
        from: PeerId,
        handle: RoomHandle,
        now: Instant,
        messages: Vec<Vec<u8>>,
        malformed: u64,
    ) {
        #[cfg(feature = "rogue")]
        let messages: Vec<_> =
            messages.into_iter().map(|bytes| self.betrayed_message(from, bytes)).collect();
        let Some(room) = self.rooms.get(&handle) else {
            return;
        };
        let mut fx = Effects::default();
        fx.relay.malformed += malformed;
        for bytes in messages {
            let to = relay::pass_on(&room.names, &mut self.peers, now, from, bytes, &mut fx.relay);
            fx.flush.extend(to);
        }
        self.apply(fx);
    }

    /// Changes something about a peer, and settles its room.
    fn change(&mut self, now: Instant, id: PeerId, change: impl FnOnce(&mut Peer)) {
        self.now = Some(now);
        let Some(peer) = self.peers.get_mut(&id) else {
            return;
        };
        change(peer);
        let room = peer.room;
        self.settle(room, now, None);
    }

    /// Settles a room now. `joining` is told by the return value of `join` instead
    /// of by an event.
    fn settle(&mut self, handle: RoomHandle, now: Instant, joining: Option<PeerId>) {
        let Some(room) = self.rooms.get_mut(&handle) else {
            return;
        };
        let mut fx = Effects::default();
        room.settle(now, &mut self.peers, &self.config, &mut fx);
        fx.events.retain(|e| !matches!(e, Event::Slots { peer, .. } if Some(*peer) == joining));
        self.apply(fx);
        self.tick(handle, now);
    }

    /// Looks at a room if it is time, and sets its timer.
    fn tick(&mut self, handle: RoomHandle, now: Instant) {
        let Some(room) = self.rooms.get_mut(&handle) else {
            return;
        };
        if room.due(now) <= now {
            let mut fx = Effects::default();
            room.tick(now, &mut self.peers, &self.config, &mut fx);
            self.apply(fx);
        }
        let Some(room) = self.rooms.get_mut(&handle) else {
            return;
        };
        self.schedule.set(Timer::Room(handle), room.due(now).max(now + MIN_SLEEP));
    }

    fn remove(&mut self, id: PeerId, now: Instant) {
        let Some(peer) = self.peers.remove(&id) else {
            return;
        };
        self.demux.remove(id);
        self.schedule.remove(Timer::Peer(id));
        let Some(room) = self.rooms.get_mut(&peer.room) else {
            return;
        };
        room.leave(id);
        if room.members.is_empty() {
            self.schedule.remove(Timer::Room(peer.room));
            self.rooms.remove(&peer.room);
        } else {
            self.settle(peer.room, now, None);
        }
    }

    fn apply(&mut self, fx: Effects) {
        self.stats.plis += fx.plis;
        self.stats.forwarded += fx.forwarded;
        self.stats.switches += fx.switches;
        self.stats.dropped_silenced += fx.silenced;
        self.stats.relay += fx.relay;
        for id in fx.flush {
            if let Some(peer) = self.peers.get_mut(&id).filter(|p| !p.dirty) {
                peer.dirty = true;
                self.dirty.push_back(id);
            }
        }
        self.outputs.extend(fx.events.into_iter().map(Output::Event));
    }

    fn transmit(&mut self, drained: &mut Drained) {
        for (source, destination, contents) in drained.transmits.drain(..) {
            if self.outputs.len() >= self.config.max_outputs {
                self.stats.dropped_outputs += 1;
                continue;
            }
            self.stats.packets_out += 1;
            self.stats.bytes_out += contents.len() as u64;
            self.outputs.push_back(Output::Transmit { source, destination, contents });
        }
    }
}
