use super::*;
use proptest::prelude::*;
use rcgen::{KeyPair, PublicKeyData, RsaKeySize};
use rustls::crypto::aws_lc_rs::sign::any_supported_type;
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::sign::SigningKey;
use std::sync::{Arc, LazyLock};

/// A key, its public half, and another of its kind.
struct Key {
    public: Vec<u8>,
    other: Vec<u8>,
    signing: Arc<dyn SigningKey>,
}

impl Key {
    fn new(generate: impl Fn() -> KeyPair) -> Self {
        let (pair, other) = (generate(), generate());
        let der = PrivatePkcs8KeyDer::from(pair.serialize_der());
        Self {
            public: pair.der_bytes().to_vec(),
            other: other.der_bytes().to_vec(),
            signing: any_supported_type(&der.into()).unwrap(),
        }
    }

    fn rsa(size: RsaKeySize) -> Self {
        Self::new(|| KeyPair::generate_rsa_for(&rcgen::PKCS_RSA_SHA256, size).unwrap())
    }

    fn sign(&self, scheme: SignatureScheme) -> Vec<u8> {
        self.signing.choose_scheme(&[scheme]).unwrap().sign(MESSAGE).unwrap()
    }
}

const MESSAGE: &[u8] = b"a message";

static P256: LazyLock<Key> =
    LazyLock::new(|| Key::new(|| KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap()));
static P384: LazyLock<Key> =
    LazyLock::new(|| Key::new(|| KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap()));
static ED25519: LazyLock<Key> =
    LazyLock::new(|| Key::new(|| KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap()));
static RSA: LazyLock<[Key; 3]> =
    LazyLock::new(|| [RsaKeySize::_2048, RsaKeySize::_3072, RsaKeySize::_4096].map(Key::rsa));

fn accepts(algorithm: &Algorithm, key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    algorithm.verify_signature(key, message, signature).is_ok()
}

fn check(scheme: SignatureScheme, key: &Key) {
    let algorithms = ALGORITHMS.mapping.iter().find(|(known, _)| *known == scheme).unwrap().1;
    // In TLS 1.3 the first is asked.
    let algorithm = algorithms[0];
    let signature = key.sign(scheme);
    let accepts = |key: &[u8], message: &[u8], signature: &[u8]| {
        algorithm.verify_signature(key, message, signature).is_ok()
    };
    assert!(accepts(&key.public, MESSAGE, &signature), "{scheme:?}");
    assert!(!accepts(&key.other, MESSAGE, &signature), "{scheme:?}");
    assert!(!accepts(&key.public, b"another message", &signature), "{scheme:?}");
    assert!(!accepts(&key.public, MESSAGE, b""), "{scheme:?}");
    for at in 0..signature.len() {
        assert!(!accepts(&key.public, MESSAGE, &signature[..at]), "{scheme:?}");
        let mut touched = signature.clone();
        touched[at] ^= 1 << (at % 8);
        assert!(!accepts(&key.public, MESSAGE, &touched), "{scheme:?}: byte {at}");
    }
    let longer = [&signature[..], &[0]].concat();
    assert!(!accepts(&key.public, MESSAGE, &longer), "{scheme:?}");
    let longer = [&key.public[..], &[0]].concat();
    assert!(!accepts(&longer, MESSAGE, &signature), "{scheme:?}");
    for (other, algorithms) in ALGORITHMS.mapping.iter().filter(|(other, _)| *other != scheme) {
        let fits = algorithms[0].verify_signature(&key.public, MESSAGE, &signature).is_ok();
        assert!(!fits, "{scheme:?} as {other:?}");
    }
}

#[test]
fn ecdsa_and_ed25519_signatures_of_another_implementation() {
    check(SignatureScheme::ECDSA_NISTP256_SHA256, &P256);
    check(SignatureScheme::ECDSA_NISTP384_SHA384, &P384);
    check(SignatureScheme::ED25519, &ED25519);
}

#[test]
fn rsa_signatures_of_another_implementation() {
    let schemes = [
        SignatureScheme::RSA_PSS_SHA256,
        SignatureScheme::RSA_PSS_SHA384,
        SignatureScheme::RSA_PSS_SHA512,
        SignatureScheme::RSA_PKCS1_SHA256,
        SignatureScheme::RSA_PKCS1_SHA384,
        SignatureScheme::RSA_PKCS1_SHA512,
    ];
    for (scheme, key) in schemes.into_iter().zip(RSA.iter().cycle()) {
        check(scheme, key);
    }
}

/// What openssl has signed: one message.
macro_rules! openssl {
    ($algorithm:expr, $name:literal) => {{
        let key = include_bytes!(concat!("data/", $name, ".key"));
        let signature = include_bytes!(concat!("data/", $name, ".signature"));
        assert!(!accepts(&$algorithm, key, b"Conclave", signature));
        accepts(&$algorithm, key, b"conclave", signature)
    }};
}

/// What is shorter than 2048 bits or longer than 4096 is refused for it.
#[test]
fn rsa_keys_of_other_sizes_are_refused() {
    assert!(openssl!(super::rsa::PKCS1_SHA256, "rsa2048"));
    assert!(!openssl!(super::rsa::PKCS1_SHA256, "rsa1024"));
    assert!(!openssl!(super::rsa::PKCS1_SHA256, "rsa5120"));
}

#[test]
fn a_curve_goes_with_the_other_hash_too() {
    assert!(openssl!(ecdsa::P256_SHA384, "p256sha384"));
    assert!(openssl!(ecdsa::P384_SHA256, "p384sha256"));
    assert!(!openssl!(ecdsa::P256_SHA256, "p256sha384"));
    assert!(!openssl!(ecdsa::P384_SHA384, "p384sha256"));
}

#[test]
fn compressed_points_and_points_beside_the_curve_are_refused() {
    let signature = P256.sign(SignatureScheme::ECDSA_NISTP256_SHA256);
    let (x, y) = P256.public[1..].split_at(32);
    for first in [2, 3] {
        let compressed = [&[first], x].concat();
        assert!(!accepts(&ecdsa::P256_SHA256, &compressed, MESSAGE, &signature));
    }
    let (mut beside, infinity) = ([&[4], x, y].concat(), vec![0]);
    assert!(accepts(&ecdsa::P256_SHA256, &beside, MESSAGE, &signature));
    beside[64] ^= 1;
    assert!(!accepts(&ecdsa::P256_SHA256, &beside, MESSAGE, &signature));
    assert!(!accepts(&ecdsa::P256_SHA256, &infinity, MESSAGE, &signature));
    assert!(!accepts(&ecdsa::P256_SHA256, &[4; 65], MESSAGE, &signature));
}

/// A key of small order, for which this signature fits every message where one is lenient.
#[test]
fn an_ed25519_key_of_small_order_is_refused() {
    let (mut key, mut signature) = ([0; 32], [0; 64]);
    (key[0], signature[0]) = (1, 1);
    assert!(!accepts(&super::ed25519::ED25519, &key, MESSAGE, &signature));
}

proptest! {
    #[test]
    fn nothing_panics(
        key in prop::collection::vec(any::<u8>(), 0..600),
        signature in prop::collection::vec(any::<u8>(), 0..600),
    ) {
        for known in ALGORITHMS.all {
            prop_assert!(known.verify_signature(&key, MESSAGE, &signature).is_err());
        }
    }

    /// Numbers of any kind in a key that reads: even, small, zero.
    #[test]
    fn no_rsa_key_panics(
        n in prop::collection::vec(any::<u8>(), 255..257),
        e in prop::collection::vec(any::<u8>(), 1..6),
        signature in prop::collection::vec(any::<u8>(), 254..259),
    ) {
        let number = |bytes: &[u8]| {
            let length = u16::try_from(bytes.len()).unwrap().to_be_bytes();
            [&[2, 0x82][..], &length, bytes].concat()
        };
        let mut e_der = vec![2, u8::try_from(e.len()).unwrap()];
        e_der.extend(&e);
        let body = [number(&[&[0][..], &n].concat()), e_der].concat();
        let length = u16::try_from(body.len()).unwrap().to_be_bytes();
        let key = [&[0x30, 0x82][..], &length, &body].concat();
        for known in ALGORITHMS.all {
            prop_assert!(known.verify_signature(&key, MESSAGE, &signature).is_err());
        }
    }
}
