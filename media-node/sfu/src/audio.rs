//! Which microphones are on which audio slots.

use crate::room::{Peers, Room};
use crate::speakers;
use crate::types::PeerId;

/// Gives each receiver the loudest of the others. Who has a slot keeps that very
/// slot while still among them; with enough slots everyone simply has one.
pub(crate) fn assign(room: &mut Room, peers: &mut Peers) {
    let mics = &room.mics;
    speakers::rank(&mut room.ranking, |peer| {
        mics.get(&peer).map(|mic| (mic.level.loudness(), mic.level.is_loud()))
    });
    for id in &room.members {
        let Some(peer) = peers.get_mut(id) else {
            continue;
        };
        let others = room.ranking.iter().copied().filter(|p| p != id);
        let mut wanted: Vec<PeerId> = others.take(peer.audio.len()).collect();
        for slot in &mut peer.audio {
            let Some(now_here) = slot.assigned else {
                continue;
            };
            match wanted.iter().position(|p| *p == now_here) {
                Some(at) => {
                    wanted.remove(at);
                }
                None => {
                    slot.assigned = None;
                    slot.flowing = None;
                }
            }
        }
        let free = peer.audio.iter_mut().filter(|slot| slot.assigned.is_none());
        for (slot, from) in free.zip(wanted) {
            slot.assigned = Some(from);
            slot.flowing = None;
        }
    }
}
