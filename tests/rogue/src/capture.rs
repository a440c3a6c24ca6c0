//! Everything that comes, after the transport's encryption, in a file: records, each behind its length.
//!
//! ```text
//! 4 bytes: length of what follows | 1 byte: what | 8 bytes: whose (the node's number) | the bytes
//! ```
//!
//! Numbers are big-endian. *What* is 0 for a packet of a microphone, 1 of a camera, 2 of a screen, and
//! 3 for a message of a data channel.

use conclave_media_node::rogue::{PeerId, SourceKind};
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

/// Most bytes that are written: a test that needs more has forgotten to end.
const MOST: u64 = 2 << 30;

/// What a record holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// A packet's payload.
    Media(SourceKind),
    /// A message with its receiver's name, as its sender sent it.
    Message,
}

/// The file, which all shards share.
#[derive(Debug)]
pub struct Tap(Mutex<(File, u64)>);

impl Tap {
    /// Opens the file, behind what is in it.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn open(path: &Path) -> io::Result<Arc<Self>> {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        Ok(Arc::new(Self(Mutex::new((file, 0)))))
    }

    /// Appends a record; how many bytes it has.
    pub fn write(&self, what: What, whose: PeerId, bytes: &[u8]) -> u64 {
        let kind = match what {
            What::Media(SourceKind::Microphone) => 0,
            What::Media(SourceKind::Camera) => 1,
            What::Media(SourceKind::Screen) => 2,
            What::Message => 3,
        };
        let length = u32::try_from(bytes.len() + 9).unwrap_or(u32::MAX);
        let mut record = Vec::with_capacity(bytes.len() + 13);
        record.extend(length.to_be_bytes());
        record.push(kind);
        record.extend(whose.0.to_be_bytes());
        record.extend(bytes);
        let mut file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        // In one write, so that a reader finds whole records at any time.
        if file.1 >= MOST || file.0.write_all(&record).is_err() {
            return 0;
        }
        file.1 += record.len() as u64;
        record.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_stand_behind_their_length() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("capture");
        let tap = Tap::open(&path).unwrap();
        assert_eq!(tap.write(What::Media(SourceKind::Camera), PeerId(258), b"abc"), 16);
        assert_eq!(tap.write(What::Message, PeerId(1), b""), 13);
        let expected = [
            &[0, 0, 0, 12, 1, 0, 0, 0, 0, 0, 0, 1, 2][..],
            b"abc",
            &[0, 0, 0, 9, 3, 0, 0, 0, 0, 0, 0, 0, 1],
        ];
        assert_eq!(std::fs::read(path).unwrap(), expected.concat());
    }
}
