//! Ed25519 JSON Web Tokens (RFC 7519, RFC 8037) through `jsonwebtoken`, with a crypto provider that
//! knows this one algorithm, so that wasm builds carry no RSA and no P-curves.
//!
//! The clock is an argument: the library's own checks of time are switched off and done here with
//! no leeway but what a kind of token says itself ([`Timed`]).

use crate::encoding::{base64url, from_base64url, sha256};
use ed25519_dalek::{Signature, SigningKey, VerifyingKey};
use jsonwebtoken::crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils};
use jsonwebtoken::errors::{ErrorKind, Result as JwtResult, new_error};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use std::fmt;
use std::sync::Once;

/// Issuer named in every token.
pub const ISSUER: &str = "conclave";
/// Longest token in bytes: the longest of ours come to about 700.
const MAX_TOKEN: usize = 4096;

/// Why a token was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not a token of ours: malformed, another algorithm, unknown key, wrong signature, wrong
    /// issuer or audience, a header that says more than ours do, or claims of another shape.
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

impl PublicTokenKey {
    /// Takes the 32 bytes of an Ed25519 public key; `None` where they are none, or one of small
    /// order, for which anybody can sign.
    #[must_use]
    pub fn from_bytes(public: [u8; 32]) -> Option<Self> {
        let key = VerifyingKey::from_bytes(&public).ok()?;
        (!key.is_weak()).then(|| Self { kid: key_id(&public), public })
    }

    /// Its bytes in base64url.
    #[must_use]
    pub fn to_text(&self) -> String {
        base64url(&self.public)
    }
}

/// A set of public keys (RFC 7517, section 5).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Jwks {
    keys: Vec<Jwk>,
}

/// One Ed25519 key in it (RFC 8037, section 2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Jwk {
    kty: &'static str,
    crv: &'static str,
    alg: &'static str,
    #[serde(rename = "use")]
    for_what: &'static str,
    kid: String,
    x: String,
}

impl Jwks {
    /// The keys with which tokens are verified.
    #[must_use]
    pub fn of(keys: &[PublicTokenKey]) -> Self {
        let jwk = |key: &PublicTokenKey| Jwk {
            kty: "OKP",
            crv: "Ed25519",
            alg: "EdDSA",
            for_what: "sig",
            kid: key.kid.clone(),
            x: base64url(&key.public),
        };
        Self { keys: keys.iter().map(jwk).collect() }
    }
}

/// All that the header of a token of ours says. Whatever else stands in a header would change what
/// the token means (`crit`, `b64`) or bring its own key (`jwk`, `jku`, `x5u`, `x5c`), and a member
/// that stands there twice means two things: neither is read.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct StrictHeader {
    alg: String,
    typ: String,
    kid: String,
}

/// Reads the header of a token whose three parts are base64url without padding, without characters
/// of other alphabets, and without bits beyond the last byte (RFC 7515, section 2).
fn strict_header(token: &str) -> Option<StrictHeader> {
    if token.len() > MAX_TOKEN {
        return None;
    }
    let parts: Vec<Vec<u8>> = token.split('.').map(from_base64url).collect::<Option<_>>()?;
    let [header, _claims, _signature] = parts.as_slice() else { return None };
    let header: StrictHeader = serde_json::from_slice(header).ok()?;
    (header.alg == "EdDSA").then_some(header)
}

/// Verifies signature, kind, issuer, audience and time of a token against the key of `keys` that its
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
    let header = strict_header(token).ok_or(TokenError::Invalid)?;
    let key = keys.iter().find(|key| header.kid == key.kid).ok_or(TokenError::Invalid)?;
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.validate_exp = false;
    validation.set_required_spec_claims(&["exp", "aud", "iss"]);
    validation.set_audience(&[audience]);
    validation.set_issuer(&[ISSUER]);
    let decoding = DecodingKey::from_ed_der(&key.public);
    // Kind before claims: claims of another kind need not have this kind's shape.
    if header.typ != typ {
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

#[cfg(test)]
mod tests {
    use super::*;

    const CLAIMS: &str = r#"{"iss":"conclave","aud":"test","exp":200}"#;

    #[derive(Debug, Deserialize)]
    struct Plain {
        exp: u64,
    }

    impl Timed for Plain {
        fn expires(&self) -> u64 {
            self.exp
        }
        fn not_before(&self) -> u64 {
            0
        }
    }

    fn key() -> TokenKey {
        TokenKey::from_seed([3; 32])
    }

    /// A token with a genuine signature over whatever it says.
    fn signed(header: &str, claims: &str) -> String {
        let body = format!("{}.{}", base64url(header.as_bytes()), base64url(claims.as_bytes()));
        let key = SigningKey::from_bytes(&[3; 32]);
        let signature = ed25519_dalek::Signer::sign(&key, body.as_bytes());
        format!("{body}.{}", base64url(&signature.to_bytes()))
    }

    fn header(more: &str) -> String {
        format!(r#"{{"alg":"EdDSA","typ":"t","kid":"{}"{more}}}"#, key().kid)
    }

    fn read(token: &str) -> Result<u64, TokenError> {
        verify::<Plain>(&[key().public()], "t", "test", token, 150).map(|plain| plain.exp)
    }

    #[test]
    fn a_header_that_says_more_than_ours_is_refused_though_it_is_signed() {
        assert_eq!(read(&signed(&header(""), CLAIMS)), Ok(200));
        for more in [
            r#","crit":["exp"]"#,
            r#","b64":false"#,
            r#","jwk":{"kty":"OKP"}"#,
            r#","jku":"https://a.example/jwks""#,
            r#","x5u":"https://a.example/x5u""#,
            r#","cty":"JWT""#,
            r#","typ":"t""#,
            r#","alg":"none""#,
        ] {
            assert_eq!(read(&signed(&header(more), CLAIMS)), Err(TokenError::Invalid), "{more}");
        }
        for alg in ["none", "HS256", "ES256", "eddsa", ""] {
            let header = header("").replace("EdDSA", alg);
            assert_eq!(read(&signed(&header, CLAIMS)), Err(TokenError::Invalid), "{alg}");
        }
    }

    #[test]
    fn claims_of_another_shape_are_refused_though_they_are_signed() {
        for claims in [
            r#"{"iss":"other","aud":"test","exp":200}"#,
            r#"{"aud":"test","exp":200}"#,
            r#"{"iss":"conclave","exp":200}"#,
            r#"{"iss":"conclave","aud":"else","exp":200}"#,
            r#"{"iss":"conclave","aud":"test"}"#,
            r#"{"iss":"conclave","aud":"test","exp":"200"}"#,
            r#"{"iss":"conclave","aud":"test","exp":2e2}"#,
            r#"{"iss":"conclave","aud":"test","exp":-1}"#,
            r#"{"iss":"conclave","aud":"test","exp":18446744073709551616}"#,
            r#"{"iss":"conclave","aud":"test","exp":100,"exp":200}"#,
            "[]",
            "",
        ] {
            assert_eq!(read(&signed(&header(""), claims)), Err(TokenError::Invalid), "{claims}");
        }
    }

    #[test]
    fn only_one_spelling_of_a_token_is_read() {
        let token = signed(&header(""), CLAIMS);
        for other in [
            format!("{token}="),
            format!("{token}."),
            format!("{token}\n"),
            format!(" {token}"),
            token.replace('.', "=."),
            format!("{token}A"),
        ] {
            assert_eq!(read(&other), Err(TokenError::Invalid), "{other}");
        }
        assert_eq!(read(&"A".repeat(MAX_TOKEN + 1)), Err(TokenError::Invalid));
    }

    #[test]
    fn a_key_of_small_order_is_no_key() {
        // The neutral element: every signature over everything could be made for it.
        let mut neutral = [0; 32];
        neutral[0] = 1;
        assert!(PublicTokenKey::from_bytes(neutral).is_none());
        assert!(PublicTokenKey::from_bytes(key().public).is_some());
    }

    #[test]
    fn a_key_set_holds_public_halves_in_the_registered_words() {
        let text = serde_json::to_value(Jwks::of(&[key().public()])).unwrap();
        let one = &text["keys"][0];
        assert_eq!((&one["kty"], &one["crv"]), (&"OKP".into(), &"Ed25519".into()));
        assert_eq!(one["x"], base64url(&key().public));
        assert_eq!(one["kid"], key().kid);
        assert!(one.get("d").is_none());
    }
}
