//! One participant's transport and slots.

mod data;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use str0m::bwe::{Bitrate, BweKind};
use str0m::channel::{ChannelData, ChannelId};
use str0m::media::Mid;
use str0m::net::{Protocol, Receive};
use str0m::rtp::{RtpPacket, Ssrc};
use str0m::{Input, Rtc};

pub(crate) use data::Delivered;

use crate::answer::Mapped;
use crate::config::SfuConfig;
use crate::lane::{AudioSlot, Forwarded, VideoSlot};
use crate::offer::{Line, LineUse};
use crate::outbox::Outbox;
use crate::relay::Place;
use crate::source::{Feed, Packet};
use crate::types::{
    GoneReason, MediaKind, PeerId, Publishing, RoomHandle, SlotEntry, SlotMap, SourceKind, Want,
};

/// Times an [`Rtc`] may ask for the same instant again before it has to wait.
const MAX_TURNS: usize = 32;

/// What polling a peer's transport brought.
#[derive(Default)]
pub(crate) struct Drained {
    pub packets: Vec<RtpPacket>,
    /// What came over the data channel.
    pub messages: Vec<Vec<u8>>,
    /// What came over it and can be no message.
    pub malformed: u64,
    /// Slots whose receiver asks for a key frame.
    pub keyframes: Vec<Mid>,
    pub transmits: Vec<(SocketAddr, SocketAddr, Vec<u8>)>,
    pub connected: bool,
    pub estimate: bool,
    pub gone: Option<GoneReason>,
}

pub(crate) struct Peer {
    pub room: RoomHandle,
    rtc: Rtc,
    lines: Vec<Line>,
    pub senders: Vec<(Mid, SourceKind)>,
    pub audio: Vec<AudioSlot>,
    pub video: Vec<VideoSlot>,
    pub publishing: Publishing,
    /// What it may relay, and by which name it is reached.
    pub place: Place,
    channel: Option<ChannelId>,
    outbox: Outbox,
    pub view: Option<Vec<Want>>,
    pub connected: bool,
    /// The pictures that it will see have been asked for.
    pub expected: bool,
    joined_at: Instant,
    heard_at: Instant,
    /// Waits to be flushed.
    pub dirty: bool,
    /// Layers should be chosen anew.
    pub reallocate: bool,
    pub upgraded_at: Option<Instant>,
    pub estimate: u64,
    pub allocated: u64,
    /// Minimum and goal for media.
    wanted: (u64, u64),
    bwe: (u64, u64),
    said: SlotMap,
}

impl Peer {
    /// A peer that is not connected, for what an answer has set up.
    pub(crate) fn new(
        now: Instant,
        room: RoomHandle,
        rtc: Rtc,
        mapped: Mapped,
        config: &SfuConfig,
    ) -> Self {
        let Mapped { lines, senders, audio, video } = mapped;
        Self {
            room,
            rtc,
            lines,
            senders,
            audio,
            video,
            publishing: Publishing::NONE,
            place: Place::default(),
            channel: None,
            outbox: Outbox::default(),
            view: None,
            connected: false,
            expected: false,
            joined_at: now,
            heard_at: now,
            dirty: false,
            reallocate: false,
            upgraded_at: None,
            estimate: config.initial_bitrate,
            allocated: 0,
            wanted: (0, 0),
            bwe: (0, 0),
            said: SlotMap::default(),
        }
    }

    /// Whether a source is to be forwarded.
    pub(crate) fn may_send(&self, kind: SourceKind) -> bool {
        self.publishing.has(kind)
    }

    /// Gives a datagram to the transport. `None` if its ICE agent refuses it.
    pub(crate) fn receive(
        &mut self,
        now: Instant,
        source: SocketAddr,
        destination: SocketAddr,
        data: &[u8],
        stun: bool,
    ) -> Option<()> {
        let receive = Receive::new(Protocol::Udp, source, destination, data).ok()?;
        let input = Input::Receive(now, receive);
        // DTLS (RFC 7983) may come before this side has finished its own check of the path. Only
        // addresses that have proven the password are routed here, and dropping a ClientHello would
        // cost its sender's timeout.
        let dtls = matches!(data.first(), Some(20..=63));
        if !dtls && !self.rtc.accepts(&input) {
            return None;
        }
        if stun {
            self.heard_at = now;
        }
        // An error here is one bad packet; a broken transport shows in `drain`.
        let _ = self.rtc.handle_input(input);
        Some(())
    }

    /// Moves time forward and polls until nothing is left to do now.
    pub(crate) fn advance(
        &mut self,
        now: Instant,
        config: &SfuConfig,
        out: &mut Drained,
    ) -> Instant {
        let mut next = now;
        for _ in 0..MAX_TURNS {
            if self.rtc.handle_input(Input::Timeout(now)).is_err() {
                out.gone = out.gone.or(Some(GoneReason::DtlsFailed));
            }
            next = self.drain(now, config, out);
            if next > now || out.gone.is_some() {
                break;
            }
        }
        next
    }

    /// Polls the transport; returns when it wants to be called again.
    pub(crate) fn drain(&mut self, now: Instant, config: &SfuConfig, out: &mut Drained) -> Instant {
        let wanted = loop {
            match self.rtc.poll_output() {
                // What it has acknowledged makes room for what waits.
                Ok(str0m::Output::Timeout(_)) if self.hand_over(now) => {}
                Ok(str0m::Output::Timeout(at)) => break at,
                Ok(str0m::Output::Transmit(t)) => {
                    out.transmits.push((t.source, t.destination, t.contents.into()));
                }
                Ok(str0m::Output::Event(event)) => self.on_event(now, event, out),
                Err(_) => {
                    out.gone = out.gone.or(Some(GoneReason::DtlsFailed));
                    break now;
                }
            }
        };
        if !self.rtc.is_alive() {
            out.gone = out.gone.or(Some(GoneReason::DtlsFailed));
        }
        let deadline = if self.connected {
            self.heard_at + config.idle_timeout
        } else {
            self.joined_at + config.connect_timeout
        };
        if now >= deadline {
            let reason =
                if self.connected { GoneReason::IceTimeout } else { GoneReason::NeverConnected };
            out.gone = out.gone.or(Some(reason));
        }
        let next = wanted.min(deadline);
        self.outbox.due().map_or(next, |due| next.min(due))
    }

    fn on_event(&mut self, now: Instant, event: str0m::Event, out: &mut Drained) {
        match event {
            str0m::Event::RtpPacket(packet) => {
                // It was decrypted, so it came from the peer, as a connectivity check does.
                self.heard_at = now;
                out.packets.push(packet);
            }
            str0m::Event::KeyframeRequest(request) => out.keyframes.push(request.mid),
            str0m::Event::Connected => {
                self.connected = true;
                out.connected = true;
            }
            str0m::Event::EgressBitrateEstimate(kind) => {
                let estimate = match kind {
                    BweKind::Twcc { estimate, .. } | BweKind::Remb { estimate, .. } => estimate,
                    _ => return,
                };
                self.estimate = estimate.as_u64();
                out.estimate = true;
            }
            str0m::Event::ChannelOpen(id, label) => self.on_channel(id, &label),
            str0m::Event::ChannelData(ChannelData { id, binary, data }) => {
                self.heard_at = now;
                if binary && self.channel == Some(id) {
                    out.messages.push(data);
                } else {
                    out.malformed += 1;
                }
            }
            str0m::Event::ChannelClose(id) if self.channel == Some(id) => {
                self.channel = None;
                self.outbox = Outbox::default();
            }
            str0m::Event::Closed => out.gone = out.gone.or(Some(GoneReason::Closed)),
            _ => {}
        }
    }

    /// Which of the peer's m-lines a stream belongs to, and its simulcast id. The
    /// header extensions that say so vanish after the first receiver report.
    pub(crate) fn stream(&mut self, ssrc: Ssrc) -> Option<(SourceKind, Option<str0m::media::Rid>)> {
        let mut api = self.rtc.direct_api();
        let stream = api.stream_rx(&ssrc)?;
        let (mid, rid) = (stream.mid(), stream.rid());
        let (_, kind) = self.senders.iter().find(|(m, _)| *m == mid)?;
        Some((*kind, rid))
    }

    pub(crate) fn request_keyframe(&mut self, mid: Mid, rid: Option<str0m::media::Rid>) -> bool {
        let mut api = self.rtc.direct_api();
        let Some(stream) = api.stream_rx_by_mid(mid, rid) else {
            return false;
        };
        stream.request_keyframe(str0m::media::KeyframeRequestKind::Pli);
        true
    }

    /// Sound from `from`; see [`AudioSlot::forward`].
    pub(crate) fn forward_audio(
        &mut self,
        now: Instant,
        slot: usize,
        from: PeerId,
        generation: u32,
        packet: &Packet,
    ) -> Forwarded {
        match self.audio.get_mut(slot) {
            Some(slot) if self.connected => {
                slot.forward(&mut self.rtc, now, from, generation, packet)
            }
            _ => Forwarded::No,
        }
    }

    /// A picture's packet; see [`VideoSlot::forward`].
    pub(crate) fn forward_video<'a>(
        &mut self,
        now: Instant,
        slot: usize,
        feed: Feed,
        packet: &'a Packet,
        later: impl Iterator<Item = &'a Packet>,
    ) -> Forwarded {
        match self.video.get_mut(slot) {
            Some(slot) if self.connected => slot.forward(&mut self.rtc, now, feed, packet, later),
            _ => Forwarded::No,
        }
    }

    /// Tells the bandwidth estimator what is worth probing for.
    pub(crate) fn set_bitrate(&mut self, now: Instant, minimum: u64, desired: u64) {
        self.wanted = (minimum, desired);
        let desired = desired.max(self.outbox.desired(now, self.estimate));
        // Measured rates tremble; only real changes are worth a word.
        let near = |a: u64, b: u64| a.abs_diff(b) <= a / 20;
        if near(minimum, self.bwe.0) && near(desired, self.bwe.1) {
            return;
        }
        self.bwe = (minimum, desired);
        self.rtc.bwe().set_bitrate(Bitrate::bps(minimum), Bitrate::bps(desired));
    }

    /// Says goodbye to the client (DTLS close_notify); poll once more, then drop.
    pub(crate) fn close(&mut self) {
        let _ = self.rtc.close();
    }

    /// The slots as the client should know them.
    pub(crate) fn slot_map(&self) -> SlotMap {
        let (mut audio, mut video) = (self.audio.iter(), self.video.iter());
        let slots = self.lines.iter().filter(|l| l.use_ == LineUse::Slot);
        let entries = slots.map(|line| {
            let source = match line.kind {
                MediaKind::Audio => {
                    audio.next().and_then(|s| s.assigned).map(|peer| (peer, SourceKind::Microphone))
                }
                MediaKind::Video => {
                    video.next().and_then(VideoSlot::shows).map(|key| (key.peer, key.kind))
                }
            };
            SlotEntry { mid: line.mid.clone(), kind: line.kind, source }
        });
        SlotMap { entries: entries.collect() }
    }

    /// The slots if they are not what was last said.
    pub(crate) fn slots_news(&mut self) -> Option<SlotMap> {
        let map = self.slot_map();
        if map == self.said {
            return None;
        }
        self.said = map.clone();
        Some(map)
    }

    /// The time since which layers may not have been upgraded.
    pub(crate) fn may_upgrade(&self, now: Instant, pause: Duration) -> bool {
        self.upgraded_at.is_none_or(|at| now.saturating_duration_since(at) >= pause)
    }
}
