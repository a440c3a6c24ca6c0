//! Signatures of certificates and of the handshake. Public authorities' chains end in RSA roots, and
//! what they issue for ECDSA keys is signed with P-384, hence all of these; P-521, which one of them
//! has, is not.

#[cfg(test)]
mod authorities;
mod ecdsa;
mod ed25519;
mod rsa;
#[cfg(test)]
mod tests;

use rustls::SignatureScheme;
use rustls::crypto::WebPkiSupportedAlgorithms;
use rustls::pki_types::{AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm};

pub const ALGORITHMS: WebPkiSupportedAlgorithms = WebPkiSupportedAlgorithms {
    all: &[
        &ecdsa::P256_SHA256,
        &ecdsa::P256_SHA384,
        &ecdsa::P384_SHA256,
        &ecdsa::P384_SHA384,
        &ed25519::ED25519,
        &rsa::PSS_SHA256,
        &rsa::PSS_SHA384,
        &rsa::PSS_SHA512,
        &rsa::PKCS1_SHA256,
        &rsa::PKCS1_SHA384,
        &rsa::PKCS1_SHA512,
    ],
    // RFC 8446, section 4.2.3: a scheme names the curve of the handshake's signature, and there
    // PKCS #1 is for certificates only; rustls sees to both by the first of each list.
    mapping: &[
        (SignatureScheme::ED25519, &[&ed25519::ED25519]),
        (SignatureScheme::ECDSA_NISTP256_SHA256, &[&ecdsa::P256_SHA256, &ecdsa::P384_SHA256]),
        (SignatureScheme::ECDSA_NISTP384_SHA384, &[&ecdsa::P384_SHA384, &ecdsa::P256_SHA384]),
        (SignatureScheme::RSA_PSS_SHA256, &[&rsa::PSS_SHA256]),
        (SignatureScheme::RSA_PSS_SHA384, &[&rsa::PSS_SHA384]),
        (SignatureScheme::RSA_PSS_SHA512, &[&rsa::PSS_SHA512]),
        (SignatureScheme::RSA_PKCS1_SHA256, &[&rsa::PKCS1_SHA256]),
        (SignatureScheme::RSA_PKCS1_SHA384, &[&rsa::PKCS1_SHA384]),
        (SignatureScheme::RSA_PKCS1_SHA512, &[&rsa::PKCS1_SHA512]),
    ],
};

/// Whether, for this key and this message, this is the signature.
type Verify = fn(&[u8], &[u8], &[u8]) -> Option<()>;

#[derive(Debug)]
pub struct Algorithm {
    key: AlgorithmIdentifier,
    signature: AlgorithmIdentifier,
    verify: Verify,
}

impl SignatureVerificationAlgorithm for Algorithm {
    fn verify_signature(
        &self,
        key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        (self.verify)(key, message, signature).ok_or(InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        self.key
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.signature
    }
}
