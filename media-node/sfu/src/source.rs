//! A camera or screen as it arrives: its layers, their rates and recent packets.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{Duration, Instant};

use str0m::media::{Mid, Rid};
use str0m::rtp::{ExtensionValues, Ssrc, Vp8Descriptor};

use crate::allocate::LayerOffer;
use crate::types::{PeerId, SourceKind};
use crate::vp8;

/// Most simulcast layers of one camera.
pub(crate) const MAX_LAYERS: usize = 3;

/// Packets remembered for each layer, so that a key frame whose first packet
/// came late is not lost (at 5 % loss: freezes of 166 ms instead of 2.5 s).
const RING: usize = 128;

/// A layer from which nothing came for this long is absent.
const LAYER_ABSENT: Duration = Duration::from_millis(1_000);

/// How old a key frame may be for a picture to begin with it: what follows it is sent at once.
const KEYFRAME_RECENT: Duration = Duration::from_millis(700);

/// Whose and which.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) struct SourceKey {
    pub peer: PeerId,
    pub kind: SourceKind,
}

/// One encoding of a source. `generation` changes when the sender restarts it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Feed {
    pub key: SourceKey,
    pub layer: usize,
    pub generation: u32,
}

/// The extensions that are passed on.
#[derive(Clone, Copy, Default, Debug)]
pub(crate) struct Extensions {
    pub audio_level: Option<i8>,
    pub voice_activity: Option<bool>,
    pub orientation: Option<str0m::rtp::VideoOrientation>,
}

impl Extensions {
    pub(crate) fn of(values: &ExtensionValues) -> Self {
        Self {
            audio_level: values.audio_level,
            voice_activity: values.voice_activity,
            orientation: values.video_orientation,
        }
    }

    pub(crate) fn to_values(self) -> ExtensionValues {
        ExtensionValues {
            audio_level: self.audio_level,
            voice_activity: self.voice_activity,
            video_orientation: self.orientation,
            ..ExtensionValues::default()
        }
    }
}

/// A received packet, its payload shared by everyone it goes to.
#[derive(Clone, Debug)]
pub(crate) struct Packet {
    pub seq: u64,
    pub ts: u32,
    pub marker: bool,
    pub payload: Arc<[u8]>,
    pub extensions: Extensions,
    pub vp8: Option<Vp8Descriptor>,
    pub starts_keyframe: bool,
}

impl Packet {
    pub(crate) fn new(
        seq: u64,
        ts: u32,
        marker: bool,
        payload: Arc<[u8]>,
        extensions: Extensions,
        video: bool,
    ) -> Self {
        let vp8 = if video { Vp8Descriptor::parse(&payload).ok() } else { None };
        let starts_keyframe = vp8.is_some() && vp8::starts_keyframe(&payload);
        Self { seq, ts, marker, payload, extensions, vp8, starts_keyframe }
    }
}

/// One encoding as it arrives.
#[derive(Debug)]
pub(crate) struct Layer {
    pub rid: Option<Rid>,
    pub generation: u32,
    ssrc: Option<Ssrc>,
    height: Option<u16>,
    last_at: Option<Instant>,
    meter: RateMeter,
    ring: VecDeque<Packet>,
    /// When the last key frame began, and with which packet.
    keyframe: Option<(Instant, u64)>,
}

impl Layer {
    fn new(rid: Option<Rid>) -> Self {
        Self {
            rid,
            generation: 0,
            ssrc: None,
            height: None,
            last_at: None,
            meter: RateMeter::default(),
            ring: VecDeque::new(),
            keyframe: None,
        }
    }

    fn flows(&self, now: Instant) -> bool {
        self.last_at.is_some_and(|at| now.saturating_duration_since(at) < LAYER_ABSENT)
    }

    /// The first packet of the last key frame, while everything since is remembered and little
    /// enough to catch up with.
    pub(crate) fn recent_keyframe(&self, now: Instant) -> Option<&Packet> {
        let (at, seq) = self.keyframe?;
        let recent = now.saturating_duration_since(at) <= KEYFRAME_RECENT;
        self.ring.iter().find(|p| p.seq == seq).filter(|_| recent)
    }

    /// What was received after the packet numbered `seq`, in order.
    pub(crate) fn after(&self, seq: u64) -> impl Iterator<Item = &Packet> {
        self.ring.iter().filter(move |p| p.seq > seq)
    }

    fn remember(&mut self, packet: Packet) {
        if self.ring.len() >= RING {
            self.ring.pop_front();
        }
        let at = self.ring.iter().rposition(|p| p.seq < packet.seq).map_or(0, |i| i + 1);
        self.ring.insert(at, packet);
    }
}

/// A camera or screen of one peer.
#[derive(Debug)]
pub(crate) struct VideoSource {
    pub mid: Mid,
    /// Switched on, permitted, and its sender connected.
    pub active: bool,
    pub layers: Vec<Layer>,
    /// Slots that have or await it: (receiver, index of its video slot).
    pub subscribers: Vec<(PeerId, usize)>,
    /// What was last said in `Event::Demand`.
    pub demand: Option<u16>,
    asked_at: Option<Instant>,
    ask: Option<usize>,
}

impl VideoSource {
    pub(crate) fn new(mid: Mid) -> Self {
        Self {
            mid,
            active: false,
            layers: Vec::new(),
            subscribers: Vec::new(),
            demand: None,
            asked_at: None,
            ask: None,
        }
    }

    /// The index of the layer with this rid, made if there is room for it.
    pub(crate) fn layer_of(&mut self, rid: Option<Rid>) -> Option<usize> {
        if let Some(index) = self.layers.iter().position(|l| l.rid == rid) {
            return Some(index);
        }
        if self.layers.len() >= MAX_LAYERS {
            return None;
        }
        self.layers.push(Layer::new(rid));
        Some(self.layers.len() - 1)
    }

    /// Takes note of a packet. `true` if a layer appeared or changed, so that
    /// receivers should choose anew.
    pub(crate) fn receive(
        &mut self,
        now: Instant,
        index: usize,
        ssrc: Ssrc,
        packet: &Packet,
    ) -> bool {
        let Some(layer) = self.layers.get_mut(index) else {
            return false;
        };
        let mut changed = !layer.flows(now);
        if layer.ssrc.is_some_and(|known| known != ssrc) {
            layer.generation = layer.generation.wrapping_add(1);
            layer.ring.clear();
            layer.keyframe = None;
            changed = true;
        }
        layer.ssrc = Some(ssrc);
        layer.last_at = Some(now);
        layer.meter.add(now, packet.payload.len());
        if packet.starts_keyframe {
            layer.keyframe = Some((now, packet.seq));
            let height = vp8::keyframe_height(&packet.payload);
            if height.is_some() && height != layer.height {
                layer.height = height;
                changed = true;
            }
        }
        layer.remember(packet.clone());
        changed
    }

    /// The layers that arrive now, smallest first, with their indices.
    pub(crate) fn offers(&self, now: Instant) -> Vec<(usize, LayerOffer)> {
        let flowing = self.layers.iter().enumerate().filter(|(_, l)| l.flows(now));
        let mut offers: Vec<_> = flowing
            .map(|(index, layer)| {
                let bitrate = layer.meter.bitrate(now);
                // Before its first key frame a layer's size is unknown; any picture will do.
                (index, LayerOffer { height: layer.height.unwrap_or(1), bitrate })
            })
            .collect();
        offers.sort_by_key(|(index, offer)| (offer.height, offer.bitrate, *index));
        offers
    }

    /// Whether this layer still arrives.
    pub(crate) fn flows(&self, now: Instant, index: usize) -> bool {
        self.layers.get(index).is_some_and(|l| l.flows(now))
    }

    /// Wants a key frame of a layer; asked for by [`Self::take_request`].
    pub(crate) fn request_keyframe(&mut self, layer: usize) {
        self.ask = Some(layer);
    }

    /// The layer to send a PLI for, if one is wanted and the last was not just now.
    pub(crate) fn take_request(&mut self, now: Instant, interval: Duration) -> Option<Option<Rid>> {
        if self.asked_at.is_some_and(|at| now.saturating_duration_since(at) < interval) {
            return None;
        }
        let layer = self.ask.take()?;
        let rid = self.layers.get(layer)?.rid;
        self.asked_at = Some(now);
        Some(rid)
    }

    /// Forgets what arrived before the source was switched off.
    pub(crate) fn silence(&mut self) {
        for layer in &mut self.layers {
            layer.ring.clear();
            layer.keyframe = None;
        }
        self.ask = None;
    }
}

/// Bits a second over the last half second or so.
#[derive(Debug, Default)]
struct RateMeter {
    since: Option<Instant>,
    bytes: u64,
    rate: Option<u64>,
}

impl RateMeter {
    const WINDOW: Duration = Duration::from_millis(500);

    fn add(&mut self, now: Instant, bytes: usize) {
        let since = *self.since.get_or_insert(now);
        let passed = now.saturating_duration_since(since);
        if passed >= Self::WINDOW {
            let rate = self.measured(passed);
            // After a pause the old rate says nothing.
            let fresh = passed > 4 * Self::WINDOW;
            self.rate = Some(match self.rate {
                Some(old) if !fresh => (old + rate) / 2,
                _ => rate,
            });
            self.since = Some(now);
            self.bytes = 0;
        }
        self.bytes += bytes as u64;
    }

    fn measured(&self, passed: Duration) -> u64 {
        self.bytes * 8 * 1_000 / (passed.as_millis() as u64).max(1)
    }

    /// Before the first window is over: what came so far, over a whole window.
    fn bitrate(&self, now: Instant) -> u64 {
        self.rate.unwrap_or_else(|| {
            let passed = self.since.map(|s| now.saturating_duration_since(s)).unwrap_or_default();
            self.measured(passed.max(Self::WINDOW))
        })
    }
}
