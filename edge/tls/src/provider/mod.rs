//! The cryptography that rustls is given: one way to do each thing, since the component that carries
//! it is small. RFC 8446, section 9.1, asks of everyone for AES-128-GCM and P-256 instead of, or next
//! to, what is here. Go's TLS, which is nats-server's, has always both; only where it is bound to FIPS
//! 140 are they missing, and there is no talking to it then.

mod cipher;
mod exchange;
mod hash;
mod verify;

use rustls::crypto::tls13::HkdfUsingHmac;
use rustls::crypto::{
    CipherSuiteCommon, CryptoProvider, GetRandomFailed, KeyProvider, SecureRandom,
};
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::SigningKey;
use rustls::{CipherSuite, Error, SupportedCipherSuite, Tls13CipherSuite};
use std::sync::Arc;

pub fn new() -> CryptoProvider {
    CryptoProvider {
        cipher_suites: vec![SupportedCipherSuite::Tls13(&CHACHA20_POLY1305_SHA256)],
        kx_groups: vec![&exchange::X25519],
        signature_verification_algorithms: verify::ALGORITHMS,
        secure_random: &Platform,
        key_provider: &Platform,
    }
}

static CHACHA20_POLY1305_SHA256: Tls13CipherSuite = Tls13CipherSuite {
    common: CipherSuiteCommon {
        suite: CipherSuite::TLS13_CHACHA20_POLY1305_SHA256,
        hash_provider: &hash::Sha256,
        // RFC 8446, section 5.5: the sequence number would be over first.
        confidentiality_limit: u64::MAX,
    },
    hkdf_provider: &HkdfUsingHmac(&hash::HmacSha256),
    aead_alg: &cipher::ChaCha20Poly1305,
    quic: None,
};

#[derive(Debug)]
struct Platform;

impl SecureRandom for Platform {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), GetRandomFailed> {
        getrandom::fill(bytes).map_err(|_| GetRandomFailed)
    }
}

impl KeyProvider for Platform {
    /// An edge shows no certificate: it is known to the bus by its NATS credential.
    fn load_private_key(&self, _: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, Error> {
        Err(Error::General("no private keys".into()))
    }
}

#[cfg(test)]
fn hex(text: &str) -> Vec<u8> {
    let digits = text.as_bytes().chunks(2);
    digits.map(|two| u8::from_str_radix(std::str::from_utf8(two).unwrap(), 16).unwrap()).collect()
}
