//! Synthetic Opus and VP8 that carry their origin.

use std::time::{Duration, Instant};

/// Time from one picture to the next.
pub const FRAME: Duration = Duration::from_millis(33);

/// [`Origin::stream`] of a screen.
pub(crate) const SCREEN: u8 = 9;

/// What a payload says about itself, after the bytes that a forwarding unit reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Origin {
    /// Number of the sender.
    pub client: u8,
    /// 0 microphone, 1 to 3 camera layers, 9 screen.
    pub stream: u8,
    /// Counts frames.
    pub frame: u16,
    /// Which packet of its frame, from 0.
    pub part: u8,
    /// How many packets the frame has.
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

    /// True for a camera or screen.
    #[must_use]
    pub fn is_picture(&self) -> bool {
        self.stream != 0
    }

    /// True for a screen.
    #[must_use]
    pub fn is_screen(&self) -> bool {
        self.stream == SCREEN
    }
}

/// 20 ms of speech.
pub(crate) fn opus(client: u8, frame: u16) -> Vec<u8> {
    let mut payload = Origin { client, stream: 0, frame, part: 0, parts: 1 }.bytes().to_vec();
    payload.resize(80, 0x55);
    payload
}

/// A packet of an encoded picture.
#[derive(Debug)]
pub(crate) struct Encoded {
    pub seq: u64,
    /// The last of its frame.
    pub last: bool,
    pub payload: Vec<u8>,
}

/// One encoding of a camera or screen.
#[derive(Debug)]
pub struct Encoder {
    /// 1 to 3 camera layers, 9 screen.
    pub stream: u8,
    /// Height in pixels.
    pub height: u16,
    /// Bits a second; key frames come on top.
    pub bitrate: u64,
    /// Whether it encodes at all.
    pub on: bool,
    frame: u16,
    picture: u16,
    tl0: u8,
    seq: u64,
    key_wanted: bool,
}

impl Encoder {
    pub(crate) fn new(client: u8, stream: u8, height: u16, bitrate: u64) -> Self {
        Self {
            stream,
            height,
            bitrate,
            on: true,
            frame: 0,
            // Different for each, near the wrap for some.
            picture: 32_700 + u16::from(client) * 13 + u16::from(stream),
            tl0: client.wrapping_mul(91).wrapping_add(stream),
            // Near the wrap, and below it: a stream that begins beyond cannot be decrypted.
            seq: 60_000 + u64::from(client % 6) * 1_000,
            key_wanted: true,
        }
    }

    /// The next picture is a key frame.
    pub fn request_keyframe(&mut self) {
        self.key_wanted = true;
    }

    /// The packets of the next frame.
    pub(crate) fn encode(&mut self, client: u8) -> Vec<Encoded> {
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
            out.push(Encoded { seq: self.seq, last: part + 1 == parts, payload: p });
            self.seq += 1;
        }
        out
    }
}

/// What the clear bytes of a VP8 packet say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Vp8 {
    /// Picture id.
    pub picture: u16,
    /// TL0PICIDX.
    pub tl0: u8,
    /// Belongs to a key frame.
    pub key: bool,
    /// First packet of its frame.
    pub first: bool,
}

/// A received packet.
#[derive(Debug, Clone, Copy)]
pub struct Got {
    /// When.
    pub at: Instant,
    /// Extended sequence number.
    pub seq: u64,
    /// RTP timestamp.
    pub ts: u32,
    /// Whose it is.
    pub origin: Origin,
    /// `None` for sound.
    pub vp8: Option<Vp8>,
}

/// Reads what [`Encoder`] or [`opus`] made; `None` for padding and anything else.
pub(crate) fn parse(at: Instant, seq: u64, ts: u32, payload: &[u8]) -> Option<Got> {
    if let Some(origin) = Origin::parse(payload) {
        return Some(Got { at, seq, ts, origin, vp8: None });
    }
    let origin = Origin::parse(payload.get(16..)?)?;
    let vp8 = Vp8 {
        picture: u16::from_be_bytes([payload[2] & 0x7f, payload[3]]),
        tl0: payload[4],
        key: payload[6] & 1 == 0,
        first: payload[0] & 0x10 != 0,
    };
    Some(Got { at, seq, ts, origin, vp8: Some(vp8) })
}
