//! ECDSA on P-256 and P-384 (FIPS 186-5, RFC 5480), with either hash on either curve, as authorities
//! mix them.

use super::Algorithm;
use p256::ecdsa::signature::hazmat::PrehashVerifier;
use p256::elliptic_curve::point::AffineCoordinates;
use rustls::pki_types::alg_id;
use sha2::{Digest, Sha256, Sha384};

pub static P256_SHA256: Algorithm = Algorithm {
    key: alg_id::ECDSA_P256,
    signature: alg_id::ECDSA_SHA256,
    verify: |key, message, signature| p256(key, &Sha256::digest(message), signature),
};

pub static P256_SHA384: Algorithm = Algorithm {
    key: alg_id::ECDSA_P256,
    signature: alg_id::ECDSA_SHA384,
    verify: |key, message, signature| p256(key, &Sha384::digest(message), signature),
};

pub static P384_SHA256: Algorithm = Algorithm {
    key: alg_id::ECDSA_P384,
    signature: alg_id::ECDSA_SHA256,
    verify: |key, message, signature| p384(key, &Sha256::digest(message), signature),
};

pub static P384_SHA384: Algorithm = Algorithm {
    key: alg_id::ECDSA_P384,
    signature: alg_id::ECDSA_SHA384,
    verify: |key, message, signature| p384(key, &Sha384::digest(message), signature),
};

fn p256(key: &[u8], hash: &[u8], signature: &[u8]) -> Option<()> {
    let (x, y) = coordinates(key)?;
    let point = p256::AffinePoint::from_coordinates(x.into(), y.into()).into_option()?;
    let key = p256::ecdsa::VerifyingKey::from_affine(point).ok()?;
    let signature = p256::ecdsa::Signature::from_der(signature).ok()?;
    key.verify_prehash(hash, &signature).ok()
}

fn p384(key: &[u8], hash: &[u8], signature: &[u8]) -> Option<()> {
    let (x, y) = coordinates(key)?;
    let point = p384::AffinePoint::from_coordinates(x.into(), y.into()).into_option()?;
    let key = p384::ecdsa::VerifyingKey::from_affine(point).ok()?;
    let signature = p384::ecdsa::Signature::from_der(signature).ok()?;
    key.verify_prehash(hash, &signature).ok()
}

/// Of a point as RFC 5480, section 2.2, wants it. A compressed one may be refused by it, and is.
fn coordinates<const N: usize>(key: &[u8]) -> Option<(&[u8; N], &[u8; N])> {
    let (x, y) = key.strip_prefix(&[4])?.split_first_chunk()?;
    Some((x, y.try_into().ok()?))
}
