//! The JWTs of a deployment: its operator, its three accounts, its services' users.

use crate::failure::Failure;
use crate::keys::Keys;
use conclave_protocol::nats_jwt::{self, AccountLimits, Tags};
use conclave_protocol::roles::{Account, BusRole};
use conclave_protocol::service::BusUser;

/// JetStream of account CTRL. The server's own bounds are wider: an account above them would lose
/// JetStream with no more than a line in the log.
const CTRL_LIMITS: AccountLimits =
    AccountLimits { memory: 128 << 20, disk: 512 << 20, connections: -1 };
/// Participants: fewer connections than the server has, so that they cannot keep services out.
const ROOMS_LIMITS: AccountLimits = AccountLimits { memory: 0, disk: 0, connections: 50_000 };
const SYSTEM_LIMITS: AccountLimits = AccountLimits { memory: 0, disk: 0, connections: -1 };

/// An account as NATS gets to know it.
#[derive(Debug, Clone)]
pub struct SignedAccount {
    /// Its public key.
    pub public: String,
    /// Its JWT: limits, and a template of rights for each role.
    pub jwt: String,
}

/// The operator's JWT.
#[must_use]
pub fn operator(keys: &Keys, now: u64) -> String {
    let signing = [keys.operator_signing.public()];
    nats_jwt::operator(keys.operator.key(), &signing, &keys.system.public(), now)
}

/// SYS, CTRL and ROOMS, signed anew so that templates of this release hold (NATS keeps the newer of
/// two JWTs).
///
/// # Errors
/// Where a key is missing.
pub fn all(keys: &Keys, now: u64) -> Result<[SignedAccount; 3], Failure> {
    let sign = |name, public: String, limits, roles: &[(BusRole, String)]| {
        let signer = keys.operator_signing.key();
        let jwt = nats_jwt::account(signer, name, &public, limits, roles, now);
        SignedAccount { public, jwt }
    };
    let of = |account: Account| -> Result<Vec<(BusRole, String)>, Failure> {
        BusRole::ALL
            .into_iter()
            .filter(|role| role.account() == account)
            .map(|role| Ok((role, keys.scope(role)?.public())))
            .collect()
    };
    Ok([
        sign("SYS", keys.system.public(), SYSTEM_LIMITS, &[]),
        sign("CTRL", keys.ctrl.public(), CTRL_LIMITS, &of(Account::Ctrl)?),
        sign("ROOMS", keys.rooms.public(), ROOMS_LIMITS, &of(Account::Rooms)?),
    ])
}

/// A service's credential, for as long as its scoped key is trusted.
///
/// # Errors
/// For roles that are not services.
pub fn service(
    keys: &Keys,
    role: BusRole,
    tags: &Tags<'_>,
    url: &str,
    now: u64,
) -> Result<BusUser, Failure> {
    let user = keys.user(role)?;
    let account = match role.account() {
        Account::Ctrl => keys.ctrl.public(),
        Account::Rooms => keys.rooms.public(),
    };
    let scope = keys.scope(role)?.key();
    let jwt = nats_jwt::user(scope, &account, &user.public(), tags, now, None);
    Ok(BusUser { url: url.into(), jwt, seed: user.key().seed() })
}
