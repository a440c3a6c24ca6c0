//! A browser: one offer with its senders and slots, synthetic media, a log of
//! what arrived.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use conclave_sfu::{Joined, Publishing, SlotMap};
use str0m::bwe::Bitrate;
use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::format::Codec;
use str0m::media::{Direction, MediaKind, Mid, Pt, Simulcast, SimulcastLayer};
use str0m::net::{Protocol, Receive};
use str0m::rtp::{ExtensionValues, RtpWrite};
use str0m::{Candidate, Event, Input, Output, Rtc};

use super::Datagram;
use super::media::{self, Encoder, Got};

/// What a client sends and how many slots it has.
#[derive(Clone)]
pub struct Shape {
    pub microphone: bool,
    /// Heights and bitrates of the camera's layers, smallest first; empty: no camera.
    pub camera: Vec<(u16, u64)>,
    pub screen: bool,
    pub audio_slots: usize,
    pub video_slots: usize,
}

pub const SIMULCAST: [(u16, u64); 3] = [(180, 150_000), (360, 500_000), (720, 1_500_000)];
const RIDS: [&str; 3] = ["q", "h", "f"];

impl Default for Shape {
    fn default() -> Self {
        Self {
            microphone: true,
            camera: vec![(360, 400_000)],
            screen: false,
            audio_slots: 3,
            video_slots: 9,
        }
    }
}

impl Shape {
    pub fn simulcast() -> Self {
        Self { camera: SIMULCAST.to_vec(), ..Self::default() }
    }

    pub fn publishing(&self) -> Publishing {
        Publishing {
            microphone: self.microphone,
            camera: !self.camera.is_empty(),
            screen: self.screen,
        }
    }
}

/// What arrived on one slot.
pub type Heard = Vec<Got>;

pub struct Client {
    pub index: u8,
    pub address: SocketAddr,
    pub rtc: Rtc,
    offer: String,
    pending: Option<SdpPendingOffer>,
    microphone: Option<Mid>,
    camera: Option<Mid>,
    screen: Option<Mid>,
    pub layers: Vec<Encoder>,
    pub shared: Option<Encoder>,
    /// dBov said in each audio packet.
    pub level: i8,
    pub talking: bool,
    opus_seq: u64,
    next_audio: Option<Instant>,
    next_video: Option<Instant>,
    timeout: Instant,
    pub connected: bool,
    pub left: bool,
    pub sent: Vec<Datagram>,
    pub slots: SlotMap,
    pub got: BTreeMap<String, Heard>,
    pub keyframes_asked: u64,
}

impl Client {
    pub fn new(index: usize, now: Instant, shape: &Shape) -> Self {
        let address = SocketAddr::from(([198, 51, 100, index as u8 + 1], 40_000 + index as u16));
        let mut rtc = Rtc::builder()
            .clear_codecs()
            .enable_opus(true, false)
            .enable_vp8(true)
            .set_rtp_mode(true)
            .enable_bwe(Some(Bitrate::mbps(5)))
            .build(now);
        rtc.add_local_candidate(Candidate::host(address, "udp").unwrap());

        let mut api = rtc.sdp_api();
        let mut add =
            |kind, direction, simulcast| api.add_media(kind, direction, None, None, simulcast);
        let microphone = shape.microphone.then(|| add(MediaKind::Audio, Direction::SendOnly, None));
        let simulcast = (shape.camera.len() > 1).then(|| {
            let mut simulcast = Simulcast::new();
            for rid in &RIDS[..shape.camera.len()] {
                simulcast.add_send_layer(SimulcastLayer::new(rid));
            }
            simulcast
        });
        let camera = (!shape.camera.is_empty())
            .then(|| add(MediaKind::Video, Direction::SendOnly, simulcast));
        let screen = shape.screen.then(|| add(MediaKind::Video, Direction::SendOnly, None));
        for _ in 0..shape.audio_slots {
            add(MediaKind::Audio, Direction::RecvOnly, None);
        }
        for _ in 0..shape.video_slots {
            add(MediaKind::Video, Direction::RecvOnly, None);
        }
        let (offer, pending) = api.apply().unwrap();
        let client = index as u8;
        let layers = shape.camera.iter().zip(1..);
        let layers =
            layers.map(|((height, rate), stream)| Encoder::new(client, stream, *height, *rate));
        let mut this = Self {
            index: client,
            address,
            rtc,
            offer: offer.to_sdp_string(),
            pending: Some(pending),
            microphone,
            camera,
            screen,
            layers: layers.collect(),
            shared: shape.screen.then(|| Encoder::new(client, 9, 1_080, 900_000)),
            level: -30,
            talking: true,
            opus_seq: 100,
            next_audio: None,
            next_video: None,
            timeout: now,
            connected: false,
            left: false,
            sent: vec![],
            slots: SlotMap::default(),
            got: BTreeMap::new(),
            keyframes_asked: 0,
        };
        this.poll(now);
        this
    }

    pub fn offer(&self) -> String {
        self.offer.clone()
    }

    pub fn answer(&mut self, now: Instant, joined: &Joined) {
        let answer = SdpAnswer::from_sdp_string(&joined.answer_sdp).unwrap();
        let pending = self.pending.take().unwrap();
        self.rtc.sdp_api().accept_answer(pending, answer).unwrap();
        self.slots = joined.slots.clone();
        self.timeout = now;
    }

    /// Says goodbye.
    pub fn close(&mut self, now: Instant) {
        self.rtc.close().unwrap();
        self.poll(now);
    }

    pub fn due(&self) -> Option<Instant> {
        if self.left {
            return None;
        }
        let media = [self.next_audio, self.next_video].into_iter().flatten().min();
        Some(media.map_or(self.timeout, |m| m.min(self.timeout)))
    }

    pub fn receive(&mut self, now: Instant, datagram: &Datagram) {
        if self.left {
            return;
        }
        let Datagram { source, destination, contents } = datagram;
        let receive = Receive::new(Protocol::Udp, *source, *destination, contents).unwrap();
        self.rtc.handle_input(Input::Receive(now, receive)).unwrap();
        self.poll(now);
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        if self.left {
            return;
        }
        let mut wrote = false;
        if self.next_audio.is_some_and(|at| at <= now) {
            self.next_audio = Some(now + Duration::from_millis(20));
            self.speak(now);
            wrote = true;
        }
        if self.next_video.is_some_and(|at| at <= now) {
            self.next_video = Some(now + media::FRAME);
            self.film(now);
            wrote = true;
        }
        if wrote || self.timeout <= now {
            self.rtc.handle_input(Input::Timeout(now)).unwrap();
            self.poll(now);
        }
    }

    fn payload_type(&self, codec: Codec) -> Pt {
        self.rtc.codec_config().find(|p| p.spec().codec == codec).unwrap().pt()
    }

    fn speak(&mut self, now: Instant) {
        let (Some(mid), true) = (self.microphone, self.talking) else {
            return;
        };
        let pt = self.payload_type(Codec::Opus);
        self.opus_seq += 1;
        let payload = media::opus(self.index, self.opus_seq as u16);
        let exts = ExtensionValues {
            audio_level: Some(self.level),
            voice_activity: Some(self.level > -50),
            ..Default::default()
        };
        let mut api = self.rtc.direct_api();
        let stream = api.stream_tx_by_mid(mid, None).unwrap();
        let time = (self.opus_seq * 960) as u32;
        stream
            .write_rtp(RtpWrite::new(pt, self.opus_seq.into(), time, now, payload).ext_vals(exts));
    }

    fn film(&mut self, now: Instant) {
        let pt = self.payload_type(Codec::Vp8);
        let simulcast = self.layers.len() > 1;
        let streams = self
            .layers
            .iter_mut()
            .enumerate()
            .map(|(i, encoder)| (self.camera, simulcast.then(|| RIDS[i].into()), encoder));
        let screen = self.shared.iter_mut().map(|encoder| (self.screen, None, encoder));
        for (mid, rid, encoder) in streams.chain(screen) {
            let (Some(mid), true) = (mid, encoder.on) else {
                continue;
            };
            let time = u32::from(encoder.stream) * 1_000_000 + frame_time(now);
            for (seq, last, payload) in encoder.encode(self.index) {
                let mut api = self.rtc.direct_api();
                let stream = api.stream_tx_by_mid(mid, rid).unwrap();
                let rtp = RtpWrite::new(pt, seq.into(), time, now, payload);
                stream.write_rtp(rtp.marker(last).nackable(true));
            }
        }
    }

    fn poll(&mut self, now: Instant) {
        let mut turns = 0;
        loop {
            match self.rtc.poll_output().unwrap() {
                Output::Timeout(at) if at <= now && turns < 50 => {
                    turns += 1;
                    self.rtc.handle_input(Input::Timeout(now)).unwrap();
                }
                Output::Timeout(at) => {
                    self.timeout = if at > now { at } else { now + Duration::from_millis(1) };
                    break;
                }
                Output::Transmit(t) => self.sent.push(Datagram {
                    source: t.source,
                    destination: t.destination,
                    contents: t.contents.to_vec(),
                }),
                Output::Event(event) => self.on_event(now, event),
            }
        }
    }

    fn on_event(&mut self, now: Instant, event: Event) {
        match event {
            Event::Connected => {
                self.connected = true;
                self.next_audio = Some(now);
                self.next_video = Some(now);
            }
            Event::KeyframeRequest(request) => {
                self.keyframes_asked += 1;
                // As Chromium: one request makes all layers produce key frames.
                if Some(request.mid) == self.camera {
                    self.layers.iter_mut().for_each(Encoder::request_keyframe);
                } else if let Some(shared) = &mut self.shared {
                    shared.request_keyframe();
                }
            }
            Event::RtpPacket(packet) => {
                let ssrc = packet.header.ssrc;
                let mut api = self.rtc.direct_api();
                let mid = api.stream_rx(&ssrc).map(|s| s.mid().to_string());
                let (seq, ts) = (*packet.seq_no, packet.header.timestamp);
                if let (Some(mid), Some(got)) = (mid, media::parse(now, seq, ts, &packet.payload)) {
                    self.got.entry(mid).or_default().push(got);
                }
            }
            _ => {}
        }
    }

    /// Packets on any slot whose origin is this client and stream kind.
    pub fn got_from(&self, client: usize, camera: bool) -> impl Iterator<Item = &Got> {
        let of = move |g: &&Got| {
            usize::from(g.origin.client) == client && (g.origin.stream != 0) == camera
        };
        self.got.values().flatten().filter(of)
    }

    /// Asks for a key frame on a slot, as a decoder that lost its way does.
    pub fn ask_keyframe(&mut self, mid: &str) {
        let mut api = self.rtc.direct_api();
        if let Some(stream) = api.stream_rx_by_mid(mid.into(), None) {
            stream.request_keyframe(str0m::media::KeyframeRequestKind::Pli);
        }
    }
}

/// A 90 kHz clock common to all, as good as any.
fn frame_time(now: Instant) -> u32 {
    thread_local!(static START: std::cell::Cell<Option<Instant>> = const { std::cell::Cell::new(None) });
    let start = START.with(|s| {
        s.get().unwrap_or_else(|| {
            s.set(Some(now));
            now
        })
    });
    (now.saturating_duration_since(start).as_millis() as u32).wrapping_mul(90)
}
