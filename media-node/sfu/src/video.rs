//! Which cameras and screens are on which video slots, in which layer.

use std::time::{Duration, Instant};

use crate::allocate::{Demand, allocate};
use crate::config::SfuConfig;
use crate::lane::{Forwarded, VideoSlot};
use crate::peer::Peer;
use crate::room::{Effects, Peers, Room};
use crate::source::{Feed, SourceKey};
use crate::types::{Event, PeerId, SourceKind};

/// Shortest time between two improvements for one receiver.
const UPGRADE_PAUSE: Duration = Duration::from_secs(3);
/// How long a slot goes on with the old picture when the new one does not come.
const OLD_PICTURE: Duration = Duration::from_secs(2);
/// Probed for at least, while any picture is wanted: the pacer sends at little more
/// than the estimate, and a key frame is several times the mean rate. (With what
/// flows as the goal, estimates settled at 400 kbit/s and key frames took 100 ms.)
const DESIRED_BITRATE: u64 = 3_000_000;
/// Set aside for each audio slot in use: Opus at 32 kbit/s with its overhead.
const AUDIO_BITRATE: u64 = 48_000;

/// What a receiver should see, the most important first, with tile heights.
fn wanted(room: &Room, id: PeerId, peer: &Peer, config: &SfuConfig) -> Vec<(SourceKey, u16)> {
    let visible =
        |key: &SourceKey| key.peer != id && room.video.get(key).is_some_and(|source| source.active);
    let mut wanted: Vec<(SourceKey, u16)> = Vec::new();
    match &peer.view {
        Some(view) => {
            for want in view.iter().filter(|w| w.height > 0) {
                let key = SourceKey { peer: want.peer, kind: want.kind };
                if visible(&key) && wanted.iter().all(|(known, _)| *known != key) {
                    wanted.push((key, want.height));
                }
            }
        }
        None => {
            let position = |list: &[PeerId], id| list.iter().position(|p| *p == id);
            let mut keys: Vec<SourceKey> = room.video.keys().copied().filter(visible).collect();
            keys.sort_by_key(|key| {
                let spoke = position(&room.recent, key.peer).unwrap_or(usize::MAX);
                (key.kind != SourceKind::Screen, spoke, position(&room.members, key.peer))
            });
            wanted.extend(keys.into_iter().map(|key| match key.kind {
                SourceKind::Screen => (key, u16::MAX),
                _ => (key, config.default_height),
            }));
        }
    }
    wanted.truncate(peer.video.len());
    wanted
}

/// Puts what each receiver should see on its slots. A source that has a slot
/// keeps that very slot.
pub(crate) fn assign(room: &mut Room, now: Instant, peers: &mut Peers, config: &SfuConfig) {
    for id in &room.members {
        let Some(wanted) = peers.get(id).map(|peer| wanted(room, *id, peer, config)) else {
            continue;
        };
        let Some(peer) = peers.get_mut(id) else {
            continue;
        };
        let mut changed = false;
        for slot in &mut peer.video {
            if slot.assigned.is_some_and(|key| wanted.iter().all(|(w, _)| *w != key)) {
                slot.assigned = None;
                slot.pending = None;
                changed = true;
            }
            let ended = |feed: &Feed| !exists(room, feed);
            if slot.current.as_ref().is_some_and(ended) {
                slot.current = None;
            }
            if slot.pending.as_ref().is_some_and(ended) {
                slot.pending = None;
                changed = true;
            }
        }
        for (rank, (key, height)) in wanted.into_iter().enumerate() {
            let Some(slot) = place(&mut peer.video, key) else {
                continue;
            };
            changed |= slot.assigned != Some(key) || slot.height != height;
            if slot.assigned != Some(key) {
                slot.assigned = Some(key);
                slot.assigned_at = Some(now);
            }
            slot.height = height;
            slot.rank = rank;
        }
        for slot in &mut peer.video {
            let waited = slot.assigned_at.is_some_and(|at| now >= at + OLD_PICTURE);
            if slot.assigned.is_none() {
                slot.stop();
            } else if waited && slot.current.map(|feed| feed.key) != slot.assigned {
                slot.current = None;
            }
        }
        peer.reallocate |= changed;
    }
}

/// The slot which has this source, else one where it is still seen, else an idle
/// one, else any that is free.
fn place(slots: &mut [VideoSlot], key: SourceKey) -> Option<&mut VideoSlot> {
    let free = |s: &VideoSlot| s.assigned.is_none();
    let at = slots
        .iter()
        .position(|s| s.assigned == Some(key))
        .or_else(|| slots.iter().position(|s| free(s) && s.current.is_some_and(|f| f.key == key)))
        .or_else(|| slots.iter().position(|s| free(s) && s.current.is_none()))
        .or_else(|| slots.iter().position(free))?;
    slots.get_mut(at)
}

fn exists(room: &Room, feed: &Feed) -> bool {
    let source = room.video.get(&feed.key).filter(|source| source.active);
    let layer = source.and_then(|source| source.layers.get(feed.layer));
    layer.is_some_and(|layer| layer.generation == feed.generation)
}

/// Chooses layers for those receivers whose situation changed.
pub(crate) fn allocate_all(room: &mut Room, now: Instant, peers: &mut Peers, config: &SfuConfig) {
    for id in &room.members {
        let Some(peer) = peers.get_mut(id).filter(|p| p.connected && p.reallocate) else {
            continue;
        };
        peer.reallocate = false;
        allocate_peer(room, now, peer, config);
    }
}

fn allocate_peer(room: &Room, now: Instant, peer: &mut Peer, config: &SfuConfig) {
    let mut order: Vec<usize> = (0..peer.video.len()).collect();
    order.sort_by_key(|i| peer.video.get(*i).map(|s| s.rank));
    // (slot, its source, the source's layers in the order of the offers)
    let mut subjects: Vec<(usize, SourceKey, Vec<usize>)> = Vec::new();
    let mut demands: Vec<Demand> = Vec::new();
    for index in order {
        let Some(slot) = peer.video.get(index) else {
            continue;
        };
        let Some((key, source)) = slot.assigned.and_then(|k| Some((k, room.video.get(&k)?))) else {
            continue;
        };
        let (indices, layers): (Vec<_>, Vec<_>) = source.offers(now).into_iter().unzip();
        let has = slot.pending.or(slot.current).filter(|feed| feed.key == key);
        let current = has.and_then(|feed| indices.iter().position(|i| *i == feed.layer));
        demands.push(Demand { layers, wanted_height: slot.height, current });
        subjects.push((index, key, indices));
    }

    let sounds = peer.audio.iter().filter(|s| s.assigned.is_some()).count() as u64 * AUDIO_BITRATE;
    let budget = peer.estimate.min(config.max_egress_bitrate).saturating_sub(sounds);
    let may_upgrade = peer.may_upgrade(now, UPGRADE_PAUSE);
    let result = allocate(budget, &demands, may_upgrade);
    for (((index, key, indices), demand), layer) in
        subjects.iter().zip(&demands).zip(&result.layers)
    {
        let Some(slot) = peer.video.get_mut(*index) else {
            continue;
        };
        if demand.layers.is_empty() {
            continue; // Nothing arrives yet; what is seen stays for a while.
        }
        let layer_index = layer.and_then(|l| indices.get(l).copied());
        let Some(layer_index) = layer_index else {
            slot.stop();
            continue;
        };
        let generation =
            room.video.get(key).and_then(|s| s.layers.get(layer_index)).map(|l| l.generation);
        let feed = Feed { key: *key, layer: layer_index, generation: generation.unwrap_or(0) };
        slot.aim(feed);
        if demand.current.is_some() && *layer > demand.current {
            peer.upgraded_at = Some(now);
        }
    }
    peer.allocated = result.used;
    // Probing is worth its bytes only while something better is wanted.
    let desired =
        if demands.is_empty() { 0 } else { (result.ideal * 6 / 5 + sounds).max(DESIRED_BITRATE) };
    let desired = desired.min(config.max_egress_bitrate);
    let minimum = result.next.map_or(0, |next| (next + sounds).min(desired));
    peer.set_bitrate(now, minimum, desired);
}

/// Lets pictures begin that slots wait for and that are remembered from a recent key frame on. A
/// picture that is seen already gives way only to a new key frame: catching up would show.
pub(crate) fn begin_from_memory(room: &Room, now: Instant, peers: &mut Peers, fx: &mut Effects) {
    for id in &room.members {
        let Some(peer) = peers.get_mut(id) else {
            continue;
        };
        for index in 0..peer.video.len() {
            let waiting = peer.video.get(index).filter(|slot| slot.current.is_none());
            let Some(feed) = waiting.and_then(|slot| slot.pending) else {
                continue;
            };
            let source = room.video.get(&feed.key).filter(|source| source.active);
            let layer = source.and_then(|source| source.layers.get(feed.layer));
            let layer = layer.filter(|layer| layer.generation == feed.generation);
            let Some((layer, first)) = layer.and_then(|l| Some((l, l.recent_keyframe(now)?)))
            else {
                continue;
            };
            let later = layer.after(first.seq);
            if peer.forward_video(now, index, feed, first, later) == Forwarded::Switched {
                fx.switches += 1;
                fx.flush.push(*id);
            }
        }
    }
}

/// Asks once for the pictures that somebody who is still connecting will see: they are on their way,
/// or remembered, when the keys are agreed.
fn expect(room: &mut Room, now: Instant, peers: &mut Peers) {
    for id in &room.members {
        let Some(peer) = peers.get_mut(id).filter(|p| !p.connected && !p.expected) else {
            continue;
        };
        peer.expected = true;
        for key in peer.video.iter().filter_map(|slot| slot.assigned) {
            if let Some(source) = room.video.get_mut(&key)
                && let Some((layer, _)) = source.offers(now).first()
            {
                source.request_keyframe(*layer);
            }
        }
    }
}

/// Asks senders for the key frames that slots wait for, not too often.
pub(crate) fn request_keyframes(
    room: &mut Room,
    now: Instant,
    peers: &mut Peers,
    config: &SfuConfig,
    fx: &mut Effects,
) {
    expect(room, now, peers);
    for id in &room.members {
        let Some(peer) = peers.get(id).filter(|p| p.connected) else {
            continue;
        };
        for feed in peer.video.iter().filter_map(|slot| slot.pending) {
            if let Some(source) = room.video.get_mut(&feed.key)
                && source.flows(now, feed.layer)
            {
                source.request_keyframe(feed.layer);
            }
        }
    }
    for (key, source) in &mut room.video {
        let Some(rid) = source.take_request(now, config.keyframe_interval) else {
            continue;
        };
        if peers.get_mut(&key.peer).is_some_and(|p| p.request_keyframe(source.mid, rid)) {
            fx.plis += 1;
            fx.flush.push(key.peer);
        }
    }
}

/// Tells senders the largest picture that anybody asks for.
pub(crate) fn report_demand(room: &mut Room, peers: &Peers, fx: &mut Effects) {
    for (key, source) in room.video.iter_mut().filter(|(_, source)| source.active) {
        let slots = room.members.iter().filter_map(|id| peers.get(id)).flat_map(|p| &p.video);
        let heights = slots.filter(|s| s.assigned == Some(*key)).map(|s| s.height);
        let height = heights.max().unwrap_or(0);
        if source.demand != Some(height) {
            source.demand = Some(height);
            fx.events.push(Event::Demand { peer: key.peer, kind: key.kind, height });
        }
    }
}
