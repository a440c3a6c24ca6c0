//! Streams of a data channel's transport (SCTP, RFC 9260). The stack makes an entry for every stream
//! that a client's packet names, and looks at all of them for every packet from then on. A client needs
//! one; with 65,536 it would have the shard do nothing else.

/// Streams that a client may use: browsers number their channels from 0 or 1 in steps of two.
const MAX_STREAMS: u16 = 16;

/// Bytes before the first chunk.
const COMMON_HEADER: usize = 12;

/// Whether all data of an SCTP packet are for streams that a client may use. Broken packets are not.
pub(crate) fn within_bounds(packet: &[u8]) -> bool {
    let Some(mut chunks) = packet.get(COMMON_HEADER..) else {
        return false;
    };
    while let [kind, _, length @ ..] = chunks {
        let Some(length) = length.first_chunk().map(|bytes| u16::from_be_bytes(*bytes)) else {
            return false;
        };
        // DATA and I-DATA (RFC 8260): the stream follows the transmission sequence number.
        if matches!(kind, 0 | 64) {
            let stream = chunks.get(8..10).and_then(|bytes| bytes.first_chunk());
            if stream.is_none_or(|bytes| u16::from_be_bytes(*bytes) >= MAX_STREAMS) {
                return false;
            }
        }
        if length < 4 {
            return false;
        }
        chunks = chunks.get(usize::from(length).next_multiple_of(4)..).unwrap_or_default();
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn data(kind: u8, stream: u16, body: usize) -> Vec<u8> {
        let length = (16 + body as u16).to_be_bytes();
        let mut chunk = vec![kind, 3, length[0], length[1], 0, 0, 0, 9];
        chunk.extend(stream.to_be_bytes());
        chunk.resize((16 + body).next_multiple_of(4), 0);
        chunk
    }

    fn packet(chunks: &[Vec<u8>]) -> Vec<u8> {
        [vec![0; COMMON_HEADER], chunks.concat()].concat()
    }

    #[test]
    fn streams_are_few_wherever_they_are_named() {
        let sack = vec![3, 0, 0, 16, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0];
        for kind in [0, 64] {
            assert!(within_bounds(&packet(&[sack.clone(), data(kind, 0, 5), data(kind, 15, 1)])));
            assert!(!within_bounds(&packet(&[sack.clone(), data(kind, 0, 5), data(kind, 16, 1)])));
        }
        assert!(within_bounds(&packet(&[sack])));
        assert!(!within_bounds(&packet(&[vec![0, 3, 0, 4]])), "cut off before the stream");
        assert!(!within_bounds(&packet(&[vec![3, 0, 0, 0]])), "a chunk that never ends");
        assert!(!within_bounds(&[0; 11]));
    }

    proptest! {
        #[test]
        fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = within_bounds(&bytes);
        }
    }
}
