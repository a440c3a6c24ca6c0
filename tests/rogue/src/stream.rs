//! One encoding of one source, and fresh numbers for what is sent in its place.

use conclave_media_node::rogue::{Media, PeerId, SourceKind};

/// Which encoding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct StreamKey(PeerId, SourceKind, Option<String>);

impl StreamKey {
    /// That of a packet.
    pub fn of(packet: &Media) -> Self {
        Self(packet.peer, packet.kind, packet.layer.clone())
    }
}

/// True for pictures.
pub fn is_picture(packet: &Media) -> bool {
    packet.kind != SourceKind::Microphone
}

/// Numbers one stream without gaps, whatever is left out of it and put into it.
#[derive(Debug, Default)]
pub struct Numbers {
    /// Added to what is passed on.
    shift: u64,
    /// The next number.
    next: u64,
}

impl Numbers {
    /// The number of what is made up.
    pub fn fresh(&mut self) -> u64 {
        self.next += 1;
        self.next - 1
    }

    /// The number of what is left as it is and was numbered `seq`.
    pub fn passed(&mut self, seq: u64) -> u64 {
        let shifted = seq.wrapping_add(self.shift);
        self.next = self.next.max(shifted + 1);
        shifted
    }

    /// From now on packets from `seq` on are made up.
    pub fn begin(&mut self, seq: u64) {
        self.next = self.next.max(seq.wrapping_add(self.shift));
    }

    /// From now on packets from `seq` on are passed on.
    pub fn end(&mut self, seq: u64) {
        self.shift = self.next.wrapping_sub(seq);
    }
}

/// Whether a frame is the next: the first packet of another timestamp than the last frame's.
#[derive(Debug, Default)]
pub struct Frames {
    last: Option<u32>,
}

impl Frames {
    /// True for the first packet of a frame that is newer than all before.
    pub fn is_new(&mut self, timestamp: u32) -> bool {
        // Wrapping: what is less than half a turn ahead is newer.
        let newer = self.last.is_none_or(|last| {
            let ahead = timestamp.wrapping_sub(last);
            ahead != 0 && ahead < 1 << 31
        });
        if newer {
            self.last = Some(timestamp);
        }
        newer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_go_on_without_gaps() {
        let mut numbers = Numbers::default();
        assert_eq!([10, 11, 12].map(|seq| numbers.passed(seq)), [10, 11, 12]);
        numbers.begin(13);
        assert_eq!([0; 3].map(|_| numbers.fresh()), [13, 14, 15]);
        numbers.end(20);
        assert_eq!([20, 21].map(|seq| numbers.passed(seq)), [16, 17]);
        numbers.begin(22);
        assert_eq!(numbers.fresh(), 18);
    }

    #[test]
    fn a_frame_is_new_once_and_not_when_it_comes_late() {
        let mut frames = Frames::default();
        let new = [u32::MAX, u32::MAX, 5, u32::MAX, 5, 6].map(|ts| frames.is_new(ts));
        assert_eq!(new, [true, false, true, false, false, true]);
    }
}
