//! An account's JWT: its limits, a template of rights for each role, and whom it refuses.

use super::encode;
use crate::encoding::from_base64url;
use crate::nkey::NatsKey;
use crate::roles::{BusRole, Template};
use serde::Deserialize;
use serde_json::{Value, json};
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

/// A scoped signing key: whatever it signs has exactly the template's rights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// Whose key it is.
    pub role: BusRole,
    /// Its public half.
    pub key: String,
    /// The rights.
    pub template: Template,
}

/// Everything that an account's JWT says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountClaims {
    /// Its name, for people.
    pub name: &'static str,
    /// Its public key.
    pub public: String,
    /// Its limits.
    pub limits: AccountLimits,
    /// Leaf connections at a time.
    pub leafs: i64,
    /// One scoped signing key a role.
    pub scopes: Vec<Scope>,
    /// Whom it refuses.
    pub revocations: Revocations,
}

/// An account's JWT with one scoped signing key a role, as [`AccountClaims::new`] has it.
#[must_use]
pub fn account(
    operator: &NatsKey,
    name: &'static str,
    public: &str,
    limits: AccountLimits,
    roles: &[(BusRole, String)],
    now: u64,
) -> String {
    AccountClaims::new(name, public, limits, roles).sign(operator, now)
}

impl AccountClaims {
    /// An account whose roles have their own rights, without leaf connections or revocations.
    #[must_use]
    pub fn new(
        name: &'static str,
        public: &str,
        limits: AccountLimits,
        roles: &[(BusRole, String)],
    ) -> Self {
        let scope = |(role, key): &(BusRole, String)| Scope {
            role: *role,
            key: key.clone(),
            template: role.template(),
        };
        Self {
            name,
            public: public.to_owned(),
            limits,
            leafs: 0,
            scopes: roles.iter().map(scope).collect(),
            revocations: Revocations::new(),
        }
    }

    /// The JWT, signed by an operator. Written twice with the same arguments it is the same text.
    #[must_use]
    pub fn sign(&self, operator: &NatsKey, now: u64) -> String {
        let Self { limits, .. } = self;
        let scopes: Vec<Value> = self.scopes.iter().map(Scope::json).collect();
        let jetstream = limits.memory != 0 || limits.disk != 0;
        let streams = if jetstream { 64 } else { 0 };
        let mut claims = json!({
            "type": "account", "version": 2,
            "signing_keys": scopes,
            "default_permissions": { "pub": { "deny": [">"] }, "sub": { "deny": [">"] } },
            "limits": {
                "subs": -1, "data": -1, "payload": -1,
                "imports": 0, "exports": 0, "wildcards": false,
                "conn": limits.connections, "leaf": self.leafs,
                "mem_storage": limits.memory, "disk_storage": limits.disk,
                "streams": streams, "consumer": if jetstream { -1 } else { 0 },
            },
        });
        if !self.revocations.is_empty() {
            claims["revocations"] = json!(self.revocations);
        }
        encode(operator, self.name, &self.public, claims, now, None)
    }
}

impl Scope {
    fn json(&self) -> Value {
        let Self { role, key, template } = self;
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
}

/// What an account's JWT says that outlives its signing anew.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Issued {
    /// When it was issued, in seconds since 1970. NATS keeps the newer of two.
    pub at: u64,
    /// Whom it refuses.
    pub revocations: Revocations,
}

/// When any JWT was issued, without verifying it: for copies of one's own alone.
#[must_use]
pub fn issued_at(jwt: &str) -> Option<u64> {
    read_account(jwt).map(|issued| issued.at)
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
