//! A sender instance and its keys.

use crate::frame;
use crate::root::Root;
use crate::stream::Stream;
use hkdf::Hkdf;
use sframe::CipherSuite;
use sframe::crypto::{get_hkdf_key_expand_label, get_hkdf_salt_expand_label};
use sframe::frame::{MediaFrameView, MonotonicCounter};
use sframe::header::SframeHeader;
use sframe::key::EncryptionKey;
use sha2::Sha512;
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// AES_256_GCM_SHA512_128 of RFC 9605.
pub(crate) const SUITE: CipherSuite = CipherSuite::AesGcm256Sha512;
/// Bits of a key id that name the instance; four more name the stream. Five bytes in a frame: among
/// 1,000 instances in one life of a room two share an id with a chance of 1 in 137,000, and then the
/// later is not heard until it starts anew.
const INSTANCE_BITS: u32 = 36;
const STREAM_BITS: u32 = 4;

/// 128 random bits, drawn at every start of a worker: whatever a server does with `sid` and `pid`, a
/// reload, a second tab or another life has other keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Instance(pub [u8; 16]);

/// The counter is used up (2^40 frames): the worker has to start anew. Nothing was sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this key has sealed as much as it may: start the worker anew")]
pub struct Exhausted;

/// Frames of one key, at most: far below AES-GCM's bounds for blocks of one key, and a number that
/// JavaScript knows exactly.
const MOST: u64 = 1 << 40;

/// One sender instance: who sends, in which life of a room, since which start of the worker.
pub struct Sender<'a> {
    root: &'a Root,
    pid: &'a str,
    instance: Instance,
    /// The key id without its stream.
    id: u64,
}

impl<'a> Sender<'a> {
    /// The instance of participant `pid`.
    #[must_use]
    pub fn new(root: &'a Root, pid: &'a str, instance: Instance) -> Self {
        let mut id = [0; 8];
        root.expand(&info(b"conclave kid", root.sid(), pid, &instance).parts(), &mut id[3..]);
        let id = u64::from_be_bytes(id) >> (40 - INSTANCE_BITS);
        Self { root, pid, instance, id }
    }

    /// The sealer of a stream. Make one for each stream and instance, once: two would use the same key
    /// and counter.
    #[must_use]
    pub fn sealer(&self, stream: Stream) -> Sealer {
        Sealer { keys: self.keys(stream), counter: 0 }
    }

    pub(crate) fn keys(&self, stream: Stream) -> StreamKeys {
        let mut base = Zeroizing::new(vec![0; 32]);
        let purpose = [b"conclave stream ".as_slice(), &[stream.number()]].concat();
        self.root
            .expand(&info(&purpose, self.root.sid(), self.pid, &self.instance).parts(), &mut base);
        StreamKeys::new(self.id << STREAM_BITS | u64::from(stream.number()), base)
    }

    /// The key id of its streams without the stream.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }
}

impl fmt::Debug for Sender<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("instance", &self.instance).finish_non_exhaustive()
    }
}

/// The keys of one stream: the base key of RFC 9605, and what follows from it.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub(crate) struct StreamKeys {
    #[zeroize(skip)]
    pub(crate) kid: u64,
    pub(crate) base: Zeroizing<Vec<u8>>,
    pub(crate) key: [u8; 32],
    pub(crate) salt: [u8; 12],
}

impl StreamKeys {
    /// RFC 9605, section 4.4.2.
    #[allow(clippy::expect_used)] // 32 and 12 bytes; HKDF-SHA512 gives 16 kB.
    fn new(kid: u64, base: Zeroizing<Vec<u8>>) -> Self {
        let hkdf = Hkdf::<Sha512>::new(Some(&[]), &base);
        let (mut key, mut salt) = ([0; 32], [0; 12]);
        hkdf.expand(&get_hkdf_key_expand_label(kid, SUITE), &mut key)
            .and_then(|()| hkdf.expand(&get_hkdf_salt_expand_label(kid, SUITE), &mut salt))
            .expect("lengths are fixed and fit");
        Self { kid, base, key, salt }
    }

    /// RFC 9605, section 4.4.3: the counter, as long as the salt, xored with it.
    pub(crate) fn nonce(&self, counter: u64) -> [u8; 12] {
        let mut nonce = self.salt;
        for (byte, counted) in nonce[4..].iter_mut().zip(counter.to_be_bytes()) {
            *byte ^= counted;
        }
        nonce
    }
}

/// Seals one stream of one instance.
pub struct Sealer {
    pub(crate) keys: StreamKeys,
    counter: u64,
}

/// What a frame is sealed with by somebody who has AES-GCM from elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// SFrame's header: stands before the ciphertext, and begins what is authenticated.
    pub header: Vec<u8>,
    /// AES-GCM's nonce.
    pub nonce: [u8; 12],
}

impl Sealer {
    /// Its key id.
    #[must_use]
    pub fn kid(&self) -> u64 {
        self.keys.kid
    }

    /// AES-256-GCM's key, for somebody who has that from elsewhere.
    #[must_use]
    pub fn key(&self) -> &[u8; 32] {
        &self.keys.key
    }

    /// The counter of the next frame: what is below has been used.
    #[must_use]
    pub fn counter(&self) -> u64 {
        self.counter
    }

    /// Uses up the next counter.
    ///
    /// # Errors
    /// [`Exhausted`].
    pub fn begin(&mut self) -> Result<Head, Exhausted> {
        let counter = self.counter;
        if counter >= MOST {
            return Err(Exhausted);
        }
        self.counter += 1;
        let header = Vec::from(&SframeHeader::new(self.keys.kid, counter));
        Ok(Head { header, nonce: self.keys.nonce(counter) })
    }

    /// Seals an encoded frame: the clear bytes, SFrame's header, ciphertext and tag. `None` for what is no
    /// frame of this codec (see [`frame::clear_bytes`]).
    ///
    /// # Errors
    /// [`Exhausted`].
    pub fn seal_frame(
        &mut self,
        codec: frame::Codec,
        encoded: &[u8],
    ) -> Result<Option<Vec<u8>>, Exhausted> {
        let Some(clear) = frame::clear_bytes(codec, encoded) else { return Ok(None) };
        let (clear, secret) = encoded.split_at(clear);
        let sealed = self.seal(&frame::metadata(codec, clear), secret)?;
        Ok(Some([clear, &sealed].concat()))
    }

    /// Seals `plaintext`; `metadata` is authenticated and not part of the result.
    pub(crate) fn seal(&mut self, metadata: &[u8], plaintext: &[u8]) -> Result<Vec<u8>, Exhausted> {
        let mut counter = MonotonicCounter::with_start_value(self.counter, MOST);
        self.begin()?;
        let frame = MediaFrameView::try_with_meta_data(&mut counter, plaintext, metadata);
        // Only the counter could fail: the key is of the length that the suite wants.
        let sealed = EncryptionKey::derive_from(SUITE, self.keys.kid, &*self.keys.base)
            .and_then(|key| frame?.encrypt(&key))
            .map_err(|_| Exhausted)?;
        Ok(sealed.sframe_cipher_text().to_vec())
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer").field("counter", &self.counter).finish_non_exhaustive()
    }
}

/// What keys are derived from: each text with its length before it, so that no two instances share it.
struct Info<'a> {
    purpose: &'a [u8],
    sid: &'a str,
    pid: &'a str,
    lengths: [[u8; 1]; 2],
    instance: &'a [u8; 16],
}

fn info<'a>(purpose: &'a [u8], sid: &'a str, pid: &'a str, instance: &'a Instance) -> Info<'a> {
    // Both are 26 characters; what is longer than 255 nobody issues.
    let length = |text: &str| [u8::try_from(text.len()).unwrap_or(u8::MAX)];
    Info { purpose, sid, pid, lengths: [length(sid), length(pid)], instance: &instance.0 }
}

impl Info<'_> {
    fn parts(&self) -> [&[u8]; 6] {
        let [sid, pid] = &self.lengths;
        [self.purpose, sid, self.sid.as_bytes(), pid, self.pid.as_bytes(), self.instance]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER;
    use serde::Deserialize;
    use std::collections::HashSet;

    #[derive(Deserialize)]
    struct Vectors {
        header: Vec<(u64, u64, String)>,
        sframe: Vec<Vector>,
    }

    #[derive(Deserialize)]
    struct Vector {
        cipher_suite: u16,
        kid: u64,
        ctr: u64,
        base_key: String,
        sframe_key: String,
        sframe_salt: String,
        metadata: String,
        nonce: String,
        pt: String,
        ct: String,
    }

    fn hex(text: &str) -> Vec<u8> {
        HEXLOWER.decode(text.as_bytes()).unwrap()
    }

    fn published() -> Vectors {
        serde_json::from_str(include_str!("../tests/vectors/rfc9605.json")).unwrap()
    }

    #[test]
    fn headers_are_those_of_the_rfc() {
        let headers = published().header;
        assert_eq!(headers.len(), 289);
        for (kid, counter, encoded) in headers {
            let header = SframeHeader::new(kid, counter);
            assert_eq!(Vec::from(&header), hex(&encoded));
            let read = SframeHeader::deserialize(hex(&encoded)).unwrap();
            assert_eq!((read.key_id(), read.counter()), (kid, counter));
        }
    }

    #[test]
    fn keys_and_frames_are_those_of_the_rfc() {
        let of_ours = published().sframe.into_iter().find(|v| v.cipher_suite == SUITE as u16);
        let vector = of_ours.unwrap();
        let keys = StreamKeys::new(vector.kid, Zeroizing::new(hex(&vector.base_key)));
        assert_eq!(keys.key[..], hex(&vector.sframe_key));
        assert_eq!(keys.salt[..], hex(&vector.sframe_salt));
        assert_eq!(keys.nonce(vector.ctr)[..], hex(&vector.nonce));
        let mut sealer = Sealer { keys, counter: vector.ctr };
        let sealed = sealer.seal(&hex(&vector.metadata), &hex(&vector.pt)).unwrap();
        assert_eq!(sealed, hex(&vector.ct));
    }

    #[test]
    fn the_other_suite_of_the_library_is_right_too() {
        use sframe::key::DecryptionKey;
        let suites = [CipherSuite::AesGcm128Sha256, CipherSuite::AesGcm256Sha512];
        for (vector, suite) in published().sframe.into_iter().zip(suites) {
            assert_eq!(vector.cipher_suite, suite as u16);
            let key = DecryptionKey::derive_from(suite, vector.kid, hex(&vector.base_key)).unwrap();
            let (sealed, metadata) = (hex(&vector.ct), hex(&vector.metadata));
            let frame =
                sframe::frame::EncryptedFrameView::try_with_meta_data(&sealed, &metadata).unwrap();
            assert_eq!(frame.decrypt(&key).unwrap().payload(), hex(&vector.pt));
        }
    }

    #[test]
    fn every_stream_of_every_instance_has_a_key_of_its_own() {
        let root = Root::from_key(&[7; 32], "sid");
        let mut keys = HashSet::new();
        for pid in ["ada", "bob"] {
            for instance in [[1; 16], [2; 16]] {
                for stream in Stream::ALL {
                    let sealer = Sender::new(&root, pid, Instance(instance)).sealer(stream);
                    assert_eq!(sealer.kid() & 0xf, u64::from(stream.number()));
                    assert!(sealer.kid() < 1 << 40);
                    assert!(keys.insert(*sealer.key()));
                }
            }
        }
    }

    #[test]
    fn a_counter_that_is_used_up_seals_nothing() {
        let root = Root::from_key(&[7; 32], "sid");
        let mut sealer = Sender::new(&root, "ada", Instance([1; 16])).sealer(Stream::Camera);
        sealer.counter = MOST - 1;
        assert!(sealer.begin().is_ok());
        assert_eq!(sealer.begin(), Err(Exhausted));
        assert_eq!(sealer.seal(&[], b"x"), Err(Exhausted));
    }
}
