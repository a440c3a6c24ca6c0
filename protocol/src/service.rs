//! How a service (edge, node, warden) reaches the bus: part of every service's configuration file.

use serde::{Deserialize, Serialize};
use std::fmt;

/// An address of NATS and the credential to use there. `Debug` shows neither.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BusUser {
    /// `nats://host:port` or `tls://host:port`.
    pub url: String,
    /// The user's JWT.
    pub jwt: String,
    /// The user's nkey seed, `SU…`.
    pub seed: String,
}

impl fmt::Debug for BusUser {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BusUser(…)")
    }
}
