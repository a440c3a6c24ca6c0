//! Lets the first two people of a room who have a source of one kind pass for each other, while what
//! the node says about slots stays as it is.

use crate::counters::{Counters, count};
use crate::traitor::Deed;
use conclave_media_node::rogue::{Media, PeerId, RoomHandle, SourceKind};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Who sent nothing for this long is no sender.
const GONE: Duration = Duration::from_secs(2);

/// How often those who pass for each other are asked for key frames: the requests of those who see
/// them go to the other one.
const ASK_EVERY: Duration = Duration::from_secs(1);

/// See the module.
pub struct Swap {
    counters: Arc<Counters>,
    /// When each last sent.
    senders: BTreeMap<(RoomHandle, SourceKind), BTreeMap<PeerId, Instant>>,
    asked_at: Option<Instant>,
    ask: Vec<(PeerId, SourceKind)>,
}

impl Swap {
    /// One that counts.
    pub fn new(counters: Arc<Counters>) -> Self {
        Self { counters, senders: BTreeMap::new(), asked_at: None, ask: Vec::new() }
    }

    /// For whom the sender passes.
    fn other(&mut self, packet: &Media) -> Option<PeerId> {
        let senders = self.senders.get(&(packet.room, packet.kind))?;
        let mut pair = senders.keys().take(2);
        match (*pair.next()?, *pair.next()?) {
            (a, b) if a == packet.peer => Some(b),
            (a, b) if b == packet.peer => Some(a),
            _ => None,
        }
    }
}

impl Deed for Swap {
    fn packet(&mut self, mut packet: Media, on: bool) -> Vec<Media> {
        let senders = self.senders.entry((packet.room, packet.kind)).or_default();
        senders.insert(packet.peer, packet.at);
        senders.retain(|_, at| packet.at.saturating_duration_since(*at) < GONE);
        if let Some(other) = self.other(&packet).filter(|_| on) {
            if self.asked_at.is_none_or(|at| packet.at.saturating_duration_since(at) > ASK_EVERY) {
                self.asked_at = Some(packet.at);
                for kind in [SourceKind::Camera, SourceKind::Screen] {
                    self.ask.extend([(packet.peer, kind), (other, kind)]);
                }
            }
            packet.peer = other;
            count(&self.counters.changed);
            if packet.marker {
                count(&self.counters.frames);
            }
        }
        vec![packet]
    }

    fn wants_keyframes(&mut self) -> Vec<(PeerId, SourceKind)> {
        std::mem::take(&mut self.ask)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mode::Mode;
    use crate::strip::tests::media;

    #[test]
    fn the_first_two_of_a_kind_pass_for_each_other() {
        let mut swap = Swap::new(Arc::new(Counters::new(Mode::Swap)));
        let mut send = |peer: u64, kind, on| {
            let packet = Media { peer: PeerId(peer), ..media(kind, 1, 1, true, b"x") };
            swap.packet(packet, on)[0].peer.0
        };
        let (camera, microphone) = (SourceKind::Camera, SourceKind::Microphone);
        assert_eq!(send(4, camera, true), 4, "alone");
        assert_eq!(send(2, camera, false), 2, "not yet");
        assert_eq!(send(4, microphone, true), 4, "alone with this kind");
        assert_eq!([2, 4, 9].map(|peer| send(peer, camera, true)), [4, 2, 9]);
    }
}
