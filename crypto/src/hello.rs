//! By what a sender instance makes itself known: sealed with the room's key, so that only those who
//! hold it are heard.

use crate::sender::{Exhausted, Instance, Sealer};
use crate::stream::Stream;

/// Bytes of a name, at most: 64 characters of four bytes.
pub const MAX_NAME: usize = 256;
/// Bytes of a sealed hello, at most.
pub const MAX_HELLO: usize = 16 + 17 + PLAIN + MAX_NAME + 16;
/// Version, time, three counters.
const PLAIN: usize = 1 + 8 + 3 * 8;
const VERSION: u8 = 1;
/// The streams whose counters a hello tells, in this order.
const COUNTED: [Stream; 3] = [Stream::Microphone, Stream::Camera, Stream::Screen];

/// What an instance says of itself.
#[derive(Clone, PartialEq, Eq)]
pub struct Hello {
    /// The sender's clock, in milliseconds since 1970.
    pub time: u64,
    /// Counters of microphone, camera and screen: what is below is old to whoever hears this as the instance's
    /// first hello. They are those at the hello before this one, and zero in the first: media overtake hellos.
    pub counters: [u64; 3],
    /// The person's name.
    pub name: String,
}

impl std::fmt::Debug for Hello {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hello(…)")
    }
}

/// Why a hello is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum HelloError {
    /// It is none.
    #[error("this is no hello")]
    Malformed,
    /// It does not open: its sender holds another key, or somebody changed it.
    #[error("the hello was sealed with another key")]
    OtherKey,
    /// Its time is more than five minutes from this clock, or it was said before what is known already.
    #[error("the hello is old, or a clock is wrong")]
    Stale,
    /// There is no room for more instances, or another has the same key id.
    #[error("no further sender can be taken in")]
    Full,
}

impl Hello {
    /// Seals this as `instance`, whose sealer of [`Stream::Hello`] this is.
    ///
    /// # Errors
    /// [`Exhausted`].
    pub fn seal(&self, instance: &Instance, sealer: &mut Sealer) -> Result<Vec<u8>, Exhausted> {
        Ok([&instance.0[..], &sealer.seal(&[], &self.bytes())?].concat())
    }

    /// The counter of a media stream, as this tells it.
    pub(crate) fn counter(&self, stream: Stream) -> u64 {
        COUNTED
            .iter()
            .zip(self.counters)
            .find(|(counted, _)| **counted == stream)
            .map_or(0, |(_, c)| c)
    }

    /// What is sealed: version, time and counters as eight bytes each, and the name.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        let mut name = self.name.as_str();
        while name.len() > MAX_NAME {
            name = &name[..name.floor_char_boundary(MAX_NAME)];
        }
        let mut bytes = vec![VERSION];
        bytes.extend_from_slice(&self.time.to_be_bytes());
        for counter in self.counters {
            bytes.extend_from_slice(&counter.to_be_bytes());
        }
        bytes.extend_from_slice(name.as_bytes());
        bytes
    }

    /// Reads what was sealed; `None` where no client wrote it.
    #[must_use]
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let ([VERSION, numbers @ ..], name) = bytes.split_first_chunk::<PLAIN>()? else {
            return None;
        };
        let mut numbers =
            numbers.chunks_exact(8).filter_map(|n| Some(u64::from_be_bytes(n.try_into().ok()?)));
        let (time, counters) =
            (numbers.next()?, [numbers.next()?, numbers.next()?, numbers.next()?]);
        if name.len() > MAX_NAME {
            return None;
        }
        Some(Self { time, counters, name: String::from_utf8(name.to_vec()).ok()? })
    }
}

/// Instance and sealed part.
pub(crate) fn split(hello: &[u8]) -> Option<(Instance, &[u8])> {
    if hello.len() > MAX_HELLO {
        return None;
    }
    hello.split_first_chunk::<16>().map(|(instance, sealed)| (Instance(*instance), sealed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_said_is_read(time: u64, counters: [u64; 3], name in "\\PC{0,64}") {
            let hello = Hello { time, counters, name };
            prop_assert_eq!(Hello::read(&hello.bytes()), Some(hello));
        }

        #[test]
        fn no_bytes_are_a_trap(bytes: Vec<u8>) {
            if let Some(hello) = Hello::read(&bytes) {
                prop_assert_eq!(hello.bytes(), bytes);
            }
        }
    }

    #[test]
    fn a_name_is_cut_between_characters() {
        let long = Hello { time: 1, counters: [0; 3], name: "ä".repeat(200) };
        assert_eq!(Hello::read(&long.bytes()).unwrap().name, "ä".repeat(128));
    }
}
