//! One receive slot as one unbroken RTP stream, whoever is in it.

use std::time::{Duration, Instant};

use str0m::rtp::{Vp8Descriptor, Vp8Patch};

use crate::source::Packet;

/// Sequence numbers start here; below 65,536 so that the receiver's SRTP
/// rollover counter starts at 0 (RFC 3711 section 3.3.1), above 0 so that a
/// packet from before the start stays positive.
const FIRST_SEQ: u64 = 1_000;

/// A packet this far behind the newest is useless to any receiver.
const MAX_BEHIND: u64 = 2_048;

/// Rewrites sequence numbers, timestamps and VP8 indices of changing sources
/// into one stream. A source's own gaps are kept, so that its late packets fit in.
#[derive(Debug)]
pub(crate) struct Rewriter {
    clock_hz: u64,
    newest: Option<Newest>,
    /// Lowest sequence number of the source that belongs to this stream.
    first_in: u64,
    /// Out minus in, wrapping.
    seq_delta: u64,
    ts_delta: u32,
    vp8_delta: Vp8Index,
}

/// The newest packet that was sent.
#[derive(Debug, Clone, Copy)]
struct Newest {
    seq: u64,
    ts: u32,
    at: Instant,
    vp8: Vp8Index,
}

/// Picture id, TL0PICIDX and KEYIDX (RFC 7741 section 4.2), or differences of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Vp8Index {
    picture: u16,
    tl0: u8,
    key: u8,
}

impl Vp8Index {
    fn of(descriptor: &Vp8Descriptor) -> Self {
        Self {
            picture: descriptor.picture_id().unwrap_or(0),
            tl0: descriptor.tl0_pic_idx().unwrap_or(0),
            key: descriptor.key_idx().unwrap_or(0),
        }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            picture: self.picture.wrapping_add(other.picture) & 0x7fff,
            tl0: self.tl0.wrapping_add(other.tl0),
            key: self.key.wrapping_add(other.key) & 0x1f,
        }
    }

    fn minus(self, other: Self) -> Self {
        Self {
            picture: self.picture.wrapping_sub(other.picture) & 0x7fff,
            tl0: self.tl0.wrapping_sub(other.tl0),
            key: self.key.wrapping_sub(other.key) & 0x1f,
        }
    }
}

/// What a packet becomes in the slot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rewritten {
    pub seq: u64,
    pub ts: u32,
    pub patch: Option<Vp8Patch>,
}

impl Rewriter {
    pub(crate) fn new(clock_hz: u64) -> Self {
        Self {
            clock_hz,
            newest: None,
            first_in: 0,
            seq_delta: 0,
            ts_delta: 0,
            vp8_delta: Vp8Index::default(),
        }
    }

    /// Continues the stream with another source, beginning with `packet`:
    /// the next sequence number and VP8 indices, and a timestamp as much later
    /// as time has passed.
    pub(crate) fn switch(&mut self, now: Instant, packet: &Packet) {
        let vp8 = packet.vp8.as_ref().map(Vp8Index::of).unwrap_or_default();
        let (seq, ts, next_vp8) = match &self.newest {
            None => (FIRST_SEQ, packet.ts, vp8),
            Some(last) => {
                let passed = now.saturating_duration_since(last.at);
                let next = Vp8Index { picture: 1, tl0: 1, key: 1 };
                (last.seq + 1, last.ts.wrapping_add(self.ticks(passed).max(1)), last.vp8.plus(next))
            }
        };
        self.first_in = packet.seq;
        self.seq_delta = seq.wrapping_sub(packet.seq);
        self.ts_delta = ts.wrapping_sub(packet.ts);
        self.vp8_delta = next_vp8.minus(vp8);
    }

    fn ticks(&self, time: Duration) -> u32 {
        // Wraps like the timestamp itself.
        (time.as_micros() * u128::from(self.clock_hz) / 1_000_000) as u32
    }

    /// The packet's numbers in this slot; `None` if it is from before the switch
    /// or too late to be of use.
    pub(crate) fn rewrite(&mut self, now: Instant, packet: &Packet) -> Option<Rewritten> {
        if packet.seq < self.first_in {
            return None;
        }
        let seq = packet.seq.wrapping_add(self.seq_delta);
        let ts = packet.ts.wrapping_add(self.ts_delta);
        let vp8 = packet.vp8.as_ref().map(|d| Vp8Index::of(d).plus(self.vp8_delta));
        match &mut self.newest {
            Some(newest) if seq <= newest.seq => {
                if newest.seq - seq > MAX_BEHIND {
                    return None;
                }
            }
            newest => {
                let last = newest.map(|n| n.vp8).unwrap_or_default();
                *newest = Some(Newest { seq, ts, at: now, vp8: vp8.unwrap_or(last) });
            }
        }
        let patch = packet.vp8.as_ref().zip(vp8).and_then(|(d, index)| patch(d, index));
        Some(Rewritten { seq, ts, patch })
    }
}

/// Replaces what the descriptor has; its width cannot change, so a 7-bit picture
/// id stays one.
fn patch(descriptor: &Vp8Descriptor, index: Vp8Index) -> Option<Vp8Patch> {
    let mut patch = descriptor.patch();
    if descriptor.tl0_pic_idx().is_some() {
        patch = patch.tl0_pic_idx(index.tl0);
    }
    if descriptor.key_idx().is_some() {
        patch = patch.key_idx(index.key);
    }
    if descriptor.picture_id().is_none() {
        return patch.build().ok();
    }
    let wide = patch.picture_id(index.picture).build();
    wide.or_else(|_| patch.picture_id(index.picture & 0x7f).build()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn packet(seq: u64, ts: u32, picture: u16) -> Packet {
        let id = picture.to_be_bytes();
        let payload = [0x90, 0xe0, 0x80 | id[0], id[1], picture as u8, 0x20, 0x10, 0, 0];
        Packet::new(seq, ts, true, Arc::from(&payload[..]), Default::default(), true)
    }

    fn start() -> Instant {
        #[allow(clippy::disallowed_methods)] // any instant will do
        Instant::now()
    }

    #[test]
    fn a_switch_continues_everything() {
        let now = start();
        let mut slot = Rewriter::new(90_000);
        slot.switch(now, &packet(70_000, 5, 32_767));
        let a = slot.rewrite(now, &packet(70_000, 5, 32_767)).unwrap();
        assert_eq!((a.seq, a.ts), (FIRST_SEQ, 5));
        let b = slot.rewrite(now, &packet(70_002, 3_005, 0)).unwrap();
        assert_eq!((b.seq, b.ts), (FIRST_SEQ + 2, 3_005));

        let later = now + Duration::from_millis(100);
        let other = packet(9, u32::MAX, 500);
        slot.switch(later, &other);
        let c = slot.rewrite(later, &other).unwrap();
        assert_eq!((c.seq, c.ts), (FIRST_SEQ + 3, 3_005 + 9_000));
        let mut expected = other.vp8.unwrap().patch().picture_id(1).tl0_pic_idx(1);
        assert_eq!(c.patch, Some(expected.build().unwrap()));

        // Late, but of this source: keeps its place. From before the switch: dropped.
        let d = slot.rewrite(later, &packet(12, 3_000, 501)).unwrap();
        assert_eq!(d.seq, FIRST_SEQ + 6);
        let e = slot.rewrite(later, &packet(11, 3_000, 501)).unwrap();
        assert_eq!(e.seq, FIRST_SEQ + 5);
        expected = packet(11, 0, 501).vp8.unwrap().patch().picture_id(2).tl0_pic_idx(2);
        assert_eq!(e.patch, Some(expected.build().unwrap()));
        assert_eq!(slot.rewrite(later, &packet(8, 3_000, 499)), None);
    }

    #[test]
    fn a_hopelessly_late_packet_is_dropped() {
        let now = start();
        let mut slot = Rewriter::new(48_000);
        slot.switch(now, &packet(10, 0, 0));
        slot.rewrite(now, &packet(10 + 3_000, 0, 0)).unwrap();
        assert_eq!(slot.rewrite(now, &packet(11, 0, 0)), None);
    }
}
