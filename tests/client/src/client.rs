//! The transport: datagrams and time in, datagrams and a log of what arrived out.

use crate::media::{self, Encoder, Got};
use crate::relay::{self, Channels, Relayed};
use crate::shape::{self, Lines, Shape};
use anyhow::{Context, Result};
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};
use str0m::bwe::Bitrate;
use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::media::KeyframeRequestKind;
use str0m::net::{Protocol, Receive};
use str0m::{Candidate, Event, Input, Output, Rtc};

/// Times that str0m may ask for the same instant again before it has to wait.
const MAX_TURNS: u32 = 50;

/// First bytes of DTLS records, and of RTP and RTCP (RFC 7983, section 7).
const DTLS: RangeInclusive<u8> = 20..=63;
/// See [`DTLS`].
const MEDIA: RangeInclusive<u8> = 128..=191;

/// UDP.
#[derive(Debug, Clone)]
pub struct Datagram {
    /// From.
    pub source: SocketAddr,
    /// To.
    pub destination: SocketAddr,
    /// Bytes.
    pub contents: Vec<u8>,
}

impl AsRef<[u8]> for Datagram {
    fn as_ref(&self) -> &[u8] {
        &self.contents
    }
}

/// A browser's page.
pub struct Client {
    pub(crate) index: u8,
    /// Its own address, the one candidate that it offers.
    pub address: SocketAddr,
    pub(crate) rtc: Rtc,
    offer: String,
    pending: Option<SdpPendingOffer>,
    pub(crate) lines: Lines,
    /// The camera's encoders, the smallest first.
    pub layers: Vec<Encoder>,
    /// The screen's encoder.
    pub shared: Option<Encoder>,
    /// dBov said in each audio packet.
    pub level: i8,
    /// Whether the microphone sends.
    pub talking: bool,
    pub(crate) born: Instant,
    pub(crate) opus_seq: u64,
    pub(crate) next_audio: Option<Instant>,
    pub(crate) next_video: Option<Instant>,
    timeout: Instant,
    sent: Vec<Datagram>,
    /// Whether media may flow.
    pub connected: bool,
    /// What arrived, by the slot's mid.
    pub got: BTreeMap<String, Vec<Got>>,
    /// What came over the data channel.
    pub relayed: Vec<Relayed>,
    pub(crate) channels: Channels,
    /// Key frames that it was asked for.
    pub keyframes_asked: u64,
    /// Datagrams with media that it has sent.
    pub media_sent: u64,
    /// A client that does not take no for an answer: what the other side says by DTLS from now on, above
    /// all that it ends the connection, is not listened to. Media go on in both directions as far as it
    /// is concerned.
    pub stubborn: bool,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { index, connected, .. } = self;
        f.debug_struct("Client").field("index", index).field("connected", connected).finish()
    }
}

impl Client {
    /// A page at `address` with its offer made. `index` is what its media say of their origin.
    ///
    /// # Errors
    /// Where `address` can be no candidate or `shape` has no line.
    pub fn new(index: u8, address: SocketAddr, now: Instant, shape: &Shape) -> Result<Self> {
        let mut rtc = Rtc::builder()
            .clear_codecs()
            .enable_opus(true, false)
            .enable_vp8(true)
            .set_rtp_mode(true)
            .enable_bwe(Some(Bitrate::mbps(5)))
            .set_sctp_max_buffered_amount(relay::BUFFER)
            .build(now);
        rtc.add_local_candidate(Candidate::host(address, "udp")?);
        let (offer, pending, lines) = shape::offer(&mut rtc, shape).context("an empty offer")?;
        let encoder = |((height, rate), stream): (&(u16, u64), u8)| {
            Encoder::new(index, stream, *height, *rate)
        };
        let mut this = Self {
            index,
            address,
            rtc,
            offer: offer.to_sdp_string(),
            pending: Some(pending),
            lines,
            layers: shape.camera.iter().zip(1..).map(encoder).collect(),
            shared: shape.screen.then(|| Encoder::new(index, media::SCREEN, 1_080, 900_000)),
            level: -30,
            talking: true,
            born: now,
            opus_seq: 100,
            next_audio: None,
            next_video: None,
            timeout: now,
            sent: Vec::new(),
            connected: false,
            got: BTreeMap::new(),
            relayed: Vec::new(),
            channels: Channels { ids: lines.data.into_iter().collect(), open: Vec::new() },
            keyframes_asked: 0,
            media_sent: 0,
            stubborn: false,
        };
        this.poll(now)?;
        Ok(this)
    }

    /// SDP.
    #[must_use]
    pub fn offer(&self) -> String {
        self.offer.clone()
    }

    /// Takes the answer to the offer.
    ///
    /// # Errors
    /// Where it is none, or the second.
    pub fn answer(&mut self, now: Instant, sdp: &str) -> Result<()> {
        let answer = SdpAnswer::from_sdp_string(sdp)?;
        let pending = self.pending.take().context("answered already")?;
        self.rtc.sdp_api().accept_answer(pending, answer)?;
        self.timeout = now;
        Ok(())
    }

    /// Says goodbye.
    ///
    /// # Errors
    /// Where the transport is broken.
    pub fn close(&mut self, now: Instant) -> Result<()> {
        self.rtc.close()?;
        self.poll(now)
    }

    /// When to call [`Self::handle_timeout`].
    #[must_use]
    pub fn due(&self) -> Instant {
        let media = [self.next_audio, self.next_video].into_iter().flatten().min();
        media.map_or(self.timeout, |media| media.min(self.timeout))
    }

    /// A datagram arrived.
    ///
    /// # Errors
    /// Where it is none of WebRTC's, or the transport is broken.
    pub fn receive(&mut self, now: Instant, datagram: &Datagram) -> Result<()> {
        let Datagram { source, destination, contents } = datagram;
        if self.stubborn && contents.first().is_some_and(|byte| DTLS.contains(byte)) {
            return Ok(());
        }
        let receive = Receive::new(Protocol::Udp, *source, *destination, contents)?;
        self.rtc.handle_input(Input::Receive(now, receive))?;
        self.poll(now)
    }

    /// Time has passed: sends media, and does what the transport has to.
    ///
    /// # Errors
    /// Where the transport is broken.
    pub fn handle_timeout(&mut self, now: Instant) -> Result<()> {
        if self.send_media(now) || self.timeout <= now {
            self.rtc.handle_input(Input::Timeout(now))?;
            self.poll(now)?;
        }
        Ok(())
    }

    /// What is to be sent.
    pub fn take_sent(&mut self) -> Vec<Datagram> {
        std::mem::take(&mut self.sent)
    }

    /// Packets on any slot that came from `client`'s camera or screen, or else microphone.
    pub fn got_from(&self, client: usize, picture: bool) -> impl Iterator<Item = &Got> {
        let of = move |got: &&Got| {
            usize::from(got.origin.client) == client && got.origin.is_picture() == picture
        };
        self.got.values().flatten().filter(of)
    }

    /// Asks for a key frame on a slot, as a decoder that lost its way does.
    pub fn ask_keyframe(&mut self, mid: &str) {
        self.ask_keyframe_by(mid, KeyframeRequestKind::Pli);
    }

    /// As [`Self::ask_keyframe`], by PLI or by FIR.
    pub fn ask_keyframe_by(&mut self, mid: &str, kind: KeyframeRequestKind) {
        if let Some(stream) = self.rtc.direct_api().stream_rx_by_mid(mid.into(), None) {
            stream.request_keyframe(kind);
        }
    }

    pub(crate) fn poll(&mut self, now: Instant) -> Result<()> {
        let mut turns = 0;
        loop {
            match self.rtc.poll_output()? {
                Output::Timeout(at) if at <= now && turns < MAX_TURNS => {
                    turns += 1;
                    self.rtc.handle_input(Input::Timeout(now))?;
                }
                Output::Timeout(at) => {
                    self.timeout = if at > now { at } else { now + Duration::from_millis(1) };
                    return Ok(());
                }
                Output::Transmit(t) => {
                    let contents = t.contents.to_vec();
                    let is_media = contents.first().is_some_and(|byte| MEDIA.contains(byte));
                    self.media_sent += u64::from(is_media);
                    let (source, destination) = (t.source, t.destination);
                    self.sent.push(Datagram { source, destination, contents });
                }
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
                if Some(request.mid) == self.lines.camera {
                    self.layers.iter_mut().for_each(Encoder::request_keyframe);
                } else if let Some(shared) = &mut self.shared {
                    shared.request_keyframe();
                }
            }
            Event::RtpPacket(packet) => {
                let mut api = self.rtc.direct_api();
                let mid = api.stream_rx(&packet.header.ssrc).map(|s| s.mid().to_string());
                let (seq, ts) = (*packet.seq_no, packet.header.timestamp);
                if let (Some(mid), Some(got)) = (mid, media::parse(now, seq, ts, &packet.payload)) {
                    self.got.entry(mid).or_default().push(got);
                }
            }
            other => self.on_channel(now, other),
        }
    }
}
