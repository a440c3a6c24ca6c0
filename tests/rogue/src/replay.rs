//! Keeps the first seconds of each source, and sends them again later in place of what it sends then:
//! under fresh sequence numbers, timestamps and picture ids, so that nothing but the encryption tells.

use crate::counters::{Counters, count};
use crate::stream::{Frames, Numbers, StreamKey, is_picture};
use crate::traitor::Deed;
use crate::vp8;
use conclave_media_node::rogue::Media;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How much is kept of each stream; of pictures from a key frame on.
const KEPT: Duration = Duration::from_secs(3);

/// See the module.
pub struct Replay {
    counters: Arc<Counters>,
    streams: BTreeMap<StreamKey, Stream>,
}

#[derive(Default)]
struct Stream {
    numbers: Numbers,
    frames: Frames,
    on: bool,
    begun_at: Option<Instant>,
    /// Packets of frames, each frame in the order in which it came.
    kept: Vec<Vec<Packet>>,
    kept_ts: Option<u32>,
    /// The next frame to be sent again.
    next: usize,
}

struct Packet {
    marker: bool,
    payload: Arc<[u8]>,
}

impl Replay {
    /// One that counts.
    pub fn new(counters: Arc<Counters>) -> Self {
        Self { counters, streams: BTreeMap::new() }
    }
}

impl Stream {
    fn keep(&mut self, packet: &Media) {
        let starts =
            || !is_picture(packet) || vp8::parse(&packet.payload).is_some_and(|parts| parts.key);
        if self.begun_at.is_none() && !starts() {
            return;
        }
        let begun = *self.begun_at.get_or_insert(packet.at);
        if packet.at.saturating_duration_since(begun) > KEPT {
            return;
        }
        let kept = Packet { marker: packet.marker, payload: packet.payload.clone() };
        match self.kept.last_mut().filter(|_| self.kept_ts == Some(packet.timestamp)) {
            Some(frame) => frame.push(kept),
            None => self.kept.push(vec![kept]),
        }
        self.kept_ts = Some(packet.timestamp);
    }

    /// The next kept frame, with the numbers of the present one.
    fn again(&mut self, present: &Media) -> Vec<Media> {
        let Some(frame) = self.kept.get(self.next) else {
            return Vec::new();
        };
        self.next = (self.next + 1) % self.kept.len();
        let mut sent = Vec::new();
        for old in frame {
            let payload = if is_picture(present) {
                vp8::with_numbers_of(&old.payload, &present.payload).map(Arc::from)
            } else {
                Some(old.payload.clone())
            };
            let Some(payload) = payload else { continue };
            let (seq, marker) = (self.numbers.fresh(), old.marker);
            sent.push(Media { seq, marker, payload, ..present.clone() });
        }
        sent
    }
}

impl Deed for Replay {
    fn packet(&mut self, mut packet: Media, on: bool) -> Vec<Media> {
        let stream = self.streams.entry(StreamKey::of(&packet)).or_default();
        // Before there is anything to be replayed, everything goes on as it should.
        let on = on && stream.begun_at.is_some_and(|at| packet.at > at + KEPT);
        if stream.on != on {
            stream.on = on;
            let turn = if on { Numbers::begin } else { Numbers::end };
            turn(&mut stream.numbers, packet.seq);
        }
        let new = stream.frames.is_new(packet.timestamp);
        if !on {
            stream.keep(&packet);
            packet.seq = stream.numbers.passed(packet.seq);
            return vec![packet];
        }
        if !new {
            return Vec::new();
        }
        let sent = stream.again(&packet);
        if !sent.is_empty() {
            count(&self.counters.frames);
        }
        sent.iter().for_each(|_| count(&self.counters.forged));
        sent
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mode::Mode;
    use crate::strip::tests::media;
    use conclave_media_node::rogue::SourceKind;

    #[test]
    fn the_first_seconds_come_again_under_fresh_numbers() {
        let mut replay = Replay::new(Arc::new(Counters::new(Mode::Replay)));
        let start = media(SourceKind::Camera, 0, 0, true, b"").at;
        let mut sent = Vec::new();
        // A delta frame first, which cannot be the beginning; then a key frame; two packets a frame.
        for frame in 0..60u32 {
            for part in 0..2 {
                let header = u8::from(frame != 1);
                let body = [header, frame as u8, part];
                let payload = vp8::tests::packet(part == 0, frame as u16, &body);
                let (seq, last) = (u64::from(frame * 2) + u64::from(part), part == 1);
                let packet = media(SourceKind::Camera, seq, frame * 3_000, last, &payload);
                let at = start + Duration::from_millis(u64::from(frame) * 100);
                sent.extend(replay.packet(Media { at, ..packet }, true));
            }
        }
        let seqs: Vec<_> = sent.iter().map(|p| p.seq).collect();
        assert_eq!(seqs, (0..120).collect::<Vec<_>>());
        // Kept are frames 1 to 31; from frame 32 on they come again.
        let again = &sent[64..];
        assert_eq!(again[0].timestamp, 32 * 3_000);
        assert_eq!(&again[0].payload[..], vp8::tests::packet(true, 32, &[0, 1, 0]));
        assert_eq!(&again[1].payload[..], vp8::tests::packet(false, 32, &[0, 1, 1]));
        assert_eq!(&again[2].payload[..], vp8::tests::packet(true, 33, &[1, 2, 0]));
    }
}
