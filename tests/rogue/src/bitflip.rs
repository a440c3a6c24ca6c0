//! Flips one bit of what is encrypted, in each packet.

use crate::counters::{Counters, count};
use crate::stream::is_picture;
use crate::traitor::Deed;
use crate::vp8;
use conclave_media_node::rogue::Media;
use std::sync::Arc;

/// See the module.
pub struct BitFlip(Arc<Counters>);

impl BitFlip {
    /// One that counts.
    pub fn new(counters: Arc<Counters>) -> Self {
        Self(counters)
    }
}

impl Deed for BitFlip {
    fn packet(&mut self, mut packet: Media, on: bool) -> Vec<Media> {
        if on {
            match flipped(&packet) {
                Some((first, payload)) => {
                    packet.payload = payload.into();
                    count(&self.0.changed);
                    if first {
                        count(&self.0.frames);
                    }
                }
                None => count(&self.0.missed),
            }
        }
        vec![packet]
    }
}

/// Whether it is the first packet of its frame, and its payload with one bit flipped behind the clear
/// bytes; `None` where nothing is behind them.
fn flipped(packet: &Media) -> Option<(bool, Vec<u8>)> {
    let (first, clear) = if is_picture(packet) {
        let parts = vp8::parse(&packet.payload)?;
        (parts.first, parts.clear)
    } else {
        (true, 0)
    };
    let hidden = packet.payload.len().checked_sub(clear).filter(|length| *length > 0)?;
    let mut random = [0; 8];
    getrandom::fill(&mut random).ok()?;
    let at = clear + (u64::from_be_bytes(random) % hidden as u64) as usize;
    let mut payload = packet.payload.to_vec();
    *payload.get_mut(at)? ^= 1 << (random[0] & 7);
    Some((first, payload))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::strip::tests::media;
    use conclave_media_node::rogue::SourceKind;

    #[test]
    fn one_bit_behind_the_clear_bytes() {
        let clear = [0x11];
        let payload = vp8::tests::packet(true, 3, &[&clear[..], b"hidden"].concat());
        for _ in 0..200 {
            let packet = media(SourceKind::Camera, 1, 1, true, &payload);
            let (first, flipped) = flipped(&packet).unwrap();
            let differ: Vec<_> =
                (0..payload.len()).filter(|at| payload[*at] != flipped[*at]).collect();
            assert!(first && differ.len() == 1 && differ[0] >= 7, "{differ:?}");
            assert_eq!((payload[differ[0]] ^ flipped[differ[0]]).count_ones(), 1);
        }
        let bare = media(SourceKind::Camera, 1, 1, true, &vp8::tests::packet(true, 3, &clear));
        assert_eq!(super::flipped(&bare), None);
    }
}
