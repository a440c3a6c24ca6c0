//! What a client sends and how many slots it has, and the offer that says so.

use crate::relay;
use str0m::Rtc;
use str0m::change::{SdpOffer, SdpPendingOffer};
use str0m::channel::ChannelId;
use str0m::media::{Direction, MediaKind, Mid, Simulcast, SimulcastLayer};

/// Heights and bitrates of a camera's three layers, as a browser makes them of 1280×720.
pub const SIMULCAST: [(u16, u64); 3] = [(180, 150_000), (360, 500_000), (720, 1_500_000)];

/// The simulcast ids, the smallest layer first.
pub(crate) const RIDS: [&str; 3] = ["q", "h", "f"];

/// What a client sends and how many slots it has.
#[derive(Debug, Clone)]
pub struct Shape {
    /// Whether it has a microphone.
    pub microphone: bool,
    /// Heights and bitrates of the camera's layers, at most three, smallest first; empty: no
    /// camera.
    pub camera: Vec<(u16, u64)>,
    /// Whether it shares a screen.
    pub screen: bool,
    /// Slots to hear people in.
    pub audio_slots: usize,
    /// Slots to see people in.
    pub video_slots: usize,
    /// The label of its offer's data channel, where the offer has one, as every browser's has.
    pub channel: Option<&'static str>,
}

impl Default for Shape {
    fn default() -> Self {
        Self {
            microphone: true,
            camera: vec![(360, 400_000)],
            screen: false,
            audio_slots: 3,
            video_slots: 9,
            channel: Some(relay::LABEL),
        }
    }
}

impl Shape {
    /// The default with a camera of three layers.
    #[must_use]
    pub fn simulcast() -> Self {
        Self { camera: SIMULCAST.to_vec(), ..Self::default() }
    }

    /// Somebody who only looks, at `video_slots` pictures.
    #[must_use]
    pub fn viewer(video_slots: usize) -> Self {
        Self { camera: Vec::new(), microphone: false, video_slots, ..Self::default() }
    }
}

/// The m-lines on which a client sends, and its data channel.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lines {
    pub microphone: Option<Mid>,
    pub camera: Option<Mid>,
    pub screen: Option<Mid>,
    pub data: Option<ChannelId>,
}

/// Adds the m-lines of `shape`, senders first; the offer, where there is any line.
pub(crate) fn offer(rtc: &mut Rtc, shape: &Shape) -> Option<(SdpOffer, SdpPendingOffer, Lines)> {
    let mut api = rtc.sdp_api();
    let mut add =
        |kind, direction, simulcast| api.add_media(kind, direction, None, None, simulcast);
    let microphone = shape.microphone.then(|| add(MediaKind::Audio, Direction::SendOnly, None));
    let simulcast = (shape.camera.len() > 1).then(|| {
        let mut simulcast = Simulcast::new();
        for (rid, _) in RIDS.iter().zip(&shape.camera) {
            simulcast.add_send_layer(SimulcastLayer::new(rid));
        }
        simulcast
    });
    let camera =
        (!shape.camera.is_empty()).then(|| add(MediaKind::Video, Direction::SendOnly, simulcast));
    let screen = shape.screen.then(|| add(MediaKind::Video, Direction::SendOnly, None));
    for _ in 0..shape.audio_slots {
        add(MediaKind::Audio, Direction::RecvOnly, None);
    }
    for _ in 0..shape.video_slots {
        add(MediaKind::Video, Direction::RecvOnly, None);
    }
    let data = shape.channel.map(|label| api.add_channel(label.to_owned()));
    let (offer, pending) = api.apply()?;
    Some((offer, pending, Lines { microphone, camera, screen, data }))
}
