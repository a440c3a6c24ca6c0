//! The form of an SFrame (RFC 9605): where the header ends, and how long the tag is.

/// Bytes of the tag at the end of a frame (AES-256-GCM-SHA512-128).
pub const TAG: usize = 16;

/// How many bytes the header at the beginning of `bytes` has; `None` where it goes on behind them.
pub fn header_length(bytes: &[u8]) -> Option<usize> {
    let config = *bytes.first()?;
    // A value stands in the three bits themselves, or those say how many bytes it has.
    let bytes_of = |extended: bool, bits: u8| if extended { usize::from(bits) + 1 } else { 0 };
    let kid = bytes_of(config & 0x80 != 0, config >> 4 & 7);
    let counter = bytes_of(config & 0x08 != 0, config & 7);
    let length = 1 + kid + counter;
    (length <= bytes.len()).then_some(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_of_all_forms_are_measured() {
        // Key 7 and counter 3 in the byte itself; a key of two bytes; a counter of eight; both.
        for (config, length) in [(0x73, 1), (0x93, 3), (0x7f, 9), (0xff, 17)] {
            let mut bytes = vec![0; 40];
            bytes[0] = config;
            assert_eq!(header_length(&bytes), Some(length));
            assert_eq!(header_length(&bytes[..length]), Some(length));
            assert_eq!(header_length(&bytes[..length - 1]), None);
        }
        assert_eq!(header_length(&[]), None);
    }
}
