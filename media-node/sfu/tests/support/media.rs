//! Synthetic Opus and VP8 that carries its origin.

use std::time::{Duration, Instant};

/// What a payload says about itself, after the bytes that an SFU reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    pub client: u8,
    /// 0 microphone, 1 to 3 camera layers, 9 screen.
    pub stream: u8,
    pub frame: u16,
    pub part: u8,
    pub parts: u8,
}

impl Origin {
    fn bytes(self) -> [u8; 7] {
        let frame = self.frame.to_be_bytes();
        [0xaa, self.client, self.stream, frame[0], frame[1], self.part, self.parts]
    }

    fn parse(bytes: &[u8]) -> Option<Self> {
        let [0xaa, client, stream, a, b, part, parts] = *bytes.get(..7)? else {
            return None;
        };
        Some(Self { client, stream, frame: u16::from_be_bytes([a, b]), part, parts })
    }
}

pub fn opus(client: u8, frame: u16) -> Vec<u8> {
    let mut payload = Origin { client, stream: 0, frame, part: 0, parts: 1 }.bytes().to_vec();
    payload.resize(80, 0x55);
    payload
}

/// One encoding of a camera or screen.
pub struct Encoder {
    pub stream: u8,
    pub height: u16,
    pub bitrate: u64,
    pub on: bool,
    frame: u16,
    picture: u16,
    tl0: u8,
    pub seq: u64,
    key_wanted: bool,
}

pub const FRAME: Duration = Duration::from_millis(33);

impl Encoder {
    pub fn new(client: u8, stream: u8, height: u16, bitrate: u64) -> Self {
        Self {
            stream,
            height,
            bitrate,
            on: true,
            frame: 0,
            // Different for each, near the wrap for some.
            picture: 32_700 + u16::from(client) * 13 + u16::from(stream),
            tl0: client.wrapping_mul(91).wrapping_add(stream),
            seq: 60_000 + u64::from(client) * 1_000,
            key_wanted: true,
        }
    }

    pub fn request_keyframe(&mut self) {
        self.key_wanted = true;
    }

    /// The packets of the next frame: (sequence number, last, payload).
    pub fn encode(&mut self, client: u8) -> Vec<(u64, bool, Vec<u8>)> {
        let key = std::mem::take(&mut self.key_wanted);
        let bytes = self.bitrate as usize / 8 / 30 * if key { 3 } else { 1 };
        let parts = bytes.div_ceil(1_100).max(1);
        self.frame = self.frame.wrapping_add(1);
        self.picture = (self.picture + 1) & 0x7fff;
        self.tl0 = self.tl0.wrapping_add(1);
        let mut out = vec![];
        for part in 0..parts {
            let start = if part == 0 { 0x10 } else { 0 };
            let id = self.picture.to_be_bytes();
            let mut p = vec![0x80 | start, 0xe0, 0x80 | id[0], id[1], self.tl0, 0x20];
            let h = self.height.to_le_bytes();
            let w = (self.height * 16 / 9).to_le_bytes();
            p.extend([u8::from(!key), 0, 0, 0x9d, 0x01, 0x2a, w[0], w[1], h[0], h[1]]);
            let (stream, frame) = (self.stream, self.frame);
            let origin = Origin { client, stream, frame, part: part as u8, parts: parts as u8 };
            p.extend(origin.bytes());
            p.resize((bytes / parts).max(p.len()), 0x33);
            out.push((self.seq, part + 1 == parts, p));
            self.seq += 1;
        }
        out
    }
}

/// A received packet.
#[derive(Debug, Clone, Copy)]
pub struct Got {
    pub at: Instant,
    pub seq: u64,
    pub ts: u32,
    pub origin: Origin,
    /// Picture id, TL0PICIDX, key frame, first packet of its frame.
    pub vp8: Option<(u16, u8, bool, bool)>,
}

pub fn parse(at: Instant, seq: u64, ts: u32, payload: &[u8]) -> Option<Got> {
    if let Some(origin) = Origin::parse(payload) {
        return Some(Got { at, seq, ts, origin, vp8: None });
    }
    let origin = Origin::parse(payload.get(16..)?)?;
    let picture = u16::from_be_bytes([payload[2] & 0x7f, payload[3]]);
    let vp8 = (picture, payload[4], payload[6] & 1 == 0, payload[0] & 0x10 != 0);
    Some(Got { at, seq, ts, origin, vp8: Some(vp8) })
}
