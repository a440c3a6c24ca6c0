//! How an encrypted frame is laid out: `clear ‖ SFrame header ‖ ciphertext ‖ tag`.
//!
//! The clear bytes are those that packetizers and the media node have to read. They come first, as they do
//! in the frame itself, and are authenticated together with the codec.

/// Codecs whose frames may be sealed. Whatever is not here is refused: H.264's start codes and AV1's
/// units would have to be kept out of ciphertext.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Codec {
    /// RFC 7587.
    Opus,
    /// RFC 7741.
    Vp8,
    /// RFC 9628.
    Vp9,
}

impl Codec {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Opus, Self::Vp8, Self::Vp9];

    /// Its number in what is authenticated.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Opus => 0,
            Self::Vp8 => 1,
            Self::Vp9 => 2,
        }
    }

    /// The codec of this number.
    #[must_use]
    pub fn of(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|codec| codec.number() == number)
    }
}

/// VP8's frame tag, start code and size (RFC 6386, section 9.1): browsers read the size of a key frame
/// before it is decrypted.
const VP8_KEY: usize = 10;
/// The first byte of the frame tag, whose lowest bit says whether it is a key frame.
const VP8_DELTA: usize = 1;

/// How many bytes at the beginning of a frame, sealed or not, are clear; `None` where the frame is shorter
/// than that and so none of its codec: nobody could tell where its ciphertext begins.
#[must_use]
pub fn clear_bytes(codec: Codec, frame: &[u8]) -> Option<usize> {
    let clear = match codec {
        Codec::Vp8 if frame.first()? & 1 == 0 => VP8_KEY,
        Codec::Vp8 => VP8_DELTA,
        // The payload descriptor of VP9 stands in the packets, not in the frame.
        Codec::Vp9 | Codec::Opus => 0,
    };
    (clear <= frame.len()).then_some(clear)
}

/// SFrame's metadata: what is authenticated after the header.
#[must_use]
pub fn metadata(codec: Codec, clear: &[u8]) -> Vec<u8> {
    [&[codec.number()], clear].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_says_how_much_is_clear() {
        assert_eq!(clear_bytes(Codec::Vp8, &[0x10; 50]), Some(10));
        assert_eq!(clear_bytes(Codec::Vp8, &[0x31; 50]), Some(1));
        assert_eq!(clear_bytes(Codec::Vp8, &[0x10; 4]), None);
        assert_eq!(clear_bytes(Codec::Vp8, &[]), None);
        for codec in [Codec::Vp9, Codec::Opus] {
            assert_eq!(clear_bytes(codec, &[]), Some(0));
            assert_eq!(clear_bytes(codec, &[0; 50]), Some(0));
        }
    }
}
