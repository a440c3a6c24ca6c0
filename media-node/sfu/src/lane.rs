//! A receiver's slots: which source's packets go out on which m-line.

use std::sync::Arc;
use std::time::Instant;

use str0m::Rtc;
use str0m::media::{Mid, Pt};
use str0m::rtp::{RtpWrite, Ssrc};

use crate::slot::Rewriter;
use crate::source::{Feed, Packet, SourceKey};
use crate::types::PeerId;

/// Packets waiting in one slot's pacer beyond which the slot stops and waits for
/// a key frame: about two seconds of video at 2 Mbit/s.
const MAX_QUEUED: usize = 400;

/// An m-line on which a slot's packets go out.
pub(crate) struct Lane {
    pub mid: Mid,
    ssrc: Ssrc,
    pt: Pt,
    pub rewriter: Rewriter,
}

/// A receive slot for sound.
pub(crate) struct AudioSlot {
    pub lane: Lane,
    pub assigned: Option<PeerId>,
    /// Generation of the microphone's stream that flows; `None` before its first packet.
    pub flowing: Option<u32>,
}

/// A receive slot for pictures.
pub(crate) struct VideoSlot {
    pub lane: Lane,
    /// Who is meant to be here, and since when.
    pub assigned: Option<SourceKey>,
    pub assigned_at: Option<Instant>,
    /// Height of the tile.
    pub height: u16,
    /// Place in the receiver's order of importance.
    pub rank: usize,
    /// What flows now.
    pub current: Option<Feed>,
    /// What replaces it at its next key frame.
    pub pending: Option<Feed>,
}

impl Lane {
    /// A lane for str0m's stream `ssrc` of the m-line `mid`, with the receiver's own
    /// payload type.
    pub(crate) fn new(mid: Mid, ssrc: Ssrc, pt: Pt, clock_hz: u64) -> Self {
        Self { mid, ssrc, pt, rewriter: Rewriter::new(clock_hz) }
    }

    fn is_congested(&self, rtc: &mut Rtc) -> bool {
        let mut api = rtc.direct_api();
        let stream = api.stream_tx(&self.ssrc);
        let queued = stream.and_then(|s| s.queue_info().map(|q| q.packet_count()));
        queued.is_some_and(|packets| packets > MAX_QUEUED)
    }

    /// Queues the packet, if it belongs to what flows since the last switch.
    fn send(&mut self, rtc: &mut Rtc, now: Instant, packet: &Packet, video: bool) -> Forwarded {
        let Some(rewritten) = self.rewriter.rewrite(now, packet) else {
            return Forwarded::No;
        };
        let mut api = rtc.direct_api();
        let Some(stream) = api.stream_tx(&self.ssrc) else {
            return Forwarded::No;
        };
        let payload = Arc::clone(&packet.payload);
        let seq = rewritten.seq.into();
        let mut rtp = RtpWrite::new(self.pt, seq, rewritten.ts, now, payload)
            .marker(packet.marker)
            // Opus has no RTX; a repetition would come too late anyway.
            .nackable(video)
            .ext_vals(packet.extensions.to_values());
        if let Some(patch) = rewritten.patch {
            rtp = rtp.vp8_patch(patch);
        }
        stream.write_rtp(rtp);
        Forwarded::Yes
    }
}

impl AudioSlot {
    pub(crate) fn new(lane: Lane) -> Self {
        Self { lane, assigned: None, flowing: None }
    }

    /// Sound needs no key frame: the first packet of another source continues.
    pub(crate) fn forward(
        &mut self,
        rtc: &mut Rtc,
        now: Instant,
        from: PeerId,
        generation: u32,
        packet: &Packet,
    ) -> Forwarded {
        if self.assigned != Some(from) {
            return Forwarded::No;
        }
        let switches = self.flowing != Some(generation);
        if switches {
            self.flowing = Some(generation);
            self.lane.rewriter.switch(now, packet);
        }
        match self.lane.send(rtc, now, packet, false) {
            Forwarded::Yes if switches => Forwarded::Switched,
            other => other,
        }
    }
}

impl VideoSlot {
    pub(crate) fn new(lane: Lane) -> Self {
        Self {
            lane,
            assigned: None,
            assigned_at: None,
            height: 0,
            rank: 0,
            current: None,
            pending: None,
        }
    }

    /// Passes on what flows; lets what is pending follow at its key frame, together
    /// with `later`: what the same layer already brought after this packet.
    pub(crate) fn forward<'a>(
        &mut self,
        rtc: &mut Rtc,
        now: Instant,
        feed: Feed,
        packet: &'a Packet,
        later: impl Iterator<Item = &'a Packet>,
    ) -> Forwarded {
        if self.current == Some(feed) {
            if self.lane.is_congested(rtc) {
                self.current = None;
                self.pending.get_or_insert(feed);
                return Forwarded::Congested;
            }
            return self.lane.send(rtc, now, packet, true);
        }
        if self.pending != Some(feed) || !packet.starts_keyframe || self.lane.is_congested(rtc) {
            return Forwarded::No;
        }
        self.pending = None;
        self.current = Some(feed);
        self.lane.rewriter.switch(now, packet);
        for packet in std::iter::once(packet).chain(later) {
            self.lane.send(rtc, now, packet, true);
        }
        Forwarded::Switched
    }

    /// Lets `feed` follow at its next key frame, unless it flows already.
    pub(crate) fn aim(&mut self, feed: Feed) {
        self.pending = (self.current != Some(feed)).then_some(feed);
    }

    pub(crate) fn stop(&mut self) {
        self.current = None;
        self.pending = None;
    }

    /// Whose picture is seen here, or will be within moments.
    pub(crate) fn shows(&self) -> Option<SourceKey> {
        self.current.map(|feed| feed.key).or(self.assigned)
    }
}

/// What became of a packet in a slot.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Forwarded {
    /// Nothing: not for now.
    No,
    /// Queued; flush the peer.
    Yes,
    /// Queued, and the slot has another source or layer from now on.
    Switched,
    /// The receiver cannot keep up; its slot waits for a key frame.
    Congested,
}
