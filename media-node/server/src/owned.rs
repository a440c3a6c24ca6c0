//! The rooms that this node owns, and which of the SFU's peers is who in them.

use crate::claim::Claim;
use conclave_protocol::event::{self, Slot, Source, SourceKind};
use conclave_protocol::ids::{Pid, Sid};
use conclave_protocol::seal::SealKey;
use conclave_room::{Relay, Room};
use conclave_sfu::{self as sfu, PeerId, RoomHandle, SlotMap};
use std::collections::HashMap;
use std::time::Instant;

/// A room with its record and its place among the shards.
pub(crate) struct Owned {
    pub(crate) room: Room,
    pub(crate) claim: Claim,
    pub(crate) shard: usize,
    pub(crate) handle: RoomHandle,
    /// The connection of each participant.
    pub(crate) peers: HashMap<Pid, PeerId>,
    /// Connections that are being set up: the newest of each participant.
    pub(crate) pending: HashMap<Pid, PeerId>,
    /// What each participant's tiles show: by participant, for connections come and go.
    pub(crate) views: HashMap<Pid, Vec<event::Want>>,
    /// When the record has to be written again.
    pub(crate) refresh_at: Instant,
    /// True while that is under way.
    pub(crate) refreshing: bool,
    /// When it has to be said again who owns the room.
    pub(crate) announce_at: Instant,
    /// Seals what the next owner is left.
    pub(crate) state_key: SealKey,
    /// When that has to be written again, though it has not changed.
    pub(crate) store_at: Instant,
    /// True while that is under way.
    pub(crate) storing: bool,
}

impl Owned {
    /// A participant's view in the SFU's words; who is not there (yet) is left out.
    pub(crate) fn view(&self, pid: &Pid) -> Vec<sfu::Want> {
        let want = |want: &event::Want| {
            let peer = *self.peers.get(&want.pid)?;
            Some(sfu::Want { peer, kind: sfu_kind(want.kind), height: want.height })
        };
        self.views.get(pid).into_iter().flatten().filter_map(want).collect()
    }

    /// Who has `pid` in view, and `pid` itself: whose views change when it gets a new connection.
    pub(crate) fn viewers(&self, pid: &Pid) -> Vec<(PeerId, Vec<sfu::Want>)> {
        let concerned = self
            .views
            .iter()
            .filter(|(viewer, wants)| *viewer == pid || wants.iter().any(|want| want.pid == *pid));
        concerned
            .filter_map(|(viewer, _)| Some((*self.peers.get(viewer)?, self.view(viewer))))
            .collect()
    }

    /// The connection that a newer one of the same participant replaces.
    pub(crate) fn newest(&self, pid: &Pid) -> Option<PeerId> {
        self.pending.get(pid).or_else(|| self.peers.get(pid)).copied()
    }
}

/// A connection of the SFU.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) sid: Sid,
    pub(crate) pid: Pid,
    pub(crate) shard: usize,
    /// Slots that changed before the room took the participant in.
    pub(crate) early_slots: Option<SlotMap>,
    /// False until the room took the participant in.
    pub(crate) admitted: bool,
}

/// Every connection, by the SFU's name for it. Names are never used twice.
#[derive(Debug, Default)]
pub(crate) struct Peers {
    by_id: HashMap<PeerId, Peer>,
    next: u64,
}

impl Peers {
    pub(crate) fn add(&mut self, sid: Sid, pid: Pid, shard: usize) -> PeerId {
        let id = PeerId(self.next);
        self.next += 1;
        self.by_id.insert(id, Peer { sid, pid, shard, early_slots: None, admitted: false });
        id
    }

    pub(crate) fn get(&self, id: PeerId) -> Option<&Peer> {
        self.by_id.get(&id)
    }

    pub(crate) fn get_mut(&mut self, id: PeerId) -> Option<&mut Peer> {
        self.by_id.get_mut(&id)
    }

    pub(crate) fn remove(&mut self, id: PeerId) -> Option<Peer> {
        self.by_id.remove(&id)
    }

    pub(crate) fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Slots as participants know them.
    pub(crate) fn slots(&self, map: &SlotMap) -> Vec<Slot> {
        let source = |(peer, kind): (PeerId, sfu::SourceKind)| {
            let pid = self.by_id.get(&peer)?.pid.clone();
            Some(Source { pid, kind: kind_of(kind) })
        };
        map.entries
            .iter()
            .map(|entry| Slot { mid: entry.mid.clone(), source: entry.source.and_then(source) })
            .collect()
    }
}

fn kind_of(kind: sfu::SourceKind) -> SourceKind {
    match kind {
        sfu::SourceKind::Microphone => SourceKind::Microphone,
        sfu::SourceKind::Camera => SourceKind::Camera,
        sfu::SourceKind::Screen => SourceKind::Screen,
    }
}

/// The SFU's word for what the room calls a source.
fn sfu_kind(kind: SourceKind) -> sfu::SourceKind {
    match kind {
        SourceKind::Microphone => sfu::SourceKind::Microphone,
        SourceKind::Camera => sfu::SourceKind::Camera,
        SourceKind::Screen => sfu::SourceKind::Screen,
    }
}

/// The SFU's word for what is switched on.
pub(crate) fn sfu_publishing(media: event::Publishing) -> sfu::Publishing {
    sfu::Publishing { microphone: media.microphone, camera: media.camera, screen: media.screen }
}

/// The SFU's word for what may be sent over the data channel.
pub(crate) fn sfu_relaying(relay: Relay) -> sfu::Relaying {
    match relay {
        Relay::Nothing => sfu::Relaying::Nothing,
        Relay::Asks => sfu::Relaying::Asks,
        Relay::Files => sfu::Relaying::Everything,
    }
}
