//! The gate's files: a second nats-server, with a public certificate, at which edges on other machines
//! arrive. Account CTRL is all that it knows, edges are all that it lets in, and one leaf connection
//! carries what they say to NATS ([`conclave_protocol::gate`]). docs/ARCHITECTURE.md says why it is so.
//!
//! A gate on another machine, or a second one, runs on a copy of these files with its own `server_name`
//! (of two that have the same NATS keeps the newer), its own paths, and NATS's address in `remotes`.
//! Whoever holds its credential can do a little more than edges can (docs/THREAT-MODEL.md): what lies
//! between it and NATS has to be a tunnel, or mutual TLS at both ends (`tls` with `verify` in NATS's
//! `leafnodes`, `tls` in the gate's `remotes`). At a SIGHUP a gate reads its certificate and its
//! configuration again: that is how it learns of a renewal, and by a newer JWT of CTRL of revocations, as
//! long as `operator.jwt` is the same text.

use crate::accounts::{self, SignedAccount};
use crate::addresses::Gate;
use crate::failure::Failure;
use crate::files;
use crate::keys::Keys;
use crate::nats_config::MAX_PAYLOAD;
use conclave_protocol::gate;
use conclave_protocol::nats_jwt::{self, AccountClaims, AccountLimits, Revocations, Scope, Tags};
use conclave_protocol::roles::BusRole;
use conclave_protocol::service::BusUser;
use serde_json::{Map, Value, json};
use std::fs;
use std::path::{Path, PathBuf};

/// The option of NATS by which JetStream's subjects cross a leaf connection. Otherwise both ends refuse
/// them there, `$JS.API.>` and `$KV.>`, whatever the connection's rights are.
pub(crate) const DEFAULT_DOMAIN: &str = "default_js_domain";

/// Its value, the same at both ends: in this account there is one JetStream, and it has no domain.
pub(crate) fn js_domains(ctrl: &str) -> Value {
    Map::from_iter([(ctrl.to_owned(), json!(""))]).into()
}

/// No JetStream here.
const LIMITS: AccountLimits = AccountLimits { memory: 0, disk: 0, connections: -1 };

/// Everything that the gate's configuration depends on.
#[derive(Debug)]
pub struct GateConfig<'a> {
    /// Unlike every other gate's.
    pub name: &'a str,
    /// Where it listens, and where NATS does.
    pub gate: &'a Gate,
    /// The file that holds the operator's JWT.
    pub operator: &'a Path,
    /// The file that holds its credential at NATS.
    pub credentials: &'a Path,
    /// Account CTRL, as it is here.
    pub ctrl: &'a SignedAccount,
}

impl GateConfig<'_> {
    /// The file's content.
    #[must_use]
    pub fn render(&self) -> Value {
        let edges = &self.gate.edges;
        let preload = Map::from_iter([(self.ctrl.public.clone(), json!(self.ctrl.jwt))]);
        // Who does not begin with TLS is told nothing.
        let tls = json!({
            "cert_file": edges.certificate,
            "key_file": edges.key,
            "min_version": "1.3",
            "timeout": 2,
        });
        let mut config = json!({
            "server_name": self.name,
            "listen": edges.listen.to_string(),
            "tls": tls.clone(),
            "operator": self.operator,
            "resolver": "MEMORY",
            "resolver_preload": preload,
            "leafnodes": {
                "reconnect": "1s",
                "remotes": [{
                    "url": format!("nats-leaf://{}", self.gate.leaf),
                    "account": self.ctrl.public,
                    "credentials": self.credentials,
                    "compression": "off",
                }],
            },
            (DEFAULT_DOMAIN): js_domains(&self.ctrl.public),
            "max_connections": 4096,
            "max_closed_clients": 1,
            "max_subscription_tokens": 12,
            // Not more than NATS's own, which would end the leaf connection of all edges over one
            // edge's message.
            "max_payload": MAX_PAYLOAD,
            "max_pending": 16 << 20,
            "write_deadline": "5s",
            // Edges learn from this within seconds that NATS hangs.
            "ping_interval": "5s",
            "ping_max": 2,
            "lame_duck_duration": "30s",
        });
        config["tls"]["handshake_first"] = json!(true);
        if let Some(listen) = edges.wss {
            config["websocket"] = json!({
                "listen": listen.to_string(),
                "tls": tls,
                "compression": false,
                "handshake_timeout": "5s",
            });
        }
        config
    }
}

/// Writes the gate's files into `gate` of a state folder; the configuration's path. Whom NATS's account
/// CTRL refuses, the gate refuses too.
///
/// # Errors
/// Where a file cannot be written.
pub fn write(
    state: &Path,
    keys: &Keys,
    gate: &Gate,
    refused: Revocations,
    now: u64,
) -> Result<PathBuf, Failure> {
    let dir = state.join("gate");
    files::private_dir(&dir)?;
    let operator = dir.join("operator.jwt");
    let kept = fs::read_to_string(&operator).ok();
    files::write_private(&operator, operator_jwt(keys, kept.as_deref(), now).as_bytes())?;
    let credentials = dir.join("gate.creds");
    let user = accounts::service(keys, BusRole::Gate, &Tags::None, "", now)?;
    files::write_private(&credentials, creds(&user).as_bytes())?;
    let config = GateConfig {
        name: "gate",
        gate,
        operator: &operator,
        credentials: &credentials,
        ctrl: &ctrl(keys, refused, now)?,
    };
    let path = dir.join("gate.json");
    files::write_json(&path, &config.render())?;
    Ok(path)
}

/// The operator's JWT at a gate. NATS refuses a reload with another text, so `kept` stays where it says
/// the same.
fn operator_jwt(keys: &Keys, kept: Option<&str>, now: u64) -> String {
    let signing = [keys.operator_signing.public()];
    let signed = |at| nats_jwt::strict_operator(keys.operator.key(), &signing, at);
    let issued = kept.and_then(nats_jwt::issued_at);
    let same = issued.map(signed).filter(|same| kept == Some(same));
    same.unwrap_or_else(|| signed(now))
}

/// Account CTRL as a gate knows it: edges and nobody else. Their scoped key is that of NATS's account
/// too, so that an edge has one credential for both.
fn ctrl(keys: &Keys, revocations: Revocations, now: u64) -> Result<SignedAccount, Failure> {
    let public = keys.ctrl.public();
    let key = keys.scope(BusRole::Edge)?.public();
    let claims = AccountClaims {
        leafs: 1,
        scopes: vec![Scope { role: BusRole::Edge, key, template: gate::edge_template() }],
        revocations,
        ..AccountClaims::new("CTRL", &public, LIMITS, &[])
    };
    Ok(SignedAccount { public, jwt: claims.sign(keys.operator_signing.key(), now) })
}

/// A credential as NATS reads it from a file.
fn creds(user: &BusUser) -> String {
    format!(
        "-----BEGIN NATS USER JWT-----\n{}\n------END NATS USER JWT------\n\n\
         -----BEGIN USER NKEY SEED-----\n{}\n------END USER NKEY SEED------\n",
        user.jwt, user.seed
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gates_operator_stays_the_same_text() {
        let keys = Keys::fresh().unwrap();
        let first = operator_jwt(&keys, None, 10);
        assert_eq!(operator_jwt(&keys, Some(&first), 20), first);
        let other = Keys::fresh().unwrap();
        assert_ne!(operator_jwt(&other, Some(&first), 20), first);
        assert_eq!(operator_jwt(&keys, Some("damaged"), 10), first);
    }
}
