//! Proofs of a device key: what holds for one request holds for no other. A first line names time and
//! nonce of a proof that is signed here; the rest is the request's body. What has no second line is the
//! header itself.
#![no_main]

use conclave_protocol::encoding::{base64url, from_base32_upper, from_base64url};
use conclave_protocol::nkey::{KeyKind, NatsKey};
use conclave_protocol::proof::{self, ProofError};
use libfuzzer_sys::fuzz_target;
use std::sync::LazyLock;

const NOW: u64 = 1_800_000_000;
const PATH: &str = "/v1/join";

/// An nkey is an Ed25519 key as devices have them, with another text.
static KEY: LazyLock<NatsKey> = LazyLock::new(|| NatsKey::from_random(KeyKind::User, [1; 32]));
/// Its public half, which the nkey's text has between a prefix and a checksum.
static PUBLIC: LazyLock<String> = LazyLock::new(|| {
    let bytes = from_base32_upper(&KEY.public()).expect("an nkey");
    base64url(&bytes[1..33])
});

fn verify(value: &str, body: &[u8]) -> Result<proof::Proof, ProofError> {
    proof::verify(Some(value), "POST", PATH, body, NOW)
}

fuzz_target!(|text: &str| {
    let Some((first, body)) = text.split_once('\n') else {
        assert!(verify(text, b"").is_err(), "nothing was signed");
        return;
    };
    let body = body.as_bytes();
    let (time, nonce) = first.split_once(' ').unwrap_or((first, ""));
    let signed = proof::message("POST", PATH, body, time.parse().unwrap_or(0), nonce);
    let signature = base64url(&KEY.sign(signed.as_bytes()));
    let value = format!("v1.{}.{time}.{nonce}.{signature}", *PUBLIC);
    if verify(&value, body).is_ok() {
        assert!(from_base64url(nonce).is_some_and(|nonce| nonce.len() == 16));
        assert!(time.parse::<u64>().is_ok_and(|time| time.abs_diff(NOW) < 1000));
        assert_eq!(verify(&value, &[body, b"x"].concat()), Err(ProofError::Mismatch));
        assert_eq!(verify(&value[1..], body), Err(ProofError::Malformed));
    }
});
