//! The JWTs of a deployment: its operator, its three accounts, its services' users.

use crate::failure::Failure;
use crate::keys::Keys;
use conclave_protocol::gate;
use conclave_protocol::nats_jwt::{self, AccountClaims, AccountLimits, Issued, Tags};
use conclave_protocol::roles::{Account, BusRole};
use conclave_protocol::service::BusUser;
use conclave_warden::RoomsAccount;
use std::collections::BTreeMap;

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

/// SYS, CTRL and ROOMS as this release wants them, CTRL open to gates where there are `gates`. `kept`
/// is the JWT that NATS has of an account, if any: what it refuses is still refused, and where nothing
/// else changed it stays as it is. Else it is signed anew and later than that one, for NATS keeps the
/// newer of two.
///
/// # Errors
/// Where a key is missing.
pub fn all(
    keys: &Keys,
    kept: impl Fn(&str) -> Option<String>,
    gates: bool,
    now: u64,
) -> Result<[SignedAccount; 3], Failure> {
    let wanted = |name, account, public: &str, limits| -> Result<AccountClaims, Failure> {
        let mut scopes = scopes(keys, account)?;
        if !gates {
            scopes.remove(&BusRole::Gate);
        }
        let roles: Vec<_> = scopes.into_iter().collect();
        Ok(AccountClaims::new(name, public, limits, &roles))
    };
    let mut ctrl = wanted("CTRL", Account::Ctrl, &keys.ctrl.public(), CTRL_LIMITS)?;
    if gates {
        ctrl.leafs = gate::GATES;
    }
    let accounts = [
        wanted("SYS", Account::System, &keys.system.public(), SYSTEM_LIMITS)?,
        ctrl,
        wanted("ROOMS", Account::Rooms, &keys.rooms.public(), ROOMS_LIMITS)?,
    ];
    Ok(accounts.map(|claims| {
        let kept = kept(&claims.public);
        renewed(keys, claims, kept.as_deref(), now)
    }))
}

/// Signs an account that NATS may have a JWT of.
fn renewed(keys: &Keys, claims: AccountClaims, kept: Option<&str>, now: u64) -> SignedAccount {
    let issued = kept.and_then(nats_jwt::read_account).unwrap_or_default();
    let Issued { at, revocations } = issued;
    let claims = AccountClaims { revocations, ..claims };
    let signer = keys.operator_signing.key();
    let same = claims.sign(signer, at);
    let jwt = if kept == Some(same.as_str()) {
        same
    } else {
        claims.sign(signer, now.max(at.saturating_add(1)))
    };
    SignedAccount { public: claims.public, jwt }
}

/// Account ROOMS as the warden signs it with what it refuses.
///
/// # Errors
/// Where a key is missing.
pub fn rooms(keys: &Keys) -> Result<RoomsAccount, Failure> {
    Ok(RoomsAccount {
        operator_seed: keys.operator_signing.key().seed(),
        public: keys.rooms.public(),
        connections: ROOMS_LIMITS.connections,
        scopes: scopes(keys, Account::Rooms)?,
    })
}

fn scopes(keys: &Keys, account: Account) -> Result<BTreeMap<BusRole, String>, Failure> {
    BusRole::ALL
        .into_iter()
        .filter(|role| role.account() == account)
        .map(|role| Ok((role, keys.scope(role)?.public())))
        .collect()
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
        Account::System => keys.system.public(),
    };
    let scope = keys.scope(role)?.key();
    let jwt = nats_jwt::user(scope, &account, &user.public(), tags, now, None);
    Ok(BusUser { url: url.into(), jwt, seed: user.key().seed() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use conclave_protocol::nats_jwt::{Revocations, read_account};

    fn jwt(keys: &Keys, account: &str, kept: Option<&str>, gates: bool, now: u64) -> String {
        let kept = |of: &str| kept.filter(|_| account == of).map(str::to_owned);
        let accounts = all(keys, kept, gates, now).unwrap();
        accounts.into_iter().find(|signed| signed.public == account).unwrap().jwt
    }

    #[test]
    fn what_nats_refuses_is_refused_after_a_start_and_a_change_of_templates() {
        let keys = Keys::fresh().unwrap();
        let account = keys.rooms.public();
        let jwt = |kept: Option<&str>, now| jwt(&keys, &account, kept, false, now);
        let roles: Vec<_> = rooms(&keys).unwrap().scopes.into_iter().collect();
        let revocations = Revocations::from([("U".to_owned(), 7)]);
        let pushed = |roles: &[_], at| {
            let claims = AccountClaims {
                revocations: revocations.clone(),
                ..AccountClaims::new("ROOMS", &account, ROOMS_LIMITS, roles)
            };
            claims.sign(keys.operator_signing.key(), at)
        };
        let first = jwt(None, 10);
        assert_eq!(jwt(Some(&first), 20), first, "nothing changed");
        let warden = pushed(&roles, 30);
        assert_eq!(jwt(Some(&warden), 40), warden, "the warden signs the same account");

        let older = pushed(&roles[1..], 50);
        for (now, at) in [(60, 60), (45, 51)] {
            let issued = read_account(&jwt(Some(&older), now)).unwrap();
            assert_eq!((issued.at, issued.revocations), (at, revocations.clone()));
        }
        assert_eq!(read_account(&jwt(Some("damaged"), 70)).unwrap().at, 70);
    }

    #[test]
    fn ctrl_changes_with_the_wish_for_a_gate_and_no_other_account_does() {
        let keys = Keys::fresh().unwrap();
        let ctrl = keys.ctrl.public();
        let without = jwt(&keys, &ctrl, None, false, 10);
        let with = jwt(&keys, &ctrl, Some(&without), true, 20);
        assert_eq!(read_account(&with).unwrap().at, 20);
        assert_eq!(jwt(&keys, &ctrl, Some(&with), true, 30), with);
        assert_eq!(read_account(&jwt(&keys, &ctrl, Some(&with), false, 30)).unwrap().at, 30);
        for account in [keys.rooms.public(), keys.system.public()] {
            assert_eq!(jwt(&keys, &account, None, false, 10), jwt(&keys, &account, None, true, 10));
        }
    }
}
