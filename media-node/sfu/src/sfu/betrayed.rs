//! Where a rogue node's betrayal comes between what arrives and what is forwarded.

use std::time::Instant;

use str0m::media::Rid;

use super::Sfu;
use crate::rogue::{Betrayal, Media};
use crate::source::{Packet, SourceKey};
use crate::types::{MediaKind, PeerId, RoomHandle, SourceKind};

impl Sfu {
    /// From now on this shard betrays its people: everything that they send passes through here.
    pub fn betray(&mut self, betrayal: Box<dyn Betrayal>) {
        self.betrayal = Some(betrayal);
    }

    /// What is taken for having come instead of a packet, and from whom.
    pub(super) fn betrayed(
        &mut self,
        at: Instant,
        room: RoomHandle,
        peer: PeerId,
        (kind, rid): (SourceKind, Option<Rid>),
        packet: Packet,
    ) -> Vec<(PeerId, Packet)> {
        let Some(betrayal) = &mut self.betrayal else {
            return vec![(peer, packet)];
        };
        let Packet { seq, ts, marker, payload, extensions, .. } = packet;
        let layer = rid.map(|rid| rid.to_string());
        let came = Media { at, room, peer, kind, layer, seq, timestamp: ts, marker, payload };
        let instead = betrayal.media(came);
        for (peer, kind) in betrayal.wants_keyframes() {
            let source = self.rooms.get_mut(&room);
            let key = SourceKey { peer, kind };
            if let Some(source) = source.and_then(|room| room.video.get_mut(&key)) {
                source.request_keyframe(0);
            }
        }
        let video = kind.media() == MediaKind::Video;
        let packet = |m: Media| {
            (m.peer, Packet::new(m.seq, m.timestamp, m.marker, m.payload, extensions, video))
        };
        instead.into_iter().map(packet).collect()
    }

    pub(super) fn betrayed_message(&mut self, from: PeerId, message: Vec<u8>) -> Vec<u8> {
        match &mut self.betrayal {
            Some(betrayal) => betrayal.message(from, message),
            None => message,
        }
    }
}
