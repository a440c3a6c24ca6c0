//! The betrayal that a shard is given: captures everything, and does what the mode says while it is on.

use crate::bitflip::BitFlip;
use crate::capture::What;
use crate::counters::count;
use crate::inject::Inject;
use crate::mode::{Mode, Settings};
use crate::replay::Replay;
use crate::strip::Strip;
use crate::swap::Swap;
use conclave_media_node::rogue::{Betrayal, Media, PeerId, SourceKind};
use std::sync::atomic::Ordering;

/// Something that is done to media.
pub trait Deed: Send {
    /// What goes on in place of a packet. Called for every packet, `on` or not, so that it knows the
    /// streams when it is switched on.
    fn packet(&mut self, packet: Media, on: bool) -> Vec<Media>;

    /// As [`Betrayal::wants_keyframes`].
    fn wants_keyframes(&mut self) -> Vec<(PeerId, SourceKind)> {
        Vec::new()
    }
}

struct Honest;

impl Deed for Honest {
    fn packet(&mut self, packet: Media, _: bool) -> Vec<Media> {
        vec![packet]
    }
}

/// What a shard does.
pub fn betrayal(settings: Settings) -> Box<dyn Betrayal> {
    let counters = settings.counters.clone();
    let deed: Box<dyn Deed> = match settings.mode {
        Mode::Capture => Box::new(Honest),
        Mode::Strip => Box::new(Strip::new(counters)),
        Mode::Replay => Box::new(Replay::new(counters)),
        Mode::Swap => Box::new(Swap::new(counters)),
        Mode::Inject => Box::new(Inject::new(counters)),
        Mode::Bitflip => Box::new(BitFlip::new(counters)),
    };
    Box::new(Traitor { settings, deed })
}

struct Traitor {
    settings: Settings,
    deed: Box<dyn Deed>,
}

impl Traitor {
    fn capture(&self, what: What, whose: PeerId, bytes: &[u8]) {
        if let Some(tap) = &self.settings.capture {
            let written = tap.write(what, whose, bytes);
            self.settings.counters.captured.fetch_add(written, Ordering::Relaxed);
        }
    }
}

impl Betrayal for Traitor {
    fn media(&mut self, packet: Media) -> Vec<Media> {
        count(&self.settings.counters.packets);
        self.capture(What::Media(packet.kind), packet.peer, &packet.payload);
        self.deed.packet(packet, self.settings.counters.active())
    }

    fn message(&mut self, from: PeerId, message: Vec<u8>) -> Vec<u8> {
        count(&self.settings.counters.messages);
        self.capture(What::Message, from, &message);
        message
    }

    fn wants_keyframes(&mut self) -> Vec<(PeerId, SourceKind)> {
        self.deed.wants_keyframes()
    }
}
