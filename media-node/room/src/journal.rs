//! The last events of a room, for those who missed some.

use conclave_protocol::event::{RoomEvent, Sequenced};
use std::collections::VecDeque;

/// Events kept. A participant who misses more gets a snapshot.
const KEPT: usize = 256;

/// Numbers events and keeps the last of them.
#[derive(Debug)]
pub(crate) struct Journal {
    epoch: u64,
    seq: u64,
    last: VecDeque<Sequenced>,
}

impl Journal {
    pub(crate) fn new(epoch: u64) -> Self {
        Self { epoch, seq: 0, last: VecDeque::new() }
    }

    pub(crate) fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Number of the last event.
    pub(crate) fn seq(&self) -> u64 {
        self.seq
    }

    pub(crate) fn append(&mut self, event: RoomEvent) -> &Sequenced {
        self.seq += 1;
        if self.last.len() == KEPT {
            self.last.pop_front();
        }
        self.last.push_back(Sequenced { epoch: self.epoch, seq: self.seq, event });
        &self.last[self.last.len() - 1]
    }

    /// Everything after `seq` of `epoch`; `None` where that is not known any more, or never was.
    pub(crate) fn after(&self, epoch: u64, seq: u64) -> Option<Vec<Sequenced>> {
        let missing = usize::try_from(self.seq.checked_sub(seq)?).ok()?;
        if epoch != self.epoch || missing > self.last.len() {
            return None;
        }
        Some(self.last.range(self.last.len() - missing..).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gives_the_gap_or_nothing() {
        let mut journal = Journal::new(3);
        assert_eq!(journal.after(3, 0), Some(Vec::new()));
        for _ in 0..KEPT + 10 {
            journal.append(RoomEvent::Ended);
        }
        let last = journal.seq();
        assert_eq!(journal.after(3, last).map(|v| v.len()), Some(0));
        let two = journal.after(3, last - 2).unwrap();
        assert_eq!(two.iter().map(|e| e.seq).collect::<Vec<_>>(), [last - 1, last]);
        assert_eq!(journal.after(3, last - KEPT as u64).map(|v| v.len()), Some(KEPT));
        assert_eq!(journal.after(3, last - KEPT as u64 - 1), None);
        assert_eq!(journal.after(2, last), None, "another epoch");
        assert_eq!(journal.after(3, last + 1), None, "from the future");
    }
}
