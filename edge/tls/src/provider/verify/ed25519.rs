//! Ed25519 (RFC 8032, RFC 8410).

use super::Algorithm;
use ed25519_dalek::{Signature, VerifyingKey};
use rustls::pki_types::alg_id;

pub static ED25519: Algorithm =
    Algorithm { key: alg_id::ED25519, signature: alg_id::ED25519, verify };

/// Strictly: a key of small order, which many signatures fit, is nobody's.
fn verify(key: &[u8], message: &[u8], signature: &[u8]) -> Option<()> {
    let key = VerifyingKey::from_bytes(key.try_into().ok()?).ok()?;
    let signature = Signature::from_slice(signature).ok()?;
    key.verify_strict(message, &signature).ok()
}
