//! The last events of a room, for those who missed some.

use conclave_protocol::event::{RoomEvent, Sequenced};
use std::collections::VecDeque;

/// Events kept. A participant who misses more gets a snapshot.
const KEPT: usize = 256;
/// Bytes of what people wrote or sealed that are kept, so that all events together fit into one answer on the bus.
const KEPT_TEXT: usize = 256 * 1024;

/// Numbers events and keeps the last of them.
pub(crate) struct Journal {
    epoch: u64,
    seq: u64,
    last: VecDeque<Sequenced>,
    text: usize,
}

impl Journal {
    pub(crate) fn new(epoch: u64) -> Self {
        Self { epoch, seq: 0, last: VecDeque::new(), text: 0 }
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
        self.text += text_of(&event);
        while self.last.len() >= KEPT || (self.text > KEPT_TEXT && !self.last.is_empty()) {
            let oldest = self.last.pop_front();
            self.text -= oldest.map_or(0, |oldest| text_of(&oldest.event));
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

fn text_of(event: &RoomEvent) -> usize {
    match event {
        RoomEvent::Chat { body, .. } => body.as_str().len(),
        RoomEvent::Hello { hello, .. } => hello.as_str().len(),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use conclave_protocol::encryption::{SealedChat, SealedHello};
    use conclave_protocol::event::{ChatBody, ChatText, EndReason};
    use conclave_protocol::ids::Pid;
    use conclave_protocol::limits::{MAX_CHAT_CHARS, MAX_HELLO_CHARS, MAX_SEALED_CHAT_CHARS};

    #[test]
    fn gives_the_gap_or_nothing() {
        let mut journal = Journal::new(3);
        assert_eq!(journal.after(3, 0), Some(Vec::new()));
        for _ in 0..KEPT + 10 {
            journal.append(RoomEvent::Ended { reason: EndReason::Empty });
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

    #[test]
    fn long_texts_push_older_events_out_and_every_answer_fits_into_one_message() {
        let mut journal = Journal::new(1);
        for character in ["\"", "\u{1f469}", "\n"] {
            for _ in 0..KEPT {
                let text =
                    ChatText::try_from("x".to_owned() + &character.repeat(MAX_CHAT_CHARS - 1));
                let body = ChatBody::Plain { text: text.unwrap() };
                journal.append(RoomEvent::Chat { pid: Pid::from_hash(&[1; 32]), body });
            }
            fits(&journal);
        }
    }

    #[test]
    fn so_does_what_is_sealed() {
        let mut journal = Journal::new(1);
        let pid = Pid::from_hash(&[1; 32]);
        for _ in 0..KEPT {
            let sealed = SealedChat::try_from("A".repeat(MAX_SEALED_CHAT_CHARS)).unwrap();
            let body = ChatBody::Sealed { sealed };
            journal.append(RoomEvent::Chat { pid: pid.clone(), body });
        }
        fits(&journal);
        for _ in 0..KEPT {
            let hello = SealedHello::try_from("A".repeat(MAX_HELLO_CHARS)).unwrap();
            journal.append(RoomEvent::Hello { pid: pid.clone(), hello });
        }
        fits(&journal);
        let all = serde_json::to_vec(&journal.last).unwrap();
        assert!(all.len() < KEPT_TEXT * 5 / 4, "hellos count as well: {}", all.len());
    }

    fn fits(journal: &Journal) {
        let kept = journal.last.len() as u64;
        let all = journal.after(1, journal.seq() - kept).unwrap();
        assert!(serde_json::to_vec(&all).unwrap().len() < 1 << 20);
        assert!(journal.text <= KEPT_TEXT);
        assert_eq!(journal.text, journal.last.iter().map(|e| text_of(&e.event)).sum::<usize>());
    }
}
