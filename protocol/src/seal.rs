//! Sealed values: what stands in a shared bucket and is for few eyes. XChaCha20-Poly1305, whose
//! nonces are long enough to be drawn at random (draft-irtf-cfrg-xchacha-03).

use crate::encoding::{base64url, from_base64url, keyed_hash};
use crate::redact::hidden_debug;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use serde::{Deserialize, Serialize};

/// Bytes of a nonce.
pub const NONCE: usize = 24;

/// A key for one purpose.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SealKey([u8; 32]);

impl SealKey {
    /// Derived from a `secret`; `parts` say what for.
    #[must_use]
    pub fn derive(secret: &[u8; 32], parts: &[&[u8]]) -> Self {
        let mut all: Vec<&[u8]> = vec![b"seal"];
        all.extend_from_slice(parts);
        Self(keyed_hash(secret, &all))
    }

    /// Seals `plain`; `nonce` is drawn fresh each time, and `about` must be the same at opening.
    ///
    /// # Errors
    /// Never for texts that fit into memory; kept because the cipher bounds its input.
    pub fn seal(&self, nonce: [u8; NONCE], about: &[u8], plain: &[u8]) -> Result<Sealed, Broken> {
        let payload = Payload { msg: plain, aad: about };
        let sealed = self.cipher().encrypt(&XNonce::from(nonce), payload).map_err(|_| Broken)?;
        Ok(Sealed([nonce.as_slice(), &sealed].concat()))
    }

    /// Opens what was sealed with this key about the same thing.
    ///
    /// # Errors
    /// [`Broken`] where it was sealed with another key, about something else, or was changed.
    pub fn open(&self, about: &[u8], sealed: &Sealed) -> Result<Vec<u8>, Broken> {
        let (nonce, sealed) = sealed.0.split_at_checked(NONCE).ok_or(Broken)?;
        let nonce: [u8; NONCE] = nonce.try_into().map_err(|_| Broken)?;
        let payload = Payload { msg: sealed, aad: about };
        self.cipher().decrypt(&XNonce::from(nonce), payload).map_err(|_| Broken)
    }

    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&self.0.into())
    }
}

impl TryFrom<String> for SealKey {
    type Error = Broken;
    fn try_from(text: String) -> Result<Self, Broken> {
        let bytes = from_base64url(&text).and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or(Broken)
    }
}

impl From<SealKey> for String {
    fn from(key: SealKey) -> Self {
        base64url(&key.0)
    }
}

/// A sealed value: nonce and ciphertext, in base64url where it is written as text.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// As bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Takes bytes as they were written.
    #[must_use]
    pub fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }
}

impl TryFrom<String> for Sealed {
    type Error = Broken;
    fn try_from(text: String) -> Result<Self, Broken> {
        from_base64url(&text).map(Self).ok_or(Broken)
    }
}

impl From<Sealed> for String {
    fn from(sealed: Sealed) -> Self {
        base64url(&sealed.0)
    }
}

/// Not sealed with this key about this, or changed since.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a sealed value does not open")]
pub struct Broken;

hidden_debug!(SealKey, Sealed);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_with_its_key_about_its_thing_only() {
        let key = SealKey::derive(&[1; 32], &[b"title"]);
        let sealed = key.seal([9; NONCE], b"room", b"Board").unwrap();
        assert_eq!(key.open(b"room", &sealed).unwrap(), b"Board");
        assert!(key.open(b"other", &sealed).is_err());
        assert!(SealKey::derive(&[1; 32], &[b"state"]).open(b"room", &sealed).is_err());
        let mut changed = sealed.as_bytes().to_vec();
        changed[NONCE] ^= 1;
        assert!(key.open(b"room", &Sealed::from_bytes(changed)).is_err());
        let text = serde_json::to_string(&sealed).unwrap();
        assert_eq!(serde_json::from_str::<Sealed>(&text).unwrap(), sealed);
        assert_eq!(format!("{key:?}{sealed:?}"), "SealKey(…)Sealed(…)");
    }

    proptest::proptest! {
        #[test]
        fn nothing_foreign_opens(bytes: Vec<u8>) {
            let key = SealKey::derive(&[1; 32], &[b"title"]);
            proptest::prop_assert!(key.open(b"", &Sealed::from_bytes(bytes)).is_err());
        }
    }
}
