//! The server's configuration, and its buckets.

use crate::Nats;
use crate::certificates::Certificates;
use crate::keys::{account_key, now, role_key};
use async_nats::Client;
use conclave_protocol::bucket::{Bucket, Storage};
use conclave_protocol::gate;
use conclave_protocol::nats_jwt::{self, AccountClaims, AccountLimits};
use conclave_protocol::nkey::{KeyKind, NatsKey};
use conclave_protocol::roles::{Account, BusRole};
use serde_json::{Value, json};
use std::time::Duration;

impl Nats {
    pub(crate) fn config(&self) -> Value {
        let operator = NatsKey::from_random(KeyKind::Operator, [90; 32]);
        let system = account_key(None).public();
        let none = AccountLimits { memory: 0, disk: 0, connections: -1 };
        let some = AccountLimits { memory: 64 << 20, disk: 64 << 20, connections: -1 };
        let roles = |account| {
            BusRole::ALL
                .into_iter()
                .filter(|role| role.account() == account)
                .map(|role| (role, role_key(role).public()))
                .collect::<Vec<_>>()
        };
        let jwt = |name, public: &str, limits, roles: &[(BusRole, String)]| {
            let mut claims = AccountClaims::new(name, public, limits, roles);
            for scope in &mut claims.scopes {
                if self.certificates.is_some() && scope.role == BusRole::Edge {
                    scope.template = gate::edge_template();
                }
            }
            claims.sign(&operator, now())
        };
        let ctrl = account_key(Some(Account::Ctrl)).public();
        let rooms = self.rooms_account();
        let preload = json!({
            system.clone(): jwt("SYS", &system, none, &[]),
            ctrl.clone(): jwt("CTRL", &ctrl, some, &roles(Account::Ctrl)),
            rooms.clone(): jwt("ROOMS", &rooms, none, &roles(Account::Rooms)),
        });
        let path = self.folder().join("operator.jwt");
        std::fs::write(&path, nats_jwt::operator(&operator, &[], &system, now())).unwrap();
        json!({
            "operator": path,
            "system_account": system,
            "resolver": "MEMORY",
            "resolver_preload": preload,
            "jetstream": {
                "store_dir": self.folder().join("js"),
                "max_memory_store": 128 << 20, "max_file_store": 128 << 20,
                "sync_interval": "always",
            },
        })
    }
}

/// TLS from the first byte, as at the listener for edges, and WebSocket over it.
pub(crate) fn encrypt(config: &mut Value, certificates: &Certificates) {
    let tls = json!({ "cert_file": certificates.certificate, "key_file": certificates.key });
    config["tls"] = tls.clone();
    config["tls"]["handshake_first"] = json!(true);
    config["websocket"] = json!({ "listen": "127.0.0.1:-1", "tls": tls });
}

pub(crate) async fn make(warden: &Client, bucket: Bucket) {
    // As the warden makes them: delete markers would switch rollups on.
    let config = json!({
        "name": bucket.stream(), "subjects": [bucket.subject(">")],
        "retention": "limits", "discard": "new", "num_replicas": 1,
        "max_consumers": -1, "max_msgs": -1, "max_bytes": -1, "max_age": 0,
        "max_msgs_per_subject": 1, "max_msg_size": -1,
        "storage": if bucket.storage == Storage::File { "file" } else { "memory" },
        "discard_new_per_subject": bucket.write_once,
        "allow_msg_ttl": true, "allow_direct": true,
        "allow_rollup_hdrs": false, "deny_delete": true,
    });
    let subject = format!("$JS.API.STREAM.CREATE.{}", bucket.stream());
    for _ in 0..100 {
        let answer = warden.request(subject.clone(), config.to_string().into()).await;
        if let Ok(answer) = answer {
            let answer: Value = serde_json::from_slice(&answer.payload).unwrap();
            assert!(answer.get("error").is_none(), "{answer}");
            return;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    panic!("JetStream does not answer");
}
