//! What a decoder could show of what arrived in one slot.

use crate::media::{Got, Origin};
use std::time::{Duration, Instant};

/// A picture that could be shown.
#[derive(Debug, Clone, Copy)]
pub struct Shown {
    /// When its last packet was there, and all pictures before it.
    pub at: Instant,
    /// Whose it is.
    pub origin: Origin,
    /// Whether it needs no other picture.
    pub key: bool,
}

/// Packets in the order of their numbers, without repeats.
#[must_use]
pub fn in_order(packets: &[Got]) -> Vec<Got> {
    let mut packets = packets.to_vec();
    packets.sort_by_key(|got| got.seq);
    packets.dedup_by_key(|got| got.seq);
    packets
}

/// The pictures that a decoder could show, of packets [`in_order`]: all packets are there, and it is
/// a key frame or follows one that could be shown.
#[must_use]
pub fn shown(packets: &[Got]) -> Vec<Shown> {
    let mut shown: Vec<Shown> = Vec::new();
    for frame in packets.chunk_by(|a, b| a.ts == b.ts) {
        let Some((origin, vp8)) = frame.first().and_then(|got| Some((got.origin, got.vp8?))) else {
            continue;
        };
        let last = shown.last();
        let before = |last: &Shown| {
            let stream = (last.origin.client, last.origin.stream);
            stream == (origin.client, origin.stream)
                && last.origin.frame == origin.frame.wrapping_sub(1)
        };
        let complete = frame.len() == usize::from(origin.parts);
        if !complete || !(vp8.key || last.is_some_and(before)) {
            continue;
        }
        let arrived = frame.iter().map(|got| got.at).max();
        let at = arrived.max(last.map(|last| last.at));
        shown.extend(at.map(|at| Shown { at, origin, key: vp8.key }));
    }
    shown
}

/// The longest time between two pictures that could be shown, of packets [`in_order`]; the time from
/// the last picture to the last packet counts too.
#[must_use]
pub fn worst_gap(packets: &[Got]) -> Duration {
    let pictures = shown(packets);
    let instants = pictures.iter().map(|shown| shown.at).chain(packets.iter().map(|g| g.at).max());
    let instants: Vec<Instant> = instants.collect();
    instants.windows(2).map(|w| w[1].saturating_duration_since(w[0])).max().unwrap_or_default()
}

/// Packets that never came, of packets [`in_order`]. (Numbers of one slot have no gaps by intent.)
#[must_use]
pub fn missing(packets: &[Got]) -> u64 {
    match packets {
        [first, .., last] => (last.seq - first.seq + 1).saturating_sub(packets.len() as u64),
        _ => 0,
    }
}
