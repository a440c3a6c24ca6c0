//! Credentials as whoever holds a key could mint them.

use super::{Bus, node, pid, sid};
use conclave::random;
use conclave_protocol::encoding::base64url;
use conclave_protocol::nats_jwt::{self, Tags};
use conclave_protocol::nkey::{KeyKind, NatsKey};
use conclave_protocol::roles::{Account, BusRole};
use serde_json::json;

pub type Credential = (String, NatsKey);

pub fn user() -> NatsKey {
    NatsKey::from_random(KeyKind::User, random::bytes().unwrap())
}

/// A credential in a role, as whoever stole its scoped key could mint.
pub fn credential(bus: &Bus, role: BusRole, account: Account) -> Credential {
    let (node, sid, pid) = (node(1), sid(1), pid(1));
    let tags = match role {
        BusRole::Participant | BusRole::Moderator | BusRole::Waiting => {
            Tags::Person { room: &sid, node: &node, pid: &pid }
        }
        BusRole::NodeRooms | BusRole::NodeCtrl => Tags::Node(&node),
        _ => Tags::None,
    };
    let (scope, user) = (bus.keys.scope(role).unwrap().key(), user());
    let account = identity(bus, account).public();
    (nats_jwt::user(scope, &account, &user.public(), &tags, random::now(), None), user)
}

fn identity(bus: &Bus, account: Account) -> NatsKey {
    match account {
        Account::Ctrl => bus.keys.ctrl.key().clone(),
        Account::Rooms => bus.keys.rooms.key().clone(),
        Account::System => bus.keys.system.key().clone(),
    }
}

/// Every right in an account, signed with its own key: no deployment has such a user.
pub fn unbounded(bus: &Bus, account: Account) -> Credential {
    let (issuer, user) = (identity(bus, account), user());
    let header = base64url(br#"{"typ":"JWT","alg":"ed25519-nkey"}"#);
    let claims = json!({ "jti": "x", "iat": random::now(), "iss": issuer.public(), "name": "x",
        "sub": user.public(), "nats": { "type": "user", "version": 2, "subs": -1, "data": -1,
            "payload": -1, "pub": { "allow": [">"] }, "sub": { "allow": [">"] } } });
    let message = format!("{header}.{}", base64url(claims.to_string().as_bytes()));
    (format!("{message}.{}", base64url(&issuer.sign(message.as_bytes()))), user)
}
