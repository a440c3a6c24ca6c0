//! What a client says and films.

use crate::client::Client;
use crate::media::{self, Encoded, FRAME};
use crate::shape::RIDS;
use std::time::{Duration, Instant};
use str0m::format::Codec;
use str0m::media::{Mid, Pt, Rid};
use str0m::rtp::{ExtensionValues, RtpWrite};

/// Duration of an Opus packet.
const SPEECH: Duration = Duration::from_millis(20);

impl Client {
    /// Sends what is due; true where it sent anything.
    pub(crate) fn send_media(&mut self, now: Instant) -> bool {
        let due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        let (speak, film) = (due(self.next_audio), due(self.next_video));
        if speak {
            self.next_audio = next(self.next_audio, now, SPEECH);
            self.speak(now);
        }
        if film {
            self.next_video = next(self.next_video, now, FRAME);
            self.film(now);
        }
        speak || film
    }

    fn payload_type(&self, codec: Codec) -> Option<Pt> {
        self.rtc.codec_config().find(|p| p.spec().codec == codec).map(|p| p.pt())
    }

    fn speak(&mut self, now: Instant) {
        let (Some(mid), true) = (self.lines.microphone, self.talking) else {
            return;
        };
        let Some(pt) = self.payload_type(Codec::Opus) else {
            return;
        };
        self.opus_seq += 1;
        let payload = media::opus(self.index, self.opus_seq as u16);
        let exts = ExtensionValues {
            audio_level: Some(self.level),
            voice_activity: Some(self.level > -50),
            ..Default::default()
        };
        let time = (self.opus_seq * 960) as u32;
        let rtp = RtpWrite::new(pt, self.opus_seq.into(), time, now, payload).ext_vals(exts);
        if let Some(stream) = self.rtc.direct_api().stream_tx_by_mid(mid, None) {
            stream.write_rtp(rtp);
        }
    }

    fn film(&mut self, now: Instant) {
        let Some(pt) = self.payload_type(Codec::Vp8) else {
            return;
        };
        let simulcast = self.layers.len() > 1;
        let layers =
            self.layers.iter_mut().zip(RIDS).map(|(encoder, rid)| {
                (self.lines.camera, simulcast.then(|| Rid::from(rid)), encoder)
            });
        let screen = self.shared.iter_mut().map(|encoder| (self.lines.screen, None, encoder));
        let clock = 90 * now.saturating_duration_since(self.born).as_millis() as u32;
        let mut packets: Vec<(Mid, Option<Rid>, u32, Encoded)> = Vec::new();
        for (mid, rid, encoder) in layers.chain(screen) {
            let (Some(mid), true) = (mid, encoder.on) else {
                continue;
            };
            let time = u32::from(encoder.stream) * 1_000_000 + clock;
            packets.extend(encoder.encode(self.index).into_iter().map(|p| (mid, rid, time, p)));
        }
        let mut api = self.rtc.direct_api();
        for (mid, rid, time, Encoded { seq, last, payload }) in packets {
            if let Some(stream) = api.stream_tx_by_mid(mid, rid) {
                let rtp = RtpWrite::new(pt, seq.into(), time, now, payload);
                stream.write_rtp(rtp.marker(last).nackable(true));
            }
        }
    }
}

/// The next instant of a steady rhythm; one that fell behind begins anew.
fn next(at: Option<Instant>, now: Instant, period: Duration) -> Option<Instant> {
    at.map(|at| at + period).filter(|next| *next > now).or(Some(now + period))
}
