//! NATS JWTs (version 2): operator, account with scoped signing keys, user.
//!
//! Claims as in nats-io's JWT library; no crate of it for Rust is kept that compiles to wasm.

use crate::encoding::{base32_upper, base64url, from_base64url};
use crate::ids::{NodeId, Pid, Sid};
use crate::nkey::NatsKey;
use crate::roles::{BusRole, Template};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha512_256};
use std::collections::BTreeMap;

/// Users whose credentials are refused where they were issued in that second (since 1970) or before.
pub type Revocations = BTreeMap<String, u64>;

/// Limits of an account. JetStream bounds are bytes; 0 switches JetStream off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountLimits {
    /// Bytes of JetStream in memory.
    pub memory: i64,
    /// Bytes of JetStream on disk.
    pub disk: i64,
    /// Connections at a time; -1 for the server's bound.
    pub connections: i64,
}

/// The operator's own JWT. `signing` are public keys that may sign accounts in its stead.
#[must_use]
pub fn operator(key: &NatsKey, signing: &[String], system_account: &str, now: u64) -> String {
    let claims = json!({
        "type": "operator", "version": 2,
        "signing_keys": signing, "system_account": system_account,
    });
    encode(key, "conclave", &key.public(), claims, now, None)
}

/// An account's JWT with one scoped signing key a role.
#[must_use]
pub fn account(
    operator: &NatsKey,
    name: &str,
    public: &str,
    limits: AccountLimits,
    roles: &[(BusRole, String)],
    now: u64,
) -> String {
    account_refusing(operator, name, public, limits, roles, &Revocations::new(), now)
}

/// As [`account`], refusing users' credentials. Written twice with the same arguments it is the same
/// text.
#[must_use]
pub fn account_refusing(
    operator: &NatsKey,
    name: &str,
    public: &str,
    limits: AccountLimits,
    roles: &[(BusRole, String)],
    revocations: &Revocations,
    now: u64,
) -> String {
    let scopes: Vec<Value> =
        roles.iter().map(|(role, key)| scope(*role, key, &role.template())).collect();
    let jetstream = limits.memory != 0 || limits.disk != 0;
    let streams = if jetstream { 64 } else { 0 };
    let mut claims = json!({
        "type": "account", "version": 2,
        "signing_keys": scopes,
        "default_permissions": { "pub": { "deny": [">"] }, "sub": { "deny": [">"] } },
        "limits": {
            "subs": -1, "data": -1, "payload": -1,
            "imports": 0, "exports": 0, "wildcards": false,
            "conn": limits.connections, "leaf": 0,
            "mem_storage": limits.memory, "disk_storage": limits.disk,
            "streams": streams, "consumer": if jetstream { -1 } else { 0 },
        },
    });
    if !revocations.is_empty() {
        claims["revocations"] = json!(revocations);
    }
    encode(operator, name, public, claims, now, None)
}

/// What an account's JWT says that outlives its signing anew.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Issued {
    /// When it was issued, in seconds since 1970. NATS keeps the newer of two.
    pub at: u64,
    /// Whom it refuses.
    pub revocations: Revocations,
}

/// Reads an account's JWT without verifying it: for NATS's own copy alone. `None` where it is none.
#[must_use]
pub fn read_account(jwt: &str) -> Option<Issued> {
    #[derive(Deserialize)]
    struct Claims {
        iat: u64,
        nats: Nats,
    }
    #[derive(Deserialize)]
    struct Nats {
        #[serde(default)]
        revocations: Revocations,
    }
    let claims = from_base64url(jwt.split('.').nth(1)?)?;
    let claims: Claims = serde_json::from_slice(&claims).ok()?;
    Some(Issued { at: claims.iat, revocations: claims.nats.revocations })
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

fn scope(role: BusRole, key: &str, template: &Template) -> Value {
    let mut sub = json!({ "allow": template.subscribe });
    if !template.deny_subscribe.is_empty() {
        sub["deny"] = json!(template.deny_subscribe);
    }
    json!({
        "kind": "user_scope",
        "key": key,
        "role": role.name(),
        "template": {
            "pub": { "allow": template.publish },
            "sub": sub,
            "subs": template.subscriptions,
            "data": -1,
            "payload": template.payload,
            "allowed_connection_types": template.connections,
        },
    })
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
        let claims = crate::encoding::from_base64url(jwt.split('.').nth(1).unwrap()).unwrap();
        let claims: Value = serde_json::from_slice(&claims).unwrap();
        assert_eq!(claims["nats"]["limits"]["conn"], 7);
    }

    #[test]
    fn an_accounts_jwt_tells_whom_it_refuses() {
        let operator = NatsKey::from_random(KeyKind::Operator, [1; 32]);
        let limits = AccountLimits { memory: 0, disk: 0, connections: 7 };
        let revocations = Revocations::from([("U1".to_owned(), 5), ("U2".to_owned(), 6)]);
        let sign = || account_refusing(&operator, "ROOMS", "A", limits, &[], &revocations, 10);
        assert_eq!(sign(), sign());
        assert_eq!(read_account(&sign()).unwrap(), Issued { at: 10, revocations });
        let none = account(&operator, "ROOMS", "A", limits, &[], 11);
        assert_eq!(read_account(&none).unwrap(), Issued { at: 11, ..Issued::default() });
        for bad in ["", "a.b.c", "..", "a.e30.c"] {
            assert_eq!(read_account(bad), None, "{bad}");
        }
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
        let claims = jwt.split('.').nth(1).unwrap();
        let claims: Value =
            serde_json::from_slice(&crate::encoding::from_base64url(claims).unwrap()).unwrap();
        assert_eq!(claims["exp"], 20);
        assert_eq!(claims["nats"]["tags"].as_array().unwrap().len(), 3);
        for right in ["pub", "sub", "subs", "data", "payload", "allowed_connection_types"] {
            assert!(claims["nats"].get(right).is_none(), "{right}");
        }
        assert!(jwt.len() < 4096, "a JWT above 4 kB breaks the server's control line");
    }
}
