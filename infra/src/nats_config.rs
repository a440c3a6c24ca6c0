//! NATS's configuration file. NATS reads JSON as its own format, so nothing has to be escaped by
//! hand. Why each bound is what it is: docs/ARCHITECTURE.md and the rules in the comments here.

use crate::accounts::SignedAccount;
use crate::addresses::Addresses;
use crate::gate::{DEFAULT_DOMAIN, js_domains};
use serde_json::{Map, Value, json};
use std::path::Path;

/// Largest message in bytes.
pub const MAX_PAYLOAD: u64 = 1 << 20;

/// Everything that the file depends on.
#[derive(Debug)]
pub struct NatsConfig<'a> {
    /// Folder for JetStream and pushed account JWTs.
    pub dir: &'a Path,
    /// The file that holds the operator's JWT.
    pub operator: &'a Path,
    /// Public key of account SYS.
    pub system_account: &'a str,
    /// Public key of account CTRL.
    pub ctrl: &'a str,
    /// All accounts.
    pub accounts: &'a [SignedAccount],
    /// Where to listen, and for pages of which origins.
    pub addresses: &'a Addresses,
}

impl NatsConfig<'_> {
    /// The file's content.
    #[must_use]
    pub fn render(&self) -> Value {
        let preload: Map<String, Value> = self
            .accounts
            .iter()
            .map(|account| (account.public.clone(), json!(account.jwt)))
            .collect();
        let mut config = json!({
            "server_name": "conclave",
            "listen": self.addresses.nats.to_string(),
            "operator": self.operator,
            "system_account": self.system_account,
            // Only the full resolver takes revocations while running.
            "resolver": {
                "type": "full",
                "dir": self.dir.join("accounts"),
                "allow_delete": false,
                // How long a server of a cluster that was down may let in whom the others refuse.
                "interval": "1s",
            },
            "resolver_preload": preload,
            "jetstream": {
                "store_dir": self.dir.join("jetstream"),
                "max_memory_store": 256 << 20,
                "max_file_store": 1 << 30,
                // Redeemed tokens and bans must survive a power failure; the default writes every
                // two minutes.
                "sync_interval": "always",
            },
            "websocket": {
                "listen": self.addresses.nats_ws.to_string(),
                // On loopback, or behind a reverse proxy that ends TLS.
                "no_tls": true,
                "allowed_origins": self.addresses.origins,
                "compression": false,
                "handshake_timeout": "5s",
            },
            "max_connections": 65_536,
            // NATS remembers the credentials of closed connections, ten thousand unless told
            // otherwise; one is the least.
            "max_closed_clients": 1,
            "max_subscription_tokens": 12,
            // Participants are held to less by their role; above an account JWT's size, or a
            // revocation could not be pushed.
            "max_payload": MAX_PAYLOAD,
            // Not less, or one flooding participant has a node's connection closed.
            "max_pending": 64 << 20,
            "write_deadline": "5s",
            "ping_interval": "20s",
            "lame_duck_duration": "60s",
        });
        if let Some(gate) = &self.addresses.gate {
            // This opens `/leafnode` of the browsers' listener too. Only account CTRL takes leaf
            // connections, and of its roles only the gate's may make one.
            config["leafnodes"] = json!({
                "listen": gate.leaf.to_string(),
                "compression": "off",
                // What one gate's edges listen to is no business of another's.
                "isolate_leafnode_interest": true,
            });
            config[DEFAULT_DOMAIN] = js_domains(self.ctrl);
        }
        config
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::addresses::{EdgesWish, GatePorts, Ports, Wishes};

    fn rendered() -> Value {
        let ports = Ports { http: 1, nats: 2, nats_ws: 3, media: 4, metrics: 5, gate: None };
        render(&Wishes::default().resolve(ports))
    }

    fn render(addresses: &Addresses) -> Value {
        NatsConfig {
            dir: Path::new("/s/\"odd\" folder"),
            operator: Path::new("/s/operator.jwt"),
            system_account: "ASYS",
            ctrl: "ACTRL",
            accounts: &[SignedAccount { public: "AROOMS".into(), jwt: "j".into() }],
            addresses,
        }
        .render()
    }

    #[test]
    fn nothing_lets_in_who_has_no_credential() {
        let config = rendered();
        for key in ["no_auth_user", "default_sentinel", "authorization", "accounts"] {
            assert!(config.get(key).is_none(), "{key}");
        }
    }

    #[test]
    fn nats_remembers_next_to_nobody_who_went() {
        assert_eq!(rendered()["max_closed_clients"], 1);
    }

    #[test]
    fn only_services_and_browsers_have_a_listener() {
        let config = rendered();
        assert_eq!(config["listen"], "127.0.0.1:2");
        assert_eq!(config["websocket"]["listen"], "127.0.0.1:3");
        for key in ["http", "http_port", "monitor_port", "https", "mqtt", "leafnodes", "cluster"] {
            assert!(config.get(key).is_none(), "{key}");
        }
    }

    #[test]
    fn gates_have_one_too_where_one_is_asked_for() {
        let edges = EdgesWish {
            wss: None,
            listen: "0.0.0.0:4223".parse().unwrap(),
            certificate: "/c".into(),
            key: "/k".into(),
        };
        let wishes = Wishes { edges: Some(edges), ..Wishes::default() };
        let gate = Some(GatePorts { edges: 6, leaf: 7 });
        let ports = Ports { http: 1, nats: 2, nats_ws: 3, media: 4, metrics: 5, gate };
        let config = render(&wishes.resolve(ports));
        assert_eq!(config["leafnodes"]["listen"], "127.0.0.1:7");
        assert_eq!(config["default_js_domain"], json!({ "ACTRL": "" }));
        assert_eq!(config["listen"], "127.0.0.1:2");
    }

    #[test]
    fn the_servers_jetstream_is_wider_than_the_accounts() {
        let config = rendered();
        assert!(config["jetstream"]["max_memory_store"].as_u64().unwrap() > 128 << 20);
        assert!(config["jetstream"]["max_file_store"].as_u64().unwrap() > 512 << 20);
        assert_eq!(config["jetstream"]["sync_interval"], "always");
    }

    #[test]
    fn accounts_are_known_from_the_start_and_may_be_replaced() {
        assert_eq!(rendered()["resolver_preload"]["AROOMS"], "j");
        assert_eq!(rendered()["resolver"]["type"], "full");
    }
}
