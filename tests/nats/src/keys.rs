//! The deployment's keys and whom they vouch for: the same in every test.

use conclave_protocol::encoding::base64url;
use conclave_protocol::ids::NodeId;
use conclave_protocol::nats_jwt::{self, Tags};
use conclave_protocol::nkey::{KeyKind, NatsKey};
use conclave_protocol::roles::{Account, BusRole};
use serde_json::json;
use std::time::{SystemTime, UNIX_EPOCH};

/// A user's JWT and key.
pub type User = (String, NatsKey);

/// A user in a role, for a node where the role is a node's, until a time in seconds since 1970.
#[must_use]
pub fn user(role: BusRole, node: Option<&NodeId>, expires: Option<u64>) -> User {
    let user = NatsKey::from_random(KeyKind::User, [80; 32]);
    let tags = node.map_or(Tags::None, Tags::Node);
    let account = account_key(Some(role.account())).public();
    (nats_jwt::user(&role_key(role), &account, &user.public(), &tags, now(), expires), user)
}

/// A user with every right in account CTRL: what no role has.
#[must_use]
pub fn admin() -> User {
    let account = account_key(Some(Account::Ctrl));
    let key = NatsKey::from_random(KeyKind::User, [81; 32]);
    let all = json!({ "allow": [">"] });
    let claims = json!({
        "jti": "", "iat": now(), "iss": account.public(), "name": "admin", "sub": key.public(),
        "nats": {
            "type": "user", "version": 2, "pub": all, "sub": all,
            "subs": -1, "data": -1, "payload": -1,
        },
    });
    let header = base64url(br#"{"typ":"JWT","alg":"ed25519-nkey"}"#);
    let text = format!("{header}.{}", base64url(claims.to_string().as_bytes()));
    (format!("{text}.{}", base64url(&account.sign(text.as_bytes()))), key)
}

pub(crate) fn account_key(account: Option<Account>) -> NatsKey {
    let byte = match account {
        None => 91,
        Some(Account::Ctrl) => 92,
        Some(Account::Rooms) => 93,
        Some(Account::System) => 94,
    };
    NatsKey::from_random(KeyKind::Account, [byte; 32])
}

pub(crate) fn role_key(role: BusRole) -> NatsKey {
    let index = BusRole::ALL.iter().position(|r| *r == role).unwrap();
    NatsKey::from_random(KeyKind::Account, [100 + u8::try_from(index).unwrap(); 32])
}

/// Seconds since 1970.
#[must_use]
pub fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}
