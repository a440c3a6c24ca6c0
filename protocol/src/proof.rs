//! Proof that a request comes from the holder of a device key: an Ed25519 signature over method,
//! path, body, time and nonce, in the header `Conclave-Proof`. The idea is that of DPoP (RFC 9449);
//! the form is shorter and covers the body.

use crate::encoding::{base64url, from_base64url, hex, sha256};
use crate::jwt::verify_ed25519;
use crate::limits::PROOF_WINDOW_SECONDS;
use ed25519_dalek::VerifyingKey;
use std::fmt;

/// The header's name.
pub const HEADER: &str = "conclave-proof";

/// A public Ed25519 key that a browser keeps unextractable. Opaque, but it follows a person from
/// room to room: `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct DeviceKey([u8; 32]);

impl DeviceKey {
    /// Reads base64url of 32 bytes that are a point of the curve.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes: [u8; 32] = from_base64url(text)?.try_into().ok()?;
        let key = VerifyingKey::from_bytes(&bytes).ok()?;
        (!key.is_weak()).then_some(Self(bytes))
    }

    /// The raw key.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Base64url.
    #[must_use]
    pub fn to_text(&self) -> String {
        base64url(&self.0)
    }
}

impl fmt::Debug for DeviceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("DeviceKey(…)")
    }
}

/// Why a proof was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Missing or not of the form `v1.<key>.<seconds>.<nonce>.<signature>`.
    #[error("the proof of the device key is missing or malformed")]
    Malformed,
    /// The signature does not cover this request.
    #[error("the proof of the device key does not match this request")]
    Mismatch,
    /// Its time is too far from the edge's.
    #[error("the proof's time is off: set this device's clock")]
    Stale,
}

/// A verified proof.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Who signed.
    pub key: DeviceKey,
    /// 128 random bits in base64url, for refusing replays.
    pub nonce: String,
}

/// The text that is signed.
#[must_use]
pub fn message(method: &str, path: &str, body: &[u8], time: u64, nonce: &str) -> String {
    format!("conclave-proof-v1\n{method}\n{path}\n{}\n{time}\n{nonce}", hex(&sha256(body)))
}

/// Verifies the header `value` against the request, at `now` seconds since 1970.
///
/// # Errors
/// [`ProofError`].
pub fn verify(
    value: Option<&str>,
    method: &str,
    path: &str,
    body: &[u8],
    now: u64,
) -> Result<Proof, ProofError> {
    let parts: Vec<&str> = value.unwrap_or_default().split('.').collect();
    let ["v1", key, time, nonce, signature] = parts.as_slice() else {
        return Err(ProofError::Malformed);
    };
    let key = DeviceKey::parse(key).ok_or(ProofError::Malformed)?;
    let time: u64 = time.parse().map_err(|_| ProofError::Malformed)?;
    if from_base64url(nonce).is_none_or(|n| n.len() != 16) {
        return Err(ProofError::Malformed);
    }
    let signature = from_base64url(signature).ok_or(ProofError::Malformed)?;
    let verifying = VerifyingKey::from_bytes(&key.0).map_err(|_| ProofError::Malformed)?;
    let text = message(method, path, body, time, nonce);
    if !verify_ed25519(&verifying, text.as_bytes(), &signature) {
        return Err(ProofError::Mismatch);
    }
    if now.abs_diff(time) > PROOF_WINDOW_SECONDS {
        return Err(ProofError::Stale);
    }
    Ok(Proof { key, nonce: (*nonce).to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use ed25519_dalek::{Signer, SigningKey};

    fn header(body: &[u8], time: u64) -> String {
        let key = SigningKey::from_bytes(&[5; 32]);
        let nonce = base64url(&[1; 16]);
        let signature = key.sign(message("POST", "/v1/join", body, time, &nonce).as_bytes());
        format!(
            "v1.{}.{time}.{nonce}.{}",
            base64url(key.verifying_key().as_bytes()),
            base64url(&signature.to_bytes())
        )
    }

    #[test]
    fn covers_method_path_body_and_time() {
        let value = header(b"{}", 1000);
        let check = |m, p, b: &[u8], now| verify(Some(&value), m, p, b, now);
        assert!(check("POST", "/v1/join", b"{}", 1000).is_ok());
        assert_eq!(check("GET", "/v1/join", b"{}", 1000), Err(ProofError::Mismatch));
        assert_eq!(check("POST", "/v1/renew", b"{}", 1000), Err(ProofError::Mismatch));
        assert_eq!(check("POST", "/v1/join", b"{ }", 1000), Err(ProofError::Mismatch));
        assert_eq!(check("POST", "/v1/join", b"{}", 1061), Err(ProofError::Stale));
        assert_eq!(check("POST", "/v1/join", b"{}", 939), Err(ProofError::Stale));
    }

    #[test]
    fn a_missing_proof_is_malformed() {
        assert_eq!(verify(None, "POST", "/", b"", 0), Err(ProofError::Malformed));
    }

    proptest::proptest! {
        #[test]
        fn no_header_panics(value in ".{0,300}") {
            proptest::prop_assert!(verify(Some(&value), "POST", "/", b"", 0).is_err());
        }
    }
}
