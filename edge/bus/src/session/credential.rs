//! Who we are on the bus.

use crate::redact::hidden_debug;
use conclave_protocol::nkey::{self, KeyKind, NatsKey};
use conclave_protocol::service::BusUser;

/// A user's JWT and the key that it vouches for. `Debug` shows neither.
#[derive(Clone)]
pub struct Credential {
    pub(super) jwt: String,
    pub(super) key: NatsKey,
}

hidden_debug!(Credential);

impl Credential {
    /// Of a JWT and its user's key.
    #[must_use]
    pub fn new(jwt: String, key: NatsKey) -> Self {
        Self { jwt, key }
    }

    /// Of a configuration; `None` where its seed is not a user's.
    #[must_use]
    pub fn of(user: &BusUser) -> Option<Self> {
        let key = NatsKey::from_seed(&user.seed)?;
        nkey::is_public(&key.public(), KeyKind::User).then(|| Self::new(user.jwt.clone(), key))
    }
}
