//! From an offer to a transport with its slots: what is done once for each peer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use str0m::bwe::Bitrate;
use str0m::change::SdpOffer;
use str0m::config::{CryptoProvider, DtlsCert};
use str0m::format::Codec;
use str0m::media::{Mid, Pt};
use str0m::{Candidate, IceCreds, Rtc};

use crate::config::SfuConfig;
use crate::dtls;
use crate::error::JoinError;
use crate::lane::{AudioSlot, Lane, VideoSlot};
use crate::offer::{Line, LineUse};
use crate::outbox;
use crate::peer::Peer;
use crate::relay;
use crate::types::{MediaKind, RoomHandle, SourceKind};

/// How old a packet may be to be sent again. A receiver that asks later has given the picture up; a
/// second costs about 300 kB in nine slots with pictures.
const RESEND_AGE: Duration = Duration::from_secs(1);

/// Most of what is sent that may be repetitions. str0m's default of 15 % forgets
/// requests in a burst of losses: at 5 % loss, freezes of 800 ms.
const RESEND_SHARE: f32 = 0.5;

/// What all peers of a shard share: making a certificate for each costs a
/// millisecond, and clients verify it by its fingerprint either way.
pub(crate) struct Shared {
    crypto: Arc<CryptoProvider>,
    certificate: Option<DtlsCert>,
}

impl Shared {
    pub(crate) fn new() -> Self {
        let crypto = Arc::new(dtls::crypto());
        let certificate = crypto.dtls_provider.generate_certificate();
        Self { crypto, certificate }
    }
}

/// What an offer's m-lines became.
pub(crate) struct Mapped {
    pub lines: Vec<Line>,
    pub senders: Vec<(Mid, SourceKind)>,
    pub audio: Vec<AudioSlot>,
    pub video: Vec<VideoSlot>,
}

/// Answers an offer which [`crate::offer::read`] accepted.
pub(crate) fn answer(
    now: Instant,
    room: RoomHandle,
    credentials: IceCreds,
    offer_sdp: &str,
    lines: Vec<Line>,
    config: &SfuConfig,
    shared: &Shared,
) -> Result<(Peer, String), JoinError> {
    let mut builder = Rtc::builder()
        .set_crypto_provider(Arc::clone(&shared.crypto))
        .set_local_ice_credentials(credentials)
        .set_ice_lite(config.ice_lite)
        .clear_codecs()
        .enable_opus(true, false)
        .enable_vp8(true)
        .set_rtp_mode(true)
        .set_send_buffer_video(config.resend_packets.max(1))
        .set_sctp_max_message_size(relay::MAX_MESSAGE)
        .set_sctp_max_buffered_amount(outbox::MAX_WAITING)
        .enable_bwe(Some(Bitrate::bps(config.initial_bitrate)));
    if let Some(certificate) = &shared.certificate {
        builder = builder.set_dtls_cert(certificate.clone());
    }
    let mut rtc = builder.build(now);
    for address in advertised(config) {
        let candidate = Candidate::host(address, "udp").map_err(|_| JoinError::NoAddress)?;
        rtc.add_local_candidate(candidate);
    }

    let offer = without_candidates(offer_sdp);
    let offer = SdpOffer::from_sdp_string(&offer).map_err(|_| JoinError::Malformed)?;
    let answer = rtc.sdp_api().accept_offer(offer).map_err(|_| JoinError::Malformed)?;
    let answer = answer.to_sdp_string();
    let mapped = map_lines(&mut rtc, lines, config.resend_packets.max(1))?;
    Ok((Peer::new(now, room, rtc, mapped, config), answer))
}

/// A node checks no address that an offer names, or anybody could have it send to anyone: it learns
/// a client's addresses from checks that prove the password (RFC 8445 section 7.3.1.3).
fn without_candidates(offer_sdp: &str) -> String {
    offer_sdp.split_inclusive('\n').filter(|line| !line.starts_with("a=candidate:")).collect()
}

/// Finds what str0m made of the m-lines.
fn map_lines(rtc: &mut Rtc, lines: Vec<Line>, resend_packets: usize) -> Result<Mapped, JoinError> {
    let (mut senders, mut audio, mut video) = (Vec::new(), Vec::new(), Vec::new());
    for line in &lines {
        let mid = Mid::from(line.mid.as_str());
        if line.use_ == LineUse::Unused {
            continue;
        }
        let pt = payload_type(rtc, mid, line.kind)?;
        match line.use_ {
            LineUse::Unused => {}
            LineUse::Sender(kind) => senders.push((mid, kind)),
            LineUse::Slot => {
                let mut api = rtc.direct_api();
                let stream = api.stream_tx_by_mid(mid, None).ok_or(JoinError::Malformed)?;
                let ssrc = stream.ssrc();
                match line.kind {
                    MediaKind::Audio => {
                        audio.push(AudioSlot::new(Lane::new(mid, ssrc, pt, 48_000)));
                    }
                    MediaKind::Video => {
                        stream.set_rtx_cache(resend_packets, RESEND_AGE, Some(RESEND_SHARE));
                        video.push(VideoSlot::new(Lane::new(mid, ssrc, pt, 90_000)));
                    }
                }
            }
        }
    }
    Ok(Mapped { lines, senders, audio, video })
}

/// The addresses which can be host candidates.
pub(crate) fn advertised(config: &SfuConfig) -> impl Iterator<Item = SocketAddr> {
    let usable = |a: &&SocketAddr| !a.ip().is_unspecified() && a.port() != 0;
    config.local_addresses.iter().filter(usable).copied()
}

fn payload_type(rtc: &Rtc, mid: Mid, kind: MediaKind) -> Result<Pt, JoinError> {
    let media = rtc.media(mid).ok_or(JoinError::Malformed)?;
    let codec = match kind {
        MediaKind::Audio => Codec::Opus,
        MediaKind::Video => Codec::Vp8,
    };
    let remote = media.remote_pts();
    let params = rtc.codec_config().find(|p| p.spec().codec == codec && remote.contains(&p.pt()));
    params.map(|p| p.pt()).ok_or(JoinError::UnsupportedCodec)
}
