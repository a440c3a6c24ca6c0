//! The secret of one life of a room.

use argon2::{Algorithm, Argon2, Params, Version};
use hkdf::Hkdf;
use sha2::Sha512;
use std::fmt;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Memory of Argon2id in KiB: 64 MiB, the first recommendation of RFC 9106 (section 4) for machines
/// with little memory.
const MEMORY_KIB: u32 = 64 * 1024;
/// Passes over it, from the same recommendation.
const PASSES: u32 = 3;
/// One lane: a browser's worker has one thread.
const LANES: u32 = 1;
/// Begins the salt of the root: another version of this construction shares no key with this one.
const VERSION: &str = "conclave e2ee v1 ";
/// Words that people compare; each is one of 2048.
pub(crate) const CHECK_WORDS: usize = 6;

/// The secret of one life of a room: HKDF's pseudorandom key (RFC 5869), from which all others come.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Root {
    prk: [u8; 64],
    #[zeroize(skip)]
    sid: String,
}

/// A passphrase or salt with which Argon2id cannot work: longer than 4 GiB, or a salt below 8 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the passphrase or the room's salt has no usable length")]
pub struct PassphraseError;

impl Root {
    /// From the 256-bit key of a link, for the life `sid` of its room.
    #[must_use]
    pub fn from_key(key: &[u8; 32], sid: &str) -> Self {
        Self::extract(key, sid)
    }

    /// From a passphrase that people type; takes 64 MiB and some hundred milliseconds. `passphrase` is UTF-8
    /// in normal form NFKC without white space at its ends, which the caller sees to; `salt` is the
    /// room's.
    ///
    /// # Errors
    /// [`PassphraseError`].
    pub fn from_passphrase(
        passphrase: &str,
        sid: &str,
        salt: &str,
    ) -> Result<Self, PassphraseError> {
        let salt = [sid.as_bytes(), &[0], salt.as_bytes()].concat();
        let key = stretch(passphrase.as_bytes(), &salt)?;
        Ok(Self::extract(&*key, sid))
    }

    /// As [`Root::secret`] gave it.
    #[must_use]
    pub fn from_secret(secret: [u8; 64], sid: &str) -> Self {
        Self { prk: secret, sid: sid.to_owned() }
    }

    /// The secret itself, for the device to keep over a reload.
    #[must_use]
    pub fn secret(&self) -> &[u8; 64] {
        &self.prk
    }

    /// The life of the room that this is for.
    #[must_use]
    pub fn sid(&self) -> &str {
        &self.sid
    }

    /// Six numbers below 2048, the same for all who hold the same secret: as words, for people to compare. They are
    /// stretched by Argon2id, since whoever makes links could otherwise look for two keys with the same
    /// words: that takes 2^33 rounds of it.
    ///
    /// # Errors
    /// [`PassphraseError`], where the sid is empty.
    pub fn check(&self) -> Result<[u16; CHECK_WORDS], PassphraseError> {
        let mut seed = Zeroizing::new([0; 32]);
        self.expand(&[b"conclave check"], &mut *seed);
        let salt = ["conclave check ", &self.sid].concat();
        let bits = stretch(&*seed, salt.as_bytes())?;
        // 66 bits of it, eleven at a time.
        let mut pool = [0; 16];
        pool[7..].copy_from_slice(&bits[..9]);
        let pool = u128::from_be_bytes(pool);
        Ok(std::array::from_fn(|word| ((pool >> (72 - 11 * (word + 1))) & 0x7ff) as u16))
    }

    /// HKDF-Expand with the parts of `info` one after another.
    #[allow(clippy::expect_used)] // At most 64 bytes are asked for; HKDF-SHA512 gives 16 kB.
    pub(crate) fn expand(&self, info: &[&[u8]], out: &mut [u8]) {
        Hkdf::<Sha512>::from_prk(&self.prk)
            .and_then(|hkdf| hkdf.expand_multi_info(info, out).map_err(|_| hkdf::InvalidPrkLength))
            .expect("lengths are fixed and fit");
    }

    fn extract(key: &[u8], sid: &str) -> Self {
        let (prk, _) = Hkdf::<Sha512>::extract(Some([VERSION, sid].concat().as_bytes()), key);
        Self { prk: prk.into(), sid: sid.to_owned() }
    }
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Root(…)")
    }
}

fn stretch(secret: &[u8], salt: &[u8]) -> Result<Zeroizing<[u8; 32]>, PassphraseError> {
    let mut key = Zeroizing::new([0; 32]);
    Params::new(MEMORY_KIB, PASSES, LANES, Some(key.len()))
        .and_then(|params| {
            Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
                .hash_password_into(secret, salt, &mut *key)
        })
        .map_err(|_| PassphraseError)?;
    Ok(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_key_in_two_lives_of_a_room_gives_unrelated_roots() {
        let (a, b) = (Root::from_key(&[7; 32], "a"), Root::from_key(&[7; 32], "b"));
        assert_ne!(a.secret(), b.secret());
        assert_ne!(Root::from_key(&[8; 32], "a").secret(), a.secret());
    }

    #[test]
    fn a_root_is_not_printed() {
        assert_eq!(format!("{:?}", Root::from_key(&[7; 32], "a")), "Root(…)");
    }

    #[test]
    fn what_a_device_kept_is_the_same_root() {
        let root = Root::from_key(&[7; 32], "a");
        assert_eq!(Root::from_secret(*root.secret(), "a"), root);
    }
}
