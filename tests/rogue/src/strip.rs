//! Cuts the encryption's header and tag off, so that what is left looks like a frame in the clear: a
//! client that renders what has no header would show it.

use crate::counters::{Counters, count};
use crate::sframe::{TAG, header_length};
use crate::stream::is_picture;
use crate::traitor::Deed;
use crate::vp8;
use conclave_media_node::rogue::Media;
use std::sync::Arc;

/// See the module.
pub struct Strip(Arc<Counters>);

impl Strip {
    /// One that counts.
    pub fn new(counters: Arc<Counters>) -> Self {
        Self(counters)
    }
}

impl Deed for Strip {
    fn packet(&mut self, mut packet: Media, on: bool) -> Vec<Media> {
        if on {
            let (first, stripped) = stripped(&packet);
            match stripped {
                Some(payload) => {
                    if payload.len() != packet.payload.len() {
                        count(&self.0.changed);
                    }
                    if first {
                        count(&self.0.frames);
                    }
                    packet.payload = payload.into();
                }
                None => count(&self.0.missed),
            }
        }
        vec![packet]
    }
}

/// Whether it is the first packet of its frame, and what is left of it.
fn stripped(packet: &Media) -> (bool, Option<Vec<u8>>) {
    let payload = &packet.payload;
    let (first, last, clear) = if is_picture(packet) {
        let Some(parts) = vp8::parse(payload) else { return (false, None) };
        (parts.first, packet.marker, parts.clear)
    } else {
        (true, true, 0)
    };
    let cut = || {
        let (clear, rest) = payload.split_at_checked(clear)?;
        let header = if first { header_length(rest)? } else { 0 };
        // A tag that began in the packet before goes as far as it is here.
        let tag = if last { TAG.min(rest.len() - header) } else { 0 };
        Some([clear, rest.get(header..rest.len() - tag)?].concat())
    };
    (first, cut())
}

#[cfg(test)]
pub mod tests {
    use super::*;
    use conclave_media_node::rogue::{PeerId, RoomHandle, SourceKind};

    /// A packet of somebody's source.
    #[allow(clippy::disallowed_methods)] // any instant will do
    pub fn media(
        kind: SourceKind,
        seq: u64,
        timestamp: u32,
        marker: bool,
        payload: &[u8],
    ) -> Media {
        Media {
            at: std::time::Instant::now(),
            room: RoomHandle(1),
            peer: PeerId(1),
            kind,
            layer: None,
            seq,
            timestamp,
            marker,
            payload: payload.into(),
        }
    }

    #[test]
    fn header_and_tag_go_and_the_rest_stays() {
        let (header, tag) = ([0x93, 1, 2], [9; TAG]);
        let opus =
            media(SourceKind::Microphone, 1, 1, true, &[&header[..], b"voice", &tag].concat());
        assert_eq!(stripped(&opus), (true, Some(b"voice".to_vec())));

        let clear = [0x10, 0, 0, 0x9d, 1, 0x2a, 64, 0, 64, 0];
        let start = vp8::tests::packet(true, 3, &[&clear[..], &header, b"begin"].concat());
        let start = media(SourceKind::Camera, 1, 1, false, &start);
        let expected = vp8::tests::packet(true, 3, &[&clear[..], b"begin"].concat());
        assert_eq!(stripped(&start), (true, Some(expected)));
        let end = vp8::tests::packet(false, 3, &[&b"end"[..], &tag].concat());
        let end = media(SourceKind::Camera, 2, 1, true, &end);
        assert_eq!(stripped(&end), (false, Some(vp8::tests::packet(false, 3, b"end"))));
        let cut = vp8::tests::packet(true, 3, &clear[..4]);
        assert_eq!(stripped(&media(SourceKind::Camera, 1, 1, true, &cut)), (true, None));
    }
}
