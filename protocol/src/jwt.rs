//! Ed25519 JSON Web Tokens (RFC 7519, RFC 8037) through `jsonwebtoken`, with a crypto provider that
//! knows this one algorithm, so that wasm builds carry no RSA and no P-curves.
//!
//! The clock is an argument: the library's own checks of time are switched off and done here with
//! no leeway but what a kind of token says itself ([`Timed`]).

use crate::encoding::{base64url, sha256};
use ed25519_dalek::{Signature, SigningKey, VerifyingKey};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result as JwtResult, new_error};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Serialize, de::DeserializeOwned};
use std::fmt;
use std::sync::Once;

/// Why a token was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not a token of ours: malformed, another algorithm, unknown key, wrong signature, wrong
    /// audience or claims of another shape.
    #[error("the token is not valid here")]
    Invalid,
    /// A genuine token of another kind than the one asked for.
    #[error("the token is of another kind")]
    WrongKind,
    /// Its time has not come.
    #[error("the token is not valid yet")]
    NotYet,
    /// Its time has passed.
    #[error("the token has expired")]
    Expired,
}

/// Times that every token carries, in seconds since 1970.
pub trait Timed {
    /// The second from which the token is no longer valid.
    fn expires(&self) -> u64;
    /// The second before which it is not valid yet.
    fn not_before(&self) -> u64;
}

/// The key that signs an edge's tokens.
#[derive(Clone)]
pub struct TokenKey {
    kid: String,
    seed: [u8; 32],
    public: [u8; 32],
}

impl TokenKey {
    /// Takes the 32-byte Ed25519 seed.
    #[must_use]
    pub fn from_seed(seed: [u8; 32]) -> Self {
        let public = SigningKey::from_bytes(&seed).verifying_key().to_bytes();
        Self { kid: key_id(&public), seed, public }
    }

    /// The half that verifies.
    #[must_use]
    pub fn public(&self) -> PublicTokenKey {
        PublicTokenKey { kid: self.kid.clone(), public: self.public }
    }

    /// Signs `claims` as a token whose header names the kind `typ`.
    ///
    /// # Errors
    /// [`TokenError::Invalid`] where the claims cannot be written as JSON.
    pub fn sign<T: Serialize>(&self, typ: &str, claims: &T) -> Result<String, TokenError> {
        install();
        let mut header = Header::new(Algorithm::EdDSA);
        header.typ = Some(typ.to_owned());
        header.kid = Some(self.kid.clone());
        jsonwebtoken::encode(&header, claims, &EncodingKey::from_ed_der(&self.seed))
            .map_err(|_| TokenError::Invalid)
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenKey({})", self.kid)
    }
}

/// The half of a [`TokenKey`] that verifies.
#[derive(Debug, Clone)]
pub struct PublicTokenKey {
    kid: String,
    public: [u8; 32],
}

/// Verifies signature, kind, audience and time of a token against the first of `keys` that its
/// header names; `now` is in seconds since 1970.
///
/// # Errors
/// [`TokenError`], in the order in which an attacker learns least: validity, kind, time.
pub fn verify<T: DeserializeOwned + Timed>(
    keys: &[PublicTokenKey],
    typ: &str,
    audience: &str,
    token: &str,
    now: u64,
) -> Result<T, TokenError> {
    install();
    let header = jsonwebtoken::decode_header(token).map_err(|_| TokenError::Invalid)?;
    let key = keys
        .iter()
        .find(|key| header.kid.as_deref() == Some(&key.kid))
        .ok_or(TokenError::Invalid)?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.validate_exp = false;
    validation.set_required_spec_claims(&["exp", "aud"]);
    validation.set_audience(&[audience]);
    let decoding = DecodingKey::from_ed_der(&key.public);
    // Kind before claims: claims of another kind need not have this kind's shape.
    if header.typ.as_deref() != Some(typ) {
        return match jsonwebtoken::decode::<serde_json::Value>(token, &decoding, &validation) {
            Ok(_) => Err(TokenError::WrongKind),
            Err(_) => Err(TokenError::Invalid),
        };
    }
    let claims = jsonwebtoken::decode::<T>(token, &decoding, &validation)
        .map_err(|_| TokenError::Invalid)?
        .claims;
    if now < claims.not_before() {
        return Err(TokenError::NotYet);
    }
    if now >= claims.expires() {
        return Err(TokenError::Expired);
    }
    Ok(claims)
}

fn key_id(public: &[u8; 32]) -> String {
    base64url(&sha256(public)[..6])
}

static PROVIDER: CryptoProvider = CryptoProvider {
    signer_factory: |algorithm, key| Ok(Box::new(Ed25519Signer::new(*algorithm, key)?)),
    verifier_factory: |algorithm, key| Ok(Box::new(Ed25519Verifier::new(*algorithm, key)?)),
    key_utils: KeyUtils::new_unimplemented(),
};

fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // An error says that a provider is installed already, which then serves as well.
        let _already = PROVIDER.install_default();
    });
}

struct Ed25519Signer(SigningKey);

impl Ed25519Signer {
    fn new(algorithm: Algorithm, key: &EncodingKey) -> JwtResult<Self> {
        let seed: [u8; 32] = only_eddsa(algorithm, key.as_bytes())?;
        Ok(Self(SigningKey::from_bytes(&seed)))
    }
}

impl signature::Signer<Vec<u8>> for Ed25519Signer {
    fn try_sign(&self, message: &[u8]) -> Result<Vec<u8>, signature::Error> {
        Ok(ed25519_dalek::Signer::sign(&self.0, message).to_bytes().to_vec())
    }
}

impl JwtSigner for Ed25519Signer {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

struct Ed25519Verifier(VerifyingKey);

impl Ed25519Verifier {
    fn new(algorithm: Algorithm, key: &DecodingKey) -> JwtResult<Self> {
        let public: [u8; 32] = only_eddsa(algorithm, key.try_get_as_bytes()?)?;
        let key =
            VerifyingKey::from_bytes(&public).map_err(|_| new_error(ErrorKind::InvalidEddsaKey))?;
        Ok(Self(key))
    }
}

impl signature::Verifier<Vec<u8>> for Ed25519Verifier {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> Result<(), signature::Error> {
        if verify_ed25519(&self.0, message, signature) {
            Ok(())
        } else {
            Err(signature::Error::new())
        }
    }
}

impl JwtVerifier for Ed25519Verifier {
    fn algorithm(&self) -> Algorithm {
        Algorithm::EdDSA
    }
}

fn only_eddsa(algorithm: Algorithm, key: &[u8]) -> JwtResult<[u8; 32]> {
    if algorithm != Algorithm::EdDSA {
        return Err(new_error(ErrorKind::InvalidAlgorithm));
    }
    key.try_into().map_err(|_| new_error(ErrorKind::InvalidEddsaKey))
}

/// Strict Ed25519 verification: small-order keys and malleable signatures are refused.
pub(crate) fn verify_ed25519(key: &VerifyingKey, message: &[u8], signature: &[u8]) -> bool {
    Signature::from_slice(signature).is_ok_and(|s| key.verify_strict(message, &s).is_ok())
}
