//! RSA by RFC 8017, with keys from 2048 to 4096 bits: PSS with a salt as long as the hash, as TLS 1.3
//! wants it (RFC 8446, section 4.2.3), and PKCS #1 for certificates. Only public keys are at work
//! here, so what is known of the timing of the crate's private operations (RUSTSEC-2023-0071) does
//! not matter.

use super::{Algorithm, Verify};
use ::rsa::{BoxedUint, PublicKey};
use rustls::pki_types::{AlgorithmIdentifier, alg_id};
use sha2::{Digest, Sha256, Sha384, Sha512};

const fn algorithm(signature: AlgorithmIdentifier, verify: Verify) -> Algorithm {
    Algorithm { key: alg_id::RSA_ENCRYPTION, signature, verify }
}

pub static PSS_SHA256: Algorithm = algorithm(alg_id::RSA_PSS_SHA256, |key, message, signature| {
    read(key)?.pss_verify_prehash::<Sha256>(&Sha256::digest(message), signature).ok()
});

pub static PSS_SHA384: Algorithm = algorithm(alg_id::RSA_PSS_SHA384, |key, message, signature| {
    read(key)?.pss_verify_prehash::<Sha384>(&Sha384::digest(message), signature).ok()
});

pub static PSS_SHA512: Algorithm = algorithm(alg_id::RSA_PSS_SHA512, |key, message, signature| {
    read(key)?.pss_verify_prehash::<Sha512>(&Sha512::digest(message), signature).ok()
});

pub static PKCS1_SHA256: Algorithm =
    algorithm(alg_id::RSA_PKCS1_SHA256, |key, message, signature| {
        read(key)?.pkcs1v15_verify_prehash::<Sha256>(&Sha256::digest(message), signature).ok()
    });

pub static PKCS1_SHA384: Algorithm =
    algorithm(alg_id::RSA_PKCS1_SHA384, |key, message, signature| {
        read(key)?.pkcs1v15_verify_prehash::<Sha384>(&Sha384::digest(message), signature).ok()
    });

pub static PKCS1_SHA512: Algorithm =
    algorithm(alg_id::RSA_PKCS1_SHA512, |key, message, signature| {
        read(key)?.pkcs1v15_verify_prehash::<Sha512>(&Sha512::digest(message), signature).ok()
    });

/// RFC 8017, appendix A.1.1.
fn read(key: &[u8]) -> Option<PublicKey> {
    let key = pkcs1::RsaPublicKeyRef::try_from(key).ok()?;
    let number = |bytes: &[u8]| BoxedUint::from_be_slice_vartime(bytes);
    let (n, e) = (number(key.modulus.as_bytes()), number(key.public_exponent.as_bytes()));
    PublicKey::new_with_size_limits(n, e, 2048..=4096).ok()
}
