//! NATS JWTs (version 2): operator, account with scoped signing keys, user.
//!
//! Claims as in nats-io's JWT library; no crate of it for Rust is kept that compiles to wasm.

mod account;

pub use account::{
    AccountClaims, AccountLimits, Issued, Revocations, Scope, account, issued_at, read_account,
};

use crate::encoding::{base32_upper, base64url};
use crate::ids::{NodeId, Pid, Sid};
use crate::nkey::NatsKey;
use serde_json::{Value, json};
use sha2::{Digest, Sha512_256};

/// The operator's own JWT. `signing` are public keys that may sign accounts in its stead.
#[must_use]
pub fn operator(key: &NatsKey, signing: &[String], system_account: &str, now: u64) -> String {
    let claims = json!({
        "type": "operator", "version": 2,
        "signing_keys": signing, "system_account": system_account,
    });
    encode(key, "conclave", &key.public(), claims, now, None)
}

/// The operator's JWT for a server without an account of its own, which knows no account but those that
/// it is given. It takes nobody whose credential an account's identity key signed: a scoped key must have.
#[must_use]
pub fn strict_operator(key: &NatsKey, signing: &[String], now: u64) -> String {
    let claims = json!({
        "type": "operator", "version": 2,
        "signing_keys": signing, "strict_signing_key_usage": true,
    });
    encode(key, "conclave", &key.public(), claims, now, None)
}

/// A user's JWT, signed by a role's scoped key: its rights are the role's template, filled in with
/// `tags`, and nothing that stands here could widen them. `expires` is in seconds since 1970.
#[must_use]
pub fn user(
    scope_key: &NatsKey,
    account_public: &str,
    user_public: &str,
    tags: &Tags<'_>,
    now: u64,
    expires: Option<u64>,
) -> String {
    let claims = json!({
        "type": "user", "version": 2,
        "issuer_account": account_public,
        "tags": tags.list(),
    });
    // The name is shown by NATS's monitoring: the opaque key serves.
    encode(scope_key, user_public, user_public, claims, now, expires)
}

/// What fills a template: validated ids only, and one of each kind, for NATS expands whatever
/// stands in a tag, wildcards included.
#[derive(Debug, Clone, Copy)]
pub enum Tags<'a> {
    /// A person in a room.
    Person {
        /// Room.
        room: &'a Sid,
        /// Its owner.
        node: &'a NodeId,
        /// Person.
        pid: &'a Pid,
    },
    /// A media node.
    Node(&'a NodeId),
    /// A service without a name of its own.
    None,
}

impl Tags<'_> {
    fn list(&self) -> Vec<String> {
        match self {
            Self::Person { room, node, pid } => {
                vec![format!("room:{room}"), format!("node:{node}"), format!("pid:{pid}")]
            }
            Self::Node(node) => vec![format!("node:{node}")],
            Self::None => Vec::new(),
        }
    }
}

fn encode(
    issuer: &NatsKey,
    name: &str,
    subject: &str,
    nats: Value,
    now: u64,
    expires: Option<u64>,
) -> String {
    let mut claims = json!({
        "jti": "", "iat": now, "iss": issuer.public(), "name": name, "sub": subject, "nats": nats,
    });
    if let Some(expires) = expires {
        claims["exp"] = json!(expires);
    }
    claims["jti"] = json!(base32_upper(&Sha512_256::digest(claims.to_string().as_bytes())));
    let header = base64url(br#"{"typ":"JWT","alg":"ed25519-nkey"}"#);
    let message = format!("{header}.{}", base64url(claims.to_string().as_bytes()));
    let signature = base64url(&issuer.sign(message.as_bytes()));
    format!("{message}.{signature}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nkey::KeyKind;

    #[test]
    fn an_accounts_jwt_bounds_its_connections() {
        let operator = NatsKey::from_random(KeyKind::Operator, [1; 32]);
        let limits = AccountLimits { memory: 0, disk: 0, connections: 7 };
        let jwt = account(&operator, "ROOMS", "A", limits, &[], 10);
        assert_eq!(read(&jwt)["nats"]["limits"]["conn"], 7);
    }

    #[test]
    fn an_accounts_jwt_tells_whom_it_refuses() {
        let operator = NatsKey::from_random(KeyKind::Operator, [1; 32]);
        let limits = AccountLimits { memory: 0, disk: 0, connections: 7 };
        let revocations = Revocations::from([("U1".to_owned(), 5), ("U2".to_owned(), 6)]);
        let mut claims = AccountClaims::new("ROOMS", "A", limits, &[]);
        claims.revocations = revocations.clone();
        let sign = || claims.sign(&operator, 10);
        assert_eq!(sign(), sign());
        assert_eq!(read_account(&sign()).unwrap(), Issued { at: 10, revocations });
        let none = account(&operator, "ROOMS", "A", limits, &[], 11);
        assert_eq!(read_account(&none).unwrap(), Issued { at: 11, ..Issued::default() });
        for bad in ["", "a.b.c", "..", "a.e30.c"] {
            assert_eq!(read_account(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_account_takes_no_leaf_connections_unless_it_says_so() {
        let operator = NatsKey::from_random(KeyKind::Operator, [1; 32]);
        let limits = AccountLimits { memory: 0, disk: 0, connections: -1 };
        let none = AccountClaims::new("CTRL", "A", limits, &[]);
        let two = AccountClaims { leafs: 2, ..none.clone() };
        for (claims, leafs) in [(none, 0), (two, 2)] {
            assert_eq!(read(&claims.sign(&operator, 10))["nats"]["limits"]["leaf"], leafs);
        }
    }

    #[test]
    fn a_strict_operator_has_no_account() {
        let operator = NatsKey::from_random(KeyKind::Operator, [1; 32]);
        let claims = read(&strict_operator(&operator, &["OS".to_owned()], 10));
        assert_eq!(claims["nats"]["strict_signing_key_usage"], true);
        assert!(claims["nats"].get("system_account").is_none());
    }

    fn read(jwt: &str) -> Value {
        let claims = crate::encoding::from_base64url(jwt.split('.').nth(1).unwrap()).unwrap();
        serde_json::from_slice(&claims).unwrap()
    }

    #[test]
    fn a_users_jwt_carries_tags_and_no_rights() {
        let key = NatsKey::from_random(KeyKind::Account, [1; 32]);
        let tags = Tags::Person {
            room: &Sid::from_random([1; 16]),
            node: &NodeId::parse("n1").unwrap(),
            pid: &Pid::from_hash(&[2; 32]),
        };
        let jwt = user(&key, "A", "U", &tags, 10, Some(20));
        let claims = read(&jwt);
        assert_eq!(claims["exp"], 20);
        assert_eq!(claims["nats"]["tags"].as_array().unwrap().len(), 3);
        for right in ["pub", "sub", "subs", "data", "payload", "allowed_connection_types"] {
            assert!(claims["nats"].get(right).is_none(), "{right}");
        }
        assert!(jwt.len() < 4096, "a JWT above 4 kB breaks the server's control line");
    }
}
