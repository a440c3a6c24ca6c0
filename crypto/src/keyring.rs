//! What a receiver knows: whose keys are current, and which frames have been seen.

use crate::frame::{self, Codec};
use crate::hello::{Hello, HelloError, split};
use crate::root::Root;
use crate::sender::{Instance, SUITE, Sender, StreamKeys};
use crate::stream::Stream;
use crate::window::Window;
use sframe::frame::EncryptedFrameView;
use sframe::header::SframeHeader;
use sframe::key::DecryptionKey;
use std::collections::HashMap;
use std::fmt;

/// How far a hello's time may be from the receiver's clock, in milliseconds: five minutes, as
/// Kerberos (RFC 4120, section 7.5.7) allows.
const CLOCKS_APART: u64 = 5 * 60 * 1000;
/// Instances that are known at a time.
const MOST_INSTANCES: usize = 2048;
/// The longest header of SFrame (RFC 9605, section 4.3).
const MAX_HEADER: usize = 17;
/// AES-GCM's tag.
const TAG: usize = 16;

/// What a receiver knows of the other senders in one life of a room.
pub struct Keyring {
    root: Root,
    /// By key id without stream.
    known: HashMap<u64, Known>,
}

/// One instance, known by its hello.
struct Known {
    pid: String,
    instance: Instance,
    /// The time of its latest hello.
    time: u64,
    hellos: Window,
    /// True where the person has a later instance: nothing of this one is rendered any more.
    retired: bool,
    streams: Vec<(Stream, StreamKeys, Window)>,
}

/// A stream of somebody, and the key that opens it.
#[derive(Clone)]
pub struct Source {
    /// Stands in each of its frames.
    pub kid: u64,
    /// Who.
    pub pid: String,
    /// What.
    pub stream: Stream,
    /// AES-256-GCM's, for somebody who has that from elsewhere.
    pub key: [u8; 32],
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source").field("stream", &self.stream).finish_non_exhaustive()
    }
}

/// What came of a hello.
#[derive(Debug, Clone)]
pub struct Heard {
    /// The name that it tells.
    pub name: String,
    /// The instance's streams, where it was not known yet.
    pub new: Vec<Source>,
    /// Key ids that count no more: the person's earlier instances.
    pub retired: Vec<u64>,
}

/// How a sealed frame is to be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opening {
    /// Whose key.
    pub kid: u64,
    /// Its place in the stream.
    pub counter: u64,
    /// Bytes before the header.
    pub clear: usize,
    /// Bytes of the header.
    pub header: usize,
    /// AES-GCM's nonce.
    pub nonce: [u8; 12],
}

/// Why nothing of a frame or message is to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It has no SFrame header, or is too short to be sealed.
    #[error("this is not sealed")]
    Malformed,
    /// Nobody has made this key known.
    #[error("nobody known sealed this")]
    UnknownKey,
    /// It was seen before, or is too old to say.
    #[error("this was seen before")]
    Replayed,
    /// Something of it was changed.
    #[error("this was tampered with")]
    Tampered,
}

impl Keyring {
    /// An empty one.
    #[must_use]
    pub fn new(root: Root) -> Self {
        Self { root, known: HashMap::new() }
    }

    /// Takes a hello that participant `pid` is said to have sent; `now` is this device's clock in milliseconds
    /// since 1970.
    ///
    /// # Errors
    /// [`HelloError`].
    pub fn hear(&mut self, pid: &str, hello: &[u8], now: u64) -> Result<Heard, HelloError> {
        let (instance, sealed) = split(hello).ok_or(HelloError::Malformed)?;
        let root = self.root.clone();
        let sender = Sender::new(&root, pid, instance);
        let keys = sender.keys(Stream::Hello);
        let header = SframeHeader::deserialize(sealed).map_err(|_| HelloError::Malformed)?;
        let plain = decrypt(&keys, &[], sealed).ok_or(HelloError::OtherKey)?;
        let hello = Hello::read(&plain).ok_or(HelloError::Malformed)?;
        if now.abs_diff(hello.time) > CLOCKS_APART {
            return Err(HelloError::Stale);
        }
        if let Some(known) = self.known.get_mut(&sender.id()) {
            if known.instance != instance || known.pid != pid {
                return Err(HelloError::Full);
            }
            if known.retired || !known.hellos.take(header.counter()) {
                return Err(HelloError::Stale);
            }
            known.time = known.time.max(hello.time);
            return Ok(Heard { name: hello.name, new: Vec::new(), retired: Vec::new() });
        }
        let newest = self.known.values().filter(|known| known.pid == pid).map(|known| known.time);
        if newest.max().is_some_and(|time| time >= hello.time) {
            return Err(HelloError::Stale);
        }
        self.make_room(now)?;
        let retired = self.retire(pid);
        let mut hellos = Window::new(0);
        hellos.take(header.counter());
        let streams: Vec<_> = Stream::ALL
            .into_iter()
            .filter(|stream| *stream != Stream::Hello)
            .map(|stream| (stream, sender.keys(stream), Window::new(hello.counter(stream))))
            .collect();
        let source = |(stream, keys, _): &(Stream, StreamKeys, Window)| Source {
            kid: keys.kid,
            pid: pid.to_owned(),
            stream: *stream,
            key: keys.key,
        };
        let new = streams.iter().map(source).collect();
        let known = Known {
            pid: pid.to_owned(),
            instance,
            time: hello.time,
            hellos,
            retired: false,
            streams,
        };
        self.known.insert(sender.id(), known);
        Ok(Heard { name: hello.name, new, retired })
    }

    /// Whose a key id is.
    #[must_use]
    pub fn source(&self, kid: u64) -> Option<Source> {
        let known = self.known.get(&(kid >> 4))?;
        let (stream, keys, _) = known.streams.iter().find(|(_, keys, _)| keys.kid == kid)?;
        Some(Source { kid, pid: known.pid.clone(), stream: *stream, key: keys.key })
    }

    /// Reads the header of something sealed of `length` bytes, which stands after `clear` ones. Of the
    /// bytes no more than the header need be in `head`.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn begin(&self, head: &[u8], clear: usize, length: usize) -> Result<Opening, Refused> {
        let rest = head.get(clear..).ok_or(Refused::Malformed)?;
        let rest = &rest[..rest.len().min(MAX_HEADER)];
        let header = SframeHeader::deserialize(rest).map_err(|_| Refused::Malformed)?;
        if length < clear + header.len() + TAG {
            return Err(Refused::Malformed);
        }
        let (kid, counter) = (header.key_id(), header.counter());
        let (_, keys, window) = self.find(kid).ok_or(Refused::UnknownKey)?;
        if !window.is_new(counter) {
            return Err(Refused::Replayed);
        }
        Ok(Opening { kid, counter, clear, header: header.len(), nonce: keys.nonce(counter) })
    }

    /// Takes note of a frame that proved genuine; false where it was opened before meanwhile, or its
    /// sender's keys were retired: then it is not to be shown.
    pub fn accept(&mut self, kid: u64, counter: u64) -> bool {
        let known = self.known.get_mut(&(kid >> 4));
        let stream = known.and_then(|k| k.streams.iter_mut().find(|(_, keys, _)| keys.kid == kid));
        stream.is_some_and(|(_, _, window)| window.take(counter))
    }

    /// Opens a frame; whose it is, and the encoded frame as it was.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn open_frame(
        &mut self,
        codec: Codec,
        sealed: &[u8],
    ) -> Result<(Source, Vec<u8>), Refused> {
        let clear = frame::clear_bytes(codec, sealed).ok_or(Refused::Malformed)?;
        let opening = self.begin(sealed, clear, sealed.len())?;
        let source = self.source(opening.kid).ok_or(Refused::UnknownKey)?;
        let (clear, rest) = sealed.split_at(clear);
        let plain = self.decrypt(&opening, &frame::metadata(codec, clear), rest)?;
        if !self.accept(opening.kid, opening.counter) {
            return Err(Refused::Replayed);
        }
        Ok((source, [clear, &plain].concat()))
    }

    pub(crate) fn decrypt(
        &self,
        opening: &Opening,
        metadata: &[u8],
        sealed: &[u8],
    ) -> Result<Vec<u8>, Refused> {
        let (_, keys, _) = self.find(opening.kid).ok_or(Refused::UnknownKey)?;
        decrypt(keys, metadata, sealed).ok_or(Refused::Tampered)
    }

    fn find(&self, kid: u64) -> Option<&(Stream, StreamKeys, Window)> {
        self.known.get(&(kid >> 4))?.streams.iter().find(|(_, keys, _)| keys.kid == kid)
    }

    /// Takes the media keys of a person's earlier instances away. What they wrote stays readable, for it
    /// may be on its way.
    fn retire(&mut self, pid: &str) -> Vec<u64> {
        let mut retired = Vec::new();
        for known in self.known.values_mut().filter(|known| known.pid == pid) {
            known.retired = true;
            known.streams.retain(|(stream, keys, _)| {
                if stream.is_media() {
                    retired.push(keys.kid);
                }
                !stream.is_media()
            });
        }
        retired
    }

    /// Forgets instances whose hellos could not be taken again anyway, where there are too many.
    fn make_room(&mut self, now: u64) -> Result<(), HelloError> {
        if self.known.len() < MOST_INSTANCES {
            return Ok(());
        }
        let old = self.known.iter().filter(|(_, known)| known.time + CLOCKS_APART < now);
        let oldest = old.min_by_key(|(_, known)| known.time).map(|(id, _)| *id);
        self.known.remove(&oldest.ok_or(HelloError::Full)?);
        Ok(())
    }
}

impl fmt::Debug for Keyring {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keyring").field("known", &self.known.len()).finish_non_exhaustive()
    }
}

fn decrypt(keys: &StreamKeys, metadata: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
    let frame = EncryptedFrameView::try_with_meta_data(sealed, metadata).ok()?;
    let key = DecryptionKey::derive_from(SUITE, keys.kid, &*keys.base).ok()?;
    let plain = frame.decrypt(&key).ok()?;
    Some(plain.payload().to_vec())
}
