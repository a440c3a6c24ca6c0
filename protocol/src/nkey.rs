//! NATS's text form of Ed25519 keys ("nkeys"): a prefix byte, the key, and a CRC-16 in base32.
//!
//! Layout as in the nkeys specification of nats-io; checked here against keys that nats-server
//! accepts. The common crate for it draws its own randomness and does not compile to every target.

use crate::encoding::{base32_upper, from_base32_upper};
use ed25519_dalek::{Signer, SigningKey};
use std::fmt;

/// What an nkey stands for; the value is its prefix byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum KeyKind {
    /// Signs accounts. Text begins with `O`.
    Operator = 14 << 3,
    /// Signs users. Text begins with `A`.
    Account = 0,
    /// Authenticates a connection. Text begins with `U`.
    User = 20 << 3,
}

const SEED_PREFIX: u8 = 18 << 3;

/// A key pair with its kind. `Debug` shows the public half only.
#[derive(Clone)]
pub struct NatsKey {
    kind: KeyKind,
    signing: SigningKey,
}

impl NatsKey {
    /// Makes a key pair from 32 fresh random bytes.
    #[must_use]
    pub fn from_random(kind: KeyKind, bytes: [u8; 32]) -> Self {
        Self { kind, signing: SigningKey::from_bytes(&bytes) }
    }

    /// Reads a seed (`S…`, 58 characters); `None` where it is not one.
    #[must_use]
    pub fn from_seed(text: &str) -> Option<Self> {
        let raw = checked(text)?;
        if raw.len() != 34 || raw[0] & 0xf8 != SEED_PREFIX {
            return None;
        }
        let kind = match ((raw[0] & 7) << 5) | (raw[1] >> 3) {
            k if k == KeyKind::Operator as u8 => KeyKind::Operator,
            k if k == KeyKind::Account as u8 => KeyKind::Account,
            k if k == KeyKind::User as u8 => KeyKind::User,
            _ => return None,
        };
        let bytes: [u8; 32] = raw[2..].try_into().ok()?;
        Some(Self::from_random(kind, bytes))
    }

    /// The secret seed as text.
    #[must_use]
    pub fn seed(&self) -> String {
        let kind = self.kind as u8;
        let mut raw = vec![SEED_PREFIX | (kind >> 5), (kind & 31) << 3];
        raw.extend_from_slice(self.signing.as_bytes());
        with_checksum(raw)
    }

    /// The public key as text, 56 characters.
    #[must_use]
    pub fn public(&self) -> String {
        let mut raw = vec![self.kind as u8];
        raw.extend_from_slice(self.signing.verifying_key().as_bytes());
        with_checksum(raw)
    }

    /// Signs with Ed25519 (RFC 8032).
    #[must_use]
    pub fn sign(&self, message: &[u8]) -> [u8; 64] {
        self.signing.sign(message).to_bytes()
    }
}

impl fmt::Debug for NatsKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NatsKey({})", self.public())
    }
}

/// True where `text` is a well-formed public key of the given kind.
#[must_use]
pub fn is_public(text: &str, kind: KeyKind) -> bool {
    text.len() == 56 && checked(text).is_some_and(|raw| raw.len() == 33 && raw[0] == kind as u8)
}

fn with_checksum(mut raw: Vec<u8>) -> String {
    let crc = crc16(&raw);
    raw.extend_from_slice(&crc.to_le_bytes());
    base32_upper(&raw)
}

fn checked(text: &str) -> Option<Vec<u8>> {
    let mut raw = from_base32_upper(text)?;
    let body = raw.len().checked_sub(2)?;
    let crc = u16::from_le_bytes([raw[body], raw[body + 1]]);
    raw.truncate(body);
    (crc16(&raw) == crc).then_some(raw)
}

/// CRC-16/XMODEM: polynomial 0x1021, start 0.
fn crc16(bytes: &[u8]) -> u16 {
    bytes.iter().fold(0, |crc, byte| {
        (0..8).fold(crc ^ (u16::from(*byte) << 8), |crc, _| {
            if crc & 0x8000 == 0 { crc << 1 } else { (crc << 1) ^ 0x1021 }
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc_check_value() {
        assert_eq!(crc16(b"123456789"), 0x31c3);
    }

    #[test]
    fn seeds_return_and_prefixes_read_as_nats_writes_them() {
        for (kind, letter, seed) in [
            (KeyKind::Operator, 'O', "SO"),
            (KeyKind::Account, 'A', "SA"),
            (KeyKind::User, 'U', "SU"),
        ] {
            let key = NatsKey::from_random(kind, [7; 32]);
            assert!(key.public().starts_with(letter));
            assert_eq!(key.public().len(), 56);
            assert!(key.seed().starts_with(seed));
            assert_eq!(key.seed().len(), 58);
            assert_eq!(NatsKey::from_seed(&key.seed()).unwrap().public(), key.public());
            assert!(is_public(&key.public(), kind));
        }
    }

    #[test]
    fn damaged_keys_are_refused() {
        let key = NatsKey::from_random(KeyKind::User, [9; 32]).public();
        let mut other = key.clone().into_bytes();
        other[20] = if other[20] == b'A' { b'B' } else { b'A' };
        assert!(!is_public(&String::from_utf8(other).unwrap(), KeyKind::User));
        assert!(!is_public(&key, KeyKind::Account));
        assert!(!is_public("", KeyKind::User));
        assert!(NatsKey::from_seed("SU").is_none());
    }

    #[test]
    fn debug_keeps_the_seed() {
        let key = NatsKey::from_random(KeyKind::User, [9; 32]);
        assert!(!format!("{key:?}").contains(&key.seed()));
    }
}
