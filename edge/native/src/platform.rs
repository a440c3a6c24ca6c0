//! Clock, randomness and bus of an ordinary process.

use crate::bus;
use async_nats::Client;
use conclave_edge_core::keys::Keys;
use conclave_edge_core::platform::{BusError, BusOp, BusReply, NoRandomness, Platform};
use std::time::{SystemTime, UNIX_EPOCH};

/// The platform that handlers see. Holds nothing between requests but keys and a connection.
#[derive(Debug)]
pub(crate) struct Native {
    keys: Keys,
    client: Client,
}

impl Native {
    pub(crate) fn new(keys: Keys, client: Client) -> Self {
        Self { keys, client }
    }
}

impl Platform for Native {
    fn now(&self) -> u64 {
        // A clock before 1970 makes every token "not valid yet", which is refused.
        SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
    }

    fn random<const N: usize>(&self) -> Result<[u8; N], NoRandomness> {
        let mut bytes = [0; N];
        getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
        Ok(bytes)
    }

    fn keys(&self) -> &Keys {
        &self.keys
    }

    async fn flight(&self, operations: Vec<BusOp>) -> Vec<Result<BusReply, BusError>> {
        bus::flight(&self.client, operations).await
    }
}
