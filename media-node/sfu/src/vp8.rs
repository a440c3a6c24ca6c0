//! The few VP8 bytes that stay readable under end-to-end encryption.

/// Where the VP8 payload header starts, after the payload descriptor
/// (RFC 7741 section 4.2). `None` if the payload is too short.
fn header_offset(payload: &[u8]) -> Option<usize> {
    let required = *payload.first()?;
    let mut offset = 1;
    if required & 0x80 != 0 {
        let extension = *payload.get(offset)?;
        offset += 1;
        if extension & 0x80 != 0 {
            let picture_id = *payload.get(offset)?;
            offset += if picture_id & 0x80 != 0 { 2 } else { 1 };
        }
        if extension & 0x40 != 0 {
            offset += 1;
        }
        if extension & 0x30 != 0 {
            offset += 1;
        }
    }
    (offset < payload.len()).then_some(offset)
}

/// Whether this packet is the first of a key frame: start of the first
/// partition, and the payload header's P bit clear (RFC 7741 section 4.3).
pub(crate) fn starts_keyframe(payload: &[u8]) -> bool {
    let Some(&required) = payload.first() else {
        return false;
    };
    if required & 0x10 == 0 || required & 0x07 != 0 {
        return false;
    }
    header_offset(payload)
        .and_then(|offset| payload.get(offset))
        .is_some_and(|header| header & 0x01 == 0)
}

/// The picture's height from the first packet of a key frame: frame tag, start
/// code 9d 01 2a, width, height (RFC 6386 section 9.1).
pub(crate) fn keyframe_height(payload: &[u8]) -> Option<u16> {
    if !starts_keyframe(payload) {
        return None;
    }
    let frame = payload.get(header_offset(payload)?..)?;
    if frame.get(3..6)? != [0x9d, 0x01, 0x2a] {
        return None;
    }
    let bytes: [u8; 2] = frame.get(8..10)?.try_into().ok()?;
    Some(u16::from_le_bytes(bytes) & 0x3fff)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_size_of_keyframe() {
        let mut payload = vec![0x90, 0xe0, 0x81, 0x23, 0x07, 0x20];
        payload.extend([0x10, 0, 0, 0x9d, 0x01, 0x2a, 0xc0, 0x03, 0x1c, 0x02]);
        assert!(starts_keyframe(&payload));
        assert_eq!(keyframe_height(&payload), Some(540));
        payload[6] |= 1;
        assert!(!starts_keyframe(&payload));
        assert_eq!(keyframe_height(&payload), None);
    }

    proptest! {
        /// The same answer as str0m's own parser, and no panic, on any bytes.
        #[test]
        fn agrees_with_str0m(payload in proptest::collection::vec(any::<u8>(), 0..24)) {
            let theirs = str0m::rtp::Vp8Descriptor::parse(&payload)
                .is_ok_and(|d| d.starts_keyframe(&payload));
            if theirs {
                prop_assert!(starts_keyframe(&payload));
            }
            let _ = keyframe_height(&payload);
        }
    }
}
