//! The warden's configuration file.

use conclave_protocol::roles::BusRole;
use conclave_protocol::service::BusUser;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The warden's configuration file (JSON).
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    /// This warden's name, another for each of several: one that comes back need not wait until its
    /// own lease has run out.
    pub name: String,
    /// Bus, account CTRL, role warden.
    pub nats: BusUser,
    /// Bus, system account, role revoker.
    pub revoker: BusUser,
    /// The account of participants, which carries revocations.
    pub rooms: RoomsAccount,
    /// Copies of each bucket: 1 on one machine, 3 in a cluster.
    #[serde(default = "one")]
    pub replicas: usize,
    /// Seconds for which past rooms are kept; absent, there is no bucket for them.
    #[serde(default)]
    pub history_seconds: Option<u64>,
    /// True where a courier delivers webhooks: it needs a queue.
    #[serde(default)]
    pub webhooks: bool,
}

fn one() -> usize {
    1
}

/// What account ROOMS' JWT is made of. `Debug` shows its public key.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoomsAccount {
    /// Seed of a *signing* key of the operator (`SO…`), never of its identity.
    pub operator_seed: String,
    /// Its public key (`A…`).
    pub public: String,
    /// Connections at a time; -1 for the server's bound.
    pub connections: i64,
    /// Public scoped signing keys (`A…`) of its roles.
    pub scopes: BTreeMap<BusRole, String>,
}

impl fmt::Debug for RoomsAccount {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RoomsAccount({})", self.public)
    }
}
