//! Clock, randomness and bus of a component's instance.

use crate::network::Wasi;
use conclave_edge_bus::client::Client;
use conclave_edge_bus::deployment::Deployment;
use conclave_edge_core::keys::Keys;
use conclave_edge_core::platform::{BusError, BusOp, BusReply, NoRandomness, Platform};
use std::time::{SystemTime, UNIX_EPOCH};

/// The platform that handlers see, for one request.
pub(crate) struct Instance<'a> {
    keys: &'a Keys,
    bus: Client<Wasi<'a>>,
}

impl<'a> Instance<'a> {
    /// For one request.
    ///
    /// # Errors
    /// [`NoRandomness`].
    pub(crate) fn new(deployment: &'a Deployment) -> Result<Self, NoRandomness> {
        let network = Wasi { address: &deployment.address };
        let bus = Client::new(network, deployment.credential.clone(), random()?);
        Ok(Self { keys: &deployment.keys, bus })
    }

    /// Closes the connection to the bus, if there is one.
    pub(crate) async fn close(self) {
        self.bus.close().await;
    }
}

/// Seconds since 1970.
pub(crate) fn now() -> u64 {
    // A clock before 1970 makes every token "not valid yet", which is refused.
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |elapsed| elapsed.as_secs())
}

impl Platform for Instance<'_> {
    fn now(&self) -> u64 {
        now()
    }

    fn random<const N: usize>(&self) -> Result<[u8; N], NoRandomness> {
        random()
    }

    fn keys(&self) -> &Keys {
        self.keys
    }

    async fn flight(&self, operations: Vec<BusOp>) -> Vec<Result<BusReply, BusError>> {
        self.bus.flight(operations).await
    }
}

fn random<const N: usize>() -> Result<[u8; N], NoRandomness> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|_| NoRandomness)?;
    Ok(bytes)
}
