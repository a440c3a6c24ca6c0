//! What stands in bucket `rooms`, by an edge's leave: an Ed25519 signature over the whole record.
//!
//! Every node may write into that bucket, for that is how a room is claimed. A record counts only
//! with an edge's grant, so that a stolen node's credential neither takes a room over nor changes
//! what it was made with: edges refuse such a record, and the owner puts its own back.

use crate::encoding::{base64url, from_base64url};
use crate::jwt::verify_ed25519;
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use std::fmt;

/// An edge's signature.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Grant(String);

impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Grant(…)")
    }
}

/// The edges' key that signs grants.
#[derive(Clone)]
pub struct GrantKey(SigningKey);

impl GrantKey {
    /// Takes the 32-byte Ed25519 seed.
    #[must_use]
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(SigningKey::from_bytes(&seed))
    }

    /// The half that nodes and edges verify with.
    #[must_use]
    pub fn public(&self) -> PublicGrantKey {
        PublicGrantKey(self.0.verifying_key())
    }

    pub(crate) fn sign(&self, message: &[u8]) -> Grant {
        Grant(base64url(&self.0.sign(message).to_bytes()))
    }
}

impl fmt::Debug for GrantKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("GrantKey(…)")
    }
}

/// Verifies grants. As text: base64url.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PublicGrantKey(VerifyingKey);

impl PublicGrantKey {
    /// True where an edge signed exactly this.
    pub(crate) fn verify(&self, message: &[u8], grant: &Grant) -> bool {
        from_base64url(&grant.0)
            .is_some_and(|signature| verify_ed25519(&self.0, message, &signature))
    }
}

impl TryFrom<String> for PublicGrantKey {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        from_base64url(&text)
            .and_then(|bytes| VerifyingKey::from_bytes(&bytes.try_into().ok()?).ok())
            .filter(|key| !key.is_weak())
            .map(Self)
            .ok_or("a grant key must be an Ed25519 public key in base64url")
    }
}

impl From<PublicGrantKey> for String {
    fn from(key: PublicGrantKey) -> Self {
        base64url(key.0.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_is_for_one_message_and_key() {
        let key = GrantKey::from_seed([1; 32]);
        let grant = key.sign(b"a");
        assert!(key.public().verify(b"a", &grant));
        assert!(!key.public().verify(b"b", &grant));
        assert!(!GrantKey::from_seed([2; 32]).public().verify(b"a", &grant));
        let text = String::from(key.public());
        assert_eq!(PublicGrantKey::try_from(text).unwrap(), key.public());
        assert!(PublicGrantKey::try_from(base64url(&[0; 32])).is_err(), "a key of small order");
    }
}
