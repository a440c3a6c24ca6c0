//! The payload descriptor of VP8 packets (RFC 7741, section 4.2), and what is clear behind it.

/// Bytes of a key frame that clients leave clear.
const CLEAR_KEY: usize = 10;
/// Bytes of any other frame that clients leave clear.
const CLEAR_DELTA: usize = 1;

/// A packet's payload taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts {
    /// Bytes of the descriptor.
    pub descriptor: usize,
    /// First packet of its frame.
    pub first: bool,
    /// First packet of a key frame.
    pub key: bool,
    /// Bytes of descriptor and clear prefix: only the first packet of a frame has the latter.
    pub clear: usize,
}

/// Takes a payload apart; `None` for what has no byte behind a descriptor.
pub fn parse(payload: &[u8]) -> Option<Parts> {
    let required = *payload.first()?;
    let mut descriptor = 1;
    if required & 0x80 != 0 {
        let extension = *payload.get(1)?;
        descriptor += 1;
        if extension & 0x80 != 0 {
            descriptor += if payload.get(2)? & 0x80 != 0 { 2 } else { 1 };
        }
        descriptor += usize::from(extension & 0x40 != 0) + usize::from(extension & 0x30 != 0);
    }
    let header = *payload.get(descriptor)?;
    let first = required & 0x17 == 0x10;
    let key = first && header & 1 == 0;
    let prefix = match (first, key) {
        (true, true) => CLEAR_KEY,
        (true, false) => CLEAR_DELTA,
        (false, _) => 0,
    };
    Some(Parts { descriptor, first, key, clear: descriptor + prefix })
}

/// Picture id, and the other numbers of a descriptor that a receiver follows, of `from` in place of
/// those of `payload`; `None` where they have different forms.
pub fn with_numbers_of(payload: &[u8], from: &[u8]) -> Option<Vec<u8>> {
    let (mine, theirs) = (parse(payload)?, parse(from)?);
    let same = mine.descriptor == theirs.descriptor && payload.get(1) == from.get(1);
    let (descriptor, rest) = payload.split_at_checked(mine.descriptor)?;
    // The first byte says which packet of a frame it is, which stays.
    let numbers = from.get(1..theirs.descriptor)?;
    same.then(|| [descriptor.get(..1).unwrap_or_default(), numbers, rest].concat())
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// A packet as Chromium makes it: picture id of 15 bits and TL0PICIDX.
    pub fn packet(first: bool, picture: u16, body: &[u8]) -> Vec<u8> {
        let id = (picture | 0x8000).to_be_bytes();
        let start = if first { 0x90 } else { 0x80 };
        [&[start, 0xe0, id[0], id[1], picture as u8, 0x20], body].concat()
    }

    #[test]
    fn descriptors_and_prefixes_are_measured() {
        let key = parse(&packet(true, 7, &[0x10, 0, 0])).unwrap();
        assert_eq!(key, Parts { descriptor: 6, first: true, key: true, clear: 16 });
        let delta = parse(&packet(true, 7, &[0x11, 0, 0])).unwrap();
        assert_eq!(delta, Parts { descriptor: 6, first: true, key: false, clear: 7 });
        let later = parse(&packet(false, 7, &[0x10, 0, 0])).unwrap();
        assert_eq!(later, Parts { descriptor: 6, first: false, key: false, clear: 6 });
        assert_eq!(parse(&[0x10, 0x11]).unwrap().clear, 2);
        assert_eq!(parse(&packet(true, 7, &[])), None);
    }

    #[test]
    fn numbers_are_exchanged_and_nothing_else() {
        let old = packet(false, 7, b"old");
        let got = with_numbers_of(&old, &packet(true, 900, b"new")).unwrap();
        assert_eq!(got, packet(false, 900, b"old"));
        assert_eq!(with_numbers_of(&old, &[0x10, 1, 2]), None);
    }
}
