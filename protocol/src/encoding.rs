//! Text encodings used on the wire: base64url for keys and signatures, base32 for names on the bus.

use base32ct::{Base32Unpadded, Base32UpperUnpadded, Encoding};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

/// Encodes as base64url without padding (RFC 4648, section 5).
#[must_use]
pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Decodes base64url without padding; `None` where the text is anything else.
#[must_use]
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Encodes as lower-case base32 without padding (RFC 4648, section 6): the alphabet that survives
/// NATS tags, which are lower-cased by the server.
#[must_use]
pub fn base32_lower(bytes: &[u8]) -> String {
    Base32Unpadded::encode_string(bytes)
}

/// Encodes as upper-case base32 without padding, as NATS writes its keys.
#[must_use]
pub fn base32_upper(bytes: &[u8]) -> String {
    Base32UpperUnpadded::encode_string(bytes)
}

/// Decodes upper-case base32 without padding; `None` for any text that is not what the bytes encode to,
/// so that a key has one text.
#[must_use]
pub fn from_base32_upper(text: &str) -> Option<Vec<u8>> {
    let bytes = Base32UpperUnpadded::decode_vec(text).ok()?;
    (base32_upper(&bytes) == text).then_some(bytes)
}

/// Encodes as lower-case hexadecimal.
#[must_use]
pub fn hex(bytes: &[u8]) -> String {
    base16ct::lower::encode_string(bytes)
}

/// Decodes lower-case hexadecimal.
#[must_use]
pub fn from_hex(text: &str) -> Option<Vec<u8>> {
    base16ct::lower::decode_vec(text).ok()
}

/// SHA-256 of `bytes`.
#[must_use]
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// HMAC-SHA256 (RFC 2104) over the concatenation of `parts`, each preceded by its length, so that
/// no two different lists of parts give the same input.
#[must_use]
pub fn keyed_hash(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    let mut mac = mac(key);
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// HMAC-SHA256 over exactly `body`: what an application signs its requests with.
#[must_use]
pub fn body_signature(key: &[u8], body: &[u8]) -> [u8; 32] {
    let mut mac = mac(key);
    mac.update(body);
    mac.finalize().into_bytes().into()
}

/// Verifies a [`body_signature`] in constant time.
#[must_use]
pub fn verify_body_signature(key: &[u8], body: &[u8], signature: &[u8]) -> bool {
    let mut mac = mac(key);
    mac.update(body);
    mac.verify_slice(signature).is_ok()
}

#[allow(clippy::expect_used)] // HMAC takes a key of any length; the error cannot occur.
fn mac(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC accepts keys of every length")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_of_parts_do_not_collide() {
        assert_ne!(keyed_hash(b"k", &[b"ab", b"c"]), keyed_hash(b"k", &[b"a", b"bc"]));
    }

    #[test]
    fn base32_matches_rfc_4648_and_a_text_is_one_value() {
        for (bytes, text) in
            [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foob", "MZXW6YQ"), ("foobar", "MZXW6YTBOI")]
        {
            assert_eq!(base32_upper(bytes.as_bytes()), text);
            assert_eq!(base32_lower(bytes.as_bytes()), text.to_lowercase());
            assert_eq!(from_base32_upper(text).unwrap(), bytes.as_bytes());
        }
        for bad in ["my", "MZ", "M", "MY======", "M1", "MZXW6YTBOJ", "\u{e9}\u{e9}"] {
            assert_eq!(from_base32_upper(bad), None, "{bad}");
        }
        assert_eq!(from_hex("00ff"), Some(vec![0, 255]));
        for bad in ["0", "00FF", "0g"] {
            assert_eq!(from_hex(bad), None, "{bad}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_length_returns(bytes: Vec<u8>) {
            assert_eq!(from_base32_upper(&base32_upper(&bytes)).unwrap(), bytes);
            assert_eq!(from_hex(&hex(&bytes)).unwrap(), bytes);
        }
    }

    #[test]
    fn body_signature_matches_rfc_4231_case_2() {
        let mac = body_signature(b"Jefe", b"what do ya want for nothing?");
        assert_eq!(hex(&mac), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
        assert!(verify_body_signature(b"Jefe", b"what do ya want for nothing?", &mac));
        assert!(!verify_body_signature(b"Jefe", b"what do ya want", &mac));
    }
}
