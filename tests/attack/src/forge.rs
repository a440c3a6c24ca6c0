//! Tokens as a thief or a broken edge would make them: any header over any claims, signed by any key.

use crate::overseer;
use anyhow::{Context, Result};
use conclave::random;
use conclave_protocol::encoding::{base64url, from_base64url};
use conclave_tests::system::System;
use ed25519_dalek::{Signer, SigningKey};
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Map, Value};
use sha2::Sha256;

/// A genuine token, taken apart.
#[derive(Debug, Clone)]
pub struct Parts {
    /// Header.
    pub header: Map<String, Value>,
    /// Claims.
    pub claims: Map<String, Value>,
}

impl Parts {
    /// Takes a token apart.
    ///
    /// # Errors
    /// Where it is none.
    pub fn of(token: &str) -> Result<Self> {
        let read = |text: Option<&str>| -> Result<Map<String, Value>> {
            let bytes = text.and_then(from_base64url).context("not a token")?;
            Ok(serde_json::from_slice(&bytes)?)
        };
        let mut parts = token.split('.');
        Ok(Self { header: read(parts.next())?, claims: read(parts.next())? })
    }

    /// The same with something else in the header.
    #[must_use]
    pub fn head(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header.insert(name.to_owned(), value.into());
        self
    }

    /// The same with another claim.
    #[must_use]
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    /// The same without a claim.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    /// The same as if it had been issued once more: under a name of its own. Whatever passes verification
    /// and fails later is redeemed by the device that tried it; others under the same name would then be
    /// refused because of that, however broken their verification was.
    ///
    /// # Errors
    /// Where the system has no randomness.
    pub fn anew(&self) -> Result<Self> {
        let bits = random::bytes::<16>().map_err(|error| anyhow::anyhow!("{error}"))?;
        Ok(self.clone().claim("jti", base64url(&bits)))
    }

    /// As it is signed: header and claims in base64url.
    #[must_use]
    pub fn message(&self) -> String {
        let text = |map: &Map<String, Value>| Value::Object(map.clone()).to_string();
        message(&text(&self.header), &text(&self.claims))
    }
}

/// Header and claims, as they are written, ready to be signed.
#[must_use]
pub fn message(header: &str, claims: &str) -> String {
    format!("{}.{}", base64url(header.as_bytes()), base64url(claims.as_bytes()))
}

/// Signs as a token of Ed25519.
#[must_use]
pub fn signed(message: &str, key: &SigningKey) -> String {
    format!("{message}.{}", base64url(&key.sign(message.as_bytes()).to_bytes()))
}

/// Signs with a shared secret, as somebody hopes who has the public key (algorithm confusion).
///
/// # Errors
/// Never: every secret fits.
pub fn signed_hs256(message: &str, secret: &[u8]) -> Result<String> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret)?;
    mac.update(message.as_bytes());
    Ok(format!("{message}.{}", base64url(&mac.finalize().into_bytes())))
}

/// The deployment's own key: what only an edge has.
///
/// # Errors
/// Where the state folder holds none.
pub fn deployment_key(system: &System) -> Result<SigningKey> {
    let seed = overseer::keys(system)?.token_seed();
    Ok(SigningKey::from_bytes(&seed.map_err(|error| anyhow::anyhow!("{error}"))?))
}
