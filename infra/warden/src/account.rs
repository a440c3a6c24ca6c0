//! Account ROOMS' JWT, signed with what it refuses.

use crate::config::RoomsAccount;
use conclave_protocol::nats_jwt::{AccountClaims, AccountLimits, Revocations};
use conclave_protocol::nkey::{KeyKind, NatsKey, is_public};
use conclave_protocol::roles::{Account, BusRole};

/// Signs the account. No `Debug`: it holds the most powerful key of a running deployment.
pub(crate) struct Signer {
    operator: NatsKey,
    claims: AccountClaims,
}

impl Signer {
    /// Takes the configuration; `None` where a key is none of its kind or a role of the account has
    /// no key, which would take its people's rights away at the first push.
    pub(crate) fn new(config: &RoomsAccount) -> Option<Self> {
        let operator = NatsKey::from_seed(&config.operator_seed)
            .filter(|key| is_public(&key.public(), KeyKind::Operator))?;
        let of_rooms = BusRole::ALL.into_iter().filter(|role| role.account() == Account::Rooms);
        let roles: Vec<_> = of_rooms
            .map(|role| Some((role, config.scopes.get(&role)?.clone())))
            .collect::<Option<_>>()?;
        let keys = roles.iter().map(|(_, key)| key).chain([&config.public]);
        let valid = keys.into_iter().all(|key| is_public(key, KeyKind::Account));
        let limits = AccountLimits { memory: 0, disk: 0, connections: config.connections };
        let claims = AccountClaims::new("ROOMS", &config.public, limits, &roles);
        valid.then_some(Self { operator, claims })
    }

    /// The account's public key.
    pub(crate) fn public(&self) -> &str {
        &self.claims.public
    }

    /// The JWT as of `issued`.
    pub(crate) fn sign(&self, revocations: Revocations, issued: u64) -> String {
        AccountClaims { revocations, ..self.claims.clone() }.sign(&self.operator, issued)
    }
}
