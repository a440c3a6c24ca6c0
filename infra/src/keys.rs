//! Every secret of a deployment on one machine, made once and kept in `keys.json`.

use crate::failure::Failure;
use crate::{files, random};
use conclave_courier::Secret;
use conclave_protocol::encoding::from_base64url;
use conclave_protocol::nkey::{KeyKind, NatsKey};
use conclave_protocol::roles::BusRole;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// A deployment's secrets. `Debug` shows none.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Keys {
    /// The deployment's name: audience of its tokens.
    pub deployment: String,
    /// The operator's identity. Belongs offline in a larger deployment.
    pub operator: Seed,
    /// What signs accounts in the operator's stead.
    pub operator_signing: Seed,
    /// Account SYS.
    pub system: Seed,
    /// Account CTRL.
    pub ctrl: Seed,
    /// Account ROOMS.
    pub rooms: Seed,
    /// One signing key a role, by the role's name.
    pub scopes: BTreeMap<String, Seed>,
    /// One user a service's role, by the role's name.
    pub users: BTreeMap<String, Seed>,
    /// Key of the keyed hashes of room names, tickets and participants: 32 bytes, base64url.
    pub edge_secret: String,
    /// Signs tokens: 32 bytes, base64url.
    pub token_seed: String,
    /// Keys that signed tokens before, for as long as one of those may be valid.
    #[serde(default)]
    pub retired_tokens: Vec<RetiredToken>,
    /// Signs leave to own a room: 32 bytes, base64url.
    #[serde(default)]
    pub grant_seed: String,
    /// Signs webhooks: `whsec_<base64>`.
    #[serde(default)]
    pub webhook_secret: String,
    /// The application's API key.
    pub api_key: String,
    /// And its secret.
    pub api_secret: String,
    /// Under which the start page makes rooms; no application has it.
    pub start_page_key: String,
}

/// A key that signs no tokens any more; its seed is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RetiredToken {
    /// The half that verifies.
    pub public: String,
    /// When the last of its tokens has ended, in seconds since 1970; absent for as long as no `up`
    /// has started without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<u64>,
}

/// An nkey that is kept as its seed.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Seed(NatsKey);

impl Seed {
    fn fresh(kind: KeyKind) -> Result<Self, Failure> {
        Ok(Self(NatsKey::from_random(kind, random::bytes()?)))
    }

    /// The key pair.
    #[must_use]
    pub fn key(&self) -> &NatsKey {
        &self.0
    }

    /// Its public half.
    #[must_use]
    pub fn public(&self) -> String {
        self.0.public()
    }
}

impl TryFrom<String> for Seed {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        NatsKey::from_seed(&text).map(Self).ok_or("not a seed of NATS")
    }
}

impl From<Seed> for String {
    fn from(seed: Seed) -> Self {
        seed.0.seed()
    }
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").field("deployment", &self.deployment).finish_non_exhaustive()
    }
}

impl Keys {
    /// Makes all of them.
    ///
    /// # Errors
    /// Where the system gives no randomness.
    pub fn fresh() -> Result<Self, Failure> {
        let mut keys = Self {
            deployment: format!("conclave-{}", random::name()?),
            operator: Seed::fresh(KeyKind::Operator)?,
            operator_signing: Seed::fresh(KeyKind::Operator)?,
            system: Seed::fresh(KeyKind::Account)?,
            ctrl: Seed::fresh(KeyKind::Account)?,
            rooms: Seed::fresh(KeyKind::Account)?,
            scopes: BTreeMap::new(),
            users: BTreeMap::new(),
            edge_secret: random::secret()?,
            token_seed: random::secret()?,
            retired_tokens: Vec::new(),
            grant_seed: String::new(),
            webhook_secret: String::new(),
            api_key: format!("api-{}", random::name()?),
            api_secret: random::secret()?,
            start_page_key: format!("start-{}", random::name()?),
        };
        keys.complete()?;
        Ok(keys)
    }

    /// Reads `keys.json` of a state folder, or makes it. What a newer release added gets its keys
    /// here.
    ///
    /// # Errors
    /// Where the file cannot be read, understood or written.
    pub fn load_or_make(state: &Path) -> Result<Self, Failure> {
        let (mut keys, is_new) = match Self::load(state)? {
            Some(keys) => (keys, false),
            None => (Self::fresh()?, true),
        };
        if keys.complete()? || is_new {
            keys.write(state)?;
        }
        Ok(keys)
    }

    /// Reads `keys.json` of a state folder; `None` where there is none.
    ///
    /// # Errors
    /// Where the file cannot be read or understood.
    pub fn load(state: &Path) -> Result<Option<Self>, Failure> {
        files::read_json(&state.join("keys.json"))
    }

    /// Writes `keys.json` of a state folder.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn write(&self, state: &Path) -> Result<(), Failure> {
        files::write_json(&state.join("keys.json"), self)
    }

    /// Makes what is missing; true where something was.
    fn complete(&mut self) -> Result<bool, Failure> {
        let had = self.scopes.len() + self.users.len();
        let mut made = false;
        if self.grant_seed.is_empty() {
            self.grant_seed = random::secret()?;
            made = true;
        }
        if self.webhook_secret.is_empty() {
            self.webhook_secret = Secret::from_random(random::bytes()?).into();
            made = true;
        }
        for role in BusRole::ALL {
            if !self.scopes.contains_key(role.name()) {
                self.scopes.insert(role.name().into(), Seed::fresh(KeyKind::Account)?);
            }
            if is_service(role) && !self.users.contains_key(role.name()) {
                self.users.insert(role.name().into(), Seed::fresh(KeyKind::User)?);
            }
        }
        Ok(made || self.scopes.len() + self.users.len() != had)
    }

    /// The key that signs credentials of a role.
    ///
    /// # Errors
    /// Never after [`Keys::load_or_make`].
    pub fn scope(&self, role: BusRole) -> Result<&Seed, Failure> {
        find(&self.scopes, role)
    }

    /// The user that a service is.
    ///
    /// # Errors
    /// For roles that are not services.
    pub fn user(&self, role: BusRole) -> Result<&Seed, Failure> {
        find(&self.users, role)
    }

    /// The seed of the key that signs tokens.
    ///
    /// # Errors
    /// Where `keys.json` was damaged.
    pub fn token_seed(&self) -> Result<[u8; 32], Failure> {
        bytes_32(&self.token_seed)
    }

    /// The seed of the key that signs leave to own a room.
    ///
    /// # Errors
    /// Where `keys.json` was damaged.
    pub fn grant_seed(&self) -> Result<[u8; 32], Failure> {
        bytes_32(&self.grant_seed)
    }

    /// The key of the edge's keyed hashes.
    ///
    /// # Errors
    /// Where `keys.json` was damaged.
    pub fn edge_secret(&self) -> Result<[u8; 32], Failure> {
        bytes_32(&self.edge_secret)
    }
}

/// Browsers make their own users; only services have one here.
fn is_service(role: BusRole) -> bool {
    !matches!(role, BusRole::Participant | BusRole::Moderator | BusRole::Waiting)
}

fn find(map: &BTreeMap<String, Seed>, role: BusRole) -> Result<&Seed, Failure> {
    map.get(role.name())
        .ok_or_else(|| Failure::Other(format!("keys.json has no key for role {}", role.name())))
}

fn bytes_32(text: &str) -> Result<[u8; 32], Failure> {
    from_base64url(text)
        .and_then(|bytes| bytes.try_into().ok())
        .ok_or_else(|| Failure::Other("keys.json holds a damaged secret".into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_made_once_and_completed() {
        let dir = tempfile::tempdir().unwrap();
        let first = Keys::load_or_make(dir.path()).unwrap();
        let second = Keys::load_or_make(dir.path()).unwrap();
        assert_eq!(first.operator.public(), second.operator.public());
        assert_eq!(first.api_secret, second.api_secret);

        let mut older = second;
        older.scopes.remove("waiting");
        older.grant_seed.clear();
        older.webhook_secret.clear();
        files::write_json(&dir.path().join("keys.json"), &older).unwrap();
        let third = Keys::load_or_make(dir.path()).unwrap();
        assert!(third.scope(BusRole::Waiting).is_ok());
        let again = Keys::load_or_make(dir.path()).unwrap();
        let public = |keys: &Keys| keys.scope(BusRole::Waiting).unwrap().public();
        assert_eq!(public(&third), public(&again));
        assert!(third.grant_seed().is_ok() && third.grant_seed == again.grant_seed);
        assert!(third.webhook_secret.starts_with("whsec_"));
        assert_eq!(third.webhook_secret, again.webhook_secret);
    }

    #[test]
    fn debug_shows_no_secret() {
        let keys = Keys::fresh().unwrap();
        let shown = format!("{keys:?}");
        assert!(!shown.contains(&keys.api_secret) && !shown.contains(&keys.token_seed));
    }
}
