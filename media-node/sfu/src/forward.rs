//! A packet from a sender to the slots that have it.

use std::time::Instant;

use str0m::media::Rid;
use str0m::rtp::{RtpPacket, Ssrc};

use crate::lane::Forwarded;
use crate::room::{Effects, Peers, Room};
use crate::source::{Extensions, Feed, Packet, SourceKey};
use crate::types::{PeerId, SourceKind};

/// A packet as its sender's transport gave it.
pub(crate) fn packet_of(rtp: RtpPacket, video: bool) -> Packet {
    let extensions = Extensions::of(&rtp.header.ext_vals);
    let (seq, ts, marker) = (*rtp.seq_no, rtp.header.timestamp, rtp.header.marker);
    Packet::new(seq, ts, marker, rtp.payload, extensions, video)
}

/// Sound: heard for its level, then forwarded to the slots assigned to it.
pub(crate) fn audio(
    room: &mut Room,
    peers: &mut Peers,
    now: Instant,
    from: PeerId,
    ssrc: Ssrc,
    packet: Packet,
    fx: &mut Effects,
) {
    let Some(mic) = room.mics.get_mut(&from).filter(|mic| mic.active) else {
        fx.silenced += 1;
        return;
    };
    if mic.ssrc.is_some_and(|known| known != ssrc) {
        mic.generation = mic.generation.wrapping_add(1);
    }
    mic.ssrc = Some(ssrc);
    mic.level.hear(now, packet.extensions.audio_level);
    // Loud, and somebody does not have it: perhaps it should take a slot.
    let unheard = mic.level.is_loud() && mic.subscribers.len() + 1 < room.members.len();
    for &(to, slot) in &mic.subscribers {
        let Some(peer) = peers.get_mut(&to) else {
            continue;
        };
        let result = peer.forward_audio(now, slot, from, mic.generation, &packet);
        count(result, to, fx);
    }
    if unheard {
        room.unsettle();
    }
}

/// A picture's packet: remembered, then forwarded to slots that have this layer
/// or wait for its key frame.
pub(crate) fn video(
    room: &mut Room,
    peers: &mut Peers,
    now: Instant,
    key: SourceKey,
    (rid, ssrc): (Option<Rid>, Ssrc),
    packet: Packet,
    fx: &mut Effects,
) {
    debug_assert!(key.kind != SourceKind::Microphone);
    let Some(source) = room.video.get_mut(&key).filter(|source| source.active) else {
        fx.silenced += 1;
        return;
    };
    let Some(layer) = source.layer_of(rid) else {
        return;
    };
    let mut changed = source.receive(now, layer, ssrc, &packet);
    let Some(arriving) = source.layers.get(layer) else {
        return;
    };
    let feed = Feed { key, layer, generation: arriving.generation };
    for &(to, slot) in &source.subscribers {
        let Some(peer) = peers.get_mut(&to) else {
            continue;
        };
        let later = arriving.after(packet.seq);
        let result = peer.forward_video(now, slot, feed, &packet, later);
        // A switch may change who is seen; congestion needs a key frame.
        changed |= matches!(result, Forwarded::Switched | Forwarded::Congested);
        count(result, to, fx);
    }
    if changed {
        for id in &room.members {
            if let Some(peer) = peers.get_mut(id) {
                peer.reallocate = true;
            }
        }
        room.unsettle();
    }
}

fn count(result: Forwarded, to: PeerId, fx: &mut Effects) {
    match result {
        Forwarded::No | Forwarded::Congested => return,
        Forwarded::Yes => {}
        Forwarded::Switched => fx.switches += 1,
    }
    fx.forwarded += 1;
    fx.flush.push(to);
}
