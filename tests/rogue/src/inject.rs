//! Readable pictures and silence in place of what a source sends: a client that renders what is not
//! encrypted shows magenta.

use crate::counters::{Counters, count};
use crate::stream::{Frames, Numbers, StreamKey, is_picture};
use crate::traitor::Deed;
use crate::vp8;
use conclave_media_node::rogue::Media;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A key frame: magenta with a black square. `fixtures/README.md` says where it is from.
const PICTURE: &[u8] = include_bytes!("../fixtures/magenta-64x64.vp8");

/// 20 ms of silence in Opus: one CELT frame, stereo, of the whole band (RFC 6716, section 3.1).
const SILENCE: [u8; 3] = [0xf8, 0xff, 0xfe];

/// See the module.
pub struct Inject {
    counters: Arc<Counters>,
    streams: BTreeMap<StreamKey, Stream>,
}

#[derive(Default)]
struct Stream {
    numbers: Numbers,
    frames: Frames,
    on: bool,
}

impl Inject {
    /// One that counts.
    pub fn new(counters: Arc<Counters>) -> Self {
        Self { counters, streams: BTreeMap::new() }
    }
}

impl Deed for Inject {
    fn packet(&mut self, mut packet: Media, on: bool) -> Vec<Media> {
        let stream = self.streams.entry(StreamKey::of(&packet)).or_default();
        if stream.on != on {
            stream.on = on;
            let turn = if on { Numbers::begin } else { Numbers::end };
            turn(&mut stream.numbers, packet.seq);
        }
        let new = stream.frames.is_new(packet.timestamp);
        if !on {
            packet.seq = stream.numbers.passed(packet.seq);
            return vec![packet];
        }
        let payload = if is_picture(&packet) { picture(&packet) } else { Some(SILENCE.to_vec()) };
        let Some(payload) = payload.filter(|_| new) else {
            return Vec::new();
        };
        count(&self.counters.forged);
        count(&self.counters.frames);
        packet.seq = stream.numbers.fresh();
        packet.marker |= is_picture(&packet);
        packet.payload = payload.into();
        vec![packet]
    }
}

/// The picture behind a packet's own descriptor, as the first and only packet of its frame.
fn picture(packet: &Media) -> Option<Vec<u8>> {
    let parts = vp8::parse(&packet.payload)?;
    let mut payload = packet.payload.get(..parts.descriptor)?.to_vec();
    *payload.first_mut()? |= 0x10;
    payload.extend(PICTURE);
    Some(payload)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mode::Mode;
    use crate::strip::tests::media;
    use conclave_media_node::rogue::SourceKind;

    #[test]
    fn one_picture_for_each_frame_numbered_without_gaps() {
        assert_eq!(&PICTURE[3..10], [0x9d, 1, 0x2a, 64, 0, 64, 0], "a key frame of 64 by 64");
        let mut inject = Inject::new(Arc::new(Counters::new(Mode::Inject)));
        let frames = [(10, 1, true), (11, 1, false), (12, 2, true), (13, 2, false), (14, 3, true)];
        let sent = frames.map(|(seq, ts, first)| {
            let payload = vp8::tests::packet(first, ts as u16, b"secret");
            inject.packet(media(SourceKind::Camera, seq, ts, !first, &payload), ts > 1)
        });
        let numbers: Vec<_> = sent.iter().flatten().map(|p| (p.seq, p.timestamp)).collect();
        assert_eq!(numbers, [(10, 1), (11, 1), (12, 2), (13, 3)]);
        let forged = &sent[2][0];
        assert_eq!(&forged.payload[..], vp8::tests::packet(true, 2, PICTURE));
        assert!(forged.marker);
    }
}
